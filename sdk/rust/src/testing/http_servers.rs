//! HTTP servers in a unit test: their routes, and the requests of clients.

use super::{Answer, TestActor, with_host};
use crate::callbacks;
use crate::http_client::{Request, Response};
use crate::http_framework::ServerConfig;
use crate::websocket::Message;
use crate::{AnswerEvent, AnswerHandlers, Error, HttpHandlers, Result, fail, http_messages};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRoute {
    pub path: String,
    pub method: String,
    pub handler: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpMiddleware {
    pub path: String,
    pub handler: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketPath {
    pub connect_handler: Option<u64>,
    pub message_handler: u64,
    pub disconnect_handler: Option<u64>,
}

/// A server that the actor has made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpServer {
    pub config: ServerConfig,
    pub port: u16,
    pub is_running: bool,
    pub routes: BTreeMap<u64, HttpRoute>,
    pub middlewares: BTreeMap<u64, HttpMiddleware>,
    /// By their paths.
    pub websockets: BTreeMap<String, WebSocketPath>,
}

/// A WebSocket that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenWebSocket {
    pub server: u64,
    pub path: String,
    /// By the actor, answers included.
    pub sent: Vec<Message>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerEnd {
    Open,
    Finished,
    Aborted,
    Gone,
}

/// An answer that the actor has kept open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAnswer {
    /// After the response's own body.
    pub written: Vec<u8>,
    /// Bytes that the client has read.
    pub taken: usize,
    /// The bytes that fill the buffer; a test may change it.
    pub buffer: usize,
    pub end: AnswerEnd,
}

impl Default for OpenAnswer {
    fn default() -> Self {
        Self {
            written: Vec::new(),
            taken: 0,
            buffer: 1 << 16,
            end: AnswerEnd::Open,
        }
    }
}

/// What an actor's servers are and did: the part `http` of a [`Host`](super::Host).
#[derive(Default)]
pub struct HttpHost {
    /// Set it to refuse `create_server`.
    pub on_create_server: Answer<ServerConfig, ()>,
    /// Servers that it has not destroyed, by their ids.
    pub servers: BTreeMap<u64, HttpServer>,
    /// Names by their ids.
    pub handlers: BTreeMap<u64, String>,
    /// The last id of the two above and their parts.
    pub ids: u64,
    /// Those that are open.
    pub websockets: BTreeMap<u64, OpenWebSocket>,
    pub websockets_opened: u64,
    /// By the actor.
    pub closed_websockets: Vec<u64>,
    /// By their ids, also when they have ended.
    pub answers: BTreeMap<u64, OpenAnswer>,
    pub answers_opened: u64,
    /// In the call of a request that has opened none.
    pub may_open_answer: bool,
}

impl HttpHost {
    pub(crate) fn server(&mut self, id: u64) -> Result<&mut HttpServer> {
        let found = self.servers.get_mut(&id);
        found.ok_or(Error::new(format!("Server not found: {id}")))
    }

    /// Fails unless a path may be a route's, and the handler is registered.
    pub(crate) fn check_handler(&self, path: &str, handler: u64) -> Result<()> {
        if !path.starts_with('/') {
            return fail("Path must start with /");
        }
        if !self.handlers.contains_key(&handler) {
            return fail(format!("Handler not found: {handler}"));
        }
        Ok(())
    }

    pub(crate) fn websocket(&mut self, server: u64, id: u64) -> Result<&mut OpenWebSocket> {
        self.server(server)?;
        self.websockets
            .get_mut(&id)
            .filter(|open| open.server == server)
            .ok_or_else(|| no_websocket(id))
    }

    pub(crate) fn answer(&mut self, id: u64) -> Result<&mut OpenAnswer> {
        self.answers
            .get_mut(&id)
            .filter(|answer| answer.end == AnswerEnd::Open)
            .ok_or_else(|| Error::new(format!("closed: answer {id} is not open")))
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    fn running(&self) -> Result<(u64, HttpServer)> {
        let mut servers = self.servers.iter();
        let found = servers.find(|(_, server)| server.is_running);
        found
            .map(|(id, server)| (*id, server.clone()))
            .ok_or(Error::new("this actor runs no server"))
    }

    fn websocket_path(&self, id: u64) -> Result<WebSocketPath> {
        let open = self.websockets.get(&id).ok_or_else(|| no_websocket(id))?;
        Ok(self.servers[&open.server].websockets[&open.path].clone())
    }
}

fn no_websocket(id: u64) -> Error {
    Error::new(format!("WebSocket connection not found: {id}"))
}

/// The parameters of a path that a route's path fits.
fn match_path(route: &str, path: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut segments = path.split('/');
    let mut expected_segments = route.split('/');
    loop {
        let rest = segments.clone().collect::<Vec<_>>().join("/");
        match (expected_segments.next(), segments.next()) {
            (None, None) => return Some(found),
            (Some(expected), Some(segment)) => {
                let parameter = expected
                    .strip_prefix('{')
                    .and_then(|name| name.strip_suffix('}'));
                match parameter.map(|name| (name, name.strip_prefix('*'))) {
                    None if expected == segment => {}
                    None => return None,
                    Some((_, Some(name))) => {
                        found.push((name.to_string(), rest.clone()));
                        return (!rest.is_empty()).then_some(found);
                    }
                    Some(_) if segment.is_empty() => return None,
                    Some((name, None)) => found.push((name.to_string(), segment.to_string())),
                }
            }
            _ => return None,
        }
    }
}

/// A path without parameters comes before one with some, and `{*rest}` last.
fn exactness(route: &str) -> (usize, bool) {
    let at = route.find('{').unwrap_or(usize::MAX);
    (at, at != usize::MAX && !route[at..].starts_with("{*"))
}

/// Whether a path is a middleware's, or lies below it.
fn is_at_or_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder == "/" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a server does with a request: a handler and parameters, or a status.
fn find_route(
    server: &HttpServer,
    method: &str,
    path: &str,
) -> std::result::Result<(u64, Vec<(String, String)>), u16> {
    let matching = server
        .routes
        .values()
        .filter_map(|route| match_path(&route.path, path).map(|parameters| (route, parameters)));
    let mut status = 404;
    let mut best: Option<(&HttpRoute, Vec<(String, String)>)> = None;
    for (route, parameters) in matching {
        status = 405;
        let is_better = best
            .as_ref()
            .is_none_or(|(other, _)| exactness(&route.path) > exactness(&other.path));
        if route.method == method && is_better {
            best = Some((route, parameters));
        }
    }
    best.map(|(route, parameters)| (route.handler, parameters))
        .ok_or(status)
}

impl<T: HttpHandlers> TestActor<T> {
    /// A request to the server that the actor runs, with a path and a query for its uri. The test's host
    /// finds the route, as a node does: its answers are 404 and 405, and 403 for a middleware that ends
    /// the request. Fails if no server runs, and where the actor answers with an error, for which a node
    /// answers 500.
    pub fn http(&mut self, mut request: Request) -> Result<Response> {
        let (_, server) = with_host(|host| host.http.running())?;
        for middleware in server.middlewares.values() {
            if !is_at_or_below(http_messages::path(&request), &middleware.path) {
                continue;
            }
            let returned = callbacks::middleware::<T>(&self.state, middleware.handler, request);
            let (proceed, passed) = self.keep(returned)?;
            if !proceed {
                return Ok(status(403));
            }
            request = passed;
        }
        let found = find_route(&server, &request.method, http_messages::path(&request));
        let (handler, parameters) = match found {
            Ok(found) => found,
            Err(code) => return Ok(status(code)),
        };
        for (name, value) in parameters {
            request = request.header(&format!("X-Route-Param-{name}"), &value);
        }
        with_host(|host| host.http.may_open_answer = true);
        let returned = callbacks::http_request::<T>(&self.state, handler, &request);
        with_host(|host| host.http.may_open_answer = false);
        self.keep(returned)
    }

    pub fn http_get(&mut self, uri: &str) -> Result<Response> {
        self.http(Request::get(uri))
    }

    pub fn http_post(&mut self, uri: &str, body: impl Into<Vec<u8>>) -> Result<Response> {
        self.http(Request::post(uri).body(body))
    }

    /// A client opens a WebSocket; its id. Fails if no server runs, if the path takes none, and if the
    /// actor refuses it.
    pub fn websocket_open(&mut self, path: &str, subprotocol: Option<&str>) -> Result<u64> {
        let (server_id, server) = with_host(|host| host.http.running())?;
        let Some(place) = server.websockets.get(path) else {
            return fail(format!("no WebSocket at {path}"));
        };
        let id = with_host(|host| {
            host.http.websockets_opened += 1;
            host.http.websockets_opened
        });
        if let Some(handler) = place.connect_handler {
            let state = &self.state;
            let returned = callbacks::websocket_connect::<T>(state, handler, id, path, subprotocol);
            self.keep(returned)?;
        }
        let open = OpenWebSocket {
            server: server_id,
            path: path.to_string(),
            sent: Vec::new(),
        };
        with_host(|host| host.http.websockets.insert(id, open));
        Ok(id)
    }

    /// A client sends a message. The actor's answers are then the last of the connection's `sent`.
    pub fn websocket_message(&mut self, id: u64, message: Message) -> Result<()> {
        let handler = with_host(|host| host.http.websocket_path(id))?.message_handler;
        let returned = callbacks::websocket_message::<T>(&self.state, handler, id, &message);
        let answers = self.keep(returned)?;
        with_host(|host| {
            // The actor may have closed it.
            if let Some(open) = host.http.websockets.get_mut(&id) {
                open.sent.extend(answers);
            }
        });
        Ok(())
    }

    /// A client closes a WebSocket, or is gone.
    pub fn websocket_close(&mut self, id: u64) -> Result<()> {
        let place = with_host(|host| host.http.websocket_path(id))?;
        with_host(|host| host.http.websockets.remove(&id));
        match place.disconnect_handler {
            Some(handler) => self.keep(callbacks::websocket_disconnect::<T>(
                &self.state,
                handler,
                id,
            )),
            None => Ok(()),
        }
    }
}

fn status(code: u16) -> Response {
    Response {
        status: code,
        ..Response::default()
    }
}

impl<T: AnswerHandlers> TestActor<T> {
    /// The client has read all of an answer that the actor has kept open.
    pub fn answer_room(&mut self, id: u64) -> Result<()> {
        with_host(|host| {
            host.http
                .answer(id)
                .map(|answer| answer.taken = answer.written.len())
        })?;
        self.keep(callbacks::answer::<T>(&self.state, id, AnswerEvent::Room))
    }

    /// The client of such an answer has gone.
    pub fn answer_gone(&mut self, id: u64, error: &str) -> Result<()> {
        with_host(|host| {
            host.http
                .answer(id)
                .map(|answer| answer.end = AnswerEnd::Gone)
        })?;
        let event = AnswerEvent::Gone(Error::new(error));
        self.keep(callbacks::answer::<T>(&self.state, id, event))
    }
}
