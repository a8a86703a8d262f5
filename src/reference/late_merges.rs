//! A quirk of `PyYAML` that makes `OmegaConf` refuse a file.
//!
//! Merging a map into another rewrites the merged one in place, its own `<<` included. If it is read
//! only afterwards, what it overrides stands in it twice, and is taken for a duplicate key. Maps are
//! read level by level, so it happens to maps that stand deeper than the one that merges them.

use std::collections::{HashSet, VecDeque};

use crate::document::{Budget, Content, MAX_DEPTH, NodeId, ScalarType, Stream};

/// The first map that the loader finds a duplicate key in although none is written there.
pub(super) fn of_stream(stream: &Stream<'_>) -> Option<NodeId> {
    let bytes = stream.text.as_bytes();
    let may_merge = |how: &str| memchr::memmem::find(bytes, how.as_bytes()).is_some();
    // By `<<`, or by its tag.
    if !may_merge("<<") && !may_merge("!") {
        return None;
    }
    let merges_again = |id: NodeId| sources(stream, id).any(|source| merges(stream, source));
    let is_concerned = stream
        .nodes()
        .any(|(id, _)| merges(stream, id) && merges_again(id));
    if !is_concerned {
        return None;
    }
    let mut budget = Budget::for_bytes(stream.text.len());
    let mut queue: VecDeque<NodeId> = stream.documents.iter().copied().collect();
    let mut queued: HashSet<NodeId> = queue.iter().copied().collect();
    let mut read = HashSet::new();
    let mut rewritten = HashSet::new();
    while let Some(node) = queue.pop_front() {
        read.insert(node);
        let values: Vec<NodeId> = match &stream.node(node).content {
            Content::Mapping { .. } => {
                let mut keys = Vec::new();
                flattened(stream, node, 0, &mut keys, &mut budget)?;
                let mut seen = HashSet::new();
                if rewritten.contains(&node) && !keys.iter().all(|key| seen.insert(*key)) {
                    return Some(node);
                }
                let mut waiting: Vec<NodeId> = sources(stream, node).collect();
                while let Some(source) = waiting.pop() {
                    if !read.contains(&source) && rewritten.insert(source) {
                        waiting.extend(sources(stream, source));
                    }
                }
                let entries = stream.effective_entries(node, &mut budget).ok()?;
                entries.iter().map(|entry| entry.value).collect()
            }
            Content::Sequence { items, .. } => items.clone(),
            Content::Scalar { .. } | Content::Alias(_) => Vec::new(),
        };
        for value in values {
            let value = stream.resolve(value);
            if queued.insert(value) {
                queue.push_back(value);
            }
        }
    }
    None
}

fn merges(stream: &Stream<'_>, node: NodeId) -> bool {
    sources(stream, node).next().is_some()
}

/// The maps that a map merges by its own `<<`.
fn sources<'s>(stream: &'s Stream<'_>, node: NodeId) -> impl Iterator<Item = NodeId> + 's {
    let entries = match &stream.node(node).content {
        Content::Mapping { entries, .. } => entries.as_slice(),
        Content::Scalar { .. } | Content::Sequence { .. } | Content::Alias(_) => &[],
    };
    entries
        .iter()
        .filter(|entry| stream.scalar_type(entry.key) == Some(ScalarType::Merge))
        .flat_map(|entry| {
            let value = stream.resolve(entry.value);
            match &stream.node(value).content {
                Content::Sequence { items, .. } => items.clone(),
                Content::Mapping { .. } | Content::Scalar { .. } | Content::Alias(_) => {
                    vec![value]
                }
            }
        })
        .map(|source| stream.resolve(source))
}

/// The string keys of a map after its merges, those that it overrides included. `None` if that is
/// more than the budget allows.
fn flattened<'s>(
    stream: &'s Stream<'_>,
    node: NodeId,
    depth: usize,
    keys: &mut Vec<&'s str>,
    budget: &mut Budget,
) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    let own = stream.entries(node);
    budget.spend(own.len() + 1).ok()?;
    keys.extend(own.iter().filter_map(|entry| stream.string(entry.key)));
    for source in sources(stream, node) {
        flattened(stream, source, depth + 1, keys, budget)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_that_is_merged_before_it_is_read_has_its_overridden_keys_twice() {
        for (text, is_refused) in [
            (
                "b: &b {x: 1}\ndeep: {a: &a {<<: *b, x: 2}}\nc: {<<: *a}\n",
                true,
            ),
            ("b: &b {x: 1}\na: &a {<<: *b, x: 2}\nc: {<<: *a}\n", false),
            (
                "b: &b {x: 1}\ndeep: {a: &a {<<: *b, y: 2}}\nc: {<<: *a}\n",
                false,
            ),
            ("c: {<<: &a {<<: &b {x: 1}, x: 2}}\nd: *a\n", true),
            ("c: {<<: &a {<<: &b {x: 1}, x: 2}}\n", false),
            (
                "b: &b {x: 1}\nl: [{q: &a {<<: *b, x: 2}}]\nc: {<<: [*a]}\n",
                true,
            ),
            ("a: &a {x: 1, <<: {x: 2}}\nb: *a\n", false),
        ] {
            let stream = crate::document::parse(text).unwrap();
            assert_eq!(of_stream(&stream).is_some(), is_refused, "{text}");
        }
    }
}
