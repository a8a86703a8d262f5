//! The form of a connection: add and edit in the same panel.
//!
//! It keeps what the person typed and what the file had; what is to be written is computed from
//! both (`Form::edits`), so that an untouched field is never written.

mod choosing;
mod copied;
pub mod drafting;
pub mod entry;
pub mod field;
mod filling;
pub mod masking;
mod metadata;
mod outside;
mod pasted;
pub mod picker;
mod rebase;
mod stops;
mod submit;
mod typing;
mod view;

use std::collections::HashSet;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::keymap::{self, FormAction};
use super::line::Line;
use crate::catalog::{Catalog, KindSpec};
use crate::connection::{ConnectionId, Secret};
use crate::definition::Definition;
use crate::document::Value;
use crate::store::StoreFile;
use entry::Mode;
use field::{Content, Field, Row};
pub use filling::Filling;
use picker::{Picked, Picker};
pub use rebase::{Disputed, Merged, Why};
pub use stops::Stop;
pub use submit::Refused;

/// The form with its state.
#[derive(Debug, Clone)]
pub struct Form {
    /// What saving does.
    pub purpose: Purpose,
    /// The descriptive name.
    pub name: Line,
    /// The id; only a new connection's can be typed here.
    pub id: Line,
    /// Whether the id still follows the name.
    pub id_is_proposed: bool,
    /// The type's dotted path; empty if none is chosen yet.
    pub type_path: String,
    /// What is known of the type.
    pub kind: Option<KindSpec>,
    /// The type's fields, then what else is in the file.
    pub fields: Vec<Field>,
    /// The description.
    pub description: Line,
    /// The tags, separated by commas.
    pub tags: Line,
    /// Whether the fields that few people touch are shown.
    pub advanced_open: bool,
    /// Where the keys go.
    pub focus: Stop,
    /// The first line of the form that is shown.
    pub scroll: usize,
    /// The choice that is open.
    pub picker: Option<Picker>,
    /// What is wrong with name, id or type.
    pub head_problems: Vec<(Stop, String)>,
    /// A line above the form: the file has changed on disk, and so on.
    pub banner: Option<String>,
    /// A line above the form that stays: what of a draft could not be put back.
    pub notice: Option<String>,
    /// Whether a save is under way: keys wait for its answer.
    pub saving: bool,
}

/// What a form is for.
#[derive(Debug, Clone)]
pub enum Purpose {
    /// A new connection.
    Create,
    /// A new connection with the text of this file, and what is changed here.
    Copy {
        /// The file as it was read.
        file: Box<StoreFile>,
        /// What it says.
        definition: Box<Definition>,
        /// The name that was proposed.
        name: String,
    },
    /// A change of this file, which said this when the form was opened.
    Update {
        /// The file as it was read.
        file: Box<StoreFile>,
        /// What it says.
        definition: Box<Definition>,
    },
}

impl Purpose {
    /// Whether saving makes a new connection.
    pub fn is_new(&self) -> bool {
        match self {
            Self::Create | Self::Copy { .. } => true,
            Self::Update { .. } => false,
        }
    }

    /// What the file said that the form was opened on.
    fn definition(&self) -> Option<&Definition> {
        match self {
            Self::Create => None,
            Self::Copy { definition, .. } | Self::Update { definition, .. } => Some(definition),
        }
    }
}

/// What the form needs to know of the world.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The types.
    pub catalog: &'a Catalog,
    /// The ids that are taken, in lower case.
    pub taken: &'a HashSet<String>,
    /// The form's area without its frame.
    pub area: Rect,
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The form goes on.
    Stay,
    /// Create or update.
    Save,
    /// The person wants out.
    Back,
    /// The person looks for an action by name.
    Actions,
    /// The person wants to see what would be written.
    Diff,
    /// The text under the focus shall be changed in `$EDITOR`.
    EditValue,
    /// A secret was revealed: it hides by itself after a while.
    Revealed,
    /// Text of several lines was pasted into a one-line field: the person has to say.
    ManyLines(Secret),
    /// The pasted text says more than the place under the focus: the person has to say.
    Fill(Filling),
}

impl Form {
    /// An empty form for a new connection.
    pub fn create() -> Self {
        Self {
            purpose: Purpose::Create,
            name: Line::default(),
            id: Line::default(),
            id_is_proposed: true,
            type_path: String::new(),
            kind: None,
            fields: Vec::new(),
            description: Line::default(),
            tags: Line::default(),
            advanced_open: false,
            focus: Stop::Name,
            scroll: 0,
            picker: None,
            head_problems: Vec::new(),
            banner: None,
            notice: None,
            saving: false,
        }
    }

    /// The form of an existing connection.
    pub fn update(file: StoreFile, definition: Definition, catalog: &Catalog) -> Self {
        let mut form = Self::create();
        let shown = |text: Option<&String>| text.map(|text| metadata::shown(text));
        form.name = Line::new(shown(definition.name.as_ref()).unwrap_or_default());
        form.id = Line::new(file.id.as_str());
        form.id_is_proposed = false;
        form.description = Line::new(shown(definition.description.as_ref()).unwrap_or_default());
        form.tags = Line::new(metadata::shown_tags(&definition.tags));
        let type_path = definition.type_path.clone().unwrap_or_default();
        form.purpose = Purpose::Update {
            file: Box::new(file),
            definition: Box::new(definition),
        };
        form.set_type(&type_path, catalog);
        form
    }

    /// Chooses a type: its fields appear, and what was typed into fields of the same name stays.
    pub fn set_type(&mut self, type_path: &str, catalog: &Catalog) {
        type_path.clone_into(&mut self.type_path);
        self.kind = catalog.get(type_path).cloned();
        let new = matches!(self.purpose, Purpose::Create);
        let mut before = std::mem::take(&mut self.fields);
        let initial = |name: &str| {
            let field = self.purpose.definition()?.field(name)?;
            Some((field.value.clone(), field.location))
        };
        let mut fields = Vec::new();
        for spec in self.kind.iter().flat_map(|kind| &kind.fields) {
            let mut field = Field::of_spec(spec, initial(&spec.name), new);
            let place = before.iter().position(|old| {
                old.spec.name == spec.name && old.spec.input == spec.input && old.is_typed()
            });
            if let Some(place) = place {
                field.content = before.swap_remove(place).content;
            }
            fields.push(field);
        }
        if let Some(definition) = self.purpose.definition() {
            for entry in &definition.fields {
                if !fields.iter().any(|field| field.spec.name == entry.name) {
                    let initial = Some((entry.value.clone(), entry.location));
                    fields.push(Field::unknown(&entry.name, initial));
                }
            }
        }
        for field in &mut fields {
            field.remember_secrets();
        }
        self.fields = fields;
        self.head_problems.retain(|(stop, _)| *stop != Stop::Type);
    }

    /// Puts the focus on the field of that name.
    pub fn focus_field(&mut self, name: &str) {
        if let Some(place) = self.fields.iter().position(|field| field.spec.name == name) {
            if self.fields[place].spec.advanced {
                self.advanced_open = true;
            }
            let stop = self
                .stops()
                .into_iter()
                .find(|stop| stop.field() == Some(place));
            self.focus = stop.unwrap_or(self.focus);
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent, around: Surroundings<'_>) -> Outcome {
        let outcome = self.key_without_scroll(key, around);
        self.keep_focus_visible(around.area);
        outcome
    }

    fn key_without_scroll(&mut self, key: KeyEvent, around: Surroundings<'_>) -> Outcome {
        if let Some(picker) = &mut self.picker {
            let rows = usize::from(around.area.height.saturating_sub(4));
            match picker.key(key, rows) {
                Picked::Open => {}
                Picked::Nothing => self.picker = None,
                Picked::Value(value) => {
                    self.picker = None;
                    self.take_choice(value, around);
                }
            }
            return Outcome::Stay;
        }
        if self.key_in_lines(key, around) {
            return Outcome::Stay;
        }
        let action = keymap::find(keymap::FORM, key);
        match action {
            Some(FormAction::Next) => self.move_focus(1, around),
            Some(FormAction::Previous) => self.move_focus(-1, around),
            Some(FormAction::Activate) => return self.activate(around),
            Some(FormAction::Save) => return Outcome::Save,
            Some(FormAction::Back) => return Outcome::Back,
            Some(FormAction::Actions) => return Outcome::Actions,
            Some(FormAction::Reveal) => return self.reveal(),
            Some(FormAction::Diff) => return Outcome::Diff,
            Some(FormAction::EditValue) => return Outcome::EditValue,
            Some(FormAction::Mode) => self.switch_mode(),
            Some(FormAction::RemoveRow) => self.remove_row(around),
            None => self.type_key(key, around),
        }
        Outcome::Stay
    }

    /// The one-line text under the focus, other than a field's own.
    fn focused_line(&mut self) -> Option<&mut Line> {
        match self.focus {
            Stop::Name => Some(&mut self.name),
            Stop::Id => Some(&mut self.id),
            Stop::Description => Some(&mut self.description),
            Stop::Tags => Some(&mut self.tags),
            Stop::RowKey(field, row) => self.row(field, row).map(|row| &mut row.key),
            Stop::Type
            | Stop::Field(_)
            | Stop::RowValue(..)
            | Stop::AddRow(_)
            | Stop::Advanced
            | Stop::Submit
            | Stop::Cancel => None,
        }
    }

    fn row(&mut self, field: usize, row: usize) -> Option<&mut Row> {
        match &mut self.fields.get_mut(field)?.content {
            Content::Map(rows) | Content::List(rows) => rows.get_mut(row),
            Content::Line(_) | Content::Switch(_) | Content::Choice(_) | Content::Fixed(_) => None,
        }
    }

    fn activate(&mut self, around: Surroundings<'_>) -> Outcome {
        match self.focus {
            Stop::Type => self.open_type(around),
            Stop::Advanced => self.advanced_open = !self.advanced_open,
            Stop::Submit => return Outcome::Save,
            Stop::Cancel => return Outcome::Back,
            Stop::AddRow(place) => self.add_row(place),
            Stop::Field(place) => {
                match self.fields.get_mut(place).map(|field| &mut field.content) {
                    Some(Content::Choice(_)) => self.open_choice(place),
                    Some(Content::Switch(flag)) => {
                        *flag = Some(!flag.unwrap_or_default());
                        self.after_change(around);
                    }
                    Some(
                        Content::Line(_) | Content::Map(_) | Content::List(_) | Content::Fixed(_),
                    )
                    | None => self.move_focus(1, around),
                }
            }
            Stop::Name
            | Stop::Id
            | Stop::Description
            | Stop::Tags
            | Stop::RowKey(..)
            | Stop::RowValue(..) => self.move_focus(1, around),
        }
        Outcome::Stay
    }

    fn reveal(&mut self) -> Outcome {
        let Some(place) = self.focus.field() else {
            return Outcome::Stay;
        };
        let Some(field) = self.fields.get_mut(place) else {
            return Outcome::Stay;
        };
        field.revealed = !field.revealed;
        if field.revealed {
            Outcome::Revealed
        } else {
            Outcome::Stay
        }
    }

    /// Hides what was revealed.
    pub fn hide_secrets(&mut self) {
        for field in &mut self.fields {
            field.revealed = false;
        }
    }

    /// Whether an action has a meaning where the focus is, so that the footer shows it.
    pub fn offers(&self, action: FormAction) -> bool {
        let entry = self.focused_entry();
        match action {
            FormAction::Mode => entry.is_some(),
            FormAction::EditValue => self.text_for_editor().is_some(),
            FormAction::Reveal => self.focus.field().is_some_and(|place| {
                entry.is_some_and(|entry| match self.focus {
                    Stop::RowValue(_, row) => self.fields[place].row_is_secret(row),
                    Stop::Name
                    | Stop::Type
                    | Stop::Id
                    | Stop::Field(_)
                    | Stop::RowKey(..)
                    | Stop::AddRow(_)
                    | Stop::Advanced
                    | Stop::Description
                    | Stop::Tags
                    | Stop::Submit
                    | Stop::Cancel => {
                        self.fields[place].visibility(entry) == masking::Visibility::Secret
                    }
                })
            }),
            FormAction::RemoveRow => matches!(self.focus, Stop::RowKey(..) | Stop::RowValue(..)),
            FormAction::Save
            | FormAction::Activate
            | FormAction::Next
            | FormAction::Previous
            | FormAction::Actions
            | FormAction::Diff
            | FormAction::Back => true,
        }
    }

    /// The text with a mode under the focus.
    fn focused_entry(&self) -> Option<&entry::Entry> {
        let field = self.fields.get(self.focus.field()?)?;
        match (self.focus, &field.content) {
            (Stop::Field(_), Content::Line(entry)) => Some(entry),
            (Stop::RowValue(_, row), Content::Map(rows) | Content::List(rows)) => {
                rows.get(row).map(|row| &row.value)
            }
            _ => None,
        }
    }

    fn switch_mode(&mut self) {
        match self.focus {
            Stop::RowValue(field, row) => {
                if let Some(row) = self.row(field, row) {
                    row.value.switch_mode();
                }
            }
            Stop::Field(place) => {
                if let Some(Field {
                    content: Content::Line(entry),
                    ..
                }) = self.fields.get_mut(place)
                {
                    entry.switch_mode();
                }
            }
            Stop::Name
            | Stop::Type
            | Stop::Id
            | Stop::RowKey(..)
            | Stop::AddRow(_)
            | Stop::Advanced
            | Stop::Description
            | Stop::Tags
            | Stop::Submit
            | Stop::Cancel => {}
        }
    }

    /// Whether a key is one of Conndeck's own three, and none of the type's.
    fn is_metadata(&self, key: &str) -> bool {
        let is_ours = |kind: &KindSpec| kind.is_metadata(key);
        self.kind.as_ref().is_none_or(is_ours)
    }

    /// The id that the connection has or will have.
    pub fn connection_id(&self) -> ConnectionId {
        ConnectionId::new(self.id.text())
    }

    /// The value of a field as text, for conditions on other fields. An expression is nobody's
    /// to know here.
    fn plain_value(&self, name: &str) -> Option<String> {
        let field = self.fields.iter().find(|field| field.spec.name == name)?;
        match field.value()? {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null | Value::Map(_) | Value::List(_) => None,
        }
    }

    /// Whether the field has a meaning with what is chosen elsewhere. What the file has is shown
    /// in any case.
    pub fn applies(&self, place: usize) -> bool {
        let Some(field) = self.fields.get(place) else {
            return false;
        };
        let Some((condition, kind)) = field.spec.applies.as_ref().zip(self.kind.as_ref()) else {
            return true;
        };
        field.initial.is_some() || kind.holds(condition, |name| self.plain_value(name))
    }
}

impl Field {
    /// Whether the person has put something here.
    fn is_typed(&self) -> bool {
        match &self.content {
            Content::Line(entry) => entry.mode == Mode::Text && !entry.line.text().is_empty(),
            Content::Switch(flag) => flag.is_some(),
            Content::Choice(choice) => choice.is_some(),
            Content::Map(rows) | Content::List(rows) => !rows.is_empty(),
            Content::Fixed(_) => false,
        }
    }
}
