//! What a connection file says: its name, type, tags and fields, as Dynamiq's loader reads them.
//!
//! Reading only; the lossless edit of the same text is in `document`.

pub mod tags;

use std::fmt;

use crate::catalog::{Catalog, KindSpec};
use crate::check::{self, FieldValue, FieldView};
use crate::connection::{ConnectionId, Finding, Location, Severity};
use crate::document::{
    self, Budget, Content, EffectiveEntry, NodeId, OverBudget, ScalarType, Stream, Value,
};
use crate::field_value;
use crate::order;

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
#[derive(Clone, PartialEq, Eq)]
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

/// `Debug` does not tell the value: it may be a secret.
impl fmt::Debug for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Field")
            .field("name", &self.name)
            .field("location", &self.location)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
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
        Self::of_stream(&parse(text)?, catalog)
    }

    /// The same of a file's text that has been parsed.
    fn of_stream(stream: &Stream<'_>, catalog: &Catalog) -> Result<Self, Finding> {
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
            let message = format!(
                "the key `{}` stands twice",
                stream.scalar(key).unwrap_or("")
            );
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
        let mut budget = Budget::for_bytes(stream.text.len());
        Self::of_mapping(stream, root, &mut budget, catalog).map_err(|_| bomb())
    }

    /// Reads the map `root`: a connection file's, or an entry of a workflow's `connections:`.
    ///
    /// # Errors
    /// When `budget` is spent.
    pub fn of_mapping(
        stream: &Stream<'_>,
        root: NodeId,
        budget: &mut Budget,
        catalog: &Catalog,
    ) -> Result<Self, OverBudget> {
        let entries = stream.effective_entries(root, budget)?;
        let mut definition = Self::default();
        let type_entry = entries
            .iter()
            .find(|entry| stream.scalar(entry.key) == Some("type"));
        if let Some(entry) = type_entry {
            definition.type_path = stream.string(entry.value).map(str::to_owned);
            definition.type_location = Some(stream.location(entry.value));
        }
        let kind = definition
            .type_path
            .as_deref()
            .and_then(|path| catalog.get(path));
        for entry in &entries {
            let key = stream.scalar(entry.key).unwrap_or("").to_owned();
            if key == "type" && definition.type_path.is_some() {
                continue;
            }
            let value = value_of(stream, entry.value, 0, budget)?;
            let ours = kind.map_or(KindSpec::METADATA.contains(&key.as_str()), |kind| {
                kind.is_metadata(&key)
            });
            if !(ours && definition.take_metadata(&key, &value)) {
                definition.fields.push(Field {
                    name: key,
                    value,
                    location: stream.location(entry.value),
                    origin: origin(stream, entry),
                });
            }
        }
        Ok(definition)
    }

    /// What Dynamiq takes of it, as a text that is the same for the same connection: the type and the
    /// fields without regard to their order; no metadata. It holds secrets. `None` without a type.
    pub fn content(&self) -> Option<String> {
        let mut fields: Vec<(&str, serde_json::Value)> = self
            .fields
            .iter()
            .filter(|field| field.name != "id")
            .map(|field| (field.name.as_str(), field_value::json(&field.value)))
            .collect();
        order::sort_by_key(&mut fields, |(name, _)| *name);
        serde_json::to_string(&(self.type_path.as_deref()?, fields)).ok()
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

    /// The value under a key of the file, metadata and type included.
    pub fn value(&self, key: &str) -> Option<Value> {
        if let Some(field) = self.field(key) {
            return Some(field.value.clone());
        }
        match key {
            "name" => self.name.clone().map(Value::Text),
            "description" => self.description.clone().map(Value::Text),
            "tags" if !self.tags.is_empty() => Some(Value::List(
                self.tags.iter().cloned().map(Value::Text).collect(),
            )),
            "type" => self.type_path.clone().map(Value::Text),
            _ => None,
        }
    }

    /// The keys that [`Definition::value`] has a value for, in the order in which people read them.
    pub fn keys(&self) -> Vec<&str> {
        let head = ["name", "description", "tags", "type"];
        let mut keys: Vec<&str> = head
            .into_iter()
            .filter(|key| self.field(key).is_none() && self.value(key).is_some())
            .collect();
        keys.extend(self.fields.iter().map(|field| field.name.as_str()));
        keys
    }

    /// Where a new entry of Conndeck's own goes, so that people find it: below those that come before
    /// it, or below the type.
    pub fn place_of(&self, key: &str) -> document::Place {
        let head = ["name", "description", "tags"];
        let above = head.into_iter().take_while(|other| *other != key);
        let above =
            above.filter(|other| self.field(other).is_none() && self.value(other).is_some());
        document::Place::After(above.last().unwrap_or("type").to_owned())
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

fn parse(text: &str) -> Result<Stream<'_>, Finding> {
    document::parse_many(text)
        .map_err(|problem| broken("not-yaml", Some(problem.location), problem.message))
}

fn broken(rule: &'static str, location: Option<Location>, message: String) -> Finding {
    Finding {
        rule,
        severity: Severity::Error,
        location,
        message,
        hint: None,
    }
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
    depth: usize,
    budget: &mut Budget,
) -> Result<Value, OverBudget> {
    budget.spend(1)?;
    // A sequence can hold itself by an alias.
    if depth > document::MAX_DEPTH {
        return Err(OverBudget);
    }
    let id = stream.resolve(id);
    match &stream.node(id).content {
        Content::Scalar { value, .. } => Ok(match stream.scalar_type(id) {
            Some(ScalarType::Null) => Value::Null,
            Some(ScalarType::Boolean) => {
                Value::Bool(document::scalar_type::boolean(value).unwrap_or_default())
            }
            Some(ScalarType::Integer | ScalarType::Float) => Value::Number(value.to_string()),
            Some(ScalarType::String | ScalarType::Merge | ScalarType::Refused) | None => {
                Value::Text(value.to_string())
            }
        }),
        Content::Sequence { items, .. } => {
            let items: Result<_, _> = items
                .iter()
                .map(|item| value_of(stream, *item, depth + 1, budget))
                .collect();
            Ok(Value::List(items?))
        }
        Content::Mapping { .. } => {
            let mut entries = Vec::new();
            for entry in stream.effective_entries(id, budget)? {
                let key = stream.scalar(entry.key).unwrap_or("").to_owned();
                entries.push((key, value_of(stream, entry.value, depth + 1, budget)?));
            }
            Ok(Value::Map(entries))
        }
        // `resolve` never ends at an alias.
        Content::Alias(_) => Ok(Value::Null),
    }
}

/// The text of a new connection with the line that tells editors its JSON Schema, if the project has
/// one configured.
pub fn with_schema_line(text: String, schema: Option<&str>) -> String {
    match schema {
        // The text of a copy has one already.
        Some(schema) if !text.contains("# yaml-language-server:") => {
            format!("# yaml-language-server: $schema={schema}\n{text}")
        }
        Some(_) | None => text,
    }
}

/// Everything that `check` has to say about a connection's text; a text that is no connection
/// gives the one finding that says so.
pub fn findings(
    id: &ConnectionId,
    text: &str,
    catalog: &Catalog,
    is_set: &dyn Fn(&str) -> bool,
) -> Vec<Finding> {
    match examine(id, text, catalog, is_set) {
        Ok((_, findings)) => findings,
        Err(finding) => vec![finding],
    }
}

/// What a connection's text says, and everything that `check` has to say about it.
///
/// # Errors
/// As of [`Definition::read`].
pub fn examine(
    id: &ConnectionId,
    text: &str,
    catalog: &Catalog,
    is_set: &dyn Fn(&str) -> bool,
) -> Result<(Definition, Vec<Finding>), Finding> {
    let stream = parse(text)?;
    let definition = Definition::of_stream(&stream, catalog)?;
    let mut budget = Budget::for_bytes(text.len());
    let surroundings = check::Surroundings { catalog, is_set };
    let nothing_else = check::Outside {
        has_key: &|_| false,
    };
    let findings = match stream.documents.first() {
        Some(root) => findings_of_mapping(
            id,
            (&stream, *root),
            &surroundings,
            &nothing_else,
            &mut budget,
        ),
        None => check::check_connection(id, &[], &surroundings),
    };
    Ok((definition, findings))
}

/// The same for a map within a text, which is a file's root or an entry of `connections:`.
pub fn findings_of_mapping(
    id: &ConnectionId,
    (stream, root): (&Stream<'_>, NodeId),
    surroundings: &check::Surroundings<'_>,
    outside: &check::Outside<'_>,
    budget: &mut Budget,
) -> Vec<Finding> {
    let views = views(stream, root, 0, budget).unwrap_or_default();
    let mut findings = check::check_connection(id, &views, surroundings);
    findings.extend(check::check_text(stream, root, outside, budget));
    order::sort_by_key(&mut findings, |finding| finding.location);
    findings
}

/// The environment variables that the connection in the map `root` needs.
pub fn needs(
    stream: &Stream<'_>,
    root: NodeId,
    catalog: &Catalog,
    budget: &mut Budget,
) -> Vec<check::Need> {
    let views = views(stream, root, 0, budget).unwrap_or_default();
    check::needs(&views, catalog)
}

fn views<'s>(
    stream: &'s Stream<'_>,
    mapping: NodeId,
    depth: usize,
    budget: &mut Budget,
) -> Result<Vec<FieldView<'s>>, OverBudget> {
    let entries = stream.effective_entries(mapping, budget)?;
    entries
        .into_iter()
        .map(|entry| {
            Ok(FieldView {
                name: stream.scalar(entry.key).unwrap_or(""),
                value: view(stream, entry.value, depth + 1, budget)?,
                location: stream.location(entry.value),
            })
        })
        .collect()
}

fn view<'s>(
    stream: &'s Stream<'_>,
    id: NodeId,
    depth: usize,
    budget: &mut Budget,
) -> Result<FieldValue<'s>, OverBudget> {
    budget.spend(1)?;
    if depth > document::MAX_DEPTH {
        return Err(OverBudget);
    }
    let target = stream.resolve(id);
    match &stream.node(target).content {
        Content::Scalar { value, .. } => Ok(match stream.scalar_type(target) {
            Some(ScalarType::Null) => FieldValue::Null,
            Some(ScalarType::Boolean) => {
                FieldValue::Bool(document::scalar_type::boolean(value).unwrap_or_default())
            }
            Some(ScalarType::Integer) => FieldValue::Int(value),
            Some(ScalarType::Float) => FieldValue::Float(value),
            Some(ScalarType::String | ScalarType::Merge | ScalarType::Refused) | None => {
                FieldValue::Text(value)
            }
        }),
        Content::Sequence { items, .. } => {
            let items: Result<_, _> = items
                .iter()
                .map(|item| {
                    Ok((
                        view(stream, *item, depth + 1, budget)?,
                        stream.location(*item),
                    ))
                })
                .collect();
            Ok(FieldValue::List(items?))
        }
        Content::Mapping { .. } => Ok(FieldValue::Map(views(stream, target, depth + 1, budget)?)),
        // `resolve` never ends at an alias.
        Content::Alias(_) => Ok(FieldValue::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Definition, Finding> {
        Definition::read(text, &Catalog::built_in())
    }

    #[test]
    fn metadata_and_fields_are_told_apart() {
        let text = "name: A\ndescription: b\ntags: [x, 1]\ntype: dynamiq.connections.OpenAI\n\
                    url: &u http://x\ncopy: *u\nport: 012\non: yes\n";
        let definition = read(text).unwrap();
        assert_eq!(definition.name.as_deref(), Some("A"));
        assert_eq!(definition.tags, ["x", "1"]);
        assert_eq!(
            definition.type_path.as_deref(),
            Some("dynamiq.connections.OpenAI")
        );
        let fields: Vec<_> = definition
            .fields
            .iter()
            .map(|f| (f.name.as_str(), f.value.clone(), f.origin))
            .collect();
        assert_eq!(
            fields,
            [
                ("url", Value::Text("http://x".into()), Origin::Own),
                ("copy", Value::Text("http://x".into()), Origin::Alias),
                ("port", Value::Number("012".into()), Origin::Own),
                ("on", Value::Bool(true), Origin::Own),
            ]
        );
    }

    #[test]
    fn what_is_no_connection_says_why() {
        let rule = |text: &str| read(text).map_or_else(|finding| finding.rule, |_| "fine");
        assert_eq!(rule(""), "fine");
        assert_eq!(rule("# only a comment\n"), "fine");
        assert_eq!(rule("a: [\n"), "not-yaml");
        assert_eq!(rule("- a\n"), "not-a-map");
        assert_eq!(rule("just text\n"), "not-a-map");
        assert_eq!(rule("a: 1\n---\nb: 1\n"), "not-a-map");
        assert_eq!(rule("a: 1\na: 2\n"), "duplicate-key");
        assert_eq!(rule("a: &a [*a]\n"), "not-yaml");
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for letter in "bcdefghij".chars() {
            let before = char::from_u32(u32::from(letter) - 1).unwrap();
            let aliases = vec![format!("*{before}"); 9].join(",");
            bomb.extend([format!("{letter}: &{letter} [{aliases}]\n")]);
        }
        assert_eq!(rule(&bomb), "not-yaml");
    }

    #[test]
    fn findings_have_places() {
        let text = "type: dynamiq.connections.OpenAI\napikey: x\n";
        let found = findings(&ConnectionId::new("a"), text, &Catalog::built_in(), &|_| {
            true
        });
        let unknown = found
            .iter()
            .find(|finding| finding.rule == "unknown-field")
            .unwrap();
        assert_eq!(unknown.location.unwrap().line, 2);
    }
}
