import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as theater from "../index.js";
import { host, resetHost } from "../testing/index.js";

const { toText } = theater;

beforeEach(resetHost);

test("the runtime records and answers", () => {
  theater.log("one");
  theater.log("two", "warn");
  theater.recordMetric("speed", 1.5);
  theater.recordEvent("seen", "x");
  assert.deepEqual(host.logs, [
    { level: "info", message: "one" },
    { level: "warn", message: "two" },
  ]);
  assert.deepEqual(host.metrics, [{ name: "speed", value: 1.5 }]);
  assert.equal(toText(host.events[0].data), "x");
  assert.equal(theater.getState().length, 0);
  host.chain = [{ hash: 1, eventType: "a", data: theater.toBytes("last") }];
  assert.deepEqual(theater.getChain(), [{ hash: 1, eventType: "a", parent: undefined, data: theater.toBytes("last") }]);
  assert.equal(toText(theater.getState()), "last");
  assert.equal(theater.getActorId().length, 32);
  assert.equal(theater.getActorName(), "actor");
  assert.equal(theater.getCurrentTime(), 0);
  assert.equal(theater.getTheaterVersion(), "0.1.0");
  assert.equal(theater.getSystemInfo().cpuCount, 0);
  theater.shutdown("last words");
  theater.shutdown();
  assert.equal(toText(host.shutDown.data), "last words");
});

test("variables and the caller are there or undefined", () => {
  host.environment.set("HOME", "/here");
  assert.equal(theater.getEnv("HOME"), "/here");
  assert.equal(theater.getEnv("PATH"), undefined);
  assert.equal(theater.getVar("HOME"), "/here");
  assert.equal(theater.getVar("PATH"), undefined);
  assert.deepEqual([theater.varExists("HOME"), theater.varExists("PATH")], [true, false]);
  assert.deepEqual(theater.listVars(), [["HOME", "/here"]]);
  assert.equal(theater.getCaller(), undefined);
  host.caller = { kind: "client", name: "token ci" };
  assert.deepEqual(theater.getCaller(), { kind: "client", name: "token ci" });
  host.caller = { kind: "runtime" };
  assert.deepEqual(theater.getCaller(), { kind: "runtime", name: undefined });
});

test("messages and channels reach the host", () => {
  assert.throws(() => theater.request("peer", "x"), /Actor not found: peer/);
  host.onRequest = ({ bytes }) => theater.toBytes(`${toText(bytes)}!`);
  assert.equal(toText(theater.request("peer", "x")), "x!");
  theater.send("peer", "news");
  assert.equal(toText(host.sent[0].bytes), "news");
  assert.throws(() => theater.cancelRequest("r1"), /Request ID not found: r1/);
  host.outstanding = ["r1"];
  theater.cancelRequest("r1");
  assert.throws(() => theater.openChannel("peer", "hello"), /Actor not found/);
  host.onOpenChannel = ({ to }) => `ch_${to}`;
  assert.equal(theater.openChannel("peer", "hello"), "ch_peer");
  theater.sendOnChannel("ch_peer", "x");
  theater.closeChannel("ch_peer");
  assert.throws(() => theater.sendOnChannel("ch_peer", "x"), /Channel not found: ch_peer/);
  assert.throws(() => theater.closeChannel("peer"), /Failed to parse channel ID: peer/);
  assert.deepEqual(host.closedChannels, ["ch_peer"]);
});

test("children are started and stopped", () => {
  assert.throws(() => theater.spawnChild("w.toml"), /spawns no actors/);
  let count = 0;
  host.onSpawn = () => `child-${(count += 1)}`;
  assert.equal(theater.spawnChild("w.toml", "{}"), "child-1");
  assert.equal(theater.resumeChild("w.toml", "kept"), "child-2");
  assert.deepEqual(theater.listChildren(), ["child-1", "child-2"]);
  theater.restartChild("child-1");
  theater.stopChild("child-1");
  assert.throws(() => theater.stopChild("child-1"), /child-1 is not a child of this actor/);
  assert.throws(() => theater.getChildState("child-2"), /neither a child of this actor nor below one/);
  assert.throws(() => theater.getChildEvents("child-2"), /neither a child/);
  host.childStates.set("child-2", undefined);
  assert.equal(theater.getChildState("child-2"), undefined);
  host.onChildEvents = () => [{ hash: new Uint8Array(32), parentHash: null, eventType: "e", data: new Uint8Array(), timestamp: 1, description: null }];
  assert.equal(theater.getChildEvents("child-2")[0].parentHash, undefined);
  assert.deepEqual(host.spawned[2], { manifest: "w.toml", state: theater.toBytes("kept"), isResumed: true });
});

test("time passes by waiting alone", () => {
  theater.sleepFor(500);
  theater.sleepUntil(400);
  assert.equal(theater.now(), 500);
  theater.sleepUntil(700);
  assert.equal(theater.now(), 700);
  theater.startInterval("poll", 1000);
  assert.throws(() => theater.startInterval("poll", 5), /Interval poll runs already/);
  assert.equal(host.intervals.get("poll"), 1000);
  theater.stopInterval("poll");
  assert.throws(() => theater.stopInterval("poll"), /Interval poll does not run/);
});

test("random values are the same in every run", () => {
  const draw = () => {
    resetHost();
    return [theater.randomBytes(20), theater.randomRange(5, 8), theater.randomFloat(), theater.generateUuid()];
  };
  const [bytes, number, fraction, uuid] = draw();
  assert.deepEqual(draw(), [bytes, number, fraction, uuid]);
  assert.equal(bytes.length, 20);
  assert.ok(number >= 5 && number < 8 && fraction >= 0 && fraction < 1);
  assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.throws(() => theater.randomRange(3, 3), /Invalid range/);
});

test("files are kept in folders", () => {
  assert.throws(() => theater.writeFile("notes/a", "1"), /cannot open notes\/a: No such file or directory/);
  theater.createDir("notes");
  assert.throws(() => theater.createDir("notes"), /File exists/);
  theater.writeFile("./notes/a", "1");
  theater.appendFile("notes/a", Uint8Array.of(255));
  theater.appendFile("b", "new");
  assert.deepEqual([...theater.readFile("notes/a")], [0x31, 0xff]);
  assert.deepEqual(theater.listFiles("."), ["b", "notes"]);
  assert.deepEqual(theater.listFiles("notes/"), ["a"]);
  assert.throws(() => theater.writeFile("notes", "x"), /not a regular file but a folder/);
  assert.equal(theater.getMetadata("notes").kind, "folder");
  assert.equal(theater.getMetadata("notes/a").size, 2);
  theater.renamePath("notes", "old");
  theater.renamePath("b", "old/b");
  assert.deepEqual(theater.listFiles("old"), ["a", "b"]);
  theater.deleteFile("old/b");
  assert.throws(() => theater.deleteFile("old/b"), /No such file/);
  assert.deepEqual([theater.pathExists("old/a"), theater.pathExists("notes")], [true, false]);
  theater.deleteDir("old");
  assert.throws(() => theater.readFile("old/a"), /No such file/);
});

test("commands run in folders", () => {
  assert.throws(() => theater.executeCommand(".", "make"), /set onCommand/);
  host.onCommand = ({ words }) => ({ stdout: words.join(" ") });
  assert.deepEqual(theater.executeCommand(".", "make", ["all"]), { stdout: "make all", stderr: "", exitCode: 0 });
  assert.equal(theater.executeNixCommand(".", "make").stdout, "nix develop --command make");
});

test("content is kept under labels", () => {
  const notes = theater.Store.create();
  const first = notes.put("first");
  assert.equal(notes.find("page"), undefined);
  const second = notes.putAt("page", "second");
  assert.equal(notes.find("page"), second);
  notes.label("draft", first);
  assert.deepEqual(notes.labels(), ["draft", "page"]);
  notes.replaceAt("page", first);
  notes.removeFromLabel("page", second);
  assert.equal(notes.find("page"), first, "it is on other content");
  notes.removeFromLabel("page", first);
  notes.removeLabel("page");
  assert.equal(notes.totalSize(), 11);
  assert.deepEqual(notes.contents(), [first, second].sort());
  assert.equal(notes.removeUnlabelled(), 6);
  assert.deepEqual([notes.exists(first), notes.exists(second)], [true, false]);
  assert.equal(toText(notes.get(first)), "first");
  assert.throws(() => notes.get(second), /Content does not exist/);
  notes.replaceContentAt("draft", "third");
  assert.equal(toText(notes.get(notes.find("draft"))), "third");
  assert.throws(() => new theater.Store("shared").put("x"), /shared is no store of this actor/);
});
