// Unit tests without WebAssembly: `npm test`, after `theater build`.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { TestActor, host, resetHost } from "theater/testing";
import { Counter } from "./counter.js";

beforeEach(resetHost);

test("counts from its initial state", () => {
  const actor = new TestActor(Counter);
  actor.init('{"count": 40}');
  actor.send("inc");
  actor.send("add 1");
  assert.equal(actor.ask("get"), "42");
  assert.deepEqual(host.logs.map(({ message }) => message), ["counting from 40", "count is 41", "count is 42"]);
});

test("refuses what it does not know", () => {
  const actor = new TestActor(Counter);
  actor.init();
  assert.throws(() => actor.send("add x"), /unknown message: add x/);
  assert.throws(() => actor.send(`add ${Number.MAX_SAFE_INTEGER + 1}`), /the counter is full/);
  assert.throws(() => actor.ask("set"), /unknown request: set/);
  assert.equal(actor.stateText, '{"count":0}');
});
