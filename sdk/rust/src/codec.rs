//! How an actor's state becomes the bytes that Theater keeps between calls, and bytes from and to
//! text and JSON.
//!
//! An actor is a struct. Before each callback the library makes one from the kept bytes, and after it,
//! unless the callback returned an error, turns it into bytes again. So nothing outlives a call except
//! what the struct's codec writes:
//!
//! | `type Codec` | the struct has | the bytes are |
//! |---|---|---|
//! | [`Json`] | `#[derive(Default, Serialize, Deserialize)]`, `#[serde(default)]` | a JSON value, which people can read in the chain |
//! | [`Bytes`] | [`BytesState`] | its own affair |
//! | [`NoState`] | `#[derive(Default)]` and no fields | none |
//!
//! An actor starts with the state that its manifest, its parent or the command line gives, which is
//! JSON. With `#[serde(default)]` the struct takes the members of the names of its fields. The other
//! fields keep their defaults, and members without a field are ignored. A state that has grown a field
//! since it was kept loads for the same reason.

use crate::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Makes `T` of kept bytes, and bytes of `T`.
pub trait Codec<T> {
    fn load(kept: Option<&[u8]>) -> Result<T>;
    fn save(actor: &T) -> Result<Option<Vec<u8>>>;
}

/// The struct as a JSON value. Keep a `BTreeMap` rather than a `HashMap`, whose order is no part of
/// its value: equal states then have equal bytes.
pub struct Json;

impl<T: Default + Serialize + DeserializeOwned> Codec<T> for Json {
    fn load(kept: Option<&[u8]>) -> Result<T> {
        match kept {
            None | Some([]) => Ok(T::default()),
            Some(kept) => serde_json::from_slice(kept)
                .map_err(|error| Error::from(error).context("the state does not fit the actor")),
        }
    }

    fn save(actor: &T) -> Result<Option<Vec<u8>>> {
        Ok(Some(to_json(actor)?))
    }
}

/// A state that makes its own bytes. No state loads as the default.
pub trait BytesState: Default {
    fn load(kept: &[u8]) -> Result<Self>;
    fn save(&self) -> Vec<u8>;
}

/// The bytes of [`BytesState`].
pub struct Bytes;

impl<T: BytesState> Codec<T> for Bytes {
    fn load(kept: Option<&[u8]>) -> Result<T> {
        kept.map_or_else(|| Ok(T::default()), T::load)
    }

    fn save(actor: &T) -> Result<Option<Vec<u8>>> {
        Ok(Some(actor.save()))
    }
}

/// For actors that keep nothing.
pub struct NoState;

impl<T: Default> Codec<T> for NoState {
    fn load(_kept: Option<&[u8]>) -> Result<T> {
        const {
            assert!(
                size_of::<T>() == 0,
                "an actor with fields needs a codec that keeps them"
            )
        };
        Ok(T::default())
    }

    fn save(_actor: &T) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

/// Bytes as text. Fails if they are not UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| Error::new("the bytes are not text in UTF-8"))
}

/// A value of its JSON. Fails if the bytes are not JSON, or not JSON of such a value, and says where.
pub fn from_json<T: DeserializeOwned>(bytes: impl AsRef<[u8]>) -> Result<T> {
    Ok(serde_json::from_slice(bytes.as_ref())?)
}

/// A value as JSON on one line. Fails for a map whose keys are no texts, and for an error of the
/// value's own `Serialize`.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    Ok(serde_json::to_vec(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Tally {
        count: i64,
        names: Vec<String>,
    }

    #[test]
    fn keeps_json() {
        let tally = Tally {
            count: -3,
            names: vec!["a".into()],
        };
        let kept = Json::save(&tally).unwrap();
        assert_eq!(
            kept.as_deref(),
            Some(r#"{"count":-3,"names":["a"]}"#.as_bytes())
        );
        assert_eq!(
            <Json as Codec<Tally>>::load(kept.as_deref()).unwrap(),
            tally
        );
    }

    #[test]
    fn loads_json_that_lacks_fields_or_has_more() {
        for (kept, count) in [
            (None, 0),
            (Some(""), 0),
            (Some(r#"{"count":5,"more":[]}"#), 5),
        ] {
            let tally: Tally = Json::load(kept.map(str::as_bytes)).unwrap();
            assert_eq!(
                tally,
                Tally {
                    count,
                    names: vec![]
                }
            );
        }
    }

    #[test]
    fn says_where_json_does_not_fit() {
        let loaded = <Json as Codec<Tally>>::load(Some(br#"{"count":"x"}"#));
        let error = loaded.unwrap_err();
        assert!(
            error
                .as_str()
                .starts_with("the state does not fit the actor: invalid type: string"),
            "{error}"
        );
        assert!(error.as_str().ends_with("column 12"), "{error}");
    }

    #[derive(Debug, Default, PartialEq)]
    struct Word(String);

    impl BytesState for Word {
        fn load(kept: &[u8]) -> Result<Self> {
            Ok(Word(text(kept)?.to_string()))
        }
        fn save(&self) -> Vec<u8> {
            self.0.clone().into_bytes()
        }
    }

    #[test]
    fn keeps_bytes_as_the_struct_makes_them() {
        assert_eq!(<Bytes as Codec<Word>>::load(None).unwrap(), Word::default());
        assert_eq!(Bytes::save(&Word("x".into())).unwrap(), Some(b"x".to_vec()));
        let loaded = <Bytes as Codec<Word>>::load(Some(b"\xff"));
        assert_eq!(loaded.unwrap_err(), "the bytes are not text in UTF-8");
    }

    #[test]
    fn keeps_nothing_of_an_actor_without_fields() {
        #[derive(Default)]
        struct Idle;
        <NoState as Codec<Idle>>::load(Some(b"ignored")).unwrap();
        assert_eq!(NoState::save(&Idle).unwrap(), None);
    }
}
