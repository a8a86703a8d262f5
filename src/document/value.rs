//! A new value, and how it is written: scalars, block collections, flow collections.

use std::fmt;

use super::edit::Refusal;
use super::scalar::{self, BlockScalars, Position, Written};
use super::{Content, NodeId, ScalarStyle, ScalarType, Stream, scalar_type};

/// A value to be written. `Debug` hides texts: any of them may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum NewValue {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is to stand in the text.
    Number(String),
    /// A string, as YAML carries it: `${` in it is an interpolation to `OmegaConf`, unless it went
    /// through [`scalar::escape_interpolation`].
    Text(String),
    /// A mapping.
    Map(Vec<(String, NewValue)>),
    /// A sequence.
    List(Vec<NewValue>),
}

/// How collections and lines are written in this file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// `\n` or `\r\n`.
    pub line_break: &'static str,
    /// Columns from a mapping's keys to the keys of a mapping in it.
    pub step: usize,
    /// Columns from a mapping's keys to the dashes of a sequence in it; 0 is common.
    pub sequence_step: usize,
    /// Whether block scalars may be used.
    pub blocks: BlockScalars,
}

impl fmt::Debug for NewValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("Null"),
            Self::Bool(value) => write!(out, "Bool({value})"),
            Self::Number(text) => write!(out, "Number({text})"),
            Self::Text(_) => out.write_str("Text(…)"),
            Self::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| (key, value));
                out.debug_map().entries(entries).finish()
            }
            Self::List(items) => out.debug_list().entries(items).finish(),
        }
    }
}

impl NewValue {
    /// Whether it is written as lines of its own in block position.
    pub fn is_block_collection(&self) -> bool {
        match self {
            Self::Map(entries) => !entries.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => false,
        }
    }
}

/// Writes a value for block position: behind `key:` in a mapping, or behind `-` in a sequence,
/// whose keys or dashes stand at `parent_column`; what is written below begins at `column`.
///
/// # Errors
/// A number that is none, or a key that can't be written.
pub fn write_block(
    value: &NewValue,
    parent_column: usize,
    column: usize,
    style: Style,
    preferred: Option<ScalarStyle>,
) -> Result<Written, Refusal> {
    match value {
        NewValue::Text(text) => {
            let position = Position::Block {
                parent_column,
                content_column: column,
            };
            scalar::write(text, position, style.line_break, preferred, style.blocks)
        }
        NewValue::Map(entries) if !entries.is_empty() => {
            let mut out = Written::default();
            for (key, value) in entries {
                let written = write_entry(key, value, column, style)?;
                start_line(&mut out.body, column, style);
                out.body.push_str(&written.head);
                out.body.push_str(&written.body);
                out.needs_line_break = written.needs_line_break;
            }
            Ok(out)
        }
        NewValue::List(items) if !items.is_empty() => {
            let mut out = Written::default();
            for item in items {
                let written = write_item(item, column, style)?;
                start_line(&mut out.body, column, style);
                out.body.push_str(&written.head);
                out.body.push_str(&written.body);
                out.needs_line_break = written.needs_line_break;
            }
            Ok(out)
        }
        NewValue::Null
        | NewValue::Bool(_)
        | NewValue::Number(_)
        | NewValue::Map(_)
        | NewValue::List(_) => Ok(Written::inline(write_flow(value, None)?)),
    }
}

fn start_line(out: &mut String, column: usize, style: Style) {
    out.push_str(style.line_break);
    out.extend(std::iter::repeat_n(' ', column));
}

/// Writes `key: value` for a block mapping whose keys stand at `column`. The head is the rest of
/// the key's line.
pub fn write_entry(
    key: &str,
    value: &NewValue,
    column: usize,
    style: Style,
) -> Result<Written, Refusal> {
    let below = match value {
        NewValue::List(_) => column + style.sequence_step,
        NewValue::Null
        | NewValue::Bool(_)
        | NewValue::Number(_)
        | NewValue::Text(_)
        | NewValue::Map(_) => column + style.step,
    };
    let mut written = write_block(value, column, below, style, None)?;
    let key = scalar::write(key, Position::Key, style.line_break, None, style.blocks)?.head;
    written.head = if written.head.is_empty() {
        format!("{key}:")
    } else {
        format!("{key}: {}", written.head)
    };
    Ok(written)
}

/// Writes `- value` for a block sequence whose dashes stand at `column`.
pub fn write_item(value: &NewValue, column: usize, style: Style) -> Result<Written, Refusal> {
    let below = column + 2;
    let mut written = write_block(value, column, below, style, None)?;
    if written.head.is_empty() {
        // `- a: 1`: the first line goes behind the dash.
        written.body.drain(..style.line_break.len() + below);
        written.head.push_str("- ");
    } else {
        written.head = format!("- {}", written.head);
    }
    Ok(written)
}

/// Writes a value on one line, for a place between brackets (or a scalar for any place).
///
/// # Errors
/// A number that is none, or a key that can't be written.
pub fn write_flow(value: &NewValue, preferred: Option<ScalarStyle>) -> Result<String, Refusal> {
    Ok(match value {
        NewValue::Null => "null".to_owned(),
        NewValue::Bool(true) => "true".to_owned(),
        NewValue::Bool(false) => "false".to_owned(),
        NewValue::Number(text) => {
            if !is_number(text) {
                return Err(Refusal::new("the value is not a number"));
            }
            text.clone()
        }
        NewValue::Text(text) => {
            scalar::write(text, Position::Flow, "", preferred, BlockScalars::Never)?.head
        }
        NewValue::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| write_flow_entry(key, value))
                .collect::<Result<Vec<_>, _>>()?;
            format!("{{{}}}", entries.join(", "))
        }
        NewValue::List(items) => {
            let items = items
                .iter()
                .map(|item| write_flow(item, None))
                .collect::<Result<Vec<_>, _>>()?;
            format!("[{}]", items.join(", "))
        }
    })
}

/// Writes `key: value` for a place between brackets.
pub fn write_flow_entry(key: &str, value: &NewValue) -> Result<String, Refusal> {
    let key = scalar::write(key, Position::FlowKey, "", None, BlockScalars::Never)?.head;
    Ok(format!("{key}: {}", write_flow(value, None)?))
}

fn is_number(text: &str) -> bool {
    match scalar_type::of_plain(text) {
        ScalarType::Integer | ScalarType::Float => true,
        ScalarType::String
        | ScalarType::Null
        | ScalarType::Boolean
        | ScalarType::Merge
        | ScalarType::Refused => false,
    }
}

/// Whether a node has exactly this value once loaded, aliases followed. The order of a mapping's
/// entries does not count.
pub fn is_value(stream: &Stream<'_>, id: NodeId, value: &NewValue) -> bool {
    let id = stream.resolve(id);
    let kind = stream.scalar_type(id);
    let text = stream.scalar(id).unwrap_or_default();
    match value {
        NewValue::Null => kind == Some(ScalarType::Null),
        NewValue::Bool(value) => {
            kind == Some(ScalarType::Boolean) && scalar_type::boolean(text) == Some(*value)
        }
        NewValue::Number(number) => {
            matches!(kind, Some(ScalarType::Integer | ScalarType::Float))
                && kind == Some(scalar_type::of_plain(number))
                && (text == number || is_same_number(text, number))
        }
        NewValue::Text(value) => kind == Some(ScalarType::String) && text == value,
        NewValue::Map(wanted) => match &stream.node(id).content {
            Content::Mapping { entries, .. } => {
                entries.len() == wanted.len()
                    && wanted.iter().zip(entries).all(|((key, value), entry)| {
                        let entry = if is_key(stream, entry.key, key) {
                            Some(entry)
                        } else {
                            entries.iter().find(|entry| is_key(stream, entry.key, key))
                        };
                        entry.is_some_and(|entry| is_value(stream, entry.value, value))
                    })
            }
            Content::Scalar { .. } | Content::Sequence { .. } | Content::Alias(_) => false,
        },
        NewValue::List(wanted) => match &stream.node(id).content {
            Content::Sequence { items, .. } => {
                items.len() == wanted.len()
                    && items
                        .iter()
                        .zip(wanted)
                        .all(|(item, value)| is_value(stream, *item, value))
            }
            Content::Scalar { .. } | Content::Mapping { .. } | Content::Alias(_) => false,
        },
    }
}

fn is_same_number(a: &str, b: &str) -> bool {
    let float = |text: &str| text.parse::<f64>().ok().map(f64::to_bits);
    match (scalar_type::integer(a), scalar_type::integer(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => float(a).is_some() && float(a) == float(b),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn is_key(stream: &Stream<'_>, id: NodeId, key: &str) -> bool {
    stream.string(id) == Some(key)
}
