//! Which files may be written: none that others share, and none outside the project.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use super::lock::open_dir;

/// Whether Conndeck may replace or delete a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Writable,
    /// No; the reason, such as `it has 2 hard links`.
    ReadOnly(String),
}

/// The directory that symlinks may not lead out of: the git root, or without git the store's
/// parent. Both paths have no symlinks in them.
pub(super) struct Scope {
    root: PathBuf,
    is_git: bool,
    /// The store, by the path that it was given with.
    store: PathBuf,
    /// Why no file of the store can be replaced; asked once for all of them.
    store_refusal: OnceLock<Option<String>>,
}

impl Scope {
    pub(super) fn of(store: &Path) -> io::Result<Self> {
        let real = fs::canonicalize(store)?;
        let git_root = git_root(&real);
        Ok(Self {
            is_git: git_root.is_some(),
            root: git_root.unwrap_or_else(|| real.parent().unwrap_or(&real).to_owned()),
            store: store.to_owned(),
            store_refusal: OnceLock::new(),
        })
    }

    /// Where the symlink at `link` leads in the end, or the reason why that is no place to write.
    pub(super) fn target_of(&self, link: &Path) -> Result<PathBuf, String> {
        let target = fs::canonicalize(link)
            .map_err(|error| format!("it is a symlink that leads nowhere: {error}"))?;
        let Ok(inner) = target.strip_prefix(&self.root) else {
            let bounds = if self.is_git {
                "the git repository"
            } else {
                "the project directory"
            };
            return Err(format!("it is a symlink that leads out of {bounds}"));
        };
        if is_below_git(inner) {
            return Err("it is a symlink into `.git`".to_owned());
        }
        Ok(target)
    }

    /// Where a file is below this scope's root, symlinks followed, or the reason why that is no
    /// place to write.
    pub(super) fn inner_path(&self, path: &Path) -> Result<PathBuf, String> {
        let target =
            fs::canonicalize(path).map_err(|error| format!("it can't be found: {error}"))?;
        let bounds = if self.is_git {
            "the git repository"
        } else {
            "the project directory"
        };
        let inner = target
            .strip_prefix(&self.root)
            .map_err(|_| format!("it is outside of {bounds}"))?;
        if is_below_git(inner) {
            return Err("it is inside `.git`".to_owned());
        }
        Ok(inner.to_owned())
    }

    /// Whether a path without symlinks is below the root.
    pub(super) fn contains(&self, path: &Path) -> bool {
        path.starts_with(&self.root)
    }

    /// The path of what [`Scope::inner_path`] gave.
    pub(super) fn join(&self, inner: &Path) -> PathBuf {
        self.root.join(inner)
    }

    /// Whether the file at `path`, of which `metadata` is known (that of a symlink's target), may
    /// be written.
    pub(super) fn access(&self, path: &Path, is_link: bool, metadata: &Metadata) -> Access {
        if !is_link && path.parent() == Some(&*self.store) {
            let directory = || directory_refusal(path);
            return file_refusal(path, metadata)
                .or_else(|| self.store_refusal.get_or_init(directory).clone())
                .map_or(Access::Writable, Access::ReadOnly);
        }
        if !is_link {
            return file_access(path, metadata);
        }
        match self.target_of(path) {
            // The target's directory is where its replacement will be written; and the link's own
            // is where a delete would take it from.
            Ok(target) => match directory_refusal(path) {
                Some(reason) => Access::ReadOnly(reason),
                None => file_access(&target, metadata),
            },
            Err(reason) => Access::ReadOnly(reason),
        }
    }

    /// Opens a directory inside this scope, given by a path without symlinks. Should one of its
    /// parts have become a symlink meanwhile, it is refused: nobody can lead a write astray.
    pub(super) fn open_dir(&self, dir: &Path) -> io::Result<File> {
        let inner = dir.strip_prefix(&self.root).map_err(io::Error::other)?;
        let mut opened = open_dir(&self.root)?;
        for part in inner.components() {
            let Component::Normal(name) = part else {
                return Err(io::ErrorKind::InvalidInput.into());
            };
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            opened = File::from(rustix::fs::openat(&opened, name, flags, Mode::empty())?);
        }
        Ok(opened)
    }
}

/// The nearest directory at or above `start` with a `.git` in it: a directory, or the file that
/// worktrees and submodules have. `start` should have no symlinks. Does not run git.
pub fn git_root(start: &Path) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|dir| dir.join(".git").symlink_metadata().is_ok())
        .map(Path::to_owned)
}

pub(super) fn is_below_git(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == ".git")
}

pub(super) fn file_access(path: &Path, metadata: &Metadata) -> Access {
    file_refusal(path, metadata)
        .or_else(|| directory_refusal(path))
        .map_or(Access::Writable, Access::ReadOnly)
}

/// Why the file itself is not to be written.
fn file_refusal(path: &Path, metadata: &Metadata) -> Option<String> {
    if metadata.nlink() > 1 {
        return Some(format!("it has {} hard links", metadata.nlink()));
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Some(format!("it belongs to another user ({})", metadata.uid()));
    }
    // By the bit as well: whoever made a file read-only meant it, even for root.
    if metadata.mode() & 0o200 == 0 {
        return Some("it is read-only".to_owned());
    }
    match may_write(path) {
        Ok(()) => None,
        Err(Errno::ROFS) => Some("the file system is read-only".to_owned()),
        Err(_) => Some("no permission to write it".to_owned()),
    }
}

/// Why no file can be replaced in the directory of `path`.
fn directory_refusal(path: &Path) -> Option<String> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    may_write(dir)
        .is_err()
        .then(|| "no permission to write to its directory".to_owned())
}

fn may_write(path: &Path) -> rustix::io::Result<()> {
    rustix::fs::accessat(CWD, path, rustix::fs::Access::WRITE_OK, AtFlags::EACCESS)
}
