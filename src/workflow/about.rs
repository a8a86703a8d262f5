//! What a scan says about one id, sorted by what it means for a delete or a rename.

use std::path::Path;

use super::Report;
use crate::reference::{Certainty, Reference, Shadowed, Unverifiable};

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
            let path = path.as_path();
            for reference in scan.references.iter().filter(|one| one.concerns(id)) {
                match reference.certainty {
                    Certainty::Certain => about.certain.push((path, reference)),
                    Certainty::Possible => about.possible.push((path, reference)),
                }
            }
            let unverifiable = scan.unverifiable.iter().filter(|one| one.concerns(id));
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

impl About<'_> {
    /// Whether nothing uses the id, nor may use it.
    pub fn is_unused(&self) -> bool {
        self.certain.is_empty() && self.possible.is_empty() && self.unverifiable.is_empty()
    }
}
