//! Reading one file: bounded, never blocking on what is no file, and exact.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::buffer::spare_capacity;
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::retry_on_intr;

use crate::connection::Location;

/// The longest connection file that is read: 1 MiB.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// Why a file's text is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// The system does not let this user read it.
    NoPermission,
    /// Not UTF-8, from this place on.
    NotUtf8(Location),
    /// UTF-16 (or UTF-32), by its byte order mark.
    Utf16,
    /// Over [`MAX_BYTES`].
    TooLarge,
    /// A symlink to nothing.
    DanglingLink,
    /// A symlink that leads back to itself.
    LinkLoop,
    /// Not a regular file; what it is instead, such as `a directory`.
    NotAFile(&'static str),
    /// The name is no text, or holds control characters: no workflow can mean it.
    Name,
    /// It went away while it was read.
    Vanished,
    /// Nobody has read it yet.
    NotYet,
    /// Anything else, in the system's words.
    Io(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPermission => out.write_str("no permission to read it"),
            // Whoever prints it has the place, and puts it where places stand.
            Self::NotUtf8(_) => out.write_str("not UTF-8"),
            Self::Utf16 => out.write_str("UTF-16, where a connection file is UTF-8"),
            Self::TooLarge => out.write_str("over 1 MiB"),
            Self::DanglingLink => out.write_str("a symlink to a file that does not exist"),
            Self::LinkLoop => out.write_str("a symlink that leads back to itself"),
            Self::NotAFile(what) => write!(out, "{what}, not a file"),
            Self::Name => out.write_str("its name is not plain text"),
            Self::Vanished => out.write_str("it went away while it was read"),
            Self::NotYet => out.write_str("it is still to be read"),
            Self::Io(message) => out.write_str(message),
        }
    }
}

impl Unreadable {
    /// Whether this can't change while the file has the same stamp.
    pub(super) fn is_lasting(&self) -> bool {
        match self {
            Self::NotUtf8(_) | Self::Utf16 | Self::TooLarge => true,
            Self::NoPermission
            | Self::DanglingLink
            | Self::LinkLoop
            | Self::NotAFile(_)
            | Self::Name
            | Self::Vanished
            | Self::NotYet
            | Self::Io(_) => false,
        }
    }

    /// What is wrong with the text itself, if it is that and not the system.
    pub fn invalid(&self) -> Option<String> {
        match self {
            Self::NotUtf8(location) => Some(format!("{location}: {self}")),
            Self::Utf16 | Self::TooLarge => Some(self.to_string()),
            Self::NoPermission
            | Self::DanglingLink
            | Self::LinkLoop
            | Self::NotAFile(_)
            | Self::Name
            | Self::Vanished
            | Self::NotYet
            | Self::Io(_) => None,
        }
    }

    pub(super) fn from_io(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::PermissionDenied {
            return Self::NoPermission;
        }
        if error.kind() == io::ErrorKind::NotFound {
            return Self::Vanished;
        }
        Self::Io(error.to_string())
    }
}

/// Tells whether a file is the one that was read: if none of this changed, neither did the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    /// Seconds and nanoseconds. Unlike the modification time nobody can set this one.
    changed: (i64, i64),
}

impl Stamp {
    /// The stamp of what `metadata` describes.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// When the content was last changed, as the file says: seconds and nanoseconds.
    pub fn modified(&self) -> (i64, i64) {
        self.modified
    }

    /// The stamp as bytes, for a file that remembers it: equal for equal stamps only.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let words = [
            self.device.to_le_bytes(),
            self.inode.to_le_bytes(),
            self.size.to_le_bytes(),
            self.modified.0.to_le_bytes(),
            self.modified.1.to_le_bytes(),
            self.changed.0.to_le_bytes(),
            self.changed.1.to_le_bytes(),
        ];
        let mut bytes = [0; Self::BYTES];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word);
        }
        bytes
    }

    /// How long [`Stamp::to_bytes`] is.
    pub const BYTES: usize = 56;

    /// The size of the file in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The stamp of a directory: which one it is, not when something in it changed.
    pub fn of_directory(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: u64::from(metadata.mode()),
            ..Self::default()
        }
    }

    /// Whether a later change is sure to change the stamp. Not so for one within the clock tick of
    /// the last change: a file is trusted only once that is further back than the coarsest clock in
    /// use (FAT: 2 s). A time in the future is never trusted.
    pub fn is_settled(&self, now: SystemTime) -> bool {
        let last = self.modified.max(self.changed);
        let Ok(seconds) = u64::try_from(last.0) else {
            return true;
        };
        now.duration_since(UNIX_EPOCH + Duration::from_secs(seconds))
            .is_ok_and(|age| age > Duration::from_secs(3))
    }
}

/// The text of the regular file at `path`, byte for byte, and the stamp that it had when the
/// reading began. A symlink is followed.
pub(super) fn read_text(path: &Path) -> (Result<Arc<str>, Unreadable>, Option<Stamp>) {
    let opened = open(path, OFlags::empty()).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = match opened {
        Ok(opened) => opened,
        Err(error) => return (Err(Unreadable::from_io(&error)), None),
    };
    let stamp = Some(Stamp::of(&metadata));
    if let Some(what) = not_a_file(&metadata) {
        return (Err(Unreadable::NotAFile(what)), stamp);
    }
    (read_opened(&file, &metadata), stamp)
}

/// The text of what a directory lists as a regular file, with what the system says of it. `None` if
/// it is something else by now, or can't be opened.
pub(super) fn read_listed(path: &Path) -> Option<(Result<Arc<str>, Unreadable>, Metadata)> {
    let file = open(path, OFlags::NOFOLLOW).ok()?;
    let metadata = file.metadata().ok()?;
    if not_a_file(&metadata).is_some() {
        return None;
    }
    Some((read_opened(&file, &metadata), metadata))
}

fn read_opened(file: &File, metadata: &Metadata) -> Result<Arc<str>, Unreadable> {
    if metadata.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    match read_bounded(file, metadata.len()) {
        Ok(Some(bytes)) => decode(bytes),
        Ok(None) => Err(Unreadable::TooLarge),
        Err(error) => Err(Unreadable::from_io(&error)),
    }
}

/// The text of a file that comes with a repository and is no connection, such as settings: read
/// with the same care. A symlink to nothing is as good as no file.
///
/// # Errors
/// Why it is not known.
pub fn read_small(path: &Path) -> Result<Arc<str>, Unreadable> {
    // To open a device may already do something.
    let metadata = fs::metadata(path).map_err(|error| Unreadable::from_io(&error))?;
    match not_a_file(&metadata) {
        Some(what) => Err(Unreadable::NotAFile(what)),
        None => read_text(path).0,
    }
}

/// Opens what may be a regular file without waiting for it, and says what it is if it is none:
/// what was a file when a directory was listed may be a named pipe now.
///
/// # Errors
/// What the system says, or what it is instead of a file.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let file = open(path, OFlags::empty())?;
    match not_a_file(&file.metadata()?) {
        Some(what) => Err(io::Error::other(format!("it is {what}"))),
        None => Ok(file),
    }
}

/// Reads the regular file at `path` into `bytes`, in place of what is there: one call to open it,
/// one to look at it, one to read it. The stamp is the one that it had when the reading began.
///
/// # Errors
/// What the system says, or what it is instead of a file. `bytes` is empty then.
pub fn read_into(path: &Path, bytes: &mut Vec<u8>) -> io::Result<Stamp> {
    bytes.clear();
    let read = read_all_of(path, bytes);
    if read.is_err() {
        bytes.clear();
    }
    read
}

fn read_all_of(path: &Path, bytes: &mut Vec<u8>) -> io::Result<Stamp> {
    let mut file = open(path, OFlags::empty())?;
    let metadata = file.metadata()?;
    if let Some(what) = not_a_file(&metadata) {
        return Err(io::Error::other(format!("it is {what}")));
    }
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    // One byte more than there should be: a reading that does not fill it has met the end.
    bytes.try_reserve_exact(size.saturating_add(1))?;
    let read = retry_on_intr(|| rustix::io::read(&file, spare_capacity(&mut *bytes)))?;
    if read != size {
        file.read_to_end(bytes)?;
    }
    Ok(Stamp::of(&metadata))
}

/// At most [`MAX_BYTES`]; `None` if there are more. `expected` is how many there seem to be: a file
/// that has so many is read by two calls.
pub(super) fn read_bounded(file: &File, expected: u64) -> io::Result<Option<Vec<u8>>> {
    let expected = usize::try_from(expected.min(MAX_BYTES)).unwrap_or_default();
    // One more, so that the end is seen without growing.
    let mut bytes = Vec::with_capacity(expected + 1);
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= MAX_BYTES).then_some(bytes))
}

/// What this is, if it is no regular file.
pub(super) fn not_a_file(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else if kind.is_fifo() {
        Some("a named pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else if kind.is_symlink() {
        Some("a symlink")
    } else {
        Some("a device")
    }
}

/// Without waiting: what was a file a moment ago may be a named pipe now.
fn open(path: &Path, also: OFlags) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | also;
    let opened = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
    Ok(File::from(opened))
}

fn decode(bytes: Vec<u8>) -> Result<Arc<str>, Unreadable> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Unreadable::Utf16);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Arc::from(text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(&error.as_bytes()[..valid]);
            Err(Unreadable::NotUtf8(Location::of_offset(&text, valid)))
        }
    }
}
