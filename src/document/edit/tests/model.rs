//! What a document means, as plain data, and what an edit should make of it.

use super::super::{NewValue, Step};
use crate::document::{Content, NodeId, ScalarType, Stream, parse};

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
                    let key = match scalar(stream, entry.key) {
                        Model::Scalar(kind, text) => (kind, text),
                        Model::Map(_) | Model::List(_) => unreachable!(),
                    };
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

/// The model with `path` set or (with `None`) unset. The order of entries does not count, so new
/// ones go to the end; compare with [`sorted`].
pub fn with(model: Option<Model>, path: &[Step], value: Option<&NewValue>) -> Model {
    let Some((step, rest)) = path.split_first() else {
        return of_value(value.expect("only children are unset"));
    };
    let model = match model {
        Some(Model::Scalar(ScalarType::Null, _)) | None => match step {
            Step::Key(_) => Model::Map(Vec::new()),
            Step::Index(_) => Model::List(Vec::new()),
        },
        Some(model) => model,
    };
    match (model, step) {
        (Model::Map(mut entries), Step::Key(key)) => {
            let at = entries.iter().position(|((_, text), _)| text == key);
            match (at, rest.is_empty(), value) {
                (Some(at), true, None) => drop(entries.remove(at)),
                (None, true, None) => {}
                (Some(at), _, _) => {
                    let inner = entries[at].1.clone();
                    entries[at].1 = with(Some(inner), rest, value);
                }
                (None, _, _) => {
                    entries.push(((ScalarType::String, key.clone()), with(None, rest, value)));
                }
            }
            Model::Map(entries)
        }
        (Model::List(mut items), Step::Index(index)) => {
            match (*index < items.len(), rest.is_empty(), value) {
                (true, true, None) => drop(items.remove(*index)),
                (false, true, None) => {}
                (true, _, _) => items[*index] = with(Some(items[*index].clone()), rest, value),
                (false, _, _) => items.push(with(None, rest, value)),
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

/// A file of `target/oracle`, if `CONNDECK_DUMP` asks for the cases: other readers judge them.
pub fn dump_file(name: &str) -> Option<std::fs::File> {
    std::env::var_os("CONNDECK_DUMP")?;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle");
    std::fs::create_dir_all(&folder).unwrap();
    Some(std::fs::File::create(folder.join(format!("{name}.jsonl"))).unwrap())
}

/// One edit and its outcome.
pub fn case(
    before: &str,
    path: &[Step],
    value: Option<&NewValue>,
    after: &str,
) -> serde_json::Value {
    let path: Vec<_> = path
        .iter()
        .map(|step| match step {
            Step::Key(key) => serde_json::json!(key),
            Step::Index(index) => serde_json::json!(index),
        })
        .collect();
    let value = value.map(tagged);
    serde_json::json!({"before": before, "path": path, "set": value, "after": after})
}

fn tagged(value: &NewValue) -> serde_json::Value {
    match value {
        NewValue::Null => serde_json::json!(["null", null]),
        NewValue::Bool(value) => serde_json::json!(["bool", value]),
        NewValue::Number(text) => serde_json::json!(["number", text]),
        NewValue::Text(text) => serde_json::json!(["text", text]),
        NewValue::Map(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| serde_json::json!([key, tagged(value)]))
                .collect();
            serde_json::json!(["map", entries])
        }
        NewValue::List(items) => {
            serde_json::json!(["list", items.iter().map(tagged).collect::<Vec<_>>()])
        }
    }
}
