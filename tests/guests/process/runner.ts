// Runs shell scripts: for tests of the handler `process`. The same actor as runner.cpp.
import {
  type SignalName,
  closeStdin,
  exportActor,
  exportMessageServerClient,
  exportProcessHandlers,
  getProcessStatus,
  killProcess,
  signalProcess,
  spawnProcess,
  toText,
  writeStdin,
} from "theater";

const SIGNALS: Record<string, SignalName> = { 1: "SIGHUP", 15: "SIGTERM" };

function run(script: string, timeoutS?: number): string {
  return String(spawnProcess({ program: "sh", args: ["-c", script], stdout: "lines", stderr: "lines", timeoutS }));
}

// The part before the first space, and what follows it.
function cut(text: string): [string, string] {
  const space = text.indexOf(" ");
  return space === -1 ? [text, ""] : [text.slice(0, space), text.slice(space + 1)];
}

class Runner {
  heard = "";

  handleRequest(requestId: string, message: Uint8Array): string {
    const [word, rest] = cut(toText(message));
    switch (word) {
      case "heard":
        return this.heard;
      case "spawn":
        return run(rest);
      case "brief":
        return run(rest, 1);
    }
    const [first, more] = cut(rest);
    const id = Number(first);
    switch (word) {
      case "write":
        return String(writeStdin(id, more));
      case "close":
        closeStdin(id);
        return "done";
      case "kill":
        killProcess(id);
        return "done";
      case "signal":
        signalProcess(id, SIGNALS[more]!);
        return "done";
      case "status": {
        const { isRunning, exitCode } = getProcessStatus(id);
        return isRunning ? "running" : String(exitCode);
      }
      default:
        throw new Error(`what is \`${word}\`?`);
    }
  }

  handleStdout(process: number, line: Uint8Array): void {
    this.heard += `out ${process} ${toText(line)}`;
  }

  handleStderr(process: number, line: Uint8Array): void {
    this.heard += `err ${process} ${toText(line)}`;
  }

  handleExit(process: number, exitCode: number): void {
    this.heard += `exit ${process} ${exitCode}\n`;
  }
}

export const actor = exportActor(Runner);
export const messageServerClient = exportMessageServerClient(Runner);
export const processHandlers = exportProcessHandlers(Runner);
