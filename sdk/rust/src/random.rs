//! Random values: `theater:simple/random`. A replay sees the same ones.
//!
//! The manifest must list the handler `random`. With a `seed` in it every instance draws the same
//! values.

use crate::{Result, host};

/// So many random bytes, at most `max_bytes` of the manifest and the grant.
pub fn random_bytes(length: u32) -> Result<Vec<u8>> {
    host::random::random_bytes(length)
}

/// A number of at least `min` and less than `max`, each as likely as any other. `max` is at most
/// `max_int` of the manifest and the grant.
pub fn random_range(min: u64, max: u64) -> Result<u64> {
    host::random::random_range(min, max)
}

/// A number of at least 0 and less than 1.
pub fn random_float() -> Result<f64> {
    host::random::random_float()
}

/// A UUID (version 4) in its usual text form.
pub fn generate_uuid() -> Result<String> {
    host::random::generate_uuid()
}
