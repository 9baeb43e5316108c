// theater:http-stream/client.
import client from "theater:http-stream/client";
import { givenRequest } from "./http_types.js";

export { cancel as cancelStream, pause as pauseStream, resume as resumeStream } from "theater:http-stream/client";

export function openStream(request) {
  return client.open(givenRequest(request));
}
