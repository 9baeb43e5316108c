//! The exported functions of a component that serves HTTP.

use super::bindings;
use super::exports::{Done, Exported, done, log_panics};
use crate::callbacks::{self, State};
use crate::http_client::Request;
use crate::websocket::{Kind, Message};
use crate::{AnswerEvent, AnswerHandlers, Error, HttpHandlers};

mod wit {
    pub use super::bindings::http_handlers::exports::theater::simple::http_handlers::Guest;
    pub use super::bindings::http_handlers::theater::simple::http_types::{
        HttpRequest, HttpResponse, MiddlewareResult,
    };
    pub use super::bindings::http_handlers::theater::simple::websocket_types::{
        MessageType, WebsocketMessage,
    };
}

fn request(given: wit::HttpRequest) -> Request {
    Request {
        method: given.method,
        uri: given.uri,
        headers: given.headers,
        body: given.body,
    }
}

fn message(given: wit::WebsocketMessage) -> Message {
    let kind = match given.ty {
        wit::MessageType::Text => Kind::Text,
        wit::MessageType::Binary => Kind::Binary,
        wit::MessageType::Connect => Kind::Connect,
        wit::MessageType::Close => Kind::Close,
        wit::MessageType::Ping => Kind::Ping,
        wit::MessageType::Pong => Kind::Pong,
        wit::MessageType::Other(name) => Kind::Other(name),
    };
    Message {
        kind,
        data: given.data,
        text: given.text,
    }
}

fn wit_message(message: Message) -> wit::WebsocketMessage {
    let ty = match message.kind {
        Kind::Text => wit::MessageType::Text,
        Kind::Binary => wit::MessageType::Binary,
        Kind::Connect => wit::MessageType::Connect,
        Kind::Close => wit::MessageType::Close,
        Kind::Ping => wit::MessageType::Ping,
        Kind::Pong => wit::MessageType::Pong,
        Kind::Other(name) => wit::MessageType::Other(name),
    };
    wit::WebsocketMessage {
        ty,
        data: message.data,
        text: message.text,
    }
}

impl<T: HttpHandlers> wit::Guest for Exported<T> {
    fn handle_request(
        state: State,
        (handler, given): (u64, wit::HttpRequest),
    ) -> Result<(State, (wit::HttpResponse,)), String> {
        log_panics();
        let (state, response) = callbacks::http_request::<T>(&state, handler, &request(given))?;
        let response = wit::HttpResponse {
            status: response.status,
            headers: response.headers,
            body: response.body,
        };
        Ok((state, (response,)))
    }

    fn handle_middleware(
        state: State,
        (handler, given): (u64, wit::HttpRequest),
    ) -> Result<(State, (wit::MiddlewareResult,)), String> {
        log_panics();
        let (state, (proceed, passed)) =
            callbacks::middleware::<T>(&state, handler, request(given))?;
        let request = wit::HttpRequest {
            method: passed.method,
            uri: passed.uri,
            headers: passed.headers,
            body: passed.body,
        };
        Ok((state, (wit::MiddlewareResult { proceed, request },)))
    }

    fn handle_websocket_connect(
        state: State,
        (handler, connection, path, subprotocol): (u64, u64, String, Option<String>),
    ) -> Done {
        log_panics();
        done(callbacks::websocket_connect::<T>(
            &state,
            handler,
            connection,
            &path,
            subprotocol.as_deref(),
        ))
    }

    fn handle_websocket_message(
        state: State,
        (handler, connection, given): (u64, u64, wit::WebsocketMessage),
    ) -> Result<(State, (Vec<wit::WebsocketMessage>,)), String> {
        log_panics();
        let given = message(given);
        let (state, messages) =
            callbacks::websocket_message::<T>(&state, handler, connection, &given)?;
        Ok((state, (messages.into_iter().map(wit_message).collect(),)))
    }

    fn handle_websocket_disconnect(state: State, (handler, connection): (u64, u64)) -> Done {
        log_panics();
        done(callbacks::websocket_disconnect::<T>(
            &state, handler, connection,
        ))
    }
}

mod answers {
    pub use super::bindings::http_answer_handlers::exports::theater::http_stream::server_handlers::*;
}

impl<T: AnswerHandlers> answers::Guest for Exported<T> {
    fn handle_answer(state: State, (id, event): (u64, answers::AnswerEvent)) -> Done {
        log_panics();
        let event = match event {
            answers::AnswerEvent::Room => AnswerEvent::Room,
            answers::AnswerEvent::Gone(why) => AnswerEvent::Gone(Error::new(why)),
        };
        done(callbacks::answer::<T>(&state, id, event))
    }
}
