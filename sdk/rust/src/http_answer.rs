//! Answers that an actor begins now and writes piece by piece later, such as the tokens of a model:
//! `theater:http-stream/server` and `-handlers`.
//!
//! The function of a route calls [`open`] and returns the head of the answer. Later calls, such as ticks
//! of an interval, add to it by [`write`](fn@write). The bytes of a call leave the node when the call is
//! on record, in their order and at most once.
//!
//! A write never waits: the node keeps a bounded number of bytes for a slow client, and says when they
//! are too many. An actor that writes much stops there, and continues in
//! [`handle_answer`](AnswerHandlers::handle_answer). An actor that does not export it cannot open
//! answers. Answers end with the instance that opened them. The manifest must list the handler
//! `http-framework`.

use crate::{Actor, Error, Result, host};

/// What happened to an open answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerEvent {
    /// At least half of the buffer is free again, after a write that found or left it full.
    Room,
    /// The client has gone, or the answer ended with its instance: a stable word, a colon and an
    /// explanation. The answer's last event.
    Gone(Error),
}

/// The callback of an actor that keeps answers open.
pub trait AnswerHandlers: Actor {
    /// The next event of an answer.
    fn handle_answer(&mut self, answer: u64, event: AnswerEvent) -> Result<()>;
}

/// Exports the trait [`AnswerHandlers`] of a struct. Once in a component, after
/// [`actor!`](crate::actor!).
#[macro_export]
macro_rules! http_answer_handlers {
    ($actor:ty) => {
        $crate::__export!(
            http_answer_handlers,
            export_http_answer_handlers,
            $crate::AnswerHandlers,
            $actor
        );
    };
}

/// Keeps the answer to the request of this call open, and gives its id, which an actor never sees twice.
/// The response that the call returns is the head of the answer and its first bytes. Fails outside of a
/// call with a request, twice in one, and if the actor has too many open answers.
pub fn open() -> Result<u64> {
    host::http_answer::open()
}

/// Adds bytes, all or none. True if there is room for more; false if the bytes were taken and the buffer
/// is full, in which case the actor waits for `Room`. Fails with `full: …` if there was no room, or
/// for more than 256 KiB, and with `closed: …` if no answer of that id is open.
pub fn write(answer: u64, bytes: impl AsRef<[u8]>) -> Result<bool> {
    host::http_answer::write(answer, bytes.as_ref())
}

/// Ends an answer after what was written: the client sees that it is whole. Fails with `closed: …`.
pub fn finish(answer: u64) -> Result<()> {
    host::http_answer::finish(answer)
}

/// Ends the connection, so that the client sees that the answer was cut off. Fails with `closed: …`.
pub fn abort(answer: u64) -> Result<()> {
    host::http_answer::abort(answer)
}

/// A server-sent event as text, for an answer of the type `text/event-stream`. Each line of `data`
/// becomes a line of the event.
pub fn server_sent_event(data: &str) -> String {
    typed_server_sent_event("", "", data)
}

/// The same with a type and an id; an empty one is left out. They have no line ends: what follows one is
/// left out.
pub fn typed_server_sent_event(event_type: &str, id: &str, data: &str) -> String {
    let mut text = String::new();
    let is_end = |c| c == '\r' || c == '\n';
    for (name, value) in [("event", event_type), ("id", id)] {
        let line = value.split(is_end).next().unwrap_or_default();
        if !value.is_empty() {
            text += &format!("{name}: {line}\n");
        }
    }
    for line in data.replace("\r\n", "\n").split(is_end) {
        text += &format!("data: {line}\n");
    }
    text + "\n"
}
