//! The time, and waiting for it: `theater:simple/timing`.
//!
//! An actor that waits takes no other call meanwhile, and uses neither a thread nor processor time.
//! The manifest must list the handler `timing`.

use crate::{Result, host};

/// Milliseconds since 1970-01-01 UTC.
pub fn now() -> u64 {
    host::timing::now()
}

/// Waits so many milliseconds, which `min_sleep_duration` and `max_sleep_duration` of the manifest and
/// the grant bound.
pub fn sleep_for(duration_ms: u64) -> Result<()> {
    host::timing::sleep_for(duration_ms)
}

/// Waits until [`now`] is at least `timestamp_ms`; not at all if it is.
pub fn sleep_until(timestamp_ms: u64) -> Result<()> {
    host::timing::sleep_until(timestamp_ms)
}
