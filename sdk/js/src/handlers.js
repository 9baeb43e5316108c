// The exports by which an actor hears of its children, its intervals, its streams and its processes.
import { exported, runOnly } from "./actor.js";
import { toTextLossy } from "./bytes.js";

export function exportSupervisorHandlers(Actor) {
  return exported({
    handleChildError(state, [id, { errorType, data }]) {
      const error = { type: errorType, data: data ?? undefined, reason: toTextLossy(data ?? []) };
      return runOnly(Actor, state, (actor) => actor.handleChildError?.(id, error));
    },

    handleChildExit(state, [id, data]) {
      return runOnly(Actor, state, (actor) => actor.handleChildExit?.(id, data ?? undefined));
    },

    handleChildExternalStop(state, [id]) {
      return runOnly(Actor, state, (actor) => actor.handleChildExternalStop?.(id));
    },
  });
}

export function exportIntervalHandlers(Actor) {
  return exported({
    handleTick(state, [name, missed]) {
      return runOnly(Actor, state, (actor) => actor.handleTick(name, missed));
    },
  });
}

function streamEvent({ tag, val }) {
  switch (tag) {
    case "head":
      return { kind: "head", status: val[0], headers: val[1] };
    case "data":
      return { kind: "data", data: val };
    case "failed":
      return { kind: "failed", error: val };
    default:
      return { kind: "end" };
  }
}

export function exportHttpStreamHandlers(Actor) {
  return exported({
    handleStream(state, [id, event]) {
      return runOnly(Actor, state, (actor) => actor.handleStream(id, streamEvent(event)));
    },
  });
}

export function exportProcessHandlers(Actor) {
  return exported({
    handleStdout(state, [id, bytes]) {
      return runOnly(Actor, state, (actor) => actor.handleStdout?.(id, bytes));
    },

    handleStderr(state, [id, bytes]) {
      return runOnly(Actor, state, (actor) => actor.handleStderr?.(id, bytes));
    },

    handleExit(state, [id, exitCode]) {
      return runOnly(Actor, state, (actor) => actor.handleExit?.(id, exitCode));
    },
  });
}
