//! Files of ours under hidden names: what they are called, and what becomes of those that a killed
//! Conndeck left behind.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use super::journal::JOURNAL_NAME;
use super::lock::{LOCK_FILE_NAME, try_lock};
use super::name::is_connection_file_name;
use super::write::{open_file, rename_new, unlink};

/// The longest name that every file system takes.
const LONGEST_NAME: usize = 255;

/// A hidden name that goes away with this.
pub(super) struct Hidden {
    pub(super) dir: File,
    pub(super) name: OsString,
    stays: bool,
}

impl Hidden {
    pub(super) fn new(dir: File, name: OsString) -> Self {
        let stays = false;
        Self { dir, name, stays }
    }

    /// The file has another name by now, or must not go.
    pub(super) fn let_be(mut self) {
        self.stays = true;
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if !self.stays {
            // After a swap, this is the old file. What can't be removed goes at the next start.
            let _ = unlink(&self.dir, &self.name);
        }
    }
}

/// What becomes of a file that was moved aside to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asides {
    /// The delete was cut short: it gets its name back, if nobody has taken that.
    PutBack,
    /// It is known that it was to go.
    Remove,
}

/// `.conndeck-<16 hexadecimal digits>.tmp`: hidden, and git ignores it.
pub(super) fn temporary_name() -> OsString {
    OsString::from(format!(".conndeck-{}.tmp", random()))
}

/// `.conndeck-<16 hexadecimal digits>-<name>.tmp`: says what it was.
pub(super) fn aside_name(name: &OsStr) -> OsString {
    let mut aside = OsString::from(format!(".conndeck-{}-", random()));
    aside.push(name);
    aside.push(".tmp");
    if aside.len() > LONGEST_NAME {
        return temporary_name();
    }
    aside
}

/// Each `RandomState` has its own random keys.
fn random() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// The name that a file had before it was moved aside.
fn name_before(aside: &OsStr) -> Option<&OsStr> {
    let inner = aside.as_bytes().strip_prefix(b".conndeck-")?;
    let inner = inner.strip_suffix(b".tmp")?;
    let (random, name) = inner.split_at_checked(16)?;
    let name = OsStr::from_bytes(name.strip_prefix(b"-")?);
    let is_ours = random.iter().all(u8::is_ascii_hexdigit) && is_connection_file_name(name);
    is_ours.then_some(name)
}

/// Clears away the hidden files of this user that nobody holds locked. Returns how many.
pub(super) fn remove_stale(dir: &File, asides: Asides) -> usize {
    let Ok(entries) = rustix::fs::Dir::read_from(dir) else {
        return 0;
    };
    let names: Vec<OsString> = entries
        .filter_map(Result::ok)
        .map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned())
        .filter(|name| is_temporary_name(name))
        .collect();
    names
        .iter()
        .filter(|name| is_stale(dir, name))
        .filter(|name| clear(dir, name, asides).is_ok())
        .count()
}

fn clear(dir: &File, name: &OsStr, asides: Asides) -> io::Result<()> {
    match (asides, name_before(name)) {
        (Asides::PutBack, Some(before)) => match rename_new(dir, name, before) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => unlink(dir, name),
            result => result,
        },
        (Asides::PutBack, None) | (Asides::Remove, _) => unlink(dir, name),
    }
}

fn is_stale(dir: &File, name: &OsStr) -> bool {
    let is_own = |uid: u32| uid == rustix::process::geteuid().as_raw();
    let Ok(file) = open_file(dir, name) else {
        // A symlink can't be opened so; one that was moved aside is one of ours.
        let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
        return name_before(name).is_some()
            && rustix::fs::statat(dir, name, flags).is_ok_and(|stat| {
                rustix::fs::FileType::from_raw_mode(stat.st_mode).is_symlink()
                    && is_own(stat.st_uid)
            });
    };
    let ours = file
        .metadata()
        .is_ok_and(|metadata| metadata.is_file() && is_own(metadata.uid()));
    ours && try_lock(&file).unwrap_or(false)
}

pub(super) fn is_temporary_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let is_kept = [LOCK_FILE_NAME, JOURNAL_NAME]
        .iter()
        .any(|kept| kept.as_bytes() == name);
    !is_kept && name.starts_with(b".conndeck-") && name.ends_with(b".tmp")
}
