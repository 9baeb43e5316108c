// theater:simple/runtime, in the form with a level in `log`.
import * as runtime from "theater:simple/runtime";
import { number, text, wellFormed } from "./arguments.js";
import { toBytes } from "./bytes.js";

export {
  getActorId,
  getActorName,
  getCurrentTime,
  getState,
  getSystemInfo,
  getTheaterVersion,
} from "theater:simple/runtime";

export function log(message, level = "info") {
  runtime.log(text(level, "the level"), wellFormed(String(message)));
}

export function getEnv(name) {
  return runtime.getEnv(text(name, "the name")) ?? undefined;
}

export function recordMetric(name, value) {
  runtime.recordMetric(text(name, "the name"), number(value, "the value"));
}

export function recordEvent(eventType, data) {
  runtime.recordEvent(text(eventType, "the event's type"), toBytes(data));
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
