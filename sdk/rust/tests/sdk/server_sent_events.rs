//! The parser of server-sent events, by the rules of the HTML standard.

use theater::server_sent_events::{EVENT_BYTES_MAX, EventParser, LINE_BYTES_MAX, ServerSentEvent};

fn event(event_type: &str, data: &str, id: &str) -> ServerSentEvent {
    ServerSentEvent {
        event_type: event_type.into(),
        data: data.into(),
        id: id.into(),
    }
}

fn message(data: &str) -> ServerSentEvent {
    event("message", data, "")
}

/// Bodies, and the events in each.
fn bodies() -> Vec<(&'static [u8], Vec<ServerSentEvent>)> {
    vec![
        (b"", vec![]),
        (b"data: a\n\n", vec![message("a")]),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", vec![message("a"), message("b"), message("c")]),
        (b"data: a\r\n\ndata: b\n\r\n", vec![message("a"), message("b")]),
        (b"data: a\ndata: b\ndata:c\n\n", vec![message("a\nb\nc")]),
        // The standard's own examples.
        (b"data\n\ndata\ndata\n\ndata:", vec![message(""), message("\n")]),
        (b"data:test\n\ndata: test\n\n", vec![message("test"), message("test")]),
        (
            b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            vec![event("message", "first event", "1"), message("second event"), message(" third event")],
        ),
        (b"event: add\ndata: 7\n\ndata: 8\n\n", vec![event("add", "7", ""), message("8")]),
        // An event without data is none, but its id counts.
        (b"event: x\nid: 5\n\ndata: a\n\n", vec![event("message", "a", "5")]),
        (b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", vec![event("message", "a", "1"), event("message", "b", "1")]),
        (b"data: cut off", vec![]),
        (b"data: cut off\n", vec![]),
        (b"Data: a\n data: b\nother: c\n\n", vec![]),
        (b"\xef\xbb\xbfdata: marked\n\n", vec![message("marked")]),
        (b"\xef\xbb\xbf: comment\ndata: a\n\n", vec![message("a")]),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: twice\n\ndata: a\n\n", vec![message("a")]),
        (b"\n\xef\xbb\xbfdata: late\n\n", vec![]),
        (b"data: \xf0\x9f\x8e\xad\n\n", vec![message("\u{1f3ad}")]),
        (b"data: \xff\xc3\n\n", vec![message("\u{fffd}\u{fffd}")]),
        (b"data: a:b: c\n\n", vec![message("a:b: c")]),
    ]
}

fn feed_all(pieces: &[&[u8]]) -> Vec<ServerSentEvent> {
    let mut parser = EventParser::default();
    let mut events = Vec::new();
    for piece in pieces {
        events.extend(parser.feed(piece).unwrap());
        // As an actor keeps it between two calls.
        parser = theater::from_json(theater::to_json(&parser).unwrap()).unwrap();
    }
    events
}

#[test]
fn finds_the_events_of_a_whole_body() {
    for (body, expected) in bodies() {
        assert_eq!(feed_all(&[body]), expected, "{}", body.escape_ascii());
    }
}

#[test]
fn finds_the_same_events_however_a_body_is_cut() {
    for (body, expected) in bodies() {
        let bytes: Vec<&[u8]> = body.chunks(1).collect();
        assert_eq!(feed_all(&bytes), expected, "{}", body.escape_ascii());
        for first in 0..=body.len() {
            for second in first..=body.len() {
                let pieces = [&body[..first], &body[first..second], &body[second..]];
                assert_eq!(
                    feed_all(&pieces),
                    expected,
                    "{} {first} {second}",
                    body.escape_ascii()
                );
            }
        }
    }
}

#[test]
fn gives_an_event_as_soon_as_its_last_line_ends() {
    let mut parser = EventParser::default();
    assert_eq!(parser.feed(b"data: a\r\n\r").unwrap(), [message("a")]);
    assert_eq!(parser.feed(b"\ndata: b\n\n").unwrap(), [message("b")]);
}

#[test]
fn remembers_the_id_and_the_time_to_wait() {
    let mut parser = EventParser::default();
    assert_eq!((parser.last_event_id(), parser.retry_ms()), ("", None));
    parser
        .feed(b"id: 7\nretry: 3000\nretry: soon\nretry:\nretry: 99999999999999999999999\n")
        .unwrap();
    assert_eq!(
        (parser.last_event_id(), parser.retry_ms()),
        ("7", Some(3000))
    );
}

#[test]
fn bounds_lines_and_events() {
    let mut parser = EventParser::default();
    let longest = vec![b'x'; LINE_BYTES_MAX - 6];
    parser.feed(b"data: ").unwrap();
    parser.feed(&longest).unwrap();
    let error = parser.feed(b"x").unwrap_err();
    assert_eq!(
        error,
        "a line of the event stream has more than 1048576 bytes"
    );
    assert_eq!(parser, EventParser::default());

    let line = [b"data: ".as_slice(), &longest, b"\n"].concat();
    let lines = EVENT_BYTES_MAX / (longest.len() + 1);
    for _ in 0..lines {
        parser.feed(&line).unwrap();
    }
    let error = parser.feed(&line).unwrap_err();
    assert_eq!(error, "an event has more than 4194304 bytes of data");
    assert_eq!(parser.feed(b"data: a\n\n").unwrap(), [message("a")]);
}

#[test]
fn keeps_nothing_of_comments() {
    let mut parser = EventParser::default();
    for _ in 0..3 {
        parser.feed(b":").unwrap();
        parser.feed(&vec![b'x'; LINE_BYTES_MAX]).unwrap();
        assert!(theater::to_json(&parser).unwrap().len() < 200);
        parser.feed(b"\n").unwrap();
    }
    assert_eq!(parser.feed(b"data: a\n\n").unwrap(), [message("a")]);
}
