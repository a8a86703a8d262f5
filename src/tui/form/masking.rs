//! What of a form must be masked: secrets by their name and by their form.

use std::borrow::Cow;

use super::super::line::Line;
use super::entry::{Entry, Mode};
use super::field::{Content, Field, Row};
use crate::catalog;

/// Who may see a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Anybody.
    Open,
    /// Masked unless it is being typed or was revealed.
    Secret,
}

impl Field {
    /// Whether the field's line must be masked: the whole of it even where only a part is secret,
    /// such as the password in an address. A reference to a variable is shown, whatever the mode.
    pub fn visibility(&self, entry: &Entry) -> Visibility {
        Visibility::of(entry, &self.spec.mask(entry.line.text()))
    }

    /// The field's text where it has several lines and may be seen.
    pub fn lines_shown(&self) -> Option<&Line> {
        let Content::Line(entry) = &self.content else {
            return None;
        };
        let is_seen = self.revealed || self.visibility(entry) == Visibility::Open;
        (is_seen && entry.line.text().contains('\n')).then_some(&entry.line)
    }

    /// Whether the value of that row of a map or list has several lines and may be seen.
    pub fn row_shows_lines(&self, row: usize) -> bool {
        let (Content::Map(rows) | Content::List(rows)) = &self.content else {
            return false;
        };
        let has_lines = rows
            .get(row)
            .is_some_and(|row| row.value.line.text().contains('\n'));
        let is_open = || self.row_visibilities().get(row) == Some(&Visibility::Open);
        has_lines && (self.revealed || is_open())
    }

    /// For each row of a map or list, whether its value must be masked. What follows `--api-key` in
    /// a list is known by its neighbour.
    pub fn row_visibilities(&self) -> Vec<Visibility> {
        match &self.content {
            Content::Map(rows) => rows.iter().map(|row| self.of_entry(row)).collect(),
            Content::List(rows) if self.spec.secret => {
                let visibility = |row: &Row| self.visibility(&row.value);
                rows.iter().map(visibility).collect()
            }
            Content::List(rows) => {
                let items: Vec<&str> = rows.iter().map(|row| row.value.line.text()).collect();
                let masked = catalog::mask_items(&items);
                let visibility =
                    |(row, masked): (&Row, &Cow<'_, str>)| Visibility::of(&row.value, masked);
                rows.iter().zip(&masked).map(visibility).collect()
            }
            Content::Line(_) | Content::Switch(_) | Content::Choice(_) | Content::Fixed(_) => {
                Vec::new()
            }
        }
    }

    fn of_entry(&self, row: &Row) -> Visibility {
        let (key, text) = (row.key.text(), row.value.line.text());
        Visibility::of(&row.value, &self.spec.mask_entry(key, text))
    }

    /// Whether the value of that row must be masked.
    pub fn row_is_secret(&self, row: usize) -> bool {
        self.row_visibilities().get(row) == Some(&Visibility::Secret)
    }

    /// Takes note of what is masked now: a change of a key or of an address must not uncover it.
    pub fn remember_secrets(&mut self) {
        let remember = |entry: &mut Entry, visibility| {
            entry.held_secret = match visibility {
                Visibility::Secret => true,
                Visibility::Open => entry.held_secret && !entry.line.text().is_empty(),
            };
        };
        if let Content::Line(entry) = &self.content {
            let visibility = self.visibility(entry);
            if let Content::Line(entry) = &mut self.content {
                remember(entry, visibility);
            }
        }
        let visibilities = self.row_visibilities();
        if let Content::Map(rows) | Content::List(rows) = &mut self.content {
            for (row, visibility) in rows.iter_mut().zip(visibilities) {
                remember(&mut row.value, visibility);
            }
        }
    }

    /// Whether what is typed here would put a secret into the file itself.
    pub fn holds_literal_secret(&self) -> bool {
        match &self.content {
            Content::Line(entry) => self.visibility(entry) == Visibility::Secret,
            Content::Map(_) | Content::List(_) => {
                self.row_visibilities().contains(&Visibility::Secret)
            }
            Content::Switch(_) | Content::Choice(_) | Content::Fixed(_) => false,
        }
    }
}

impl Visibility {
    /// What is the same when it is masked may be seen, and so may a reference that is being typed.
    fn of(entry: &Entry, masked: &str) -> Self {
        let text = entry.line.text();
        let masked = if entry.held_secret && text == masked {
            &catalog::mask_entry("secret", text)
        } else {
            masked
        };
        if text == masked || (entry.mode == Mode::Expression && is_unfinished_reference(text)) {
            Self::Open
        } else {
            Self::Secret
        }
    }
}

/// `${oc.env:KE`, or `Bearer ${oc`: nothing in it can be a secret yet.
fn is_unfinished_reference(text: &str) -> bool {
    let (scheme, rest) = text.split_once(' ').unwrap_or(("", text));
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
    let inner = rest.strip_prefix("${");
    scheme.chars().all(char::is_alphabetic) && inner.is_some_and(|inner| inner.chars().all(is_part))
}
