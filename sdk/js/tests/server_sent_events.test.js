import assert from "node:assert/strict";
import { test } from "node:test";
import { feedEvents, newEventParser, toBytes } from "../index.js";

const event = (type, data, id = "") => ({ type, data, id });
const message = (data) => event("message", data);
const latin = (text) => Uint8Array.from(text, (byte) => byte.charCodeAt(0));

// Bodies, a character for each byte, and the events in each; the same as those of the Rust library.
const BODIES = [
  ["", []],
  ["data: a\n\n", [message("a")]],
  ["data: a\r\n\r\ndata: b\r\rdata: c\n\n", [message("a"), message("b"), message("c")]],
  ["data: a\r\n\ndata: b\n\r\n", [message("a"), message("b")]],
  ["data: a\ndata: b\ndata:c\n\n", [message("a\nb\nc")]],
  ["data\n\ndata\ndata\n\ndata:", [message(""), message("\n")]],
  ["data:test\n\ndata: test\n\n", [message("test"), message("test")]],
  [
    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
    [event("message", "first event", "1"), message("second event"), message(" third event")],
  ],
  ["event: add\ndata: 7\n\ndata: 8\n\n", [event("add", "7"), message("8")]],
  ["event: x\nid: 5\n\ndata: a\n\n", [event("message", "a", "5")]],
  ["id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", [event("message", "a", "1"), event("message", "b", "1")]],
  ["data: cut off", []],
  ["data: cut off\n", []],
  ["Data: a\n data: b\nother: c\n\n", []],
  ["\xef\xbb\xbfdata: marked\n\n", [message("marked")]],
  ["\xef\xbb\xbf: comment\ndata: a\n\n", [message("a")]],
  ["\xef\xbb\xbf\xef\xbb\xbfdata: twice\n\ndata: a\n\n", [message("a")]],
  ["\n\xef\xbb\xbfdata: late\n\n", []],
  ["data: \xf0\x9f\x8e\xad\n\n", [message("\u{1f3ad}")]],
  ["data: \xff\xc3\n\n", [message("\ufffd\ufffd")]],
  ["data: a:b: c\n\n", [message("a:b: c")]],
];

function feedAll(pieces) {
  let parser = newEventParser();
  return pieces.flatMap((piece) => {
    const events = feedEvents(parser, latin(piece));
    // As an actor keeps it between two calls.
    parser = JSON.parse(JSON.stringify(parser));
    return events;
  });
}

test("a whole body has its events", () => {
  for (const [body, expected] of BODIES) assert.deepEqual(feedAll([body]), expected, JSON.stringify(body));
});

test("the events are the same however a body is cut", () => {
  for (const [body, expected] of BODIES) {
    assert.deepEqual(feedAll([...body]), expected, JSON.stringify(body));
    for (let first = 0; first <= body.length; first += 1) {
      for (let second = first; second <= body.length; second += 1) {
        const pieces = [body.slice(0, first), body.slice(first, second), body.slice(second)];
        assert.deepEqual(feedAll(pieces), expected, JSON.stringify(pieces));
      }
    }
  }
});

test("an event comes as soon as its last line ends", () => {
  const parser = newEventParser();
  assert.deepEqual(feedEvents(parser, toBytes("data: a\r\n\r")), [message("a")]);
  assert.deepEqual(feedEvents(parser, toBytes("\ndata: b\n\n")), [message("b")]);
});

test("the id and the time to wait are remembered", () => {
  const parser = newEventParser();
  feedEvents(parser, toBytes("id: 7\nretry: 3000\nretry: soon\nretry:\nretry: 99999999999999999999999\n"));
  assert.deepEqual([parser.id, parser.retryMs], ["7", 3000]);
});

test("lines and events have bounds", () => {
  const longest = "x".repeat((1 << 20) - 6);
  const parser = newEventParser();
  feedEvents(parser, toBytes(`data: ${longest}`));
  assert.throws(() => feedEvents(parser, toBytes("x")), /a line of the event stream has more than 1048576 bytes/);
  assert.deepEqual(parser, newEventParser());

  const line = toBytes(`data: ${longest}\n`);
  for (let count = 0; count < 4; count += 1) feedEvents(parser, line);
  assert.throws(() => feedEvents(parser, line), /an event has more than 4194304 characters of data/);
  assert.deepEqual(feedEvents(parser, toBytes("data: a\n\n")), [message("a")]);
});

test("nothing of a comment is kept", () => {
  const parser = newEventParser();
  for (let count = 0; count < 3; count += 1) {
    feedEvents(parser, toBytes(":"));
    feedEvents(parser, new Uint8Array(1 << 20).fill(0x78));
    assert.ok(JSON.stringify(parser).length < 200);
    feedEvents(parser, toBytes("\n"));
  }
  assert.deepEqual(feedEvents(parser, toBytes("data: a\n\n")), [message("a")]);
});
