//! Theater's library for actors in Rust.
//!
//! An actor is a struct with its state and a trait per interface that it takes calls by. This one
//! counts:
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use theater::{Actor, Json, MessageServerClient, Reply, Result};
//!
//! #[derive(Default, Serialize, Deserialize)]
//! #[serde(default)]
//! struct Counter {
//!     count: i64,
//! }
//!
//! impl Actor for Counter {
//!     type Codec = Json;
//! }
//!
//! impl MessageServerClient for Counter {
//!     fn handle_send(&mut self, message: &[u8]) -> Result<()> {
//!         self.count += theater::text(message)?.parse::<i64>()?;
//!         Ok(())
//!     }
//!
//!     fn handle_request(&mut self, _id: &str, _message: &[u8]) -> Result<Reply> {
//!         Ok(self.count.to_string().into())
//!     }
//! }
//!
//! theater::actor!(Counter);
//! theater::message_server_client!(Counter);
//! ```
//!
//! Each macro exports one interface. A component imports only the functions of Theater that it calls.
//! Compiled for the machine at hand, the same source runs in unit tests: see [`testing`].

mod actor;
mod callbacks;
mod codec;
mod error;

pub mod base64;
pub mod callers;
pub mod environment;
pub mod filesystem;
pub mod http_answer;
pub mod http_client;
pub mod http_framework;
pub mod http_messages;
pub mod http_router;
pub mod http_stream;
pub mod intervals;
pub mod message_server;
pub mod process;
pub mod random;
pub mod runtime;
pub mod server_sent_events;
pub mod store;
pub mod supervisor;
pub mod timing;
pub mod websocket;

#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

// The macros of a component refer to this module.
#[cfg(not(target_arch = "wasm32"))]
#[path = "native/mod.rs"]
mod host;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
#[path = "wasm/mod.rs"]
pub mod host;

pub use actor::Actor;
pub use codec::{Bytes, BytesState, Codec, Json, NoState, from_json, text, to_json};
pub use error::{Error, Result, fail};
pub use http_answer::{AnswerEvent, AnswerHandlers};
pub use http_framework::HttpHandlers;
pub use http_router::{Router, Routes};
pub use http_stream::{StreamEvent, StreamHandlers};
pub use intervals::IntervalHandlers;
pub use message_server::{ChannelAccept, MessageServerClient, Reply};
pub use process::ProcessHandlers;
pub use runtime::{Level, log, log_at};
pub use supervisor::{ActorError, ActorErrorType, SupervisorHandlers};
