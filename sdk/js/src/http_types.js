// What requests and responses have in common, whichever interface sends them.
import { text } from "./arguments.js";
import { toBytes } from "./bytes.js";

// A request as WIT has it, of one as an author writes it.
export function givenRequest({ method = "GET", uri, headers = [], body }) {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  return {
    method: text(method, "the method"),
    uri: text(uri, "the request's uri"),
    headers: pairs.map(([name, value]) => [text(name, "a header's name"), text(value, "a header's value")]),
    body: body === undefined ? undefined : toBytes(body),
  };
}
