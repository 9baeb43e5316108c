//! Children in a guest.

pub mod supervisor {
    use crate::Result;
    use crate::host::bindings::imports::theater::simple::supervisor as wit;
    use crate::supervisor::ChainEvent;

    pub use wit::list_children;

    pub fn spawn(manifest: &str, initial: Option<&[u8]>) -> Result<String> {
        Ok(wit::spawn(manifest, initial)?)
    }

    pub fn resume(manifest: &str, state: Option<&[u8]>) -> Result<String> {
        Ok(wit::resume(manifest, state)?)
    }

    pub fn restart_child(id: &str) -> Result<()> {
        Ok(wit::restart_child(id)?)
    }

    pub fn stop_child(id: &str) -> Result<()> {
        Ok(wit::stop_child(id)?)
    }

    pub fn get_child_state(id: &str) -> Result<Option<Vec<u8>>> {
        Ok(wit::get_child_state(id)?)
    }

    pub fn get_child_events(id: &str) -> Result<Vec<ChainEvent>> {
        let events = wit::get_child_events(id)?.into_iter();
        let converted = events.map(|found| ChainEvent {
            hash: found.hash,
            parent_hash: found.parent_hash,
            event_type: found.event_type,
            data: found.data,
            timestamp: found.timestamp,
            description: found.description,
        });
        Ok(converted.collect())
    }
}
