//! Choices that open, and rows of maps and lists that come and go.

use super::field::{Content, Row};
use super::picker::{Item, Picker};
use super::{Form, Stop, Surroundings};
use crate::catalog::{Input, Requirement};

impl Form {
    pub(super) fn open_type(&mut self, around: Surroundings<'_>) {
        let mut items = Vec::new();
        for (group, kinds) in around.catalog.groups() {
            for kind in kinds {
                items.push(Item {
                    group: group.to_owned(),
                    label: kind.label.clone(),
                    detail: kind.help.clone(),
                    value: Some(kind.type_path.clone()),
                });
            }
        }
        self.picker = Some(Picker::new("Type", items, Some(&self.type_path)));
    }

    pub(super) fn open_choice(&mut self, place: usize) {
        let Some(field) = self.fields.get(place) else {
            return;
        };
        let (Input::Choice(choices), Content::Choice(current)) =
            (&field.spec.input, &field.content)
        else {
            return;
        };
        let item = |label: String, detail: &str, value: Option<String>| Item {
            group: String::new(),
            label,
            detail: detail.to_owned(),
            value,
        };
        let mut items: Vec<Item> = choices
            .iter()
            .map(|choice| item(choice.clone(), "", Some(choice.clone())))
            .collect();
        if let Some(current) = current
            .as_ref()
            .filter(|current| !choices.contains(current))
        {
            let detail = "as the file has it; not a known choice";
            let label = field.spec.mask(current).into_owned();
            items.insert(0, item(label, detail, Some(current.clone())));
        }
        if field.spec.requirement != Requirement::Required {
            let default = field
                .spec
                .default_text()
                .unwrap_or_else(|| "nothing".to_owned());
            items.push(item(
                "(leave out)".to_owned(),
                &format!("then: {default}"),
                None,
            ));
        }
        self.picker = Some(Picker::new(&field.spec.name, items, current.as_deref()));
    }

    pub(super) fn take_choice(&mut self, value: Option<String>, around: Surroundings<'_>) {
        match self.focus {
            Stop::Type => {
                self.set_type(&value.unwrap_or_default(), around.catalog);
                self.after_change(around);
                self.move_focus(1, around);
            }
            Stop::Field(place) => {
                if let Some(field) = self.fields.get_mut(place) {
                    field.content = Content::Choice(value);
                }
                self.after_change(around);
            }
            Stop::Name
            | Stop::Id
            | Stop::RowKey(..)
            | Stop::RowValue(..)
            | Stop::AddRow(_)
            | Stop::Advanced
            | Stop::Description
            | Stop::Tags
            | Stop::Submit
            | Stop::Cancel => {}
        }
    }

    pub(super) fn add_row(&mut self, place: usize) {
        let Some(field) = self.fields.get_mut(place) else {
            return;
        };
        let (Content::Map(rows) | Content::List(rows)) = &mut field.content else {
            return;
        };
        rows.push(Row::default());
        let row = rows.len() - 1;
        self.focus = match field.content {
            Content::Map(_) => Stop::RowKey(place, row),
            Content::Line(_)
            | Content::Switch(_)
            | Content::Choice(_)
            | Content::List(_)
            | Content::Fixed(_) => Stop::RowValue(place, row),
        };
    }

    pub(super) fn remove_row(&mut self, around: Surroundings<'_>) {
        let (Stop::RowKey(place, row) | Stop::RowValue(place, row)) = self.focus else {
            return;
        };
        let Some(field) = self.fields.get_mut(place) else {
            return;
        };
        if let Content::Map(rows) | Content::List(rows) = &mut field.content
            && row < rows.len()
        {
            rows.remove(row);
        }
        self.focus = Stop::AddRow(place);
        self.after_change(around);
    }
}
