import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64, fromJson, toBase64, toBytes, toJson, toText, toTextLossy } from "../index.js";

test("texts become UTF-8 as in the platform's own encoder", () => {
  const encoder = new TextEncoder();
  for (const text of ["", "plain", "caf\u00e9", "\u20ac", "\u{1f3ad}", "\u07ff\u0800\uffff\u{10000}\u{10ffff}", "\ud800x\udc00"]) {
    assert.deepEqual(toBytes(text), encoder.encode(text));
  }
});

test("bytes become text as in the platform's own decoder", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
  // Each pair of bytes that is special, before and behind characters that are not.
  const special = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff];
  for (const first of special) {
    for (const second of special) {
      for (const third of special) {
        const bytes = Uint8Array.of(0x61, first, second, third, 0xbf, 0x62);
        assert.equal(toTextLossy(bytes), lossy.decode(bytes), bytes.join());
        let expected;
        try {
          expected = strict.decode(bytes);
        } catch {
          assert.throws(() => toText(bytes), /not text in UTF-8: byte \d begins no character/, bytes.join());
          continue;
        }
        assert.equal(toText(bytes), expected);
      }
    }
  }
});

test("long texts come back", () => {
  const text = "x\u{1f3ad}\u20ac".repeat(10_000);
  assert.equal(toText(toBytes(text)), text);
});

test("what is neither text nor bytes is refused", () => {
  assert.deepEqual(toBytes(Uint8Array.of(255)), Uint8Array.of(255));
  assert.throws(() => toBytes(7), /a number is neither a text nor bytes/);
  assert.throws(() => toBytes(null), /a null is neither/);
});

test("values become JSON", () => {
  assert.deepEqual(fromJson(toJson({ a: [1, "\u00e9"] })), { a: [1, "\u00e9"] });
  assert.deepEqual(fromJson("[2]"), [2]);
  assert.throws(() => toJson(undefined), /a value of type undefined has no JSON/);
  assert.throws(() => fromJson("{"), SyntaxError);
});

test("bytes become base64 as in the platform's own encoder", () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  for (let end = 0; end <= all.length; end += 1) {
    const bytes = all.slice(0, end);
    assert.equal(toBase64(bytes), Buffer.from(bytes).toString("base64"));
    assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  }
  assert.equal(toBase64("foob"), "Zm9vYg==");
});

test("every other text is no base64", () => {
  for (const text of ["Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", "Z-9v", "=m9v", "Zg==Zg=="]) {
    assert.throws(() => fromBase64(text), /no base64/, text);
  }
});
