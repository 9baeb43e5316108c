// Bytes from and to text, JSON and base64. The engine of a component, QuickJS, has no TextEncoder, no
// TextDecoder, no atob and no btoa.

const REPLACEMENT = 0xfffd;
const CHUNK = 4096;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The length of the sequence that a byte begins, and the bounds of the byte after it (Unicode 15, table
// 3-7); null for a byte that begins none.
function sequence(first) {
  if (first < 0x80) return [1, 0, 0];
  if (first < 0xc2 || first > 0xf4) return null;
  if (first < 0xe0) return [2, 0x80, 0xbf];
  if (first < 0xf0) return [3, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf];
  return [4, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf];
}

// Calls `bad` for each longest part of the bytes that is the beginning of no character.
function decode(bytes, bad) {
  let text = "";
  let characters = [];
  for (let at = 0; at < bytes.length; ) {
    const shape = sequence(bytes[at]);
    const [size, low, high] = shape ?? [1, 0, 0];
    let character = shape === null ? -1 : size === 1 ? bytes[at] : bytes[at] & (0x7f >> size);
    let taken = 1;
    for (; taken < size; taken += 1) {
      const next = bytes[at + taken];
      if (next === undefined || next < (taken === 1 ? low : 0x80) || next > (taken === 1 ? high : 0xbf)) {
        character = -1;
        break;
      }
      character = (character << 6) | (next & 0x3f);
    }
    characters.push(character === -1 ? bad(at) : character);
    at += taken;
    if (characters.length === CHUNK) {
      text += String.fromCodePoint(...characters);
      characters = [];
    }
  }
  return text + String.fromCodePoint(...characters);
}

export function toText(bytes) {
  return decode(bytes, (at) => {
    throw new Error(`the bytes are not text in UTF-8: byte ${at} begins no character`);
  });
}

export function toTextLossy(bytes) {
  return decode(bytes, () => REPLACEMENT);
}

function encode(text) {
  const bytes = [];
  for (const part of text) {
    let character = part.codePointAt(0);
    // Half of a pair stands alone.
    if (character >= 0xd800 && character <= 0xdfff) character = REPLACEMENT;
    if (character < 0x80) {
      bytes.push(character);
      continue;
    }
    const more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    bytes.push(((0xff00 >> (more + 1)) & 0xff) | (character >> (6 * more)));
    for (let shift = 6 * (more - 1); shift >= 0; shift -= 6) bytes.push(0x80 | ((character >> shift) & 0x3f));
  }
  return Uint8Array.from(bytes);
}

export function toBytes(value) {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return encode(value);
  throw new TypeError(`a ${value === null ? "null" : typeof value} is neither a text nor bytes (a Uint8Array)`);
}

export function toJson(value) {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a value of type ${typeof value} has no JSON`);
  return encode(text);
}

export function fromJson(value) {
  return JSON.parse(typeof value === "string" ? value : toText(value));
}

export function toBase64(value) {
  const bytes = toBytes(value);
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const count = Math.min(bytes.length - at, 3);
    for (let digit = 0; digit < 4; digit += 1) text += digit <= count ? DIGITS[(bits >> (18 - 6 * digit)) & 0x3f] : "=";
  }
  return text;
}

export function fromBase64(text) {
  if (text.length % 4 !== 0) throw new Error("the text is no base64: its length is no multiple of 4");
  const digits = text.replace(/={1,2}$/, "");
  const bytes = [];
  let bits = 0;
  let count = 0;
  for (const digit of digits) {
    const value = DIGITS.indexOf(digit);
    if (value === -1) throw new Error(`the text is no base64: it holds ${JSON.stringify(digit)}`);
    bits = (bits << 6) | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push(bits >> count);
    bits &= (1 << count) - 1;
  }
  if (bits !== 0) throw new Error("the text is no base64: its last digit has bits that belong to no byte");
  return Uint8Array.from(bytes);
}
