//! Resolving expressions against a document and the environment.

use super::data::Position;
use super::value::{Text, Value, of_argument};
use super::{Element, Environment, Expression, Interpolation, Part, is_expression};
use crate::connection::Secret;
use crate::document::{Budget, Content, NodeId, Stream};

/// How far interpolations may lead to other interpolations.
const MAX_STEPS: usize = 64;

/// The longest text that is put together. An id is far shorter; a text that doubles itself is not.
const MAX_TEXT: usize = 100_000;

/// Resolves the expressions of one document.
pub struct Evaluator<'s, 't> {
    pub(super) stream: &'s Stream<'t>,
    pub(super) root: NodeId,
    pub(super) environment: &'s Environment,
    /// Variables that count as not set, to see what their defaults give.
    pub(super) unset: Vec<String>,
    /// Whether definitions in the document are what `${connections.X}` means.
    has_own_connections: bool,
    /// Positions of the values that are being resolved.
    stack: Vec<Position>,
    pub(super) notes: Notes,
}

/// What an expression comes to, and what that depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// The value, or why there is none: lower case, no secret in it.
    pub value: Result<Value, String>,
    /// What else is known about it.
    pub notes: Notes,
}

/// What an evaluation came by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notes {
    /// The ids that `${connections.X}` names, where the document does not define `X`.
    pub store: Vec<Text>,
    /// The variables that are not set and have no default.
    pub missing: Vec<String>,
    /// The variables that are set, and whose default therefore does not count.
    pub with_unused_default: Vec<String>,
    /// The variables whose default counts, because they are not set.
    pub with_default: Vec<String>,
    /// All variables that were asked for, set or not.
    pub variables: Vec<String>,
    /// Whether one of them is set, so that its value may be in what comes out.
    pub has_read_variable: bool,
}

impl<'s, 't> Evaluator<'s, 't> {
    /// For the document with that root.
    pub fn new(stream: &'s Stream<'t>, root: NodeId, environment: &'s Environment) -> Self {
        Self {
            stream,
            root: stream.resolve(root),
            environment,
            unset: Vec::new(),
            has_own_connections: true,
            stack: Vec::new(),
            notes: Notes::default(),
        }
    }

    /// Treats every `${connections.X}` as one of the store, whatever the document defines.
    #[must_use]
    pub fn without_own_connections(mut self) -> Self {
        self.has_own_connections = false;
        self
    }

    /// Resolves `expression`, which is the value at the end of `position`.
    pub fn evaluate(
        &mut self,
        expression: &Expression,
        position: &Position,
        budget: &mut Budget,
    ) -> Evaluated {
        self.evaluate_without(expression, position, &[], budget)
    }

    /// The same, as if the variables `unset` were not set.
    pub fn evaluate_without(
        &mut self,
        expression: &Expression,
        position: &Position,
        unset: &[String],
        budget: &mut Budget,
    ) -> Evaluated {
        self.unset = unset.to_vec();
        self.notes = Notes::default();
        self.stack.clear();
        self.stack.push(position.clone());
        let value = self.expression(expression, position, budget);
        Evaluated {
            value,
            notes: std::mem::take(&mut self.notes),
        }
    }

    fn expression(
        &mut self,
        expression: &Expression,
        position: &Position,
        budget: &mut Budget,
    ) -> Result<Value, String> {
        self.parts(&expression.parts, position, budget)
    }

    /// A single interpolation gives what it is; anything longer is text.
    fn parts(
        &mut self,
        parts: &[Part],
        position: &Position,
        budget: &mut Budget,
    ) -> Result<Value, String> {
        if let [Part::Interpolation(only)] = parts {
            return self.interpolation(only, position, budget);
        }
        Ok(Value::Text(self.text(parts, position, budget)?))
    }

    fn text(
        &mut self,
        parts: &[Part],
        position: &Position,
        budget: &mut Budget,
    ) -> Result<Text, String> {
        let mut text = Text::default();
        for part in parts {
            match part {
                Part::Literal(literal) => text.append(Text::known(literal)),
                Part::Interpolation(inner) => {
                    let value = self.interpolation(inner, position, budget)?;
                    let value = value.into_text().ok_or("a collection within a text")?;
                    text.append(value);
                }
            }
            let length: usize = text.literals().iter().map(String::len).sum();
            if length > MAX_TEXT || text.pieces.len() > MAX_TEXT {
                return Err("a text that grows too long".to_owned());
            }
            spend(budget, 1 + length / 16)?;
        }
        Ok(text)
    }

    fn interpolation(
        &mut self,
        interpolation: &Interpolation,
        position: &Position,
        budget: &mut Budget,
    ) -> Result<Value, String> {
        spend(budget, 1)?;
        match interpolation {
            Interpolation::Node { path } => {
                let path = self.text(path, position, budget)?;
                self.node(&path, position, budget)
            }
            Interpolation::Resolver { name, arguments } => {
                let mut names = Vec::new();
                for part in name {
                    let part = self.text(std::slice::from_ref(part), position, budget)?;
                    match part.as_known() {
                        Some(name) => names.push(name),
                        None => return Ok(Value::Text(part)),
                    }
                }
                let mut values = Vec::new();
                let name = names.join(".");
                for argument in arguments {
                    values.push(self.element(argument, position, budget)?);
                }
                self.resolver(&name, values, position, budget)
            }
        }
    }

    /// `${a.b}`: the value at that path.
    fn node(
        &mut self,
        path: &Text,
        position: &Position,
        budget: &mut Budget,
    ) -> Result<Value, String> {
        let Some(known) = path.as_known() else {
            self.note_unknown_store_use(path);
            return Ok(Value::Text(unknown_like(path)));
        };
        match self.select(&known, position, budget)? {
            Found::Value(value) => Ok(value),
            Found::Missing => {
                let shown = self.told(&known);
                Err(format!("{shown} is mandatory and missing (`???`)"))
            }
            Found::Nothing => Err(format!("there is no {}", self.told(&known))),
            Found::Store(OfStore::Whole) => Ok(Value::Map(Vec::new())),
            Found::Store(OfStore::Field) => {
                let shown = self.told(&known);
                Err(format!("{shown} is a field of a connection of the store"))
            }
        }
    }

    /// A path or name as a message may have it: as it is, unless a variable's value may be in it.
    /// Which variable a file asks for, the file decides, and it may be anybody's.
    pub(super) fn told(&self, name: &str) -> String {
        if self.is_written(name) {
            format!("`{name}`")
        } else {
            format!("`{}`", Secret::MASK)
        }
    }

    /// Whether a name is safe to show: no variable was read so far, or an expression that is being
    /// resolved has it in its own words.
    pub(super) fn is_written(&self, name: &str) -> bool {
        !self.notes.has_read_variable
            || self
                .stack
                .iter()
                .filter_map(|position| self.stream.string(position.node()?))
                .any(|text| text.contains(name))
    }

    /// Follows a path of keys from a value's holder, or from the root.
    pub(super) fn select(
        &mut self,
        path: &str,
        position: &Position,
        budget: &mut Budget,
    ) -> Result<Found, String> {
        let Some((mut at, keys)) = self.start(path, position) else {
            return Err(format!("{} leads out of the document", self.told(path)));
        };
        if keys.is_empty() {
            return Ok(Found::Value(Value::Collection(at)));
        }
        for (step, key) in keys.iter().enumerate() {
            if step > 0 {
                match self.dereference(at, budget)? {
                    Value::Collection(collection) => at = collection,
                    Value::Null => return Ok(Found::Nothing),
                    Value::Text(text) if text.as_known().is_none() => {
                        return Ok(Found::Value(Value::Text(unknown_like(&text))));
                    }
                    Value::Text(_) | Value::Other(_) => {
                        let shown = self.told(path);
                        return Err(format!("{shown} goes on below a text or number"));
                    }
                    Value::List(_) | Value::Map(_) => {
                        let shown = self.told(path);
                        return Err(format!("{shown} goes into a made-up collection"));
                    }
                }
            }
            let is_root = at.chain.len() == 1 && at.node() == Some(self.root);
            let store_id = match keys.get(step + 1) {
                Some(id) if is_root && key == "connections" => Some(id),
                Some(_) | None => None,
            };
            let child = at.child(self.stream, key, budget).map_err(|_| TOO_LARGE)?;
            if let Some(id) = store_id
                && !self.defines(child.as_ref(), id, budget)?
            {
                self.notes.store.push(Text::known(id));
                return Ok(Found::Store(match keys.len() - step {
                    2 => OfStore::Whole,
                    _ => OfStore::Field,
                }));
            }
            match child {
                Some(child) => at = child,
                None if self.is_list_key_wrong(&at, key) => {
                    return Err(format!("{} is no position in a list", self.told(key)));
                }
                None => return Ok(Found::Nothing),
            }
        }
        if self.is_missing(&at) {
            return Ok(Found::Missing);
        }
        let holds_itself =
            position.chain.len() > at.chain.len() && position.chain.starts_with(&at.chain);
        if holds_itself {
            return Err(format!(
                "{} holds the interpolation itself",
                self.told(path)
            ));
        }
        self.dereference(at, budget).map(Found::Value)
    }

    /// The collection that a path starts from, and its keys.
    pub(super) fn start(&self, path: &str, position: &Position) -> Option<(Position, Vec<String>)> {
        let Some(rest) = path.strip_prefix('.') else {
            return Some((Position::root(self.root), split_path(path)));
        };
        let mut at = position.parent()?;
        let mut rest = rest;
        while let Some(shorter) = rest.strip_prefix('.') {
            at = at.parent()?;
            rest = shorter;
        }
        let keys = if rest.is_empty() {
            Vec::new()
        } else {
            split_path(rest)
        };
        Some((at, keys))
    }

    /// Whether the document's `connections` has `id`.
    fn defines(
        &mut self,
        connections: Option<&Position>,
        id: &str,
        budget: &mut Budget,
    ) -> Result<bool, String> {
        let Some(connections) = connections.filter(|_| self.has_own_connections) else {
            return Ok(false);
        };
        match self.dereference(connections.clone(), budget)? {
            Value::Collection(position) => Ok(position
                .child(self.stream, id, budget)
                .map_err(|_| TOO_LARGE)?
                .is_some()),
            Value::Null | Value::Text(_) | Value::Other(_) | Value::List(_) | Value::Map(_) => {
                Ok(false)
            }
        }
    }

    /// `connections.` and then something unknown: an id that depends on a variable.
    pub(super) fn note_unknown_store_use(&mut self, path: &Text) {
        let mut id = path.clone();
        let Some(super::Piece::Known(first)) = id.pieces.first_mut() else {
            return;
        };
        let Some(rest) = first
            .strip_prefix("connections.")
            .or_else(|| first.strip_prefix("connections["))
        else {
            return;
        };
        if rest.contains(['.', ']']) {
            return;
        }
        *first = rest.to_owned();
        let known = |piece: &super::Piece| match piece {
            super::Piece::Known(text) => text.find(['.', '[', ']']),
            super::Piece::Unknown(_) => None,
        };
        if let Some(last) = id.pieces.iter().position(|piece| known(piece).is_some()) {
            id.pieces.truncate(last + 1);
            if let Some(super::Piece::Known(text)) = id.pieces.last_mut()
                && let Some(end) = text.find(['.', '[', ']'])
            {
                text.truncate(end);
            }
        }
        self.notes.store.push(id);
    }

    fn is_list_key_wrong(&self, at: &Position, key: &str) -> bool {
        at.node().is_some_and(|node| {
            matches!(self.stream.node(node).content, Content::Sequence { .. })
                && super::data::list_position(key).is_none()
        })
    }

    fn is_missing(&self, at: &Position) -> bool {
        at.node()
            .is_some_and(|node| self.stream.string(node) == Some("???"))
    }

    /// The value at a position, its own interpolation resolved.
    pub(super) fn dereference(
        &mut self,
        at: Position,
        budget: &mut Budget,
    ) -> Result<Value, String> {
        let Some(node) = at.node() else {
            return Ok(Value::Null);
        };
        spend(budget, 1)?;
        if let Some(text) = self.stream.string(node).filter(|text| is_expression(text)) {
            if self.stack.contains(&at) {
                return Err("interpolations that lead back to themselves".to_owned());
            }
            if self.stack.len() > MAX_STEPS {
                return Err("too many interpolations that lead to each other".to_owned());
            }
            let expression = super::parse(text).map_err(|error| error.message.to_owned())?;
            self.stack.push(at.clone());
            let value = self.expression(&expression, &at, budget);
            self.stack.pop();
            return value;
        }
        Ok(Value::of_scalar(self.stream, node).unwrap_or(Value::Collection(at)))
    }

    pub(super) fn element(
        &mut self,
        element: &Element,
        position: &Position,
        budget: &mut Budget,
    ) -> Result<Value, String> {
        spend(budget, 1)?;
        Ok(match element {
            Element::Plain(text) if text.trim_matches([' ', '\t']).is_empty() => {
                return Err("a value that is nothing but blanks".to_owned());
            }
            Element::Plain(text) => of_argument(text),
            Element::Parts(parts) => self.parts(parts, position, budget)?,
            Element::Quoted(parts) => Value::Text(self.text(parts, position, budget)?),
            Element::List(elements) => {
                let mut values = Vec::new();
                for element in elements {
                    values.push(self.element(element, position, budget)?);
                }
                Value::List(values)
            }
            Element::Map(entries) => {
                let mut values = Vec::new();
                for (key, element) in entries {
                    let key = self.element(key, position, budget)?;
                    let key = key.into_text().and_then(|text| text.as_known());
                    let value = self.element(element, position, budget)?;
                    values.push((key.unwrap_or_default(), value));
                }
                Value::Map(values)
            }
        })
    }
}

/// What a path leads to.
pub(super) enum Found {
    Value(Value),
    /// `???`
    Missing,
    Nothing,
    /// A connection that the document does not define: the store's.
    Store(OfStore),
}

/// How much of a connection of the store a path means.
pub(super) enum OfStore {
    Whole,
    Field,
}

pub(super) const TOO_LARGE: &str = "aliases make the document larger than it can be";

fn spend(budget: &mut Budget, nodes: usize) -> Result<(), String> {
    budget.spend(nodes).map_err(|_| TOO_LARGE.to_owned())
}

/// Any text, depending on what `text` depends on.
pub(super) fn unknown_like(text: &Text) -> Text {
    let mut unknown = Text::default();
    for variable in text.variables() {
        unknown.append(Text::unknown(variable));
    }
    unknown
}

/// `a.b[0].c` into its keys, as `split_key` of `OmegaConf` does.
fn split_path(path: &str) -> Vec<String> {
    let head = path.find(['.', '[']).unwrap_or(path.len());
    let mut keys = Vec::new();
    let mut rest = &path[head..];
    if head > 0 {
        keys.push(path[..head].to_owned());
    }
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').unwrap_or(inner.len());
            keys.push(inner[..end].to_owned());
            rest = inner.get(end + 1..).unwrap_or_default();
        } else {
            let inner = rest.strip_prefix('.').unwrap_or(rest);
            let end = inner.find(['.', '[']).unwrap_or(inner.len());
            keys.push(inner[..end].to_owned());
            rest = &inner[end..];
            if end == 0 && rest.is_empty() {
                break;
            }
        }
    }
    keys
}
