//! The file format of the catalogue, the same for the built-in files and a project's `types.d`:
//! reading it, and laying one file over what is known.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::budget::{self, Refusal};
use super::rule::{Rule, RuleSource};
use super::{
    Applies, BAD_TYPE_FILE, Data, FieldSpec, Input, KindSpec, Requirement, is_secret_name,
};
use crate::connection::{Finding, Location, Severity};

/// The group of a type that names none.
const OTHER: &str = "Other";

/// One file.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Where the facts are from; for people.
    #[serde(default, rename = "source")]
    _source: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    every_field: Ordered<FieldSource>,
    #[serde(default)]
    types: Ordered<TypeSource>,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeSource {
    label: Option<String>,
    group: Option<String>,
    help: Option<String>,
    vector_store: Option<bool>,
    #[serde(default)]
    fields: Ordered<FieldSource>,
    #[serde(default)]
    rules: Vec<RuleSource>,
}

/// What a file says about a field. Everything is optional: what is not said stays as it is.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FieldSource {
    kind: Option<FieldKind>,
    items: Option<FieldKind>,
    choices: Option<Vec<String>>,
    label: Option<String>,
    help: Option<String>,
    env: Option<Vec<String>>,
    #[serde(deserialize_with = "present")]
    default: Option<serde_yaml::Value>,
    required: Option<bool>,
    required_unless_env: Option<bool>,
    nullable: Option<bool>,
    secret: Option<bool>,
    advanced: Option<bool>,
    applies: Option<Applies>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum FieldKind {
    String,
    Integer,
    Number,
    Boolean,
    Enum,
    Map,
    List,
    DateTime,
}

/// Reads a file of the program itself.
pub(super) fn parse(text: &str) -> Result<File, serde_yaml::Error> {
    serde_yaml::from_str(text)
}

/// Reads a file of a project.
pub(super) fn parse_project(name: &str, text: &str) -> Result<File, Finding> {
    // A file of comments only is an empty map, not a broken one.
    let is_remark = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(is_remark) {
        return Ok(File::default());
    }
    budget::check(text)
        .map_err(|Refusal { location, reason }| unreadable(name, location, &reason))?;
    parse(text).map_err(|error| {
        let location = error.location().map(|place| Location {
            line: u32::try_from(place.line()).unwrap_or(u32::MAX),
            column: u32::try_from(place.column()).unwrap_or(u32::MAX),
        });
        let message = error.to_string();
        // The place is in `location`, once.
        let reason = message.split(" at line ").next().unwrap_or(&message);
        unreadable(name, location, reason)
    })
}

fn unreadable(name: &str, location: Option<Location>, reason: &str) -> Finding {
    Finding {
        rule: BAD_TYPE_FILE,
        severity: Severity::Error,
        location,
        message: format!("`{name}` is not a file of types: {reason}"),
        hint: Some("its types are not known until it is right; the others are".to_owned()),
    }
}

/// Lays one file over what is known. The findings are about what the file may not do.
pub(super) fn lay_over(data: &mut Data, file: File, name: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for group in file.groups {
        if !data.groups.contains(&group) {
            data.groups.push(group);
        }
    }
    for (field_name, field) in file.every_field.0 {
        for kind in &mut data.kinds {
            for known in kind
                .fields
                .iter_mut()
                .filter(|known| known.name == field_name)
            {
                findings.extend(known.take(field.clone(), name, &kind.type_path));
            }
        }
        data.every_field.insert(field_name, field);
    }
    for (type_path, kind) in file.types.0 {
        findings.extend(lay_over_type(data, &type_path, kind, name));
    }
    findings
}

fn lay_over_type(data: &mut Data, type_path: &str, source: TypeSource, file: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let position = data.by_path.get(type_path).copied().unwrap_or_else(|| {
        data.kinds.push(KindSpec::bare(type_path));
        data.by_path
            .insert(type_path.to_owned(), data.kinds.len() - 1);
        data.kinds.len() - 1
    });
    let kind = &mut data.kinds[position];
    set(&mut kind.label, source.label);
    set(&mut kind.group, source.group);
    set(&mut kind.help, source.help);
    set(&mut kind.vector_store, source.vector_store);
    for (field_name, field) in source.fields.0 {
        let known = kind
            .fields
            .iter()
            .position(|known| known.name == field_name);
        let known = known.unwrap_or_else(|| {
            let mut bare = FieldSpec::bare(&field_name, field.kind);
            if let Some(common) = data.every_field.get(&field_name) {
                findings.extend(bare.take(common.clone(), file, type_path));
            }
            kind.fields.push(bare);
            kind.fields.len() - 1
        });
        findings.extend(kind.fields[known].take(field, file, type_path));
    }
    for rule in source.rules {
        match Rule::try_from(rule) {
            Ok(rule) if !kind.rules.contains(&rule) => kind.rules.push(rule),
            Ok(_) => {}
            Err(message) => findings.push(Finding {
                rule: BAD_TYPE_FILE,
                severity: Severity::Error,
                location: None,
                message: format!("`{file}`, type `{type_path}`: {message}"),
                hint: None,
            }),
        }
    }
    if !data.groups.contains(&kind.group) {
        data.groups.push(kind.group.clone());
    }
    findings
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

impl KindSpec {
    /// A type of which nothing is known but its path.
    fn bare(type_path: &str) -> Self {
        Self {
            type_path: type_path.to_owned(),
            label: type_path.rsplit('.').next().unwrap_or(type_path).to_owned(),
            group: OTHER.to_owned(),
            help: String::new(),
            vector_store: false,
            fields: Vec::new(),
            rules: Vec::new(),
        }
    }
}

impl FieldSpec {
    /// A field of which nothing is known but its name.
    fn bare(name: &str, kind: Option<FieldKind>) -> Self {
        let mut label = name.replace(['_', '-'], " ");
        if let Some(first) = label.get(..1) {
            let first = first.to_uppercase();
            label.replace_range(..1, &first);
        }
        Self {
            name: name.to_owned(),
            label,
            help: String::new(),
            input: Input::Text,
            requirement: Requirement::Optional,
            env: Vec::new(),
            default: None,
            nullable: false,
            // A name such as `api_key` is enough: whoever describes a type may forget the mark. But
            // a number or a switch is none, whatever it is called (`token_limit`, `use_password`).
            secret: is_secret_name(name) && kind.is_none_or(FieldKind::may_hold_text),
            advanced: false,
            applies: None,
            text_items: false,
        }
    }

    /// Takes over what a file says. A secret mark stays: only more can be masked, never less.
    fn take(&mut self, source: FieldSource, file: &str, type_path: &str) -> Option<Finding> {
        set(&mut self.label, source.label);
        set(&mut self.help, source.help);
        set(&mut self.env, source.env);
        set(&mut self.nullable, source.nullable);
        set(&mut self.advanced, source.advanced);
        set(
            &mut self.text_items,
            source.items.map(|items| items == FieldKind::String),
        );
        if source.default.is_some() {
            self.default = source.default;
        }
        if source.applies.is_some() {
            self.applies = source.applies;
        }
        self.requirement = match (source.required, source.required_unless_env) {
            (Some(true), _) => Requirement::Required,
            (_, Some(true)) => Requirement::UnlessEnv,
            (Some(false), _) | (_, Some(false)) => Requirement::Optional,
            (None, None) => self.requirement,
        };
        match (source.kind, source.choices) {
            (None | Some(FieldKind::Enum), Some(choices)) => self.input = Input::Choice(choices),
            (Some(kind), _) => self.input = kind.input(),
            (None, None) => {}
        }
        match source.secret {
            Some(true) => self.secret = true,
            Some(false) if self.secret => {
                return Some(Finding {
                    rule: BAD_TYPE_FILE,
                    severity: Severity::Warning,
                    location: None,
                    message: format!(
                        "`{file}` can't take the secret mark from `{}` of `{type_path}`",
                        self.name
                    ),
                    hint: Some("a project can add secret marks, never take one away".to_owned()),
                });
            }
            Some(false) | None => {}
        }
        None
    }
}

impl FieldKind {
    fn may_hold_text(self) -> bool {
        match self {
            Self::String | Self::Map | Self::List => true,
            Self::Integer | Self::Number | Self::Boolean | Self::Enum | Self::DateTime => false,
        }
    }

    fn input(self) -> Input {
        match self {
            Self::String => Input::Text,
            Self::Integer => Input::Integer,
            Self::Number => Input::Number,
            Self::Boolean => Input::Switch,
            Self::Enum => Input::Choice(Vec::new()),
            Self::Map => Input::Map,
            Self::List => Input::List,
            Self::DateTime => Input::DateTime,
        }
    }
}

/// `default: null` says something that no `default` at all does not.
fn present<'de, D: Deserializer<'de>>(input: D) -> Result<Option<serde_yaml::Value>, D::Error> {
    serde_yaml::Value::deserialize(input).map(Some)
}

/// A map that keeps the file's order and refuses a key that comes twice.
#[derive(Debug)]
struct Ordered<T>(Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(OrderedVisitor(PhantomData))
    }
}

struct OrderedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OrderedVisitor<T> {
    type Value = Ordered<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut input: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        let mut seen = HashSet::new();
        while let Some((key, value)) = input.next_entry::<String, T>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("`{key}` is there twice")));
            }
            entries.push((key, value));
        }
        Ok(Ordered(entries))
    }
}
