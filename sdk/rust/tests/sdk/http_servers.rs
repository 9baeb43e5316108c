//! A shop that serves HTTP by routes, and one without them.

use serde::{Deserialize, Serialize};
use theater::http_client::{Request, Response};
use theater::http_framework::{self, ServerConfig, ServerInfo};
use theater::http_messages::{json, problem, query_value, read_json, text};
use theater::http_router::Server;
use theater::testing::{TestActor, reset_host, with_host};
use theater::websocket::Message;
use theater::{Actor, HttpHandlers, Json, NoState, Result, Router, Routes, fail};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Item {
    name: String,
    #[serde(default)]
    price: i64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Shop {
    server: Server,
    items: Vec<Item>,
    watchers: Vec<u64>,
}

impl Actor for Shop {
    type Codec = Json;

    fn init(&mut self, _actor_id: &str) -> Result<()> {
        self.server.serve::<Self>(&ServerConfig::port(8080))
    }
}

impl Routes for Shop {
    fn server(&self) -> &Server {
        &self.server
    }

    fn routes(router: &mut Router<Self>) {
        router.get("/items/{id}", Self::item);
        router.post("/items", Self::add);
        router.put("/items/{id}/names/{name}", Self::rename);
        router.delete("/items", |shop: &mut Self, _: &Request| {
            shop.items.clear();
            Ok(text(200, "cleared"))
        });
        router.patch("/stop", Self::stop);
        router.get(
            "/files/{*path}",
            |_: &mut Self, _: &Request, path: String| Ok(text(200, path)),
        );
        router.middleware("/items", |_, request| {
            Ok(query_value(request, "key").as_deref() != Some("wrong"))
        });
        router.websocket_with("/live", Self::joined, Self::said, Self::left);
        router.websocket("/echo", |_, _, message| Ok(vec![message.clone()]));
    }
}

impl Shop {
    fn item(&mut self, _request: &Request, id: usize) -> Result<Response> {
        match self.items.get(id) {
            Some(item) => json(200, item),
            None => Ok(problem(404, "no such item")),
        }
    }

    fn add(&mut self, request: &Request) -> Result<Response> {
        let item: Item = match read_json(request) {
            Ok(item) => item,
            Err(error) => return Ok(problem(400, error.as_str())),
        };
        let is_bad = item.price < 0;
        for watcher in &self.watchers {
            self.server.send_text(*watcher, item.name.as_str())?;
        }
        let response = json(201, &item);
        self.items.push(item);
        if is_bad {
            fail("a price below nothing")
        } else {
            response
        }
    }

    fn rename(&mut self, _request: &Request, id: u8, name: String) -> Result<Response> {
        self.items[usize::from(id)].name = name;
        Ok(text(200, "renamed"))
    }

    fn stop(&mut self, _request: &Request) -> Result<Response> {
        self.server.stop()?;
        Ok(text(200, "stopped"))
    }

    fn joined(&mut self, connection: u64, _path: &str, protocol: Option<&str>) -> Result<()> {
        if protocol == Some("old") {
            return fail("too old");
        }
        self.watchers.push(connection);
        Ok(())
    }

    fn said(&mut self, connection: u64, message: &Message) -> Result<Vec<Message>> {
        let said = theater::text(message.content())?;
        if said == "bye" {
            self.server.close(connection)?;
            return Ok(vec![]);
        }
        Ok(vec![Message::text(format!("you said {said}"))])
    }

    fn left(&mut self, connection: u64) -> Result<()> {
        self.watchers.retain(|watcher| *watcher != connection);
        Ok(())
    }
}

theater::actor!(Shop);
theater::http_handlers!(Shop);

fn shop() -> TestActor<Shop> {
    let mut actor = TestActor::new();
    actor.init(None).unwrap();
    actor
}

#[test]
fn a_function_takes_the_parameters_of_its_path() {
    let mut actor = shop();
    let added = actor
        .http_post("/items", r#"{"name":"nail","price":3}"#)
        .unwrap();
    assert_eq!(added.status, 201);
    let shown = actor.http_get("/items/0").unwrap();
    assert_eq!(shown.text().unwrap(), r#"{"name":"nail","price":3}"#);
    assert_eq!(actor.http_get("/items/1").unwrap().status, 404);
    let renamed = actor
        .http(Request::new("PUT", "/items/0/names/screw"))
        .unwrap();
    assert_eq!(renamed.text().unwrap(), "renamed");
    assert_eq!(actor.actor().unwrap().items[0].name, "screw");
    assert_eq!(
        actor.http_get("/files/a/b?c").unwrap().text().unwrap(),
        "a/b"
    );
    assert_eq!(actor.http_get("/files/").unwrap().status, 404);
    actor.http(Request::new("DELETE", "/items")).unwrap();
    assert!(actor.actor().unwrap().items.is_empty());
}

#[test]
fn paths_and_methods_without_a_route_are_answered() {
    assert_eq!(
        TestActor::<Shop>::new().http_get("/").unwrap_err(),
        "this actor runs no server"
    );
    let mut actor = shop();
    assert_eq!(actor.http_get("/other").unwrap().status, 404);
    assert_eq!(actor.http_get("/items").unwrap().status, 405);
}

#[test]
fn a_value_that_does_not_fit_is_not_found() {
    let mut actor = shop();
    for id in ["x", "-1", "+1", "1x", "99999999999999999999"] {
        let response = actor.http_get(&format!("/items/{id}")).unwrap();
        assert_eq!(response.status, 404, "{id}");
        assert_eq!(
            response.header("content-type"),
            Some("application/problem+json")
        );
    }
    let response = actor
        .http(Request::new("PUT", "/items/256/names/x"))
        .unwrap();
    assert_eq!(response.status, 404);
}

#[test]
fn a_bad_body_is_a_problem_and_an_error_leaves_the_state() {
    let mut actor = shop();
    let response = actor.http_post("/items", r#"{"name":3}"#).unwrap();
    assert_eq!(response.status, 400);
    let detail = response.json::<serde_json::Value>().unwrap()["detail"].to_string();
    assert!(detail.starts_with("\"the body: invalid type"), "{detail}");
    let error = actor
        .http_post("/items", r#"{"name":"x","price":-1}"#)
        .unwrap_err();
    assert_eq!(error, "a price below nothing");
    assert!(actor.actor().unwrap().items.is_empty());
}

#[test]
fn a_middleware_sees_requests_first() {
    let mut actor = shop();
    assert_eq!(actor.http_get("/items/0?key=wrong").unwrap().status, 403);
    assert_eq!(actor.http_get("/items/0?key=right").unwrap().status, 404);
    assert_eq!(actor.http_get("/itemses?key=wrong").unwrap().status, 404);
}

fn sent(connection: u64) -> Vec<Message> {
    with_host(|host| host.http.websockets[&connection].sent.clone())
}

#[test]
fn websockets_are_watched() {
    let mut actor = shop();
    assert_eq!(
        actor.websocket_open("/", None).unwrap_err(),
        "no WebSocket at /"
    );
    assert_eq!(
        actor.websocket_open("/live", Some("old")).unwrap_err(),
        "too old"
    );
    let first = actor.websocket_open("/live", None).unwrap();
    let second = actor.websocket_open("/live", Some("new")).unwrap();
    actor.http_post("/items", r#"{"name":"nail"}"#).unwrap();
    actor
        .websocket_message(second, Message::text("hi"))
        .unwrap();
    assert_eq!(sent(first), [Message::text("nail")]);
    assert_eq!(
        sent(second),
        [Message::text("nail"), Message::text("you said hi")]
    );
    actor.websocket_close(first).unwrap();
    assert_eq!(actor.actor().unwrap().watchers, [second]);
    actor
        .websocket_message(second, Message::text("bye"))
        .unwrap();
    with_host(|host| assert_eq!(host.http.closed_websockets, [second]));
    let echo = actor.websocket_open("/echo", None).unwrap();
    actor
        .websocket_message(echo, Message::binary([0xff]))
        .unwrap();
    assert_eq!(sent(echo), [Message::binary([0xff])]);
    actor.websocket_close(echo).unwrap();
    assert_eq!(
        actor.websocket_close(echo).unwrap_err(),
        format!("WebSocket connection not found: {echo}").as_str()
    );
}

#[test]
fn a_server_is_made_once_and_stopped_whole() {
    let mut actor = shop();
    let mut shop = actor.actor().unwrap();
    assert_eq!(shop.server.port(), 8080);
    shop.server.serve::<Shop>(&ServerConfig::default()).unwrap();
    assert_eq!(shop.server.info().unwrap().routes, 6);
    http_framework::stop_server(shop.server.id()).unwrap();
    shop.server.serve::<Shop>(&ServerConfig::default()).unwrap();
    assert!(shop.server.info().unwrap().is_running);
    actor.http(Request::new("PATCH", "/stop")).unwrap();
    assert!(!actor.actor().unwrap().server.is_made());
    with_host(|host| assert!(host.http.servers.is_empty()));
    // The node has forgotten it.
    shop.server
        .serve::<Shop>(&ServerConfig::port(9000))
        .unwrap();
    assert_eq!(
        (shop.server.port(), shop.server.info().unwrap().routes),
        (9000, 6)
    );
}

/// The shop after an update.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct NewShop {
    server: Server,
}

impl Actor for NewShop {
    type Codec = Json;
}

impl Routes for NewShop {
    fn server(&self) -> &Server {
        &self.server
    }

    fn routes(router: &mut Router<Self>) {
        router.get("/items/{id}", |_: &mut Self, _: &Request, id: u32| {
            Ok(text(200, format!("new {id}")))
        });
        router.get("/count", |_: &mut Self, _: &Request| Ok(text(200, "0")));
    }
}

#[test]
fn an_updated_actor_serves_its_present_routes() {
    let mut new = NewShop {
        server: shop().actor().unwrap().server,
    };
    let handlers: Vec<u64> = with_host(|host| {
        host.http.servers[&new.server.id()]
            .routes
            .values()
            .map(|route| route.handler)
            .collect()
    });
    let request = Request::get("/items/7").header("x-route-param-ID", "7");
    let answered = new.handle_http_request(handlers[0], &request).unwrap();
    assert_eq!(answered.text().unwrap(), "new 7");
    assert_eq!(
        new.handle_http_request(handlers[1], &request)
            .unwrap()
            .status,
        404
    );
    assert!(
        new.handle_websocket_connect(handlers[1], 1, "/live", None)
            .is_err()
    );
    new.server
        .serve::<NewShop>(&ServerConfig::default())
        .unwrap();
    let info = new.server.info().unwrap();
    assert_eq!((info.routes, info.middlewares), (2, 0));
}

#[derive(Default, Serialize, Deserialize)]
struct Wrong(Server);

impl Actor for Wrong {
    type Codec = Json;
    fn init(&mut self, _actor_id: &str) -> Result<()> {
        self.0.serve::<Self>(&ServerConfig::default())
    }
}

impl Routes for Wrong {
    fn server(&self) -> &Server {
        &self.0
    }
    fn routes(router: &mut Router<Self>) {
        router.get("/a/{b}/{c}", |_: &mut Self, _: &Request, _: i32| {
            Ok(text(200, ""))
        });
    }
}

#[test]
fn a_route_that_does_not_fit_its_function_is_an_error_without_a_server() {
    assert_eq!(
        TestActor::<Wrong>::new().init(None).unwrap_err(),
        "the route GET /a/{b}/{c} has 2 parameters, and its function takes 1"
    );
    with_host(|host| assert!(host.http.servers.is_empty()));
}

#[derive(Default)]
struct Silent;

impl Actor for Silent {
    type Codec = NoState;

    fn init(&mut self, _actor_id: &str) -> Result<()> {
        let server = http_framework::create_server(&ServerConfig::port(8080))?;
        let handler = http_framework::register_handler("all")?;
        http_framework::add_route(server, "/", "GET", handler)?;
        http_framework::add_route(server, "/gone", "GET", handler)?;
        http_framework::add_middleware(server, "/guarded", handler)?;
        http_framework::enable_websocket(server, "/live", Some(handler), handler, Some(handler))?;
        http_framework::start_server(server)?;
        Ok(())
    }
}

impl HttpHandlers for Silent {}

theater::actor!(Silent);
theater::http_handlers!(Silent);

#[test]
fn callbacks_that_are_missing_have_defaults() {
    let mut actor = TestActor::<Silent>::new();
    actor.init(None).unwrap();
    assert_eq!(
        actor.http_get("/").unwrap_err(),
        "this actor answers no HTTP requests"
    );
    assert_eq!(
        actor.http_get("/guarded").unwrap_err(),
        "this actor has no middleware"
    );
    let id = actor.websocket_open("/live", None).unwrap();
    actor.websocket_message(id, Message::text("x")).unwrap();
    assert!(sent(id).is_empty());
    actor.websocket_close(id).unwrap();
}

#[test]
fn servers_are_described_and_steered_by_their_ids() {
    TestActor::<Silent>::new().init(None).unwrap();
    let info = ServerInfo {
        id: 1,
        port: 8080,
        host: "127.0.0.1".into(),
        is_running: true,
        routes: 2,
        middlewares: 1,
        has_websockets: true,
    };
    assert_eq!(http_framework::get_server_info(1).unwrap(), info);
    http_framework::remove_route(4).unwrap();
    http_framework::remove_middleware(5).unwrap();
    http_framework::stop_server(1).unwrap();
    for (error, text) in [
        (
            http_framework::stop_server(1).unwrap_err(),
            "Failed to stop server: Server is not running",
        ),
        (
            http_framework::get_server_info(7).unwrap_err(),
            "Server not found: 7",
        ),
        (
            http_framework::start_server(7).unwrap_err(),
            "Server not found: 7",
        ),
        (
            http_framework::destroy_server(7).unwrap_err(),
            "Server not found: 7",
        ),
        (
            http_framework::register_handler("").unwrap_err(),
            "Handler name cannot be empty",
        ),
        (
            http_framework::add_route(1, "a", "GET", 2).unwrap_err(),
            "Path must start with /",
        ),
        (
            http_framework::add_route(1, "/a", "GET", 9).unwrap_err(),
            "Handler not found: 9",
        ),
        (
            http_framework::add_middleware(1, "/a", 9).unwrap_err(),
            "Handler not found: 9",
        ),
        (
            http_framework::enable_websocket(1, "/a", None, 9, None).unwrap_err(),
            "Handler not found: 9",
        ),
        (
            http_framework::remove_route(4).unwrap_err(),
            "Route not found: 4",
        ),
        (
            http_framework::remove_middleware(5).unwrap_err(),
            "Middleware not found: 5",
        ),
        (
            http_framework::send_websocket_message(1, 9, &Message::close()).unwrap_err(),
            "WebSocket connection not found: 9",
        ),
        (
            http_framework::close_websocket(1, 9).unwrap_err(),
            "WebSocket connection not found: 9",
        ),
    ] {
        assert_eq!(error, text);
    }
    http_framework::destroy_server(1).unwrap();
    reset_host();
    with_host(|host| {
        host.http.on_create_server = Some(Box::new(|config| {
            fail(format!("Permission denied: {}", config.port))
        }));
    });
    let refused = TestActor::<Silent>::new().init(None);
    assert_eq!(refused.unwrap_err(), "Permission denied: 8080");
}
