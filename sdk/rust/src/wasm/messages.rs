//! Messages in a guest.

pub mod message_server {
    use crate::Result;
    use crate::host::bindings::imports::theater::simple::message_server_host as wit;

    pub use wit::list_outstanding_requests;

    pub fn send(to: &str, message: &[u8]) -> Result<()> {
        Ok(wit::send(to, message)?)
    }

    pub fn request(to: &str, message: &[u8]) -> Result<Vec<u8>> {
        Ok(wit::request(to, message)?)
    }

    pub fn respond_to_request(id: &str, response: &[u8]) -> Result<()> {
        Ok(wit::respond_to_request(id, response)?)
    }

    pub fn cancel_request(id: &str) -> Result<()> {
        Ok(wit::cancel_request(id)?)
    }

    pub fn open_channel(to: &str, message: &[u8]) -> Result<String> {
        Ok(wit::open_channel(to, message)?)
    }

    pub fn send_on_channel(id: &str, message: &[u8]) -> Result<()> {
        Ok(wit::send_on_channel(id, message)?)
    }

    pub fn close_channel(id: &str) -> Result<()> {
        Ok(wit::close_channel(id)?)
    }
}
