//! The walk over a document's data that finds uses: aliases and merges followed within a budget.

mod report;

use std::collections::HashMap;
use std::sync::Arc;

use super::differences;
use super::entries::{self, Reading};
use super::path::{self, Step};
use super::rule::{Rule, holds};
use super::{Definition, FileScan, Form, Options, Unverifiable, refusal};
use crate::connection::{Location, Locator};
use crate::document::{self, Budget, Content, Entry, NodeId, OverBudget, ScalarType, Stream};
use crate::interpolation::{self, Position};

/// How deep the data may be nested after aliases.
const MAX_DATA_DEPTH: usize = 512;

/// Nothing below these keys is a reference: prompts and JSON schemas are other people's data.
pub(crate) const RESERVED_KEYS: [&str; 3] = ["prompt", "schema", "response_format"];

/// The keys that Dynamiq itself reads an id from.
pub(crate) const REFERENCE_KEYS: [&str; 2] = ["connection", "connection_id"];

/// What a text says, and the text as it was parsed for that.
pub(super) fn scan<'t>(text: &'t str, options: &Options) -> (FileScan, Option<Stream<'t>>) {
    match document::parse_many(text) {
        Ok(stream) => (scan_stream(&stream, options), Some(stream)),
        Err(problem) => {
            let message = format!("not readable as YAML: {}", problem.message);
            (FileScan::unreadable(problem.location, &message), None)
        }
    }
}

fn scan_stream(stream: &Stream<'_>, options: &Options) -> FileScan {
    let text = stream.text;
    if let Some((offset, reason)) = differences::of_stream(stream) {
        let location = Location::of_offset(text, offset);
        let message = format!("{reason}, which YAML 1.1 and 1.2 read differently");
        return FileScan::unreadable(location, &message);
    }
    let refused = refusal::of_stream(stream).filter(|_| holds(Rule::RefusedFiles));
    let mut walk = Walk {
        stream,
        options,
        reading: match refused {
            Some(_) => Reading::Refused,
            None => Reading::Loaded,
        },
        locator: Locator::new(text),
        budget: Budget::for_bytes(text.len()),
        path: Vec::new(),
        chain: Vec::new(),
        root: match stream.documents.first() {
            Some(root) => *root,
            None => return FileScan::default(),
        },
        workflows: Arc::new([]),
        entries: Vec::new(),
        found: FileScan::default(),
    };
    walk.found.refused = refused;
    let documents = if holds(Rule::EveryDocument) {
        &stream.documents[..]
    } else {
        &stream.documents[..1]
    };
    for root in documents {
        walk.root = *root;
        if walk.document().is_err() {
            walk.path.clear();
            let message = "aliases make it larger than it can be: it is not expanded";
            walk.unverifiable(*root, message);
            break;
        }
    }
    walk.found
}

/// What a value is to the entry or list that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Under `connection`, `connection_id` or a configured key.
    Reference { lists: Lists },
    /// Under `connections` where that defines nothing.
    List,
    /// An item of such a list.
    Item,
    /// Under a scope's `connections`: definitions, if it is a map.
    Definitions,
    /// One of these.
    Definition,
    /// A map whose own `connections` are definitions: a document, an `agent_factory`.
    ScopeRoot,
    /// Anywhere else.
    Other,
}

/// Whether a list under a reference key names connections, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    Count,
    AreOther,
}

/// The definitions that string references in one part of a document look in.
#[derive(Debug, Default)]
pub(super) struct Scope<'s> {
    pub(super) shadowing: HashMap<&'s str, Shadowing>,
}

/// A definition that answers references.
#[derive(Debug)]
pub(super) struct Shadowing {
    /// The key, to be shared by what it answers.
    pub(super) id: Arc<str>,
    /// Where the key stands.
    pub(super) by: Location,
    /// The path of its `agent_factory`.
    pub(super) factory: Option<Arc<str>>,
}

pub(super) struct Walk<'s, 't> {
    pub(super) stream: &'s Stream<'t>,
    pub(super) options: &'s Options,
    pub(super) reading: Reading,
    pub(super) locator: Locator<'t>,
    pub(super) budget: Budget,
    pub(super) path: Vec<Step<'s>>,
    /// The collections that are open, from the document's root on.
    pub(super) chain: Vec<NodeId>,
    pub(super) root: NodeId,
    pub(super) workflows: Arc<[String]>,
    /// The entries of all mappings that are open, so that no mapping needs a list of its own.
    pub(super) entries: Vec<Entry>,
    pub(super) found: FileScan,
}

impl<'s> Walk<'s, '_> {
    fn document(&mut self) -> Result<(), OverBudget> {
        let root = self.root;
        if self.stream.scalar_type(root) == Some(ScalarType::String) {
            self.unverifiable(
                root,
                "the document is one string, which is read as YAML again",
            );
            return Ok(());
        }
        self.workflows = self.workflows(root)?;
        let scope = self.scope(&Position::root(self.stream.resolve(root)), None)?;
        self.value(root, Place::ScopeRoot, &scope)
    }

    /// The keys under a document's `workflows:`.
    fn workflows(&mut self, root: NodeId) -> Result<Arc<[String]>, OverBudget> {
        let root = Position::root(self.stream.resolve(root));
        let Some(workflows) = self.child(&root, "workflows")? else {
            return Ok(Arc::new([]));
        };
        let first = self.open(workflows.node().unwrap_or(self.root))?;
        let keys = self.entries[first..]
            .iter()
            .filter_map(|entry| self.stream.scalar(entry.key).map(str::to_owned))
            .collect();
        self.entries.truncate(first);
        Ok(keys)
    }

    /// What a string key of the map at `position` leads to, if it leads to a collection.
    fn child(&mut self, position: &Position, key: &str) -> Result<Option<Position>, OverBudget> {
        let Some(node) = position.node() else {
            return Ok(None);
        };
        let first = self.open(node)?;
        let value = self.value_of(first, key);
        self.entries.truncate(first);
        Ok(value.map(|value| self.collection(&position.below(self.stream.resolve(value)))))
    }

    /// Puts the entries of a mapping on the stack; says where they begin.
    fn open(&mut self, mapping: NodeId) -> Result<usize, OverBudget> {
        let first = self.entries.len();
        entries::effective(
            self.stream,
            mapping,
            self.reading,
            &mut self.budget,
            &mut self.entries,
        )?;
        Ok(first)
    }

    /// The value of a string key among the entries from `first` on.
    fn value_of(&self, first: usize, key: &str) -> Option<NodeId> {
        let mut open = self.entries[first..].iter();
        let entry = open.find(|entry| self.stream.string(entry.key) == Some(key))?;
        Some(entry.value)
    }

    /// Collects the definitions of a document or an `agent_factory`.
    fn scope(
        &mut self,
        root: &Position,
        factory: Option<&Arc<str>>,
    ) -> Result<Scope<'s>, OverBudget> {
        let mut scope = Scope::default();
        let Some(connections) = self.child(root, "connections")? else {
            return Ok(scope);
        };
        self.path.push(Step::Key("connections"));
        let first = self.open(connections.node().unwrap_or(self.root))?;
        for index in first..self.entries.len() {
            let Entry { key, value } = self.entries[index];
            let Some(id) = self.stream.scalar(key) else {
                continue;
            };
            let shadows = self.reading == Reading::Loaded
                && self.stream.string(key).is_some()
                && self.is_definition(id, &connections.below(self.stream.resolve(value)))?;
            let span = &self.stream.node(key).span;
            let location = self.locator.locate(span.start);
            let text: Arc<str> = Arc::from(id);
            if shadows {
                let shadowing = Shadowing {
                    id: Arc::clone(&text),
                    by: location,
                    factory: factory.cloned(),
                };
                scope.shadowing.insert(id, shadowing);
            }
            self.found.definitions.push(Definition {
                id: text,
                factory: factory.cloned(),
                location,
                span: span.into(),
                shadows,
            });
        }
        self.entries.truncate(first);
        self.path.pop();
        Ok(scope)
    }

    /// Whether a definition answers references: a map with a `type`, or a requirement.
    fn is_definition(&mut self, id: &str, position: &Position) -> Result<bool, OverBudget> {
        let position = self.collection(position);
        let Some(node) = position.node() else {
            return Ok(false);
        };
        if !holds(Rule::DefinitionsHaveTypes) {
            return Ok(true);
        }
        let first = self.open(node)?;
        let [kind, requires, names] = ["type", "$type", "$id"].map(|key| self.value_of(first, key));
        self.entries.truncate(first);
        let mut has_text = |value: Option<NodeId>| {
            value.is_some_and(|value| {
                let text = self.text_at(&position.below(self.stream.resolve(value)));
                text.is_some_and(|text| !text.is_empty())
            })
        };
        let is_requirement = !RESERVED_KEYS.contains(&id) && has_text(requires) && has_text(names);
        Ok(is_requirement && holds(Rule::RequirementsDefine) || has_text(kind))
    }

    pub(super) fn value(
        &mut self,
        node: NodeId,
        place: Place,
        scope: &Scope<'s>,
    ) -> Result<(), OverBudget> {
        if self.path.len() > MAX_DATA_DEPTH {
            return Err(OverBudget);
        }
        if self.goes_round(node) {
            let location = self.locator.locate(self.stream.node(node).span.start);
            let is_known = |known: &Unverifiable| known.location == location;
            if !self.found.unverifiable.iter().any(is_known) {
                self.unverifiable(node, "an alias for what it stands in");
            }
            return Ok(());
        }
        let stream = self.stream;
        match &stream.node(stream.resolve(node)).content {
            Content::Scalar { value, .. } => {
                if interpolation::is_expression(value)
                    && stream.string(node).is_some()
                    && holds(Rule::Interpolations)
                {
                    return self.expression(node, place, scope);
                }
                match place {
                    Place::Reference { .. } => self.reference(node, Form::String, scope),
                    Place::Item if holds(Rule::Lists) => self.reference(node, Form::List, scope),
                    Place::Item
                    | Place::List
                    | Place::Definitions
                    | Place::Definition
                    | Place::ScopeRoot
                    | Place::Other => {}
                }
                Ok(())
            }
            Content::Sequence { items, .. } => {
                let place = match place {
                    Place::List | Place::Definitions => Place::Item,
                    Place::Reference { lists } => match lists {
                        Lists::Count => Place::Item,
                        Lists::AreOther => Place::Other,
                    },
                    Place::Item | Place::Definition | Place::ScopeRoot | Place::Other => {
                        Place::Other
                    }
                };
                self.budget.spend(items.len() + 1)?;
                self.chain.push(stream.resolve(node));
                for (position, item) in items.iter().enumerate() {
                    self.path.push(Step::Position(position));
                    self.value(*item, place, scope)?;
                    self.path.pop();
                }
                self.chain.pop();
                Ok(())
            }
            Content::Mapping { .. } => self.mapping(node, place, scope),
            Content::Alias(_) => Ok(()),
        }
    }

    /// Whether an alias leads into what it stands in, and that was seen in every kind of place: to
    /// go on would find the same uses at ever longer paths.
    fn goes_round(&self, node: NodeId) -> bool {
        const KINDS_OF_PLACES: usize = 8;
        let target = self.stream.resolve(node);
        let rounds = || self.chain.iter().filter(|open| **open == target).count();
        target != node && rounds() >= KINDS_OF_PLACES
    }

    fn mapping(&mut self, node: NodeId, place: Place, scope: &Scope<'s>) -> Result<(), OverBudget> {
        let first = self.open(node)?;
        let behind = self.entries.len();
        self.chain.push(self.stream.resolve(node));
        self.requirement(first, place, scope);
        for index in first..behind {
            let Entry { key, value } = self.entries[index];
            let Some(text) = self.stream.scalar(key) else {
                // The loader refuses such a key, and there is no path to what it holds.
                self.path.push(Step::Key("?"));
                self.value(value, Place::Other, scope)?;
                self.path.pop();
                continue;
            };
            let is_string = self.stream.string(key).is_some();
            if is_string && RESERVED_KEYS.contains(&text) && holds(Rule::ReservedKeys) {
                continue;
            }
            let next = if is_string {
                self.place_under(text, place)
            } else if place == Place::Definitions {
                Place::Definition
            } else {
                Place::Other
            };
            self.path.push(Step::Key(text));
            if next == Place::ScopeRoot && holds(Rule::FactoryScopes) {
                let position = self.position(value);
                let factory = self.collection(&position);
                let is_map = factory.node().is_some_and(|node| {
                    matches!(self.stream.node(node).content, Content::Mapping { .. })
                });
                if is_map {
                    let path = path::compile(&self.path).into();
                    let own = self.scope(&factory, Some(&path))?;
                    self.value(value, next, &own)?;
                } else {
                    self.value(value, Place::Other, scope)?;
                }
            } else {
                self.value(value, next, scope)?;
            }
            self.path.pop();
        }
        self.chain.pop();
        self.entries.truncate(first);
        Ok(())
    }

    /// What stands under `key` in a map that is `place` to its own holder.
    fn place_under(&self, key: &str, place: Place) -> Place {
        let is_configured = |key: &str| self.options.reference_keys.iter().any(|own| own == key);
        match key {
            _ if REFERENCE_KEYS.contains(&key) && holds(Rule::ReferenceKeys) => Place::Reference {
                lists: Lists::AreOther,
            },
            "connections" if place == Place::ScopeRoot => Place::Definitions,
            "connections" => Place::List,
            _ if place == Place::Definitions => Place::Definition,
            "agent_factory" => Place::ScopeRoot,
            _ if is_configured(key) && holds(Rule::ConfiguredKeys) => Place::Reference {
                lists: if holds(Rule::ConfiguredLists) {
                    Lists::Count
                } else {
                    Lists::AreOther
                },
            },
            _ => Place::Other,
        }
    }

    /// Reports the map whose entries are open, if it is a requirement for a connection.
    fn requirement(&mut self, first: usize, place: Place, scope: &Scope<'s>) {
        let Some(id) = self
            .value_of(first, "$id")
            .filter(|_| holds(Rule::Requirements))
        else {
            return;
        };
        let Some(kind) = self.value_of(first, "$type") else {
            return;
        };
        let is_ours = match place {
            Place::Reference { .. } | Place::Item | Place::Definition
                if holds(Rule::RequirementsOfAnyType) =>
            {
                true
            }
            Place::Reference { .. }
            | Place::Item
            | Place::Definition
            | Place::List
            | Place::Definitions
            | Place::ScopeRoot
            | Place::Other => {
                let position = self.position(kind);
                match self.text_at(&position) {
                    Some(kind) => kind == "connection",
                    None if self.is_unresolved(&position) => {
                        return self.unverifiable(id, "whether its `$type` is `connection`");
                    }
                    None => false,
                }
            }
        };
        if is_ours {
            // Requirements are resolved against the store, whatever the file defines.
            let none = Scope::default();
            let scope = if holds(Rule::RequirementsAreNotShadowed) {
                &none
            } else {
                scope
            };
            let is_expression = self
                .stream
                .string(id)
                .is_some_and(interpolation::is_expression);
            if is_expression {
                self.interpolated_reference(id, Form::Requirement, scope);
            } else {
                self.reference(id, Form::Requirement, scope);
            }
        }
    }
}
