//! Messages between actors: `theater:simple/message-server-host` and `-client`.
//!
//! A *send* is one way. A *request* is answered, by the value that `handle_request` returns or later
//! by [`respond_to_request`]. The sender names the other by its actor id; the receiver learns the
//! sender by [`caller`](crate::callers::caller). A *channel* is open between two actors until one of
//! them closes it or ends. Both send on it, and the messages of each side arrive in order.
//!
//! The manifest must list the handler `message-server`.

use crate::{Actor, Result, fail, host};

/// The answer to a request: bytes or a text now, or `Later`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Now(Vec<u8>),
    /// The answer comes by [`respond_to_request`], in a later call.
    Later,
}

impl From<Vec<u8>> for Reply {
    fn from(bytes: Vec<u8>) -> Self {
        Reply::Now(bytes)
    }
}

impl From<&[u8]> for Reply {
    fn from(bytes: &[u8]) -> Self {
        Reply::Now(bytes.to_vec())
    }
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Reply::Now(text.into_bytes())
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        Reply::Now(text.as_bytes().to_vec())
    }
}

/// The decision about a channel that another actor wants to open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelAccept {
    pub accepted: bool,
    /// A first message to the opener.
    pub message: Option<Vec<u8>>,
}

impl ChannelAccept {
    pub fn yes() -> Self {
        Self {
            accepted: true,
            message: None,
        }
    }

    /// Opens the channel, with a first message to the opener.
    pub fn with_message(message: impl Into<Vec<u8>>) -> Self {
        Self {
            accepted: true,
            message: Some(message.into()),
        }
    }

    pub fn no() -> Self {
        Self::default()
    }
}

/// The callbacks of an actor that takes messages; an actor implements those that it wants. Without
/// `handle_send` or `handle_request` the caller gets an error, and without `handle_channel_open` each
/// channel is refused.
pub trait MessageServerClient: Actor {
    /// A message came.
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        let _ = message;
        fail("this actor takes no messages")
    }

    /// A request came.
    fn handle_request(&mut self, request_id: &str, message: &[u8]) -> Result<Reply> {
        let _ = (request_id, message);
        fail("this actor answers no requests")
    }

    /// Another actor wants to open a channel.
    fn handle_channel_open(&mut self, channel_id: &str, message: &[u8]) -> Result<ChannelAccept> {
        let _ = (channel_id, message);
        Ok(ChannelAccept::no())
    }

    /// A message came on a channel.
    fn handle_channel_message(&mut self, channel_id: &str, message: &[u8]) -> Result<()> {
        let _ = (channel_id, message);
        Ok(())
    }

    /// The other side closed a channel, or has ended.
    fn handle_channel_close(&mut self, channel_id: &str) -> Result<()> {
        let _ = channel_id;
        Ok(())
    }
}

/// Exports the trait [`MessageServerClient`] of a struct. Once in a component, after
/// [`actor!`](crate::actor!).
#[macro_export]
macro_rules! message_server_client {
    ($actor:ty) => {
        $crate::__export!(
            message_server_client,
            export_message_server_client,
            $crate::MessageServerClient,
            $actor
        );
    };
}

/// Sends a message. It is in the other's mailbox when this returns; a full mailbox is an error.
pub fn send(actor_id: &str, message: impl AsRef<[u8]>) -> Result<()> {
    host::message_server::send(actor_id, message.as_ref())
}

/// Sends a request and waits for the answer; meanwhile this actor takes no other call. An error is
/// the other's own, or says that there is no answer to wait for.
pub fn request(actor_id: &str, message: impl AsRef<[u8]>) -> Result<Vec<u8>> {
    host::message_server::request(actor_id, message.as_ref())
}

/// The requests that this actor has taken with [`Reply::Later`] and not answered yet.
pub fn list_outstanding_requests() -> Vec<String> {
    host::message_server::list_outstanding_requests()
}

/// Answers such a request.
pub fn respond_to_request(request_id: &str, response: impl AsRef<[u8]>) -> Result<()> {
    host::message_server::respond_to_request(request_id, response.as_ref())
}

/// Gives such a request up; its caller gets an error.
pub fn cancel_request(request_id: &str) -> Result<()> {
    host::message_server::cancel_request(request_id)
}

/// Asks an actor to open a channel, with a first message, and waits for its decision; meanwhile this
/// actor takes no other call. Answers with the channel's id. A message that the other adds to its
/// acceptance comes as the first `handle_channel_message`.
pub fn open_channel(actor_id: &str, message: impl AsRef<[u8]>) -> Result<String> {
    host::message_server::open_channel(actor_id, message.as_ref())
}

/// Sends a message on a channel that this actor has opened or accepted.
pub fn send_on_channel(channel_id: &str, message: impl AsRef<[u8]>) -> Result<()> {
    host::message_server::send_on_channel(channel_id, message.as_ref())
}

/// Closes such a channel at once; the other side gets `handle_channel_close`.
pub fn close_channel(channel_id: &str) -> Result<()> {
    host::message_server::close_channel(channel_id)
}
