//! What the walk reports: uses, what shadows them, and what can't be decided.

use std::sync::Arc;

use super::{Scope, Walk};
use crate::connection::{Finding, Location, Severity};
use crate::document::{NodeId, ScalarType};
use crate::reference::path;
use crate::reference::rule::{Rule, holds};
use crate::reference::{Certainty, Doubt, Form, Reference, Shadowed, Target, Unverifiable};

impl<'s> Walk<'s, '_> {
    /// Reports a scalar in the place of an id.
    pub(super) fn reference(&mut self, node: NodeId, form: Form, scope: &Scope<'s>) {
        let (Some(text), Some(kind)) = (self.stream.scalar(node), self.stream.scalar_type(node))
        else {
            return;
        };
        let location = self.locator.locate(self.stream.node(node).span.start);
        match kind {
            ScalarType::Null if holds(Rule::NullNamesNothing) => return,
            ScalarType::Null | ScalarType::String => {}
            ScalarType::Boolean
            | ScalarType::Integer
            | ScalarType::Float
            | ScalarType::Merge
            | ScalarType::Refused => {
                if !holds(Rule::NumbersCount) {
                    return;
                }
                self.is_no_string(text, location);
            }
        }
        let reference = self.use_of(node, Target::Id(text.into()), form, location);
        // Definitions are looked up by string: a number never finds one.
        if kind == ScalarType::String || !holds(Rule::NumbersAreNotShadowed) {
            self.report(reference, scope);
        } else {
            self.found.references.push(reference);
        }
    }

    pub(in crate::reference) fn is_no_string(&mut self, text: &str, location: Location) {
        self.found.findings.push(Finding {
            rule: "unsafe-scalar",
            severity: Severity::Error,
            location: Some(location),
            message: format!("`{text}` is no string here, so it names no connection"),
            hint: Some("quote it".to_owned()),
        });
    }

    /// Files a reference by string under what answers it.
    pub(in crate::reference) fn report(&mut self, mut reference: Reference, scope: &Scope<'s>) {
        let by = reference.id().and_then(|id| scope.shadowing.get(id));
        match by.filter(|_| holds(Rule::Shadowing)) {
            Some(by) => {
                reference.target = Target::Id(Arc::clone(&by.id));
                self.found.shadowed.push(Shadowed {
                    reference,
                    by: by.by,
                    factory: by.factory.clone(),
                });
            }
            None => self.found.references.push(reference),
        }
    }

    pub(in crate::reference) fn use_of(
        &mut self,
        node: NodeId,
        target: Target,
        form: Form,
        location: Location,
    ) -> Reference {
        let span = &self.stream.node(node).span;
        let origin = self.stream.resolve(node);
        let definition_span = &self.stream.node(origin).span;
        Reference {
            target,
            location,
            definition: (origin != node && holds(Rule::AliasPlaces))
                .then(|| self.locator.locate(definition_span.start)),
            span: span.into(),
            definition_span: definition_span.into(),
            path: path::compile(&self.path).into(),
            workflows: Arc::clone(&self.workflows),
            form,
            certainty: Certainty::Certain,
            doubt: Doubt::default(),
            is_masked: false,
        }
    }

    pub(in crate::reference) fn unverifiable(&mut self, node: NodeId, message: &str) {
        let location = self.locator.locate(self.stream.node(node).span.start);
        self.found.unverifiable.push(Unverifiable {
            id: None,
            location,
            message: message.to_owned(),
        });
    }
}
