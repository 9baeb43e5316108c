// An actor in a unit test, without WebAssembly. index.d.ts says what each of these promises.
import { exportActor, exportMessageServerClient, later } from "../src/actor.js";
import { toBytes, toText } from "../src/bytes.js";
import { jsonCodec } from "../src/codec.js";
import {
  exportHttpStreamHandlers,
  exportIntervalHandlers,
  exportProcessHandlers,
  exportSupervisorHandlers,
} from "../src/handlers.js";
import { findProcess, host, refuse, remove } from "./host.js";
import * as clients from "./http_clients.js";

export { host, resetHost } from "./host.js";

// A stream's event as WIT has it.
function wired(event) {
  if (event.kind === "head") return { tag: "head", val: [event.status, event.headers] };
  if (event.kind === "data") return { tag: "data", val: toBytes(event.data) };
  return event.kind === "failed" ? { tag: "failed", val: event.error } : { tag: "end" };
}

export class TestActor {
  #Actor;
  #state;

  constructor(Actor) {
    this.#Actor = Actor;
  }

  // Keeps the state that a callback leaves, and answers with what it returned. An error keeps the state
  // as it was.
  #keep([state, value]) {
    this.#state = state;
    return value;
  }

  init(initial) {
    const bytes = initial === undefined ? undefined : toBytes(initial);
    this.#keep(exportActor(this.#Actor).init(bytes, [host.actorId]));
  }

  get state() {
    return this.#state;
  }

  get stateText() {
    return this.#state && toText(this.#state);
  }

  actor() {
    return (this.#Actor.codec ?? jsonCodec).load(this.#Actor, this.#state);
  }

  #messages() {
    return exportMessageServerClient(this.#Actor);
  }

  send(message) {
    this.#keep(this.#messages().handleSend(this.#state, [toBytes(message)]));
  }

  request(message, id = "request-1") {
    const [answer] = this.#keep(this.#messages().handleRequest(this.#state, [id, toBytes(message)]));
    if (answer !== undefined) return answer;
    host.outstanding.push(id);
    return later;
  }

  ask(message) {
    const answer = this.request(message);
    return answer === later ? refuse("the answer comes later") : toText(answer);
  }

  channelOpen(id, message) {
    const [decision] = this.#keep(this.#messages().handleChannelOpen(this.#state, [id, toBytes(message)]));
    if (decision.accepted) host.channels.push(id);
    return decision;
  }

  channelMessage(id, message) {
    this.#keep(this.#messages().handleChannelMessage(this.#state, [id, toBytes(message)]));
  }

  channelClose(id) {
    remove(host.channels, id);
    this.#keep(this.#messages().handleChannelClose(this.#state, [id]));
  }

  #children(id) {
    remove(host.children, id);
    return exportSupervisorHandlers(this.#Actor);
  }

  childError(id, { type, data }) {
    const error = { errorType: type, data: data === undefined ? undefined : toBytes(data) };
    this.#keep(this.#children(id).handleChildError(this.#state, [id, error]));
  }

  childExit(id, data) {
    const given = data === undefined ? undefined : toBytes(data);
    this.#keep(this.#children(id).handleChildExit(this.#state, [id, given]));
  }

  childExternalStop(id) {
    this.#keep(this.#children(id).handleChildExternalStop(this.#state, [id]));
  }

  tick(name, missed = 0) {
    this.#keep(exportIntervalHandlers(this.#Actor).handleTick(this.#state, [name, missed]));
  }

  stream(id, event) {
    const isKnown = host.streams.has(id) || host.cancelledStreams.includes(id);
    if (!isKnown) refuse(`not-found: stream ${id} is not open`);
    if (event.kind === "end" || event.kind === "failed") host.streams.delete(id);
    this.#keep(exportHttpStreamHandlers(this.#Actor).handleStream(this.#state, [id, wired(event)]));
  }

  #processes(id) {
    if (findProcess(id).exitCode !== undefined) refuse(`process ${id} has ended`);
    return exportProcessHandlers(this.#Actor);
  }

  processStdout(id, bytes) {
    this.#keep(this.#processes(id).handleStdout(this.#state, [id, toBytes(bytes)]));
  }

  processStderr(id, bytes) {
    this.#keep(this.#processes(id).handleStderr(this.#state, [id, toBytes(bytes)]));
  }

  processExit(id, exitCode) {
    const handlers = this.#processes(id);
    findProcess(id).exitCode = exitCode;
    this.#keep(handlers.handleExit(this.#state, [id, exitCode]));
  }

  // Runs a callback on the kept state, and keeps what it leaves.
  #call = (run) => this.#keep(run(this.#state));

  http(request) {
    return clients.request(this.#Actor, this.#call, request);
  }

  httpGet(uri) {
    return this.http({ uri });
  }

  httpPost(uri, body) {
    return this.http({ method: "POST", uri, body });
  }

  webSocketOpen(path, subprotocol) {
    return clients.openWebSocket(this.#Actor, this.#call, path, subprotocol);
  }

  webSocketMessage(connection, message) {
    clients.sendWebSocket(this.#Actor, this.#call, connection, message);
  }

  webSocketClose(connection) {
    clients.closeWebSocket(this.#Actor, this.#call, connection);
  }

  webSocketSent(connection) {
    return clients.sentOn(connection);
  }

  answer(answer, event) {
    clients.answerEvent(this.#Actor, this.#call, answer, event);
  }
}
