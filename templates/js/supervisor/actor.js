// Looks after a worker, which its manifest declares, and forwards to it what it is sent.
import {
  exportActor,
  exportMessageServerClient,
  exportSupervisorHandlers,
  listChildren,
  log,
  request,
  send,
  toText,
} from "theater";

function worker() {
  const [first] = listChildren();
  if (first === undefined) throw new Error("there is no worker");
  return first;
}

// The fields are kept between calls.
export class Overseer {
  failures = 0;

  handleSend(message) {
    send(worker(), message);
  }

  // `failures`; the rest is the worker's.
  handleRequest(id, message) {
    return toText(message) === "failures" ? String(this.failures) : request(worker(), message);
  }

  // The worker was lost; the runtime restarts it.
  handleChildError(id, error) {
    this.failures += 1;
    log(`${id} failed: ${error.reason}`);
  }
}

export const actor = exportActor(Overseer);
export const messageServerClient = exportMessageServerClient(Overseer);
export const supervisorHandlers = exportSupervisorHandlers(Overseer);
