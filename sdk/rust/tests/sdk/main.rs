//! The library as an author's unit tests use it.

mod callbacks;
mod files_and_stores;
mod http;
mod http_answers;
mod http_servers;
mod messages;
mod processes;
mod runtimes;
mod server_sent_events;
