//! Which definitions the interpolations of a workflow reach into, other than by the name that a
//! reference has.

use super::lead::{Lead, leads};
use crate::document::{Content, NodeId, Step, Stream};

/// An interpolation that names a path of the document.
pub(super) struct Reach {
    /// Where it stands.
    from: Vec<Step>,
    /// Its line, from 1.
    line: u32,
    /// The keys that it follows from the root.
    to: Vec<String>,
    /// Whether it is written from the root on.
    is_absolute: bool,
}

/// All that can be told from the texts alone; a path with other interpolations in it can't.
pub(super) fn reaches(stream: &Stream<'_>) -> Vec<Reach> {
    let mut found = Vec::new();
    if let Some(root) = stream.documents.first() {
        collect(stream, *root, &mut Vec::new(), &mut found);
    }
    found
}

fn collect(stream: &Stream<'_>, node: NodeId, steps: &mut Vec<Step>, found: &mut Vec<Reach>) {
    match &stream.node(node).content {
        Content::Scalar { .. } => {
            for lead in stream.string(node).map(leads).unwrap_or_default() {
                let (to, is_absolute) = match lead {
                    Lead::Absolute(keys) => (keys, true),
                    Lead::Relative { up, keys } => {
                        let Some(held) = steps.len().checked_sub(up + 1) else {
                            continue;
                        };
                        let to = steps[..held].iter().map(key).chain(keys).collect();
                        (to, false)
                    }
                    Lead::Unknown => continue,
                };
                found.push(Reach {
                    from: steps.clone(),
                    line: stream.location(node).line,
                    to,
                    is_absolute,
                });
            }
        }
        Content::Sequence { items, .. } => {
            for (index, item) in items.iter().enumerate() {
                steps.push(Step::Index(index));
                collect(stream, *item, steps, found);
                steps.pop();
            }
        }
        Content::Mapping { entries, .. } => {
            for entry in entries {
                steps.push(Step::from(stream.scalar(entry.key).unwrap_or_default()));
                collect(stream, entry.value, steps, found);
                steps.pop();
            }
        }
        Content::Alias(_) => {}
    }
}

fn key(step: &Step) -> String {
    match step {
        Step::Key(key) => key.clone(),
        Step::Index(index) => index.to_string(),
    }
}

impl Reach {
    /// Why the definition at a path can't go, if this is a reason. `keeps_name`: whether it is the
    /// document's and keeps its id, so that `${connections.X}` means the store's then.
    pub(super) fn forbids(&self, definition: &[Step], keeps_name: bool) -> Option<String> {
        let is_inside = self.from.starts_with(definition);
        let path: Vec<String> = definition.iter().map(key).collect();
        let is_about = self.to.starts_with(&path) || path.starts_with(&self.to);
        let is_by_name = self.is_absolute && keeps_name && self.to.len() >= path.len();
        if is_inside || !is_about || is_by_name {
            return None;
        }
        Some(format!(
            "the interpolation in line {} leads into it",
            self.line
        ))
    }
}
