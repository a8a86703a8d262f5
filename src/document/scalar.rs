//! The safe scalar writer: a text as YAML that every reader in use reads back as that text.
//!
//! The readers are `PyYAML` and `OmegaConf` (YAML 1.1) and the 1.2 readers (`serde_yaml`, go-yaml,
//! js-yaml). What a plain scalar may be is in [`plain`]. Texts here are what YAML carries; that
//! `OmegaConf` then looks for `${` in them is the business of [`escape_interpolation`].

pub mod plain;

use std::fmt::Write as _;

use super::ScalarStyle;
use super::edit::Refusal;

/// Where a scalar will stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// The value of a block mapping's entry, or an item of a block sequence.
    Block {
        /// Column of that mapping's keys or that sequence's dashes, from 0.
        parent_column: usize,
        /// Column where a block scalar's lines are to begin; more than `parent_column`.
        content_column: usize,
    },
    /// A value between brackets.
    Flow,
    /// A key of a block mapping.
    Key,
    /// A key between brackets.
    FlowKey,
}

/// Whether a text may be written as lines of its own below `|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockScalars {
    /// Where it fits.
    Allowed,
    /// No: what stands behind would be read as part of it.
    Never,
}

/// A value as text, in two parts, since a comment may have to stay between them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// What stands behind `key:` or `-`, without a space before it. Empty for a block collection.
    pub head: String,
    /// The lines below, each with its line break before it. Empty if there are none.
    pub body: String,
    /// Whether the value is only right if a line break follows: `|` at the end of a file.
    pub needs_line_break: bool,
}

impl Written {
    /// A value on one line.
    pub fn inline(head: impl Into<String>) -> Self {
        Self {
            head: head.into(),
            ..Self::default()
        }
    }
}

/// Writes `text` for `position`, in the `preferred` style if that can carry it.
///
/// Without a preference a text is plain where that is safe, lines below `|` if it has several,
/// and quoted otherwise.
///
/// # Errors
/// A key that `PyYAML` would not find: it has more than 1,000 characters when written.
pub fn write(
    text: &str,
    position: Position,
    line_break: &str,
    preferred: Option<ScalarStyle>,
    blocks: BlockScalars,
) -> Result<Written, Refusal> {
    match position {
        Position::Block {
            parent_column,
            content_column,
        } => {
            let wants_block = match preferred {
                Some(ScalarStyle::Literal | ScalarStyle::Folded) => true,
                None
                | Some(
                    ScalarStyle::Absent
                    | ScalarStyle::Plain
                    | ScalarStyle::SingleQuoted
                    | ScalarStyle::DoubleQuoted,
                ) => text.contains('\n'),
            };
            if wants_block && blocks == BlockScalars::Allowed {
                let written = block(text, parent_column, content_column, line_break, preferred);
                if let Some(written) = written {
                    return Ok(written);
                }
            }
            Ok(Written::inline(inline(
                text,
                plain::Place::Block,
                preferred,
            )))
        }
        Position::Flow => Ok(Written::inline(inline(text, plain::Place::Flow, preferred))),
        Position::Key | Position::FlowKey => {
            let place = match position {
                Position::FlowKey => plain::Place::Flow,
                Position::Key | Position::Flow | Position::Block { .. } => plain::Place::Block,
            };
            let written = inline(text, place, preferred);
            // PyYAML looks 1,024 characters ahead for the colon.
            if written.chars().count() > 1000 {
                return Err(Refusal::new("a key of more than 1,000 characters"));
            }
            Ok(Written::inline(written))
        }
    }
}

fn inline(text: &str, place: plain::Place, preferred: Option<ScalarStyle>) -> String {
    let style = match preferred {
        Some(ScalarStyle::SingleQuoted) => ScalarStyle::SingleQuoted,
        Some(ScalarStyle::DoubleQuoted) => ScalarStyle::DoubleQuoted,
        None
        | Some(
            ScalarStyle::Absent | ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded,
        ) if plain::is_safe(text, place) => ScalarStyle::Plain,
        None
        | Some(
            ScalarStyle::Absent | ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded,
        ) => {
            if text.contains(['"', '\\']) {
                ScalarStyle::SingleQuoted
            } else {
                ScalarStyle::DoubleQuoted
            }
        }
    };
    match style {
        ScalarStyle::Plain => text.to_owned(),
        ScalarStyle::SingleQuoted if !text.chars().any(plain::needs_escape) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        ScalarStyle::SingleQuoted
        | ScalarStyle::DoubleQuoted
        | ScalarStyle::Absent
        | ScalarStyle::Literal
        | ScalarStyle::Folded => double_quoted(text),
    }
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            _ if !plain::needs_escape(character) => out.push(character),
            _ => {
                let number = u32::from(character);
                let written = match number {
                    0..=0xFF => write!(out, "\\x{number:02X}"),
                    0x100..=0xFFFF => write!(out, "\\u{number:04X}"),
                    _ => write!(out, "\\U{number:08X}"),
                };
                written.expect("writing to a string does not fail");
            }
        }
    }
    out.push('"');
    out
}

/// The text below `|` (or `>`), or `None` if it can't be carried there.
fn block(
    text: &str,
    parent_column: usize,
    content_column: usize,
    line_break: &str,
    preferred: Option<ScalarStyle>,
) -> Option<Written> {
    let content = text.trim_end_matches('\n');
    let line_breaks = text.len() - content.len();
    if content.is_empty()
        || content
            .chars()
            .any(|c| c != '\n' && plain::needs_escape(c))
        // A line of spaces is an indentation to some readers and text to others.
        || text
            .split('\n')
            .any(|line| !line.is_empty() && line.bytes().all(|byte| byte == b' '))
    {
        return None;
    }
    let first_line = content.trim_start_matches('\n');
    let indicator = if first_line.starts_with(' ') {
        let steps = content_column.checked_sub(parent_column)?;
        if !(1..=9).contains(&steps) {
            return None;
        }
        steps.to_string()
    } else {
        String::new()
    };
    // Folding joins lines: only a text of one line is the same below `>`.
    let symbol = match preferred {
        Some(ScalarStyle::Folded) if !content.contains('\n') && indicator.is_empty() => '>',
        None
        | Some(
            ScalarStyle::Folded
            | ScalarStyle::Absent
            | ScalarStyle::Plain
            | ScalarStyle::SingleQuoted
            | ScalarStyle::DoubleQuoted
            | ScalarStyle::Literal,
        ) => '|',
    };
    let chomping = match line_breaks {
        0 => "-",
        1 => "",
        _ => "+",
    };
    let mut body = String::with_capacity(text.len() * 2);
    // The last line break is the one that ends the last line.
    let lines = text.strip_suffix('\n').unwrap_or(text);
    for line in lines.split('\n') {
        body.push_str(line_break);
        if !line.is_empty() {
            body.extend(std::iter::repeat_n(' ', content_column));
            body.push_str(line);
        }
    }
    Some(Written {
        head: format!("{symbol}{indicator}{chomping}"),
        body,
        needs_line_break: line_breaks > 0,
    })
}

/// The text that `OmegaConf` gives back as `text`: `${` becomes `\${`, and backslashes directly
/// before it are doubled. Everything else stays, other backslashes too.
///
/// # Errors
/// The text `???`, which means 'missing' to `OmegaConf` however it is written.
pub fn escape_interpolation(text: &str) -> Result<String, Refusal> {
    if text == "???" {
        return Err(Refusal::new(
            "the text `???` means 'missing' to OmegaConf and can't be escaped",
        ));
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let before = &rest[..at];
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        out.push_str(before);
        out.extend(std::iter::repeat_n('\\', backslashes + 1));
        out.push_str("${");
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The text that `OmegaConf` makes of one without interpolations: the inverse of
/// [`escape_interpolation`]. `None` if there is an interpolation, or the text is `???`.
pub fn unescape_interpolation(text: &str) -> Option<String> {
    if text == "???" {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let before = &rest[..at];
        let kept = before.trim_end_matches('\\');
        let backslashes = before.len() - kept.len();
        if backslashes.is_multiple_of(2) {
            return None;
        }
        out.push_str(kept);
        out.extend(std::iter::repeat_n('\\', backslashes / 2));
        out.push_str("${");
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests;
