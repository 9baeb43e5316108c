// Server-sent events, by the rules of the HTML standard:
// https://html.spec.whatwg.org/multipage/server-sent-events.html. A parser is a plain object, which an
// actor keeps in a field: its JSON brings it back.
import { toTextLossy } from "./bytes.js";

const LINE_BYTES_MAX = 1 << 20;
const EVENT_CHARACTERS_MAX = 4 << 20;
const LF = 10;
const CR = 13;
const MARK = "\xef\xbb\xbf";

export function newEventParser() {
  return {
    line: "", // Begun and not ended, a character for each byte.
    hasBegun: false, // The body's first line was read: no byte order mark follows.
    afterCr: false, // A line feed that follows belongs to the line break before it.
    type: "",
    data: "", // With a line feed behind each line.
    id: "",
    retryMs: null,
  };
}

// The line that has begun, without a byte order mark at the body's beginning.
function begunLine(parser) {
  return !parser.hasBegun && parser.line.startsWith(MARK) ? parser.line.slice(MARK.length) : parser.line;
}

function refuse(parser, what) {
  Object.assign(parser, newEventParser());
  throw new Error(what);
}

function takeBytes(parser, bytes) {
  // Servers keep connections alive with comments, of which only the beginning is kept.
  if (begunLine(parser)[0] === ":") return;
  const taken = bytes.subarray(0, LINE_BYTES_MAX + MARK.length + 1 - parser.line.length);
  for (let at = 0; at < taken.length; at += 4096) parser.line += String.fromCharCode(...taken.subarray(at, at + 4096));
  if (begunLine(parser)[0] === ":") parser.line = parser.line.slice(0, MARK.length + 1);
  else if (begunLine(parser).length > LINE_BYTES_MAX) {
    refuse(parser, `a line of the event stream has more than ${LINE_BYTES_MAX} bytes`);
  }
}

function takeField(parser, name, value) {
  if (name === "event") parser.type = value;
  else if (name === "id") {
    if (!value.includes("\0")) parser.id = value;
  } else if (name === "retry") {
    if (/^\d+$/.test(value) && Number.isSafeInteger(Number(value))) parser.retryMs = Number(value);
  } else if (name === "data") {
    if (parser.data.length + value.length > EVENT_CHARACTERS_MAX) {
      refuse(parser, `an event has more than ${EVENT_CHARACTERS_MAX} characters of data`);
    }
    parser.data += `${value}\n`;
  }
}

function dispatch(parser, events) {
  const { type, data, id } = parser;
  parser.type = "";
  parser.data = "";
  if (data !== "") events.push({ type: type || "message", data: data.slice(0, -1), id });
}

function takeLine(parser, events) {
  const line = toTextLossy(Uint8Array.from(begunLine(parser), (byte) => byte.charCodeAt(0)));
  parser.line = "";
  parser.hasBegun = true;
  if (line === "") {
    dispatch(parser, events);
    return;
  }
  const colon = line.indexOf(":");
  const value = colon === -1 ? "" : line.slice(colon + 1);
  takeField(parser, colon === -1 ? line : line.slice(0, colon), value.startsWith(" ") ? value.slice(1) : value);
}

function endOfLine(piece, from) {
  for (let at = from; at < piece.length; at += 1) if (piece[at] === LF || piece[at] === CR) return at;
  return -1;
}

export function feedEvents(parser, piece) {
  const events = [];
  let at = 0;
  while (at < piece.length) {
    if (parser.afterCr) {
      parser.afterCr = false;
      if (piece[at] === LF) {
        at += 1;
        continue;
      }
    }
    const end = endOfLine(piece, at);
    takeBytes(parser, piece.subarray(at, end === -1 ? piece.length : end));
    if (end === -1) break;
    parser.afterCr = piece[end] === CR;
    at = end + 1;
    takeLine(parser, events);
  }
  return events;
}
