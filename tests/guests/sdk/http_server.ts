// Serves HTTP by every function and callback of the library, as `http_server.cpp` does.
import {
  type AnswerEvent,
  type GivenMessage,
  type Router,
  type ServerInfo,
  type ServerRequest,
  type ServerResponse,
  type WebSocketMessage,
  abortAnswer,
  addMiddleware,
  addRoute,
  closeWebSocket,
  createServer,
  destroyServer,
  enableWebSocket,
  exportActor,
  exportAnswerHandlers,
  exportHttpHandlers,
  exportMessageServerClient,
  failureWord,
  finishAnswer,
  getServerInfo,
  htmlResponse,
  jsonResponse,
  newServer,
  openAnswer,
  problem,
  redirect,
  registerHandler,
  removeMiddleware,
  removeRoute,
  sendWebSocketMessage,
  serve,
  serverSentEvent,
  startServer,
  stopServer,
  stopServing,
  textResponse,
  toBytes,
  toText,
  writeAnswer,
} from "theater";

function fails(call: () => unknown): boolean {
  try {
    call();
  } catch (error) {
    return error instanceof Error && error.message.length > 0;
  }
  return false;
}

function describe({ host, isRunning, routes, middlewares, hasWebSockets }: ServerInfo): string {
  return `${host} ${isRunning ? "running" : "stopped"} ${routes} ${middlewares}${hasWebSockets ? " websockets" : ""}`;
}

function functions(): string {
  const server = createServer({ host: "127.0.0.1" });
  const handler = registerHandler("all");
  const route = addRoute(server, "/a", "GET", handler);
  addRoute(server, "/b", "GET", handler);
  const middleware = addMiddleware(server, "/a", handler);
  enableWebSocket(server, "/c", { message: handler });
  const before = describe(getServerInfo(server));
  removeRoute(route);
  removeMiddleware(middleware);
  const port = startServer(server);
  const after = describe(getServerInfo(server));
  stopServer(server);
  destroyServer(server);
  const calls = [
    () => getServerInfo(server),
    () => removeRoute(route),
    () => sendWebSocketMessage(server, 1, { kind: "close" }),
    () => closeWebSocket(server, 1),
  ];
  return `${before} / ${after} / ${calls.every(fails) && port !== 0 ? "gone" : "there"}`;
}

class Porter {
  server = newServer();
  names: string[] = [];
  connections: number[] = [];
  answers: number[] = [];
  heard: string[] = [];

  static routes(router: Router<Porter>): void {
    router.get("/", () => textResponse("hello\n"));
    router.get("/items/{id}", (porter, request, { id }) => porter.item(request, id), { id: Number });
    router.post("/items", (porter, request) => porter.add(request));
    router.put("/items/{id}/{name}", (porter, request, { id, name }) => porter.rename(id, name), { id: Number });
    router.patch("/items", (porter, request) => {
      porter.names = [];
      return htmlResponse(request.body ?? "nothing");
    });
    router.delete("/items/{id}", (porter, request, { id }) => porter.remove(id), { id: Number });
    router.get("/files/{*path}", (porter, request, { path }) => textResponse(path));
    router.get("/fail", (porter) => {
      porter.names.push("lost");
      throw new Error("as asked");
    });
    router.get("/moved", () => redirect("/items/0"));
    router.get("/seen", (porter, request) => textResponse(request.header("mark") ?? "none"));
    router.get("/events", (porter) => porter.events());
    router.middleware("/seen", (porter, request) => {
      porter.heard.push(`passed ${request.uri}`);
      request.headers.push(["Mark", "marked"]);
      return true;
    });
    router.middleware("/files/private", () => false);
    router.websocket("/live", {
      connect: (porter, connection, path, subprotocol) => porter.joined(connection, path, subprotocol),
      message: (porter, connection, message) => porter.said(connection, message),
      disconnect: (porter, connection) => porter.left(connection),
    });
    router.websocket("/echo", { message: (porter, connection, message) => message });
  }

  init(): void {
    serve(this);
  }

  item(request: ServerRequest, id: number): ServerResponse {
    const name = this.names[id];
    if (name === undefined) return problem(404, "no such item");
    return jsonResponse({ id, name, q: request.query("q") ?? "none" });
  }

  add(request: ServerRequest): ServerResponse {
    let name: unknown;
    try {
      ({ name } = request.json());
    } catch {
      return problem(400, "no item");
    }
    if (typeof name !== "string") return problem(400, "no item");
    this.names.push(name);
    for (const connection of this.connections) sendWebSocketMessage(this.server.id, connection, `new: ${name}`);
    return jsonResponse({ count: this.names.length, name }, 201);
  }

  rename(id: number, name: string): ServerResponse {
    if (!(id in this.names)) return problem(404, "no such item");
    this.names[id] = name;
    return textResponse("renamed");
  }

  remove(id: number): ServerResponse {
    if (!(id in this.names)) return problem(404, "no such item");
    this.names.splice(id, 1);
    return { status: 204 };
  }

  // Messages to the actor write the rest of the answer.
  events(): ServerResponse {
    this.answers.push(openAnswer());
    this.heard.push(fails(openAnswer) ? "one answer" : "two answers");
    return { headers: { "Content-Type": "text/event-stream" } };
  }

  joined(connection: number, path: string, subprotocol: string | undefined): void {
    if (subprotocol === "none") throw new Error("not with this subprotocol");
    this.connections.push(connection);
    this.heard.push(`joined ${path} ${subprotocol ?? "-"}`);
  }

  said(connection: number, message: WebSocketMessage): GivenMessage[] {
    if (message.kind === "close") return [];
    const said = message.text ?? toText(message.data ?? new Uint8Array());
    if (said === "bye") {
      closeWebSocket(this.server.id, connection);
      return [];
    }
    sendWebSocketMessage(this.server.id, connection, toBytes("binary"));
    return [`you said ${said}`, { kind: "text", text: "no more" }];
  }

  left(connection: number): void {
    this.connections = this.connections.filter((one) => one !== connection);
    this.heard.push("left");
  }

  handleAnswer(answer: number, event: AnswerEvent): void {
    if (event.kind === "gone") this.answers = this.answers.filter((one) => one !== answer);
    this.heard.push(event.kind === "gone" ? `gone ${failureWord(event.error)}` : "room");
  }

  private fill(answer: number): void {
    const piece = new Uint8Array(65536).fill(120);
    // Until the node takes no more. It may send pieces meanwhile, so a full buffer may take another.
    try {
      for (;;) writeAnswer(answer, piece);
    } catch (error) {
      this.heard.push(failureWord(error as Error));
    }
  }

  // `event TEXT`, `finish`, `abort` or `fill`.
  handleSend(message: Uint8Array): void {
    const text = toText(message);
    for (const answer of [...this.answers]) {
      if (text === "finish") finishAnswer(answer);
      else if (text === "abort") abortAnswer(answer);
      else if (text === "fill") this.fill(answer);
      else writeAnswer(answer, serverSentEvent(text.slice("event ".length), { type: "news" }));
    }
    if (text === "finish" || text === "abort") this.answers = [];
  }

  handleRequest(id: string, message: Uint8Array): string {
    switch (toText(message)) {
      case "port":
        return String(this.server.port);
      case "heard":
        return this.heard.join("\n");
      case "functions":
        return functions();
      case "serve":
        serve(this);
        return describe(getServerInfo(this.server.id));
      case "stop":
        stopServing(this);
        return fails(() => getServerInfo(this.server.id)) ? "gone" : "there";
      default:
        throw new Error(`unknown request: ${toText(message)}`);
    }
  }
}

export const actor = exportActor(Porter);
export const messageServerClient = exportMessageServerClient(Porter);
export const httpHandlers = exportHttpHandlers(Porter);
export const serverHandlers = exportAnswerHandlers(Porter);
