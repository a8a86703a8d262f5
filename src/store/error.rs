//! What a write answers when it did not happen, and what a delete gives back.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::load::StoreFile;
use super::write::Contents;
use crate::connection::ConnectionId;

/// What is said when something was done that may not outlive a power cut.
pub(super) const WITHOUT_A_POWER_CUT: &str = "it was done, and holds if no power cut comes";

/// Why a write did not happen. The store is as it was before, but for [`SaveError::Unconfirmed`].
#[derive(Debug)]
pub enum SaveError {
    /// The file is not what the caller has seen. Here is what it is now.
    ChangedOnDisk {
        /// The file as it is on disk.
        current: Box<StoreFile>,
    },
    /// The file, or its directory, is gone.
    Vanished,
    /// A file is in the way: its name, which may differ in case or be `.yml`.
    Exists(String),
    /// No new file may have this id; the reason is that of [`ConnectionId::check_new`].
    InvalidId(&'static str),
    /// This file is never written by Conndeck; the reason.
    ReadOnly(String),
    /// Another Conndeck has been writing for longer than a write waits.
    Locked,
    /// The system failed; says what and where.
    Io(anyhow::Error),
    /// It was done; only that it outlives a power cut is not confirmed by the disk.
    Unconfirmed(Box<Unconfirmed>),
}

/// What was done, and what the disk said.
#[derive(Debug)]
pub struct Unconfirmed {
    /// What was done.
    pub deed: Deed,
    /// What the disk said.
    pub doubt: io::Error,
}

/// A single change to the store.
#[derive(Debug)]
pub enum Deed {
    /// A file was created, or came back.
    Created(StoreFile),
    /// A file's text was replaced.
    Saved(Saved),
    /// A file was deleted.
    Deleted(Deleted),
}

impl fmt::Display for SaveError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChangedOnDisk { current } => {
                write!(out, "`{}` has changed on disk", current.shown_name())
            }
            Self::Vanished => out.write_str("the file is no longer there"),
            Self::Exists(name) => write!(out, "`{name}` already exists"),
            Self::InvalidId(reason) => out.write_str(reason),
            Self::ReadOnly(reason) => write!(out, "the file can't be changed here: {reason}"),
            Self::Locked => out.write_str("another conndeck is writing to this directory"),
            // `{:#}` is how `main` prints: the whole chain in one line.
            Self::Io(error) => write!(out, "{error:#}"),
            Self::Unconfirmed(unconfirmed) => {
                write!(out, "{WITHOUT_A_POWER_CUT}: {}", unconfirmed.doubt)
            }
        }
    }
}

impl std::error::Error for SaveError {}

/// A file that was saved. `Debug` does not show what it holds, or held.
#[derive(Clone, PartialEq, Eq)]
pub struct Saved {
    /// The file as it is now.
    pub file: StoreFile,
    /// The text that was there; `None` if the disk had the new one already.
    pub replaced: Option<Arc<str>>,
}

impl fmt::Debug for Saved {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let replaced = self.replaced.as_ref().map(|text| text.len());
        write!(out, "Saved({:?}, {replaced:?} bytes before)", self.file)
    }
}

/// A deleted connection: all that [`Store::restore`](super::Store::restore) needs.
/// `Debug` does not show what the file held.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Deleted {
    /// The connection's id.
    pub id: ConnectionId,
    /// The file's name in the store.
    pub file_name: OsString,
    /// Where it was. Not noted on disk: it is the store's directory and the name.
    #[serde(skip)]
    pub path: PathBuf,
    /// The exact bytes with mode and owner, or where the symlink led.
    pub contents: Contents,
}
