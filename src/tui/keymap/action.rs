//! What keys mean: one small enum per context.

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
    /// The form for a new connection with what the selected one says.
    Duplicate,
    /// What workflows define, into the store.
    Import,
    /// The selected file in `$EDITOR`.
    EditFile,
    /// Ask whether to delete the selected connection.
    Delete,
    /// Another id, in the file and in every workflow.
    Rename,
    /// Take back the last delete or rename.
    Undo,
    /// Mark the selected connection, or take the mark away.
    Mark,
    /// Mark all rows, or take their marks away.
    MarkAll,
    /// The tags of the selected connection, or of all that are marked.
    Tag,
    /// The id to the clipboard.
    Copy,
    /// The next order of the rows.
    Sort,
    /// The tab of the workflow files.
    Workflows,
    /// Read everything again.
    Reload,
    /// The filter goes.
    Clear,
    /// Every action by name.
    Actions,
    /// The help popup.
    Help,
    /// Leave the program.
    Quit,
}

/// What a key means while the filter is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterAction {
    /// Back to the list, the filter stays.
    Keep,
    /// Back to the list without a filter.
    Clear,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
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
    /// What the cursor is on, to the clipboard.
    Copy,
    /// The selected file in `$EDITOR`.
    EditFile,
    /// Ask whether to delete the connection.
    Delete,
    /// A new connection from this one.
    Duplicate,
    /// Tags of the connection.
    Tag,
    /// The tab of the workflow files, on that of the reference.
    Workflows,
    /// Back to the list.
    Back,
    /// Every action by name.
    Actions,
    /// The help popup.
    Help,
    /// Leave the program.
    Quit,
}

/// What a key means in the list of workflow files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkflowAction {
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
    /// The panel of the selected file.
    Open,
    /// The filter.
    Filter,
    /// The selected file in `$EDITOR`.
    EditFile,
    /// The path to the clipboard.
    Copy,
    /// The tab of the connections.
    Connections,
    /// Read everything again.
    Reload,
    /// The filter goes.
    Clear,
    /// Every action by name.
    Actions,
    /// The help popup.
    Help,
    /// Leave the program.
    Quit,
}

/// What a key means in the panel of a workflow file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetAction {
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
    /// The place in `$EDITOR`.
    Open,
    /// The connection of the row, in its tab.
    Connection,
    /// The file in `$EDITOR`.
    EditFile,
    /// The place to the clipboard.
    Copy,
    /// The tab of the connections.
    Connections,
    /// Back to the list.
    Back,
    /// Every action by name.
    Actions,
    /// The help popup.
    Help,
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
    /// What would be written.
    Diff,
    /// The text under the focus in `$EDITOR`.
    EditValue,
    /// Text or expression.
    Mode,
    /// Remove the row of a map or list.
    RemoveRow,
    /// Every action by name.
    Actions,
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

/// What a key means where both sides have changed a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictAction {
    /// The field keeps what was typed here.
    Mine,
    /// The field keeps what is on disk.
    Theirs,
    /// The other side.
    Toggle,
    /// All fields keep what was typed here.
    AllMine,
    /// All fields keep what is on disk.
    AllTheirs,
    /// One field up.
    Up,
    /// One field down.
    Down,
    /// The diff, a page up.
    ScrollUp,
    /// The diff, a page down.
    ScrollDown,
    /// Write what is shown.
    Write,
    /// Back to the form.
    Back,
}

/// What a key means while tags are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagAction {
    /// The tag on or off.
    Flip,
    /// Write what was chosen.
    Write,
    /// Close it; nothing is written.
    Back,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
}

/// What a key means everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlobalAction {
    /// The help popup.
    Help,
    /// Draw the whole screen again.
    Redraw,
    /// The mouse belongs to this program, or to the terminal.
    Mouse,
    /// To the shell; `fg` comes back.
    Suspend,
    /// Like quit; twice within two seconds quits at once.
    Interrupt,
}
