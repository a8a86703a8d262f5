//! One deed with all that takes it back byte for byte, and its name for people.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::connection::ConnectionId;
use crate::store::{
    Deed, Deleted, Imported, Renamed, Rewritten, SaveError, StoreFile, harmless,
    is_connection_file_name,
};

/// What was done. `Debug` does not show what the files hold.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    /// A connection was created.
    Created {
        /// Its id.
        id: ConnectionId,
        /// The file's name in the store.
        file_name: OsString,
        /// What was written.
        text: String,
    },
    /// A connection's text was replaced.
    Saved {
        /// Its id.
        id: ConnectionId,
        /// The file's name in the store.
        file_name: OsString,
        /// What was there.
        old: String,
        /// What was written.
        new: String,
    },
    /// Connections were deleted together.
    Deleted(Vec<Deleted>),
    /// A connection got another id.
    Renamed(Renamed),
    /// Definitions of workflows became connections.
    Imported(Imported),
    /// Connections got other tags together.
    Tagged(Rewritten),
}

/// The name of a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Summary {
    /// A connection was created.
    Created(ConnectionId),
    /// A connection was changed.
    Saved(ConnectionId),
    /// Connections were deleted.
    Deleted(Vec<ConnectionId>),
    /// The first id became the second.
    Renamed(ConnectionId, ConnectionId),
    /// Connections were created from the definitions of workflows.
    Imported {
        /// The connections that are new.
        ids: Vec<ConnectionId>,
        /// The workflows, as a person named them.
        sources: Vec<String>,
    },
    /// Connections got other tags.
    Tagged(Vec<ConnectionId>),
}

impl fmt::Debug for Done {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Done({})", self.summary())
    }
}

impl fmt::Display for Summary {
    /// ``delete `pg-prod` ``
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |id: &ConnectionId| format!("`{}`", harmless(id.as_str().as_ref()));
        match self {
            Self::Created(id) => write!(out, "create {}", name(id)),
            Self::Saved(id) => write!(out, "save {}", name(id)),
            Self::Deleted(ids) => {
                let names: Vec<String> = ids.iter().map(name).collect();
                write!(out, "delete {}", names.join(", "))
            }
            Self::Tagged(ids) => match ids.as_slice() {
                [id] => write!(out, "tag {}", name(id)),
                ids => write!(out, "tag {} connections", ids.len()),
            },
            Self::Renamed(old, new) => write!(out, "rename {} to {}", name(old), name(new)),
            Self::Imported { ids, sources } => {
                match ids.as_slice() {
                    [] => out.write_str("import no new connection")?,
                    [id] => write!(out, "import {}", name(id))?,
                    ids => write!(out, "import {} connections", ids.len())?,
                }
                if let Some(first) = sources.first() {
                    write!(out, " from `{}`", harmless(first.as_ref()))?;
                }
                match sources.len() {
                    0 | 1 => Ok(()),
                    several => write!(out, " and {} more", several - 1),
                }
            }
        }
    }
}

impl Done {
    /// What [`Store::create`](crate::store::Store::create) has written.
    pub fn created(file: &StoreFile) -> Self {
        Self::Created {
            id: file.id.clone(),
            file_name: file.file_name.clone(),
            text: file.text().unwrap_or_default().to_owned(),
        }
    }

    /// What [`Store::replace`](crate::store::Store::replace) has written over `old`.
    pub fn saved(file: &StoreFile, old: &str) -> Self {
        Self::Saved {
            id: file.id.clone(),
            file_name: file.file_name.clone(),
            old: old.to_owned(),
            new: file.text().unwrap_or_default().to_owned(),
        }
    }

    /// What was done although the write says that it failed: only the disk does not confirm it.
    pub fn of_unconfirmed(error: &SaveError) -> Option<Self> {
        let SaveError::Unconfirmed(unconfirmed) = error else {
            return None;
        };
        match &unconfirmed.deed {
            Deed::Created(file) => Some(Self::created(file)),
            Deed::Saved(saved) => Some(Self::saved(&saved.file, saved.replaced.as_deref()?)),
            Deed::Deleted(deleted) => Some(Self::Deleted(vec![deleted.clone()])),
        }
    }

    /// Its name.
    pub fn summary(&self) -> Summary {
        match self {
            Self::Created { id, .. } => Summary::Created(id.clone()),
            Self::Saved { id, .. } => Summary::Saved(id.clone()),
            Self::Deleted(all) => {
                Summary::Deleted(all.iter().map(|deleted| deleted.id.clone()).collect())
            }
            Self::Tagged(tagged) => Summary::Tagged(tagged.ids.clone()),
            Self::Renamed(renamed) => Summary::Renamed(renamed.old.clone(), renamed.new.clone()),
            Self::Imported(imported) => Summary::Imported {
                ids: imported.ids.clone(),
                sources: imported.sources.clone(),
            },
        }
    }

    /// Whether this can be a deed of ours at all: it names nothing but files of the store.
    pub(super) fn is_sound(&self) -> bool {
        let is_name = |name: &OsString| {
            is_connection_file_name(name) && Path::new(name).file_name() == Some(name)
        };
        match self {
            Self::Created { file_name, .. } | Self::Saved { file_name, .. } => is_name(file_name),
            Self::Deleted(all) => all.iter().all(|deleted| is_name(&deleted.file_name)),
            Self::Renamed(renamed) => renamed.is_sound(),
            Self::Imported(imported) => imported.is_sound(),
            Self::Tagged(tagged) => tagged.is_sound(),
        }
    }
}
