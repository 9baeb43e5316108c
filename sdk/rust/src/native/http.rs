//! Requests to web servers in a unit test.

pub mod http_client {
    use super::super::ask;
    use crate::http_client::{Request, Response};
    use crate::testing::with_host;
    use crate::{Result, fail};

    pub fn send(request: &Request) -> Result<Response> {
        with_host(|host| host.http_requests.push(request.clone()));
        let refused = || {
            fail(format!(
                "refused: {}: this host sends no requests: set on_http",
                request.uri
            ))
        };
        ask(|host| &mut host.on_http, request, refused)
    }
}

pub mod http_stream {
    use super::super::ask;
    use crate::http_client::Request;
    use crate::testing::{OpenStream, STREAMS_MAX, with_host};
    use crate::{Result, fail};

    pub fn open(request: &Request) -> Result<u64> {
        with_host(|host| host.http_requests.push(request.clone()));
        if with_host(|host| host.streams.len()) >= STREAMS_MAX {
            return fail(format!(
                "no-room: {STREAMS_MAX} streams of this actor are open, which is the limit: cancel one first"
            ));
        }
        ask(|host| &mut host.on_open_stream, request, || Ok(()))?;
        Ok(with_host(|host| {
            host.streams_opened += 1;
            let stream = OpenStream {
                request: request.clone(),
                is_paused: false,
            };
            host.streams.insert(host.streams_opened, stream);
            host.streams_opened
        }))
    }

    fn steer(id: u64, is_paused: bool) -> Result<()> {
        with_host(|host| match host.streams.get_mut(&id) {
            Some(stream) => {
                stream.is_paused = is_paused;
                Ok(())
            }
            None => fail(format!("not-found: stream {id} is not open")),
        })
    }

    pub fn pause(id: u64) -> Result<()> {
        steer(id, true)
    }

    pub fn resume(id: u64) -> Result<()> {
        steer(id, false)
    }

    pub fn cancel(id: u64) -> Result<()> {
        with_host(|host| match host.streams.remove(&id) {
            Some(_) => {
                host.cancelled_streams.push(id);
                Ok(())
            }
            None => fail(format!("not-found: stream {id} is not open")),
        })
    }
}
