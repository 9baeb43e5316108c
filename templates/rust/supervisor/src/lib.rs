//! Looks after a worker, which its manifest declares, and forwards to it what it is sent.

use serde::{Deserialize, Serialize};
use theater::message_server::{request, send};
use theater::supervisor::list_children;
use theater::{Actor, ActorError, Json, MessageServerClient, Reply, Result, SupervisorHandlers};

/// The fields are kept between calls.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Overseer {
    failures: u32,
}

impl Actor for Overseer {
    type Codec = Json;
}

fn worker() -> Result<String> {
    Ok(list_children()
        .into_iter()
        .next()
        .ok_or("there is no worker")?)
}

impl MessageServerClient for Overseer {
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        send(&worker()?, message)
    }

    /// `failures`; the rest is the worker's.
    fn handle_request(&mut self, _request_id: &str, message: &[u8]) -> Result<Reply> {
        match message {
            b"failures" => Ok(self.failures.to_string().into()),
            message => Ok(request(&worker()?, message)?.into()),
        }
    }
}

impl SupervisorHandlers for Overseer {
    /// The worker was lost; the runtime restarts it.
    fn handle_child_error(&mut self, child_id: &str, error: &ActorError) -> Result<()> {
        self.failures += 1;
        theater::log(&format!("{child_id} failed: {}", error.reason()));
        Ok(())
    }
}

theater::actor!(Overseer);
theater::message_server_client!(Overseer);
theater::supervisor_handlers!(Overseer);

#[cfg(test)]
mod tests {
    use super::*;
    use theater::testing::{with_host, TestActor};
    use theater::ActorErrorType;

    #[test]
    fn counts_failures_and_forwards_the_rest() {
        let mut actor = TestActor::<Overseer>::new();
        assert_eq!(actor.ask("get").unwrap_err(), "there is no worker");
        with_host(|host| {
            host.children = vec!["worker".into()];
            host.on_request = Some(Box::new(|asked| Ok(asked.to.clone().into())));
        });
        assert_eq!(actor.ask("get").unwrap(), "worker");
        let error = ActorError {
            error_type: ActorErrorType::Internal,
            data: None,
        };
        actor.child_error("worker", &error).unwrap();
        assert_eq!(actor.ask("failures").unwrap(), "1");
    }
}
