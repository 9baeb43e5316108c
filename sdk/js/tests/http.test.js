import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  cancelStream,
  failureWord,
  feedEvents,
  newEventParser,
  openStream,
  pauseStream,
  postJson,
  resumeStream,
  sendHttp,
  toBytes,
  toText,
} from "../index.js";
import { TestActor, host, resetHost } from "../testing/index.js";

beforeEach(resetHost);

test("a request is sent whole", () => {
  host.onHttp = ({ uri }) => ({ status: 201, headers: [["X-A", "1"]], body: JSON.stringify({ uri }) });
  const response = sendHttp(postJson("https://example.org/", [1], { "X-B": "2" }));
  assert.deepEqual(response.json(), { uri: "https://example.org/" });
  assert.deepEqual([response.status, response.header("x-a"), response.header("y")], [201, "1", undefined]);
  const [sent] = host.httpRequests;
  assert.deepEqual([sent.method, toText(sent.body)], ["POST", "[1]"]);
  assert.deepEqual(sent.headers, [
    ["X-B", "2"],
    ["Content-Type", "application/json"],
  ]);
});

test("a request has defaults, and so has a response", () => {
  host.onHttp = () => ({});
  const response = sendHttp({ uri: "https://example.org/" });
  assert.deepEqual(host.httpRequests[0], { method: "GET", uri: "https://example.org/", headers: [], body: undefined });
  assert.equal(response.text(), "");
  assert.throws(() => response.json(), /the response's body: /);
  assert.throws(() => sendHttp({}), /the request's uri must be a text, not undefined/);
});

test("a failure has a word", () => {
  assert.throws(() => sendHttp({ uri: "https://example.org/" }), (error) => failureWord(error) === "refused");
  assert.equal(failureWord("too-large: the answer: …"), "too-large");
});

class Reader {
  stream = 0;
  parser = newEventParser();
  text = "";
  end = "";

  handleSend(message) {
    const text = toText(message);
    if (text === "pause") pauseStream(this.stream);
    else if (text === "resume") resumeStream(this.stream);
    else if (text === "cancel") cancelStream(this.stream);
    else {
      this.stream = openStream({ uri: text });
      this.parser = newEventParser();
    }
  }

  handleStream(stream, event) {
    if (stream !== this.stream) return;
    if (event.kind === "head" && event.status !== 200) this.end = `status ${event.status}`;
    if (event.kind === "data") for (const { data } of feedEvents(this.parser, event.data)) this.text += data;
    if (event.kind === "end") this.end = "whole";
    if (event.kind === "failed") this.end = failureWord(event.error);
  }
}

test("a stream is read piece by piece", () => {
  const actor = new TestActor(Reader);
  actor.init();
  actor.send("https://example.org/events");
  actor.stream(1, { kind: "head", status: 200, headers: [] });
  // A character is cut in two.
  const body = toBytes("data: caf\u00e9\n\ndata:  au lait\n\n");
  actor.stream(1, { kind: "data", data: body.subarray(0, 10) });
  actor.stream(1, { kind: "data", data: body.subarray(10) });
  actor.stream(1, { kind: "end" });
  assert.deepEqual([actor.actor().text, actor.actor().end], ["caf\u00e9 au lait", "whole"]);
  assert.throws(() => actor.stream(1, { kind: "end" }), /not-found: stream 1 is not open/);
});

test("events that waited at a cancellation are ignored", () => {
  const actor = new TestActor(Reader);
  actor.send("https://example.org/1");
  actor.send("cancel");
  actor.send("https://example.org/2");
  actor.stream(1, { kind: "data", data: toBytes("data: late\n\n") });
  assert.equal(actor.actor().text, "");
  assert.throws(() => actor.stream(3, { kind: "end" }), /stream 3 is not open/);
});

test("so many streams are open at once", () => {
  const request = { uri: "https://example.org/" };
  for (let id = 1; id <= 64; id += 1) assert.equal(openStream(request), id);
  assert.throws(() => openStream(request), (error) => failureWord(error) === "no-room");
  cancelStream(7);
  assert.equal(openStream(request), 65);
});

test("streams are steered", () => {
  const actor = new TestActor(Reader);
  actor.send("https://example.org/1");
  actor.send("pause");
  assert.equal(host.streams.get(1).isPaused, true);
  actor.send("resume");
  assert.equal(host.streams.get(1).isPaused, false);
  actor.send("cancel");
  assert.throws(() => actor.send("pause"), /not-found: stream 1 is not open/);
  actor.send("https://example.org/2");
  actor.stream(2, { kind: "failed", error: "cut-off: the server closed" });
  assert.equal(actor.actor().end, "cut-off");
  assert.deepEqual(host.cancelledStreams, [1]);
});
