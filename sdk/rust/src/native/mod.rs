//! The host of a unit test: the functions of Theater, on `testing::Host`.

mod files;
mod http;
mod http_servers;
mod messages;
mod processes;
mod runtimes;
mod stores;
mod supervision;

pub(crate) use files::filesystem;
pub(crate) use http::{http_client, http_stream};
pub(crate) use http_servers::{http_answer, http_framework};
pub(crate) use messages::message_server;
pub(crate) use processes::process;
pub(crate) use runtimes::{callers, environment, intervals, random, runtime, timing};
pub(crate) use stores::store;
pub(crate) use supervision::supervisor;

use crate::Result;
use crate::testing::{Answer, Host, with_host};

/// Asks an answer of the host. It runs while the host is free, so that it may look at the host.
fn ask<Asked, Value>(
    place: impl Fn(&mut Host) -> &mut Answer<Asked, Value>,
    asked: &Asked,
    otherwise: impl FnOnce() -> Result<Value>,
) -> Result<Value> {
    let Some(mut answer) = with_host(|host| place(host).take()) else {
        return otherwise();
    };
    let value = answer(asked);
    with_host(|host| {
        place(host).get_or_insert(answer);
    });
    value
}

/// Checks that a struct has the trait whose interface a component would export.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($world:ident, $export:ident, $interface:path, $actor:ty) => {
        const _: () = {
            fn is_exported<T: $interface>() {}
            let _ = is_exported::<$actor>;
        };
    };
}
