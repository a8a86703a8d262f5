//! Several files that change at once: what a rename shares with an import, with a delete of more
//! than one connection, and with new texts for several.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::access::{Access, Scope, file_access, is_below_git};
use super::error::{Deleted, SaveError};
use super::journal::{Journal, Step};
use super::kept::Kept;
use super::load::{self, StoreFile};
use super::lock::Locked;
use super::name::{folded_id, harmless};
use super::outside::Outside;
use super::rename::replace_step;
use super::together::{Checkpoint, Failure, Together};
use super::write::Contents;
use super::{RenameError, Store, changed, check_size};
use crate::connection::ConnectionId;

/// What an import did: all that takes it back. `Debug` does not show what the files hold.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Imported {
    /// The connections that were created.
    pub ids: Vec<ConnectionId>,
    /// The workflows that their definitions came from, as a person named them.
    pub sources: Vec<String>,
    /// The workflows that were rewritten.
    pub files: Vec<PathBuf>,
    steps: Vec<Step>,
}

/// What new texts for several connections have replaced: all that takes them back. `Debug` does not
/// show what the files hold.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rewritten {
    /// The connections that were changed.
    pub ids: Vec<ConnectionId>,
    steps: Vec<Step>,
}

/// A workflow that gets another text.
#[derive(Debug)]
pub struct Rewrite<'f> {
    /// The file as it was read.
    pub file: &'f Outside,
    /// The text that comes.
    pub text: &'f str,
}

impl fmt::Debug for Imported {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (created, rewritten) = (self.ids.len(), self.files.len());
        write!(
            out,
            "Imported({created} connections, {rewritten} workflows)"
        )
    }
}

impl fmt::Debug for Rewritten {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Rewritten({} connections)", self.ids.len())
    }
}

impl Rewritten {
    /// Whether this can be a change of ours at all.
    pub fn is_sound(&self) -> bool {
        self.steps.iter().all(Step::is_ours)
    }
}

impl Imported {
    /// Whether this can be an import of ours at all: it writes nothing but connections and what may
    /// be a workflow.
    pub fn is_sound(&self) -> bool {
        self.steps.iter().all(Step::is_ours)
    }

    /// Whether anything was written.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl Store {
    /// Creates connections and rewrites workflows, if each of them still holds what was read: all
    /// of it, or nothing.
    pub fn import(
        &self,
        create: &[(ConnectionId, &str)],
        rewrite: &[Rewrite<'_>],
        sources: Vec<String>,
    ) -> Result<Imported, RenameError> {
        let mut imported = Imported {
            ids: create.iter().map(|(id, _)| id.clone()).collect(),
            sources,
            files: Vec::new(),
            steps: Vec::new(),
        };
        if create.is_empty() && rewrite.is_empty() {
            return Ok(imported);
        }
        let locked = self.lock_for_several()?;
        self.recover_locked(&locked, &mut || Ok(()))?;
        let scope = Scope::of(&self.dir).map_err(|error| failed("read", &self.dir, error))?;
        let mut steps = Vec::new();
        for (id, text) in create {
            let name = OsString::from(format!("{id}.yaml"));
            let refused = |reason: String| RenameError::ReadOnly(self.dir.join(&name), reason);
            ConnectionId::check_new(id.as_str()).map_err(|reason| refused(reason.to_owned()))?;
            check_size(text).map_err(|error| refused(error.to_string()))?;
            self.refuse_taken_but(&name, &[])?;
            steps.push(Step::Create {
                name,
                contents: Contents::File {
                    bytes: text.as_bytes().to_owned(),
                    kept: Kept::new_file(),
                },
            });
        }
        for Rewrite { file, text } in rewrite {
            let step = named_step(&scope, file, text)?;
            // The same file can be named twice.
            if !steps.contains(&step) {
                steps.push(step);
                imported.files.push(file.path.clone());
            }
        }
        let what = format!("the import of {}", names(&imported.ids));
        imported.steps = self.perform(&locked, &scope, &what, steps, &mut || Ok(()))?;
        Ok(imported)
    }

    /// Takes an import back, byte for byte, if nobody has changed one of its files since.
    pub fn undo_import(&self, imported: &Imported) -> Result<(), RenameError> {
        let what = format!("taking back the import of {}", names(&imported.ids));
        self.take_back(&imported.steps, &what, &mut || Ok(()))
    }

    /// Gives connections other texts, if each is on disk what it says: all of them, or none. `what`
    /// names the change for people, as "the tags of several connections".
    ///
    /// # Errors
    /// Names the file that has changed, or may not be written. Nothing has changed then.
    pub fn rewrite_all(
        &self,
        texts: &[(&StoreFile, &str)],
        what: &str,
    ) -> Result<Rewritten, RenameError> {
        let locked = self.lock_for_several()?;
        self.recover_locked(&locked, &mut || Ok(()))?;
        let scope = Scope::of(&self.dir).map_err(|error| failed("read", &self.dir, error))?;
        let mut steps = Vec::new();
        let mut targets = HashSet::new();
        for (file, after) in texts {
            let refused = |reason| RenameError::ReadOnly(file.path.clone(), reason);
            if let Access::ReadOnly(reason) = &file.access {
                return Err(refused(reason.clone()));
            }
            check_size(after).map_err(|error| refused(error.to_string()))?;
            let current = load::observe(&self.dir, &file.file_name, &scope, None);
            let before = current.as_ref().and_then(StoreFile::text);
            if before.is_none() || before != file.text() {
                return Err(RenameError::Changed(file.path.clone()));
            }
            let step = replace_step(&scope, &file.path, before.unwrap_or_default(), after)?;
            // Two links can lead to the same file.
            if let Step::Replace { path, .. } = &step
                && targets.insert(path.clone())
            {
                steps.push(step);
            }
        }
        Ok(Rewritten {
            ids: texts.iter().map(|(file, _)| file.id.clone()).collect(),
            steps: self.perform(&locked, &scope, what, steps, &mut || Ok(()))?,
        })
    }

    /// Takes new texts for several connections back, byte for byte, if nobody has changed one of
    /// the files since.
    pub fn undo_rewrite(&self, rewritten: &Rewritten) -> Result<(), RenameError> {
        let what = format!("taking back the change of {}", names(&rewritten.ids));
        self.take_back(&rewritten.steps, &what, &mut || Ok(()))
    }

    /// Removes files, if each is on disk what it says: all of them, or none.
    ///
    /// # Errors
    /// Which of them it was, by its place in `files`, and why.
    pub fn delete_all(&self, files: &[StoreFile]) -> Result<Vec<Deleted>, (usize, SaveError)> {
        if let [file] = files {
            return self
                .delete(file)
                .map(|deleted| vec![deleted])
                .map_err(|error| (0, error));
        }
        let in_general = |error| (0, error);
        let locked = self.lock_to_change().map_err(in_general)?;
        self.recover_locked(&locked, &mut || Ok(()))
            .map_err(|error| in_general(SaveError::Io(error.into())))?;
        let scope =
            Scope::of(&self.dir).map_err(|error| in_general(self.failed("read", ".", error)))?;
        let mut all = Vec::new();
        let mut steps = Vec::new();
        for (place, file) in files.iter().enumerate() {
            let (current, _, contents) = self
                .to_delete(&locked, file)
                .map_err(|error| (place, error))?;
            steps.push(Step::Remove {
                name: current.file_name.clone(),
                contents: contents.clone(),
            });
            all.push(current.deleted(contents));
        }
        let ids: Vec<ConnectionId> = all.iter().map(|deleted| deleted.id.clone()).collect();
        let what = format!("the deletion of {}", names(&ids));
        match self.perform(&locked, &scope, &what, steps, &mut || Ok(())) {
            Ok(_) => Ok(all),
            Err(RenameError::Changed(path)) => {
                let place = files.iter().position(|file| file.path == path);
                let place = place.unwrap_or_default();
                let error = self
                    .current(&files[place])
                    .map_or_else(|error| error, changed);
                Err((place, error))
            }
            Err(error) => Err(in_general(SaveError::Io(error.into()))),
        }
    }

    /// Brings back what [`Store::delete_all`] took: all of it, or nothing.
    pub fn restore_all(&self, all: &[&Deleted]) -> Result<(), RenameError> {
        let locked = self.lock_for_several()?;
        self.recover_locked(&locked, &mut || Ok(()))?;
        let scope = Scope::of(&self.dir).map_err(|error| failed("read", &self.dir, error))?;
        let mut steps = Vec::new();
        for deleted in all {
            self.refuse_taken_but(&deleted.file_name, &[])?;
            steps.push(Step::Create {
                name: deleted.file_name.clone(),
                contents: deleted.contents.clone(),
            });
        }
        let ids: Vec<ConnectionId> = all.iter().map(|deleted| deleted.id.clone()).collect();
        let what = format!("bringing back {}", names(&ids));
        self.perform(&locked, &scope, &what, steps, &mut || Ok(()))?;
        Ok(())
    }

    /// Does the opposite of these steps, last one first: all of it, or nothing.
    pub(super) fn take_back(
        &self,
        steps: &[Step],
        what: &str,
        checkpoint: Checkpoint<'_>,
    ) -> Result<(), RenameError> {
        let locked = self.lock_for_several()?;
        self.recover_locked(&locked, &mut || Ok(()))?;
        let scope = Scope::of(&self.dir).map_err(|error| failed("read", &self.dir, error))?;
        let steps: Vec<Step> = steps.iter().rev().map(Step::inverse).collect();
        for step in &steps {
            self.refuse_read_only_step(step, &scope)?;
            if let Step::Create { name, .. } | Step::Move { to: name, .. } = step {
                let own = steps.iter().filter_map(name_of).collect::<Vec<_>>();
                self.refuse_taken_but(name, &own)?;
            }
        }
        self.perform(&locked, &scope, what, steps, checkpoint)?;
        Ok(())
    }

    /// Refuses to write what has become read-only since the change that is taken back.
    fn refuse_read_only_step(&self, step: &Step, scope: &Scope) -> Result<(), RenameError> {
        let (path, access) = match step {
            Step::Create { .. } => return Ok(()),
            Step::Remove { name, .. } | Step::Move { from: name, .. } => {
                let found = load::observe(&self.dir, name, scope, None);
                (self.dir.join(name), found.map(|file| file.access))
            }
            Step::Replace { path, .. } => {
                let path = scope.join(Path::new(path));
                let found = fs::metadata(&path).ok();
                let access = found.map(|metadata| file_access(&path, &metadata));
                (path, access)
            }
        };
        match access {
            Some(Access::ReadOnly(reason)) => Err(RenameError::ReadOnly(path, reason)),
            // What is gone is found to have changed.
            Some(Access::Writable) | None => Ok(()),
        }
    }

    pub(super) fn perform(
        &self,
        locked: &Locked,
        scope: &Scope,
        what: &str,
        steps: Vec<Step>,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Vec<Step>, RenameError> {
        let journal =
            Journal::new(locked, what, steps).map_err(|error| failed("read", &self.dir, error))?;
        let mut together = Together {
            locked,
            scope,
            dir: &self.dir,
            checkpoint,
        };
        match together.perform(&journal) {
            Ok(()) => Ok(journal.steps),
            Err(Failure::Changed(path)) => Err(RenameError::Changed(path)),
            Err(Failure::Io(path, error)) => Err(failed("write", &path, error)),
            Err(Failure::PutBackFailed(first, path, error)) => {
                let first = match *first {
                    Failure::Changed(path) => RenameError::Changed(path),
                    Failure::Io(path, error) | Failure::PutBackFailed(_, path, error) => {
                        failed("write", &path, error)
                    }
                };
                let shown = harmless(path.as_os_str());
                Err(RenameError::PutBackFailed(anyhow!(
                    "{first}; can't put back `{shown}`: {error}"
                )))
            }
        }
    }

    /// Refuses a name that is taken by a file which does not go itself.
    pub(super) fn refuse_taken_but(
        &self,
        name: &OsStr,
        own: &[&OsString],
    ) -> Result<(), RenameError> {
        let wanted = folded_id(name);
        let entries = fs::read_dir(&self.dir).map_err(|error| failed("read", &self.dir, error))?;
        for entry in entries {
            let found = entry
                .map_err(|error| failed("read", &self.dir, error))?
                .file_name();
            if folded_id(&found) == wanted && !own.contains(&&found) {
                return Err(RenameError::Exists(harmless(&found)));
            }
        }
        Ok(())
    }

    pub(super) fn lock_for_several(&self) -> Result<Locked, RenameError> {
        match self.lock() {
            Ok(Some(locked)) => Ok(locked),
            Ok(None) => Err(RenameError::Changed(self.dir.clone())),
            Err(SaveError::Locked) => Err(RenameError::Locked),
            Err(error) => Err(RenameError::Io(error.into())),
        }
    }
}

/// An error that says what failed and where.
pub(super) fn failed(what: &str, path: &Path, error: io::Error) -> RenameError {
    let shown = harmless(path.as_os_str());
    RenameError::Io(anyhow::Error::new(error).context(format!("can't {what} `{shown}`")))
}

fn name_of(step: &Step) -> Option<&OsString> {
    match step {
        Step::Create { .. } | Step::Replace { .. } => None,
        Step::Remove { name, .. } | Step::Move { from: name, .. } => Some(name),
    }
}

/// The step for a file that a person has named, which may be anywhere.
fn named_step(scope: &Scope, file: &Outside, after: &str) -> Result<Step, RenameError> {
    let path = &file.path;
    let refused = |reason: String| RenameError::ReadOnly(path.clone(), reason);
    let Ok(before) = std::str::from_utf8(&file.bytes) else {
        return Err(refused("it is not UTF-8".to_owned()));
    };
    let real = fs::canonicalize(path).map_err(|error| failed("find", path, error))?;
    if scope.contains(&real) {
        return replace_step(scope, path, before, after);
    }
    if is_below_git(&real) {
        return Err(refused("it is inside `.git`".to_owned()));
    }
    let metadata = fs::metadata(&real).map_err(|error| failed("read", path, error))?;
    match file_access(&real, &metadata) {
        Access::Writable => Ok(Step::Replace {
            path: real.into(),
            before: before.to_owned(),
            after: after.to_owned(),
        }),
        Access::ReadOnly(reason) => Err(refused(reason)),
    }
}

fn names(ids: &[ConnectionId]) -> String {
    let names: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    match names.as_slice() {
        [] => "no connection".to_owned(),
        names => names.join(", "),
    }
}
