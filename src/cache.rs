//! What workflow files were found to say, kept for the next start: ids and places, never values.
//!
//! The cache only saves time. Each file in it is one question's answer about one state of one file,
//! told by its [`Stamp`]; what is wrong, old, damaged or somebody else's is not there. What a delete
//! or a rename asks never comes from here: `workflow::scan_for` takes no [`Cache`].

mod archive;
mod binary;
mod scan;

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::hash::{DefaultHasher, Hasher as _};
use std::io::{self, BufWriter, IntoInnerError, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use crate::reference::{FileScan, Options};
use crate::store::Stamp;
use archive::{Archive, Entry, MOST_ASKED, Said};

/// More than so many bytes are neither read nor written: 256 MiB.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// How the name of a cache file ends.
const ENDING: &str = "scans";

/// What a file is called before it is whole.
const UNFINISHED: &str = ".unfinished-";

/// A project that nobody has changed and scanned for so long starts anew.
const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What is unfinished for so long has nobody who finishes it.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// Where the cache is, if there is to be one.
#[derive(Debug, Clone, Default)]
pub struct Cache {
    directory: Option<PathBuf>,
    /// How much later than it is the cache believes it to be. Nothing but in tests, which have no
    /// time to wait until files are settled.
    ahead: Duration,
}

impl Cache {
    /// No cache: everything is read.
    pub fn none() -> Self {
        Self::default()
    }

    /// In that directory, which is made when there is something to keep.
    pub fn in_directory(directory: PathBuf) -> Self {
        Self {
            directory: Some(directory),
            ..Self::default()
        }
    }

    /// For tests that see to it that no two changes are within a tick of the clock.
    #[cfg(test)]
    pub(crate) fn trusting(directory: PathBuf) -> Self {
        Self {
            ahead: Duration::from_secs(3600),
            ..Self::in_directory(directory)
        }
    }

    /// When the files are looked at.
    fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead
    }

    /// What is remembered of the files below `roots`, each as it was named and with links resolved.
    pub fn open<'p>(
        &self,
        roots: impl IntoIterator<Item = (&'p Path, &'p Path)>,
        options: &Options,
    ) -> Memory {
        let Some(directory) = &self.directory else {
            return Memory::none();
        };
        let subject = subject(roots, options);
        let mut name = DefaultHasher::new();
        name.write(&subject);
        let path = directory.join(format!("{:016x}.{ENDING}", name.finish()));
        Memory {
            archive: read(directory, &path)
                .and_then(|bytes| Archive::parse(bytes, &subject))
                .unwrap_or_default(),
            place: Some(Place {
                directory: directory.clone(),
                path,
                subject,
            }),
            // Before anything is read: what changes from now on is not settled.
            opened: self.now(),
            asked: Asked::default(),
        }
    }
}

/// What the answers depend on besides the files' bytes. The environment is not among it: a scan that
/// asks for a variable is not kept.
fn subject<'p>(
    roots: impl IntoIterator<Item = (&'p Path, &'p Path)>,
    options: &Options,
) -> Vec<u8> {
    let mut subject = Vec::new();
    binary::put_text(&mut subject, env!("CARGO_PKG_VERSION"));
    // Two builds of one version may scan differently.
    if let Ok(program) = fs::metadata("/proc/self/exe") {
        subject.extend(program.len().to_le_bytes());
        subject.extend(program.mtime().to_le_bytes());
        subject.extend(program.mtime_nsec().to_le_bytes());
    }
    binary::put_number(&mut subject, options.reference_keys.len());
    for key in &options.reference_keys {
        binary::put_text(&mut subject, key);
    }
    for path in roots
        .into_iter()
        .flat_map(|(named, target)| [named, target])
    {
        binary::put_bytes(&mut subject, path.as_os_str().as_bytes());
    }
    subject
}

/// Where a cache file is, and what it is about.
#[derive(Debug)]
struct Place {
    directory: PathBuf,
    path: PathBuf,
    subject: Vec<u8>,
}

/// What is remembered about the files of one project. It can be asked from many threads, and does
/// not change; what they learn, [`Memory::keep`] takes.
#[derive(Debug)]
pub struct Memory {
    place: Option<Place>,
    archive: Archive,
    opened: SystemTime,
    asked: Asked,
}

/// The ids of the question, in the table of asked ids.
#[derive(Debug, Default)]
struct Asked {
    /// The table with them in it.
    table: Vec<String>,
    /// The bit of each.
    bits: Vec<u64>,
    /// The bits that meant other ids before.
    replaced: u64,
}

impl Asked {
    fn all(&self) -> u64 {
        self.bits.iter().fold(0, |all, bit| all | bit)
    }
}

/// What is known of a file as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Known<'m> {
    /// Which record of the archive it is.
    record: usize,
    size: u64,
    scan: Option<&'m [u8]>,
    /// The asked ids that it does not concern.
    ruled_out: u64,
    asked: u64,
}

impl Known<'_> {
    /// The size of the file in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// That it is still true.
    pub fn lesson(&self) -> Lesson {
        Lesson::Same(self.record)
    }

    /// All that it says, if that is known.
    pub fn scan(&self) -> Option<FileScan> {
        scan::decode(self.scan?)
    }

    /// What it says about `ids`, if that is known: they are those of [`Memory::ask`].
    pub fn about(&self, ids: &[&str]) -> Option<FileScan> {
        let Some(bytes) = self.scan else {
            let is_ruled_out = self.asked != 0 && self.ruled_out & self.asked == self.asked;
            return is_ruled_out.then(FileScan::default);
        };
        let mentions = |id: &&str| memchr::memmem::find(bytes, id.as_bytes()).is_some();
        if !ids.iter().any(mentions) {
            return Some(FileScan::default());
        }
        let mut scan = scan::decode(bytes)?;
        scan.retain_concerning(ids);
        Some(scan)
    }
}

/// What is to be kept about a file.
#[derive(Debug)]
pub enum Lesson {
    /// Nothing.
    Nothing,
    /// What was known, by its record.
    Same(usize),
    /// Something new.
    New(Box<Entry>),
}

/// What a reading has shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'s> {
    /// All that the file says.
    pub scan: Option<Whole<'s>>,
    /// Which of the ids of [`Memory::ask`] its bytes do not concern, by position.
    pub ruled_out: &'s [bool],
}

/// All that a file says.
#[derive(Debug, Clone, Copy)]
pub enum Whole<'s> {
    /// Nobody needs it any more.
    Passing(&'s FileScan),
    /// The caller keeps it in any case.
    Staying(&'s Arc<FileScan>),
}

impl<'s> Shown<'s> {
    /// That of a reading that asked for no ids.
    pub fn all(scan: Whole<'s>) -> Self {
        Self {
            scan: Some(scan),
            ruled_out: &[],
        }
    }
}

impl Whole<'_> {
    fn said(self) -> Option<Said> {
        match self {
            Self::Passing(scan) => scan::encode(scan).map(Said::Bytes),
            Self::Staying(scan) => scan::is_kept(scan).then(|| Said::Scan(Arc::clone(scan))),
        }
    }
}

impl Memory {
    /// Nothing, and nothing is kept.
    pub fn none() -> Self {
        Self {
            place: None,
            archive: Archive::default(),
            opened: SystemTime::UNIX_EPOCH,
            asked: Asked::default(),
        }
    }

    /// Whether there is a cache.
    pub fn is_on(&self) -> bool {
        self.place.is_some()
    }

    /// Says which ids the question is about.
    pub fn ask(&mut self, ids: &[&str]) {
        if ids.len() > MOST_ASKED {
            return;
        }
        let mut table = self.archive.asked();
        let mut asked = Asked::default();
        for id in ids {
            let slot = match table.iter().position(|known| known == id) {
                Some(slot) => slot,
                None if table.len() < MOST_ASKED => {
                    table.push((*id).to_owned());
                    table.len() - 1
                }
                // The place of one that this question is not about.
                None => {
                    let free = (table.iter()).position(|known| !ids.contains(&known.as_str()));
                    let Some(slot) = free else { return };
                    table.remove(slot);
                    table.push((*id).to_owned());
                    // All places behind it have moved: they start anew.
                    asked.replaced |= u64::MAX << slot;
                    table.len() - 1
                }
            };
            asked.bits.push(1 << slot);
        }
        // A place may have moved after its bit was noted.
        for (bit, id) in asked.bits.iter_mut().zip(ids) {
            if let Some(slot) = table.iter().position(|known| known == id) {
                *bit = 1 << slot;
            }
        }
        asked.table = table;
        self.asked = asked;
    }

    /// What is known of the file at `path`, as it is now.
    pub fn recall(&self, path: &Path) -> Option<Known<'_>> {
        if self.archive.is_empty() {
            return None;
        }
        let record = self.archive.find(key(path))?;
        let stamp = Stamp::of(&fs::metadata(path).ok()?);
        self.known(record, &stamp)
    }

    fn known(&self, record: usize, stamp: &Stamp) -> Option<Known<'_>> {
        let found = self.archive.record(record)?;
        (found.stamp == stamp.to_bytes()).then(|| Known {
            record,
            size: stamp.size(),
            scan: found.scan,
            ruled_out: found.ruled_out & !self.asked.replaced,
            asked: self.asked.all(),
        })
    }

    /// What is to be kept of what was read at `path`, when it had that stamp.
    pub fn learn(&self, path: &Path, stamp: &Stamp, shown: Shown<'_>) -> Lesson {
        if !self.is_on() || !stamp.is_settled(self.opened) {
            return Lesson::Nothing;
        }
        let key = key(path);
        let before = (self.archive.find(key)).and_then(|record| self.known(record, stamp));
        let scan = shown.scan.and_then(Whole::said);
        let bits = self.asked.bits.iter().zip(shown.ruled_out);
        let ruled_out = bits.filter(|(_, is_out)| **is_out).map(|(bit, _)| bit);
        let ruled_out = ruled_out.fold(0, |all, bit| all | bit);
        match before {
            Some(known) if scan.is_none() && known.ruled_out | ruled_out == known.ruled_out => {
                Lesson::Same(known.record)
            }
            None if scan.is_none() && ruled_out == 0 => Lesson::Nothing,
            before => Lesson::New(Box::new(Entry {
                key,
                stamp: stamp.to_bytes(),
                ruled_out: ruled_out | before.map_or(0, |known| known.ruled_out),
                scan: scan.or_else(|| Some(Said::Bytes(before?.scan?.to_vec()))),
            })),
        }
    }

    /// Writes what was learned about all files, if there is anything new. Without success it is as
    /// if there had been nothing.
    pub fn keep(self, lessons: &[Lesson]) {
        let Some(place) = &self.place else {
            return;
        };
        let is_new = |lesson: &Lesson| matches!(lesson, Lesson::New(_));
        let records = self.archive.len();
        let is_mostly_gone = lessons.len() < records / 2;
        if !is_mostly_gone && !lessons.iter().any(is_new) {
            return;
        }
        let table = if self.asked.table.is_empty() {
            self.archive.asked()
        } else {
            self.asked.table
        };
        // Nobody misses a cache.
        let _ = write(place, |file| {
            let about = (&*place.subject, &*table);
            let replaced = self.asked.replaced;
            (self.archive).renew(about, lessons, replaced, file, MOST_BYTES)
        });
    }
}

/// What a file is called in the archive.
fn key(path: &Path) -> u64 {
    let mut key = DefaultHasher::new();
    key.write(path.as_os_str().as_bytes());
    key.finish()
}

/// The bytes of a cache file, if it is nobody else's.
fn read(directory: &Path, path: &Path) -> Option<Vec<u8>> {
    if !is_ours(&fs::symlink_metadata(directory).ok()?) {
        return None;
    }
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).ok()?)
        .open(path)
        .ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || !is_ours(&metadata) || metadata.len() > MOST_BYTES {
        return None;
    }
    let mut bytes = Vec::new();
    let size = usize::try_from(metadata.len()).ok()?;
    bytes.try_reserve_exact(size + 1).ok()?;
    (&mut file).take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Whether it belongs to this user, and nobody else may write it.
fn is_ours(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

/// Puts a whole file in the place of what is there.
fn write(
    place: &Place,
    content: impl FnOnce(&mut BufWriter<NamedTempFile>) -> io::Result<()>,
) -> io::Result<()> {
    let directory = &place.directory;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let metadata = fs::symlink_metadata(directory)?;
    if !metadata.is_dir() || !is_ours(&metadata) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let is_first = fs::symlink_metadata(&place.path).is_err();
    let file = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(directory)?;
    let mut writer = BufWriter::with_capacity(1 << 16, file);
    content(&mut writer)?;
    let file = writer.into_inner().map_err(IntoInnerError::into_error)?;
    file.persist(&place.path)?;
    if is_first {
        clean_up(directory)?;
    }
    Ok(())
}

/// Removes what nobody has used for long.
fn clean_up(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_unfinished = (path.file_name())
            .is_some_and(|name| name.as_bytes().starts_with(UNFINISHED.as_bytes()));
        let limit = if is_unfinished {
            ABANDONED
        } else if path.extension() == Some(OsStr::new(ENDING)) {
            KEPT_FOR
        } else {
            continue;
        };
        let written = fs::symlink_metadata(&path)?.modified()?;
        if SystemTime::now()
            .duration_since(written)
            .is_ok_and(|age| age > limit)
        {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
