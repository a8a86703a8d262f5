//! Workflow files on disk: which ones there are, and what they say about connections.
//!
//! [`scan_for`] reads every file at that moment, for a delete or a rename. [`index`] for the list, and
//! [`look_up`] for a question, take from a cache what has not changed; [`Index::refresh`] reads one
//! file again. All use all processors, tell how far they are, and can be cancelled.

mod about;
mod glob;
pub mod json;
mod listing;
mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::cache::{Cache, Memory};
use crate::document::Stream;
use crate::reference::{Certainty, FileScan, Options, Reference};
use crate::store::harmless;
pub use about::{About, Unused};

/// Where workflow files are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots {
    /// Files and directories, in the order in which they are scanned.
    pub roots: Vec<Root>,
    /// Globs of what is left out, relative to `base`. `*` and `?` stay within a name, `**` does
    /// not; a glob without a slash matches a name anywhere.
    pub exclude: Vec<String>,
    /// The directory that the globs are relative to.
    pub base: PathBuf,
}

/// One root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// A file, of any ending, or a directory.
    pub path: PathBuf,
    /// Whether it must be there: somebody named it.
    pub is_named: bool,
}

impl Roots {
    /// `workflows` and `deployments` beside the store `connections`, neither of which must exist.
    pub fn beside(connections: &Path) -> Self {
        let base = match connections.parent() {
            Some(parent) => parent.to_owned(),
            None => connections.join(".."),
        };
        let root = |name: &str| Root {
            path: base.join(name),
            is_named: false,
        };
        Self {
            roots: vec![root("workflows"), root("deployments")],
            exclude: Vec::new(),
            base,
        }
    }

    /// The roots that somebody named. Each must exist.
    pub fn named(paths: impl IntoIterator<Item = PathBuf>, base: PathBuf) -> Self {
        let named = |path| Root {
            path,
            is_named: true,
        };
        Self {
            roots: paths.into_iter().map(named).collect(),
            exclude: Vec::new(),
            base,
        }
    }
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanError {
    /// A root that somebody named does not exist.
    RootMissing(PathBuf),
    /// The cancel flag was set.
    Cancelled,
}

impl fmt::Display for ScanError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RootMissing(path) => {
                write!(
                    out,
                    "no workflows at `{}`: it does not exist",
                    harmless(path.as_os_str())
                )
            }
            Self::Cancelled => out.write_str("the scan was cancelled"),
        }
    }
}

impl std::error::Error for ScanError {}

/// How a caller follows a scan, and ends it.
pub struct Follow<'f> {
    /// Called now and then, from any thread.
    pub progress: &'f (dyn Fn(Progress) + Sync),
    /// Set to end the scan.
    pub cancel: &'f AtomicBool,
}

/// How far a scan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files that are done.
    pub done: usize,
    /// Files in all.
    pub total: usize,
}

/// What a scan found, and what it looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The files that say anything, by path: the root's path as given, then what is below it. A
    /// file or directory that can't be read is here, unverifiable.
    pub files: BTreeMap<Arc<Path>, Arc<FileScan>>,
    /// What was looked at.
    pub scanned: Scanned,
}

/// What a scan looked at, and what it left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanned {
    /// The number of files that were read.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// The roots that exist.
    pub roots: Vec<PathBuf>,
    /// Default roots that do not exist.
    pub missing: Vec<PathBuf>,
    /// What would count as workflow and was not read: links that lead out, FIFOs, devices.
    pub not_scanned: Vec<NotScanned>,
    /// The files and directories that an `exclude` glob leaves out.
    pub excluded: Vec<PathBuf>,
}

impl Scanned {
    /// How many files and directories were left out.
    pub fn skipped(&self) -> usize {
        self.not_scanned.len() + self.excluded.len()
    }
}

/// Something that may be a workflow and was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotScanned {
    /// Its path.
    pub path: PathBuf,
    /// Why, such as `a link that leads out, to /elsewhere`.
    pub reason: String,
}

/// Finds the uses and local definitions of `ids`, reading every file now. What concerns none of them
/// is left out: a rename asks for the old and the new id.
pub fn scan_for(
    roots: &Roots,
    ids: &[&str],
    options: &Options,
    follow: &Follow<'_>,
) -> Result<Report, ScanError> {
    let listing = listing::list(roots)?;
    let files = read::all(
        &listing.files,
        Some(ids),
        options,
        Memory::none(),
        follow,
        None,
    )?;
    Ok(report(listing, files))
}

/// [`scan_for`] for somebody who only wants to know: what has not changed since it was read is taken
/// from the cache.
pub fn look_up(
    roots: &Roots,
    ids: &[&str],
    options: &Options,
    cache: &Cache,
    follow: &Follow<'_>,
) -> Result<Report, ScanError> {
    let listing = listing::list(roots)?;
    let memory = memory(cache, &listing, options);
    let files = read::all(&listing.files, Some(ids), options, memory, follow, None)?;
    Ok(report(listing, files))
}

/// Every workflow file below the roots.
pub fn files(roots: &Roots) -> Result<Vec<PathBuf>, ScanError> {
    Ok(listing::list(roots)?.files)
}

/// Whether something is at that path.
pub fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The text of a workflow file, decoded.
///
/// # Errors
/// Why it can't be read.
pub fn read_text(path: &Path) -> Result<String, String> {
    read_text_within(path, u64::MAX)
}

/// [`read_text`] for a file of at most so many bytes.
///
/// # Errors
/// Why it can't be read, its size among the reasons.
pub fn read_text_within(path: &Path, most_bytes: u64) -> Result<String, String> {
    let mut bytes = Vec::new();
    crate::store::open_regular(path)
        .and_then(|file| {
            let most = most_bytes.saturating_add(1);
            // In one piece: a text that grows while it is read is moved again and again.
            let size = usize::try_from(file.metadata()?.len().min(most)).unwrap_or_default();
            bytes.try_reserve_exact(size.saturating_add(1))?;
            std::io::Read::read_to_end(&mut std::io::Read::take(file, most), &mut bytes)
        })
        .map_err(|error| read::cannot_read(&error))?;
    if bytes.len() as u64 > most_bytes {
        return Err(format!("larger than {most_bytes} bytes"));
    }
    match crate::reference::decode(&bytes) {
        Ok((text, _)) => Ok(text.into_owned()),
        Err(problem) => Err(problem.message),
    }
}

/// Finds the uses of all ids. What has not changed since it was read is taken from the cache.
pub fn index(
    roots: &Roots,
    options: &Options,
    cache: &Cache,
    follow: &Follow<'_>,
) -> Result<Index, ScanError> {
    index_and(roots, options, cache, follow, None)
}

/// Looks at a file that says something about connections, beside the scan; on many threads.
pub type Look<'l> = dyn Fn(&Path, &FileScan, Text<'_, '_>) + Sync + 'l;

/// The text of a file that was scanned.
#[derive(Debug, Clone, Copy)]
pub enum Text<'s, 't> {
    /// What it says was known; it was not read.
    Unread,
    /// As it was parsed.
    Parsed(&'s Stream<'t>),
    /// It can't be read, or is no YAML.
    Unparsable,
}

/// [`index`] that shows each file to `look`, so that nobody has to read and parse it again.
pub fn index_and(
    roots: &Roots,
    options: &Options,
    cache: &Cache,
    follow: &Follow<'_>,
    look: Option<&Look<'_>>,
) -> Result<Index, ScanError> {
    let listing = listing::list(roots)?;
    let memory = memory(cache, &listing, options);
    let files = read::all(&listing.files, None, options, memory, follow, look)?;
    if let Some(look) = look {
        for (path, scan) in &listing.unreadable {
            look(path, scan, Text::Unparsable);
        }
    }
    Ok(Index {
        report: report(listing, files),
    })
}

fn memory(cache: &Cache, listing: &listing::Listing, options: &Options) -> Memory {
    let targets = listing.targets.iter();
    cache.open(
        targets.map(|(named, target)| (&**named, &**target)),
        options,
    )
}

fn report(listing: listing::Listing, read: read::Read) -> Report {
    let mut files = read.files;
    files
        .extend((listing.unreadable.into_iter()).map(|(path, scan)| (path.into(), Arc::new(scan))));
    Report {
        files,
        scanned: Scanned {
            files: listing.files.len(),
            bytes: read.bytes,
            ..listing.scanned
        },
    }
}

/// The uses of all ids, file by file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// What was found.
    pub report: Report,
}

/// What became of a path that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed {
    /// It was read again.
    Read,
    /// It is gone, and so is what it said.
    Gone,
    /// It is a directory, a link, or new: only a new [`index`] can tell what it changes.
    NeedsIndex,
}

impl Index {
    /// How often each id is certainly used.
    pub fn used_by(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (id, certainty) in self.named() {
            if certainty == Certainty::Certain {
                *counts.entry(id).or_insert(0) += 1;
            }
        }
        counts
    }

    /// Every use of `id`, the possible ones included, with its file.
    pub fn uses<'a>(&'a self, id: &'a str) -> impl Iterator<Item = (&'a Path, &'a Reference)> {
        self.report
            .references()
            .filter(move |(_, reference)| reference.concerns(id))
    }

    /// The ids that are certainly used, and that are not among `defined`.
    pub fn dangling<'a>(&'a self, is_defined: &dyn Fn(&str) -> bool) -> BTreeMap<&'a str, usize> {
        let mut used = self.used_by();
        used.retain(|id, _| !is_defined(id));
        used
    }

    fn named(&self) -> impl Iterator<Item = (&str, Certainty)> {
        self.report
            .references()
            .filter_map(|(_, reference)| Some((reference.id()?, reference.certainty)))
    }

    /// Reads one file again that changed on disk, or forgets it. `scanned` stays what the last
    /// [`index`] looked at.
    pub fn refresh(&mut self, path: &Path, roots: &Roots, options: &Options) -> Refreshed {
        match std::fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() => {
                if !listing::covers(roots, path) {
                    return Refreshed::NeedsIndex;
                }
                match read::one(path, options) {
                    scan if scan.is_empty() => self.report.files.remove(path),
                    scan => self.report.files.insert(path.into(), Arc::new(scan)),
                };
                Refreshed::Read
            }
            Ok(_) => Refreshed::NeedsIndex,
            Err(_) => match self.report.files.remove(path) {
                Some(_) => Refreshed::Gone,
                None => Refreshed::NeedsIndex,
            },
        }
    }
}

impl Report {
    /// All uses with their files, in the order of the paths.
    pub fn references(&self) -> impl Iterator<Item = (&Path, &Reference)> {
        self.files.iter().flat_map(|(path, scan)| {
            scan.references
                .iter()
                .map(move |reference| (&**path, reference))
        })
    }
}

#[cfg(test)]
mod tests;
