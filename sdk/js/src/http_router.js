// A server and the routes that are registered with it, in the field `server` of an actor.
import {
  addMiddleware,
  addRoute,
  createServer,
  destroyServer,
  enableWebSocket,
  getServerInfo,
  registerHandler,
  removeMiddleware,
  removeRoute,
  startServer,
} from "./http_framework.js";
import { Router } from "./http_routes.js";

export function newServer() {
  return { id: 0, port: 0, registered: [] };
}

// What the node says of a server; undefined if it knows none of that id.
function known(server) {
  if (server.id === 0) return undefined;
  try {
    return getServerInfo(server.id);
  } catch {
    return undefined;
  }
}

// The handler of a name, which is registered if it is not yet.
function enroll(server, name) {
  const there = server.registered.find((one) => one.name === name);
  if (there !== undefined) return there;
  const made = { name, handler: registerHandler(name), id: 0 };
  server.registered.push(made);
  return made;
}

function add(server, { kind, name, method, path, others }) {
  const isKnown = server.registered.some((one) => one.name === name);
  const hasParts = server.registered.some((one) => one.name === `connect ${path}`);
  const one = enroll(server, name);
  if (kind === "websocket") {
    const connect = others ? enroll(server, `connect ${path}`).handler : undefined;
    const disconnect = others ? enroll(server, `disconnect ${path}`).handler : undefined;
    if (!isKnown || (others && !hasParts)) enableWebSocket(server.id, path, { connect, message: one.handler, disconnect });
  } else if (!isKnown && kind === "route") {
    one.id = addRoute(server.id, path, method, one.handler);
  } else if (!isKnown && kind === "middleware") {
    one.id = addMiddleware(server.id, path, one.handler);
  }
}

function takeBack({ name, id }) {
  if (id === 0) return;
  if (name.startsWith("middleware ")) removeMiddleware(id);
  else removeRoute(id);
}

function register(Actor, server) {
  const { declared } = new Router(Actor);
  for (const declaration of declared.values()) add(server, declaration);
  server.registered.filter(({ name }) => !declared.has(name)).forEach(takeBack);
  server.registered = server.registered.filter(({ name }) => declared.has(name));
}

export function serve(actor, config = {}) {
  const { server } = actor;
  const info = known(server);
  if (info === undefined) Object.assign(server, newServer(), { id: createServer(config) });
  try {
    register(actor.constructor, server);
    server.port = info?.isRunning ? info.port : startServer(server.id);
  } catch (error) {
    // The state that names this server is lost with the error.
    if (info === undefined) destroyServer(server.id);
    throw error;
  }
}

export function stopServing(actor) {
  if (actor.server.id !== 0) destroyServer(actor.server.id);
  Object.assign(actor.server, newServer());
}
