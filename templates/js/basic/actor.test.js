// Unit tests without WebAssembly: `npm test`, after `theater build`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestActor, host } from "theater/testing";
import { Hello } from "./actor.js";

test("says hello", () => {
  new TestActor(Hello).init();
  assert.equal(host.logs[0].message, "hello from actor");
});
