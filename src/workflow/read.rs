//! Reading and scanning many files on all processors.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Follow, Look, Progress, ScanError, Text};
use crate::cache::{Lesson, Memory, Shown, Whole};
use crate::connection::Location;
use crate::reference::{self, FileScan, Filter, Options, Texts};
use crate::store::read_into;

/// After how many files of its own a thread tells how far all are.
const REPORT_EVERY: usize = 64;

/// More threads than this only wait for the disk.
const MOST_THREADS: usize = 16;

/// What all files say.
pub(super) struct Read {
    pub(super) files: BTreeMap<Arc<Path>, Arc<FileScan>>,
    pub(super) bytes: u64,
}

/// What one file says.
struct Answer {
    /// Nothing if it says nothing.
    scan: Option<Arc<FileScan>>,
    bytes: u64,
    lesson: Lesson,
}

/// Scans `files` for `ids`, or for all, as far as `memory` does not know better; it keeps what was
/// new.
pub(super) fn all(
    files: &[PathBuf],
    ids: Option<&[&str]>,
    options: &Options,
    mut memory: Memory,
    follow: &Follow<'_>,
    look: Option<&Look<'_>>,
) -> Result<Read, ScanError> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let question = match ids {
        Some(ids) => Question::About(Box::new(Wanted::new(ids, options))),
        None => Question::All(look),
    };
    memory.ask(ids.unwrap_or_default());
    let work = || {
        let mut found = Vec::new();
        let mut lessons = Vec::new();
        let mut bytes = 0u64;
        let mut buffer = Vec::new();
        let mut count = 0;
        let mut texts = Texts::default();
        while !follow.cancel.load(Ordering::Relaxed) {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = files.get(position) else {
                break;
            };
            let own = (&mut buffer, &mut texts);
            let answer = answer(path, &question, options, &memory, own);
            bytes += answer.bytes;
            if let Some(scan) = answer.scan {
                found.push((position, scan));
            }
            if memory.is_on() {
                lessons.push(answer.lesson);
            }
            count += 1;
            if count % REPORT_EVERY == 0 {
                let before = done.fetch_add(REPORT_EVERY, Ordering::Relaxed);
                (follow.progress)(Progress {
                    done: before + REPORT_EVERY,
                    total: files.len(),
                });
            }
        }
        (found, lessons, bytes)
    };
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_THREADS)
        .min(files.len() / REPORT_EVERY + 1);
    let (mut found, mut lessons, bytes) = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let (mut found, mut lessons, mut bytes) = work();
        for other in others {
            match other.join() {
                Ok((more_found, more_lessons, more_bytes)) => {
                    found.extend(more_found);
                    lessons.extend(more_lessons);
                    bytes += more_bytes;
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        (found, lessons, bytes)
    });
    if follow.cancel.load(Ordering::Relaxed) {
        return Err(ScanError::Cancelled);
    }
    lessons.shrink_to_fit();
    memory.keep(&lessons);
    // In the order of the files, which is that of the map: to compare paths takes long.
    found.sort_unstable_by_key(|(position, _)| *position);
    let files_with_uses = found
        .into_iter()
        .filter_map(|(position, scan)| Some((Arc::from(files.get(position)?.as_path()), scan)))
        .collect();
    (follow.progress)(Progress {
        done: files.len(),
        total: files.len(),
    });
    Ok(Read {
        files: files_with_uses,
        bytes,
    })
}

/// Scans one file as it is now.
pub(super) fn one(path: &Path, options: &Options) -> FileScan {
    let mut buffer = Vec::new();
    match read_into(path, &mut buffer) {
        Ok(_) => reference::scan_bytes(&buffer, options),
        Err(error) => unreadable(&error),
    }
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

    /// Which of the ids the bytes can't spell.
    fn ruled_out(&self, bytes: &[u8], is_any_kept: bool) -> Vec<bool> {
        let is_out = |filter: &Filter<'_>| !is_any_kept || !filter.keeps(bytes);
        self.each.iter().map(is_out).collect()
    }
}

/// What is to be known.
enum Question<'q> {
    /// What concerns some ids.
    About(Box<Wanted<'q>>),
    /// All, and whoever looks at the files as well.
    All(Option<&'q Look<'q>>),
}

impl Question<'_> {
    /// Shows a file that says something.
    fn show(&self, path: &Path, scan: &FileScan, text: Text<'_, '_>) {
        if let Self::All(Some(look)) = self
            && !scan.is_empty()
        {
            look(path, scan, text);
        }
    }
}

fn answer(
    path: &Path,
    question: &Question<'_>,
    options: &Options,
    memory: &Memory,
    (buffer, texts): (&mut Vec<u8>, &mut Texts),
) -> Answer {
    if let Some(known) = memory.recall(path) {
        let scan = match question {
            Question::About(wanted) => known.about(wanted.ids),
            Question::All(_) => known.scan(),
        };
        if let Some(scan) = scan {
            question.show(path, &scan, Text::Unread);
            return Answer {
                scan: shared(scan, texts),
                bytes: known.size(),
                lesson: known.lesson(),
            };
        }
    }
    let stamp = match read_into(path, buffer) {
        Ok(stamp) => stamp,
        Err(error) => {
            let scan = unreadable(&error);
            question.show(path, &scan, Text::Unparsable);
            return Answer {
                scan: shared(scan, texts),
                bytes: 0,
                lesson: Lesson::Nothing,
            };
        }
    };
    let bytes = buffer.len() as u64;
    let Question::About(wanted) = question else {
        let scan = reference::scan_bytes_and(buffer, options, |scan, stream| {
            question.show(path, scan, stream.map_or(Text::Unparsable, Text::Parsed));
        });
        if scan.is_empty() {
            return Answer {
                lesson: memory.learn(path, &stamp, Shown::all(Whole::Passing(&scan))),
                scan: None,
                bytes,
            };
        }
        let scan = least(scan, texts);
        return Answer {
            lesson: memory.learn(path, &stamp, Shown::all(Whole::Staying(&scan))),
            scan: Some(scan),
            bytes,
        };
    };
    let is_kept = wanted.any.keeps(buffer);
    let mut scan = is_kept.then(|| reference::scan_bytes(buffer, options));
    let ruled_out = wanted.ruled_out(buffer, is_kept);
    let shown = Shown {
        scan: scan.as_ref().map(Whole::Passing),
        ruled_out: &ruled_out,
    };
    let lesson = memory.learn(path, &stamp, shown);
    if let Some(scan) = &mut scan {
        let ids = wanted.ids.iter().zip(&ruled_out);
        let ids: Vec<&str> = ids
            .filter(|(_, is_out)| !**is_out)
            .map(|(id, _)| *id)
            .collect();
        scan.retain_concerning(&ids);
    }
    Answer {
        scan: shared(scan.unwrap_or_default(), texts),
        bytes,
        lesson,
    }
}

/// The same in the least memory.
fn least(mut scan: FileScan, texts: &mut Texts) -> Arc<FileScan> {
    texts.share_with(&mut scan);
    Arc::new(scan)
}

/// The same; nothing if it says nothing.
fn shared(scan: FileScan, texts: &mut Texts) -> Option<Arc<FileScan>> {
    (!scan.is_empty()).then(|| least(scan, texts))
}

fn unreadable(error: &io::Error) -> FileScan {
    FileScan::unreadable(Location { line: 1, column: 1 }, &cannot_read(error))
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
