// The counter of examples/counter, in JavaScript. Its state is the number as text. What a function
// throws is the error that goes to the caller.
import runtime from "theater:simple/runtime";
import { decode, encode } from "./text.js";

function countOf(state) {
  const count = state ? Number(decode(state)) : 0;
  if (!Number.isSafeInteger(count)) throw "the state is not a number";
  return count;
}

export const actor = {
  init(state, [id]) {
    const count = countOf(state);
    runtime.log(`counting from ${count}`);
    return [encode(String(count))];
  },
};

export const messageServerClient = {
  // `inc`, or `add N`.
  handleSend(state, [message]) {
    const text = decode(message);
    const step = text === "inc" ? 1 : /^add -?\d+$/.test(text) ? Number(text.slice(4)) : null;
    if (step === null) throw `unknown message: ${text}`;
    const count = countOf(state) + step;
    if (!Number.isSafeInteger(count)) throw "the counter is full";
    runtime.log(`count is ${count}`);
    return [encode(String(count))];
  },

  // `get`.
  handleRequest(state, [id, message]) {
    const text = decode(message);
    if (text !== "get") throw `unknown request: ${text}`;
    return [state, [encode(String(countOf(state)))]];
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
