//! What a document means, as plain data, and what an edit should make of it. The fuzz targets use
//! it too, from `fuzz/src/lib.rs`: whoever includes it has `document` beside it.

use super::document::{Content, Edit, NodeId, ScalarType, Step, Stream, Value as NewValue, parse};

/// A loaded value. Keys carry their type, so that `1` and `"1"` differ.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    Scalar(ScalarType, String),
    Map(Vec<((ScalarType, String), Model)>),
    List(Vec<Model>),
}

/// The document's value; aliases are followed, `<<` stays an entry.
pub fn load(text: &str) -> Option<Model> {
    let stream = parse(text).unwrap();
    assert!(stream.documents.len() < 2);
    stream.documents.first().map(|root| node(&stream, *root))
}

fn node(stream: &Stream<'_>, id: NodeId) -> Model {
    let id = stream.resolve(id);
    match &stream.node(id).content {
        Content::Scalar { .. } => scalar(stream, id),
        Content::Mapping { entries, .. } => Model::Map(
            entries
                .iter()
                .map(|entry| {
                    let kind = stream.scalar_type(entry.key);
                    // A collection as a key: its bytes say what it is, and no path leads to it.
                    let bytes = &stream.text[stream.node(entry.key).span.clone()];
                    let text = stream.scalar(entry.key).map_or_else(
                        || format!("a collection: {}", bytes.trim_end()),
                        str::to_owned,
                    );
                    let key = (kind.unwrap_or(ScalarType::Refused), text);
                    (key, node(stream, entry.value))
                })
                .collect(),
        ),
        Content::Sequence { items, .. } => {
            Model::List(items.iter().map(|item| node(stream, *item)).collect())
        }
        Content::Alias(_) => unreachable!(),
    }
}

fn scalar(stream: &Stream<'_>, id: NodeId) -> Model {
    let kind = stream.scalar_type(id).unwrap_or(ScalarType::Refused);
    let text = match kind {
        ScalarType::Null => "null",
        ScalarType::Boolean => match stream.scalar(id).unwrap().to_lowercase().as_str() {
            "yes" | "on" | "true" => "true",
            _ => "false",
        },
        ScalarType::String
        | ScalarType::Integer
        | ScalarType::Float
        | ScalarType::Merge
        | ScalarType::Refused => stream.scalar(id).unwrap_or("(collection)"),
    };
    Model::Scalar(kind, text.to_owned())
}

pub fn of_value(value: &NewValue) -> Model {
    match value {
        NewValue::Null => Model::Scalar(ScalarType::Null, "null".to_owned()),
        NewValue::Bool(value) => Model::Scalar(ScalarType::Boolean, value.to_string()),
        NewValue::Number(text) if text.contains(['.', 'e']) => {
            Model::Scalar(ScalarType::Float, text.clone())
        }
        NewValue::Number(text) => Model::Scalar(ScalarType::Integer, text.clone()),
        NewValue::Text(text) => Model::Scalar(ScalarType::String, text.clone()),
        NewValue::Map(entries) => Model::Map(
            entries
                .iter()
                .map(|(key, value)| ((ScalarType::String, key.clone()), of_value(value)))
                .collect(),
        ),
        NewValue::List(items) => Model::List(items.iter().map(of_value).collect()),
    }
}

/// The model after an edit. The order of entries does not count, so new ones go to the end; compare
/// with [`sorted`].
pub fn edited(model: Option<Model>, edit: &Edit) -> Model {
    match edit {
        Edit::Set { path, value, .. } => with(model, path, &Deed::Put(value)),
        Edit::Insert { path, value } => with(model, path, &Deed::Insert(value)),
        Edit::Unset { path } => with(model, path, &Deed::Remove),
        Edit::RenameKey { path, to } => with(model, path, &Deed::Rename(to)),
    }
}

/// What happens at the end of a path.
enum Deed<'a> {
    Put(&'a NewValue),
    Insert(&'a NewValue),
    Remove,
    Rename(&'a str),
}

fn with(model: Option<Model>, path: &[Step], deed: &Deed<'_>) -> Model {
    let Some((step, rest)) = path.split_first() else {
        return match deed {
            Deed::Put(value) | Deed::Insert(value) => of_value(value),
            Deed::Remove | Deed::Rename(_) => model.expect("only children are unset"),
        };
    };
    let is_last = rest.is_empty();
    let model = match model {
        Some(Model::Scalar(ScalarType::Null, _)) | None if matches!(deed, Deed::Remove) => {
            return Model::Scalar(ScalarType::Null, "null".to_owned());
        }
        Some(Model::Scalar(ScalarType::Null, _)) | None => match step {
            Step::Key(_) => Model::Map(Vec::new()),
            Step::Index(_) => Model::List(Vec::new()),
        },
        Some(model) => model,
    };
    match (model, step) {
        (Model::Map(mut entries), Step::Key(key)) => {
            let at = entries.iter().position(|((_, text), _)| text == key);
            match (at, deed) {
                (Some(at), Deed::Remove) if is_last => drop(entries.remove(at)),
                (Some(at), Deed::Rename(to)) if is_last => {
                    entries[at].0 = (ScalarType::String, (*to).to_owned());
                }
                (Some(at), _) => {
                    let inner = entries[at].1.clone();
                    entries[at].1 = with(Some(inner), rest, deed);
                }
                (None, Deed::Remove) => {}
                (None, _) => {
                    entries.push(((ScalarType::String, key.clone()), with(None, rest, deed)));
                }
            }
            Model::Map(entries)
        }
        (Model::List(mut items), Step::Index(index)) => {
            match (*index < items.len(), deed) {
                (true, Deed::Remove) if is_last => drop(items.remove(*index)),
                (true, Deed::Insert(value)) if is_last => items.insert(*index, of_value(value)),
                (true, _) => items[*index] = with(Some(items[*index].clone()), rest, deed),
                (false, Deed::Remove) => {}
                (false, _) => items.push(with(None, rest, deed)),
            }
            Model::List(items)
        }
        (other, _) => panic!("{other:?} has no {step:?}"),
    }
}

/// The model with every mapping's entries in one order.
pub fn sorted(model: Model) -> Model {
    match model {
        Model::Map(entries) => {
            let mut entries: Vec<_> = entries
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            entries.sort_by_key(|(key, _)| format!("{key:?}"));
            Model::Map(entries)
        }
        Model::List(items) => Model::List(items.into_iter().map(sorted).collect()),
        scalar @ Model::Scalar(..) => scalar,
    }
}

/// The model without what a local tag makes of types: then the text counts.
pub fn untyped(model: Model) -> Model {
    match model {
        Model::Scalar(ScalarType::Refused, text) => Model::Scalar(ScalarType::String, text),
        Model::Scalar(..) => model,
        Model::Map(entries) => Model::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key, untyped(value)))
                .collect(),
        ),
        Model::List(items) => Model::List(items.into_iter().map(untyped).collect()),
    }
}

/// The paths of all entries and items.
pub fn paths(stream: &Stream<'_>) -> Vec<Vec<Step>> {
    let mut out = Vec::new();
    if let Some(root) = stream.documents.first() {
        collect(stream, *root, &mut Vec::new(), &mut out);
    }
    out
}

fn collect(stream: &Stream<'_>, id: NodeId, path: &mut Vec<Step>, out: &mut Vec<Vec<Step>>) {
    let children: Vec<(Step, NodeId)> = match &stream.node(id).content {
        Content::Mapping { entries, .. } => entries
            .iter()
            .filter(|entry| stream.scalar_type(entry.key) != Some(ScalarType::Merge))
            .filter_map(|entry| Some((Step::from(stream.scalar(entry.key)?), entry.value)))
            .collect(),
        Content::Sequence { items, .. } => items
            .iter()
            .enumerate()
            .map(|(index, item)| (Step::Index(index), *item))
            .collect(),
        Content::Scalar { .. } | Content::Alias(_) => Vec::new(),
    };
    for (step, child) in children {
        path.push(step);
        out.push(path.clone());
        collect(stream, child, path, out);
        path.pop();
    }
}

/// New values of all kinds.
pub fn values() -> Vec<NewValue> {
    let text = |text: &str| NewValue::Text(text.to_owned());
    vec![
        NewValue::Null,
        NewValue::Bool(true),
        NewValue::Number("42".to_owned()),
        NewValue::Number("1.5".to_owned()),
        text("plain"),
        text("yes"),
        text(""),
        text("a: b # c"),
        text("${oc.env:X}"),
        text("[x, 'y', \"z\"]"),
        text("l1\nl2"),
        text("l1\nl2\n"),
        text("\n l1\n\nl2\n\n"),
        text("tab\there\u{2028}"),
        NewValue::Map(Vec::new()),
        NewValue::List(Vec::new()),
        NewValue::Map(vec![
            ("k: 1".to_owned(), text("v")),
            (
                "deep".to_owned(),
                NewValue::Map(vec![("text".to_owned(), text("l1\nl2\n"))]),
            ),
        ]),
        NewValue::List(vec![
            text("one"),
            NewValue::Map(vec![
                ("a".to_owned(), text("l1\nl2")),
                ("b".to_owned(), NewValue::List(vec![text("x")])),
            ]),
            NewValue::List(vec![text("two"), text("l1\nl2\n\n")]),
        ]),
    ]
}
