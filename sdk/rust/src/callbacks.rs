//! One call of a callback: load the state, run, save. The same for a guest and for a unit test.

use crate::http_answer::{AnswerEvent, AnswerHandlers};
use crate::http_client::{Request, Response};
use crate::http_framework::HttpHandlers;
use crate::http_stream::{StreamEvent, StreamHandlers};
use crate::intervals::IntervalHandlers;
use crate::message_server::{ChannelAccept, MessageServerClient, Reply};
use crate::process::ProcessHandlers;
use crate::supervisor::{ActorError, SupervisorHandlers};
use crate::websocket;
use crate::{Actor, Codec, Result};

pub type State = Option<Vec<u8>>;

/// The state to keep, and what the callback answered.
pub type Returned<Value> = Result<(State, Value)>;

fn run<T: Actor, Value>(
    actor: Result<T>,
    callback: impl FnOnce(&mut T) -> Result<Value>,
) -> Returned<Value> {
    let mut actor = actor?;
    let value = callback(&mut actor)?;
    Ok((T::Codec::save(&actor)?, value))
}

fn call<T: Actor, Value>(
    kept: &State,
    callback: impl FnOnce(&mut T) -> Result<Value>,
) -> Returned<Value> {
    run(T::Codec::load(kept.as_deref()), callback)
}

pub fn init<T: Actor>(initial: &State, actor_id: &str) -> Returned<()> {
    run(T::begin(initial.as_deref()), |actor: &mut T| {
        actor.init(actor_id)
    })
}

pub fn send<T: MessageServerClient>(kept: &State, message: &[u8]) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_send(message))
}

pub fn request<T: MessageServerClient>(kept: &State, id: &str, message: &[u8]) -> Returned<Reply> {
    call(kept, |actor: &mut T| actor.handle_request(id, message))
}

pub fn channel_open<T: MessageServerClient>(
    kept: &State,
    id: &str,
    message: &[u8],
) -> Returned<ChannelAccept> {
    call(kept, |actor: &mut T| actor.handle_channel_open(id, message))
}

pub fn channel_message<T: MessageServerClient>(
    kept: &State,
    id: &str,
    message: &[u8],
) -> Returned<()> {
    call(kept, |actor: &mut T| {
        actor.handle_channel_message(id, message)
    })
}

pub fn channel_close<T: MessageServerClient>(kept: &State, id: &str) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_channel_close(id))
}

pub fn child_error<T: SupervisorHandlers>(
    kept: &State,
    id: &str,
    error: &ActorError,
) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_child_error(id, error))
}

pub fn child_exit<T: SupervisorHandlers>(
    kept: &State,
    id: &str,
    data: Option<&[u8]>,
) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_child_exit(id, data))
}

pub fn child_external_stop<T: SupervisorHandlers>(kept: &State, id: &str) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_child_external_stop(id))
}

pub fn tick<T: IntervalHandlers>(kept: &State, name: &str, missed: u64) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_tick(name, missed))
}

pub fn stream<T: StreamHandlers>(kept: &State, id: u64, event: StreamEvent) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_stream(id, event))
}

pub fn http_request<T: HttpHandlers>(
    kept: &State,
    handler: u64,
    request: &Request,
) -> Returned<Response> {
    call(kept, |actor: &mut T| {
        actor.handle_http_request(handler, request)
    })
}

/// Whether the request proceeds, and the request as the middleware left it.
pub fn middleware<T: HttpHandlers>(
    kept: &State,
    handler: u64,
    mut request: Request,
) -> Returned<(bool, Request)> {
    call(kept, |actor: &mut T| {
        let proceed = actor.handle_middleware(handler, &mut request)?;
        Ok((proceed, request))
    })
}

pub fn websocket_connect<T: HttpHandlers>(
    kept: &State,
    handler: u64,
    connection: u64,
    path: &str,
    subprotocol: Option<&str>,
) -> Returned<()> {
    call(kept, |actor: &mut T| {
        actor.handle_websocket_connect(handler, connection, path, subprotocol)
    })
}

pub fn websocket_message<T: HttpHandlers>(
    kept: &State,
    handler: u64,
    connection: u64,
    message: &websocket::Message,
) -> Returned<Vec<websocket::Message>> {
    call(kept, |actor: &mut T| {
        actor.handle_websocket_message(handler, connection, message)
    })
}

pub fn websocket_disconnect<T: HttpHandlers>(
    kept: &State,
    handler: u64,
    connection: u64,
) -> Returned<()> {
    call(kept, |actor: &mut T| {
        actor.handle_websocket_disconnect(handler, connection)
    })
}

pub fn answer<T: AnswerHandlers>(kept: &State, id: u64, event: AnswerEvent) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_answer(id, event))
}

pub fn process_stdout<T: ProcessHandlers>(kept: &State, id: u64, bytes: &[u8]) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_stdout(id, bytes))
}

pub fn process_stderr<T: ProcessHandlers>(kept: &State, id: u64, bytes: &[u8]) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_stderr(id, bytes))
}

pub fn process_exit<T: ProcessHandlers>(kept: &State, id: u64, exit_code: i32) -> Returned<()> {
    call(kept, |actor: &mut T| actor.handle_exit(id, exit_code))
}
