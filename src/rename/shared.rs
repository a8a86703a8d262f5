//! Whether a text that names a connection stands for something else as well: another place that
//! sees it through an alias or a merge, and that would change with it.

use std::collections::HashMap;

use crate::connection::Location;
use crate::document::{Budget, Content, NodeId, OverBudget, Stream};
use crate::order;
use crate::reference::Reference;

/// How deep the data may be nested after aliases; the scan's own limit is the same.
const MAX_DATA_DEPTH: usize = 512;

/// The keys of a document that Dynamiq's loader reads. What stands under others is there for its
/// anchors.
const READ_KEYS: [&str; 5] = ["connections", "prompts", "nodes", "flows", "workflows"];

/// The places that see one of `nodes` and are none of `uses`.
pub(super) fn other_meanings(
    stream: &Stream<'_>,
    nodes: &[NodeId],
    uses: &[&Reference],
) -> Vec<(Location, String)> {
    let mut visits = Visits {
        stream,
        nodes,
        budget: Budget::for_bytes(stream.text.len()),
        seen: HashMap::new(),
    };
    for root in &stream.documents {
        if visits.value(*root, Zone::Top, 0).is_err() {
            let message = "aliases make the file larger than it can be: it is not expanded";
            return vec![(stream.location(*root), message.to_owned())];
        }
    }
    let mut others: Vec<NodeId> = Vec::new();
    for (token, count) in visits.seen {
        let span = &stream.node(token).span;
        let used = uses.iter().filter(|one| *span == one.span).count();
        if count > used {
            others.push(token);
        }
    }
    order::sort(&mut others);
    others
        .into_iter()
        .map(|token| {
            let message = "this text also stands for something that is no reference to the store";
            (stream.location(token), message.to_owned())
        })
        .collect()
}

/// Where in a document a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    /// It is the document.
    Top,
    /// Below a key that the loader reads.
    Read,
    /// Below another key: an anchor's own place does not count there.
    Unread,
}

struct Visits<'s, 't> {
    stream: &'s Stream<'t>,
    nodes: &'s [NodeId],
    budget: Budget,
    /// How often the data leads to one of the nodes by way of a token.
    seen: HashMap<NodeId, usize>,
}

impl Visits<'_, '_> {
    fn value(&mut self, token: NodeId, zone: Zone, depth: usize) -> Result<(), OverBudget> {
        if depth > MAX_DATA_DEPTH {
            return Err(OverBudget);
        }
        self.budget.spend(1)?;
        let stream = self.stream;
        let node = stream.resolve(token);
        match &stream.node(node).content {
            Content::Scalar { .. } => self.scalar(token, node, zone),
            Content::Sequence { items, .. } => {
                let zone = zone.below("");
                for item in items {
                    self.value(*item, zone, depth + 1)?;
                }
            }
            Content::Mapping { .. } => {
                for entry in stream.effective_entries(node, &mut self.budget)? {
                    self.value(entry.key, Zone::Read, depth + 1)?;
                    let key = stream.scalar(entry.key).unwrap_or_default();
                    self.value(entry.value, zone.below(key), depth + 1)?;
                }
            }
            Content::Alias(_) => {}
        }
        Ok(())
    }

    fn scalar(&mut self, token: NodeId, node: NodeId, zone: Zone) {
        let is_holder =
            zone == Zone::Unread && token == node && self.stream.node(node).anchor.is_some();
        if self.nodes.contains(&node) && !is_holder {
            *self.seen.entry(token).or_default() += 1;
        }
    }
}

impl Zone {
    fn below(self, key: &str) -> Self {
        match self {
            Self::Top if READ_KEYS.contains(&key) => Self::Read,
            Self::Top => Self::Unread,
            Self::Read | Self::Unread => self,
        }
    }
}
