//! A quick reader for what nearly every workflow file is made of: block maps and lists, texts of
//! one line, `|` and `>`, brackets that close on their line, anchors and aliases.
//!
//! It gives exactly the tree that [`super::tree`] gives, several times as fast, or nothing at all:
//! whatever it does not know for sure (tags, texts over several lines, tabs, `\r`, an error) is
//! left to the full parser. Tests hold the two against each other.

mod flow;
mod scalar;

use std::borrow::Cow;
use std::ops::Range;

use super::{CollectionStyle, Content, Entry, Node, NodeId, ScalarStyle, Stream};
use crate::connection::Locator;

/// How deep this goes; less than the full parser, which has the message.
const MAX_DEPTH: usize = 100;

/// A longer key is no simple key in YAML.
const LONGEST_KEY: usize = 1000;

/// Aliases are looked up one by one.
const MOST_ANCHORS: usize = 64;

/// Reads a text of one document, if it is as simple as that.
pub(super) fn parse(text: &str) -> Option<Stream<'_>> {
    if !is_simple(text.as_bytes()) || u32::try_from(text.len()).is_err() {
        return None;
    }
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with("---\n") { 4 } else { 0 },
        indent: None,
        depth: 0,
        nodes: Vec::with_capacity(text.len() / 24),
        anchors: Vec::new(),
    };
    reader.next_line();
    let root = reader.block(reader.indent?, None)?;
    let Reader { nodes, indent, .. } = reader;
    indent.is_none().then_some(Stream {
        text,
        documents: vec![root],
        nodes,
        places: Locator::new(text).into(),
    })
}

/// Whether nothing but `\n` and what can be printed is in a text: no tab, `\r`, byte order mark, nor
/// any other line break.
fn is_simple(bytes: &[u8]) -> bool {
    // Without branches, this is done many bytes at a time.
    let has = |is_suspect: fn(u8) -> bool| {
        bytes.chunks(256).any(|chunk| {
            chunk
                .iter()
                .fold(false, |any, byte| any | is_suspect(*byte))
        })
    };
    if has(|byte| (byte < b' ' && byte != b'\n') || byte == 0x7f) {
        return false;
    }
    if !has(|byte| matches!(byte, 0xc2 | 0xe2 | 0xef)) {
        return true;
    }
    memchr::memchr3_iter(0xc2, 0xe2, 0xef, bytes).all(|at| match bytes[at..] {
        [0xc2, second, ..] => second >= 0xa0,
        [0xe2, 0x80, third, ..] => !matches!(third, 0xa8 | 0xa9),
        [0xef, 0xbb | 0xbf, ..] => false,
        _ => true,
    })
}

/// What holds a value.
#[derive(Clone, Copy)]
enum Holder {
    /// A `-` in this column.
    Item { column: usize },
    /// A key in this column, which ends there.
    Entry { column: usize, key_end: usize },
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// How far the line is indented that is to be read next, with `at` on its first character.
    /// `None` at the end.
    indent: Option<usize>,
    depth: usize,
    nodes: Vec<Node<'t>>,
    anchors: Vec<(&'t str, NodeId)>,
}

impl<'t> Reader<'t> {
    /// A block map or list whose first character is here.
    fn block(&mut self, column: usize, anchor: Option<Range<usize>>) -> Option<NodeId> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let id = if self.is_dash() {
            self.sequence(column, anchor)?
        } else {
            self.mapping(column, anchor)?
        };
        self.depth -= 1;
        Some(id)
    }

    fn sequence(&mut self, column: usize, anchor: Option<Range<usize>>) -> Option<NodeId> {
        let start = self.at;
        let style = CollectionStyle::Block;
        let items = Vec::new();
        let id = self.push(Content::Sequence { items, style }, start..start, anchor)?;
        let mut items = Vec::new();
        loop {
            self.at += 1;
            items.push(self.value(Holder::Item { column })?);
            match self.indent {
                Some(indent) if indent > column => return None,
                Some(indent) if indent == column && self.is_dash() => {}
                Some(_) | None => break,
            }
        }
        let end = self.end_of(*items.last()?);
        let node = &mut self.nodes[id.index()];
        node.span.end = end.max(start);
        node.content = Content::Sequence { items, style };
        Some(id)
    }

    fn mapping(&mut self, column: usize, anchor: Option<Range<usize>>) -> Option<NodeId> {
        let start = self.at;
        let style = CollectionStyle::Block;
        let entries = Vec::new();
        let id = self.push(Content::Mapping { entries, style }, start..start, anchor)?;
        let mut entries = Vec::new();
        loop {
            let key = self.key()?;
            let key_end = self.nodes[key.index()].span.end;
            let value = self.value(Holder::Entry { column, key_end })?;
            entries.push(Entry { key, value });
            match self.indent {
                Some(indent) if indent > column => return None,
                Some(indent) if indent == column && self.is_dash() => return None,
                Some(indent) if indent == column => {}
                Some(_) | None => break,
            }
        }
        let end = self.end_of(entries.last()?.value);
        let node = &mut self.nodes[id.index()];
        node.span.end = end.max(start);
        node.content = Content::Mapping { entries, style };
        Some(id)
    }

    /// A key, with its colon.
    fn key(&mut self) -> Option<NodeId> {
        let start = self.at;
        let (value, style) = match self.byte()? {
            b'"' | b'\'' => self.quoted()?,
            _ => {
                let end = self.key_end()?;
                let text = self.text.get(start..end)?;
                self.at = end;
                (Cow::Borrowed(text), ScalarStyle::Plain)
            }
        };
        let end = self.at;
        if end - start > LONGEST_KEY || self.byte() != Some(b':') || !self.is_blank(end + 1) {
            return None;
        }
        self.at = end + 1;
        self.push(Content::Scalar { value, style }, start..end, None)
    }

    /// Where the unquoted key ends that begins here; `None` if it is none.
    fn key_end(&self) -> Option<usize> {
        if !self.is_plain_start() {
            return None;
        }
        let start = self.at;
        let line = &self.bytes[start..self.line_end()];
        let at = memchr::memchr2_iter(b':', b'#', line).find(|at| match line[*at] {
            b':' => matches!(line.get(at + 1), None | Some(b' ')),
            _ => line[at - 1] == b' ',
        })?;
        let is_key = line[at] == b':' && line[at - 1] != b' ';
        is_key.then_some(start + at)
    }

    /// Whether a key begins here.
    fn is_key(&self) -> bool {
        match self.byte() {
            Some(b'"' | b'\'') => self
                .quoted_end()
                .is_some_and(|end| self.bytes.get(end) == Some(&b':') && self.is_blank(end + 1)),
            Some(_) | None => self.key_end().is_some(),
        }
    }

    /// What stands behind a `-` or `:`, on its line or below; then on to the next line.
    fn value(&mut self, holder: Holder) -> Option<NodeId> {
        self.skip_spaces();
        let anchor = match self.byte() {
            Some(b'&') => {
                let start = self.at;
                self.at = self.name_end(start + 1)?;
                let end = self.at;
                if !self.is_blank(end) {
                    return None;
                }
                self.skip_spaces();
                Some(start..end)
            }
            Some(_) | None => None,
        };
        let start = self.at;
        let (content, end) = match self.byte() {
            None | Some(b'\n' | b'#') => return self.below(holder, anchor),
            Some(b'-') if self.is_dash() => return self.compact(holder, anchor.as_ref()),
            Some(b'*') if anchor.is_none() => {
                let end = self.name_end(start + 1)?;
                let content = Content::Alias(self.anchored(self.text.get(start + 1..end)?)?);
                self.at = end;
                (content, end)
            }
            Some(b'|' | b'>') => {
                let column = match holder {
                    Holder::Item { column } | Holder::Entry { column, .. } => column,
                };
                let (content, end) = self.block_scalar(column)?;
                let id = self.push(content, start..end, anchor);
                self.next_line();
                return id;
            }
            Some(b'{' | b'[') => {
                let id = self.flow(anchor, 0)?;
                self.end_line()?;
                return Some(id);
            }
            Some(_) => {
                if matches!(holder, Holder::Item { .. }) && self.is_key() {
                    return self.compact(holder, anchor.as_ref());
                }
                let (value, style) = match self.bytes[start] {
                    b'"' | b'\'' => self.quoted()?,
                    _ => (Cow::Borrowed(self.plain()?), ScalarStyle::Plain),
                };
                (Content::Scalar { value, style }, self.at)
            }
        };
        let id = self.push(content, start..end, anchor)?;
        self.end_line()?;
        Some(id)
    }

    /// A collection that begins behind a `-`, on the same line.
    fn compact(&mut self, holder: Holder, anchor: Option<&Range<usize>>) -> Option<NodeId> {
        match holder {
            // An anchor here is that of the first key.
            Holder::Item { .. } if anchor.is_none() => {
                let line = memchr::memrchr(b'\n', &self.bytes[..self.at]).map_or(0, |end| end + 1);
                self.block(self.at - line, None)
            }
            Holder::Item { .. } | Holder::Entry { .. } => None,
        }
    }

    /// A value on the lines below, or none.
    fn below(&mut self, holder: Holder, anchor: Option<Range<usize>>) -> Option<NodeId> {
        self.end_line()?;
        let (column, absent) = match holder {
            Holder::Item { column } => (column, None),
            Holder::Entry { column, key_end } => (column, Some(key_end)),
        };
        match self.indent {
            Some(indent) if indent > column => self.block(indent, anchor),
            Some(indent) if indent == column && absent.is_some() && self.is_dash() => {
                self.block(indent, anchor)
            }
            Some(_) | None => {
                let place = absent.filter(|_| anchor.is_none())?;
                let content = Content::Scalar {
                    value: Cow::Borrowed(""),
                    style: ScalarStyle::Absent,
                };
                self.push(content, place..place, None)
            }
        }
    }

    fn push(
        &mut self,
        content: Content<'t>,
        span: Range<usize>,
        anchor: Option<Range<usize>>,
    ) -> Option<NodeId> {
        let id = NodeId(u32::try_from(self.nodes.len()).ok()?);
        if let Some(anchor) = &anchor {
            if self.anchors.len() == MOST_ANCHORS {
                return None;
            }
            let name = self.text.get(anchor.start + 1..anchor.end)?;
            self.anchors.push((name, id));
        }
        self.nodes.push(Node {
            content,
            span,
            anchor,
            tag: None,
        });
        Some(id)
    }

    /// The node that an alias with that name stands for.
    fn anchored(&self, name: &str) -> Option<NodeId> {
        let mut known = self.anchors.iter().rev();
        known.find(|(own, _)| *own == name).map(|(_, id)| *id)
    }

    /// Where a collection ends whose last child this is.
    fn end_of(&self, child: NodeId) -> usize {
        let node = &self.nodes[child.index()];
        let anchor = node.anchor.as_ref().map_or(0, |anchor| anchor.end);
        node.span.end.max(anchor)
    }

    /// The end of the anchor's name that begins at `start`.
    fn name_end(&self, start: usize) -> Option<usize> {
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let length = self.bytes[start..].iter().take_while(is_name).count();
        (length > 0).then_some(start + length)
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether a space, the end of the line or the end is at that place.
    fn is_blank(&self, at: usize) -> bool {
        matches!(self.bytes.get(at), None | Some(b' ' | b'\n'))
    }

    fn is_dash(&self) -> bool {
        self.byte() == Some(b'-') && self.is_blank(self.at + 1)
    }

    fn line_end(&self) -> usize {
        memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |n| self.at + n)
    }

    fn skip_spaces(&mut self) {
        while self.byte() == Some(b' ') {
            self.at += 1;
        }
    }

    /// From behind a value, over blanks and a comment, to the next line. Anything else is not known
    /// here.
    fn end_line(&mut self) -> Option<()> {
        let start = self.at;
        self.skip_spaces();
        match self.byte() {
            None | Some(b'\n') => {}
            // The blank may have been skipped already.
            Some(b'#') if self.at > start || self.bytes[start - 1] == b' ' => {}
            Some(_) => return None,
        }
        self.at = self.line_end();
        self.next_line();
        Some(())
    }

    /// To the first character of the next line that says something, from the end or the start of a
    /// line.
    fn next_line(&mut self) {
        if self.byte() == Some(b'\n') {
            self.at += 1;
        }
        loop {
            let start = self.at;
            self.skip_spaces();
            match self.byte() {
                None => {
                    self.indent = None;
                    return;
                }
                Some(b'\n') => self.at += 1,
                Some(b'#') => self.at = (self.line_end() + 1).min(self.bytes.len()),
                Some(_) => {
                    self.indent = Some(self.at - start);
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
