//! Every action by name, and why some can't be done now.

use super::{App, Pane};
use crate::order;
use crate::store::Access;
use crate::tui::effect::Effect;
use crate::tui::keymap::{
    Action, DetailAction, FormAction, GlobalAction, Keymap, ListAction, SheetAction, WorkflowAction,
};
use crate::tui::popup::Popup;
use crate::tui::popup::actions::{Actions, Row};
use crate::tui::tabs::Tab;

impl App {
    /// Opens the popup for where the keys go now.
    pub(super) fn show_actions(&mut self) -> Vec<Effect> {
        let in_form = self.form.is_some();
        let at = |tab: Tab, pane: Pane| !in_form && self.tab == tab && self.pane == pane;
        let here = |pane: Pane| at(Tab::Connections, pane);
        let in_tab = |pane: Pane| at(Tab::Workflows, pane);
        let to_panel = self.key_for(ListAction::SwitchPane);
        let to_workflows = self.key_for(ListAction::Workflows);
        let new = self.key_for(ListAction::New);
        let open = self.key_for(ListAction::Open);
        let list = self.rows::<ListAction>(|action| {
            if here(Pane::List) {
                self.why_not_in_list(action)
            } else {
                Some("in the list".to_owned())
            }
        });
        let panel = self.rows::<DetailAction>(|action| {
            if here(Pane::Panel) {
                self.why_not_in_panel(action)
            } else {
                Some(format!("in the panel: {to_panel} in the list"))
            }
        });
        let form = self.rows::<FormAction>(|action| match &self.form {
            Some(form) if form.offers(action) => None,
            Some(_) => Some("not where the cursor is".to_owned()),
            None => Some(format!("in a form: {new} or {open} in the list")),
        });
        let workflows = self.rows::<WorkflowAction>(|action| {
            if in_tab(Pane::List) {
                self.why_not_in_workflows(action)
            } else {
                Some(format!("in the workflows: {to_workflows} in the list"))
            }
        });
        let sheet = self.rows::<SheetAction>(|action| {
            if in_tab(Pane::Panel) {
                self.why_not_in_sheet(action)
            } else {
                Some("in the panel of a workflow file".to_owned())
            }
        });
        let everywhere = self.rows::<GlobalAction>(|_| None);
        let mut all: Vec<Row> = Vec::new();
        let mut sections: Vec<Vec<Row>> = vec![list, panel, form, workflows, sheet, everywhere];
        // What can be done is not said again as what can't.
        order::sort_by_key(&mut sections, |rows| {
            rows.iter().all(|row| row.why_not.is_some())
        });
        for row in sections.into_iter().flatten() {
            let is_said = all.iter().any(|said| said.name == row.name);
            // The popup itself is open already.
            if !is_said && row.name != ACTIONS {
                all.push(row);
            }
        }
        self.popup = Some(Popup::Actions(Actions::new(all)));
        Vec::new()
    }

    /// Why a key of the list does nothing now.
    pub(super) fn why_not_in_list(&self, action: ListAction) -> Option<String> {
        let reason = match action {
            ListAction::Undo if self.undoing.next().is_none() => "there is nothing to take back",
            ListAction::Import => return self.why_no_import().map(str::to_owned),
            ListAction::Delete if !self.list.marked().0.is_empty() => return None,
            ListAction::Duplicate => return self.why_not_duplicated(),
            ListAction::Tag => return self.why_not_tagged(),
            ListAction::Open | ListAction::Delete | ListAction::Rename => {
                return self.why_not_changed();
            }
            ListAction::Mark
            | ListAction::MarkAll
            | ListAction::EditFile
            | ListAction::Copy
            | ListAction::SwitchPane
                if self.list.selected().is_none() =>
            {
                NONE_SELECTED
            }
            ListAction::Filter | ListAction::Sort if self.list.entries().is_empty() => {
                "there are no connections yet"
            }
            ListAction::Clear
                if self.list.filter.text().is_empty()
                    && self.list.marked().0.is_empty()
                    && self.index.running.is_none() =>
            {
                "there is no filter, and nothing is marked"
            }
            ListAction::Undo
            | ListAction::EditFile
            | ListAction::Mark
            | ListAction::MarkAll
            | ListAction::Copy
            | ListAction::SwitchPane
            | ListAction::Clear
            | ListAction::Up
            | ListAction::Down
            | ListAction::PageUp
            | ListAction::PageDown
            | ListAction::HalfPageUp
            | ListAction::HalfPageDown
            | ListAction::Top
            | ListAction::Bottom
            | ListAction::Filter
            | ListAction::New
            | ListAction::Sort
            | ListAction::Workflows
            | ListAction::Reload
            | ListAction::Actions
            | ListAction::Help
            | ListAction::Quit => return None,
        };
        Some(reason.to_owned())
    }

    fn why_not_in_panel(&self, action: DetailAction) -> Option<String> {
        match action {
            DetailAction::Delete => self.why_not_changed(),
            DetailAction::Duplicate => self.why_not_duplicated(),
            DetailAction::Tag => self.why_not_tagged(),
            DetailAction::Reveal | DetailAction::Copy if self.detail.target().is_none() => {
                Some("the cursor is on no value".to_owned())
            }
            DetailAction::Reveal
            | DetailAction::Copy
            | DetailAction::Up
            | DetailAction::Down
            | DetailAction::PageUp
            | DetailAction::PageDown
            | DetailAction::Top
            | DetailAction::Bottom
            | DetailAction::Open
            | DetailAction::EditFile
            | DetailAction::Workflows
            | DetailAction::Back
            | DetailAction::Actions
            | DetailAction::Help
            | DetailAction::Quit => None,
        }
    }

    /// Why a key of the workflow files does nothing now.
    pub(super) fn why_not_in_workflows(&self, action: WorkflowAction) -> Option<String> {
        let reason = match action {
            WorkflowAction::Open | WorkflowAction::EditFile | WorkflowAction::Copy
                if self.workflows.selected().is_none() =>
            {
                "no workflow file is selected"
            }
            WorkflowAction::Clear
                if self.workflows.filter.text().is_empty() && self.index.running.is_none() =>
            {
                "there is no filter"
            }
            WorkflowAction::Open
            | WorkflowAction::EditFile
            | WorkflowAction::Copy
            | WorkflowAction::Clear
            | WorkflowAction::Up
            | WorkflowAction::Down
            | WorkflowAction::PageUp
            | WorkflowAction::PageDown
            | WorkflowAction::HalfPageUp
            | WorkflowAction::HalfPageDown
            | WorkflowAction::Top
            | WorkflowAction::Bottom
            | WorkflowAction::Filter
            | WorkflowAction::Connections
            | WorkflowAction::Reload
            | WorkflowAction::Actions
            | WorkflowAction::Help
            | WorkflowAction::Quit => return None,
        };
        Some(reason.to_owned())
    }

    /// Why a key of a workflow file's panel does nothing now.
    pub(super) fn why_not_in_sheet(&self, action: SheetAction) -> Option<String> {
        let panel = &self.workflows.panel;
        let reason = match action {
            SheetAction::Open | SheetAction::Copy if panel.target().is_none() => {
                "the cursor is on no place"
            }
            SheetAction::Connection if panel.connection().is_none() => {
                "the cursor is on no connection that is there"
            }
            SheetAction::Open
            | SheetAction::Copy
            | SheetAction::Connection
            | SheetAction::Up
            | SheetAction::Down
            | SheetAction::PageUp
            | SheetAction::PageDown
            | SheetAction::Top
            | SheetAction::Bottom
            | SheetAction::EditFile
            | SheetAction::Connections
            | SheetAction::Back
            | SheetAction::Actions
            | SheetAction::Help
            | SheetAction::Quit => return None,
        };
        Some(reason.to_owned())
    }

    fn rows<A: Action>(&self, why_not: impl Fn(A) -> Option<String>) -> Vec<Row> {
        rows(&self.setup.keymap, why_not)
    }

    fn why_not_changed(&self) -> Option<String> {
        let Some(entry) = self.list.selected() else {
            return Some(NONE_SELECTED.to_owned());
        };
        match &entry.file.access {
            Access::ReadOnly(reason) => Some(reason.clone()),
            Access::Writable => None,
        }
    }
}

pub(super) const NONE_SELECTED: &str = "no connection is selected";
/// The help of the key that opens the popup.
const ACTIONS: &str = "Every action by name";

fn rows<A: Action>(keymap: &Keymap, why_not: impl Fn(A) -> Option<String>) -> Vec<Row> {
    keymap
        .deeds::<A>()
        .map(|(action, press, keys, name)| Row {
            name,
            keys,
            press,
            why_not: why_not(action),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_popup_is_not_an_action_of_its_own() {
        let named = |rows: Vec<Row>| rows.iter().any(|row| row.name == ACTIONS);
        let keymap = Keymap::default();
        assert!(named(rows::<ListAction>(&keymap, |_| None)));
        assert!(named(rows::<DetailAction>(&keymap, |_| None)));
        assert!(named(rows::<FormAction>(&keymap, |_| None)));
    }
}
