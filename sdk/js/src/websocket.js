// Messages on a WebSocket, from and to their form in WIT.
import { text } from "./arguments.js";
import { toBytes } from "./bytes.js";

const KINDS = ["text", "binary", "connect", "close", "ping", "pong"];

// A message as WIT has it, of a text, bytes, or an object with a kind.
export function givenMessage(message) {
  if (typeof message === "string") return { ty: { tag: "text" }, data: undefined, text: text(message, "the message") };
  if (message instanceof Uint8Array) return { ty: { tag: "binary" }, data: message, text: undefined };
  const kind = text(message?.kind, "the kind of the message");
  return {
    ty: KINDS.includes(kind) ? { tag: kind } : { tag: "other", val: kind },
    data: message.data === undefined ? undefined : toBytes(message.data),
    text: message.text === undefined ? undefined : text(message.text, "the text of the message"),
  };
}

export function takenMessage({ ty, data, text: content }) {
  return { kind: ty.tag === "other" ? ty.val : ty.tag, data: data ?? undefined, text: content ?? undefined };
}

// What handleWebSocketMessage may return: nothing, one message, or a list of them.
export function givenMessages(value) {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(givenMessage);
}
