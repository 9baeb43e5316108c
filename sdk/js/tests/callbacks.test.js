import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  bytesCodec,
  exportActor,
  fromJson,
  later,
  listOutstandingRequests,
  respondToRequest,
  send,
  sendOnChannel,
  toText,
} from "../index.js";
import { TestActor, host, resetHost } from "../testing/index.js";

beforeEach(resetHost);

class Probe {
  calls = 0;
  last = "";
  #unkept = 1;

  saw(what) {
    this.calls += this.#unkept;
    this.last = what;
  }

  init(id) {
    this.saw(id);
  }

  handleSend(message) {
    this.saw(toText(message));
    if (this.last === "fail") throw new Error("as asked");
    if (this.last === "async") return Promise.resolve();
    if (this.last === "bytes") this.last = message;
  }

  handleRequest(id, message) {
    const text = toText(message);
    if (text === "later") return later;
    if (text === "bytes") return message;
    if (text === "nothing") return undefined;
    if (text === "number") return 7;
    respondToRequest(listOutstandingRequests()[0], "at last");
    return id;
  }

  handleChannelOpen(id, message) {
    return { yes: true, no: false, welcome: { message: "hi" }, else: undefined }[toText(message)];
  }

  handleChannelMessage(id, message) {
    sendOnChannel(id, message);
  }

  handleChannelClose(id) {
    this.saw(`closed ${id}`);
  }

  handleChildError(id, { type, reason }) {
    this.saw(`${id} ${type}: ${reason}`);
  }

  handleChildExit(id, data) {
    this.saw(`${id} left ${data === undefined ? "nothing" : toText(data)}`);
  }

  handleChildExternalStop(id) {
    this.saw(`${id} was stopped`);
  }

  handleTick(name, missed) {
    this.saw(`${name} ${missed}`);
  }
}

test("an actor starts from an initial state", () => {
  const actor = new TestActor(Probe);
  actor.init('{"calls": 4, "more": []}');
  assert.equal(actor.stateText, `{"calls":5,"last":"${host.actorId}"}`);
  assert.ok(actor.actor() instanceof Probe);
  assert.throws(() => actor.init("4"), /the state: expected a JSON object/);
  assert.throws(() => actor.init("{"), /the state is no JSON/);
  assert.throws(() => actor.init('{"calls": "4"}'), /the state: `calls` is of type string, not number/);
  assert.throws(() => actor.init('{"last": null}'), /`last` is of type null, not string/);
});

test("a callback that throws leaves the state as it was", () => {
  const actor = new TestActor(Probe);
  actor.init();
  const before = actor.stateText;
  assert.throws(() => actor.send("fail"), /as asked/);
  assert.throws(() => actor.send("async"), /callbacks run to their end in one call, without async/);
  assert.throws(() => actor.send("bytes"), /this\.last is a value of type Uint8Array; keep toBase64\(\) of it/);
  assert.equal(actor.stateText, before);
  actor.send("hello");
  assert.equal(actor.stateText, '{"calls":2,"last":"hello"}');
});

test("a request is answered now or later", () => {
  const actor = new TestActor(Probe);
  assert.equal(actor.request("later", "r1"), later);
  assert.deepEqual(host.outstanding, ["r1"]);
  assert.equal(actor.ask("answer"), "request-1");
  assert.equal(toText(host.responses.get("r1")), "at last");
  assert.equal(actor.ask("bytes"), "bytes");
  assert.throws(() => actor.ask("later"), /the answer comes later/);
  assert.throws(() => actor.ask("nothing"), /handleRequest returned nothing: return a text, bytes/);
  assert.throws(() => actor.ask("number"), /a number is neither a text nor bytes/);
});

test("a channel is opened or refused", () => {
  const actor = new TestActor(Probe);
  assert.deepEqual(actor.channelOpen("ch_1", "yes"), { accepted: true, message: undefined });
  assert.equal(toText(actor.channelOpen("ch_2", "welcome").message), "hi");
  assert.equal(actor.channelOpen("ch_3", "no").accepted, false);
  assert.equal(actor.channelOpen("ch_4", "else").accepted, false);
  actor.channelMessage("ch_1", "echo");
  assert.equal(toText(host.sentOnChannels[0].bytes), "echo");
  actor.channelClose("ch_1");
  assert.equal(actor.actor().last, "closed ch_1");
  assert.deepEqual(host.channels, ["ch_2"]);
});

test("an actor hears of its children and its intervals", () => {
  const actor = new TestActor(Probe);
  host.children = ["a", "b", "c", "d"];
  actor.childError("a", { type: "internal", data: "trap" });
  assert.equal(actor.actor().last, "a internal: trap");
  actor.childError("a", { type: "paused" });
  assert.equal(actor.actor().last, "a paused: ");
  actor.childExit("b", "42");
  assert.equal(actor.actor().last, "b left 42");
  actor.childExit("b");
  assert.equal(actor.actor().last, "b left nothing");
  actor.childExternalStop("c");
  assert.equal(actor.actor().last, "c was stopped");
  assert.deepEqual(host.children, ["d"]);
  actor.tick("poll", 2);
  assert.equal(actor.actor().last, "poll 2");
});

test("callbacks that are missing have defaults", () => {
  class Silent {}
  const actor = new TestActor(Silent);
  actor.init();
  assert.equal(actor.state, undefined);
  assert.throws(() => actor.send("x"), /this actor takes no messages/);
  assert.throws(() => actor.request("x"), /this actor answers no requests/);
  assert.equal(actor.channelOpen("ch_1", "x").accepted, false);
  actor.channelMessage("ch_1", "x");
  actor.channelClose("ch_1");
  actor.childError("a", { type: "internal" });
  actor.childExit("a");
  actor.childExternalStop("a");
});

test("an actor may read its initial state itself, and make its own bytes", () => {
  class Raw {
    static codec = bytesCodec;
    words = [];

    static begin(initial) {
      const actor = new Raw();
      actor.words = fromJson(initial);
      return actor;
    }

    static load(kept) {
      const actor = new Raw();
      actor.words = toText(kept).split(" ");
      return actor;
    }

    save() {
      return this.words.join(" ");
    }

    handleSend(message) {
      this.words.push(toText(message));
    }
  }
  const actor = new TestActor(Raw);
  actor.init('["two", "words"]');
  actor.send("more");
  assert.equal(actor.stateText, "two words more");
  assert.deepEqual(actor.actor().words, ["two", "words", "more"]);
});

test("values that JSON would not bring back are not kept", () => {
  const save = (value) => {
    class Keeper {
      value = value;
    }
    return toText(exportActor(Keeper).init(undefined, ["id"])[0]);
  };
  assert.equal(save({ a: [1, null, "x", true], b: undefined }), '{"value":{"a":[1,null,"x",true]}}');
  assert.throws(() => save([1, Number.NaN]), /this\.value\[1\] is a value of type NaN/);
  assert.throws(() => save({ deep: new Map() }), /this\.value\.deep is a value of type Map/);
  assert.throws(() => save(new Date(0)), /type Date/);
  assert.throws(() => save([undefined]), /this\.value\[0\] is a value of type undefined/);
  assert.throws(() => save(1n), /type bigint/);
  assert.throws(() => save(send), /type function/);
});
