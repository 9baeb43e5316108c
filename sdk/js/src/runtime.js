// theater:simple/runtime, in the form with a level in `log`.
import runtime from "theater:simple/runtime";
import { toBytes } from "./bytes.js";

export {
  getActorId,
  getActorName,
  getCurrentTime,
  getState,
  getSystemInfo,
  getTheaterVersion,
  recordMetric,
} from "theater:simple/runtime";

export function log(message, level = "info") {
  runtime.log(level, String(message));
}

export function getEnv(name) {
  return runtime.getEnv(name) ?? undefined;
}

export function recordEvent(eventType, data) {
  runtime.recordEvent(eventType, toBytes(data));
}

export function getChain() {
  return runtime.getChain().events.map(({ hash, event }) => ({
    hash,
    eventType: event.eventType,
    parent: event.parent ?? undefined,
    data: event.data,
  }));
}

export function shutdown(data) {
  runtime.shutdown(data === undefined ? undefined : toBytes(data));
}
