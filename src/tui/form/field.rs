//! One field of a form: what it holds now, what the file had, and what is wrong with it.

use std::fmt;

use super::super::line::Line;
use super::entry::{Entry, Mode};
use crate::catalog::{self, FieldSpec, Input, Proposal, Requirement};
use crate::connection::Location;
use crate::document::Value;
use crate::field_value;

/// A field with its state.
#[derive(Clone)]
pub struct Field {
    /// What the catalogue says about it; made up for a key that its type does not have.
    pub spec: FieldSpec,
    /// Whether the type declares it.
    pub known: bool,
    /// What the file has; `None` if the field is not in it.
    pub initial: Option<Value>,
    /// Where the file has it.
    pub location: Option<Location>,
    /// What the person sees and changes.
    pub content: Content,
    /// What is wrong, once the field was left.
    pub problem: Option<String>,
    /// Whether a secret is shown.
    pub revealed: bool,
}

/// `Debug` tells no value: it may be a secret.
impl fmt::Debug for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Field")
            .field("name", &self.spec.name)
            .field("is_changed", &self.is_changed())
            .field("problem", &self.problem)
            .field("revealed", &self.revealed)
            .finish_non_exhaustive()
    }
}

/// What a field holds.
#[derive(Clone)]
pub enum Content {
    /// A line of text, a number, a date, or an expression.
    Line(Entry),
    /// True, false, or left out.
    Switch(Option<bool>),
    /// One of the choices, a text of the file that is none, or left out.
    Choice(Option<String>),
    /// Keys and values.
    Map(Vec<Row>),
    /// Values.
    List(Vec<Row>),
    /// A structure that only `$EDITOR` can change; it is never written.
    Fixed(Value),
}

/// An entry of a map, or an item of a list (whose key is empty).
#[derive(Clone, Default)]
pub struct Row {
    /// The key.
    pub key: Line,
    /// The value.
    pub value: Entry,
    /// What the file had: kept as it is while the text is the same.
    pub initial: Option<Value>,
}

impl Field {
    /// A field of a type, with what the file has. Without a file (a new connection) it holds the
    /// proposal.
    pub fn of_spec(spec: &FieldSpec, initial: Option<(Value, Location)>, new: bool) -> Self {
        let (initial, location) = initial.unzip();
        let content = match &initial {
            Some(value) => Content::of_value(&spec.input, value),
            None => Content::empty(spec, new),
        };
        Self {
            spec: spec.clone(),
            known: true,
            initial,
            location,
            content,
            problem: None,
            revealed: false,
        }
    }

    /// A field for a key that the type does not declare.
    pub fn unknown(name: &str, initial: Option<(Value, Location)>) -> Self {
        let input = match initial.as_ref().map(|(value, _)| value) {
            Some(Value::Bool(_)) => Input::Switch,
            Some(Value::Number(_)) => Input::Number,
            Some(Value::Map(_)) => Input::Map,
            Some(Value::List(_)) => Input::List,
            Some(Value::Null | Value::Text(_)) | None => Input::Text,
        };
        let spec = FieldSpec {
            name: name.to_owned(),
            label: name.to_owned(),
            help: String::new(),
            input,
            requirement: Requirement::Optional,
            env: Vec::new(),
            default: None,
            nullable: true,
            secret: catalog::is_secret_name(name),
            advanced: false,
            applies: None,
            text_items: false,
        };
        Self {
            known: false,
            ..Self::of_spec(&spec, initial, false)
        }
    }

    /// The value to be written, or `None` if the field is left out.
    pub fn value(&self) -> Option<Value> {
        match &self.content {
            Content::Line(entry) => self.line_value(entry),
            Content::Switch(flag) => flag.map(Value::Bool),
            Content::Choice(choice) => choice.clone().map(Value::Text),
            Content::Map(rows) => {
                let entries: Vec<_> = rows
                    .iter()
                    .filter(|row| !row.is_empty())
                    .map(|row| (row.key.text().to_owned(), row.value()))
                    .collect();
                self.unless_left_out(entries.is_empty(), Value::Map(entries))
            }
            Content::List(rows) => {
                let items: Vec<_> = rows
                    .iter()
                    .filter(|row| !row.is_empty())
                    .map(Row::value)
                    .collect();
                self.unless_left_out(items.is_empty(), Value::List(items))
            }
            Content::Fixed(value) => Some(value.clone()),
        }
    }

    /// An empty collection is written only where the file has one.
    fn unless_left_out(&self, is_empty: bool, value: Value) -> Option<Value> {
        (!is_empty || self.initial.as_ref() == Some(&value)).then_some(value)
    }

    fn line_value(&self, entry: &Entry) -> Option<Value> {
        let text = entry.line.text();
        if let Some(initial) = &self.initial
            && Entry::of_value(initial)
                .is_some_and(|before| before.mode == entry.mode && before.line.text() == text)
        {
            return Some(initial.clone());
        }
        if text.is_empty() {
            return None;
        }
        match entry.mode {
            // What can't be written stays as typed: `check` keeps it from being saved.
            Mode::Text => field_value::of_text(&self.spec.input, self.initial.as_ref(), text)
                .ok()
                .or_else(|| Some(Value::Text(entry.written()))),
            Mode::Expression => Some(Value::Text(entry.written())),
        }
    }

    /// Whether saving would write something else than the file has.
    pub fn is_changed(&self) -> bool {
        self.value() != self.initial
    }

    /// What is wrong with the field as it is now.
    pub fn check(&self) -> Option<String> {
        let value = self.value();
        let is_empty = match &value {
            None | Some(Value::Null) => true,
            Some(Value::Text(text)) => text.is_empty(),
            Some(Value::Bool(_) | Value::Number(_) | Value::Map(_) | Value::List(_)) => false,
        };
        if is_empty {
            return (self.spec.requirement == Requirement::Required)
                .then(|| "this field is needed".to_owned());
        }
        match &self.content {
            Content::Line(entry) => entry.problem().or_else(|| self.kind_problem(entry)),
            Content::Map(rows) => {
                let mut seen = std::collections::HashSet::new();
                rows.iter().filter(|row| !row.is_empty()).find_map(|row| {
                    let key = row.key.text();
                    if key.is_empty() {
                        return Some("a value without a key".to_owned());
                    }
                    if !seen.insert(key) {
                        return Some(format!("the key `{key}` stands twice"));
                    }
                    row.value.problem()
                })
            }
            Content::List(rows) => rows.iter().find_map(|row| row.value.problem()),
            Content::Switch(_) | Content::Choice(_) | Content::Fixed(_) => None,
        }
    }

    fn kind_problem(&self, entry: &Entry) -> Option<String> {
        if entry.mode == Mode::Expression || !self.known {
            return None;
        }
        let text = entry.line.text().trim();
        match self.spec.input {
            Input::Integer => text
                .parse::<i64>()
                .is_err()
                .then(|| "not a whole number".to_owned()),
            Input::Number => text
                .parse::<f64>()
                .is_err()
                .then(|| "not a number".to_owned()),
            Input::Text
            | Input::Switch
            | Input::Choice(_)
            | Input::Map
            | Input::List
            | Input::DateTime => None,
        }
    }

    /// The line of help under the focused field.
    pub fn help(&self) -> String {
        let mut parts = Vec::new();
        if self.known {
            parts.push(self.spec.label.clone());
        } else {
            parts.push("not a field of this type".to_owned());
        }
        parts.push(kind_name(&self.spec.input).to_owned());
        match (self.spec.requirement, self.spec.env.first()) {
            (Requirement::Required, _) => parts.push("required".to_owned()),
            (Requirement::UnlessEnv, Some(variable)) => {
                parts.push(format!(
                    "required unless {variable} is set where the workflow runs"
                ));
            }
            (Requirement::Optional, Some(variable)) => {
                parts.push(format!("if left out: {variable}, where it is set"));
            }
            (Requirement::UnlessEnv | Requirement::Optional, None) => {}
        }
        if !self.spec.help.is_empty() {
            parts.push(self.spec.help.clone());
        }
        parts.join(" · ")
    }
}

/// What the form calls a kind of field.
pub fn kind_name(input: &Input) -> &'static str {
    match input {
        Input::Text => "text",
        Input::Integer => "whole number",
        Input::Number => "number",
        Input::Switch => "yes or no",
        Input::Choice(_) => "choice",
        Input::Map => "keys and values",
        Input::List => "list",
        Input::DateTime => "date and time",
    }
}

impl Content {
    fn empty(spec: &FieldSpec, new: bool) -> Self {
        match (&spec.input, spec.proposal()) {
            (Input::Map, _) => Self::Map(Vec::new()),
            (Input::List, _) => Self::List(Vec::new()),
            (Input::Switch, _) => Self::Switch(None),
            (Input::Choice(_), _) => Self::Choice(None),
            (_, Proposal::Expression(text)) if new => Self::Line(Entry::expression(&text)),
            (
                Input::Text | Input::Integer | Input::Number | Input::DateTime,
                Proposal::Expression(_) | Proposal::LeftOut { .. },
            ) => Self::Line(Entry::default()),
        }
    }

    pub(super) fn of_value(input: &Input, value: &Value) -> Self {
        match (input, value) {
            (_, Value::Map(entries)) => {
                let rows: Option<Vec<Row>> = entries
                    .iter()
                    .map(|(key, value)| Row::of(key, value))
                    .collect();
                rows.map_or_else(|| Self::Fixed(value.clone()), Self::Map)
            }
            (_, Value::List(items)) => {
                let rows: Option<Vec<Row>> = items.iter().map(|item| Row::of("", item)).collect();
                rows.map_or_else(|| Self::Fixed(value.clone()), Self::List)
            }
            (Input::Map, Value::Null) => Self::Map(Vec::new()),
            (Input::List, Value::Null) => Self::List(Vec::new()),
            (Input::Switch, Value::Bool(flag)) => Self::Switch(Some(*flag)),
            (Input::Choice(_), Value::Text(text)) if !text.contains("${") => {
                Self::Choice(Some(text.clone()))
            }
            _ => Entry::of_value(value).map_or_else(|| Self::Fixed(value.clone()), Self::Line),
        }
    }
}

impl Row {
    fn of(key: &str, value: &Value) -> Option<Self> {
        let entry = Entry::of_value(value)?;
        Some(Self {
            key: Line::new(key),
            value: entry,
            initial: Some(value.clone()),
        })
    }

    fn is_empty(&self) -> bool {
        self.initial.is_none() && self.key.text().is_empty() && self.value.line.text().is_empty()
    }

    fn value(&self) -> Value {
        if let Some(initial) = &self.initial
            && Entry::of_value(initial).is_some_and(|before| {
                before.mode == self.value.mode && before.line.text() == self.value.line.text()
            })
        {
            return initial.clone();
        }
        Value::Text(self.value.written())
    }
}
