// The routes that a class declares, and one call of a route's function.
import { findHeader } from "./headers.js";
import { problem } from "./http_messages.js";

export class Router {
  #declared = new Map();

  constructor(Actor) {
    Actor.routes(this);
  }

  get declared() {
    return this.#declared;
  }

  #add(name, declaration) {
    if (this.#declared.has(name)) throw new Error(`the route ${name} is declared twice`);
    this.#declared.set(name, { name, ...declaration });
  }

  route(method, path, handler, types = {}) {
    this.#add(`${method} ${path}`, { kind: "route", method, path, handler, types });
  }

  get(path, handler, types) {
    this.route("GET", path, handler, types);
  }

  post(path, handler, types) {
    this.route("POST", path, handler, types);
  }

  put(path, handler, types) {
    this.route("PUT", path, handler, types);
  }

  patch(path, handler, types) {
    this.route("PATCH", path, handler, types);
  }

  delete(path, handler, types) {
    this.route("DELETE", path, handler, types);
  }

  middleware(path, handler) {
    this.#add(`middleware ${path}`, { kind: "middleware", path, handler });
  }

  websocket(path, { connect, message, disconnect }) {
    this.#add(`message ${path}`, { kind: "websocket", path, handler: message, others: connect || disconnect ? true : false });
    if (connect || disconnect) {
      this.#add(`connect ${path}`, { kind: "part", handler: connect ?? (() => {}) });
      this.#add(`disconnect ${path}`, { kind: "part", handler: disconnect ?? (() => {}) });
    }
  }
}

// The parameters of a path by their names; undefined if a value is not of its type.
function parameters({ path, types }, request) {
  const found = {};
  for (const [, name] of path.matchAll(/\{\*?([^}]*)\}/g)) {
    const text = findHeader(request.headers, `X-Route-Param-${name}`) ?? "";
    if (types[name] !== Number) {
      found[name] = text;
      continue;
    }
    if (!/^-?[0-9]+$/.test(text) || !Number.isSafeInteger(Number(text))) return undefined;
    found[name] = Number(text);
  }
  return found;
}

// The callbacks of an actor whose class has routes.
export function routed(Actor, actor) {
  const { declared } = new Router(Actor);
  const find = (handler) => {
    const name = actor.server.registered.find((one) => one.handler === handler)?.name;
    return declared.get(name);
  };
  return {
    handleHttpRequest(handler, request) {
      const route = find(handler);
      if (route?.kind !== "route") return problem(404, "this route is gone");
      const values = parameters(route, request);
      if (values === undefined) return problem(404, "the path names nothing here");
      return route.handler(actor, request, values);
    },

    handleMiddleware(handler, request) {
      const middleware = find(handler);
      if (middleware === undefined) throw new Error("this middleware is gone: `serve` registers the present ones");
      return middleware.handler(actor, request);
    },

    handleWebSocketConnect(handler, connection, path, subprotocol) {
      const found = find(handler);
      if (found === undefined) throw new Error("this WebSocket is gone: `serve` registers the present ones");
      return found.handler(actor, connection, path, subprotocol);
    },

    handleWebSocketMessage(handler, connection, message) {
      const found = find(handler);
      return found === undefined ? [{ kind: "close" }] : found.handler(actor, connection, message);
    },

    handleWebSocketDisconnect(handler, connection) {
      return find(handler)?.handler(actor, connection);
    },
  };
}
