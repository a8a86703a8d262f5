//! From what was typed to what is written: checks, edits, the new text.

use std::collections::HashSet;

use super::field::{Content, Field};
use super::{Form, Purpose, Stop, Surroundings, metadata};
use crate::catalog::Catalog;
use crate::connection::{ConnectionId, Location};
use crate::definition::Definition;
use crate::document::{self, Edit, Step, Value};

/// Why there is no text to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Something in the form is wrong; the focus is on the first.
    Problems(usize),
    /// Nothing was changed.
    Unchanged,
    /// The lossless edit can't do it; the reason.
    Edit(String),
}

/// A top-level entry as the form changes it.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) key: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

impl Form {
    /// What is wrong with id and type.
    pub(super) fn check_head(&self, taken: &HashSet<String>) -> Vec<(Stop, String)> {
        let mut problems = Vec::new();
        if self.type_path.is_empty() {
            problems.push((Stop::Type, "choose a type".to_owned()));
        }
        if self.purpose.is_new() {
            let id = self.id.text();
            if id.is_empty() && self.name.text().trim().is_empty() {
                problems.push((Stop::Name, "a name is needed".to_owned()));
            } else if let Err(reason) = ConnectionId::check_new(id) {
                problems.push((Stop::Id, reason.to_owned()));
            } else if taken.contains(&id.to_lowercase()) {
                problems.push((Stop::Id, format!("there is a connection `{id}` already")));
            }
        }
        problems
    }

    /// The text of the file as it will be, if nothing in the form is wrong.
    ///
    /// # Errors
    /// Says why nothing can be written; problems are shown at their fields.
    pub fn submit(&mut self, around: Surroundings<'_>) -> Result<String, Refused> {
        if let Some(problems) = self.problems(around) {
            return Err(Refused::Problems(problems));
        }
        match &self.purpose {
            Purpose::Create => {
                document::apply("", &self.edits()).map_err(|refusal| Refused::Edit(refusal.reason))
            }
            Purpose::Copy { file, .. } => document::apply(file.text().unwrap_or(""), &self.edits())
                .map_err(|refusal| Refused::Edit(refusal.reason)),
            Purpose::Update { file, .. } => {
                let text = file.text().unwrap_or("");
                let edits = self.edits();
                if edits.is_empty() {
                    return Err(Refused::Unchanged);
                }
                let new = document::apply(text, &edits)
                    .map_err(|refusal| Refused::Edit(refusal.reason))?;
                if new == text {
                    Err(Refused::Unchanged)
                } else {
                    Ok(new)
                }
            }
        }
    }

    /// What [`Form::submit`] would give, or why not, in words; the focus stays where it is.
    ///
    /// # Errors
    /// Says why nothing would be written: one reason each.
    pub fn preview(&mut self, around: Surroundings<'_>) -> Result<String, Vec<String>> {
        let focus = self.focus;
        let result = self.submit(around);
        self.focus = focus;
        self.keep_focus_visible(around.area);
        result.map_err(|refused| match refused {
            Refused::Problems(_) => self.told_problems(),
            Refused::Unchanged => vec!["Nothing was changed.".to_owned()],
            Refused::Edit(reason) => vec![reason],
        })
    }

    /// What is wrong, each with its place.
    fn told_problems(&self) -> Vec<String> {
        let head = self.head_problems.iter().map(|(stop, problem)| {
            let place = match stop {
                Stop::Type => "Type",
                Stop::Id => "Id",
                Stop::Name
                | Stop::Field(_)
                | Stop::RowKey(..)
                | Stop::RowValue(..)
                | Stop::AddRow(_)
                | Stop::Advanced
                | Stop::Description
                | Stop::Tags
                | Stop::Submit
                | Stop::Cancel => "Name",
            };
            format!("✗ {place}: {problem}")
        });
        let fields = self.fields.iter().filter_map(|field| {
            let problem = field.problem.as_ref()?;
            Some(format!("✗ {}: {problem}", field.spec.name))
        });
        head.chain(fields).collect()
    }

    /// How many places are wrong, if any; they are shown, and the first has the focus.
    pub fn problems(&mut self, around: Surroundings<'_>) -> Option<usize> {
        self.head_problems = self.check_head(around.taken);
        let shown: Vec<usize> = {
            let (plain, advanced) = self.shown_fields();
            plain.into_iter().chain(advanced).collect()
        };
        for place in shown {
            let field = &mut self.fields[place];
            // What the file has and nobody touched is for `check` to judge, not for the form.
            field.problem = if field.initial.is_some() && !field.is_changed() {
                None
            } else {
                field.check()
            };
        }
        let wrong: Vec<Stop> = self
            .stops()
            .into_iter()
            .filter(|stop| {
                self.head_problems.iter().any(|(other, _)| other == stop)
                    || stop
                        .field()
                        .is_some_and(|place| self.fields[place].problem.is_some())
            })
            .collect();
        let first = wrong.first()?;
        let mut places: Vec<_> = wrong
            .iter()
            .map(|stop| (stop.field(), stop.field().is_none().then_some(*stop)))
            .collect();
        places.dedup();
        self.focus = *first;
        self.keep_focus_visible(around.area);
        Some(places.len())
    }

    /// The whole text for a new file in place of the one that is gone: what it was, and the
    /// changes.
    ///
    /// # Errors
    /// As [`Form::submit`]; a form without changes gives the old text.
    pub fn submit_again(&mut self, around: Surroundings<'_>) -> Result<String, Refused> {
        match self.submit(around) {
            Err(Refused::Unchanged) => match &self.purpose {
                Purpose::Update { file, .. } => Ok(file.text().unwrap_or("").to_owned()),
                Purpose::Create | Purpose::Copy { .. } => Err(Refused::Unchanged),
            },
            other => other,
        }
    }

    /// Whether leaving the form would lose something.
    pub fn is_changed(&self) -> bool {
        match &self.purpose {
            Purpose::Update { .. } => !self.changes().is_empty(),
            Purpose::Copy { name, .. } => self.differs_from_copy(name),
            Purpose::Create => {
                let head = [&self.name, &self.description, &self.tags];
                head.iter().any(|line| !line.text().is_empty())
                    || (!self.id_is_proposed && !self.id.text().is_empty())
                    || self.fields.iter().any(Self::differs_from_proposal)
            }
        }
    }

    pub(super) fn differs_from_proposal(field: &Field) -> bool {
        let fresh = Field::of_spec(&field.spec, None, true);
        field.value() != fresh.value()
    }

    /// Whether a new file of this form would say what `text` says.
    pub fn says(&self, text: &str, catalog: &Catalog) -> bool {
        let own = document::apply("", &self.edits()).unwrap_or_default();
        let read = |text: &str| {
            let mut definition = Definition::read(text, catalog).ok()?;
            // Where things stand is of no account.
            definition.type_location = None;
            for field in &mut definition.fields {
                field.location = Location::of_offset("", 0);
            }
            Some(definition)
        };
        read(text).is_some_and(|there| Some(there) == read(&own))
    }

    /// The changes that make the file what the form shows.
    fn edits(&self) -> Vec<Edit> {
        let mut edits = Vec::new();
        let definition = self.purpose.definition();
        for change in self.changes() {
            if let (Some(definition), None, Some(value)) =
                (definition, &change.before, &change.after)
                && self.is_metadata(&change.key)
            {
                edits.push(Edit::Set {
                    place: definition.place_of(&change.key),
                    path: vec![Step::Key(change.key)],
                    value: value.clone(),
                });
                continue;
            }
            push_edits(
                &mut edits,
                vec![Step::Key(change.key)],
                change.before,
                change.after,
            );
        }
        edits
    }

    /// What is different from the file, entry by entry, in the order of a new file.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut add = |key: &str, before: Option<Value>, after: Option<Value>| {
            if before != after {
                changes.push(Change {
                    key: key.to_owned(),
                    before,
                    after,
                });
            }
        };
        let before = self.purpose.definition();
        let old = |key: &str| before.and_then(|old| metadata::in_file(old, key));
        if self.is_metadata("name") {
            let old_name = before.and_then(|old| old.name.as_deref());
            // A new connection named like its id needs no name of its own.
            let name = metadata::typed(self.name.text(), old_name)
                .filter(|_| before.is_some() || self.name.text().trim() != self.id.text());
            add("name", old("name"), name);
        }
        if self.is_metadata("description") {
            let old_text = before.and_then(|old| old.description.as_deref());
            let text = metadata::typed(self.description.text(), old_text);
            add("description", old("description"), text);
        }
        if self.is_metadata("tags") {
            let old_tags = before.map_or(&[][..], |old| &old.tags);
            let tags = metadata::typed_tags(self.tags.text(), old_tags);
            add("tags", old("tags"), tags);
        }
        add(
            "type",
            before
                .and_then(|old| old.type_path.clone())
                .map(Value::Text),
            Some(Value::Text(self.type_path.clone())),
        );
        for (place, field) in self.fields.iter().enumerate() {
            // A field that does not apply is not written into a new file.
            if before.is_some() || self.applies(place) {
                let own_id = self.own_id(field);
                add(
                    &field.spec.name,
                    field.initial.clone(),
                    own_id.or_else(|| field.value()),
                );
            }
        }
        changes
    }
}

/// The smallest edits that turn one value into the other: within maps and lists, entry by entry.
pub(super) fn push_edits(
    edits: &mut Vec<Edit>,
    path: Vec<Step>,
    before: Option<Value>,
    after: Option<Value>,
) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(_), None) => edits.push(Edit::unset(path)),
        (Some(Value::Map(old)), Some(Value::Map(new))) if !old.is_empty() && !new.is_empty() => {
            let value = |entries: &[(String, Value)], key: &str| {
                entries
                    .iter()
                    .find(|(other, _)| other == key)
                    .map(|(_, value)| value.clone())
            };
            let at = |key: &str| {
                let mut path = path.clone();
                path.push(Step::Key(key.to_owned()));
                path
            };
            // First what is new: a map must not be empty in between.
            for (key, after) in &new {
                push_edits(edits, at(key), value(&old, key), Some(after.clone()));
            }
            for (key, _) in old.iter().filter(|(key, _)| value(&new, key).is_none()) {
                edits.push(Edit::unset(at(key)));
            }
        }
        (Some(Value::List(old)), Some(Value::List(new))) if old.len() == new.len() => {
            for (index, (before, after)) in old.into_iter().zip(new).enumerate() {
                let mut path = path.clone();
                path.push(Step::Index(index));
                push_edits(edits, path, Some(before), Some(after));
            }
        }
        (_, Some(after)) => edits.push(Edit::set(path, after)),
        (None, None) => {}
    }
}

impl Content {
    /// Whether a mask hides what is typed here, so that the way to show it is worth a hint.
    pub fn is_line(&self) -> bool {
        matches!(self, Self::Line(_))
    }
}
