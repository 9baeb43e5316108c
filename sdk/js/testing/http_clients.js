// The clients of an actor's HTTP server in a unit test: requests and WebSockets.
import { exportAnswerHandlers, exportHttpHandlers } from "../src/http_exports.js";
import { HttpResponse } from "../src/http_response.js";
import { givenRequest } from "../src/http_types.js";
import { givenMessage, takenMessage } from "../src/websocket.js";
import { host, refuse } from "./host.js";

// The parameters of a path that a route's path fits.
function matchPath(route, path) {
  const names = [];
  const pattern = route
    .split("/")
    .map((segment) => {
      const parameter = /^\{(\*?)(.*)\}$/.exec(segment);
      if (parameter === null) return segment.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      names.push(parameter[2]);
      return parameter[1] === "*" ? "(.+)" : "([^/]+)";
    })
    .join("/");
  const found = new RegExp(`^${pattern}$`, "s").exec(path);
  return found?.slice(1).map((value, at) => [names[at], value]);
}

// A path without parameters comes before one with some, and `{*rest}` last.
function exactness(route) {
  const at = route.indexOf("{");
  return at === -1 ? Number.MAX_SAFE_INTEGER : 2 * at + (route.startsWith("{*", at) ? 0 : 1);
}

// Whether a path is a middleware's, or lies below it.
function isAtOrBelow(path, folder) {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

// The ids and servers that run, oldest first.
function running() {
  return [...host.http.servers].find(([, server]) => server.isRunning) ?? refuse("this actor runs no server");
}

function findRoute(server, method, path) {
  const fitting = [...server.routes.values()]
    .map((route) => ({ route, parameters: matchPath(route.path, path) }))
    .filter(({ parameters }) => parameters !== undefined);
  const best = fitting
    .filter(({ route }) => route.method === method)
    .sort((one, other) => exactness(other.route.path) - exactness(one.route.path))[0];
  return best ?? { status: fitting.length === 0 ? 404 : 405 };
}

const plain = (status) => new HttpResponse(status, [], new Uint8Array());

// A request to the server that runs. `call(run)` runs a callback on the kept state and keeps what it
// leaves.
export function request(Actor, call, given) {
  const [, server] = running();
  const exports = exportHttpHandlers(Actor);
  let wired = givenRequest(given);
  for (const { path, handler } of server.middlewares.values()) {
    if (!isAtOrBelow(wired.uri.split("?", 1)[0], path)) continue;
    const [passed] = call((state) => exports.handleMiddleware(state, [handler, wired]));
    if (!passed.proceed) return plain(403);
    wired = passed.request;
  }
  const { route, parameters, status } = findRoute(server, wired.method, wired.uri.split("?", 1)[0]);
  if (route === undefined) return plain(status);
  for (const [name, value] of parameters) wired.headers.push([`X-Route-Param-${name}`, value]);
  host.http.mayOpenAnswer = true;
  try {
    const [response] = call((state) => exports.handleRequest(state, [route.handler, wired]));
    return new HttpResponse(response.status, response.headers, response.body ?? new Uint8Array());
  } finally {
    host.http.mayOpenAnswer = false;
  }
}

export function openWebSocket(Actor, call, path, subprotocol) {
  const [server, { webSockets }] = running();
  const { connect } = webSockets.get(path) ?? refuse(`no WebSocket at ${path}`);
  host.http.webSocketsOpened += 1;
  const id = host.http.webSocketsOpened;
  if (connect !== undefined) {
    call((state) => exportHttpHandlers(Actor).handleWebsocketConnect(state, [connect, id, path, subprotocol]));
  }
  host.http.webSockets.set(id, { server, path, sent: [] });
  return id;
}

function handlersOf(id) {
  const open = host.http.webSockets.get(id) ?? refuse(`WebSocket connection not found: ${id}`);
  return host.http.servers.get(open.server).webSockets.get(open.path);
}

export function sendWebSocket(Actor, call, id, message) {
  const handler = handlersOf(id).message;
  const params = [handler, id, givenMessage(message)];
  const [answers] = call((state) => exportHttpHandlers(Actor).handleWebsocketMessage(state, params));
  // The actor may have closed it.
  host.http.webSockets.get(id)?.sent.push(...answers);
}

export function closeWebSocket(Actor, call, id) {
  const { disconnect } = handlersOf(id);
  host.http.webSockets.delete(id);
  if (disconnect !== undefined) {
    call((state) => exportHttpHandlers(Actor).handleWebsocketDisconnect(state, [disconnect, id]));
  }
}

// What was sent on a WebSocket: texts as texts, bytes as bytes, other messages as objects.
export function sentOn(id) {
  const { sent } = host.http.webSockets.get(id) ?? refuse(`WebSocket connection not found: ${id}`);
  return sent.map((message) => {
    const { kind, text, data } = takenMessage(message);
    if (kind === "text") return text;
    return kind === "binary" ? data : { kind, text, data };
  });
}

// The client has read all of an answer, or has gone.
export function answerEvent(Actor, call, id, event) {
  const answer = host.http.answers.get(id);
  if (answer?.end !== "open") refuse(`closed: answer ${id} is not open`);
  if (event.kind === "room") answer.taken = answer.written.length;
  else answer.end = "gone";
  const wired = event.kind === "room" ? { tag: "room" } : { tag: "gone", val: event.error };
  call((state) => exportAnswerHandlers(Actor).handleAnswer(state, [id, wired]));
}

