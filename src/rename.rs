//! The rename of a connection as texts: what a new id changes, and what stands in its way.
//!
//! [`rewrite`] does one workflow, [`rewrite_body`] the connection's own file, and a [`Plan`] holds
//! all of them. Nothing is read from disk or written here: `project::rename` makes plans of files,
//! and `store` carries them out.

mod diff;
mod mask;
mod rewrite;
mod shared;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::connection::{ConnectionId, Location};
use crate::reference::Reference;
pub use diff::{changed_lines, changed_lines_beside, masked_text, unified_diff};
pub use rewrite::{Rewrite, rewrite, rewrite_body, uses_in_a_connection};

/// What a rename changes, and what keeps it from being done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The id that goes.
    pub old: ConnectionId,
    /// The id that comes.
    pub new: ConnectionId,
    /// The connection's own file; `None` if there is none, which is a blocker.
    pub connection: Option<FileMove>,
    /// The workflows that change, by path.
    pub files: Vec<FileChange>,
    /// The uses that change, by file. One text may be several uses: an alias, a merge.
    pub uses: Vec<Use>,
    /// What may be a use and stays as it is: somebody has to say yes to that.
    pub possible: Vec<Use>,
    /// What may be a workflow and was not looked at: somebody has to say yes to that, too. A path,
    /// or none if no workflow was scanned at all, and why.
    pub not_scanned: Vec<(Option<PathBuf>, String)>,
    /// What the settings exclude from the scan.
    pub excluded: Vec<PathBuf>,
    /// What has to be mended first. With any of these there is no rename.
    pub blockers: Vec<Blocker>,
}

/// A use of the connection in a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The workflow.
    pub file: PathBuf,
    /// The use in it, as it was.
    pub reference: Reference,
}

/// A workflow that changes.
#[derive(Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path.
    pub path: PathBuf,
    /// Its text as it was read.
    pub old_text: Arc<str>,
    /// The text that it gets.
    pub new_text: Arc<str>,
}

/// The connection's file, which gets another name, and perhaps another text.
#[derive(Clone, PartialEq, Eq)]
pub struct FileMove {
    /// Where it is.
    pub path: PathBuf,
    /// The name in the store that it has.
    pub old_name: OsString,
    /// The name in the store that it gets.
    pub new_name: OsString,
    /// Its text as it was read.
    pub old_text: Arc<str>,
    /// The text that it gets; the same unless it names its own id.
    pub new_text: Arc<str>,
}

impl fmt::Debug for FileChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A workflow may hold secrets.
        write!(out, "FileChange({})", self.path.display())
    }
}

impl fmt::Debug for FileMove {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A connection file may hold secrets.
        let new_name = self.new_name.display();
        write!(out, "FileMove({} to {new_name})", self.path.display())
    }
}

/// Something that keeps a rename from being right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// What it is about, for exit codes.
    pub kind: BlockerKind,
    /// The file, if it is about one.
    pub file: Option<PathBuf>,
    /// The place in it, if it is one.
    pub location: Option<Location>,
    /// What stands in the way: lower case, no period, values in backticks, never a secret.
    pub message: String,
}

/// Which kind of thing stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockerKind {
    /// No connection has the old id.
    NotFound,
    /// The new id is none, or is the old one.
    BadId,
    /// Another connection has the new id, but for case or ending.
    Exists,
    /// A file can't be rewritten, or what it says can't be decided.
    File,
}

impl Blocker {
    /// One without a file.
    pub fn new(kind: BlockerKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            file: None,
            location: None,
            message: message.into(),
        }
    }

    /// One about a file, and perhaps a place in it.
    pub fn at(file: PathBuf, location: Option<Location>, message: impl Into<String>) -> Self {
        Self {
            kind: BlockerKind::File,
            file: Some(file),
            location,
            message: message.into(),
        }
    }
}

impl Plan {
    /// A plan in which nothing changes yet.
    pub fn new(old: ConnectionId, new: ConnectionId) -> Self {
        Self {
            old,
            new,
            connection: None,
            files: Vec::new(),
            uses: Vec::new(),
            possible: Vec::new(),
            not_scanned: Vec::new(),
            excluded: Vec::new(),
            blockers: Vec::new(),
        }
    }

    /// Whether it can only be done if somebody says yes to what is not certain.
    pub fn needs_consent(&self) -> bool {
        !self.possible.is_empty() || !self.not_scanned.is_empty()
    }
}

#[cfg(test)]
mod tests;
