//! The programs that an actor runs in a unit test.

use super::{Host, TestActor, with_host};
use crate::process::{Config, ProcessHandlers, Signal};
use crate::{Result, callbacks, fail};

/// A process that the actor has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedProcess {
    pub config: Config,
    pub input: Vec<u8>,
    pub is_input_closed: bool,
    /// A kill is `Signal::Kill`.
    pub signals: Vec<Signal>,
    pub start_time_ms: u64,
    /// Once the test has said that it ended.
    pub exit_code: Option<i32>,
}

impl StartedProcess {
    pub(crate) fn new(config: Config, start_time_ms: u64) -> Self {
        Self {
            config,
            input: Vec::new(),
            is_input_closed: false,
            signals: Vec::new(),
            start_time_ms,
            exit_code: None,
        }
    }

    pub fn is_running(&self) -> bool {
        self.exit_code.is_none()
    }
}

/// Fails if the actor has started no process of that id.
pub(crate) fn with_process<R>(
    id: u64,
    function: impl FnOnce(&mut StartedProcess) -> R,
) -> Result<R> {
    with_host(|host: &mut Host| match host.processes.get_mut(&id) {
        Some(process) => Ok(function(process)),
        None => fail(format!("Process {id} not found")),
    })
}

fn check_running(id: u64) -> Result<()> {
    match with_process(id, |process| process.is_running())? {
        true => Ok(()),
        false => fail(format!("process {id} has ended")),
    }
}

/// A process prints, and ends. The actor must be running it.
impl<T: ProcessHandlers> TestActor<T> {
    pub fn process_stdout(&mut self, id: u64, bytes: impl AsRef<[u8]>) -> Result<()> {
        check_running(id)?;
        self.keep(callbacks::process_stdout::<T>(
            &self.state,
            id,
            bytes.as_ref(),
        ))
    }

    pub fn process_stderr(&mut self, id: u64, bytes: impl AsRef<[u8]>) -> Result<()> {
        check_running(id)?;
        self.keep(callbacks::process_stderr::<T>(
            &self.state,
            id,
            bytes.as_ref(),
        ))
    }

    pub fn process_exit(&mut self, id: u64, exit_code: i32) -> Result<()> {
        check_running(id)?;
        with_process(id, |process| process.exit_code = Some(exit_code))?;
        self.keep(callbacks::process_exit::<T>(&self.state, id, exit_code))
    }
}
