// theater:simple/http-framework.
import * as framework from "theater:simple/http-framework";
import { text, whole } from "./arguments.js";
import { givenMessage } from "./websocket.js";

const SERVER = "the server's id";
const HANDLER = "the handler's id";
const CONNECTION = "the connection's id";
const PATH = "the path";
const PORT_MAX = 65535;

export function createServer({ port = 0, host = "127.0.0.1", keyPair } = {}) {
  // The name stands where the interface has the paths of a certificate and of a key.
  const name = keyPair === undefined ? undefined : text(keyPair, "the name of the key pair");
  const tlsConfig = name === undefined ? undefined : { certPath: name, keyPath: name };
  return framework.createServer({ port: whole(port, "the port", PORT_MAX), host: text(host, "the host"), tlsConfig });
}

export function getServerInfo(server) {
  const found = framework.getServerInfo(whole(server, SERVER));
  return {
    id: found.id,
    port: found.port,
    host: found.host,
    isRunning: found.running,
    routes: found.routesCount,
    middlewares: found.middlewareCount,
    hasWebSockets: found.websocketEnabled,
  };
}

export function startServer(server) {
  return framework.startServer(whole(server, SERVER));
}

export function stopServer(server) {
  framework.stopServer(whole(server, SERVER));
}

export function destroyServer(server) {
  framework.destroyServer(whole(server, SERVER));
}

export function registerHandler(name) {
  return framework.registerHandler(text(name, "the handler's name"));
}

export function addRoute(server, path, method, handler) {
  return framework.addRoute(whole(server, SERVER), text(path, PATH), text(method, "the method"), whole(handler, HANDLER));
}

export function removeRoute(route) {
  framework.removeRoute(whole(route, "the route's id"));
}

export function addMiddleware(server, path, handler) {
  return framework.addMiddleware(whole(server, SERVER), text(path, PATH), whole(handler, HANDLER));
}

export function removeMiddleware(middleware) {
  framework.removeMiddleware(whole(middleware, "the middleware's id"));
}

export function enableWebSocket(server, path, { connect, message, disconnect }) {
  const optional = (handler) => (handler === undefined ? undefined : whole(handler, HANDLER));
  framework.enableWebsocket(
    whole(server, SERVER),
    text(path, PATH),
    optional(connect),
    whole(message, HANDLER),
    optional(disconnect),
  );
}

export function sendWebSocketMessage(server, connection, message) {
  framework.sendWebsocketMessage(whole(server, SERVER), whole(connection, CONNECTION), givenMessage(message));
}

export function closeWebSocket(server, connection) {
  framework.closeWebsocket(whole(server, SERVER), whole(connection, CONNECTION));
}
