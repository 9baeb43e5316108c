//! The counter of `examples/counter`, in Rust. Its state is the number as text.

wit_bindgen::generate!({
    inline: "
        package example:counter;
        world counter {
            import theater:simple/runtime;
            export theater:simple/actor;
            export theater:simple/message-server-client;
        }
    ",
    path: "../../wit/simple",
    generate_all,
});

use exports::theater::simple::{actor, message_server_client};
use theater::simple::runtime;
use theater::simple::types::{ChannelAccept, ChannelId};

type State = Option<Vec<u8>>;

struct Counter;

fn count_of(state: &State) -> Result<i64, String> {
    match state {
        None => Ok(0),
        Some(bytes) => std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| "the state is not a number".to_string()),
    }
}

fn text_of(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| "the message is not text".to_string())
}

impl actor::Guest for Counter {
    fn init(state: State, _params: (String,)) -> Result<(State,), String> {
        let count = count_of(&state)?;
        runtime::log(&format!("counting from {count}"));
        Ok((Some(count.to_string().into_bytes()),))
    }
}

impl message_server_client::Guest for Counter {
    /// `inc`, or `add N`.
    fn handle_send(state: State, (message,): (Vec<u8>,)) -> Result<(State,), String> {
        let message = text_of(&message)?;
        let step: i64 = match message.strip_prefix("add ") {
            Some(digits) => digits.parse().map_err(|_| format!("no number: {digits}"))?,
            None if message == "inc" => 1,
            None => return Err(format!("unknown message: {message}")),
        };
        let count = count_of(&state)?.checked_add(step).ok_or("the counter is full")?;
        runtime::log(&format!("count is {count}"));
        Ok((Some(count.to_string().into_bytes()),))
    }

    /// `get`.
    fn handle_request(
        state: State,
        (_id, message): (String, Vec<u8>),
    ) -> Result<(State, (Option<Vec<u8>>,)), String> {
        match text_of(&message)? {
            "get" => {
                let answer = count_of(&state)?.to_string().into_bytes();
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

export!(Counter);
