// An actor in a unit test, without WebAssembly:
//
//   // counter.test.js
//   import assert from "node:assert/strict";
//   import { test } from "node:test";
//   import { TestActor } from "theater/testing";
//   import { Counter } from "./actor.js";
//
//   test("counts", () => {
//     const actor = new TestActor(Counter);
//     actor.init();
//     actor.send("add 2");
//     assert.equal(actor.ask("get"), "2");
//   });
//
//   node --import theater/testing/register --test *.test.js
//
// Callbacks run as in a component, with the bytes of the state between them. What the actor asks of its
// host goes to `host`, which a test reads and sets.
import type {
  ActorClass,
  ActorErrorType,
  AnswerEvent,
  Bytes,
  Caller,
  ChainEvent,
  Event,
  GivenMessage,
  Headers,
  HttpRequest,
  HttpResponse,
  Level,
  StreamEvent,
  SystemInfo,
  later,
} from "../index.js";

/** A message, a request or a message on a channel; `to` is the actor's or the channel's id. */
export interface Message {
  to: string;
  bytes: Uint8Array;
}

export interface SpawnedChild {
  manifest: string;
  /** The initial state, or the state from which a child was resumed. */
  state: Uint8Array | undefined;
  isResumed: boolean;
}

export interface Command {
  folder: string;
  words: string[];
}

/** A server that the actor has made. */
export interface HttpServer {
  port: number;
  isRunning: boolean;
  routes: Map<number, { path: string; method: string; handler: number }>;
  middlewares: Map<number, { path: string; handler: number }>;
  webSockets: Map<string, { connect: number | undefined; message: number; disconnect: number | undefined }>;
}

/** An answer that the actor has kept open. `taken`: bytes that the client has read. */
export interface OpenAnswer {
  written: Uint8Array;
  taken: number;
  /** The bytes that fill the buffer; a test may change it. */
  buffer: number;
  end: "open" | "finished" | "aborted" | "gone";
}

/** The actor's HTTP servers. */
export interface HttpHost {
  /** Those that it has not destroyed, by their ids. */
  servers: Map<number, HttpServer>;
  /** Names by their ids. */
  handlers: Map<number, string>;
  /** The last id of the two above and their parts. */
  ids: number;
  /** Those that are open. */
  webSockets: Map<number, { server: number; path: string; sent: object[] }>;
  webSocketsOpened: number;
  /** By the actor. */
  closedWebSockets: number[];
  /** By their ids, also when they have ended. */
  answers: Map<number, OpenAnswer>;
  /** In the call of a request that has opened none. */
  mayOpenAnswer: boolean;
}

export interface Host {
  // What the host answers with. A function that throws is an error of the actor's call.
  actorId: string;
  actorName: string;
  nowMs: number;
  caller: { kind: Caller["kind"]; name?: string } | undefined;
  environment: Map<string, string>;
  random: number;
  chain: Event[];
  version: string;
  system: SystemInfo;
  onSend: (message: Message) => void;
  onRequest: (message: Message) => Uint8Array;
  onOpenChannel: (message: Message) => string;
  onSpawn: (child: SpawnedChild) => string;
  childStates: Map<string, Uint8Array | undefined>;
  onChildEvents: (childId: string) => ChainEvent[];
  /** What it leaves out of the response is status 200, no headers and no body. */
  onHttp: (request: WiredRequest) => { status?: number; headers?: Headers; body?: Bytes };
  onOpenStream: (request: WiredRequest) => void;
  onSpawnProcess: (config: WiredProcess) => void;
  onCreateServer: (config: { port: number; host: string }) => void;
  stores: Map<string, { contents: Map<string, Uint8Array>; labels: Map<string, string> }>;
  files: Map<string, Uint8Array>;
  folders: Set<string>;
  onCommand: (command: Command) => { stdout?: string; stderr?: string; exitCode?: number };
  // What the actor did, in order.
  logs: { level: Level; message: string }[];
  sent: Message[];
  requested: Message[];
  metrics: { name: string; value: number }[];
  events: { eventType: string; data: Uint8Array }[];
  responses: Map<string, Uint8Array>;
  outstanding: string[];
  cancelled: string[];
  spawned: SpawnedChild[];
  commands: Command[];
  children: string[];
  restarted: string[];
  channels: string[];
  sentOnChannels: Message[];
  closedChannels: string[];
  intervals: Map<string, number>;
  httpRequests: WiredRequest[];
  streams: Map<number, { request: WiredRequest; isPaused: boolean }>;
  streamsOpened: number;
  cancelledStreams: number[];
  /** By their ids, also when they have ended. */
  processes: Map<number, StartedProcess>;
  http: HttpHost;
  shutDown: { data: Uint8Array | undefined } | undefined;
}

/** A request as it leaves the actor. */
export interface WiredRequest extends Required<Pick<HttpRequest, "method" | "uri">> {
  headers: Headers;
  body: Uint8Array | undefined;
}

/** A program as it leaves the actor. */
export interface WiredProcess {
  program: string;
  args: string[];
  cwd: string | undefined;
  env: [string, string][];
  bufferSize: number;
  stdoutMode: { tag: "raw" | "line-by-line" | "json" | "chunked" };
  stderrMode: { tag: "raw" | "line-by-line" | "json" | "chunked" };
  chunkSize: number | undefined;
  executionTimeout: number | undefined;
}

/** A process that the actor has started. */
export interface StartedProcess {
  config: WiredProcess;
  input: Uint8Array;
  isInputClosed: boolean;
  /** By their numbers; a kill is 9. */
  signals: number[];
  startTimeMs: number;
  /** Once the test has said that it ended. */
  exitCode: number | undefined;
}

export const host: Host;
/** Makes the host as new. */
export function resetHost(): void;

/** One actor and the state that is kept for it. Each method answers as the component would. */
export class TestActor<T extends object> {
  constructor(actor: ActorClass<T>);
  /** Starts the actor with an initial state, as JSON. A second call starts it again. */
  init(initial?: Bytes): void;
  readonly state: Uint8Array | undefined;
  readonly stateText: string | undefined;
  /** The instance on which the next callback would run. */
  actor(): T;
  send(message: Bytes): void;
  /** A request that is answered later is outstanding under its id. */
  request(message: Bytes, requestId?: string): Uint8Array | typeof later;
  /** The answer to a request, as text. */
  ask(message: Bytes): string;
  channelOpen(channelId: string, message: Bytes): { accepted: boolean; message: Uint8Array | undefined };
  channelMessage(channelId: string, message: Bytes): void;
  channelClose(channelId: string): void;
  childError(childId: string, error: { type: ActorErrorType; data?: Bytes }): void;
  childExit(childId: string, data?: Bytes): void;
  childExternalStop(childId: string): void;
  tick(name: string, missed?: number): void;
  /**
   * An event of a stream that the actor has opened; `end` and `failed` close it. If the actor has
   * cancelled the stream, it is an event that was waiting.
   */
  stream(stream: number, event: StreamEvent): void;
  /** A process prints, or ends. The actor must be running it. */
  processStdout(process: number, bytes: Bytes): void;
  processStderr(process: number, bytes: Bytes): void;
  processExit(process: number, exitCode: number): void;

  /**
   * A request to the server that the actor runs, with a path and a query for its uri. The test's host
   * finds the route, as a node does: its answers are 404 and 405, and 403 for a middleware that ends the
   * request. Fails if no server runs, and where the actor throws, for which a node answers 500.
   */
  http(request: HttpRequest): HttpResponse;
  httpGet(uri: string): HttpResponse;
  httpPost(uri: string, body: Bytes): HttpResponse;
  /** A client opens a WebSocket; its id. Fails if the path takes none, and if the actor refuses it. */
  webSocketOpen(path: string, subprotocol?: string): number;
  webSocketMessage(connection: number, message: GivenMessage): void;
  /** A client closes a WebSocket, or is gone. */
  webSocketClose(connection: number): void;
  /** What the actor has sent on a WebSocket that is open, answers included. */
  webSocketSent(connection: number): GivenMessage[];
  /** The client has read all of an answer that the actor has kept open, or has gone. */
  answer(answer: number, event: AnswerEvent): void;
}
