//! Files of Conndeck's own, in the state directory: each its owner's alone, written whole before it
//! has its name, and with a checksum, so that a damaged one is known for what it is.

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
use tempfile::NamedTempFile;

use crate::store::Store;

/// So long such a file is kept: it may hold a secret that was replaced long ago.
pub const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

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

/// Where the files of one kind about a store are, below the state directory.
pub fn directory(state: &Path, kind: &str, store: &Store) -> PathBuf {
    let key = checksum(canonical(store).as_os_str().as_bytes());
    state.join(kind).join(format!("{key:016x}"))
}

/// Writes a file that has no name yet; the directory is made if it is not there. `head` tells kind
/// and version.
pub fn write(
    directory: &Path,
    head: &str,
    store: &Store,
    at: SystemTime,
    contents: &impl Serialize,
) -> io::Result<NamedTempFile> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    let body = serde_json::to_vec(&Body {
        store: canonical(store).into_os_string().into_vec(),
        at: u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX),
        done: contents,
    })?;
    let mut file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(directory)?;
    let mut bytes = format!("{head} {:016x}\n", checksum(&body)).into_bytes();
    bytes.extend(body);
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    if fs::read(file.path())? != bytes {
        return Err(damaged("the disk does not hold what was written"));
    }
    Ok(file)
}

/// What such a file holds, and when it was written.
pub fn read<C: for<'d> Deserialize<'d>>(
    bytes: &[u8],
    head: &str,
    store: &Store,
) -> io::Result<(SystemTime, C)> {
    let (first, body) = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map(|end| (&bytes[..end], &bytes[end + 1..]))
        .ok_or_else(|| damaged("it is damaged"))?;
    if first != format!("{head} {:016x}", checksum(body)).as_bytes() {
        return Err(damaged("it is damaged"));
    }
    // What serde says may quote a value.
    let body: Body<C> = serde_json::from_slice(body)
        .map_err(|_| damaged("another version of conndeck wrote it"))?;
    if Path::new(&OsString::from_vec(body.store)) != canonical(store) {
        return Err(damaged("it is about another store"));
    }
    let at = SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_millis(body.at))
        .ok_or_else(|| damaged("it is damaged"))?;
    Ok((at, body.done))
}

/// Removes such a file. One that is gone already is fine.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// What is in a directory; nothing if it is not there. Not by `std`, which panics if a directory
/// can't be closed: what is recorded here has been done.
pub fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
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

/// What is too old in the directories of all stores, next to `directory`: files that `is_ours`
/// knows by their name, and what nobody finishes any more.
pub fn too_old(directory: &Path, is_ours: impl Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let all = directory.parent().map(files).transpose()?;
    let is_over = |path: &PathBuf| {
        let limit = if is_ours(path) {
            KEPT_FOR
        } else if is_unfinished(path) {
            ABANDONED
        } else {
            return false;
        };
        age(path).is_some_and(|age| age >= limit)
    };
    Ok(all
        .into_iter()
        .flatten()
        .flat_map(|one| files(&one).unwrap_or_default())
        .filter(is_over)
        .collect())
}

/// By the time of the writing as the file system has it: a clock that was wrong then is not
/// believed twice.
pub fn age(path: &Path) -> Option<Duration> {
    let written = fs::symlink_metadata(path).ok()?.modified().ok()?;
    SystemTime::now().duration_since(written).ok()
}

/// An error that says what is wrong with a file.
pub fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// FNV-1a, 64 bits: the same in every version of the program. It finds accidents, not forgers.
pub fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// How long ago something was, for people: `2 minutes ago`.
pub fn ago(at: SystemTime) -> String {
    in_words(SystemTime::now().duration_since(at).unwrap_or_default())
}

fn in_words(passed: Duration) -> String {
    let seconds = passed.as_secs();
    let (number, unit) = match seconds {
        0..5 => return "just now".to_owned(),
        5..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        86_400.. => (seconds / 86_400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural} ago")
}

fn is_unfinished(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_bytes().starts_with(UNFINISHED.as_bytes()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_for_people() {
        for (seconds, text) in [
            (0, "just now"),
            (4, "just now"),
            (5, "5 seconds ago"),
            (60, "1 minute ago"),
            (179, "2 minutes ago"),
            (3600, "1 hour ago"),
            (86_399, "23 hours ago"),
            (86_400, "1 day ago"),
            (2_592_000, "30 days ago"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), text);
        }
    }
}
