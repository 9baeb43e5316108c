//! Serves HTTP by every function and callback of the library, as `http_server.cpp` does.

use serde::{Deserialize, Serialize};
use theater::http_answer::{self, typed_server_sent_event};
use theater::http_client::{Request, Response};
use theater::http_framework::{self, ServerConfig, ServerInfo};
use theater::http_messages::{html, json, problem, query_value, read_json, redirect};
use theater::http_router::Server;
use theater::websocket::{Kind, Message};
use theater::*;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Porter {
    server: Server,
    names: Vec<String>,
    connections: Vec<u64>,
    answers: Vec<u64>,
    heard: Vec<String>,
}

#[derive(Deserialize)]
struct Item {
    name: String,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: usize,
    name: &'a str,
    q: String,
}

#[derive(Serialize)]
struct Counted {
    count: usize,
    name: String,
}

fn plain(body: impl Into<Vec<u8>>) -> Result<Response> {
    Ok(http_messages::text(200, body))
}

impl Actor for Porter {
    type Codec = Json;

    fn init(&mut self, _actor_id: &str) -> Result<()> {
        self.server.serve::<Self>(&ServerConfig::default())
    }
}

impl Routes for Porter {
    fn server(&self) -> &Server {
        &self.server
    }

    fn routes(router: &mut Router<Self>) {
        router.get("/", |_: &mut Self, _: &Request| plain("hello\n"));
        router.get("/items/{id}", Self::item);
        router.post("/items", Self::add);
        router.put("/items/{id}/{name}", Self::rename);
        router.patch("/items", Self::clear);
        router.delete("/items/{id}", Self::remove);
        router.get(
            "/files/{*path}",
            |_: &mut Self, _: &Request, path: String| plain(path),
        );
        router.get("/fail", Self::fall);
        router.get("/moved", |_: &mut Self, _: &Request| {
            Ok(redirect("/items/0"))
        });
        router.get("/seen", |_: &mut Self, request: &Request| {
            let mark = http_client::find_header(&request.headers, "mark");
            plain(mark.unwrap_or("none"))
        });
        router.get("/events", Self::events);
        router.middleware("/seen", Self::mark);
        router.middleware("/files/private", |_, _| Ok(false));
        router.websocket_with("/live", Self::joined, Self::said, Self::left);
        router.websocket("/echo", |_, _, message| Ok(vec![message.clone()]));
    }
}

impl Porter {
    fn item(&mut self, request: &Request, id: usize) -> Result<Response> {
        let q = query_value(request, "q").unwrap_or("none".into());
        match self.names.get(id) {
            Some(name) => json(200, &Shown { id, name, q }),
            None => Ok(problem(404, "no such item")),
        }
    }

    fn add(&mut self, request: &Request) -> Result<Response> {
        let Ok(Item { name }) = read_json(request) else {
            return Ok(problem(400, "no item"));
        };
        self.names.push(name.clone());
        for connection in &self.connections {
            self.server.send_text(*connection, format!("new: {name}"))?;
        }
        let count = self.names.len();
        json(201, &Counted { count, name })
    }

    fn rename(&mut self, _request: &Request, id: usize, name: String) -> Result<Response> {
        match self.names.get_mut(id) {
            Some(place) => *place = name,
            None => return Ok(problem(404, "no such item")),
        }
        plain("renamed")
    }

    fn clear(&mut self, request: &Request) -> Result<Response> {
        self.names.clear();
        Ok(html(request.body.clone().unwrap_or(b"nothing".to_vec())))
    }

    fn remove(&mut self, _request: &Request, id: usize) -> Result<Response> {
        if id >= self.names.len() {
            return Ok(problem(404, "no such item"));
        }
        self.names.remove(id);
        Ok(Response {
            status: 204,
            ..Response::default()
        })
    }

    fn fall(&mut self, _request: &Request) -> Result<Response> {
        self.names.push("lost".into());
        fail("as asked")
    }

    fn mark(&mut self, request: &mut Request) -> Result<bool> {
        self.heard.push(format!("passed {}", request.uri));
        request.headers.push(("Mark".into(), "marked".into()));
        Ok(true)
    }

    /// Messages to the actor write the rest of the answer.
    fn events(&mut self, _request: &Request) -> Result<Response> {
        self.answers.push(http_answer::open()?);
        let second = http_answer::open().is_ok();
        self.heard
            .push(if second { "two answers" } else { "one answer" }.into());
        Ok(Response {
            status: 200,
            headers: vec![("Content-Type".into(), "text/event-stream".into())],
            body: None,
        })
    }

    fn joined(&mut self, connection: u64, path: &str, subprotocol: Option<&str>) -> Result<()> {
        if subprotocol == Some("none") {
            return fail("not with this subprotocol");
        }
        self.connections.push(connection);
        self.heard
            .push(format!("joined {path} {}", subprotocol.unwrap_or("-")));
        Ok(())
    }

    fn said(&mut self, connection: u64, message: &Message) -> Result<Vec<Message>> {
        if message.kind == Kind::Close {
            return Ok(vec![]);
        }
        let said = text(message.content())?;
        if said == "bye" {
            self.server.close(connection)?;
            return Ok(vec![]);
        }
        self.server.send(connection, &Message::binary("binary"))?;
        Ok(vec![
            Message::text(format!("you said {said}")),
            Message::text("no more"),
        ])
    }

    fn left(&mut self, connection: u64) -> Result<()> {
        self.connections.retain(|one| *one != connection);
        self.heard.push("left".into());
        Ok(())
    }

    /// Until the node takes no more. It may send pieces meanwhile, so a full buffer may take another.
    fn fill(&mut self, answer: u64) {
        let piece = vec![b'x'; 65536];
        let error = loop {
            if let Err(error) = http_answer::write(answer, &piece) {
                break error;
            }
        };
        self.heard.push(http_client::failure_word(&error).into());
    }

    fn functions() -> Result<String> {
        use http_framework::*;
        let server = create_server(&ServerConfig::default())?;
        let handler = register_handler("all")?;
        let route = add_route(server, "/a", "GET", handler)?;
        add_route(server, "/b", "GET", handler)?;
        let middleware = add_middleware(server, "/a", handler)?;
        enable_websocket(server, "/c", None, handler, None)?;
        let before = describe(&get_server_info(server)?);
        remove_route(route)?;
        remove_middleware(middleware)?;
        let port = start_server(server)?;
        let after = describe(&get_server_info(server)?);
        stop_server(server)?;
        destroy_server(server)?;
        let all_fail = get_server_info(server).is_err()
            && remove_route(route).is_err()
            && send_websocket_message(server, 1, &Message::close()).is_err()
            && close_websocket(server, 1).is_err()
            && port != 0;
        let end = if all_fail { "gone" } else { "there" };
        Ok(format!("{before} / {after} / {end}"))
    }
}

fn describe(info: &ServerInfo) -> String {
    format!(
        "{} {} {} {}{}",
        info.host,
        if info.is_running {
            "running"
        } else {
            "stopped"
        },
        info.routes,
        info.middlewares,
        if info.has_websockets {
            " websockets"
        } else {
            ""
        }
    )
}

impl MessageServerClient for Porter {
    /// `event TEXT`, `finish`, `abort` or `fill`.
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        let message = text(message)?;
        for answer in self.answers.clone() {
            match message {
                "finish" => http_answer::finish(answer)?,
                "abort" => http_answer::abort(answer)?,
                "fill" => self.fill(answer),
                _ => {
                    let data = message.strip_prefix("event ").ok_or("unknown message")?;
                    http_answer::write(answer, typed_server_sent_event("news", "", data))?;
                }
            }
        }
        if message == "finish" || message == "abort" {
            self.answers.clear();
        }
        Ok(())
    }

    fn handle_request(&mut self, _request_id: &str, message: &[u8]) -> Result<Reply> {
        let answer = match text(message)? {
            "port" => self.server.port().to_string(),
            "heard" => self.heard.join("\n"),
            "functions" => Self::functions()?,
            "serve" => {
                self.server.serve::<Self>(&ServerConfig::default())?;
                describe(&self.server.info()?)
            }
            "stop" => {
                self.server.stop()?;
                let is_there = self.server.info().is_ok();
                if is_there { "there" } else { "gone" }.to_string()
            }
            other => return fail(format!("unknown request: {other}")),
        };
        Ok(answer.into())
    }
}

impl AnswerHandlers for Porter {
    fn handle_answer(&mut self, answer: u64, event: AnswerEvent) -> Result<()> {
        match event {
            AnswerEvent::Room => self.heard.push("room".into()),
            AnswerEvent::Gone(error) => {
                self.answers.retain(|one| *one != answer);
                self.heard
                    .push(format!("gone {}", http_client::failure_word(&error)));
            }
        }
        Ok(())
    }
}

actor!(Porter);
message_server_client!(Porter);
http_handlers!(Porter);
http_answer_handlers!(Porter);
