// theater:simple/supervisor.
import host from "theater:simple/supervisor";
import { toBytes } from "./bytes.js";

export { listChildren, restartChild, stopChild } from "theater:simple/supervisor";

const optional = (value) => (value === undefined ? undefined : toBytes(value));

export function spawnChild(manifest, initial) {
  return host.spawn(manifest, optional(initial));
}

export function resumeChild(manifest, state) {
  return host.resume(manifest, optional(state));
}

export function getChildState(childId) {
  return host.getChildState(childId) ?? undefined;
}

export function getChildEvents(childId) {
  return host.getChildEvents(childId).map((event) => ({
    ...event,
    parentHash: event.parentHash ?? undefined,
    description: event.description ?? undefined,
  }));
}
