//! A paste that says what a new connection is: an empty form is filled by it, and where something
//! was typed already the person is asked first.

use super::field::{Content, Field};
use super::pasted::{Proposal, proposal};
use super::{Form, Outcome, Purpose, Stop, Surroundings};
use crate::catalog::{Catalog, KindSpec};
use crate::connection::Secret;
use crate::tui::text::harmless;

/// A paste that would fill a form which is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    /// What was pasted.
    pub text: Secret,
    /// What it says, and what would be overwritten: a paragraph each, secrets masked.
    pub told: Vec<String>,
    /// Whether the text can go where the focus is instead.
    pub is_text_place: bool,
}

impl Form {
    /// Fills the form by what was pasted, or asks whether to; `None` if the text is for the place
    /// under the focus.
    pub(super) fn fill_from_paste(
        &mut self,
        text: &str,
        around: Surroundings<'_>,
    ) -> Option<Outcome> {
        if !self.purpose.is_new() {
            return None;
        }
        let proposal = self.proposal(text, around.catalog)?;
        let is_empty = matches!(self.purpose, Purpose::Create)
            && self.type_path.is_empty()
            && !self.is_changed();
        if is_empty && matches!(self.focus, Stop::Name | Stop::Type) {
            self.take(proposal, around);
            return Some(Outcome::Stay);
        }
        let is_one_line = !text.trim_end_matches('\n').contains('\n');
        if is_one_line && self.is_for_focus(&proposal) {
            return None;
        }
        Some(Outcome::Fill(Filling {
            told: self.told_of(&proposal),
            text: Secret::new(text),
            is_text_place: self.takes_text(),
        }))
    }

    /// Fills the form by what was pasted: the person has said so.
    pub fn fill(&mut self, text: &str, around: Surroundings<'_>) {
        if let Some(proposal) = self.proposal(text, around.catalog) {
            self.take(proposal, around);
        }
    }

    fn proposal<'c>(&self, text: &str, catalog: &'c Catalog) -> Option<Proposal<'c>> {
        let current = Some(self.type_path.as_str()).filter(|path| !path.is_empty());
        proposal(text, current, catalog)
    }

    fn take(&mut self, proposal: Proposal<'_>, around: Surroundings<'_>) {
        self.set_type(&proposal.kind.type_path, around.catalog);
        for (name, entry) in proposal.fields {
            let field = self.fields.iter_mut().find(|field| field.spec.name == name);
            if let Some(Content::Line(line)) = field.map(|field| &mut field.content) {
                *line = entry;
            }
        }
        if self.name.text().trim().is_empty() {
            self.name.set(proposal.kind.label.as_str());
        }
        self.notice = Some(proposal.notice);
        self.after_change(around);
        // The focus may have been on a field that is gone.
        if !self.stops().contains(&self.focus) {
            self.focus = Stop::Name;
        }
        self.keep_focus_visible(around.area);
    }

    /// Whether one line is rather meant for the place under the focus than for the form: what is
    /// about another type, or says nothing but the value of this field.
    fn is_for_focus(&self, proposal: &Proposal<'_>) -> bool {
        match self.focus {
            Stop::Name
            | Stop::Type
            | Stop::AddRow(_)
            | Stop::Advanced
            | Stop::Submit
            | Stop::Cancel => false,
            Stop::Id | Stop::Description | Stop::Tags | Stop::RowKey(..) | Stop::RowValue(..) => {
                true
            }
            Stop::Field(place) => {
                let name = self.fields.get(place).map(|field| field.spec.name.as_str());
                let is_all = |(own, _): &(String, _)| Some(own.as_str()) == name;
                proposal.kind.type_path != self.type_path || proposal.fields.iter().all(is_all)
            }
        }
    }

    /// Whether the place under the focus takes text.
    fn takes_text(&self) -> bool {
        match self.focus {
            Stop::Name
            | Stop::Id
            | Stop::Description
            | Stop::Tags
            | Stop::RowKey(..)
            | Stop::RowValue(..) => true,
            Stop::Field(place) => {
                let field = self.fields.get(place);
                field.is_some_and(|field| matches!(field.content, Content::Line(_)))
            }
            Stop::Type | Stop::AddRow(_) | Stop::Advanced | Stop::Submit | Stop::Cancel => false,
        }
    }

    /// What the paste says, and what of the form it would overwrite.
    fn told_of(&self, proposal: &Proposal<'_>) -> Vec<String> {
        let Proposal { kind, fields, .. } = proposal;
        let mut told = vec![format!("The pasted text says what {} needs.", kind.label)];
        if !self.type_path.is_empty() && self.type_path != kind.type_path {
            let old = self.kind.as_ref();
            let old = old.map_or_else(|| harmless(&self.type_path), |old| old.label.clone());
            told.push(format!("Type: {old} → {}", kind.label));
        }
        let mut fresh = Vec::new();
        for (name, entry) in fields {
            let place = self.fields.iter().find(|field| field.spec.name == *name);
            let old = place.filter(|field| Self::differs_from_proposal(field));
            let new = kind.field(name).map(|spec| spec.mask(entry.line.text()));
            let new = harmless(&new.unwrap_or_default());
            match old {
                Some(field) => told.push(format!("{name}: {} → {new}", shown(field))),
                None => fresh.push(name.as_str()),
            }
        }
        let is_left = |field: &&Field| {
            Self::differs_from_proposal(field) && !has_field(kind, &field.spec.name)
        };
        let lost: Vec<String> = self
            .fields
            .iter()
            .filter(|_| matches!(self.purpose, Purpose::Create))
            .filter(is_left)
            .map(|field| {
                format!(
                    "{}: {} → nothing, it has no such field",
                    field.spec.name,
                    shown(field)
                )
            })
            .collect();
        told.extend(lost);
        if told.len() == 1 {
            told.push("Nothing that was typed would be overwritten.".to_owned());
        }
        if !fresh.is_empty() {
            told.push(format!("Filled as well: {}.", fresh.join(", ")));
        }
        told
    }
}

fn has_field(kind: &KindSpec, name: &str) -> bool {
    kind.field(name).is_some()
}

/// What a field holds, as it may be shown.
fn shown(field: &Field) -> String {
    match &field.content {
        _ if field.holds_literal_secret() => Secret::MASK.to_owned(),
        Content::Line(entry) => match entry.line.text() {
            "" => "empty".to_owned(),
            text => harmless(text),
        },
        Content::Switch(Some(true)) => "yes".to_owned(),
        Content::Switch(Some(false)) => "no".to_owned(),
        Content::Choice(Some(choice)) => harmless(&field.spec.mask(choice)),
        Content::Switch(None) | Content::Choice(None) => "empty".to_owned(),
        Content::Map(_) | Content::List(_) | Content::Fixed(_) => "several values".to_owned(),
    }
}
