//! A rename on disk: the connection's file and every workflow that names it, or none of them.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::access::Scope;
use super::journal::{JOURNAL_NAME, Journal, Step};
use super::load;
use super::lock::Locked;
use super::name::{folded_id, harmless};
use super::several::failed;
use super::together::{Checkpoint, Outcome, Together};
use super::write::{Contents, Place};
use super::{Access, Store};
use crate::connection::ConnectionId;
use crate::rename::{FileMove, Plan};

/// What a rename did: all that takes it back. `Debug` does not show what the files hold.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Renamed {
    /// The id that went.
    pub old: ConnectionId,
    /// The id that came.
    pub new: ConnectionId,
    /// The workflows that were rewritten.
    pub files: Vec<PathBuf>,
    steps: Vec<Step>,
}

impl fmt::Debug for Renamed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = self.files.len();
        write!(
            out,
            "Renamed({} to {}, {files} workflows)",
            self.old, self.new
        )
    }
}

impl Renamed {
    /// Whether this can be a rename of ours at all: it writes nothing but connections and what may
    /// be a workflow.
    pub fn is_sound(&self) -> bool {
        self.steps.iter().all(Step::is_ours)
    }
}

/// Why a change of several files did not happen: a rename, an import, what takes them back. Every
/// file is as it was, but where the message of [`RenameError::PutBackFailed`] says otherwise.
#[derive(Debug)]
pub enum RenameError {
    /// This file is not what it was when the change was planned.
    Changed(PathBuf),
    /// A connection file is in the way: its name.
    Exists(String),
    /// A file is never written here: which, and why.
    ReadOnly(PathBuf, String),
    /// The plan has blockers, or needs a yes that nobody said.
    Refused,
    /// Another Conndeck has been writing for longer than a write waits.
    Locked,
    /// The system failed; says what and where.
    Io(anyhow::Error),
    /// The system failed, and again when things were put back. The next start takes the rest
    /// back, or finds that all of it was done.
    PutBackFailed(anyhow::Error),
}

impl fmt::Display for RenameError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(path) => write!(
                out,
                "`{}` has changed since this was planned",
                harmless(path.as_os_str())
            ),
            Self::Exists(name) => write!(out, "`{name}` already exists"),
            Self::ReadOnly(path, reason) => write!(
                out,
                "`{}` can't be changed here: {reason}",
                harmless(path.as_os_str())
            ),
            Self::Refused => out.write_str("the rename has something in its way"),
            Self::Locked => out.write_str("another conndeck is writing to this directory"),
            Self::Io(error) => write!(out, "{error:#}"),
            Self::PutBackFailed(error) => write!(
                out,
                "{error:#}; not everything could be put back: the next start of conndeck ends this"
            ),
        }
    }
}

impl std::error::Error for RenameError {}

/// A change of several files that was cut short and that has been ended now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// What it was: ``the rename of `a` to `b` ``.
    pub what: String,
    /// Whether all of it had been done; otherwise it was taken back.
    pub is_complete: bool,
    /// Files that somebody has changed since, and that were left as they are.
    pub left: Vec<PathBuf>,
}

impl fmt::Display for Recovered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} was cut short: ", harmless(self.what.as_ref()))?;
        if self.is_complete {
            return out.write_str("it was done already");
        }
        match self.left.as_slice() {
            [] => out.write_str("everything is back as it was"),
            left => {
                out.write_str("it was taken back, but for files that have changed since:")?;
                for path in left {
                    write!(out, " `{}`", harmless(path.as_os_str()))?;
                }
                Ok(())
            }
        }
    }
}

impl Store {
    /// Does what a plan says, if every file is still what the plan was made of.
    pub fn rename(&self, plan: &Plan) -> Result<Renamed, RenameError> {
        self.rename_with(plan, &mut || Ok(()))
    }

    /// Takes a rename back, byte for byte, if nobody has changed one of its files since.
    pub fn undo_rename(&self, renamed: &Renamed) -> Result<(), RenameError> {
        self.undo_rename_with(renamed, &mut || Ok(()))
    }

    /// Ends a change of several files that was cut short by a kill or a power cut: takes it back, or finds it done.
    /// `None` if there is none, or if a running Conndeck is at it.
    pub fn recover(&self) -> Result<Option<Recovered>, RenameError> {
        if fs::symlink_metadata(self.dir.join(JOURNAL_NAME)).is_err() {
            return Ok(None);
        }
        match Locked::acquire(&self.dir, Duration::ZERO) {
            Ok(locked) => self.recover_locked(&locked, &mut || Ok(())),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(failed("lock", &self.dir, error)),
        }
    }

    /// Reads a workflow that a rename may rewrite, and says whether it may.
    pub fn read_workflow(&self, path: &Path) -> anyhow::Result<(Vec<u8>, Access)> {
        let read = || {
            let mut bytes = Vec::new();
            super::open_regular(path)?.read_to_end(&mut bytes)?;
            let scope = Scope::of(&self.dir)?;
            let access = match scope.inner_path(path) {
                Err(reason) => Access::ReadOnly(reason),
                Ok(inner) => {
                    let metadata = fs::metadata(path)?;
                    scope.access(&scope.join(&inner), false, &metadata)
                }
            };
            Ok((bytes, access))
        };
        read().map_err(|error: io::Error| {
            let shown = harmless(path.as_os_str());
            anyhow::Error::new(error).context(format!("can't read `{shown}`"))
        })
    }

    pub(super) fn rename_with(
        &self,
        plan: &Plan,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Renamed, RenameError> {
        let Some(connection) = plan
            .connection
            .as_ref()
            .filter(|_| plan.blockers.is_empty())
        else {
            return Err(RenameError::Refused);
        };
        let locked = self.lock_for_several()?;
        self.recover_locked(&locked, &mut || Ok(()))?;
        let scope = Scope::of(&self.dir).map_err(|error| failed("read", &self.dir, error))?;
        let mut steps = Vec::new();
        let (mut first, mut last) = self.connection_steps(&locked, &scope, connection)?;
        steps.append(&mut first);
        for change in &plan.files {
            steps.push(replace_step(
                &scope,
                &change.path,
                &change.old_text,
                &change.new_text,
            )?);
        }
        steps.append(&mut last);
        let what = what(&plan.old, &plan.new);
        let steps = self.perform(&locked, &scope, &what, steps, checkpoint)?;
        Ok(Renamed {
            old: plan.old.clone(),
            new: plan.new.clone(),
            files: plan.files.iter().map(|file| file.path.clone()).collect(),
            steps,
        })
    }

    pub(super) fn undo_rename_with(
        &self,
        renamed: &Renamed,
        checkpoint: Checkpoint<'_>,
    ) -> Result<(), RenameError> {
        let what = what(&renamed.new, &renamed.old);
        self.take_back(&renamed.steps, &what, checkpoint)
    }

    pub(super) fn recover_locked(
        &self,
        locked: &Locked,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Option<Recovered>, RenameError> {
        let note = self.dir.join(JOURNAL_NAME);
        let journal = match Journal::read(locked) {
            Ok(None) => return Ok(None),
            Ok(Some(journal)) => journal,
            Err(error) => return Err(failed("go by", &note, error)),
        };
        let scope = Scope::of(&self.dir).map_err(|error| failed("read", &self.dir, error))?;
        let mut together = Together {
            locked,
            scope: &scope,
            dir: &self.dir,
            checkpoint,
        };
        let (is_complete, left) = match together.finish(&journal) {
            Ok(Outcome::Complete) => (true, Vec::new()),
            Ok(Outcome::TakenBack(left)) => (false, left),
            Err((path, error)) => return Err(failed("put back", &path, error)),
        };
        Ok(Some(Recovered {
            what: journal.what,
            is_complete,
            left,
        }))
    }

    /// The steps for the connection's own file: those before the workflows' and those after.
    ///
    /// The new name comes first and the old one goes last, so that at every moment in between each
    /// reference leads to a connection. Names that differ in case only can't be there together
    /// everywhere: then the file moves, last.
    fn connection_steps(
        &self,
        locked: &Locked,
        scope: &Scope,
        connection: &FileMove,
    ) -> Result<(Vec<Step>, Vec<Step>), RenameError> {
        let FileMove {
            path,
            old_name,
            new_name,
            old_text,
            new_text,
        } = connection;
        self.refuse_taken_but(new_name, &[old_name])?;
        let changed = || RenameError::Changed(path.clone());
        let current = load::observe(&self.dir, old_name, scope, None).ok_or_else(changed)?;
        if let Access::ReadOnly(reason) = current.access {
            return Err(RenameError::ReadOnly(path.clone(), reason));
        }
        if current.content.as_deref() != Ok(&**old_text) {
            return Err(changed());
        }
        let old = Place::in_store(locked, old_name)
            .and_then(|place| place.contents())
            .map_err(|error| failed("read", path, error))?
            .ok_or_else(changed)?;
        let rewrites = old_text != new_text;
        let moves = folded_id(old_name) == folded_id(new_name);
        let mut first = Vec::new();
        // A link stays a link, and its target's text changes.
        if rewrites && matches!(old, Contents::Link(_)) {
            first.push(replace_step(scope, path, old_text, new_text)?);
        }
        let new = match &old {
            Contents::Link(_) => old.clone(),
            Contents::File { kept, .. } => Contents::File {
                bytes: new_text.as_bytes().to_owned(),
                kept: kept.clone(),
            },
        };
        if moves {
            let last = Step::Move {
                from: old_name.clone(),
                to: new_name.clone(),
                before: old,
                after: new,
            };
            return Ok((first, vec![last]));
        }
        first.push(Step::Create {
            name: new_name.clone(),
            contents: new,
        });
        let last = Step::Remove {
            name: old_name.clone(),
            contents: old,
        };
        Ok((first, vec![last]))
    }
}

fn what(old: &ConnectionId, new: &ConnectionId) -> String {
    format!("the rename of `{old}` to `{new}`")
}

pub(super) fn replace_step(
    scope: &Scope,
    path: &Path,
    before: &str,
    after: &str,
) -> Result<Step, RenameError> {
    let refused = |reason| RenameError::ReadOnly(path.to_owned(), reason);
    let inner = scope.inner_path(path).map_err(refused)?;
    let target = scope.join(&inner);
    let metadata = fs::metadata(&target).map_err(|_| RenameError::Changed(path.to_owned()))?;
    match scope.access(&target, false, &metadata) {
        Access::Writable => Ok(Step::Replace {
            path: inner.into(),
            before: before.to_owned(),
            after: after.to_owned(),
        }),
        Access::ReadOnly(reason) => Err(refused(reason)),
    }
}
