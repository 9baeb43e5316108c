//! HTTP servers in a guest.

pub mod http_framework {
    use crate::Result;
    use crate::host::bindings::imports::theater::simple::http_framework as wit;
    use crate::host::bindings::imports::theater::simple::{http_types, websocket_types};
    use crate::http_framework::{ServerConfig, ServerInfo};
    use crate::websocket::{Kind, Message};

    pub fn create_server(config: &ServerConfig) -> Result<u64> {
        // The name stands where the interface has the paths of a certificate and of a key.
        let tls_config = config.key_pair.as_ref().map(|name| http_types::TlsConfig {
            cert_path: name.clone(),
            key_path: name.clone(),
        });
        Ok(wit::create_server(&http_types::ServerConfig {
            port: Some(config.port),
            host: Some(config.host.clone()),
            tls_config,
        })?)
    }

    pub fn get_server_info(server: u64) -> Result<ServerInfo> {
        let found = wit::get_server_info(server)?;
        Ok(ServerInfo {
            id: found.id,
            port: found.port,
            host: found.host,
            is_running: found.running,
            routes: found.routes_count,
            middlewares: found.middleware_count,
            has_websockets: found.websocket_enabled,
        })
    }

    pub fn start_server(server: u64) -> Result<u16> {
        Ok(wit::start_server(server)?)
    }

    pub fn stop_server(server: u64) -> Result<()> {
        Ok(wit::stop_server(server)?)
    }

    pub fn destroy_server(server: u64) -> Result<()> {
        Ok(wit::destroy_server(server)?)
    }

    pub fn register_handler(name: &str) -> Result<u64> {
        Ok(wit::register_handler(name)?)
    }

    pub fn add_route(server: u64, path: &str, method: &str, handler: u64) -> Result<u64> {
        Ok(wit::add_route(server, path, method, handler)?)
    }

    pub fn remove_route(route: u64) -> Result<()> {
        Ok(wit::remove_route(route)?)
    }

    pub fn add_middleware(server: u64, path: &str, handler: u64) -> Result<u64> {
        Ok(wit::add_middleware(server, path, handler)?)
    }

    pub fn remove_middleware(middleware: u64) -> Result<()> {
        Ok(wit::remove_middleware(middleware)?)
    }

    pub fn enable_websocket(
        server: u64,
        path: &str,
        connect: Option<u64>,
        message: u64,
        disconnect: Option<u64>,
    ) -> Result<()> {
        Ok(wit::enable_websocket(
            server, path, connect, message, disconnect,
        )?)
    }

    pub fn send_websocket_message(server: u64, connection: u64, message: &Message) -> Result<()> {
        use websocket_types::MessageType as Wit;
        let ty = match &message.kind {
            Kind::Text => Wit::Text,
            Kind::Binary => Wit::Binary,
            Kind::Connect => Wit::Connect,
            Kind::Close => Wit::Close,
            Kind::Ping => Wit::Ping,
            Kind::Pong => Wit::Pong,
            Kind::Other(name) => Wit::Other(name.clone()),
        };
        let message = websocket_types::WebsocketMessage {
            ty,
            data: message.data.clone(),
            text: message.text.clone(),
        };
        Ok(wit::send_websocket_message(server, connection, &message)?)
    }

    pub fn close_websocket(server: u64, connection: u64) -> Result<()> {
        Ok(wit::close_websocket(server, connection)?)
    }
}

pub mod http_answer {
    use crate::Result;
    use crate::host::bindings::imports::theater::http_stream::server as wit;

    pub fn open() -> Result<u64> {
        Ok(wit::open()?)
    }

    pub fn write(answer: u64, bytes: &[u8]) -> Result<bool> {
        Ok(wit::write(answer, bytes)?)
    }

    pub fn finish(answer: u64) -> Result<()> {
        Ok(wit::finish(answer)?)
    }

    pub fn abort(answer: u64) -> Result<()> {
        Ok(wit::abort(answer)?)
    }
}
