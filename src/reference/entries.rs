//! The entries of a mapping that count: what the loader sees, or all of them in a file that it
//! refuses.

use std::collections::HashSet;

use super::rule::{Rule, holds};
use crate::document::{Budget, Content, Entry, NodeId, OverBudget, ScalarType, Stream};

/// How the file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As the loader does: of equal keys, one counts.
    Loaded,
    /// The loader refuses the file, so nobody can say which of equal keys is meant: all count.
    Refused,
}

/// Gives the entries of `mapping` into `into`, merges followed.
pub(super) fn effective(
    stream: &Stream<'_>,
    mapping: NodeId,
    reading: Reading,
    budget: &mut Budget,
    into: &mut Vec<Entry>,
) -> Result<(), OverBudget> {
    let own = stream.entries(mapping);
    let is_simple = |entry: &Entry| stream.scalar_type(entry.key) == Some(ScalarType::String);
    if own.iter().all(is_simple) || !holds(Rule::Merges) {
        // Without merges, numbers and duplicates (those are refused), what is written counts.
        budget.spend(own.len() + 1)?;
        into.extend_from_slice(own);
        return Ok(());
    }
    match reading {
        Reading::Loaded => {
            let entries = stream.effective_entries(mapping, budget)?;
            into.extend(entries.iter().map(|entry| Entry {
                key: entry.key,
                value: entry.value,
            }));
        }
        Reading::Refused => all(stream, mapping, 0, &mut HashSet::new(), budget, into)?,
    }
    Ok(())
}

/// Own entries with their duplicates, then what merges bring in under other keys.
fn all<'s>(
    stream: &'s Stream<'_>,
    mapping: NodeId,
    depth: usize,
    taken: &mut HashSet<(ScalarType, &'s str)>,
    budget: &mut Budget,
    into: &mut Vec<Entry>,
) -> Result<(), OverBudget> {
    if depth > crate::document::MAX_DEPTH {
        return Err(OverBudget);
    }
    let entries = stream.entries(mapping);
    budget.spend(entries.len() + 1)?;
    let identity = |entry: &Entry| stream.scalar_type(entry.key).zip(stream.scalar(entry.key));
    let is_merge = |entry: &&Entry| stream.scalar_type(entry.key) == Some(ScalarType::Merge);
    let first = into.len();
    for entry in entries.iter().filter(|entry| !is_merge(entry)) {
        if identity(entry).is_none_or(|identity| !taken.contains(&identity)) {
            into.push(*entry);
        }
    }
    taken.extend(into[first..].iter().filter_map(identity));
    for entry in entries.iter().filter(is_merge) {
        match &stream.node(stream.resolve(entry.value)).content {
            Content::Mapping { .. } => {
                all(stream, entry.value, depth + 1, taken, budget, into)?;
            }
            Content::Sequence { items, .. } => {
                for item in items {
                    all(stream, *item, depth + 1, taken, budget, into)?;
                }
            }
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
    }
    Ok(())
}
