//! Messages in a unit test.

pub mod message_server {
    use super::super::ask;
    use crate::testing::{Message, with_host};
    use crate::{Result, fail};

    pub fn send(to: &str, message: &[u8]) -> Result<()> {
        let sent = Message::new(to, message);
        ask(|host| &mut host.on_send, &sent, || Ok(()))?;
        with_host(|host| host.sent.push(sent));
        Ok(())
    }

    pub fn request(to: &str, message: &[u8]) -> Result<Vec<u8>> {
        let asked = Message::new(to, message);
        with_host(|host| host.requested.push(asked.clone()));
        ask(
            |host| &mut host.on_request,
            &asked,
            || fail(format!("Actor not found: {to}")),
        )
    }

    pub fn list_outstanding_requests() -> Vec<String> {
        with_host(|host| host.outstanding.clone())
    }

    /// Takes a request off the outstanding ones.
    fn settle(id: &str) -> Result<()> {
        with_host(|host| {
            let Some(place) = host
                .outstanding
                .iter()
                .position(|outstanding| outstanding == id)
            else {
                return fail(format!("Request ID not found: {id}"));
            };
            host.outstanding.remove(place);
            Ok(())
        })
    }

    pub fn respond_to_request(id: &str, response: &[u8]) -> Result<()> {
        settle(id)?;
        with_host(|host| host.responses.insert(id.to_string(), response.to_vec()));
        Ok(())
    }

    pub fn cancel_request(id: &str) -> Result<()> {
        settle(id)?;
        with_host(|host| host.cancelled.push(id.to_string()));
        Ok(())
    }

    pub fn open_channel(to: &str, message: &[u8]) -> Result<String> {
        let asked = Message::new(to, message);
        let nowhere = || fail(format!("Actor not found: {to}"));
        let id = ask(|host| &mut host.on_open_channel, &asked, nowhere)?;
        with_host(|host| host.channels.push(id.clone()));
        Ok(id)
    }

    fn find_channel(id: &str) -> Result<()> {
        if !id.starts_with("ch_") {
            return fail(format!("Failed to parse channel ID: {id}"));
        }
        if !with_host(|host| host.channels.iter().any(|open| open == id)) {
            return fail(format!("Channel not found: {id}"));
        }
        Ok(())
    }

    pub fn send_on_channel(id: &str, message: &[u8]) -> Result<()> {
        find_channel(id)?;
        with_host(|host| host.sent_on_channels.push(Message::new(id, message)));
        Ok(())
    }

    pub fn close_channel(id: &str) -> Result<()> {
        find_channel(id)?;
        with_host(|host| {
            host.channels.retain(|open| open != id);
            host.closed_channels.push(id.to_string());
        });
        Ok(())
    }
}
