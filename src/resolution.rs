//! The values of connections as Dynamiq would have them here: interpolations resolved with the
//! environment and with other connections.

use crate::definition::Definition;
use crate::document::{self, Budget, Content, Edit, NodeId, ScalarType, Step, Stream, Value};
use crate::interpolation::{self, Environment, Evaluator, Position};

/// Why a value has no resolved form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unresolved {
    /// These variables are not set and have no default.
    NotSet(Vec<String>),
    /// Any other reason, in one line.
    Other(String),
}

/// The value at `steps` of the connection `id`, resolved as if all `connections` stood in one
/// workflow.
pub fn resolve(
    connections: &[(&str, Definition)],
    id: &str,
    steps: &[Step],
    environment: &Environment,
) -> Result<Value, Unresolved> {
    let other = |reason: String| Unresolved::Other(reason);
    let text = as_workflow(connections).map_err(|refusal| other(refusal.reason))?;
    let stream = document::parse(&text).map_err(|problem| other(problem.message))?;
    let nothing = || other("there is no such value".to_owned());
    let root = *stream.documents.first().ok_or_else(nothing)?;
    let mut position = Position::root(stream.resolve(root));
    let head = [Step::from("connections"), Step::from(id)];
    for step in head.iter().chain(steps) {
        let node = position.node().ok_or_else(nothing)?;
        let child = match step {
            Step::Key(key) => stream.get(node, key),
            Step::Index(index) => stream.items(node).get(*index).copied(),
        };
        position = position.below(stream.resolve(child.ok_or_else(nothing)?));
    }
    let mut resolver = Resolver {
        evaluator: Evaluator::new(&stream, root, environment),
        stream: &stream,
        budget: Budget::for_bytes(text.len()),
    };
    resolver.value(&position, 0)
}

/// All connections as the `connections:` of one workflow.
fn as_workflow(connections: &[(&str, Definition)]) -> Result<String, document::Refusal> {
    let all: Vec<(String, Value)> = connections
        .iter()
        .map(|(id, definition)| {
            let entries = definition
                .keys()
                .into_iter()
                .filter_map(|key| Some((key.to_owned(), definition.value(key)?)));
            ((*id).to_owned(), Value::Map(entries.collect()))
        })
        .collect();
    document::apply("", &[Edit::set(["connections"], Value::Map(all))])
}

struct Resolver<'s, 't> {
    evaluator: Evaluator<'s, 't>,
    stream: &'s Stream<'t>,
    budget: Budget,
}

impl Resolver<'_, '_> {
    fn value(&mut self, position: &Position, depth: usize) -> Result<Value, Unresolved> {
        let too_large = || Unresolved::Other("it is too large".to_owned());
        self.budget.spend(1).map_err(|_| too_large())?;
        let Some(node) = position.node().filter(|_| depth <= document::MAX_DEPTH) else {
            return Err(too_large());
        };
        match &self.stream.node(node).content {
            Content::Scalar { value, .. } => {
                if self.stream.scalar_type(node) == Some(ScalarType::String)
                    && interpolation::is_expression(value)
                {
                    return self.expression(value, position, depth);
                }
                Ok(self.plain(node, value))
            }
            Content::Sequence { items, .. } => items
                .iter()
                .map(|item| self.value(&position.below(self.stream.resolve(*item)), depth + 1))
                .collect::<Result<_, _>>()
                .map(Value::List),
            Content::Mapping { entries, .. } => entries
                .iter()
                .map(|entry| {
                    let key = self.stream.scalar(entry.key).unwrap_or("").to_owned();
                    let value = position.below(self.stream.resolve(entry.value));
                    Ok((key, self.value(&value, depth + 1)?))
                })
                .collect::<Result<_, _>>()
                .map(Value::Map),
            Content::Alias(_) => Ok(Value::Null),
        }
    }

    fn plain(&self, node: NodeId, text: &str) -> Value {
        match self.stream.scalar_type(node) {
            Some(ScalarType::Null) => Value::Null,
            Some(ScalarType::Boolean) => {
                Value::Bool(document::scalar_type::boolean(text).unwrap_or_default())
            }
            Some(ScalarType::Integer | ScalarType::Float) => Value::Number(text.to_owned()),
            Some(ScalarType::String | ScalarType::Merge | ScalarType::Refused) | None => {
                Value::Text(text.to_owned())
            }
        }
    }

    fn expression(
        &mut self,
        text: &str,
        position: &Position,
        depth: usize,
    ) -> Result<Value, Unresolved> {
        let expression = interpolation::parse(text).map_err(|error| {
            Unresolved::Other(format!("the expression can't be read: {}", error.message))
        })?;
        let evaluated = self
            .evaluator
            .evaluate(&expression, position, &mut self.budget);
        if !evaluated.notes.missing.is_empty() {
            return Err(Unresolved::NotSet(evaluated.notes.missing));
        }
        self.known(evaluated.value.map_err(Unresolved::Other)?, depth)
    }

    fn known(&mut self, value: interpolation::Value, depth: usize) -> Result<Value, Unresolved> {
        Ok(match value {
            interpolation::Value::Null => Value::Null,
            interpolation::Value::Text(text) => match text.as_known() {
                Some(text) => Value::Text(text),
                None => {
                    let variables = text.variables().map(str::to_owned).collect();
                    return Err(Unresolved::NotSet(variables));
                }
            },
            interpolation::Value::Other(text) => match text.as_str() {
                "True" => Value::Bool(true),
                "False" => Value::Bool(false),
                _ => Value::Number(text),
            },
            interpolation::Value::Collection(position) => self.value(&position, depth + 1)?,
            interpolation::Value::List(items) => Value::List(
                items
                    .into_iter()
                    .map(|item| self.known(item, depth + 1))
                    .collect::<Result<_, _>>()?,
            ),
            interpolation::Value::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| Ok((key, self.known(value, depth + 1)?)))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn resolved(field: &str) -> Result<Value, Unresolved> {
        let catalog = Catalog::built_in();
        let read = |text: &str| Definition::read(text, &catalog).unwrap();
        let connections = [
            (
                "a",
                read(
                    "type: T\nurl: https://${oc.env:HOST}/x\nown: ${.url}\nmissing: ${oc.env:NOPE}\n\
                     fallback: ${oc.env:NOPE,8}\nother: ${connections.b.port}\nescaped: \\${a}\n\
                     port: 012\nlist: [1, '${oc.env:HOST}']\nwrong: ${nowhere}\n",
                ),
            ),
            ("b", read("type: T\nport: 6379\n")),
        ];
        let environment = [("HOST".to_owned(), "h".to_owned())].into_iter().collect();
        resolve(&connections, "a", &[Step::from(field)], &environment)
    }

    #[test]
    fn values_are_those_that_dynamiq_would_have() {
        let text = |text: &str| Ok(Value::Text(text.to_owned()));
        let number = |text: &str| Ok(Value::Number(text.to_owned()));
        assert_eq!(resolved("url"), text("https://h/x"));
        assert_eq!(resolved("own"), text("https://h/x"));
        assert_eq!(resolved("fallback"), text("8"));
        assert_eq!(resolved("other"), number("6379"));
        assert_eq!(resolved("escaped"), text("${a}"));
        assert_eq!(resolved("port"), number("012"));
        assert_eq!(
            resolved("list"),
            Ok(Value::List(vec![
                Value::Number("1".to_owned()),
                Value::Text("h".to_owned())
            ]))
        );
    }

    #[test]
    fn what_can_not_be_known_says_why() {
        assert_eq!(
            resolved("missing"),
            Err(Unresolved::NotSet(vec!["NOPE".to_owned()]))
        );
        assert!(matches!(resolved("wrong"), Err(Unresolved::Other(_))));
    }
}
