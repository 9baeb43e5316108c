//! An actor that runs one program and keeps what it said; the test plays the program.

use serde::{Deserialize, Serialize};
use theater::process::{self, Config, LOST, OutputMode, Signal};
use theater::testing::{TestActor, with_host};
use theater::{Actor, Json, ProcessHandlers, Result, fail};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Runner {
    id: u64,
    out: String,
    err: String,
    code: i32,
}

impl Actor for Runner {
    type Codec = Json;

    fn init(&mut self, _actor_id: &str) -> Result<()> {
        self.id = Config::new("cat")
            .args(["-", "more"])
            .cwd("/work")
            .env("LANG", "C")
            .stdout(OutputMode::LineByLine)
            .stderr(OutputMode::Chunked)
            .timeout_s(5)
            .spawn()?;
        process::write_stdin(self.id, "hello")?;
        process::write_stdin(self.id, "")?;
        process::close_stdin(self.id)
    }
}

impl ProcessHandlers for Runner {
    fn handle_stdout(&mut self, _process: u64, bytes: &[u8]) -> Result<()> {
        self.out += theater::text(bytes)?;
        Ok(())
    }

    fn handle_stderr(&mut self, process: u64, bytes: &[u8]) -> Result<()> {
        self.err += theater::text(bytes)?;
        process::signal(process, Signal::Terminate)?;
        process::kill(process)
    }

    fn handle_exit(&mut self, _process: u64, exit_code: i32) -> Result<()> {
        self.code = exit_code;
        Ok(())
    }
}

theater::actor!(Runner);
theater::process_handlers!(Runner);

#[test]
fn plays_a_program() {
    with_host(|host| host.now_ms = 7);
    let mut actor = TestActor::<Runner>::new();
    actor.init(None).unwrap();
    with_host(|host| {
        let process = &host.processes[&1];
        let expected = Config {
            args: vec!["-".into(), "more".into()],
            cwd: Some("/work".into()),
            env: vec![("LANG".into(), "C".into())],
            stdout_mode: OutputMode::LineByLine,
            stderr_mode: OutputMode::Chunked,
            timeout_s: Some(5),
            ..Config::new("cat")
        };
        assert_eq!(process.config, expected);
        assert_eq!(process.input, b"hello");
        assert!(process.is_input_closed);
    });
    assert!(process::status(1).unwrap().is_running);
    actor.process_stdout(1, "hel").unwrap();
    actor.process_stdout(1, "lo").unwrap();
    actor.process_stderr(1, "no").unwrap();
    with_host(|host| {
        assert_eq!(
            host.processes[&1].signals,
            [Signal::Terminate, Signal::Kill]
        );
    });
    actor.process_exit(1, Signal::Kill.exit_code()).unwrap();
    let kept = actor.actor().unwrap();
    assert_eq!(
        (kept.out.as_str(), kept.err.as_str(), kept.code),
        ("hello", "no", 137)
    );
    assert_eq!(
        actor.process_stdout(1, "late").unwrap_err(),
        "process 1 has ended"
    );
    assert_eq!(
        actor.process_exit(1, LOST).unwrap_err(),
        "process 1 has ended"
    );
    let status = process::status(1).unwrap();
    assert_eq!(
        (status.is_running, status.exit_code, status.start_time_ms),
        (false, Some(137), 7)
    );
}

#[test]
fn fails_as_the_host_does() {
    assert_eq!(process::status(3).unwrap_err(), "Process 3 not found");
    assert_eq!(process::kill(3).unwrap_err(), "Process 3 not found");
    assert_eq!(
        process::write_stdin(3, "x").unwrap_err(),
        "Process 3 not found or has no stdin"
    );
    let id = Config::new("cat").spawn().unwrap();
    process::close_stdin(id).unwrap();
    for error in [
        process::write_stdin(id, "x").unwrap_err(),
        process::close_stdin(id).unwrap_err(),
    ] {
        assert_eq!(error, "Process 1 not found or has no stdin");
    }
    let mut actor = TestActor::<Runner>::new();
    actor.process_exit(id, LOST).unwrap();
    assert_eq!(
        process::signal(id, Signal::HangUp).unwrap_err(),
        "Failed to signal process 1: the program has ended"
    );
    with_host(|host| {
        host.on_spawn_process = Some(Box::new(|config| {
            fail(format!(
                "Permission denied: process:programs={}",
                config.program
            ))
        }));
    });
    assert_eq!(
        actor.init(None).unwrap_err(),
        "Permission denied: process:programs=cat"
    );
}
