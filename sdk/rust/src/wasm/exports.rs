//! The exported functions of a component: each runs one callback of the actor.

use super::bindings;
use crate::callbacks::{self, Returned, State};
use crate::{
    Actor, ActorError, ActorErrorType, ChannelAccept, Error, IntervalHandlers, MessageServerClient,
    Reply, StreamEvent, StreamHandlers, SupervisorHandlers,
};
use std::marker::PhantomData;
use std::sync::Once;

/// Stands for an actor in the bindings.
pub struct Exported<T>(PhantomData<T>);

/// What a callback without an answer gives the host.
pub(super) type Done = Result<(State,), String>;

pub(super) fn done(returned: Returned<()>) -> Done {
    returned.map(|(state, ())| (state,)).map_err(String::from)
}

/// A panic ends the actor with a trap, which has no text: its reason goes to the actor's log.
pub(super) fn log_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            crate::log_at(crate::Level::Error, &panic.to_string())
        }));
    });
}

impl<T: Actor> bindings::actor::exports::theater::simple::actor::Guest for Exported<T> {
    fn init(state: State, (id,): (String,)) -> Done {
        log_panics();
        done(callbacks::init::<T>(&state, &id))
    }
}

mod messages {
    pub use super::bindings::message_server_client::exports::theater::simple::message_server_client::*;
    pub use super::bindings::message_server_client::theater::simple::types::ChannelAccept;
}

impl<T: MessageServerClient> messages::Guest for Exported<T> {
    fn handle_send(state: State, (message,): (Vec<u8>,)) -> Done {
        log_panics();
        done(callbacks::send::<T>(&state, &message))
    }

    fn handle_request(
        state: State,
        (id, message): (String, Vec<u8>),
    ) -> Result<(State, (Option<Vec<u8>>,)), String> {
        log_panics();
        let (state, reply) = callbacks::request::<T>(&state, &id, &message)?;
        let answer = match reply {
            Reply::Now(bytes) => Some(bytes),
            Reply::Later => None,
        };
        Ok((state, (answer,)))
    }

    fn handle_channel_open(
        state: State,
        (id, message): (String, Vec<u8>),
    ) -> Result<(State, (messages::ChannelAccept,)), String> {
        log_panics();
        let (state, decision) = callbacks::channel_open::<T>(&state, &id, &message)?;
        let ChannelAccept { accepted, message } = decision;
        Ok((state, (messages::ChannelAccept { accepted, message },)))
    }

    fn handle_channel_message(state: State, (id, message): (String, Vec<u8>)) -> Done {
        log_panics();
        done(callbacks::channel_message::<T>(&state, &id, &message))
    }

    fn handle_channel_close(state: State, (id,): (String,)) -> Done {
        log_panics();
        done(callbacks::channel_close::<T>(&state, &id))
    }
}

mod children {
    pub use super::bindings::supervisor_handlers::exports::theater::simple::supervisor_handlers::*;
    pub use super::bindings::supervisor_handlers::theater::simple::types::{
        WitActorError, WitErrorType,
    };
}

impl<T: SupervisorHandlers> children::Guest for Exported<T> {
    fn handle_child_error(state: State, (id, error): (String, children::WitActorError)) -> Done {
        log_panics();
        let error = ActorError {
            error_type: error_type(error.error_type),
            data: error.data,
        };
        done(callbacks::child_error::<T>(&state, &id, &error))
    }

    fn handle_child_exit(state: State, (id, data): (String, Option<Vec<u8>>)) -> Done {
        log_panics();
        done(callbacks::child_exit::<T>(&state, &id, data.as_deref()))
    }

    fn handle_child_external_stop(state: State, (id,): (String,)) -> Done {
        log_panics();
        done(callbacks::child_external_stop::<T>(&state, &id))
    }
}

fn error_type(from: children::WitErrorType) -> ActorErrorType {
    use children::WitErrorType as Wit;
    match from {
        Wit::OperationTimeout => ActorErrorType::OperationTimeout,
        Wit::ChannelClosed => ActorErrorType::ChannelClosed,
        Wit::ShuttingDown => ActorErrorType::ShuttingDown,
        Wit::FunctionNotFound => ActorErrorType::FunctionNotFound,
        Wit::TypeMismatch => ActorErrorType::TypeMismatch,
        Wit::Internal => ActorErrorType::Internal,
        Wit::SerializationError => ActorErrorType::SerializationError,
        Wit::UpdateComponentError => ActorErrorType::UpdateComponentError,
        Wit::Paused => ActorErrorType::Paused,
    }
}

impl<T: IntervalHandlers>
    bindings::interval_handlers::exports::theater::timers::interval_handlers::Guest
    for Exported<T>
{
    fn handle_tick(state: State, (name, missed): (String, u64)) -> Done {
        log_panics();
        done(callbacks::tick::<T>(&state, &name, missed))
    }
}

mod streams {
    pub use super::bindings::http_stream_handlers::exports::theater::http_stream::client_handlers::*;
}

impl<T: StreamHandlers> streams::Guest for Exported<T> {
    fn handle_stream(state: State, (id, event): (u64, streams::StreamEvent)) -> Done {
        log_panics();
        let event = match event {
            streams::StreamEvent::Head((status, headers)) => StreamEvent::Head { status, headers },
            streams::StreamEvent::Data(bytes) => StreamEvent::Data(bytes),
            streams::StreamEvent::End => StreamEvent::End,
            streams::StreamEvent::Failed(why) => StreamEvent::Failed(Error::new(why)),
        };
        done(callbacks::stream::<T>(&state, id, event))
    }
}
