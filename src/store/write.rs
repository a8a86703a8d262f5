//! The deeds on disk: a temporary file, the exchange with the one that is there, the removal.
//!
//! All of it works relative to a directory that is held open, so that no symlink can lead a write
//! astray. Where the system can swap two names at once (Linux, macOS), what comes out of a swap is
//! compared once more: a change that an editor made after the comparison is put back, not lost.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::{Errno, retry_on_intr};

use super::access::Scope;
use super::hidden::{Hidden, aside_name, temporary_name};
use super::kept::Kept;
use super::lock::{Locked, open_dir, try_lock};
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

/// What was done, and whether it outlives a power cut.
#[derive(Debug)]
pub(super) struct Deed<T> {
    pub(super) result: T,
    /// Why the disk does not confirm it.
    pub(super) doubt: Option<io::Error>,
}

impl<T> Deed<T> {
    /// After a change of names in `dir`.
    fn done(result: T, dir: &File) -> Self {
        let doubt = sync_dir(dir).err();
        Self { result, doubt }
    }

    /// The result, where a doubt is an error.
    pub(super) fn confirmed(self) -> io::Result<T> {
        match self.doubt {
            None => Ok(self.result),
            Some(error) => Err(error),
        }
    }
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
        let metadata = file.metadata()?;
        if not_a_file(&metadata).is_some() {
            return Ok(None);
        }
        let kept = Kept::of(&file)?;
        let bytes = read_bounded(&file, metadata.len())?;
        Ok(bytes.map(|bytes| Contents::File { bytes, kept }))
    }

    /// Takes the name away, if it still stands for `expected`.
    pub(super) fn remove(&self, expected: &Contents) -> io::Result<Replaced<Deed<()>>> {
        // Moved aside first and looked at there: between a look and an unlink somebody could save.
        let aside = Self {
            dir: self.dir.try_clone()?,
            name: aside_name(&self.name),
        };
        rename_new(&self.dir, &self.name, &aside.name)?;
        let found = aside.contents();
        if found
            .as_ref()
            .is_ok_and(|found| found.as_ref() == Some(expected))
        {
            if let Err(error) = unlink(&self.dir, &aside.name) {
                rename_new(&self.dir, &aside.name, &self.name)?;
                return Err(error);
            }
            return Ok(Replaced::Done(Deed::done((), &self.dir)));
        }
        rename_new(&self.dir, &aside.name, &self.name)?;
        found?;
        Ok(Replaced::ChangedMeanwhile)
    }

    pub(super) fn make_link(&self, target: &Path) -> io::Result<Deed<()>> {
        retry_on_intr(|| rustix::fs::symlinkat(target, &self.dir, &self.name))?;
        Ok(Deed::done((), &self.dir))
    }
}

/// A complete file under a hidden name, which goes away unless it is put in its place. Held locked,
/// so that nobody takes it for one that a killed Conndeck left behind.
pub(super) struct Temporary {
    hidden: Hidden,
    file: File,
}

impl Temporary {
    /// Writes `bytes` beside `place` and makes sure that they are on the disk.
    pub(super) fn write(place: &Place, bytes: &[u8], kept: &Kept) -> io::Result<Self> {
        let dir = place.dir.try_clone()?;
        let name = temporary_name();
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let file = File::from(retry_on_intr(|| {
            rustix::fs::openat(&dir, &name, flags, mode)
        })?);
        // From here on the file goes away if something fails.
        let mut temporary = Self {
            hidden: Hidden::new(dir, name),
            file,
        };
        // Where locks are not to be had, the store's own lock is what keeps others away.
        let _ = try_lock(&temporary.file);
        temporary.file.write_all(bytes)?;
        kept.apply(&temporary.file)?;
        temporary.file.sync_all()?;
        // A disk that takes less than it says is found out while the old file still stands.
        temporary.file.rewind()?;
        if !holds_exactly(&temporary.file, bytes)? {
            return Err(io::Error::other("the disk does not hold what was written"));
        }
        Ok(temporary)
    }

    /// Gives the file its name, if nothing has that name. Else the error is `AlreadyExists`.
    pub(super) fn place_new(self, place: &Place) -> io::Result<Deed<File>> {
        let Self { hidden, file } = self;
        rename_new(&hidden.dir, &hidden.name, &place.name)?;
        hidden.let_be();
        Ok(Deed::done(file, &place.dir))
    }

    /// Puts the file in the place of one that holds `expected`.
    pub(super) fn replace(
        self,
        place: &Place,
        expected: &[u8],
    ) -> io::Result<Replaced<Deed<File>>> {
        let Hidden { dir, name, .. } = &self.hidden;
        match self.swap(place) {
            Ok(()) => {
                // Now the old file has the temporary name.
                let holds = open_file(dir, name).and_then(|file| holds_exactly(&file, expected));
                match holds {
                    Ok(true) => {}
                    Err(error) if is_about_the_system(&error) => {
                        self.swap_back(place)?;
                        return Err(error);
                    }
                    Ok(false) | Err(_) => {
                        self.swap_back(place)?;
                        return Ok(Replaced::ChangedMeanwhile);
                    }
                }
            }
            Err(Errno::NOENT) => return Ok(Replaced::ChangedMeanwhile),
            Err(error) if is_unsupported(error) => {
                retry_on_intr(|| rustix::fs::renameat(dir, name, &place.dir, &place.name))?;
                let Self { hidden, file } = self;
                hidden.let_be();
                return Ok(Replaced::Done(Deed::done(file, &place.dir)));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(Replaced::Done(Deed::done(self.file, &place.dir)))
    }

    fn swap(&self, place: &Place) -> Result<(), Errno> {
        let Hidden { dir, name, .. } = &self.hidden;
        let exchange = RenameFlags::EXCHANGE;
        retry_on_intr(|| rustix::fs::renameat_with(dir, name, &place.dir, &place.name, exchange))
    }

    /// Puts back what a swap has brought out. Should somebody have saved even since then, theirs
    /// comes out now: it is put back in turn, and what stays out is what they replaced.
    fn swap_back(self, place: &Place) -> io::Result<()> {
        let Hidden { dir, name, .. } = &self.hidden;
        let restore = || {
            let mut placed = self.file.metadata()?.ino();
            loop {
                let held = identity(dir, name)?;
                self.swap(place)?;
                if identity(dir, name)? == placed {
                    return Ok(());
                }
                placed = held;
            }
        };
        let restored = restore();
        if restored.is_err() {
            // What somebody else wrote has our temporary name now, and must not go.
            self.hidden.let_be();
        }
        restored
    }
}

/// Renames within `dir`, never over what is there.
pub(super) fn rename_new(dir: &File, from: &OsStr, to: &OsStr) -> io::Result<()> {
    let new_only = RenameFlags::NOREPLACE;
    match retry_on_intr(|| rustix::fs::renameat_with(dir, from, dir, to, new_only)) {
        Err(error) if is_unsupported(error) => link_new(dir, from, to),
        result => Ok(result?),
    }
}

/// The same where the file system can't do it in one step.
pub(super) fn link_new(dir: &File, from: &OsStr, to: &OsStr) -> io::Result<()> {
    match retry_on_intr(|| rustix::fs::linkat(dir, from, dir, to, AtFlags::empty())) {
        Ok(()) => unlink(dir, from),
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

/// Whether reading failed for a reason that says nothing about the file.
fn is_about_the_system(error: &io::Error) -> bool {
    let reasons = [Errno::IO, Errno::MFILE, Errno::NFILE, Errno::NOMEM];
    reasons
        .iter()
        .any(|reason| error.raw_os_error() == Some(reason.raw_os_error()))
}

/// Removes a name.
pub(super) fn unlink(dir: &File, name: &OsStr) -> io::Result<()> {
    Ok(retry_on_intr(|| {
        rustix::fs::unlinkat(dir, name, AtFlags::empty())
    })?)
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
    let opened = retry_on_intr(|| rustix::fs::openat(dir, name, flags, Mode::empty()))?;
    Ok(File::from(opened))
}

/// Makes a rename outlive a power cut, where the file system can do that for directories.
pub(super) fn sync_dir(dir: &File) -> io::Result<()> {
    match retry_on_intr(|| rustix::fs::fsync(dir)) {
        Ok(()) => Ok(()),
        Err(error) if is_unsupported(error) || error == Errno::BADF => Ok(()),
        Err(error) => Err(io::Error::other(format!(
            "the disk does not confirm it: {error}"
        ))),
    }
}
