// UTF-8, which QuickJS has no TextEncoder and TextDecoder for. What is not UTF-8 becomes U+FFFD.

export function decode(bytes) {
  let encoded = "";
  for (const byte of bytes) encoded += "%" + byte.toString(16).padStart(2, "0");
  try {
    return decodeURIComponent(encoded);
  } catch {
    return "\ufffd";
  }
}

export function encode(text) {
  const escaped = encodeURIComponent(text.toWellFormed());
  return new Uint8Array(
    [...escaped.matchAll(/%(..)|./g)].map(([all, hex]) => (hex ? parseInt(hex, 16) : all.charCodeAt(0))),
  );
}
