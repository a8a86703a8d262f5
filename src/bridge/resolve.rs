//! The values of the connections that a workflow requires, with their secrets: what Dynamiq's
//! `apply_resolved_requirements` takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::data::Data;
use super::lead::leads;
use super::render::connection_of;
use super::same::is_metadata;
use super::{Connections, Trouble, TroubleKind, requirement};
use crate::catalog::Catalog;
use crate::document::{self, Budget, Content, Edit, NodeId, ScalarType, Step, Stream};
use crate::interpolation::{self, Evaluator, Piece, Position, Value};
use crate::reference::{self, Form, Options};

/// What the requirements of a workflow come to. `Debug` shows no value.
#[derive(Clone, Default)]
pub struct Resolved {
    /// By id, if there is nothing worse than a note.
    pub values: Option<BTreeMap<String, Json>>,
    /// What stands in the way, and what else a person should know.
    pub troubles: Vec<Trouble>,
}

/// Resolves the connections that a workflow requires.
pub fn resolve(
    text: &str,
    connections: &Connections,
    catalog: &Catalog,
    options: &Options,
) -> Resolved {
    let scan = reference::scan(text, options);
    let mut troubles = Vec::new();
    let refused = scan.refused.as_ref();
    let parsed = document::parse(text);
    let invalid = refused.or(parsed.as_ref().err());
    if let Some(problem) = invalid {
        let message = format!("Dynamiq's loader refuses the file: {}", problem.message);
        let trouble = Trouble::new(TroubleKind::Invalid, Some(problem.location), message);
        return Resolved {
            values: None,
            troubles: vec![trouble],
        };
    }
    if let Ok(stream) = &parsed {
        troubles.extend(requirement::foreign(stream));
    }
    for one in &scan.unverifiable {
        let message = format!("it can't be told which connection this is: {}", one.message);
        troubles.push(Trouble::new(
            TroubleKind::Unanswered,
            Some(one.location),
            message,
        ));
    }
    let mut values = BTreeMap::new();
    for reference in scan
        .references
        .iter()
        .filter(|one| one.form == Form::Requirement)
    {
        let Some(id) = reference.id() else {
            let names = reference.doubt.variables().join("`, `");
            let message = format!("which connection this is depends on `{names}`, not set here");
            let location = Some(reference.location);
            troubles.push(Trouble::new(TroubleKind::Unanswered, location, message));
            continue;
        };
        if values.contains_key(id) {
            continue;
        }
        match value(id, connections, catalog, options) {
            Ok(value) => {
                values.insert(id.to_owned(), value);
            }
            Err((kind, message)) => {
                let message = reference.masked(&message);
                troubles.push(Trouble::new(kind, Some(reference.location), message));
            }
        }
    }
    let is_bad = troubles.iter().any(|one| one.kind > TroubleKind::Note);
    Resolved {
        values: (!is_bad).then_some(values),
        troubles,
    }
}

type Failure = (TroubleKind, String);

/// One connection, resolved, without the keys that only Conndeck reads.
fn value(
    id: &str,
    connections: &Connections,
    catalog: &Catalog,
    options: &Options,
) -> Result<Json, Failure> {
    let text = document_of(id, connections)?;
    let broken = |message: String| (TroubleKind::Invalid, cant_be_used(id, &message));
    let stream = document::parse(&text).map_err(|problem| broken(problem.message))?;
    let root = *stream
        .documents
        .first()
        .ok_or_else(|| broken("it is empty".to_owned()))?;
    let mut job = Job {
        stream: &stream,
        evaluator: Evaluator::new(&stream, root, &options.environment),
        budget: Budget::for_bytes(text.len()),
    };
    let mut position = Position::root(stream.resolve(root));
    for key in ["connections", id] {
        let node = position.node().and_then(|node| stream.get(node, key));
        let node = node.ok_or_else(|| broken("it has no place".to_owned()))?;
        position = position.below(stream.resolve(node));
    }
    let kind = position.node().and_then(|node| stream.get(node, "type"));
    let kind = kind.and_then(|kind| catalog.get(stream.string(kind)?));
    let mut steps = Vec::new();
    let mut values = serde_json::Map::new();
    for entry in position.node().map_or(&[][..], |node| stream.entries(node)) {
        let key = stream.scalar(entry.key).unwrap_or_default();
        if is_metadata(key, kind) {
            continue;
        }
        steps.push(Step::from(key));
        let below = position.below(stream.resolve(entry.value));
        let value = job.json(&below, &mut steps).map_err(|(path, reason)| {
            let path = super::node_path::shown(&path);
            let message = format!("the connection `{id}` can't be resolved: `{path}`: {reason}");
            (TroubleKind::Unanswered, message)
        })?;
        steps.pop();
        values.insert(key.to_owned(), value);
    }
    Ok(Json::Object(values))
}

fn cant_be_used(id: &str, reason: &str) -> String {
    format!("the connection `{id}` can't be used: {reason}")
}

/// A document with the connection and those that it refers to, as a workflow would have them.
fn document_of(id: &str, connections: &Connections) -> Result<String, Failure> {
    let mut edits = Vec::new();
    let mut seen = BTreeSet::from([id.to_owned()]);
    let mut open = vec![id.to_owned()];
    while let Some(id) = open.pop() {
        let Some(text) = connections.get(&id) else {
            let message = format!("there is no connection `{id}`");
            return Err((TroubleKind::Unanswered, message));
        };
        let data = text
            .as_deref()
            .map_err(Clone::clone)
            .and_then(Data::of_text);
        let data = data.map_err(|reason| (TroubleKind::Invalid, cant_be_used(&id, &reason)))?;
        if !data.is_connection() {
            return Err((TroubleKind::Invalid, cant_be_used(&id, "it has no `type`")));
        }
        for (_, text) in data.texts() {
            for lead in leads(text) {
                if let Some(other) = connection_of(&lead)
                    && seen.insert(other.to_owned())
                {
                    open.push(other.to_owned());
                }
            }
        }
        let value = data.to_value().ok_or_else(|| {
            let message = cant_be_used(&id, "it has keys that are no strings");
            (TroubleKind::Invalid, message)
        })?;
        edits.push(Edit::set([Step::from("connections"), id.into()], value));
    }
    document::apply("", &edits)
        .map_err(|refusal| (TroubleKind::Invalid, cant_be_used(id, &refusal.reason)))
}

struct Job<'j, 't> {
    stream: &'j Stream<'t>,
    evaluator: Evaluator<'j, 't>,
    budget: Budget,
}

type Unresolved = (Vec<Step>, String);

impl Job<'_, '_> {
    /// The value at a position.
    fn json(&mut self, position: &Position, steps: &mut Vec<Step>) -> Result<Json, Unresolved> {
        if steps.len() > document::MAX_DEPTH {
            return Err((steps.clone(), "nested too deep".to_owned()));
        }
        let Some(node) = position.node() else {
            return Ok(Json::Null);
        };
        let stream = self.stream;
        match &stream.node(node).content {
            Content::Scalar { value, .. } => self.scalar(position, node, value, steps),
            Content::Sequence { items, .. } => {
                let mut values = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    steps.push(Step::Index(index));
                    values.push(self.json(&position.below(stream.resolve(*item)), steps)?);
                    steps.pop();
                }
                Ok(Json::Array(values))
            }
            Content::Mapping { .. } => {
                let entries = stream
                    .effective_entries(node, &mut self.budget)
                    .map_err(|_| (steps.clone(), "its aliases expand too far".to_owned()))?;
                let mut values = serde_json::Map::new();
                for entry in entries {
                    let key = stream.scalar(entry.key).unwrap_or_default();
                    steps.push(Step::from(key));
                    let below = position.below(stream.resolve(entry.value));
                    values.insert(key.to_owned(), self.json(&below, steps)?);
                    steps.pop();
                }
                Ok(Json::Object(values))
            }
            // Positions have no aliases in them.
            Content::Alias(_) => Ok(Json::Null),
        }
    }

    fn scalar(
        &mut self,
        position: &Position,
        node: NodeId,
        text: &str,
        steps: &mut Vec<Step>,
    ) -> Result<Json, Unresolved> {
        let failed = |steps: &[Step], reason: String| Err((steps.to_vec(), reason));
        match self.stream.scalar_type(node) {
            Some(ScalarType::Null) => Ok(Json::Null),
            Some(ScalarType::Boolean) => Ok(Json::Bool(
                document::scalar_type::boolean(text).unwrap_or_default(),
            )),
            Some(ScalarType::Integer | ScalarType::Float) => {
                let data = Data::of_node(self.stream, node).unwrap_or(Data::Null);
                number(&data).or_else(|reason| failed(steps, reason))
            }
            Some(ScalarType::String | ScalarType::Merge | ScalarType::Refused) | None => {
                if text == "???" {
                    return failed(steps, "it is mandatory and missing (`???`)".to_owned());
                }
                if !interpolation::is_expression(text) {
                    return Ok(Json::String(text.to_owned()));
                }
                let expression = match interpolation::parse(text) {
                    Ok(expression) => expression,
                    Err(error) => return failed(steps, error.message.to_owned()),
                };
                let evaluated = self
                    .evaluator
                    .evaluate(&expression, position, &mut self.budget);
                match evaluated.value {
                    Ok(value) => self.value(value, steps),
                    Err(reason) => failed(steps, reason),
                }
            }
        }
    }

    /// What an expression came to.
    fn value(&mut self, value: Value, steps: &mut Vec<Step>) -> Result<Json, Unresolved> {
        match value {
            Value::Null => Ok(Json::Null),
            Value::Text(text) => match text.as_known() {
                Some(text) => Ok(Json::String(text)),
                None => {
                    let mut names: Vec<&str> = text
                        .pieces
                        .iter()
                        .filter_map(|piece| match piece {
                            Piece::Unknown(name) => Some(name.as_str()),
                            Piece::Known(_) => None,
                        })
                        .collect();
                    names.dedup();
                    let reason = format!("`{}` is not set", names.join("`, `"));
                    Err((steps.clone(), reason))
                }
            },
            Value::Other(text) => match text.as_str() {
                "True" => Ok(Json::Bool(true)),
                "False" => Ok(Json::Bool(false)),
                text => match text.parse::<serde_json::Number>() {
                    Ok(number) => Ok(Json::Number(number)),
                    Err(_) => Err((steps.clone(), NO_JSON.to_owned())),
                },
            },
            Value::Collection(position) => self.json(&position, steps),
            Value::List(values) => {
                let values: Result<_, _> = values
                    .into_iter()
                    .map(|value| self.value(value, steps))
                    .collect();
                Ok(Json::Array(values?))
            }
            Value::Map(entries) => {
                let mut values = serde_json::Map::new();
                for (key, value) in entries {
                    values.insert(key, self.value(value, steps)?);
                }
                Ok(Json::Object(values))
            }
        }
    }
}

const NO_JSON: &str = "a number that JSON does not have";

fn number(data: &Data) -> Result<Json, String> {
    let Data::Number(number) = data else {
        return Err(NO_JSON.to_owned());
    };
    match number.value {
        super::data::NumberValue::Integer(value) => {
            let small = i64::try_from(value).map(Json::from);
            small
                .or_else(|_| u64::try_from(value).map(Json::from))
                .map_err(|_| NO_JSON.to_owned())
        }
        super::data::NumberValue::Float(value) => serde_json::Number::from_f64(value)
            .map(Json::Number)
            .ok_or_else(|| NO_JSON.to_owned()),
    }
}
