//! Brackets that close on their line.

use std::borrow::Cow;
use std::ops::Range;

use super::{CollectionStyle, Content, Entry, NodeId, Reader, ScalarStyle};

/// Brackets within brackets; deeper ones are for the full parser.
const MAX_FLOW_DEPTH: usize = 20;

impl<'t> Reader<'t> {
    /// A map or list in brackets, and no further.
    pub(super) fn flow(&mut self, anchor: Option<Range<usize>>, depth: usize) -> Option<NodeId> {
        if depth > MAX_FLOW_DEPTH || self.depth + depth > super::MAX_DEPTH {
            return None;
        }
        let start = self.at;
        let is_map = self.byte() == Some(b'{');
        let style = CollectionStyle::Flow;
        let empty = if is_map {
            let entries = Vec::new();
            Content::Mapping { entries, style }
        } else {
            let items = Vec::new();
            Content::Sequence { items, style }
        };
        let id = self.push(empty, start..start, anchor)?;
        let closing = if is_map { b'}' } else { b']' };
        let mut items = Vec::new();
        let mut entries = Vec::new();
        self.at += 1;
        self.skip_spaces();
        let mut is_closed = self.byte() == Some(closing);
        while !is_closed {
            if is_map {
                let key = self.flow_key()?;
                self.skip_spaces();
                let value = self.flow_value(depth)?;
                entries.push(Entry { key, value });
            } else {
                items.push(self.flow_value(depth)?);
            }
            self.skip_spaces();
            match self.byte()? {
                b',' => {
                    self.at += 1;
                    self.skip_spaces();
                }
                byte if byte == closing => is_closed = true,
                _ => return None,
            }
        }
        self.at += 1;
        let end = self.at;
        let node = &mut self.nodes[id.index()];
        node.span.end = end;
        node.content = if is_map {
            Content::Mapping { entries, style }
        } else {
            Content::Sequence { items, style }
        };
        Some(id)
    }

    /// A key with its colon and the blank behind that.
    fn flow_key(&mut self) -> Option<NodeId> {
        let start = self.at;
        let (value, style) = self.flow_text()?;
        let end = self.at;
        if self.bytes.get(end..end + 2) != Some(b": ") {
            return None;
        }
        self.at = end + 2;
        self.push(Content::Scalar { value, style }, start..end, None)
    }

    fn flow_value(&mut self, depth: usize) -> Option<NodeId> {
        let start = self.at;
        match self.byte()? {
            b'{' | b'[' => self.flow(None, depth + 1),
            b'*' => {
                let end = self.name_end(start + 1)?;
                if !matches!(self.bytes.get(end), Some(b' ' | b',' | b']' | b'}')) {
                    return None;
                }
                let content = Content::Alias(self.anchored(self.text.get(start + 1..end)?)?);
                self.at = end;
                self.push(content, start..end, None)
            }
            _ => {
                let (value, style) = self.flow_text()?;
                let end = self.at;
                self.push(Content::Scalar { value, style }, start..end, None)
            }
        }
    }

    fn flow_text(&mut self) -> Option<(Cow<'t, str>, ScalarStyle)> {
        if matches!(self.byte(), Some(b'"' | b'\'')) {
            return self.quoted();
        }
        if !self.is_plain_start() {
            return None;
        }
        let start = self.at;
        let rest = &self.bytes[start..];
        let is_end = |byte: &u8| matches!(byte, b',' | b'[' | b']' | b'{' | b'}' | b'\n' | b'#');
        let mut end = 0;
        loop {
            match rest.get(end)? {
                byte if is_end(byte) => break,
                b':' => match rest.get(end + 1)? {
                    b' ' => break,
                    next if next.is_ascii_alphanumeric() || b"/._-".contains(next) => end += 1,
                    _ => return None,
                },
                _ => end += 1,
            }
        }
        // Behind brackets and `#` nothing is plain any more; a comment would not close them.
        if matches!(rest[end], b'[' | b'{' | b'\n' | b'#') {
            return None;
        }
        let is_key = rest[end] == b':';
        while end > 0 && rest[end - 1] == b' ' {
            if is_key {
                return None;
            }
            end -= 1;
        }
        self.at = start + end;
        Some((
            Cow::Borrowed(self.text.get(start..start + end)?),
            ScalarStyle::Plain,
        ))
    }
}
