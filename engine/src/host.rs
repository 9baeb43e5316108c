//! Host functions: one C callback serves every import, told apart by a number.
//!
//! A function that may wait gets a completion, which anybody may use from any thread: it keeps the answer
//! for the guest's next resume and calls the store's wake callback.

use crate::abi::Slice;
use crate::component::TeComponent;
use crate::engine::TeEngine;
use crate::error::{chain_text, failure, Code, TeError};
use crate::store::{StoreData, WakeHandle};
use crate::value::{HostArgs, HostResult};
use std::future::Future;
use std::os::raw::c_void;
use std::pin::Pin;
use std::ptr::null_mut;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use wasmtime::component::{ComponentExportIndex, InstancePre, Linker};
use wasmtime::Result;

const ANSWER_DONE: u32 = 0;
const ANSWER_LATER: u32 = 2;

pub type HostCall = unsafe extern "C" fn(*mut c_void, u32, Slice, *mut TeCompletion, *mut Slice) -> u32;

enum Answer {
    Waiting,
    Arrived(Result<Vec<u8>, (Code, String)>),
    Cancelled,
}

/// Shared by the guest that waits and the host that will answer.
struct Shared {
    answer: Mutex<Answer>,
    wake: Arc<WakeHandle>,
}

impl Shared {
    fn locked(&self) -> std::sync::MutexGuard<'_, Answer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct TeCompletion(Arc<Shared>);

fn complete(completion: *mut TeCompletion, result: Result<Vec<u8>, (Code, String)>) -> bool {
    // SAFETY: the interface says that a completion is used once.
    let shared = unsafe { Box::from_raw(completion) }.0;
    {
        let mut answer = shared.locked();
        if matches!(*answer, Answer::Cancelled) {
            return false;
        }
        *answer = Answer::Arrived(result);
    }
    shared.wake.wake();
    true
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_completion_answer(completion: *mut TeCompletion, result: Slice) -> bool {
    complete(completion, Ok(unsafe { result.bytes() }.to_vec()))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_completion_trap(completion: *mut TeCompletion, code: u32, message: Slice) -> bool {
    complete(completion, Err((Code::from_u32(code), unsafe { message.text() }.into_owned())))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_completion_cancelled(completion: *const TeCompletion) -> bool {
    matches!(*unsafe { &*completion }.0.locked(), Answer::Cancelled)
}

/// What a waiting guest polls; dropping it tells the host that nobody waits any more.
struct Waiting(Arc<Shared>);

impl Future for Waiting {
    type Output = Result<HostResult>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let mut answer = self.0.locked();
        match std::mem::replace(&mut *answer, Answer::Waiting) {
            Answer::Arrived(Ok(bytes)) => Poll::Ready(Ok(HostResult::Owned(bytes))),
            Answer::Arrived(Err((code, message))) => Poll::Ready(Err(failure(code, message))),
            Answer::Waiting | Answer::Cancelled => Poll::Pending,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        *self.0.locked() = Answer::Cancelled;
    }
}

fn refused(result: Slice) -> wasmtime::Error {
    failure(Code::HostRefused, unsafe { result.text() }.into_owned())
}

fn call_immediate(data: &StoreData, call: HostCall, function: u32, args: &HostArgs) -> Result<HostResult> {
    let mut result = Slice::EMPTY;
    let args = Slice::of(args.0.bytes());
    match unsafe { call(data.host_env(), function, args, null_mut(), &mut result) } {
        ANSWER_DONE => Ok(HostResult::Borrowed { data: result.data, size: result.size }),
        _ => Err(refused(result)),
    }
}

/// Either the answer, or what to wait for.
fn call_waiting(data: &StoreData, call: HostCall, function: u32, args: &HostArgs) -> Result<Result<HostResult, Waiting>> {
    let shared = Arc::new(Shared { answer: Mutex::new(Answer::Waiting), wake: data.wake.clone() });
    let completion = Box::into_raw(Box::new(TeCompletion(shared.clone())));
    let mut result = Slice::EMPTY;
    let args = Slice::of(args.0.bytes());
    let answer = unsafe { call(data.host_env(), function, args, completion, &mut result) };
    if answer == ANSWER_LATER {
        return Ok(Err(Waiting(shared)));
    }
    // SAFETY: for any other answer the callee left the completion to us.
    drop(unsafe { Box::from_raw(completion) });
    match answer {
        ANSWER_DONE => Ok(Ok(HostResult::Borrowed { data: result.data, size: result.size })),
        _ => Err(refused(result)),
    }
}

pub struct TeLinker {
    linker: Linker<StoreData>,
    call: HostCall,
}

impl TeLinker {
    fn define(&mut self, interface: &str, name: &str, function: u32, may_wait: bool) -> Result<()> {
        let call = self.call;
        let mut instance =
            if interface.is_empty() { self.linker.root() } else { self.linker.instance(interface)? };
        if !may_wait {
            return instance.func_wrap(name, move |store, args: HostArgs| {
                call_immediate(store.data(), call, function, &args)
            });
        }
        instance.func_wrap_async(name, move |mut store, args: HostArgs| {
            match call_waiting(store.data(), call, function, &args) {
                Ok(Err(waiting)) => Box::new(async move {
                    let result = waiting.await;
                    // The slice of time that was running when the guest began to wait is long over.
                    store.set_epoch_deadline(1);
                    result
                }),
                Ok(Ok(result)) => Box::new(std::future::ready(Ok(result))),
                Err(error) => Box::new(std::future::ready(Err(error))),
            }
        })
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_linker_new(engine: *const TeEngine, call: HostCall) -> *mut TeLinker {
    let linker = Linker::new(unsafe { &(*engine).engine });
    Box::into_raw(Box::new(TeLinker { linker, call }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_linker_delete(linker: *mut TeLinker) {
    if !linker.is_null() {
        drop(unsafe { Box::from_raw(linker) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_linker_define(
    linker: *mut TeLinker,
    interface: Slice,
    name: Slice,
    function: u32,
    may_wait: bool,
) -> *mut TeError {
    let (linker, interface, name) = unsafe { (&mut *linker, interface.text(), name.text()) };
    match linker.define(&interface, &name, function, may_wait) {
        Ok(()) => null_mut(),
        Err(error) => TeError::new(Code::Invalid, chain_text(&error)).into_raw(),
    }
}

/// A component joined to its host functions, and the exports that will be called.
pub struct TeProgram {
    pub pre: InstancePre<StoreData>,
    pub component: wasmtime::component::Component,
    pub exports: Vec<ComponentExportIndex>,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_program_new(
    linker: *const TeLinker,
    component: *const TeComponent,
    out: *mut *mut TeProgram,
) -> *mut TeError {
    let (linker, component) = unsafe { (&(*linker).linker, &(*component).0) };
    match linker.instantiate_pre(component) {
        Ok(pre) => {
            let program = TeProgram { pre, component: component.clone(), exports: Vec::new() };
            unsafe { *out = Box::into_raw(Box::new(program)) };
            null_mut()
        }
        Err(error) => TeError::new(Code::Missing, chain_text(&error)).into_raw(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_program_delete(program: *mut TeProgram) {
    if !program.is_null() {
        drop(unsafe { Box::from_raw(program) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_program_add_export(program: *mut TeProgram, interface: Slice, name: Slice) -> *mut TeError {
    let (program, interface, name) = unsafe { (&mut *program, interface.text(), name.text()) };
    let component = &program.component;
    let found = if interface.is_empty() {
        component.get_export_index(None, &*name)
    } else {
        component
            .get_export_index(None, &*interface)
            .and_then(|instance| component.get_export_index(Some(&instance), &*name))
    };
    match found {
        Some(index) => {
            program.exports.push(index);
            null_mut()
        }
        None => TeError::new(Code::Missing, format!("the component has no export {interface}/{name}")).into_raw(),
    }
}
