// theater:simple/process.
import * as processes from "theater:simple/process";
import { text, texts, whole } from "./arguments.js";
import { toBytes } from "./bytes.js";

const PROCESS = "the process's id";
const SIZE_MAX = 2 ** 32 - 1;

const MODES = { raw: "raw", lines: "line-by-line", json: "json", chunks: "chunked" };

const SIGNALS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
  SIGCONT: 18,
  SIGSTOP: 19,
};

export const processLost = -1;

// The value of a name among those of a table.
function named(table, value, what) {
  const name = text(value, what);
  if (Object.hasOwn(table, name)) return table[name];
  throw new TypeError(`${what} must be one of ${Object.keys(table).join(", ")}, not ${name}`);
}

const signalNumber = (signal) => named(SIGNALS, signal, "the signal");

export function exitCodeOf(signal) {
  return 128 + signalNumber(signal);
}

function givenVariables(env) {
  const pairs = Array.isArray(env) ? env : Object.entries(env);
  return pairs.map(([name, value]) => [text(name, "a variable's name"), text(value, "a variable's value")]);
}

export function spawnProcess({
  program,
  args = [],
  cwd,
  env = [],
  stdout = "raw",
  stderr = "raw",
  bufferSize = 16384,
  chunkSize,
  timeoutS,
}) {
  return processes.osSpawn({
    program: text(program, "the program"),
    args: texts(args, "the arguments"),
    cwd: cwd === undefined ? undefined : text(cwd, "the folder"),
    env: givenVariables(env),
    bufferSize: whole(bufferSize, "the buffer's size", SIZE_MAX),
    stdoutMode: { tag: named(MODES, stdout, "the mode of stdout") },
    stderrMode: { tag: named(MODES, stderr, "the mode of stderr") },
    chunkSize: chunkSize === undefined ? undefined : whole(chunkSize, "the chunk's size", SIZE_MAX),
    executionTimeout: timeoutS === undefined ? undefined : whole(timeoutS, "the timeout"),
  });
}

export function writeStdin(process, bytes) {
  const given = toBytes(bytes);
  const id = whole(process, PROCESS);
  // For the node, a write of no bytes ends the input.
  return given.length === 0 ? 0 : processes.osWriteStdin(id, given);
}

export function closeStdin(process) {
  processes.osWriteStdin(whole(process, PROCESS), new Uint8Array());
}

export function getProcessStatus(process) {
  const { running, exitCode, startTime } = processes.osStatus(whole(process, PROCESS));
  return { isRunning: running, exitCode: exitCode ?? undefined, startTimeMs: startTime };
}

export function signalProcess(process, signal) {
  processes.osSignal(whole(process, PROCESS), signalNumber(signal));
}

export function killProcess(process) {
  processes.osKill(whole(process, PROCESS));
}
