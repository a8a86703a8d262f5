//! What an import may take out of a workflow: the definitions of its `connections:`, and the maps
//! that stand in the place of a reference.

use super::data::Data;
use super::{Source, extract, node_path};
use crate::connection::Location;
use crate::document::{Content, Entry, NodeId, Step, Stream};
use crate::reference::{FileScan, Options};

/// A definition, and what becomes of it if nothing is in the way.
pub(super) struct Candidate {
    /// The number of its workflow.
    pub(super) source: usize,
    /// What it is called where it stands; an inline map may have no name.
    pub(super) id: Option<String>,
    /// How it stands there.
    pub(super) form: Form,
    /// Its path, as `connections.openai`.
    pub(super) path: String,
    pub(super) steps: Vec<Step>,
    pub(super) location: Location,
    pub(super) data: Data,
    /// The text of its file, or why it is refused.
    pub(super) text: Result<String, String>,
}

/// How a definition stands in its workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Under `connections:`.
    Definition,
    /// In the place of a reference: `connection: {type: …}`.
    Inline,
}

impl Candidate {
    /// The path of the map whose `connections` string references here look in.
    pub(super) fn scope(&self) -> &[Step] {
        match self.form {
            Form::Definition => &self.steps[..self.steps.len().saturating_sub(2)],
            Form::Inline => &self.steps[..node_path::scope(&self.steps)],
        }
    }
}

/// The definitions of a workflow's `connections:`, the document's first.
pub(super) fn definitions(
    number: usize,
    source: &Source,
    stream: &Stream<'_>,
    scan: &FileScan,
) -> Vec<Candidate> {
    let mut found = Vec::new();
    for definition in &scan.definitions {
        let steps = node_path::steps(&definition.path());
        let entry =
            entry_at(stream, &steps).filter(|entry| stream.node(entry.key).span == definition.span);
        let (data, text) = match entry {
            None => (Data::Null, Err(ELSEWHERE.to_owned())),
            Some(entry) => match Data::of_node(stream, entry.value) {
                Ok(data) if is_requirement(&data) => continue,
                Ok(data) => {
                    let text = definition_text(stream, entry, &data);
                    (data, text)
                }
                Err(message) => (Data::Null, Err(message)),
            },
        };
        found.push(Candidate {
            source: number,
            id: Some(definition.id.to_string()),
            form: Form::Definition,
            path: definition.path(),
            steps,
            location: Location::of_offset(&source.text, definition.span.range().start),
            data,
            text,
        });
    }
    found
}

const ELSEWHERE: &str = "it comes in from elsewhere, by an alias, `<<` or an interpolation";

fn definition_text(stream: &Stream<'_>, entry: Entry, data: &Data) -> Result<String, String> {
    if stream.string(entry.key).is_none() {
        return Err("its key is no string, so that nothing can refer to it: quote it".to_owned());
    }
    if matches!(stream.node(entry.value).content, Content::Alias(_)) {
        return Err(ELSEWHERE.to_owned());
    }
    if !data.is_connection() {
        return Err("it is not a map with a `type`".to_owned());
    }
    extract::file_text(stream, entry)
}

/// `{$type: …, $id: …}`: no definition, but a use of the store.
pub(super) fn is_requirement(data: &Data) -> bool {
    ["$type", "$id"]
        .iter()
        .all(|key| data.get(key).is_some_and(|value| value.as_text().is_some()))
}

/// The entry that a path leads to, aliases and merges not followed.
fn entry_at(stream: &Stream<'_>, steps: &[Step]) -> Option<Entry> {
    let mut node = *stream.documents.first()?;
    let mut found = None;
    for step in steps {
        (node, found) = match (step, &stream.node(node).content) {
            (Step::Key(key), Content::Mapping { entries, .. }) => {
                let entry = *entries
                    .iter()
                    .find(|entry| stream.scalar(entry.key) == Some(key))?;
                (entry.value, Some(entry))
            }
            (Step::Index(index), Content::Sequence { items, .. }) => (*items.get(*index)?, None),
            (
                Step::Key(_) | Step::Index(_),
                Content::Mapping { .. }
                | Content::Sequence { .. }
                | Content::Scalar { .. }
                | Content::Alias(_),
            ) => return None,
        };
    }
    found
}

/// The maps in the place of references.
pub(super) fn inline(number: usize, stream: &Stream<'_>, options: &Options) -> Vec<Candidate> {
    let mut walk = Walk {
        number,
        stream,
        options,
        steps: Vec::new(),
        found: Vec::new(),
    };
    if let Some(root) = stream.documents.first() {
        walk.node(*root);
    }
    walk.found
}

struct Walk<'w, 't> {
    number: usize,
    stream: &'w Stream<'t>,
    options: &'w Options,
    steps: Vec<Step>,
    found: Vec<Candidate>,
}

impl Walk<'_, '_> {
    /// What stands behind an alias is seen where its anchor is.
    fn node(&mut self, node: NodeId) {
        match &self.stream.node(node).content {
            Content::Mapping { entries, .. } => {
                for entry in entries {
                    let Some(key) = self.stream.string(entry.key) else {
                        continue;
                    };
                    if crate::reference::RESERVED_KEYS.contains(&key) {
                        continue;
                    }
                    let is_reference = crate::reference::REFERENCE_KEYS.contains(&key)
                        || self.options.reference_keys.iter().any(|own| own == key);
                    self.steps.push(Step::from(key));
                    if is_reference && !node_path::is_in_definitions(&self.steps) {
                        self.reference(*entry);
                    }
                    self.node(entry.value);
                    self.steps.pop();
                }
            }
            Content::Sequence { items, .. } => {
                for (index, item) in items.iter().enumerate() {
                    self.steps.push(Step::from(index));
                    self.node(*item);
                    self.steps.pop();
                }
            }
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
    }

    fn reference(&mut self, entry: Entry) {
        if !matches!(
            self.stream.node(entry.value).content,
            Content::Mapping { .. }
        ) {
            return;
        }
        let Ok(data) = Data::of_node(self.stream, entry.value) else {
            return;
        };
        if !data.is_connection() || is_requirement(&data) {
            return;
        }
        let path = node_path::shown(&self.steps);
        self.found.push(Candidate {
            source: self.number,
            id: data.get("id").and_then(Data::as_text).map(str::to_owned),
            form: Form::Inline,
            path,
            steps: self.steps.clone(),
            location: self.stream.location(entry.key),
            text: extract::value_text(self.stream, entry.value, &data, None),
            data,
        });
    }
}
