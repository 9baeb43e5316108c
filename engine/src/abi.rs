//! The plain data of the C interface: slices, buffers, and the helpers that move bytes through them.

use std::os::raw::c_void;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Slice {
    pub data: *const u8,
    pub size: usize,
}

impl Slice {
    pub const EMPTY: Slice = Slice { data: std::ptr::null(), size: 0 };

    pub fn of(bytes: &[u8]) -> Slice {
        Slice { data: bytes.as_ptr(), size: bytes.len() }
    }

    /// # Safety
    /// The bytes must stay valid and unchanged for `'a`.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.size == 0 {
            &[]
        } else {
            unsafe { std::slice::from_raw_parts(self.data, self.size) }
        }
    }

    /// # Safety
    /// As for `bytes`. Invalid UTF-8 is replaced: names from C++ are compared, never trusted.
    pub unsafe fn text<'a>(self) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(unsafe { self.bytes() })
    }
}

#[repr(C)]
pub struct Buffer {
    data: *mut u8,
    size: usize,
    capacity: usize,
}

impl Buffer {
    pub fn of(bytes: Vec<u8>) -> Buffer {
        let mut bytes = std::mem::ManuallyDrop::new(bytes);
        Buffer { data: bytes.as_mut_ptr(), size: bytes.len(), capacity: bytes.capacity() }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_buffer_delete(buffer: *mut Buffer) {
    let buffer = unsafe { &mut *buffer };
    if !buffer.data.is_null() {
        drop(unsafe { Vec::from_raw_parts(buffer.data, buffer.size, buffer.capacity) });
        *buffer = Buffer { data: std::ptr::null_mut(), size: 0, capacity: 0 };
    }
}

/// A C++ pointer that this library only hands back. What it points to is C++'s to protect.
#[derive(Clone, Copy)]
pub struct Env(pub *mut c_void);

unsafe impl Send for Env {}
unsafe impl Sync for Env {}
