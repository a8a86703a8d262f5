//! What the form and the file come to where the file has changed since the form was opened: what
//! one side alone changed merges, what both changed is somebody's to decide.

use super::field::{Content, Field};
use super::submit::{Change, push_edits};
use super::{Form, Purpose, Stop, metadata};
use crate::catalog::{Catalog, FieldSpec};
use crate::connection::Secret;
use crate::definition::Definition;
use crate::document::{self, Edit, Step, Value};
use crate::field_value;
use crate::merge::{Conflict, Side, merge};
use crate::store::StoreFile;

/// What form and file come to.
#[derive(Debug, Clone)]
pub struct Merged {
    /// What somebody has to decide.
    pub disputed: Vec<Disputed>,
    /// The entries that the form changed.
    entries: Vec<Entry>,
}

/// Something that somebody has to decide.
#[derive(Debug, Clone)]
pub struct Disputed {
    /// Its three values.
    pub conflict: Conflict,
    /// What makes it one.
    pub why: Why,
}

/// What makes something disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Both sides changed it, differently.
    BothChanged,
    /// It was changed here, and the type that the file has now does not have it.
    NotInTheirType,
}

/// A top-level entry that the form changed.
#[derive(Debug, Clone)]
struct Entry {
    change: Change,
    theirs: Option<Value>,
    merged: Option<Value>,
}

impl Form {
    /// What the form's changes come to on a file that says `theirs` now. `side` decides about what
    /// is disputed, by its path.
    pub fn merged(
        &self,
        theirs: &Definition,
        catalog: &Catalog,
        side: &dyn Fn(&[String]) -> Side,
    ) -> Merged {
        let changes = self.changes();
        let mut disputed = Vec::new();
        let mut entries = Vec::new();
        for change in changes {
            let path = vec![change.key.clone()];
            let now = entry(theirs, &change.key);
            let before = disputed.len();
            let mut decide = |conflict: &Conflict| {
                disputed.push(Disputed {
                    conflict: conflict.clone(),
                    why: Why::BothChanged,
                });
                side(&conflict.path)
            };
            let sides = (change.before.as_ref(), change.after.as_ref(), now.as_ref());
            let mut merged = merge(&path, sides.0, sides.1, sides.2, &mut decide);
            if disputed.len() == before
                && merged != now
                && self.is_left_behind(&change.key, theirs, catalog)
            {
                disputed.push(Disputed {
                    conflict: Conflict {
                        path: path.clone(),
                        base: change.before.clone(),
                        mine: change.after.clone(),
                        theirs: now.clone(),
                    },
                    why: Why::NotInTheirType,
                });
                if side(&path) == Side::Theirs {
                    merged.clone_from(&now);
                }
            }
            entries.push(Entry {
                change,
                theirs: now,
                merged,
            });
        }
        Merged { disputed, entries }
    }

    /// Whether a field is one of the form's type, and none of the type that the file has got
    /// meanwhile.
    fn is_left_behind(&self, key: &str, theirs: &Definition, catalog: &Catalog) -> bool {
        let (Purpose::Update { definition, .. }, Some(path)) = (&self.purpose, &theirs.type_path)
        else {
            return false;
        };
        let is_ours = |kind: &&crate::catalog::KindSpec| kind.field(key).is_some();
        theirs.type_path != definition.type_path
            && definition.type_path.as_deref() == Some(self.type_path.as_str())
            && self.kind.as_ref().is_some_and(|kind| is_ours(&kind))
            && catalog
                .get(path)
                .is_some_and(|kind| !is_ours(&kind) && !kind.is_metadata(key))
    }

    /// Takes over what the file says now: untouched fields get its values, changed ones stay, and
    /// maps and lists have the changes of both. Whether that could be done: it can't where
    /// somebody has to decide, and the form is as it was then.
    pub fn rebase(&mut self, file: StoreFile, theirs: Definition, catalog: &Catalog) -> bool {
        let merged = self.merged(&theirs, catalog, &|_| Side::Theirs);
        if !merged.disputed.is_empty() {
            return false;
        }
        let mut next = Self::update(file, theirs, catalog);
        if merged
            .entries
            .iter()
            .any(|entry| entry.change.key == "type")
        {
            next.set_type(&self.type_path, catalog);
        }
        for entry in &merged.entries {
            self.carry_over(entry, &mut next);
        }
        for field in &mut next.fields {
            field.remember_secrets();
        }
        next.focus = self.focus;
        next.scroll = self.scroll;
        next.advanced_open = self.advanced_open;
        next.notice.clone_from(&self.notice);
        if !next.stops().contains(&next.focus) {
            next.focus = Stop::Name;
        }
        *self = next;
        true
    }

    /// What was typed goes on as it was typed; what is merged of both comes as a value.
    fn carry_over(&self, entry: &Entry, next: &mut Self) {
        let is_mine = entry.merged == entry.change.after;
        match entry.change.key.as_str() {
            "name" if self.is_metadata("name") => next.name = self.name.clone(),
            "description" if self.is_metadata("description") => {
                next.description = self.description.clone();
            }
            "tags" if self.is_metadata("tags") => match &entry.merged {
                Some(Value::List(tags)) if !is_mine => {
                    let tags: Vec<String> = tags.iter().map(field_value::line).collect();
                    next.tags.set(metadata::shown_tags(&tags));
                }
                Some(_) | None => next.tags = self.tags.clone(),
            },
            "type" => {}
            name => {
                let Some(mine) = self.fields.iter().find(|field| field.spec.name == name) else {
                    return;
                };
                let content = match &entry.merged {
                    Some(value) if !is_mine => Content::of_value(&mine.spec.input, value),
                    Some(_) | None => mine.content.clone(),
                };
                match next.fields.iter_mut().find(|field| field.spec.name == name) {
                    Some(field) => field.content = content,
                    None => next.fields.push(Field {
                        initial: None,
                        location: None,
                        content,
                        ..mine.clone()
                    }),
                }
            }
        }
    }

    /// The value of something disputed as it may be shown, secrets masked; `None` if it is not
    /// there.
    pub fn shown_value(
        &self,
        path: &[String],
        value: Option<&Value>,
        theirs: &Definition,
        catalog: &Catalog,
    ) -> Option<String> {
        let (first, rest) = path.split_first()?;
        let kinds = [
            self.kind.as_ref(),
            theirs
                .type_path
                .as_deref()
                .and_then(|path| catalog.get(path)),
        ];
        let specs: Vec<&FieldSpec> = kinds
            .iter()
            .flatten()
            .filter_map(|kind| kind.field(first))
            .collect();
        // Secret to one of both types is secret.
        let spec = specs.iter().find(|spec| spec.secret).or(specs.first());
        // Within its field, where names and neighbours tell what is secret.
        let mut whole = value?.clone();
        for key in rest.iter().rev() {
            whole = Value::Map(vec![(key.clone(), whole)]);
        }
        let mut shown = field_value::masked(spec.copied(), first, &whole, &[]);
        for _ in rest {
            if let Value::Map(entries) = shown {
                shown = entries.into_iter().next()?.1;
            }
        }
        Some(field_value::line(&shown))
    }
}

impl Merged {
    /// The text to be written in place of what is on disk.
    ///
    /// # Errors
    /// Why the lossless edit can't do it.
    pub fn text(&self, theirs: &str) -> Result<String, String> {
        let mut edits: Vec<Edit> = Vec::new();
        for Entry {
            change,
            theirs,
            merged,
        } in &self.entries
        {
            if holds_mask(merged.as_ref()) && !holds_mask(theirs.as_ref()) {
                let key = &change.key;
                return Err(format!(
                    "a secret in `{key}` was not kept, its mask is no value"
                ));
            }
            let path = vec![Step::Key(change.key.clone())];
            push_edits(&mut edits, path, theirs.clone(), merged.clone());
        }
        document::apply(theirs, &edits).map_err(|refusal| refusal.reason)
    }
}

/// Whether the mask of a secret stands in its place: in a draft whose secrets were not kept.
fn holds_mask(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Text(text)) => text.contains(Secret::MASK),
        Some(Value::Map(entries)) => entries.iter().any(|(_, value)| holds_mask(Some(value))),
        Some(Value::List(items)) => items.iter().any(|item| holds_mask(Some(item))),
        Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => false,
    }
}

/// What a definition has under a key, as [`Form::changes`] compares it.
fn entry(definition: &Definition, key: &str) -> Option<Value> {
    if let Some(field) = definition.field(key) {
        return Some(field.value.clone());
    }
    match key {
        "type" => definition.type_path.clone().map(Value::Text),
        _ => metadata::in_file(definition, key),
    }
}
