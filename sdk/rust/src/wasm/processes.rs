//! Programs of the machine in a guest.

use super::bindings;
use super::exports::{Done, Exported, done, log_panics};
use crate::callbacks::{self, State};
use crate::process::ProcessHandlers;

impl<T: ProcessHandlers>
    bindings::process_handlers::exports::theater::simple::process_handlers::Guest for Exported<T>
{
    fn handle_stdout(state: State, (id, bytes): (u64, Vec<u8>)) -> Done {
        log_panics();
        done(callbacks::process_stdout::<T>(&state, id, &bytes))
    }

    fn handle_stderr(state: State, (id, bytes): (u64, Vec<u8>)) -> Done {
        log_panics();
        done(callbacks::process_stderr::<T>(&state, id, &bytes))
    }

    fn handle_exit(state: State, (id, exit_code): (u64, i32)) -> Done {
        log_panics();
        done(callbacks::process_exit::<T>(&state, id, exit_code))
    }
}

pub mod process {
    use crate::Result;
    use crate::host::bindings::imports::theater::simple::process as wit;
    use crate::process::{Config, OutputMode, Signal, Status};

    fn given(mode: OutputMode) -> wit::OutputMode {
        match mode {
            OutputMode::Raw => wit::OutputMode::Raw,
            OutputMode::LineByLine => wit::OutputMode::LineByLine,
            OutputMode::Json => wit::OutputMode::Json,
            OutputMode::Chunked => wit::OutputMode::Chunked,
        }
    }

    pub fn spawn(config: &Config) -> Result<u64> {
        Ok(wit::os_spawn(&wit::ProcessConfig {
            program: config.program.clone(),
            args: config.args.clone(),
            cwd: config.cwd.clone(),
            env: config.env.clone(),
            buffer_size: config.buffer_size,
            stdout_mode: given(config.stdout_mode),
            stderr_mode: given(config.stderr_mode),
            chunk_size: config.chunk_size,
            execution_timeout: config.timeout_s,
        })?)
    }

    pub fn write_stdin(id: u64, bytes: &[u8]) -> Result<u32> {
        Ok(wit::os_write_stdin(id, bytes)?)
    }

    pub fn close_stdin(id: u64) -> Result<()> {
        wit::os_write_stdin(id, &[])?;
        Ok(())
    }

    pub fn status(id: u64) -> Result<Status> {
        let found = wit::os_status(id)?;
        Ok(Status {
            is_running: found.running,
            exit_code: found.exit_code,
            start_time_ms: found.start_time,
        })
    }

    pub fn signal(id: u64, signal: Signal) -> Result<()> {
        Ok(wit::os_signal(id, signal as u32)?)
    }

    pub fn kill(id: u64) -> Result<()> {
        Ok(wit::os_kill(id)?)
    }
}
