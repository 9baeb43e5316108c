//! The host of a guest: functions of Theater behind the crate's own, and the exports of components
//! before the crate's traits.

pub mod bindings;
mod exports;
mod files;
mod http;
mod http_exports;
mod http_servers;
mod messages;
mod processes;
mod runtimes;
mod stores;
mod supervision;

pub use exports::Exported;
pub(crate) use files::filesystem;
pub(crate) use http::{http_client, http_stream};
pub(crate) use http_servers::{http_answer, http_framework};
pub(crate) use messages::message_server;
pub(crate) use processes::process;
pub(crate) use runtimes::{callers, environment, intervals, random, runtime, timing};
pub(crate) use stores::store;
pub(crate) use supervision::supervisor;

/// Exports one interface of a struct, in the crate of a component.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($world:ident, $export:ident, $interface:path, $actor:ty) => {
        const _: () = {
            type Exported = $crate::host::Exported<$actor>;
            $crate::host::bindings::$world::$export!(
                Exported with_types_in $crate::host::bindings::$world
            );
        };
    };
}
