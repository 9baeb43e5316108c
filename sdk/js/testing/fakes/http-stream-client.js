// theater:http-stream/client in a unit test.
import { host, refuse } from "../host.js";

function find(id) {
  return host.streams.get(id) ?? refuse(`no stream ${id} is open`);
}

export function pause(id) {
  find(id).isPaused = true;
}

export function resume(id) {
  find(id).isPaused = false;
}

export function cancel(id) {
  find(id);
  host.streams.delete(id);
  host.cancelledStreams.push(id);
}

export function open(request) {
  host.onOpenStream(request);
  host.streamsOpened += 1;
  host.streams.set(host.streamsOpened, { request, isPaused: false });
  return host.streamsOpened;
}
