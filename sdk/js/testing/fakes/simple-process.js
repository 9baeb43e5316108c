// theater:simple/process in a unit test, which plays the programs: TestActor.processStdout and its like.
import { findProcess, host, refuse } from "../host.js";

const KILL = 9;

export function osSpawn(config) {
  host.onSpawnProcess(config);
  const id = host.processes.size + 1;
  host.processes.set(id, {
    config,
    input: new Uint8Array(),
    isInputClosed: false,
    signals: [],
    startTimeMs: host.nowMs,
    exitCode: undefined,
  });
  return id;
}

export function osWriteStdin(id, bytes) {
  const process = host.processes.get(id);
  if (process === undefined || process.exitCode !== undefined || process.isInputClosed) {
    refuse(`Process ${id} not found or has no stdin`);
  }
  if (bytes.length === 0) process.isInputClosed = true;
  process.input = Uint8Array.of(...process.input, ...bytes);
  return bytes.length;
}

export function osStatus(id) {
  const { exitCode, startTimeMs } = findProcess(id);
  return { pid: id, running: exitCode === undefined, exitCode, startTime: startTimeMs };
}

export function osSignal(id, signal) {
  const process = findProcess(id);
  if (process.exitCode !== undefined) refuse(`Failed to signal process ${id}: the program has ended`);
  process.signals.push(signal);
}

export function osKill(id) {
  osSignal(id, KILL);
}
