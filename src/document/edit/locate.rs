//! From a path to the one place of the tree that changes, or the reason why it must not.

use std::fmt::Write as _;

use super::super::{Content, EffectiveEntry, ScalarType};
use super::guard::has_local_tag;
use super::layout::{Layout, children};
use super::shared::{merged, merged_key, refuse_in_use, refuse_shared};
use super::smaller;
use super::{Change, NewValue, NodeId, Place, Plan, Refusal, Step, What, is_value};

/// The place of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A text without a document.
    EmptyText,
    /// The root node of the document.
    Root(NodeId),
    /// The value of an entry, or the entry as a whole.
    Entry { mapping: NodeId, index: usize },
    /// An entry that is not there yet.
    NewEntry {
        mapping: NodeId,
        key: String,
        place: Place,
    },
    /// An item of a sequence.
    Item { sequence: NodeId, index: usize },
    /// An item that is not there yet, with the number that it will have.
    NewItem { sequence: NodeId, index: usize },
}

/// How far a path goes in the text.
enum Found {
    /// All the way.
    Whole(Target, NodeId),
    /// To an entry or item that could be made, with that many steps taken before it.
    New(Target, usize),
    /// To a null, which could become a collection, with that many steps taken.
    Null(Target, usize),
    /// To an entry that only `<<` brings in.
    Merged(EffectiveEntry, Target, usize),
}

pub(super) fn set(
    layout: &Layout<'_, '_>,
    path: &[Step],
    value: &NewValue,
    place: &Place,
) -> Result<Plan, Refusal> {
    let Some(&root) = layout.stream.documents.first() else {
        let value = nest(path, value)?;
        return match &value {
            NewValue::Map(entries) if !entries.is_empty() => Ok(put(Target::EmptyText, value)),
            NewValue::List(_)
            | NewValue::Map(_)
            | NewValue::Null
            | NewValue::Bool(_)
            | NewValue::Number(_)
            | NewValue::Text(_) => Err(Refusal::new("an empty file can only get entries")),
        };
    };
    let (target, id) = match find(layout, root, path, place)? {
        Found::Whole(target, id) => (target, id),
        Found::New(target, taken) => {
            return Ok(new_child(layout, target, nest(&path[taken + 1..], value)?));
        }
        Found::Null(target, taken) => {
            let value = nest(&path[taken..], value)?;
            refuse_in_use(layout, target_node(layout, &target), path)?;
            return Ok(put(target, value));
        }
        Found::Merged(merged, target, taken) if taken + 1 == path.len() => {
            if is_value(layout.stream, merged.value, value) {
                return Ok(Plan::Nothing);
            }
            return Ok(new_child(layout, target, value.clone()));
        }
        Found::Merged(merged, _, taken) => {
            return Err(Refusal::at(
                layout.stream,
                merged.merged_by.unwrap_or(merged.value),
                format!("`{}` comes in by `<<`", name(&path[..=taken])),
            ));
        }
    };
    let keeps_tag = has_local_tag(layout.stream.node(id));
    if is_value(layout.stream, id, value) || (keeps_tag && is_text(layout, id, value)) {
        return Ok(Plan::Nothing);
    }
    if let Some(edits) = smaller::edits(layout, id, path, value) {
        return Ok(Plan::Edits(edits));
    }
    refuse_in_use(layout, id, path)?;
    if keeps_tag && !matches!(value, NewValue::Text(_)) {
        return Err(Refusal::at(
            layout.stream,
            id,
            format!("`{}` has a tag of its own", name(path)),
        ));
    }
    Ok(put(target, value.clone()))
}

pub(super) fn unset(layout: &Layout<'_, '_>, path: &[Step]) -> Result<Plan, Refusal> {
    let Some(&root) = layout.stream.documents.first() else {
        return Ok(Plan::Nothing);
    };
    let (target, id) = match find(layout, root, path, &Place::End)? {
        Found::Whole(target, id) => (target, id),
        Found::New(..) | Found::Null(..) => return Ok(Plan::Nothing),
        Found::Merged(merged, _, taken) => {
            return Err(Refusal::at(
                layout.stream,
                merged.merged_by.unwrap_or(merged.value),
                format!("`{}` comes in by `<<`", name(&path[..=taken])),
            ));
        }
    };
    refuse_in_use(layout, id, path)?;
    let (container, count) = match &target {
        Target::Entry { mapping, index } => {
            let entries = layout.stream.entries(*mapping);
            refuse_in_use(layout, entries[*index].key, path)?;
            if let Some(by) = merged(layout, *mapping, entries[*index])? {
                return Err(Refusal::at(
                    layout.stream,
                    by,
                    format!("`{}` would still come in by `<<`", name(path)),
                ));
            }
            (*mapping, entries.len())
        }
        Target::Item { sequence, .. } => (*sequence, layout.stream.items(*sequence).len()),
        Target::EmptyText | Target::Root(_) | Target::NewEntry { .. } | Target::NewItem { .. } => {
            return Err(Refusal::new("a document can't be unset"));
        }
    };
    if count > 1 {
        return Ok(Plan::Change(Change {
            target,
            what: What::Remove,
        }));
    }
    let empty = match target {
        Target::Item { .. } => NewValue::List(Vec::new()),
        Target::Entry { .. }
        | Target::EmptyText
        | Target::Root(_)
        | Target::NewEntry { .. }
        | Target::NewItem { .. } => NewValue::Map(Vec::new()),
    };
    Ok(put(own_place(layout, container), empty))
}

pub(super) fn insert(
    layout: &Layout<'_, '_>,
    path: &[Step],
    value: &NewValue,
) -> Result<Plan, Refusal> {
    let found = match layout.stream.documents.first() {
        Some(&root) => Some(find(layout, root, path, &Place::End)?),
        None => None,
    };
    match found {
        Some(Found::Whole(Target::Item { sequence, index }, _)) => {
            Ok(put(Target::NewItem { sequence, index }, value.clone()))
        }
        Some(Found::Whole(..)) => Err(Refusal::new(format!("`{}` is in no list", name(path)))),
        Some(Found::New(..) | Found::Null(..) | Found::Merged(..)) | None => {
            set(layout, path, value, &Place::End)
        }
    }
}

pub(super) fn rename(layout: &Layout<'_, '_>, path: &[Step], to: &str) -> Result<Plan, Refusal> {
    let missing = || Refusal::new(format!("there is no `{}`", name(path)));
    let Some(&root) = layout.stream.documents.first() else {
        return Err(missing());
    };
    let Found::Whole(target, _) = find(layout, root, path, &Place::End)? else {
        return Err(missing());
    };
    let Target::Entry { mapping, index } = target else {
        return Err(missing());
    };
    let entries = layout.stream.entries(mapping);
    let key = entries[index].key;
    if layout.stream.string(key) == Some(to) {
        return Ok(Plan::Nothing);
    }
    if entries
        .iter()
        .any(|entry| layout.stream.scalar(entry.key) == Some(to))
    {
        return Err(Refusal::at(
            layout.stream,
            mapping,
            format!("there is a `{to}` already"),
        ));
    }
    refuse_in_use(layout, key, path)?;
    Ok(Plan::Change(Change {
        target: Target::Entry { mapping, index },
        what: What::Rename(to.to_owned()),
    }))
}

fn put(target: Target, value: NewValue) -> Plan {
    Plan::Change(Change {
        target,
        what: What::Put(value),
    })
}

/// A new entry or item. An empty `{}` that stands alone becomes a block collection.
fn new_child(layout: &Layout<'_, '_>, target: Target, value: NewValue) -> Plan {
    let (container, whole) = match &target {
        Target::NewEntry { mapping, key, .. } => {
            (*mapping, NewValue::Map(vec![(key.clone(), value.clone())]))
        }
        Target::NewItem { sequence, .. } => (*sequence, NewValue::List(vec![value.clone()])),
        Target::EmptyText | Target::Root(_) | Target::Entry { .. } | Target::Item { .. } => {
            return put(target, value);
        }
    };
    let node = layout.stream.node(container);
    let is_bare = children(&node.content).next().is_none()
        && layout.text[node.span.clone()]
            .chars()
            .all(|c| matches!(c, '{' | '}' | '[' | ']' | ' '));
    if is_bare && !layout.in_flow(container) {
        put(own_place(layout, container), whole)
    } else {
        put(target, value)
    }
}

/// The place of a node in its parent.
fn own_place(layout: &Layout<'_, '_>, id: NodeId) -> Target {
    let Some(parent) = layout.parent(id) else {
        return Target::Root(id);
    };
    match &layout.stream.node(parent).content {
        Content::Mapping { entries, .. } => Target::Entry {
            mapping: parent,
            index: entries.iter().position(|e| e.value == id).unwrap_or(0),
        },
        Content::Sequence { items, .. } => Target::Item {
            sequence: parent,
            index: items.iter().position(|item| *item == id).unwrap_or(0),
        },
        Content::Scalar { .. } | Content::Alias(_) => Target::Root(id),
    }
}

pub(super) fn target_node(layout: &Layout<'_, '_>, target: &Target) -> NodeId {
    match target {
        Target::Entry { mapping, index } => layout.stream.entries(*mapping)[*index].value,
        Target::Item { sequence, index } => layout.stream.items(*sequence)[*index],
        Target::Root(id)
        | Target::NewEntry { mapping: id, .. }
        | Target::NewItem { sequence: id, .. } => *id,
        Target::EmptyText => layout.stream.documents[0],
    }
}

fn find(
    layout: &Layout<'_, '_>,
    root: NodeId,
    path: &[Step],
    place: &Place,
) -> Result<Found, Refusal> {
    let stream = layout.stream;
    let mut target = Target::Root(root);
    let mut id = root;
    for (taken, step) in path.iter().enumerate() {
        let here = &path[..taken];
        let refuse = |what: &str| {
            let reason = if here.is_empty() {
                format!("the document is {what}")
            } else {
                format!("`{}` is {what}", name(here))
            };
            Err(Refusal::at(stream, id, reason))
        };
        match (&stream.node(id).content, step) {
            (Content::Alias(_), _) => return refuse("an alias: what it stands for is elsewhere"),
            (Content::Scalar { .. }, _) if stream.scalar_type(id) == Some(ScalarType::Null) => {
                return Ok(Found::Null(target, taken));
            }
            (Content::Scalar { .. }, _) => return refuse("a single value"),
            (Content::Mapping { .. }, Step::Index(_)) => return refuse("no list"),
            (Content::Sequence { .. }, Step::Key(_)) => return refuse("a list"),
            (Content::Mapping { entries, .. }, Step::Key(key)) => {
                refuse_shared(layout, id, here)?;
                let mut matching = entries
                    .iter()
                    .enumerate()
                    .filter(|(_, entry)| stream.scalar(entry.key) == Some(key));
                let Some((index, entry)) = matching.next() else {
                    let new = Target::NewEntry {
                        mapping: id,
                        key: key.clone(),
                        place: place.clone(),
                    };
                    return Ok(match merged_key(layout, id, key)? {
                        Some(by) => Found::Merged(by, new, taken),
                        None => Found::New(new, taken),
                    });
                };
                let is_merge = stream.scalar_type(entry.key) == Some(ScalarType::Merge);
                if matching.next().is_some() || is_merge {
                    let reason = format!("`{}` is not one plain entry", name(&path[..=taken]));
                    return Err(Refusal::at(stream, entry.key, reason));
                }
                target = Target::Entry { mapping: id, index };
                id = entry.value;
            }
            (Content::Sequence { items, .. }, Step::Index(index)) => {
                refuse_shared(layout, id, here)?;
                match items.get(*index) {
                    Some(item) => {
                        target = Target::Item {
                            sequence: id,
                            index: *index,
                        };
                        id = *item;
                    }
                    None if *index == items.len() => {
                        return Ok(Found::New(
                            Target::NewItem {
                                sequence: id,
                                index: *index,
                            },
                            taken,
                        ));
                    }
                    None => return refuse("a list with fewer items"),
                }
            }
        }
    }
    Ok(Found::Whole(target, id))
}

/// What is to be put where the rest of a path does not exist yet.
fn nest(rest: &[Step], value: &NewValue) -> Result<NewValue, Refusal> {
    rest.iter()
        .rev()
        .try_fold(value.clone(), |inner, step| match step {
            Step::Key(key) => Ok(NewValue::Map(vec![(key.clone(), inner)])),
            Step::Index(0) => Ok(NewValue::List(vec![inner])),
            Step::Index(_) => Err(Refusal::new("a new list begins with item 0")),
        })
}

/// `headers.X-Team`, `tools[0].name`.
pub(super) fn name(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(key);
            }
            Step::Index(index) => _ = write!(out, "[{index}]"),
        }
    }
    out
}

fn is_text(layout: &Layout<'_, '_>, id: NodeId, value: &NewValue) -> bool {
    match value {
        NewValue::Text(text) => layout.stream.scalar(id) == Some(text),
        NewValue::Null
        | NewValue::Bool(_)
        | NewValue::Number(_)
        | NewValue::Map(_)
        | NewValue::List(_) => false,
    }
}
