//! Keeps a number, which messages change and requests ask for.

use serde::{Deserialize, Serialize};
use theater::{fail, Actor, Json, MessageServerClient, Reply, Result};

/// The fields are kept between calls.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Tally {
    number: i64,
}

impl Actor for Tally {
    type Codec = Json;
}

impl MessageServerClient for Tally {
    /// `add N`.
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        let message = theater::text(message)?;
        let digits = message
            .strip_prefix("add ")
            .ok_or(format!("unknown message: {message}"))?;
        let step: i64 = digits.parse().map_err(|_| format!("no number: {digits}"))?;
        self.number = self.number.checked_add(step).ok_or("that is too much")?;
        Ok(())
    }

    /// `get`.
    fn handle_request(&mut self, _request_id: &str, message: &[u8]) -> Result<Reply> {
        match theater::text(message)? {
            "get" => Ok(self.number.to_string().into()),
            other => fail(format!("unknown request: {other}")),
        }
    }
}

theater::actor!(Tally);
theater::message_server_client!(Tally);

#[cfg(test)]
mod tests {
    use super::*;
    use theater::testing::TestActor;

    #[test]
    fn adds() {
        let mut actor = TestActor::<Tally>::new();
        actor.init(Some(r#"{"number": 2}"#)).unwrap();
        actor.send("add 40").unwrap();
        assert_eq!(actor.send("add x").unwrap_err(), "no number: x");
        assert_eq!(actor.ask("get").unwrap(), "42");
    }
}
