//! The tags of a connection file's text, and the same text with some of them added and removed.
//!
//! A list is edited item by item, so that its layout and its comments stay; a single text becomes a
//! list when it gets company; what is not there gets an entry of its own.

use super::Definition;
use crate::catalog::{Catalog, KindSpec};
use crate::document::{self, Edit, Step, Value, escape_interpolation, unescape_interpolation};

/// What is to become of tags, as people read them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retag {
    /// Those that every connection has then.
    pub add: Vec<String>,
    /// Those that none has then.
    pub remove: Vec<String>,
}

/// The tags of a text as they stand there.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    /// There is no entry, or one without a value.
    Nothing,
    /// `tags: prod`
    Single(String),
    /// The items as written: with escapes, and expressions as they are.
    List(Vec<String>),
}

/// The text with the tags changed; `None` if it has them so already.
///
/// # Errors
/// Says why the tags of this file can't be changed here.
pub fn retagged(text: &str, catalog: &Catalog, retag: &Retag) -> Result<Option<String>, String> {
    let definition = Definition::read(text, catalog).map_err(|finding| finding.message)?;
    let written = written(&definition, catalog)?;
    let before: Vec<String> = written.items().iter().map(|item| shown(item)).collect();
    let goes = |tag: &String| retag.remove.contains(tag);
    let new: Vec<Value> = retag
        .add
        .iter()
        .filter(|tag| !before.contains(tag) && !goes(tag))
        .map(|tag| Value::Text(escaped(tag)))
        .collect();
    if new.is_empty() && !before.iter().any(goes) {
        return Ok(None);
    }
    let stay = |item: &&String| !goes(&shown(item));
    let kept = written.items().iter().filter(stay);
    let all: Vec<Value> = kept.cloned().map(Value::Text).chain(new.clone()).collect();
    if all.is_empty() {
        return apply(text, &[Edit::unset(["tags"])]).map(Some);
    }
    let whole = [Edit::Set {
        path: vec![Step::from("tags")],
        value: Value::List(all),
        place: definition.place_of("tags"),
    }];
    let changed = match &written {
        Written::Nothing | Written::Single(_) => apply(text, &whole),
        // What comes in by an alias or by `<<` has no items to edit here: it gets a list of its own.
        Written::List(_) => {
            apply(text, &by_item(&before, goes, new)).or_else(|_| apply(text, &whole))
        }
    }?;
    Ok(Some(changed))
}

/// The tags of a text, as people read them. Items that are expressions are no tags that anybody
/// knows here.
///
/// # Errors
/// Says why the tags of this file can't be changed here.
pub fn read(text: &str, catalog: &Catalog) -> Result<Vec<String>, String> {
    let definition = Definition::read(text, catalog).map_err(|finding| finding.message)?;
    let written = written(&definition, catalog)?;
    let plain = |item: &String| unescape_interpolation(item);
    Ok(written.items().iter().filter_map(plain).collect())
}

impl Written {
    fn items(&self) -> &[String] {
        match self {
            Self::Nothing => &[],
            Self::Single(item) => std::slice::from_ref(item),
            Self::List(items) => items,
        }
    }
}

fn written(definition: &Definition, catalog: &Catalog) -> Result<Written, String> {
    let kind = definition.type_path.as_deref();
    let is_ours = |kind: &KindSpec| kind.is_metadata("tags");
    if !kind.and_then(|path| catalog.get(path)).is_none_or(is_ours) {
        return Err("`tags` is a field of its type".to_owned());
    }
    if !definition.tags.is_empty() {
        return Ok(Written::List(definition.tags.clone()));
    }
    match definition.field("tags").map(|field| &field.value) {
        None | Some(Value::Null) => Ok(Written::Nothing),
        Some(Value::Text(text)) if unescape_interpolation(text).is_none() => {
            Err("its tags are an expression".to_owned())
        }
        Some(Value::Text(text) | Value::Number(text)) => Ok(Written::Single(text.clone())),
        Some(Value::List(_)) => Err("not all of its tags are texts".to_owned()),
        Some(Value::Bool(_) | Value::Map(_)) => Err("its `tags` are no list".to_owned()),
    }
}

/// New items first: a list must not be empty in between.
fn by_item(before: &[String], goes: impl Fn(&String) -> bool, new: Vec<Value>) -> Vec<Edit> {
    let at = |index: usize| vec![Step::from("tags"), Step::Index(index)];
    let mut edits = Vec::new();
    for (number, value) in new.into_iter().enumerate() {
        edits.push(Edit::Insert {
            path: at(before.len() + number),
            value,
        });
    }
    // From the end: an item that goes moves those behind it.
    let gone = before.iter().enumerate().rev().filter(|(_, tag)| goes(tag));
    edits.extend(gone.map(|(index, _)| Edit::unset(at(index))));
    edits
}

fn apply(text: &str, edits: &[Edit]) -> Result<String, String> {
    document::apply(text, edits).map_err(|refusal| refusal.reason)
}

fn shown(item: &str) -> String {
    unescape_interpolation(item).unwrap_or_else(|| item.to_owned())
}

fn escaped(tag: &str) -> String {
    // `???` has no escape; it is nobody's tag.
    escape_interpolation(tag).unwrap_or_else(|_| tag.to_owned())
}

#[cfg(test)]
mod tests;
