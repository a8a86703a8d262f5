//! The store against real directories.

mod access;
mod concurrent;
mod load;
mod model;
mod rename;
mod several;
mod write;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::*;

/// A project directory with an empty store in it, and no git around it.
struct Project {
    dir: tempfile::TempDir,
    store: Store,
}

impl Project {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("project/connections.d"));
        store.create_dir().unwrap();
        Self { dir, store }
    }

    /// The same with these files in the store.
    fn with(files: &[(&str, &[u8])]) -> Self {
        let project = Self::new();
        for (name, bytes) in files {
            fs::write(project.path(name), bytes).unwrap();
        }
        project
    }

    /// A path in the store; `../` is the project, `../../` outside of it.
    fn path(&self, name: &str) -> PathBuf {
        self.store.dir().join(name)
    }

    fn load(&self) -> Snapshot {
        self.store.load(None).unwrap()
    }

    #[track_caller]
    fn file(&self, name: &str) -> StoreFile {
        let files = self.load().files;
        let found = files.into_iter().find(|file| file.file_name == *name);
        found.unwrap_or_else(|| panic!("`{name}` is not in the snapshot"))
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Every name in the store's directory, hidden ones too.
    fn names(&self) -> Vec<String> {
        names_in(self.store.dir())
    }
}

fn names_in(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn id(text: &str) -> ConnectionId {
    ConnectionId::new(text)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Says that a test could not run here.
fn skip(why: &str) {
    eprintln!("SKIPPED: {why}");
}

#[track_caller]
fn run(command: &str, arguments: &[&str]) -> bool {
    Command::new(command)
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
