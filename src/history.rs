//! What was done to the store, so that it can be taken back: the last [`MOST`] saves, deletes,
//! renames, creations and imports, for [`KEPT_FOR`], on disk and so across restarts.
//!
//! Both front ends call [`record`] after each success, and [`undo`] when a person wants the last
//! one back. Where nothing may be kept (turned off, no state directory, a full disk) an entry lives
//! as long as the program.

mod disk;
mod done;
mod undo;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use crate::project::Project;
use crate::state;

pub use crate::state::KEPT_FOR;
pub use done::{Done, Summary};
pub use undo::{UndoError, Undone, undo};

/// So many entries are kept for a store.
pub const MOST: usize = 50;

/// Something that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Later entries have greater numbers.
    number: u64,
    /// When it was done.
    pub at: SystemTime,
    /// What was done.
    pub summary: Summary,
    source: Source,
}

/// Where that is which goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    File(PathBuf),
    Memory(Arc<Done>),
}

/// What became of a recording. It never fails what it records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The entry.
    pub entry: Entry,
    /// Why it is not on disk, if it should be.
    pub warning: Option<String>,
}

/// What can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// The newest first.
    pub entries: Vec<Entry>,
    /// What was skipped and why: damaged files.
    pub warnings: Vec<String>,
}

/// Why there is no history on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The settings say so.
    TurnedOff,
    /// Neither `XDG_STATE_HOME` nor `HOME` says where.
    NoDirectory,
}

impl Entry {
    /// Whether it outlives the program.
    pub fn is_kept(&self) -> bool {
        matches!(self.source, Source::File(_))
    }

    /// Whether it was done after the other.
    pub fn is_later_than(&self, other: &Self) -> bool {
        self.number > other.number
    }

    /// How long ago it was done: `2 minutes ago`.
    pub fn ago(&self) -> String {
        state::ago(self.at)
    }
}

/// Notes what was done.
pub fn record(project: &Project, done: Done) -> Recorded {
    let at = SystemTime::now();
    let warning = match directory(project) {
        Err(_) => None,
        Ok(directory) => match disk::write(&directory, &project.store, at, &done) {
            Ok((number, path)) => {
                return Recorded {
                    entry: Entry {
                        number,
                        at,
                        summary: done.summary(),
                        source: Source::File(path),
                    },
                    warning: None,
                };
            }
            Err(error) => Some(format!(
                "can't write the undo history in `{}`: {error}",
                directory.display()
            )),
        },
    };
    Recorded {
        entry: Entry {
            number: disk::number_of(at),
            at,
            summary: done.summary(),
            source: Source::Memory(Arc::new(done)),
        },
        warning,
    }
}

/// All that can be taken back.
pub fn list(project: &Project) -> Listed {
    read(project, usize::MAX)
}

/// What would be taken back next.
pub fn last(project: &Project) -> Option<Entry> {
    read(project, 1).entries.into_iter().next()
}

/// Lets an entry go without taking anything back.
///
/// # Errors
/// If its file can't be removed.
pub fn forget(entry: &Entry) -> std::io::Result<()> {
    match &entry.source {
        Source::Memory(_) => Ok(()),
        Source::File(path) => disk::remove(path),
    }
}

/// Where the entries of this project's store are.
///
/// # Errors
/// Why there are none.
pub fn directory(project: &Project) -> Result<PathBuf, Absent> {
    if !project.undo_history {
        return Err(Absent::TurnedOff);
    }
    let state = project.state_dir().ok_or(Absent::NoDirectory)?;
    Ok(disk::directory(&state, &project.store))
}

fn read(project: &Project, most: usize) -> Listed {
    let mut listed = Listed::default();
    let Ok(directory) = directory(project) else {
        return listed;
    };
    let entries = match disk::newest_first(&directory) {
        Ok(entries) => entries,
        Err(error) => {
            let directory = directory.display();
            let warning = format!("can't read the undo history in `{directory}`: {error}");
            listed.warnings.push(warning);
            return listed;
        }
    };
    for (number, path) in entries {
        if listed.entries.len() >= most {
            break;
        }
        match disk::read(&path, &project.store) {
            Ok((at, done)) => listed.entries.push(Entry {
                number,
                at,
                summary: done.summary(),
                source: Source::File(path),
            }),
            // Somebody else has taken it back between the listing and the reading.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => listed.warnings.push(format!(
                "skipped an entry of the undo history, `{}`: {error}",
                path.display()
            )),
        }
    }
    listed
}
