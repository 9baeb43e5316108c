//! Messages on a WebSocket, which an actor serves by [`http_router`](crate::http_router).

/// The kind of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Text,
    Binary,
    Connect,
    Close,
    Ping,
    Pong,
    Other(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    pub kind: Kind,
    /// The content of a binary message.
    pub data: Option<Vec<u8>>,
    /// The content of a text message.
    pub text: Option<String>,
}

impl Message {
    pub fn text(content: impl Into<String>) -> Self {
        Self {
            kind: Kind::Text,
            data: None,
            text: Some(content.into()),
        }
    }

    pub fn binary(content: impl Into<Vec<u8>>) -> Self {
        Self {
            kind: Kind::Binary,
            data: Some(content.into()),
            text: None,
        }
    }

    pub fn close() -> Self {
        Self {
            kind: Kind::Close,
            ..Self::default()
        }
    }

    /// The text or the data, or nothing.
    pub fn content(&self) -> &[u8] {
        match (&self.text, &self.data) {
            (Some(text), _) => text.as_bytes(),
            (None, Some(data)) => data,
            (None, None) => &[],
        }
    }
}
