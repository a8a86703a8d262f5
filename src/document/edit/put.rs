//! A new value in the place of an old one, whatever the two are.

use super::super::scalar::{self, Position, Written};
use super::super::value::{write_block, write_flow};
use super::super::{Content, ScalarStyle, ScalarType, scalar_type};
use super::guard::has_local_tag;
use super::layout::Layout;
use super::locate::{Target, target_node};
use super::root;
use super::{NewValue, NodeId, Refusal, Splice};

/// The place of a value in the text.
struct Slot {
    id: NodeId,
    /// Behind the colon or dash, the anchor and the tag. `None` if there is no colon.
    lead: Option<usize>,
    /// The column of the mapping's keys or the sequence's dashes.
    parent_column: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Root,
    Value,
    Item,
}

pub(super) fn splices(
    layout: &Layout<'_, '_>,
    target: &Target,
    value: &NewValue,
) -> Result<Vec<Splice>, Refusal> {
    let id = target_node(layout, target);
    let mut splices: Vec<Splice> = dropped_tag(layout, id, value)?.into_iter().collect();
    if layout.in_flow(id) {
        in_flow(layout, target, id, value, &mut splices)?;
        return Ok(splices);
    }
    let slot = slot(layout, target, id);
    if slot.kind == Kind::Root {
        root::value(layout, id, value, &mut splices)?;
    } else {
        in_block(layout, &slot, value, &mut splices)?;
    }
    Ok(splices)
}

/// A scalar's text in the place of the old one, anywhere, in any document of a stream.
pub(super) fn scalar_splices(
    layout: &Layout<'_, '_>,
    id: NodeId,
    text: &str,
) -> Result<Vec<Splice>, Refusal> {
    let Some(parent) = layout.parent(id) else {
        return Err(Refusal::at(
            layout.stream,
            id,
            "the document is a single value",
        ));
    };
    let target = match &layout.stream.node(parent).content {
        Content::Mapping { entries, .. } => {
            if let Some(index) = entries.iter().position(|entry| entry.key == id) {
                return rename(layout, parent, index, text);
            }
            let index = entries.iter().position(|entry| entry.value == id);
            index.map(|index| Target::Entry {
                mapping: parent,
                index,
            })
        }
        Content::Sequence { items, .. } => {
            items
                .iter()
                .position(|item| *item == id)
                .map(|index| Target::Item {
                    sequence: parent,
                    index,
                })
        }
        Content::Scalar { .. } | Content::Alias(_) => None,
    };
    let target = target.ok_or_else(|| Refusal::new("the value is in no collection"))?;
    splices(layout, &target, &NewValue::Text(text.to_owned()))
}

pub(super) fn rename(
    layout: &Layout<'_, '_>,
    mapping: NodeId,
    index: usize,
    to: &str,
) -> Result<Vec<Splice>, Refusal> {
    let key = layout.stream.entries(mapping)[index].key;
    let position = if layout.in_flow(key) {
        Position::FlowKey
    } else {
        Position::Key
    };
    let style = layout.scalar_style(key);
    let style_of = layout.style;
    let written = scalar::write(to, position, style_of.line_break, style, style_of.blocks)?;
    let mut splices: Vec<Splice> = dropped_tag(layout, key, &NewValue::Text(to.to_owned()))?
        .into_iter()
        .collect();
    splices.push(Splice::new(
        layout.stream.node(key).span.clone(),
        written.head,
    ));
    Ok(splices)
}

fn slot(layout: &Layout<'_, '_>, target: &Target, id: NodeId) -> Slot {
    let (parent, index, kind) = match target {
        Target::Entry { mapping, index } => (Some(*mapping), *index, Kind::Value),
        Target::Item { sequence, index } => (Some(*sequence), *index, Kind::Item),
        Target::EmptyText | Target::Root(_) | Target::NewEntry { .. } | Target::NewItem { .. } => {
            (None, 0, Kind::Root)
        }
    };
    Slot {
        id,
        lead: layout.lead(parent, index, id),
        parent_column: parent.map_or(0, |parent| layout.collection_column(parent)),
        kind,
    }
}

/// The tag's removal, if with it the new value would be read as something else.
fn dropped_tag(
    layout: &Layout<'_, '_>,
    id: NodeId,
    value: &NewValue,
) -> Result<Option<Splice>, Refusal> {
    let Some(tag) = &layout.stream.node(id).tag else {
        return Ok(None);
    };
    let fits = has_local_tag(layout.stream.node(id))
        || match value {
            NewValue::Text(text) => {
                tag.name != "tag:yaml.org,2002:binary"
                    && scalar_type::of_tagged(&tag.name, text) == ScalarType::String
            }
            NewValue::Number(text) => {
                scalar_type::of_tagged(&tag.name, text) == scalar_type::of_plain(text)
            }
            NewValue::Bool(_) => tag.name == "tag:yaml.org,2002:bool",
            NewValue::Null => tag.name == "tag:yaml.org,2002:null",
            NewValue::Map(_) => tag.name == "tag:yaml.org,2002:map",
            NewValue::List(_) => tag.name == "tag:yaml.org,2002:seq",
        };
    if fits {
        return Ok(None);
    }
    let Some(span) = tag.span.clone() else {
        return Err(Refusal::at(
            layout.stream,
            id,
            "the place of its tag is not known",
        ));
    };
    let start = layout.text[..span.start].trim_end_matches(' ').len();
    if start <= layout.line_start(span.start) {
        // On a line of its own the indentation before it is the value's.
        let rest = &layout.text[span.end..];
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        return Ok(Some(Splice::new(span.start..span.end + blanks, "")));
    }
    Ok(Some(Splice::new(start..span.end, "")))
}

/// The style that a scalar's successor should have.
fn preferred(layout: &Layout<'_, '_>, id: NodeId, value: &NewValue) -> Option<ScalarStyle> {
    let old = layout.stream.scalar(id).unwrap_or_default();
    match (layout.scalar_style(id), value) {
        // A key that is pasted over `""` is better read as lines.
        (Some(ScalarStyle::DoubleQuoted), NewValue::Text(text))
            if text.contains('\n') && !old.contains('\n') =>
        {
            None
        }
        (style, _) => style,
    }
}

fn in_flow(
    layout: &Layout<'_, '_>,
    target: &Target,
    id: NodeId,
    value: &NewValue,
    splices: &mut Vec<Splice>,
) -> Result<(), Refusal> {
    let text = write_flow(value, preferred(layout, id, value))?;
    if !layout.is_absent(id) {
        splices.push(Splice::new(layout.stream.node(id).span.clone(), text));
        return Ok(());
    }
    match (slot(layout, target, id).lead, target) {
        (Some(lead), _) if layout.text[lead..].starts_with(' ') => {
            splices.push(Splice::new(lead + 1..lead + 1, text));
        }
        (Some(lead), _) => splices.push(Splice::new(lead..lead, format!(" {text}"))),
        (None, Target::Entry { mapping, index }) => {
            let key = layout.stream.entries(*mapping)[*index].key;
            let end = layout.stream.node(key).span.end;
            splices.push(Splice::new(end..end, format!(": {text}")));
        }
        (None, _) => return Err(no_place(layout, id)),
    }
    Ok(())
}

pub(super) fn no_place(layout: &Layout<'_, '_>, id: NodeId) -> Refusal {
    Refusal::at(
        layout.stream,
        id,
        "the entry's place in the text is not clear",
    )
}

fn in_block(
    layout: &Layout<'_, '_>,
    slot: &Slot,
    value: &NewValue,
    splices: &mut Vec<Splice>,
) -> Result<(), Refusal> {
    let lead = slot.lead.ok_or_else(|| no_place(layout, slot.id))?;
    let node = layout.stream.node(slot.id);
    let old = old(layout, slot, lead);
    let column = match &old {
        Old::Lines { column, .. } | Old::Below { column, .. }
            if *column > slot.parent_column
                || (*column == slot.parent_column && matches!(value, NewValue::List(_))) =>
        {
            *column
        }
        Old::Lines { .. } | Old::Below { .. } | Old::Inline(_) | Old::Beside => {
            slot.parent_column
                + match (slot.kind, value) {
                    (Kind::Item, _) => 2,
                    (_, NewValue::List(_)) => layout.style.sequence_step,
                    (_, _) => layout.style.step,
                }
        }
    };
    let preferred = preferred(layout, slot.id, value);
    let mut written = write_block(value, slot.parent_column, column, layout.style, preferred)?;
    // `- a: 1`: a collection begins behind its dash if nothing else stands there.
    let is_bare = node.anchor.is_none() && node.tag.is_none();
    let line_is_free =
        |end: usize| is_bare && layout.text[end..layout.line_end(end)].trim().is_empty();
    match old {
        Old::Inline(range) => {
            if slot.kind == Kind::Item && written.head.is_empty() && line_is_free(range.end) {
                // Behind a bare dash comes a space first.
                let column = layout.column(range.start) + usize::from(range.is_empty());
                written = behind_dash(layout, slot, column, value)?;
            }
            let (range, head) = headed(layout, lead, range, &written);
            let line_end = layout.line_end(range.end);
            splices.push(Splice::new(range, head));
            below(layout, line_end..line_end, &written, splices);
        }
        Old::Lines { header, body, .. } => {
            if slot.kind == Kind::Item && written.head.is_empty() && line_is_free(header.end) {
                written = behind_dash(layout, slot, layout.column(header.start), value)?;
            }
            let (header, head) = headed(layout, lead, header, &written);
            splices.push(Splice::new(header, head));
            below(layout, body, &written, splices);
        }
        Old::Beside => {
            let end = layout.line_end(node.span.end);
            if written.head.is_empty() {
                written = behind_dash(layout, slot, layout.column(node.span.start), value)?;
            }
            splices.push(Splice::new(node.span.start..end, written.head.as_str()));
            below(layout, end..end, &written, splices);
        }
        Old::Below { lines, .. } => {
            if written.head.is_empty() {
                below(layout, lines, &written, splices);
            } else {
                splices.push(Splice::new(lines, ""));
                splices.push(Splice::new(lead..lead, format!(" {}", written.head)));
                let line_end = layout.line_end(lead);
                below(layout, line_end..line_end, &written, splices);
            }
        }
    }
    Ok(())
}

/// How the old value stands in the text.
enum Old {
    /// A scalar, alias or flow collection, or nothing: these bytes.
    Inline(std::ops::Range<usize>),
    /// A block scalar: its header, and from the end of the header's line to the end of its lines.
    Lines {
        header: std::ops::Range<usize>,
        body: std::ops::Range<usize>,
        column: usize,
    },
    /// A block collection that begins on its dash's line.
    Beside,
    /// A block collection on lines of its own, from the line break before them.
    Below {
        lines: std::ops::Range<usize>,
        column: usize,
    },
}

fn old(layout: &Layout<'_, '_>, slot: &Slot, lead: usize) -> Old {
    let span = layout.stream.node(slot.id).span.clone();
    match layout.scalar_style(slot.id) {
        Some(ScalarStyle::Absent) => return Old::Inline(lead..lead),
        Some(ScalarStyle::Literal | ScalarStyle::Folded) => {
            let header_length = layout.text[span.start..span.end]
                .find(|c: char| c.is_ascii_whitespace())
                .unwrap_or(span.len());
            let header = span.start..span.start + header_length;
            let line_end = layout.line_end(header.end);
            let lines = &layout.text[line_end..span.end.max(line_end)];
            let first_line = lines.lines().find(|line| !line.trim().is_empty());
            let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
            let indicator = layout.text[header.clone()]
                .chars()
                .find_map(|c| c.to_digit(10).map(|digit| digit as usize));
            let column = match indicator {
                Some(steps) => slot.parent_column + steps,
                None => first_line.map_or(0, indent),
            };
            return Old::Lines {
                header,
                body: line_end..span.end.max(line_end),
                column,
            };
        }
        None | Some(ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) => {
        }
    }
    if !layout.is_block_collection(slot.id) {
        return Old::Inline(span);
    }
    let start = layout.node_start(slot.id).min(span.start);
    let first = match &layout.stream.node(slot.id).content {
        Content::Mapping { entries, .. } => entries
            .first()
            .map_or(start, |entry| layout.entry_start(*entry)),
        Content::Sequence { .. } | Content::Scalar { .. } | Content::Alias(_) => span.start,
    };
    let line_start = layout.line_start(first);
    if line_start <= lead {
        Old::Beside
    } else {
        Old::Below {
            lines: layout.before_line_break(line_start)..layout.line_end(span.end),
            column: layout.column(first),
        }
    }
}

/// A collection whose first line goes behind the dash, at that column.
fn behind_dash(
    layout: &Layout<'_, '_>,
    slot: &Slot,
    column: usize,
    value: &NewValue,
) -> Result<Written, Refusal> {
    let mut written = write_block(value, slot.parent_column, column, layout.style, None)?;
    let first = layout.style.line_break.len() + column;
    let first_line = written.body[first..]
        .find(layout.style.line_break)
        .map_or(written.body.len(), |found| first + found);
    written.head = written.body[first..first_line].to_owned();
    written.body.drain(..first_line);
    Ok(written)
}

/// What stands in the place of a value on its line, and which bytes that is. If it is nothing, the
/// blanks before it go as well, and the line break if it stands on a line of its own.
fn headed(
    layout: &Layout<'_, '_>,
    lead: usize,
    range: std::ops::Range<usize>,
    written: &Written,
) -> (std::ops::Range<usize>, String) {
    if !written.head.is_empty() {
        let head = spaced(layout, range.start, &written.head);
        return (range, head);
    }
    let line_start = layout.line_start(range.start);
    let start = if line_start <= lead {
        lead
    } else {
        layout.before_line_break(line_start)
    };
    let rest = &layout.text[range.end..];
    let comment = rest.trim_start_matches([' ', '\t']);
    let blanks = rest.len() - comment.len();
    if rest[..blanks].contains('\t') {
        // No reader takes a tab behind nothing but a dash.
        let head = if comment.starts_with('#') { " " } else { "" };
        return (start..range.end + blanks, head.to_owned());
    }
    (start..range.end, String::new())
}

/// A head with the space that it needs behind a colon or dash.
fn spaced(layout: &Layout<'_, '_>, at: usize, head: &str) -> String {
    let touches = at > 0 && !layout.text.as_bytes()[at - 1].is_ascii_whitespace();
    if touches {
        format!(" {head}")
    } else {
        head.to_owned()
    }
}

/// Puts the lines of a value in place of a range that ends at the end of a line.
pub(super) fn below(
    layout: &Layout<'_, '_>,
    range: std::ops::Range<usize>,
    written: &Written,
    splices: &mut Vec<Splice>,
) {
    let mut text = written.body.clone();
    if written.needs_line_break && range.end == layout.text.len() {
        text.push_str(layout.style.line_break);
    }
    if !range.is_empty() || !text.is_empty() {
        splices.push(Splice::new(range, text));
    }
}
