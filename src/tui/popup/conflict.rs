//! Both sides changed the same fields: whose is kept, field by field, and what would be written.

mod view;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::super::effect::NewText;
use super::super::keymap::{self, ConflictAction};
use super::Reply;
use crate::definition::Definition;
use crate::merge::Side;
use crate::store::StoreFile;

/// A conflict that waits to be decided.
#[derive(Debug)]
pub struct Conflict {
    /// The file as it is on disk.
    pub file: Box<StoreFile>,
    /// What it says.
    pub definition: Box<Definition>,
    /// What is disputed.
    pub rows: Vec<Row>,
    /// The row with the cursor.
    pub selected: usize,
    /// What would be written.
    pub outcome: Outcome,
    /// The first line of the diff on the screen.
    pub scroll: usize,
    /// Something to be said first: that the file has changed again, that a row is undecided.
    pub notice: Option<String>,
}

/// One disputed field, or entry of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The keys that lead to it.
    pub path: Vec<String>,
    /// As it was, here, and on disk: secrets masked.
    pub values: [String; 3],
    /// What makes it disputed, if both sides did not just change it.
    pub note: Option<String>,
    /// Whose is kept; nobody's choice is made for them.
    pub side: Option<Side>,
}

/// What would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// This text, which differs from the file by this much; secrets masked in the diff.
    Text(NewText, Vec<String>),
    /// Nothing, for this reason.
    Refused(String),
}

impl Row {
    /// A row whose values can be told apart, also where masks make them look the same. `None` is a
    /// value that is not there.
    pub fn new(path: Vec<String>, values: [Option<String>; 3], note: Option<String>) -> Self {
        let [base, mut mine, mut theirs] =
            values.map(|value| value.unwrap_or_else(|| "(not there)".to_owned()));
        let (like_base, like_mine) = (mine == base, theirs == mine);
        if theirs == base || like_mine {
            theirs.push_str(if like_mine {
                " (differs from mine)"
            } else {
                " (changed)"
            });
        }
        if like_base {
            mine.push_str(" (changed)");
        }
        Self {
            path,
            values: [base, mine, theirs],
            note,
            side: None,
        }
    }

    /// What it is called: `headers.Accept`.
    pub fn label(&self) -> String {
        self.path.join(".")
    }
}

impl Conflict {
    /// Whose value is kept at that path, if somebody has said so.
    pub fn side(&self, path: &[String]) -> Option<Side> {
        self.rows.iter().find(|row| row.path == path)?.side
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent, screen: Rect) -> Reply {
        let Some(action) = keymap::find(keymap::CONFLICT, key) else {
            return Reply::Stay;
        };
        let last = self.rows.len().saturating_sub(1);
        let page = self.diff_height(screen).max(2) - 1;
        match action {
            ConflictAction::Up => self.selected = self.selected.saturating_sub(1),
            ConflictAction::Down => self.selected = (self.selected + 1).min(last),
            ConflictAction::Mine => return self.decide(Side::Mine),
            ConflictAction::Theirs => return self.decide(Side::Theirs),
            ConflictAction::Toggle => {
                let side = match self.rows.get(self.selected).and_then(|row| row.side) {
                    None | Some(Side::Theirs) => Side::Mine,
                    Some(Side::Mine) => Side::Theirs,
                };
                return self.decide(side);
            }
            ConflictAction::AllMine => return self.decide_all(Side::Mine),
            ConflictAction::AllTheirs => return self.decide_all(Side::Theirs),
            ConflictAction::ScrollUp => self.scroll = self.scroll.saturating_sub(page),
            ConflictAction::ScrollDown => {
                let most = self.diff().len().saturating_sub(self.diff_height(screen));
                self.scroll = (self.scroll + page).min(most);
            }
            ConflictAction::Write => return self.write(),
            ConflictAction::Back => return Reply::Close,
        }
        Reply::Stay
    }

    fn decide(&mut self, side: Side) -> Reply {
        if let Some(row) = self.rows.get_mut(self.selected) {
            row.side = Some(side);
        }
        self.notice = None;
        Reply::Decided
    }

    fn decide_all(&mut self, side: Side) -> Reply {
        for row in &mut self.rows {
            row.side = Some(side);
        }
        self.notice = None;
        Reply::Decided
    }

    /// Only once everything is decided.
    fn write(&mut self) -> Reply {
        if let Some(place) = self.rows.iter().position(|row| row.side.is_none()) {
            self.selected = place;
            let label = self.rows[place].label();
            self.notice = Some(format!("Not decided yet: `{label}`, mine or theirs."));
            return Reply::Stay;
        }
        match self.outcome {
            Outcome::Text(..) => Reply::WriteMerged,
            Outcome::Refused(_) => Reply::Stay,
        }
    }

    fn diff(&self) -> &[String] {
        match &self.outcome {
            Outcome::Text(_, diff) => diff,
            Outcome::Refused(_) => &[],
        }
    }
}
