// theater:simple/http-client.
import * as client from "theater:simple/http-client";
import { fromJson, toJson, toText } from "./bytes.js";
import { givenRequest } from "./http_types.js";

export function findHeader(headers, name) {
  const small = name.toLowerCase();
  return headers.find((header) => header[0].toLowerCase() === small)?.[1];
}

export class HttpResponse {
  constructor(status, headers, body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  header(name) {
    return findHeader(this.headers, name);
  }

  text() {
    return toText(this.body);
  }

  json() {
    try {
      return fromJson(this.body);
    } catch (error) {
      throw new Error(`the response's body: ${error.message}`);
    }
  }
}

export function postJson(uri, value, headers = {}) {
  const given = Array.isArray(headers) ? headers : Object.entries(headers);
  return { method: "POST", uri, headers: [...given, ["Content-Type", "application/json"]], body: toJson(value) };
}

export function failureWord(error) {
  const text = typeof error === "string" ? error : error.message;
  return text.split(":", 1)[0];
}

export function sendHttp(request) {
  const { status, headers, body } = client.sendHttp(givenRequest(request));
  return new HttpResponse(status, headers, body ?? new Uint8Array());
}
