// theater:simple/http-framework in a unit test. `host.http` has the servers and WebSockets.
import { host, refuse } from "../host.js";

const FREE_PORT = 49152;

function find(id) {
  return host.http.servers.get(id) ?? refuse(`Server not found: ${id}`);
}

function nextId() {
  host.http.ids += 1;
  return host.http.ids;
}

// Fails unless a path may be a route's, and the handlers are registered.
function check(path, ...handlers) {
  if (!path.startsWith("/")) refuse("Path must start with /");
  const unknown = handlers.find((handler) => handler !== undefined && !host.http.handlers.has(handler));
  if (unknown !== undefined) refuse(`Handler not found: ${unknown}`);
}

function findWebSocket(server, connection) {
  find(server);
  const open = host.http.webSockets.get(connection);
  if (open?.server !== server) refuse(`WebSocket connection not found: ${connection}`);
  return open;
}

export function createServer(config) {
  host.onCreateServer(config);
  const id = nextId();
  host.http.servers.set(id, {
    config,
    port: config.port,
    isRunning: false,
    routes: new Map(),
    middlewares: new Map(),
    webSockets: new Map(),
  });
  return id;
}

export function getServerInfo(id) {
  const { port, config, isRunning, routes, middlewares, webSockets } = find(id);
  return {
    id,
    port,
    host: config.host,
    running: isRunning,
    routesCount: routes.size,
    middlewareCount: middlewares.size,
    websocketEnabled: webSockets.size > 0,
  };
}

export function startServer(id) {
  const server = find(id);
  if (server.isRunning) refuse("Failed to start server: Server is already running");
  server.isRunning = true;
  server.port ||= FREE_PORT + id;
  return server.port;
}

export function stopServer(id) {
  const server = find(id);
  if (!server.isRunning) refuse("Failed to stop server: Server is not running");
  server.isRunning = false;
  for (const [connection, open] of host.http.webSockets) if (open.server === id) host.http.webSockets.delete(connection);
}

export function destroyServer(id) {
  if (find(id).isRunning) stopServer(id);
  host.http.servers.delete(id);
}

export function registerHandler(name) {
  if (name === "") refuse("Handler name cannot be empty");
  const id = nextId();
  host.http.handlers.set(id, name);
  return id;
}

export function addRoute(server, path, method, handler) {
  const { routes } = find(server);
  check(path, handler);
  const id = nextId();
  routes.set(id, { path, method, handler });
  return id;
}

export function removeRoute(id) {
  const isThere = [...host.http.servers.values()].some(({ routes }) => routes.delete(id));
  if (!isThere) refuse(`Route not found: ${id}`);
}

export function addMiddleware(server, path, handler) {
  const { middlewares } = find(server);
  check(path, handler);
  const id = nextId();
  middlewares.set(id, { path, handler });
  return id;
}

export function removeMiddleware(id) {
  const isThere = [...host.http.servers.values()].some(({ middlewares }) => middlewares.delete(id));
  if (!isThere) refuse(`Middleware not found: ${id}`);
}

export function enableWebsocket(server, path, connect, message, disconnect) {
  const { webSockets } = find(server);
  check(path, connect, message, disconnect);
  webSockets.set(path, { connect, message, disconnect });
}

export function sendWebsocketMessage(server, connection, message) {
  findWebSocket(server, connection).sent.push(message);
}

export function closeWebsocket(server, connection) {
  findWebSocket(server, connection);
  host.http.webSockets.delete(connection);
  host.http.closedWebSockets.push(connection);
}
