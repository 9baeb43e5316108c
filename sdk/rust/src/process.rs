//! Programs of the machine: `theater:simple/process` and `process-handlers`.
//!
//! ```
//! # use serde::{Deserialize, Serialize};
//! # use theater::{Actor, Json, MessageServerClient, ProcessHandlers, Result};
//! use theater::process::{self, OutputMode};
//!
//! # #[derive(Default, Serialize, Deserialize)]
//! # #[serde(default)]
//! # struct Runner { lines: Vec<String>, exit_code: Option<i32> }
//! # impl Actor for Runner { type Codec = Json; }
//! impl MessageServerClient for Runner {
//!     fn handle_send(&mut self, script: &[u8]) -> Result<()> {
//!         let script = theater::text(script)?;
//!         process::Config::new("python3")
//!             .args(["-c", script])
//!             .cwd("/work")
//!             .stdout(OutputMode::LineByLine)
//!             .timeout_s(10)
//!             .spawn()?;
//!         Ok(())
//!     }
//! }
//!
//! impl ProcessHandlers for Runner {
//!     fn handle_stdout(&mut self, _process: u64, line: &[u8]) -> Result<()> {
//!         self.lines.push(theater::text(line)?.to_string());
//!         Ok(())
//!     }
//!
//!     fn handle_exit(&mut self, _process: u64, exit_code: i32) -> Result<()> {
//!         self.exit_code = Some(exit_code);
//!         Ok(())
//!     }
//! }
//!
//! theater::actor!(Runner);
//! theater::process_handlers!(Runner);
//! ```
//!
//! The manifest must list the handler `process` with the programs and the folders, and the operator
//! must grant them. A program runs in a sandbox: without a network, and with no file but those of the
//! folder and of the system. The actor takes other calls while it runs. `handle_exit` is the last call
//! for a process, after all of its output.
//!
//! A process ends with the instance that started it. If the next instance keeps the state, it gets
//! `handle_exit` with [`LOST`] for each process that it has not heard the end of.

use crate::{Actor, Result, host};

/// How output is cut into calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputMode {
    /// What there is, at most `buffer_size` bytes.
    #[default]
    Raw,
    /// A line with its line feed; one of more than `buffer_size` bytes comes in pieces.
    LineByLine,
    /// A line that is a JSON value; others are dropped.
    Json,
    /// Exactly `chunk_size` bytes, and the rest at the end.
    Chunked,
}

/// A program to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// A name, or an absolute path.
    pub program: String,
    pub args: Vec<String>,
    /// An absolute path. Without it the granted folder, if there is exactly one; or else none.
    pub cwd: Option<String>,
    pub env: Vec<(String, String)>,
    pub buffer_size: u32,
    pub stdout_mode: OutputMode,
    pub stderr_mode: OutputMode,
    /// Without it `buffer_size`.
    pub chunk_size: Option<u32>,
    /// Seconds until the program gets SIGTERM, and five seconds later SIGKILL.
    pub timeout_s: Option<u64>,
}

impl Config {
    /// Without arguments, with raw output in pieces of at most 16 KiB, and without a bound of its time.
    pub fn new(program: &str) -> Self {
        Self {
            program: program.to_string(),
            args: Vec::new(),
            cwd: None,
            env: Vec::new(),
            buffer_size: 16_384,
            stdout_mode: OutputMode::Raw,
            stderr_mode: OutputMode::Raw,
            chunk_size: None,
            timeout_s: None,
        }
    }

    /// With arguments after those that it has.
    pub fn args<Arg: Into<String>>(mut self, args: impl IntoIterator<Item = Arg>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub fn cwd(mut self, folder: &str) -> Self {
        self.cwd = Some(folder.to_string());
        self
    }

    /// With a variable of its environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_string(), value.to_string()));
        self
    }

    pub fn stdout(mut self, mode: OutputMode) -> Self {
        self.stdout_mode = mode;
        self
    }

    pub fn stderr(mut self, mode: OutputMode) -> Self {
        self.stderr_mode = mode;
        self
    }

    pub fn timeout_s(mut self, seconds: u64) -> Self {
        self.timeout_s = Some(seconds);
        self
    }

    /// The same as [`spawn`].
    pub fn spawn(&self) -> Result<u64> {
        spawn(self)
    }
}

/// A process that runs, or has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub is_running: bool,
    pub exit_code: Option<i32>,
    /// Milliseconds since 1970-01-01 UTC.
    pub start_time_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Signal {
    HangUp = 1,
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    User1 = 10,
    User2 = 12,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}

impl Signal {
    /// The exit code of a program that this signal ended.
    pub const fn exit_code(self) -> i32 {
        128 + self as i32
    }
}

/// The exit code of a process that was lost with the actor's instance.
pub const LOST: i32 = -1;

/// The callbacks of an actor that starts programs.
pub trait ProcessHandlers: Actor {
    /// A program printed.
    fn handle_stdout(&mut self, _process: u64, _bytes: &[u8]) -> Result<()> {
        Ok(())
    }

    /// A program printed to its error output.
    fn handle_stderr(&mut self, _process: u64, _bytes: &[u8]) -> Result<()> {
        Ok(())
    }

    /// A program ended, and all of its output has come. The exit code is the program's own, 128 and the
    /// number of the signal that ended it, or [`LOST`].
    fn handle_exit(&mut self, process: u64, exit_code: i32) -> Result<()>;
}

/// Exports the trait [`ProcessHandlers`] of a struct. Once in a component, after
/// [`actor!`](crate::actor!).
#[macro_export]
macro_rules! process_handlers {
    ($actor:ty) => {
        $crate::__export!(
            process_handlers,
            export_process_handlers,
            $crate::ProcessHandlers,
            $actor
        );
    };
}

/// Starts a program and answers with its id; an actor never sees an id twice. Fails with `Permission
/// denied: …`, or with why the program does not run.
pub fn spawn(config: &Config) -> Result<u64> {
    host::process::spawn(config)
}

/// Answers with how many of the bytes were taken, which are fewer if the program reads too slowly.
pub fn write_stdin(process: u64, bytes: impl AsRef<[u8]>) -> Result<u32> {
    let bytes = bytes.as_ref();
    // For the node, a write of no bytes ends the input.
    if bytes.is_empty() {
        return Ok(0);
    }
    host::process::write_stdin(process, bytes)
}

/// The program finds the end of its input behind what was written.
pub fn close_stdin(process: u64) -> Result<()> {
    host::process::close_stdin(process)
}

/// Also of a process that has ended.
pub fn status(process: u64) -> Result<Status> {
    host::process::status(process)
}

/// Reaches the program alone.
pub fn signal(process: u64, signal: Signal) -> Result<()> {
    host::process::signal(process, signal)
}

/// Kills the program and all that it started.
pub fn kill(process: u64) -> Result<()> {
    host::process::kill(process)
}
