//! Reading and scanning many files on all processors.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Follow, Progress, ScanError};
use crate::connection::Location;
use crate::reference::{self, FileScan, Filter, Options};
use crate::store::open_regular;

/// After how many files of its own a thread tells how far all are.
const REPORT_EVERY: usize = 64;

/// More threads than this only wait for the disk.
const MOST_THREADS: usize = 16;

/// What all files say.
pub(super) struct Read {
    pub(super) files: BTreeMap<Arc<Path>, Arc<FileScan>>,
    pub(super) bytes: u64,
}

/// Scans `files` for `ids`, or for all.
pub(super) fn all(
    files: &[PathBuf],
    ids: Option<&[&str]>,
    options: &Options,
    follow: &Follow<'_>,
) -> Result<Read, ScanError> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let wanted = ids.map(|ids| Wanted::new(ids, options));
    let work = || {
        let mut found = Vec::new();
        let mut bytes = 0u64;
        let mut buffer = Vec::new();
        let mut own = 0;
        while !follow.cancel.load(Ordering::Relaxed) {
            let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            let scan = through(path, wanted.as_ref(), options, &mut buffer);
            bytes += buffer.len() as u64;
            if !scan.is_empty() {
                found.push((Arc::from(path.as_path()), Arc::new(scan)));
            }
            own += 1;
            if own % REPORT_EVERY == 0 {
                let before = done.fetch_add(REPORT_EVERY, Ordering::Relaxed);
                (follow.progress)(Progress {
                    done: before + REPORT_EVERY,
                    total: files.len(),
                });
            }
        }
        (found, bytes)
    };
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_THREADS)
        .min(files.len() / REPORT_EVERY + 1);
    let mut read = Read {
        files: BTreeMap::new(),
        bytes: 0,
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut results = vec![work()];
        for other in others {
            match other.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        for (found, bytes) in results {
            read.files.extend(found);
            read.bytes += bytes;
        }
    });
    if follow.cancel.load(Ordering::Relaxed) {
        return Err(ScanError::Cancelled);
    }
    (follow.progress)(Progress {
        done: files.len(),
        total: files.len(),
    });
    Ok(read)
}

/// Scans one file, and says how many bytes it has.
pub(super) fn one(path: &Path, ids: Option<&[&str]>, options: &Options) -> (FileScan, u64) {
    let mut buffer = Vec::new();
    let wanted = ids.map(|ids| Wanted::new(ids, options));
    let scan = through(path, wanted.as_ref(), options, &mut buffer);
    (scan, buffer.len() as u64)
}

/// The ids that somebody asks for, each with its filter.
struct Wanted<'i> {
    ids: &'i [&'i str],
    any: Filter<'i>,
    each: Vec<Filter<'i>>,
}

impl<'i> Wanted<'i> {
    fn new(ids: &'i [&'i str], options: &'i Options) -> Self {
        Self {
            ids,
            any: Filter::new(ids.iter().copied(), options),
            each: ids.iter().map(|id| Filter::new([*id], options)).collect(),
        }
    }
}

fn through(
    path: &Path,
    wanted: Option<&Wanted<'_>>,
    options: &Options,
    buffer: &mut Vec<u8>,
) -> FileScan {
    buffer.clear();
    if let Err(error) = open_regular(path).and_then(|mut file| file.read_to_end(buffer)) {
        buffer.clear();
        return FileScan::unreadable(Location { line: 1, column: 1 }, &cannot_read(&error));
    }
    let Some(wanted) = wanted else {
        return reference::scan_bytes(buffer, options);
    };
    if !wanted.any.keeps(buffer) {
        return FileScan::default();
    }
    let ids: Vec<&str> = wanted
        .ids
        .iter()
        .zip(&wanted.each)
        .filter(|(_, filter)| filter.keeps(buffer))
        .map(|(id, _)| *id)
        .collect();
    let mut scan = reference::scan_bytes(buffer, options);
    scan.retain_concerning(&ids);
    scan
}

/// A message for a file or directory that the system does not let us read.
pub(super) fn cannot_read(error: &io::Error) -> String {
    let kind = error.kind();
    if kind == io::ErrorKind::Other {
        // Ours, such as `it is a named pipe`: the kind says nothing.
        return format!("can't be read: {error}");
    }
    format!("can't be read: {kind}")
}
