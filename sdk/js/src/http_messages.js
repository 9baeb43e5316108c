// What servers read from requests, and the responses that they answer with.
import { fromJson, toBytes, toJson, toText } from "./bytes.js";
import { findHeader } from "./headers.js";

export function percentDecoded(text) {
  const bytes = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== "%") {
      // A character that is no ASCII may take two places.
      const character = String.fromCodePoint(text.codePointAt(at));
      bytes.push(...toBytes(character));
      at += character.length - 1;
      continue;
    }
    const digits = text.slice(at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/i.test(digits)) return undefined;
    bytes.push(Number.parseInt(digits, 16));
    at += 2;
  }
  try {
    return toText(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}

export class ServerRequest {
  constructor(method, uri, headers, body) {
    this.method = method;
    this.uri = uri;
    this.headers = headers;
    this.body = body;
  }

  get path() {
    return this.uri.split("?", 1)[0];
  }

  query(name) {
    const question = this.uri.indexOf("?");
    if (question === -1) return undefined;
    const decoded = (part) => percentDecoded(part.replaceAll("+", " "));
    for (const pair of this.uri.slice(question + 1).split("&")) {
      const equals = pair.indexOf("=");
      const found = equals === -1 ? pair : pair.slice(0, equals);
      if (decoded(found) === name) return equals === -1 ? "" : decoded(pair.slice(equals + 1));
    }
    return undefined;
  }

  header(name) {
    return findHeader(this.headers, name);
  }

  text() {
    return toText(this.body ?? new Uint8Array());
  }

  json() {
    try {
      return fromJson(this.text());
    } catch (error) {
      throw new Error(`the body: ${error.message}`);
    }
  }
}

const response = (status, type, body) => ({ status, headers: [["Content-Type", type]], body: toBytes(body) });

export function textResponse(body, status = 200) {
  return response(status, "text/plain; charset=utf-8", body);
}

export function htmlResponse(body, status = 200) {
  return response(status, "text/html; charset=utf-8", body);
}

export function jsonResponse(value, status = 200) {
  return response(status, "application/json", toJson(value));
}

export function problem(status, detail) {
  return response(status, "application/problem+json", toJson({ status, detail }));
}

export function redirect(address, status = 303) {
  return { status, headers: [["Location", address]], body: undefined };
}

export function serverSentEvent(data, { type = "", id = "" } = {}) {
  const first = (text) => text.split(/[\r\n]/, 1)[0];
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  if (id !== "") lines.unshift(`id: ${first(id)}\n`);
  if (type !== "") lines.unshift(`event: ${first(type)}\n`);
  return `${lines.join("")}\n`;
}
