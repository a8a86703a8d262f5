//! The connection that an id on the command line means.

use super::failure::{failure, not_found};
use super::{Exit, shown};
use crate::catalog::{self, KindSpec};
use crate::connection::ConnectionId;
use crate::definition::Definition;
use crate::inventory::{Entry, Inventory};
use crate::project::Project;
use crate::store::{Listing, harmless, id_of_file};

/// The connections of the store.
pub fn inventory(project: &Project) -> anyhow::Result<Inventory> {
    Inventory::read(&project.store, &project.catalog, None)
}

/// The entry of that id without what the other files say, or exit 3 with the nearest ids. No other
/// file is read.
pub fn only(project: &Project, id: &str) -> anyhow::Result<Entry> {
    let listing = project.store.list()?;
    let file = match listing.of(&ConnectionId::new(id)) {
        Some(name) => project.store.look_at(name)?,
        None => None,
    };
    match file {
        Some(file) => Ok(Entry::new(file, &project.catalog)),
        None => Err(unknown_among(&listing, id)),
    }
}

/// What is said about an id that is not there.
pub fn unknown_id(project: &Project, id: &str) -> anyhow::Error {
    match project.store.list() {
        Ok(listing) => unknown_among(&listing, id),
        Err(error) => error,
    }
}

fn unknown_among(listing: &Listing, id: &str) -> anyhow::Error {
    let message = if listing.was_there() {
        format!("there is no connection `{}`", harmless(id.as_ref()))
    } else {
        format!(
            "there is no connection `{}`: the store does not exist",
            harmless(id.as_ref())
        )
    };
    let near = nearest_ids(listing, id);
    let near: Vec<&str> = near.iter().map(ConnectionId::as_str).collect();
    not_found(Exit::NotFound, message, &near)
}

/// The ids that may have been meant.
pub fn nearest_ids(listing: &Listing, id: &str) -> Vec<ConnectionId> {
    let ids: Vec<ConnectionId> = listing.all().into_iter().map(id_of_file).collect();
    let near = catalog::nearest(id, &ids, ConnectionId::as_str);
    near.into_iter().cloned().collect()
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
