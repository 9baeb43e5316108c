// Unit tests without WebAssembly: `npm test`, after `theater build`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestActor } from "theater/testing";
import { Tally } from "./actor.js";

test("adds", () => {
  const actor = new TestActor(Tally);
  actor.init('{"number": 2}');
  actor.send("add 40");
  assert.throws(() => actor.send("add x"), /unknown message: add x/);
  assert.equal(actor.ask("get"), "42");
});
