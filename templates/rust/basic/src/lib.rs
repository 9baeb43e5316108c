//! Says hello and is done.

wit_bindgen::generate!({ path: "wit", world: "actor", generate_all });

use exports::theater::simple::actor;
use theater::simple::runtime;

struct Actor;

impl actor::Guest for Actor {
    fn init(state: Option<Vec<u8>>, _params: (String,)) -> Result<(Option<Vec<u8>>,), String> {
        runtime::log(&format!("hello from {}", runtime::get_actor_name()));
        runtime::shutdown(Some(b"done"))?;
        Ok((state,))
    }
}

export!(Actor);
