//! What saving the form would write, shown before it is.

use super::App;
use crate::definition::with_schema_line;
use crate::merge::Side;
use crate::rename::{changed_lines, changed_lines_beside};
use crate::tui::form::{Form, Purpose};
use crate::tui::popup::Popup;
use crate::tui::popup::diff::Diff;
use crate::tui::text::count;

impl App {
    /// Opens the popup with the diff. Nothing is written, and the form stays as it is.
    pub(super) fn show_diff(&mut self) {
        let Some(result) = self.with_form(Form::preview) else {
            return;
        };
        let Some(form) = &self.form else {
            return;
        };
        let (button, name) = match &form.purpose {
            Purpose::Create | Purpose::Copy { .. } => {
                ("Create", format!("{}.yaml", form.id.text()))
            }
            Purpose::Update { file, .. } => ("Update", file.shown_name()),
        };
        let (title, notes, lines) = match result {
            Err(reasons) => (format!("{button} would write nothing"), reasons, Vec::new()),
            Ok(text) => {
                let (notes, lines) = self.compared(form, text);
                (format!("{button} would write to {name}"), notes, lines)
            }
        };
        self.popup = Some(Popup::Diff(Diff {
            title,
            notes,
            lines,
            scroll: 0,
        }));
    }

    /// What is to be known before the diff, and the diff with what is on disk as far as that is
    /// known here.
    fn compared(&self, form: &Form, text: String) -> (Vec<String>, Vec<String>) {
        let catalog = &self.setup.catalog;
        let Purpose::Update { file, .. } = &form.purpose else {
            let text = with_schema_line(text, self.setup.schema.as_deref());
            let copied = match &form.purpose {
                Purpose::Copy { file, .. } => file.text().unwrap_or_default(),
                Purpose::Create | Purpose::Update { .. } => "",
            };
            let lines = changed_lines_beside("", &text, copied, catalog);
            return (Vec::new(), lines);
        };
        let before = file.text().unwrap_or_default();
        let now = self
            .inventory
            .iter()
            .flat_map(|inventory| &inventory.entries);
        let now = now
            .into_iter()
            .find(|entry| entry.file.file_name == file.file_name);
        let Some(entry) = now else {
            let note = "The file is gone: saving asks where to. The diff is with what it was.";
            return (vec![note.to_owned()], changed_lines(before, &text, catalog));
        };
        if entry.file.content == file.content {
            return (Vec::new(), changed_lines(before, &text, catalog));
        }
        let Some((theirs, definition)) = entry.file.text().zip(entry.definition(catalog)) else {
            let note = "The file was changed by another program, and can't be read now.";
            return (vec![note.to_owned()], Vec::new());
        };
        let merged = form.merged(&definition, catalog, &|_| Side::Theirs);
        let mut notes = vec!["The file was changed by another program: saving merges.".to_owned()];
        if !merged.disputed.is_empty() {
            notes.push(format!(
                "{} changed on both sides: saving asks whose is kept; here they are as on disk.",
                count(merged.disputed.len(), "field")
            ));
        }
        match merged.text(theirs) {
            Ok(text) => (notes, changed_lines(theirs, &text, catalog)),
            Err(reason) => {
                notes.push(format!("It can't be written: {reason}"));
                (notes, Vec::new())
            }
        }
    }
}
