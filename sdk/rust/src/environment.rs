//! The environment variables of the host: `theater:simple/environment`.
//!
//! The manifest must list the handler `environment` and the variables that it wants, and the operator
//! must grant them. The record holds what an actor reads.

use crate::host;

/// None if the variable is not set, or not granted.
pub fn get_var(name: &str) -> Option<String> {
    host::environment::get_var(name)
}

/// Whether a variable is set and granted.
pub fn exists(name: &str) -> bool {
    host::environment::exists(name)
}

/// Names and values of all that are set and granted; none without `allow_list_all` and its grant.
pub fn list_vars() -> Vec<(String, String)> {
    host::environment::list_vars()
}
