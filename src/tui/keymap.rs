//! Every key, written once: dispatch, footer, help popup and README read these tables.
//!
//! A context has its own small action enum and its own table. What a text field does with a key is
//! not here: a field takes what no table of its context wants.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

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

/// What a key means in the list of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListAction {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Half a page up.
    HalfPageUp,
    /// Half a page down.
    HalfPageDown,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
    /// The form of the selected connection.
    Open,
    /// The other pane.
    SwitchPane,
    /// The filter.
    Filter,
    /// The form for a new connection.
    New,
    /// The selected file in `$EDITOR`.
    EditFile,
    /// Ask whether to delete the selected connection.
    Delete,
    /// Take back the last delete.
    Undo,
    /// Read everything again.
    Reload,
    /// The filter goes.
    Clear,
    /// Leave the program.
    Quit,
}

/// What a key means in the read-only panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetailAction {
    /// The row above.
    Up,
    /// The row below.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
    /// A reference in `$EDITOR`, a field in the form.
    Open,
    /// Show or hide the focused secret.
    Reveal,
    /// The selected file in `$EDITOR`.
    EditFile,
    /// Ask whether to delete the connection.
    Delete,
    /// Back to the list.
    Back,
    /// Leave the program.
    Quit,
}

/// What a key means in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormAction {
    /// The next field.
    Next,
    /// The previous field.
    Previous,
    /// Go on: the next field, open a choice, flip a switch, press a button.
    Activate,
    /// Create or update.
    Save,
    /// Show or hide a secret.
    Reveal,
    /// Text or expression.
    Mode,
    /// Remove the row of a map or list.
    RemoveRow,
    /// One layer back.
    Back,
}

/// What a key means in an open choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoiceAction {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Take it.
    Take,
    /// Close it.
    Back,
}

/// What a key means in a popup that lists something or asks something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopupAction {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// The button on the left.
    Left,
    /// The button on the right.
    Right,
    /// Press the button, open the row.
    Accept,
    /// Close it.
    Back,
}

/// What a key means everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlobalAction {
    /// The help popup.
    Help,
    /// Draw the whole screen again.
    Redraw,
    /// To the shell; `fg` comes back.
    Suspend,
    /// Like quit; twice within two seconds quits at once.
    Interrupt,
}

const fn plain(code: KeyCode) -> Chord {
    Chord {
        code,
        modifiers: KeyModifiers::NONE,
    }
}

const fn character(letter: char) -> Chord {
    plain(KeyCode::Char(letter))
}

const fn ctrl(letter: char) -> Chord {
    Chord {
        code: KeyCode::Char(letter),
        modifiers: KeyModifiers::CONTROL,
    }
}

const fn alt(letter: char) -> Chord {
    Chord {
        code: KeyCode::Char(letter),
        modifiers: KeyModifiers::ALT,
    }
}

const fn row<A>(
    action: A,
    keys: &'static [Chord],
    hint: &'static str,
    help: &'static str,
) -> Binding<A> {
    Binding {
        action,
        keys,
        hint,
        help,
    }
}

const UP: Chord = plain(KeyCode::Up);
const DOWN: Chord = plain(KeyCode::Down);
const LEFT: Chord = plain(KeyCode::Left);
const RIGHT: Chord = plain(KeyCode::Right);
const PAGE_UP: Chord = plain(KeyCode::PageUp);
const PAGE_DOWN: Chord = plain(KeyCode::PageDown);
const HOME: Chord = plain(KeyCode::Home);
const END: Chord = plain(KeyCode::End);
const ENTER: Chord = plain(KeyCode::Enter);
const ESC: Chord = plain(KeyCode::Esc);
const TAB: Chord = plain(KeyCode::Tab);
const BACK_TAB: Chord = plain(KeyCode::BackTab);
const DELETE: Chord = plain(KeyCode::Delete);

/// Everywhere, before the context's own table; letters only where no text is typed.
pub const GLOBAL: &[Binding<GlobalAction>] = &[
    row(
        GlobalAction::Help,
        &[plain(KeyCode::F(1))],
        "",
        "This help, for where you are",
    ),
    row(
        GlobalAction::Redraw,
        &[ctrl('l')],
        "",
        "Draw the screen again",
    ),
    row(
        GlobalAction::Suspend,
        &[ctrl('z')],
        "",
        "To the shell; `fg` comes back",
    ),
    row(
        GlobalAction::Interrupt,
        &[ctrl('c')],
        "",
        "Like quit; twice within two seconds quits at once",
    ),
];

/// The list of connections.
pub const LIST: &[Binding<ListAction>] = &[
    row(
        ListAction::New,
        &[character('n')],
        "new",
        "Add new connection",
    ),
    row(
        ListAction::Open,
        &[ENTER, character('l'), RIGHT],
        "edit",
        "Open the selected connection's form",
    ),
    row(
        ListAction::Delete,
        &[character('d'), DELETE],
        "delete",
        "Delete the connection, if nothing uses it",
    ),
    row(
        ListAction::Filter,
        &[character('/')],
        "filter",
        "Filter the list",
    ),
    row(
        ListAction::SwitchPane,
        &[TAB, BACK_TAB],
        "panel",
        "To the other pane",
    ),
    row(
        ListAction::Quit,
        &[character('q')],
        "quit",
        "Leave the program",
    ),
    row(
        ListAction::EditFile,
        &[character('e')],
        "file",
        "Open the file in `$EDITOR`",
    ),
    row(
        ListAction::Undo,
        &[character('u')],
        "undo",
        "Bring the last deleted connection back",
    ),
    row(ListAction::Up, &[UP, character('k')], "", "One row up"),
    row(
        ListAction::Down,
        &[DOWN, character('j')],
        "",
        "One row down",
    ),
    row(ListAction::PageUp, &[PAGE_UP], "", "A page up"),
    row(ListAction::PageDown, &[PAGE_DOWN], "", "A page down"),
    row(ListAction::HalfPageUp, &[ctrl('u')], "", "Half a page up"),
    row(
        ListAction::HalfPageDown,
        &[ctrl('d')],
        "",
        "Half a page down",
    ),
    row(
        ListAction::Top,
        &[character('g'), HOME],
        "",
        "The first row",
    ),
    row(
        ListAction::Bottom,
        &[character('G'), END],
        "",
        "The last row",
    ),
    row(ListAction::Clear, &[ESC], "", "Clear the filter"),
    row(
        ListAction::Reload,
        &[plain(KeyCode::F(5))],
        "",
        "Read all files again",
    ),
];

/// The read-only panel.
pub const DETAIL: &[Binding<DetailAction>] = &[
    row(
        DetailAction::Open,
        &[ENTER, character('l'), RIGHT],
        "open",
        "Edit the field, or open the reference in `$EDITOR`",
    ),
    row(
        DetailAction::Reveal,
        &[character('x')],
        "reveal",
        "Show or hide the focused secret",
    ),
    row(
        DetailAction::Delete,
        &[character('d'), DELETE],
        "delete",
        "Delete the connection, if nothing uses it",
    ),
    row(
        DetailAction::EditFile,
        &[character('e')],
        "file",
        "Open the file in `$EDITOR`",
    ),
    row(DetailAction::Up, &[UP, character('k')], "", "The row above"),
    row(
        DetailAction::Down,
        &[DOWN, character('j')],
        "",
        "The row below",
    ),
    row(DetailAction::PageUp, &[PAGE_UP, ctrl('u')], "", "A page up"),
    row(
        DetailAction::PageDown,
        &[PAGE_DOWN, ctrl('d')],
        "",
        "A page down",
    ),
    row(
        DetailAction::Top,
        &[character('g'), HOME],
        "",
        "The first row",
    ),
    row(
        DetailAction::Bottom,
        &[character('G'), END],
        "",
        "The last row",
    ),
    row(
        DetailAction::Back,
        &[ESC, TAB, BACK_TAB, character('h'), LEFT],
        "list",
        "Back to the list",
    ),
    row(
        DetailAction::Quit,
        &[character('q')],
        "quit",
        "Leave the program",
    ),
];

/// A form.
pub const FORM: &[Binding<FormAction>] = &[
    row(
        FormAction::Save,
        &[ctrl('s')],
        "save",
        "Create or update, from any field",
    ),
    row(
        FormAction::Activate,
        &[ENTER],
        "next",
        "Next field; opens a choice, flips a switch, presses a button",
    ),
    row(FormAction::Next, &[TAB, DOWN], "", "Next field"),
    row(FormAction::Previous, &[BACK_TAB, UP], "", "Previous field"),
    row(
        FormAction::Reveal,
        &[plain(KeyCode::F(2)), alt('r')],
        "show",
        "Show or hide a secret",
    ),
    row(
        FormAction::Mode,
        &[plain(KeyCode::F(6)), alt('x')],
        "text/expr",
        "Text, or an expression such as `${oc.env:KEY}`",
    ),
    row(
        FormAction::RemoveRow,
        &[alt('d')],
        "remove row",
        "Remove the row of a map or list",
    ),
    row(
        FormAction::Back,
        &[ESC],
        "back",
        "Leave the form; asks if something was changed",
    ),
];

/// An open choice.
pub const CHOICE: &[Binding<ChoiceAction>] = &[
    row(
        ChoiceAction::Take,
        &[ENTER, TAB],
        "choose",
        "Take the selected one; typing filters",
    ),
    row(ChoiceAction::Up, &[UP, ctrl('p')], "", "One row up"),
    row(ChoiceAction::Down, &[DOWN, ctrl('n')], "", "One row down"),
    row(ChoiceAction::PageUp, &[PAGE_UP], "", "A page up"),
    row(ChoiceAction::PageDown, &[PAGE_DOWN], "", "A page down"),
    row(
        ChoiceAction::Back,
        &[ESC, BACK_TAB],
        "back",
        "Close the choice",
    ),
];

/// A popup.
pub const POPUP: &[Binding<PopupAction>] = &[
    row(
        PopupAction::Accept,
        &[ENTER],
        "",
        "Press the button, open the row",
    ),
    row(
        PopupAction::Up,
        &[UP, character('k'), PAGE_UP],
        "",
        "One row up",
    ),
    row(
        PopupAction::Down,
        &[DOWN, character('j'), PAGE_DOWN],
        "",
        "One row down",
    ),
    row(
        PopupAction::Left,
        &[LEFT, character('h'), BACK_TAB],
        "",
        "The button on the left",
    ),
    row(
        PopupAction::Right,
        &[RIGHT, character('l'), TAB],
        "",
        "The button on the right",
    ),
    row(PopupAction::Back, &[ESC, character('q')], "", "Close it"),
];

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
        ("Panel", rows(DETAIL)),
        ("Form", rows(FORM)),
        ("Choice", rows(CHOICE)),
        ("Popup", rows(POPUP)),
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
        unambiguous(DETAIL);
        unambiguous(FORM);
        unambiguous(CHOICE);
        unambiguous(POPUP);
    }

    #[test]
    fn terminals_disagree_on_shift() {
        let reported = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(find(LIST, reported), Some(ListAction::Bottom));
        let tab = KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT);
        assert_eq!(find(FORM, tab), Some(FormAction::Previous));
    }
}
