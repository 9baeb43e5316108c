// theater:simple/supervisor.
import * as host from "theater:simple/supervisor";
import { text } from "./arguments.js";
import { toBytes } from "./bytes.js";

export { listChildren } from "theater:simple/supervisor";

const CHILD = "the child's id";
const MANIFEST = "the manifest";
const optional = (value) => (value === undefined ? undefined : toBytes(value));

export function spawnChild(manifest, initial) {
  return host.spawn(text(manifest, MANIFEST), optional(initial));
}

export function resumeChild(manifest, state) {
  return host.resume(text(manifest, MANIFEST), optional(state));
}

export function restartChild(childId) {
  host.restartChild(text(childId, CHILD));
}

export function stopChild(childId) {
  host.stopChild(text(childId, CHILD));
}

export function getChildState(childId) {
  return host.getChildState(text(childId, CHILD)) ?? undefined;
}

export function getChildEvents(childId) {
  return host.getChildEvents(text(childId, CHILD)).map((event) => ({
    ...event,
    parentHash: event.parentHash ?? undefined,
    description: event.description ?? undefined,
  }));
}
