// Unit tests without WebAssembly: `npm test`, after `theater build`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestActor } from "theater/testing";
import { Greeter } from "./actor.js";

test("greets", () => {
  const actor = new TestActor(Greeter);
  actor.init('{"port": 9000}');
  assert.equal(actor.httpGet("/").text(), "hello, visitor 1\n");
  assert.equal(actor.httpGet("/").text(), "hello, visitor 2\n");
  assert.deepEqual(actor.httpGet("/health").json(), { status: "ok" });
  assert.equal(actor.httpGet("/other").status, 404);
});
