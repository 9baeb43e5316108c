// What requests and responses have in common, whichever interface sends them.
import { toBytes } from "./bytes.js";

// A request as WIT has it, of one as an author writes it.
export function givenRequest({ method = "GET", uri, headers = [], body }) {
  if (typeof uri !== "string") throw new TypeError("a request needs an address: `uri`, a text");
  return {
    method,
    uri,
    headers: Array.isArray(headers) ? headers : Object.entries(headers),
    body: body === undefined ? undefined : toBytes(body),
  };
}
