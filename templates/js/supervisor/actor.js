// Looks after a worker, which its manifest declares, and hands on to it what it is sent. The state is
// how often the worker has failed, as text. What a function throws is the error that goes to the caller.
import messages from "theater:simple/message-server-host";
import runtime from "theater:simple/runtime";
import supervisor from "theater:simple/supervisor";
import { decode, encode } from "./text.js";

function worker() {
  const [first] = supervisor.listChildren();
  if (first === undefined) throw "there is no worker";
  return first;
}

function failuresOf(state) {
  return state ? Number(decode(state)) : 0;
}

export const actor = {
  init(state) {
    return [state];
  },
};

export const messageServerClient = {
  handleSend(state, [message]) {
    messages.send(worker(), message);
    return [state];
  },

  // `failures`; the rest is the worker's.
  handleRequest(state, [id, message]) {
    if (decode(message) === "failures") return [state, [encode(String(failuresOf(state)))]];
    return [state, [messages.request(worker(), message)]];
  },

  handleChannelOpen(state) {
    return [state, [{ accepted: false, message: undefined }]];
  },

  handleChannelMessage(state) {
    return [state];
  },

  handleChannelClose(state) {
    return [state];
  },
};

export const supervisorHandlers = {
  // The worker was lost; the runtime restarts it.
  handleChildError(state, [id, error]) {
    const failures = failuresOf(state) + 1;
    runtime.log(`${id} failed, for the ${failures}. time`);
    return [encode(String(failures))];
  },

  handleChildExit(state) {
    return [state];
  },

  handleChildExternalStop(state) {
    return [state];
  },
};
