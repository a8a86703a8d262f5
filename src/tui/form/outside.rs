//! The text under the focus, as it goes into `$EDITOR` and comes back.

use super::field::Content;
use super::{Form, Stop, Surroundings};
use crate::connection::Secret;

impl Form {
    /// The text under the focus with the name of its place, if it is one that an editor can change.
    pub fn text_for_editor(&self) -> Option<(String, Secret)> {
        let (name, text) = match self.focus {
            Stop::Name => ("name", self.name.text()),
            Stop::Description => ("description", self.description.text()),
            Stop::Field(_) | Stop::RowValue(..) => {
                let field = self.fields.get(self.focus.field()?)?;
                let entry = self.focused_entry()?;
                (field.spec.name.as_str(), entry.line.text())
            }
            Stop::Type
            | Stop::Id
            | Stop::RowKey(..)
            | Stop::AddRow(_)
            | Stop::Advanced
            | Stop::Tags
            | Stop::Submit
            | Stop::Cancel => return None,
        };
        Some((name.to_owned(), Secret::new(text)))
    }

    /// Takes what the editor has saved, byte for byte but for the line break at the end that
    /// editors add; whether that changes anything.
    pub fn take_from_editor(&mut self, saved: &Secret, around: Surroundings<'_>) -> bool {
        let Some((_, before)) = self.text_for_editor() else {
            return false;
        };
        let saved = saved.expose();
        let text = match saved.strip_suffix('\n') {
            Some(text) if !before.expose().ends_with('\n') => text,
            Some(_) | None => saved,
        };
        if text == before.expose() {
            return false;
        }
        match self.focus {
            Stop::RowValue(field, row) => {
                if let Some(row) = self.row(field, row) {
                    row.value.replace(text);
                }
            }
            Stop::Field(place) => {
                if let Some(Content::Line(entry)) =
                    self.fields.get_mut(place).map(|field| &mut field.content)
                {
                    entry.replace(text);
                }
            }
            Stop::Name
            | Stop::Description
            | Stop::Type
            | Stop::Id
            | Stop::RowKey(..)
            | Stop::AddRow(_)
            | Stop::Advanced
            | Stop::Tags
            | Stop::Submit
            | Stop::Cancel => {
                if let Some(line) = self.focused_line() {
                    line.set(text);
                }
            }
        }
        self.after_change(around);
        self.keep_focus_visible(around.area);
        true
    }
}
