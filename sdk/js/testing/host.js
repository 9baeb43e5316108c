// The host of an actor in a unit test: what the actor learns, and what it did.

function newHost() {
  return {
    // What the host answers with.
    actorId: "00000000000000000000000000000001",
    actorName: "actor",
    nowMs: 0,
    caller: undefined,
    environment: new Map(),
    random: 1,
    chain: [],
    version: "0.1.0",
    system: {
      hostname: "",
      osType: "",
      osRelease: "",
      cpuCount: 0,
      memoryTotal: 0,
      memoryAvailable: 0,
      uptime: 0,
    },
    onSend: () => {},
    onRequest: ({ to }) => refuse(`Actor not found: ${to}`),
    onOpenChannel: ({ to }) => refuse(`Actor not found: ${to}`),
    onSpawn: () => refuse("this host spawns no actors: set onSpawn"),
    childStates: new Map(),
    onChildEvents: (id) => refuse(`${id} is neither a child of this actor nor below one`),
    onHttp: ({ uri }) => refuse(`refused: ${uri}: this host sends no requests: set onHttp`),
    onOpenStream: () => {},
    onSpawnProcess: () => {},
    onCreateServer: () => {},
    stores: new Map(),
    files: new Map(),
    folders: new Set(),
    onCommand: () => refuse("this host runs no commands: set onCommand"),
    // What the actor did, in order.
    logs: [],
    sent: [],
    requested: [],
    metrics: [],
    events: [],
    responses: new Map(),
    outstanding: [],
    cancelled: [],
    spawned: [],
    commands: [],
    children: [],
    restarted: [],
    channels: [],
    sentOnChannels: [],
    closedChannels: [],
    intervals: new Map(),
    httpRequests: [],
    streams: new Map(),
    streamsOpened: 0,
    cancelledStreams: [],
    processes: new Map(),
    http: {
      servers: new Map(),
      handlers: new Map(),
      ids: 0,
      webSockets: new Map(),
      webSocketsOpened: 0,
      closedWebSockets: [],
      answers: new Map(),
      mayOpenAnswer: false,
    },
    shutDown: undefined,
  };
}

export const host = newHost();

export function resetHost() {
  Object.assign(host, newHost());
}

// Fails as a function of Theater fails.
export function refuse(why) {
  throw new Error(why);
}

export function findProcess(id) {
  return host.processes.get(id) ?? refuse(`Process ${id} not found`);
}

export function remove(list, item) {
  const place = list.indexOf(item);
  if (place !== -1) list.splice(place, 1);
  return place !== -1;
}
