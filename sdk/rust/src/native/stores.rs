//! Stores in a unit test. Digests are not SHA-256 but, as those, the same for the same content.

pub mod store {
    use crate::store::ContentRef;
    use crate::testing::{StoredContents, with_host};
    use crate::{Result, fail};
    use std::hash::{DefaultHasher, Hash, Hasher};

    fn digest_of(content: &[u8]) -> String {
        let quarter = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, content).hash(&mut hasher);
            format!("{:016x}", hasher.finish())
        };
        (0..4).map(quarter).collect()
    }

    /// A shared store is there from the beginning; a private one once it was made.
    fn with_store<R>(id: &str, use_it: impl FnOnce(&mut StoredContents) -> Result<R>) -> Result<R> {
        with_host(|host| match host.stores.get_mut(id) {
            Some(store) => use_it(store),
            None => fail(format!("{id} is no store of this actor")),
        })
    }

    pub fn create() -> Result<String> {
        Ok(with_host(|host| {
            let id = format!("{:032}", host.stores.len());
            host.stores.insert(id.clone(), StoredContents::default());
            id
        }))
    }

    pub fn put(id: &str, content: &[u8]) -> Result<ContentRef> {
        with_store(id, |store| {
            let digest = digest_of(content);
            store.contents.insert(digest.clone(), content.to_vec());
            Ok(ContentRef(digest))
        })
    }

    pub fn put_at(id: &str, label: &str, content: &[u8]) -> Result<ContentRef> {
        let stored = put(id, content)?;
        self::label(id, label, &stored)?;
        Ok(stored)
    }

    pub fn replace_content_at(id: &str, label: &str, content: &[u8]) -> Result<ContentRef> {
        put_at(id, label, content)
    }

    pub fn get(id: &str, content: &ContentRef) -> Result<Vec<u8>> {
        with_store(id, |store| match store.contents.get(&content.0) {
            Some(bytes) => Ok(bytes.clone()),
            None => fail(format!("Content does not exist: {}", content.0)),
        })
    }

    pub fn exists(id: &str, content: &ContentRef) -> Result<bool> {
        with_store(id, |store| Ok(store.contents.contains_key(&content.0)))
    }

    pub fn label(id: &str, label: &str, content: &ContentRef) -> Result<()> {
        with_store(id, |store| {
            if !store.contents.contains_key(&content.0) {
                return fail(format!("Content does not exist: {}", content.0));
            }
            store.labels.insert(label.to_string(), content.0.clone());
            Ok(())
        })
    }

    pub fn replace_at(id: &str, label: &str, content: &ContentRef) -> Result<()> {
        self::label(id, label, content)
    }

    pub fn find(id: &str, label: &str) -> Result<Option<ContentRef>> {
        with_store(id, |store| {
            Ok(store.labels.get(label).cloned().map(ContentRef))
        })
    }

    pub fn remove_label(id: &str, label: &str) -> Result<()> {
        with_store(id, |store| {
            store.labels.remove(label);
            Ok(())
        })
    }

    pub fn remove_from_label(id: &str, label: &str, content: &ContentRef) -> Result<()> {
        with_store(id, |store| {
            if store.labels.get(label) == Some(&content.0) {
                store.labels.remove(label);
            }
            Ok(())
        })
    }

    pub fn labels(id: &str) -> Result<Vec<String>> {
        with_store(id, |store| Ok(store.labels.keys().cloned().collect()))
    }

    pub fn contents(id: &str) -> Result<Vec<ContentRef>> {
        with_store(id, |store| {
            Ok(store.contents.keys().cloned().map(ContentRef).collect())
        })
    }

    pub fn total_size(id: &str) -> Result<u64> {
        with_store(id, |store| {
            Ok(store
                .contents
                .values()
                .map(|bytes| bytes.len() as u64)
                .sum())
        })
    }

    pub fn remove_unlabelled(id: &str) -> Result<u64> {
        with_store(id, |store| {
            let labels = &store.labels;
            let mut removed = 0;
            store.contents.retain(|digest, bytes| {
                let is_labelled = labels.values().any(|labelled| labelled == digest);
                removed += if is_labelled { 0 } else { bytes.len() as u64 };
                is_labelled
            });
            Ok(removed)
        })
    }
}
