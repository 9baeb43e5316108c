//! Programs of the machine in a unit test, which plays them: `TestActor::process_stdout` and its like.

pub mod process {
    use super::super::ask;
    use crate::process::{Config, Signal, Status};
    use crate::testing::{Host, StartedProcess, with_host, with_process};
    use crate::{Result, fail};

    pub fn spawn(config: &Config) -> Result<u64> {
        ask(|host| &mut host.on_spawn_process, config, || Ok(()))?;
        Ok(with_host(|host: &mut Host| {
            let id = host.processes.len() as u64 + 1;
            let process = StartedProcess::new(config.clone(), host.now_ms);
            host.processes.insert(id, process);
            id
        }))
    }

    /// The process while its input is open.
    fn with_input<R>(id: u64, function: impl FnOnce(&mut StartedProcess) -> R) -> Result<R> {
        let found = with_process(id, |process| {
            let is_open = process.is_running() && !process.is_input_closed;
            is_open.then(|| function(process))
        });
        match found {
            Ok(Some(value)) => Ok(value),
            _ => fail(format!("Process {id} not found or has no stdin")),
        }
    }

    pub fn write_stdin(id: u64, bytes: &[u8]) -> Result<u32> {
        with_input(id, |process| process.input.extend_from_slice(bytes))?;
        Ok(u32::try_from(bytes.len())?)
    }

    pub fn close_stdin(id: u64) -> Result<()> {
        with_input(id, |process| process.is_input_closed = true)
    }

    pub fn status(id: u64) -> Result<Status> {
        with_process(id, |process| Status {
            is_running: process.is_running(),
            exit_code: process.exit_code,
            start_time_ms: process.start_time_ms,
        })
    }

    pub fn signal(id: u64, signal: Signal) -> Result<()> {
        with_process(id, |process| {
            if !process.is_running() {
                return fail(format!(
                    "Failed to signal process {id}: the program has ended"
                ));
            }
            process.signals.push(signal);
            Ok(())
        })?
    }

    pub fn kill(id: u64) -> Result<()> {
        signal(id, Signal::Kill)
    }
}
