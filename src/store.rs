//! The connection files on disk: what is there ([`Store::load`]), and writes that lose nothing.
//!
//! The rules are those of `FORMAT.md`, sections 1 and 4. Every write holds the store's lock,
//! compares the file with what the caller has seen, and is atomic: after a kill at any moment the
//! directory holds either the old file or the new one, whole. Nothing else in the program writes
//! below `connections.d`.
//!
//! A symlink that stays inside the git root is written through: its target is replaced, the link
//! stays. Deleting one removes the link alone, and restoring it makes the link again.

mod access;
mod error;
mod hidden;
mod journal;
mod kept;
mod listing;
mod load;
mod lock;
mod name;
mod outside;
mod read;
mod rename;
mod several;
mod together;
mod write;

#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};

use crate::connection::ConnectionId;

pub use access::{Access, git_root};
pub use error::{Deed, Deleted, SaveError, Saved, Unconfirmed};
pub use kept::Kept;
pub use listing::Listing;
pub use load::{Snapshot, StoreFile};
pub use lock::try_lock;
pub use name::{harmless, id_of_file, is_connection_file_name, put_harmless};
pub use outside::Outside;
pub use read::{MAX_BYTES, Stamp, Unreadable, open_regular, read_into, read_small};
pub use rename::{Recovered, RenameError, Renamed};
pub use several::{Imported, Rewrite, Rewritten};
pub use write::Contents;

use access::Scope;
use hidden::{Asides, remove_stale};
use lock::Locked;
use write::{Place, Replaced, Temporary};

/// How often a change is tried again that an editor gets in the way of, who knows no lock.
const MOST_TRIES: usize = 100;

/// One directory of connection files. Holds no state but its path: all that is known about the
/// files is in the [`Snapshot`]s.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
    /// How long a write waits for another one before it gives up.
    lock_wait: Duration,
}

impl Store {
    /// Names the directory; touches nothing on disk, so that a missing directory is fine.
    pub fn open(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            lock_wait: Duration::from_secs(10),
        }
    }

    /// The directory as it was given to [`Store::open`].
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether the directory is there.
    pub fn exists(&self) -> bool {
        self.dir.is_dir()
    }

    /// Whether there is a file for that id, whatever is in it.
    pub fn has(&self, id: &ConnectionId) -> bool {
        ["yaml", "yml"].iter().any(|ending| {
            let name = PathBuf::from(format!("{id}.{ending}"));
            // An id with a slash would lead elsewhere, and is the name of no file.
            name.file_name() == Some(name.as_os_str())
                && is_connection_file_name(name.as_os_str())
                && fs::symlink_metadata(self.dir.join(name)).is_ok()
        })
    }

    /// Makes the directory, and those above it. One that is there already is fine.
    pub fn create_dir(&self) -> anyhow::Result<()> {
        fs::create_dir_all(&self.dir)
            .with_context(|| format!("can't create the directory `{}`", self.shown_dir()))?;
        if let Some(parent) = self
            .dir
            .parent()
            .and_then(|parent| fs::File::open(parent).ok())
        {
            // The directory is there; whether it outlives a power cut can't be made surer.
            let _ = parent.sync_all();
        }
        Ok(())
    }

    /// Writes a new connection to `<id>.yaml`, mode 0600; never over a file that is there, nor
    /// beside one that differs from it only in case or in `.yml`.
    pub fn create(&self, id: &ConnectionId, text: &str) -> Result<StoreFile, SaveError> {
        ConnectionId::check_new(id.as_str()).map_err(SaveError::InvalidId)?;
        check_size(text)?;
        let file_name = OsString::from(format!("{id}.yaml"));
        let locked = self.lock_to_add()?;
        self.refuse_taken(&file_name)?;
        let place = self.place_in_store(&locked, &file_name)?;
        let temporary = self.write_temporary(&place, text.as_bytes(), &Kept::new_file())?;
        let deed = temporary
            .place_new(&place)
            .map_err(|error| self.write_failed(&file_name, error, &file_name))?;
        let file = StoreFile::written(&self.dir, file_name, text, &deed.result);
        confirmed(file, deed.doubt, Deed::Created)
    }

    /// Replaces the text of `file`, if it is on disk what `file` says. Mode, owner and group stay.
    /// If the disk has `new_text` already, nothing is written.
    pub fn save(&self, file: &StoreFile, new_text: &str) -> Result<StoreFile, SaveError> {
        Ok(self.replace(file, new_text)?.file)
    }

    /// The same, and says what was replaced.
    pub fn replace(&self, file: &StoreFile, new_text: &str) -> Result<Saved, SaveError> {
        check_size(new_text)?;
        let locked = self.lock_to_change()?;
        let current = self.current(file)?;
        let is_there = current.text() == Some(new_text);
        if !is_there && !current.same_content(file) {
            return Err(changed(current));
        }
        self.replace_locked(&locked, current, new_text)
    }

    /// Replaces the text of the file by what `edit` makes of the one that is on disk then. Nobody
    /// else writes between the two, so that of many who change one file at once nobody has to try
    /// again.
    ///
    /// # Errors
    /// Outside, what `edit` says; inside, why the write did not happen.
    pub fn change<E>(
        &self,
        file: &StoreFile,
        mut edit: impl FnMut(&StoreFile) -> Result<String, E>,
    ) -> Result<Result<Saved, SaveError>, E> {
        let locked = match self.lock_to_change() {
            Ok(locked) => locked,
            Err(error) => return Ok(Err(error)),
        };
        let mut tries = MOST_TRIES;
        loop {
            let current = match self.current(file) {
                Ok(current) => current,
                Err(error) => return Ok(Err(error)),
            };
            let new_text = edit(&current)?;
            if let Err(error) = check_size(&new_text) {
                return Ok(Err(error));
            }
            tries -= 1;
            match self.replace_locked(&locked, current, &new_text) {
                // An editor knows no lock.
                Err(SaveError::ChangedOnDisk { .. }) if tries > 0 => {}
                result => return Ok(result),
            }
        }
    }

    /// Replaces the text of a file that was looked at under the lock.
    fn replace_locked(
        &self,
        locked: &Locked,
        current: StoreFile,
        new_text: &str,
    ) -> Result<Saved, SaveError> {
        let old_text = match &current.content {
            Ok(text) if **text == *new_text => {
                return Ok(Saved {
                    file: current,
                    replaced: None,
                });
            }
            Ok(text) => text.clone(),
            Err(unreadable) => return Err(SaveError::ReadOnly(unreadable.to_string())),
        };
        refuse_read_only(&current)?;
        let shown = current.shown_name();
        let place = self
            .place_of(locked, &current)
            .map_err(|error| self.failed("reach", &shown, error))?;
        let kept = place
            .kept()
            .map_err(|error| self.failed("read", &shown, error))?;
        let temporary = self.write_temporary(&place, new_text.as_bytes(), &kept)?;
        let deed = match temporary.replace(&place, old_text.as_bytes()) {
            Ok(Replaced::Done(deed)) => deed,
            Ok(Replaced::ChangedMeanwhile) => return Err(changed(self.current(&current)?)),
            Err(error) => return Err(self.failed("replace", &shown, error)),
        };
        let saved = Saved {
            file: current.rewritten(new_text, &deed.result),
            replaced: Some(old_text),
        };
        confirmed(saved, deed.doubt, Deed::Saved)
    }

    /// Removes `file`, if it is on disk what `file` says, and returns all that brings it back.
    ///
    /// A file that is no UTF-8 can be deleted too; one that can't be held in memory whole, or
    /// can't be read at all, is refused, because it could not be brought back.
    pub fn delete(&self, file: &StoreFile) -> Result<Deleted, SaveError> {
        let locked = self.lock_to_change()?;
        let (current, place, contents) = self.to_delete(&locked, file)?;
        let deed = match place.remove(&contents) {
            Ok(Replaced::Done(deed)) => deed,
            Ok(Replaced::ChangedMeanwhile) => return Err(changed(self.current(file)?)),
            Err(error) => return Err(self.failed("delete", &file.shown_name(), error)),
        };
        confirmed(current.deleted(contents), deed.doubt, Deed::Deleted)
    }

    /// What a delete takes away, if the file is on disk what `file` says.
    fn to_delete(
        &self,
        locked: &Locked,
        file: &StoreFile,
    ) -> Result<(StoreFile, Place, Contents), SaveError> {
        let shown = file.shown_name();
        let place = self.place_in_store(locked, &file.file_name)?;
        // Read first, compared afterwards: what is compared is then what was read.
        let contents = place.contents();
        let current = self.current(file)?;
        if !current.same_content(file) {
            return Err(changed(current));
        }
        refuse_read_only(&current)?;
        let contents = contents
            .map_err(|error| self.failed("read", &shown, error))?
            .ok_or_else(|| {
                let reason = current.content.as_ref().err().map(ToString::to_string);
                SaveError::ReadOnly(reason.unwrap_or_else(|| "it can't be read whole".to_owned()))
            })?;
        if let (Some(text), Contents::File { bytes, .. }) = (current.text(), &contents)
            && text.as_bytes() != bytes
        {
            return Err(changed(current));
        }
        Ok((current, place, contents))
    }

    /// Brings back what [`Store::delete`] took, byte for byte and with its mode; never over a file
    /// that is there, nor beside one that [`Store::create`] would refuse.
    pub fn restore(&self, deleted: &Deleted) -> Result<StoreFile, SaveError> {
        let locked = self.lock_to_add()?;
        self.refuse_taken(&deleted.file_name)?;
        let place = self.place_in_store(&locked, &deleted.file_name)?;
        let scope = Scope::of(&self.dir).map_err(|error| self.failed("read", ".", error))?;
        let placed = match &deleted.contents {
            Contents::Link(target) => place.make_link(target).map(|deed| deed.doubt),
            Contents::File { bytes, kept } => self
                .write_temporary(&place, bytes, kept)?
                .place_new(&place)
                .map(|deed| deed.doubt),
        };
        let doubt =
            placed.map_err(|error| self.write_failed(&deleted.file_name, error, &place.name))?;
        let file = load::observe(&self.dir, &deleted.file_name, &scope, None);
        confirmed(file.ok_or(SaveError::Vanished)?, doubt, Deed::Created)
    }

    /// Removes temporary files that a killed Conndeck left behind, in the directory and where its
    /// symlinks lead; a file that it had moved aside to delete it gets its name back. Those of a
    /// running one, and those of other people, stay. Returns how many went; what can't be removed
    /// is left for the next time.
    pub fn clean_up(&self) -> usize {
        // Whoever holds the lock is writing: there is nothing stale to be sure of.
        let Ok(locked) = Locked::acquire(&self.dir, Duration::ZERO) else {
            return 0;
        };
        if fs::symlink_metadata(self.dir.join(journal::JOURNAL_NAME)).is_ok() {
            // What ends that change knows what these are.
            return 0;
        }
        let mut removed = remove_stale(locked.dir(), Asides::PutBack);
        let Ok(scope) = Scope::of(&self.dir) else {
            return removed;
        };
        let mut targets: Vec<PathBuf> = load::links(&self.dir)
            .into_iter()
            .filter_map(|link| scope.target_of(&link).ok())
            .filter_map(|target| target.parent().map(Path::to_owned))
            .collect();
        targets.sort();
        targets.dedup();
        for target in targets {
            if let Ok(dir) = scope.open_dir(&target) {
                removed += remove_stale(&dir, Asides::PutBack);
            }
        }
        removed
    }

    /// What is on disk now under the name of `file`.
    fn current(&self, file: &StoreFile) -> Result<StoreFile, SaveError> {
        let scope = Scope::of(&self.dir).map_err(|error| self.failed("read", ".", error))?;
        let mut current =
            load::observe(&self.dir, &file.file_name, &scope, None).ok_or(SaveError::Vanished)?;
        current.clashes.clone_from(&file.clashes);
        Ok(current)
    }

    fn place_in_store(&self, locked: &Locked, name: &OsStr) -> Result<Place, SaveError> {
        Place::in_store(locked, name)
            .map_err(|error| self.failed("write to", &harmless(name), error))
    }

    /// Where the bytes of `file` are: in the store, or where its symlink leads.
    fn place_of(&self, locked: &Locked, file: &StoreFile) -> io::Result<Place> {
        if !file.is_link {
            return Place::in_store(locked, &file.file_name);
        }
        let scope = Scope::of(&self.dir)?;
        let target = scope.target_of(&file.path).map_err(io::Error::other)?;
        Place::beneath(&scope, &target)
    }

    /// Refuses a name that is taken: on a file system without case, on another machine, or as the
    /// same id with the other ending.
    fn refuse_taken(&self, file_name: &OsStr) -> Result<(), SaveError> {
        let wanted = name::folded_id(file_name);
        let entries = fs::read_dir(&self.dir).map_err(|error| self.failed("read", ".", error))?;
        for entry in entries {
            let entry = entry.map_err(|error| self.failed("read", ".", error))?;
            if name::folded_id(&entry.file_name()) == wanted {
                return Err(SaveError::Exists(harmless(&entry.file_name())));
            }
        }
        Ok(())
    }

    fn write_temporary(
        &self,
        place: &Place,
        bytes: &[u8],
        kept: &Kept,
    ) -> Result<Temporary, SaveError> {
        Temporary::write(place, bytes, kept)
            .map_err(|error| self.failed("write", &harmless(&place.name), error))
    }

    /// The lock for a write that needs the directory to be there.
    fn lock_to_add(&self) -> Result<Locked, SaveError> {
        self.lock()?.ok_or_else(|| {
            SaveError::Io(anyhow!(
                "the directory `{}` does not exist",
                self.shown_dir()
            ))
        })
    }

    /// The lock for a write to a file, which has vanished if the directory has.
    fn lock_to_change(&self) -> Result<Locked, SaveError> {
        self.lock()?.ok_or(SaveError::Vanished)
    }

    fn lock(&self) -> Result<Option<Locked>, SaveError> {
        match Locked::acquire(&self.dir, self.lock_wait) {
            Ok(locked) => Ok(Some(locked)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(SaveError::Locked),
            Err(error) => Err(self.failed("lock", ".", error)),
        }
    }

    fn write_failed(&self, name: &OsStr, error: io::Error, shown: &OsStr) -> SaveError {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return SaveError::Exists(harmless(name));
        }
        self.failed("create", &harmless(shown), error)
    }

    /// An error that says what failed and where.
    fn failed(&self, what: &str, name: &str, error: io::Error) -> SaveError {
        let place = match name {
            "." => self.shown_dir(),
            name => harmless(self.dir.join(name).as_os_str()),
        };
        SaveError::Io(anyhow::Error::new(error).context(format!("can't {what} `{place}`")))
    }

    fn shown_dir(&self) -> String {
        harmless(self.dir.as_os_str())
    }
}

/// What was done, or that it was done and is not confirmed.
fn confirmed<T>(result: T, doubt: Option<io::Error>, deed: fn(T) -> Deed) -> Result<T, SaveError> {
    match doubt {
        None => Ok(result),
        Some(doubt) => Err(SaveError::Unconfirmed(Box::new(Unconfirmed {
            deed: deed(result),
            doubt,
        }))),
    }
}

fn changed(current: StoreFile) -> SaveError {
    SaveError::ChangedOnDisk {
        current: Box::new(current),
    }
}

fn refuse_read_only(file: &StoreFile) -> Result<(), SaveError> {
    match &file.access {
        Access::Writable => Ok(()),
        Access::ReadOnly(reason) => Err(SaveError::ReadOnly(reason.clone())),
    }
}

/// A text that could not be loaded again must not be written.
fn check_size(text: &str) -> Result<(), SaveError> {
    if text.len() as u64 > MAX_BYTES {
        return Err(SaveError::Io(anyhow!(
            "the text is over 1 MiB, the most that a connection file may hold"
        )));
    }
    Ok(())
}
