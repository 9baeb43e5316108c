// Keeps a number, which messages change and requests ask for. The state is the number as text. What a
// function throws is the error that goes to the caller.
import { decode, encode } from "./text.js";

function numberOf(state) {
  const number = state ? Number(decode(state)) : 0;
  if (!Number.isSafeInteger(number)) throw "the state is not a number";
  return number;
}

export const actor = {
  init(state) {
    return [encode(String(numberOf(state)))];
  },
};

export const messageServerClient = {
  // `add N`.
  handleSend(state, [message]) {
    const text = decode(message);
    if (!/^add -?\d+$/.test(text)) throw `unknown message: ${text}`;
    const number = numberOf(state) + Number(text.slice(4));
    if (!Number.isSafeInteger(number)) throw "that is too much";
    return [encode(String(number))];
  },

  // `get`.
  handleRequest(state, [id, message]) {
    const text = decode(message);
    if (text !== "get") throw `unknown request: ${text}`;
    return [state, [encode(String(numberOf(state)))]];
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
