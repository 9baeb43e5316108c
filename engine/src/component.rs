//! Components: compiled, serialized, loaded, and described with their full types.

use crate::abi::{Buffer, Slice};
use crate::engine::TeEngine;
use crate::error::{chain_text, Code, TeError};
use crate::leb::{write_text, write_unsigned};
use std::ptr::null_mut;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, Type};

pub struct TeComponent(pub Component);

/// A component has the layer field 1 in its header, a core module 0.
fn is_core_module(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0asm") && bytes.get(4..8) == Some(&[1, 0, 0, 0])
}

fn compile_error(error: &wasmtime::Error) -> TeError {
    let message = chain_text(error);
    // The validator names the feature a component needs; these are the ones Theater leaves out.
    for (mark, what) in [
        ("component model async", "futures, streams or error-contexts (the component model's async part)"),
        ("error-context", "error-contexts"),
        ("threads must be enabled", "threads (shared memories or atomics)"),
        ("shared memories", "threads (shared memories or atomics)"),
        ("memory64", "64-bit memories"),
        ("exceptions", "exceptions"),
        ("gc proposal", "garbage-collected types"),
    ] {
        if message.contains(mark) {
            return TeError::new(Code::Unsupported, format!("the component uses {what}: {message}"));
        }
    }
    TeError::new(Code::Invalid, message)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_wat_to_binary(source: Slice, out: *mut Buffer) -> *mut TeError {
    let bytes = unsafe { source.bytes() };
    match wat::parse_bytes(bytes) {
        Ok(binary) => {
            unsafe { *out = Buffer::of(binary.into_owned()) };
            null_mut()
        }
        Err(error) => TeError::new(Code::Invalid, error.to_string()).into_raw(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_component_compile(
    engine: *const TeEngine,
    binary: Slice,
    out: *mut *mut TeComponent,
) -> *mut TeError {
    let (engine, bytes) = unsafe { (&(*engine).engine, binary.bytes()) };
    if is_core_module(bytes) {
        let message = "this is a core module, and a component is needed (`theater build` makes one, and so \
                       does `wasm-tools component new`)";
        return TeError::new(Code::Invalid, message).into_raw();
    }
    match Component::from_binary(engine, bytes) {
        Ok(component) => {
            unsafe { *out = Box::into_raw(Box::new(TeComponent(component))) };
            null_mut()
        }
        Err(error) => compile_error(&error).into_raw(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_component_serialize(component: *const TeComponent, out: *mut Buffer) -> *mut TeError {
    match unsafe { (*component).0.serialize() } {
        Ok(code) => {
            unsafe { *out = Buffer::of(code) };
            null_mut()
        }
        Err(error) => TeError::new(Code::Other, chain_text(&error)).into_raw(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_component_load(
    engine: *const TeEngine,
    code: Slice,
    out: *mut *mut TeComponent,
) -> *mut TeError {
    // SAFETY: the caller authenticated the bytes as ones that te_component_serialize made.
    match unsafe { Component::deserialize(&(*engine).engine, code.bytes()) } {
        Ok(component) => {
            unsafe { *out = Box::into_raw(Box::new(TeComponent(component))) };
            null_mut()
        }
        Err(error) => TeError::new(Code::Unsupported, chain_text(&error)).into_raw(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_component_delete(component: *mut TeComponent) {
    if !component.is_null() {
        drop(unsafe { Box::from_raw(component) });
    }
}

/// Kinds in the order of theater::wit::Kind.
fn write_type(out: &mut Vec<u8>, ty: &Type, place: &str) -> Result<(), String> {
    match ty {
        Type::Bool => out.push(0),
        Type::S8 => out.push(1),
        Type::U8 => out.push(2),
        Type::S16 => out.push(3),
        Type::U16 => out.push(4),
        Type::S32 => out.push(5),
        Type::U32 => out.push(6),
        Type::S64 => out.push(7),
        Type::U64 => out.push(8),
        Type::Float32 => out.push(9),
        Type::Float64 => out.push(10),
        Type::Char => out.push(11),
        Type::String => out.push(12),
        Type::List(list) => {
            out.push(13);
            write_type(out, &list.ty(), place)?;
        }
        Type::Record(record) => {
            out.push(14);
            write_unsigned(out, record.fields().len() as u64);
            for field in record.fields() {
                write_text(out, field.name);
                write_type(out, &field.ty, place)?;
            }
        }
        Type::Tuple(tuple) => {
            out.push(15);
            write_unsigned(out, tuple.types().len() as u64);
            for element in tuple.types() {
                write_type(out, &element, place)?;
            }
        }
        Type::Variant(variant) => {
            out.push(16);
            write_unsigned(out, variant.cases().len() as u64);
            for case in variant.cases() {
                write_text(out, case.name);
                write_optional(out, case.ty.as_ref(), place)?;
            }
        }
        Type::Enum(labels) => {
            out.push(17);
            write_unsigned(out, labels.names().len() as u64);
            labels.names().for_each(|name| write_text(out, name));
        }
        Type::Option(option) => {
            out.push(18);
            write_type(out, &option.ty(), place)?;
        }
        Type::Result(result) => {
            out.push(19);
            write_optional(out, result.ok().as_ref(), place)?;
            write_optional(out, result.err().as_ref(), place)?;
        }
        Type::Flags(flags) => {
            out.push(20);
            write_unsigned(out, flags.names().len() as u64);
            flags.names().for_each(|name| write_text(out, name));
        }
        Type::Own(_) => return Err(format!("{place} uses a resource (own handle)")),
        Type::Borrow(_) => return Err(format!("{place} uses a resource (borrow handle)")),
        Type::Future(_) => return Err(format!("{place} uses a future")),
        Type::Stream(_) => return Err(format!("{place} uses a stream")),
        Type::ErrorContext => return Err(format!("{place} uses an error-context")),
        Type::Map(_) => return Err(format!("{place} uses a map")),
        Type::FixedLengthList(_) => return Err(format!("{place} uses a list of fixed length")),
    }
    Ok(())
}

fn write_optional(out: &mut Vec<u8>, ty: Option<&Type>, place: &str) -> Result<(), String> {
    out.push(u8::from(ty.is_some()));
    ty.map_or(Ok(()), |ty| write_type(out, ty, place))
}

fn write_func(out: &mut Vec<u8>, func: &ComponentFunc, place: &str) -> Result<(), String> {
    if func.async_() {
        return Err(format!("{place} is an async function"));
    }
    out.push(0);
    write_unsigned(out, func.params().len() as u64);
    for (name, ty) in func.params() {
        write_text(out, name);
        write_type(out, &ty, place)?;
    }
    write_optional(out, func.results().next().as_ref(), place)
}

struct Interface {
    name: String,
    functions: Vec<(String, Vec<u8>)>,
}

/// Gathers functions by interface; root-level functions go under the empty name, which comes first.
fn interfaces<'a>(
    engine: &wasmtime::Engine,
    items: impl Iterator<Item = (&'a str, ComponentItem)>,
    direction: &str,
) -> Result<Vec<Interface>, String> {
    let mut root = Interface { name: String::new(), functions: Vec::new() };
    let mut found = Vec::new();
    for (name, item) in items {
        match item {
            ComponentItem::ComponentFunc(func) => {
                let mut ty = Vec::new();
                write_func(&mut ty, &func, &format!("the {direction} {name}"))?;
                root.functions.push((name.to_string(), ty));
            }
            ComponentItem::ComponentInstance(instance) => {
                let mut interface = Interface { name: name.to_string(), functions: Vec::new() };
                for (function, item) in instance.exports(engine) {
                    match item.ty {
                        ComponentItem::ComponentFunc(func) => {
                            let mut ty = Vec::new();
                            write_func(&mut ty, &func, &format!("the {direction} {name}/{function}"))?;
                            interface.functions.push((function.to_string(), ty));
                        }
                        ComponentItem::Resource(_) => {
                            return Err(format!("the {direction} {name} has the resource {function}"))
                        }
                        _ => {}
                    }
                }
                found.push(interface);
            }
            ComponentItem::Resource(_) => return Err(format!("the {direction} {name} is a resource")),
            ComponentItem::Component(_) | ComponentItem::Module(_) | ComponentItem::CoreFunc(_) => {
                return Err(format!("the {direction} {name} is a module or component"))
            }
            ComponentItem::Type(_) => {}
        }
    }
    if !root.functions.is_empty() {
        found.insert(0, root);
    }
    Ok(found)
}

fn write_interfaces(out: &mut Vec<u8>, interfaces: &[Interface]) {
    write_unsigned(out, interfaces.len() as u64);
    for interface in interfaces {
        write_text(out, &interface.name);
        write_unsigned(out, interface.functions.len() as u64);
        for (name, ty) in &interface.functions {
            write_text(out, name);
            out.extend_from_slice(ty);
        }
    }
}

fn describe(component: &Component) -> Result<Vec<u8>, String> {
    let engine = component.engine();
    let ty = component.component_type();
    let mut out = Vec::new();
    write_interfaces(&mut out, &interfaces(engine, ty.imports(engine).map(|(n, i)| (n, i.ty)), "import")?);
    write_interfaces(&mut out, &interfaces(engine, ty.exports(engine).map(|(n, i)| (n, i.ty)), "export")?);
    Ok(out)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn te_component_describe(component: *const TeComponent, out: *mut Buffer) -> *mut TeError {
    match describe(unsafe { &(*component).0 }) {
        Ok(bytes) => {
            unsafe { *out = Buffer::of(bytes) };
            null_mut()
        }
        Err(what) => TeError::new(Code::Unsupported, format!("{what}, which Theater does not offer")).into_raw(),
    }
}
