//! What a connection file says: its name, type, tags and fields, as Dynamiq's loader reads them.
//!
//! Reading only; the lossless edit of the same text is in `document`.

use crate::catalog::{Catalog, KindSpec};
use crate::connection::{Finding, Location, Severity};
use crate::document::{self, Budget, Content, EffectiveEntry, NodeId, ScalarType, Stream, Value};

/// The contents of one connection file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Definition {
    /// The descriptive name, if the file has one.
    pub name: Option<String>,
    /// The description, if the file has one.
    pub description: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// What stands under `type:`, if it is text.
    pub type_path: Option<String>,
    /// Where `type:` has its value.
    pub type_location: Option<Location>,
    /// All other entries, in the order of the file. What `<<` brings in comes first.
    pub fields: Vec<Field>,
}

/// One entry of a connection file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The key.
    pub name: String,
    /// The value as the loader reads it, interpolations not resolved.
    pub value: Value,
    /// Where the value begins.
    pub location: Location,
    /// Whether the value stands in the entry itself.
    pub origin: Origin,
}

/// Where an entry's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It stands there.
    Own,
    /// The value is an alias.
    Alias,
    /// The whole entry comes in by `<<`.
    Merge,
}

impl Definition {
    /// Reads a file's text.
    ///
    /// # Errors
    /// A finding (`not-yaml`, `not-a-map`, `duplicate-key`) for a text that is no connection. An
    /// empty file is an empty definition: its missing type is for `check` to say.
    pub fn read(text: &str, catalog: &Catalog) -> Result<Self, Finding> {
        let stream = document::parse(text)
            .map_err(|problem| broken("not-yaml", Some(problem.location), problem.message))?;
        let root = match stream.documents.as_slice() {
            [] => return Ok(Self::default()),
            [root] => *root,
            [_, second, ..] => {
                let location = Some(stream.location(*second));
                let message = "several documents in one file: a connection is one".to_owned();
                return Err(broken("not-a-map", location, message));
            }
        };
        if let Some(key) = stream.duplicate_key() {
            let message = format!("the key `{}` stands twice", stream.scalar(key).unwrap_or(""));
            return Err(broken("duplicate-key", Some(stream.location(key)), message));
        }
        let bomb = || {
            let message = "its aliases expand to more than can be read".to_owned();
            broken("not-yaml", None, message)
        };
        match &stream.node(root).content {
            Content::Mapping { .. } => {}
            Content::Scalar { value, .. } if value.is_empty() => return Ok(Self::default()),
            Content::Scalar { .. } | Content::Sequence { .. } | Content::Alias(_) => {
                let message = "not a map of fields: a connection is `key: value` lines".to_owned();
                return Err(broken("not-a-map", Some(stream.location(root)), message));
            }
        }
        let mut budget = Budget::for_bytes(text.len());
        let entries = stream.effective_entries(root, &mut budget).map_err(|_| bomb())?;
        let mut definition = Self::default();
        let type_entry = entries.iter().find(|entry| stream.scalar(entry.key) == Some("type"));
        if let Some(entry) = type_entry {
            definition.type_path = stream.string(entry.value).map(str::to_owned);
            definition.type_location = Some(stream.location(entry.value));
        }
        let kind = definition.type_path.as_deref().and_then(|path| catalog.get(path));
        for entry in &entries {
            let key = stream.scalar(entry.key).unwrap_or("").to_owned();
            if key == "type" && definition.type_path.is_some() {
                continue;
            }
            let value = value_of(&stream, entry.value, &mut budget).map_err(|_| bomb())?;
            let ours = kind.map_or(KindSpec::METADATA.contains(&key.as_str()), |kind| {
                kind.is_metadata(&key)
            });
            if !(ours && definition.take_metadata(&key, &value)) {
                definition.fields.push(Field {
                    name: key,
                    value,
                    location: stream.location(entry.value),
                    origin: origin(&stream, entry),
                });
            }
        }
        Ok(definition)
    }

    /// Keeps a metadata entry, if its value is of the right kind.
    fn take_metadata(&mut self, key: &str, value: &Value) -> bool {
        match (key, value) {
            ("name", Value::Text(text) | Value::Number(text)) => self.name = Some(text.clone()),
            ("description", Value::Text(text)) => self.description = Some(text.clone()),
            ("tags", Value::List(items)) => {
                let tags: Option<Vec<String>> = items
                    .iter()
                    .map(|item| match item {
                        Value::Text(text) | Value::Number(text) => Some(text.clone()),
                        Value::Null | Value::Bool(_) | Value::Map(_) | Value::List(_) => None,
                    })
                    .collect();
                match tags {
                    Some(tags) => self.tags = tags,
                    None => return false,
                }
            }
            (_, Value::Null) => {}
            _ => return false,
        }
        true
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

fn broken(rule: &'static str, location: Option<Location>, message: String) -> Finding {
    Finding { rule, severity: Severity::Error, location, message, hint: None }
}

fn origin(stream: &Stream<'_>, entry: &EffectiveEntry) -> Origin {
    match (entry.merged_by, &stream.node(entry.value).content) {
        (Some(_), _) => Origin::Merge,
        (None, Content::Alias(_)) => Origin::Alias,
        (None, Content::Scalar { .. } | Content::Sequence { .. } | Content::Mapping { .. }) => {
            Origin::Own
        }
    }
}

fn value_of(
    stream: &Stream<'_>,
    id: NodeId,
    budget: &mut Budget,
) -> Result<Value, document::OverBudget> {
    budget.spend(1)?;
    let id = stream.resolve(id);
    match &stream.node(id).content {
        Content::Scalar { value, .. } => Ok(match stream.scalar_type(id) {
            Some(ScalarType::Null) => Value::Null,
            Some(ScalarType::Boolean) => {
                Value::Bool(matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "on"))
            }
            Some(ScalarType::Integer | ScalarType::Float) => Value::Number(value.to_string()),
            Some(ScalarType::String | ScalarType::Merge | ScalarType::Refused) | None => {
                Value::Text(value.to_string())
            }
        }),
        Content::Sequence { items, .. } => {
            let items: Result<_, _> =
                items.iter().map(|item| value_of(stream, *item, budget)).collect();
            Ok(Value::List(items?))
        }
        Content::Mapping { .. } => {
            let mut entries = Vec::new();
            for entry in stream.effective_entries(id, budget)? {
                let key = stream.scalar(entry.key).unwrap_or("").to_owned();
                entries.push((key, value_of(stream, entry.value, budget)?));
            }
            Ok(Value::Map(entries))
        }
        // `resolve` never ends at an alias.
        Content::Alias(_) => Ok(Value::Null),
    }
}
