// Unit tests without WebAssembly: `npm test`, after `theater build`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toBytes } from "theater";
import { TestActor, host } from "theater/testing";
import { Overseer } from "./actor.js";

test("counts failures and forwards the rest", () => {
  const actor = new TestActor(Overseer);
  actor.init();
  assert.throws(() => actor.ask("get"), /there is no worker/);
  host.children = ["worker"];
  host.onRequest = ({ to }) => toBytes(to);
  assert.equal(actor.ask("get"), "worker");
  actor.childError("worker", { type: "internal" });
  assert.equal(actor.ask("failures"), "1");
});
