// theater:simple/random.
import * as random from "theater:simple/random";
import { whole } from "./arguments.js";

export { generateUuid, randomFloat } from "theater:simple/random";

const LENGTH_MAX = 2 ** 31 - 1;

export function randomBytes(length) {
  return random.randomBytes(whole(length, "the length", LENGTH_MAX));
}

export function randomRange(min, max) {
  return random.randomRange(whole(min, "min"), whole(max, "max"));
}
