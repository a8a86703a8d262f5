//! The tags of one connection, or of all that are marked: which has which, and which shall.

mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::super::effect::Ticket;
use super::super::keymap::{self, Keymap, TagAction};
use super::super::line::{Edited, Line};
use super::Reply;
use crate::catalog::Catalog;
use crate::connection::ConnectionId;
use crate::definition::tags::{self, Retag};
use crate::document::unescape_interpolation;
use crate::filter;
use crate::inventory::Entry;
use crate::store::{Access, StoreFile};

/// Tags that are being chosen.
#[derive(Debug)]
pub struct Tagging {
    subjects: Vec<Subject>,
    /// How many of them the filter of the list hides.
    hidden: usize,
    /// Every tag that can be chosen, in order.
    known: BTreeSet<String>,
    /// What was decided: whether all have the tag, or none.
    wanted: BTreeMap<String, bool>,
    filter: Line,
    /// Position among the rows that the filter leaves.
    pub(super) selected: usize,
    /// What a write has refused, as long as the files say the same.
    refused: Vec<(StoreFile, String)>,
    /// The write that is awaited.
    pub ticket: Option<Ticket>,
    /// What has kept it from happening.
    pub failed: Option<String>,
}

/// A connection whose tags are chosen.
#[derive(Debug)]
struct Subject {
    file: StoreFile,
    /// As people read them; or why they can't be changed here.
    tags: Result<Vec<String>, String>,
}

/// A row that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Row {
    /// A tag that is there.
    Known(String),
    /// The typed text, which is no tag yet.
    New(String),
}

/// Which of the connections have a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Has {
    All,
    Some,
    None,
}

impl Tagging {
    /// The tags of these connections, to be chosen among those of `all`.
    pub fn new(
        subjects: &[Arc<Entry>],
        hidden: usize,
        all: &[Arc<Entry>],
        catalog: &Catalog,
    ) -> Self {
        let mut tagging = Self {
            subjects: Vec::new(),
            hidden,
            known: BTreeSet::new(),
            wanted: BTreeMap::new(),
            filter: Line::default(),
            selected: 0,
            refused: Vec::new(),
            ticket: None,
            failed: None,
        };
        tagging.take(subjects, hidden, all, catalog);
        tagging
    }

    /// Takes what the store says now; what was decided stays.
    pub fn take(
        &mut self,
        subjects: &[Arc<Entry>],
        hidden: usize,
        all: &[Arc<Entry>],
        catalog: &Catalog,
    ) {
        let row = self.rows().get(self.selected).cloned();
        let subject = |entry: &Arc<Entry>| {
            let is_it = |file: &StoreFile| {
                file.path == entry.file.path && file.content == entry.file.content
            };
            let refused = self.refused.iter().find(|(file, _)| is_it(file));
            Subject {
                file: entry.file.clone(),
                tags: refused.map_or_else(
                    || tags_of(entry, catalog),
                    |(_, reason)| Err(reason.clone()),
                ),
            }
        };
        self.subjects = subjects.iter().map(subject).collect();
        self.hidden = hidden;
        let tags = all.iter().filter_map(|entry| tags_of(entry, catalog).ok());
        self.known = tags.flatten().collect();
        self.known.extend(self.wanted.keys().cloned());
        let rows = self.rows();
        let place = rows.iter().position(|other| Some(other) == row.as_ref());
        self.selected = place.unwrap_or(self.selected).min(rows.len().max(1) - 1);
    }

    /// The connections that it is about.
    pub fn ids(&self) -> impl Iterator<Item = &ConnectionId> {
        self.subjects.iter().map(|subject| &subject.file.id)
    }

    /// The tags of these files can't be changed: the others can.
    pub fn leave_out(&mut self, refused: Vec<(std::path::PathBuf, String)>) {
        for (path, reason) in refused {
            let subject = self.subjects.iter_mut();
            for subject in subject.filter(|subject| subject.file.path == path) {
                subject.tags = Err(reason.clone());
                self.refused.push((subject.file.clone(), reason.clone()));
            }
        }
    }

    /// What is to be written, and where.
    pub fn wanted(&self) -> (Vec<StoreFile>, Retag) {
        let those = |flag: bool| {
            let tags = self.wanted.iter().filter(move |(_, has)| **has == flag);
            tags.map(|(tag, _)| tag.clone()).collect()
        };
        let files = self.changed().map(|subject| subject.file.clone()).collect();
        let retag = Retag {
            add: those(true),
            remove: those(false),
        };
        (files, retag)
    }

    /// The connections that would change.
    fn changed(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter().filter(|subject| {
            let tags = subject.tags.as_ref();
            tags.is_ok_and(|tags| {
                let mut wanted = self.wanted.iter();
                wanted.any(|(tag, has)| tags.contains(tag) != *has)
            })
        })
    }

    /// Inserts pasted text where a tag is looked for.
    pub fn paste(&mut self, text: &str) {
        self.filter.paste(&filter::pasted(text));
        self.selected = 0;
    }

    /// Takes a key; `screen` is the whole screen.
    pub fn key(&mut self, key: KeyEvent, screen: Rect) -> Reply {
        if self.ticket.is_some() {
            return Reply::Stay;
        }
        let page = view::rows_shown(screen);
        let last = self.rows().len().saturating_sub(1);
        match keymap::find(keymap::TAGS, key) {
            Some(TagAction::Up) => self.selected = self.selected.saturating_sub(1),
            Some(TagAction::Down) => self.selected = (self.selected + 1).min(last),
            Some(TagAction::PageUp) => self.selected = self.selected.saturating_sub(page),
            Some(TagAction::PageDown) => self.selected = (self.selected + page).min(last),
            Some(TagAction::Flip) => self.flip(),
            // What was typed is meant before what was not even chosen is written.
            Some(TagAction::Write) if self.enter_flips() => self.flip(),
            Some(TagAction::Write) => return Reply::Tag,
            Some(TagAction::Back) => return Reply::Close,
            None => {
                if self.filter.key(key) == Edited::Changed {
                    self.selected = 0;
                }
            }
        }
        self.failed = None;
        Reply::Stay
    }

    /// Whether Enter is about the row rather than about all.
    fn enter_flips(&self) -> bool {
        match self.rows().get(self.selected) {
            Some(Row::New(_)) => true,
            Some(Row::Known(_)) => !self.filter.text().is_empty() && self.changed().count() == 0,
            None => false,
        }
    }

    fn flip(&mut self) {
        let tag = match self.rows().into_iter().nth(self.selected) {
            Some(Row::Known(tag)) => tag,
            Some(Row::New(tag)) => {
                self.known.insert(tag.clone());
                self.filter.set("");
                let rows = self.rows();
                let is_it = |row: &Row| matches!(row, Row::Known(other) if *other == tag);
                self.selected = rows.iter().position(is_it).unwrap_or_default();
                tag
            }
            None => return,
        };
        // As it is in the files comes back after all others.
        let next = match (self.has_now(&tag), self.wanted.get(&tag)) {
            (Has::All, None) | (Has::Some, Some(true)) => Some(false),
            (Has::None | Has::Some, None) => Some(true),
            (Has::All | Has::None, Some(_)) | (Has::Some, Some(false)) => None,
        };
        match next {
            Some(has) => self.wanted.insert(tag, has),
            None => self.wanted.remove(&tag),
        };
    }

    /// Which of the connections have the tag in their files.
    fn has_now(&self, tag: &String) -> Has {
        match self.counted(tag) {
            (0, _) => Has::None,
            (with, all) if with == all => Has::All,
            _ => Has::Some,
        }
    }

    /// How many have the tag, of how many that can be changed.
    fn counted(&self, tag: &String) -> (usize, usize) {
        let tags = self
            .subjects
            .iter()
            .filter_map(|one| one.tags.as_ref().ok());
        tags.fold((0, 0), |(with, all), tags| {
            (with + usize::from(tags.contains(tag)), all + 1)
        })
    }

    /// The tags that the filter leaves, and the typed text if it is none.
    fn rows(&self) -> Vec<Row> {
        let typed = self.filter.text().trim();
        let known = self.known.iter().filter(|tag| filter::finds(typed, tag));
        let mut rows: Vec<Row> = known.cloned().map(Row::Known).collect();
        if is_tag(typed) && !self.known.contains(typed) {
            rows.push(Row::New(typed.to_owned()));
        }
        rows
    }

    /// The keys that work now, for the footer.
    pub fn hints(&self, keymap: &Keymap) -> Vec<(String, &'static str)> {
        if self.ticket.is_some() {
            return Vec::new();
        }
        let hints = keymap.hints::<TagAction>().into_iter();
        hints
            .map(|(action, key, word)| match action {
                TagAction::Write if self.enter_flips() => (key, "choose"),
                TagAction::Write
                | TagAction::Flip
                | TagAction::Back
                | TagAction::Up
                | TagAction::Down
                | TagAction::PageUp
                | TagAction::PageDown => (key, word),
            })
            .collect()
    }
}

/// A comma separates tags in the form.
fn is_tag(text: &str) -> bool {
    !text.is_empty() && !text.contains(',') && text != "???"
}

/// Why the tags of a connection can't be changed here.
pub fn why_not(entry: &Entry) -> Option<String> {
    match (&entry.summary.broken, &entry.file.access) {
        (Some(broken), _) => Some(broken.message.clone()),
        (None, Access::ReadOnly(reason)) => Some(reason.clone()),
        (None, Access::Writable) => None,
    }
}

fn tags_of(entry: &Entry, catalog: &Catalog) -> Result<Vec<String>, String> {
    if let Some(reason) = why_not(entry) {
        return Err(reason);
    }
    let text = entry.file.text().unwrap_or_default();
    let tags = &entry.summary.tags;
    // Most files need no second reading.
    if !tags.is_empty() || !text.contains("tags") {
        return Ok(tags
            .iter()
            .filter_map(|tag| unescape_interpolation(tag))
            .collect());
    }
    tags::read(text, catalog)
}
