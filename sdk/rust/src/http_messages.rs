//! What servers read from requests, and the responses that they answer with.
//!
//! ```
//! use theater::http_client::Request;
//! use theater::http_messages::{problem, query_value, read_json, text};
//!
//! let request = Request::get("/search?q=two+words");
//! assert_eq!(query_value(&request, "q").as_deref(), Some("two words"));
//! let response = match read_json::<Vec<u8>>(&request) {
//!     Ok(numbers) => text(200, numbers.len().to_string()),
//!     Err(error) => problem(400, error.as_str()),
//! };
//! assert_eq!(response.status, 400);
//! ```

use crate::http_client::{Request, Response};
use crate::{Result, from_json, to_json};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The path of a request to a server, as it was sent.
pub fn path(request: &Request) -> &str {
    request
        .uri
        .split_once('?')
        .map_or(request.uri.as_str(), |(path, _)| path)
}

/// A text without its percent encoding. None if a % has no two hexadecimal digits behind it, and for
/// bytes that are not UTF-8.
pub fn percent_decoded(text: &str) -> Option<String> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            plain.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        plain.push((high * 16 + low) as u8);
    }
    String::from_utf8(plain).ok()
}

/// The first value of a name in the query, decoded: `+` is a blank there. None without that name, and
/// for a value that is badly encoded.
pub fn query_value(request: &Request, name: &str) -> Option<String> {
    let decoded = |part: &str| percent_decoded(&part.replace('+', " "));
    let (_, query) = request.uri.split_once('?')?;
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(found, _)| decoded(found).as_deref() == Some(name))
        .and_then(|(_, value)| decoded(value))
}

/// A value of the JSON in a request's body. An error is for the client: it says what is wrong.
pub fn read_json<T: DeserializeOwned>(request: &Request) -> Result<T> {
    from_json(request.body.as_deref().unwrap_or_default())
        .map_err(|error| error.context("the body"))
}

fn response(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Response {
    Response {
        status,
        headers: vec![("Content-Type".to_string(), content_type.to_string())],
        body: Some(body.into()),
    }
}

pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Response {
    response(status, "text/plain; charset=utf-8", body)
}

pub fn html(body: impl Into<Vec<u8>>) -> Response {
    response(200, "text/html; charset=utf-8", body)
}

/// A value as JSON.
pub fn json<T: Serialize + ?Sized>(status: u16, value: &T) -> Result<Response> {
    Ok(response(status, "application/json", to_json(value)?))
}

/// An error as `application/problem+json` (RFC 9457), with an explanation for the client.
pub fn problem(status: u16, detail: &str) -> Response {
    let body = serde_json::json!({"status": status, "detail": detail});
    response(status, "application/problem+json", body.to_string())
}

/// Sends the client to another address.
pub fn redirect(address: &str) -> Response {
    Response {
        status: 303,
        headers: vec![("Location".to_string(), address.to_string())],
        body: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_queries() {
        let request = Request::get("/a?q=two+w%C3%B6rds&empty&x=1&x=2&b%61d=%2&=n&latin=%F6");
        assert_eq!(path(&request), "/a");
        let value = |name| query_value(&request, name);
        assert_eq!(value("q").as_deref(), Some("two w\u{f6}rds"));
        assert_eq!(value("empty").as_deref(), Some(""));
        assert_eq!(value("x").as_deref(), Some("1"));
        assert_eq!(value("").as_deref(), Some("n"));
        assert_eq!(
            (value("bad"), value("latin"), value("none")),
            (None, None, None)
        );
        assert_eq!(query_value(&Request::get("/a"), "a"), None);
        assert_eq!(path(&Request::get("/a")), "/a");
    }

    #[test]
    fn decodes_whole_or_not_at_all() {
        assert_eq!(percent_decoded("a%2Fb%2f+").as_deref(), Some("a/b/+"));
        for bad in ["%", "%2", "%2x", "%x2", "a%", "%+1"] {
            assert_eq!(percent_decoded(bad), None, "{bad}");
        }
    }

    #[test]
    fn makes_responses() {
        let made = json(201, &[1, 2]).unwrap();
        assert_eq!((made.status, made.text().unwrap()), (201, "[1,2]"));
        assert_eq!(made.header("content-type"), Some("application/json"));
        let made = problem(404, "no \"x\"");
        assert_eq!(
            made.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(
            made.json::<serde_json::Value>().unwrap(),
            serde_json::json!({"status": 404, "detail": "no \"x\""})
        );
        assert_eq!(redirect("/a").header("location"), Some("/a"));
        assert!(
            html("")
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
    }
}
