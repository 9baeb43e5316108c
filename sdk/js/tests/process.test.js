import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  closeStdin,
  exitCodeOf,
  getProcessStatus,
  killProcess,
  processLost,
  signalProcess,
  spawnProcess,
  toText,
  writeStdin,
} from "../index.js";
import { TestActor, host, resetHost } from "../testing/index.js";

beforeEach(resetHost);

class Runner {
  id = 0;
  out = "";
  err = "";
  code = 0;

  init() {
    this.id = spawnProcess({ program: "cat", args: ["-"], cwd: "/work", env: { LANG: "C" }, stdout: "lines", timeoutS: 5 });
    writeStdin(this.id, "hel");
    writeStdin(this.id, "");
    writeStdin(this.id, "lo");
    closeStdin(this.id);
  }

  handleStdout(process, bytes) {
    this.out += toText(bytes);
  }

  handleStderr(process, bytes) {
    this.err += toText(bytes);
    signalProcess(process, "SIGTERM");
    killProcess(process);
  }

  handleExit(process, exitCode) {
    this.code = exitCode;
  }
}

test("a test plays the program", () => {
  host.nowMs = 7;
  const actor = new TestActor(Runner);
  actor.init();
  const process = host.processes.get(1);
  assert.deepEqual(process.config, {
    program: "cat",
    args: ["-"],
    cwd: "/work",
    env: [["LANG", "C"]],
    bufferSize: 16384,
    stdoutMode: { tag: "line-by-line" },
    stderrMode: { tag: "raw" },
    chunkSize: undefined,
    executionTimeout: 5,
  });
  assert.deepEqual([toText(process.input), process.isInputClosed], ["hello", true]);
  assert.deepEqual(getProcessStatus(1), { isRunning: true, exitCode: undefined, startTimeMs: 7 });
  actor.processStdout(1, "hel");
  actor.processStdout(1, "lo");
  actor.processStderr(1, "no");
  assert.deepEqual(process.signals, [15, 9]);
  actor.processExit(1, exitCodeOf("SIGKILL"));
  const { out, err, code } = actor.actor();
  assert.deepEqual([out, err, code], ["hello", "no", 137]);
  assert.throws(() => actor.processStdout(1, "late"), /process 1 has ended/);
  assert.throws(() => actor.processExit(1, processLost), /process 1 has ended/);
  assert.deepEqual(getProcessStatus(1), { isRunning: false, exitCode: 137, startTimeMs: 7 });
});

test("an actor may leave out callbacks", () => {
  const actor = new TestActor(class {});
  const id = spawnProcess({ program: "true" });
  actor.processStdout(id, "x");
  actor.processStderr(id, "x");
  actor.processExit(id, processLost);
  assert.equal(getProcessStatus(id).exitCode, -1);
});

test("errors are those of the host", () => {
  assert.throws(() => getProcessStatus(3), /^Error: Process 3 not found$/);
  assert.throws(() => killProcess(3), /^Error: Process 3 not found$/);
  assert.throws(() => writeStdin(3, "x"), /Process 3 not found or has no stdin/);
  const id = spawnProcess({ program: "cat", env: [["A", "1"]], stderr: "chunks", chunkSize: 8, bufferSize: 16 });
  closeStdin(id);
  assert.throws(() => writeStdin(id, "x"), /Process 1 not found or has no stdin/);
  assert.throws(() => closeStdin(id), /Process 1 not found or has no stdin/);
  new TestActor(Runner).processExit(id, 0);
  assert.throws(() => signalProcess(id, "SIGHUP"), /Failed to signal process 1: the program has ended/);
  host.onSpawnProcess = ({ program }) => {
    throw new Error(`Permission denied: process:programs=${program}`);
  };
  assert.throws(() => spawnProcess({ program: "sh" }), /^Error: Permission denied: process:programs=sh$/);
});

test("values of the wrong type are refused by name", () => {
  for (const [call, message] of [
    [() => spawnProcess({}), "the program must be a text, not undefined"],
    [() => spawnProcess({ program: "x", args: "y" }), "the arguments must be a list of texts, not string"],
    [() => spawnProcess({ program: "x", env: { A: 1 } }), "a variable's value must be a text, not 1"],
    [() => spawnProcess({ program: "x", cwd: 1 }), "the folder must be a text, not 1"],
    [() => spawnProcess({ program: "x", stdout: "line" }), "the mode of stdout must be one of raw, lines, json, chunks, not line"],
    [() => spawnProcess({ program: "x", bufferSize: -1 }), "the buffer's size must be a whole number from 0 to 4294967295, not -1"],
    [() => spawnProcess({ program: "x", timeoutS: 0.5 }), "the timeout must be a whole number from 0 to 9007199254740991, not 0.5"],
    [() => signalProcess(1, 15), "the signal must be a text, not 15"],
    [() => exitCodeOf("TERM"), "the signal must be one of SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGUSR1, SIGUSR2, SIGTERM, SIGCONT, SIGSTOP, not TERM"],
    [() => writeStdin("1", "x"), "the process's id must be a whole number from 0 to 9007199254740991, not string"],
    [() => writeStdin(1), "a undefined is neither a text nor bytes (a Uint8Array)"],
  ]) {
    assert.throws(call, { name: "TypeError", message });
  }
});
