// theater:http-stream/client in a unit test.
import { host, refuse } from "../host.js";

const STREAMS_MAX = 64;

function find(id) {
  return host.streams.get(id) ?? refuse(`not-found: stream ${id} is not open`);
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
  host.httpRequests.push(request);
  if (host.streams.size >= STREAMS_MAX) {
    refuse(`no-room: ${STREAMS_MAX} streams of this actor are open, which is the limit: cancel one first`);
  }
  host.onOpenStream(request);
  host.streamsOpened += 1;
  host.streams.set(host.streamsOpened, { request, isPaused: false });
  return host.streamsOpened;
}
