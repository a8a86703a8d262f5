//! A definition out of a workflow as the text of a file of its own: comments and layout are kept
//! where they can be.

use super::data::Data;
use super::lead::{Lead, leads};
use crate::document::{self, CollectionStyle, Content, Edit, Entry, NodeId, Stream, Value};

/// The text of a connection file for the definition in `entry`.
///
/// # Errors
/// Why there is none: for a person, without quoting a value.
pub(super) fn file_text(stream: &Stream<'_>, entry: Entry) -> Result<String, String> {
    let data = Data::of_node(stream, entry.value)?;
    value_text(stream, entry.value, &data, Some(entry.key))
}

/// The same for a map that stands anywhere; `key` is the key that it stands under, if its comments
/// are to come along.
pub(super) fn value_text(
    stream: &Stream<'_>,
    value: NodeId,
    data: &Data,
    key: Option<NodeId>,
) -> Result<String, String> {
    refuse_leads(stream, value, data)?;
    if data.to_value().is_none() {
        return Err("a key in it is no string: quote it".to_owned());
    }
    let holds = |text: &String| Data::of_text(text).as_ref() == Ok(data);
    if let Some(text) = as_it_stands(stream, value, key).filter(holds) {
        return Ok(text);
    }
    written_anew(data)
        .filter(holds)
        .ok_or_else(|| "it can't be written as a file of its own".to_owned())
}

/// Refuses what would not mean the same elsewhere.
fn refuse_leads(stream: &Stream<'_>, value: NodeId, data: &Data) -> Result<(), String> {
    let own = value..=last_descendant(stream, value);
    for (id, node) in stream.nodes().filter(|(id, _)| own.contains(id)) {
        let Content::Alias(target) = node.content else {
            continue;
        };
        if !own.contains(&target) {
            let line = stream.location(id).line;
            let alias = &stream.text[node.span.clone()];
            return Err(format!(
                "the alias `{alias}` in line {line} leads out of it"
            ));
        }
    }
    for (depth, text) in data.texts() {
        for lead in leads(text) {
            let leads_out = match &lead {
                Lead::Absolute(_) | Lead::Unknown => true,
                // A field of the definition is held by the definition itself: one collection.
                Lead::Relative { up, .. } => up + 1 > depth,
            };
            if leads_out {
                let path = match lead {
                    Lead::Absolute(keys) => format!(" to `{}`", keys.join(".")),
                    Lead::Relative { .. } | Lead::Unknown => String::new(),
                };
                return Err(format!("an interpolation in it leads out of it{path}"));
            }
        }
    }
    Ok(())
}

/// The last node of a subtree: numbers run in the order of the text.
pub(super) fn last_descendant(stream: &Stream<'_>, id: NodeId) -> NodeId {
    let mut last = id;
    loop {
        let child = match &stream.node(last).content {
            Content::Mapping { entries, .. } => entries.last().map(|entry| entry.value),
            Content::Sequence { items, .. } => items.last().copied(),
            Content::Scalar { .. } | Content::Alias(_) => None,
        };
        match child {
            Some(child) => last = child,
            None => return last,
        }
    }
}

/// The definition's own lines, moved to the left, with the comments above it and behind its key.
fn as_it_stands(stream: &Stream<'_>, value: NodeId, key: Option<NodeId>) -> Option<String> {
    let text = stream.text;
    let span = stream.node(value).span.clone();
    match &stream.node(value).content {
        Content::Mapping {
            style: CollectionStyle::Block,
            ..
        } => {}
        // Brackets are for one line; with comments in between they stay.
        Content::Mapping {
            style: CollectionStyle::Flow,
            ..
        } if text[span.clone()].contains('#') => {
            return Some(format!("{}{}", &text[span], line_break(text)));
        }
        Content::Mapping { .. }
        | Content::Scalar { .. }
        | Content::Sequence { .. }
        | Content::Alias(_) => return None,
    }
    let start = line_start(text, span.start);
    let indent = &text[start..span.start];
    // Behind an anchor of the first key, or a `?`, the layout is another.
    if !indent.bytes().all(|byte| byte == b' ') {
        return None;
    }
    let column = indent.len();
    let mut out = String::new();
    if let Some(key) = key {
        let key = stream.node(key).span.clone();
        out.push_str(&comments_above(text, key.start));
        if let Some(comment) = comment_behind(text, key.end) {
            out.push_str(comment);
            out.push_str(line_break(text));
        }
        // Comments between the key and the first field.
        let first = behind_line(text, key.end);
        push_lines(&mut out, text.get(first..start)?, column);
    }
    push_lines(
        &mut out,
        &text[start..end_of(text, span.end, column)],
        column,
    );
    if !out.ends_with('\n') {
        out.push_str(line_break(text));
    }
    Some(out)
}

/// Takes `column` blanks off each line, or as many as there are.
fn push_lines(out: &mut String, lines: &str, column: usize) {
    for line in lines.split_inclusive('\n') {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        out.push_str(&line[blanks.min(column)..]);
    }
}

/// Behind the value's last line, and the comments below it that are indented as it is.
fn end_of(text: &str, value_end: usize, column: usize) -> usize {
    let mut end = behind_line(text, value_end);
    let mut at = end;
    while at < text.len() {
        let next = behind_line(text, at);
        let line = &text[at..next];
        let content = line.trim_start_matches(' ');
        if content.starts_with('#') && line.len() - content.len() >= column {
            end = next;
        } else if !content.trim().is_empty() {
            break;
        }
        at = next;
    }
    end
}

/// The comment lines directly above an entry that are indented as it is.
fn comments_above(text: &str, key_start: usize) -> String {
    let mut start = line_start(text, key_start);
    let indent = &text[start..key_start];
    let mut lines = Vec::new();
    while start > 0 {
        let above = line_start(text, start - 1);
        let line = &text[above..start];
        match line.strip_prefix(indent) {
            Some(comment) if comment.starts_with('#') => lines.push(comment),
            Some(_) | None => break,
        }
        start = above;
    }
    lines.iter().rev().copied().collect()
}

/// The comment at the end of a key's line.
fn comment_behind(text: &str, key_end: usize) -> Option<&str> {
    let line = text[key_end..behind_line(text, key_end)].trim_end();
    let at = line.find(" #")?;
    Some(&line[at + 1..])
}

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |at| at + 1)
}

fn behind_line(text: &str, offset: usize) -> usize {
    text[offset..]
        .find('\n')
        .map_or(text.len(), |at| offset + at + 1)
}

fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        Some(_) | None => "\n",
    }
}

/// The values alone, a line each.
fn written_anew(data: &Data) -> Option<String> {
    let Value::Map(entries) = data.to_value()? else {
        return None;
    };
    let edits: Vec<Edit> = entries
        .into_iter()
        .map(|(key, value)| Edit::set([key], value))
        .collect();
    document::apply("", &edits).ok()
}
