//! Calls every function of the library whose handler every node has.

use serde::{Deserialize, Serialize};
use theater::callers::{caller, Caller};
use theater::message_server::*;
use theater::store::Store;
use theater::supervisor::*;
use theater::*;

const CHILD: &str = "probe/child.toml";

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Probe {
    heard: Vec<String>,
}

fn check(is_true: bool, what: &str) -> Result<()> {
    if is_true {
        Ok(())
    } else {
        fail(what)
    }
}

fn caller_text() -> String {
    match caller() {
        Some(Caller::Actor(id)) => format!("actor {}", id.len()),
        Some(Caller::Client(name)) => format!("client {}", name.unwrap_or("without a name".into())),
        Some(Caller::Runtime) => "runtime".into(),
        None => "none".into(),
    }
}

fn runtime() -> Result<String> {
    use theater::runtime::*;
    log_at(Level::Warn, "careful");
    record_metric("speed", 1.5)?;
    record_event("seen", "x")?;
    check(record_metric("", 1.0).is_err(), "a metric without a name")?;
    check(get_actor_id().len() == 32, "the id")?;
    check(get_current_time() > 1_700_000_000_000, "the time")?;
    let chain = get_chain();
    check(
        chain[0].parent.is_none() && chain[1].parent == Some(chain[0].hash),
        "the chain",
    )?;
    check(!get_state().is_empty(), "the last event")?;
    check(
        get_system_info() == SystemInfo::default(),
        "facts without a grant",
    )?;
    Ok(format!("{} {}", get_actor_name(), get_theater_version()))
}

fn environment() -> Result<String> {
    use theater::environment::*;
    check(exists("SDK_TEST") && !exists("HOME"), "the variables")?;
    check(
        theater::runtime::get_env("SDK_TEST") == get_var("SDK_TEST"),
        "the same value",
    )?;
    check(get_var("HOME").is_none(), "a variable without a grant")?;
    Ok(format!("{:?}", list_vars()))
}

fn time() -> Result<String> {
    use theater::timing::*;
    let before = now();
    sleep_for(1)?;
    sleep_until(now() + 1)?;
    check(now() >= before + 2, "waiting")?;
    Ok("waited".into())
}

fn random() -> Result<String> {
    use theater::random::*;
    let fraction = random_float()?;
    check((0.0..1.0).contains(&fraction), "the fraction")?;
    check(random_range(4, 4).is_err(), "an empty range")?;
    Ok(format!(
        "{} {} {}",
        random_bytes(5)?.len(),
        random_range(3, 4)?,
        generate_uuid()?.len()
    ))
}

fn files() -> Result<String> {
    use theater::filesystem::*;
    create_dir("notes")?;
    write_file("notes/a", "caf\u{e9}")?;
    append_file("notes/a", [0xff])?;
    rename_path("notes/a", "notes/b")?;
    let metadata = get_metadata("notes/b")?;
    check(
        metadata.kind == FileKind::File && metadata.modified > 0,
        "the file",
    )?;
    check(
        get_metadata("notes")?.kind == FileKind::Folder,
        "the folder",
    )?;
    let content = read_file("notes/b")?;
    let names = list_files("notes")?.join(" ");
    delete_file("notes/b")?;
    delete_dir("notes")?;
    check(!path_exists("notes")?, "the end")?;
    check(read_file("notes/b").is_err(), "a file that is gone")?;
    Ok(format!("{names} {} {content:?}", metadata.size))
}

fn command() -> Result<String> {
    let output = theater::filesystem::execute_command(".", "echo", &["a b", "c"])?;
    let refused = theater::filesystem::execute_command(".", "ls", &[]);
    check(refused.is_err(), "a command without a grant")?;
    Ok(format!(
        "{} {:?} {:?}",
        output.exit_code, output.stdout, output.stderr
    ))
}

fn store() -> Result<String> {
    let notes = Store::create()?;
    let first = notes.put("first")?;
    let second = notes.put_at("page", "second")?;
    check(notes.find("page")? == Some(second.clone()), "the label")?;
    check(notes.find("none")?.is_none(), "no label")?;
    notes.label("draft", &first)?;
    notes.replace_at("page", &first)?;
    notes.remove_from_label("page", &second)?;
    notes.remove_label("draft")?;
    notes.replace_content_at("other", "third")?;
    let labels = notes.labels()?.join(" ");
    check(
        notes.contents()?.len() == 3 && notes.exists(&second)?,
        "the contents",
    )?;
    let sizes = format!(
        "{} {} {}",
        notes.total_size()?,
        notes.remove_unlabelled()?,
        notes.total_size()?
    );
    check(notes.get(&second).is_err(), "removed content")?;
    check(
        Store::named("none").put("x").is_err(),
        "a store of another actor",
    )?;
    Ok(format!(
        "{labels} {sizes} {} {}",
        text(&notes.get(&first)?)?,
        first.0
    ))
}

fn children() -> Result<String> {
    let child = spawn(CHILD, Some(br#"{"heard":["born"]}"#))?;
    check(list_children() == [child.clone()], "one child")?;
    send(&child, "note grown")?;
    let answer = request(&child, "caller")?;
    let state = get_child_state(&child)?.ok_or("no state")?;
    let events = get_child_events(&child)?;
    check(
        events[0].parent_hash.is_none() && events[0].hash.len() == 32,
        "the first event",
    )?;
    check(
        events[1].parent_hash.as_ref() == Some(&events[0].hash),
        "the second event",
    )?;
    check(
        events[0].timestamp > 0 && !events[0].event_type.is_empty(),
        "a whole event",
    )?;
    restart_child(&child)?;
    stop_child(&child)?;
    check(request(&child, "caller").is_err(), "a child that is gone")?;
    let resumed = resume(CHILD, Some(&state))?;
    let again = request(&resumed, "heard")?;
    stop_child(&resumed)?;
    check(list_children().is_empty(), "no child")?;
    Ok(format!(
        "{} / {} / {}",
        text(&answer)?,
        text(&state)?,
        text(&again)?
    ))
}

impl Probe {
    fn hear(&mut self, what: impl Into<String>) -> Result<()> {
        self.heard.push(what.into());
        Ok(())
    }

    fn report(&self) -> String {
        let mut lines = self.heard.clone();
        lines.sort();
        lines.join("\n")
    }

    /// Four things of which it hears later.
    fn start(&mut self) -> Result<String> {
        for word in ["quit", "crash"] {
            send(&spawn(CHILD, None)?, word)?;
        }
        let host = spawn(CHILD, None)?;
        check(
            open_channel(&host, "hello").is_err(),
            "a channel that is refused",
        )?;
        let channel = open_channel(&host, "let me in")?;
        send_on_channel(&channel, "ping")?;
        theater::intervals::start_interval("soon", 1)?;
        Ok("started".into())
    }
}

impl Actor for Probe {
    type Codec = Json;

    fn init(&mut self, actor_id: &str) -> Result<()> {
        check(
            actor_id == theater::runtime::get_actor_id(),
            "the id of init",
        )?;
        log(&format!("called by {}", caller_text()));
        Ok(())
    }
}

impl MessageServerClient for Probe {
    fn handle_send(&mut self, message: &[u8]) -> Result<()> {
        match text(message)? {
            "quit" => theater::runtime::shutdown(Some(b"farewell")),
            "crash" => panic!("as asked"),
            "answer" => {
                for request in list_outstanding_requests() {
                    respond_to_request(&request, "at last")?;
                }
                Ok(())
            }
            message => {
                let word = message
                    .strip_prefix("note ")
                    .ok_or(format!("unknown message: {message}"))?;
                self.hear(word)
            }
        }
    }

    fn handle_request(&mut self, request_id: &str, message: &[u8]) -> Result<Reply> {
        let answer = match text(message)? {
            "runtime" => runtime(),
            "caller" => Ok(caller_text()),
            "environment" => environment(),
            "time" => time(),
            "random" => random(),
            "files" => files(),
            "command" => command(),
            "store" => store(),
            "children" => children(),
            "start" => self.start(),
            "heard" => Ok(self.report()),
            "later" => {
                send(&theater::runtime::get_actor_id(), "answer")?;
                return Ok(Reply::Later);
            }
            "give up" => {
                cancel_request(request_id)?;
                return Ok(Reply::Later);
            }
            other => fail(format!("unknown request: {other}")),
        };
        Ok(answer?.into())
    }

    fn handle_channel_open(&mut self, _channel_id: &str, message: &[u8]) -> Result<ChannelAccept> {
        Ok(if message == b"let me in" {
            ChannelAccept::yes()
        } else {
            ChannelAccept::no()
        })
    }

    fn handle_channel_message(&mut self, channel_id: &str, message: &[u8]) -> Result<()> {
        match message {
            b"ping" => {
                send_on_channel(channel_id, "pong")?;
                close_channel(channel_id)
            }
            message => self.hear(format!("channel: {}", text(message)?)),
        }
    }

    fn handle_channel_close(&mut self, channel_id: &str) -> Result<()> {
        check(channel_id.starts_with("ch_"), "a channel's id")
    }
}

impl SupervisorHandlers for Probe {
    fn handle_child_error(&mut self, _child_id: &str, error: &ActorError) -> Result<()> {
        check(!error.reason().is_empty(), "a reason")?;
        let is_internal = error.error_type == ActorErrorType::Internal;
        self.hear(if is_internal {
            "error: internal"
        } else {
            "error: another"
        })
    }

    fn handle_child_exit(&mut self, _child_id: &str, data: Option<&[u8]>) -> Result<()> {
        self.hear(format!("exit: {}", text(data.unwrap_or_default())?))
    }
}

impl IntervalHandlers for Probe {
    fn handle_tick(&mut self, name: &str, _missed: u64) -> Result<()> {
        theater::intervals::stop_interval(name)?;
        self.hear(format!("tick: {name}, called by {}", caller_text()))
    }
}

actor!(Probe);
message_server_client!(Probe);
supervisor_handlers!(Probe);
interval_handlers!(Probe);
