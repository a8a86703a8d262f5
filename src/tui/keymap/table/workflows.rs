//! The keys of the tab of the workflow files: its list and its panel.

use crossterm::event::KeyCode;

use super::super::Binding;
use super::super::action::{SheetAction, WorkflowAction};
use super::{
    BACK_TAB, DOWN, END, ENTER, ESC, HOME, LEFT, PAGE_DOWN, PAGE_UP, RIGHT, TAB, UP, character,
    ctrl, plain, row,
};

/// The list of workflow files.
pub const WORKFLOWS: &[Binding<WorkflowAction>] = &[
    row(
        WorkflowAction::Open,
        &[ENTER, character('l'), RIGHT, TAB, BACK_TAB],
        "open",
        "To the file's references, variables and findings",
    ),
    row(
        WorkflowAction::Filter,
        &[character('/')],
        "filter",
        "Filter by path and id; also uses:X, is:dangling",
    ),
    row(
        WorkflowAction::EditFile,
        &[character('e')],
        "file",
        "Open the file in `$EDITOR`",
    ),
    row(
        WorkflowAction::Connections,
        &[character('w'), character('1')],
        "connections",
        "Back to the connections",
    ),
    row(
        WorkflowAction::Help,
        &[character('?')],
        "help",
        "This help, for where you are",
    ),
    row(
        WorkflowAction::Quit,
        &[character('q')],
        "quit",
        "Quit the program",
    ),
    row(
        WorkflowAction::Actions,
        &[character(':'), ctrl('p')],
        "actions",
        "Every action by name",
    ),
    row(
        WorkflowAction::Copy,
        &[character('y')],
        "copy",
        "Copy the path to the clipboard",
    ),
    row(WorkflowAction::Up, &[UP, character('k')], "", "One row up"),
    row(
        WorkflowAction::Down,
        &[DOWN, character('j')],
        "",
        "One row down",
    ),
    row(WorkflowAction::PageUp, &[PAGE_UP], "", "A page up"),
    row(WorkflowAction::PageDown, &[PAGE_DOWN], "", "A page down"),
    row(
        WorkflowAction::HalfPageUp,
        &[ctrl('u')],
        "",
        "Half a page up",
    ),
    row(
        WorkflowAction::HalfPageDown,
        &[ctrl('d')],
        "",
        "Half a page down",
    ),
    row(
        WorkflowAction::Top,
        &[character('g'), HOME],
        "",
        "The first row",
    ),
    row(
        WorkflowAction::Bottom,
        &[character('G'), END],
        "",
        "The last row",
    ),
    row(
        WorkflowAction::Clear,
        &[ESC],
        "",
        "Clear the filter; stop reading the workflows",
    ),
    row(
        WorkflowAction::Reload,
        &[plain(KeyCode::F(5))],
        "",
        "Read all files again",
    ),
];

/// The panel of a workflow file.
pub const SHEET: &[Binding<SheetAction>] = &[
    row(
        SheetAction::Open,
        &[ENTER, character('l'), RIGHT],
        "open",
        "Open the place in `$EDITOR`",
    ),
    row(
        SheetAction::Connection,
        &[character('c')],
        "connection",
        "To the connection that is used there",
    ),
    row(
        SheetAction::EditFile,
        &[character('e')],
        "file",
        "Open the file in `$EDITOR`",
    ),
    row(
        SheetAction::Copy,
        &[character('y')],
        "copy",
        "Copy the place to the clipboard",
    ),
    row(
        SheetAction::Connections,
        &[character('w'), character('1')],
        "connections",
        "Back to the connections",
    ),
    row(
        SheetAction::Actions,
        &[character(':'), ctrl('p')],
        "",
        "Every action by name",
    ),
    row(SheetAction::Up, &[UP, character('k')], "", "The row above"),
    row(
        SheetAction::Down,
        &[DOWN, character('j')],
        "",
        "The row below",
    ),
    row(SheetAction::PageUp, &[PAGE_UP, ctrl('u')], "", "A page up"),
    row(
        SheetAction::PageDown,
        &[PAGE_DOWN, ctrl('d')],
        "",
        "A page down",
    ),
    row(
        SheetAction::Top,
        &[character('g'), HOME],
        "",
        "The first row",
    ),
    row(
        SheetAction::Bottom,
        &[character('G'), END],
        "",
        "The last row",
    ),
    row(
        SheetAction::Back,
        &[ESC, TAB, BACK_TAB, character('h'), LEFT],
        "list",
        "Back to the list",
    ),
    row(
        SheetAction::Help,
        &[character('?')],
        "help",
        "This help, for where you are",
    ),
    row(
        SheetAction::Quit,
        &[character('q')],
        "quit",
        "Quit the program",
    ),
];
