//! Wasmtime behind one C header (`include/theater_engine.h`).
//!
//! The crate holds what must be Rust: the engine's configuration, the walk between component values and
//! value bytes, invocations on fibers, and the tools that make and print components. Everything else of
//! Theater is C++ above the header. No function here unwinds: the crate is built to abort on a panic, and
//! no panic depends on what a guest or a file contains.
#![allow(clippy::missing_safety_doc)] // The header states what each function needs.

mod abi;
mod arena;
mod component;
mod engine;
mod error;
mod host;
mod leb;
mod lift;
mod lower;
mod store;
mod tools_abi;
mod tooling;
mod value;
