// The exports of a component: each function makes the actor of the kept bytes, runs one callback, and
// makes bytes of it again. An exception of a callback is the caller's error and leaves the state as it was.
import { wellFormed } from "./arguments.js";
import { toBytes } from "./bytes.js";
import { jsonCodec } from "./codec.js";

export const later = Symbol("later");

const codecOf = (Actor) => Actor.codec ?? jsonCodec;

function finished(value) {
  if (typeof value?.then === "function") {
    throw new Error("a callback returned a promise: callbacks run to their end in one call, without async");
  }
  return value;
}

// The error of an exception, which the host takes as a text.
function errorOf(exception) {
  const text = exception instanceof Error ? exception.message : String(exception);
  return new Error(wellFormed(String(text)), { cause: exception });
}

// The functions of an interface, whose exceptions are errors of the host.
export function exported(functions) {
  const guarded = Object.entries(functions).map(([name, call]) => [
    name,
    (state, params) => {
      try {
        return call(state, params);
      } catch (exception) {
        throw errorOf(exception);
      }
    },
  ]);
  return Object.fromEntries(guarded);
}

// Runs `callback(actor)`, which names the callback's arguments; the state to keep, and what it returned.
export function run(Actor, kept, callback) {
  const actor = codecOf(Actor).load(Actor, kept ?? undefined);
  const value = finished(callback(actor));
  return [codecOf(Actor).save(actor), value];
}

// The same for a callback that returns nothing.
export function runOnly(Actor, kept, callback) {
  return [run(Actor, kept, callback)[0]];
}

export function exportActor(Actor) {
  return exported({
    init(initial, [id]) {
      if (Actor.begin === undefined) return runOnly(Actor, initial, (actor) => actor.init?.(id));
      const actor = finished(Actor.begin(initial ?? undefined));
      finished(actor.init?.(id));
      return [codecOf(Actor).save(actor)];
    },
  });
}

function reply(value) {
  if (value === later) return [undefined];
  if (value === undefined) {
    throw new Error("handleRequest returned nothing: return a text, bytes (a Uint8Array) or `later`");
  }
  return [toBytes(value)];
}

// What handleChannelOpen may return: true, false, or an object with a first message.
function decision(value) {
  if (value === undefined || typeof value === "boolean") return [{ accepted: value === true, message: undefined }];
  const { accepted = true, message } = value;
  return [{ accepted: accepted === true, message: message === undefined ? undefined : toBytes(message) }];
}

export function exportMessageServerClient(Actor) {
  return exported({
    handleSend(state, [message]) {
      return runOnly(Actor, state, (actor) => {
        if (actor.handleSend === undefined) throw new Error("this actor takes no messages");
        return actor.handleSend(message);
      });
    },

    handleRequest(state, [id, message]) {
      const [kept, value] = run(Actor, state, (actor) => {
        if (actor.handleRequest === undefined) throw new Error("this actor answers no requests");
        return actor.handleRequest(id, message);
      });
      return [kept, reply(value)];
    },

    handleChannelOpen(state, [id, message]) {
      const [kept, value] = run(Actor, state, (actor) => actor.handleChannelOpen?.(id, message));
      return [kept, decision(value)];
    },

    handleChannelMessage(state, [id, message]) {
      return runOnly(Actor, state, (actor) => actor.handleChannelMessage?.(id, message));
    },

    handleChannelClose(state, [id]) {
      return runOnly(Actor, state, (actor) => actor.handleChannelClose?.(id));
    },
  });
}
