// theater:http-stream/server in a unit test, which makes the requests: TestActor.http.
import { host, refuse } from "../host.js";

function find(id) {
  const answer = host.http.answers.get(id);
  return answer?.end === "open" ? answer : refuse(`closed: answer ${id} is not open`);
}

export function open() {
  const { http } = host;
  if (!http.mayOpenAnswer) refuse("no-request: an answer is opened once, in the call of its request");
  http.mayOpenAnswer = false;
  const id = http.answers.size + 1;
  http.answers.set(id, { written: new Uint8Array(), taken: 0, buffer: 65536, end: "open" });
  return id;
}

export function write(id, bytes) {
  const answer = find(id);
  const isFull = () => answer.written.length - answer.taken >= answer.buffer;
  if (isFull()) refuse(`full: answer ${id} has no room: write again after the event \`room\``);
  answer.written = Uint8Array.of(...answer.written, ...bytes);
  return !isFull();
}

export function finish(id) {
  find(id).end = "finished";
}

export function abort(id) {
  find(id).end = "aborted";
}
