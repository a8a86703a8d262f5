//! What typed keys and pasted text do to the place under the focus.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "key codes and mouse events are crossterm's, not ours"
)]

use crossterm::event::{KeyCode, KeyEvent};

use super::super::line::Edited;
use super::field::{Content, Field};
use super::{Form, Outcome, Stop, Surroundings};
use crate::catalog::KindSpec;
use crate::connection::{ConnectionId, Secret};

impl Form {
    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, around: Surroundings<'_>) -> Outcome {
        if let Some(picker) = &mut self.picker {
            picker.paste(text);
            return Outcome::Stay;
        }
        match self.fill_from_paste(text, around) {
            Some(outcome) => outcome,
            None => self.paste_text(text, around),
        }
    }

    /// Takes pasted text for the place under the focus, whatever else it could mean.
    pub fn paste_text(&mut self, text: &str, around: Surroundings<'_>) -> Outcome {
        if text.trim_end_matches('\n').contains('\n') && !self.focus_keeps_lines() {
            return Outcome::ManyLines(Secret::new(text));
        }
        // A shell's copy ends with a line break that nobody means, but a key's own one is its.
        let text = if self.focus_keeps_lines() && text.trim_end_matches('\n').contains('\n') {
            text
        } else {
            text.trim_end_matches('\n')
        };
        self.insert(text, around);
        Outcome::Stay
    }

    /// Inserts text where the focus is, as it is.
    pub fn insert(&mut self, text: &str, around: Surroundings<'_>) {
        match self.focus {
            Stop::RowValue(field, row) => {
                if let Some(row) = self.row(field, row) {
                    row.value.paste(text);
                }
            }
            Stop::Field(place) => {
                if let Some(Field {
                    content: Content::Line(entry),
                    ..
                }) = self.fields.get_mut(place)
                {
                    entry.paste(text);
                }
            }
            Stop::Name
            | Stop::Type
            | Stop::Id
            | Stop::RowKey(..)
            | Stop::AddRow(_)
            | Stop::Advanced
            | Stop::Description
            | Stop::Tags
            | Stop::Submit
            | Stop::Cancel => {
                if let Some(line) = self.focused_line() {
                    line.paste(text);
                }
            }
        }
        if self.focus == Stop::Id {
            self.id_is_proposed = self.id.text().is_empty();
        }
        self.after_change(around);
        self.keep_focus_visible(around.area);
    }

    /// Whether a paste of many lines keeps them here without a question: secrets do.
    fn focus_keeps_lines(&self) -> bool {
        let Some(field) = self.focus.field().and_then(|place| self.fields.get(place)) else {
            return false;
        };
        match (self.focus, &field.content) {
            (Stop::Field(_), Content::Line(_)) => field.spec.secret,
            (Stop::RowValue(_, row), Content::Map(rows)) => rows
                .get(row)
                .is_some_and(|row| field.spec.is_secret_entry(row.key.text())),
            _ => false,
        }
    }

    /// Whether the text under the focus is shown as several lines.
    pub(super) fn focus_shows_lines(&self) -> bool {
        match self.focus {
            Stop::Name => self.name.text().contains('\n'),
            Stop::Description => self.description.text().contains('\n'),
            Stop::Field(place) => {
                let field = self.fields.get(place);
                field.is_some_and(|field| field.lines_shown().is_some())
            }
            Stop::RowValue(place, row) => {
                let field = self.fields.get(place);
                field.is_some_and(|field| field.row_shows_lines(row))
            }
            Stop::Type
            | Stop::Id
            | Stop::RowKey(..)
            | Stop::AddRow(_)
            | Stop::Advanced
            | Stop::Tags
            | Stop::Submit
            | Stop::Cancel => false,
        }
    }

    /// Whether a text of several lines takes the key for itself, whatever it is bound to.
    pub fn types(&self, key: KeyEvent) -> bool {
        self.focus_shows_lines()
            && key.modifiers.is_empty()
            && matches!(key.code, KeyCode::Enter | KeyCode::Up | KeyCode::Down)
    }

    /// Within several lines the arrows move from line to line, and Enter breaks one; whether the
    /// key was for them.
    pub(super) fn key_in_lines(&mut self, key: KeyEvent, around: Surroundings<'_>) -> bool {
        if !self.focus_shows_lines() || !key.modifiers.is_empty() {
            return false;
        }
        match key.code {
            KeyCode::Enter => {
                self.insert("\n", around);
                true
            }
            KeyCode::Up | KeyCode::Down => {
                let line = match self.focus {
                    Stop::RowValue(field, row) => {
                        self.row(field, row).map(|row| &mut row.value.line)
                    }
                    Stop::Field(place) => {
                        match self.fields.get_mut(place).map(|field| &mut field.content) {
                            Some(Content::Line(entry)) => Some(&mut entry.line),
                            _ => None,
                        }
                    }
                    _ => self.focused_line(),
                };
                line.is_some_and(|line| line.move_row(key.code == KeyCode::Down))
            }
            _ => false,
        }
    }

    pub(super) fn type_key(&mut self, key: KeyEvent, around: Surroundings<'_>) {
        match self.focus {
            Stop::Type => {
                if matches!(key.code, KeyCode::Char(_)) {
                    self.open_type(around);
                    if let Some(picker) = self
                        .picker
                        .as_mut()
                        .filter(|_| key.code != KeyCode::Char(' '))
                    {
                        picker.key(key, 1);
                    }
                }
                return;
            }
            Stop::Field(place) => self.type_into_field(place, key),
            Stop::RowValue(field, row) => {
                if let Some(row) = self.row(field, row) {
                    row.value.key(key);
                }
            }
            Stop::Name
            | Stop::Id
            | Stop::RowKey(..)
            | Stop::AddRow(_)
            | Stop::Advanced
            | Stop::Description
            | Stop::Tags
            | Stop::Submit
            | Stop::Cancel => {
                let focus = self.focus;
                let edited = self
                    .focused_line()
                    .map_or(Edited::Ignored, |line| line.key(key));
                if focus == Stop::Id && edited == Edited::Changed {
                    self.id_is_proposed = self.id.text().is_empty();
                }
            }
        }
        self.after_change(around);
    }

    fn type_into_field(&mut self, place: usize, key: KeyEvent) {
        let Some(field) = self.fields.get_mut(place) else {
            return;
        };
        let clears = matches!(key.code, KeyCode::Backspace | KeyCode::Delete);
        match &mut field.content {
            Content::Line(entry) => {
                entry.key(key);
            }
            Content::Switch(flag) => match key.code {
                KeyCode::Char(' ') => *flag = Some(!flag.unwrap_or_default()),
                KeyCode::Char('y') => *flag = Some(true),
                KeyCode::Char('n') => *flag = Some(false),
                _ if clears => *flag = None,
                _ => {}
            },
            Content::Choice(choice) => match key.code {
                _ if clears => *choice = None,
                KeyCode::Char(letter) => {
                    self.open_choice(place);
                    if let Some(picker) = self.picker.as_mut().filter(|_| letter != ' ') {
                        picker.key(key, 1);
                    }
                }
                _ => {}
            },
            Content::Map(_) | Content::List(_) | Content::Fixed(_) => {}
        }
    }

    /// What follows from a change: the proposed id, and problems that are gone.
    pub(super) fn after_change(&mut self, around: Surroundings<'_>) {
        // An id that is emptied to type another one stays empty meanwhile.
        if self.focus != Stop::Id {
            self.propose_id(around);
        }
        for field in &mut self.fields {
            field.remember_secrets();
        }
        for field in self
            .fields
            .iter_mut()
            .filter(|field| field.problem.is_some())
        {
            field.problem = field.check();
        }
        if !self.head_problems.is_empty() {
            let now = self.check_head(around.taken);
            self.head_problems
                .retain(|(stop, _)| now.iter().any(|(other, _)| other == stop));
        }
    }

    /// The id follows the name as long as nobody has typed another.
    pub fn propose_id(&mut self, around: Surroundings<'_>) {
        if self.id_is_proposed && self.purpose.is_new() {
            let short = self.kind.as_ref().map_or("", KindSpec::short_name);
            self.id
                .set(ConnectionId::propose(self.name.text(), short, around.taken));
        }
    }
}
