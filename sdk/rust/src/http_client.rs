//! Requests to web servers: `theater:simple/http-client`.
//!
//! ```no_run
//! # use theater::http_client::{self, Request};
//! # fn ask() -> theater::Result<()> {
//! let request = Request::post("https://api.example.org/v1/answers")
//!     .header("Authorization", "Bearer placeholder")
//!     .json(&serde_json::json!({"question": "why?"}))?;
//! let response = http_client::send(&request)?;
//! if response.status != 200 {
//!     return theater::fail(format!("the server answered {}", response.status));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The manifest must list the handler `http-client`, and the operator must grant the host and the
//! method. The node follows redirections itself, as many as `max_redirects` allows, and asks the grant
//! at each of them. A response that arrives piece by piece: [`http_stream`](crate::http_stream).
//!
//! The node sets the headers that frame a message, such as `Host` and `Content-Length`, and refuses a
//! request that sets them. A secret of the operator is a placeholder for the actor, such as the answer
//! of [`environment::get_var`](crate::environment::get_var). The node puts the value in on its way to
//! the server.

use crate::{Error, Result, host, to_json};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Names and values in their order; a name may repeat.
pub type Headers = Vec<(String, String)>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Such as `GET`.
    pub method: String,
    /// An absolute address.
    pub uri: String,
    pub headers: Headers,
    pub body: Option<Vec<u8>>,
}

impl Request {
    pub fn new(method: &str, uri: &str) -> Self {
        Self {
            method: method.to_string(),
            uri: uri.to_string(),
            ..Self::default()
        }
    }

    pub fn get(uri: &str) -> Self {
        Self::new("GET", uri)
    }

    pub fn post(uri: &str) -> Self {
        Self::new("POST", uri)
    }

    /// With a header after those that it has.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With a value as JSON for its body, and the header that says so.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<Self> {
        Ok(self
            .header("Content-Type", "application/json")
            .body(to_json(value)?))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Such as 200.
    pub status: u16,
    pub headers: Headers,
    pub body: Option<Vec<u8>>,
}

impl Response {
    /// The first header of a name, in capital or small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        find_header(&self.headers, name)
    }

    /// The body; empty if there is none.
    pub fn bytes(&self) -> &[u8] {
        self.body.as_deref().unwrap_or_default()
    }

    /// The body as text. Fails if it is not UTF-8.
    pub fn text(&self) -> Result<&str> {
        crate::text(self.bytes())
    }

    /// A value of its JSON in the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        crate::from_json(self.bytes()).map_err(|error| error.context("the response's body"))
    }
}

/// The value of the first header of a name, in capital or small letters.
pub fn find_header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|header| header.0.eq_ignore_ascii_case(name))
        .map(|header| header.1.as_str())
}

/// What stands before the first colon of an error of [`send`] or of a stream, such as `timeout`,
/// `refused` or `tls`. These words are stable.
pub fn failure_word(error: &Error) -> &str {
    let text = error.as_str();
    text.split_once(':').map_or(text, |(word, _)| word)
}

/// Sends a request and waits for the whole response; meanwhile this actor takes no other call. Any
/// status is a response. An error is `Permission denied: …`, or a stable word, a colon and an
/// explanation; [`failure_word`] gives the word.
pub fn send(request: &Request) -> Result<Response> {
    host::http_client::send(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_requests() {
        let request = Request::post("https://a.example/")
            .header("X", "1")
            .json(&[1, 2])
            .unwrap();
        assert_eq!(request.body.as_deref(), Some("[1,2]".as_bytes()));
        assert_eq!(
            find_header(&request.headers, "content-type"),
            Some("application/json")
        );
        assert_eq!(find_header(&request.headers, "Y"), None);
        assert_eq!(
            Request::get("u"),
            Request {
                method: "GET".into(),
                uri: "u".into(),
                ..Request::default()
            }
        );
    }

    #[test]
    fn reads_responses() {
        let response = Response {
            status: 200,
            headers: vec![],
            body: Some(b"[3]".to_vec()),
        };
        assert_eq!(response.json::<Vec<u8>>().unwrap(), [3]);
        assert_eq!(response.text().unwrap(), "[3]");
        let error = Response::default().json::<Vec<u8>>().unwrap_err();
        assert!(
            error.as_str().starts_with("the response's body: "),
            "{error}"
        );
        let binary = Response {
            body: Some(vec![0xff]),
            ..Response::default()
        };
        assert!(binary.text().is_err());
    }

    #[test]
    fn finds_the_word_of_a_failure() {
        assert_eq!(
            failure_word(&Error::new("too-large: the answer: …")),
            "too-large"
        );
        assert_eq!(failure_word(&Error::new("odd")), "odd");
    }
}
