import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as theater from "../index.js";
import { TestActor, host, resetHost } from "../testing/index.js";

const { jsonResponse, newServer, problem, serve, textResponse, toText } = theater;

beforeEach(resetHost);

class Shop {
  server = newServer();
  items = [];
  watchers = [];

  static routes(router) {
    router.get("/items/{id}", (shop, request, { id }) => shop.item(id), { id: Number });
    router.post("/items", (shop, request) => shop.add(request));
    router.put("/items/{id}/names/{name}", (shop, request, { id, name }) => shop.rename(id, name), { id: Number });
    router.delete("/items", (shop) => {
      shop.items = [];
      return { status: 204 };
    });
    router.patch("/stop", (shop) => {
      theater.stopServing(shop);
      return textResponse("stopped");
    });
    router.get("/files/{*path}", (shop, request, { path }) => textResponse(path));
    router.get("/bad", () => "no response");
    router.middleware("/items", (shop, request) => {
      request.headers.push(["Seen", "yes"]);
      return request.query("key") !== "wrong";
    });
    router.websocket("/live", {
      connect(shop, connection, path, subprotocol) {
        if (subprotocol === "old") throw new Error("too old");
        shop.watchers.push(connection);
      },
      message: (shop, connection, message) => shop.said(connection, message),
      disconnect(shop, connection) {
        shop.watchers = shop.watchers.filter((one) => one !== connection);
      },
    });
    router.websocket("/echo", { message: (shop, connection, message) => message });
  }

  init() {
    serve(this, { port: 8080 });
  }

  item(id) {
    return id in this.items ? jsonResponse(this.items[id]) : problem(404, "no such item");
  }

  add(request) {
    let item;
    try {
      item = request.json();
    } catch (error) {
      return problem(400, error.message);
    }
    this.items.push({ ...item, seen: request.header("seen") });
    if (item.price < 0) throw new Error("a price below nothing");
    for (const watcher of this.watchers) theater.sendWebSocketMessage(this.server.id, watcher, item.name);
    return jsonResponse(item, 201);
  }

  rename(id, name) {
    this.items[id].name = name;
    return textResponse("renamed");
  }

  said(connection, message) {
    if (message.text !== "bye") return [`you said ${message.text}`];
    theater.closeWebSocket(this.server.id, connection);
    return undefined;
  }
}

function shop() {
  const actor = new TestActor(Shop);
  actor.init();
  return actor;
}

test("a function takes the parameters of its path", () => {
  const actor = shop();
  assert.equal(actor.httpPost("/items", '{"name":"nail"}').status, 201);
  assert.deepEqual(actor.httpGet("/items/0").json(), { name: "nail", seen: "yes" });
  assert.equal(actor.http({ method: "PUT", uri: "/items/0/names/screw" }).text(), "renamed");
  assert.equal(actor.actor().items[0].name, "screw");
  assert.equal(actor.httpGet("/files/a/b?c").text(), "a/b");
  assert.equal(actor.http({ method: "DELETE", uri: "/items" }).status, 204);
  assert.deepEqual(actor.actor().items, []);
});

test("paths, methods and values without a route are answered", () => {
  assert.throws(() => new TestActor(Shop).httpGet("/"), /this actor runs no server/);
  const actor = shop();
  assert.equal(actor.httpGet("/other").status, 404);
  assert.equal(actor.httpGet("/files/").status, 404);
  assert.equal(actor.httpGet("/items").status, 405);
  for (const id of ["x", "1x", "+1", "99999999999999999999", "7"]) {
    const response = actor.httpGet(`/items/${id}`);
    assert.equal(response.status, 404, id);
    assert.equal(response.header("content-type"), "application/problem+json");
  }
});

test("a bad body is a problem and an exception leaves the state", () => {
  const actor = shop();
  assert.match(actor.httpPost("/items", "[").json().detail, /^the body: /);
  assert.throws(() => actor.httpPost("/items", '{"price":-1}'), /a price below nothing/);
  assert.throws(() => actor.httpGet("/bad"), /the answer to a request must be a response/);
  assert.deepEqual(actor.actor().items, []);
});

test("a middleware sees requests first", () => {
  const actor = shop();
  assert.equal(actor.httpGet("/items/0?key=wrong").status, 403);
  assert.equal(actor.httpGet("/items/0?key=right").status, 404);
  assert.equal(actor.httpGet("/itemses?key=wrong").status, 404);
});

test("WebSockets are watched", () => {
  const actor = shop();
  assert.throws(() => actor.webSocketOpen("/"), /no WebSocket at \//);
  assert.throws(() => actor.webSocketOpen("/live", "old"), /too old/);
  const first = actor.webSocketOpen("/live");
  const second = actor.webSocketOpen("/live", "new");
  actor.httpPost("/items", '{"name":"nail"}');
  actor.webSocketMessage(second, "hi");
  assert.deepEqual(actor.webSocketSent(first), ["nail"]);
  assert.deepEqual(actor.webSocketSent(second), ["nail", "you said hi"]);
  actor.webSocketClose(first);
  assert.deepEqual(actor.actor().watchers, [second]);
  actor.webSocketMessage(second, "bye");
  assert.deepEqual(host.http.closedWebSockets, [second]);
  const echo = actor.webSocketOpen("/echo");
  for (const message of [Uint8Array.of(255), { kind: "ping" }, { kind: "odd", data: "x" }]) actor.webSocketMessage(echo, message);
  const [binary, ping, odd] = actor.webSocketSent(echo);
  assert.deepEqual([[...binary], ping.kind, odd.kind, toText(odd.data)], [[255], "ping", "odd", "x"]);
  actor.webSocketClose(echo);
  assert.throws(() => actor.webSocketClose(echo), /WebSocket connection not found/);
});

test("a server is made once and stopped whole", () => {
  const actor = shop();
  const kept = actor.actor();
  assert.equal(kept.server.port, 8080);
  serve(kept);
  const info = theater.getServerInfo(kept.server.id);
  assert.deepEqual([info.routes, info.middlewares, info.hasWebSockets, info.isRunning, info.host], [7, 1, true, true, "127.0.0.1"]);
  theater.stopServer(kept.server.id);
  serve(kept);
  assert.ok(theater.getServerInfo(kept.server.id).isRunning);
  assert.equal(actor.http({ method: "PATCH", uri: "/stop" }).text(), "stopped");
  assert.deepEqual(actor.actor().server, newServer());
  assert.equal(host.http.servers.size, 0);
  // The node has forgotten it.
  serve(kept, { port: 9000 });
  assert.equal(kept.server.port, 9000);
});

test("an updated actor serves its present routes", () => {
  class NewShop {
    server = newServer();

    static routes(router) {
      router.get("/items/{id}", (shop, request, { id }) => textResponse(`new ${id}`));
      router.get("/count", () => textResponse("0"));
    }
  }
  const actor = new NewShop();
  actor.server = shop().actor().server;
  const [item, gone] = [...host.http.servers.get(1).routes.values()].map(({ handler }) => handler);
  const state = theater.toJson({ server: actor.server });
  const exports = theater.exportHttpHandlers(NewShop);
  const request = { method: "GET", uri: "/items/7", headers: [["x-route-param-ID", "7"]], body: null };
  assert.equal(toText(exports.handleRequest(state, [item, request])[1][0].body), "new 7");
  assert.equal(exports.handleRequest(state, [gone, request])[1][0].status, 404);
  assert.throws(() => exports.handleMiddleware(state, [gone + 1000, request]), /this middleware is gone/);
  assert.throws(() => exports.handleWebsocketConnect(state, [gone, 1, "/live", null]), /this WebSocket is gone/);
  serve(actor);
  const info = theater.getServerInfo(actor.server.id);
  assert.deepEqual([info.routes, info.middlewares], [2, 0]);
});

test("routes that are wrong leave no server", () => {
  class Twice extends Shop {
    static routes(router) {
      router.get("/", () => textResponse(""));
      router.get("/", () => textResponse(""));
    }
  }
  assert.throws(() => new TestActor(Twice).init(), /the route GET \/ is declared twice/);
  assert.equal(host.http.servers.size, 0);
  host.onCreateServer = ({ port }) => {
    throw new Error(`Permission denied: ${port}`);
  };
  assert.throws(() => new TestActor(Shop).init(), /Permission denied: 8080/);
});

test("callbacks that are missing have defaults", () => {
  class Silent {
    init() {
      const server = theater.createServer({ port: 1, keyPair: "shop" });
      const handler = theater.registerHandler("all");
      theater.addRoute(server, "/", "GET", handler);
      theater.addMiddleware(server, "/guarded", handler);
      theater.enableWebSocket(server, "/live", { connect: handler, message: handler });
      theater.startServer(server);
    }
  }
  const actor = new TestActor(Silent);
  actor.init();
  assert.deepEqual(host.http.servers.get(1).config.tlsConfig, { certPath: "shop", keyPath: "shop" });
  assert.throws(() => actor.httpGet("/"), /this actor answers no HTTP requests/);
  assert.throws(() => actor.httpGet("/guarded"), /this actor has no middleware/);
  const id = actor.webSocketOpen("/live");
  actor.webSocketMessage(id, "x");
  assert.deepEqual(actor.webSocketSent(id), []);
  actor.webSocketClose(id);
});

test("servers are steered by their ids", () => {
  const server = theater.createServer();
  const handler = theater.registerHandler("all");
  const route = theater.addRoute(server, "/", "GET", handler);
  const middleware = theater.addMiddleware(server, "/", handler);
  theater.removeRoute(route);
  theater.removeMiddleware(middleware);
  assert.equal(theater.startServer(server), 49153);
  theater.stopServer(server);
  for (const [call, text] of [
    [() => theater.stopServer(server), /Failed to stop server/],
    [() => theater.getServerInfo(7), /Server not found: 7/],
    [() => theater.registerHandler(""), /Handler name cannot be empty/],
    [() => theater.addRoute(server, "a", "GET", handler), /Path must start with \//],
    [() => theater.addMiddleware(server, "/a", 9), /Handler not found: 9/],
    [() => theater.enableWebSocket(server, "/a", { message: 9 }), /Handler not found: 9/],
    [() => theater.removeRoute(route), /Route not found/],
    [() => theater.removeMiddleware(middleware), /Middleware not found/],
    [() => theater.sendWebSocketMessage(server, 9, "x"), /WebSocket connection not found: 9/],
    [() => theater.sendWebSocketMessage(server, 9, 7), /the kind of the message must be a text/],
    [() => theater.closeWebSocket(server, 9), /WebSocket connection not found: 9/],
    [() => theater.createServer({ port: 65536 }), /the port must be a whole number from 0 to 65535/],
    [() => theater.addRoute("1", "/", "GET", handler), /the server's id must be a whole number/],
  ]) {
    assert.throws(call, text);
  }
  theater.destroyServer(server);
  assert.throws(() => theater.destroyServer(server), /Server not found/);
});

test("a request is read and a response has its type", () => {
  const request = new theater.ServerRequest("GET", "/a?q=two+w%C3%B6rds&empty&x=1&x=2&b%61d=%2&=n&latin=%F6", [], undefined);
  assert.equal(request.path, "/a");
  const values = ["q", "empty", "x", "", "bad", "latin", "none"].map((name) => request.query(name));
  assert.deepEqual(values, ["two w\u00f6rds", "", "1", "n", undefined, undefined, undefined]);
  assert.equal(request.text(), "");
  assert.equal(theater.percentDecoded("a%2Fb%2f+\u{1f600}"), "a/b/+\u{1f600}");
  for (const bad of ["%", "%2", "%2x", "%x2", "a%"]) assert.equal(theater.percentDecoded(bad), undefined);
  assert.deepEqual(theater.redirect("/a").headers, [["Location", "/a"]]);
  assert.match(theater.htmlResponse("").headers[0][1], /^text\/html/);
});

class Radio {
  server = newServer();
  listeners = [];
  heard = [];

  static routes(router) {
    router.get("/", (radio) => {
      radio.listeners.push(theater.openAnswer());
      assert.throws(() => theater.openAnswer(), /no-request/);
      return { headers: { "Content-Type": "text/event-stream" } };
    });
  }

  init() {
    serve(this);
  }

  handleSend(message) {
    const text = toText(message);
    for (const listener of this.listeners) {
      if (text === "end") theater.finishAnswer(listener);
      else if (text === "abort") theater.abortAnswer(listener);
      else this.heard.push(this.write(listener, text));
    }
  }

  write(listener, text) {
    try {
      return theater.writeAnswer(listener, text) ? "room" : "full";
    } catch (error) {
      return error.message;
    }
  }

  handleAnswer(answer, event) {
    if (event.kind === "gone") this.listeners = this.listeners.filter((one) => one !== answer);
    this.heard.push(event.kind === "gone" ? event.error : "room again");
  }
}

test("an answer is written piece by piece", () => {
  const actor = new TestActor(Radio);
  actor.init();
  assert.equal(actor.httpGet("/").header("content-type"), "text/event-stream");
  actor.httpGet("/");
  host.http.answers.get(1).buffer = 4;
  for (const message of ["abc", "def", "ghi"]) actor.send(message);
  actor.answer(1, { kind: "room" });
  assert.equal(toText(host.http.answers.get(1).written), "abcdef");
  assert.deepEqual(actor.actor().heard, [
    ...["room", "room", "full", "room"],
    "full: answer 1 has no room: write again after the event `room`",
    ...["room", "room again"],
  ]);
  actor.answer(2, { kind: "gone", error: "cut-off: the client closed" });
  assert.deepEqual(actor.actor().listeners, [1]);
  actor.send("end");
  assert.deepEqual([...host.http.answers.values()].map(({ end }) => end), ["finished", "gone"]);
  assert.throws(() => actor.send("abort"), /closed: answer 1 is not open/);
  assert.throws(() => actor.answer(1, { kind: "room" }), /closed: answer 1 is not open/);
});

test("events are read back as they were written", () => {
  const { serverSentEvent } = theater;
  assert.equal(serverSentEvent("a\nb\r\nc\rd", { type: "x\ny", id: "7" }), "event: x\nid: 7\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
  assert.equal(serverSentEvent(""), "data: \n\n");
  const written = theater.toBytes(serverSentEvent("one\n\ntwo", { type: "news", id: "4" }));
  assert.deepEqual(theater.feedEvents(theater.newEventParser(), written), [{ type: "news", data: "one\n\ntwo", id: "4" }]);
});
