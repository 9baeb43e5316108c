//! Responses that arrive piece by piece: `theater:http-stream/client` and `-handlers`.
//!
//! An actor opens a stream in one call and returns. Each event of the stream is a call of its own, so
//! the actor takes other calls between two of them. A stream has at most one `Head`, then any number of
//! `Data`, and then one `End` or `Failed`, which is its last. Where a piece of data begins and ends says
//! nothing: [`server_sent_events`](crate::server_sent_events) finds the events in it.
//!
//! Streams end with the instance. The next instance of an actor that keeps its state gets `Failed` with
//! `interrupted: …` for each stream that was open. The manifest must list the handler `http-client`;
//! the grant is that of [`http_client`](crate::http_client).

use crate::http_client::{Headers, Request};
use crate::{Actor, Result, host};

/// What happened on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    Head {
        status: u16,
        headers: Headers,
    },
    /// The next bytes of the body, at least one.
    Data(Vec<u8>),
    /// The body is whole.
    End,
    /// Why the request failed, or why its response was cut off, in the form of the errors of
    /// [`http_client::send`](crate::http_client::send).
    Failed(crate::Error),
}

/// The callback of an actor that opens streams.
pub trait StreamHandlers: Actor {
    /// The next event of a stream.
    fn handle_stream(&mut self, stream: u64, event: StreamEvent) -> Result<()>;
}

/// Exports the trait [`StreamHandlers`] of a struct. Once in a component, after
/// [`actor!`](crate::actor!).
#[macro_export]
macro_rules! http_stream_handlers {
    ($actor:ty) => {
        $crate::__export!(
            http_stream_handlers,
            export_http_stream_handlers,
            $crate::StreamHandlers,
            $actor
        );
    };
}

/// Starts a request, and answers with the id of its stream; the response comes by `handle_stream`. An
/// actor never sees an id twice. Fails if the request is not granted, or if the actor has 64 open
/// streams.
pub fn open(request: &Request) -> Result<u64> {
    host::http_stream::open(request)
}

/// Stops the events of a stream, and lets its server wait. An event that waits for the actor already
/// still arrives.
pub fn pause(stream: u64) -> Result<()> {
    host::http_stream::pause(stream)
}

/// Continues after [`pause`].
pub fn resume(stream: u64) -> Result<()> {
    host::http_stream::resume(stream)
}

/// Closes a stream and its connection. An event that waits for the actor already still arrives, so an
/// actor ignores events of ids that it does not know.
pub fn cancel(stream: u64) -> Result<()> {
    host::http_stream::cancel(stream)
}
