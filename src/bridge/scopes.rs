//! The scopes of a workflow: the document, and every `agent_factory`.

use super::node_path;
use crate::document::{Content, NodeId, ScalarType, Step, Stream};
use crate::reference::RESERVED_KEYS;

/// The scopes whose `connections:` is there and has no entries: Dynamiq's loader has no use for it,
/// or fails.
pub(super) fn without_definitions(stream: &Stream<'_>) -> Vec<Vec<Step>> {
    let mut scopes = Vec::new();
    if let Some(root) = stream.documents.first() {
        collect(stream, *root, &mut Vec::new(), &mut scopes);
    }
    let is_empty = |node: NodeId| match &stream.node(node).content {
        Content::Mapping { entries, .. } => entries.is_empty(),
        Content::Scalar { .. } => stream.scalar_type(node) == Some(ScalarType::Null),
        Content::Sequence { .. } | Content::Alias(_) => false,
    };
    scopes
        .into_iter()
        .filter(|(_, node)| stream.get(*node, "connections").is_some_and(is_empty))
        .map(|(scope, _)| scope)
        .collect()
}

/// The document and every `agent_factory` that stands in it as a map.
fn collect(
    stream: &Stream<'_>,
    node: NodeId,
    steps: &mut Vec<Step>,
    found: &mut Vec<(Vec<Step>, NodeId)>,
) {
    match &stream.node(node).content {
        Content::Mapping { entries, .. } => {
            if node_path::scope_of_map(steps) == steps.len() {
                found.push((steps.clone(), node));
            }
            for entry in entries {
                let key = stream.string(entry.key);
                if let Some(key) = key.filter(|key| !RESERVED_KEYS.contains(key)) {
                    steps.push(Step::from(key));
                    collect(stream, entry.value, steps, found);
                    steps.pop();
                }
            }
        }
        Content::Sequence { items, .. } => {
            for (index, item) in items.iter().enumerate() {
                steps.push(Step::Index(index));
                collect(stream, *item, steps, found);
                steps.pop();
            }
        }
        Content::Scalar { .. } | Content::Alias(_) => {}
    }
}
