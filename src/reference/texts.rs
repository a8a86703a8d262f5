//! What is found in a file, in the least memory: an index has that of all files for long.

use std::collections::HashSet;
use std::sync::Arc;

use super::{FileScan, Target};

/// Ids that come again from file to file, each kept once.
#[derive(Debug, Default)]
pub struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn share(&mut self, text: &mut Arc<str>) {
        match self.0.get(text) {
            Some(known) => *text = Arc::clone(known),
            None => _ = self.0.insert(Arc::clone(text)),
        }
    }

    /// Lets the scan have its ids from here, and no room for more than it has found.
    pub fn share_with(&mut self, scan: &mut FileScan) {
        scan.references.shrink_to_fit();
        scan.shadowed.shrink_to_fit();
        scan.definitions.shrink_to_fit();
        let shadowed = scan.shadowed.iter_mut().map(|one| &mut one.reference);
        for reference in scan.references.iter_mut().chain(shadowed) {
            match &mut reference.target {
                Target::Id(id) => self.share(id),
                Target::Matching(_) => {}
            }
        }
        for definition in &mut scan.definitions {
            self.share(&mut definition.id);
        }
    }
}
