//! An actor: a struct with the state it keeps, a trait per interface that it takes calls by, and one
//! macro for each of these traits.

use crate::{Codec, Result};

/// What every actor has.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use theater::{Actor, Json, Result};
///
/// #[derive(Default, Serialize, Deserialize)]
/// #[serde(default)]
/// struct Counter {
///     count: i64,
/// }
///
/// impl Actor for Counter {
///     type Codec = Json;
///
///     fn init(&mut self, _actor_id: &str) -> Result<()> {
///         theater::log(&format!("counting from {}", self.count));
///         Ok(())
///     }
/// }
///
/// theater::actor!(Counter);
/// ```
///
/// The struct is made afresh for each call. A static variable or a cache does not survive a call, and
/// the manifest can say `state = "explicit"`: the chain proves what is kept.
pub trait Actor: Sized {
    /// How the struct is kept between calls: [`Json`](crate::Json), [`Bytes`](crate::Bytes),
    /// [`NoState`](crate::NoState) or a codec of your own.
    type Codec: Codec<Self>;

    /// Makes the struct of the initial state, which is JSON, before `init`. The codec does it, unless
    /// an actor has its own reading of that state.
    fn begin(initial: Option<&[u8]>) -> Result<Self> {
        Self::Codec::load(initial)
    }

    /// The first call. If it returns an error, the actor is not started.
    fn init(&mut self, actor_id: &str) -> Result<()> {
        let _ = actor_id;
        Ok(())
    }
}

/// Exports the trait [`Actor`](trait@crate::Actor) of a struct. Once in a component.
#[macro_export]
macro_rules! actor {
    ($actor:ty) => {
        $crate::__export!(actor, export_actor, $crate::Actor, $actor);
    };
}
