//! The keys as this person has them.
//!
//! Inside, the interface speaks the keys of the tables. A [`Keymap`] stands at its edge and
//! translates: [`Keymap::meant`] makes a key that was pressed the table's key for the same action,
//! and [`Keymap::key`] and [`Keymap::shown`] name the person's key where the interface names one.

mod read;
#[cfg(test)]
mod tests;

use crossterm::event::KeyEvent;

use super::context::{Action, Context, Named};
use super::{Binding, Chord};

/// Which keys do what, for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    /// One for each context, in the order of [`Context::ALL`].
    sections: Vec<Section>,
}

/// An action as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its name in the configuration.
    pub action: String,
    /// Its keys, with blanks between; empty if it has none.
    pub keys: String,
    /// What it does.
    pub help: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    context: Context,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    named: Named,
    keys: Vec<Chord>,
}

impl Default for Keymap {
    fn default() -> Self {
        let section = |context: Context| Section {
            context,
            rows: context
                .table()
                .into_iter()
                .map(|named| Row {
                    keys: named.defaults.to_vec(),
                    named,
                })
                .collect(),
        };
        Self {
            sections: Context::ALL.map(section).into(),
        }
    }
}

impl Keymap {
    /// The key that the tables have for what a key means in these contexts, the first one first,
    /// and those of everywhere before them; nothing for a key whose meaning was taken away.
    pub fn meant(&self, contexts: &[Context], key: KeyEvent) -> Option<KeyEvent> {
        let chord = Chord::of(key);
        let rows = || {
            let all = [Context::Everywhere]
                .into_iter()
                .chain(contexts.iter().copied());
            all.flat_map(|context| self.rows(context))
        };
        if let Some(row) = rows().find(|row| row.keys.contains(&chord)) {
            // A row's keys may differ in how far they go: `PgUp` and `↑` in a popup.
            let is_default = row.named.defaults.contains(&chord);
            return Some(if is_default { key } else { row.named.press() });
        }
        let was_taken = rows().any(|row| row.named.defaults.contains(&chord));
        (!was_taken).then_some(key)
    }

    /// The first key of an action for people; its name if it has none: the popup of all actions
    /// finds it by that.
    pub fn key<A: Action>(&self, action: A) -> String {
        let place = A::TABLE.iter().position(|row| row.action == action);
        let row = place.and_then(|place| self.rows(A::CONTEXT).get(place));
        match row.and_then(|row| row.keys.first()) {
            Some(key) => key.to_string(),
            None => action.name().replace('-', " "),
        }
    }

    /// What people see for a key of the tables, or several arrows at once, in these contexts;
    /// nothing if what it does has no key. A key that stands in no table is itself.
    pub fn shown(&self, contexts: &[Context], key: &str) -> Option<String> {
        let Some(chord) = Chord::read(key) else {
            let parts: Option<Vec<String>> = key
                .chars()
                .map(|part| self.shown(contexts, &part.to_string()))
                .collect();
            let parts = parts?;
            let is_short = parts.iter().all(|part| part.chars().count() == 1);
            return Some(parts.join(if is_short { "" } else { " " }));
        };
        let all = contexts.iter().chain([&Context::Everywhere]);
        let row = all
            .flat_map(|context| self.rows(*context))
            .find(|row| row.named.defaults.contains(&chord));
        match row {
            None => Some(key.to_owned()),
            Some(row) if row.keys.contains(&chord) => Some(key.to_owned()),
            Some(row) => row.keys.first().map(Chord::to_string),
        }
    }

    /// A context's footer: the first key and the word, in the table's order.
    pub fn hints<A: Action>(&self) -> Vec<(A, String, &'static str)> {
        self.pairs::<A>()
            .filter(|(binding, _)| !binding.hint.is_empty())
            .filter_map(|(binding, row)| {
                Some((binding.action, row.keys.first()?.to_string(), binding.hint))
            })
            .collect()
    }

    /// A context's rows as things to do: each with the table's key that does it, the person's key,
    /// and the line of help.
    pub fn deeds<A: Action>(&self) -> impl Iterator<Item = (A, KeyEvent, String, &'static str)> {
        self.pairs::<A>().map(|(binding, row)| {
            let shown = row.keys.first().map(Chord::to_string);
            let press = row.named.press();
            (
                binding.action,
                press,
                shown.unwrap_or_default(),
                binding.help,
            )
        })
    }

    /// All contexts with what can be done there.
    pub fn sections(&self) -> Vec<(Context, Vec<Shown>)> {
        self.sections
            .iter()
            .map(|section| {
                let rows = section.rows.iter().map(|row| {
                    let keys: Vec<String> = row.keys.iter().map(Chord::to_string).collect();
                    Shown {
                        action: row.named.action.clone(),
                        keys: keys.join(" "),
                        help: row.named.help,
                    }
                });
                (section.context, rows.collect())
            })
            .collect()
    }

    fn rows(&self, context: Context) -> &[Row] {
        let section = self.sections.iter().find(|one| one.context == context);
        section.map_or(&[], |section| &section.rows)
    }

    fn pairs<A: Action>(&self) -> impl Iterator<Item = (&'static Binding<A>, &Row)> {
        A::TABLE.iter().zip(self.rows(A::CONTEXT))
    }
}

impl Named {
    /// The key of the tables that does it.
    fn press(&self) -> KeyEvent {
        self.defaults[0].event()
    }
}
