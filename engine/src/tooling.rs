//! What is done with components beside running them: print their world, make one of a core module,
//! encode a world for an SDK to embed.
//!
//! Nothing here needs an engine. Every function is deterministic: the same bytes in, the same bytes out.
//! Errors are whole sentences for the person who ran the tool.

use std::fmt::Write as _;

use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding, WitPrinter};
use wit_parser::{PackageId, Resolve};

/// What the first eight bytes say that a file is.
#[derive(PartialEq)]
enum Kind {
    Core,
    Component,
    Unknown,
}

fn kind_of(bytes: &[u8]) -> Kind {
    match bytes {
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Kind::Core,
        [0, b'a', b's', b'm', _, 0, 1, 0, ..] => Kind::Component,
        _ => Kind::Unknown,
    }
}

/// An error and its causes on one line, outermost first.
fn flat(error: impl Into<Box<dyn std::error::Error>>) -> String {
    let error = error.into();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            let _ = write!(text, ": {inner_text}");
        }
        cause = inner.source();
    }
    text
}

/// The world of a component, or the packages of a binary WIT package, as WIT text with every package
/// that it refers to.
pub fn print_wit(component: &[u8]) -> Result<String, String> {
    match kind_of(component) {
        Kind::Component => {}
        Kind::Core => {
            return Err("this is a core WebAssembly module, not a component: `theater build` makes the one of the other".into())
        }
        Kind::Unknown => {
            return Err(format!(
                "this is no WebAssembly: {} bytes that do not begin with the magic number of a component",
                component.len()
            ))
        }
    }
    let decoded = wit_component::decode(component)
        .map_err(|e| format!("the component's types cannot be read: {}", flat(e)))?;
    let main = decoded.package();
    let resolve: &Resolve = match &decoded {
        DecodedWasm::WitPackage(resolve, _) | DecodedWasm::Component(resolve, _) => resolve,
    };
    let nested: Vec<PackageId> =
        resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != main).collect();
    let mut printer = WitPrinter::default();
    printer
        .print(resolve, main, &nested)
        .map_err(|e| format!("the component's types cannot be printed: {}", flat(e)))?;
    let mut text = printer.output.to_string();
    text.truncate(text.trim_end().len());
    text.push('\n');
    Ok(text)
}

/// A component made of a core module that carries `component-type` sections.
pub fn componentize(core: &[u8]) -> Result<Vec<u8>, String> {
    match kind_of(core) {
        Kind::Core => {}
        Kind::Component => return Err("this is a component already".into()),
        Kind::Unknown => return Err("this is no WebAssembly module".into()),
    }
    let wasi = wasi_imports(core);
    if !wasi.is_empty() {
        return Err(format!(
            "the module imports {} of WASI, which an actor does not have: {}. Leave out what needs files, clocks, \
             environment or the program's exit; Theater's own interfaces offer what an actor may use",
            if wasi.len() == 1 { "a function" } else { "functions" },
            wasi.join(", ")
        ));
    }
    ComponentEncoder::default()
        .module(core)
        .map_err(|e| format!("the module's component types cannot be read: {}", flat(e)))?
        .validate(true)
        .encode()
        .map_err(|e| {
            let mut text = format!("the module does not fit its component types: {}", flat(e));
            if !has_component_type(core) {
                text.push_str(". It carries no `component-type` section: in C++, name each interface with its THEATER_ macro");
            }
            text
        })
}

/// The contents of a `component-type` custom section that declares the world `world` of the WIT
/// package at `wit_path`, a file or a folder (with what it depends on in `deps`).
pub fn component_type_section(wit_path: &str, world: &str) -> Result<Vec<u8>, String> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit_path).map_err(|e| format!("{wit_path}: {e:#}"))?;
    let id = resolve.select_world(&[package], Some(world)).map_err(|e| {
        let known: Vec<&str> = resolve.packages[package].worlds.keys().map(String::as_str).collect();
        format!("{wit_path}: {e:#}; its worlds: {}", known.join(", "))
    })?;
    wit_component::metadata::encode(&resolve, id, StringEncoding::UTF8, None)
        .map_err(|e| format!("{wit_path}: world {world} cannot be encoded: {e:#}"))
}

/// `module::name` of every import whose module is WASI's, in any of its spellings.
fn wasi_imports(core: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for (id, body) in sections(core) {
        if id == SECTION_IMPORT {
            // What cannot be read here is reported by the encoder, which validates the module.
            let _ = read_imports(body, &mut found);
        }
    }
    found.retain(|name| name.starts_with("wasi_") || name.starts_with("wasi:"));
    found
}

fn has_component_type(core: &[u8]) -> bool {
    sections(core).any(|(id, body)| {
        let mut reader = Reader { bytes: body };
        id == SECTION_CUSTOM && reader.name().is_some_and(|name| name.starts_with("component-type"))
    })
}

const SECTION_CUSTOM: u8 = 0;
const SECTION_IMPORT: u8 = 2;

/// The sections of a core module, up to the first that is cut off.
fn sections(core: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut reader = Reader { bytes: core.get(8..).unwrap_or_default() };
    std::iter::from_fn(move || {
        let id = reader.byte()?;
        let size = reader.u32()?;
        Some((id, reader.take(size as usize)?))
    })
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.bytes.split_at_checked(count)?;
        self.bytes = tail;
        Some(head)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    /// An unsigned LEB128 of at most ten bytes; limits of a 64-bit memory are longer than 32 bits.
    fn leb(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn u32(&mut self) -> Option<u32> {
        self.leb()?.try_into().ok()
    }

    fn name(&mut self) -> Option<&'a str> {
        let size = self.u32()?;
        std::str::from_utf8(self.take(size as usize)?).ok()
    }

    fn value_type(&mut self) -> Option<()> {
        // 0x63 and 0x64 are `ref null` and `ref`, which a heap type follows.
        if matches!(self.byte()?, 0x63 | 0x64) {
            self.leb()?;
        }
        Some(())
    }

    fn limits(&mut self) -> Option<()> {
        let flags = self.byte()?;
        self.leb()?;
        if flags & 1 != 0 {
            self.leb()?;
        }
        if flags & 8 != 0 {
            self.leb()?;
        }
        Some(())
    }
}

/// Appends `module::name` of each import of an import section; none if the section is malformed.
fn read_imports(body: &[u8], found: &mut Vec<String>) -> Option<()> {
    let mut reader = Reader { bytes: body };
    for _ in 0..reader.u32()? {
        let module = reader.name()?;
        let name = reader.name()?;
        found.push(format!("{module}::{name}"));
        match reader.byte()? {
            0 => {
                reader.leb()?;
            }
            1 => {
                reader.value_type()?;
                reader.limits()?;
            }
            2 => reader.limits()?,
            3 => {
                reader.value_type()?;
                reader.byte()?;
            }
            4 => {
                reader.byte()?;
                reader.leb()?;
            }
            _ => return None,
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty module and one custom section in it.
    fn module_with(custom: &str, contents: &[u8]) -> Vec<u8> {
        let mut body = vec![custom.len() as u8];
        body.extend_from_slice(custom.as_bytes());
        body.extend_from_slice(contents);
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.push(0);
        let mut size = body.len();
        while size >= 0x80 {
            module.push(size as u8 | 0x80);
            size >>= 7;
        }
        module.push(size as u8);
        module.extend(body);
        module
    }

    /// A component whose world imports one function, and its WIT.
    fn package(folder: &str, text: &str) -> String {
        let path = std::env::temp_dir().join(format!("theater-tooling-{}-{folder}.wit", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    }

    #[test]
    fn says_what_is_no_component() {
        assert!(print_wit(b"").unwrap_err().contains("0 bytes"));
        assert!(print_wit(b"hello, world").unwrap_err().contains("no WebAssembly"));
        assert!(print_wit(b"\0asm\x01\0\0\0").unwrap_err().contains("core WebAssembly module"));
        assert!(print_wit(b"\0asm\x0d\0\x01\0\xff").unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn refuses_what_is_no_module() {
        assert!(componentize(b"\0asm\x0d\0\x01\0").unwrap_err().contains("component already"));
        assert!(componentize(b"hello").unwrap_err().contains("no WebAssembly"));
    }

    #[test]
    fn names_the_export_that_is_missing() {
        let path = package("export", "package a:b; interface i { f: func(); } world w { export i; }");
        let section = component_type_section(&path, "w").unwrap();
        let error = componentize(&module_with("component-type", &section)).unwrap_err();
        assert!(error.contains("a:b/i") && error.contains('f'), "{error}");
    }

    #[test]
    fn refuses_wasi_by_name() {
        let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0".to_vec();
        let import = b"\x01\x16wasi_snapshot_preview1\x08fd_write\0\0";
        module.push(2);
        module.push(import.len() as u8);
        module.extend_from_slice(import);
        let error = componentize(&module).unwrap_err();
        assert!(error.contains("wasi_snapshot_preview1::fd_write"), "{error}");
    }

    #[test]
    fn a_module_without_types_is_an_empty_component_that_prints() {
        let component = componentize(b"\0asm\x01\0\0\0").unwrap();
        assert!(print_wit(&component).unwrap().contains("world root"));
    }

    #[test]
    fn a_world_survives_the_way_into_a_component() {
        let path = package("empty", "package a:b; interface t { type x = u32; } world w { import t; }");
        let section = component_type_section(&path, "w").unwrap();
        assert_eq!(section, component_type_section(&path, "w").unwrap());
        let text = print_wit(&componentize(&module_with("component-type:w", &section)).unwrap()).unwrap();
        assert!(text.contains("world root"), "{text}");
    }

    #[test]
    fn prints_a_package_with_what_it_uses() {
        let path = package("print", "package a:b; interface t { type x = u32; f: func(y: x); } world w { import t; }");
        let section = component_type_section(&path, "w").unwrap();
        // A component-type section is itself a binary WIT document.
        let text = print_wit(&section).unwrap();
        assert!(text.contains("world w") && text.contains("f: func(y: x)"), "{text}");
    }

    #[test]
    fn lists_the_worlds_when_the_name_is_wrong() {
        let path = package("names", "package a:b; world one {} world two {}");
        let error = component_type_section(&path, "three").unwrap_err();
        assert!(error.contains("one, two"), "{error}");
        assert!(component_type_section("/nowhere/at/all", "w").unwrap_err().contains("/nowhere/at/all"));
    }
}
