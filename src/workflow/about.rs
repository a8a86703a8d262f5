//! What a scan says about one id, sorted by what it means for a delete or a rename.

use std::collections::HashSet;
use std::path::Path;

use super::Report;
use crate::reference::{Certainty, FileScan, Reference, Shadowed, Unverifiable};

/// What a scan says about one id, each with its file, in the order of the files.
#[derive(Debug, Clone, Default)]
pub struct About<'r> {
    /// Uses for sure.
    pub certain: Vec<(&'r Path, &'r Reference)>,
    /// Uses if a variable has a certain value.
    pub possible: Vec<(&'r Path, &'r Reference)>,
    /// What could not be verified.
    pub unverifiable: Vec<(&'r Path, &'r Unverifiable)>,
    /// References that a file's own definition answers: no uses.
    pub shadowed: Vec<(&'r Path, &'r Shadowed)>,
}

impl Report {
    /// What the scan says about `id`.
    pub fn about(&self, id: &str) -> About<'_> {
        let mut about = About::default();
        for (path, scan) in &self.files {
            let path = &**path;
            for reference in scan.references.iter().filter(|one| one.concerns(id)) {
                match reference.certainty {
                    Certainty::Certain => about.certain.push((path, reference)),
                    Certainty::Possible => about.possible.push((path, reference)),
                }
            }
            let unverifiable = scan.unverifiable_for(id);
            about
                .unverifiable
                .extend(unverifiable.map(|one| (path, one)));
            let shadowed = scan.shadowed.iter();
            let shadowed = shadowed.filter(|one| one.reference.concerns(id));
            about.shadowed.extend(shadowed.map(|one| (path, one)));
        }
        about
    }
}

/// Which ids nothing uses, for many ids at once.
#[derive(Debug)]
pub struct Unused<'r> {
    named: HashSet<&'r str>,
    /// Files that have something for ids that are not known by name.
    open: Vec<&'r FileScan>,
}

impl<'r> Unused<'r> {
    /// Sorts what a scan says.
    pub fn of(report: &'r Report) -> Self {
        let scans = report.files.values().map(|scan| &**scan);
        let is_open = |scan: &&FileScan| {
            !scan.unverifiable.is_empty() || scan.references.iter().any(|one| one.id().is_none())
        };
        Self {
            named: report
                .references()
                .filter_map(|(_, one)| one.id())
                .collect(),
            open: scans.filter(is_open).collect(),
        }
    }

    /// Whether nothing uses `id`, nor may use it: [`About::is_unused`].
    pub fn contains(&self, id: &str) -> bool {
        let may_use = |scan: &&FileScan| {
            let mut references = scan.references.iter();
            references.any(|one| one.concerns(id)) || scan.unverifiable_for(id).next().is_some()
        };
        !self.named.contains(id) && !self.open.iter().any(may_use)
    }
}

impl About<'_> {
    /// Whether nothing uses the id, nor may use it.
    pub fn is_unused(&self) -> bool {
        self.certain.is_empty() && self.possible.is_empty() && self.unverifiable.is_empty()
    }
}
