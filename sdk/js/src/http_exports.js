// The exports by which an actor serves HTTP, by its routes or by callbacks of its own.
import { exported, run, runOnly } from "./actor.js";
import { whole } from "./arguments.js";
import { toBytes } from "./bytes.js";
import { givenHeaders } from "./headers.js";
import { ServerRequest } from "./http_messages.js";
import { givenRequest } from "./http_types.js";
import { routed } from "./http_routes.js";
import { givenMessages, takenMessage } from "./websocket.js";

const STATUS_MAX = 999;

// A response as WIT has it.
function givenResponse(response) {
  if (typeof response !== "object" || response === null) {
    throw new TypeError("the answer to a request must be a response: textResponse(\"hello\"), or an object with a status");
  }
  const { status = 200, headers = [], body } = response;
  return {
    status: whole(status, "the response's status", STATUS_MAX),
    headers: givenHeaders(headers),
    body: body === undefined ? undefined : toBytes(body),
  };
}

function takenRequest({ method, uri, headers, body }) {
  return new ServerRequest(method, uri, headers, body ?? undefined);
}

function decided(value) {
  if (typeof value !== "boolean") throw new TypeError("a middleware must return true or false");
  return value;
}

export function exportHttpHandlers(Actor) {
  // The callbacks, of the routes if the class has any.
  const callbacks = (actor) => (Actor.routes === undefined ? actor : routed(Actor, actor));
  return exported({
    handleRequest(state, [handler, given]) {
      const [kept, response] = run(Actor, state, (actor) => {
        const on = callbacks(actor);
        if (on.handleHttpRequest === undefined) throw new Error("this actor answers no HTTP requests");
        return on.handleHttpRequest(handler, takenRequest(given));
      });
      return [kept, [givenResponse(response)]];
    },

    handleMiddleware(state, [handler, given]) {
      const request = takenRequest(given);
      const [kept, proceed] = run(Actor, state, (actor) => {
        const on = callbacks(actor);
        if (on.handleMiddleware === undefined) throw new Error("this actor has no middleware");
        return on.handleMiddleware(handler, request);
      });
      return [kept, [{ proceed: decided(proceed), request: givenRequest(request) }]];
    },

    handleWebsocketConnect(state, [handler, connection, path, subprotocol]) {
      return runOnly(Actor, state, (actor) =>
        callbacks(actor).handleWebSocketConnect?.(handler, connection, path, subprotocol ?? undefined),
      );
    },

    handleWebsocketMessage(state, [handler, connection, message]) {
      const [kept, messages] = run(Actor, state, (actor) =>
        callbacks(actor).handleWebSocketMessage?.(handler, connection, takenMessage(message)),
      );
      return [kept, [givenMessages(messages)]];
    },

    handleWebsocketDisconnect(state, [handler, connection]) {
      return runOnly(Actor, state, (actor) => callbacks(actor).handleWebSocketDisconnect?.(handler, connection));
    },
  });
}

export function exportAnswerHandlers(Actor) {
  return exported({
    handleAnswer(state, [answer, { tag, val }]) {
      const event = tag === "gone" ? { kind: "gone", error: val } : { kind: "room" };
      return runOnly(Actor, state, (actor) => actor.handleAnswer(answer, event));
    },
  });
}
