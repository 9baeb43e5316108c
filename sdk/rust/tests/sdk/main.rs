//! The library as an author's unit tests use it.

mod callbacks;
mod files_and_stores;
mod http;
mod messages;
mod runtimes;
mod server_sent_events;
