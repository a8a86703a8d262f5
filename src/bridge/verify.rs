//! The proof that a rewritten workflow means what it meant: rendered again, its data are those of
//! the original, but for definitions that nothing used.

mod expressions;

use std::collections::{HashMap, HashSet};

use super::candidate::Form;
use super::data::{self, Data};
use super::render::{self, Requirements};
use super::rewrite::Moved;
use super::{Connections, node_path, same};
use crate::document::Step;
use crate::reference::{self, FileScan, Options};

/// Compares a workflow before and after.
///
/// # Errors
/// What is not the same, for a person.
pub(super) fn verify(
    before: &str,
    after: &str,
    moved: &[Moved<'_>],
    connections: &Connections,
    options: &Options,
) -> Result<(), String> {
    let scan = reference::scan(before, options);
    let rewritten = reference::scan(after, options);
    if rewritten.unverifiable.len() > scan.unverifiable.len() {
        return Err("a reference could no longer be verified".to_owned());
    }
    let complete = |text: &str| {
        let rendered = render::completed(text, connections, options, Requirements::Leave);
        rendered.text.ok_or_else(|| {
            let reason = rendered.troubles.into_iter().next();
            reason.map_or_else(|| "it can't be rendered".to_owned(), |one| one.message)
        })
    };
    // What the store answered before, it answers then.
    let (original, rendered) = (complete(before)?, complete(after)?);
    let expected = Data::of_text(&original)?;
    let found = Data::of_text(&rendered)?;
    let mut comparison = Comparison::new(&scan, moved, &found);
    if !comparison.is_same(&expected, &found, &mut Vec::new(), Place::Scope) {
        return Err(format!(
            "`{}` would be another",
            comparison.different.unwrap_or_default()
        ));
    }
    expressions::compare(&original, &rendered, moved, options)
}

/// What a value is to the scopes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The document, or an `agent_factory`.
    Scope,
    /// Anything else.
    Other,
}

struct Comparison<'c> {
    /// The paths of references that were renamed, with their new ids.
    renamed: HashMap<String, &'c str>,
    /// By path: the definitions that went, with their new ids.
    definitions: HashMap<&'c str, &'c Moved<'c>>,
    /// The maps in the place of references that went.
    inline: HashMap<&'c str, &'c Moved<'c>>,
    /// The paths of definitions that something in the workflow refers to.
    used: HashSet<String>,
    /// The rendered workflow.
    root: &'c Data,
    /// The path of the first difference.
    different: Option<String>,
}

impl<'c> Comparison<'c> {
    fn new(scan: &'c FileScan, moved: &'c [Moved<'c>], root: &'c Data) -> Self {
        let of_form = |form: Form| {
            moved
                .iter()
                .filter(move |one| one.candidate.form == form)
                .map(|one| (one.candidate.path.as_str(), one))
                .collect::<HashMap<_, _>>()
        };
        let definitions = of_form(Form::Definition);
        let renamed = scan
            .shadowed
            .iter()
            .filter_map(|shadowed| {
                let moved = definitions.get(shadowed.by_path().as_str())?;
                Some((shadowed.reference.path.to_string(), moved.id))
            })
            .collect();
        Self {
            renamed,
            definitions,
            inline: of_form(Form::Inline),
            used: (scan.shadowed.iter())
                .map(reference::Shadowed::by_path)
                .collect(),
            root,
            different: None,
        }
    }

    fn is_same(
        &mut self,
        expected: &Data,
        found: &Data,
        steps: &mut Vec<Step>,
        place: Place,
    ) -> bool {
        let is_same = match (expected, found) {
            (Data::Map(_), Data::Map(_)) => return self.is_same_map(expected, found, steps, place),
            (Data::List(own), Data::List(other)) if own.len() == other.len() => {
                for (index, (own, other)) in own.iter().zip(other).enumerate() {
                    steps.push(Step::Index(index));
                    if !self.is_same(own, other, steps, Place::Other) {
                        return false;
                    }
                    steps.pop();
                }
                true
            }
            (Data::Map(_), Data::Text(id)) => self.is_inline(steps, id),
            (Data::Text(text), Data::Text(id)) => {
                text == id || self.renamed.get(&node_path::shown(steps)) == Some(&id.as_str())
            }
            (expected, found) => expected == found,
        };
        if !is_same {
            self.differs(steps);
        }
        is_same
    }

    fn differs(&mut self, steps: &[Step]) {
        if self.different.is_none() {
            self.different = Some(node_path::shown(steps));
        }
    }

    fn is_same_map(
        &mut self,
        expected: &Data,
        found: &Data,
        steps: &mut Vec<Step>,
        place: Place,
    ) -> bool {
        let is_definitions =
            |key: &Data| place == Place::Scope && key.as_text() == Some("connections");
        let count = |data: &Data| {
            let entries = data.entries().iter();
            entries.filter(|(key, _)| !is_definitions(key)).count()
        };
        if count(expected) != count(found) {
            self.differs(steps);
            return false;
        }
        for (index, (key, own)) in expected.entries().iter().enumerate() {
            if is_definitions(key) {
                continue;
            }
            let other = data::find(found.entries(), key, index);
            steps.push(Step::Key(shown_key(key)));
            let Some(other) = other else {
                self.differs(steps);
                return false;
            };
            let is_factory = key.as_text() == Some("agent_factory") && matches!(own, Data::Map(_));
            let next = if is_factory {
                Place::Scope
            } else {
                Place::Other
            };
            if !self.is_same(own, other, steps, next) {
                return false;
            }
            steps.pop();
        }
        if place == Place::Scope {
            let own = expected.get("connections").unwrap_or(&Data::Null);
            let other = found.get("connections").unwrap_or(&Data::Null);
            return self.are_same_definitions(own, other, steps);
        }
        true
    }

    /// Compares the definitions of a scope: those that went are back if they are used.
    fn are_same_definitions(&mut self, expected: &Data, found: &Data, steps: &mut [Step]) -> bool {
        let mut path = steps.to_vec();
        path.push(Step::from("connections"));
        let is_empty = |data: &Data| *data == Data::Null || *data == Data::Map(Vec::new());
        if is_empty(expected) && is_empty(found) {
            return true;
        }
        if !matches!(expected, Data::Map(_) | Data::Null)
            || !matches!(found, Data::Map(_) | Data::Null)
        {
            let is_same = expected == found;
            if !is_same {
                self.differs(&path);
            }
            return is_same;
        }
        let mut accounted: Vec<&Data> = Vec::new();
        for (key, own) in expected.entries() {
            path.push(Step::Key(shown_key(key)));
            let shown = node_path::shown(&path);
            let moved = self.definitions.get(shown.as_str()).copied();
            let (id, is_needed) = match moved {
                Some(moved) => (
                    Data::Text(moved.id.to_owned()),
                    self.used.contains(shown.as_str()),
                ),
                None => (key.clone(), true),
            };
            let other = found.entries().iter().find(|(other, _)| *other == id);
            let is_same = match other {
                Some((_, other)) => {
                    same::anonymous(own, key.as_text()) == same::anonymous(other, id.as_text())
                }
                None => !is_needed,
            };
            if !is_same {
                self.differs(&path);
                return false;
            }
            accounted.extend(other.map(|(key, _)| key));
            path.pop();
        }
        for (key, _) in found.entries() {
            let id = key.as_text().unwrap_or_default();
            let is_inline = || {
                let here = node_path::shown(steps);
                let mut inline = self.inline.values();
                inline.any(|moved| {
                    moved.id == id && node_path::shown(moved.candidate.scope()) == here
                })
            };
            if !accounted.contains(&key) && !is_inline() {
                path.push(Step::Key(shown_key(key)));
                self.differs(&path);
                return false;
            }
        }
        true
    }

    /// Whether the map that was here is what a reference by `id` means now.
    fn is_inline(&self, steps: &[Step], id: &str) -> bool {
        let Some(moved) = self.inline.get(node_path::shown(steps).as_str()) else {
            return false;
        };
        let definition = moved
            .candidate
            .scope()
            .iter()
            .try_fold(self.root, |data, step| match (step, data) {
                (Step::Key(key), data) => data.get(key),
                (Step::Index(index), Data::List(items)) => items.get(*index),
                (Step::Index(_), _) => None,
            })
            .and_then(|scope| scope.get("connections")?.get(id));
        moved.id == id
            && definition.is_some_and(|definition| {
                same::anonymous(&moved.candidate.data, moved.candidate.id.as_deref())
                    == same::anonymous(definition, Some(id))
            })
    }
}

fn shown_key(key: &Data) -> String {
    match key {
        Data::Text(text) => text.clone(),
        Data::Number(number) => number.text.clone(),
        Data::Bool(value) => value.to_string(),
        Data::Null | Data::List(_) | Data::Map(_) => String::new(),
    }
}

#[cfg(test)]
mod tests;
