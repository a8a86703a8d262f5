//! A workflow without the definitions that were imported, lossless, and meaning what it meant.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::candidate::{Candidate, Form};
use super::{Connections, node_path, reach, verify};
use crate::document::edit::replace_scalars;
use crate::document::{self, Content, Edit, Step, Stream, Value};
use crate::reference::{self, FileScan, Options};

/// A definition that goes, and the connection that it becomes.
pub(super) struct Moved<'m> {
    /// Its number among the candidates.
    pub(super) index: usize,
    pub(super) candidate: &'m Candidate,
    pub(super) id: &'m str,
}

impl Moved<'_> {
    /// Whether references must be changed because of it.
    fn is_renamed(&self) -> bool {
        self.candidate.form == Form::Definition && self.candidate.id.as_deref() != Some(self.id)
    }
}

/// Why definitions can't go, by their numbers.
type Refused = HashMap<usize, String>;

/// The workflow's text without what was moved. `connections` has it.
pub(super) fn rewrite(
    text: &str,
    moved: &[Moved<'_>],
    connections: &Connections,
    options: &Options,
) -> Result<String, Refused> {
    let scan = reference::scan(text, options);
    refuse_reached(text, moved)?;
    let renamed = rename_references(text, &scan, moved)?;
    let mut current = renamed;
    for one in moved
        .iter()
        .filter(|one| one.candidate.form == Form::Inline)
    {
        let edit = Edit::set(
            one.candidate.steps.iter().cloned(),
            Value::Text(one.id.to_owned()),
        );
        current = document::apply(&current, &[edit])
            .map_err(|refusal| HashMap::from([(one.index, stays(&refusal))]))?;
    }
    current = remove_definitions(&current, moved)?;
    match verify::verify(text, &current, moved, connections, options) {
        Ok(()) => Ok(current),
        Err(reason) => {
            let reason = format!("without it the workflow would mean something else: {reason}");
            // A change to a reference is more likely to blame than a definition that went.
            let has_renamed = moved.iter().any(Moved::is_renamed);
            Err(moved
                .iter()
                .filter(|one| one.is_renamed() || !has_renamed)
                .map(|one| (one.index, reason.clone()))
                .collect())
        }
    }
}

/// Refuses definitions that an interpolation leads into, unless it names them as it will then.
fn refuse_reached(text: &str, moved: &[Moved<'_>]) -> Result<(), Refused> {
    let Ok(stream) = document::parse(text) else {
        return Ok(());
    };
    let mut refused = Refused::new();
    for reach in reach::reaches(&stream) {
        for one in moved {
            let is_global = one.candidate.scope().is_empty();
            let keeps_name =
                is_global && !one.is_renamed() && one.candidate.form == Form::Definition;
            if let Some(reason) = reach.forbids(&one.candidate.steps, keeps_name) {
                refused.entry(one.index).or_insert(reason);
            }
        }
    }
    if refused.is_empty() {
        Ok(())
    } else {
        Err(refused)
    }
}

fn stays(refusal: &document::Refusal) -> String {
    format!("it can't be taken out of its workflow: {refusal}")
}

/// Gives the references to renamed definitions their new ids.
fn rename_references(text: &str, scan: &FileScan, moved: &[Moved<'_>]) -> Result<String, Refused> {
    let mut replacements: BTreeMap<(usize, usize), (usize, &str)> = BTreeMap::new();
    let mut refused = Refused::new();
    for one in moved.iter().filter(|one| one.is_renamed()) {
        for shadowed in &scan.shadowed {
            if shadowed.by_path() != one.candidate.path {
                continue;
            }
            let line = shadowed.reference.location.line;
            if shadowed.reference.form == reference::Form::Interpolation {
                let reason = format!(
                    "it must be renamed, and the reference in line {line} is an interpolation"
                );
                refused.insert(one.index, reason);
                continue;
            }
            let Range { start, end } = shadowed.reference.definition_span.range();
            let before = replacements.insert((start, end), (one.index, one.id));
            if before.is_some_and(|(_, id)| id != one.id) {
                let reason = format!("the text that line {line} refers to has two meanings");
                refused.insert(one.index, reason);
            }
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    if replacements.is_empty() {
        return Ok(text.to_owned());
    }
    let indexes: Vec<usize> = replacements.values().map(|(index, _)| *index).collect();
    let replacements: Vec<(Range<usize>, String)> = replacements
        .into_iter()
        .map(|((start, end), (_, id))| (start..end, id.to_owned()))
        .collect();
    replace_scalars(text, &replacements).map_err(|refusal| {
        let reason = format!("its references can't be renamed: {refusal}");
        indexes
            .into_iter()
            .map(|index| (index, reason.clone()))
            .collect()
    })
}

/// Takes the definitions out, and a `connections:` that has no other.
fn remove_definitions(text: &str, moved: &[Moved<'_>]) -> Result<String, Refused> {
    let mut scopes: BTreeMap<String, Vec<&Moved<'_>>> = BTreeMap::new();
    for one in moved
        .iter()
        .filter(|one| one.candidate.form == Form::Definition)
    {
        let scope = node_path::shown(one.candidate.scope());
        scopes.entry(scope).or_default().push(one);
    }
    let mut current = text.to_owned();
    for definitions in scopes.values() {
        let Some(first) = definitions.first() else {
            continue;
        };
        let mut path = first.candidate.scope().to_vec();
        path.push(Step::from("connections"));
        let remaining = document::parse(&current)
            .ok()
            .and_then(|stream| entries_at(&stream, &path))
            .map_or(0, |count| count - definitions.len().min(count));
        let edits: Vec<Edit> = if remaining == 0 {
            vec![Edit::Unset { path }]
        } else {
            let unset = |one: &&Moved<'_>| Edit::Unset {
                path: one.candidate.steps.clone(),
            };
            definitions.iter().map(unset).collect()
        };
        current = match document::apply(&current, &edits) {
            Ok(text) => text,
            Err(refusal) => return Err(who_is_in_the_way(&current, definitions, &refusal)),
        };
    }
    Ok(current)
}

/// The definitions that can't go even alone; all of them, if each of them could.
fn who_is_in_the_way(
    text: &str,
    definitions: &[&Moved<'_>],
    refusal: &document::Refusal,
) -> Refused {
    let mut refused = Refused::new();
    for one in definitions {
        let path = one.candidate.steps.clone();
        if let Err(refusal) = document::apply(text, &[Edit::Unset { path }]) {
            refused.insert(one.index, stays(&refusal));
        }
    }
    if refused.is_empty() {
        let all = definitions.iter().map(|one| (one.index, stays(refusal)));
        refused.extend(all);
    }
    refused
}

/// How many entries the map at a path has.
fn entries_at(stream: &Stream<'_>, path: &[Step]) -> Option<usize> {
    let mut node = *stream.documents.first()?;
    for step in path {
        node = match step {
            Step::Key(key) => stream.get(node, key)?,
            Step::Index(index) => *stream.items(node).get(*index)?,
        };
    }
    match &stream.node(node).content {
        Content::Mapping { entries, .. } => Some(entries.len()),
        Content::Scalar { .. } | Content::Sequence { .. } | Content::Alias(_) => None,
    }
}
