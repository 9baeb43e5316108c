//! The types that stand for "any parameters" and "any results" in Wasmtime's typed interface.
//!
//! Wasmtime asks a host type for a fixed flat shape, but hands each method the component's runtime type.
//! The four types here claim a shape that is large enough (calls into the guest) or empty (calls out of
//! it) and then follow the runtime type. `SIZE32` is read only for host parameters in memory, where it
//! must be zero.

use crate::error::{failure, Code};
use crate::leb::Reader;
use crate::{lift, lower};
use std::cell::RefCell;
use std::mem::MaybeUninit;
use wasmtime::component::__internal::{CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext, LowerContext};
use wasmtime::component::{ComponentNamedList, ComponentType, Lift, Lower};
use wasmtime::{Result, ValRaw};

/// Most core values that parameters may have before they go through memory.
const FLAT_PARAMS_MAX: usize = 16;

thread_local! {
    /// Vectors that keep their capacity from one value to the next; a few, since calls nest.
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

const SPARE_MAX: usize = 8;
const SPARE_CAPACITY_MAX: usize = 64 << 10;

/// Value bytes in a vector that returns to its thread's spares.
#[derive(Default)]
pub struct ValueBytes(Vec<u8>);

impl ValueBytes {
    pub fn new() -> ValueBytes {
        ValueBytes(SPARE.with_borrow_mut(Vec::pop).unwrap_or_default())
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for ValueBytes {
    fn drop(&mut self) {
        let mut spare = std::mem::take(&mut self.0);
        if spare.capacity() <= SPARE_CAPACITY_MAX {
            spare.clear();
            SPARE.with_borrow_mut(|spares| {
                if spares.len() < SPARE_MAX {
                    spares.push(spare);
                }
            });
        }
    }
}

macro_rules! shape {
    ($name:ident, $count:expr) => {
        unsafe impl ComponentType for $name {
            type Lower = [ValRaw; $count];
            const ABI: CanonicalAbiInfo = CanonicalAbiInfo::ZERO;
            fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
                Ok(())
            }
        }
        unsafe impl ComponentNamedList for $name {}
    };
}

/// Arguments of a call into the guest: value bytes that stay valid until the invocation ends.
pub struct CallArgs {
    data: *const u8,
    size: usize,
}

// SAFETY: the bytes are only read, and the caller of te_store_call keeps them.
unsafe impl Send for CallArgs {}
unsafe impl Sync for CallArgs {}

impl CallArgs {
    pub fn new(bytes: &[u8]) -> CallArgs {
        CallArgs { data: bytes.as_ptr(), size: bytes.len() }
    }
}

shape!(CallArgs, FLAT_PARAMS_MAX);

unsafe impl Lower for CallArgs {
    fn linear_lower_to_flat<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        dst: &mut MaybeUninit<Self::Lower>,
    ) -> Result<()> {
        let bytes = if self.size == 0 { &[] } else { unsafe { std::slice::from_raw_parts(self.data, self.size) } };
        // SAFETY: an array of uninitialised values may be viewed as uninitialised values.
        let slots = unsafe { &mut *dst.as_mut_ptr().cast::<[MaybeUninit<ValRaw>; FLAT_PARAMS_MAX]>() };
        lower::params(cx, ty, &mut Reader::new(bytes), slots)
    }

    fn linear_lower_to_memory<T>(&self, _: &mut LowerContext<'_, T>, _: InterfaceType, _: usize) -> Result<()> {
        Err(failure(Code::Other, "call arguments are always lowered flat"))
    }
}

/// Results of a call into the guest.
pub struct CallResult(pub ValueBytes);

shape!(CallResult, 1);

unsafe impl Lift for CallResult {
    fn linear_lift_from_flat(cx: &mut LiftContext<'_>, ty: InterfaceType, src: &Self::Lower) -> Result<Self> {
        let abi = cx.types.canonical_abi(&ty);
        let mut out = ValueBytes::new();
        match abi.flat_count(1) {
            Some(count) => lift::from_flat(cx, ty, &mut lift::Flat(src[..count].iter()), &mut out.0)?,
            None => {
                let pointer = src[0].get_u32() as usize;
                if pointer % abi.align32 as usize != 0 {
                    return Err(failure(Code::BadValue, "the result's pointer is not aligned"));
                }
                let bytes = cx.memory().get(pointer..).and_then(|rest| rest.get(..abi.size32 as usize));
                let bytes = bytes.ok_or_else(|| {
                    failure(Code::BadValue, "the result's pointer reaches outside the guest's memory")
                })?;
                lift::from_memory(cx, ty, bytes, &mut out.0)?;
            }
        }
        Ok(CallResult(out))
    }

    fn linear_lift_from_memory(_: &mut LiftContext<'_>, _: InterfaceType, _: &[u8]) -> Result<Self> {
        Err(failure(Code::Other, "call results are always lifted flat"))
    }
}

/// Arguments of a call out of the guest.
pub struct HostArgs(pub ValueBytes);

shape!(HostArgs, 0);

unsafe impl Lift for HostArgs {
    fn linear_lift_from_flat(cx: &mut LiftContext<'_>, ty: InterfaceType, src: &Self::Lower) -> Result<Self> {
        let count = cx.types.canonical_abi(&ty).flat_count(FLAT_PARAMS_MAX).expect("flat parameters are few");
        // SAFETY: Wasmtime hands over as many core values as the runtime type has, behind a reference
        // to the empty array that this type claims.
        let slots = unsafe { std::slice::from_raw_parts(std::ptr::from_ref(src).cast::<ValRaw>(), count) };
        let mut out = ValueBytes::new();
        lift::from_flat(cx, ty, &mut lift::Flat(slots.iter()), &mut out.0)?;
        Ok(HostArgs(out))
    }

    fn linear_lift_from_memory(cx: &mut LiftContext<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        // `bytes` is the empty start of the parameters' place, which Wasmtime checked to be in bounds.
        let offset = bytes.as_ptr() as usize - cx.memory().as_ptr() as usize;
        let size = cx.types.canonical_abi(&ty).size32 as usize;
        let place = &cx.memory()[offset..][..size];
        let mut out = ValueBytes::new();
        lift::from_memory(cx, ty, place, &mut out.0)?;
        Ok(HostArgs(out))
    }
}

/// Results of a call out of the guest: bytes of the host's that stay valid until they are lowered, or
/// bytes that arrived later.
pub enum HostResult {
    Borrowed { data: *const u8, size: usize },
    Owned(Vec<u8>),
}

// SAFETY: borrowed bytes belong to the one host object that serves this store's thread of execution.
unsafe impl Send for HostResult {}
unsafe impl Sync for HostResult {}

impl HostResult {
    fn reader(&self) -> Reader<'_> {
        match self {
            HostResult::Borrowed { size: 0, .. } => Reader::new(&[]),
            HostResult::Borrowed { data, size } => {
                Reader::new(unsafe { std::slice::from_raw_parts(*data, *size) })
            }
            HostResult::Owned(bytes) => Reader::new(bytes),
        }
    }
}

shape!(HostResult, 0);

unsafe impl Lower for HostResult {
    fn linear_lower_to_flat<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        dst: &mut MaybeUninit<Self::Lower>,
    ) -> Result<()> {
        let count = cx.types.canonical_abi(&ty).flat_count(1).expect("flat results are few");
        // SAFETY: as for the parameters, the real count of slots lies behind the empty array.
        let slots = unsafe { std::slice::from_raw_parts_mut(dst.as_mut_ptr().cast::<MaybeUninit<ValRaw>>(), count) };
        let mut reader = self.reader();
        lower::to_flat(cx, ty, &mut reader, &mut lower::Flat(slots.iter_mut()))?;
        reader.end()
    }

    fn linear_lower_to_memory<T>(&self, cx: &mut LowerContext<'_, T>, ty: InterfaceType, offset: usize) -> Result<()> {
        let mut reader = self.reader();
        lower::to_memory(cx, ty, &mut reader, offset)?;
        reader.end()
    }
}
