//! The small interfaces in a unit test.

use crate::testing::with_host;
use crate::{Result, fail};

pub mod runtime {
    use super::{Result, with_host};
    use crate::runtime::{Event, Level, SystemInfo};

    pub fn log(level: Level, message: &str) {
        with_host(|host| host.logs.push((level, message.to_string())));
    }

    pub fn get_actor_id() -> String {
        with_host(|host| host.actor_id.clone())
    }

    pub fn get_actor_name() -> String {
        with_host(|host| host.actor_name.clone())
    }

    pub fn get_current_time() -> u64 {
        with_host(|host| host.now_ms)
    }

    pub fn get_env(name: &str) -> Option<String> {
        with_host(|host| host.environment.get(name).cloned())
    }

    pub fn record_metric(name: &str, value: f64) -> Result<()> {
        with_host(|host| host.metrics.push((name.to_string(), value)));
        Ok(())
    }

    pub fn record_event(event_type: &str, data: &[u8]) -> Result<()> {
        with_host(|host| host.events.push((event_type.to_string(), data.to_vec())));
        Ok(())
    }

    pub fn get_chain() -> Vec<Event> {
        with_host(|host| host.chain.clone())
    }

    pub fn get_state() -> Vec<u8> {
        with_host(|host| {
            host.chain
                .last()
                .map(|event| event.data.clone())
                .unwrap_or_default()
        })
    }

    pub fn get_theater_version() -> String {
        with_host(|host| host.version.clone())
    }

    pub fn get_system_info() -> SystemInfo {
        with_host(|host| host.system.clone())
    }

    pub fn shutdown(data: Option<&[u8]>) -> Result<()> {
        with_host(|host| {
            host.shut_down.get_or_insert(data.map(<[u8]>::to_vec));
        });
        Ok(())
    }
}

pub mod callers {
    use super::with_host;
    use crate::callers::Caller;

    pub fn caller() -> Option<Caller> {
        with_host(|host| host.caller.clone())
    }
}

pub mod environment {
    use super::with_host;

    pub fn get_var(name: &str) -> Option<String> {
        with_host(|host| host.environment.get(name).cloned())
    }

    pub fn exists(name: &str) -> bool {
        with_host(|host| host.environment.contains_key(name))
    }

    pub fn list_vars() -> Vec<(String, String)> {
        with_host(|host| host.environment.clone().into_iter().collect())
    }
}

pub mod random {
    use super::{Result, fail, with_host};

    /// SplitMix64.
    fn draw() -> u64 {
        with_host(|host| {
            host.random = host.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut bits = host.random;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            bits ^ (bits >> 31)
        })
    }

    pub fn random_bytes(length: u32) -> Result<Vec<u8>> {
        Ok((0..length).map(|_| draw() as u8).collect())
    }

    pub fn random_range(min: u64, max: u64) -> Result<u64> {
        if min >= max {
            return fail(format!("Invalid range: min ({min}) >= max ({max})"));
        }
        Ok(min + draw() % (max - min))
    }

    pub fn random_float() -> Result<f64> {
        Ok((draw() >> 11) as f64 / (1u64 << 53) as f64)
    }

    pub fn generate_uuid() -> Result<String> {
        let (high, low) = (draw(), draw());
        Ok(format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        ))
    }
}

pub mod timing {
    use super::{Result, with_host};

    pub fn now() -> u64 {
        with_host(|host| host.now_ms)
    }

    pub fn sleep_for(duration_ms: u64) -> Result<()> {
        with_host(|host| host.now_ms += duration_ms);
        Ok(())
    }

    pub fn sleep_until(timestamp_ms: u64) -> Result<()> {
        with_host(|host| host.now_ms = host.now_ms.max(timestamp_ms));
        Ok(())
    }
}

pub mod intervals {
    use super::{Result, fail, with_host};

    pub fn start_interval(name: &str, every_ms: u64) -> Result<()> {
        if name.is_empty() {
            return fail("Interval name is empty");
        }
        if with_host(|host| host.intervals.contains_key(name)) {
            return fail(format!("Interval {name} runs already: stop it first"));
        }
        with_host(|host| host.intervals.insert(name.to_string(), every_ms));
        Ok(())
    }

    pub fn stop_interval(name: &str) -> Result<()> {
        match with_host(|host| host.intervals.remove(name)) {
            Some(_) => Ok(()),
            None => fail(format!("Interval {name} does not run")),
        }
    }
}
