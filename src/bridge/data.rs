//! A document's data as the loader has it before interpolations are resolved: values that can be
//! compared, whatever their layout.

use crate::document::scalar_type::{boolean, integer};
use crate::document::{
    self, Budget, Content, MAX_DEPTH, NodeId, OverBudget, ScalarType, Stream, Value,
};

/// A loaded value. Maps are equal in any order, numbers if their values are.
#[derive(Clone)]
pub(super) enum Data {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Data>),
    Map(Vec<(Data, Data)>),
}

/// A number: compared by its value, written as it stands in the text.
#[derive(Clone)]
pub(super) struct Number {
    pub(super) text: String,
    pub(super) value: NumberValue,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum NumberValue {
    Integer(i128),
    Float(f64),
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self.value, other.value) {
            (NumberValue::Integer(own), NumberValue::Integer(other)) => own == other,
            (NumberValue::Float(own), NumberValue::Float(other)) => {
                own.to_bits() == other.to_bits()
            }
            (NumberValue::Integer(_), NumberValue::Float(_))
            | (NumberValue::Float(_), NumberValue::Integer(_)) => false,
        }
    }
}

impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(own), Self::Bool(other)) => own == other,
            (Self::Number(own), Self::Number(other)) => own == other,
            (Self::Text(own), Self::Text(other)) => own == other,
            (Self::List(own), Self::List(other)) => own == other,
            (Self::Map(own), Self::Map(other)) => {
                own.len() == other.len()
                    && own.iter().enumerate().all(|(index, (key, value))| {
                        find(other, key, index).is_some_and(|found| found == value)
                    })
            }
            (
                Self::Null
                | Self::Bool(_)
                | Self::Number(_)
                | Self::Text(_)
                | Self::List(_)
                | Self::Map(_),
                _,
            ) => false,
        }
    }
}

/// The value under a key, which is most likely at `index`.
pub(super) fn find<'d>(entries: &'d [(Data, Data)], key: &Data, index: usize) -> Option<&'d Data> {
    let likely = entries.get(index).filter(|(own, _)| own == key);
    likely
        .or_else(|| entries.iter().find(|(own, _)| own == key))
        .map(|(_, value)| value)
}

impl Data {
    /// The data of a text with one document.
    ///
    /// # Errors
    /// Why it has none, in lower case and without quoting it.
    pub(super) fn of_text(text: &str) -> Result<Self, String> {
        let stream = document::parse(text).map_err(|problem| problem.message)?;
        let [root] = stream.documents[..] else {
            return Err("it is not one document".to_owned());
        };
        if stream.duplicate_key().is_some() {
            return Err("a key stands twice".to_owned());
        }
        Self::of_node(&stream, root)
    }

    /// The data of a node, aliases and merges followed.
    pub(super) fn of_node(stream: &Stream<'_>, node: NodeId) -> Result<Self, String> {
        let mut budget = Budget::for_bytes(stream.text.len());
        load(stream, node, 0, &mut budget)
            .map_err(|_| "its aliases expand to more than can be read".to_owned())
    }

    /// The value under a string key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|(own, _)| own.as_text() == Some(key))
            .map(|(_, value)| value)
    }

    /// The entries of a map; none for anything else.
    pub(super) fn entries(&self) -> &[(Self, Self)] {
        match self {
            Self::Map(entries) => entries,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => &[],
        }
    }

    /// The text, if it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Whether this is what Dynamiq takes for a connection: a map with a `type`.
    pub(super) fn is_connection(&self) -> bool {
        self.get("type")
            .and_then(Self::as_text)
            .is_some_and(|kind| !kind.is_empty())
    }

    /// The value as it can be written; `None` if a map in it has keys that are no strings.
    pub(super) fn to_value(&self) -> Option<Value> {
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.text.clone()),
            Self::Text(text) => Value::Text(text.clone()),
            Self::List(items) => {
                Value::List(items.iter().map(Self::to_value).collect::<Option<_>>()?)
            }
            Self::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(key, value)| Some((key.as_text()?.to_owned(), value.to_value()?)))
                    .collect::<Option<_>>()?,
            ),
        })
    }

    /// Every text in it that is a value, with how many collections are around it.
    pub(super) fn texts(&self) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        self.collect_texts(0, &mut found);
        found
    }

    fn collect_texts<'d>(&'d self, depth: usize, found: &mut Vec<(usize, &'d str)>) {
        match self {
            Self::Text(text) => found.push((depth, text)),
            Self::List(items) => {
                for item in items {
                    item.collect_texts(depth + 1, found);
                }
            }
            Self::Map(entries) => {
                for (_, value) in entries {
                    value.collect_texts(depth + 1, found);
                }
            }
            Self::Null | Self::Bool(_) | Self::Number(_) => {}
        }
    }
}

fn load(
    stream: &Stream<'_>,
    node: NodeId,
    depth: usize,
    budget: &mut Budget,
) -> Result<Data, OverBudget> {
    budget.spend(1)?;
    // A collection can hold itself by an alias.
    if depth > MAX_DEPTH {
        return Err(OverBudget);
    }
    let node = stream.resolve(node);
    Ok(match &stream.node(node).content {
        Content::Scalar { value, .. } => of_scalar(stream, node, value),
        Content::Sequence { items, .. } => Data::List(
            items
                .iter()
                .map(|item| load(stream, *item, depth + 1, budget))
                .collect::<Result<_, _>>()?,
        ),
        Content::Mapping { .. } => Data::Map(
            stream
                .effective_entries(node, budget)?
                .iter()
                .map(|entry| {
                    let key = load(stream, entry.key, depth + 1, budget)?;
                    Ok((key, load(stream, entry.value, depth + 1, budget)?))
                })
                .collect::<Result<_, _>>()?,
        ),
        // `resolve` never ends at an alias.
        Content::Alias(_) => Data::Null,
    })
}

fn of_scalar(stream: &Stream<'_>, node: NodeId, text: &str) -> Data {
    match stream.scalar_type(node) {
        Some(ScalarType::Null) => Data::Null,
        Some(ScalarType::Boolean) => Data::Bool(boolean(text).unwrap_or_default()),
        Some(ScalarType::Integer) => match integer(text) {
            Some(value) => number(text, NumberValue::Integer(value)),
            // Longer than any number that means something here: equal if its text is.
            None => Data::Text(text.to_owned()),
        },
        Some(ScalarType::Float) => number(text, NumberValue::Float(float(text))),
        Some(ScalarType::String | ScalarType::Merge | ScalarType::Refused) | None => {
            Data::Text(text.to_owned())
        }
    }
}

fn number(text: &str, value: NumberValue) -> Data {
    Data::Number(Number {
        text: text.to_owned(),
        value,
    })
}

/// The value of a YAML 1.1 float.
fn float(text: &str) -> f64 {
    let plain = text.replace('_', "").to_ascii_lowercase();
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    sign * match digits {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        _ => digits
            .split(':')
            .try_fold(0.0, |sum, group| {
                Some(sum * 60.0 + group.parse::<f64>().ok()?)
            })
            .unwrap_or(f64::NAN),
    }
}
