//! Between workflows that define their connections themselves, as stock Dynamiq needs it, and the
//! store: text in, text out.
//!
//! [`import`] takes the definitions of workflows out, as texts of connection files, and gives the
//! workflows without them. [`render`] is the way back: one file that Dynamiq's loader accepts.
//! [`resolve`] gives the values that its `apply_resolved_requirements` takes. Nothing here reads
//! or writes a file.

mod candidate;
mod data;
mod extract;
mod import;
mod lead;
mod node_path;
mod plan;
mod reach;
mod render;
mod requirement;
mod resolve;
mod rewrite;
mod same;
mod scopes;
mod verify;

use std::collections::BTreeMap;
use std::fmt;

use crate::connection::Location;
use crate::reference::Encoding;

pub use candidate::Form;
pub use import::{Clashes, Equals, Import, Inline, Item, Outcome, Wanted, Workflows, import};
pub use render::{Rendered, render};
pub use resolve::{Resolved, resolve};

/// A workflow's text. `Debug` shows its name only.
#[derive(Clone)]
pub struct Source {
    /// Its name in messages: a path.
    pub name: String,
    /// What it says.
    pub text: String,
    /// How its file is written.
    pub encoding: Encoding,
}

impl fmt::Debug for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({} bytes)", self.name, self.text.len())
    }
}

/// The connections of a store, by id. `Debug` shows ids only.
#[derive(Clone, Default)]
pub struct Connections {
    texts: BTreeMap<String, Result<String, String>>,
}

impl Connections {
    /// The text of a connection's file.
    pub fn get(&self, id: &str) -> Option<&Result<String, String>> {
        self.texts.get(id)
    }

    /// Adds a connection: its file's text, or why that can't be read.
    pub fn insert(&mut self, id: impl Into<String>, text: Result<String, String>) {
        self.texts.insert(id.into(), text);
    }

    /// The ids, in byte order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.texts.keys()).finish()
    }
}

/// Something that a person must mend before a workflow can be rendered or resolved, or know about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// How bad it is.
    pub kind: TroubleKind,
    /// Where in the workflow, if it is at one place.
    pub location: Option<Location>,
    /// What it is: lower case, no period, never a secret.
    pub message: String,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TroubleKind {
    /// Worth knowing: there is a result all the same.
    Note,
    /// Nothing in the store answers it, or it can't be put where it belongs.
    Unanswered,
    /// The workflow, or a connection that it needs, is no valid file.
    Invalid,
}

impl Trouble {
    fn new(kind: TroubleKind, location: Option<Location>, message: impl Into<String>) -> Self {
        Self {
            kind,
            location,
            message: message.into(),
        }
    }
}
