// theater:simple/message-server-host.
import * as host from "theater:simple/message-server-host";
import { text } from "./arguments.js";
import { toBytes } from "./bytes.js";

export { listOutstandingRequests } from "theater:simple/message-server-host";

const ACTOR = "the actor's id";
const CHANNEL = "the channel's id";
const REQUEST = "the request's id";

export function send(actorId, message) {
  host.send(text(actorId, ACTOR), toBytes(message));
}

export function request(actorId, message) {
  return host.request(text(actorId, ACTOR), toBytes(message));
}

export function respondToRequest(requestId, response) {
  host.respondToRequest(text(requestId, REQUEST), toBytes(response));
}

export function cancelRequest(requestId) {
  host.cancelRequest(text(requestId, REQUEST));
}

export function openChannel(actorId, message) {
  return host.openChannel(text(actorId, ACTOR), toBytes(message));
}

export function sendOnChannel(channelId, message) {
  host.sendOnChannel(text(channelId, CHANNEL), toBytes(message));
}

export function closeChannel(channelId) {
  host.closeChannel(text(channelId, CHANNEL));
}
