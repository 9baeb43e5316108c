//! Runs shell scripts: for tests of the handler `process`. The same actor as runner.cpp.

use serde::{Deserialize, Serialize};
use theater::process::{self, Config, OutputMode, Signal};
use theater::*;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Runner {
    heard: String,
}

impl Actor for Runner {
    type Codec = Json;
}

impl Runner {
    fn hear(&mut self, what: &str, id: u64, text: &str) -> Result<()> {
        self.heard += &format!("{what} {id} {text}");
        Ok(())
    }
}

fn script(text: &str) -> Config {
    Config::new("sh")
        .args(["-c", text])
        .stdout(OutputMode::LineByLine)
        .stderr(OutputMode::LineByLine)
}

fn signal_of(number: &str) -> Result<Signal> {
    match number {
        "1" => Ok(Signal::HangUp),
        "15" => Ok(Signal::Terminate),
        other => fail(format!("what is signal {other}?")),
    }
}

fn done(result: Result<()>) -> Result<String> {
    result.map(|()| "done".to_string())
}

impl MessageServerClient for Runner {
    fn handle_request(&mut self, _request_id: &str, message: &[u8]) -> Result<Reply> {
        let (word, rest) = text(message)?.split_once(' ').unwrap_or(("heard", ""));
        let answer = match word {
            "heard" => self.heard.clone(),
            "spawn" => script(rest).spawn()?.to_string(),
            "brief" => script(rest).timeout_s(1).spawn()?.to_string(),
            _ => {
                let (id, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let id = id.parse()?;
                match word {
                    "write" => process::write_stdin(id, rest)?.to_string(),
                    "close" => done(process::close_stdin(id))?,
                    "kill" => done(process::kill(id))?,
                    "signal" => done(process::signal(id, signal_of(rest)?))?,
                    "status" => match process::status(id)? {
                        found if found.is_running => "running".to_string(),
                        found => found.exit_code.unwrap_or(0).to_string(),
                    },
                    other => return fail(format!("what is `{other}`?")),
                }
            }
        };
        Ok(answer.into())
    }
}

impl ProcessHandlers for Runner {
    fn handle_stdout(&mut self, process: u64, line: &[u8]) -> Result<()> {
        self.hear("out", process, text(line)?)
    }

    fn handle_stderr(&mut self, process: u64, line: &[u8]) -> Result<()> {
        self.hear("err", process, text(line)?)
    }

    fn handle_exit(&mut self, process: u64, exit_code: i32) -> Result<()> {
        self.hear("exit", process, &format!("{exit_code}\n"))
    }
}

actor!(Runner);
message_server_client!(Runner);
process_handlers!(Runner);
