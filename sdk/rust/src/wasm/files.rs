//! Files in a guest.

pub mod filesystem {
    use crate::filesystem::{CommandOutput, FileKind, Metadata};
    use crate::host::bindings::imports::theater::files::files as more;
    use crate::host::bindings::imports::theater::simple::filesystem as wit;
    use crate::{Result, fail};

    pub fn read_file(path: &str) -> Result<Vec<u8>> {
        Ok(wit::read_file(path)?)
    }

    pub fn write_file(path: &str, content: &[u8]) -> Result<()> {
        Ok(more::write_bytes(path, content)?)
    }

    pub fn append_file(path: &str, content: &[u8]) -> Result<()> {
        Ok(more::append_bytes(path, content)?)
    }

    pub fn list_files(path: &str) -> Result<Vec<String>> {
        Ok(wit::list_files(path)?)
    }

    pub fn delete_file(path: &str) -> Result<()> {
        Ok(wit::delete_file(path)?)
    }

    pub fn create_dir(path: &str) -> Result<()> {
        Ok(wit::create_dir(path)?)
    }

    pub fn delete_dir(path: &str) -> Result<()> {
        Ok(wit::delete_dir(path)?)
    }

    pub fn path_exists(path: &str) -> Result<bool> {
        Ok(wit::path_exists(path)?)
    }

    pub fn get_metadata(path: &str) -> Result<Metadata> {
        let found = more::get_metadata(path)?;
        let kind = match found.kind {
            more::Kind::File => FileKind::File,
            more::Kind::Folder => FileKind::Folder,
            more::Kind::Other => FileKind::Other,
        };
        Ok(Metadata {
            kind,
            size: found.size,
            modified: found.modified,
        })
    }

    pub fn rename_path(old_path: &str, new_path: &str) -> Result<()> {
        Ok(more::rename_path(old_path, new_path)?)
    }

    pub fn execute_command(
        folder: &str,
        program: &str,
        arguments: &[&str],
    ) -> Result<CommandOutput> {
        let arguments: Vec<String> = arguments.iter().map(|word| word.to_string()).collect();
        output(wit::execute_command(folder, program, &arguments)?)
    }

    pub fn execute_nix_command(folder: &str, command: &str) -> Result<CommandOutput> {
        output(wit::execute_nix_command(folder, command)?)
    }

    fn output(result: wit::CommandResult) -> Result<CommandOutput> {
        match result {
            wit::CommandResult::Success(found) => Ok(CommandOutput {
                stdout: found.stdout,
                stderr: found.stderr,
                exit_code: found.exit_code,
            }),
            wit::CommandResult::Error(error) => fail(error.message),
        }
    }
}
