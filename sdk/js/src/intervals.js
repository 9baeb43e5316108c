// theater:timers/intervals.
export { startInterval, stopInterval } from "theater:timers/intervals";
