//! The entries as files: each its own, its owner's alone, written whole before it has its name.
//!
//! A name is a number, and a later entry has a greater one, also when the clock was set back. Two
//! programs never write the same file, and none of them changes one that is there.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};
use serde::{Deserialize, Serialize};

use super::{Done, KEPT_FOR, MOST};
use crate::store::Store;

/// The head of a file, before the checksum of the rest.
const HEAD: &str = "conndeck undo 1 ";

/// The head of a file's name before it is whole.
const UNFINISHED: &str = ".unfinished-";

/// What is unfinished for so long has nobody who finishes it.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// What a file holds below its head.
#[derive(Serialize, Deserialize)]
struct Body<D> {
    /// The store's canonical path: two of them could have the same key.
    store: Vec<u8>,
    /// Milliseconds since 1970.
    at: u64,
    done: D,
}

/// Where the entries of a store are below the state directory.
pub(super) fn directory(state: &Path, store: &Store) -> PathBuf {
    let key = checksum(canonical(store).as_os_str().as_bytes());
    state.join("undo").join(format!("{key:016x}"))
}

/// Writes an entry, and lets those go whose time is over.
pub(super) fn write(
    directory: &Path,
    store: &Store,
    at: SystemTime,
    done: &Done,
) -> io::Result<(u64, PathBuf)> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    let body = serde_json::to_vec(&Body {
        store: canonical(store).into_os_string().into_vec(),
        at: u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX),
        done,
    })?;
    let mut file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(directory)?;
    let mut bytes = format!("{HEAD}{:016x}\n", checksum(&body)).into_bytes();
    bytes.extend(body);
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    if fs::read(file.path())? != bytes {
        return Err(damaged("the disk does not hold what was written"));
    }
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
    let bytes = fs::read(path)?;
    let (head, body) = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map(|end| (&bytes[..end], &bytes[end + 1..]))
        .ok_or_else(|| damaged("it is damaged"))?;
    if head != format!("{HEAD}{:016x}", checksum(body)).as_bytes() {
        return Err(damaged("it is damaged"));
    }
    // What serde says may quote a value.
    let body: Body<Done> = serde_json::from_slice(body)
        .map_err(|_| damaged("another version of conndeck wrote it"))?;
    if Path::new(&OsString::from_vec(body.store)) != canonical(store) {
        return Err(damaged("it is about another store"));
    }
    let mut done = body.done;
    if !done.is_sound() {
        return Err(damaged("it is about files that are no connections"));
    }
    if let Done::Deleted(all) = &mut done {
        for deleted in all {
            deleted.path = store.dir().join(&deleted.file_name);
        }
    }
    let at = SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_millis(body.at))
        .ok_or_else(|| damaged("it is damaged"))?;
    Ok((at, done))
}

/// The entries that are there and not too old, with their numbers. None if there is no history.
pub(super) fn newest_first(directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut entries: Vec<(u64, PathBuf)> = files(directory)?
        .into_iter()
        .filter_map(|path| Some((number_in(&path)?, path)))
        .filter(|(_, path)| age(path).is_none_or(|age| age < KEPT_FOR))
        .collect();
    entries.sort_by(|left, right| right.cmp(left));
    entries.truncate(MOST);
    Ok(entries)
}

/// Removes an entry. One that is gone already is fine.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
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
    let all = directory.parent().map(files).transpose()?;
    let too_old = all
        .into_iter()
        .flatten()
        .flat_map(|one| files(&one).unwrap_or_default())
        .filter(|path| {
            let limit = match number_in(path) {
                Some(_) => KEPT_FOR,
                None if is_unfinished(path) => ABANDONED,
                None => return false,
            };
            age(path).is_some_and(|age| age >= limit)
        });
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

/// What is in a directory; nothing if it is not there. Not by `std`, which panics if a directory
/// can't be closed: what is recorded here has been done.
fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = retry_on_intr(|| rustix::fs::open(directory, flags, Mode::empty()));
    let opened = match opened {
        Ok(opened) => opened,
        Err(Errno::NOENT) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut files = Vec::new();
    for entry in rustix::fs::Dir::new(opened)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            files.push(directory.join(name));
        }
    }
    Ok(files)
}

fn number_in(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    let is_number = name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| name.parse().ok()).flatten()
}

fn is_unfinished(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_bytes().starts_with(UNFINISHED.as_bytes()))
}

/// By the time of the writing as the file system has it: a clock that was wrong then is not
/// believed twice.
fn age(path: &Path) -> Option<Duration> {
    let written = fs::symlink_metadata(path).ok()?.modified().ok()?;
    SystemTime::now().duration_since(written).ok()
}

/// The store by a name that does not depend on where one stands; also when it is gone.
fn canonical(store: &Store) -> PathBuf {
    let dir = store.dir();
    fs::canonicalize(dir)
        .or_else(|error| match (dir.parent(), dir.file_name()) {
            (Some(parent), Some(name)) => Ok(fs::canonicalize(parent)?.join(name)),
            (None, _) | (_, None) => Err(error),
        })
        .unwrap_or_else(|_| dir.to_owned())
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// FNV-1a, 64 bits: the same in every version of the program. It finds accidents, not forgers.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
