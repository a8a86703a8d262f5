//! What the commands that take a workflow's FILE have in common: reading it, and saying what is
//! wrong.

use std::io;
use std::path::Path;

use super::output::complain;
use super::{Exit, shown};
use crate::bridge::{Trouble, TroubleKind};
use crate::project::{Project, Unread, WorkflowFile, read_workflow};
use crate::store::{SaveError, harmless};

/// Reads a workflow; an exit code if there is none to read, which has been said then.
pub fn read(path: &Path, project: &Project) -> Result<WorkflowFile, Exit> {
    let path = project.base.join(path);
    let name = shown(&path, project);
    read_workflow(&path, name.clone()).map_err(|unread| match unread {
        Unread::Io(error) => {
            complain(&format!(
                "conndeck: can't read `{}`: {error}",
                harmless(name.as_ref())
            ));
            if error.kind() == io::ErrorKind::NotFound {
                Exit::NotFound
            } else {
                Exit::System
            }
        }
        Unread::NoText(location, message) => {
            say_at(&name, Some(location), &message);
            Exit::Invalid
        }
    })
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
