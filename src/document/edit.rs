//! The lossless edit: a text with some entries changed, and every other byte as it was.
//!
//! Each edit is a splice on the tree's spans. The result is then parsed again and compared with
//! what was there before (`guard`): whatever differs beyond the intended value makes the edit a
//! [`Refusal`], and nothing is changed. So a bug here refuses; it does not destroy.
//!
//! What is decided here, beyond keeping bytes:
//! - An alias is replaced as a token: what it stood for stays as it is.
//! - What other places see through an alias or a merge key is not changed in passing: an edit of
//!   or inside of an anchored value that is in use is refused, and so is going through an alias.
//! - A key that comes in by `<<` gets an entry of its own when set, and can't be unset.
//! - The last entry of a mapping leaves `{}`, the last item of a sequence `[]`.
//! - An unset entry takes its lines and the comments at their ends along, and comments that
//!   are indented as its nested lines are; a comment above it stays.

mod guard;
mod insert;
mod layout;
mod locate;
mod put;
mod remove;
mod root;
mod shared;
mod smaller;

use std::collections::HashMap;

use super::scalar::BlockScalars;
use super::value::is_value;
use super::{Content, NodeId, Problem, Stream, parse};
use crate::connection::Location;
use crate::order;
use layout::Layout;
use locate::Target;

pub use super::value::NewValue;

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// To the value under that key.
    Key(String),
    /// To the item of that number, from 0.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<String> for Step {
    fn from(key: String) -> Self {
        Self::Key(key)
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// Where a new entry goes among those of its mapping. If the named entry is not there: the end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// Behind the last entry.
    #[default]
    End,
    /// Behind the entry with that key.
    After(String),
    /// Before the entry with that key, and before comments that stand directly above it.
    Before(String),
}

/// A change to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Gives an entry or item a value. What is missing on the way is made.
    Set {
        /// The way from the document's root.
        path: Vec<Step>,
        /// The new value.
        value: NewValue,
        /// Where it goes if it is new.
        place: Place,
    },
    /// Puts an item into a sequence, before the one at `path` or behind the last.
    Insert {
        /// The way from the document's root, with the new item's number at its end.
        path: Vec<Step>,
        /// The new item.
        value: NewValue,
    },
    /// Removes an entry or item; none there is no error.
    Unset {
        /// The way from the document's root.
        path: Vec<Step>,
    },
    /// Gives an entry another key, in its place.
    RenameKey {
        /// The way from the document's root.
        path: Vec<Step>,
        /// The new key.
        to: String,
    },
}

impl Edit {
    /// A value for the entry at `path`; a new entry goes behind the others.
    pub fn set<S: Into<Step>>(path: impl IntoIterator<Item = S>, value: NewValue) -> Self {
        Self::Set {
            path: path.into_iter().map(Into::into).collect(),
            value,
            place: Place::End,
        }
    }

    /// The entry at `path` goes.
    pub fn unset<S: Into<Step>>(path: impl IntoIterator<Item = S>) -> Self {
        Self::Unset {
            path: path.into_iter().map(Into::into).collect(),
        }
    }
}

/// Why an edit was not made. Nothing is changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For a person: lower case, no period, never a value's text.
    pub reason: String,
    /// The place in the text that stands in the way, if it is one.
    pub location: Option<Location>,
}

impl Refusal {
    /// A refusal without a place.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            location: None,
        }
    }

    fn at(stream: &Stream<'_>, id: NodeId, reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            location: Some(stream.location(id)),
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self {
            reason: format!("the text is not valid YAML: {}", problem.message),
            location: Some(problem.location),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.location {
            Some(location) => write!(out, "{} (line {})", self.reason, location.line),
            None => out.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Refusal {}

/// `text` with `edits` made one after the other. The text has at most one document; an empty one
/// and one of comments only can be set into.
///
/// # Errors
/// The first edit that can't be made without changing something else.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, Refusal> {
    let mut current = text.to_owned();
    for edit in edits {
        if let Some(next) = apply_one(&current, edit)? {
            current = next;
        }
    }
    Ok(current)
}

/// `text` with other texts in the place of some scalars, keys or values, in any of its documents.
/// Each is named by its node's span. Styles, anchors and tags stay where they can carry it.
///
/// What an alias elsewhere stands for may be replaced: it then stands for the new text.
///
/// # Errors
/// A span that is no scalar's, or a scalar that can't be replaced without changing something else.
pub fn replace_scalars(
    text: &str,
    replacements: &[(std::ops::Range<usize>, String)],
) -> Result<String, Refusal> {
    let stream = parse(text)?;
    let layout = Layout::new(&stream);
    let wanted: HashMap<_, _> = replacements
        .iter()
        .map(|(range, text)| ((range.start, range.end), text.as_str()))
        .collect();
    let replaced: HashMap<NodeId, &str> = stream
        .nodes()
        .filter(|(_, node)| matches!(node.content, Content::Scalar { .. }))
        .filter_map(|(id, node)| Some((id, *wanted.get(&(node.span.start, node.span.end))?)))
        .collect();
    if replaced.len() != wanted.len() {
        return Err(Refusal::new("there is no single value at that place"));
    }
    let mut refusal = None;
    for blocks in [BlockScalars::Allowed, BlockScalars::Never] {
        let layout = layout.with(blocks);
        let mut splices = Vec::new();
        for (id, text) in &replaced {
            splices.extend(put::scalar_splices(&layout, *id, text)?);
        }
        let Some(result) = spliced(text, splices) else {
            continue;
        };
        match guard::check_scalars(&stream, &result, &replaced) {
            Ok(()) => return Ok(result),
            Err(reason) => refusal = Some(reason),
        }
    }
    Err(refusal.unwrap_or_else(|| Refusal::new("the value's place in the text is not clear")))
}

/// What an edit comes to in a given text.
enum Plan {
    /// It is so already.
    Nothing,
    /// Smaller edits, so that what stays the same stays untouched.
    Edits(Vec<Edit>),
    /// One change.
    Change(Change),
}

/// One change at one place of a tree.
pub(crate) struct Change {
    target: Target,
    what: What,
}

/// What happens at the place.
pub(crate) enum What {
    /// It has this value.
    Put(NewValue),
    /// It goes.
    Remove,
    /// Its key is another.
    Rename(String),
}

/// A piece of text in place of a range of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Splice {
    range: std::ops::Range<usize>,
    text: String,
}

impl Splice {
    fn new(range: std::ops::Range<usize>, text: impl Into<String>) -> Self {
        Self {
            range,
            text: text.into(),
        }
    }
}

fn apply_one(text: &str, edit: &Edit) -> Result<Option<String>, Refusal> {
    let stream = parse(text)?;
    if let Some(second) = stream.documents.get(1) {
        return Err(Refusal::at(
            &stream,
            *second,
            "the file has several documents",
        ));
    }
    if let Some(key) = stream.duplicate_key() {
        let reason = format!(
            "the key `{}` stands twice",
            stream.scalar(key).unwrap_or_default()
        );
        return Err(Refusal::at(&stream, key, reason));
    }
    let layout = Layout::new(&stream);
    let change = match plan(&layout, edit)? {
        Plan::Nothing => return Ok(None),
        Plan::Edits(edits) => return apply(text, &edits).map(Some),
        Plan::Change(change) => change,
    };
    let mut refusal = None;
    for blocks in [BlockScalars::Allowed, BlockScalars::Never] {
        let splices = splices(&layout.with(blocks), &change)?;
        let Some(result) = spliced(text, splices) else {
            continue;
        };
        match guard::check(&stream, &result, &change) {
            Ok(()) => return Ok(Some(result)),
            Err(reason) => refusal = Some(reason),
        }
    }
    Err(refusal.unwrap_or_else(|| Refusal::new("the entry's place in the text is not clear")))
}

fn plan(layout: &Layout<'_, '_>, edit: &Edit) -> Result<Plan, Refusal> {
    match edit {
        Edit::Set { path, value, place } => locate::set(layout, path, value, place),
        Edit::Insert { path, value } => locate::insert(layout, path, value),
        Edit::Unset { path } => locate::unset(layout, path),
        Edit::RenameKey { path, to } => locate::rename(layout, path, to),
    }
}

fn splices(layout: &Layout<'_, '_>, change: &Change) -> Result<Vec<Splice>, Refusal> {
    match (&change.what, &change.target) {
        (What::Put(value), Target::EmptyText) => root::into_nothing(layout, value),
        (What::Put(value), Target::Root(_) | Target::Entry { .. } | Target::Item { .. }) => {
            put::splices(layout, &change.target, value)
        }
        (
            What::Put(value),
            Target::NewEntry {
                mapping,
                key,
                place,
            },
        ) => insert::entry(layout, *mapping, key, value, place),
        (What::Put(value), Target::NewItem { sequence, index }) => {
            insert::item(layout, *sequence, *index, value)
        }
        (What::Remove, Target::Entry { mapping, index }) => remove::child(layout, *mapping, *index),
        (What::Remove, Target::Item { sequence, index }) => {
            remove::child(layout, *sequence, *index)
        }
        (What::Rename(to), Target::Entry { mapping, index }) => {
            put::rename(layout, *mapping, *index, to)
        }
        (What::Remove | What::Rename(_), _) => Err(Refusal::new("there is no entry of that name")),
    }
}

/// The text after the splices, or `None` if they overlap. Only a deletion may reach into what
/// stands behind it: blanks that go with a tag go with the value too.
fn spliced(text: &str, mut splices: Vec<Splice>) -> Option<String> {
    order::sort_by_key(&mut splices, |splice| {
        (splice.range.start, splice.range.end)
    });
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    let mut is_deletion = false;
    for splice in &splices {
        let start = if is_deletion {
            splice.range.start.max(at)
        } else {
            splice.range.start
        };
        out.push_str(text.get(at..start)?);
        out.push_str(&splice.text);
        at = splice.range.end.max(at);
        is_deletion = splice.text.is_empty();
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests;
