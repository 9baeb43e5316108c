// theater:timers/intervals in a unit test, which makes the ticks: TestActor.tick.
import { host, refuse } from "../host.js";

export function startInterval(name, everyMs) {
  if (name === "") refuse("Interval name is empty");
  if (host.intervals.has(name)) refuse(`Interval ${name} runs already: stop it first`);
  host.intervals.set(name, everyMs);
}

export function stopInterval(name) {
  if (!host.intervals.delete(name)) refuse(`Interval ${name} does not run`);
}
