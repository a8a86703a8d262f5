//! The tables of what asks for an answer: forms, choices and popups.

use crossterm::event::KeyCode;

use super::super::Binding;
use super::super::action::{ChoiceAction, ConflictAction, FormAction, PopupAction, TagAction};
use super::{
    BACK_TAB, DOWN, ENTER, ESC, LEFT, PAGE_DOWN, PAGE_UP, RIGHT, TAB, UP, alt, character, ctrl,
    plain, row,
};

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
        FormAction::RemoveRow,
        &[alt('d')],
        "remove row",
        "Remove the row of a map or list",
    ),
    row(
        FormAction::Diff,
        &[plain(KeyCode::F(3)), alt('p')],
        "diff",
        "The diff that saving would write, secrets masked",
    ),
    row(
        FormAction::EditValue,
        &[plain(KeyCode::F(4)), alt('e')],
        "editor",
        "The value in `$EDITOR`",
    ),
    row(
        FormAction::Mode,
        &[plain(KeyCode::F(6)), alt('x')],
        "text/expr",
        "Text, or an expression such as `${oc.env:KEY}`",
    ),
    row(
        FormAction::Actions,
        &[ctrl('p')],
        "",
        "Every action by name",
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

/// A file that was changed here and on disk.
pub const CONFLICT: &[Binding<ConflictAction>] = &[
    row(
        ConflictAction::Mine,
        &[character('m'), LEFT],
        "mine",
        "The field keeps what was typed here",
    ),
    row(
        ConflictAction::Theirs,
        &[character('t'), RIGHT],
        "theirs",
        "The field keeps what is on disk",
    ),
    row(
        ConflictAction::Write,
        &[ENTER, ctrl('s')],
        "write",
        "Write what is shown, once every field is decided",
    ),
    row(
        ConflictAction::Back,
        &[ESC, character('q')],
        "back",
        "Back to the form; nothing is written or lost",
    ),
    row(
        ConflictAction::AllMine,
        &[character('M')],
        "all mine",
        "All fields keep what was typed here",
    ),
    row(
        ConflictAction::AllTheirs,
        &[character('T')],
        "all theirs",
        "All fields keep what is on disk",
    ),
    row(
        ConflictAction::Toggle,
        &[character(' ')],
        "",
        "The other side",
    ),
    row(
        ConflictAction::Up,
        &[UP, character('k'), BACK_TAB],
        "",
        "One field up",
    ),
    row(
        ConflictAction::Down,
        &[DOWN, character('j'), TAB],
        "",
        "One field down",
    ),
    row(
        ConflictAction::ScrollUp,
        &[PAGE_UP, ctrl('u')],
        "",
        "The diff, a page up",
    ),
    row(
        ConflictAction::ScrollDown,
        &[PAGE_DOWN, ctrl('d')],
        "",
        "The diff, a page down",
    ),
];

/// Tags that are chosen; what is typed filters them, or is a new one.
pub const TAGS: &[Binding<TagAction>] = &[
    row(
        TagAction::Flip,
        &[character(' ')],
        "on or off",
        "The tag on all, on none, or as it is",
    ),
    row(
        TagAction::Write,
        &[ENTER, ctrl('s')],
        "write",
        "Write what was chosen: all files, or none",
    ),
    row(
        TagAction::Back,
        &[ESC],
        "cancel",
        "Close it; nothing is written",
    ),
    row(TagAction::Up, &[UP, ctrl('p'), BACK_TAB], "", "One row up"),
    row(TagAction::Down, &[DOWN, ctrl('n'), TAB], "", "One row down"),
    row(TagAction::PageUp, &[PAGE_UP], "", "A page up"),
    row(TagAction::PageDown, &[PAGE_DOWN], "", "A page down"),
];
