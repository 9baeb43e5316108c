// theater:simple/http-client in a unit test.
import { toBytes } from "../../src/bytes.js";
import { host } from "../host.js";

export function sendHttp(request) {
  host.httpRequests.push(request);
  const { status = 200, headers = [], body } = host.onHttp(request);
  return { status, headers, body: body === undefined ? null : toBytes(body) };
}
