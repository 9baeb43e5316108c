// Theater's library for actors in JavaScript and TypeScript.
//
//   import { exportActor, exportMessageServerClient, log, toText } from "theater";
//
//   class Counter {
//     count = 0;
//
//     init() {
//       log(`counting from ${this.count}`);
//     }
//
//     handleSend(message: Uint8Array) {
//       this.count += Number(toText(message));
//     }
//
//     handleRequest(id: string, message: Uint8Array) {
//       return String(this.count);
//     }
//   }
//
//   export const actor = exportActor(Counter);
//   export const messageServerClient = exportMessageServerClient(Counter);
//
// An actor is a class with the state that it keeps in its fields, and the callbacks that it wants. For
// each call the library makes an instance of the kept bytes, runs one callback, and makes bytes of the
// fields again. An exception of a callback is the caller's error: the state stays as it was before the
// call. Callbacks are not async.
//
// What a function of Theater refuses is an Error whose message is Theater's text. A parameter of another
// type than it should have is a TypeError. Where a parameter is `Bytes`, a text stands for its UTF-8, in
// which U+FFFD stands for half of a surrogate pair.

export type Bytes = string | Uint8Array;

// ---- The actor and its exports -------------------------------------------------------------------

/** The callback of every actor. */
export interface ActorCallbacks {
  /** The first call. If it throws, the actor is not started. */
  init?(actorId: string): void;
}

/** How a class's instances become the bytes that Theater keeps. */
export interface Codec {
  /** Makes an instance of kept bytes; there are none before the first call. */
  load<T extends object>(actor: ActorClass<T>, kept: Uint8Array | undefined): T;
  /** Undefined keeps nothing. */
  save(actor: object): Uint8Array | undefined;
}

export interface ActorClass<T extends object = object> {
  new (): T;
  /** `jsonCodec` unless the class says another. */
  codec?: Codec;
  /** The class's own reading of the initial state, which is JSON; `codec` reads it otherwise. */
  begin?(initial: Uint8Array | undefined): T;
  /** Of `bytesCodec`. */
  load?(kept: Uint8Array): T;
}

/**
 * The fields as a JSON object. Of the kept object, or of an initial state, an instance takes the members
 * of the names of its fields; the other fields keep what the class gives them, and a member of another
 * type than its field is an error. Fields hold texts, finite numbers, booleans, null, arrays and plain
 * objects; saving any other value is an error. Private fields (`#name`) are not kept.
 */
export const jsonCodec: Codec;

/** The class's own `static load(bytes)` and `save()`. */
export const bytesCodec: Codec;

/** The exports of an actor's module. Their types are those of the build. */
export type Exports = Record<string, (...args: never[]) => unknown>;

/** `export const actor = exportActor(YourClass);` */
export function exportActor<T extends object>(actor: ActorClass<T>): Exports;

/** handleRequest returns it if the answer comes by `respondToRequest`, in a later call. */
export const later: unique symbol;

export type Reply = Bytes | typeof later;

/** Whether a channel is opened; an object without `accepted` opens it. */
export type ChannelDecision = boolean | { accepted?: boolean; message?: Bytes };

/**
 * The callbacks of an actor that takes messages. Without handleSend or handleRequest the caller gets an
 * error, and without handleChannelOpen each channel is refused.
 */
export interface MessageServerClient {
  handleSend?(message: Uint8Array): void;
  handleRequest?(requestId: string, message: Uint8Array): Reply;
  handleChannelOpen?(channelId: string, message: Uint8Array): ChannelDecision;
  handleChannelMessage?(channelId: string, message: Uint8Array): void;
  /** The other side closed a channel, or has ended. */
  handleChannelClose?(channelId: string): void;
}

/** `export const messageServerClient = exportMessageServerClient(YourClass);` */
export function exportMessageServerClient<T extends MessageServerClient>(actor: ActorClass<T>): Exports;

export type ActorErrorType =
  | "operation-timeout"
  | "channel-closed"
  | "shutting-down"
  | "function-not-found"
  | "type-mismatch"
  /** It trapped, hit a limit or could not start: the reason says more. */
  | "internal"
  | "serialization-error"
  | "update-component-error"
  | "paused";

/** Why an actor failed. `reason` is the data as text. */
export interface ActorError {
  type: ActorErrorType;
  data: Uint8Array | undefined;
  reason: string;
}

/**
 * The callbacks of a parent about the ends of its children. A restart by the runtime does not depend on
 * them. A spawn that fails and a `stopChild` are answered, and do not come as calls of these.
 */
export interface SupervisorHandlers {
  /** A child has failed; or it lives, and a budget that it holds is used up. */
  handleChildError?(childId: string, error: ActorError): void;
  /** A child has ended itself by `shutdown`, with its data. */
  handleChildExit?(childId: string, data: Uint8Array | undefined): void;
  /** Another party than this actor stopped a child. */
  handleChildExternalStop?(childId: string): void;
}

/** `export const supervisorHandlers = exportSupervisorHandlers(YourClass);` */
export function exportSupervisorHandlers<T extends SupervisorHandlers>(actor: ActorClass<T>): Exports;

export interface IntervalHandlers {
  /**
   * An interval ticks. A tick that is due while the one before it waits or is handled is left out;
   * `missed` says how many were left out before this one.
   */
  handleTick(name: string, missed: number): void;
}

/** `export const intervalHandlers = exportIntervalHandlers(YourClass);` */
export function exportIntervalHandlers<T extends IntervalHandlers>(actor: ActorClass<T>): Exports;

/**
 * What happened on a stream. A stream has at most one head, then any number of data, and then one end or
 * failed, which is its last. Where a piece of data begins and ends says nothing: `feedEvents` finds the
 * events in it. `failed` has an error in the form of those of `sendHttp`.
 */
export type StreamEvent =
  | { kind: "head"; status: number; headers: Headers }
  | { kind: "data"; data: Uint8Array }
  | { kind: "end" }
  | { kind: "failed"; error: string };

export interface HttpStreamHandlers {
  handleStream(stream: number, event: StreamEvent): void;
}

/** `export const clientHandlers = exportHttpStreamHandlers(YourClass);` */
export function exportHttpStreamHandlers<T extends HttpStreamHandlers>(actor: ActorClass<T>): Exports;

/** The callbacks of an actor that starts programs. A missing one ignores what happened. */
export interface ProcessHandlers {
  /** A program printed. */
  handleStdout?(process: number, bytes: Uint8Array): void;
  /** A program printed to its error output. */
  handleStderr?(process: number, bytes: Uint8Array): void;
  /**
   * A program ended, and all of its output has come. The exit code is the program's own, 128 and the
   * number of the signal that ended it, or `processLost`.
   */
  handleExit?(process: number, exitCode: number): void;
}

/** `export const processHandlers = exportProcessHandlers(YourClass);` */
export function exportProcessHandlers<T extends ProcessHandlers>(actor: ActorClass<T>): Exports;

// ---- Bytes ---------------------------------------------------------------------------------------

/** Fails if the bytes are not UTF-8. */
export function toText(bytes: Uint8Array): string;
/** U+FFFD stands for what is not UTF-8. */
export function toTextLossy(bytes: Uint8Array): string;
/** A text as UTF-8, and bytes as they are. Fails for any other value. */
export function toBytes(value: Bytes): Uint8Array;
export function toJson(value: unknown): Uint8Array;
/** Fails if it is not JSON. */
export function fromJson(value: Bytes): any;
/** With padding (RFC 4648, section 4). */
export function toBase64(value: Bytes): string;
/** Fails unless the text is what `toBase64` makes of some bytes. */
export function fromBase64(text: string): Uint8Array;

// ---- theater:simple/runtime ----------------------------------------------------------------------

export type Level = "debug" | "info" | "warn" | "error";

/** Writes a line to the actor's log, at level info unless another is given. */
export function log(message: string, level?: Level): void;

/** The actor's own id: 32 hexadecimal digits. */
export function getActorId(): string;
/** The actor's own name, from its manifest. */
export function getActorName(): string;
/** Milliseconds since 1970-01-01 UTC. A replay sees the same time. `Date.now()` ends the actor. */
export function getCurrentTime(): number;
/** A variable of the host's environment; undefined if it is not set or not granted. */
export function getEnv(name: string): string | undefined;
/** Records a measured value under a name. */
export function recordMetric(name: string, value: number): void;
/** Records an event of the actor's own making in its chain. */
export function recordEvent(eventType: string, data: Bytes): void;

/** An event of the actor's own chain. The hashes are 64 bits, of which a number holds the first 53. */
export interface Event {
  hash: number;
  eventType: string;
  parent: number | undefined;
  /** What happened, as JSON. */
  data: Uint8Array;
}

/** The actor's chain before this call, oldest event first. The oldest events may be missing. */
export function getChain(): Event[];
/** The data of the last event of the actor's chain before this call. The actor's state is its fields. */
export function getState(): Uint8Array;
/** The version of Theater that runs this actor, such as `0.1.0`. */
export function getTheaterVersion(): string;

/** About the machine. Without the grant for it, the texts are empty and the numbers zero. */
export interface SystemInfo {
  hostname: string;
  osType: string;
  osRelease: string;
  cpuCount: number;
  memoryTotal: number;
  memoryAvailable: number;
  /** Seconds since the machine started. */
  uptime: number;
}

export function getSystemInfo(): SystemInfo;
/** Asks for the end of this actor, which comes when the current call has returned. */
export function shutdown(data?: Bytes): void;

// ---- theater:messages/callers --------------------------------------------------------------------

/**
 * The party that made a call: an actor by its id; a client by the name that the node recorded, such as
 * `token ci`, or without a name; or the runtime of the node, which has no name.
 */
export interface Caller {
  kind: "actor" | "client" | "runtime";
  name: string | undefined;
}

/** The same during the whole call. Undefined in a call that a handler makes, such as a tick. */
export function getCaller(): Caller | undefined;

// ---- theater:simple/message-server-host ----------------------------------------------------------

/** Sends a message. It is in the other's mailbox when this returns; a full mailbox is an error. */
export function send(actorId: string, message: Bytes): void;
/** Sends a request and waits for the answer; meanwhile this actor takes no other call. */
export function request(actorId: string, message: Bytes): Uint8Array;
/** The requests that this actor has taken with `later` and not answered yet. */
export function listOutstandingRequests(): string[];
/** Answers such a request. */
export function respondToRequest(requestId: string, response: Bytes): void;
/** Gives such a request up; its caller gets an error. */
export function cancelRequest(requestId: string): void;
/**
 * Asks an actor to open a channel, and waits for its decision; meanwhile this actor takes no other call.
 * Answers with the channel's id. A message that the other adds comes as the first
 * handleChannelMessage.
 */
export function openChannel(actorId: string, message: Bytes): string;
/** Sends a message on a channel that this actor has opened or accepted. */
export function sendOnChannel(channelId: string, message: Bytes): void;
/** Closes such a channel at once; the other side gets handleChannelClose. */
export function closeChannel(channelId: string): void;

// ---- theater:simple/supervisor -------------------------------------------------------------------

/**
 * Starts a child and waits until its `init` has returned; meanwhile this actor takes no other call.
 * Answers with its id. `manifest` is the path of a manifest, or its text. `initial` is the child's
 * initial state: JSON goes over that of its manifest.
 */
export function spawnChild(manifest: string, initial?: Bytes): string;
/** Starts a child from a state that an actor of its kind has left; its `init` does not run. */
export function resumeChild(manifest: string, state?: Bytes): string;
/** Gives a child a fresh instance when its current call has returned. Its id stays. */
export function restartChild(childId: string): void;
/** Ends a child when its current call has returned, and answers when it has ended. */
export function stopChild(childId: string): void;
/** The ids of the children that have not ended, oldest first. */
export function listChildren(): string[];
/** The state that a child, or an actor below one, keeps: bytes as its codec writes them. */
export function getChildState(childId: string): Uint8Array | undefined;

/** An event of a chain with whole hashes, of 32 bytes. */
export interface ChainEvent {
  hash: Uint8Array;
  parentHash: Uint8Array | undefined;
  eventType: string;
  /** What happened, as JSON. */
  data: Uint8Array;
  /** Milliseconds since 1970-01-01 UTC. */
  timestamp: number;
  /** What happened, as a sentence. */
  description: string | undefined;
}

/** The newest events of a child, or of an actor below one, oldest first; also for a while after its end. */
export function getChildEvents(childId: string): ChainEvent[];

// ---- theater:timers/intervals, theater:simple/timing, random and environment -----------------------

/**
 * Starts calls of handleTick every so many milliseconds. Intervals belong to the instance: after a
 * restart none runs until the actor starts it again. Fails if an interval of that name runs.
 */
export function startInterval(name: string, everyMs: number): void;
/** A tick that waits already is still delivered. Fails if no interval of that name runs. */
export function stopInterval(name: string): void;

/** Milliseconds since 1970-01-01 UTC. */
export function now(): number;
/** Waits so many milliseconds; meanwhile this actor takes no other call. */
export function sleepFor(durationMs: number): void;
/** Waits until `now()` is at least `timestampMs`; not at all if it is. */
export function sleepUntil(timestampMs: number): void;

/** `Math.random()` gives every instance the same values; these are random, and recorded. */
export function randomBytes(length: number): Uint8Array;
/** A number of at least `min` and less than `max`. */
export function randomRange(min: number, max: number): number;
/** A number of at least 0 and less than 1. */
export function randomFloat(): number;
/** A UUID (version 4) in its usual text form. */
export function generateUuid(): string;

/** A variable of the host's environment; undefined if it is not set, or not granted. */
export function getVar(name: string): string | undefined;
export function varExists(name: string): boolean;
/** Names and values of all that are set and granted; none without the grant to list. */
export function listVars(): [string, string][];

// ---- theater:simple/filesystem and theater:files/files -------------------------------------------

/** Paths are relative to the granted folder, with `/` between the names. */
export function readFile(path: string): Uint8Array;
/** Writes a file whole, in place of one that is there. */
export function writeFile(path: string, content: Bytes): void;
/** Adds to the end of a file, and makes the file if it is not there. */
export function appendFile(path: string, content: Bytes): void;
/** The names in a folder, sorted; `.` is the actor's folder. */
export function listFiles(path: string): string[];
export function deleteFile(path: string): void;
/** Makes one folder; the folder above it must be there. */
export function createDir(path: string): void;
/** Deletes a folder and everything in it. */
export function deleteDir(path: string): void;
export function pathExists(path: string): boolean;

export interface FileMetadata {
  kind: "file" | "folder" | "other";
  /** In bytes; says nothing of a folder. */
  size: number;
  /** Milliseconds since 1970-01-01 UTC. */
  modified: number;
}

export function getMetadata(path: string): FileMetadata;
/** Gives a file or folder another name; a file that had that name is gone. */
export function renamePath(oldPath: string, newPath: string): void;

/** What a program printed, and how it ended: its exit code, or 128 and a signal's number. */
export interface CommandOutput {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Runs one of the granted commands in a folder, without a shell, and waits for its end. */
export function executeCommand(folder: string, program: string, args?: string[]): CommandOutput;
/** Runs a command line inside the Nix development shell of a folder. */
export function executeNixCommand(folder: string, command: string): CommandOutput;

// ---- theater:simple/store and theater:store/stores -----------------------------------------------

/**
 * Content that is kept by its digest, under labels that can be moved. A content's name is its SHA-256, as
 * 64 hexadecimal digits. A field of an actor keeps `store.id`, since JSON does not bring an object of a
 * class back.
 */
export class Store {
  /** The id of a private store of this actor, or the name of a shared one. */
  constructor(id: string);
  /** Makes a private store, which only this actor uses. */
  static create(): Store;
  readonly id: string;

  /** Stores content; the same content again changes nothing. */
  put(content: Bytes): string;
  /** Stores content and puts a label on it, wherever that label was before. */
  putAt(label: string, content: Bytes): string;
  /** The same under the interface's other name. */
  replaceContentAt(label: string, content: Bytes): string;
  get(hash: string): Uint8Array;
  exists(hash: string): boolean;
  /** Puts a label on content of this store, wherever that label was before. */
  label(label: string, hash: string): void;
  /** The same under the interface's other name. */
  replaceAt(label: string, hash: string): void;
  /** The content that a label is on; undefined if there is no such label. */
  find(label: string): string | undefined;
  removeLabel(label: string): void;
  /** Removes a label if it is on this content. */
  removeFromLabel(label: string, hash: string): void;
  labels(): string[];
  contents(): string[];
  /** Bytes of all content together. */
  totalSize(): number;
  /** Removes all content of a private store that no label is on, and answers with its bytes. */
  removeUnlabelled(): number;
}

// ---- theater:simple/http-client and theater:http-stream/client -----------------------------------

/** Names and values in their order; a name may repeat. */
export type Headers = [string, string][];

export interface HttpRequest {
  /** `GET` unless another is given. */
  method?: string;
  /** An absolute address. */
  uri: string;
  headers?: Headers | Record<string, string>;
  body?: Bytes;
}

export class HttpResponse {
  constructor(status: number, headers: Headers, body: Uint8Array);
  readonly status: number;
  readonly headers: Headers;
  /** Empty if there is none. */
  readonly body: Uint8Array;
  /** The first header of a name, in capital or small letters. */
  header(name: string): string | undefined;
  text(): string;
  json(): any;
}

/**
 * Sends a request and waits for the whole response; meanwhile this actor takes no other call. Any status
 * is a response. An error is `Permission denied: …`, or a stable word, a colon and an explanation. The
 * node sets the headers that frame a message, such as `Host`, and puts the operator's secrets in the place
 * of their placeholders.
 */
export function sendHttp(request: HttpRequest): HttpResponse;
/** A request with a value as JSON for its body. */
export function postJson(uri: string, value: unknown, headers?: Headers | Record<string, string>): HttpRequest;
/** The value of the first header of a name, in capital or small letters. */
export function findHeader(headers: Headers, name: string): string | undefined;
/** What stands before the first colon of an error of a request or a stream, such as `timeout`. */
export function failureWord(error: Error | string): string;

/**
 * Starts a request, and answers with the id of its stream; the response comes by handleStream. An actor
 * never sees an id twice. Fails if the request is not granted, or if the actor has 64 open streams.
 */
export function openStream(request: HttpRequest): number;
/**
 * Stops the events of a stream, and lets its server wait. An event that waits for the actor already
 * still arrives.
 */
export function pauseStream(stream: number): void;
/** Continues after `pauseStream`. */
export function resumeStream(stream: number): void;
/**
 * Closes a stream and its connection. An event that waits for the actor already still arrives, so an
 * actor ignores events of ids that it does not know.
 */
export function cancelStream(stream: number): void;

// ---- Server-sent events --------------------------------------------------------------------------

/** Lines of `data` have `\n` between them; `id` is the last that the stream has given, or empty. */
export interface ServerSentEvent {
  type: string;
  data: string;
  id: string;
}

/** The part of a body that is read and not yet an event. An actor keeps it in a field. */
export interface EventParser {
  line: string;
  hasBegun: boolean;
  afterCr: boolean;
  type: string;
  data: string;
  /** The last id: the header `Last-Event-ID` of a request that continues the stream. */
  id: string;
  /** How long the server wants a client to wait before it connects again, if the server says so. */
  retryMs: number | null;
}

/** For the beginning of a body. */
export function newEventParser(): EventParser;
/**
 * The events that end in the next piece of a body, cut anywhere; an event without data is none. Fails
 * where a line has more than 1 MiB, or an event more than 4 Mi characters of data; the parser is then at
 * the beginning of a body.
 */
export function feedEvents(parser: EventParser, piece: Uint8Array): ServerSentEvent[];

// ---- HTTP servers: routes ------------------------------------------------------------------------

/** A request to a server: `uri` is its path and query. */
export class ServerRequest {
  constructor(method: string, uri: string, headers: Headers, body: Uint8Array | undefined);
  method: string;
  uri: string;
  headers: Headers;
  body: Uint8Array | undefined;
  /** The path, as it was sent. */
  readonly path: string;
  /** The first value of a name in the query, decoded; undefined also where it is badly encoded. */
  query(name: string): string | undefined;
  /** The first header of a name, in capital or small letters. */
  header(name: string): string | undefined;
  text(): string;
  /** The body's JSON. The error of a body that is none is for the client. */
  json(): any;
}

/** Status 200, no headers and no body where it leaves them out. */
export interface ServerResponse {
  status?: number;
  headers?: Headers | Record<string, string>;
  body?: Bytes;
}

export function textResponse(body: Bytes, status?: number): ServerResponse;
export function htmlResponse(body: Bytes, status?: number): ServerResponse;
export function jsonResponse(value: unknown, status?: number): ServerResponse;
/** An error as `application/problem+json` (RFC 9457), with an explanation for the client. */
export function problem(status: number, detail: string): ServerResponse;
/** Sends the client to another address, with status 303 unless another is given. */
export function redirect(address: string, status?: number): ServerResponse;
/** A text without its percent encoding; undefined if it is badly encoded or no UTF-8. */
export function percentDecoded(text: string): string | undefined;

/**
 * A message on a WebSocket. A client that closes sends a message `close` first, with its code as two bytes
 * in `data` and its reason in `text`.
 */
export interface WebSocketMessage {
  kind: "text" | "binary" | "connect" | "close" | "ping" | "pong" | (string & {});
  /** The content of a binary message. */
  data?: Uint8Array;
  /** The content of a text message. */
  text?: string;
}

/** A text is a text message, and bytes are a binary one. */
export type GivenMessage = string | Uint8Array | WebSocketMessage;

/** The functions of the WebSockets on a path. An error of `connect` refuses the connection with 403. */
export interface WebSocketRoute<T> {
  connect?(actor: T, connection: number, path: string, subprotocol: string | undefined): void;
  /** The messages that it returns are sent on the connection, in their order. */
  message(actor: T, connection: number, message: WebSocketMessage): GivenMessage | GivenMessage[] | undefined | void;
  disconnect?(actor: T, connection: number): void;
}

/** The parameters of a route's path by their names: texts, or numbers where the types say so. */
export type RouteHandler<T> = (actor: T, request: ServerRequest, parameters: any) => ServerResponse;
/** A value that is no whole number gets 404. */
export type ParameterTypes = Record<string, NumberConstructor>;

/**
 * Takes the declarations of `static routes(router)`. A path may hold parameters, each a whole segment:
 * `{name}`, and at its end `{*rest}`. The node answers for paths and methods without a route, and for
 * HEAD and OPTIONS.
 */
export interface Router<T> {
  get(path: string, handler: RouteHandler<T>, types?: ParameterTypes): void;
  post(path: string, handler: RouteHandler<T>, types?: ParameterTypes): void;
  put(path: string, handler: RouteHandler<T>, types?: ParameterTypes): void;
  patch(path: string, handler: RouteHandler<T>, types?: ParameterTypes): void;
  delete(path: string, handler: RouteHandler<T>, types?: ParameterTypes): void;
  route(method: string, path: string, handler: RouteHandler<T>, types?: ParameterTypes): void;
  /** Sees the requests for `path` and for all below it first. It may change them; false answers 403. */
  middleware(path: string, handler: (actor: T, request: ServerRequest) => boolean): void;
  /** Takes WebSockets on a path. */
  websocket(path: string, functions: WebSocketRoute<T>): void;
}

/** The field `server` of an actor with routes: a server, and what is registered with it. */
export interface Server {
  /** 0 if there is none. */
  id: number;
  port: number;
  registered: { name: string; handler: number; id: number }[];
}

export function newServer(): Server;

/**
 * Makes the server if there is none, registers the routes of the actor's class, and listens. A second
 * call registers routes that are new in the actor's code, takes back those that are gone from it, and
 * listens again where the server was stopped; an actor that may be updated calls it from another callback
 * than `init`. If it fails, no server was made.
 */
export function serve(actor: { server: Server }, config?: ServerConfig): void;
/** Stops the server and forgets it, with its routes. */
export function stopServing(actor: { server: Server }): void;

// ---- theater:simple/http-framework and http-handlers, below the routes ---------------------------

export interface ServerConfig {
  /** 0, or none, picks a free port. */
  port?: number;
  /** A literal address; 127.0.0.1 unless another is given. */
  host?: string;
  /** The name of a key pair in the operator's policy; with it the server speaks TLS. */
  keyPair?: string;
}

export interface ServerInfo {
  id: number;
  port: number;
  host: string;
  isRunning: boolean;
  routes: number;
  middlewares: number;
  hasWebSockets: boolean;
}

/**
 * The callbacks of an actor that serves HTTP without routes, each with the id of the handler that was
 * registered for it. A missing callback accepts WebSockets, ignores their messages, and answers all else
 * with an error. An exception leaves the state as it was, and the client gets 500.
 */
export interface HttpHandlers {
  /** The node adds a header `X-Route-Param-NAME` for each parameter of the route's path. */
  handleHttpRequest?(handler: number, request: ServerRequest): ServerResponse;
  /** May change the request. False ends it with 403. */
  handleMiddleware?(handler: number, request: ServerRequest): boolean;
  handleWebSocketConnect?(handler: number, connection: number, path: string, subprotocol: string | undefined): void;
  handleWebSocketMessage?(
    handler: number,
    connection: number,
    message: WebSocketMessage,
  ): GivenMessage | GivenMessage[] | undefined | void;
  handleWebSocketDisconnect?(handler: number, connection: number): void;
}

/** `export const httpHandlers = exportHttpHandlers(YourClass);` for a class with routes or callbacks. */
export function exportHttpHandlers<T extends object>(
  actor: ActorClass<T> & { routes?(router: Router<T>): void },
): Exports;

/** Makes a server that does not listen yet, and answers with its id. */
export function createServer(config?: ServerConfig): number;
export function getServerInfo(server: number): ServerInfo;
/** Lets a server listen, and answers with its port. */
export function startServer(server: number): number;
/** Ends the listening, the requests in progress and the WebSockets. The routes stay. */
export function stopServer(server: number): void;
/** Stops a server and forgets it, with its routes. */
export function destroyServer(server: number): void;
/** An id with which the callbacks are called. The name is for readers of the chain. */
export function registerHandler(name: string): number;
/** Hands the requests for a path and a method to a handler, and answers with the route's id. */
export function addRoute(server: number, path: string, method: string, handler: number): number;
export function removeRoute(route: number): void;
/** Hands requests for `path` and for all below it to a handler first; the middleware's id. */
export function addMiddleware(server: number, path: string, handler: number): number;
export function removeMiddleware(middleware: number): void;
/** Takes WebSockets on a path, by the ids of handlers. */
export function enableWebSocket(
  server: number,
  path: string,
  handlers: { connect?: number; message: number; disconnect?: number },
): void;
/** Sends a message on a WebSocket when this call has returned. Fails if the connection is gone. */
export function sendWebSocketMessage(server: number, connection: number, message: GivenMessage): void;
export function closeWebSocket(server: number, connection: number): void;

// ---- theater:http-stream/server: answers that are written piece by piece -------------------------

/**
 * What happened to an open answer. `room`: at least half of the buffer is free again, after a write that
 * found or left it full. `gone`: the client has gone, or the answer ended with its instance; its last event.
 */
export type AnswerEvent = { kind: "room" } | { kind: "gone"; error: string };

export interface AnswerHandlers {
  handleAnswer(answer: number, event: AnswerEvent): void;
}

/** `export const serverHandlers = exportAnswerHandlers(YourClass);`, without which no answer opens. */
export function exportAnswerHandlers<T extends AnswerHandlers>(actor: ActorClass<T>): Exports;

/**
 * Keeps the answer to the request of this call open, and gives its id, which an actor never sees twice.
 * The response that the call returns is the head of the answer and its first bytes. Fails outside of a
 * call with a request, twice in one, and if the actor has too many open answers.
 */
export function openAnswer(): number;
/**
 * Adds bytes, all or none. True if there is room for more; false if the bytes were taken and the buffer is
 * full, in which case the actor waits for `room`. Fails with `full: …` if there was no room, or for
 * more than 256 KiB, and with `closed: …` if no answer of that id is open.
 */
export function writeAnswer(answer: number, bytes: Bytes): boolean;
/** Ends an answer after what was written: the client sees that it is whole. Fails with `closed: …`. */
export function finishAnswer(answer: number): void;
/** Ends the connection, so that the client sees that the answer was cut off. Fails with `closed: …`. */
export function abortAnswer(answer: number): void;
/** A server-sent event as text. Each line of `data` becomes a line of the event. */
export function serverSentEvent(data: string, fields?: { type?: string; id?: string }): string;

// ---- theater:simple/process: programs of the machine ---------------------------------------------

/**
 * How output is cut into calls. `raw`: what there is, at most `bufferSize` bytes. `lines`: a line with its
 * line feed; one of more than `bufferSize` bytes comes in pieces. `json`: a line that is a JSON value;
 * others are dropped. `chunks`: exactly `chunkSize` bytes, and the rest at the end.
 */
export type OutputMode = "raw" | "lines" | "json" | "chunks";

export interface ProcessConfig {
  /** A name, or an absolute path. */
  program: string;
  args?: string[];
  /** An absolute path. Without it the granted folder, if there is exactly one; or else none. */
  cwd?: string;
  /** Variables besides those that the node sets. */
  env?: Record<string, string> | [string, string][];
  /** `raw` unless another is given. */
  stdout?: OutputMode;
  /** `raw` unless another is given. */
  stderr?: OutputMode;
  /** 16 KiB unless another is given. */
  bufferSize?: number;
  /** Without it `bufferSize`. */
  chunkSize?: number;
  /** Seconds until the program gets SIGTERM, and five seconds later SIGKILL. */
  timeoutS?: number;
}

export interface ProcessStatus {
  isRunning: boolean;
  exitCode: number | undefined;
  /** Since 1970-01-01 UTC. */
  startTimeMs: number;
}

export type SignalName =
  | "SIGHUP"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGKILL"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGTERM"
  | "SIGCONT"
  | "SIGSTOP";

/**
 * Starts a program and answers with its id; an actor never sees an id twice. Fails with `Permission
 * denied: …`, or with why the program does not run. It runs in a sandbox: without a network, and with no
 * file but those of the granted folder and of the system. The actor takes other calls meanwhile. A process
 * ends with the instance that started it. If the next instance keeps the state, handleExit gets
 * `processLost` for each process that the actor has not heard the end of.
 */
export function spawnProcess(config: ProcessConfig): number;
/** Answers with how many of the bytes were taken, which are fewer if the program reads too slowly. */
export function writeStdin(process: number, bytes: Bytes): number;
/** The program finds the end of its input behind what was written. */
export function closeStdin(process: number): void;
/** Also of a process that has ended. */
export function getProcessStatus(process: number): ProcessStatus;
/** Reaches the program alone. */
export function signalProcess(process: number, signal: SignalName): void;
/** Kills the program and all that it started. */
export function killProcess(process: number): void;
/** The exit code of a program that a signal ended. */
export function exitCodeOf(signal: SignalName): number;
/** The exit code of a process that was lost with the actor's instance. */
export const processLost: number;
