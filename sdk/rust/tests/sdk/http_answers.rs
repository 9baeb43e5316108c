//! A radio whose answers stay open.

use serde::{Deserialize, Serialize};
use theater::http_answer::{self, server_sent_event, typed_server_sent_event};
use theater::http_client::{Request, Response};
use theater::http_framework::ServerConfig;
use theater::http_router::Server;
use theater::server_sent_events::EventParser;
use theater::testing::{AnswerEnd, TestActor, with_host};
use theater::{
    Actor, AnswerEvent, AnswerHandlers, Json, MessageServerClient, Result, Router, Routes, fail,
};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Radio {
    server: Server,
    listeners: Vec<u64>,
    heard: Vec<String>,
}

impl Actor for Radio {
    type Codec = Json;

    fn init(&mut self, _actor_id: &str) -> Result<()> {
        self.server.serve::<Self>(&ServerConfig::default())
    }
}

impl Routes for Radio {
    fn server(&self) -> &Server {
        &self.server
    }

    fn routes(router: &mut Router<Self>) {
        router.get("/", |radio: &mut Self, _: &Request| {
            radio.listeners.push(http_answer::open()?);
            if http_answer::open().is_ok() {
                return fail("two answers to one request");
            }
            Ok(Response {
                status: 200,
                ..Response::default()
            })
        });
    }
}

impl MessageServerClient for Radio {
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        for listener in &self.listeners {
            match message {
                b"end" => http_answer::finish(*listener)?,
                b"abort" => http_answer::abort(*listener)?,
                _ => self
                    .heard
                    .push(match http_answer::write(*listener, message) {
                        Ok(true) => "room".to_string(),
                        Ok(false) => "full".to_string(),
                        Err(error) => error.to_string(),
                    }),
            }
        }
        Ok(())
    }
}

impl AnswerHandlers for Radio {
    fn handle_answer(&mut self, answer: u64, event: AnswerEvent) -> Result<()> {
        if let AnswerEvent::Gone(error) = &event {
            self.listeners.retain(|listener| *listener != answer);
            self.heard.push(error.to_string());
        } else {
            self.heard.push("room again".to_string());
        }
        Ok(())
    }
}

theater::actor!(Radio);
theater::message_server_client!(Radio);
theater::http_handlers!(Radio);
theater::http_answer_handlers!(Radio);

fn radio() -> TestActor<Radio> {
    let mut actor = TestActor::new();
    actor.init(None).unwrap();
    actor.http_get("/").unwrap();
    actor
}

#[test]
fn an_answer_is_written_piece_by_piece() {
    let mut actor = radio();
    for message in ["one ", "two", "end"] {
        actor.send(message).unwrap();
    }
    with_host(|host| {
        assert_eq!(host.http.answers[&1].written, b"one two");
        assert_eq!(host.http.answers[&1].end, AnswerEnd::Finished);
    });
    assert_eq!(
        http_answer::write(1, "x").unwrap_err(),
        "closed: answer 1 is not open"
    );
    assert!(http_answer::open().is_err(), "an answer without a request");
}

#[test]
fn a_full_buffer_is_reported() {
    let mut actor = radio();
    with_host(|host| host.http.answers.get_mut(&1).unwrap().buffer = 4);
    for message in ["abc", "def", "ghi"] {
        actor.send(message).unwrap();
    }
    actor.answer_room(1).unwrap();
    actor.send("ghi").unwrap();
    with_host(|host| assert_eq!(host.http.answers[&1].written, b"abcdefghi"));
    assert_eq!(
        actor.actor().unwrap().heard,
        [
            "room",
            "full",
            "full: answer 1 has no room: write again after the event `room`",
            "room again",
            "room"
        ]
    );
}

#[test]
fn a_client_goes() {
    let mut actor = radio();
    actor.http_get("/").unwrap();
    actor.answer_gone(1, "cut-off: the client closed").unwrap();
    let kept = actor.actor().unwrap();
    assert_eq!(
        (kept.listeners, kept.heard),
        (vec![2], vec!["cut-off: the client closed".into()])
    );
    actor.send("abort").unwrap();
    with_host(|host| assert_eq!(host.http.answers[&2].end, AnswerEnd::Aborted));
    assert!(actor.answer_gone(1, "again").is_err());
}

#[test]
fn events_are_read_back_as_they_were_written() {
    assert_eq!(
        typed_server_sent_event("x\ny", "7", "a\nb\r\nc\rd"),
        "event: x\nid: 7\ndata: a\ndata: b\ndata: c\ndata: d\n\n"
    );
    assert_eq!(server_sent_event(""), "data: \n\n");
    let written = typed_server_sent_event("news", "4", "one\n\ntwo");
    let [event] = EventParser::default()
        .feed(written.as_bytes())
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(
        (
            event.event_type.as_str(),
            event.data.as_str(),
            event.id.as_str()
        ),
        ("news", "one\n\ntwo", "4")
    );
}
