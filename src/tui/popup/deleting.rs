//! A delete on its way: the scan, then either the question or the error with every use.

mod view;

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

use super::super::effect::Ticket;
use super::super::event::Progress;
use super::super::keymap::{self, PopupAction};
use super::super::text::{count, harmless};
use super::super::uses::{UseLine, Uses, files_of};
use super::Reply;
use crate::git::BranchUse;
use crate::store::StoreFile;
use crate::workflow::Report;

/// A delete that was asked for and has not happened.
#[derive(Debug)]
pub struct Deleting {
    /// What is to be deleted.
    pub file: StoreFile,
    /// The scan that is awaited, or has answered.
    pub ticket: Ticket,
    /// How far it is.
    pub state: State,
}

/// How far a delete is.
#[derive(Debug)]
pub enum State {
    /// The workflows are being read.
    Scanning(Option<Progress>),
    /// Nothing uses it: the person decides. The focus is on Cancel.
    Asking {
        /// Whether the focus is on the button that deletes.
        on_delete: bool,
        /// What was scanned, and what was not.
        notes: Vec<String>,
        /// The scan that found nothing, to be compared with the one at the moment of the delete.
        report: Arc<Report>,
    },
    /// Something uses it, or can't be verified. Nothing was touched.
    Refused {
        /// The rows: headings and places.
        rows: Vec<Row>,
        /// The row with the cursor.
        selected: usize,
        /// What was scanned.
        notes: Vec<String>,
        /// What could not be done, in one line.
        summary: String,
    },
    /// The delete is being done.
    Working,
}

/// A row of the refusal.
#[derive(Debug, Clone)]
pub enum Row {
    /// What the places below are.
    Heading(String),
    /// A place that stands in the way.
    Place(UseLine),
}

impl Deleting {
    /// Waits for the scan.
    pub fn new(file: StoreFile, ticket: Ticket) -> Self {
        Self {
            file,
            ticket,
            state: State::Scanning(None),
        }
    }

    /// Takes the scan's answer.
    pub fn answer(
        &mut self,
        report: Arc<Report>,
        uses: Uses,
        shown: &dyn Fn(&std::path::Path) -> String,
    ) {
        let notes = notes(&report, &uses, shown);
        self.state = if uses.block() {
            let summary = summary(&uses);
            let rows = rows(uses);
            let selected = rows
                .iter()
                .position(|row| matches!(row, Row::Place(_)))
                .unwrap_or(0);
            State::Refused {
                rows,
                selected,
                notes,
                summary,
            }
        } else {
            State::Asking {
                on_delete: false,
                notes,
                report,
            }
        };
    }

    /// Adds what git says of other branches. It informs; it does not block.
    pub fn add_branches(&mut self, uses: &[BranchUse]) {
        let (State::Asking { notes, .. } | State::Refused { notes, .. }) = &mut self.state else {
            return;
        };
        let mut branches: Vec<&str> = uses.iter().map(|one| one.branch.as_str()).collect();
        branches.dedup();
        for branch in branches {
            let places: Vec<String> = uses
                .iter()
                .filter(|one| one.branch == branch)
                .map(|one| format!("{}:{}", harmless(&one.file), one.location))
                .collect();
            let more = match places.len() {
                0 | 1 => String::new(),
                places => format!(" and {} more", places - 1),
            };
            let first = places.first().cloned().unwrap_or_default();
            notes.push(format!(
                "! Still used on branch {}: {first}{more}.",
                harmless(branch)
            ));
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent, _screen: Rect) -> Reply {
        let action = keymap::find(keymap::POPUP, key);
        match &mut self.state {
            State::Scanning(_) | State::Working => {
                if action == Some(PopupAction::Back) {
                    return Reply::Close;
                }
            }
            State::Asking { on_delete, .. } => match (action, key.code) {
                (_, KeyCode::Char('y')) => return Reply::Delete,
                (_, KeyCode::Char('n')) | (Some(PopupAction::Back), _) => return Reply::Close,
                (Some(PopupAction::Left | PopupAction::Up), _) => *on_delete = true,
                (Some(PopupAction::Right | PopupAction::Down), _) => *on_delete = false,
                (Some(PopupAction::Accept), _) => {
                    return if *on_delete {
                        Reply::Delete
                    } else {
                        Reply::Close
                    };
                }
                (None, _) => {}
            },
            State::Refused { rows, selected, .. } => {
                let places: Vec<usize> = (0..rows.len())
                    .filter(|place| matches!(rows[*place], Row::Place(_)))
                    .collect();
                let here = places
                    .iter()
                    .position(|place| place == selected)
                    .unwrap_or_default();
                let last = places.len().saturating_sub(1);
                match (action, key.code) {
                    (_, KeyCode::Char('r')) => return Reply::Rescan,
                    (Some(PopupAction::Back), _) => return Reply::Close,
                    (Some(PopupAction::Accept), _) => {
                        if let Some(Row::Place(line)) = rows.get(*selected) {
                            return Reply::Open(line.clone());
                        }
                    }
                    (Some(PopupAction::Up), code) => {
                        let step = if code == KeyCode::PageUp { 10 } else { 1 };
                        *selected = places.get(here.saturating_sub(step)).copied().unwrap_or(0);
                    }
                    (Some(PopupAction::Down), code) => {
                        let step = if code == KeyCode::PageDown { 10 } else { 1 };
                        *selected = places.get((here + step).min(last)).copied().unwrap_or(0);
                    }
                    (Some(PopupAction::Left | PopupAction::Right) | None, _) => {}
                }
            }
        }
        Reply::Stay
    }

    /// The keys that work now, for the footer.
    pub fn hints(&self) -> &'static [(&'static str, &'static str)] {
        match self.state {
            State::Scanning(_) => &[("Esc", "cancel")],
            State::Working => &[],
            State::Asking { .. } => &[
                ("y", "delete"),
                ("n", "cancel"),
                ("←→", "choose"),
                ("Enter", "do it"),
            ],
            State::Refused { .. } => &[
                ("↑↓", "move"),
                ("Enter", "open"),
                ("r", "scan again"),
                ("Esc", "close"),
            ],
        }
    }
}

fn summary(uses: &Uses) -> String {
    let certain = uses.certain.len();
    if certain > 0 {
        let files = count(files_of(&uses.certain), "file");
        return format!(
            "It is used in {} in {files}. Change that there, then scan again.",
            count(certain, "place"),
        );
    }
    if uses.unverifiable.is_empty() {
        return "It may be used, depending on variables that are not set here.".to_owned();
    }
    "Whether it is used can't be verified. Mend these places, then scan again.".to_owned()
}

fn rows(uses: Uses) -> Vec<Row> {
    let mut rows = Vec::new();
    let sections = [
        ("Used by", uses.certain),
        ("Possibly used by", uses.possible),
        ("Can't be verified", uses.unverifiable),
    ];
    for (title, lines) in sections {
        if !lines.is_empty() {
            rows.push(Row::Heading(format!("{title} ({})", lines.len())));
            rows.extend(lines.into_iter().map(Row::Place));
        }
    }
    rows
}

/// What was scanned, and what was not: a person judges by it.
fn notes(report: &Report, uses: &Uses, shown: &dyn Fn(&std::path::Path) -> String) -> Vec<String> {
    let scanned = &report.scanned;
    let mut notes = Vec::new();
    if scanned.roots.is_empty() {
        notes.push("! No workflow was scanned: there is no workflows directory here.".to_owned());
    } else {
        let roots: Vec<String> = scanned
            .roots
            .iter()
            .map(|root| harmless(&shown(root)))
            .collect();
        notes.push(format!(
            "Scanned {} in {}.",
            count(scanned.files, "file"),
            roots.join(", ")
        ));
    }
    for left_out in &scanned.not_scanned {
        notes.push(format!(
            "! Not scanned: {} ({}).",
            harmless(&shown(&left_out.path)),
            harmless(&left_out.reason),
        ));
    }
    if !scanned.excluded.is_empty() {
        let paths: Vec<String> = scanned
            .excluded
            .iter()
            .map(|path| harmless(&shown(path)))
            .collect();
        notes.push(format!("Excluded: {}.", paths.join(", ")));
    }
    if !uses.shadowed.is_empty() {
        let mut files: Vec<&str> = uses
            .shadowed
            .iter()
            .map(|line| line.shown.as_str())
            .collect();
        files.dedup();
        notes.push(format!(
            "Defined locally, so not this one: {}.",
            harmless(&files.join(", "))
        ));
    }
    notes
}
