//! Content that is kept by its digest, under labels that can be moved: `theater:simple/store` and
//! `theater:store/stores`.
//!
//! ```no_run
//! # use theater::store::Store;
//! # fn keep(text: &str) -> theater::Result<()> {
//! let notes = Store::create()?; // A private one; keep notes.id().
//! let page = notes.put_at("2026/june", text)?;
//! assert_eq!(notes.get(&page)?, text.as_bytes());
//! # Ok(())
//! # }
//! ```
//!
//! The manifest must list the handler `store`. A store that is shared with other actors must stand in
//! its `shared`, and be granted. What a call has done is on disk when it returns. Content stays in its
//! store, with or without a label, until [`Store::remove_unlabelled`].
//!
//! Errors are texts for people: a store of another actor, a label that is none, content that is
//! missing or damaged, a bound of the manifest (`max_bytes` and others), a full disk.

use crate::{Result, host};
use serde::{Deserialize, Serialize};

/// Names content: its SHA-256, as 64 hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentRef(pub String);

/// A store that its id names. A field of an actor may hold one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Store(String);

impl Store {
    /// Makes a private store, which only this actor uses.
    pub fn create() -> Result<Self> {
        host::store::create().map(Store)
    }

    /// The store of an id: that of a private store of this actor, or the name of a shared one. The
    /// first use of it finds out whether it is there.
    pub fn named(id: &str) -> Self {
        Store(id.to_string())
    }

    pub fn id(&self) -> &str {
        &self.0
    }

    /// Stores content; the same content again changes nothing.
    pub fn put(&self, content: impl AsRef<[u8]>) -> Result<ContentRef> {
        host::store::put(&self.0, content.as_ref())
    }

    /// Stores content and puts a label on it, wherever that label was before.
    pub fn put_at(&self, label: &str, content: impl AsRef<[u8]>) -> Result<ContentRef> {
        host::store::put_at(&self.0, label, content.as_ref())
    }

    /// The same under the interface's other name, `replace-content-at-label`.
    pub fn replace_content_at(&self, label: &str, content: impl AsRef<[u8]>) -> Result<ContentRef> {
        host::store::replace_content_at(&self.0, label, content.as_ref())
    }

    pub fn get(&self, content: &ContentRef) -> Result<Vec<u8>> {
        host::store::get(&self.0, content)
    }

    pub fn exists(&self, content: &ContentRef) -> Result<bool> {
        host::store::exists(&self.0, content)
    }

    /// Puts a label on content of this store, wherever that label was before. A label is one or more
    /// parts with slashes between them, such as `2026/june`.
    pub fn label(&self, label: &str, content: &ContentRef) -> Result<()> {
        host::store::label(&self.0, label, content)
    }

    /// The same under the interface's other name, `replace-at-label`.
    pub fn replace_at(&self, label: &str, content: &ContentRef) -> Result<()> {
        host::store::replace_at(&self.0, label, content)
    }

    /// The content that a label is on; none if there is no such label.
    pub fn find(&self, label: &str) -> Result<Option<ContentRef>> {
        host::store::find(&self.0, label)
    }

    /// Removes a label; one that is not there is removed already.
    pub fn remove_label(&self, label: &str) -> Result<()> {
        host::store::remove_label(&self.0, label)
    }

    /// Removes a label if it is on this content.
    pub fn remove_from_label(&self, label: &str, content: &ContentRef) -> Result<()> {
        host::store::remove_from_label(&self.0, label, content)
    }

    /// All labels, sorted by their bytes.
    pub fn labels(&self) -> Result<Vec<String>> {
        host::store::labels(&self.0)
    }

    /// All content, sorted by its digests.
    pub fn contents(&self) -> Result<Vec<ContentRef>> {
        host::store::contents(&self.0)
    }

    /// Bytes of all content together.
    pub fn total_size(&self) -> Result<u64> {
        host::store::total_size(&self.0)
    }

    /// Removes all content of a private store that no label is on, for good, and answers with its
    /// bytes.
    pub fn remove_unlabelled(&self) -> Result<u64> {
        host::store::remove_unlabelled(&self.0)
    }
}
