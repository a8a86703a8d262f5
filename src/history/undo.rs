//! Taking back: the last deed, and only if nobody has changed its files since.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Done, Entry, Source, Summary, disk, forget, last};
use crate::connection::ConnectionId;
use crate::project::{Project, undo_rename};
use crate::store::{
    Contents, Deleted, Imported, RenameError, Renamed, SaveError, StoreFile, harmless,
};
use crate::workflow::{self, Follow, ScanError};

/// What was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// What it was.
    pub summary: Summary,
    /// How long ago it was done: `2 minutes ago`.
    pub ago: String,
    /// Whether somebody else had taken it back already, so that there was nothing to write.
    pub was_so_already: bool,
}

/// Why nothing was taken back. Every file is as it was, unless the message of [`UndoError::Io`]
/// says otherwise; the entry stays.
#[derive(Debug)]
pub enum UndoError {
    /// The entry is gone: another program has taken it back, or its time is over.
    Gone,
    /// Something was done after it, which comes first.
    NotTheLast,
    /// A file is not what the deed has left: which one, and how it differs.
    Changed(String),
    /// A connection that was created is used by now; says where.
    InUse(String),
    /// Another Conndeck is writing.
    Locked,
    /// The system failed; says what and where.
    Io(anyhow::Error),
}

impl fmt::Display for UndoError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => out.write_str("it was taken back already"),
            Self::NotTheLast => out.write_str("something else was done since"),
            Self::Changed(message) | Self::InUse(message) => out.write_str(message),
            Self::Locked => out.write_str("another conndeck is writing to this directory"),
            Self::Io(error) => write!(out, "{error:#}"),
        }
    }
}

impl std::error::Error for UndoError {}

/// Takes an entry back, if it is the last one; it is gone then.
pub fn undo(project: &Project, entry: &Entry, follow: &Follow<'_>) -> Result<Undone, UndoError> {
    let read;
    let done = match &entry.source {
        Source::Memory(done) => &**done,
        Source::File(path) => {
            read = disk::read(path, &project.store).map_err(|error| {
                if error.kind() == std::io::ErrorKind::NotFound {
                    return UndoError::Gone;
                }
                let what = format!("can't read the undo history, `{}`", path.display());
                UndoError::Io(anyhow::Error::new(error).context(what))
            })?;
            if last(project).is_some_and(|last| last.is_later_than(entry)) {
                return Err(UndoError::NotTheLast);
            }
            &read.1
        }
    };
    let undo = Undo { project, follow };
    let wrote = match done {
        Done::Created {
            id,
            file_name,
            text,
        } => undo.create(id, file_name, text),
        Done::Saved {
            file_name,
            old,
            new,
            ..
        } => undo.save(file_name, old, new),
        Done::Deleted(all) => undo.delete(all),
        Done::Renamed(renamed) => undo.rename(renamed).map(|()| Wrote::Something),
        Done::Imported(imported) => undo.import(imported).map(|()| Wrote::Something),
        Done::Tagged(tagged) => project
            .store
            .undo_rewrite(tagged)
            .map(|()| Wrote::Something)
            .map_err(|error| undo.of_several(error)),
    }?;
    // An entry that stays finds next time that there is nothing left to do.
    let _ = forget(entry);
    Ok(Undone {
        summary: entry.summary.clone(),
        ago: entry.ago(),
        was_so_already: wrote == Wrote::Nothing,
    })
}

#[derive(PartialEq, Eq)]
enum Wrote {
    Something,
    /// All is as it was before the deed.
    Nothing,
}

struct Undo<'p> {
    project: &'p Project,
    follow: &'p Follow<'p>,
}

impl Undo<'_> {
    fn look_at(&self, file_name: &std::ffi::OsStr) -> Result<Option<StoreFile>, UndoError> {
        let found = self.project.store.look_at(file_name);
        found.map_err(UndoError::Io)
    }

    fn save(&self, file_name: &std::ffi::OsStr, old: &str, new: &str) -> Result<Wrote, UndoError> {
        let Some(file) = self.look_at(file_name)? else {
            let path = self.project.store.dir().join(file_name);
            return Err(UndoError::Changed(format!(
                "`{}` is no longer there",
                self.shown(&path)
            )));
        };
        if file.text() == Some(old) {
            return Ok(Wrote::Nothing);
        }
        if file.text() != Some(new) {
            return Err(self.changed(&file.path));
        }
        match self.project.store.save(&file, old) {
            Ok(_) => Ok(Wrote::Something),
            Err(error) => Err(self.of_save(&file.path, error)),
        }
    }

    /// The file goes again, as by a delete: only if nothing uses the connection by now.
    fn create(
        &self,
        id: &ConnectionId,
        file_name: &std::ffi::OsStr,
        text: &str,
    ) -> Result<Wrote, UndoError> {
        let Some(file) = self.look_at(file_name)? else {
            return Ok(Wrote::Nothing);
        };
        if file.text() != Some(text) {
            return Err(self.changed(&file.path));
        }
        self.refuse_if_used(std::slice::from_ref(id), &[])?;
        match self.project.store.delete(&file) {
            Ok(_) => Ok(Wrote::Something),
            Err(error) => Err(self.of_save(&file.path, error)),
        }
    }

    /// All come back, or none.
    fn delete(&self, all: &[Deleted]) -> Result<Wrote, UndoError> {
        let store = &self.project.store;
        let mut gone: Vec<&Deleted> = Vec::new();
        for deleted in all {
            let there = self.look_at(&deleted.file_name)?;
            if !there.is_some_and(|there| is_what_was_deleted(&there, deleted)) {
                gone.push(deleted);
            }
        }
        match gone.as_slice() {
            [] => return Ok(Wrote::Nothing),
            [one] => store
                .restore(one)
                .map(drop)
                .map_err(|error| self.of_save(&one.path, error))?,
            several => store
                .restore_all(several)
                .map_err(|error| self.of_several(error))?,
        }
        Ok(Wrote::Something)
    }

    fn rename(&self, renamed: &Renamed) -> Result<(), UndoError> {
        self.refuse_if_used_elsewhere(renamed)?;
        undo_rename(self.project, renamed).map_err(|error| self.of_several(error))
    }

    /// The connections go again, and the workflows define them again. Only the workflows that were
    /// rewritten may use them by now.
    fn import(&self, imported: &Imported) -> Result<(), UndoError> {
        let base = &self.project.base;
        let own: Vec<_> = imported
            .files
            .iter()
            .map(|path| real(&base.join(path)))
            .collect();
        self.refuse_if_used(&imported.ids, &own)?;
        let undone = self.project.store.undo_import(imported);
        undone.map_err(|error| self.of_several(error))
    }

    fn of_several(&self, error: RenameError) -> UndoError {
        match error {
            RenameError::Changed(path) => self.changed(&path),
            RenameError::Exists(name) => UndoError::Changed(format!("`{name}` already exists")),
            RenameError::Locked => UndoError::Locked,
            error @ (RenameError::ReadOnly(..)
            | RenameError::Refused
            | RenameError::Io(_)
            | RenameError::PutBackFailed(_)) => UndoError::Io(error.into()),
        }
    }

    /// Refuses if anything but the workflows `own` uses one of these, or may use it.
    fn refuse_if_used(&self, ids: &[ConnectionId], own: &[PathBuf]) -> Result<(), UndoError> {
        let report = self.scan(ids)?;
        for id in ids {
            let about = report.about(id.as_str());
            let places = about
                .certain
                .iter()
                .chain(&about.possible)
                .map(|(path, one)| (*path, one.location))
                .chain(
                    about
                        .unverifiable
                        .iter()
                        .map(|(path, one)| (*path, one.location)),
                )
                .filter(|(path, _)| !own.contains(&real(path)));
            self.refuse_places(id, places)?;
        }
        let shown: Vec<String> = ids
            .iter()
            .map(|id| format!("`{}`", harmless(id.as_str().as_ref())))
            .collect();
        let shown = match shown.as_slice() {
            [] => return Ok(()),
            [only] => format!("{only} is used"),
            several => format!("{} are used", several.join(", ")),
        };
        let doubts: Vec<String> = report
            .scanned
            .not_scanned
            .iter()
            .map(|one| format!("`{}` was not scanned", self.shown(&one.path)))
            .collect();
        if !doubts.is_empty() {
            let doubts = doubts.join(", ");
            return Err(UndoError::InUse(format!(
                "whether {shown} is not sure: {doubts}"
            )));
        }
        if report.scanned.roots.is_empty() {
            return Err(UndoError::InUse(format!(
                "whether {shown} is not sure: there is no workflow to scan"
            )));
        }
        Ok(())
    }

    /// A workflow that has come to use the new id since would lose its connection.
    fn refuse_if_used_elsewhere(&self, renamed: &Renamed) -> Result<(), UndoError> {
        let report = self.scan(std::slice::from_ref(&renamed.new))?;
        let about = report.about(renamed.new.as_str());
        let own: Vec<_> = renamed.files.iter().map(|path| real(path)).collect();
        let places = about
            .certain
            .iter()
            .map(|(path, one)| (*path, one.location))
            .chain(
                about
                    .unverifiable
                    .iter()
                    .map(|(path, one)| (*path, one.location)),
            )
            .filter(|(path, _)| !own.contains(&real(path)));
        self.refuse_places(&renamed.new, places)
    }

    fn refuse_places<'r>(
        &self,
        id: &ConnectionId,
        places: impl Iterator<Item = (&'r Path, crate::connection::Location)>,
    ) -> Result<(), UndoError> {
        let places: Vec<String> = places
            .map(|(path, location)| format!("{}:{location}", self.shown(path)))
            .collect();
        let shown = harmless(id.as_str().as_ref());
        match places.as_slice() {
            [] => Ok(()),
            [only] => Err(UndoError::InUse(format!(
                "`{shown}` is used by now: {only}"
            ))),
            [first, others @ ..] => Err(UndoError::InUse(format!(
                "`{shown}` is used by now: {first} and {} more",
                others.len()
            ))),
        }
    }

    fn scan(&self, ids: &[ConnectionId]) -> Result<workflow::Report, UndoError> {
        let Project { roots, options, .. } = self.project;
        let ids: Vec<&str> = ids.iter().map(ConnectionId::as_str).collect();
        workflow::scan_for(roots, &ids, options, self.follow)
            .map_err(|error: ScanError| UndoError::Io(error.into()))
    }

    fn changed(&self, path: &Path) -> UndoError {
        UndoError::Changed(format!("`{}` has changed since", self.shown(path)))
    }

    fn of_save(&self, path: &Path, error: SaveError) -> UndoError {
        match error {
            SaveError::ChangedOnDisk { .. } => self.changed(path),
            SaveError::Vanished => {
                UndoError::Changed(format!("`{}` is no longer there", self.shown(path)))
            }
            SaveError::Exists(name) => UndoError::Changed(format!("`{name}` already exists")),
            SaveError::Locked => UndoError::Locked,
            error @ (SaveError::InvalidId(_)
            | SaveError::ReadOnly(_)
            | SaveError::Io(_)
            | SaveError::Unconfirmed(_)) => UndoError::Io(error.into()),
        }
    }

    fn shown(&self, path: &Path) -> String {
        let inner = path.strip_prefix(&self.project.base).unwrap_or(path);
        harmless(inner.as_os_str())
    }
}

fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Whether the file is back already, by whatever hand.
fn is_what_was_deleted(there: &StoreFile, deleted: &Deleted) -> bool {
    match &deleted.contents {
        Contents::File { bytes, .. } => {
            !there.is_link && there.text().map(str::as_bytes) == Some(bytes)
        }
        Contents::Link(target) => fs::read_link(&there.path).is_ok_and(|found| found == *target),
    }
}
