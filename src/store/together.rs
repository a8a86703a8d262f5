//! Several files that change together, or not at all.
//!
//! All that is to be done is noted first ([`Journal`]), then done step by step, each atomic and
//! only if the file is what it was when the change was planned. If a step fails, those before it
//! are taken back; if the program is killed, the next start finds the note and does the same.

use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::access::Scope;
use super::hidden::{Asides, remove_stale, temporary_name};
use super::journal::{Journal, Step};
use super::lock::Locked;
use super::write::{Contents, Place, Replaced, Temporary, open_file, rename_new, sync_dir, unlink};
use crate::order;

/// Called after every change to the disk; an error is treated as if that change had failed.
/// Outside of tests it does nothing.
pub(super) type Checkpoint<'c> = &'c mut dyn FnMut() -> io::Result<()>;

/// The store, locked, with the directory that writes stay in.
pub(super) struct Together<'l, 'c> {
    pub(super) locked: &'l Locked,
    pub(super) scope: &'l Scope,
    pub(super) dir: &'l Path,
    pub(super) checkpoint: Checkpoint<'c>,
}

/// Why a change of several files did not happen. Everything is as it was, unless
/// `PutBackFailed`.
pub(super) enum Failure {
    /// This file is not what it was when the change was planned.
    Changed(PathBuf),
    /// The system failed at this file.
    Io(PathBuf, io::Error),
    /// The system failed at the first file, and again at the second when things were put back.
    /// The note is there: the next start tries again.
    PutBackFailed(Box<Failure>, PathBuf, io::Error),
}

/// What a change that was cut short came to.
pub(super) enum Outcome {
    /// It was complete but for the note.
    Complete,
    /// It was taken back; these files had been changed by somebody since, and were left alone.
    TakenBack(Vec<PathBuf>),
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    After,
    /// The file is under neither of its names.
    Between,
    /// Somebody has changed the file.
    Other,
}

impl Together<'_, '_> {
    /// Does all of it, or nothing.
    pub(super) fn perform(&mut self, journal: &Journal) -> Result<(), Failure> {
        for step in &journal.steps {
            match self.state(step) {
                Ok(State::Before) => {}
                Ok(State::After | State::Between | State::Other) => {
                    return Err(Failure::Changed(self.path_of(step)));
                }
                Err(error) => return Err(Failure::Io(self.path_of(step), error)),
            }
        }
        let noted = journal
            .write(self.locked)
            .and_then(|()| (self.checkpoint)());
        let mut result = noted.map_err(|error| Failure::Io(self.dir.to_owned(), error));
        for step in &journal.steps {
            if result.is_err() {
                break;
            }
            result = self.step(step);
        }
        let result = result.and_then(|()| {
            self.forget(journal)
                .map_err(|(path, error)| Failure::Io(path, error))
        });
        let Err(failure) = result else {
            return Ok(());
        };
        match self.take_back(journal) {
            Ok(_) => Err(failure),
            Err((path, error)) => Err(Failure::PutBackFailed(Box::new(failure), path, error)),
        }
    }

    /// Ends a change that was cut short.
    pub(super) fn finish(&mut self, journal: &Journal) -> Result<Outcome, (PathBuf, io::Error)> {
        let is_complete = journal
            .steps
            .iter()
            .all(|step| self.state(step).is_ok_and(|state| state == State::After));
        if is_complete {
            self.forget(journal)?;
            return Ok(Outcome::Complete);
        }
        self.take_back(journal).map(Outcome::TakenBack)
    }

    /// Takes back what was done, last step first. Returns the files that were left alone.
    fn take_back(&mut self, journal: &Journal) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
        let mut left = Vec::new();
        let mut failed = None;
        for step in journal.steps.iter().rev() {
            let result = match self.state(step) {
                Ok(State::Before) => Ok(()),
                Ok(State::After) => self.step(&step.inverse()),
                Ok(State::Between) => match step {
                    Step::Move { from, before, .. } => self.step(&Step::Create {
                        name: from.clone(),
                        contents: before.clone(),
                    }),
                    Step::Create { .. } | Step::Remove { .. } | Step::Replace { .. } => Ok(()),
                },
                Ok(State::Other) => Err(Failure::Changed(self.path_of(step))),
                Err(error) => Err(Failure::Io(self.path_of(step), error)),
            };
            match result {
                Ok(()) => {}
                Err(Failure::Changed(path)) => match self.state(step) {
                    Ok(State::Other) => left.push(path),
                    // Nobody else's text is there: the system did not let it be looked at.
                    Ok(State::Before | State::After | State::Between) | Err(_) => {
                        failed = Some((path, io::Error::other("it can't be put back now")));
                    }
                },
                Err(Failure::Io(path, error) | Failure::PutBackFailed(_, path, error)) => {
                    failed = Some((path, error));
                }
            }
        }
        match failed {
            Some(failed) => Err(failed),
            None => {
                self.forget(journal)?;
                order::sort_and_dedup(&mut left);
                Ok(left)
            }
        }
    }

    /// Removes the note, and temporary files that a kill or a failure has left.
    fn forget(&mut self, journal: &Journal) -> Result<(), (PathBuf, io::Error)> {
        remove_stale(self.locked.dir(), Asides::Remove);
        for step in &journal.steps {
            if let Step::Replace { path, .. } = step
                && let Ok(place) = self.place(path)
            {
                remove_stale(&place.dir, Asides::Remove);
            }
        }
        match Journal::remove(self.locked) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err((self.dir.to_owned(), error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), Failure> {
        let is_about_names = |error: &io::Error| {
            matches!(
                error.kind(),
                io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound
            )
        };
        match self.try_step(step) {
            Ok(Replaced::Done(())) => Ok(()),
            Ok(Replaced::ChangedMeanwhile) => Err(Failure::Changed(self.path_of(step))),
            // Something of that name came, or went, since it was looked at.
            Err(error) if is_about_names(&error) => Err(Failure::Changed(self.path_of(step))),
            Err(error) => Err(Failure::Io(self.path_of(step), error)),
        }
    }

    fn try_step(&mut self, step: &Step) -> io::Result<Replaced<()>> {
        match step {
            Step::Create { name, contents } => {
                let place = Place::in_store(self.locked, name)?;
                match contents {
                    Contents::Link(target) => place.make_link(target)?.confirmed()?,
                    Contents::File { bytes, kept } => {
                        let temporary = Temporary::write(&place, bytes, kept)?;
                        (self.checkpoint)()?;
                        temporary.place_new(&place)?.confirmed()?;
                    }
                }
            }
            Step::Remove { name, contents } => {
                let place = Place::in_store(self.locked, name)?;
                let Some(found) = place.contents()?.filter(|found| same(found, contents)) else {
                    return Ok(Replaced::ChangedMeanwhile);
                };
                match place.remove(&found)? {
                    Replaced::Done(deed) => deed.confirmed()?,
                    Replaced::ChangedMeanwhile => return Ok(Replaced::ChangedMeanwhile),
                }
            }
            Step::Move {
                from,
                to,
                before,
                after,
            } => return self.move_case(from, to, (before, after)),
            Step::Replace {
                path,
                before,
                after,
            } => {
                let place = self.place(path)?;
                let temporary = Temporary::write(&place, after.as_bytes(), &place.kept()?)?;
                (self.checkpoint)()?;
                match temporary.replace(&place, before.as_bytes())? {
                    Replaced::Done(deed) => deed.confirmed().map(drop)?,
                    Replaced::ChangedMeanwhile => return Ok(Replaced::ChangedMeanwhile),
                }
            }
        }
        (self.checkpoint)()?;
        Ok(Replaced::Done(()))
    }

    /// By way of a third name: where names have no case, the two are one, and the system does
    /// nothing, or says that the other exists.
    fn move_case(
        &mut self,
        from: &OsStr,
        to: &OsStr,
        (before, after): (&Contents, &Contents),
    ) -> io::Result<Replaced<()>> {
        let place = Place::in_store(self.locked, to)?;
        let aside = Place::in_store(self.locked, &temporary_name())?;
        rename_new(&place.dir, from, &aside.name)?;
        let found = aside.contents();
        if !found.is_ok_and(|found| found.is_some_and(|found| same(&found, before))) {
            rename_new(&place.dir, &aside.name, from)?;
            return Ok(Replaced::ChangedMeanwhile);
        }
        let arrived = (self.checkpoint)().and_then(|()| match after {
            Contents::File { bytes, kept } if before != after => {
                let temporary = Temporary::write(&place, bytes, kept)?;
                temporary.place_new(&place)?.confirmed().map(drop)
            }
            Contents::File { .. } | Contents::Link(_) => rename_new(&place.dir, &aside.name, to),
        });
        if let Err(error) = arrived {
            rename_new(&place.dir, &aside.name, from)?;
            return Err(error);
        }
        (self.checkpoint)()?;
        if before != after {
            unlink(&place.dir, &aside.name)?;
        }
        sync_dir(&place.dir)?;
        (self.checkpoint)()?;
        Ok(Replaced::Done(()))
    }

    fn state(&self, step: &Step) -> io::Result<State> {
        let holds = |name: &OsStr, contents: &Contents| -> io::Result<bool> {
            let found = Place::in_store(self.locked, name)?.contents()?;
            Ok(found.is_some_and(|found| same(&found, contents)))
        };
        // By the names as they are listed: where names have no case, a look-up finds both.
        let is_there = |name: &OsStr| -> io::Result<bool> {
            for entry in std::fs::read_dir(self.dir)? {
                if entry?.file_name() == name {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        Ok(match step {
            Step::Create { name, contents } => match is_there(name)? {
                false => State::Before,
                true if holds(name, contents)? => State::After,
                true => State::Other,
            },
            Step::Remove { name, contents } => match is_there(name)? {
                false => State::After,
                true if holds(name, contents)? => State::Before,
                true => State::Other,
            },
            Step::Move {
                from,
                to,
                before,
                after,
            } => match (is_there(from)?, is_there(to)?) {
                (false, false) => State::Between,
                (true, false) if holds(from, before)? => State::Before,
                (false, true) if holds(to, after)? => State::After,
                (true, _) | (_, true) => State::Other,
            },
            Step::Replace {
                path,
                before,
                after,
            } => {
                let found = self.place(path).and_then(|place| read_whole(&place));
                match found {
                    Ok(found) if found == before.as_bytes() => State::Before,
                    Ok(found) if found == after.as_bytes() => State::After,
                    Ok(_) => State::Other,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => State::Other,
                    Err(error) => return Err(error),
                }
            }
        })
    }

    fn place(&self, path: &OsStr) -> io::Result<Place> {
        let path = Path::new(path);
        if path.is_relative() {
            return Place::beneath(self.scope, &self.scope.join(path));
        }
        // Somebody may have put a symlink into its way since it was looked at.
        if std::fs::canonicalize(path)? != path {
            return Err(io::ErrorKind::NotFound.into());
        }
        Place::outside(path)
    }

    fn path_of(&self, step: &Step) -> PathBuf {
        match step {
            Step::Create { name, .. }
            | Step::Remove { name, .. }
            | Step::Move { from: name, .. } => self.dir.join(name),
            Step::Replace { path, .. } => self.scope.join(Path::new(path)),
        }
    }
}

/// Whether both say the same: mode and owner may differ where they could not be kept.
fn same(found: &Contents, expected: &Contents) -> bool {
    match (found, expected) {
        (Contents::File { bytes: found, .. }, Contents::File { bytes, .. }) => found == bytes,
        (Contents::Link(found), Contents::Link(target)) => found == target,
        (Contents::File { .. }, Contents::Link(_)) | (Contents::Link(_), Contents::File { .. }) => {
            false
        }
    }
}

fn read_whole(place: &Place) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_file(&place.dir, &place.name)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}
