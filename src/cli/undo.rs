//! `conndeck undo`: takes back the last save, delete, rename, creation or import.

use std::fmt::Write as _;
use std::time::SystemTime;

use clap::Args;
use serde::Serialize;

use super::failure::{failure, failure_with};
use super::output::{self, Manner};
use super::{Exit, in_silence};
use crate::connection::ConnectionId;
use crate::history::{self, Absent, Done, Entry, Summary, UndoError};
use crate::project::Project;
use crate::store::SaveError;

/// Take back the last save, delete, rename, creation or import.
///
/// Also what was done in the interface or in an earlier session: the last 50, for 30 days. Files come
/// back byte for byte. What somebody has changed since is never overwritten.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck undo --list\n  conndeck undo\n  conndeck undo --forget            the last one can't be taken back: go on with the one before"
)]
pub struct Undo {
    /// Print what can be taken back, the last one first
    #[arg(long)]
    list: bool,
    /// One JSON document
    #[arg(long, requires = "list")]
    json: bool,
    /// Let the last one go without taking it back
    #[arg(long, conflicts_with = "list")]
    forget: bool,
}

#[derive(Debug, Serialize)]
struct Listed<'e> {
    version: u32,
    entries: Vec<Row<'e>>,
}

#[derive(Debug, Serialize)]
struct Row<'e> {
    what: &'static str,
    ids: Vec<&'e str>,
    new_id: Option<&'e str>,
    /// Seconds since 1970.
    at: u64,
}

impl Undo {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        let listed = history::list(project);
        for warning in &listed.warnings {
            manner.say(&format!("conndeck: {warning}"));
        }
        if self.list {
            return self.print(&listed.entries);
        }
        let Some(entry) = listed.entries.first() else {
            return Err(nothing(project));
        };
        let name = format!("undo: {}, {}", entry.summary, entry.ago());
        if self.forget {
            history::forget(entry)?;
            manner.say(&format!("forgotten: {}", entry.summary));
            return Ok(Exit::Fine);
        }
        match in_silence(|follow| history::undo(project, entry, follow)) {
            Ok(undone) => {
                let already = if undone.was_so_already {
                    ": it was so already"
                } else {
                    ""
                };
                manner.say(&format!("{name}{already}"));
                Ok(Exit::Fine)
            }
            Err(error) => Err(refused(&name, error)),
        }
    }

    fn print(&self, entries: &[Entry]) -> anyhow::Result<Exit> {
        if self.json {
            output::print_json(&Listed {
                version: 1,
                entries: entries.iter().map(Row::new).collect(),
            })?;
        } else {
            let mut out = String::new();
            for entry in entries {
                let _ = writeln!(out, "{}, {}", entry.summary, entry.ago());
            }
            output::print(&out)?;
        }
        Ok(Exit::Fine)
    }
}

/// Notes what was done, so that it can be taken back. That this fails is worth a word, no more.
pub(crate) fn note(project: &Project, done: Done, manner: Manner) {
    if let Some(warning) = history::record(project, done).warning {
        manner.say(&format!("conndeck: {warning}"));
    }
}

/// Notes what was done although the write says that it failed.
pub(crate) fn note_unconfirmed(project: &Project, error: &SaveError, manner: Manner) {
    if let Some(done) = Done::of_unconfirmed(error) {
        note(project, done, manner);
    }
}

pub fn nothing(project: &Project) -> anyhow::Error {
    let message = "there is nothing to take back";
    match history::directory(project) {
        Ok(_) => failure(Exit::NotFound, message),
        Err(Absent::TurnedOff) => failure_with(
            Exit::NotFound,
            message,
            "the undo history is turned off: `undo_history` in conndeck.yaml, or CONNDECK_UNDO_HISTORY",
        ),
        Err(Absent::NoDirectory) => failure_with(
            Exit::NotFound,
            message,
            "neither XDG_STATE_HOME nor HOME says where the undo history is",
        ),
    }
}

pub fn refused(name: &str, error: UndoError) -> anyhow::Error {
    let message = format!("{name}: {error}");
    match error {
        UndoError::Changed(_) => failure_with(
            Exit::Conflict,
            message,
            "nothing was touched; put that right and try again, or `conndeck undo --forget` lets this one go",
        ),
        UndoError::InUse(_) => failure_with(
            Exit::BadNews,
            message,
            "nothing was touched; `conndeck refs` shows every use, `conndeck undo --forget` lets this one go",
        ),
        UndoError::Gone | UndoError::NotTheLast => {
            failure_with(Exit::Conflict, message, "nothing was touched; try again")
        }
        UndoError::Locked => failure(Exit::Conflict, message),
        UndoError::Io(error) => error.context(name.to_owned()),
    }
}

impl<'e> Row<'e> {
    fn new(entry: &'e Entry) -> Self {
        let (what, ids, new_id) = match &entry.summary {
            Summary::Created(id) => ("create", vec![id.as_str()], None),
            Summary::Saved(id) => ("save", vec![id.as_str()], None),
            Summary::Deleted(ids) => (
                "delete",
                ids.iter().map(ConnectionId::as_str).collect(),
                None,
            ),
            Summary::Renamed(old, new) => ("rename", vec![old.as_str()], Some(new.as_str())),
            Summary::Imported { ids, .. } => (
                "import",
                ids.iter().map(ConnectionId::as_str).collect(),
                None,
            ),
            Summary::Tagged(ids) => ("tag", ids.iter().map(ConnectionId::as_str).collect(), None),
        };
        let at = entry.at.duration_since(SystemTime::UNIX_EPOCH);
        Self {
            what,
            ids,
            new_id,
            at: at.unwrap_or_default().as_secs(),
        }
    }
}
