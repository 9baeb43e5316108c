//! Errors as the C interface shows them: a code, a message, and the guest's backtrace.

use crate::abi::Slice;
use std::fmt;
use wasmtime::{Trap, WasmBacktrace};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Code {
    Unreachable = 0,
    MemoryOutOfBounds = 1,
    TableOutOfBounds = 2,
    BadIndirectCall = 3,
    IntegerOverflow = 4,
    IntegerDivisionByZero = 5,
    BadConversionToInteger = 6,
    StackOverflow = 7,
    BadValue = 8,
    Other = 9,
    HostRefused = 10,
    CpuLimit = 11,
    MemoryLimit = 12,
    TableLimit = 13,
    InstanceLimit = 14,
    PayloadLimit = 15,
    HostShortage = 16,
    Killed = 17,
    Invalid = 100,
    Unsupported = 101,
    Missing = 102,
}

impl Code {
    /// The code C++ passed, or `Other` for a number that is none.
    pub fn from_u32(number: u32) -> Code {
        use Code::*;
        [
            Unreachable, MemoryOutOfBounds, TableOutOfBounds, BadIndirectCall, IntegerOverflow,
            IntegerDivisionByZero, BadConversionToInteger, StackOverflow, BadValue, Other,
            HostRefused, CpuLimit, MemoryLimit, TableLimit, InstanceLimit, PayloadLimit,
            HostShortage, Killed,
        ]
        .into_iter()
        .find(|code| *code as u32 == number)
        .unwrap_or(Other)
    }
}

/// A failure that knows its code; it travels through Wasmtime's own error type and comes out again.
#[derive(Debug)]
pub struct Failure {
    pub code: Code,
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// An error of Wasmtime's kind that carries `code` through its frames.
pub fn failure(code: Code, message: impl Into<String>) -> wasmtime::Error {
    wasmtime::Error::new(Failure { code, message: message.into() })
}

/// Growth of memory or of a table that the limits did not allow: the guest was told -1.
#[derive(Clone, Copy)]
pub struct RefusedGrowth {
    pub limit: Code,
    /// Bytes of all memories, or elements of all tables, had it been allowed.
    pub wanted: u64,
}

pub struct TeError {
    code: Code,
    message: String,
    backtrace: String,
    refused: Option<RefusedGrowth>,
}

impl TeError {
    pub fn new(code: Code, message: impl Into<String>) -> TeError {
        TeError { code, message: message.into(), backtrace: String::new(), refused: None }
    }

    /// What a call or an instantiation failed with. Whatever Wasmtime says without a code of its own
    /// comes from lifting and lowering: the guest broke the canonical ABI.
    pub fn of_guest(error: &wasmtime::Error) -> TeError {
        let backtrace = error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default();
        if let Some(failure) = error.downcast_ref::<Failure>() {
            return TeError { code: failure.code, message: failure.message.clone(), backtrace, refused: None };
        }
        if let Some(trap) = error.downcast_ref::<Trap>() {
            return TeError { code: trap_code(*trap), message: trap_text(*trap), backtrace, refused: None };
        }
        let message = chain_text(error);
        // The two bounds below are Wasmtime's own, and it gives them no type to tell them by.
        let code = if message.contains("fuel allocated for hostcalls has been exhausted") {
            Code::PayloadLimit
        } else if message.contains("resource limit exceeded") {
            Code::InstanceLimit
        } else {
            Code::BadValue
        };
        TeError { code, message, backtrace, refused: None }
    }

    pub fn into_raw(self) -> *mut TeError {
        Box::into_raw(Box::new(self))
    }

    pub fn with_code(mut self, code: Code) -> TeError {
        self.code = code;
        self
    }

    pub fn with_refused(mut self, refused: Option<RefusedGrowth>) -> TeError {
        self.refused = refused;
        self
    }

    pub fn code(&self) -> Code {
        self.code
    }
}

/// The messages of an error and of what caused it, outermost first, without the backtrace.
pub fn chain_text(error: &wasmtime::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        // The backtrace is a context of the error; it is shown apart.
        if !text.starts_with("error while executing") {
            parts.push(text);
        }
    }
    parts.join(": ")
}

fn trap_text(trap: Trap) -> String {
    let text = trap.to_string();
    text.strip_prefix("wasm trap: ").unwrap_or(&text).to_string()
}

fn trap_code(trap: Trap) -> Code {
    match trap {
        Trap::UnreachableCodeReached => Code::Unreachable,
        Trap::MemoryOutOfBounds | Trap::HeapMisaligned => Code::MemoryOutOfBounds,
        Trap::TableOutOfBounds => Code::TableOutOfBounds,
        Trap::IndirectCallToNull | Trap::BadSignature => Code::BadIndirectCall,
        Trap::IntegerOverflow => Code::IntegerOverflow,
        Trap::IntegerDivisionByZero => Code::IntegerDivisionByZero,
        Trap::BadConversionToInteger => Code::BadConversionToInteger,
        Trap::StackOverflow => Code::StackOverflow,
        Trap::Interrupt => Code::CpuLimit,
        _ => Code::Other,
    }
}

fn frames(backtrace: &WasmBacktrace) -> String {
    let mut text = String::new();
    for frame in backtrace.frames() {
        let module = frame.module().name().unwrap_or("<module>");
        let function = match frame.func_name() {
            Some(name) => one_line(name),
            None => format!("<function {}>", frame.func_index()),
        };
        let offset = frame.module_offset().map(|o| format!(" @ {o:#x}")).unwrap_or_default();
        text.push_str(&format!("{module}!{function}{offset}\n"));
    }
    text
}

/// Symbol names come from the guest: as its toolchain wrote them, but on one line.
fn one_line(name: &str) -> String {
    name.replace(['\n', '\r'], " ")
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_error_delete(error: *mut TeError) {
    if !error.is_null() {
        drop(unsafe { Box::from_raw(error) });
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_error_code(error: *const TeError) -> u32 {
    unsafe { (*error).code as u32 }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_error_message(error: *const TeError) -> Slice {
    Slice::of(unsafe { (*error).message.as_bytes() })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_error_backtrace(error: *const TeError) -> Slice {
    Slice::of(unsafe { (*error).backtrace.as_bytes() })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_error_refused(error: *const TeError, wanted: *mut u64) -> u32 {
    match unsafe { (*error).refused } {
        Some(refused) => {
            unsafe { *wanted = refused.wanted };
            refused.limit as u32
        }
        None => Code::Missing as u32,
    }
}
