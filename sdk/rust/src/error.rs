//! What can fail, fails with a text.

use std::fmt;

/// A [`std::result::Result`] whose error is an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why something failed, as a text.
///
/// A callback that returns an error leaves the actor's state as it was before the call, and the caller
/// gets the text. `?` makes an `Error` of a text and of the errors of the standard library that actors
/// meet when they read numbers, text or JSON:
///
/// ```
/// fn step(digits: &str) -> theater::Result<i64> {
///     let step: i64 = digits.parse()?;
///     if step == 0 {
///         return theater::fail("a step is not zero");
///     }
///     Ok(step)
/// }
/// assert_eq!(step("0").unwrap_err(), "a step is not zero");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This error with the operation that failed before it: `reading a.json: no such file`.
    pub fn context(self, operation: impl fmt::Display) -> Self {
        Self(format!("{operation}: {}", self.0))
    }
}

/// The error as a result: `return fail("no such note");`
pub fn fail<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::new(text))
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

// What a test prints is the text, too.
impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl std::error::Error for Error {}

impl From<String> for Error {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Error {
    fn from(text: &str) -> Self {
        Self(text.to_string())
    }
}

impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.0
    }
}

impl PartialEq<str> for Error {
    fn eq(&self, text: &str) -> bool {
        self.0 == text
    }
}

impl PartialEq<&str> for Error {
    fn eq(&self, text: &&str) -> bool {
        self.0 == *text
    }
}

macro_rules! from_errors {
    ($($source:ty),* $(,)?) => {
        $(impl From<$source> for Error {
            fn from(error: $source) -> Self {
                Self(error.to_string())
            }
        })*
    };
}

from_errors!(
    serde_json::Error,
    std::char::ParseCharError,
    std::fmt::Error,
    std::num::ParseFloatError,
    std::num::ParseIntError,
    std::num::TryFromIntError,
    std::str::ParseBoolError,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_made_of_texts_and_of_other_errors() {
        let parsed = || -> Result<u8> { Ok("300".parse::<u8>()?) };
        assert_eq!(
            parsed().unwrap_err(),
            "number too large to fit in target type"
        );
        let looked_up = || -> Result<u8> { Ok(None.ok_or("there is none")?) };
        assert_eq!(looked_up().unwrap_err(), "there is none");
        assert_eq!(
            fail::<u8>("no").unwrap_err().context("reading"),
            "reading: no"
        );
        assert_eq!(format!("{:?}", Error::new("a \"b\"")), r#""a \"b\"""#);
    }
}
