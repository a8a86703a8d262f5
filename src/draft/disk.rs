//! Drafts as files: each belongs to one running program, which holds a lock on it. The lock is on
//! the file itself and goes with the program, however that ends: what nobody holds is offered.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{CWD, Mode, OFlags};

use super::Draft;
use crate::order;
use crate::project::Project;
use crate::state::{self, age, damaged, files};
use crate::store::{Store, try_lock};

/// The head of a file, before the checksum of the rest.
const HEAD: &str = "conndeck draft 1";

/// The end of a draft's name.
const ENDING: &str = "draft";

/// A connection file is at most 1 MiB; what is typed may be a few.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The drafts of a store, as one running program sees them.
#[derive(Debug)]
pub struct Keeper {
    /// `None` where nobody says where such files go.
    directory: Option<PathBuf>,
    store: Store,
    /// The draft of the form that is open here.
    own: Option<Held>,
    /// Drafts of programs that have ended, while the person is asked about them.
    claimed: Vec<Held>,
}

/// A draft that this program holds the lock of.
#[derive(Debug)]
struct Held {
    path: PathBuf,
    /// The lock is held as long as this is open.
    _file: File,
}

/// A draft that a program has left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its file.
    pub path: PathBuf,
    /// When it was kept.
    pub at: SystemTime,
    /// How long ago that is: `3 minutes ago`.
    pub ago: String,
    /// What was typed.
    pub draft: Draft,
}

impl Keeper {
    /// Touches nothing on disk.
    pub fn new(project: &Project) -> Self {
        let state = project.state_dir();
        Self {
            directory: state.map(|state| state::directory(&state, "drafts", &project.store)),
            store: project.store.clone(),
            own: None,
            claimed: Vec::new(),
        }
    }

    /// Writes the draft of the open form, in place of what was kept of it before.
    ///
    /// # Errors
    /// If it can't be written; what was kept before is still there.
    pub fn keep(&mut self, draft: &Draft) -> io::Result<()> {
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        let at = SystemTime::now();
        let mut file = state::write(directory, HEAD, &self.store, at, draft)?;
        // Before it has its name, so that nobody finds it without its lock. Where there are no
        // locks, a second screen may offer it: better than not keeping it.
        let _ = try_lock(file.as_file());
        if let Some(Held { path, .. }) = &self.own {
            let path = path.clone();
            let file = file.persist(&path).map_err(|error| error.error)?;
            self.own = Some(Held { path, _file: file });
            return Ok(());
        }
        let since = at.duration_since(SystemTime::UNIX_EPOCH);
        let mut number = since.unwrap_or_default().as_nanos();
        let (path, file) = loop {
            let path = directory.join(format!("{number:020}.{ENDING}"));
            match file.persist_noclobber(&path) {
                Ok(file) => break (path, file),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = error.file;
                    number += 1;
                }
                Err(error) => return Err(error.error),
            }
        };
        self.own = Some(Held { path, _file: file });
        Ok(())
    }

    /// The form was saved, discarded, or says what the file says: its draft goes.
    ///
    /// # Errors
    /// If the file can't be removed.
    pub fn remove(&mut self) -> io::Result<()> {
        match self.own.take() {
            Some(own) => state::remove(&own.path),
            None => Ok(()),
        }
    }

    /// What other programs have left behind, the newest first. They are this program's to decide
    /// about from now on. What can't be read is left alone, and what is too old is removed.
    pub fn find(&mut self) -> Vec<Found> {
        let Some(directory) = self.directory.clone() else {
            return Vec::new();
        };
        for path in state::too_old(&directory, is_draft).unwrap_or_default() {
            if open(&path).is_some() {
                // Somebody else may be at it, too.
                let _ = fs::remove_file(path);
            }
        }
        let mut found = Vec::new();
        let files = files(&directory).unwrap_or_default();
        for path in files.into_iter().filter(|path| is_draft(path)) {
            if let Some((file, bytes)) = open(&path).and_then(|file| read(&path, file).ok())
                && let Ok((at, draft)) = state::read::<Draft>(&bytes, HEAD, &self.store)
            {
                let ago = state::ago(at);
                self.claimed.push(Held {
                    path: path.clone(),
                    _file: file,
                });
                found.push(Found {
                    path,
                    at,
                    ago,
                    draft,
                });
            }
        }
        order::sort_by_key(&mut found, |found| std::cmp::Reverse(found.at));
        found
    }

    /// The form goes on with this draft, which is its own now.
    pub fn adopt(&mut self, path: &Path) {
        self.own = self.claimed(path).or(self.own.take());
    }

    /// Nobody wants this draft.
    ///
    /// # Errors
    /// If the file can't be removed.
    pub fn discard(&mut self, path: &Path) -> io::Result<()> {
        match self.claimed(path) {
            Some(held) => state::remove(&held.path),
            None => Ok(()),
        }
    }

    /// The next start offers this draft again.
    pub fn release(&mut self, path: &Path) {
        drop(self.claimed(path));
    }

    fn claimed(&mut self, path: &Path) -> Option<Held> {
        let place = self.claimed.iter().position(|held| held.path == path)?;
        Some(self.claimed.swap_remove(place))
    }
}

fn is_draft(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == ENDING)
}

/// The file with its lock, if it is one and nobody else holds it.
fn open(path: &Path) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(CWD, path, flags, Mode::empty()).ok()?);
    let metadata = file.metadata().ok()?;
    let is_mine = metadata.uid() == rustix::process::geteuid().as_raw();
    if !metadata.is_file() || !is_mine || !try_lock(&file).unwrap_or(true) {
        return None;
    }
    // Before the lock was there, its program may have written a newer one in its place.
    let there = fs::symlink_metadata(path).ok()?;
    ((metadata.dev(), metadata.ino()) == (there.dev(), there.ino())).then_some(file)
}

fn read(path: &Path, file: File) -> io::Result<(File, Vec<u8>)> {
    if age(path).is_some_and(|age| age >= state::KEPT_FOR) {
        return Err(damaged("it is too old"));
    }
    let mut bytes = Vec::new();
    (&file).take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(damaged("it is too large"));
    }
    Ok((file, bytes))
}
