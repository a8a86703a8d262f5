//! The deeds on disk: a temporary file, the exchange with the one that is there, the removal.
//!
//! All of it works relative to a directory that is held open, so that no symlink can lead a write
//! astray. Where the system can swap two names at once (Linux, macOS), what comes out of a swap is
//! compared once more: a change that an editor made after the comparison is put back, not lost.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read as _, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::access::Scope;
use super::journal::JOURNAL_NAME;
use super::kept::Kept;
use super::lock::{LOCK_FILE_NAME, Locked, open_dir, try_lock};
use super::read::{not_a_file, read_bounded};

/// A name in a directory that is held open.
pub(super) struct Place {
    pub(super) dir: File,
    pub(super) name: OsString,
}

/// What a deleted name stood for.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Contents {
    /// A file.
    File {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its mode and owner.
        kept: Kept,
    },
    /// A symlink, and where it leads. Its target was not touched.
    Link(PathBuf),
}

impl fmt::Debug for Contents {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A connection file may hold secrets.
            Self::File { bytes, kept } => write!(out, "File({} bytes, {kept:?})", bytes.len()),
            Self::Link(target) => write!(out, "Link({})", target.display()),
        }
    }
}

/// How a replacement or removal ended.
pub(super) enum Replaced<T> {
    Done(T),
    /// The file is not what it was when it was compared; it is as it was found.
    ChangedMeanwhile,
}

impl Place {
    pub(super) fn in_store(locked: &Locked, name: &OsStr) -> io::Result<Self> {
        Ok(Self {
            dir: locked.dir().try_clone()?,
            name: name.to_owned(),
        })
    }

    /// Where a symlink leads: a path without symlinks inside `scope`.
    pub(super) fn beneath(scope: &Scope, target: &Path) -> io::Result<Self> {
        let (Some(dir), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        Ok(Self {
            dir: scope.open_dir(dir)?,
            name: name.to_owned(),
        })
    }

    /// A file outside the store, by a path without symlinks.
    pub(super) fn outside(path: &Path) -> io::Result<Self> {
        let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        Ok(Self {
            dir: open_dir(dir)?,
            name: name.to_owned(),
        })
    }

    /// Mode and owner of the file.
    pub(super) fn kept(&self) -> io::Result<Kept> {
        Kept::of(&open_file(&self.dir, &self.name)?)
    }

    /// All that is needed to make it again; `None` if it is over the limit or no file.
    pub(super) fn contents(&self) -> io::Result<Option<Contents>> {
        match rustix::fs::readlinkat(&self.dir, &self.name, Vec::new()) {
            Ok(target) => {
                let target = OsStr::from_bytes(target.as_bytes());
                return Ok(Some(Contents::Link(target.into())));
            }
            // Not a symlink.
            Err(Errno::INVAL) => {}
            Err(error) => return Err(error.into()),
        }
        let file = open_file(&self.dir, &self.name)?;
        if not_a_file(&file.metadata()?).is_some() {
            return Ok(None);
        }
        let kept = Kept::of(&file)?;
        let bytes = read_bounded(&file)?;
        Ok(bytes.map(|bytes| Contents::File { bytes, kept }))
    }

    /// Takes the name away, if it still stands for `expected`.
    pub(super) fn remove(&self, expected: &Contents) -> io::Result<Replaced<()>> {
        // Moved aside first and looked at there: between a look and an unlink somebody could save.
        let aside = Self {
            dir: self.dir.try_clone()?,
            name: temporary_name(),
        };
        rename_new(&self.dir, &self.name, &aside.name)?;
        let found = aside.contents();
        if found
            .as_ref()
            .is_ok_and(|found| found.as_ref() == Some(expected))
        {
            if let Err(error) = rustix::fs::unlinkat(&self.dir, &aside.name, AtFlags::empty()) {
                rename_new(&self.dir, &aside.name, &self.name)?;
                return Err(error.into());
            }
            sync_dir(&self.dir)?;
            return Ok(Replaced::Done(()));
        }
        rename_new(&self.dir, &aside.name, &self.name)?;
        found?;
        Ok(Replaced::ChangedMeanwhile)
    }

    pub(super) fn make_link(&self, target: &Path) -> io::Result<()> {
        rustix::fs::symlinkat(target, &self.dir, &self.name)?;
        sync_dir(&self.dir)
    }
}

/// A complete file under a hidden name, which goes away unless it is put in its place. Held locked,
/// so that nobody takes it for one that a killed Conndeck left behind.
pub(super) struct Temporary {
    dir: File,
    name: OsString,
    file: File,
}

impl Temporary {
    /// Writes `bytes` beside `place` and makes sure that they are on the disk.
    pub(super) fn write(place: &Place, bytes: &[u8], kept: &Kept) -> io::Result<Self> {
        let dir = place.dir.try_clone()?;
        let name = temporary_name();
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let file = File::from(rustix::fs::openat(&dir, &name, flags, mode)?);
        // From here on the file goes away if something fails.
        let mut temporary = Self { dir, name, file };
        // Where locks are not to be had, the store's own lock is what keeps others away.
        let _ = try_lock(&temporary.file);
        temporary.file.write_all(bytes)?;
        kept.apply(&temporary.file)?;
        temporary.file.sync_all()?;
        Ok(temporary)
    }

    /// Gives the file its name, if nothing has that name. Else the error is `AlreadyExists`.
    pub(super) fn place_new(self, place: &Place) -> io::Result<File> {
        rename_new(&self.dir, &self.name, &place.name)?;
        let file = self.file.try_clone()?;
        sync_dir(&place.dir)?;
        Ok(file)
    }

    /// Puts the file in the place of one that holds `expected`.
    pub(super) fn replace(self, place: &Place, expected: &[u8]) -> io::Result<Replaced<File>> {
        match self.swap(place) {
            Ok(()) => {
                // Now the old file has the temporary name.
                let holds = open_file(&self.dir, &self.name)
                    .and_then(|file| holds_exactly(&file, expected));
                if !holds.unwrap_or(false) {
                    return self.swap_back(place);
                }
            }
            Err(Errno::NOENT) => return Ok(Replaced::ChangedMeanwhile),
            Err(error) if is_unsupported(error) => {
                rustix::fs::renameat(&self.dir, &self.name, &place.dir, &place.name)?;
            }
            Err(error) => return Err(error.into()),
        }
        let file = self.file.try_clone()?;
        sync_dir(&place.dir)?;
        Ok(Replaced::Done(file))
    }

    fn swap(&self, place: &Place) -> Result<(), Errno> {
        let (dir, name) = (&place.dir, &place.name);
        rustix::fs::renameat_with(&self.dir, &self.name, dir, name, RenameFlags::EXCHANGE)
    }

    /// Puts back what a swap has brought out. Should somebody have saved even since then, theirs
    /// comes out now: it is put back in turn, and what stays out is what they replaced.
    fn swap_back(self, place: &Place) -> io::Result<Replaced<File>> {
        let restore = || {
            let mut placed = self.file.metadata()?.ino();
            loop {
                let held = identity(&self.dir, &self.name)?;
                self.swap(place)?;
                if identity(&self.dir, &self.name)? == placed {
                    return Ok(Replaced::ChangedMeanwhile);
                }
                placed = held;
            }
        };
        let restored = restore();
        if restored.is_err() {
            // What somebody else wrote has our temporary name now, and must not go.
            std::mem::forget(self);
        }
        restored
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Gone already if it was put in its place; after a swap, this is the old file.
        let _ = rustix::fs::unlinkat(&self.dir, &self.name, AtFlags::empty());
    }
}

/// Removes temporary files of this user that nobody holds locked. Returns how many.
pub(super) fn remove_stale(dir: &File) -> usize {
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
        .filter(|name| rustix::fs::unlinkat(dir, name.as_os_str(), AtFlags::empty()).is_ok())
        .count()
}

fn is_stale(dir: &File, name: &OsStr) -> bool {
    let Ok(file) = open_file(dir, name) else {
        return false;
    };
    let ours = file.metadata().is_ok_and(|metadata| {
        metadata.is_file() && metadata.uid() == rustix::process::geteuid().as_raw()
    });
    ours && try_lock(&file).unwrap_or(false)
}

/// `.conndeck-<16 hexadecimal digits>.tmp`: hidden, and git ignores it.
pub(super) fn temporary_name() -> OsString {
    // Each `RandomState` has its own random keys.
    let random = RandomState::new().build_hasher().finish();
    OsString::from(format!(".conndeck-{random:016x}.tmp"))
}

fn is_temporary_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let is_kept = [LOCK_FILE_NAME, JOURNAL_NAME]
        .iter()
        .any(|kept| kept.as_bytes() == name);
    !is_kept && name.starts_with(b".conndeck-") && name.ends_with(b".tmp")
}

/// Renames within `dir`, never over what is there.
pub(super) fn rename_new(dir: &File, from: &OsStr, to: &OsStr) -> io::Result<()> {
    match rustix::fs::renameat_with(dir, from, dir, to, RenameFlags::NOREPLACE) {
        Err(error) if is_unsupported(error) => link_new(dir, from, to),
        result => Ok(result?),
    }
}

/// The same where the file system can't do it in one step.
pub(super) fn link_new(dir: &File, from: &OsStr, to: &OsStr) -> io::Result<()> {
    match rustix::fs::linkat(dir, from, dir, to, AtFlags::empty()) {
        Ok(()) => Ok(rustix::fs::unlinkat(dir, from, AtFlags::empty())?),
        Err(Errno::EXIST) => Err(Errno::EXIST.into()),
        Err(_) => {
            // Without hard links: an empty file of ours holds the name.
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
            rustix::fs::openat(dir, to, flags, Mode::RUSR | Mode::WUSR)?;
            Ok(rustix::fs::renameat(dir, from, dir, to)?)
        }
    }
}

fn is_unsupported(error: Errno) -> bool {
    [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP].contains(&error)
}

/// Which file a name stands for: its inode, which tells files in one directory apart.
fn identity(dir: &File, name: &OsStr) -> io::Result<u64> {
    Ok(rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?.st_ino)
}

/// Whether a file holds these bytes and no more. A workflow may be longer than a connection may.
fn holds_exactly(file: &File, expected: &[u8]) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(expected.len() + 1);
    file.take(expected.len() as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes == expected)
}

/// Neither follows a symlink nor waits for a named pipe.
pub(super) fn open_file(dir: &File, name: &OsStr) -> io::Result<File> {
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::openat(
        dir,
        name,
        flags,
        Mode::empty(),
    )?))
}

/// Makes a rename outlive a power cut, where the file system can do that for directories.
pub(super) fn sync_dir(dir: &File) -> io::Result<()> {
    match rustix::fs::fsync(dir) {
        Ok(()) => Ok(()),
        Err(error) if is_unsupported(error) || error == Errno::BADF => Ok(()),
        Err(error) => Err(io::Error::other(format!(
            "it was done, but the disk does not confirm it: {error}"
        ))),
    }
}
