//! The value encoding's integers and the reader that every decoder here stands on.

use crate::error::{failure, Code};
use wasmtime::Result;

pub fn write_unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub fn write_signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = value as u8 & 0x7f;
        value >>= 7;
        let done = (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0);
        out.push(if done { byte } else { byte | 0x80 });
        if done {
            return;
        }
    }
}

pub fn write_text(out: &mut Vec<u8>, text: &str) {
    write_unsigned(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Reads value bytes that C++ gave us. They may be wrong (a message from elsewhere, a foreign type), so
/// every step is checked; what is wrong is an error, with its place.
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, position: 0 }
    }

    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    pub fn bad(&self, what: &str) -> wasmtime::Error {
        failure(Code::BadValue, format!("value bytes do not fit the type: {what} at offset {}", self.position))
    }

    pub fn byte(&mut self) -> Result<u8> {
        let byte = *self.bytes.get(self.position).ok_or_else(|| self.bad("they end"))?;
        self.position += 1;
        Ok(byte)
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        if count > self.remaining() {
            return Err(self.bad("they end"));
        }
        let taken = &self.bytes[self.position..][..count];
        self.position += count;
        Ok(taken)
    }

    /// An unsigned integer of at most `bits` bits in its shortest form.
    pub fn unsigned(&mut self, bits: u32) -> Result<u64> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift >= bits || (shift + 7 > bits && part >> (bits - shift) != 0) {
                return Err(self.bad("an integer is too large"));
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return Err(self.bad("an integer is not in its shortest form"));
                }
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// A signed integer of at most `bits` bits in its shortest form.
    pub fn signed(&mut self, bits: u32) -> Result<i64> {
        let mut value = 0i64;
        let mut shift = 0;
        let mut last = 0;
        loop {
            let byte = self.byte()?;
            if shift >= 64 {
                return Err(self.bad("an integer is too large"));
            }
            value |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0;
                if shift > 7 && ((byte == 0 && last & 0x40 == 0) || (byte == 0x7f && last & 0x40 != 0)) {
                    return Err(self.bad("an integer is not in its shortest form"));
                }
                if shift < 64 && negative {
                    value |= -1i64 << shift;
                } else if shift >= 64 && byte != 0 && byte != 0x7f {
                    return Err(self.bad("an integer is too large"));
                }
                let low = if bits == 64 { i64::MIN } else { -(1i64 << (bits - 1)) };
                let high = if bits == 64 { i64::MAX } else { (1i64 << (bits - 1)) - 1 };
                if value < low || value > high {
                    return Err(self.bad("an integer is too large"));
                }
                return Ok(value);
            }
            last = byte;
        }
    }

    pub fn length(&mut self) -> Result<usize> {
        Ok(self.unsigned(32)? as usize)
    }

    pub fn text(&mut self) -> Result<&'a str> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map_err(|_| self.bad("a string is not UTF-8"))
    }

    pub fn scalar(&mut self) -> Result<char> {
        let first = *self.bytes.get(self.position).ok_or_else(|| self.bad("they end"))?;
        let length = match first {
            0..=0x7f => 1,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        };
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| text.chars().next())
            .ok_or_else(|| self.bad("a char is not UTF-8"))
    }

    pub fn end(&self) -> Result<()> {
        if self.remaining() != 0 {
            return Err(self.bad("bytes are left over"));
        }
        Ok(())
    }
}
