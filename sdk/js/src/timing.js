// theater:simple/timing.
export { deadline as sleepUntil, now, sleep as sleepFor } from "theater:simple/timing";
