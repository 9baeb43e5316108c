//! The engine: one Wasmtime configuration, chosen so that what guests compute is reproducible.

use crate::abi::{Buffer, Env};
use crate::arena::{Hooks, Memories, Stacks};
use crate::error::{chain_text, Code, TeError};
use std::hash::{Hash, Hasher};
use std::os::raw::c_void;
use std::sync::Arc;
use wasmtime::{Config, Engine};

#[repr(C)]
pub struct TeConfig {
    wasm_stack_bytes: usize,
    fiber_stack_bytes: usize,
    parallel_compilation: bool,
    env: *mut c_void,
    memory_new: unsafe extern "C" fn(*mut c_void, usize) -> *mut u8,
    memory_delete: unsafe extern "C" fn(*mut c_void, *mut u8, usize, usize),
    stack_new: unsafe extern "C" fn(*mut c_void) -> *mut u8,
    stack_delete: unsafe extern "C" fn(*mut c_void, *mut u8),
}

pub struct TeEngine {
    pub engine: Engine,
    identity: String,
}

/// FNV-1a, for a short name of the compiled-code settings; not for anything that must resist attack.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

fn wasmtime_config(config: &TeConfig) -> Config {
    let hooks = Hooks {
        env: Env(config.env),
        memory_new: config.memory_new,
        memory_delete: config.memory_delete,
        stack_new: config.stack_new,
        stack_delete: config.stack_delete,
        stack_size: config.fiber_stack_bytes,
    };
    let mut wasmtime = Config::new();
    wasmtime
        .concurrency_support(false)
        .wasm_component_model(true)
        .wasm_component_model_async(false)
        .wasm_threads(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_memory64(false)
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .max_wasm_stack(config.wasm_stack_bytes)
        .async_stack_size(config.fiber_stack_bytes)
        .parallel_compilation(config.parallel_compilation)
        // Any other reservation lets a guest read past its memory's size; see `arena`.
        .memory_reservation(0)
        .memory_reservation_for_growth(0)
        .memory_guard_size(0)
        .memory_may_move(false)
        .memory_init_cow(false)
        .with_host_memory(Arc::new(Memories(hooks)))
        .with_host_stack(Arc::new(Stacks(hooks)));
    wasmtime
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_engine_new(config: *const TeConfig, out: *mut *mut TeEngine) -> *mut TeError {
    let config = unsafe { &*config };
    match Engine::new(&wasmtime_config(config)) {
        Ok(engine) => {
            let mut settings = Fnv(0xcbf2_9ce4_8422_2325);
            engine.precompile_compatibility_hash().hash(&mut settings);
            let identity = format!(
                "wasmtime-48.0.8 {} wasm-stack={} code={:016x}",
                std::env::consts::ARCH,
                config.wasm_stack_bytes,
                settings.finish()
            );
            unsafe { *out = Box::into_raw(Box::new(TeEngine { engine, identity })) };
            std::ptr::null_mut()
        }
        Err(error) => TeError::new(Code::Unsupported, chain_text(&error)).into_raw(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_engine_delete(engine: *mut TeEngine) {
    if !engine.is_null() {
        drop(unsafe { Box::from_raw(engine) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_engine_identity(engine: *const TeEngine, out: *mut Buffer) -> *mut TeError {
    unsafe { *out = Buffer::of((*engine).identity.clone().into_bytes()) };
    std::ptr::null_mut()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_engine_tick(engine: *const TeEngine) {
    unsafe { (*engine).engine.increment_epoch() }
}
