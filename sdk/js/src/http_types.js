// What requests and responses have in common, whichever interface sends them.
import { text } from "./arguments.js";
import { toBytes } from "./bytes.js";
import { givenHeaders } from "./headers.js";

// A request as WIT has it, of one as an author writes it.
export function givenRequest({ method = "GET", uri, headers = [], body }) {
  return {
    method: text(method, "the method"),
    uri: text(uri, "the request's uri"),
    headers: givenHeaders(headers),
    body: body === undefined ? undefined : toBytes(body),
  };
}
