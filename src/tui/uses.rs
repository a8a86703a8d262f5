//! What uses a connection, from the index or a scan, ready to be shown.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::list::Used;
use super::text::harmless;
use crate::connection::{ConnectionId, Location};
use crate::order;
use crate::reference::{Certainty, FileScan, Form, Reference, Target};
use crate::workflow::{Index, Report};

/// What uses a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    /// Uses for sure.
    pub certain: Vec<UseLine>,
    /// Uses if a variable has a certain value.
    pub possible: Vec<UseLine>,
    /// What could not be verified.
    pub unverifiable: Vec<UseLine>,
    /// References that a file's own definition of the same id answers.
    pub shadowed: Vec<UseLine>,
}

/// A place that uses a connection, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseLine {
    /// The file, for the editor.
    pub file: PathBuf,
    /// The file, as it is shown.
    pub shown: String,
    /// Where in it.
    pub location: Location,
    /// The node path, or why it can't be decided.
    pub about: String,
}

impl UseLine {
    /// `workflows/support.yaml:14:19`
    pub fn place(&self) -> String {
        format!("{}:{}", harmless(&self.shown), self.location)
    }
}

/// In how many files the uses are.
pub fn files_of(lines: &[UseLine]) -> usize {
    let mut files: Vec<&PathBuf> = lines.iter().map(|line| &line.file).collect();
    order::sort_and_dedup(&mut files);
    files.len()
}

/// How a path is shown: relative to the directory the program runs in.
pub fn shown_path(path: &Path, base: &Path) -> String {
    path.strip_prefix(base)
        .unwrap_or(path)
        .display()
        .to_string()
}

impl Uses {
    /// What a scan says about one connection.
    pub fn of(report: &Report, id: &str, base: &Path) -> Self {
        let line = |path: &Path, location: Location, about: String| UseLine {
            file: path.to_owned(),
            shown: shown_path(path, base),
            location,
            about,
        };
        let found = report.about(id);
        let of_references = |references: &[(&Path, &Reference)]| {
            references
                .iter()
                .map(|(path, reference)| line(path, reference.location, about(reference)))
                .collect()
        };
        Self {
            certain: of_references(&found.certain),
            possible: of_references(&found.possible),
            unverifiable: found
                .unverifiable
                .iter()
                .map(|(path, one)| line(path, one.location, one.message.clone()))
                .collect(),
            shadowed: found
                .shadowed
                .iter()
                .map(|(path, one)| {
                    let about = format!("{} → line {}", one.reference.path, one.by.line);
                    line(path, one.reference.location, about)
                })
                .collect(),
        }
    }

    /// Whether a delete must not happen.
    pub fn block(&self) -> bool {
        !(self.certain.is_empty() && self.possible.is_empty() && self.unverifiable.is_empty())
    }
}

fn about(reference: &Reference) -> String {
    let reason = reference
        .doubt
        .reason()
        .map(|reason| format!("  ({reason})"));
    let form = match reference.form {
        Form::Interpolation => "  ${…}",
        Form::String | Form::List | Form::Requirement => "",
    };
    format!("{}{form}{}", reference.path, reason.unwrap_or_default())
}

/// The index with a table by id: the panel asks at every key.
#[derive(Debug)]
pub struct UseTable {
    index: Arc<Index>,
    /// Every file that says anything, in the order of the paths.
    files: Vec<(Arc<Path>, Arc<FileScan>)>,
    by_id: HashMap<Arc<str>, Named>,
    /// Files that have something for ids that are not known by name.
    open_files: Vec<u32>,
    definitions: usize,
}

/// What names one id.
#[derive(Debug, Default)]
struct Named {
    used: Used,
    /// Places in [`UseTable::files`], in order.
    files: Vec<u32>,
}

impl UseTable {
    /// Sorts the index by id.
    pub fn new(index: Arc<Index>) -> Self {
        let files: Vec<_> = index
            .report
            .files
            .iter()
            .map(|(path, scan)| (Arc::clone(path), Arc::clone(scan)))
            .collect();
        let mut by_id: HashMap<Arc<str>, Named> = HashMap::new();
        let mut open_files = Vec::new();
        for (place, (_, scan)) in (0..).zip(&files) {
            let mut is_open = !scan.unverifiable.is_empty();
            let shadowed = scan.shadowed.iter().map(|one| (&one.reference, false));
            let references = scan.references.iter().map(|one| (one, true));
            for (reference, counts_as_use) in references.chain(shadowed) {
                let Target::Id(id) = &reference.target else {
                    is_open = true;
                    continue;
                };
                let named = match by_id.get_mut(id) {
                    Some(named) => named,
                    None => by_id.entry(Arc::clone(id)).or_default(),
                };
                if named.files.last() != Some(&place) {
                    named.files.push(place);
                }
                if counts_as_use {
                    match reference.certainty {
                        Certainty::Certain => named.used.certain += 1,
                        Certainty::Possible => named.used.uncertain += 1,
                    }
                }
            }
            if is_open {
                open_files.push(place);
            }
        }
        let definitions = files.iter().map(|(_, scan)| scan.definitions.len());
        Self {
            definitions: definitions.sum(),
            index,
            files,
            by_id,
            open_files,
        }
    }

    /// How many connections the workflow files define themselves.
    pub fn definitions(&self) -> usize {
        self.definitions
    }

    /// The index itself.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// How often a connection is used.
    pub fn used(&self, id: &ConnectionId) -> Used {
        let id = id.as_str();
        let mut used = self
            .by_id
            .get(id)
            .map(|named| named.used)
            .unwrap_or_default();
        for place in &self.open_files {
            let scan = &self.files[*place as usize].1;
            let open = |reference: &&Reference| reference.id().is_none() && reference.concerns(id);
            used.uncertain += scan.references.iter().filter(open).count();
            used.uncertain += scan.unverifiable_for(id).count();
        }
        used
    }

    /// Everything about one connection.
    pub fn uses(&self, id: &ConnectionId, base: &Path) -> Uses {
        let named = self.by_id.get(id.as_str());
        let mut places: Vec<u32> = named.map(|named| named.files.clone()).unwrap_or_default();
        places.extend(&self.open_files);
        order::sort_and_dedup(&mut places);
        let report = Report {
            files: places
                .into_iter()
                .map(|place| self.files[place as usize].clone())
                .collect(),
            ..Report::default()
        };
        Uses::of(&report, id.as_str(), base)
    }
}
