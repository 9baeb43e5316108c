//! Requests to web servers in a guest.

use crate::host::bindings::imports::theater::simple::http_types;
use crate::http_client::Request;

fn given(request: &Request) -> http_types::HttpRequest {
    http_types::HttpRequest {
        method: request.method.clone(),
        uri: request.uri.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
    }
}

pub mod http_client {
    use crate::Result;
    use crate::host::bindings::imports::theater::simple::http_client as wit;
    use crate::http_client::{Request, Response};

    pub fn send(request: &Request) -> Result<Response> {
        let found = wit::send_http(&super::given(request))?;
        Ok(Response {
            status: found.status,
            headers: found.headers,
            body: found.body,
        })
    }
}

pub mod http_stream {
    use crate::Result;
    use crate::host::bindings::imports::theater::http_stream::client as wit;
    use crate::http_client::Request;

    pub fn open(request: &Request) -> Result<u64> {
        Ok(wit::open(&super::given(request))?)
    }

    pub fn pause(stream: u64) -> Result<()> {
        Ok(wit::pause(stream)?)
    }

    pub fn resume(stream: u64) -> Result<()> {
        Ok(wit::resume(stream)?)
    }

    pub fn cancel(stream: u64) -> Result<()> {
        Ok(wit::cancel(stream)?)
    }
}
