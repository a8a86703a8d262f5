//! The comparison after an edit: what was meant has happened, and nothing else.

use std::collections::HashMap;
use std::ops::Range;

use super::super::{Content, Entry, Node, NodeId, Problem, ScalarStyle, Stream, parse};
use super::locate::Target;
use super::{Change, NewValue, Refusal, What, is_value};

/// Compares the text before and the result.
///
/// # Errors
/// The first difference that was not intended.
pub(super) fn check(old: &Stream<'_>, result: &str, change: &Change) -> Result<(), Refusal> {
    let new = parse(result).map_err(|problem| broken(&problem))?;
    if new.duplicate_key().is_some() {
        return Err(Refusal::new("the edit would leave a key twice"));
    }
    let mut comparison = Comparison {
        old,
        new: &new,
        counterparts: vec![None; old.nodes().count()],
        change,
    };
    let is_same = match (
        old.documents.as_slice(),
        new.documents.as_slice(),
        &change.target,
    ) {
        ([], [root], Target::EmptyText) => comparison.is_put(*root),
        ([before], [after], _) => comparison.node(*before, *after),
        _ => false,
    };
    if is_same {
        Ok(())
    } else {
        Err(something_else())
    }
}

/// Compares the text before and the result of replacing scalars: the trees are the same node by
/// node, but for the texts of those.
pub(super) fn check_scalars(
    old: &Stream<'_>,
    result: &str,
    replaced: &HashMap<NodeId, &str>,
) -> Result<(), Refusal> {
    let new = parse(result).map_err(|problem| broken(&problem))?;
    if new.duplicate_key().is_some() && old.duplicate_key().is_none() {
        return Err(Refusal::new("the edit would leave a key twice"));
    }
    let is_same = old.documents == new.documents
        && old.nodes().count() == new.nodes().count()
        && old
            .nodes()
            .zip(new.nodes())
            .all(|((id, before), (_, after))| {
                let anchors = before.anchor.as_ref().map(|range| part(old, range))
                    == after.anchor.as_ref().map(|range| part(&new, range));
                if let Some(text) = replaced.get(&id) {
                    let is_string = new.string(id) == Some(text)
                        || (has_local_tag(after) && new.scalar(id) == Some(text));
                    return anchors && is_string;
                }
                let is_same_text = match before.content {
                    Content::Scalar {
                        style: ScalarStyle::Literal | ScalarStyle::Folded,
                        ..
                    }
                    | Content::Sequence { .. }
                    | Content::Mapping { .. } => true,
                    Content::Scalar { .. } | Content::Alias(_) => {
                        part(old, &before.span) == part(&new, &after.span)
                    }
                };
                let tag = |node: &Node<'_>| node.tag.as_ref().map(|tag| tag.name.clone());
                anchors
                    && is_same_text
                    && before.content == after.content
                    && tag(before) == tag(after)
            });
    if is_same {
        Ok(())
    } else {
        Err(something_else())
    }
}

fn part<'t>(stream: &Stream<'t>, range: &Range<usize>) -> &'t str {
    &stream.text[range.clone()]
}

fn broken(problem: &Problem) -> Refusal {
    Refusal {
        reason: format!("the edit would not leave valid YAML: {}", problem.message),
        location: None,
    }
}

fn something_else() -> Refusal {
    Refusal::new("the edit would change something else in the file; edit it by hand")
}

/// Whether a node has a tag that is not YAML's own, such as `!secret`.
pub(super) fn has_local_tag(node: &Node<'_>) -> bool {
    node.tag
        .as_ref()
        .is_some_and(|tag| tag.name != "!" && !tag.name.starts_with("tag:yaml.org,2002:"))
}

struct Comparison<'c, 'o, 'n> {
    old: &'c Stream<'o>,
    new: &'c Stream<'n>,
    /// The new node of each old one, as far as seen.
    counterparts: Vec<Option<NodeId>>,
    change: &'c Change,
}

impl Comparison<'_, '_, '_> {
    /// Whether a node is as it was, but for the change.
    fn node(&mut self, before: NodeId, after: NodeId) -> bool {
        self.counterparts[before.index()] = Some(after);
        let (old, new) = (self.old.node(before), self.new.node(after));
        if !self.has_anchor_of(before, after) {
            return false;
        }
        if self.change.target == Target::Root(before) {
            return self.is_put(after);
        }
        if old.tag.as_ref().map(|tag| &tag.name) != new.tag.as_ref().map(|tag| &tag.name) {
            return false;
        }
        match (&old.content, &new.content) {
            (
                Content::Scalar {
                    value: old_value,
                    style: old_style,
                },
                Content::Scalar {
                    value: new_value,
                    style: new_style,
                },
            ) => {
                let is_lines = matches!(old_style, ScalarStyle::Literal | ScalarStyle::Folded);
                old_value == new_value
                    && old_style == new_style
                    && (is_lines
                        || self.old.text[old.span.clone()] == self.new.text[new.span.clone()])
            }
            (Content::Alias(old_target), Content::Alias(new_target)) => {
                self.counterparts[old_target.index()] == Some(*new_target)
                    && self.old.text[old.span.clone()] == self.new.text[new.span.clone()]
            }
            (
                Content::Mapping {
                    entries: old_entries,
                    style: old_style,
                },
                Content::Mapping {
                    entries: new_entries,
                    style: new_style,
                },
            ) => old_style == new_style && self.entries(before, old_entries, new_entries),
            (
                Content::Sequence {
                    items: old_items,
                    style: old_style,
                },
                Content::Sequence {
                    items: new_items,
                    style: new_style,
                },
            ) => old_style == new_style && self.items(before, old_items, new_items),
            (
                Content::Scalar { .. }
                | Content::Alias(_)
                | Content::Mapping { .. }
                | Content::Sequence { .. },
                _,
            ) => false,
        }
    }

    fn entries(&mut self, mapping: NodeId, old: &[Entry], new: &[Entry]) -> bool {
        let changed = match &self.change.target {
            Target::Entry {
                mapping: changed,
                index,
            } if *changed == mapping => Some(*index),
            Target::NewEntry {
                mapping: changed,
                key,
                ..
            } if *changed == mapping => {
                return self.entries_and_a_new_one(key, old, new);
            }
            Target::Entry { .. }
            | Target::NewEntry { .. }
            | Target::EmptyText
            | Target::Root(_)
            | Target::Item { .. }
            | Target::NewItem { .. } => None,
        };
        let removed = match (&self.change.what, changed) {
            (What::Remove, Some(index)) => Some(index),
            (What::Remove | What::Put(_) | What::Rename(_), _) => None,
        };
        if new.len() + usize::from(removed.is_some()) != old.len() {
            return false;
        }
        let mut new = new.iter();
        for (index, before) in old.iter().enumerate() {
            if removed == Some(index) {
                continue;
            }
            let Some(after) = new.next() else {
                return false;
            };
            let is_same = if changed == Some(index) {
                match &self.change.what {
                    What::Put(_) => {
                        self.node(before.key, after.key)
                            && self.has_anchor_of(before.value, after.value)
                            && self.is_put(after.value)
                    }
                    What::Rename(to) => {
                        self.new.string(after.key) == Some(to)
                            && self.has_anchor_of(before.key, after.key)
                            && self.node(before.value, after.value)
                    }
                    What::Remove => true,
                }
            } else {
                self.node(before.key, after.key) && self.node(before.value, after.value)
            };
            if !is_same {
                return false;
            }
        }
        true
    }

    fn entries_and_a_new_one(&mut self, key: &str, old: &[Entry], new: &[Entry]) -> bool {
        if new.len() != old.len() + 1 {
            return false;
        }
        let mut old = old.iter();
        let mut is_there = false;
        for after in new {
            if !is_there && self.new.string(after.key) == Some(key) {
                is_there = true;
                if !self.is_put(after.value) {
                    return false;
                }
                continue;
            }
            let Some(before) = old.next() else {
                return false;
            };
            if !(self.node(before.key, after.key) && self.node(before.value, after.value)) {
                return false;
            }
        }
        is_there
    }

    fn items(&mut self, sequence: NodeId, old: &[NodeId], new: &[NodeId]) -> bool {
        let (changed, added) = match &self.change.target {
            Target::Item {
                sequence: changed,
                index,
            } if *changed == sequence => (Some(*index), None),
            Target::NewItem {
                sequence: changed,
                index,
            } if *changed == sequence => (None, Some(*index)),
            Target::Item { .. }
            | Target::NewItem { .. }
            | Target::EmptyText
            | Target::Root(_)
            | Target::Entry { .. }
            | Target::NewEntry { .. } => (None, None),
        };
        let removed = match (&self.change.what, changed) {
            (What::Remove, Some(index)) => Some(index),
            (What::Remove | What::Put(_) | What::Rename(_), _) => None,
        };
        if new.len() + usize::from(removed.is_some()) != old.len() + usize::from(added.is_some()) {
            return false;
        }
        let mut old = old
            .iter()
            .enumerate()
            .filter(|(index, _)| removed != Some(*index));
        new.iter().enumerate().all(|(place, after)| {
            if added == Some(place) {
                return self.is_put(*after);
            }
            match old.next() {
                Some((index, before)) if changed == Some(index) => {
                    self.has_anchor_of(*before, *after) && self.is_put(*after)
                }
                Some((_, before)) => self.node(*before, *after),
                None => false,
            }
        })
    }

    fn has_anchor_of(&self, before: NodeId, after: NodeId) -> bool {
        let old = self.old.node(before).anchor.clone();
        let new = self.new.node(after).anchor.clone();
        old.map(|range| &self.old.text[range]) == new.map(|range| &self.new.text[range])
    }

    /// Whether a node has the value that was to be put there, itself and not by an alias.
    fn is_put(&self, id: NodeId) -> bool {
        let What::Put(value) = &self.change.what else {
            return false;
        };
        let node = self.new.node(id);
        if matches!(node.content, Content::Alias(_)) {
            return false;
        }
        match value {
            NewValue::Text(text) if has_local_tag(node) => self.new.scalar(id) == Some(text),
            NewValue::Text(_)
            | NewValue::Null
            | NewValue::Bool(_)
            | NewValue::Number(_)
            | NewValue::Map(_)
            | NewValue::List(_) => is_value(self.new, id, value),
        }
    }
}
