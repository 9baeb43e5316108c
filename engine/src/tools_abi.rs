//! The C functions around `tooling`.

use crate::abi::{Buffer, Slice};
use crate::error::{Code, TeError};
use crate::tooling;
use std::ptr::null_mut;

fn answer(result: Result<Vec<u8>, String>, out: *mut Buffer) -> *mut TeError {
    match result {
        Ok(bytes) => {
            unsafe { *out = Buffer::of(bytes) };
            null_mut()
        }
        Err(message) => TeError::new(Code::Invalid, message).into_raw(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_print_wit(component: Slice, out: *mut Buffer) -> *mut TeError {
    let text = wat::parse_bytes(unsafe { component.bytes() })
        .map_err(|error| error.to_string())
        .and_then(|binary| tooling::print_wit(&binary));
    answer(text.map(String::into_bytes), out)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_componentize(core_module: Slice, out: *mut Buffer) -> *mut TeError {
    answer(tooling::componentize(unsafe { core_module.bytes() }), out)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_component_type_section(wit_path: Slice, world: Slice, out: *mut Buffer) -> *mut TeError {
    let (path, world) = unsafe { (wit_path.text(), world.text()) };
    answer(tooling::component_type_section(&path, &world), out)
}
