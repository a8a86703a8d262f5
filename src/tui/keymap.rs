//! Every key, written once: dispatch, footer, help popup and README read these tables.
//!
//! A context has its own small action enum and its own table. What a text field does with a key is
//! not here: a field takes what no table of its context wants.

mod action;
mod table;

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub use action::{
    ChoiceAction, ConflictAction, DetailAction, FilterAction, FormAction, GlobalAction, ListAction,
    PopupAction, SheetAction, TagAction, WorkflowAction,
};
pub use table::{
    CHOICE, CONFLICT, DETAIL, FILTER, FORM, GLOBAL, LIST, POPUP, SHEET, TAGS, WORKFLOWS,
};

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// One row of a table: what keys mean in a context.
#[derive(Debug)]
pub struct Binding<A: 'static> {
    /// What happens.
    pub action: A,
    /// The keys that do it; the first one stands in the footer.
    pub keys: &'static [Chord],
    /// The footer's word for it; empty if the footer does not show it.
    pub hint: &'static str,
    /// A line for the help popup and the README.
    pub help: &'static str,
}

/// The action that a table gives a key.
pub fn find<A: Copy>(table: &[Binding<A>], key: KeyEvent) -> Option<A> {
    let chord = Chord::of(key);
    table
        .iter()
        .find(|binding| binding.keys.contains(&chord))
        .map(|binding| binding.action)
}

/// A table's rows for people: the keys as text, and the line of help.
pub fn rows<A>(table: &[Binding<A>]) -> Vec<(String, &'static str)> {
    table
        .iter()
        .map(|binding| {
            let keys: Vec<String> = binding.keys.iter().map(Chord::to_string).collect();
            (keys.join(" "), binding.help)
        })
        .collect()
}

/// A table's rows as things to do: each with the key that does it, that key for people, and the
/// line of help.
pub fn deeds<A: Copy>(
    table: &'static [Binding<A>],
) -> impl Iterator<Item = (A, KeyEvent, String, &'static str)> {
    table.iter().map(|binding| {
        let first = binding.keys[0];
        let press = KeyEvent::new(first.code, first.modifiers);
        (binding.action, press, first.to_string(), binding.help)
    })
}

/// A table's footer: the first key and the word, in the table's order.
pub fn hints<A: Copy>(table: &[Binding<A>]) -> Vec<(A, String, &'static str)> {
    table
        .iter()
        .filter(|binding| !binding.hint.is_empty())
        .map(|binding| (binding.action, binding.keys[0].to_string(), binding.hint))
        .collect()
}

/// All tables with their titles, for help and README.
pub fn sections() -> Vec<(&'static str, Vec<(String, &'static str)>)> {
    vec![
        ("List", rows(LIST)),
        ("Filter", rows(FILTER)),
        ("Panel", rows(DETAIL)),
        ("Form", rows(FORM)),
        ("Choice", rows(CHOICE)),
        ("Workflows", rows(WORKFLOWS)),
        ("Workflow's panel", rows(SHEET)),
        ("Popup", rows(POPUP)),
        ("Conflict", rows(CONFLICT)),
        ("Tags", rows(TAGS)),
        ("Everywhere", rows(GLOBAL)),
    ]
}

impl Chord {
    /// The key of an event. Shift is part of a character already, and terminals disagree on
    /// whether they report it.
    pub fn of(key: KeyEvent) -> Self {
        let mut modifiers =
            key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let mut code = key.code;
        if code == KeyCode::Tab && modifiers.contains(KeyModifiers::SHIFT) {
            code = KeyCode::BackTab;
        }
        if matches!(code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers.remove(KeyModifiers::SHIFT);
        }
        Self { code, modifiers }
    }
}

impl fmt::Display for Chord {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the key codes are crossterm's, not ours"
    )]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let control = self.modifiers.contains(KeyModifiers::CONTROL);
        let alt = self.modifiers.contains(KeyModifiers::ALT);
        if control {
            out.write_str("Ctrl-")?;
        }
        if alt {
            out.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Char(' ') => out.write_str("Space"),
            KeyCode::Char(letter) if control || alt => write!(out, "{}", letter.to_uppercase()),
            KeyCode::Char(letter) => write!(out, "{letter}"),
            KeyCode::F(number) => write!(out, "F{number}"),
            KeyCode::Up => out.write_str("↑"),
            KeyCode::Down => out.write_str("↓"),
            KeyCode::Left => out.write_str("←"),
            KeyCode::Right => out.write_str("→"),
            KeyCode::PageUp => out.write_str("PgUp"),
            KeyCode::PageDown => out.write_str("PgDn"),
            KeyCode::BackTab => out.write_str("Shift-Tab"),
            KeyCode::Delete => out.write_str("Del"),
            KeyCode::Backspace => out.write_str("Backspace"),
            other => write!(out, "{other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unambiguous<A>(table: &[Binding<A>]) {
        let all: Vec<Chord> = table.iter().flat_map(|row| row.keys).copied().collect();
        for (place, chord) in all.iter().enumerate() {
            assert!(!all[..place].contains(chord), "{chord} means two things");
            let taken = GLOBAL.iter().any(|row| row.keys.contains(chord));
            assert!(!taken, "{chord} is taken everywhere");
        }
    }

    #[test]
    fn a_key_means_one_thing_in_a_context() {
        unambiguous(LIST);
        unambiguous(FILTER);
        unambiguous(DETAIL);
        unambiguous(FORM);
        unambiguous(CHOICE);
        unambiguous(POPUP);
        unambiguous(CONFLICT);
        unambiguous(TAGS);
        unambiguous(WORKFLOWS);
        unambiguous(SHEET);
    }

    #[test]
    fn terminals_disagree_on_shift() {
        let reported = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(find(LIST, reported), Some(ListAction::Bottom));
        let tab = KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT);
        assert_eq!(find(FORM, tab), Some(FormAction::Previous));
    }
}
