//! Files in a unit test: in memory.

pub mod filesystem {
    use super::super::ask;
    use crate::filesystem::{CommandOutput, FileKind, Metadata};
    use crate::testing::{Command, Host, with_host};
    use crate::{Error, Result, fail};

    /// Without `./` and slashes at the end; "" is the actor's folder.
    fn plain(path: &str) -> String {
        let mut rest = path;
        while let Some(below) = rest.strip_prefix("./") {
            rest = below;
        }
        let rest = rest.trim_end_matches('/');
        (if rest == "." { "" } else { rest }).to_string()
    }

    fn missing(path: &str) -> Error {
        Error::new(format!("cannot open {path}: No such file or directory"))
    }

    fn is_folder(host: &Host, path: &str) -> bool {
        path.is_empty() || host.folders.contains(path)
    }

    /// Fails if the folder that a path is in is not there.
    fn check_parent(host: &Host, path: &str) -> Result<()> {
        match path.rsplit_once('/') {
            Some((parent, _)) if !is_folder(host, parent) => Err(missing(path)),
            _ => Ok(()),
        }
    }

    /// The part of `path` below `folder`, if it is there.
    fn below<'a>(folder: &str, path: &'a str) -> Option<&'a str> {
        if folder.is_empty() {
            return Some(path).filter(|path| !path.is_empty());
        }
        path.strip_prefix(folder)?
            .strip_prefix('/')
            .filter(|rest| !rest.is_empty())
    }

    pub fn read_file(path: &str) -> Result<Vec<u8>> {
        with_host(|host| host.files.get(&plain(path)).cloned()).ok_or_else(|| missing(path))
    }

    pub fn write_file(path: &str, content: &[u8]) -> Result<()> {
        let path = plain(path);
        with_host(|host| {
            check_parent(host, &path)?;
            if is_folder(host, &path) {
                return fail(format!("`{path}` is not a regular file but a folder"));
            }
            host.files.insert(path, content.to_vec());
            Ok(())
        })
    }

    pub fn append_file(path: &str, content: &[u8]) -> Result<()> {
        let before = read_file(path).unwrap_or_default();
        write_file(path, &[&before, content].concat())
    }

    pub fn list_files(path: &str) -> Result<Vec<String>> {
        let folder = plain(path);
        with_host(|host| {
            if !is_folder(host, &folder) {
                return Err(missing(path));
            }
            let paths = host.files.keys().chain(&host.folders);
            let names = paths.filter_map(|other| below(&folder, other));
            let mut names: Vec<String> = names
                .filter(|name| !name.contains('/'))
                .map(str::to_string)
                .collect();
            names.sort();
            Ok(names)
        })
    }

    pub fn delete_file(path: &str) -> Result<()> {
        let removed = with_host(|host| host.files.remove(&plain(path)));
        removed.map(|_| ()).ok_or_else(|| missing(path))
    }

    pub fn create_dir(path: &str) -> Result<()> {
        let folder = plain(path);
        with_host(|host| {
            check_parent(host, &folder)?;
            if host.files.contains_key(&folder) || is_folder(host, &folder) {
                return fail(format!("cannot create the folder {folder}: File exists"));
            }
            host.folders.insert(folder);
            Ok(())
        })
    }

    pub fn delete_dir(path: &str) -> Result<()> {
        let folder = plain(path);
        with_host(|host| {
            if !host.folders.remove(&folder) {
                return Err(missing(path));
            }
            host.files.retain(|file, _| below(&folder, file).is_none());
            host.folders.retain(|other| below(&folder, other).is_none());
            Ok(())
        })
    }

    pub fn path_exists(path: &str) -> Result<bool> {
        let path = plain(path);
        Ok(with_host(|host| {
            host.files.contains_key(&path) || is_folder(host, &path)
        }))
    }

    pub fn get_metadata(path: &str) -> Result<Metadata> {
        if with_host(|host| is_folder(host, &plain(path))) {
            return Ok(Metadata {
                kind: FileKind::Folder,
                size: 0,
                modified: 0,
            });
        }
        let size = read_file(path)?.len() as u64;
        Ok(Metadata {
            kind: FileKind::File,
            size,
            modified: 0,
        })
    }

    pub fn rename_path(old_path: &str, new_path: &str) -> Result<()> {
        let (from, to) = (plain(old_path), plain(new_path));
        let moved = |path: &str| match below(&from, path) {
            Some(rest) => format!("{to}/{rest}"),
            None => path.to_string(),
        };
        with_host(|host| {
            check_parent(host, &to)?;
            if let Some(content) = host.files.remove(&from) {
                host.files.insert(to.clone(), content);
                return Ok(());
            }
            if !host.folders.remove(&from) {
                return Err(missing(old_path));
            }
            let files = std::mem::take(&mut host.files).into_iter();
            host.files = files
                .map(|(path, content)| (moved(&path), content))
                .collect();
            host.folders = host.folders.iter().map(|path| moved(path)).collect();
            host.folders.insert(to.clone());
            Ok(())
        })
    }

    pub fn execute_command(
        folder: &str,
        program: &str,
        arguments: &[&str],
    ) -> Result<CommandOutput> {
        let words = std::iter::once(program).chain(arguments.iter().copied());
        let command = Command {
            folder: folder.to_string(),
            words: words.map(str::to_string).collect(),
        };
        with_host(|host| host.commands.push(command.clone()));
        let refused = || fail("this host runs no commands: set on_command");
        ask(|host| &mut host.on_command, &command, refused)
    }

    pub fn execute_nix_command(folder: &str, command: &str) -> Result<CommandOutput> {
        execute_command(folder, "nix", &["develop", "--command", command])
    }
}
