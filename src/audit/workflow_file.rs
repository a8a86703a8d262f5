//! What is to be said about the connections that one workflow defines itself.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::Known;
use crate::check::{self, Outside, Surroundings};
use crate::connection::{ConnectionId, Finding, Severity};
use crate::definition::{self, Definition};
use crate::document::{Budget, Content, NodeId, Stream};
use crate::order;
use crate::project::Project;
use crate::reference::FileScan;

/// A workflow that is YAML.
pub struct WorkflowFile<'f, 't> {
    /// Its text.
    pub stream: &'f Stream<'t>,
    /// What the scan says about it.
    pub scan: &'f FileScan,
    /// What it is checked against.
    pub project: &'f Project,
}

impl WorkflowFile<'_, '_> {
    /// The findings, each with the id of the connection that it is about.
    pub(super) fn findings(
        &self,
        known: &Known<'_>,
        shown: &dyn Fn(&Path) -> String,
    ) -> Vec<(Option<String>, Finding)> {
        let mut found: Vec<(Option<String>, Finding)> = self
            .refused()
            .into_iter()
            .map(|finding| (None, finding))
            .collect();
        let environment = &self.project.options.environment;
        let surroundings = Surroundings {
            catalog: &self.project.catalog,
            is_set: &|name| environment.get(name).is_some(),
        };
        let keys: HashSet<&str> = self
            .stream
            .documents
            .iter()
            .flat_map(|root| self.stream.entries(*root))
            .filter_map(|entry| self.stream.scalar(entry.key))
            .collect();
        let outside = Outside {
            has_key: &|key| keys.contains(key),
        };
        let mut budget = Budget::for_bytes(self.stream.text.len());
        let mut earlier: HashMap<String, &str> = HashMap::new();
        for (own, value) in definitions(self.stream, self.scan) {
            let id = ConnectionId::new(&*own.id);
            let about = definition::findings_of_mapping(
                &id,
                (self.stream, value),
                &surroundings,
                &outside,
                &mut budget,
            );
            // The key is the id here, and no file's name.
            let about = about.into_iter().filter(|one| one.rule != "id-mismatch");
            found.extend(about.map(|finding| (Some(own.id.to_string()), finding)));
            let Ok(definition) =
                Definition::of_mapping(self.stream, value, &mut budget, &self.project.catalog)
            else {
                continue;
            };
            let Some(content) = definition.content() else {
                continue;
            };
            let again = |first: &str, place: &str| {
                Some(check::duplicate_definition(
                    Some(own.location),
                    first,
                    place,
                ))
            };
            let finding = match (known.by_content.get(&content), earlier.get(&content)) {
                (Some(entry), _) => again(
                    entry.id().as_str(),
                    &format!("`{}`", shown(&entry.file.path)),
                ),
                (None, _) if known.ids.contains(&*own.id) => {
                    Some(check::shadowed_definition(&own.id, own.location))
                }
                (None, Some(first)) if *first != &*own.id => again(first, "this file"),
                (None, Some(_) | None) => None,
            };
            found.extend(finding.map(|finding| (Some(own.id.to_string()), finding)));
            earlier.entry(content).or_insert(&own.id);
        }
        found
    }

    /// Why the loader refuses the file, by the rule that says it best.
    fn refused(&self) -> Option<Finding> {
        let problem = self.scan.refused.as_ref()?;
        let message = format!("Dynamiq's loader refuses the file: {}", problem.message);
        let mut finding = check::unverifiable_workflow(Severity::Error, problem.location, &message);
        let rule = if problem.message.starts_with("an interpolation") {
            "bad-interpolation"
        } else if self
            .stream
            .duplicate_key()
            .is_some_and(|key| self.stream.location(key) == problem.location)
        {
            "duplicate-key"
        } else {
            return Some(finding);
        };
        if let Some(rule) = check::find_rule(rule) {
            finding = rule.finding(
                Some(problem.location),
                message,
                Some(rule.advice.to_owned()),
            );
        }
        Some(finding)
    }
}

/// A workflow's own definitions that are maps, each with its map. A requirement is none: it is a use
/// of the store.
pub fn definitions<'f>(
    stream: &Stream<'_>,
    scan: &'f FileScan,
) -> Vec<(&'f crate::reference::Definition, NodeId)> {
    let place = |own: &&crate::reference::Definition| own.span.range().start;
    // What stands at one place more than once is taken as it was found last.
    let mut by_place: Vec<_> = scan.definitions.iter().rev().collect();
    order::sort_by_key(&mut by_place, place);
    by_place.dedup_by_key(|own| own.span.range().start);
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (_, node) in stream.nodes() {
        let Content::Mapping { entries, .. } = &node.content else {
            continue;
        };
        for entry in entries {
            let key = stream.node(entry.key).span.start;
            let Ok(found_at) = by_place.binary_search_by_key(&key, place) else {
                continue;
            };
            if !seen.insert(key) {
                continue;
            }
            let own = by_place[found_at];
            let value = stream.resolve(entry.value);
            let is_map = matches!(stream.node(value).content, Content::Mapping { .. });
            if is_map && stream.get(value, "$id").is_none() {
                found.push((own, entry.value));
            }
        }
    }
    found
}
