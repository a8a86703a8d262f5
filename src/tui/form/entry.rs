//! A text with its mode: byte for byte, or an expression.

use crossterm::event::KeyEvent;

use super::super::line::{Edited, Line};
use crate::connection::Secret;
use crate::document::{Value, escape_interpolation, unescape_interpolation};
use crate::field_value;
use crate::interpolation;

/// A text with its mode.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The text as typed.
    pub line: Line,
    /// How it is meant.
    pub mode: Mode,
    /// Whether it has held a secret: it stays masked while its text, or the key before it, is
    /// changed, until it is empty.
    pub held_secret: bool,
}

/// How a text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Byte for byte; `${` is escaped in the file.
    #[default]
    Text,
    /// As written: `${oc.env:KEY}` is resolved where the workflow runs.
    Expression,
}

impl Entry {
    /// The entry for a text of a file.
    pub fn of_text(text: &str) -> Self {
        match unescape_interpolation(text) {
            Some(plain) => Self {
                line: Line::new(plain),
                ..Self::default()
            },
            None => Self::expression(text),
        }
    }

    /// An entry that holds a text, byte for byte.
    pub fn text(text: &str) -> Self {
        Self {
            line: Line::new(text),
            ..Self::default()
        }
    }

    /// An entry that holds an expression.
    pub fn expression(text: &str) -> Self {
        Self {
            line: Line::new(text),
            mode: Mode::Expression,
            held_secret: false,
        }
    }

    pub(super) fn of_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(Self::default()),
            Value::Bool(flag) => Some(Self {
                line: Line::new(flag.to_string()),
                ..Self::default()
            }),
            Value::Number(text) => Some(Self {
                line: Line::new(text),
                ..Self::default()
            }),
            Value::Text(text) => Some(Self::of_text(text)),
            Value::Map(_) | Value::List(_) => None,
        }
    }

    /// Takes a key; typing `${oc.` into an empty text makes it an expression.
    pub fn key(&mut self, key: KeyEvent) -> Edited {
        let edited = self.line.key(key);
        if edited == Edited::Changed && self.mode == Mode::Text && self.line.text() == "${oc." {
            self.mode = Mode::Expression;
        }
        edited
    }

    /// Inserts pasted text; an expression that is pasted into an empty text is one.
    pub fn paste(&mut self, text: &str) {
        if self.mode == Mode::Text && self.line.text().is_empty() && text.starts_with("${oc.") {
            self.mode = Mode::Expression;
        }
        self.line.paste(text);
    }

    /// Puts another text in place of the one that is there.
    pub fn replace(&mut self, text: &str) {
        if self.line.text().is_empty() {
            self.paste(text);
        } else {
            self.line.set(text);
        }
    }

    /// Text becomes expression, and back.
    pub fn switch_mode(&mut self) {
        self.mode = match self.mode {
            Mode::Text => Mode::Expression,
            Mode::Expression => Mode::Text,
        };
    }

    /// The string to be written.
    pub(super) fn written(&self) -> String {
        match self.mode {
            // `???` alone has no escape; `problem` keeps it from being saved.
            Mode::Text => escape_interpolation(self.line.text())
                .unwrap_or_else(|_| self.line.text().to_owned()),
            Mode::Expression => self.line.text().to_owned(),
        }
    }

    /// What is wrong with it as an expression or a text.
    pub(super) fn problem(&self) -> Option<String> {
        if self.line.text().contains(Secret::MASK) {
            return Some("the dots stand for a secret, they are none: type it again".to_owned());
        }
        match self.mode {
            Mode::Text if self.line.text() == "???" => {
                Some("`???` can't be written: it means «missing» to Dynamiq".to_owned())
            }
            Mode::Text => None,
            Mode::Expression => field_value::expression_problem(self.line.text()).map(|problem| {
                if interpolation::is_expression(self.line.text()) {
                    problem
                } else {
                    format!("{problem}; or is it a text?")
                }
            }),
        }
    }
}
