//! The lock that every write holds, so that two running copies never interleave.
//!
//! It is `flock` on the directory itself: no file that would litter a repository, and the system
//! releases it when the holder dies. Some network file systems lock only files that are open for
//! writing; there it is a hidden file whose name git ignores.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

/// Where a directory can't be locked. The name fits the pattern that `.gitignore` has for
/// temporary files.
pub(super) const LOCK_FILE_NAME: &str = ".conndeck-lock.tmp";

/// The store's lock, held until this is dropped, and the directory that it is held on.
pub(super) struct Locked {
    dir: File,
    /// Only where the directory itself can't be locked.
    _lock_file: Option<File>,
}

impl Locked {
    /// Waits at most `wait`. Then, or at once if `wait` is zero, the error is `WouldBlock`.
    pub(super) fn acquire(path: &Path, wait: Duration) -> io::Result<Self> {
        let deadline = Instant::now() + wait;
        loop {
            let dir = open_dir(path)?;
            let lock_file = lock_until(&dir, deadline)?;
            // Between opening and locking, a `git checkout` may have put another directory there.
            let (held, there) = (dir.metadata()?, std::fs::metadata(path)?);
            if (held.dev(), held.ino()) == (there.dev(), there.ino()) {
                return Ok(Self {
                    dir,
                    _lock_file: lock_file,
                });
            }
        }
    }

    /// The directory: writes go through this, whatever happens to its path meanwhile.
    pub(super) fn dir(&self) -> &File {
        &self.dir
    }
}

pub(super) fn open_dir(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::openat(
        CWD,
        path,
        flags,
        Mode::empty(),
    )?))
}

/// Whether nobody else held the lock on `file`; it is then ours until `file` is closed.
pub fn try_lock(file: &File) -> io::Result<bool> {
    loop {
        return match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(true),
            Err(Errno::INTR) => continue,
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(error) => Err(error.into()),
        };
    }
}

fn lock_until(dir: &File, deadline: Instant) -> io::Result<Option<File>> {
    match wait_for(dir, deadline) {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
        Err(_) => {
            let file = open_lock_file(dir)?;
            wait_for(&file, deadline)?;
            Ok(Some(file))
        }
    }
}

fn open_lock_file(dir: &File) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    Ok(File::from(rustix::fs::openat(
        dir,
        LOCK_FILE_NAME,
        flags,
        mode,
    )?))
}

/// Asks again and again: a blocking `flock` could not be given a time limit.
fn wait_for(file: &File, deadline: Instant) -> io::Result<()> {
    let mut pause = Duration::from_millis(1);
    while !try_lock(file)? {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        std::thread::sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(50));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_locks_where_the_directory_cannot_be_locked() {
        let dir = tempfile::tempdir().unwrap();
        let opened = open_dir(dir.path()).unwrap();
        let first = open_lock_file(&opened).unwrap();
        let second = open_lock_file(&opened).unwrap();
        assert!(try_lock(&first).unwrap());
        assert!(!try_lock(&second).unwrap());
        drop(first);
        assert!(try_lock(&second).unwrap());
    }
}
