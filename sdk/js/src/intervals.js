// theater:timers/intervals.
import * as intervals from "theater:timers/intervals";
import { text, whole } from "./arguments.js";

export function startInterval(name, everyMs) {
  intervals.startInterval(text(name, "the name"), whole(everyMs, "the period"));
}

export function stopInterval(name) {
  intervals.stopInterval(text(name, "the name"));
}
