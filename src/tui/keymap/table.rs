//! The tables themselves: which keys do what in each context.

mod dialogue;
mod workflows;

use crossterm::event::{KeyCode, KeyModifiers};

use super::action::{DetailAction, FilterAction, GlobalAction, ListAction};
use super::{Binding, Chord};

pub use dialogue::{CHOICE, CONFLICT, FORM, POPUP, TAGS};
pub use workflows::{SHEET, WORKFLOWS};

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
        GlobalAction::Mouse,
        &[alt('m')],
        "",
        "Mouse on or off; off, the terminal selects text with it",
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
        ListAction::Undo,
        &[character('u')],
        "undo",
        "Undo the last save, delete, rename, creation or import",
    ),
    row(
        ListAction::Filter,
        &[character('/')],
        "filter",
        "Filter the list",
    ),
    row(
        ListAction::Rename,
        &[character('r')],
        "rename",
        "Rename: another id, in the file and in every workflow",
    ),
    row(
        ListAction::Help,
        &[character('?')],
        "help",
        "This help, for where you are",
    ),
    row(
        ListAction::Quit,
        &[character('q')],
        "quit",
        "Quit the program",
    ),
    row(
        ListAction::Actions,
        &[character(':'), ctrl('p')],
        "actions",
        "Every action by name",
    ),
    row(
        ListAction::SwitchPane,
        &[TAB, BACK_TAB],
        "panel",
        "To the other pane",
    ),
    row(
        ListAction::Import,
        &[character('i')],
        "import",
        "Import from workflows: the connections that they define",
    ),
    row(
        ListAction::EditFile,
        &[character('e')],
        "file",
        "Open the file in `$EDITOR`",
    ),
    row(
        ListAction::Duplicate,
        &[character('D')],
        "",
        "Duplicate: a new connection from the file's text, comments and all",
    ),
    row(
        ListAction::Tag,
        &[character('t')],
        "tags",
        "Tags of the connection, or of all that are marked",
    ),
    row(
        ListAction::Workflows,
        &[character('w'), character('2')],
        "",
        "To the workflow files and the connections that each uses",
    ),
    row(
        ListAction::Mark,
        &[character(' ')],
        "",
        "Mark the connection, or take the mark away; delete and tags take all marked",
    ),
    row(
        ListAction::MarkAll,
        &[character('*')],
        "",
        "Mark all that the filter shows, or take their marks away",
    ),
    row(
        ListAction::Copy,
        &[character('y')],
        "copy",
        "Copy the id to the clipboard",
    ),
    row(
        ListAction::Sort,
        &[character('s')],
        "",
        "Sort by file, name, type, use or change",
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
    row(
        ListAction::Clear,
        &[ESC],
        "",
        "Clear the filter, then the marks; stop reading the workflows",
    ),
    row(
        ListAction::Reload,
        &[plain(KeyCode::F(5))],
        "",
        "Read all files again",
    ),
];

/// The filter, while it is typed. Words must all be found; `type:`, `tag:`, `is:unused` and
/// `is:broken` look at one thing.
pub const FILTER: &[Binding<FilterAction>] = &[
    row(
        FilterAction::Keep,
        &[ENTER, TAB],
        "keep",
        "Back to the list; also type:X, tag:X, is:unused, is:broken",
    ),
    row(
        FilterAction::Clear,
        &[ESC],
        "clear",
        "Back to the whole list",
    ),
    row(FilterAction::Up, &[UP], "", "One row up"),
    row(FilterAction::Down, &[DOWN], "", "One row down"),
    row(FilterAction::PageUp, &[PAGE_UP], "", "A page up"),
    row(FilterAction::PageDown, &[PAGE_DOWN], "", "A page down"),
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
    row(
        DetailAction::Copy,
        &[character('y')],
        "copy",
        "Copy the value or the place; a secret only while it is shown",
    ),
    row(
        DetailAction::Duplicate,
        &[character('D')],
        "",
        "Duplicate: a new connection from the file's text, comments and all",
    ),
    row(
        DetailAction::Tag,
        &[character('t')],
        "",
        "Tags of the connection, or of all that are marked",
    ),
    row(
        DetailAction::Workflows,
        &[character('w'), character('2')],
        "workflows",
        "To the workflow files; on a use, to its file there",
    ),
    row(
        DetailAction::Actions,
        &[character(':'), ctrl('p')],
        "",
        "Every action by name",
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
        DetailAction::Help,
        &[character('?')],
        "help",
        "This help, for where you are",
    ),
    row(
        DetailAction::Quit,
        &[character('q')],
        "quit",
        "Quit the program",
    ),
];
