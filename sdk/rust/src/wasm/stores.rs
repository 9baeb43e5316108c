//! Stores in a guest.

pub mod store {
    use crate::Result;
    use crate::host::bindings::imports::theater::simple::store as wit;
    use crate::host::bindings::imports::theater::store::stores as more;
    use crate::store::ContentRef;

    fn given(content: &ContentRef) -> wit::ContentRef {
        wit::ContentRef {
            hash: content.0.clone(),
        }
    }

    fn taken(content: wit::ContentRef) -> ContentRef {
        ContentRef(content.hash)
    }

    pub fn create() -> Result<String> {
        Ok(wit::new()?)
    }

    pub fn put(id: &str, content: &[u8]) -> Result<ContentRef> {
        Ok(taken(wit::store(id, content)?))
    }

    pub fn put_at(id: &str, label: &str, content: &[u8]) -> Result<ContentRef> {
        Ok(taken(wit::store_at_label(id, label, content)?))
    }

    pub fn replace_content_at(id: &str, label: &str, content: &[u8]) -> Result<ContentRef> {
        Ok(taken(wit::replace_content_at_label(id, label, content)?))
    }

    pub fn get(id: &str, content: &ContentRef) -> Result<Vec<u8>> {
        Ok(wit::get(id, &given(content))?)
    }

    pub fn exists(id: &str, content: &ContentRef) -> Result<bool> {
        Ok(wit::exists(id, &given(content))?)
    }

    pub fn label(id: &str, label: &str, content: &ContentRef) -> Result<()> {
        Ok(wit::label(id, label, &given(content))?)
    }

    pub fn replace_at(id: &str, label: &str, content: &ContentRef) -> Result<()> {
        Ok(wit::replace_at_label(id, label, &given(content))?)
    }

    pub fn find(id: &str, label: &str) -> Result<Option<ContentRef>> {
        Ok(wit::get_by_label(id, label)?.map(taken))
    }

    pub fn remove_label(id: &str, label: &str) -> Result<()> {
        Ok(wit::remove_label(id, label)?)
    }

    pub fn remove_from_label(id: &str, label: &str, content: &ContentRef) -> Result<()> {
        Ok(wit::remove_from_label(id, label, &given(content))?)
    }

    pub fn labels(id: &str) -> Result<Vec<String>> {
        Ok(wit::list_labels(id)?)
    }

    pub fn contents(id: &str) -> Result<Vec<ContentRef>> {
        Ok(wit::list_all_content(id)?.into_iter().map(taken).collect())
    }

    pub fn total_size(id: &str) -> Result<u64> {
        Ok(wit::calculate_total_size(id)?)
    }

    pub fn remove_unlabelled(id: &str) -> Result<u64> {
        Ok(more::remove_unlabelled(id)?)
    }
}
