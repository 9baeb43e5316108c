// theater:simple/random in a unit test: the same values in every run.
import { host, refuse } from "../host.js";

// 32 random bits (mulberry32).
function draw() {
  host.random = (host.random + 0x6d2b79f5) | 0;
  let bits = Math.imul(host.random ^ (host.random >>> 15), 1 | host.random);
  bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
  return (bits ^ (bits >>> 14)) >>> 0;
}

export const randomBytes = (length) => Uint8Array.from({ length }, () => draw() & 0xff);
export const randomFloat = () => draw() / 2 ** 32;

export function randomRange(min, max) {
  if (min >= max) refuse(`Invalid range: min (${min}) >= max (${max})`);
  return min + Math.floor(randomFloat() * (max - min));
}

export function generateUuid() {
  return "00000000-0000-4000-8000-000000000000".replace(/[08]/g, (digit) =>
    (digit === "0" ? draw() & 15 : 8 + (draw() & 3)).toString(16),
  );
}
