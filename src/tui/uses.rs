//! What uses a connection, from the index or a scan, ready to be shown.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::list::Used;
use super::text::harmless;
use crate::connection::{ConnectionId, Location};
use crate::reference::{Certainty, Form, Reference};
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
    files.sort();
    files.dedup();
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
                    let about = format!("{} → {} {}", one.reference.path, one.by_path, one.by);
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
        .reason
        .as_ref()
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
    /// By id: certain uses, and what may be one.
    counts: HashMap<String, Used>,
    /// Files by id, to look into only these.
    files: HashMap<String, Vec<PathBuf>>,
    /// Files that have something for ids that are not known by name.
    open_files: Vec<PathBuf>,
}

impl UseTable {
    /// Sorts the index by id.
    pub fn new(index: Arc<Index>) -> Self {
        let mut counts: HashMap<String, Used> = HashMap::new();
        let mut files: HashMap<String, Vec<PathBuf>> = HashMap::new();
        let mut open_files = Vec::new();
        for (path, scan) in &index.report.files {
            let mut is_open = false;
            let shadowed = scan.shadowed.iter().map(|one| (&one.reference, false));
            for (reference, counts_as_use) in scan
                .references
                .iter()
                .map(|one| (one, true))
                .chain(shadowed)
            {
                let Some(id) = reference.id() else {
                    is_open = true;
                    continue;
                };
                if counts_as_use {
                    let used = counts.entry(id.to_owned()).or_default();
                    match reference.certainty {
                        Certainty::Certain => used.certain += 1,
                        Certainty::Possible => used.uncertain += 1,
                    }
                }
                let paths = files.entry(id.to_owned()).or_default();
                if paths.last() != Some(path) {
                    paths.push(path.clone());
                }
            }
            if is_open || !scan.unverifiable.is_empty() {
                open_files.push(path.clone());
            }
        }
        Self {
            index,
            counts,
            files,
            open_files,
        }
    }

    /// The index itself.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// How often a connection is used.
    pub fn used(&self, id: &ConnectionId) -> Used {
        let mut used = self.counts.get(id.as_str()).copied().unwrap_or_default();
        for scan in self
            .open_files
            .iter()
            .filter_map(|path| self.index.report.files.get(path))
        {
            let open = |reference: &&Reference| {
                reference.id().is_none() && reference.concerns(id.as_str())
            };
            used.uncertain += scan.references.iter().filter(open).count();
            used.uncertain += scan
                .unverifiable
                .iter()
                .filter(|one| one.concerns(id.as_str()))
                .count();
        }
        used
    }

    /// Everything about one connection.
    pub fn uses(&self, id: &ConnectionId, base: &Path) -> Uses {
        let named = self.files.get(id.as_str()).into_iter().flatten();
        let mut paths: Vec<&PathBuf> = named.chain(&self.open_files).collect();
        paths.sort();
        paths.dedup();
        let files = paths
            .into_iter()
            .filter_map(|path| Some((path.clone(), self.index.report.files.get(path)?.clone())))
            .collect();
        let report = Report {
            files,
            ..Report::default()
        };
        Uses::of(&report, id.as_str(), base)
    }
}
