//! `{$type: connection, $id: X}`: what takes its place, and which ones are not the store's.

use super::candidate::is_requirement;
use super::data::Data;
use super::lead::{Lead, leads};
use super::render::node_at;
use super::{Trouble, TroubleKind};
use crate::document::{Content, NodeId, Step, Stream};
use crate::reference::RESERVED_KEYS;

/// What takes the place of the requirement at a path: the connection, or what its `value_path`
/// selects.
pub(super) fn value(stream: &Stream<'_>, steps: &[Step], connection: Data) -> Result<Data, String> {
    let requirement = node_at(stream, steps).ok_or("the requirement's place is not clear")?;
    let requirement = Data::of_node(stream, requirement)?;
    let path = match requirement.get("value_path") {
        None | Some(Data::Null) => return Ok(connection),
        Some(Data::Text(path)) if path.is_empty() => return Ok(connection),
        Some(Data::Text(path)) => path,
        Some(_) => return Err("its `value_path` is no text".to_owned()),
    };
    let keys = selection(path)
        .ok_or_else(|| format!("its `value_path` `{path}` is more than a path of keys"))?;
    let mut found = &connection;
    for key in &keys {
        found = match (key, found) {
            (Step::Key(key), Data::Map(_)) => found.get(key),
            (Step::Index(index), Data::List(items)) => items.get(*index),
            (Step::Key(_) | Step::Index(_), _) => None,
        }
        .ok_or_else(|| format!("its `value_path` `{path}` leads to nothing in the connection"))?;
    }
    let depth = keys.len();
    for (inner, text) in found.texts() {
        let leads_out = leads(text).iter().any(|lead| match lead {
            Lead::Absolute(_) => false,
            Lead::Relative { up, .. } => depth > 0 && up + 1 > inner,
            Lead::Unknown => true,
        });
        if leads_out {
            return Err(format!(
                "what its `value_path` `{path}` selects depends on the rest of the connection"
            ));
        }
    }
    Ok(found.clone())
}

/// The keys of a JSON path that has nothing but keys and positions: `$.a['b'][0]`.
pub(super) fn selection(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.trim().strip_prefix('$')?;
    let mut keys = Vec::new();
    while !rest.is_empty() {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(|c| !is_name(c)).unwrap_or(name.len());
            if end == 0 {
                return None;
            }
            keys.push(Step::from(&name[..end]));
            rest = &name[end..];
        } else {
            let inner = rest.strip_prefix('[')?;
            let (inside, behind) = inner.split_once(']')?;
            let quoted = ['\'', '"'].iter().find_map(|quote| {
                inside
                    .strip_prefix(*quote)?
                    .strip_suffix(*quote)
                    .filter(|name| !name.contains([*quote, '\\']))
            });
            keys.push(match quoted {
                Some(name) => Step::from(name),
                None => Step::Index(inside.parse().ok()?),
            });
            rest = behind;
        }
    }
    Some(keys)
}

/// The requirements of a workflow that are not about connections, each a note.
pub(super) fn foreign(stream: &Stream<'_>) -> Vec<Trouble> {
    let mut found = Vec::new();
    let mut open: Vec<NodeId> = stream.documents.iter().rev().copied().collect();
    while let Some(node) = open.pop() {
        match &stream.node(node).content {
            Content::Mapping { entries, .. } => {
                if let Some(trouble) = of_map(stream, node) {
                    found.push(trouble);
                }
                let entries = entries.iter().rev().filter(|entry| {
                    let key = stream.string(entry.key);
                    !key.is_some_and(|key| RESERVED_KEYS.contains(&key))
                });
                open.extend(entries.map(|entry| entry.value));
            }
            Content::Sequence { items, .. } => open.extend(items.iter().rev()),
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
    }
    found
}

fn of_map(stream: &Stream<'_>, node: NodeId) -> Option<Trouble> {
    stream.get(node, "$id")?;
    let data = Data::of_node(stream, node).ok()?;
    let kind = data.get("$type").and_then(Data::as_text)?;
    let id = data.get("$id").and_then(Data::as_text)?;
    if !is_requirement(&data) || kind == "connection" {
        return None;
    }
    let message =
        format!("the requirement `{id}` of the type `{kind}` is not the store's: it stays");
    Some(Trouble::new(
        TroubleKind::Note,
        Some(stream.location(node)),
        message,
    ))
}
