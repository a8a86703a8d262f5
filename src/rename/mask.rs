//! A YAML text as it may be shown: line for line the same, secrets masked.

use std::collections::HashSet;
use std::ops::Range;

use crate::catalog::{Catalog, is_secret_name, mask_entry, mask_items, mask_text};
use crate::connection::{Secret, is_harmful};
use crate::document::{self, Content, NodeId, ScalarStyle, Stream};
use crate::order;

/// Texts that are shown whatever they look like: the ids that a diff is about.
#[derive(Default)]
pub(super) struct Spared<'s>(pub(super) [&'s str; 2]);

/// The text with a mask in place of each secret. The number of lines stays. A text that can't be
/// read has all its values masked.
/// What is among `known` is masked wherever it stands.
pub(super) fn masked(
    text: &str,
    catalog: &Catalog,
    spared: &Spared<'_>,
    known: &HashSet<String>,
) -> String {
    let Ok(stream) = document::parse(text) else {
        let mask = [Secret::MASK, "\n"].concat();
        return mask.repeat(text.lines().count());
    };
    let mut masks = Masking::of(&stream, catalog, spared, known).masks;
    masks.extend(comments(&stream));
    harmless_lines(&replaced(text, masks))
}

/// The values that [`masked`] masks as wholes; those of a text that can't be read are not known.
pub(super) fn secrets(text: &str, catalog: &Catalog) -> HashSet<String> {
    let Ok(stream) = document::parse(text) else {
        return HashSet::new();
    };
    let (spared, known) = (Spared::default(), HashSet::new());
    Masking::of(&stream, catalog, &spared, &known).secrets
}

/// What is known about a value from where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    /// Its form decides.
    Open,
    /// Below a key whose values are secrets.
    Secret,
}

struct Masking<'m, 't> {
    stream: &'m Stream<'t>,
    catalog: &'m Catalog,
    spared: &'m Spared<'m>,
    /// Secrets from elsewhere.
    known: &'m HashSet<String>,
    /// The values that were masked as wholes.
    secrets: HashSet<String>,
    /// What is masked as a whole already: aliases may lead here again.
    whole: HashSet<NodeId>,
    masks: Vec<(Range<usize>, String)>,
}

impl<'m, 't> Masking<'m, 't> {
    fn of(
        stream: &'m Stream<'t>,
        catalog: &'m Catalog,
        spared: &'m Spared<'m>,
        known: &'m HashSet<String>,
    ) -> Self {
        let mut masking = Self {
            stream,
            catalog,
            spared,
            known,
            secrets: HashSet::new(),
            whole: HashSet::new(),
            masks: Vec::new(),
        };
        for root in &stream.documents {
            masking.value(*root, Context::Open);
        }
        masking
    }

    fn value(&mut self, node: NodeId, context: Context) {
        let stream = self.stream;
        match &stream.node(node).content {
            Content::Alias(target) => {
                // What an alias of a secret field stands for is a secret where it is written.
                if context == Context::Secret {
                    self.value(*target, context);
                }
            }
            Content::Scalar { value, .. } => {
                let shown = match context {
                    Context::Open if self.known.contains(value.as_ref()) => {
                        mask_entry("secret", value)
                    }
                    Context::Open => mask_text(value),
                    Context::Secret => mask_entry("secret", value),
                };
                if shown != *value {
                    let shown = shown.into_owned();
                    self.mask(node, &shown);
                }
            }
            Content::Sequence { items, .. } => {
                if context == Context::Secret && !self.whole.insert(node) {
                    return;
                }
                for item in items {
                    self.value(*item, context);
                }
                self.arguments(items);
            }
            Content::Mapping { entries, .. } => {
                if context == Context::Secret && !self.whole.insert(node) {
                    return;
                }
                let kind = stream
                    .get(node, "type")
                    .and_then(|kind| self.catalog.get(stream.scalar(kind)?));
                for entry in entries {
                    let key = stream.scalar(entry.key).unwrap_or_default();
                    let is_secret = is_secret_name(key)
                        || kind
                            .and_then(|kind| kind.field(key))
                            .is_some_and(|field| field.secret);
                    let inner = if is_secret { Context::Secret } else { context };
                    self.value(entry.value, inner);
                }
            }
        }
    }

    /// Masks what follows a secret flag in a list of arguments.
    fn arguments(&mut self, items: &[NodeId]) {
        let texts: Vec<&str> = items
            .iter()
            .map(|item| self.stream.scalar(*item).unwrap_or_default())
            .collect();
        let shown: Vec<String> = mask_items(&texts)
            .into_iter()
            .map(std::borrow::Cow::into_owned)
            .collect();
        for ((item, text), shown) in items.iter().zip(texts).zip(shown) {
            if shown != text {
                self.mask(self.stream.resolve(*item), &shown);
            }
        }
    }

    fn mask(&mut self, id: NodeId, shown: &str) {
        let node = self.stream.node(id);
        let Content::Scalar { value, style } = &node.content else {
            return;
        };
        if self.spared.0.contains(&value.as_ref()) {
            return;
        }
        if shown == Secret::MASK {
            self.secrets.insert(value.to_string());
        }
        let written = &self.stream.text[node.span.clone()];
        let mask = if written.contains('\n') {
            // Every line has its mask, so that lines stay lines.
            let lines: Vec<String> = written.split('\n').map(masked_line).collect();
            lines.join("\n")
        } else {
            match style {
                ScalarStyle::SingleQuoted => format!("'{shown}'"),
                ScalarStyle::DoubleQuoted => format!("\"{shown}\""),
                ScalarStyle::Absent
                | ScalarStyle::Plain
                | ScalarStyle::Literal
                | ScalarStyle::Folded => shown.to_owned(),
            }
        };
        self.masks.push((node.span.clone(), mask));
    }
}

/// A line of a masked text: its indentation, and the header of a block scalar.
fn masked_line(line: &str) -> String {
    let text = line.trim_start_matches(' ');
    let indentation = &line[..line.len() - text.len()];
    let is_header = text.starts_with(['|', '>'])
        && text.trim_end().len() <= 3
        && text.trim_end()[1..]
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-'));
    let text = text.trim_end();
    if text.is_empty() || is_header {
        format!("{indentation}{text}")
    } else {
        format!("{indentation}{}", Secret::MASK)
    }
}

/// Masks for comments, which hold a key that somebody switched off as often as not.
fn comments(stream: &Stream<'_>) -> Vec<(Range<usize>, String)> {
    let text = stream.text;
    let mut scalars: Vec<Range<usize>> = stream
        .nodes()
        .filter(|(_, node)| matches!(node.content, Content::Scalar { .. }))
        .map(|(_, node)| node.span.clone())
        .filter(|span| !span.is_empty())
        .collect();
    order::sort_by_key(&mut scalars, |span| span.start);
    let mut masks = Vec::new();
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'#', &text.as_bytes()[from..]) {
        let at = from + found;
        from = at + 1;
        let before = scalars.partition_point(|span| span.start <= at);
        let inside = before.checked_sub(1).map(|last| scalars[last].clone());
        if let Some(span) = inside.filter(|span| span.contains(&at)) {
            from = from.max(span.end);
            // A block scalar's header may have a comment; the rest is the scalar's text.
            let header_end = span.start + text[span.clone()].find('\n').unwrap_or(span.len());
            if !text[span.clone()].starts_with(['|', '>']) || at >= header_end {
                continue;
            }
        }
        let end = text[at..]
            .find(['\n', '\r'])
            .map_or(text.len(), |end| at + end);
        from = from.max(end);
        let comment = &text[at..end];
        let shown = masked_comment(comment);
        if shown != comment {
            masks.push((at..end, shown));
        }
    }
    masks
}

fn masked_comment(comment: &str) -> String {
    let body = comment.trim_start_matches(['#', ' ', '\t', '-']);
    let opening = &comment[..comment.len() - body.len()];
    if let Some((name, value)) = body.split_once(':') {
        let name_is_secret = is_secret_name(name.trim_matches(['"', '\'', ' ']));
        if name_is_secret && !value.trim().is_empty() {
            let shown = mask_entry("secret", value.trim());
            return format!("{opening}{name}: {shown}");
        }
    }
    let words: Vec<_> = body.split(' ').map(mask_text).collect();
    let by_word = words.join(" ");
    if by_word != body {
        return format!("{opening}{by_word}");
    }
    format!("{opening}{}", mask_text(body))
}

fn replaced(text: &str, mut masks: Vec<(Range<usize>, String)>) -> String {
    order::sort_by_key(&mut masks, |(range, _)| (range.start, range.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, mask) in masks {
        // Of two masks for one text, the first will do.
        if range.start < at {
            continue;
        }
        out.push_str(&text[at..range.start]);
        out.push_str(&mask);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// What moves the cursor or turns the direction of writing is escaped; line ends and tabs stay.
fn harmless_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let is_line_end = c == '\n' || (c == '\r' && characters.peek() == Some(&'\n'));
        if is_harmful(c) && c != '\t' && !is_line_end {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
