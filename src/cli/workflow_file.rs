//! What the commands that take a workflow's FILE have in common: reading it and the store, and
//! saying what is wrong.

use std::io;
use std::path::Path;

use super::output::complain;
use super::{Exit, shown};
use crate::bridge::{Connections, Source, Trouble, TroubleKind};
use crate::inventory::Inventory;
use crate::project::Project;
use crate::reference;
use crate::store::{Outside, SaveError, harmless};

/// A workflow as it is on disk, and its text.
pub struct WorkflowFile {
    pub file: Outside,
    pub source: Source,
}

/// Reads a workflow; an exit code if there is none to read, which has been said then.
pub fn read(path: &Path, project: &Project) -> Result<WorkflowFile, Exit> {
    let name = shown(&project.base.join(path), project);
    let file = Outside::read(&project.base.join(path)).map_err(|error| {
        complain(&format!(
            "conndeck: can't read `{}`: {error}",
            harmless(name.as_ref())
        ));
        if error.kind() == io::ErrorKind::NotFound {
            Exit::NotFound
        } else {
            Exit::System
        }
    })?;
    match reference::decode(&file.bytes) {
        Ok((text, encoding)) => {
            let text = text.into_owned();
            Ok(WorkflowFile {
                file,
                source: Source {
                    name,
                    text,
                    encoding,
                },
            })
        }
        Err(problem) => {
            say_at(&name, Some(problem.location), &problem.message);
            Err(Exit::Invalid)
        }
    }
}

/// The connections of the store.
pub fn connections(project: &Project) -> anyhow::Result<Connections> {
    let inventory = Inventory::read(&project.store, &project.catalog, None)?;
    let mut connections = Connections::default();
    for entry in &inventory.entries {
        let text = match (&entry.summary.broken, entry.file.text()) {
            (None, Some(text)) => Ok(text.to_owned()),
            (Some(broken), _) => Err(broken.message.clone()),
            (None, None) => Err("it can't be read".to_owned()),
        };
        connections.insert(entry.id().as_str(), text);
    }
    Ok(connections)
}

/// Says every trouble on stderr; the exit code that the worst one means.
pub fn say_troubles(name: &str, troubles: &[Trouble]) -> Exit {
    for trouble in troubles {
        say_at(name, trouble.location, &trouble.message);
    }
    match troubles.iter().map(|trouble| trouble.kind).max() {
        None | Some(TroubleKind::Note) => Exit::Fine,
        Some(TroubleKind::Unanswered) => Exit::BadNews,
        Some(TroubleKind::Invalid) => Exit::Invalid,
    }
}

/// Says why a write did not happen; the exit code that it means.
pub fn say_save_error(what: &str, error: &SaveError) -> Exit {
    complain(&format!("conndeck: {}: {error}", harmless(what.as_ref())));
    match error {
        SaveError::ChangedOnDisk { .. }
        | SaveError::Vanished
        | SaveError::Exists(_)
        | SaveError::Locked => Exit::Conflict,
        SaveError::InvalidId(_) => Exit::BadNews,
        SaveError::ReadOnly(_) | SaveError::Io(_) | SaveError::Unconfirmed(_) => Exit::System,
    }
}

/// `file:line:column: message` on stderr.
pub fn say_at(name: &str, location: Option<crate::connection::Location>, message: &str) {
    let place = location.map_or_else(|| name.to_owned(), |location| format!("{name}:{location}"));
    complain(&format!(
        "{}: {}",
        harmless(place.as_ref()),
        harmless(message.as_ref())
    ));
}
