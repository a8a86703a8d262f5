//! The contexts: which table holds where, and the names that people write for both.

use std::fmt::Debug;

use super::action::{
    ChoiceAction, ConflictAction, DetailAction, FilterAction, FormAction, GlobalAction, ListAction,
    PopupAction, SheetAction, TagAction, WorkflowAction,
};
use super::table::{
    CHOICE, CONFLICT, DETAIL, FILTER, FORM, GLOBAL, LIST, POPUP, SHEET, TAGS, WORKFLOWS,
};
use super::{Binding, Chord};

/// Where keys have a meaning of their own; in the order of help and documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// The list of connections.
    List,
    /// The filter, while it is typed.
    Filter,
    /// The read-only panel.
    Panel,
    /// A form.
    Form,
    /// An open choice.
    Choice,
    /// The list of workflow files.
    Workflows,
    /// The panel of a workflow file.
    Workflow,
    /// A popup.
    Popup,
    /// A file that was changed here and on disk.
    Conflict,
    /// The choice of tags.
    Tags,
    /// Everywhere, before the context's own.
    Everywhere,
}

/// What a key means in one context.
pub trait Action: Debug + Copy + PartialEq + 'static {
    /// Where it is possible.
    const CONTEXT: Context;
    /// Its keys.
    const TABLE: &'static [Binding<Self>];

    /// Its name in the configuration: `half-page-up`.
    fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.extend(letter.to_lowercase());
        }
        name
    }
}

/// A row of a table whose action is only a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The action's name in the configuration.
    pub action: String,
    /// The keys of the table.
    pub defaults: &'static [Chord],
    /// A line for people.
    pub help: &'static str,
}

fn named<A: Action>() -> Vec<Named> {
    A::TABLE
        .iter()
        .map(|binding| Named {
            action: binding.action.name(),
            defaults: binding.keys,
            help: binding.help,
        })
        .collect()
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::List,
        Self::Filter,
        Self::Panel,
        Self::Form,
        Self::Choice,
        Self::Workflows,
        Self::Workflow,
        Self::Popup,
        Self::Conflict,
        Self::Tags,
        Self::Everywhere,
    ];

    /// Its title, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Filter => "Filter",
            Self::Panel => "Panel",
            Self::Form => "Form",
            Self::Choice => "Choice",
            Self::Workflows => "Workflows",
            Self::Workflow => "Workflow's panel",
            Self::Popup => "Popup",
            Self::Conflict => "Conflict",
            Self::Tags => "Tags",
            Self::Everywhere => "Everywhere",
        }
    }

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Filter => "filter",
            Self::Panel => "panel",
            Self::Form => "form",
            Self::Choice => "choice",
            Self::Workflows => "workflows",
            Self::Workflow => "workflow",
            Self::Popup => "popup",
            Self::Conflict => "conflict",
            Self::Tags => "tags",
            Self::Everywhere => "everywhere",
        }
    }

    /// Whether letters are typed there, so that they can't be keys.
    pub fn takes_text(self) -> bool {
        match self {
            // The keys of everywhere come before a text field, too.
            Self::Filter | Self::Form | Self::Choice | Self::Tags | Self::Everywhere => true,
            Self::List
            | Self::Panel
            | Self::Workflows
            | Self::Workflow
            | Self::Popup
            | Self::Conflict => false,
        }
    }

    /// The rows of its table.
    pub(super) fn table(self) -> Vec<Named> {
        match self {
            Self::List => named::<ListAction>(),
            Self::Filter => named::<FilterAction>(),
            Self::Panel => named::<DetailAction>(),
            Self::Form => named::<FormAction>(),
            Self::Choice => named::<ChoiceAction>(),
            Self::Workflows => named::<WorkflowAction>(),
            Self::Workflow => named::<SheetAction>(),
            Self::Popup => named::<PopupAction>(),
            Self::Conflict => named::<ConflictAction>(),
            Self::Tags => named::<TagAction>(),
            Self::Everywhere => named::<GlobalAction>(),
        }
    }
}

impl Action for ListAction {
    const CONTEXT: Context = Context::List;
    const TABLE: &'static [Binding<Self>] = LIST;
}

impl Action for FilterAction {
    const CONTEXT: Context = Context::Filter;
    const TABLE: &'static [Binding<Self>] = FILTER;
}

impl Action for DetailAction {
    const CONTEXT: Context = Context::Panel;
    const TABLE: &'static [Binding<Self>] = DETAIL;
}

impl Action for FormAction {
    const CONTEXT: Context = Context::Form;
    const TABLE: &'static [Binding<Self>] = FORM;
}

impl Action for ChoiceAction {
    const CONTEXT: Context = Context::Choice;
    const TABLE: &'static [Binding<Self>] = CHOICE;
}

impl Action for WorkflowAction {
    const CONTEXT: Context = Context::Workflows;
    const TABLE: &'static [Binding<Self>] = WORKFLOWS;
}

impl Action for SheetAction {
    const CONTEXT: Context = Context::Workflow;
    const TABLE: &'static [Binding<Self>] = SHEET;
}

impl Action for PopupAction {
    const CONTEXT: Context = Context::Popup;
    const TABLE: &'static [Binding<Self>] = POPUP;
}

impl Action for ConflictAction {
    const CONTEXT: Context = Context::Conflict;
    const TABLE: &'static [Binding<Self>] = CONFLICT;
}

impl Action for TagAction {
    const CONTEXT: Context = Context::Tags;
    const TABLE: &'static [Binding<Self>] = TAGS;
}

impl Action for GlobalAction {
    const CONTEXT: Context = Context::Everywhere;
    const TABLE: &'static [Binding<Self>] = GLOBAL;
}
