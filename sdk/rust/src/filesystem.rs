//! Files and folders below the one folder that the actor was granted, and commands there:
//! `theater:simple/filesystem` and `theater:files/files`.
//!
//! Paths are relative to that folder, with `/` between the names, and lead nowhere else. The manifest
//! must list the handler `filesystem`, with `path` or `new_dir`, and the operator must grant what is
//! used of `read`, `write` and `execute`.

use crate::{Result, host};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    File,
    Folder,
    /// A pipe, a socket or a device.
    Other,
}

/// About the file or folder that a path leads to, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    pub kind: FileKind,
    /// In bytes; says nothing of a folder.
    pub size: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub modified: u64,
}

/// What a program printed, as text, and how it ended: its exit code, or 128 and a signal's number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandOutput {
    pub stdout: String,
    pub stderr: String,
    pub exit_code: i32,
}

/// A whole file. One that is larger than the actor's payload limit is an error that says so.
pub fn read_file(path: &str) -> Result<Vec<u8>> {
    host::filesystem::read_file(path)
}

/// Writes a file whole, in place of one that is there. A reader, also one after a crash, finds the old
/// content or all of the new.
pub fn write_file(path: &str, content: impl AsRef<[u8]>) -> Result<()> {
    host::filesystem::write_file(path, content.as_ref())
}

/// Adds to the end of a file, and makes the file if it is not there. A crash may leave a part.
pub fn append_file(path: &str, content: impl AsRef<[u8]>) -> Result<()> {
    host::filesystem::append_file(path, content.as_ref())
}

/// The names in a folder, sorted; `.` is the actor's folder.
pub fn list_files(path: &str) -> Result<Vec<String>> {
    host::filesystem::list_files(path)
}

/// Deletes a file. A folder is an error.
pub fn delete_file(path: &str) -> Result<()> {
    host::filesystem::delete_file(path)
}

/// Makes one folder; the folder above it must be there.
pub fn create_dir(path: &str) -> Result<()> {
    host::filesystem::create_dir(path)
}

/// Deletes a folder and everything in it.
pub fn delete_dir(path: &str) -> Result<()> {
    host::filesystem::delete_dir(path)
}

/// False if the path leads to nothing.
pub fn path_exists(path: &str) -> Result<bool> {
    host::filesystem::path_exists(path)
}

pub fn get_metadata(path: &str) -> Result<Metadata> {
    host::filesystem::get_metadata(path)
}

/// Gives a file or folder another name; a file that had that name is gone.
pub fn rename_path(old_path: &str, new_path: &str) -> Result<()> {
    host::filesystem::rename_path(old_path, new_path)
}

/// Runs one of the granted commands in a folder, without a shell, and waits for its end; meanwhile
/// this actor takes no other call. An error says why it was not run, or why it was ended.
pub fn execute_command(folder: &str, program: &str, arguments: &[&str]) -> Result<CommandOutput> {
    host::filesystem::execute_command(folder, program, arguments)
}

/// Runs a command line inside the Nix development shell of a folder.
pub fn execute_nix_command(folder: &str, command: &str) -> Result<CommandOutput> {
    host::filesystem::execute_nix_command(folder, command)
}
