//! Requests to web servers, and an actor that shows the tokens of a model as they arrive.

use serde::{Deserialize, Serialize};
use theater::http_client::{self, Request, Response, failure_word};
use theater::http_stream;
use theater::server_sent_events::EventParser;
use theater::testing::{TestActor, with_host};
use theater::{Actor, Error, Json, MessageServerClient, Result, StreamEvent, StreamHandlers, fail};

#[test]
fn sends_requests() {
    let request = Request::get("https://example.org/");
    let error = http_client::send(&request).unwrap_err();
    assert_eq!(failure_word(&error), "refused");
    with_host(|host| {
        host.on_http = Some(Box::new(|request| {
            Ok(Response {
                status: 200,
                body: Some(request.uri.clone().into()),
                ..Response::default()
            })
        }));
    });
    assert_eq!(
        http_client::send(&request).unwrap().text().unwrap(),
        "https://example.org/"
    );
    with_host(|host| assert_eq!(host.http_requests.len(), 2));
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Reader {
    stream: u64,
    parser: EventParser,
    text: String,
    end: String,
}

impl Actor for Reader {
    type Codec = Json;
}

impl MessageServerClient for Reader {
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        match message {
            b"pause" => http_stream::pause(self.stream),
            b"resume" => http_stream::resume(self.stream),
            b"cancel" => http_stream::cancel(self.stream),
            uri => {
                self.stream = http_stream::open(&Request::get(theater::text(uri)?))?;
                self.parser = EventParser::default();
                Ok(())
            }
        }
    }
}

impl StreamHandlers for Reader {
    fn handle_stream(&mut self, stream: u64, event: StreamEvent) -> Result<()> {
        if stream != self.stream {
            return Ok(());
        }
        match event {
            StreamEvent::Head { status: 200, .. } => {}
            StreamEvent::Head { status, .. } => self.end = format!("status {status}"),
            StreamEvent::Data(bytes) => {
                for event in self.parser.feed(&bytes)? {
                    self.text += &event.data;
                }
            }
            StreamEvent::End => self.end = "whole".to_string(),
            StreamEvent::Failed(error) => self.end = failure_word(&error).to_string(),
        }
        Ok(())
    }
}

theater::actor!(Reader);
theater::message_server_client!(Reader);
theater::http_stream_handlers!(Reader);

#[test]
fn reads_a_stream_piece_by_piece() {
    let mut actor = TestActor::<Reader>::new();
    actor.init(None).unwrap();
    actor.send("https://example.org/events").unwrap();
    actor
        .stream(
            1,
            StreamEvent::Head {
                status: 200,
                headers: vec![],
            },
        )
        .unwrap();
    // A character is cut in two.
    let body = "data: caf\u{e9}\n\ndata:  au lait\n\n".as_bytes();
    for piece in [&body[..10], &body[10..]] {
        actor.stream(1, StreamEvent::Data(piece.to_vec())).unwrap();
    }
    actor.stream(1, StreamEvent::End).unwrap();
    let kept = actor.actor().unwrap();
    assert_eq!(
        (kept.text.as_str(), kept.end.as_str()),
        ("caf\u{e9} au lait", "whole")
    );
    assert_eq!(
        actor.stream(1, StreamEvent::End).unwrap_err(),
        "not-found: stream 1 is not open"
    );
}

#[test]
fn ignores_events_that_waited_when_it_cancelled() {
    let mut actor = TestActor::<Reader>::new();
    actor.send("https://example.org/1").unwrap();
    actor.send("cancel").unwrap();
    actor.send("https://example.org/2").unwrap();
    actor
        .stream(1, StreamEvent::Data(b"data: late\n\n".to_vec()))
        .unwrap();
    assert_eq!(actor.actor().unwrap().text, "");
    assert!(
        actor.stream(3, StreamEvent::End).is_err(),
        "a stream that it has not opened"
    );
}

#[test]
fn opens_so_many_streams_at_once() {
    let request = Request::get("https://example.org/");
    for id in 1..=64 {
        assert_eq!(http_stream::open(&request).unwrap(), id);
    }
    assert_eq!(
        failure_word(&http_stream::open(&request).unwrap_err()),
        "no-room"
    );
    http_stream::cancel(7).unwrap();
    assert_eq!(http_stream::open(&request).unwrap(), 65);
}

#[test]
fn steers_streams() {
    let mut actor = TestActor::<Reader>::new();
    actor.send("https://example.org/1").unwrap();
    actor.send("pause").unwrap();
    with_host(|host| assert!(host.streams[&1].is_paused));
    actor.send("resume").unwrap();
    with_host(|host| assert!(!host.streams[&1].is_paused));
    actor.send("cancel").unwrap();
    assert_eq!(
        actor.send("pause").unwrap_err(),
        "not-found: stream 1 is not open"
    );
    assert_eq!(
        actor.send("cancel").unwrap_err(),
        "not-found: stream 1 is not open"
    );
    actor.send("https://example.org/2").unwrap();
    actor
        .stream(
            2,
            StreamEvent::Failed(Error::new("cut-off: the server closed")),
        )
        .unwrap();
    assert_eq!(actor.actor().unwrap().end, "cut-off");
    with_host(|host| {
        assert_eq!(host.cancelled_streams, [1]);
        host.on_open_stream = Some(Box::new(|_| fail("denied: no")));
    });
    assert_eq!(
        actor.send("https://example.org/3").unwrap_err(),
        "denied: no"
    );
}
