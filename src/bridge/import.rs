//! The import of many workflows into one store, as a plan: what is to be created, what each
//! workflow is to say then, and what can't be done.

use std::collections::{HashMap, HashSet};

use super::candidate::{self, Candidate, Form};
use super::plan::{self, Assigned};
use super::{Connections, Source, rewrite};
use crate::catalog::Catalog;
use crate::connection::Location;
use crate::document;
use crate::reference::{self, Encoding, Options};

/// What an import is to do where it has a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Maps in the place of references.
    pub inline: Inline,
    /// The workflows themselves.
    pub workflows: Workflows,
    /// Definitions that differ from a connection of the same id.
    pub clashes: Clashes,
    /// Definitions that are equal to a connection of another id.
    pub equals: Equals,
}

/// What happens to maps in the place of references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inline {
    /// They stay.
    #[default]
    Leave,
    /// They become connections too.
    Take,
}

/// What happens to the workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Workflows {
    /// They stay as they are.
    #[default]
    Leave,
    /// They lose what was imported, so that their nodes use the store.
    Rewrite,
}

/// What happens to a definition whose id means something else already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clashes {
    /// It is reported, and nothing at all is done.
    #[default]
    Report,
    /// It gets another id.
    Rename,
}

/// What happens to a definition that is equal to a connection of another id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Equals {
    /// It becomes a connection of its own, and is reported.
    #[default]
    Separate,
    /// The other one is used in its place.
    Merge,
}

/// What an import comes to.
#[derive(Clone, Default)]
pub struct Import {
    /// Every definition that was found, workflow by workflow.
    pub items: Vec<Item>,
    /// The connections to create: id and text. None if an id clashes.
    pub create: Vec<(String, String)>,
    /// The workflows to rewrite: number and new text. None if an id clashes.
    pub rewrite: Vec<(usize, String)>,
    /// Workflows that the loader would refuse: number, place and reason.
    pub invalid: Vec<(usize, Location, String)>,
}

/// A definition of a workflow, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The number of its workflow.
    pub source: usize,
    /// Where it stands.
    pub location: Location,
    /// Its path there.
    pub path: String,
    /// How it stands there.
    pub form: Form,
    /// What it is called there; an inline one may have no name.
    pub id: Option<String>,
    /// Its type.
    pub type_path: Option<String>,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Other connections that are equal to it.
    pub equal_to: Vec<String>,
}

/// What becomes of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It becomes this connection.
    Created(String),
    /// It is this connection already: of the store, or of a definition before it.
    Same(String),
    /// Its id means something else. Another id could be had.
    Clash {
        /// The id that is taken; it may differ in case.
        taken: String,
        /// The id that it would get.
        proposed: String,
    },
    /// It stays where it is; the reason.
    Refused(String),
}

impl Outcome {
    /// The connection that it is then.
    pub fn connection(&self) -> Option<&str> {
        match self {
            Self::Created(id) | Self::Same(id) => Some(id),
            Self::Clash { .. } | Self::Refused(_) => None,
        }
    }
}

impl Import {
    /// Whether an id clashes, so that nothing is done.
    pub fn has_clash(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item.outcome, Outcome::Clash { .. }))
    }

    /// Whether something was refused.
    pub fn has_refusal(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item.outcome, Outcome::Refused(_)))
    }
}

/// Plans the import of `sources`, in their order, into a store.
pub fn import(
    sources: &[Source],
    store: &Connections,
    catalog: &Catalog,
    options: &Options,
    wanted: Wanted,
) -> Import {
    let mut result = Import::default();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let scan = reference::scan(&source.text, options);
        let invalid = match (&scan.refused, document::parse(&source.text)) {
            (Some(problem), _) => Err((problem.location, problem.message.clone())),
            (None, Err(problem)) => Err((problem.location, problem.message)),
            (None, Ok(stream)) => {
                candidates.extend(candidate::definitions(number, source, &stream, &scan));
                if wanted.inline == Inline::Take {
                    candidates.extend(candidate::inline(number, &stream, options));
                }
                Ok(())
            }
        };
        if let Err((location, message)) = invalid {
            result.invalid.push((number, location, message));
        }
    }
    if wanted.workflows == Workflows::Rewrite {
        for candidate in &mut candidates {
            if sources[candidate.source].encoding == Encoding::Utf16 {
                candidate.text = Err("its workflow is UTF-16, which is not rewritten".to_owned());
            }
        }
    }
    // What a workflow can't do without is refused, and then the ids are given out again.
    let (assigned, rewritten) = loop {
        let assigned = plan::assign(&candidates, store, catalog, wanted);
        if wanted.workflows == Workflows::Leave || assigned.iter().any(Assigned::is_clash) {
            break (assigned, Vec::new());
        }
        match rewrite_all(sources, &candidates, &assigned, store, options) {
            Ok(rewritten) => break (assigned, rewritten),
            Err(refused) => {
                for (number, reason) in refused {
                    candidates[number].text = Err(reason);
                }
            }
        }
    };
    let is_blocked = assigned.iter().any(Assigned::is_clash);
    let mut created = HashSet::new();
    for (candidate, assigned) in candidates.iter().zip(assigned) {
        if let Some((id, text)) = assigned.file
            && !is_blocked
            && created.insert(id.clone())
        {
            result.create.push((id, text));
        }
        result.items.push(Item {
            source: candidate.source,
            location: candidate.location,
            path: candidate.path.clone(),
            form: candidate.form,
            id: candidate.id.clone(),
            type_path: candidate
                .data
                .get("type")
                .and_then(super::data::Data::as_text)
                .map(str::to_owned),
            outcome: assigned.outcome,
            equal_to: assigned.equal_to,
        });
    }
    result.rewrite = rewritten;
    result
}

/// The new texts of the workflows that change, or which candidates stand in the way.
fn rewrite_all(
    sources: &[Source],
    candidates: &[Candidate],
    assigned: &[Assigned],
    store: &Connections,
    options: &Options,
) -> Result<Vec<(usize, String)>, HashMap<usize, String>> {
    let mut connections = store.clone();
    for (id, text) in assigned.iter().filter_map(|one| one.file.as_ref()) {
        connections.insert(id.clone(), Ok(text.clone()));
    }
    let mut rewritten = Vec::new();
    let mut refused = HashMap::new();
    for (number, source) in sources.iter().enumerate() {
        let moved: Vec<rewrite::Moved<'_>> = candidates
            .iter()
            .zip(assigned)
            .enumerate()
            .filter(|(_, (candidate, _))| candidate.source == number)
            .filter_map(|(index, (candidate, assigned))| {
                Some(rewrite::Moved {
                    index,
                    candidate,
                    id: assigned.outcome.connection()?,
                })
            })
            .collect();
        if moved.is_empty() {
            continue;
        }
        match rewrite::rewrite(&source.text, &moved, &connections, options) {
            Ok(text) => rewritten.push((number, text)),
            Err(found) => refused.extend(found),
        }
    }
    if refused.is_empty() {
        Ok(rewritten)
    } else {
        Err(refused)
    }
}
