//! Says hello and is done.

use theater::{Actor, NoState, Result};

#[derive(Default)]
struct Hello;

impl Actor for Hello {
    type Codec = NoState;

    fn init(&mut self, _actor_id: &str) -> Result<()> {
        theater::log(&format!(
            "hello from {}",
            theater::runtime::get_actor_name()
        ));
        theater::runtime::shutdown(Some(b"done"))
    }
}

theater::actor!(Hello);

#[cfg(test)]
mod tests {
    use super::*;
    use theater::testing::{with_host, TestActor};

    #[test]
    fn says_hello() {
        TestActor::<Hello>::new().init(None).unwrap();
        with_host(|host| assert_eq!(host.log_texts(), ["hello from actor"]));
    }
}
