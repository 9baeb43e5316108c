//! HTTP servers that an actor runs: `theater:simple/http-framework` and `http-handlers`.
//!
//! Most actors declare their routes and let [`http_router`](crate::http_router) do the rest. These are
//! the functions and the callbacks below it.
//!
//! A server, its routes and handlers belong to the actor, and come back with its state after a crash or
//! an update, on the same port. WebSockets do not: the actor first gets the disconnect of each. The
//! manifest must list the handler `http-framework`, and the operator must grant it.

use crate::http_client::{Request, Response};
use crate::{Actor, Result, fail, host, websocket};

/// How a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// 0 picks a free port.
    pub port: u16,
    /// A literal address.
    pub host: String,
    /// The name of a key pair in the operator's policy; with it the server speaks TLS. An actor never
    /// reads a key.
    pub key_pair: Option<String>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self::port(0)
    }
}

impl ServerConfig {
    /// On 127.0.0.1, without TLS.
    pub fn port(port: u16) -> Self {
        Self {
            port,
            host: "127.0.0.1".to_string(),
            key_pair: None,
        }
    }
}

/// The present state of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerInfo {
    pub id: u64,
    pub port: u16,
    pub host: String,
    pub is_running: bool,
    pub routes: u32,
    pub middlewares: u32,
    pub has_websockets: bool,
}

/// The callbacks of an actor that serves HTTP, each with the id of the handler that was registered for
/// it. An actor without a callback accepts WebSockets, ignores their messages, and answers all else
/// with an error. A struct with [`Routes`](crate::Routes) has this trait.
pub trait HttpHandlers: Actor {
    /// A request came, with its path and query for its uri. The node adds a header
    /// `X-Route-Param-NAME` for each parameter of the route's path. An error leaves the state as it was,
    /// and the client gets 500.
    fn handle_http_request(&mut self, handler: u64, request: &Request) -> Result<Response> {
        let _ = (handler, request);
        fail("this actor answers no HTTP requests")
    }

    /// A request is on its way to its route, and may be changed. False ends it with 403.
    fn handle_middleware(&mut self, handler: u64, request: &mut Request) -> Result<bool> {
        let _ = (handler, request);
        fail("this actor has no middleware")
    }

    /// A client wants to open a WebSocket. An error refuses it with 403.
    fn handle_websocket_connect(
        &mut self,
        handler: u64,
        connection: u64,
        path: &str,
        subprotocol: Option<&str>,
    ) -> Result<()> {
        let _ = (handler, connection, path, subprotocol);
        Ok(())
    }

    /// A message came. The messages of the answer are sent on its connection, in their order. A client
    /// that closes sends a message `Close` first, with its code as two bytes in `data` and its reason in
    /// `text`.
    fn handle_websocket_message(
        &mut self,
        handler: u64,
        connection: u64,
        message: &websocket::Message,
    ) -> Result<Vec<websocket::Message>> {
        let _ = (handler, connection, message);
        Ok(Vec::new())
    }

    /// A WebSocket was closed.
    fn handle_websocket_disconnect(&mut self, handler: u64, connection: u64) -> Result<()> {
        let _ = (handler, connection);
        Ok(())
    }
}

/// Exports the trait [`HttpHandlers`] of a struct. Once in a component, after
/// [`actor!`](crate::actor!).
#[macro_export]
macro_rules! http_handlers {
    ($actor:ty) => {
        $crate::__export!(
            http_handlers,
            export_http_handlers,
            $crate::HttpHandlers,
            $actor
        );
    };
}

/// Makes a server that does not listen yet, and answers with its id.
pub fn create_server(config: &ServerConfig) -> Result<u64> {
    host::http_framework::create_server(config)
}

/// The present state of a server.
pub fn get_server_info(server: u64) -> Result<ServerInfo> {
    host::http_framework::get_server_info(server)
}

/// Lets a server listen, and answers with its port.
pub fn start_server(server: u64) -> Result<u16> {
    host::http_framework::start_server(server)
}

/// Ends the listening, the requests in progress and the WebSockets. The routes stay.
pub fn stop_server(server: u64) -> Result<()> {
    host::http_framework::stop_server(server)
}

/// Stops a server and forgets it, with its routes.
pub fn destroy_server(server: u64) -> Result<()> {
    host::http_framework::destroy_server(server)
}

/// An id with which the callbacks are called. The name is for readers of the chain.
pub fn register_handler(name: &str) -> Result<u64> {
    host::http_framework::register_handler(name)
}

/// Hands the requests for a path and a method to a handler, and answers with the route's id. A path may
/// hold parameters, each a whole segment: `{name}`, and at its end `{*rest}`.
pub fn add_route(server: u64, path: &str, method: &str, handler: u64) -> Result<u64> {
    host::http_framework::add_route(server, path, method, handler)
}

pub fn remove_route(route: u64) -> Result<()> {
    host::http_framework::remove_route(route)
}

/// Hands requests for `path` and for all below it to a handler first, and answers with the middleware's
/// id.
pub fn add_middleware(server: u64, path: &str, handler: u64) -> Result<u64> {
    host::http_framework::add_middleware(server, path, handler)
}

pub fn remove_middleware(middleware: u64) -> Result<()> {
    host::http_framework::remove_middleware(middleware)
}

/// Takes WebSockets on a path. Without a handler for it, each connection is accepted, and its end is not
/// reported.
pub fn enable_websocket(
    server: u64,
    path: &str,
    connect_handler: Option<u64>,
    message_handler: u64,
    disconnect_handler: Option<u64>,
) -> Result<()> {
    host::http_framework::enable_websocket(
        server,
        path,
        connect_handler,
        message_handler,
        disconnect_handler,
    )
}

/// Sends a message on a WebSocket when this call has returned. Fails if the connection is gone.
pub fn send_websocket_message(
    server: u64,
    connection: u64,
    message: &websocket::Message,
) -> Result<()> {
    host::http_framework::send_websocket_message(server, connection, message)
}

pub fn close_websocket(server: u64, connection: u64) -> Result<()> {
    host::http_framework::close_websocket(server, connection)
}
