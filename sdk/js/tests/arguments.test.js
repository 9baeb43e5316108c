// In a component a value of the wrong type would end the actor without a reason.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as theater from "../index.js";
import { TestActor, host, resetHost } from "../testing/index.js";

beforeEach(resetHost);

test("values of the wrong type are refused by name", () => {
  for (const [call, reason] of [
    [() => theater.getEnv(7), "the name must be a text, not 7"],
    [() => theater.log("x", null), "the level must be a text, not null"],
    [() => theater.recordMetric("x", "1"), "the value must be a number, not string"],
    [() => theater.recordEvent(undefined, "x"), "the event's type must be a text, not undefined"],
    [() => theater.send(undefined, "x"), "the actor's id must be a text, not undefined"],
    [() => theater.closeChannel({}), "the channel's id must be a text, not object"],
    [() => theater.cancelRequest(1), "the request's id must be a text, not 1"],
    [() => theater.spawnChild(), "the manifest must be a text, not undefined"],
    [() => theater.stopChild([]), "the child's id must be a text, not object"],
    [() => theater.sleepFor(1.5), "the duration must be a whole number from 0 to 9007199254740991, not 1.5"],
    [() => theater.sleepUntil(-1), "the time must be a whole number from 0 to 9007199254740991, not -1"],
    [() => theater.randomBytes(2 ** 31), "the length must be a whole number from 0 to 2147483647, not 2147483648"],
    [() => theater.randomRange(0, "9"), "max must be a whole number from 0 to 9007199254740991, not string"],
    [() => theater.startInterval("x"), "the period must be a whole number from 0 to 9007199254740991, not undefined"],
    [() => theater.varExists(true), "the name must be a text, not boolean"],
    [() => theater.readFile(), "the path must be a text, not undefined"],
    [() => theater.executeCommand(".", "x", "y"), "the arguments must be a list of texts, not string"],
    [() => theater.executeCommand(".", "x", [1]), "each of the arguments must be a text, not 1"],
    [() => new theater.Store(), "the store's id must be a text, not undefined"],
    [() => new theater.Store("x").get(), "the content's name must be a text, not undefined"],
    [() => theater.sendHttp({ uri: "x", headers: { a: 1 } }), "a header's value must be a text, not 1"],
    [() => theater.pauseStream("1"), "the stream's id must be a whole number from 0 to 9007199254740991, not string"],
  ]) {
    assert.throws(call, { name: "TypeError", message: reason });
  }
});

test("half a character is no text, and becomes U+FFFD", () => {
  theater.log("a\ud800b\udc00\u{1f3ad}");
  assert.equal(host.logs[0].message, "a\ufffdb\ufffd\u{1f3ad}");
  theater.recordMetric("\ud800", 1);
  assert.equal(host.metrics[0].name, "\ufffd");
});

test("whatever a callback throws becomes a text", () => {
  class Thrower {
    handleSend(message) {
      throw { text: theater.toText(message), number: 7, half: new Error("a\ud800b"), nothing: undefined }[theater.toText(message)];
    }

    handleRequest() {
      throw { not: "an error" };
    }
  }
  const actor = new TestActor(Thrower);
  for (const [message, reason] of [["text", "text"], ["number", "7"], ["half", "a\ufffdb"], ["nothing", "undefined"]]) {
    assert.throws(() => actor.send(message), { name: "Error", message: reason });
  }
  assert.throws(() => actor.request("x"), { message: "[object Object]" });
});
