//! Starting, stopping and watching other actors, the caller's children: `theater:simple/supervisor`
//! and `-handlers`.
//!
//! ```no_run
//! # fn hire() -> theater::Result<String> {
//! let id = theater::supervisor::spawn("workers/manifest.toml", Some(br#"{"part": 7}"#))?;
//! # Ok(id)
//! # }
//! ```
//!
//! A child ends when its parent does. The manifest must list the handler `supervisor`.

use crate::{Actor, Result, host};

/// An event of a chain with whole hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainEvent {
    /// 32 bytes.
    pub hash: Vec<u8>,
    /// None for the first event of a chain.
    pub parent_hash: Option<Vec<u8>>,
    pub event_type: String,
    /// What happened, as JSON.
    pub data: Vec<u8>,
    /// Milliseconds since 1970-01-01 UTC.
    pub timestamp: u64,
    /// What happened, as a sentence.
    pub description: Option<String>,
}

/// The kinds of failure of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorErrorType {
    OperationTimeout,
    ChannelClosed,
    ShuttingDown,
    FunctionNotFound,
    TypeMismatch,
    /// It trapped, hit a limit or could not start: the data is the reason as text.
    Internal,
    SerializationError,
    UpdateComponentError,
    Paused,
}

/// Why an actor failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorError {
    pub error_type: ActorErrorType,
    pub data: Option<Vec<u8>>,
}

impl ActorError {
    /// The data as text, with U+FFFD for what is not UTF-8; empty if there is none.
    pub fn reason(&self) -> String {
        String::from_utf8_lossy(self.data.as_deref().unwrap_or_default()).into_owned()
    }
}

/// The callbacks of a parent about the ends of its children; an actor implements those that it wants.
/// A restart by the runtime does not depend on them. A spawn that fails and a [`stop_child`] are
/// answered, and do not come as calls of these.
pub trait SupervisorHandlers: Actor {
    /// A child has failed; or it lives, and a budget that it holds is used up.
    fn handle_child_error(&mut self, child_id: &str, error: &ActorError) -> Result<()> {
        let _ = (child_id, error);
        Ok(())
    }

    /// A child has ended itself by `shutdown`, with its data.
    fn handle_child_exit(&mut self, child_id: &str, data: Option<&[u8]>) -> Result<()> {
        let _ = (child_id, data);
        Ok(())
    }

    /// Another party than this actor stopped a child.
    fn handle_child_external_stop(&mut self, child_id: &str) -> Result<()> {
        let _ = child_id;
        Ok(())
    }
}

/// Exports the trait [`SupervisorHandlers`] of a struct. Once in a component, after
/// [`actor!`](crate::actor!).
#[macro_export]
macro_rules! supervisor_handlers {
    ($actor:ty) => {
        $crate::__export!(
            supervisor_handlers,
            export_supervisor_handlers,
            $crate::SupervisorHandlers,
            $actor
        );
    };
}

/// Starts a child and waits until its `init` has returned; meanwhile this actor takes no other call.
/// Answers with its id. `manifest` is the path of a manifest, or its text; files are read under this
/// actor's own filesystem grant. `initial` is the child's initial state: JSON goes over that of its
/// manifest.
pub fn spawn(manifest: &str, initial: Option<&[u8]>) -> Result<String> {
    host::supervisor::spawn(manifest, initial)
}

/// Starts a child from a state that an actor of its kind has left, such as that of
/// [`get_child_state`]. The child takes the state as it is, and its `init` does not run.
pub fn resume(manifest: &str, state: Option<&[u8]>) -> Result<String> {
    host::supervisor::resume(manifest, state)
}

/// Gives a child a fresh instance when its current call has returned, and answers when it is up again.
/// Its id stays, and its state is as its supervision says: the initial one, if it says nothing.
pub fn restart_child(child_id: &str) -> Result<()> {
    host::supervisor::restart_child(child_id)
}

/// Ends a child when its current call has returned, and answers when it has ended.
pub fn stop_child(child_id: &str) -> Result<()> {
    host::supervisor::stop_child(child_id)
}

/// The ids of the children that have not ended, oldest first.
pub fn list_children() -> Vec<String> {
    host::supervisor::list_children()
}

/// The state that a child, or an actor below one, keeps: bytes as its codec writes them.
pub fn get_child_state(child_id: &str) -> Result<Option<Vec<u8>>> {
    host::supervisor::get_child_state(child_id)
}

/// The newest events of a child, or of an actor below one, oldest first; also for a while after its
/// end. Answers with all that the node has at hand, or with an error if they do not fit this actor's
/// payload limit.
pub fn get_child_events(child_id: &str) -> Result<Vec<ChainEvent>> {
    host::supervisor::get_child_events(child_id)
}
