//! Calls at regular times: `theater:timers/intervals` and `-handlers`.
//!
//! ```
//! # use theater::{Actor, IntervalHandlers, NoState, Result};
//! #[derive(Default)]
//! struct Poller;
//!
//! impl Actor for Poller {
//!     type Codec = NoState;
//!     fn init(&mut self, _actor_id: &str) -> Result<()> {
//!         theater::intervals::start_interval("poll", 60_000)
//!     }
//! }
//!
//! impl IntervalHandlers for Poller {
//!     fn handle_tick(&mut self, name: &str, missed: u64) -> Result<()> {
//!         theater::log(&format!("{name}, after {missed} missed"));
//!         Ok(())
//!     }
//! }
//!
//! theater::actor!(Poller);
//! theater::interval_handlers!(Poller);
//! ```
//!
//! A tick that is due while the one before it waits or is handled is left out. The next one comes at
//! its own time, and `missed` says how many were left out.
//!
//! Intervals belong to the instance: after a restart, or when the node was lost and recovered, none
//! runs until the actor starts it again. The manifest must list the handler `timing`.

use crate::{Actor, Result, host};

/// The callback of an actor that starts intervals.
pub trait IntervalHandlers: Actor {
    /// An interval ticks.
    fn handle_tick(&mut self, name: &str, missed: u64) -> Result<()>;
}

/// Exports the trait [`IntervalHandlers`] of a struct. Once in a component, after
/// [`actor!`](crate::actor!).
#[macro_export]
macro_rules! interval_handlers {
    ($actor:ty) => {
        $crate::__export!(
            interval_handlers,
            export_interval_handlers,
            $crate::IntervalHandlers,
            $actor
        );
    };
}

/// Fails if an interval of that name runs. `min_sleep_duration` and `max_sleep_duration` of the
/// manifest bound the period.
pub fn start_interval(name: &str, every_ms: u64) -> Result<()> {
    host::intervals::start_interval(name, every_ms)
}

/// A tick that waits already is still delivered. Fails if no interval of that name runs.
pub fn stop_interval(name: &str) -> Result<()> {
    host::intervals::stop_interval(name)
}
