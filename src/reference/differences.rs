//! Where `PyYAML` reads a text differently than our parser does, nothing about it is certain.
//!
//! `PyYAML` reads YAML 1.1, our parser 1.2. What one of them refuses is on the safe side; these are
//! the texts that both take, and take differently. `scripts/oracle/readings.py` looks for more.

use super::{FileScan, Options, Target, Unverifiable, walk};
use crate::connection::Location;
use crate::document::{Content, ScalarStyle, Stream};
use crate::order;

/// Line breaks in YAML 1.1, and ordinary characters in 1.2.
const LATE_LINE_BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];

/// Adds what makes the scan unreliable. What could not be parsed is unverifiable already.
pub(super) fn distrust(text: &str, options: &Options, found: &mut FileScan) {
    let is_unreadable = found.unverifiable.iter().any(|one| one.id.is_none());
    let Some(at) = late_line_break(text).filter(|_| !is_unreadable) else {
        return;
    };
    // If reading them as line breaks makes no difference, they stand in a prompt or a comment.
    let (other, _) = walk::scan(&text.replace(LATE_LINE_BREAKS, "\n"), options);
    found.depends_on_variables |= other.depends_on_variables;
    if digest(found) != digest(&other) {
        found.unverifiable.push(Unverifiable {
            id: None,
            location: Location::of_offset(text, at),
            message: "a character that is a line break in YAML 1.1 and none in 1.2 changes what \
                      the file says"
                .to_owned(),
        });
    }
}

/// The first of [`LATE_LINE_BREAKS`], found by the bytes that they begin with.
fn late_line_break(text: &str) -> Option<usize> {
    memchr::memchr2_iter(0xc2, 0xe2, text.as_bytes())
        .find(|at| text[*at..].starts_with(LATE_LINE_BREAKS))
}

/// What must not depend on who reads the text.
fn digest(found: &FileScan) -> Vec<(&str, Option<&Target>, &str)> {
    let uses = found
        .references
        .iter()
        .map(|reference| ("use", Some(&reference.target), &*reference.path));
    let shadowed = found.shadowed.iter().map(|shadowed| {
        let reference = &shadowed.reference;
        ("shadowed", Some(&reference.target), &*reference.path)
    });
    let unverifiable = found
        .unverifiable
        .iter()
        .map(|unverifiable| ("unverifiable", None, unverifiable.message.as_str()));
    let refused = found
        .refused
        .iter()
        .map(|problem| ("refused", None, problem.message.as_str()));
    let mut digest: Vec<_> = uses
        .chain(shadowed)
        .chain(unverifiable)
        .chain(refused)
        .collect();
    order::sort_by_key(&mut digest, |(kind, target, path)| {
        (*kind, *path, format!("{target:?}"))
    });
    digest
}

/// Where the two read a parsed text differently, and why; line breaks aside.
pub(super) fn of_stream(stream: &Stream<'_>) -> Option<(usize, &'static str)> {
    let text = stream.text;
    if let Some(at) = memchr::memmem::find_iter(text.as_bytes(), "\u{feff}").find(|at| *at > 0) {
        return Some((at, "a byte order mark within the file"));
    }
    for (_, node) in stream.nodes() {
        if let Some(anchor) = &node.anchor
            && !is_name(text.get(anchor.start + 1..anchor.end))
        {
            return Some((anchor.start, "an anchor with an unusual name"));
        }
        if let Some(span) = node.tag.as_ref().and_then(|tag| tag.span.clone())
            && !is_usual_tag(text, span.start, span.end)
        {
            return Some((span.start, "an unusual tag"));
        }
        match &node.content {
            Content::Scalar {
                value,
                style: ScalarStyle::Plain,
            } if value.starts_with(['?', ':']) => {
                return Some((
                    node.span.start,
                    "an unquoted text that begins with `?` or `:`",
                ));
            }
            Content::Alias(_) if !is_name(text.get(node.span.start + 1..node.span.end)) => {
                return Some((node.span.start, "an alias with an unusual name"));
            }
            Content::Scalar { .. }
            | Content::Sequence { .. }
            | Content::Mapping { .. }
            | Content::Alias(_) => {}
        }
    }
    None
}

/// Letters, digits, `_` and `-`: what `PyYAML` takes for an anchor's name.
fn is_name(name: Option<&str>) -> bool {
    name.is_some_and(|name| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    })
}

/// A tag that ends where both think it does.
fn is_usual_tag(text: &str, start: usize, end: usize) -> bool {
    let written = &text[start..end];
    let is_plain = written
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"!_-:/.<>,".contains(&byte));
    let ends = matches!(text.as_bytes().get(end), None | Some(b' ' | b'\n' | b'\r'));
    is_plain && ends && (!written.contains(',') || written.starts_with("!<"))
}

/// Whether a scan of that text is not trusted.
#[cfg(test)]
pub(super) fn distrusts(text: &str) -> bool {
    let stream = crate::document::parse(text);
    late_line_break(text).is_some() || stream.is_ok_and(|stream| of_stream(&stream).is_some())
}
