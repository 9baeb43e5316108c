//! Lowering: value bytes written where the guest wants them, flat or in its memory.
//!
//! The bytes may come from anywhere (another actor, a file), so they are checked as they are read: what
//! does not fit the type is an error before the guest sees it. See `lift` for the traits this rests on.

use crate::error::{failure, Code};
use crate::leb::Reader;
use std::mem::MaybeUninit;
use wasmtime::component::__internal::wasmtime_environ::component::{StringEncoding, VariantInfo};
use wasmtime::component::__internal::{InterfaceType, LowerContext};
use wasmtime::component::Lower;
use wasmtime::{Result, ValRaw};

/// Wasmtime's own bound on a string or list in a 32-bit memory.
const BYTES_MAX: usize = (1 << 31) - 1;

fn unsupported() -> wasmtime::Error {
    failure(Code::BadValue, "a value of a resource, future, stream or map type cannot cross")
}

/// Where core values of one flat list go, one after the other.
pub struct Flat<'a>(pub std::slice::IterMut<'a, MaybeUninit<ValRaw>>);

impl Flat<'_> {
    fn put(&mut self, value: ValRaw) {
        // The count was computed from the same types that drive the writing.
        self.0.next().expect("flat values match their type").write(value);
    }
}

fn flat_count<T>(cx: &LowerContext<'_, T>, ty: &InterfaceType) -> usize {
    cx.types.canonical_abi(ty).flat_count(usize::MAX).expect("a flat type has a flat count")
}

fn read_f32(src: &mut Reader<'_>) -> Result<u32> {
    let bits = u32::from_le_bytes(src.take(4)?.try_into().expect("four bytes"));
    if f32::from_bits(bits).is_nan() && bits != 0x7fc0_0000 {
        return Err(src.bad("a NaN is not the canonical one"));
    }
    Ok(bits)
}

fn read_f64(src: &mut Reader<'_>) -> Result<u64> {
    let bits = u64::from_le_bytes(src.take(8)?.try_into().expect("eight bytes"));
    if f64::from_bits(bits).is_nan() && bits != 0x7ff8_0000_0000_0000 {
        return Err(src.bad("a NaN is not the canonical one"));
    }
    Ok(bits)
}

fn read_bool(src: &mut Reader<'_>) -> Result<u32> {
    match src.byte()? {
        bit @ 0..=1 => Ok(u32::from(bit)),
        _ => Err(src.bad("a discriminant or bool is neither 0 nor 1")),
    }
}

fn read_case(src: &mut Reader<'_>, count: usize) -> Result<u32> {
    let case = src.unsigned(32)? as u32;
    if case as usize >= count {
        return Err(src.bad("a discriminant has no case"));
    }
    Ok(case)
}

/// The words of a flags value; bits past its last label must be zero.
fn read_flags(src: &mut Reader<'_>, count: usize) -> Result<Vec<u32>> {
    let bytes = src.take(count.div_ceil(8))?;
    if count % 8 != 0 && bytes[bytes.len() - 1] >> (count % 8) != 0 {
        return Err(src.bad("flags have a bit without a label"));
    }
    Ok(bytes
        .chunks(4)
        .map(|chunk| {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            u32::from_le_bytes(word)
        })
        .collect())
}

pub fn to_flat<T>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    src: &mut Reader<'_>,
    dst: &mut Flat<'_>,
) -> Result<()> {
    let types = cx.types;
    match ty {
        InterfaceType::Bool => dst.put(ValRaw::u32(read_bool(src)?)),
        InterfaceType::U8 => dst.put(ValRaw::u32(u32::from(src.byte()?))),
        InterfaceType::S8 => dst.put(ValRaw::i32(i32::from(src.byte()? as i8))),
        InterfaceType::U16 => dst.put(ValRaw::u32(src.unsigned(16)? as u32)),
        InterfaceType::S16 => dst.put(ValRaw::i32(src.signed(16)? as i32)),
        InterfaceType::U32 => dst.put(ValRaw::u32(src.unsigned(32)? as u32)),
        InterfaceType::S32 => dst.put(ValRaw::i32(src.signed(32)? as i32)),
        InterfaceType::U64 => dst.put(ValRaw::u64(src.unsigned(64)?)),
        InterfaceType::S64 => dst.put(ValRaw::i64(src.signed(64)?)),
        InterfaceType::Float32 => dst.put(ValRaw::f32(read_f32(src)?)),
        InterfaceType::Float64 => dst.put(ValRaw::f64(read_f64(src)?)),
        InterfaceType::Char => dst.put(ValRaw::u32(u32::from(src.scalar()?))),
        InterfaceType::String => {
            let (pointer, length) = string(cx, ty, src)?;
            dst.put(ValRaw::i64(pointer as i64));
            dst.put(ValRaw::i64(length as i64));
        }
        InterfaceType::List(index) => {
            let (pointer, length) = list(cx, types[index].element, src)?;
            dst.put(ValRaw::i64(pointer as i64));
            dst.put(ValRaw::i64(length as i64));
        }
        InterfaceType::Record(index) => {
            for field in types[index].fields.iter() {
                to_flat(cx, field.ty, src, dst)?;
            }
        }
        InterfaceType::Tuple(index) => {
            for element in types[index].types.iter() {
                to_flat(cx, *element, src, dst)?;
            }
        }
        InterfaceType::Variant(index) => {
            let cases = &types[index].cases;
            let case = read_case(src, cases.len())?;
            dst.put(ValRaw::u32(case));
            flat_payload(cx, &ty, cases[case as usize], src, dst)?;
        }
        InterfaceType::Enum(index) => dst.put(ValRaw::u32(read_case(src, types[index].names.len())?)),
        InterfaceType::Option(index) => {
            let case = read_bool(src)?;
            dst.put(ValRaw::u32(case));
            flat_payload(cx, &ty, (case == 1).then_some(types[index].ty), src, dst)?;
        }
        InterfaceType::Result(index) => {
            let case = read_bool(src)?;
            dst.put(ValRaw::u32(case));
            let payload = if case == 0 { types[index].ok } else { types[index].err };
            flat_payload(cx, &ty, payload, src, dst)?;
        }
        InterfaceType::Flags(index) => {
            for word in read_flags(src, types[index].names.len())? {
                dst.put(ValRaw::u32(word));
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

fn flat_payload<T>(
    cx: &mut LowerContext<'_, T>,
    variant: &InterfaceType,
    payload: Option<InterfaceType>,
    src: &mut Reader<'_>,
    dst: &mut Flat<'_>,
) -> Result<()> {
    let mut used = 1;
    if let Some(payload) = payload {
        to_flat(cx, payload, src, dst)?;
        used += flat_count(cx, &payload);
    }
    for _ in used..flat_count(cx, variant) {
        dst.put(ValRaw::u64(0));
    }
    Ok(())
}

/// `offset` is the value's place in the guest's memory, inside an allocation that was checked.
pub fn to_memory<T>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    src: &mut Reader<'_>,
    offset: usize,
) -> Result<()> {
    let types = cx.types;
    match ty {
        InterfaceType::Bool => put(cx, offset, [read_bool(src)? as u8]),
        InterfaceType::S8 | InterfaceType::U8 => put(cx, offset, [src.byte()?]),
        InterfaceType::U16 => put(cx, offset, (src.unsigned(16)? as u16).to_le_bytes()),
        InterfaceType::S16 => put(cx, offset, (src.signed(16)? as i16).to_le_bytes()),
        InterfaceType::U32 => put(cx, offset, (src.unsigned(32)? as u32).to_le_bytes()),
        InterfaceType::S32 => put(cx, offset, (src.signed(32)? as i32).to_le_bytes()),
        InterfaceType::U64 => put(cx, offset, src.unsigned(64)?.to_le_bytes()),
        InterfaceType::S64 => put(cx, offset, src.signed(64)?.to_le_bytes()),
        InterfaceType::Float32 => put(cx, offset, read_f32(src)?.to_le_bytes()),
        InterfaceType::Float64 => put(cx, offset, read_f64(src)?.to_le_bytes()),
        InterfaceType::Char => put(cx, offset, u32::from(src.scalar()?).to_le_bytes()),
        InterfaceType::String => {
            let (pointer, length) = string(cx, ty, src)?;
            put(cx, offset, (pointer as u32).to_le_bytes());
            put(cx, offset + 4, (length as u32).to_le_bytes());
        }
        InterfaceType::List(index) => {
            let (pointer, length) = list(cx, types[index].element, src)?;
            put(cx, offset, (pointer as u32).to_le_bytes());
            put(cx, offset + 4, (length as u32).to_le_bytes());
        }
        InterfaceType::Record(index) => {
            let mut end = 0;
            for field in types[index].fields.iter() {
                let start = types.canonical_abi(&field.ty).next_field32_size(&mut end);
                to_memory(cx, field.ty, src, offset + start)?;
            }
        }
        InterfaceType::Tuple(index) => {
            let mut end = 0;
            for element in types[index].types.iter() {
                let start = types.canonical_abi(element).next_field32_size(&mut end);
                to_memory(cx, *element, src, offset + start)?;
            }
        }
        InterfaceType::Variant(index) => {
            let variant = &types[index];
            let case = read_case(src, variant.cases.len())?;
            variant_to_memory(cx, &variant.info, case, variant.cases[case as usize], src, offset)?;
        }
        InterfaceType::Enum(index) => {
            let case = read_case(src, types[index].names.len())?;
            variant_to_memory(cx, &types[index].info, case, None, src, offset)?;
        }
        InterfaceType::Option(index) => {
            let option = &types[index];
            let case = read_bool(src)?;
            variant_to_memory(cx, &option.info, case, (case == 1).then_some(option.ty), src, offset)?;
        }
        InterfaceType::Result(index) => {
            let result = &types[index];
            let case = read_bool(src)?;
            let payload = if case == 0 { result.ok } else { result.err };
            variant_to_memory(cx, &result.info, case, payload, src, offset)?;
        }
        InterfaceType::Flags(index) => {
            let count = types[index].names.len();
            let words = read_flags(src, count)?;
            match count {
                0 => {}
                1..=8 => put(cx, offset, [words[0] as u8]),
                9..=16 => put(cx, offset, (words[0] as u16).to_le_bytes()),
                _ => {
                    for (i, word) in words.iter().enumerate() {
                        put(cx, offset + i * 4, word.to_le_bytes());
                    }
                }
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

fn put<T, const N: usize>(cx: &mut LowerContext<'_, T>, offset: usize, bytes: [u8; N]) {
    *cx.get::<N>(offset) = bytes;
}

fn variant_to_memory<T>(
    cx: &mut LowerContext<'_, T>,
    info: &VariantInfo,
    case: u32,
    payload: Option<InterfaceType>,
    src: &mut Reader<'_>,
    offset: usize,
) -> Result<()> {
    match u32::from(info.size) {
        1 => put(cx, offset, [case as u8]),
        2 => put(cx, offset, (case as u16).to_le_bytes()),
        _ => put(cx, offset, case.to_le_bytes()),
    }
    match payload {
        Some(payload) => to_memory(cx, payload, src, offset + info.payload_offset32 as usize),
        None => Ok(()),
    }
}

/// Puts a string into the guest, in the encoding it asked for; returns pointer and length.
fn string<T>(cx: &mut LowerContext<'_, T>, ty: InterfaceType, src: &mut Reader<'_>) -> Result<(usize, usize)> {
    let text = src.text()?;
    if cx.options().string_encoding == StringEncoding::Utf8 {
        return bytes(cx, text.as_bytes()).map(|pointer| (pointer, text.len()));
    }
    let mut pair = MaybeUninit::<[ValRaw; 2]>::uninit();
    text.linear_lower_to_flat(cx, ty, &mut pair)?;
    // SAFETY: a successful lowering initialises both.
    let pair = unsafe { pair.assume_init() };
    Ok((pair[0].get_u32() as usize, pair[1].get_u32() as usize))
}

fn bytes<T>(cx: &mut LowerContext<'_, T>, data: &[u8]) -> Result<usize> {
    let pointer = allocate(cx, 1, data.len())?;
    cx.as_slice_mut()[pointer..][..data.len()].copy_from_slice(data);
    Ok(pointer)
}

fn allocate<T>(cx: &mut LowerContext<'_, T>, align: u32, size: usize) -> Result<usize> {
    if size > BYTES_MAX {
        return Err(failure(Code::PayloadLimit, format!("{size} bytes are too many for one string or list")));
    }
    cx.realloc(0, 0, align, size)
}

/// Puts a list into the guest; returns pointer and length.
fn list<T>(cx: &mut LowerContext<'_, T>, element: InterfaceType, src: &mut Reader<'_>) -> Result<(usize, usize)> {
    let length = src.length()?;
    // Every element has at least one byte, so a count past the end is found before memory is asked for.
    if length > src.remaining() {
        return Err(src.bad("a list is longer than the bytes that follow"));
    }
    if matches!(element, InterfaceType::U8 | InterfaceType::S8) {
        let data = src.take(length)?;
        return bytes(cx, data).map(|pointer| (pointer, length));
    }
    let abi = cx.types.canonical_abi(&element);
    let (size, align) = (abi.size32 as usize, abi.align32);
    let total = length.checked_mul(size).unwrap_or(usize::MAX);
    let pointer = allocate(cx, align, total)?;
    for i in 0..length {
        to_memory(cx, element, src, pointer + i * size)?;
    }
    Ok((pointer, length))
}

/// The parameter tuple of an export call, flat or, past sixteen core values, through memory.
pub fn params<T>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    src: &mut Reader<'_>,
    dst: &mut [MaybeUninit<ValRaw>],
) -> Result<()> {
    let abi = cx.types.canonical_abi(&ty);
    match abi.flat_count(dst.len()) {
        Some(count) => to_flat(cx, ty, src, &mut Flat(dst[..count].iter_mut()))?,
        None => {
            let pointer = allocate(cx, abi.align32, abi.size32 as usize)?;
            to_memory(cx, ty, src, pointer)?;
            dst[0].write(ValRaw::i64(pointer as i64));
        }
    }
    src.end()
}
