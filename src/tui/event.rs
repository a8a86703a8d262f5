//! What happened: the only thing that changes the [`App`](super::app::App).

use std::sync::Arc;

use ratatui::layout::Size;

use super::clipboard::Way;
use super::effect::{Ticket, Wake};
use super::excerpt::Excerpt;
use super::input::Input;
use super::popup::renaming::Preview;
use super::uses::UseTable;
use super::workflows::Facts;
use crate::connection::Secret;
use crate::draft::Found;
use crate::git::{BranchUse, Standing};
use crate::history::{Entry, Recorded, UndoError, Undone};
use crate::inventory::{self, Inventory};
use crate::project::{ImportPlan, TagError};
use crate::store::{Deleted, Imported, RenameError, Renamed, Rewritten, SaveError, StoreFile};
use crate::watch::{Changed, Mode};
use crate::workflow::Report;

/// Something that happened outside.
#[derive(Debug)]
pub enum Event {
    /// A person typed, pasted or clicked.
    Input(Input),
    /// The terminal has this size.
    Resized(Size),
    /// Another process asked the program to end.
    EndRequested,
    /// The program was stopped and goes on.
    Continued,
    /// The directory was listed, and some of it read: the first look at a store, and how many
    /// connections there are in all.
    Listed(Vec<Arc<inventory::Entry>>, usize),
    /// The store was read.
    Loaded(anyhow::Result<Arc<Inventory>>),
    /// A save was tried.
    Saved(Ticket, Result<StoreFile, SaveError>),
    /// A new file was tried.
    Created(Ticket, Result<StoreFile, SaveError>),
    /// A delete was tried.
    Deleted(Ticket, Result<Deleted, SaveError>),
    /// A delete of several was tried.
    DeletedSeveral(Ticket, Result<Vec<Deleted>, SaveError>),
    /// Other tags were tried; nothing where all were so already.
    Tagged(Ticket, Result<Option<Rewritten>, TagError>),
    /// The directory was made, or not.
    StoreCreated(anyhow::Result<()>),
    /// The scan before a delete has answered.
    Scanned(Ticket, anyhow::Result<Arc<Report>>),
    /// A scan has read so many files.
    ScanProgress(Ticket, Progress),
    /// A rename was planned.
    RenamePlanned(Ticket, anyhow::Result<Arc<Preview>>),
    /// A rename was tried.
    Renamed(Ticket, Result<Renamed, RenameError>),
    /// An import was planned.
    ImportPlanned(Ticket, anyhow::Result<Arc<ImportPlan>>),
    /// An import was tried.
    Imported(Ticket, Result<Imported, RenameError>),
    /// Something was done that can be taken back.
    Recorded(Recorded),
    /// The undo history was read: its last entry.
    LastRecorded(Option<Entry>),
    /// Taking something back was tried.
    Undone(Ticket, Result<Undone, UndoError>),
    /// Drafts that earlier runs have left, the newest first.
    DraftsFound(Vec<Found>),
    /// A draft was to be kept; the text says why it is not.
    DraftKept(Result<(), String>),
    /// Other branches that use the connection of a delete.
    Branches(Ticket, Vec<BranchUse>),
    /// What git says about the store; nothing if there is nobody to ask.
    Standing(Option<Standing>),
    /// All workflows were read.
    Indexed(Ticket, anyhow::Result<Arc<UseTable>>),
    /// The lines around a place were read; the text says why not.
    Excerpt(Ticket, Result<Excerpt, String>),
    /// A workflow file was read for what it needs.
    Facts(Ticket, anyhow::Result<Facts>),
    /// So many workflow files are in the index.
    IndexProgress(Ticket, Progress),
    /// The editor came back; the text says why if it could not run.
    EditorClosed(Result<(), String>),
    /// The editor of a value came back: what was saved, nothing if it was given up, or why it could
    /// not run.
    ValueEdited(Ticket, Result<Option<Secret>, String>),
    /// A text was to be put into the clipboard: what it was, and how it went.
    Copied(String, Result<Way, String>),
    /// Something may have changed on disk.
    Changed(Changed),
    /// How changes are found.
    Watching(Mode),
    /// What was to happen later is due.
    Woke(Wake),
}

/// How far some work is, in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files that are done.
    pub done: usize,
    /// Files in all.
    pub total: usize,
}
