//! Completion of ids: what the shell asks while somebody types.

use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use super::find;

/// Completes an argument with the ids of the store.
pub fn ids() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        // Nobody can be told about an error here: without a store there is nothing to propose.
        let Ok(inventory) =
            super::project_of_typed_words().and_then(|project| find::inventory(&project))
        else {
            return Vec::new();
        };
        inventory
            .entries
            .iter()
            .map(|entry| {
                CompletionCandidate::new(entry.id().as_str())
                    .help(Some(entry.summary.name.clone().into()))
            })
            .collect()
    })
}

/// Completes an argument with the short names of the types.
pub fn types() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let catalog = super::project_of_typed_words().map_or_else(
            |_| crate::catalog::Catalog::built_in(),
            |found| found.catalog,
        );
        catalog
            .kinds()
            .iter()
            .map(|kind| {
                CompletionCandidate::new(kind.short_name()).help(Some(kind.label.clone().into()))
            })
            .collect()
    })
}
