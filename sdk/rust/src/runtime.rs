//! What the runtime offers every actor: `theater:simple/runtime`.
//!
//! Each of these functions crosses the sandbox wall, so each call of one is in the actor's chain. In a
//! unit test they reach [`theater::testing::Host`](crate::testing) instead.

use crate::{Result, host};

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    /// The level's name in WIT.
    pub fn name(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

/// An event of the actor's own chain in its short form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The first eight bytes of the event's hash.
    pub hash: u64,
    pub event_type: String,
    /// The short hash of the actor's event before this one; none for the first.
    pub parent: Option<u64>,
    /// What happened, as JSON.
    pub data: Vec<u8>,
}

/// About the machine. Without the grant for it, the texts are empty and the numbers zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemInfo {
    pub hostname: String,
    pub os_type: String,
    pub os_release: String,
    pub cpu_count: u32,
    /// In bytes, as is `memory_available`.
    pub memory_total: u64,
    pub memory_available: u64,
    /// Seconds since the machine started.
    pub uptime: u64,
}

/// Writes a line to the actor's log, at level info.
pub fn log(message: &str) {
    log_at(Level::Info, message);
}

/// Writes a line to the actor's log.
pub fn log_at(level: Level, message: &str) {
    host::runtime::log(level, message);
}

/// The actor's own id: 32 hexadecimal digits.
pub fn get_actor_id() -> String {
    host::runtime::get_actor_id()
}

/// The actor's own name, from its manifest.
pub fn get_actor_name() -> String {
    host::runtime::get_actor_name()
}

/// Milliseconds since 1970-01-01 UTC. A replay sees the same time.
pub fn get_current_time() -> u64 {
    host::runtime::get_current_time()
}

/// A variable of the host's environment; none if it is not set or not granted.
pub fn get_env(name: &str) -> Option<String> {
    host::runtime::get_env(name)
}

/// Records a measured value under a name.
pub fn record_metric(name: &str, value: f64) -> Result<()> {
    host::runtime::record_metric(name, value)
}

/// Records an event of the actor's own making in its chain.
pub fn record_event(event_type: &str, data: impl AsRef<[u8]>) -> Result<()> {
    host::runtime::record_event(event_type, data.as_ref())
}

/// The actor's chain before this call, oldest event first. The oldest events may be missing.
pub fn get_chain() -> Vec<Event> {
    host::runtime::get_chain()
}

/// The data of the last event of the actor's chain before this call. The actor's state is the struct
/// itself.
pub fn get_state() -> Vec<u8> {
    host::runtime::get_state()
}

/// The version of Theater that runs this actor, such as `0.1.0`.
pub fn get_theater_version() -> String {
    host::runtime::get_theater_version()
}

pub fn get_system_info() -> SystemInfo {
    host::runtime::get_system_info()
}

/// Asks for the end of this actor, which comes when the current call has returned. The data reaches
/// the parent.
pub fn shutdown(data: Option<&[u8]>) -> Result<()> {
    host::runtime::shutdown(data)
}
