//! Lifting: what the guest holds, flat or in its memory, written as value bytes.
//!
//! The walk follows the component's own runtime types, so one implementation serves every function.
//! It relies on Wasmtime's hidden `Lift` trait, which is why the version is pinned exactly; the shape of
//! each method follows the canonical ABI of the Component Model ("Lifting and Lowering Values").

use crate::error::{failure, Code};
use crate::leb::{write_signed, write_text, write_unsigned};
use std::mem::size_of;
use wasmtime::component::__internal::wasmtime_environ::component::{StringEncoding, VariantInfo};
use wasmtime::component::__internal::{InterfaceType, LiftContext};
use wasmtime::component::Lift;
use wasmtime::{Result, ValRaw};

fn bad(what: impl Into<String>) -> wasmtime::Error {
    failure(Code::BadValue, what)
}

fn unsupported() -> wasmtime::Error {
    failure(Code::BadValue, "a value of a resource, future, stream or map type cannot cross")
}

pub fn write_f32(out: &mut Vec<u8>, value: f32) {
    let bits = if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() };
    out.extend_from_slice(&bits.to_le_bytes());
}

pub fn write_f64(out: &mut Vec<u8>, value: f64) {
    let bits = if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
    out.extend_from_slice(&bits.to_le_bytes());
}

fn write_char(out: &mut Vec<u8>, scalar: u32) -> Result<()> {
    let c = char::from_u32(scalar).ok_or_else(|| bad(format!("{scalar:#x} is not a Unicode scalar value")))?;
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(())
}

/// Bits of a flags type, as value bytes: unused bits are cleared, as the canonical ABI ignores them.
fn write_flags(out: &mut Vec<u8>, count: usize, words: impl Iterator<Item = u32>) {
    let start = out.len();
    for word in words {
        out.extend_from_slice(&word.to_le_bytes());
    }
    out.resize(start + count.div_ceil(8), 0);
    if count % 8 != 0 {
        let last = out.len() - 1;
        out[last] &= (1 << (count % 8)) - 1;
    }
}

/// The core values of one flat list, read one after the other.
pub struct Flat<'a>(pub std::slice::Iter<'a, ValRaw>);

impl Flat<'_> {
    fn next(&mut self) -> &ValRaw {
        // The count was computed from the same types that drive the reading.
        self.0.next().expect("flat values match their type")
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }
}

fn flat_count(cx: &LiftContext<'_>, ty: &InterfaceType) -> usize {
    cx.types.canonical_abi(ty).flat_count(usize::MAX).expect("a flat type has a flat count")
}

pub fn from_flat(cx: &mut LiftContext<'_>, ty: InterfaceType, src: &mut Flat<'_>, out: &mut Vec<u8>) -> Result<()> {
    match ty {
        InterfaceType::Bool => out.push(u8::from(src.next().get_u32() != 0)),
        InterfaceType::S8 | InterfaceType::U8 => out.push(src.next().get_u32() as u8),
        InterfaceType::S16 => write_signed(out, i64::from(src.next().get_u32() as i16)),
        InterfaceType::U16 => write_unsigned(out, u64::from(src.next().get_u32() as u16)),
        InterfaceType::S32 => write_signed(out, i64::from(src.next().get_i32())),
        InterfaceType::U32 => write_unsigned(out, u64::from(src.next().get_u32())),
        InterfaceType::S64 => write_signed(out, src.next().get_i64()),
        InterfaceType::U64 => write_unsigned(out, src.next().get_u64()),
        InterfaceType::Float32 => write_f32(out, f32::from_bits(src.next().get_f32())),
        InterfaceType::Float64 => write_f64(out, f64::from_bits(src.next().get_f64())),
        InterfaceType::Char => write_char(out, src.next().get_u32())?,
        InterfaceType::String => {
            let pair = [*src.next(), *src.next()];
            match cx.options().string_encoding {
                StringEncoding::Utf8 => {
                    utf8(cx, pair[0].get_u32() as usize, pair[1].get_u32() as usize, out)?
                }
                _ => {
                    let text = String::linear_lift_from_flat(cx, ty, &pair)?;
                    write_text(out, &text);
                }
            }
        }
        InterfaceType::List(index) => {
            let pointer = src.next().get_u32() as usize;
            let length = src.next().get_u32() as usize;
            let element = cx.types[index].element;
            list(cx, element, pointer, length, out)?;
        }
        InterfaceType::Record(index) => {
            let types = cx.types;
            for field in types[index].fields.iter() {
                from_flat(cx, field.ty, src, out)?;
            }
        }
        InterfaceType::Tuple(index) => {
            let types = cx.types;
            for element in types[index].types.iter() {
                from_flat(cx, *element, src, out)?;
            }
        }
        InterfaceType::Variant(index) => {
            let types = cx.types;
            let cases = &types[index].cases;
            let case = src.next().get_u32();
            let (_, payload) = cases
                .get_index(case as usize)
                .ok_or_else(|| bad(format!("a variant has case {case} of {}", cases.len())))?;
            write_unsigned(out, u64::from(case));
            flat_payload(cx, &ty, *payload, src, out)?;
        }
        InterfaceType::Enum(index) => {
            let count = cx.types[index].names.len();
            let case = src.next().get_u32();
            if case as usize >= count {
                return Err(bad(format!("an enum has case {case} of {count}")));
            }
            write_unsigned(out, u64::from(case));
        }
        InterfaceType::Option(index) => {
            let payload = cx.types[index].ty;
            let case = src.next().get_u32();
            if case > 1 {
                return Err(bad(format!("an option has case {case}")));
            }
            out.push(case as u8);
            flat_payload(cx, &ty, (case == 1).then_some(payload), src, out)?;
        }
        InterfaceType::Result(index) => {
            let (ok, err) = (cx.types[index].ok, cx.types[index].err);
            let case = src.next().get_u32();
            if case > 1 {
                return Err(bad(format!("a result has case {case}")));
            }
            out.push(case as u8);
            flat_payload(cx, &ty, if case == 0 { ok } else { err }, src, out)?;
        }
        InterfaceType::Flags(index) => {
            let count = cx.types[index].names.len();
            let words: Vec<u32> = (0..flat_count(cx, &ty)).map(|_| src.next().get_u32()).collect();
            write_flags(out, count, words.into_iter());
        }
        InterfaceType::Own(_)
        | InterfaceType::Borrow(_)
        | InterfaceType::Future(_)
        | InterfaceType::Stream(_)
        | InterfaceType::ErrorContext(_)
        | InterfaceType::Map(_)
        | InterfaceType::FixedLengthList(_) => return Err(unsupported()),
    }
    Ok(())
}

/// A variant's payload and the core values that its largest case would have used.
fn flat_payload(
    cx: &mut LiftContext<'_>,
    variant: &InterfaceType,
    payload: Option<InterfaceType>,
    src: &mut Flat<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut used = 1;
    if let Some(payload) = payload {
        from_flat(cx, payload, src, out)?;
        used += flat_count(cx, &payload);
    }
    src.skip(flat_count(cx, variant) - used);
    Ok(())
}

fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes[..N].try_into().expect("the slice has the type's size")
}

/// `bytes` is exactly the value's place in the guest's memory.
pub fn from_memory(cx: &mut LiftContext<'_>, ty: InterfaceType, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    match ty {
        InterfaceType::Bool => out.push(u8::from(bytes[0] != 0)),
        InterfaceType::S8 | InterfaceType::U8 => out.push(bytes[0]),
        InterfaceType::S16 => write_signed(out, i64::from(i16::from_le_bytes(fixed(bytes)))),
        InterfaceType::U16 => write_unsigned(out, u64::from(u16::from_le_bytes(fixed(bytes)))),
        InterfaceType::S32 => write_signed(out, i64::from(i32::from_le_bytes(fixed(bytes)))),
        InterfaceType::U32 => write_unsigned(out, u64::from(u32::from_le_bytes(fixed(bytes)))),
        InterfaceType::S64 => write_signed(out, i64::from_le_bytes(fixed(bytes))),
        InterfaceType::U64 => write_unsigned(out, u64::from_le_bytes(fixed(bytes))),
        InterfaceType::Float32 => write_f32(out, f32::from_le_bytes(fixed(bytes))),
        InterfaceType::Float64 => write_f64(out, f64::from_le_bytes(fixed(bytes))),
        InterfaceType::Char => write_char(out, u32::from_le_bytes(fixed(bytes)))?,
        InterfaceType::String => {
            let pointer = u32::from_le_bytes(fixed(bytes)) as usize;
            let length = u32::from_le_bytes(fixed(&bytes[4..])) as usize;
            match cx.options().string_encoding {
                StringEncoding::Utf8 => utf8(cx, pointer, length, out)?,
                _ => {
                    let text = String::linear_lift_from_memory(cx, ty, bytes)?;
                    write_text(out, &text);
                }
            }
        }
        InterfaceType::List(index) => {
            let pointer = u32::from_le_bytes(fixed(bytes)) as usize;
            let length = u32::from_le_bytes(fixed(&bytes[4..])) as usize;
            let element = cx.types[index].element;
            list(cx, element, pointer, length, out)?;
        }
        InterfaceType::Record(index) => {
            let types = cx.types;
            let mut offset = 0;
            for field in types[index].fields.iter() {
                field_from_memory(cx, field.ty, &mut offset, bytes, out)?;
            }
        }
        InterfaceType::Tuple(index) => {
            let types = cx.types;
            let mut offset = 0;
            for element in types[index].types.iter() {
                field_from_memory(cx, *element, &mut offset, bytes, out)?;
            }
        }
        InterfaceType::Variant(index) => {
            let types = cx.types;
            let variant = &types[index];
            let case = discriminant(&variant.info, bytes);
            let (_, payload) = variant
                .cases
                .get_index(case as usize)
                .ok_or_else(|| bad(format!("a variant has case {case} of {}", variant.cases.len())))?;
            write_unsigned(out, u64::from(case));
            payload_from_memory(cx, &variant.info, *payload, bytes, out)?;
        }
        InterfaceType::Enum(index) => {
            let types = cx.types;
            let case = discriminant(&types[index].info, bytes);
            let count = types[index].names.len();
            if case as usize >= count {
                return Err(bad(format!("an enum has case {case} of {count}")));
            }
            write_unsigned(out, u64::from(case));
        }
        InterfaceType::Option(index) => {
            let types = cx.types;
            let option = &types[index];
            let case = discriminant(&option.info, bytes);
            if case > 1 {
                return Err(bad(format!("an option has case {case}")));
            }
            out.push(case as u8);
            payload_from_memory(cx, &option.info, (case == 1).then_some(option.ty), bytes, out)?;
        }
        InterfaceType::Result(index) => {
            let types = cx.types;
            let result = &types[index];
            let case = discriminant(&result.info, bytes);
            if case > 1 {
                return Err(bad(format!("a result has case {case}")));
            }
            out.push(case as u8);
            payload_from_memory(cx, &result.info, if case == 0 { result.ok } else { result.err }, bytes, out)?;
        }
        InterfaceType::Flags(index) => {
            let count = cx.types[index].names.len();
            // One or two bytes for up to 8 or 16 labels, then whole words.
            match bytes.len() {
                1 => write_flags(out, count, std::iter::once(u32::from(bytes[0]))),
                2 => write_flags(out, count, std::iter::once(u32::from(u16::from_le_bytes(fixed(bytes))))),
                _ => write_flags(out, count, bytes.chunks_exact(4).map(|word| u32::from_le_bytes(fixed(word)))),
            }
        }
        InterfaceType::Own(_)
        | InterfaceType::Borrow(_)
        | InterfaceType::Future(_)
        | InterfaceType::Stream(_)
        | InterfaceType::ErrorContext(_)
        | InterfaceType::Map(_)
        | InterfaceType::FixedLengthList(_) => return Err(unsupported()),
    }
    Ok(())
}

fn field_from_memory(
    cx: &mut LiftContext<'_>,
    ty: InterfaceType,
    offset: &mut usize,
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<()> {
    let abi = cx.types.canonical_abi(&ty);
    let size = abi.size32 as usize;
    let start = abi.next_field32_size(offset);
    from_memory(cx, ty, &bytes[start..][..size], out)
}

fn discriminant(info: &VariantInfo, bytes: &[u8]) -> u32 {
    match u32::from(info.size) {
        1 => u32::from(bytes[0]),
        2 => u32::from(u16::from_le_bytes(fixed(bytes))),
        _ => u32::from_le_bytes(fixed(bytes)),
    }
}

fn payload_from_memory(
    cx: &mut LiftContext<'_>,
    info: &VariantInfo,
    payload: Option<InterfaceType>,
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<()> {
    let Some(payload) = payload else { return Ok(()) };
    let size = cx.types.canonical_abi(&payload).size32 as usize;
    from_memory(cx, payload, &bytes[info.payload_offset32 as usize..][..size], out)
}

fn guest_bytes<'a>(cx: &LiftContext<'a>, what: &str, pointer: usize, size: Option<usize>) -> Result<&'a [u8]> {
    size.and_then(|size| cx.memory().get(pointer..)?.get(..size)).ok_or_else(|| {
        bad(format!("a {what}'s pointer and length reach outside the guest's memory (pointer {pointer:#x})"))
    })
}

fn utf8(cx: &mut LiftContext<'_>, pointer: usize, length: usize, out: &mut Vec<u8>) -> Result<()> {
    let bytes = guest_bytes(cx, "string", pointer, Some(length))?;
    cx.consume_fuel(length)?;
    let text = std::str::from_utf8(bytes)
        .map_err(|e| bad(format!("a string is not UTF-8 (first wrong byte at {})", e.valid_up_to())))?;
    write_text(out, text);
    Ok(())
}

fn list(
    cx: &mut LiftContext<'_>,
    element: InterfaceType,
    pointer: usize,
    length: usize,
    out: &mut Vec<u8>,
) -> Result<()> {
    let abi = cx.types.canonical_abi(&element);
    let (size, align) = (abi.size32 as usize, abi.align32 as usize);
    let bytes = guest_bytes(cx, "list", pointer, length.checked_mul(size))?;
    if pointer % align != 0 {
        return Err(bad("a list's pointer is not aligned"));
    }
    cx.consume_fuel_array(length, size.max(1))?;
    write_unsigned(out, length as u64);
    if matches!(element, InterfaceType::U8 | InterfaceType::S8) {
        out.extend_from_slice(bytes);
        return Ok(());
    }
    for item in bytes.chunks_exact(size.max(1)) {
        from_memory(cx, element, item, out)?;
    }
    Ok(())
}

const _: () = assert!(size_of::<usize>() == 8, "pointers from 32-bit memories are kept in usize");
