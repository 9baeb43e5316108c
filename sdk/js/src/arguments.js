// What may cross to Theater. The engine ends the actor without a reason for a value of another type than
// an interface has, and for a text that is not UTF-8.

function refuse(name, kind, value) {
  const found = typeof value === "number" ? String(value) : value === null ? "null" : typeof value;
  throw new TypeError(`${name} must be ${kind}, not ${found}`);
}

// Half of a pair that stands alone is no character: U+FFFD stands for it.
export function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

export function text(value, name) {
  return typeof value === "string" ? wellFormed(value) : refuse(name, "a text", value);
}

export function whole(value, name, max = Number.MAX_SAFE_INTEGER) {
  const fits = Number.isInteger(value) && value >= 0 && value <= max;
  return fits ? value : refuse(name, `a whole number from 0 to ${max}`, value);
}

export function number(value, name) {
  return typeof value === "number" ? value : refuse(name, "a number", value);
}

export function texts(value, name) {
  return Array.isArray(value) ? value.map((item) => text(item, `each of ${name}`)) : refuse(name, "a list of texts", value);
}
