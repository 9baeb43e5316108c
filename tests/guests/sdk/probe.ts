// Calls every function of the library whose handler every node has.
import {
  type ActorError,
  Store,
  appendFile,
  cancelRequest,
  closeChannel,
  createDir,
  deleteDir,
  deleteFile,
  executeCommand,
  exportActor,
  exportIntervalHandlers,
  exportMessageServerClient,
  exportSupervisorHandlers,
  generateUuid,
  getActorId,
  getActorName,
  getCaller,
  getChain,
  getChildEvents,
  getChildState,
  getCurrentTime,
  getEnv,
  getMetadata,
  getState,
  getSystemInfo,
  getTheaterVersion,
  getVar,
  later,
  listChildren,
  listFiles,
  listOutstandingRequests,
  listVars,
  log,
  now,
  openChannel,
  pathExists,
  randomBytes,
  randomFloat,
  randomRange,
  readFile,
  recordEvent,
  recordMetric,
  renamePath,
  request,
  respondToRequest,
  restartChild,
  resumeChild,
  send,
  sendOnChannel,
  shutdown,
  sleepFor,
  sleepUntil,
  spawnChild,
  startInterval,
  stopChild,
  stopInterval,
  toText,
  varExists,
  writeFile,
} from "theater";

const CHILD = "probe/child.toml";

function check(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(what);
}

function fails(call: () => unknown): boolean {
  try {
    call();
  } catch (error) {
    return error instanceof Error && error.message.length > 0;
  }
  return false;
}

function callerText(): string {
  const caller = getCaller();
  if (caller === undefined) return "none";
  if (caller.kind === "actor") return `actor ${caller.name?.length}`;
  return caller.kind === "client" ? `client ${caller.name ?? "without a name"}` : caller.kind;
}

// As Rust prints texts and lists.
const quoted = (text: string) => JSON.stringify(text);
const listed = (bytes: Iterable<number>) => `[${[...bytes].join(", ")}]`;

const requests: Record<string, () => string> = {
  caller: callerText,

  runtime() {
    log("careful", "warn");
    recordMetric("speed", 1.5);
    recordEvent("seen", "x");
    check(fails(() => recordMetric("", 1)), "a metric without a name");
    check(getActorId().length === 32, "the id");
    check(getCurrentTime() > 1_700_000_000_000, "the time");
    const chain = getChain();
    check(chain[0]!.parent === undefined && chain[1]!.parent === chain[0]!.hash, "the chain");
    check(getState().length > 0, "the last event");
    check(getSystemInfo().cpuCount === 0, "facts without a grant");
    return `${getActorName()} ${getTheaterVersion()}`;
  },

  environment() {
    check(varExists("SDK_TEST") && !varExists("HOME"), "the variables");
    check(getEnv("SDK_TEST") === getVar("SDK_TEST"), "the same value");
    check(getVar("HOME") === undefined, "a variable without a grant");
    return `[${listVars().map(([name, value]) => `(${quoted(name)}, ${quoted(value)})`)}]`;
  },

  time() {
    const before = now();
    sleepFor(1);
    sleepUntil(now() + 1);
    check(now() >= before + 2, "waiting");
    return "waited";
  },

  random() {
    const fraction = randomFloat();
    check(fraction >= 0 && fraction < 1, "the fraction");
    check(fails(() => randomRange(4, 4)), "an empty range");
    return `${randomBytes(5).length} ${randomRange(3, 4)} ${generateUuid().length}`;
  },

  files() {
    createDir("notes");
    writeFile("notes/a", "caf\u00e9");
    appendFile("notes/a", Uint8Array.of(0xff));
    renamePath("notes/a", "notes/b");
    const metadata = getMetadata("notes/b");
    check(metadata.kind === "file" && metadata.modified > 0, "the file");
    check(getMetadata("notes").kind === "folder", "the folder");
    const content = readFile("notes/b");
    const names = listFiles("notes").join(" ");
    deleteFile("notes/b");
    deleteDir("notes");
    check(!pathExists("notes"), "the end");
    check(fails(() => readFile("notes/b")), "a file that is gone");
    return `${names} ${metadata.size} ${listed(content)}`;
  },

  command() {
    const { exitCode, stdout, stderr } = executeCommand(".", "echo", ["a b", "c"]);
    check(fails(() => executeCommand(".", "ls")), "a command without a grant");
    return `${exitCode} ${quoted(stdout)} ${quoted(stderr)}`;
  },

  store() {
    const notes = Store.create();
    const first = notes.put("first");
    const second = notes.putAt("page", "second");
    check(notes.find("page") === second, "the label");
    check(notes.find("none") === undefined, "no label");
    notes.label("draft", first);
    notes.replaceAt("page", first);
    notes.removeFromLabel("page", second);
    notes.removeLabel("draft");
    notes.replaceContentAt("other", "third");
    const labels = notes.labels().join(" ");
    check(notes.contents().length === 3 && notes.exists(second), "the contents");
    const sizes = `${notes.totalSize()} ${notes.removeUnlabelled()} ${notes.totalSize()}`;
    check(fails(() => notes.get(second)), "removed content");
    check(fails(() => new Store("none").put("x")), "a store of another actor");
    return `${labels} ${sizes} ${toText(notes.get(first))} ${first}`;
  },

  children() {
    const child = spawnChild(CHILD, '{"heard":["born"]}');
    check(listChildren().join() === child, "one child");
    send(child, "note grown");
    const answer = request(child, "caller");
    const state = getChildState(child);
    if (state === undefined) throw new Error("no state");
    const [first, second] = getChildEvents(child);
    check(first!.parentHash === undefined && first!.hash.length === 32, "the first event");
    check(listed(second!.parentHash ?? []) === listed(first!.hash), "the second event");
    check(first!.timestamp > 0 && first!.eventType !== "", "a whole event");
    restartChild(child);
    stopChild(child);
    check(fails(() => request(child, "caller")), "a child that is gone");
    const resumed = resumeChild(CHILD, state);
    const again = request(resumed, "heard");
    stopChild(resumed);
    check(listChildren().length === 0, "no child");
    return `${toText(answer)} / ${toText(state)} / ${toText(again)}`;
  },

  // Four things of which it hears later.
  start() {
    for (const word of ["quit", "crash"]) send(spawnChild(CHILD), word);
    const host = spawnChild(CHILD);
    check(fails(() => openChannel(host, "hello")), "a channel that is refused");
    sendOnChannel(openChannel(host, "let me in"), "ping");
    startInterval("soon", 1);
    return "started";
  },
};

class Probe {
  heard: string[] = [];

  private hear(what: string): void {
    this.heard.push(what);
  }

  private report(): string {
    return [...this.heard].sort().join("\n");
  }

  init(id: string): void {
    check(id === getActorId(), "the id of init");
    log(`called by ${callerText()}`);
  }

  handleSend(message: Uint8Array): void {
    const text = toText(message);
    if (text === "quit") shutdown("farewell");
    // Only a trap ends the actor, and this one is of the engine.
    else if (text === "crash") Date.now();
    else if (text.startsWith("note ")) this.hear(text.slice(5));
    else if (text === "answer") for (const id of listOutstandingRequests()) respondToRequest(id, "at last");
    else throw new Error(`unknown message: ${text}`);
  }

  handleRequest(id: string, message: Uint8Array) {
    const text = toText(message);
    if (text === "heard") return this.report();
    if (text === "later") {
      send(getActorId(), "answer");
      return later;
    }
    if (text === "give up") {
      cancelRequest(id);
      return later;
    }
    const answer = requests[text];
    if (answer === undefined) throw new Error(`unknown request: ${text}`);
    return answer();
  }

  handleChannelOpen(id: string, message: Uint8Array): boolean {
    return toText(message) === "let me in";
  }

  handleChannelMessage(id: string, message: Uint8Array): void {
    const text = toText(message);
    if (text !== "ping") {
      this.hear(`channel: ${text}`);
      return;
    }
    sendOnChannel(id, "pong");
    closeChannel(id);
  }

  handleChannelClose(id: string): void {
    check(id.startsWith("ch_"), "a channel's id");
  }

  handleChildError(id: string, error: ActorError): void {
    check(error.reason !== "", "a reason");
    this.hear(`error: ${error.type}`);
  }

  handleChildExit(id: string, data: Uint8Array | undefined): void {
    this.hear(`exit: ${toText(data ?? new Uint8Array())}`);
  }

  handleTick(name: string, missed: number): void {
    check(missed >= 0, "the ticks before");
    stopInterval(name);
    this.hear(`tick: ${name}, called by ${callerText()}`);
  }
}

export const actor = exportActor(Probe);
export const messageServerClient = exportMessageServerClient(Probe);
export const supervisorHandlers = exportSupervisorHandlers(Probe);
export const intervalHandlers = exportIntervalHandlers(Probe);
