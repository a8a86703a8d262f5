//! Every key, written once: dispatch, footer, help popup and README read these tables. A person's
//! own keys lie over them, as a [`Keymap`].
//!
//! A context has its own small action enum and its own table. What a text field does with a key is
//! not here: a field takes what no table of its context wants.

mod action;
mod chord;
mod context;
mod personal;
mod table;

use crossterm::event::KeyEvent;

pub use action::{
    ChoiceAction, ConflictAction, DetailAction, FilterAction, FormAction, GlobalAction, ListAction,
    PopupAction, SheetAction, TagAction, WorkflowAction,
};
pub use chord::Chord;
pub use context::{Action, Context};
pub use personal::{Keymap, Shown};
pub use table::{
    CHOICE, CONFLICT, DETAIL, FILTER, FORM, GLOBAL, LIST, POPUP, SHEET, TAGS, WORKFLOWS,
};

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

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

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
