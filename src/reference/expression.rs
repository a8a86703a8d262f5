//! Uses that come out of interpolations.

use super::entries::Reading;
use super::rule::{Rule, holds};
use super::walk::{Lists, Place, Scope, Walk};
use super::{Certainty, Doubt, Form, Pattern, Reference, Target};
use crate::catalog::{is_secret_name, mask_text};
use crate::connection::{ConnectionId, Finding, Secret, Severity};
use crate::document::{NodeId, OverBudget};
use crate::interpolation::{self, Evaluated, Evaluator, Position, Text, Value};

impl<'s> Walk<'s, '_> {
    /// A string with `${`: uses of the store in it, and what it comes to where that matters.
    pub(super) fn expression(
        &mut self,
        node: NodeId,
        place: Place,
        scope: &Scope<'s>,
    ) -> Result<(), OverBudget> {
        match place {
            Place::Reference {
                lists: Lists::AreOther,
            }
            | Place::Item => {
                let form = Form::Interpolation;
                return self.interpolated(node, place, form, scope);
            }
            Place::Reference { .. } | Place::List | Place::Definitions => {}
            Place::Definition | Place::ScopeRoot | Place::Other => {
                let text = self.stream.scalar(node).unwrap_or_default();
                if is_from_environment(text) {
                    return Ok(());
                }
            }
        }
        self.interpolated(node, place, Form::Interpolation, scope)
    }

    /// The `$id` of a requirement.
    pub(super) fn interpolated_reference(&mut self, node: NodeId, form: Form, scope: &Scope<'s>) {
        let place = Place::Reference {
            lists: Lists::AreOther,
        };
        // What is no scalar is no id, and is not walked into.
        let evaluated = self.evaluate(node);
        self.store_uses(node, &evaluated);
        match evaluated.value {
            Ok(Value::Collection(_)) => {}
            Ok(_) | Err(_) => self.outcome(node, place, form, scope, &evaluated),
        }
    }

    fn interpolated(
        &mut self,
        node: NodeId,
        place: Place,
        form: Form,
        scope: &Scope<'s>,
    ) -> Result<(), OverBudget> {
        let evaluated = self.evaluate(node);
        self.store_uses(node, &evaluated);
        if let Ok(Value::Collection(position)) = evaluated.value {
            // The data has a copy here; relative interpolations in it start from where it stands.
            let [holders @ .., target] = position.chain.as_slice() else {
                return Ok(());
            };
            let holders = if holds(Rule::RelativeInterpolations) {
                holders.to_vec()
            } else {
                self.chain.clone()
            };
            let chain = std::mem::replace(&mut self.chain, holders);
            self.value(*target, place, scope)?;
            self.chain = chain;
            return Ok(());
        }
        self.outcome(node, place, form, scope, &evaluated);
        Ok(())
    }

    /// Reports what an expression says that comes to no collection of the document.
    fn outcome(
        &mut self,
        node: NodeId,
        place: Place,
        form: Form,
        scope: &Scope<'s>,
        evaluated: &Evaluated,
    ) {
        let is_reference = match place {
            Place::Reference { .. } | Place::Item => true,
            Place::List
            | Place::Definitions
            | Place::Definition
            | Place::ScopeRoot
            | Place::Other => false,
        };
        match &evaluated.value {
            Ok(Value::Text(text)) if is_reference => {
                let main = self.text_use(node, text, form, evaluated);
                let default = self.unused_default(node, form, evaluated, &main);
                self.report(main, scope);
                if let Some(default) = default {
                    self.report(default, scope);
                }
            }
            Ok(Value::Other(text)) if is_reference => {
                let location = self.locator.locate(self.stream.node(node).span.start);
                let may_show = !evaluated.notes.has_read_variable;
                self.is_no_string(if may_show { text } else { Secret::MASK }, location);
                let mut reference = self.text_use(node, &Text::known(text), form, evaluated);
                reference.form = form;
                self.found.references.push(reference);
            }
            Ok(Value::List(values)) => {
                let holds_uses = match place {
                    Place::Reference {
                        lists: Lists::Count,
                    }
                    | Place::List
                    | Place::Definitions => true,
                    Place::Reference { .. }
                    | Place::Item
                    | Place::Definition
                    | Place::ScopeRoot
                    | Place::Other => false,
                };
                for value in values {
                    if let Value::Text(text) = value
                        && holds_uses
                    {
                        let reference = self.text_use(node, text, form, evaluated);
                        self.report(reference, scope);
                    } else if holds_map(value) {
                        self.unresolved(node, "a map that an interpolation makes");
                    }
                }
            }
            Ok(value) if holds_map(value) => {
                self.unresolved(node, "a map that an interpolation makes");
            }
            Err(message) => {
                let is_list = place == Place::List;
                if is_reference || is_list {
                    self.unresolved(node, message);
                }
            }
            Ok(_) => {}
        }
    }

    /// The use that a text is, certain or possible.
    fn text_use(
        &mut self,
        node: NodeId,
        text: &Text,
        form: Form,
        evaluated: &Evaluated,
    ) -> Reference {
        let location = self.locator.locate(self.stream.node(node).span.start);
        let target = match text.as_known() {
            Some(id) => Target::Id(id.into()),
            None => Target::Matching(Box::new(Pattern {
                literals: text.literals(),
            })),
        };
        let is_certain = matches!(target, Target::Id(_)) || !holds(Rule::PossibleUses);
        let mut reference = self.use_of(node, target, form, location);
        if let Some(origin) = text.origin.filter(|origin| *origin != node) {
            let span = &self.stream.node(origin).span;
            reference.definition = Some(self.locator.locate(span.start));
            reference.definition_span = span.into();
        }
        reference.is_masked = self.is_secret(evaluated, text);
        if is_certain {
            let reason = match evaluated.notes.with_default.as_slice() {
                [] => None,
                names => Some(format!("the default of {}, not set here", listed(names))),
            };
            reference.doubt = Doubt::new(reason, evaluated.notes.variables.clone());
        } else {
            let mut names: Vec<String> = Vec::new();
            for name in text.variables() {
                if !names.iter().any(|own| own == name) {
                    names.push(name.to_owned());
                }
            }
            reference.certainty = Certainty::Possible;
            let reason = format!("depends on {}, not set here", listed(&names));
            reference.doubt = Doubt::new(Some(reason), names);
        }
        reference
    }

    /// Whether an id that comes out of variables may be a secret. Which ones are read, the file
    /// decides: so their names decide, and the form of what they hold, and what can't be an id.
    fn is_secret(&self, evaluated: &Evaluated, text: &Text) -> bool {
        if !evaluated.notes.has_read_variable {
            return false;
        }
        let is_secret = |name: &String| {
            let value = self.options.environment.get(name).unwrap_or_default();
            name == Secret::MASK || is_secret_name(name) || mask_text(value) != value
        };
        let known: String = text.literals().concat();
        ConnectionId::check_new(&known).is_err() || evaluated.notes.variables.iter().any(is_secret)
    }

    /// What the default of a variable would give that is set here.
    fn unused_default(
        &mut self,
        node: NodeId,
        form: Form,
        evaluated: &Evaluated,
        main: &Reference,
    ) -> Option<Reference> {
        let names = &evaluated.notes.with_unused_default;
        if names.is_empty() || !holds(Rule::UnusedDefaults) {
            return None;
        }
        let otherwise = self.evaluate_without(node, names);
        let Ok(Value::Text(text)) = &otherwise.value else {
            return None;
        };
        let mut reference = self.text_use(node, text, form, &otherwise);
        if reference.target == main.target {
            return None;
        }
        reference.certainty = Certainty::Possible;
        let reason = format!("the default of {}, set here", listed(names));
        reference.doubt = Doubt::new(Some(reason), names.clone());
        Some(reference)
    }

    /// `${connections.X}` where the document does not define `X`.
    fn store_uses(&mut self, node: NodeId, evaluated: &Evaluated) {
        let mut seen: Vec<&Text> = Vec::new();
        for id in &evaluated.notes.store {
            if seen.contains(&id) || !holds(Rule::StoreInterpolations) {
                continue;
            }
            seen.push(id);
            let mut reference = self.text_use(node, id, Form::Interpolation, evaluated);
            if reference.certainty == Certainty::Certain {
                reference.doubt = reference.doubt.without_reason();
            }
            self.found.references.push(reference);
        }
    }

    fn unresolved(&mut self, node: NodeId, message: &str) {
        if !holds(Rule::Unresolved) {
            return;
        }
        let location = self.locator.locate(self.stream.node(node).span.start);
        let message = format!("an interpolation that can't be resolved: {message}");
        self.found.findings.push(Finding {
            rule: "bad-interpolation",
            severity: Severity::Error,
            location: Some(location),
            message: message.clone(),
            hint: None,
        });
        self.unverifiable(node, &message);
    }

    /// The position of a value of the innermost open collection.
    pub(super) fn position(&self, node: NodeId) -> Position {
        let mut chain = Vec::with_capacity(self.chain.len() + 1);
        chain.extend_from_slice(&self.chain);
        chain.push(self.stream.resolve(node));
        Position { chain }
    }

    /// The collection that a value is or leads to by interpolation; else its own position.
    pub(super) fn collection(&mut self, position: &Position) -> Position {
        match self.evaluate_at(position, &[]) {
            Some(Evaluated {
                value: Ok(Value::Collection(target)),
                ..
            }) => target,
            Some(_) | None => position.clone(),
        }
    }

    /// The text that a value is or comes to, if that is known.
    pub(super) fn text_at(&mut self, position: &Position) -> Option<String> {
        match self.evaluate_at(position, &[]) {
            Some(evaluated) => match evaluated.value {
                Ok(Value::Text(text)) => text.as_known(),
                Ok(_) | Err(_) => None,
            },
            None => self.stream.string(position.node()?).map(str::to_owned),
        }
    }

    /// Whether a value is an interpolation that does not come to anything known.
    pub(super) fn is_unresolved(&mut self, position: &Position) -> bool {
        self.evaluate_at(position, &[])
            .is_some_and(|evaluated| match evaluated.value {
                Ok(Value::Text(text)) => text.as_known().is_none(),
                Ok(_) => false,
                Err(_) => true,
            })
    }

    fn evaluate(&mut self, node: NodeId) -> Evaluated {
        self.evaluate_without(node, &[])
    }

    fn evaluate_without(&mut self, node: NodeId, unset: &[String]) -> Evaluated {
        let position = self.position(node);
        self.evaluate_at(&position, unset).unwrap_or(Evaluated {
            value: Ok(Value::Null),
            notes: interpolation::Notes::default(),
        })
    }

    /// Evaluates the string at `position`; `None` if it is no string with `${`.
    fn evaluate_at(&mut self, position: &Position, unset: &[String]) -> Option<Evaluated> {
        let text = self.stream.string(position.node()?)?;
        if !interpolation::is_expression(text) {
            return None;
        }
        let expression = match interpolation::parse(text) {
            Ok(expression) => expression,
            Err(error) => {
                return Some(Evaluated {
                    value: Err(error.message.to_owned()),
                    notes: interpolation::Notes::default(),
                });
            }
        };
        let mut evaluator = Evaluator::new(self.stream, self.root, &self.options.environment);
        if self.reading == Reading::Refused {
            evaluator = evaluator.without_own_connections();
        }
        let evaluated = evaluator.evaluate_without(&expression, position, unset, &mut self.budget);
        self.found.depends_on_variables |= !evaluated.notes.variables.is_empty();
        Some(evaluated)
    }
}

fn holds_map(value: &Value) -> bool {
    match value {
        Value::Map(entries) => !entries.is_empty(),
        Value::List(values) => values.iter().any(holds_map),
        // A list of the document's own maps, which are walked where they stand.
        Value::Collection(_) | Value::Null | Value::Text(_) | Value::Other(_) => false,
    }
}

/// Whether nothing but variables is asked for: then the result is text, and no use by itself.
fn is_from_environment(text: &str) -> bool {
    text.match_indices("${")
        .all(|(at, _)| text[at..].starts_with("${oc.env:"))
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => format!("the variable {only}"),
        [first @ .., last] => format!("the variables {} and {last}", first.join(", ")),
    }
}
