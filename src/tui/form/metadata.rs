//! Name, description and tags: lines of text. Dynamiq ignores them, but `OmegaConf` resolves what
//! stands in them like everything else, so that a `${` is escaped as in any text.

use crate::definition::Definition;
use crate::document::{Value, escape_interpolation, unescape_interpolation};

/// A text of the file as the form shows it: without the line break at its end, which a block scalar
/// has and nobody means. It comes back when the text is written.
pub(super) fn shown(text: &str) -> String {
    let text = unescape_interpolation(text).unwrap_or_else(|| text.to_owned());
    text.trim_end_matches(['\n', '\r']).to_owned()
}

/// The tags of a file as the form shows them.
pub(super) fn shown_tags(tags: &[String]) -> String {
    let tags: Vec<String> = tags.iter().map(|tag| shown(tag)).collect();
    tags.join(", ")
}

/// What a file has under one of these keys, as changes are compared: nothing if it is empty.
pub(super) fn in_file(definition: &Definition, key: &str) -> Option<Value> {
    match key {
        "name" => unless_blank(definition.name.as_deref()?),
        "description" => unless_blank(definition.description.as_deref()?),
        "tags" => list(definition.tags.iter().cloned()),
        _ => None,
    }
}

fn unless_blank(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| Value::Text(text.to_owned()))
}

fn list(tags: impl Iterator<Item = String>) -> Option<Value> {
    let tags: Vec<Value> = tags.map(Value::Text).collect();
    (!tags.is_empty()).then_some(Value::List(tags))
}

/// The value for a line of the form; `before` is what the file has. What was not touched is as it
/// was there, what is an expression there stays one, and so does the line break at its end.
pub(super) fn typed(line: &str, before: Option<&str>) -> Option<Value> {
    let line = line.trim();
    let old = before.unwrap_or_default();
    if before.is_some() && shown(old).trim() == line {
        return unless_blank(old);
    }
    if line.is_empty() {
        return None;
    }
    let is_expression = before.is_some() && unescape_interpolation(old).is_none();
    let text = if is_expression {
        line.to_owned()
    } else {
        escaped(line)
    };
    let end = &old[old.trim_end_matches(['\n', '\r']).len()..];
    Some(Value::Text(text + end))
}

/// The value for the line of tags.
pub(super) fn typed_tags(line: &str, before: &[String]) -> Option<Value> {
    if line == shown_tags(before) {
        return list(before.iter().cloned());
    }
    let tags = line.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    list(tags.map(|tag| {
        let same = before.iter().find(|old| shown(old) == tag);
        same.cloned().unwrap_or_else(|| escaped(tag))
    }))
}

fn escaped(text: &str) -> String {
    // `???` has no escape; it is nobody's name.
    escape_interpolation(text).unwrap_or_else(|_| text.to_owned())
}
