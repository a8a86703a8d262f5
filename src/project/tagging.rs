//! Other tags for connections of a project: all of them, or none.

use std::path::PathBuf;

use super::Project;
use crate::definition::tags::{Retag, retagged};
use crate::store::{RenameError, Rewritten, StoreFile};

/// Why no tags were changed. Every file is as it was.
#[derive(Debug)]
pub enum TagError {
    /// The tags of these files can't be changed here: which, and why.
    Refused(Vec<(PathBuf, String)>),
    /// A file has changed meanwhile, or the system failed.
    Store(RenameError),
}

/// Changes the tags of these files where they are not so already, if each is on disk what it says.
/// `None` if all were so already.
///
/// # Errors
/// Names the files that can't be changed; nothing is written then.
pub fn tag(
    project: &Project,
    files: &[StoreFile],
    retag: &Retag,
) -> Result<Option<Rewritten>, TagError> {
    let mut texts = Vec::new();
    let mut refused = Vec::new();
    for file in files {
        let result = match &file.content {
            Ok(text) => retagged(text, &project.catalog, retag),
            Err(reason) => Err(reason.to_string()),
        };
        match result {
            Ok(Some(text)) => texts.push((file, text)),
            Ok(None) => {}
            Err(reason) => refused.push((file.path.clone(), reason)),
        }
    }
    if !refused.is_empty() {
        return Err(TagError::Refused(refused));
    }
    if texts.is_empty() {
        return Ok(None);
    }
    let pairs = texts.iter().map(|(file, text)| (*file, text.as_str()));
    let pairs: Vec<(&StoreFile, &str)> = pairs.collect();
    let rewritten = project.store.rewrite_all(&pairs, "a change of tags");
    rewritten.map(Some).map_err(TagError::Store)
}
