//! A whole collection as a new value, cut down to edits of what differs in it: comments and styles
//! of what stays are kept.

use std::collections::HashMap;

use super::super::{Content, Entry};
use super::layout::Layout;
use super::{Edit, NewValue, NodeId, Place, Step, is_value};

/// The edits that make the collection at `path` the new one, or `None` if they have nothing in
/// common.
pub(super) fn edits(
    layout: &Layout<'_, '_>,
    id: NodeId,
    path: &[Step],
    value: &NewValue,
) -> Option<Vec<Edit>> {
    match (&layout.stream.node(id).content, value) {
        (Content::Mapping { entries, .. }, NewValue::Map(wanted)) => {
            of_entries(layout, entries, path, wanted)
        }
        (Content::Sequence { items, .. }, NewValue::List(wanted)) => {
            of_items(layout, items, path, wanted)
        }
        (
            Content::Mapping { .. }
            | Content::Sequence { .. }
            | Content::Scalar { .. }
            | Content::Alias(_),
            _,
        ) => None,
    }
}

fn below(path: &[Step], step: impl Into<Step>) -> Vec<Step> {
    path.iter().cloned().chain([step.into()]).collect()
}

fn of_entries(
    layout: &Layout<'_, '_>,
    entries: &[Entry],
    path: &[Step],
    wanted: &[(String, NewValue)],
) -> Option<Vec<Edit>> {
    let stream = layout.stream;
    let old: HashMap<&str, NodeId> = entries
        .iter()
        .map(|entry| Some((stream.string(entry.key)?, entry.value)))
        .collect::<Option<_>>()?;
    let new: HashMap<&str, &NewValue> = wanted
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    if new.len() != wanted.len() || !new.keys().any(|key| old.contains_key(key)) {
        return None;
    }
    let mut edits = Vec::new();
    for entry in entries {
        let key = stream.string(entry.key)?;
        if !new.contains_key(key) {
            edits.push(Edit::unset(below(path, key)));
        }
    }
    let mut before: Option<&str> = None;
    for (key, value) in wanted {
        let is_so = old
            .get(key.as_str())
            .is_some_and(|id| is_value(stream, *id, value));
        if !is_so {
            edits.push(Edit::Set {
                path: below(path, key.as_str()),
                value: value.clone(),
                place: before.map_or(Place::End, |before| Place::After(before.to_owned())),
            });
        }
        before = Some(key);
    }
    Some(edits)
}

fn of_items(
    layout: &Layout<'_, '_>,
    items: &[NodeId],
    path: &[Step],
    wanted: &[NewValue],
) -> Option<Vec<Edit>> {
    let is_same = |(item, value): &(&NodeId, &NewValue)| is_value(layout.stream, **item, value);
    let ahead = items.iter().zip(wanted).take_while(is_same).count();
    let behind = items[ahead..]
        .iter()
        .rev()
        .zip(wanted[ahead..].iter().rev())
        .take_while(is_same)
        .count();
    if ahead + behind == 0 {
        return None;
    }
    let old = items.len() - behind;
    let new = wanted.len() - behind;
    let mut edits = Vec::new();
    for (index, value) in wanted[..new].iter().enumerate().skip(ahead) {
        let path = below(path, index);
        let value = value.clone();
        edits.push(if index < old {
            Edit::set(path, value)
        } else {
            Edit::Insert { path, value }
        });
    }
    for index in (new..old).rev() {
        edits.push(Edit::unset(below(path, index)));
    }
    Some(edits)
}
