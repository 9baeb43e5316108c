// theater:simple/random.
export { generateUuid, randomBytes, randomFloat, randomRange } from "theater:simple/random";
