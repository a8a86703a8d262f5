//! What shall be done outside. Plain data: tests compare it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::popup::renaming::Preview;
use super::terminal::Mouse;
use crate::connection::{ConnectionId, Location, Secret};
use crate::definition::tags::Retag;
use crate::draft::Draft;
use crate::history::Entry;
use crate::project::ImportPlan;
use crate::store::StoreFile;

/// Something to be done; every answer names the ticket of what it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// End the program.
    Quit,
    /// To the shell, until `fg`.
    Suspend,
    /// Send every cell of the next frame.
    Redraw,
    /// Have the terminal report the mouse, or no longer.
    SetMouse(Mouse),
    /// Work that answers with an event.
    Work(Job),
    /// Stop the work of that ticket; its answer is dropped.
    Cancel(Ticket),
    /// Open `$EDITOR` at a place.
    OpenEditor {
        /// The file.
        path: PathBuf,
        /// Where, if anywhere.
        location: Option<Location>,
    },
    /// Have a value changed in `$EDITOR`, in a file that is its owner's alone and gone after.
    EditValue {
        /// What the answer names.
        ticket: Ticket,
        /// What it is called.
        name: String,
        /// The value.
        value: Secret,
    },
    /// Put a text into the clipboard, by whatever way there is.
    Copy {
        /// What it is, for people; the text may be a secret.
        what: String,
        /// The text.
        text: Secret,
    },
    /// Have `Woke` come after this time; one that waits already is replaced.
    WakeAfter(Wake, Duration),
}

/// What a worker does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Read the store.
    Load,
    /// Look at these files of the store again, named as in the directory.
    LoadFiles(Vec<OsString>),
    /// Make the store's directory.
    CreateStore,
    /// Write a new connection.
    Create(Ticket, ConnectionId, NewText),
    /// Replace a connection's text.
    Save(Ticket, Box<StoreFile>, NewText),
    /// Delete a connection.
    Delete(Ticket, Box<StoreFile>),
    /// Delete connections together, those that nothing uses at that moment.
    DeleteSeveral(Ticket, Vec<StoreFile>),
    /// Change the tags of connections together.
    Tag(Ticket, Vec<StoreFile>, Retag),
    /// Read every workflow file for uses of these connections.
    Scan(Ticket, Vec<ConnectionId>),
    /// Say what a rename to this id changes.
    PlanRename(Ticket, ConnectionId, ConnectionId),
    /// Rename as planned.
    Rename(Ticket, Arc<Preview>),
    /// Say what an import from the workflows would make.
    PlanImport(Ticket),
    /// Import as planned.
    Import(Ticket, Arc<ImportPlan>),
    /// Take something back.
    Undo(Ticket, Box<Entry>),
    /// Ask git on which other branches a connection is used.
    Branches(Ticket, ConnectionId),
    /// Ask git how the files of the store stand to the last commit.
    Standing,
    /// Something about drafts.
    Draft(DraftDeed),
    /// Read every workflow file for the uses of all connections; only what changed, if known.
    Index(Ticket, Option<Vec<PathBuf>>),
    /// Read the lines around a place.
    Excerpt(Ticket, PathBuf, Location),
    /// Read what one workflow file needs, and what is wrong with it.
    Facts(Ticket, PathBuf),
}

/// What is done about drafts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftDeed {
    /// Look for what earlier runs have left.
    Find,
    /// Keep what was typed into the open form.
    Keep(Box<Draft>),
    /// The open form needs none any more.
    Remove,
    /// The open form goes on with this one.
    Adopt(PathBuf),
    /// Nobody wants this one.
    Discard(PathBuf),
    /// The next start offers this one again.
    Release(PathBuf),
}

/// Tells one piece of work from another, so that late answers can be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ticket(pub u64);

/// What is to happen later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wake {
    /// A toast goes; the number tells which.
    EndToast(u64),
    /// Revealed secrets hide again; the number tells which reveal.
    HideSecrets(u64),
    /// A second Ctrl-C no longer quits; the number tells which one.
    ForgetInterrupt(u64),
    /// What was typed is to be kept.
    KeepDraft,
}

/// The text of a file to be written. `Debug` does not show it: it may hold a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct NewText(pub String);

impl std::fmt::Debug for NewText {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "NewText({} bytes)", self.0.len())
    }
}
