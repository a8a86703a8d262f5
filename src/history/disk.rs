//! The entries as files: each its own, its owner's alone, written whole before it has its name.
//!
//! A name is a number, and a later entry has a greater one, also when the clock was set back. Two
//! programs never write the same file, and none of them changes one that is there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Done, KEPT_FOR, MOST};
use crate::order;
use crate::state::{self, age, damaged, files};
use crate::store::Store;

pub(super) use crate::state::remove;

/// The head of a file, before the checksum of the rest.
const HEAD: &str = "conndeck undo 1";

/// Where the entries of a store are below the state directory.
pub(super) fn directory(state: &Path, store: &Store) -> PathBuf {
    state::directory(state, "undo", store)
}

/// Writes an entry, and lets those go whose time is over.
pub(super) fn write(
    directory: &Path,
    store: &Store,
    at: SystemTime,
    done: &Done,
) -> io::Result<(u64, PathBuf)> {
    let mut file = state::write(directory, HEAD, store, at, done)?;
    let mut number = number_of(at);
    if let Some((last, _)) = newest_first(directory)?.first() {
        number = number.max(last.saturating_add(1));
    }
    let path = loop {
        let path = directory.join(format!("{number:020}"));
        match file.persist_noclobber(&path) {
            Ok(_) => break path,
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                file = error.file;
                number += 1;
            }
            Err(error) => return Err(error.error),
        }
    };
    // Where that fails, the next one does it.
    let _ = prune(directory);
    Ok((number, path))
}

/// Reads an entry: when it was, and what was done.
pub(super) fn read(path: &Path, store: &Store) -> io::Result<(SystemTime, Done)> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(damaged("it is no file"));
    }
    let (at, mut done) = state::read::<Done>(&fs::read(path)?, HEAD, store)?;
    if !done.is_sound() {
        return Err(damaged("it is about files that are no connections"));
    }
    if let Done::Deleted(all) = &mut done {
        for deleted in all {
            deleted.path = store.dir().join(&deleted.file_name);
        }
    }
    Ok((at, done))
}

/// The entries that are there and not too old, with their numbers. None if there is no history.
pub(super) fn newest_first(directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut entries: Vec<(u64, PathBuf)> = files(directory)?
        .into_iter()
        .filter_map(|path| Some((number_in(&path)?, path)))
        .filter(|(_, path)| age(path).is_none_or(|age| age < KEPT_FOR))
        .collect();
    order::sort_by(&mut entries, |left, right| right.cmp(left));
    entries.truncate(MOST);
    Ok(entries)
}

/// Removes what is too old, in the histories of all stores, and what is too many in this one.
pub(super) fn prune(directory: &Path) -> io::Result<()> {
    let there = files(directory)?;
    // One that came since is none too many, and a list that failed says nothing about any.
    let kept: Vec<PathBuf> = newest_first(directory)?
        .into_iter()
        .map(|(_, path)| path)
        .collect();
    let too_many = there
        .into_iter()
        .filter(|path| number_in(path).is_some())
        .filter(|path| !kept.contains(path));
    let too_old = state::too_old(directory, |path| number_in(path).is_some())?;
    for path in too_many.chain(too_old) {
        // Somebody else may be at it, too.
        let _ = fs::remove_file(path);
    }
    Ok(())
}

/// The number that an entry of this time has, if no earlier one has it.
pub(super) fn number_of(at: SystemTime) -> u64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX)
}

fn number_in(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    let is_number = name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| name.parse().ok()).flatten()
}
