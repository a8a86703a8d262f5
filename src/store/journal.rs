//! The note of a change to several files that is under way: whoever finds it knows that the change
//! was cut short, and has all that takes it back.
//!
//! It is one hidden file in the store, its owner's alone, written whole before the first file
//! changes and removed when the last one has.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::access::is_below_git;
use super::kept::Kept;
use super::lock::Locked;
use super::name::is_connection_file_name;
use super::write::{Contents, Place, Temporary, open_file, sync_dir, unlink};

/// The note's name. It fits the pattern that `.gitignore` has for temporary files.
pub(super) const JOURNAL_NAME: &str = ".conndeck-journal.tmp";

/// The format of the note.
const VERSION: u32 = 2;

/// What is under way.
#[derive(Serialize, Deserialize)]
pub(super) struct Journal {
    version: u32,
    /// The inode of the store's directory. A note that came with a copy, or out of a repository,
    /// has another one, and is nobody's order to write.
    directory: u64,
    /// What it is, for people: ``the rename of `a` to `b` ``.
    pub(super) what: String,
    /// What is done, in order.
    pub(super) steps: Vec<Step>,
}

/// One change to one file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    /// A name comes into the store.
    Create {
        /// The name.
        name: OsString,
        /// What it stands for.
        contents: Contents,
    },
    /// A name leaves the store.
    Remove {
        /// The name.
        name: OsString,
        /// What it stood for.
        contents: Contents,
    },
    /// A file of the store gets a name that differs in case only.
    Move {
        /// The name that goes.
        from: OsString,
        /// The name that comes.
        to: OsString,
        /// What the first stood for.
        before: Contents,
        /// What the second stands for.
        after: Contents,
    },
    /// A file's text becomes another.
    Replace {
        /// Its path below the root that writes stay in, without symlinks; the whole path of a
        /// file that is not below it, and that a person has named.
        path: OsString,
        /// The text that goes.
        before: String,
        /// The text that comes.
        after: String,
    },
}

impl Step {
    /// What takes this back.
    pub(super) fn inverse(&self) -> Self {
        match self.clone() {
            Self::Create { name, contents } => Self::Remove { name, contents },
            Self::Remove { name, contents } => Self::Create { name, contents },
            Self::Move {
                from,
                to,
                before,
                after,
            } => Self::Move {
                from: to,
                to: from,
                before: after,
                after: before,
            },
            Self::Replace {
                path,
                before,
                after,
            } => Self::Replace {
                path,
                before: after,
                after: before,
            },
        }
    }

    /// Whether this can be a step of ours at all: nothing but connections and what may be a
    /// workflow is ever written.
    pub(super) fn is_ours(&self) -> bool {
        let is_name = |name: &OsStr| {
            is_connection_file_name(name) && Path::new(name).file_name() == Some(name)
        };
        match self {
            Self::Create { name, .. } | Self::Remove { name, .. } => is_name(name),
            Self::Move { from, to, .. } => is_name(from) && is_name(to),
            Self::Replace { path, .. } => {
                let path = Path::new(path);
                !is_below_git(path) && path.file_name().is_some()
            }
        }
    }
}

impl Journal {
    pub(super) fn new(locked: &Locked, what: &str, steps: Vec<Step>) -> io::Result<Self> {
        Ok(Self {
            version: VERSION,
            directory: locked.dir().metadata()?.ino(),
            what: what.to_owned(),
            steps,
        })
    }

    /// Writes the note. There is none when this is called.
    pub(super) fn write(&self, locked: &Locked) -> io::Result<()> {
        let place = Place::in_store(locked, OsStr::new(JOURNAL_NAME))?;
        let bytes = serde_json::to_vec(self)?;
        let temporary = Temporary::write(&place, &bytes, &Kept::new_file())?;
        temporary.place_new(&place)?.confirmed().map(drop)
    }

    /// The note that is there, if there is one.
    pub(super) fn read(locked: &Locked) -> io::Result<Option<Self>> {
        let mut file = match open_file(locked.dir(), OsStr::new(JOURNAL_NAME)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        check_ours(&file)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let journal: Self = serde_json::from_slice(&bytes)?;
        let is_from_here = journal.version == VERSION
            && journal.directory == locked.dir().metadata()?.ino()
            && journal.steps.iter().all(Step::is_ours);
        if !is_from_here {
            return Err(foreign());
        }
        Ok(Some(journal))
    }

    /// Takes the note away: from here on the change is done, or taken back.
    pub(super) fn remove(locked: &Locked) -> io::Result<()> {
        unlink(locked.dir(), OsStr::new(JOURNAL_NAME))?;
        // Should a power cut bring the note back, it is found that there is nothing left to do.
        let _ = sync_dir(locked.dir());
        Ok(())
    }
}

fn check_ours(file: &File) -> io::Result<()> {
    let metadata = file.metadata()?;
    let is_ours = metadata.is_file()
        && metadata.uid() == rustix::process::geteuid().as_raw()
        && metadata.mode() & 0o777 == 0o600;
    if is_ours { Ok(()) } else { Err(foreign()) }
}

fn foreign() -> io::Error {
    io::Error::other(
        "this note of an unfinished change is not from here; if nothing is missing, remove it",
    )
}
