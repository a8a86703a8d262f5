//! One self-contained file: every reference to the store gets its definition, where Dynamiq looks
//! for it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::data::Data;
use super::lead::{Lead, leads};
use super::{Connections, Trouble, TroubleKind, node_path, requirement, scopes};
use crate::document::{self, Edit, NodeId, Place, Step, Stream, Value};
use crate::reference::{
    self, Certainty, FileScan, Form, Options, REFERENCE_KEYS, Reference, Target,
};

/// A rendered workflow. `Debug` shows no text.
#[derive(Clone, Default)]
pub struct Rendered {
    /// The text, if there is nothing worse than a note.
    pub text: Option<String>,
    /// What stands in the way, and what else a person should know.
    pub troubles: Vec<Trouble>,
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Rendered")
            .field("length", &self.text.as_ref().map(String::len))
            .field("troubles", &self.troubles)
            .finish_non_exhaustive()
    }
}

/// What happens to `{$type: connection, $id: …}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Requirements {
    /// What it asks for takes its place.
    Fill,
    /// It stays.
    Leave,
}

/// Renders a workflow's text.
pub fn render(text: &str, connections: &Connections, options: &Options) -> Rendered {
    let mut rendered = completed(text, connections, options, Requirements::Fill);
    let is_bad = |trouble: &Trouble| trouble.kind > TroubleKind::Note;
    if rendered.troubles.iter().any(is_bad) {
        rendered.text = None;
    }
    rendered
}

/// The text with everything that can be answered, also if something can't be.
pub(super) fn completed(
    text: &str,
    connections: &Connections,
    options: &Options,
    requirements: Requirements,
) -> Rendered {
    let scan = reference::scan(text, options);
    let mut job = Job {
        connections,
        options,
        needed: BTreeMap::new(),
        filled: Vec::new(),
        troubles: Vec::new(),
    };
    if let Some(problem) = &scan.refused {
        job.trouble(
            TroubleKind::Invalid,
            Some(problem.location),
            format!("Dynamiq's loader refuses the file: {}", problem.message),
        );
    }
    let stream = match document::parse(text) {
        Ok(stream) => stream,
        Err(problem) => {
            let message = format!("not readable as YAML: {}", problem.message);
            job.trouble(TroubleKind::Invalid, Some(problem.location), message);
            return job.without_text();
        }
    };
    if scan.refused.is_some() {
        return job.without_text();
    }
    for one in &scan.unverifiable {
        let message = format!("it can't be told which connection this is: {}", one.message);
        job.trouble(TroubleKind::Unanswered, Some(one.location), message);
    }
    for reference in &scan.references {
        if reference.form == Form::Requirement {
            if requirements == Requirements::Fill {
                job.requirement(&stream, reference);
            }
        } else {
            job.reference(&stream, reference);
        }
    }
    if requirements == Requirements::Fill {
        job.troubles.extend(requirement::foreign(&stream));
    }
    job.follow(&scan);
    let text = job.write(text, &stream);
    Rendered {
        text: Some(text),
        troubles: job.troubles,
    }
}

/// The steps to a scope.
type Scope = Vec<Step>;

struct Job<'j> {
    connections: &'j Connections,
    options: &'j Options,
    /// By the scope's path: the connections that it must have.
    needed: BTreeMap<String, (Scope, BTreeMap<String, Data>)>,
    /// Requirements and what takes their place.
    filled: Vec<(Vec<Step>, Data)>,
    troubles: Vec<Trouble>,
}

impl Job<'_> {
    fn trouble(
        &mut self,
        kind: TroubleKind,
        location: Option<crate::connection::Location>,
        message: impl Into<String>,
    ) {
        self.troubles.push(Trouble::new(kind, location, message));
    }

    fn without_text(self) -> Rendered {
        Rendered {
            text: None,
            troubles: self.troubles,
        }
    }

    /// What a connection of the store is, or the trouble with it.
    fn data(&self, id: &str) -> Result<Data, (TroubleKind, String)> {
        match self.connections.get(id) {
            None => Err((
                TroubleKind::Unanswered,
                format!("there is no connection `{id}`"),
            )),
            Some(text) => text
                .as_deref()
                .map_err(Clone::clone)
                .and_then(Data::of_text)
                .and_then(|data| {
                    if data.is_connection() {
                        Ok(data)
                    } else {
                        Err("it has no `type`".to_owned())
                    }
                })
                .map_err(|reason| {
                    let message = format!("the connection `{id}` can't be used: {reason}");
                    (TroubleKind::Invalid, message)
                }),
        }
    }

    fn need(&mut self, scope: Scope, id: &str, data: Data) {
        let (_, ids) = self
            .needed
            .entry(node_path::shown(&scope))
            .or_insert_with(|| (scope, BTreeMap::new()));
        ids.entry(id.to_owned()).or_insert(data);
    }

    fn reference(&mut self, stream: &Stream<'_>, reference: &Reference) {
        let steps = node_path::steps(&reference.path);
        let scope = if self.is_global(stream, reference, &steps) {
            Vec::new()
        } else {
            steps[..node_path::scope(&steps)].to_vec()
        };
        match &reference.target {
            Target::Id(id) => match (self.data(id), reference.certainty) {
                (Ok(data), Certainty::Certain | Certainty::Possible) => self.need(scope, id, data),
                (Err((kind, message)), Certainty::Certain) => {
                    let message = reference.masked(&message);
                    self.trouble(kind, Some(reference.location), message);
                }
                // A default that does not count here.
                (Err((_, message)), Certainty::Possible) => {
                    let message = reference.masked(&message);
                    self.trouble(TroubleKind::Note, Some(reference.location), message);
                }
            },
            Target::Matching(pattern) => {
                let ids: Vec<String> = self
                    .connections
                    .ids()
                    .filter(|id| pattern.matches(id))
                    .map(str::to_owned)
                    .collect();
                let names = reference.doubt.variables().join("`, `");
                let message = if ids.is_empty() {
                    let message = format!("no connection fits `{pattern}`, whatever `{names}` is");
                    reference.masked(&message)
                } else {
                    format!(
                        "which connection this is depends on `{names}`: all that fit are included"
                    )
                };
                let kind = if ids.is_empty() {
                    TroubleKind::Unanswered
                } else {
                    TroubleKind::Note
                };
                self.trouble(kind, Some(reference.location), message);
                for id in ids {
                    if let Ok(data) = self.data(&id) {
                        self.need(scope.clone(), &id, data);
                    }
                }
            }
        }
    }

    /// Whether it is `${connections.X}`, which means the document's definitions wherever it stands.
    fn is_global(&self, stream: &Stream<'_>, reference: &Reference, steps: &[Step]) -> bool {
        if reference.form != Form::Interpolation {
            return false;
        }
        let named: Vec<&Step> = steps
            .iter()
            .rev()
            .skip_while(|step| matches!(step, Step::Index(_)))
            .collect();
        let is_reference = named.first().is_some_and(|step| match step {
            Step::Key(key) => {
                key == "connections"
                    || REFERENCE_KEYS.contains(&key.as_str())
                    || self.options.reference_keys.contains(key)
            }
            Step::Index(_) => false,
        });
        let text = stream
            .nodes()
            .find(|(_, node)| node.span == reference.span)
            .and_then(|(id, _)| stream.string(id))
            .unwrap_or_default();
        !is_reference || leads(text).iter().any(|lead| connection_of(lead).is_some())
    }

    fn requirement(&mut self, stream: &Stream<'_>, reference: &Reference) {
        let location = Some(reference.location);
        let Some(id) = reference.id() else {
            let names = reference.doubt.variables().join("`, `");
            let message = format!("which connection this is depends on `{names}`, not set here");
            return self.trouble(TroubleKind::Unanswered, location, message);
        };
        let steps = node_path::steps(&reference.path);
        let filled = self.data(id).and_then(|data| {
            requirement::value(stream, &steps, data)
                .map_err(|message| (TroubleKind::Unanswered, message))
        });
        let filled = filled.map_err(|(kind, message)| (kind, reference.masked(&message)));
        match filled {
            Ok(data) => self.filled.push((steps, data)),
            Err((kind, message)) => self.trouble(kind, location, message),
        }
    }

    /// Adds what the connections themselves refer to.
    fn follow(&mut self, scan: &FileScan) {
        let defined: HashSet<(Option<&str>, &str)> = scan
            .definitions
            .iter()
            .map(|definition| (definition.factory.as_deref(), &*definition.id))
            .collect();
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        loop {
            let mut wanted: BTreeSet<(String, String)> = BTreeSet::new();
            for (path, (_, ids)) in &self.needed {
                for data in ids.values() {
                    for (depth, text) in data.texts() {
                        for lead in leads(text) {
                            if let Some(id) = connection_of(&lead) {
                                wanted.insert((String::new(), id.to_owned()));
                            } else if let Lead::Relative { up, keys } = &lead
                                && *up == depth
                                && let Some(id) = keys.first()
                            {
                                // `${..other.url}`: the definition beside it.
                                wanted.insert((path.clone(), id.clone()));
                            }
                        }
                    }
                }
            }
            for (_, data) in &self.filled {
                let texts = data.texts();
                let leads = texts.iter().flat_map(|(_, text)| leads(text));
                for id in leads.filter_map(|lead| connection_of(&lead).map(str::to_owned)) {
                    wanted.insert((String::new(), id));
                }
            }
            wanted.retain(|one| seen.insert(one.clone()));
            if wanted.is_empty() {
                return;
            }
            for (path, id) in wanted {
                let factory = (!path.is_empty()).then_some(path.as_str());
                if defined.contains(&(factory, id.as_str())) {
                    continue;
                }
                match self.data(&id) {
                    Ok(data) => self.need(node_path::steps(&path), &id, data),
                    Err((kind, message)) => {
                        let message = format!("{message}, and another connection refers to it");
                        self.trouble(kind, None, message);
                    }
                }
            }
        }
    }

    /// The text with everything in its place.
    fn write(&mut self, text: &str, stream: &Stream<'_>) -> String {
        let mut edits = Vec::new();
        for (steps, data) in &self.filled {
            match data.to_value() {
                Some(value) => edits.push(Edit::set(steps.iter().cloned(), value)),
                None => self.troubles.push(unwritable(&node_path::shown(steps))),
            }
        }
        for (scope, ids) in self.needed.values() {
            let place = first_key(stream, scope).map_or(Place::End, Place::Before);
            let mut path = scope.clone();
            path.push(Step::from("connections"));
            let mut entries = Vec::new();
            for (id, data) in ids {
                match data.to_value() {
                    Some(value) => entries.push((id.clone(), value)),
                    None => self.troubles.push(unwritable(id)),
                }
            }
            if node_at(stream, &path).is_none() && !entries.is_empty() {
                // A new map before everything else, in one edit however many there are.
                edits.push(Edit::Set {
                    path,
                    value: Value::Map(entries),
                    place,
                });
                continue;
            }
            for (id, value) in entries {
                let entry = path.iter().cloned().chain([Step::from(id)]);
                edits.push(Edit::set(entry, value));
            }
        }
        let empty = scopes::without_definitions(stream).into_iter();
        edits.extend(
            empty
                .filter(|scope| !self.needed.contains_key(&node_path::shown(scope)))
                .map(|mut path| {
                    path.push(Step::from("connections"));
                    Edit::Unset { path }
                }),
        );
        let mut current = text.to_owned();
        for edit in edits {
            match document::apply(&current, &[edit]) {
                Ok(text) => current = text,
                Err(refusal) => {
                    let message = format!("a definition can't be put in: {}", refusal.reason);
                    // The place is one in a text that nobody has seen.
                    self.trouble(TroubleKind::Unanswered, None, message);
                }
            }
        }
        current
    }
}

fn unwritable(what: &str) -> Trouble {
    let message = format!("`{what}` has keys that are no strings, and can't be written");
    Trouble::new(TroubleKind::Unanswered, None, message)
}

/// The connection that a path names, if it is one of the document's.
pub(super) fn connection_of(lead: &Lead) -> Option<&str> {
    match lead {
        Lead::Absolute(keys) => match keys.as_slice() {
            [first, id, ..] if first == "connections" => Some(id),
            _ => None,
        },
        Lead::Relative { .. } | Lead::Unknown => None,
    }
}

/// The node that a path leads to, aliases followed.
pub(super) fn node_at(stream: &Stream<'_>, steps: &[Step]) -> Option<NodeId> {
    let mut budget = document::Budget::for_bytes(stream.text.len());
    let mut node = *stream.documents.first()?;
    for step in steps {
        node = match step {
            Step::Key(key) => {
                let entries = stream.effective_entries(node, &mut budget).ok()?;
                let mut entries = entries.iter();
                entries
                    .find(|entry| stream.scalar(entry.key) == Some(key))?
                    .value
            }
            Step::Index(index) => *stream.items(node).get(*index)?,
        };
    }
    Some(node)
}

fn first_key(stream: &Stream<'_>, scope: &[Step]) -> Option<String> {
    let entries = stream.entries(node_at(stream, scope)?);
    stream.scalar(entries.first()?.key).map(str::to_owned)
}
