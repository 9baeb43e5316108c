// Headers: names and values in their order.
import { text } from "./arguments.js";

export function findHeader(headers, name) {
  const small = name.toLowerCase();
  return headers.find((header) => header[0].toLowerCase() === small)?.[1];
}

// Headers as WIT has them, of a list of pairs or of an object.
export function givenHeaders(headers) {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  return pairs.map(([name, value]) => [text(name, "a header's name"), text(value, "a header's value")]);
}
