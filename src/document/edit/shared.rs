//! What other places of a document see: through an alias, or through `<<`. An edit must not change
//! it in passing.

use super::super::{Budget, Content, EffectiveEntry, Entry, ScalarType};
use super::layout::Layout;
use super::locate::name;
use super::{NodeId, Refusal, Step};

/// The entry that `<<` brings in under `key`, for a mapping which has none of its own.
pub(super) fn merged_key(
    layout: &Layout<'_, '_>,
    mapping: NodeId,
    key: &str,
) -> Result<Option<EffectiveEntry>, Refusal> {
    let stream = layout.stream;
    let has_merge = stream
        .entries(mapping)
        .iter()
        .any(|entry| stream.scalar_type(entry.key) == Some(ScalarType::Merge));
    if !has_merge {
        return Ok(None);
    }
    let mut budget = Budget::for_bytes(layout.text.len());
    let entries = stream
        .effective_entries(mapping, &mut budget)
        .map_err(|_| Refusal::at(stream, mapping, "`<<` brings in too many entries"))?;
    Ok(entries
        .into_iter()
        .find(|entry| stream.scalar(entry.key) == Some(key)))
}

/// The `<<` value that would bring an entry in if the own one went.
pub(super) fn merged(
    layout: &Layout<'_, '_>,
    mapping: NodeId,
    own: Entry,
) -> Result<Option<NodeId>, Refusal> {
    let stream = layout.stream;
    for entry in stream.entries(mapping) {
        if stream.scalar_type(entry.key) != Some(ScalarType::Merge) {
            continue;
        }
        let sources = match &stream.node(stream.resolve(entry.value)).content {
            Content::Sequence { items, .. } => items.clone(),
            Content::Mapping { .. } | Content::Scalar { .. } | Content::Alias(_) => {
                vec![entry.value]
            }
        };
        for source in sources {
            let mut budget = Budget::for_bytes(layout.text.len());
            let entries = stream
                .effective_entries(source, &mut budget)
                .map_err(|_| Refusal::at(stream, mapping, "`<<` brings in too many entries"))?;
            let brings = entries
                .iter()
                .any(|entry| stream.scalar(entry.key) == stream.scalar(own.key));
            if brings {
                return Ok(Some(entry.value));
            }
        }
    }
    Ok(None)
}

/// Refuses to go into a collection that other places see through an alias.
pub(super) fn refuse_shared(
    layout: &Layout<'_, '_>,
    id: NodeId,
    path: &[Step],
) -> Result<(), Refusal> {
    if layout.stream.node(id).anchor.is_none() {
        return Ok(());
    }
    refuse_alias_to(layout, id..=id, path)
}

/// Refuses to replace what an alias elsewhere stands for.
pub(super) fn refuse_in_use(
    layout: &Layout<'_, '_>,
    id: NodeId,
    path: &[Step],
) -> Result<(), Refusal> {
    refuse_alias_to(layout, id..=layout.last_descendant(id), path)
}

fn refuse_alias_to(
    layout: &Layout<'_, '_>,
    subtree: std::ops::RangeInclusive<NodeId>,
    path: &[Step],
) -> Result<(), Refusal> {
    for (id, node) in layout.stream.nodes() {
        let Content::Alias(target) = node.content else {
            continue;
        };
        let whole = *subtree.start()..=layout.last_descendant(*subtree.start());
        if subtree.contains(&target) && !whole.contains(&id) {
            let reason = format!(
                "`{}` is used elsewhere by the alias `{}`, which would change with it",
                name(path),
                &layout.text[node.span.clone()]
            );
            return Err(Refusal::at(layout.stream, id, reason));
        }
    }
    Ok(())
}
