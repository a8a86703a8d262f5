//! The document as a whole: entries for an empty file, and the root's own value.

use super::super::value::write_block;
use super::layout::Layout;
use super::put::{below, no_place};
use super::{NewValue, NodeId, Refusal, Splice};

/// Entries for a text without a document.
pub(super) fn into_nothing(
    layout: &Layout<'_, '_>,
    value: &NewValue,
) -> Result<Vec<Splice>, Refusal> {
    let written = write_block(value, 0, 0, layout.style, None)?;
    let line_break = layout.style.line_break;
    let lines = written.body.strip_prefix(line_break).unwrap_or_default();
    let rest = layout.text.trim_start_matches('\u{feff}');
    let is_open = !rest.is_empty() && !rest.ends_with('\n');
    let mut text = String::new();
    if is_open {
        text.push_str(line_break);
    }
    text.push_str(lines);
    if !is_open || written.needs_line_break {
        text.push_str(line_break);
    }
    let end = layout.text.len();
    Ok(vec![Splice::new(end..end, text)])
}

/// The whole document's value.
pub(super) fn value(
    layout: &Layout<'_, '_>,
    id: NodeId,
    value: &NewValue,
    splices: &mut Vec<Splice>,
) -> Result<(), Refusal> {
    let node = layout.stream.node(id);
    let written = write_block(value, 0, 0, layout.style, None)?;
    let lines = written
        .body
        .strip_prefix(layout.style.line_break)
        .unwrap_or(&written.body);
    let is_clear = node.anchor.is_none() && node.tag.is_none();
    if !is_clear || (written.head.is_empty() == lines.is_empty()) {
        return Err(no_place(layout, id));
    }
    let text = if written.head.is_empty() {
        lines
    } else {
        &written.head
    };
    if layout.is_absent(id) {
        // `---` with nothing behind it, unless `...` is.
        if let Some(marker) = document_end(layout, node.span.start) {
            let line_break = layout.style.line_break;
            splices.push(Splice::new(marker..marker, format!("{text}{line_break}")));
            return Ok(());
        }
        let mut out = String::new();
        let is_last_line_open = !layout.text.is_empty() && !layout.text.ends_with('\n');
        if is_last_line_open {
            out.push_str(layout.style.line_break);
        }
        out.push_str(text);
        if !is_last_line_open || written.needs_line_break {
            out.push_str(layout.style.line_break);
        }
        let end = layout.text.len();
        splices.push(Splice::new(end..end, out));
        return Ok(());
    }
    if layout.is_block_collection(id) {
        let start = layout.line_start(node.span.start);
        let end = layout.line_end(node.span.end);
        splices.push(Splice::new(start..end, text));
        return Ok(());
    }
    let line_start = layout.line_start(node.span.start);
    let rest = node.span.end..layout.line_end(node.span.end);
    if line_start != node.span.start && written.head.is_empty() {
        // `--- {}`
        let start = layout.text[..node.span.start].trim_end_matches(' ').len();
        splices.push(Splice::new(start..node.span.end, ""));
        below(layout, rest.end..rest.end, &written, splices);
        return Ok(());
    }
    // A comment behind `{}` goes above what replaces it, if that has several lines.
    let mut text = text.to_owned();
    let comment = layout.text[rest.clone()].trim_start();
    if !comment.is_empty() && written.head.is_empty() {
        text = format!("{comment}{}{text}", layout.style.line_break);
        splices.push(Splice::new(node.span.start..rest.end, text));
    } else {
        splices.push(Splice::new(node.span.clone(), text));
    }
    if written.needs_line_break && rest.end == layout.text.len() {
        splices.push(Splice::new(rest.end..rest.end, layout.style.line_break));
    }
    Ok(())
}

/// The line with the marker `...` from that place on, where nothing else but comments stands.
fn document_end(layout: &Layout<'_, '_>, from: usize) -> Option<usize> {
    let mut at = layout.line_start(from);
    loop {
        if layout.text[at..].starts_with("...") {
            return Some(at);
        }
        let end = layout.line_end(at);
        let next = layout.behind_line_break(end);
        if next == end {
            return None;
        }
        at = next;
    }
}
