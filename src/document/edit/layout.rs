//! Where things stand in a text: lines, columns, colons, dashes, and what a value's place is like.

use super::super::scalar::BlockScalars;
use super::super::value::Style;
use super::super::{CollectionStyle, Content, Entry, NodeId, ScalarStyle, Stream};

/// A stream with what an edit needs to know about its text.
#[derive(Clone)]
pub(crate) struct Layout<'s, 't> {
    pub stream: &'s Stream<'t>,
    pub text: &'t str,
    pub style: Style,
    parents: Vec<Option<NodeId>>,
    in_flow: Vec<bool>,
}

impl<'s, 't> Layout<'s, 't> {
    pub fn new(stream: &'s Stream<'t>) -> Self {
        let count = stream.nodes().count();
        let mut layout = Self {
            stream,
            text: stream.text,
            style: Style {
                line_break: line_break(stream.text),
                step: 2,
                sequence_step: 2,
                blocks: BlockScalars::Allowed,
            },
            parents: vec![None; count],
            in_flow: vec![false; count],
        };
        for (id, node) in stream.nodes() {
            let inside = layout.in_flow[id.index()] || is_flow(&node.content);
            for child in children(&node.content) {
                layout.parents[child.index()] = Some(id);
                layout.in_flow[child.index()] = inside;
            }
        }
        let step = layout.first_step(|content| matches!(content, Content::Mapping { .. }));
        layout.style.step = step.filter(|step| *step > 0).unwrap_or(2);
        let step = layout.first_step(|content| matches!(content, Content::Sequence { .. }));
        layout.style.sequence_step = step.unwrap_or(layout.style.step);
        layout
    }

    /// The same with or without block scalars.
    pub fn with(&self, blocks: BlockScalars) -> Self {
        let mut layout = self.clone();
        layout.style.blocks = blocks;
        layout
    }

    /// Columns from a block mapping to the first block collection of a kind in one.
    fn first_step(&self, is_wanted: impl Fn(&Content<'_>) -> bool) -> Option<usize> {
        self.stream.nodes().find_map(|(id, node)| {
            let parent = self.parent(id)?;
            let is_nested = is_wanted(&node.content)
                && self.is_block_collection(id)
                && matches!(self.stream.node(parent).content, Content::Mapping { .. })
                && self.is_block_collection(parent);
            if !is_nested {
                return None;
            }
            self.collection_column(id)
                .checked_sub(self.collection_column(parent))
        })
    }

    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.parents[id.index()]
    }

    /// Whether brackets stand around the node.
    pub fn in_flow(&self, id: NodeId) -> bool {
        self.in_flow[id.index()]
    }

    /// Whether it is a collection by indentation.
    pub fn is_block_collection(&self, id: NodeId) -> bool {
        match self.stream.node(id).content {
            Content::Sequence { style, .. } | Content::Mapping { style, .. } => {
                style == CollectionStyle::Block
            }
            Content::Scalar { .. } | Content::Alias(_) => false,
        }
    }

    pub fn scalar_style(&self, id: NodeId) -> Option<ScalarStyle> {
        match self.stream.node(id).content {
            Content::Scalar { style, .. } => Some(style),
            Content::Sequence { .. } | Content::Mapping { .. } | Content::Alias(_) => None,
        }
    }

    pub fn is_absent(&self, id: NodeId) -> bool {
        self.scalar_style(id) == Some(ScalarStyle::Absent)
    }

    /// Where the line of `offset` begins, behind a byte order mark.
    pub fn line_start(&self, offset: usize) -> usize {
        let mark = if self.text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        memchr::memrchr(b'\n', &self.text.as_bytes()[..offset]).map_or(mark, |found| found + 1)
    }

    /// Where the line of `offset` ends, before its line break.
    pub fn line_end(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let end =
            memchr::memchr(b'\n', &bytes[offset..]).map_or(bytes.len(), |found| offset + found);
        if end > offset && end < bytes.len() && bytes[end - 1] == b'\r' {
            end - 1
        } else {
            end
        }
    }

    /// Behind the line break at `end`, a line's end.
    pub fn behind_line_break(&self, end: usize) -> usize {
        let rest = &self.text[end..];
        end + if rest.starts_with("\r\n") {
            2
        } else {
            usize::from(rest.starts_with('\n'))
        }
    }

    /// Before the line break in front of `start`, a line's beginning.
    pub fn before_line_break(&self, start: usize) -> usize {
        let before = &self.text[..start];
        before
            .strip_suffix("\r\n")
            .or_else(|| before.strip_suffix('\n'))
            .unwrap_or(before)
            .len()
    }

    /// The column of `offset`, from 0.
    pub fn column(&self, offset: usize) -> usize {
        self.text[self.line_start(offset)..offset].chars().count()
    }

    /// The column of a block collection's keys or dashes.
    pub fn collection_column(&self, id: NodeId) -> usize {
        let start = match &self.stream.node(id).content {
            Content::Mapping { entries, .. } => match entries.first() {
                Some(entry) => self.entry_start(*entry),
                None => self.stream.node(id).span.start,
            },
            Content::Sequence { .. } | Content::Scalar { .. } | Content::Alias(_) => {
                self.stream.node(id).span.start
            }
        };
        self.column(start)
    }

    /// Where an entry begins: at its key, or what stands before it (`? `, an anchor, a tag).
    pub fn entry_start(&self, entry: Entry) -> usize {
        let start = self.node_start(entry.key);
        let before = self.text[..start].trim_end_matches(' ');
        let is_explicit = before.strip_suffix('?').is_some_and(|before| {
            before.is_empty() || before.ends_with([' ', '\n', '{', ',', '\u{feff}'])
        });
        if is_explicit { before.len() - 1 } else { start }
    }

    /// Where a node begins, its anchor and tag included.
    pub fn node_start(&self, id: NodeId) -> usize {
        let node = self.stream.node(id);
        let anchor = node.anchor.as_ref().map(|anchor| anchor.start);
        let tag = node.tag.as_ref().and_then(|tag| tag.span.as_ref());
        let start = node.span.start;
        start
            .min(anchor.unwrap_or(start))
            .min(tag.map_or(start, |tag| tag.start))
    }

    /// Behind an entry's colon, if it has one.
    pub fn behind_colon(&self, entry: Entry) -> Option<usize> {
        let at = self.skip_blank(self.stream.node(entry.key).span.end);
        self.text[at..].starts_with(':').then_some(at + 1)
    }

    /// Behind white space, line breaks and comments.
    pub fn skip_blank(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => at += 1,
                b'#' if at > 0 && bytes[at - 1].is_ascii_whitespace() => at = self.line_end(at),
                _ => break,
            }
        }
        at
    }

    /// Behind what introduces a value: colon or dash, anchor, tag. `None` where that is not found.
    pub fn lead(&self, parent: Option<NodeId>, index: usize, id: NodeId) -> Option<usize> {
        let node = self.stream.node(id);
        let introduced = match parent.map(|parent| &self.stream.node(parent).content) {
            Some(Content::Mapping { entries, .. }) => {
                Some(self.behind_colon(*entries.get(index)?)?)
            }
            Some(Content::Sequence { items, style }) => match style {
                CollectionStyle::Flow => None,
                CollectionStyle::Block => Some(self.dash(parent?, items, index)? + 1),
            },
            Some(Content::Scalar { .. } | Content::Alias(_)) | None => None,
        };
        let anchor = node.anchor.as_ref().map(|anchor| anchor.end);
        let tag = node.tag.as_ref().and_then(|tag| tag.span.as_ref());
        let lead = introduced.max(anchor).max(tag.map(|tag| tag.end));
        Some(lead.unwrap_or(node.span.start))
    }

    /// The place of a block sequence's dash.
    pub fn dash(&self, sequence: NodeId, items: &[NodeId], index: usize) -> Option<usize> {
        let start = self.stream.node(sequence).span.start;
        let dash = match index.checked_sub(1) {
            None => start,
            Some(before) => {
                // The item before ends on a line of its own.
                let end = self
                    .stream
                    .node(*items.get(before)?)
                    .span
                    .end
                    .max(start + 1);
                self.skip_blank(self.line_end(end))
            }
        };
        self.text[dash..].starts_with('-').then_some(dash)
    }

    /// Where a child of a collection begins: its key, or its dash.
    pub fn child_start(&self, parent: NodeId, index: usize) -> Option<usize> {
        match &self.stream.node(parent).content {
            Content::Mapping { entries, .. } => Some(self.entry_start(*entries.get(index)?)),
            Content::Sequence { items, style } => match style {
                CollectionStyle::Block => self.dash(parent, items, index),
                CollectionStyle::Flow => Some(self.node_start(*items.get(index)?)),
            },
            Content::Scalar { .. } | Content::Alias(_) => None,
        }
    }

    /// Where a child of a collection ends, without a comment behind it.
    pub fn child_end(&self, parent: NodeId, index: usize) -> Option<usize> {
        let (value, fallback) = match &self.stream.node(parent).content {
            Content::Mapping { entries, .. } => {
                let entry = entries.get(index)?;
                (entry.value, self.stream.node(entry.key).span.end)
            }
            Content::Sequence { items, .. } => (*items.get(index)?, 0),
            Content::Scalar { .. } | Content::Alias(_) => return None,
        };
        let lead = self.lead(Some(parent), index, value).unwrap_or(fallback);
        Some(if self.is_absent(value) {
            lead
        } else {
            lead.max(self.stream.node(value).span.end)
        })
    }

    /// Behind the last line of a child of a block collection, before its line break: comments that
    /// are indented as its nested lines are belong to it.
    pub fn child_last_line_end(&self, parent: NodeId, index: usize) -> Option<usize> {
        let end = self.line_end(self.child_end(parent, index)?);
        let value = match &self.stream.node(parent).content {
            Content::Mapping { entries, .. } => entries.get(index)?.value,
            Content::Sequence { items, .. } => *items.get(index)?,
            Content::Scalar { .. } | Content::Alias(_) => return None,
        };
        let own_column = self.collection_column(parent);
        if !self.is_block_collection(value) || self.collection_column(value) <= own_column {
            return Some(end);
        }
        let column = self.collection_column(value);
        let mut last = end;
        let mut line = self.behind_line_break(end);
        while line < self.text.len() {
            let line_end = self.line_end(line);
            let content = &self.text[line..line_end];
            let indent = content.len() - content.trim_start_matches(' ').len();
            if content[indent..].starts_with('#') && indent >= column {
                last = line_end;
            } else if !content.trim().is_empty() {
                break;
            }
            let next = self.behind_line_break(line_end);
            if next == line_end {
                break;
            }
            line = next;
        }
        Some(last)
    }

    /// The last node of a subtree: numbers run in the order of the text, so a subtree is a range.
    pub fn last_descendant(&self, id: NodeId) -> NodeId {
        let mut last = id;
        while let Some(child) = children(&self.stream.node(last).content).last() {
            last = child;
        }
        last
    }
}

/// A collection's children in the order of the text.
pub(crate) fn children<'a>(
    content: &'a Content<'_>,
) -> impl DoubleEndedIterator<Item = NodeId> + 'a {
    let (entries, items): (&[Entry], &[NodeId]) = match content {
        Content::Mapping { entries, .. } => (entries, &[]),
        Content::Sequence { items, .. } => (&[], items),
        Content::Scalar { .. } | Content::Alias(_) => (&[], &[]),
    };
    entries
        .iter()
        .flat_map(|entry| [entry.key, entry.value])
        .chain(items.iter().copied())
}

fn is_flow(content: &Content<'_>) -> bool {
    match content {
        Content::Sequence { style, .. } | Content::Mapping { style, .. } => {
            *style == CollectionStyle::Flow
        }
        Content::Scalar { .. } | Content::Alias(_) => false,
    }
}

fn line_break(text: &str) -> &'static str {
    match memchr::memchr(b'\n', text.as_bytes()) {
        Some(at) if at > 0 && text.as_bytes()[at - 1] == b'\r' => "\r\n",
        Some(_) | None => "\n",
    }
}
