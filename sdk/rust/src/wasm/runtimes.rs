//! The small interfaces in a guest.

use super::bindings::imports::theater as wit;
use crate::Result;

pub mod runtime {
    use super::{Result, wit::simple::runtime as wit};
    use crate::runtime::{Event, Level, SystemInfo};

    pub fn log(level: Level, message: &str) {
        // The only error is a level that does not exist.
        let _ = wit::log(level.name(), message);
    }

    pub fn get_actor_id() -> String {
        wit::get_actor_id()
    }

    pub fn get_actor_name() -> String {
        wit::get_actor_name()
    }

    pub fn get_current_time() -> u64 {
        wit::get_current_time()
    }

    pub fn get_env(name: &str) -> Option<String> {
        wit::get_env(name)
    }

    pub fn record_metric(name: &str, value: f64) -> Result<()> {
        Ok(wit::record_metric(name, value)?)
    }

    pub fn record_event(event_type: &str, data: &[u8]) -> Result<()> {
        Ok(wit::record_event(event_type, data)?)
    }

    pub fn get_chain() -> Vec<Event> {
        let events = wit::get_chain().events.into_iter();
        events
            .map(|found| Event {
                hash: found.hash,
                event_type: found.event.event_type,
                parent: found.event.parent,
                data: found.event.data,
            })
            .collect()
    }

    pub fn get_state() -> Vec<u8> {
        wit::get_state()
    }

    pub fn get_theater_version() -> String {
        wit::get_theater_version()
    }

    pub fn get_system_info() -> SystemInfo {
        let found = wit::get_system_info();
        SystemInfo {
            hostname: found.hostname,
            os_type: found.os_type,
            os_release: found.os_release,
            cpu_count: found.cpu_count,
            memory_total: found.memory_total,
            memory_available: found.memory_available,
            uptime: found.uptime,
        }
    }

    pub fn shutdown(data: Option<&[u8]>) -> Result<()> {
        Ok(wit::shutdown(data)?)
    }
}

pub mod callers {
    use super::wit::messages::callers as wit;
    use crate::callers::Caller;

    pub fn caller() -> Option<Caller> {
        wit::get_caller().map(|found| match found {
            wit::Caller::Actor(id) => Caller::Actor(id),
            wit::Caller::Client(name) => Caller::Client(name),
            wit::Caller::Runtime => Caller::Runtime,
        })
    }
}

pub mod environment {
    pub use super::wit::simple::environment::{exists, get_var, list_vars};
}

pub mod random {
    use super::{Result, wit::simple::random as wit};

    pub fn random_bytes(length: u32) -> Result<Vec<u8>> {
        Ok(wit::random_bytes(length)?)
    }

    pub fn random_range(min: u64, max: u64) -> Result<u64> {
        Ok(wit::random_range(min, max)?)
    }

    pub fn random_float() -> Result<f64> {
        Ok(wit::random_float()?)
    }

    pub fn generate_uuid() -> Result<String> {
        Ok(wit::generate_uuid()?)
    }
}

pub mod timing {
    use super::{Result, wit::simple::timing as wit};

    pub fn now() -> u64 {
        wit::now()
    }

    pub fn sleep_for(duration_ms: u64) -> Result<()> {
        Ok(wit::sleep(duration_ms)?)
    }

    pub fn sleep_until(timestamp_ms: u64) -> Result<()> {
        Ok(wit::deadline(timestamp_ms)?)
    }
}

pub mod intervals {
    use super::{Result, wit::timers::intervals as wit};

    pub fn start_interval(name: &str, every_ms: u64) -> Result<()> {
        Ok(wit::start_interval(name, every_ms)?)
    }

    pub fn stop_interval(name: &str) -> Result<()> {
        Ok(wit::stop_interval(name)?)
    }
}
