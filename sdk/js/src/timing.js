// theater:simple/timing.
import * as timing from "theater:simple/timing";
import { whole } from "./arguments.js";

export { now } from "theater:simple/timing";

export function sleepFor(durationMs) {
  timing.sleep(whole(durationMs, "the duration"));
}

export function sleepUntil(timestampMs) {
  timing.deadline(whole(timestampMs, "the time"));
}
