//! Bytes as text: base64 with padding (RFC 4648, section 4).

use crate::{Result, fail};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |index: usize| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            if digit <= group.len() {
                text.push(char::from(
                    DIGITS[(bits >> (18 - 6 * digit) & 0x3f) as usize],
                ));
            } else {
                text.push('=');
            }
        }
    }
    text
}

/// Fails unless the text is what [`encode`] makes of some bytes, so each value has one text.
pub fn decode(text: &str) -> Result<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return fail("the text is no base64: its length is no multiple of 4");
    }
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    if padding > 2 {
        return fail("the text is no base64: it ends with more than two =");
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits.bytes() {
        let Some(value) = value_of(digit) else {
            return fail(format!(
                "the text is no base64: it holds {:?}",
                char::from(digit)
            ));
        };
        bits = bits << 6 | value;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    if bits != 0 {
        return fail("the text is no base64: its last digit has bits that belong to no byte");
    }
    Ok(bytes)
}

fn value_of(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

/// A field of bytes in a state that [`Json`](crate::Json) keeps: `#[serde(with = "theater::base64")]`.
pub fn serialize<S: serde::Serializer>(
    bytes: &[u8],
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(bytes))
}

/// The other direction of [`serialize`].
pub fn deserialize<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Vec<u8>, D::Error> {
    let text: std::borrow::Cow<'de, str> = serde::Deserialize::deserialize(deserializer)?;
    decode(&text).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_vectors_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
    }

    #[test]
    fn reads_what_it_wrote() {
        let all: Vec<u8> = (0..=255).collect();
        for end in 0..all.len() {
            assert_eq!(decode(&encode(&all[..end])).unwrap(), &all[..end]);
        }
    }

    #[test]
    fn refuses_every_other_text() {
        for text in [
            "Zg=", "Zg", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", "Z-9v", "=m9v", "Zg==Zg==",
        ] {
            assert!(decode(text).is_err(), "{text}");
        }
        assert_eq!(
            decode("Zm9_").unwrap_err(),
            "the text is no base64: it holds '_'"
        );
    }
}
