//! Looks after a worker, which its manifest declares, and hands on to it what it is sent. The state
//! is how often the worker has failed, as text.

wit_bindgen::generate!({ path: "wit", world: "actor", generate_all });

use exports::theater::simple::{actor, message_server_client, supervisor_handlers};
use theater::simple::types::{ChannelAccept, ChannelId, WitActorError};
use theater::simple::{message_server_host, runtime, supervisor};

type State = Option<Vec<u8>>;

struct Actor;

fn worker() -> Result<String, String> {
    supervisor::list_children().into_iter().next().ok_or("there is no worker".to_string())
}

fn failures_of(state: &State) -> u32 {
    let text = state.as_deref().map(String::from_utf8_lossy);
    text.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

impl actor::Guest for Actor {
    fn init(state: State, _params: (String,)) -> Result<(State,), String> {
        Ok((state,))
    }
}

impl message_server_client::Guest for Actor {
    fn handle_send(state: State, (message,): (Vec<u8>,)) -> Result<(State,), String> {
        message_server_host::send(&worker()?, &message)?;
        Ok((state,))
    }

    /// `failures`; the rest is the worker's.
    fn handle_request(
        state: State,
        (_id, message): (String, Vec<u8>),
    ) -> Result<(State, (Option<Vec<u8>>,)), String> {
        let answer = if message == b"failures" {
            failures_of(&state).to_string().into_bytes()
        } else {
            message_server_host::request(&worker()?, &message)?
        };
        Ok((state, (Some(answer),)))
    }

    fn handle_channel_open(
        state: State,
        _params: (String, Vec<u8>),
    ) -> Result<(State, (ChannelAccept,)), String> {
        Ok((state, (ChannelAccept { accepted: false, message: None },)))
    }

    fn handle_channel_message(state: State, _params: (ChannelId, Vec<u8>)) -> Result<(State,), String> {
        Ok((state,))
    }

    fn handle_channel_close(state: State, _params: (ChannelId,)) -> Result<(State,), String> {
        Ok((state,))
    }
}

impl supervisor_handlers::Guest for Actor {
    /// The worker was lost; the runtime restarts it.
    fn handle_child_error(
        state: State,
        (id, _error): (String, WitActorError),
    ) -> Result<(State,), String> {
        let failures = failures_of(&state) + 1;
        runtime::log(&format!("{id} failed, for the {failures}. time"));
        Ok((Some(failures.to_string().into_bytes()),))
    }

    fn handle_child_exit(
        state: State,
        _params: (String, Option<Vec<u8>>),
    ) -> Result<(State,), String> {
        Ok((state,))
    }

    fn handle_child_external_stop(state: State, _params: (String,)) -> Result<(State,), String> {
        Ok((state,))
    }
}

export!(Actor);
