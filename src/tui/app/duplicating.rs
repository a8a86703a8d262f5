//! A new connection from the selected one.

use super::App;
use crate::tui::effect::Effect;
use crate::tui::form::Form;

impl App {
    /// Opens the form of a copy; one of a file that can't be read says why not.
    pub(super) fn duplicate(&mut self) -> Vec<Effect> {
        let Some(entry) = self.list.selected().cloned() else {
            return Vec::new();
        };
        if let Some(broken) = &entry.summary.broken {
            self.show_broken(&entry, broken, "This file can't be duplicated");
            return Vec::new();
        }
        let Some(definition) = entry.definition(&self.setup.catalog) else {
            return Vec::new();
        };
        let entries = self.list.entries().iter();
        let names = entries.map(|entry| entry.summary.name.as_str()).collect();
        let form = Form::copy(entry.file.clone(), definition, &names, &self.setup.catalog);
        self.put_form(form);
        self.with_form(Form::propose_id);
        Vec::new()
    }

    /// Why `D` does nothing now.
    pub(super) fn why_not_duplicated(&self) -> Option<String> {
        match self.list.selected() {
            Some(entry) => entry.summary.broken.as_ref().map(|why| why.message.clone()),
            None => Some(super::actions::NONE_SELECTED.to_owned()),
        }
    }
}
