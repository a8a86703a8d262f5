//! Places in a document's data: what a path of keys leads to, aliases and merges followed.

use crate::document::{Budget, Content, NodeId, OverBudget, Stream};

/// A value, with the collections that hold it: a relative interpolation starts from these.
///
/// An aliased collection stands at several positions; at each it has other holders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position {
    /// From the document's root to the value, aliases resolved.
    pub chain: Vec<NodeId>,
}

impl Position {
    /// The document's root itself.
    pub fn root(root: NodeId) -> Self {
        Self { chain: vec![root] }
    }

    /// The value.
    pub fn node(&self) -> Option<NodeId> {
        self.chain.last().copied()
    }

    /// The position of `node`, which the collection here holds; no alias.
    #[must_use]
    pub fn below(&self, node: NodeId) -> Self {
        let mut chain = self.chain.clone();
        chain.push(node);
        Self { chain }
    }

    /// The position of what holds it.
    pub(super) fn parent(&self) -> Option<Self> {
        match self.chain.as_slice() {
            [holders @ .., _] if !holders.is_empty() => Some(Self {
                chain: holders.to_vec(),
            }),
            _ => None,
        }
    }

    /// The value under `key` of the collection here.
    pub(super) fn child(
        &self,
        stream: &Stream<'_>,
        key: &str,
        budget: &mut Budget,
    ) -> Result<Option<Self>, OverBudget> {
        let Some(node) = self.node() else {
            return Ok(None);
        };
        let found = match &stream.node(node).content {
            Content::Mapping { .. } => stream
                .effective_entries(node, budget)?
                .iter()
                .find(|entry| stream.string(entry.key) == Some(key))
                .map(|entry| entry.value),
            Content::Sequence { items, .. } => list_position(key)
                .and_then(|position| usize::try_from(position).ok())
                .and_then(|position| items.get(position).copied()),
            Content::Scalar { .. } | Content::Alias(_) => None,
        };
        Ok(found.map(|found| self.below(stream.resolve(found))))
    }
}

/// A key of a list, as Python's `int` reads it. A negative one is no error, and finds nothing.
pub(super) fn list_position(key: &str) -> Option<i64> {
    let digits = key.trim();
    let unsigned = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let is_number = unsigned
        .split('_')
        .all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    is_number.then(|| digits.replace('_', "").parse().unwrap_or(i64::MAX))
}
