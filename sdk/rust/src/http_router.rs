//! Routes of an HTTP server: each is a function of the actor.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use theater::http_client::{Request, Response};
//! use theater::http_framework::ServerConfig;
//! use theater::http_messages::{json, problem, read_json};
//! use theater::http_router::Server;
//! use theater::{Actor, Json, Result, Router, Routes};
//!
//! #[derive(Default, Serialize, Deserialize)]
//! #[serde(default)]
//! struct Shop {
//!     server: Server,
//!     items: Vec<String>,
//! }
//!
//! impl Actor for Shop {
//!     type Codec = Json;
//!
//!     fn init(&mut self, _actor_id: &str) -> Result<()> {
//!         self.server.serve::<Self>(&ServerConfig::port(8080))
//!     }
//! }
//!
//! impl Routes for Shop {
//!     fn server(&self) -> &Server {
//!         &self.server
//!     }
//!
//!     fn routes(router: &mut Router<Self>) {
//!         router.get("/items/{id}", Self::item);
//!         router.post("/items", Self::add);
//!     }
//! }
//!
//! impl Shop {
//!     fn item(&mut self, _request: &Request, id: usize) -> Result<Response> {
//!         match self.items.get(id) {
//!             Some(item) => json(200, item),
//!             None => Ok(problem(404, "no such item")),
//!         }
//!     }
//!
//!     fn add(&mut self, request: &Request) -> Result<Response> {
//!         match read_json(request) {
//!             Ok(item) => self.items.push(item),
//!             Err(error) => return Ok(problem(400, error.as_str())),
//!         }
//!         json(201, &self.items.len())
//!     }
//! }
//!
//! theater::actor!(Shop);
//! theater::http_handlers!(Shop);
//! ```
//!
//! The parameters of a route's function behind the request are those of its path, in their order: a
//! `String` or an integer each. A value that is no such integer gets 404. The node answers for paths and
//! methods without a route, and for HEAD and OPTIONS.
//!
//! [`problem`](crate::http_messages::problem) keeps the state that the function has changed. `fail("why")`
//! leaves the state as it was before the request, and the client gets 500.

use crate::http_client::{Request, Response, find_header};
use crate::http_framework::{self, HttpHandlers, ServerConfig, ServerInfo};
use crate::http_messages::problem;
use crate::websocket::Message;
use crate::{Actor, Result, fail};
use serde::{Deserialize, Serialize};

/// A function of the routes, the handler that is registered for it, and the id by which the node takes
/// it back; 0 for those of a WebSocket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Registered {
    name: String,
    handler: u64,
    id: u64,
}

/// A server and the routes that are registered with it: a field of an actor with [`Routes`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    id: u64,
    port: u16,
    registered: Vec<Registered>,
}

impl Server {
    /// Makes the server if there is none, registers the routes of `T`, and listens. A second call
    /// registers routes that are new in the actor's code, takes back those that are gone from it, and
    /// listens again where the server was stopped; an actor that may be updated calls it from another
    /// callback than `init`. If it fails, no server was made.
    pub fn serve<T: Routes>(&mut self, config: &ServerConfig) -> Result<()> {
        let known = if self.is_made() {
            self.info().ok()
        } else {
            None
        };
        if known.is_none() {
            *self = Self::default();
            self.id = http_framework::create_server(config)?;
        }
        let done = self.register::<T>(known.as_ref());
        // The state that names this server is lost with the error.
        if done.is_err() && known.is_none() {
            let _ = http_framework::destroy_server(self.id);
        }
        done
    }

    fn register<T: Routes>(&mut self, known: Option<&ServerInfo>) -> Result<()> {
        let mut router = Router::<T>(Mode::Register(Registration {
            server: self,
            declared: Vec::new(),
            status: Ok(()),
        }));
        T::routes(&mut router);
        let Mode::Register(Registration {
            declared, status, ..
        }) = router.0
        else {
            unreachable!("a router keeps its mode")
        };
        status?;
        let (kept, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut self.registered)
            .into_iter()
            .partition(|one| declared.contains(&one.name));
        self.registered = kept;
        for one in gone.iter().filter(|one| one.id != 0) {
            if one.name.starts_with("middleware ") {
                http_framework::remove_middleware(one.id)?;
            } else {
                http_framework::remove_route(one.id)?;
            }
        }
        self.port = match known {
            Some(info) if info.is_running => info.port,
            _ => http_framework::start_server(self.id)?,
        };
        Ok(())
    }

    /// Stops the server and forgets it, with its routes.
    pub fn stop(&mut self) -> Result<()> {
        if self.is_made() {
            http_framework::destroy_server(self.id)?;
        }
        *self = Self::default();
        Ok(())
    }

    /// False before `serve` and after `stop`.
    pub fn is_made(&self) -> bool {
        self.id != 0
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the node says of it.
    pub fn info(&self) -> Result<ServerInfo> {
        http_framework::get_server_info(self.id)
    }

    /// Sends on a WebSocket. Fails if the connection is gone.
    pub fn send(&self, connection: u64, message: &Message) -> Result<()> {
        http_framework::send_websocket_message(self.id, connection, message)
    }

    pub fn send_text(&self, connection: u64, content: impl Into<String>) -> Result<()> {
        self.send(connection, &Message::text(content))
    }

    pub fn close(&self, connection: u64) -> Result<()> {
        http_framework::close_websocket(self.id, connection)
    }

    fn find(&self, name: &str) -> Option<&Registered> {
        self.registered.iter().find(|one| one.name == name)
    }

    fn name_of(&self, handler: u64) -> String {
        let found = self.registered.iter().find(|one| one.handler == handler);
        found.map(|one| one.name.clone()).unwrap_or_default()
    }

    /// The handler of a name, which is registered if it is not yet.
    fn enroll(&mut self, name: &str) -> Result<u64> {
        if let Some(known) = self.find(name) {
            return Ok(known.handler);
        }
        let handler = http_framework::register_handler(name)?;
        self.registered.push(Registered {
            name: name.to_string(),
            handler,
            id: 0,
        });
        Ok(handler)
    }
}

/// An actor that declares its routes, which then take the calls of
/// [`HttpHandlers`](crate::HttpHandlers).
pub trait Routes: Actor {
    /// The field with the server.
    fn server(&self) -> &Server;

    /// Declares the routes. The library calls it for each call, and runs the one declaration that the
    /// call is for.
    fn routes(router: &mut Router<Self>);
}

/// A value of a path's parameter.
pub trait Parameter: Sized {
    /// None if the text is no such value.
    fn read(text: &str) -> Option<Self>;
}

impl Parameter for String {
    fn read(text: &str) -> Option<Self> {
        Some(text.to_string())
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {
        $(impl Parameter for $integer {
            fn read(text: &str) -> Option<Self> {
                if text.starts_with('+') { None } else { text.parse().ok() }
            }
        })*
    };
}

integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

/// The function of a route: `fn(&mut self, request: &Request, …) -> Result<Response>`, with up to four
/// parameters of its path.
pub trait Handler<T, Parameters> {
    const COUNT: usize;
    /// None if a value does not fit its parameter.
    fn call(&self, actor: &mut T, request: &Request, values: &[&str]) -> Option<Result<Response>>;
}

macro_rules! handlers {
    ($count:expr; $($parameter:ident $at:expr),*) => {
        impl<T, F, $($parameter: Parameter),*> Handler<T, ($($parameter,)*)> for F
        where
            F: Fn(&mut T, &Request, $($parameter),*) -> Result<Response>,
        {
            const COUNT: usize = $count;

            fn call(&self, actor: &mut T, request: &Request, values: &[&str]) -> Option<Result<Response>> {
                let _ = values;
                Some(self(actor, request, $($parameter::read(values.get($at)?)?),*))
            }
        }
    };
}

handlers!(0;);
handlers!(1; A 0);
handlers!(2; A 0, B 1);
handlers!(3; A 0, B 1, C 2);
handlers!(4; A 0, B 1, C 2, D 3);

struct Registration<'a> {
    server: &'a mut Server,
    declared: Vec<String>,
    status: Result<()>,
}

enum Call<'a> {
    Request(&'a Request, Option<Result<Response>>),
    Middleware(&'a mut Request, Option<Result<bool>>),
    Connect(u64, &'a str, Option<&'a str>, Option<Result<()>>),
    Message(u64, &'a Message, Option<Result<Vec<Message>>>),
    Disconnect(u64, Option<Result<()>>),
}

enum Mode<'a, T> {
    Register(Registration<'a>),
    Call(&'a mut T, String, Call<'a>),
}

/// Takes the declarations of an actor's routes.
pub struct Router<'a, T>(Mode<'a, T>);

/// The names of a path's parameters, in their order.
fn parameter_names(path: &str) -> Vec<&str> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| name.strip_prefix('*').unwrap_or(name))
        .collect()
}

fn call_route<T, P>(
    actor: &mut T,
    request: &Request,
    handler: &impl Handler<T, P>,
    path: &str,
) -> Result<Response> {
    let values: Vec<&str> = parameter_names(path)
        .into_iter()
        .map(|name| find_header(&request.headers, &format!("X-Route-Param-{name}")))
        .map(Option::unwrap_or_default)
        .collect();
    let called = handler.call(actor, request, &values);
    called.unwrap_or_else(|| Ok(problem(404, "the path names nothing here")))
}

impl Registration<'_> {
    /// Registers a route of a method, or a middleware, which has none.
    fn enroll(&mut self, name: String, method: Option<&str>, path: &str) {
        if self.status.is_err() {
            return;
        }
        self.declared.push(name.clone());
        self.status = self.add(&name, method, path);
    }

    fn add(&mut self, name: &str, method: Option<&str>, path: &str) -> Result<()> {
        if self.server.find(name).is_some() {
            return Ok(());
        }
        let handler = self.server.enroll(name)?;
        let id = match method {
            Some(method) => http_framework::add_route(self.server.id, path, method, handler)?,
            None => http_framework::add_middleware(self.server.id, path, handler)?,
        };
        if let Some(registered) = self.server.registered.last_mut() {
            registered.id = id;
        }
        Ok(())
    }

    /// A WebSocket is one declaration with up to three handlers.
    fn enroll_websocket(&mut self, path: &str, has_others: bool) {
        if self.status.is_ok() {
            self.status = self.add_websocket(path, has_others);
        }
    }

    fn add_websocket(&mut self, path: &str, has_others: bool) -> Result<()> {
        let mut enroll = |kind: &str| {
            let name = format!("{kind} {path}");
            let is_known = self.server.find(&name).is_some();
            let handler = self.server.enroll(&name)?;
            self.declared.push(name);
            Ok::<_, crate::Error>((handler, is_known))
        };
        let (message, mut is_known) = enroll("message")?;
        let (mut connect, mut disconnect) = (None, None);
        if has_others {
            let (first, is_first_known) = enroll("connect")?;
            let (last, _) = enroll("disconnect")?;
            (connect, disconnect) = (Some(first), Some(last));
            is_known = is_known && is_first_known;
        }
        if is_known {
            return Ok(());
        }
        http_framework::enable_websocket(self.server.id, path, connect, message, disconnect)
    }
}

impl<T> Router<'_, T> {
    pub fn get<P>(&mut self, path: &str, handler: impl Handler<T, P>) {
        self.route("GET", path, handler);
    }

    pub fn post<P>(&mut self, path: &str, handler: impl Handler<T, P>) {
        self.route("POST", path, handler);
    }

    pub fn put<P>(&mut self, path: &str, handler: impl Handler<T, P>) {
        self.route("PUT", path, handler);
    }

    pub fn patch<P>(&mut self, path: &str, handler: impl Handler<T, P>) {
        self.route("PATCH", path, handler);
    }

    pub fn delete<P>(&mut self, path: &str, handler: impl Handler<T, P>) {
        self.route("DELETE", path, handler);
    }

    pub fn route<P, H: Handler<T, P>>(&mut self, method: &str, path: &str, handler: H) {
        let name = format!("{method} {path}");
        match &mut self.0 {
            Mode::Call(actor, called, Call::Request(request, response)) if *called == name => {
                *response = Some(call_route(&mut **actor, request, &handler, path));
            }
            Mode::Call(..) => {}
            Mode::Register(registration) => {
                let count = parameter_names(path).len();
                if registration.status.is_ok() && count != H::COUNT {
                    registration.status = fail(format!(
                        "the route {name} has {count} parameters, and its function takes {}",
                        H::COUNT
                    ));
                }
                registration.enroll(name, Some(method), path);
            }
        }
    }

    /// Sees the requests for `path` and for all below it first: `fn(&mut self, request: &mut Request) ->
    /// Result<bool>`. It may change them; false answers 403.
    pub fn middleware(
        &mut self,
        path: &str,
        handler: impl Fn(&mut T, &mut Request) -> Result<bool>,
    ) {
        let name = format!("middleware {path}");
        match &mut self.0 {
            Mode::Call(actor, called, Call::Middleware(request, passed)) if *called == name => {
                *passed = Some(handler(actor, request));
            }
            Mode::Call(..) => {}
            Mode::Register(registration) => registration.enroll(name, None, path),
        }
    }

    /// Takes WebSockets on a path, and accepts each of them: `fn(&mut self, connection: u64, message:
    /// &Message) -> Result<Vec<Message>>`.
    pub fn websocket(
        &mut self,
        path: &str,
        on_message: impl Fn(&mut T, u64, &Message) -> Result<Vec<Message>>,
    ) {
        self.run_message(path, on_message);
        if let Mode::Register(registration) = &mut self.0 {
            registration.enroll_websocket(path, false);
        }
    }

    /// The same with functions for the begin of each connection, whose error refuses it, and its end:
    /// `fn(&mut self, connection: u64, path: &str, subprotocol: Option<&str>) -> Result<()>` and
    /// `fn(&mut self, connection: u64) -> Result<()>`.
    pub fn websocket_with(
        &mut self,
        path: &str,
        on_connect: impl Fn(&mut T, u64, &str, Option<&str>) -> Result<()>,
        on_message: impl Fn(&mut T, u64, &Message) -> Result<Vec<Message>>,
        on_disconnect: impl Fn(&mut T, u64) -> Result<()>,
    ) {
        self.run_message(path, on_message);
        match &mut self.0 {
            Mode::Call(actor, called, Call::Connect(connection, place, subprotocol, done))
                if *called == format!("connect {path}") =>
            {
                *done = Some(on_connect(actor, *connection, place, *subprotocol));
            }
            Mode::Call(actor, called, Call::Disconnect(connection, done))
                if *called == format!("disconnect {path}") =>
            {
                *done = Some(on_disconnect(actor, *connection));
            }
            Mode::Call(..) => {}
            Mode::Register(registration) => registration.enroll_websocket(path, true),
        }
    }

    fn run_message(
        &mut self,
        path: &str,
        on_message: impl Fn(&mut T, u64, &Message) -> Result<Vec<Message>>,
    ) {
        if let Mode::Call(actor, called, Call::Message(connection, message, messages)) = &mut self.0
            && *called == format!("message {path}")
        {
            *messages = Some(on_message(actor, *connection, message));
        }
    }
}

/// Runs the declaration that a call is for.
fn run<'a, T: Routes>(actor: &'a mut T, handler: u64, call: Call<'a>) -> Call<'a> {
    let name = actor.server().name_of(handler);
    let mut router = Router(Mode::Call(actor, name, call));
    T::routes(&mut router);
    match router.0 {
        Mode::Call(_, _, call) => call,
        Mode::Register(_) => unreachable!("a router keeps its mode"),
    }
}

impl<T: Routes> HttpHandlers for T {
    fn handle_http_request(&mut self, handler: u64, request: &Request) -> Result<Response> {
        match run(self, handler, Call::Request(request, None)) {
            Call::Request(_, Some(response)) => response,
            _ => Ok(problem(404, "this route is gone")),
        }
    }

    fn handle_middleware(&mut self, handler: u64, request: &mut Request) -> Result<bool> {
        match run(self, handler, Call::Middleware(request, None)) {
            Call::Middleware(_, Some(passed)) => passed,
            _ => fail("this middleware is gone: `serve` registers the present ones"),
        }
    }

    fn handle_websocket_connect(
        &mut self,
        handler: u64,
        connection: u64,
        path: &str,
        subprotocol: Option<&str>,
    ) -> Result<()> {
        let call = Call::Connect(connection, path, subprotocol, None);
        match run(self, handler, call) {
            Call::Connect(_, _, _, Some(done)) => done,
            _ => fail("this WebSocket is gone: `serve` registers the present ones"),
        }
    }

    fn handle_websocket_message(
        &mut self,
        handler: u64,
        connection: u64,
        message: &Message,
    ) -> Result<Vec<Message>> {
        match run(self, handler, Call::Message(connection, message, None)) {
            Call::Message(_, _, Some(messages)) => messages,
            _ => Ok(vec![Message::close()]),
        }
    }

    fn handle_websocket_disconnect(&mut self, handler: u64, connection: u64) -> Result<()> {
        match run(self, handler, Call::Disconnect(connection, None)) {
            Call::Disconnect(_, Some(done)) => done,
            _ => Ok(()),
        }
    }
}
