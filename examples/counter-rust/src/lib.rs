//! The counter of `examples/counter`, in Rust. Messages change it, requests ask for it.

use serde::{Deserialize, Serialize};
use theater::{fail, Actor, Json, MessageServerClient, Reply, Result};

/// The fields are kept between calls, as JSON.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Counter {
    count: i64,
}

impl Actor for Counter {
    type Codec = Json;

    fn init(&mut self, _actor_id: &str) -> Result<()> {
        theater::log(&format!("counting from {}", self.count));
        Ok(())
    }
}

impl MessageServerClient for Counter {
    /// `inc`, or `add N`.
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        let message = theater::text(message)?;
        let step: i64 = match message.strip_prefix("add ") {
            Some(digits) => digits.parse().map_err(|_| format!("no number: {digits}"))?,
            None if message == "inc" => 1,
            None => return fail(format!("unknown message: {message}")),
        };
        self.count = self.count.checked_add(step).ok_or("the counter is full")?;
        theater::log(&format!("count is {}", self.count));
        Ok(())
    }

    /// `get`.
    fn handle_request(&mut self, _request_id: &str, message: &[u8]) -> Result<Reply> {
        match theater::text(message)? {
            "get" => Ok(self.count.to_string().into()),
            other => fail(format!("unknown request: {other}")),
        }
    }
}

theater::actor!(Counter);
theater::message_server_client!(Counter);

/// Unit tests without WebAssembly: `cargo test`, after `theater build`.
#[cfg(test)]
mod tests {
    use super::*;
    use theater::testing::{with_host, TestActor};

    #[test]
    fn counts_from_its_initial_state() {
        let mut actor = TestActor::<Counter>::new();
        actor.init(Some(r#"{"count": 40}"#)).unwrap();
        actor.send("inc").unwrap();
        actor.send("add 1").unwrap();
        assert_eq!(actor.ask("get").unwrap(), "42");
        with_host(|host| {
            assert_eq!(
                host.log_texts(),
                ["counting from 40", "count is 41", "count is 42"]
            );
        });
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let mut actor = TestActor::<Counter>::new();
        actor.init(None).unwrap();
        assert_eq!(actor.send("add x").unwrap_err(), "no number: x");
        actor.send("inc").unwrap();
        assert_eq!(
            actor.send(format!("add {}", i64::MAX)).unwrap_err(),
            "the counter is full"
        );
        assert_eq!(actor.ask("set").unwrap_err(), "unknown request: set");
        assert_eq!(actor.state(), Some(br#"{"count":1}"#.as_slice()));
    }
}
