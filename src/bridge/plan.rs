//! Which id each definition gets: the same for what is equal, never one that means something else.

use std::collections::HashMap;

use super::candidate::{Candidate, Form};
use super::data::Data;
use super::import::{Clashes, Equals, Outcome, Wanted};
use super::{Connections, same};
use crate::catalog::Catalog;
use crate::connection::ConnectionId;
use crate::document::{self, Edit, Value};

/// What a candidate was given.
pub(super) struct Assigned {
    pub(super) outcome: Outcome,
    /// The file that it becomes.
    pub(super) file: Option<(String, String)>,
    /// Other connections that are equal to it.
    pub(super) equal_to: Vec<String>,
}

impl Assigned {
    pub(super) fn is_clash(&self) -> bool {
        matches!(self.outcome, Outcome::Clash { .. })
    }

    fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            file: None,
            equal_to: Vec::new(),
        }
    }
}

/// Gives every candidate an id, in their order.
pub(super) fn assign(
    candidates: &[Candidate],
    store: &Connections,
    catalog: &Catalog,
    wanted: Wanted,
) -> Vec<Assigned> {
    let mut taken = Taken::of(store, catalog);
    candidates
        .iter()
        .map(|candidate| match &candidate.text {
            Ok(text) => taken.give(candidate, text, wanted),
            Err(reason) => Assigned::of(Outcome::Refused(reason.clone())),
        })
        .collect()
}

/// The ids that mean something, in the order in which they came.
struct Taken<'c> {
    catalog: &'c Catalog,
    /// With what they mean; nothing for a file that can't be read.
    known: Vec<(String, Option<Data>)>,
    /// By id without regard to case: the place in `known`.
    folded: HashMap<String, usize>,
}

impl<'c> Taken<'c> {
    fn of(store: &Connections, catalog: &'c Catalog) -> Self {
        let mut taken = Self {
            catalog,
            known: Vec::new(),
            folded: HashMap::new(),
        };
        for (id, text) in &store.texts {
            let data = text.as_ref().ok().and_then(|text| Data::of_text(text).ok());
            taken.add(id, data);
        }
        taken
    }

    fn add(&mut self, id: &str, data: Option<Data>) {
        self.folded.insert(id.to_lowercase(), self.known.len());
        self.known.push((id.to_owned(), data));
    }

    fn give(&mut self, candidate: &Candidate, text: &str, wanted: Wanted) -> Assigned {
        let name = candidate.id.as_deref();
        let id = new_id(candidate);
        // An id that is another one anyway may as well be the next free one.
        let is_free_choice = candidate.form == Form::Inline || name != Some(id.as_str());
        let equal: Vec<String> = self
            .known
            .iter()
            .filter(|(id, known)| {
                known.as_ref().is_some_and(|known| {
                    same::is_connection(&candidate.data, name, known, id, self.catalog)
                })
            })
            .map(|(id, _)| id.clone())
            .collect();
        if equal.contains(&id) {
            return Assigned {
                equal_to: equal.into_iter().filter(|other| *other != id).collect(),
                ..Assigned::of(Outcome::Same(id))
            };
        }
        let clash = self.folded.get(&id.to_lowercase()).copied();
        let may_take_other = match clash {
            Some(_) => is_free_choice || wanted.clashes == Clashes::Rename,
            None => is_free_choice || wanted.equals == Equals::Merge,
        };
        if may_take_other && let Some(other) = nearest(&equal, &id) {
            return Assigned {
                equal_to: equal.iter().filter(|one| *one != other).cloned().collect(),
                ..Assigned::of(Outcome::Same(other.clone()))
            };
        }
        let id = match clash {
            None => id,
            Some(place) => {
                let proposed = self.free(&id);
                if !may_take_other {
                    let taken = self.known[place].0.clone();
                    return Assigned {
                        equal_to: equal,
                        ..Assigned::of(Outcome::Clash { taken, proposed })
                    };
                }
                proposed
            }
        };
        let (text, data) = renamed(candidate, text, &id);
        self.add(&id, Some(data));
        Assigned {
            outcome: Outcome::Created(id.clone()),
            file: Some((id, text)),
            equal_to: equal,
        }
    }

    /// `id-2`, `id-3`, …: the first that is free.
    fn free(&self, id: &str) -> String {
        // One more number than there are ids: one of them is free.
        (2..=self.known.len() + 2)
            .map(|number| {
                let suffix = format!("-{number}");
                let room = ConnectionId::MAX_LENGTH - suffix.len();
                // Ids are ASCII.
                format!("{}{suffix}", &id[..id.len().min(room)])
            })
            .find(|id| !self.folded.contains_key(&id.to_lowercase()))
            .expect("there are more numbers than connections")
    }
}

/// The one whose id is most like `id`: a numbered one of an import before, else the first.
fn nearest<'e>(equal: &'e [String], id: &str) -> Option<&'e String> {
    equal
        .iter()
        .find(|other| other.starts_with(id))
        .or(equal.first())
}

/// The id that a candidate should have: its own, if that may be one, else one like it.
fn new_id(candidate: &Candidate) -> String {
    let kind = candidate.data.get("type").and_then(Data::as_text);
    let name = match &candidate.id {
        Some(id) => id.clone(),
        // `dynamiq.connections.OpenAI` without a name is `openai`.
        None => kind
            .and_then(|path| path.rsplit('.').next())
            .unwrap_or_default()
            .to_lowercase(),
    };
    if ConnectionId::check_new(&name).is_ok() {
        return name;
    }
    let mut id = String::new();
    for character in name.chars() {
        let is_fine = character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
        if is_fine {
            id.push(character);
        } else if !id.ends_with('-') {
            id.push('-');
        }
    }
    let id = id.trim_matches(['-', '.', '_']);
    let id = &id[..id.len().min(ConnectionId::MAX_LENGTH - 2)];
    match id {
        "" => "connection".to_owned(),
        id if ConnectionId::check_new(id).is_ok() => id.to_owned(),
        // A device name of Windows.
        id => format!("c-{id}"),
    }
}

/// The text and data for another id: an `id` in the body that repeats the old one goes along.
fn renamed(candidate: &Candidate, text: &str, id: &str) -> (String, Data) {
    let own = candidate.data.get("id").and_then(Data::as_text);
    if own.is_some() && own == candidate.id.as_deref() && own != Some(id) {
        let edit = Edit::set(["id"], Value::Text(id.to_owned()));
        if let Ok(text) = document::apply(text, &[edit])
            && let Ok(data) = Data::of_text(&text)
        {
            return (text, data);
        }
    }
    (text.to_owned(), candidate.data.clone())
}
