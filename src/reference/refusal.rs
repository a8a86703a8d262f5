//! Whether Dynamiq's loader refuses a text that is YAML: `PyYAML`'s safe loader with `OmegaConf`'s
//! check for duplicate keys, then `OmegaConf.create`.

use std::collections::HashSet;

use super::Problem;
use super::rule::{Rule, holds};
use crate::connection::Location;
use crate::document::{Content, Entry, NodeId, ScalarStyle, ScalarType, Stream, Tag};
use crate::interpolation;

/// The first reason why the loader refuses the file.
pub(super) fn of_stream(stream: &Stream<'_>) -> Option<Problem> {
    let problem = |node: NodeId, message: &str| {
        Some(Problem {
            location: stream.location(node),
            message: message.to_owned(),
        })
    };
    if let Some((offset, message)) = of_tabs(stream) {
        return Some(Problem {
            location: Location::of_offset(stream.text, offset),
            message: message.to_owned(),
        });
    }
    if let [_, second, ..] = stream.documents[..] {
        return problem(second, "more than one document");
    }
    let is_no_value = |id: NodeId| {
        // A tag has its own message.
        stream.node(id).tag.is_none()
            && matches!(
                stream.scalar_type(id),
                Some(ScalarType::Merge | ScalarType::Refused)
            )
    };
    for (_, node) in stream.nodes() {
        if let Some(tag) = &node.tag
            && let Some(message) = of_tag(tag, &node.content)
        {
            let at = tag.span.as_ref().map_or(node.span.start, |span| span.start);
            return Some(Problem {
                location: Location::of_offset(stream.text, at),
                message,
            });
        }
        match &node.content {
            Content::Mapping { entries, .. } => {
                if let Some((node, message)) = of_entries(stream, entries) {
                    return problem(node, message);
                }
                if let Some(entry) = entries.iter().find(|entry| is_no_value(entry.value)) {
                    return problem(entry.value, NO_VALUE);
                }
                let values = entries.iter().map(|entry| entry.value);
                if let Some(refused) = of_expressions(stream, values) {
                    return Some(refused);
                }
            }
            Content::Sequence { items, .. } => {
                if let Some(item) = items.iter().find(|item| is_no_value(**item)) {
                    return problem(*item, NO_VALUE);
                }
                if let Some(refused) = of_expressions(stream, items.iter().copied()) {
                    return Some(refused);
                }
            }
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
    }
    if holds(Rule::LateMerges)
        && let Some(node) = super::late_merges::of_stream(stream)
    {
        let message = "a key that is merged twice: the loader merges this map before it reads it";
        return problem(node, message);
    }
    let root = *stream.documents.first()?;
    match stream.scalar_type(root) {
        Some(ScalarType::Null | ScalarType::String) | None => None,
        Some(_) => problem(root, "the document is neither a map nor a list"),
    }
}

/// Strings that hold `${` and are no expressions: a prompt with `${` in it is enough.
fn of_expressions(stream: &Stream<'_>, values: impl Iterator<Item = NodeId>) -> Option<Problem> {
    for value in values {
        let Content::Scalar { value: text, .. } = &stream.node(value).content else {
            continue;
        };
        if interpolation::is_expression(text)
            && stream.string(value).is_some()
            && let Err(error) = interpolation::parse(text)
        {
            return Some(Problem {
                location: stream.location(value),
                message: format!("an interpolation that is none: {}", error.message),
            });
        }
    }
    None
}

/// Tabs that are neither text nor comment: `PyYAML` takes only spaces between values.
fn of_tabs(stream: &Stream<'_>) -> Option<(usize, &'static str)> {
    let bytes = stream.text.as_bytes();
    let mut tabs = memchr::memchr_iter(b'\t', bytes).peekable();
    tabs.peek()?;
    let mut scalars = stream
        .nodes()
        .filter_map(|(_, node)| match &node.content {
            Content::Scalar { style, .. } => Some((node.span.clone(), *style)),
            Content::Alias(_) => Some((node.span.clone(), ScalarStyle::Plain)),
            Content::Sequence { .. } | Content::Mapping { .. } => None,
        })
        .peekable();
    let mut last = 0..0;
    let mut style = ScalarStyle::Plain;
    for tab in tabs {
        while let Some((span, next)) = scalars.next_if(|(span, _)| span.start <= tab) {
            (last, style) = (span, next);
        }
        let is_text = last.contains(&tab) && style != ScalarStyle::Plain;
        let line = memchr::memrchr(b'\n', &bytes[..tab]).map_or(0, |end| end + 1);
        let is_comment =
            || memchr::memchr(b'#', &bytes[line.max(last.end.min(tab))..tab]).is_some();
        if !is_text && !is_comment() {
            return Some((tab, "a tab between values"));
        }
    }
    None
}

const NO_VALUE: &str = "a plain `=` or `<<` as a value";

/// From how many entries on a set finds duplicate keys faster than comparing each with each.
const MANY: usize = 12;

fn of_entries(stream: &Stream<'_>, entries: &[Entry]) -> Option<(NodeId, &'static str)> {
    let mut seen: HashSet<&str> = HashSet::new();
    for (position, entry) in entries.iter().enumerate() {
        let is_duplicate = match stream.scalar_type(entry.key) {
            None => return Some((entry.key, "a key that is a map or a list")),
            Some(ScalarType::Null) => return Some((entry.key, "a key that is null")),
            Some(ScalarType::Merge) => {
                if !is_mergeable(stream, entry.value) {
                    return Some((entry.value, "`<<` takes a map or a list of maps"));
                }
                false
            }
            // Equal numbers are no error: the last one counts.
            Some(ScalarType::Boolean | ScalarType::Integer | ScalarType::Float) => false,
            // A plain `=` is a string as a key.
            Some(ScalarType::String | ScalarType::Refused) => {
                let text = stream.scalar(entry.key);
                if entries.len() < MANY {
                    entries[..position].iter().any(|other| {
                        stream.scalar(other.key) == text
                            && stream.scalar_type(other.key) == Some(ScalarType::String)
                    })
                } else {
                    text.is_some_and(|text| !seen.insert(text))
                }
            }
        };
        if is_duplicate {
            return Some((entry.key, "a duplicate key"));
        }
    }
    None
}

fn is_mergeable(stream: &Stream<'_>, value: NodeId) -> bool {
    let is_map = |id: NodeId| {
        matches!(
            stream.node(stream.resolve(id)).content,
            Content::Mapping { .. }
        )
    };
    match &stream.node(stream.resolve(value)).content {
        Content::Mapping { .. } => true,
        Content::Sequence { items, .. } => items.iter().all(|item| is_map(*item)),
        Content::Scalar { .. } | Content::Alias(_) => false,
    }
}

/// What the loader has against a tag. A text that does not fit its tag is refused too.
fn of_tag(tag: &Tag, content: &Content<'_>) -> Option<String> {
    use crate::document::scalar_type::of_plain;

    let name = tag.name.as_str();
    let core = name.strip_prefix("tag:yaml.org,2002:");
    let fits = match content {
        Content::Scalar { value, .. } => match core {
            Some("str" | "null") => true,
            Some("int") => of_plain(value) == ScalarType::Integer,
            Some("float") => {
                matches!(of_plain(value), ScalarType::Float | ScalarType::Integer)
            }
            Some("bool") => of_plain(value) == ScalarType::Boolean,
            Some(_) => false,
            None => name == "!",
        },
        Content::Sequence { .. } => core == Some("seq") || name == "!",
        Content::Mapping { .. } => core == Some("map") || name == "!",
        Content::Alias(_) => true,
    };
    (!fits).then(|| format!("the tag `{name}`, which the loader does not take"))
}
