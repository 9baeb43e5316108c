//! Server-sent events: text events in the body of a response that may not end, such as the tokens of a
//! language model.
//!
//! ```
//! # use theater::server_sent_events::EventParser;
//! let mut parser = EventParser::default();
//! assert!(parser.feed(b"data: Hel")?.is_empty());
//! let events = parser.feed(b"lo\n\ndata: [DONE]\n\n")?;
//! assert_eq!(events[0].data, "Hello");
//! assert_eq!(events[1].data, "[DONE]");
//! # Ok::<(), theater::Error>(())
//! ```
//!
//! The parser takes the pieces of one body as they arrive, cut anywhere, and finds the events in them
//! by the rules of the [HTML standard](https://html.spec.whatwg.org/multipage/server-sent-events.html).
//! It is a field that an actor keeps from call to call. A body has a parser of its own.

use crate::{Result, fail};
use serde::{Deserialize, Serialize};

/// The most bytes of a line, without its end. Comments have no bound.
pub const LINE_BYTES_MAX: usize = 1 << 20;
/// The most bytes of an event's data.
pub const EVENT_BYTES_MAX: usize = 4 << 20;

/// The byte order mark, which may stand before a body.
const MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSentEvent {
    /// `message` unless the server gives another.
    pub event_type: String,
    /// Lines with `\n` between them.
    pub data: String,
    /// The last id that the stream has given, in this event or before; or empty.
    pub id: String,
}

/// Finds events in the pieces of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventParser {
    /// Begun and not ended.
    #[serde(with = "crate::base64")]
    line: Vec<u8>,
    /// The body's first line was read, so that no byte order mark follows.
    has_begun: bool,
    /// A line feed that follows belongs to the line break before it.
    after_cr: bool,
    event_type: String,
    /// With `\n` behind each line.
    data: String,
    id: String,
    retry_ms: Option<u64>,
}

impl EventParser {
    /// The events that end in this piece; an event without data is none. An event that the body's end
    /// cuts off never comes. Bytes that are not UTF-8 become U+FFFD. Fails where a line or an event is
    /// over its bound; the parser is then at the beginning of a body.
    pub fn feed(&mut self, mut piece: &[u8]) -> Result<Vec<ServerSentEvent>> {
        let mut events = Vec::new();
        while !piece.is_empty() {
            if std::mem::take(&mut self.after_cr) && piece[0] == b'\n' {
                piece = &piece[1..];
                continue;
            }
            let end = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let taken = end.unwrap_or(piece.len());
            self.take_bytes(&piece[..taken])?;
            let Some(end) = end else { break };
            self.after_cr = piece[end] == b'\r';
            piece = &piece[end + 1..];
            self.take_line(&mut events)?;
        }
        Ok(events)
    }

    /// The last id that the stream has given: the header `Last-Event-ID` of a request that continues
    /// it.
    pub fn last_event_id(&self) -> &str {
        &self.id
    }

    /// How long the server wants a client to wait before it connects again, if the server says so.
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// Adds to the line that has begun. Servers keep connections alive with comments, of which only the
    /// beginning is kept.
    fn take_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        if self.is_in_comment() {
            return Ok(());
        }
        let room = LINE_BYTES_MAX + MARK.len() + 1 - self.line.len();
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if self.is_in_comment() {
            self.line.truncate(MARK.len() + 1);
        } else if self.begun_line().len() > LINE_BYTES_MAX {
            *self = Self::default();
            return fail(format!(
                "a line of the event stream has more than {LINE_BYTES_MAX} bytes"
            ));
        }
        Ok(())
    }

    /// The line that has begun, without a byte order mark at the body's beginning.
    fn begun_line(&self) -> &[u8] {
        let unmarked = if self.has_begun {
            None
        } else {
            self.line.strip_prefix(MARK)
        };
        unmarked.unwrap_or(&self.line)
    }

    fn is_in_comment(&self) -> bool {
        self.begun_line().first() == Some(&b':')
    }

    fn take_line(&mut self, events: &mut Vec<ServerSentEvent>) -> Result<()> {
        let line = String::from_utf8_lossy(self.begun_line()).into_owned();
        self.line.clear();
        self.has_begun = true;
        if line.is_empty() {
            self.dispatch(events);
            return Ok(());
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        self.take_field(name, value.strip_prefix(' ').unwrap_or(value))
    }

    fn take_field(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "event" => self.event_type = value.to_string(),
            "data" => {
                if self.data.len() + value.len() > EVENT_BYTES_MAX {
                    *self = Self::default();
                    return fail(format!(
                        "an event has more than {EVENT_BYTES_MAX} bytes of data"
                    ));
                }
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => self.id = value.to_string(),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry_ms = value.parse().ok().or(self.retry_ms);
            }
            _ => {}
        }
        Ok(())
    }

    fn dispatch(&mut self, events: &mut Vec<ServerSentEvent>) {
        let event_type = std::mem::take(&mut self.event_type);
        let mut data = std::mem::take(&mut self.data);
        if data.pop().is_none() {
            return;
        }
        let event_type = if event_type.is_empty() {
            "message".to_string()
        } else {
            event_type
        };
        events.push(ServerSentEvent {
            event_type,
            data,
            id: self.id.clone(),
        });
    }
}
