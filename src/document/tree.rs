//! From the parser's events to the tree: spans that cover exactly a value, whatever its style.
//!
//! The parser's own spans need four corrections: a block scalar's begins behind its header and
//! ends behind the blank lines after it, a collection's ends at the next token, a block
//! collection's begins at its first child, and an absent value is reported as `~`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{
    Event, Options, Parser, ScalarStyle as ParserStyle, Span, StrInput, StructureStyle,
};

use super::{
    CollectionStyle, Content, Entry, MAX_DEPTH, Node, NodeId, Problem, ScalarStyle, Stream, Tag,
};
use crate::connection::{Location, Locator};

pub(super) fn parse(text: &str) -> Result<Stream<'_>, Problem> {
    let mut options = Options::default();
    options.emit_anchor_events = true;
    options.block_nesting_limit = MAX_DEPTH;
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_scalar_eof_without_line_feed = true;
    let mut parser: Parser<'_, StrInput<'_>> = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder::new(text);
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => builder.take(event, &span)?,
            Err(error) => {
                let offset = error.marker().byte_offset().unwrap_or(text.len());
                let message = match lower_first(&error.info()) {
                    message if message == "recursion limit exceeded" => {
                        format!("nested too deep, more than {MAX_DEPTH} levels")
                    }
                    message => message,
                };
                return Err(Problem {
                    location: Location::of_offset(text, offset),
                    message,
                });
            }
        }
    }
    Ok(builder.stream)
}

fn lower_first(message: &str) -> String {
    let mut characters = message.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

struct Builder<'t> {
    stream: Stream<'t>,
    /// The collections that are open, each with the key that waits for its value.
    open: Vec<(NodeId, Option<NodeId>)>,
    /// The node of each anchor number; aliases name these.
    anchors: HashMap<usize, NodeId>,
    /// Behind the last token: a block scalar's header is looked for from here.
    behind: usize,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            stream: Stream {
                text,
                documents: Vec::new(),
                nodes: Vec::new(),
                places: Locator::new(text).into(),
            },
            open: Vec::new(),
            anchors: HashMap::new(),
            behind: 0,
        }
    }

    fn take(&mut self, event: Event<'t>, span: &Span) -> Result<(), Problem> {
        let range = span.byte_range().unwrap_or(0..0);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let tag = tag.map(|tag| own_tag(&tag, span));
                let (content, span) = self.scalar(value, style, range, tag.as_ref());
                let id = self.add(content, span, tag, anchor)?;
                self.attach(id);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let tag = tag.map(|tag| own_tag(&tag, span));
                let content = Content::Sequence {
                    items: Vec::new(),
                    style: collection_style(style),
                };
                self.begin(content, range, tag, anchor)?;
            }
            Event::MappingStart(style, anchor, tag) => {
                let tag = tag.map(|tag| own_tag(&tag, span));
                let content = Content::Mapping {
                    entries: Vec::new(),
                    style: collection_style(style),
                };
                self.begin(content, range, tag, anchor)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&range),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor);
                let Some(&target) = target else {
                    return Err(self.problem(range.start, "an alias without an anchor"));
                };
                let id = self.add(Content::Alias(target), range, None, 0)?;
                self.attach(id);
            }
            Event::Anchor(anchor, _) => {
                let target = self.anchors.get(&anchor);
                if let Some(&target) = target {
                    self.stream.nodes[target.index()].anchor = Some(range);
                }
            }
            Event::UnresolvedAlias(_) => {
                return Err(self.problem(range.start, "an alias without an anchor"));
            }
            // Without `---` the range is that of what comes first, a block scalar's content say.
            Event::DocumentStart(is_explicit, ..) if is_explicit => self.behind = range.end,
            // `Event` may grow; what is no node changes nothing.
            Event::DocumentStart(..)
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentEnd
            | _ => {}
        }
        Ok(())
    }

    fn problem(&self, offset: usize, message: &str) -> Problem {
        Problem {
            location: Location::of_offset(self.stream.text, offset),
            message: message.to_owned(),
        }
    }

    fn add(
        &mut self,
        content: Content<'t>,
        span: Range<usize>,
        tag: Option<Tag>,
        anchor: usize,
    ) -> Result<NodeId, Problem> {
        let Ok(number) = u32::try_from(self.stream.nodes.len()) else {
            return Err(self.problem(span.start, "more nodes than can be counted"));
        };
        let id = NodeId(number);
        self.behind = self.behind.max(span.end);
        self.stream.nodes.push(Node {
            content,
            span,
            anchor: None,
            tag,
        });
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        Ok(id)
    }

    fn begin(
        &mut self,
        content: Content<'t>,
        span: Range<usize>,
        tag: Option<Tag>,
        anchor: usize,
    ) -> Result<(), Problem> {
        let is_block_sequence = matches!(
            content,
            Content::Sequence {
                style: CollectionStyle::Block,
                ..
            }
        );
        let start = if is_block_sequence {
            self.first_dash(span.start)
        } else {
            span.start
        };
        let id = self.add(content, start..span.end, tag, anchor)?;
        self.open.push((id, None));
        Ok(())
    }

    /// Where a block sequence begins. The parser names the first item's content if the sequence is
    /// not indented more than its key.
    fn first_dash(&self, reported: usize) -> usize {
        let bytes = self.stream.text.as_bytes();
        let is_dash = bytes.get(reported) == Some(&b'-')
            && bytes.get(reported + 1).is_none_or(u8::is_ascii_whitespace);
        // `key:\n- - a`: the dash reported may be that of a sequence in the first item.
        let is_value = self.open.last().is_some_and(|(_, key)| key.is_some());
        if is_dash && !is_value {
            return reported;
        }
        token(bytes, self.behind.min(reported), reported, b"-")
    }

    fn end(&mut self, end_token: &Range<usize>) {
        let Some((id, _)) = self.open.pop() else {
            return;
        };
        let last_child = match &self.stream.node(id).content {
            Content::Sequence { items, .. } => items.last().copied(),
            Content::Mapping { entries, .. } => entries.last().map(|entry| entry.value),
            Content::Scalar { .. } | Content::Alias(_) => None,
        };
        let style = match &self.stream.node(id).content {
            Content::Sequence { style, .. } | Content::Mapping { style, .. } => *style,
            Content::Scalar { .. } | Content::Alias(_) => CollectionStyle::Block,
        };
        let end = match (style, last_child) {
            (CollectionStyle::Flow, _) => end_token.end,
            (CollectionStyle::Block, Some(child)) => {
                let node = self.stream.node(child);
                // An absent value may still have an anchor or a tag behind its key.
                let anchor = node.anchor.as_ref().map_or(0, |range| range.end);
                let tag = node.tag.as_ref().and_then(|tag| tag.span.clone());
                node.span
                    .end
                    .max(anchor)
                    .max(tag.map_or(0, |range| range.end))
            }
            (CollectionStyle::Block, None) => self.stream.node(id).span.end,
        };
        let node = &mut self.stream.nodes[id.index()];
        // A pair in a flow sequence, `[a: b]`, is a mapping without brackets.
        node.span.end = end.max(node.span.start);
        self.behind = self.behind.max(end);
        self.attach(id);
    }

    /// Puts a finished node where it belongs: document, sequence, key or value.
    fn attach(&mut self, id: NodeId) {
        let Some((parent, waiting_key)) = self.open.last_mut() else {
            self.stream.documents.push(id);
            return;
        };
        match &mut self.stream.nodes[parent.index()].content {
            Content::Sequence { items, .. } => items.push(id),
            Content::Mapping { entries, .. } => match waiting_key.take() {
                Some(key) => entries.push(Entry { key, value: id }),
                None => *waiting_key = Some(id),
            },
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
    }

    fn scalar(
        &self,
        value: Cow<'t, str>,
        style: ParserStyle,
        range: Range<usize>,
        tag: Option<&Tag>,
    ) -> (Content<'t>, Range<usize>) {
        let (style, span) = match style {
            ParserStyle::Plain if range.is_empty() => {
                let content = Content::Scalar {
                    value: "".into(),
                    style: ScalarStyle::Absent,
                };
                return (content, range);
            }
            ParserStyle::Plain => (ScalarStyle::Plain, range),
            ParserStyle::SingleQuoted => (ScalarStyle::SingleQuoted, range),
            ParserStyle::DoubleQuoted => (ScalarStyle::DoubleQuoted, range),
            ParserStyle::Literal => (ScalarStyle::Literal, self.block_span(range, tag)),
            ParserStyle::Folded => (ScalarStyle::Folded, self.block_span(range, tag)),
        };
        (Content::Scalar { value, style }, span)
    }

    /// From the header (`|`, `>`) to the end of the last line that belongs to the value.
    fn block_span(&self, content: Range<usize>, tag: Option<&Tag>) -> Range<usize> {
        let bytes = self.stream.text.as_bytes();
        let from = tag
            .and_then(|tag| tag.span.as_ref())
            .map_or(0, |span| span.end);
        let behind = self.behind.max(from).min(content.start);
        let start = token(bytes, behind, content.start, b"|>");
        let header_end = memchr::memchr2(b'\n', b'\r', &bytes[start..])
            .map_or(bytes.len(), |found| start + found);
        let keeps = bytes[start..header_end]
            .iter()
            .take_while(|byte| !byte.is_ascii_whitespace() && **byte != b'#')
            .any(|byte| *byte == b'+');
        let mut end = content.end.max(start + 1);
        if keeps {
            // The next token's indentation is not the value's.
            let line = memchr::memrchr(b'\n', &bytes[start..end]).map_or(end, |n| start + n + 1);
            if bytes[line..end].iter().all(|byte| *byte == b' ') {
                end = line;
            }
            if end > start && bytes.get(end - 1) == Some(&b'\n') {
                end -= 1;
                if bytes.get(end - 1) == Some(&b'\r') {
                    end -= 1;
                }
            }
        } else {
            while end > start + 1 && matches!(bytes[end - 1], b'\n' | b'\r' | b' ') {
                end -= 1;
            }
            // Blanks at the end of the last line are the value's.
            while matches!(bytes.get(end), Some(b' ')) && end < content.end {
                end += 1;
            }
        }
        if end < header_end {
            // Nothing but blank lines: the header alone, with the comment behind it.
            end = trim_end(bytes, start, header_end);
        }
        start..end
    }
}

fn trim_end(bytes: &[u8], start: usize, end: usize) -> usize {
    let mut end = end;
    while end > start && matches!(bytes[end - 1], b'\r' | b'\n') {
        end -= 1;
    }
    end
}

/// The place of the first of the `wanted` indicators in `from..to`, or `to`. Between the token
/// before and a node's content stand only white space, indicators, an anchor, a tag and comments.
fn token(bytes: &[u8], from: usize, to: usize, wanted: &[u8]) -> usize {
    let mut at = from;
    while at < to {
        match bytes[at] {
            byte if wanted.contains(&byte) => return at,
            b'#' => {
                // A lone `\r` ends a line, too.
                at = memchr::memchr2(b'\n', b'\r', &bytes[at..to]).map_or(to, |found| at + found);
            }
            b'&' | b'!' => {
                while at < to && !bytes[at].is_ascii_whitespace() {
                    at += 1;
                }
            }
            _ => at += 1,
        }
    }
    to
}

fn own_tag(tag: &granit_parser::Tag, span: &Span) -> Tag {
    Tag {
        name: format!("{}{}", tag.handle(), tag.suffix()),
        span: span.tag_span().and_then(|span| span.byte_range()),
    }
}

fn collection_style(style: StructureStyle) -> CollectionStyle {
    match style {
        StructureStyle::Block => CollectionStyle::Block,
        StructureStyle::Flow => CollectionStyle::Flow,
    }
}
