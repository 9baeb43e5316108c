//! Stores: one guest each, driven by invocations.
//!
//! An invocation is a future that owns the right to run the store; `resume` polls it once. It is pending
//! for one of two reasons, told apart by a flag that only the epoch callback sets: the slice of time was
//! used up, or the guest waits for the host.

use crate::abi::{Env, Slice};
use crate::arena::canary_intact;
use crate::error::{failure, Code, RefusedGrowth, TeError};
use crate::host::TeProgram;
use crate::value::{CallArgs, CallResult, ValueBytes};
use std::cell::Cell;
use std::future::Future;
use std::os::raw::c_void;
use std::pin::Pin;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use wasmtime::component::{Instance, TypedFunc};
use wasmtime::{ResourceLimiter, Result, Store, UpdateDeadline};

const DONE: u32 = 0;
const YIELDED: u32 = 1;
const WAITING: u32 = 2;
const TRAPPED: u32 = 3;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct TeLimits {
    memory_bytes: u64,
    table_elements: u64,
    core_instances: u32,
    payload_bytes: u64,
    call_ticks: u64,
}

/// The store's wake callback. Holding the lock while it is called is what makes the promise "never after
/// the store is deleted" true.
pub struct WakeHandle(Mutex<Option<(unsafe extern "C" fn(*mut c_void), Env)>>);

impl WakeHandle {
    pub fn wake(&self) {
        if let Some((wake, env)) = *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            unsafe { wake(env.0) }
        }
    }

    fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

pub struct StoreData {
    env: Env,
    pub wake: Arc<WakeHandle>,
    limits: TeLimits,
    memory_bytes: u64,
    table_elements: u64,
    /// What the limiter last refused or the arenas lacked: an instantiation that fails says why.
    denied: Option<Code>,
    /// What the limiter last refused in this invocation: a fault that follows may well come of it.
    refused: Option<RefusedGrowth>,
    ticks: u64,
    yielded: bool,
    interrupted: Arc<AtomicBool>,
    stack: *const u8,
}

// SAFETY: the raw pointers are addresses that are only handed back or checked.
unsafe impl Send for StoreData {}
unsafe impl Sync for StoreData {}

impl StoreData {
    pub fn host_env(&self) -> *mut c_void {
        self.env.0
    }

    pub fn memory_limit(&self) -> usize {
        usize::try_from(self.limits.memory_bytes).unwrap_or(usize::MAX)
    }

    pub fn note_shortage(&mut self) {
        self.denied = Some(Code::HostShortage);
    }

    fn refuse(&mut self, limit: Code, wanted: u64) {
        self.denied = Some(limit);
        self.refused = Some(RefusedGrowth { limit, wanted });
    }

    pub fn note_stack(&mut self, base: *const u8) {
        self.stack = base;
    }

    /// Called at an epoch deadline, on the guest's stack.
    fn deadline(&mut self) -> Result<UpdateDeadline> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(killed());
        }
        self.ticks += 1;
        if self.ticks >= self.limits.call_ticks {
            let message = format!("the call ran for {} ticks, its limit", self.ticks);
            return Err(failure(Code::CpuLimit, message));
        }
        self.yielded = true;
        Ok(UpdateDeadline::Yield(1))
    }
}

fn killed() -> wasmtime::Error {
    failure(Code::Killed, "the actor was killed while its guest was running")
}

impl ResourceLimiter for StoreData {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        // Asked before the module's own maximum is: what that will refuse must not be counted.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.memory_bytes + (desired as u64 - current as u64);
        let allowed = total <= self.limits.memory_bytes;
        if allowed {
            self.memory_bytes = total;
        } else {
            self.refuse(Code::MemoryLimit, total);
        }
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> Result<()> {
        // Only the guest's own maximum gets here: its block always holds what the limiter allows.
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.table_elements + (desired as u64 - current as u64);
        let allowed = total <= self.limits.table_elements;
        if allowed {
            self.table_elements = total;
        } else {
            self.refuse(Code::TableLimit, total);
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        self.limits.core_instances as usize
    }

    fn tables(&self) -> usize {
        self.limits.core_instances as usize * 4
    }

    fn memories(&self) -> usize {
        self.limits.core_instances as usize
    }
}

thread_local! {
    /// The store that is running on this thread: the arenas' hooks know it by nothing else.
    static CURRENT: Cell<*mut StoreData> = const { Cell::new(null_mut()) };
}

/// Calls `f` with the store that runs on this thread, if one does.
pub fn with_current<R>(f: impl FnOnce(&mut StoreData) -> R) -> Option<R> {
    let data = CURRENT.get();
    // SAFETY: set only around a poll of the store that owns the data. The hooks run inside Wasmtime,
    // which does not touch the data while it allocates.
    if data.is_null() { None } else { Some(f(unsafe { &mut *data })) }
}

type Invocation = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

enum Outcome {
    Instance(Instance),
    Result(ValueBytes),
}

type Export = TypedFunc<CallArgs, CallResult>;

pub struct TeStore {
    // Before the store, so that it is dropped first: it borrows the store.
    invocation: Option<Invocation>,
    store: Box<Store<StoreData>>,
    program: *const TeProgram,
    instance: Option<Instance>,
    exports: Vec<Option<Export>>,
    result: ValueBytes,
    error: Option<TeError>,
    interrupted: Arc<AtomicBool>,
}

impl TeStore {
    fn begin(&mut self, make: impl FnOnce(&'static mut Store<StoreData>) -> Invocation) {
        assert!(self.invocation.is_none() && self.error.is_none(), "one invocation at a time, none after a trap");
        // SAFETY: the store is boxed, and the invocation that borrows it is dropped before it.
        let store: &'static mut Store<StoreData> = unsafe { &mut *std::ptr::from_mut(&mut *self.store) };
        store.data_mut().ticks = 0;
        store.data_mut().refused = None;
        store.set_epoch_deadline(1);
        self.invocation = Some(make(store));
    }

    fn instantiate(&mut self) {
        let pre = unsafe { (*self.program).pre.clone() };
        self.begin(|store| Box::pin(async move { pre.instantiate_async(store).await.map(Outcome::Instance) }));
    }

    fn export(&mut self, number: usize) -> Export {
        if let Some(export) = self.exports[number] {
            return export;
        }
        let index = unsafe { &(&(*self.program).exports)[number] };
        let instance = self.instance.expect("instantiated before it is called");
        let func = instance.get_func(&mut *self.store, index).expect("the program's export is a function");
        // SAFETY: CallArgs and CallResult follow the function's runtime types.
        let export: Export = unsafe { TypedFunc::new_unchecked(func) };
        self.exports[number] = Some(export);
        export
    }

    fn call(&mut self, number: usize, args: &[u8]) {
        let export = self.export(number);
        let args = CallArgs::new(args);
        self.begin(|store| {
            Box::pin(async move { export.call_async(store, args).await.map(|result| Outcome::Result(result.0)) })
        });
    }

    fn resume(&mut self) -> u32 {
        let Some(invocation) = self.invocation.as_mut() else { return DONE };
        if self.interrupted.load(Ordering::Relaxed) {
            self.invocation = None;
            return self.fail(TeError::of_guest(&killed()));
        }
        let data: *mut StoreData = self.store.data_mut();
        unsafe { (*data).yielded = false };
        let outer = CURRENT.replace(data);
        let polled = invocation.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        CURRENT.set(outer);
        let stack = unsafe { (*data).stack };
        // SAFETY: the store keeps its stack from the first invocation to its own end.
        if !stack.is_null() && !unsafe { canary_intact(stack) } {
            eprintln!("theater: internal error: a fiber's stack was overrun");
            std::process::abort();
        }
        match polled {
            Poll::Pending if unsafe { (*data).yielded } => YIELDED,
            Poll::Pending => WAITING,
            Poll::Ready(outcome) => {
                self.invocation = None;
                match outcome {
                    Ok(Outcome::Instance(instance)) => self.instance = Some(instance),
                    Ok(Outcome::Result(result)) => self.result = result,
                    Err(error) => return self.fail_instantiation_aware(&error),
                }
                DONE
            }
        }
    }

    /// A limit that is reached while the instance is being made is an error without a code of its own.
    fn fail_instantiation_aware(&mut self, error: &wasmtime::Error) -> u32 {
        let mut failed = TeError::of_guest(error);
        if self.instance.is_none() && matches!(failed.code(), Code::BadValue) {
            if let Some(code) = self.store.data().denied {
                failed = failed.with_code(code);
            }
        }
        self.fail(failed)
    }

    fn fail(&mut self, error: TeError) -> u32 {
        self.error = Some(error.with_refused(self.store.data().refused));
        TRAPPED
    }
}

impl Drop for TeStore {
    fn drop(&mut self) {
        self.store.data().wake.close();
        let data: *mut StoreData = self.store.data_mut();
        let outer = CURRENT.replace(data);
        self.invocation = None;
        CURRENT.set(outer);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_store_new(
    program: *const TeProgram,
    limits: *const TeLimits,
    store_env: *mut c_void,
    wake: unsafe extern "C" fn(*mut c_void),
    wake_env: *mut c_void,
) -> *mut TeStore {
    let (engine, limits) = unsafe { ((*program).component.engine(), *limits) };
    let interrupted = Arc::new(AtomicBool::new(false));
    let data = StoreData {
        env: Env(store_env),
        wake: Arc::new(WakeHandle(Mutex::new(Some((wake, Env(wake_env)))))),
        limits,
        memory_bytes: 0,
        table_elements: 0,
        denied: None,
        refused: None,
        ticks: 0,
        yielded: false,
        interrupted: interrupted.clone(),
        stack: null(),
    };
    let mut store = Box::new(Store::new(engine, data));
    store.limiter(|data| data);
    store.epoch_deadline_callback(|mut store| store.data_mut().deadline());
    store.set_hostcall_fuel(usize::try_from(limits.payload_bytes).unwrap_or(usize::MAX));
    let exports = vec![None; unsafe { &*program }.exports.len()];
    Box::into_raw(Box::new(TeStore {
        invocation: None,
        store,
        program,
        instance: None,
        exports,
        result: ValueBytes::default(),
        error: None,
        interrupted,
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_store_delete(store: *mut TeStore) {
    if !store.is_null() {
        drop(unsafe { Box::from_raw(store) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_store_instantiate(store: *mut TeStore) {
    unsafe { (*store).instantiate() }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_store_call(store: *mut TeStore, export_number: u32, args: Slice) {
    unsafe { (*store).call(export_number as usize, args.bytes()) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_store_resume(store: *mut TeStore) -> u32 {
    unsafe { (*store).resume() }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_store_result(store: *const TeStore) -> Slice {
    Slice::of(unsafe { (*store).result.bytes() })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_store_error(store: *const TeStore) -> *const TeError {
    unsafe { (*store).error.as_ref().map_or(null(), std::ptr::from_ref) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_store_memory_bytes(store: *const TeStore) -> u64 {
    unsafe { (*store).store.data().memory_bytes }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_store_interrupt(store: *mut TeStore) {
    unsafe { (*store).interrupted.store(true, Ordering::Relaxed) }
}
