// theater:http-stream/client.
import * as client from "theater:http-stream/client";
import { whole } from "./arguments.js";
import { givenRequest } from "./http_types.js";

const STREAM = "the stream's id";

export function openStream(request) {
  return client.open(givenRequest(request));
}

export function pauseStream(stream) {
  client.pause(whole(stream, STREAM));
}

export function resumeStream(stream) {
  client.resume(whole(stream, STREAM));
}

export function cancelStream(stream) {
  client.cancel(whole(stream, STREAM));
}
