//! A new entry or item among the others.

use super::super::scalar::Written;
use super::super::value::{write_entry, write_flow, write_flow_entry, write_item};
use super::super::{Content, ScalarStyle};
use super::layout::Layout;
use super::{NewValue, NodeId, Place, Refusal, Splice};

pub(super) fn entry(
    layout: &Layout<'_, '_>,
    mapping: NodeId,
    key: &str,
    value: &NewValue,
    place: &Place,
) -> Result<Vec<Splice>, Refusal> {
    let entries = layout.stream.entries(mapping);
    let position = |wanted: &str| {
        entries
            .iter()
            .position(|entry| layout.stream.scalar(entry.key) == Some(wanted))
    };
    let spot = match place {
        Place::End => None,
        Place::After(key) => position(key).map(Spot::Behind),
        Place::Before(key) => position(key).map(Spot::Before),
    };
    if layout.is_block_collection(mapping) {
        let column = layout.collection_column(mapping);
        let written = write_entry(key, value, column, layout.style)?;
        in_block(layout, mapping, entries.len(), spot, column, &written)
    } else {
        let text = write_flow_entry(key, value)?;
        in_flow(layout, mapping, entries.len(), spot, &text)
    }
}

pub(super) fn item(
    layout: &Layout<'_, '_>,
    sequence: NodeId,
    index: usize,
    value: &NewValue,
) -> Result<Vec<Splice>, Refusal> {
    let count = layout.stream.items(sequence).len();
    let spot = match index.checked_sub(1) {
        Some(before) => Some(Spot::Behind(before)),
        None if count > 0 => Some(Spot::Before(0)),
        None => None,
    };
    if layout.is_block_collection(sequence) {
        let column = layout.collection_column(sequence);
        let written = write_item(value, column, layout.style)?;
        in_block(layout, sequence, count, spot, column, &written)
    } else {
        in_flow(layout, sequence, count, spot, &write_flow(value, None)?)
    }
}

/// Where among the children, by number.
#[derive(Clone, Copy)]
enum Spot {
    Behind(usize),
    Before(usize),
}

fn unclear(layout: &Layout<'_, '_>, id: NodeId) -> Refusal {
    Refusal::at(layout.stream, id, "the place for a new entry is not clear")
}

fn in_block(
    layout: &Layout<'_, '_>,
    parent: NodeId,
    count: usize,
    spot: Option<Spot>,
    column: usize,
    written: &Written,
) -> Result<Vec<Splice>, Refusal> {
    let unclear = || unclear(layout, parent);
    let last = count.checked_sub(1).ok_or_else(unclear)?;
    let spot = match spot.unwrap_or(Spot::Behind(last)) {
        Spot::Behind(index) if ends_open(layout, parent, index) => Spot::Before(index),
        spot @ (Spot::Behind(_) | Spot::Before(_)) => spot,
    };
    let line_break = layout.style.line_break;
    match spot {
        Spot::Behind(index) => {
            let end = layout
                .child_last_line_end(parent, index)
                .ok_or_else(unclear)?;
            let indent = " ".repeat(column);
            let mut text = format!("{line_break}{indent}{}{}", written.head, written.body);
            if written.needs_line_break && end == layout.text.len() {
                text.push_str(line_break);
            }
            Ok(vec![Splice::new(end..end, text)])
        }
        Spot::Before(index) => {
            let start = layout.child_start(parent, index).ok_or_else(unclear)?;
            let line_start = layout.line_start(start);
            let entry = format!("{}{}{line_break}", written.head, written.body);
            if layout.text[line_start..start].trim().is_empty() {
                let at = above_comments(layout, line_start, column);
                let indent = " ".repeat(column);
                Ok(vec![Splice::new(at..at, format!("{indent}{entry}"))])
            } else {
                let indent = " ".repeat(column);
                Ok(vec![Splice::new(start..start, format!("{entry}{indent}"))])
            }
        }
    }
}

/// The value of a collection's child.
fn value_of(layout: &Layout<'_, '_>, parent: NodeId, index: usize) -> Option<NodeId> {
    match &layout.stream.node(parent).content {
        Content::Mapping { entries, .. } => entries.get(index).map(|entry| entry.value),
        Content::Sequence { items, .. } => items.get(index).copied(),
        Content::Scalar { .. } | Content::Alias(_) => None,
    }
}

/// Whether a child between brackets ends with a colon, an anchor or a tag.
fn ends_absent(layout: &Layout<'_, '_>, parent: NodeId, index: usize) -> bool {
    value_of(layout, parent, index)
        .is_some_and(|value| layout.is_absent(layout.last_descendant(value)))
}

/// Whether the text ends, without a line break, in a block scalar that one would change.
fn ends_open(layout: &Layout<'_, '_>, parent: NodeId, index: usize) -> bool {
    let child = value_of(layout, parent, index);
    let Some(last) = child.map(|child| layout.last_descendant(child)) else {
        return false;
    };
    let span = &layout.stream.node(last).span;
    let is_block_scalar = matches!(
        layout.scalar_style(last),
        Some(ScalarStyle::Literal | ScalarStyle::Folded)
    );
    let header = layout.text[span.clone()].split_ascii_whitespace().next();
    is_block_scalar
        && span.end == layout.text.len()
        && !layout.text.ends_with('\n')
        && !header.unwrap_or_default().contains('-')
}

/// The beginning of the comment lines that stand directly above a line, indented as it is.
fn above_comments(layout: &Layout<'_, '_>, line_start: usize, column: usize) -> usize {
    let mut at = line_start;
    loop {
        let end = layout.before_line_break(at);
        if end == at {
            return at;
        }
        let start = layout.line_start(end);
        let line = &layout.text[start..end];
        let is_comment = line.len() > column
            && line.as_bytes()[..column].iter().all(|byte| *byte == b' ')
            && line.as_bytes()[column] == b'#';
        if !is_comment {
            return at;
        }
        at = start;
    }
}

fn in_flow(
    layout: &Layout<'_, '_>,
    parent: NodeId,
    count: usize,
    spot: Option<Spot>,
    text: &str,
) -> Result<Vec<Splice>, Refusal> {
    let unclear = || unclear(layout, parent);
    let node = layout.stream.node(parent);
    if !layout.text[node.span.clone()].starts_with(['{', '[']) {
        return in_pair(layout, parent, spot, text);
    }
    let Some(last) = count.checked_sub(1) else {
        let at = node.span.start + 1;
        return Ok(vec![Splice::new(at..at, text)]);
    };
    if let Some(Spot::Before(index)) = spot {
        let start = layout.child_start(parent, index).ok_or_else(unclear)?;
        let line_start = layout.line_start(start);
        let indent = &layout.text[line_start..start];
        let between = if indent.trim().is_empty() {
            format!(",{}{indent}", layout.style.line_break)
        } else {
            ", ".to_owned()
        };
        return Ok(vec![Splice::new(start..start, format!("{text}{between}"))]);
    }
    let index = match spot {
        Some(Spot::Behind(index)) => index,
        Some(Spot::Before(_)) | None => last,
    };
    let start = layout.child_start(parent, index).ok_or_else(unclear)?;
    let end = layout.child_end(parent, index).ok_or_else(unclear)?;
    let at = layout.skip_blank(end);
    let comma = layout.text[at..].starts_with(',').then_some(at + 1);
    let line_start = layout.line_start(start);
    let indent = &layout.text[line_start..start];
    let next = layout.skip_blank(comma.unwrap_or(end));
    let line_end = layout.line_end(comma.unwrap_or(end));
    // libyaml reads `{a:, b: 1}` as a text `a:,`, and a tag takes the comma along.
    let between = if ends_absent(layout, parent, index) {
        " ,"
    } else {
        ","
    };
    if indent.trim().is_empty() && next > line_end {
        // One child per line.
        let line_break = layout.style.line_break;
        return Ok(match comma {
            Some(_) => vec![Splice::new(
                line_end..line_end,
                format!("{line_break}{indent}{text},"),
            )],
            None => vec![
                Splice::new(end..end, between),
                Splice::new(line_end..line_end, format!("{line_break}{indent}{text}")),
            ],
        });
    }
    Ok(match comma {
        Some(comma) if index == last => vec![Splice::new(comma..comma, format!(" {text}"))],
        Some(_) | None => vec![Splice::new(end..end, format!("{between} {text}"))],
    })
}

/// A second entry for the `a: b` of `[a: b]`, which gets its braces.
fn in_pair(
    layout: &Layout<'_, '_>,
    parent: NodeId,
    spot: Option<Spot>,
    text: &str,
) -> Result<Vec<Splice>, Refusal> {
    let unclear = || unclear(layout, parent);
    let start = layout.child_start(parent, 0).ok_or_else(unclear)?;
    let end = layout.child_end(parent, 0).ok_or_else(unclear)?;
    let (open, close) = match spot {
        Some(Spot::Before(_)) => (format!("{{{text}, "), "}".to_owned()),
        Some(Spot::Behind(_)) | None => ("{".to_owned(), format!(", {text}}}")),
    };
    Ok(vec![
        Splice::new(start..start, open),
        Splice::new(end..end, close),
    ])
}
