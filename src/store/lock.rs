//! The lock that every write holds, so that two running copies never interleave.
//!
//! It is `flock` on the directory itself: no file that would litter a repository, and the system
//! releases it when the holder dies. Some network file systems lock only files that are open for
//! writing; there it is a hidden file whose name git ignores.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FlockOperation, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

/// Where a directory can't be locked. The name fits the pattern that `.gitignore` has for
/// temporary files.
pub(super) const LOCK_FILE_NAME: &str = ".conndeck-lock.tmp";

/// So many times the wait, it is given up even if others get on.
const MOST_WAITS: u32 = 6;

/// How often it is looked whether others get on.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The store's lock, held until this is dropped, and the directory that it is held on.
pub(super) struct Locked {
    dir: File,
    /// Only where the directory itself can't be locked.
    _lock_file: Option<File>,
}

impl Locked {
    /// Waits at most `wait` while nobody gets on. Then, or at once if `wait` is zero, the error is
    /// `WouldBlock`.
    pub(super) fn acquire(path: &Path, wait: Duration) -> io::Result<Self> {
        loop {
            let dir = open_dir(path)?;
            let (dir, lock_file) = lock_patiently(dir, wait)?;
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
    let opened = retry_on_intr(|| rustix::fs::openat(CWD, path, flags, Mode::empty()))?;
    Ok(File::from(opened))
}

/// Whether nobody else held the lock on `file`; it is then ours until `file` is closed.
pub fn try_lock(file: &File) -> io::Result<bool> {
    match retry_on_intr(|| rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive)) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The directory with the lock on it, or on a file in it.
fn lock_patiently(dir: File, wait: Duration) -> io::Result<(File, Option<File>)> {
    match try_lock(&dir) {
        Ok(true) => Ok((dir, None)),
        Ok(false) => {
            let queued = dir.try_clone()?;
            wait_for(queued, &dir, wait)?;
            Ok((dir, None))
        }
        // A passing failure must not make this one lock another thing than everybody else.
        Err(error) if is_never_locked(&error) => {
            let mut file = open_lock_file(&dir)?;
            if !try_lock(&file)? {
                file = wait_for(file, &dir, wait)?;
            }
            Ok((dir, Some(file)))
        }
        Err(error) => Err(error),
    }
}

/// Whether this says that such a file can't be locked, now or later.
fn is_never_locked(error: &io::Error) -> bool {
    let reasons = [Errno::BADF, Errno::INVAL, Errno::NOSYS, Errno::OPNOTSUPP];
    reasons
        .iter()
        .any(|reason| error.raw_os_error() == Some(reason.raw_os_error()))
}

fn open_lock_file(dir: &File) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    let opened = retry_on_intr(|| rustix::fs::openat(dir, LOCK_FILE_NAME, flags, mode))?;
    Ok(File::from(opened))
}

/// Waits in the system's queue, where who came first is served first, or nearly. That wait has no
/// time limit, so that another thread does it; one that comes too late lets the lock go again.
///
/// While others get on, which `dir` shows, it is a queue, and it is worth staying in it.
fn wait_for(file: File, dir: &File, wait: Duration) -> io::Result<File> {
    if wait.is_zero() {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new()
        .name("lock".to_owned())
        .spawn(move || {
            let locked = retry_on_intr(|| rustix::fs::flock(&file, FlockOperation::LockExclusive));
            // Nobody receives it who has given up: the file is closed, and the lock gone.
            let _ = sender.send(locked.map(|()| file));
        })?;
    let begin = Instant::now();
    let mut seen = (begin, last_change(dir));
    loop {
        let deadline = (seen.0 + wait).min(begin + wait * MOST_WAITS);
        let left = deadline.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left.min(LOOK_EVERY)) {
            Ok(locked) => return Ok(locked?),
            Err(_) if left.is_zero() => return Err(io::ErrorKind::WouldBlock.into()),
            Err(_) => {}
        }
        let now = last_change(dir);
        if now != seen.1 {
            seen = (Instant::now(), now);
        }
    }
}

/// When a name in the directory changed last: every write changes one.
fn last_change(dir: &File) -> Option<(i64, i64)> {
    let metadata = dir.metadata().ok()?;
    Some((metadata.ctime(), metadata.ctime_nsec()))
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
