//! YAML text as a tree of nodes with byte spans, read the way Dynamiq's loader reads it.
//!
//! [`parse`] gives a [`Stream`]: one tree per document over the unchanged text. Aliases and merge
//! keys stay what they are in the text; [`Stream::resolve`] and [`Stream::effective_entries`]
//! follow them within a budget. What a plain scalar means is in [`scalar_type`]. Changes that keep
//! every other byte are in [`edit`], and how a text is written so that all readers read it back in
//! [`scalar`].

pub mod edit;
mod quick;
pub mod scalar;
pub mod scalar_type;
mod tree;
mod value;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::connection::{Location, Locator};
pub use edit::{Edit, Place, Refusal, Step, apply};
pub use scalar::{escape_interpolation, unescape_interpolation};
pub use scalar_type::ScalarType;
pub use value::NewValue as Value;

/// How deep a document may be nested; more is a [`Problem`].
pub const MAX_DEPTH: usize = 128;

/// Reads `text` into its documents.
///
/// # Errors
/// The first place where the text is not YAML, or is nested deeper than [`MAX_DEPTH`].
pub fn parse(text: &str) -> Result<Stream<'_>, Problem> {
    tree::parse(text)
}

/// [`parse`], quicker for the many texts that are simple. The tree is the same.
///
/// # Errors
/// As for [`parse`].
pub fn parse_many(text: &str) -> Result<Stream<'_>, Problem> {
    match quick::parse(text) {
        Some(stream) => Ok(stream),
        None => tree::parse(text),
    }
}

/// Why a text can't be read as YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the parser stopped.
    pub location: Location,
    /// What it says, in lower case. It never quotes a scalar's text.
    pub message: String,
}

/// A node's number within its [`Stream`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The number as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// All documents of a text. `Debug` does not show it: it may hold secrets.
#[derive(Clone)]
pub struct Stream<'t> {
    /// The text that all spans count bytes in.
    pub text: &'t str,
    /// The root node of each document.
    pub documents: Vec<NodeId>,
    nodes: Vec<Node<'t>>,
    /// Finds lines and columns; many are asked for in one text.
    places: RefCell<Locator<'t>>,
}

impl std::fmt::Debug for Stream<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (bytes, nodes) = (self.text.len(), self.nodes.len());
        write!(out, "Stream({bytes} bytes, {nodes} nodes)")
    }
}

/// One node as it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'t> {
    /// What it is.
    pub content: Content<'t>,
    /// The bytes of the value itself, without anchor and tag: from the quote, `*`, `|`, `[`, first
    /// key or first `-` to the last byte of its last descendant. The last line break of a block
    /// scalar is not part of it, nor are blank lines after it unless its header says keep (`+`).
    /// An absent value has an empty span.
    pub span: Range<usize>,
    /// The bytes of `&name`.
    pub anchor: Option<Range<usize>>,
    /// The tag that stands before it.
    pub tag: Option<Tag>,
}

/// A tag as written and as resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The full name: `tag:yaml.org,2002:str` for `!!str`, `!secret` for a local one.
    pub name: String,
    /// Its bytes in the text, where the parser knows them.
    pub span: Option<Range<usize>>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'t> {
    /// Text, after escapes, folding and chomping.
    Scalar {
        /// The text. Of an absent value it is empty.
        value: Cow<'t, str>,
        /// How it is written.
        style: ScalarStyle,
    },
    /// `- a` or `[a]`.
    Sequence {
        /// The items in order.
        items: Vec<NodeId>,
        /// How it is written.
        style: CollectionStyle,
    },
    /// `a: b` or `{a: b}`.
    Mapping {
        /// The entries in order, as written: duplicates and `<<` are there.
        entries: Vec<Entry>,
        /// How it is written.
        style: CollectionStyle,
    },
    /// `*name`, and the node it stands for.
    Alias(NodeId),
}

/// An entry of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The key's node.
    pub key: NodeId,
    /// The value's node.
    pub value: NodeId,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScalarStyle {
    /// Nothing is there: `key:`.
    Absent,
    /// `text`
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// How a collection is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CollectionStyle {
    /// By indentation.
    Block,
    /// By brackets.
    Flow,
}

/// An entry of a mapping as a reader sees it, after `<<`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectiveEntry {
    /// The key's node.
    pub key: NodeId,
    /// The value's node; may be an alias.
    pub value: NodeId,
    /// The outermost `<<` entry that brought it in: the value's node there.
    pub merged_by: Option<NodeId>,
}

/// How many nodes may still be visited through aliases and merges before a document counts as an
/// alias bomb. One budget is spent by a whole walk.
#[derive(Debug, Clone)]
pub struct Budget(pub usize);

/// The budget is spent: an alias bomb, or a merge that contains itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverBudget;

impl Budget {
    /// What a document of `bytes` bytes may cost: ten visits per byte, and at least 10,000.
    pub fn for_bytes(bytes: usize) -> Self {
        Self(bytes.saturating_mul(10).max(10_000))
    }

    /// Takes `nodes` from the budget.
    ///
    /// # Errors
    /// When there is not enough left.
    pub fn spend(&mut self, nodes: usize) -> Result<(), OverBudget> {
        match self.0.checked_sub(nodes) {
            Some(rest) => {
                self.0 = rest;
                Ok(())
            }
            None => Err(OverBudget),
        }
    }
}

impl<'t> Stream<'t> {
    /// The node of that number.
    pub fn node(&self, id: NodeId) -> &Node<'t> {
        &self.nodes[id.index()]
    }

    /// All nodes, in the order in which they begin in the text.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node<'t>)> {
        (0u32..).map(NodeId).zip(&self.nodes)
    }

    /// Where the node's value begins in the text.
    pub fn location(&self, id: NodeId) -> Location {
        let start = self.node(id).span.start;
        self.places.borrow_mut().locate(start)
    }

    /// The node that `id` stands for: itself, or an alias's target.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        let mut id = id;
        // A target is no alias itself (YAML forbids `&a *b`), so this ends.
        while let Content::Alias(target) = self.node(id).content {
            id = target;
        }
        id
    }

    /// The text of a scalar, aliases followed.
    pub fn scalar(&self, id: NodeId) -> Option<&str> {
        match &self.node(self.resolve(id)).content {
            Content::Scalar { value, .. } => Some(value),
            Content::Sequence { .. } | Content::Mapping { .. } | Content::Alias(_) => None,
        }
    }

    /// What Dynamiq's loader makes of a scalar, aliases followed; `None` for a collection.
    pub fn scalar_type(&self, id: NodeId) -> Option<ScalarType> {
        let node = self.node(self.resolve(id));
        match &node.content {
            Content::Scalar { value, style } => Some(match &node.tag {
                Some(tag) => scalar_type::of_tagged(&tag.name, value),
                None => scalar_type::of_untagged(value, *style),
            }),
            Content::Sequence { .. } | Content::Mapping { .. } | Content::Alias(_) => None,
        }
    }

    /// The text of a scalar that the loader reads as a string, aliases followed.
    pub fn string(&self, id: NodeId) -> Option<&str> {
        match self.scalar_type(id) {
            Some(ScalarType::String) => self.scalar(id),
            _ => None,
        }
    }

    /// The entries of a mapping as written, aliases followed; empty for anything else.
    pub fn entries(&self, id: NodeId) -> &[Entry] {
        match &self.node(self.resolve(id)).content {
            Content::Mapping { entries, .. } => entries,
            Content::Scalar { .. } | Content::Sequence { .. } | Content::Alias(_) => &[],
        }
    }

    /// The items of a sequence, aliases followed; empty for anything else.
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match &self.node(self.resolve(id)).content {
            Content::Sequence { items, .. } => items,
            Content::Scalar { .. } | Content::Mapping { .. } | Content::Alias(_) => &[],
        }
    }

    /// The value under a key of a mapping as written (the last one wins, `<<` is not followed).
    pub fn get(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        self.entries(mapping)
            .iter()
            .rev()
            .find(|entry| self.scalar(entry.key) == Some(key))
            .map(|entry| entry.value)
    }

    /// The entries of a mapping as `PyYAML`'s `flatten_mapping` gives them: what `<<` brings in
    /// first, own entries last, and of equal keys the last one only, at the place of the first.
    ///
    /// # Errors
    /// When `budget` is spent. A `<<` whose value is no mapping brings nothing in.
    pub fn effective_entries(
        &self,
        mapping: NodeId,
        budget: &mut Budget,
    ) -> Result<Vec<EffectiveEntry>, OverBudget> {
        let mut all = Vec::new();
        self.flatten(mapping, None, 0, &mut all, budget)?;
        if all.iter().all(|entry| entry.merged_by.is_none()) && all.len() < 2 {
            return Ok(all);
        }
        let mut places: HashMap<(ScalarType, &str), usize> = HashMap::with_capacity(all.len());
        let mut unique: Vec<EffectiveEntry> = Vec::with_capacity(all.len());
        for entry in all {
            let Some((text, kind)) = self.scalar(entry.key).zip(self.scalar_type(entry.key)) else {
                unique.push(entry);
                continue;
            };
            match places.get(&(kind, text)) {
                Some(&place) => unique[place] = entry,
                None => {
                    places.insert((kind, text), unique.len());
                    unique.push(entry);
                }
            }
        }
        Ok(unique)
    }

    fn flatten(
        &self,
        mapping: NodeId,
        merged_by: Option<NodeId>,
        depth: usize,
        all: &mut Vec<EffectiveEntry>,
        budget: &mut Budget,
    ) -> Result<(), OverBudget> {
        if depth > MAX_DEPTH {
            return Err(OverBudget);
        }
        let entries = self.entries(mapping);
        budget.spend(entries.len() + 1)?;
        let is_merge = |entry: &&Entry| self.scalar_type(entry.key) == Some(ScalarType::Merge);
        for entry in entries.iter().filter(is_merge) {
            let by = merged_by.or(Some(entry.value));
            match &self.node(self.resolve(entry.value)).content {
                Content::Mapping { .. } => {
                    self.flatten(entry.value, by, depth + 1, all, budget)?;
                }
                Content::Sequence { items, .. } => {
                    // Of several, the first has the last word.
                    for item in items.iter().rev() {
                        self.flatten(*item, by, depth + 1, all, budget)?;
                    }
                }
                Content::Scalar { .. } | Content::Alias(_) => {}
            }
        }
        all.extend(
            entries
                .iter()
                .filter(|entry| !is_merge(entry))
                .map(|entry| EffectiveEntry {
                    key: entry.key,
                    value: entry.value,
                    merged_by,
                }),
        );
        Ok(())
    }

    /// The first key that stands twice in one mapping. `OmegaConf` refuses such a file, `PyYAML`
    /// takes the last.
    pub fn duplicate_key(&self) -> Option<NodeId> {
        self.nodes().find_map(|(_, node)| match &node.content {
            Content::Mapping { entries, .. } => self.duplicate_in(entries),
            Content::Scalar { .. } | Content::Sequence { .. } | Content::Alias(_) => None,
        })
    }

    fn duplicate_in(&self, entries: &[Entry]) -> Option<NodeId> {
        let same = |a: NodeId, b: NodeId| {
            self.scalar(a).is_some()
                && self.scalar(a) == self.scalar(b)
                && self.scalar_type(a) == self.scalar_type(b)
        };
        // Most mappings are small, and comparing is quicker than hashing.
        if entries.len() < 8 {
            return (1..entries.len())
                .find(|at| entries[..*at].iter().any(|e| same(e.key, entries[*at].key)))
                .map(|at| entries[at].key);
        }
        let mut seen = HashSet::with_capacity(entries.len());
        entries.iter().map(|entry| entry.key).find(|key| {
            let text = self.scalar(*key).zip(self.scalar_type(*key));
            text.is_some_and(|text| !seen.insert(text))
        })
    }
}

#[cfg(test)]
mod tests;
