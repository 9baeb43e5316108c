// theater:simple/message-server-host.
import host from "theater:simple/message-server-host";
import { toBytes } from "./bytes.js";

export { cancelRequest, closeChannel, listOutstandingRequests } from "theater:simple/message-server-host";

export function send(actorId, message) {
  host.send(actorId, toBytes(message));
}

export function request(actorId, message) {
  return host.request(actorId, toBytes(message));
}

export function respondToRequest(requestId, response) {
  host.respondToRequest(requestId, toBytes(response));
}

export function openChannel(actorId, message) {
  return host.openChannel(actorId, toBytes(message));
}

export function sendOnChannel(channelId, message) {
  host.sendOnChannel(channelId, toBytes(message));
}
