//! From what a person has written to their keys. What can't be is left out, with a warning.

use super::{Keymap, Row};
use crate::connection::Location;
use crate::order;
use crate::project::personal::{KeyAction, Personal, Source, meant};
use crate::store::harmless;
use crate::tui::keymap::{Chord, Context};

/// An action that has a key in another context.
struct Owner {
    context: Context,
    action: String,
}

/// Who has taken a key in a context.
struct Taken {
    chord: Chord,
    /// The row.
    by: usize,
    at: Location,
}

impl Keymap {
    /// The keys with what a person has settled about them, and what is wrong with that.
    pub fn of(personal: &Personal) -> (Self, Vec<String>) {
        let mut keymap = Self::default();
        let mut warnings = Vec::new();
        let Some(source) = &personal.file else {
            return (keymap, warnings);
        };
        // Those of everywhere last: they may take no key that a context has.
        let mut contexts: Vec<_> = Vec::new();
        for written in &personal.keys {
            match Context::ALL.iter().find(|one| one.name() == written.name) {
                Some(context) => contexts.push((*context, &written.actions)),
                None => {
                    let meant = meant(&written.name, Context::ALL.map(Context::name));
                    let name = harmless(written.name.as_ref());
                    let message = format!("there is no context `{name}`{meant}");
                    warnings.push(source.warning(written.at, &message));
                }
            }
        }
        order::sort_by_key(&mut contexts, |(context, _)| {
            *context == Context::Everywhere
        });
        let moved: Vec<&KeyAction> = contexts
            .iter()
            .filter(|(context, _)| *context == Context::Everywhere)
            .flat_map(|(_, actions)| *actions)
            .collect();
        for (context, actions) in contexts {
            let mut elsewhere = keymap.taken_elsewhere(context);
            elsewhere.retain(|(_, owner)| {
                owner.context != Context::Everywhere
                    || !moved.iter().any(|action| action.name == owner.action)
            });
            let mut sections = keymap.sections.iter_mut();
            let Some(section) = sections.find(|section| section.context == context) else {
                continue;
            };
            let mut reading = Reading {
                source,
                context,
                rows: &mut section.rows,
                elsewhere,
                taken: Vec::new(),
                warnings: &mut warnings,
            };
            for action in actions {
                reading.take(action);
            }
        }
        (keymap, warnings)
    }

    /// The keys that have a meaning in a context of which the keys can't be told apart: everywhere
    /// is everywhere.
    fn taken_elsewhere(&self, context: Context) -> Vec<(Chord, Owner)> {
        let others = Context::ALL.into_iter().filter(|other| match context {
            Context::Everywhere => *other != context,
            Context::List
            | Context::Filter
            | Context::Panel
            | Context::Form
            | Context::Choice
            | Context::Workflows
            | Context::Workflow
            | Context::Popup
            | Context::Conflict
            | Context::Tags => *other == Context::Everywhere,
        });
        others
            .flat_map(|other| {
                let keys = move |row: &Row| {
                    let action = row.named.action.clone();
                    let owner = move || Owner {
                        context: other,
                        action: action.clone(),
                    };
                    let keys = row.keys.clone();
                    keys.into_iter().map(move |key| (key, owner()))
                };
                self.rows(other).iter().flat_map(keys).collect::<Vec<_>>()
            })
            .collect()
    }
}

/// One context while its keys are read.
struct Reading<'r> {
    source: &'r Source,
    context: Context,
    rows: &'r mut Vec<Row>,
    elsewhere: Vec<(Chord, Owner)>,
    taken: Vec<Taken>,
    warnings: &'r mut Vec<String>,
}

impl Reading<'_> {
    fn warn(&mut self, at: Location, message: &str) {
        self.warnings.push(self.source.warning(at, message));
    }

    fn take(&mut self, written: &KeyAction) {
        let named = |row: &Row| row.named.action == written.name;
        let Some(place) = self.rows.iter().position(named) else {
            let meant = meant(
                &written.name,
                self.rows.iter().map(|row| row.named.action.as_str()),
            );
            let name = harmless(written.name.as_ref());
            let context = self.context.name();
            self.warn(
                written.at,
                &format!("there is no action `{name}` in `{context}`{meant}"),
            );
            return;
        };
        let mut keys = Vec::new();
        for (text, at) in &written.keys {
            match self.key(text, place) {
                Ok(chord) if keys.contains(&chord) => {}
                Ok(chord) => {
                    keys.push(chord);
                    self.taken.push(Taken {
                        chord,
                        by: place,
                        at: *at,
                    });
                }
                Err(why) => self.warn(*at, &why),
            }
        }
        // All of them were wrong: that is no wish to have none.
        if keys.is_empty() && !written.keys.is_empty() {
            return;
        }
        let row = &self.rows[place];
        for kept in row.named.defaults.iter().filter(|key| key.is_way_out()) {
            if !keys.contains(kept) {
                keys.push(*kept);
                if written.keys.is_empty() {
                    let action = &row.named.action;
                    let why = format!("`{action}` keeps {kept}: there must be a way out");
                    self.warnings.push(self.source.warning(written.at, &why));
                }
            }
        }
        // A key has one meaning: it leaves the action that had it.
        for (other, row) in self.rows.iter_mut().enumerate() {
            if other != place {
                row.keys.retain(|key| !keys.contains(key));
            }
        }
        self.rows[place].keys = keys;
    }

    /// What a written key is, if the action may have it.
    fn key(&self, text: &str, place: usize) -> Result<Chord, String> {
        let Some(chord) = Chord::read(text) else {
            let text = harmless(text.as_ref());
            return Err(format!(
                "`{text}` is not a key; keys are such as `n`, `ctrl-s`, `f5`"
            ));
        };
        if let Some(other) = chord.same_to_terminals() {
            return Err(format!(
                "terminals send the same for {chord} as for {other}"
            ));
        }
        let row = &self.rows[place];
        if chord.is_way_out() && !row.named.defaults.contains(&chord) {
            return Err(format!("{chord} is the way out, and stays that"));
        }
        if self.context.takes_text() && chord.is_text() && !row.named.defaults.contains(&chord) {
            let context = self.context.name();
            return Err(format!("{chord} is for typing in `{context}`"));
        }
        let other = self
            .taken
            .iter()
            .find(|taken| taken.chord == chord && taken.by != place);
        if let Some(other) = other {
            let action = &self.rows[other.by].named.action;
            return Err(format!(
                "{chord} is `{action}` already, in line {}",
                other.at.line
            ));
        }
        if let Some((_, owner)) = self.elsewhere.iter().find(|(key, _)| *key == chord) {
            let (context, action) = (owner.context.name(), &owner.action);
            return Err(format!("{chord} is `{action}` in `{context}` already"));
        }
        Ok(chord)
    }
}
