//! Serves HTTP: a greeting at `/`, and `/health`.

use serde::{Deserialize, Serialize};
use theater::http_client::{Request, Response};
use theater::http_framework::ServerConfig;
use theater::http_messages::{json, text};
use theater::http_router::Server;
use theater::{Actor, Json, Result, Router, Routes};

/// The fields are kept between calls.
#[derive(Serialize, Deserialize)]
#[serde(default)]
struct Greeter {
    port: u16,
    visitors: u64,
    server: Server,
}

impl Default for Greeter {
    fn default() -> Self {
        Self {
            port: 8080,
            visitors: 0,
            server: Server::default(),
        }
    }
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

impl Actor for Greeter {
    type Codec = Json;

    fn init(&mut self, _actor_id: &str) -> Result<()> {
        let config = ServerConfig::port(self.port);
        self.server.serve::<Self>(&config)?;
        let port = self.server.port();
        theater::log(&format!("listening on http://127.0.0.1:{port}"));
        Ok(())
    }
}

impl Routes for Greeter {
    fn server(&self) -> &Server {
        &self.server
    }

    fn routes(router: &mut Router<Self>) {
        router.get("/", Self::greet);
        router.get("/health", Self::health);
    }
}

impl Greeter {
    fn greet(&mut self, _request: &Request) -> Result<Response> {
        self.visitors += 1;
        Ok(text(200, format!("hello, visitor {}\n", self.visitors)))
    }

    fn health(&mut self, _request: &Request) -> Result<Response> {
        json(200, &Health { status: "ok" })
    }
}

theater::actor!(Greeter);
theater::http_handlers!(Greeter);

#[cfg(test)]
mod tests {
    use super::*;
    use theater::testing::TestActor;

    #[test]
    fn greets() {
        let mut actor = TestActor::<Greeter>::new();
        actor.init(Some(r#"{"port": 9000}"#)).unwrap();
        for visitor in ["hello, visitor 1\n", "hello, visitor 2\n"] {
            assert_eq!(actor.http_get("/").unwrap().text().unwrap(), visitor);
        }
        let health = actor.http_get("/health").unwrap();
        assert_eq!(health.text().unwrap(), r#"{"status":"ok"}"#);
        assert_eq!(actor.http_get("/other").unwrap().status, 404);
    }
}
