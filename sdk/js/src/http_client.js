// theater:simple/http-client.
import * as client from "theater:simple/http-client";
import { toJson } from "./bytes.js";
import { HttpResponse } from "./http_response.js";
import { givenRequest } from "./http_types.js";

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
