//! Linear memories and fiber stacks from the host's arenas.
//!
//! The reservation and the guard are configured to be zero and memories never move, so every access is
//! checked against the memory's current size: bytes between that size and the end of the block are out
//! of the guest's reach until it grows, and then they are zero.

use crate::abi::Env;
use crate::store::with_current;
use std::ops::Range;
use std::os::raw::c_void;
use wasmtime::{Error, LinearMemory, MemoryCreator, MemoryType, Result, StackCreator, StackMemory};

#[derive(Clone, Copy)]
pub struct Hooks {
    pub env: Env,
    pub memory_new: unsafe extern "C" fn(*mut c_void, usize) -> *mut u8,
    pub memory_delete: unsafe extern "C" fn(*mut c_void, *mut u8, usize, usize),
    pub stack_new: unsafe extern "C" fn(*mut c_void) -> *mut u8,
    pub stack_delete: unsafe extern "C" fn(*mut c_void, *mut u8),
    pub stack_size: usize,
}

struct Block {
    hooks: Hooks,
    base: *mut u8,
    size: usize,
    capacity: usize,
}

// SAFETY: the block is owned by one memory; the arena behind the hooks is safe from any thread.
unsafe impl Send for Block {}
unsafe impl Sync for Block {}

impl Drop for Block {
    fn drop(&mut self) {
        unsafe { (self.hooks.memory_delete)(self.hooks.env.0, self.base, self.capacity, self.size) }
    }
}

unsafe impl LinearMemory for Block {
    fn byte_size(&self) -> usize {
        self.size
    }

    fn byte_capacity(&self) -> usize {
        self.capacity
    }

    fn grow_to(&mut self, new_size: usize) -> Result<()> {
        // The store's limiter has already answered what the guest may have; the block was made to hold it.
        if new_size > self.capacity {
            return Err(Error::msg("the memory's block is smaller than its limit"));
        }
        self.size = new_size;
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.base
    }
}

impl Hooks {
    fn new_block(&self, minimum: usize, maximum: Option<usize>) -> Result<Block, String> {
        let limit = with_current(|store| store.memory_limit()).unwrap_or(usize::MAX);
        let capacity = maximum.unwrap_or(usize::MAX).min(limit).max(minimum);
        let base = unsafe { (self.memory_new)(self.env.0, capacity) };
        if base.is_null() {
            with_current(|store| store.note_shortage());
            return Err(format!("the host has no room for a linear memory of up to {capacity} bytes"));
        }
        Ok(Block { hooks: *self, base, size: minimum, capacity })
    }
}

pub struct Memories(pub Hooks);

unsafe impl MemoryCreator for Memories {
    fn new_memory(
        &self,
        _: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        _reserved: Option<usize>,
        _guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        Ok(Box::new(self.0.new_block(minimum, maximum)?))
    }
}

struct Stack {
    hooks: Hooks,
    base: *mut u8,
}

unsafe impl Send for Stack {}
unsafe impl Sync for Stack {}

impl Drop for Stack {
    fn drop(&mut self) {
        unsafe { (self.hooks.stack_delete)(self.hooks.env.0, self.base) }
    }
}

unsafe impl StackMemory for Stack {
    fn top(&self) -> *mut u8 {
        // SAFETY: one past the end of the block.
        unsafe { self.base.add(self.hooks.stack_size) }
    }

    fn range(&self) -> Range<usize> {
        self.base as usize..self.base as usize + self.hooks.stack_size
    }

    fn guard_range(&self) -> Range<*mut u8> {
        self.base..self.base
    }
}

pub struct Stacks(pub Hooks);

/// The canary: so many words at the lowest end of every stack, checked each time a guest stops running.
/// All must be zero, which is what a page holds that was never written to: so the canary takes no memory.
/// A function that overflows the stack leaves a word there that is not zero, the address that it returns
/// to, unless its own frame jumps over all of these words. Checking 32 takes 5 ns, about 1 % of the
/// shortest switch; 128 would take 18 ns.
const CANARY_WORDS: usize = 32;

unsafe impl StackCreator for Stacks {
    fn new_stack(&self, size: usize, _zeroed: bool) -> Result<Box<dyn StackMemory>, Error> {
        let base = unsafe { (self.0.stack_new)(self.0.env.0) };
        if base.is_null() || size > self.0.stack_size {
            with_current(|store| store.note_shortage());
            return Err(Error::msg("the host has no room for another fiber stack"));
        }
        with_current(|store| store.note_stack(base));
        Ok(Box::new(Stack { hooks: self.0, base }))
    }
}

/// False if the stack was used down to its canary: then something may have written past its lowest end, and
/// nothing in the process can be trusted.
///
/// # Safety
/// `base` is the base of a live stack whose guest does not run.
pub unsafe fn canary_intact(base: *const u8) -> bool {
    let words = unsafe { std::slice::from_raw_parts(std::hint::black_box(base).cast::<u64>(), CANARY_WORDS) };
    words.iter().fold(0, |all, word| all | word) == 0
}
