//! The connection that an id on the command line means.

use std::sync::Arc;

use super::failure::{failure, not_found};
use super::{Exit, shown};
use crate::catalog::{self, KindSpec};
use crate::connection::ConnectionId;
use crate::definition::Definition;
use crate::inventory::{Entry, Inventory};
use crate::project::Project;
use crate::store::harmless;

/// The connections of the store.
pub fn inventory(project: &Project) -> anyhow::Result<Inventory> {
    Inventory::read(&project.store, &project.catalog, None)
}

/// The entry of that id, or exit 3 with the nearest ids.
pub fn entry<'i>(inventory: &'i Inventory, id: &str) -> anyhow::Result<&'i Arc<Entry>> {
    inventory
        .get(&ConnectionId::new(id))
        .ok_or_else(|| unknown_id(inventory, id))
}

/// The entry of that id without what the other files say, or exit 3 with the nearest ids.
pub fn only(project: &Project, id: &str) -> anyhow::Result<Entry> {
    let snapshot = project.store.load(None)?;
    match snapshot.get(&ConnectionId::new(id)) {
        Some(file) => Ok(Entry::new(file.clone(), &project.catalog)),
        None => Err(unknown_id(&inventory(project)?, id)),
    }
}

/// What is said about an id that is not there.
pub fn unknown_id(inventory: &Inventory, id: &str) -> anyhow::Error {
    let message = if inventory.exists {
        format!("there is no connection `{}`", harmless(id.as_ref()))
    } else {
        format!(
            "there is no connection `{}`: the store does not exist",
            harmless(id.as_ref())
        )
    };
    not_found(Exit::NotFound, message, &nearest_ids(inventory, id))
}

/// The ids that may have been meant.
pub fn nearest_ids<'i>(inventory: &'i Inventory, id: &str) -> Vec<&'i str> {
    catalog::nearest(id, &inventory.entries, |entry| entry.id().as_str())
        .into_iter()
        .map(|entry| entry.id().as_str())
        .collect()
}

/// What a connection's file says, or exit 4 with the reason and its place.
pub fn definition(entry: &Entry, project: &Project) -> anyhow::Result<Definition> {
    if let Some(broken) = &entry.summary.broken {
        let place = broken
            .location
            .map(|place| format!(":{place}"))
            .unwrap_or_default();
        let message = format!(
            "{}{place}: {}",
            harmless(shown(&entry.file.path, project).as_ref()),
            harmless(broken.message.as_ref())
        );
        return Err(failure(Exit::Invalid, message));
    }
    entry.definition(&project.catalog).ok_or_else(|| {
        let file = shown(&entry.file.path, project);
        failure(
            Exit::Invalid,
            format!("{}: it can't be read", harmless(file.as_ref())),
        )
    })
}

/// The type of a connection, if it is known.
pub fn kind<'p>(definition: &Definition, project: &'p Project) -> Option<&'p KindSpec> {
    project.catalog.get(definition.type_path.as_deref()?)
}
