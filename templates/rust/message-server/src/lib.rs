//! Keeps a number, which messages change and requests ask for. The state is the number as text.

wit_bindgen::generate!({ path: "wit", world: "actor", generate_all });

use exports::theater::simple::{actor, message_server_client};
use theater::simple::types::{ChannelAccept, ChannelId};

type State = Option<Vec<u8>>;

struct Actor;

fn number_of(state: &State) -> Result<i64, String> {
    match state {
        None => Ok(0),
        Some(bytes) => text_of(bytes)?.parse().map_err(|_| "the state is not a number".into()),
    }
}

fn text_of(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "that is not text".to_string())
}

impl actor::Guest for Actor {
    fn init(state: State, _params: (String,)) -> Result<(State,), String> {
        Ok((Some(number_of(&state)?.to_string().into_bytes()),))
    }
}

impl message_server_client::Guest for Actor {
    /// `add N`.
    fn handle_send(state: State, (message,): (Vec<u8>,)) -> Result<(State,), String> {
        let message = text_of(&message)?;
        let digits = message.strip_prefix("add ").ok_or(format!("unknown message: {message}"))?;
        let step: i64 = digits.parse().map_err(|_| format!("no number: {digits}"))?;
        let number = number_of(&state)?.checked_add(step).ok_or("that is too much")?;
        Ok((Some(number.to_string().into_bytes()),))
    }

    /// `get`.
    fn handle_request(
        state: State,
        (_id, message): (String, Vec<u8>),
    ) -> Result<(State, (Option<Vec<u8>>,)), String> {
        match text_of(&message)? {
            "get" => {
                let answer = number_of(&state)?.to_string().into_bytes();
                Ok((state, (Some(answer),)))
            }
            other => Err(format!("unknown request: {other}")),
        }
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

export!(Actor);
