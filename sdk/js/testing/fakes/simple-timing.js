// theater:simple/timing in a unit test, which does not wait.
import { host } from "../host.js";

export const now = () => host.nowMs;

export function sleep(durationMs) {
  host.nowMs += durationMs;
}

export function deadline(timestampMs) {
  host.nowMs = Math.max(host.nowMs, timestampMs);
}
