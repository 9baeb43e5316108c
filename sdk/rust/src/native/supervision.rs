//! Children in a unit test.

pub mod supervisor {
    use super::super::ask;
    use crate::supervisor::ChainEvent;
    use crate::testing::{SpawnedChild, with_host};
    use crate::{Result, fail};

    fn add(manifest: &str, state: Option<&[u8]>, is_resumed: bool) -> Result<String> {
        let state = state.map(<[u8]>::to_vec);
        let asked = SpawnedChild {
            manifest: manifest.to_string(),
            state,
            is_resumed,
        };
        with_host(|host| host.spawned.push(asked.clone()));
        let refused = || fail("this host spawns no actors: set on_spawn");
        let id = ask(|host| &mut host.on_spawn, &asked, refused)?;
        with_host(|host| host.children.push(id.clone()));
        Ok(id)
    }

    pub fn spawn(manifest: &str, initial: Option<&[u8]>) -> Result<String> {
        add(manifest, initial, false)
    }

    pub fn resume(manifest: &str, state: Option<&[u8]>) -> Result<String> {
        add(manifest, state, true)
    }

    fn find(id: &str) -> Result<()> {
        match with_host(|host| host.children.iter().any(|child| child == id)) {
            true => Ok(()),
            false => fail(format!("{id} is not a child of this actor")),
        }
    }

    pub fn restart_child(id: &str) -> Result<()> {
        find(id)?;
        with_host(|host| host.restarted.push(id.to_string()));
        Ok(())
    }

    pub fn stop_child(id: &str) -> Result<()> {
        find(id)?;
        with_host(|host| host.children.retain(|child| child != id));
        Ok(())
    }

    pub fn list_children() -> Vec<String> {
        with_host(|host| host.children.clone())
    }

    fn stranger<T>(id: &str) -> Result<T> {
        fail(format!(
            "{id} is neither a child of this actor nor below one"
        ))
    }

    pub fn get_child_state(id: &str) -> Result<Option<Vec<u8>>> {
        with_host(|host| host.child_states.get(id).cloned()).map_or_else(|| stranger(id), Ok)
    }

    pub fn get_child_events(id: &str) -> Result<Vec<ChainEvent>> {
        ask(
            |host| &mut host.on_child_events,
            &id.to_string(),
            || stranger(id),
        )
    }
}
