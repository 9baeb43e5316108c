//! The caller of the call in progress: `theater:messages/callers`.
//!
//! ```no_run
//! # use theater::callers::{caller, Caller};
//! # fn handle_send() -> theater::Result<()> {
//! if caller() != Some(Caller::client("token ci")) {
//!     return theater::fail("only the token ci may deploy");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The manifest lists nothing for this interface.

use crate::host;

/// The party that made a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Another actor of the node, by its id.
    Actor(String),
    /// A client of the node, by the name that the node recorded, such as `user root` or `token ci`;
    /// none for a client without a name, such as `theater run`.
    Client(Option<String>),
    /// The runtime of the node: it calls `init`, reports on children, and closes a channel whose other
    /// side has ended.
    Runtime,
}

impl Caller {
    pub fn actor(id: &str) -> Self {
        Caller::Actor(id.to_string())
    }

    pub fn client(name: &str) -> Self {
        Caller::Client(Some(name.to_string()))
    }
}

/// The same during the whole call, before and after each wait. None for a call that a handler makes,
/// such as a tick of an interval.
pub fn caller() -> Option<Caller> {
    host::callers::caller()
}
