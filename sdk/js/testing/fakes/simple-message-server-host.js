// theater:simple/message-server-host in a unit test.
import { host, refuse, remove } from "../host.js";

export const listOutstandingRequests = () => [...host.outstanding];

function settle(id) {
  if (!remove(host.outstanding, id)) refuse(`Request ID not found: ${id}`);
}

export function cancelRequest(id) {
  settle(id);
  host.cancelled.push(id);
}

function findChannel(id) {
  if (!id.startsWith("ch_")) refuse(`Failed to parse channel ID: ${id}`);
  if (!host.channels.includes(id)) refuse(`Channel not found: ${id}`);
}

export function closeChannel(id) {
  findChannel(id);
  remove(host.channels, id);
  host.closedChannels.push(id);
}

export function send(to, bytes) {
  host.onSend({ to, bytes });
  host.sent.push({ to, bytes });
}

export function request(to, bytes) {
  host.requested.push({ to, bytes });
  return host.onRequest({ to, bytes });
}

export function respondToRequest(id, response) {
  settle(id);
  host.responses.set(id, response);
}

export function openChannel(to, bytes) {
  const id = host.onOpenChannel({ to, bytes });
  host.channels.push(id);
  return id;
}

export function sendOnChannel(id, bytes) {
  findChannel(id);
  host.sentOnChannels.push({ to: id, bytes });
}
