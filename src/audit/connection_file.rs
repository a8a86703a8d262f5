//! What is to be said about a connection file by itself, and what others are compared with.

use crate::check::{self, Ignored};
use crate::connection::{Finding, Location};
use crate::definition::{self, Definition};
use crate::inventory::Entry;
use crate::project::Project;
use crate::store::harmless;

/// What a connection file says, as far as the other files are compared with it.
#[derive(Default)]
pub(super) struct Examined {
    /// All that makes it this connection, and where its type stands.
    pub(super) content: Option<(String, Option<Location>)>,
    /// What its comments turn off.
    pub(super) ignored: Ignored,
    /// What is to be said about it by itself.
    pub(super) findings: Vec<Finding>,
}

impl Examined {
    fn new(text: &str, definition: Option<&Definition>, findings: Vec<Finding>) -> Self {
        Self {
            content: definition.and_then(|own| Some((own.content()?, own.type_location))),
            ignored: Ignored::read(text),
            findings,
        }
    }

    /// A connection file without what is to be said about it.
    pub(super) fn compared(entry: &Entry, project: &Project) -> Self {
        let text = entry.file.text().unwrap_or_default();
        let definition = entry.definition(&project.catalog);
        Self::new(text, definition.as_ref(), Vec::new())
    }

    /// A connection file with all that is to be said about it by itself.
    pub(super) fn whole(entry: &Entry, project: &Project) -> Self {
        let Some(text) = entry.file.text() else {
            let broken = entry.summary.broken.as_ref();
            let finding = broken.map(|broken| check::unreadable(broken.location, &broken.message));
            return Self {
                findings: finding.into_iter().collect(),
                ..Self::default()
            };
        };
        let environment = &project.options.environment;
        let is_set = |name: &str| environment.get(name).is_some();
        let (definition, mut findings) =
            match definition::examine(entry.id(), text, &project.catalog, &is_set) {
                Ok((definition, findings)) => (Some(definition), findings),
                Err(finding) => (None, vec![finding]),
            };
        for clash in &entry.file.clashes {
            findings.push(check::id_case_clash(&harmless(clash.as_ref())));
        }
        Self::new(text, definition.as_ref(), findings)
    }
}
