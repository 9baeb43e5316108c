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
  Bytes,
  Caller,
  ChainEvent,
  Event,
  Headers,
  HttpRequest,
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
  shutDown: { data: Uint8Array | undefined } | undefined;
}

/** A request as it leaves the actor. */
export interface WiredRequest extends Required<Pick<HttpRequest, "method" | "uri">> {
  headers: Headers;
  body: Uint8Array | undefined;
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
}
