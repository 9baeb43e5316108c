//! Streams a page and counts its events, or fetches it whole.

use serde::{Deserialize, Serialize};
use theater::http_client::{self, failure_word, Request};
use theater::http_stream;
use theater::server_sent_events::EventParser;
use theater::*;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Reader {
    parser: EventParser,
    lines: Vec<String>,
}

impl Actor for Reader {
    type Codec = Json;
}

impl MessageServerClient for Reader {
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        let (word, rest) = text(message)?.split_once(' ').ok_or("say WORD REST")?;
        match word {
            "stream" => {
                let stream =
                    http_stream::open(&Request::get(rest).header("Accept", "text/event-stream"))?;
                self.lines.push(format!("opened {stream}"));
                Ok(())
            }
            "pause" => http_stream::pause(rest.parse()?),
            "resume" => http_stream::resume(rest.parse()?),
            "cancel" => http_stream::cancel(rest.parse()?),
            other => fail(format!("unknown message: {other}")),
        }
    }

    fn handle_request(&mut self, _request_id: &str, message: &[u8]) -> Result<Reply> {
        match text(message)? {
            "lines" => Ok(self.lines.join("\n").into()),
            uri => match http_client::send(&Request::post(uri).json(&[1, 2])?) {
                Ok(response) => {
                    let kind = response.header("content-type").unwrap_or("none");
                    Ok(format!("{} {kind} {}", response.status, response.text()?).into())
                }
                Err(error) => Ok(failure_word(&error).into()),
            },
        }
    }
}

impl StreamHandlers for Reader {
    fn handle_stream(&mut self, stream: u64, event: StreamEvent) -> Result<()> {
        match event {
            StreamEvent::Head { status, .. } => {
                self.lines.push(format!("{stream} began with {status}"))
            }
            StreamEvent::Data(bytes) => {
                for event in self.parser.feed(&bytes)? {
                    self.lines
                        .push(format!("{}: {}", event.event_type, event.data));
                }
            }
            StreamEvent::End => self.lines.push("end".into()),
            StreamEvent::Failed(error) => self.lines.push(failure_word(&error).into()),
        }
        Ok(())
    }
}

actor!(Reader);
message_server_client!(Reader);
http_stream_handlers!(Reader);
