//! An entry or item goes, with its lines and the comments at their ends, and nothing else.

use super::super::scalar::BlockScalars;
use super::layout::Layout;
use super::{NodeId, Refusal, Splice};

/// The removal of a child of a collection that has others.
pub(super) fn child(
    layout: &Layout<'_, '_>,
    parent: NodeId,
    index: usize,
) -> Result<Vec<Splice>, Refusal> {
    let range = if layout.is_block_collection(parent) {
        in_block(layout, parent, index)
    } else {
        in_flow(layout, parent, index)
    };
    match range {
        Some(range) => Ok(vec![Splice::new(range, "")]),
        None => Err(Refusal::at(
            layout.stream,
            parent,
            "the entry's place in the text is not clear",
        )),
    }
}

fn in_block(
    layout: &Layout<'_, '_>,
    parent: NodeId,
    index: usize,
) -> Option<std::ops::Range<usize>> {
    let start = layout.child_start(parent, index)?;
    let end = layout.child_last_line_end(parent, index)?;
    let line_start = layout.line_start(start);
    if layout.text[line_start..start].trim().is_empty() {
        let mut behind = layout.behind_line_break(end);
        if layout.style.blocks == BlockScalars::Never {
            // The blank lines behind would become part of a block scalar before.
            let rest = &layout.text[behind..];
            behind += rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        }
        return Some(line_start..behind);
    }
    // The first entry behind a dash: the next one takes its place, unless comments are between.
    let next = layout.child_start(parent, index + 1)?;
    if layout.text[end..next].trim().is_empty() {
        return Some(start..next);
    }
    let before = layout.text[..start].trim_end_matches(' ').len();
    Some(before..end)
}

fn in_flow(
    layout: &Layout<'_, '_>,
    parent: NodeId,
    index: usize,
) -> Option<std::ops::Range<usize>> {
    let start = layout.child_start(parent, index)?;
    let end = layout.child_end(parent, index)?;
    let at = layout.skip_blank(end);
    let comma = layout.text[at..].starts_with(',').then_some(at + 1);
    let line_start = layout.line_start(start);
    let behind = comma.unwrap_or(end);
    let line_end = layout.line_end(behind);
    let rest = layout.text[behind..line_end].trim_start();
    if layout.text[line_start..start].trim().is_empty()
        && (rest.is_empty() || rest.starts_with('#'))
    {
        return Some(line_start..layout.behind_line_break(line_end));
    }
    match (comma, index.checked_sub(1)) {
        (Some(comma), _) => {
            let blanks = layout.text[comma..].len()
                - layout.text[comma..].trim_start_matches([' ', '\t']).len();
            Some(start..comma + blanks)
        }
        (None, Some(before)) => {
            // The last one: the comma before it goes, comments before it stay.
            let before = layout.child_end(parent, before)?;
            let comma = layout.skip_blank(before);
            let is_plain_gap = layout.text[before..comma].is_empty()
                && layout.text[comma..].starts_with(',')
                && layout.text[comma + 1..start].trim().is_empty();
            Some(if is_plain_gap {
                before..end
            } else {
                start..end
            })
        }
        (None, None) => Some(start..end),
    }
}
