//! HTTP servers in a unit test.

pub mod http_framework {
    use super::super::ask;
    use crate::http_framework::{ServerConfig, ServerInfo};
    use crate::testing::{HttpMiddleware, HttpRoute, HttpServer, WebSocketPath, with_host};
    use crate::websocket::Message;
    use crate::{Result, fail};

    const FREE_PORT: u16 = 49152;

    pub fn create_server(config: &ServerConfig) -> Result<u64> {
        ask(|host| &mut host.http.on_create_server, config, || Ok(()))?;
        Ok(with_host(|host| {
            let id = host.http.next_id();
            let server = HttpServer {
                config: config.clone(),
                port: config.port,
                ..HttpServer::default()
            };
            host.http.servers.insert(id, server);
            id
        }))
    }

    pub fn get_server_info(id: u64) -> Result<ServerInfo> {
        with_host(|host| {
            let server = host.http.server(id)?;
            Ok(ServerInfo {
                id,
                port: server.port,
                host: server.config.host.clone(),
                is_running: server.is_running,
                routes: server.routes.len() as u32,
                middlewares: server.middlewares.len() as u32,
                has_websockets: !server.websockets.is_empty(),
            })
        })
    }

    pub fn start_server(id: u64) -> Result<u16> {
        with_host(|host| {
            let server = host.http.server(id)?;
            if server.is_running {
                return fail("Failed to start server: Server is already running");
            }
            server.is_running = true;
            if server.port == 0 {
                server.port = FREE_PORT + id as u16;
            }
            Ok(server.port)
        })
    }

    pub fn stop_server(id: u64) -> Result<()> {
        with_host(|host| {
            let server = host.http.server(id)?;
            if !server.is_running {
                return fail("Failed to stop server: Server is not running");
            }
            server.is_running = false;
            host.http.websockets.retain(|_, open| open.server != id);
            Ok(())
        })
    }

    pub fn destroy_server(id: u64) -> Result<()> {
        if get_server_info(id)?.is_running {
            stop_server(id)?;
        }
        with_host(|host| host.http.servers.remove(&id));
        Ok(())
    }

    pub fn register_handler(name: &str) -> Result<u64> {
        if name.is_empty() {
            return fail("Handler name cannot be empty");
        }
        Ok(with_host(|host| {
            let id = host.http.next_id();
            host.http.handlers.insert(id, name.to_string());
            id
        }))
    }

    pub fn add_route(server: u64, path: &str, method: &str, handler: u64) -> Result<u64> {
        with_host(|host| {
            host.http.server(server)?;
            host.http.check_handler(path, handler)?;
            let id = host.http.next_id();
            let route = HttpRoute {
                path: path.to_string(),
                method: method.to_string(),
                handler,
            };
            host.http.server(server)?.routes.insert(id, route);
            Ok(id)
        })
    }

    pub fn remove_route(route: u64) -> Result<()> {
        with_host(|host| {
            let mut servers = host.http.servers.values_mut();
            if servers.any(|server| server.routes.remove(&route).is_some()) {
                return Ok(());
            }
            fail(format!("Route not found: {route}"))
        })
    }

    pub fn add_middleware(server: u64, path: &str, handler: u64) -> Result<u64> {
        with_host(|host| {
            host.http.server(server)?;
            host.http.check_handler(path, handler)?;
            let id = host.http.next_id();
            let middleware = HttpMiddleware {
                path: path.to_string(),
                handler,
            };
            host.http.server(server)?.middlewares.insert(id, middleware);
            Ok(id)
        })
    }

    pub fn remove_middleware(middleware: u64) -> Result<()> {
        with_host(|host| {
            let mut servers = host.http.servers.values_mut();
            if servers.any(|server| server.middlewares.remove(&middleware).is_some()) {
                return Ok(());
            }
            fail(format!("Middleware not found: {middleware}"))
        })
    }

    pub fn enable_websocket(
        server: u64,
        path: &str,
        connect_handler: Option<u64>,
        message_handler: u64,
        disconnect_handler: Option<u64>,
    ) -> Result<()> {
        with_host(|host| {
            host.http.server(server)?;
            for handler in [connect_handler, Some(message_handler), disconnect_handler] {
                host.http
                    .check_handler(path, handler.unwrap_or(message_handler))?;
            }
            let place = WebSocketPath {
                connect_handler,
                message_handler,
                disconnect_handler,
            };
            let websockets = &mut host.http.server(server)?.websockets;
            websockets.insert(path.to_string(), place);
            Ok(())
        })
    }

    pub fn send_websocket_message(server: u64, connection: u64, message: &Message) -> Result<()> {
        with_host(|host| {
            let open = host.http.websocket(server, connection)?;
            open.sent.push(message.clone());
            Ok(())
        })
    }

    pub fn close_websocket(server: u64, connection: u64) -> Result<()> {
        with_host(|host| {
            host.http.websocket(server, connection)?;
            host.http.websockets.remove(&connection);
            host.http.closed_websockets.push(connection);
            Ok(())
        })
    }
}

pub mod http_answer {
    use crate::testing::{AnswerEnd, OpenAnswer, with_host};
    use crate::{Result, fail};

    pub fn open() -> Result<u64> {
        with_host(|host| {
            if !host.http.may_open_answer {
                return fail("no-request: an answer is opened once, in the call of its request");
            }
            host.http.may_open_answer = false;
            host.http.answers_opened += 1;
            let id = host.http.answers_opened;
            host.http.answers.insert(id, OpenAnswer::default());
            Ok(id)
        })
    }

    pub fn write(id: u64, bytes: &[u8]) -> Result<bool> {
        with_host(|host| {
            let answer = host.http.answer(id)?;
            if answer.written.len() - answer.taken >= answer.buffer {
                return fail(format!(
                    "full: answer {id} has no room: write again after the event `room`"
                ));
            }
            answer.written.extend_from_slice(bytes);
            Ok(answer.written.len() - answer.taken < answer.buffer)
        })
    }

    pub fn finish(id: u64) -> Result<()> {
        with_host(|host| {
            host.http.answer(id)?.end = AnswerEnd::Finished;
            Ok(())
        })
    }

    pub fn abort(id: u64) -> Result<()> {
        with_host(|host| {
            host.http.answer(id)?.end = AnswerEnd::Aborted;
            Ok(())
        })
    }
}
