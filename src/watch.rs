//! Notices what changes on disk: in the store, and below the workflow roots.
//!
//! The system tells (inotify and its like, by `notify`), and nothing runs while nothing happens.
//! Where it does not tell (network file systems, an exhausted limit), a thread looks twice a
//! second, and [`Watcher::mode`] says so. This only says that something may have changed; what it
//! is now, the store reads.

mod plan;
mod poll;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;

use notify::event::{AccessKind, AccessMode, Event, EventKind, Flag, ModifyKind};
use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use plan::{Part, Plan};
use poll::Poll;

pub use plan::SKIPPED_DIRECTORIES;

/// More changed files at once than this are reported as [`Changed::Store`] or
/// [`Changed::Workflows`].
const MOST_FILES: usize = 64;

/// What may have changed on disk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Changed {
    /// Any of the connection files: the directory itself came or went, or too much happened to tell.
    Store,
    /// One connection file, by its name in the store. It may be gone.
    Connection(OsString),
    /// One workflow file; the path begins with its root as it was given. It may be gone.
    Workflow(PathBuf),
    /// Any of the workflow files: a directory came or went, or too much happened to tell.
    Workflows,
    /// From now on changes are found in this mode.
    Mode(Mode),
}

/// How changes are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// The system tells at once.
    Notified,
    /// By looking again and again, because the system does not tell here.
    Polling,
}

/// Watches until it is dropped. After that, one call that has begun may still end.
#[derive(Debug)]
pub struct Watcher {
    messages: Sender<Message>,
    is_polling: Arc<AtomicBool>,
}

impl Watcher {
    /// How changes are found now; it can turn to polling when a limit is reached.
    pub fn mode(&self) -> Mode {
        if self.is_polling.load(Ordering::Relaxed) {
            Mode::Polling
        } else {
            Mode::Notified
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // If the thread is gone there is nothing to stop.
        let _ = self.messages.send(Message::Stop);
    }
}

/// Watches the directory `store` and, with all below them, the workflow `roots`: directories or
/// files, none of which need exist yet. What changes after this has returned is reported.
/// `on_change` is called on the watcher's own thread and should return soon.
pub fn watch(
    store: &Path,
    roots: &[PathBuf],
    on_change: impl Fn(Changed) + Send + 'static,
) -> Watcher {
    let remote = std::iter::once(store)
        .chain(roots.iter().map(PathBuf::as_path))
        .any(poll::is_remote);
    let mode = if remote {
        Mode::Polling
    } else {
        Mode::Notified
    };
    watch_in(mode, store, roots, on_change)
}

/// The same with the mode to begin with; notification that fails turns into polling at once.
fn watch_in(
    mode: Mode,
    store: &Path,
    roots: &[PathBuf],
    on_change: impl Fn(Changed) + Send + 'static,
) -> Watcher {
    let (sender, messages) = mpsc::channel();
    let mut thread = Thread {
        plan: Plan::new(store, roots),
        messages,
        is_polling: Arc::new(AtomicBool::new(false)),
        source: Source::Polled(Poll::default()),
        on_change,
    };
    match mode {
        Mode::Notified => thread.start_notified(sender.clone()),
        Mode::Polling => thread.start_polling(),
    }
    let is_polling = thread.is_polling.clone();
    let spawned = thread::Builder::new().name("watch".to_owned());
    // A system without a thread to spare notices nothing; the program works all the same.
    let _ = spawned.spawn(move || thread.run());
    Watcher {
        messages: sender,
        is_polling,
    }
}

enum Message {
    Event(notify::Result<Event>),
    Stop,
}

enum Source {
    Notified(RecommendedWatcher),
    Polled(Poll),
}

/// What the watcher's thread owns.
struct Thread<F> {
    plan: Plan,
    messages: Receiver<Message>,
    is_polling: Arc<AtomicBool>,
    source: Source,
    on_change: F,
}

impl<F: Fn(Changed)> Thread<F> {
    fn start_notified(&mut self, messages: Sender<Message>) {
        let on_event = move |event: notify::Result<Event>| {
            if event.as_ref().map_or(true, is_change) {
                // Nobody listens any more: the watcher is being dropped.
                let _ = messages.send(Message::Event(event));
            }
        };
        match notify::recommended_watcher(on_event) {
            Ok(watcher) => {
                self.source = Source::Notified(watcher);
                self.follow(&[Part::Store, Part::Workflows]);
            }
            Err(_) => self.start_polling(),
        }
    }

    fn start_polling(&mut self) {
        self.is_polling.store(true, Ordering::Relaxed);
        let mut poll = Poll::default();
        poll.look(&self.plan);
        self.source = Source::Polled(poll);
    }

    fn run(mut self) {
        loop {
            let changes = match &mut self.source {
                Source::Notified(_) => match self.messages.recv() {
                    Ok(Message::Event(event)) => self.take_in(event),
                    Ok(Message::Stop) | Err(_) => return,
                },
                Source::Polled(poll) => match self.messages.recv_timeout(poll.interval()) {
                    Err(RecvTimeoutError::Timeout) => Some(poll.look(&self.plan)),
                    // Left over from the time before polling.
                    Ok(Message::Event(_)) => continue,
                    Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                },
            };
            let Some(changes) = changes else { return };
            self.report(changes);
        }
    }

    /// Works off all events that are waiting: a burst is reported once. `None` is the end.
    fn take_in(&mut self, first: notify::Result<Event>) -> Option<BTreeSet<Changed>> {
        let mut changes = BTreeSet::new();
        let mut outdated = BTreeSet::new();
        let mut next = Some(first);
        while let Some(event) = next {
            match event {
                Ok(event) => self.sort(&event, &mut changes, &mut outdated),
                // What was missed can't be told.
                Err(error) => {
                    changes.extend([Changed::Store, Changed::Workflows]);
                    if is_fatal(&error) {
                        changes.insert(Changed::Mode(Mode::Polling));
                        self.start_polling();
                        return Some(changes);
                    }
                }
            }
            next = match self.messages.try_recv() {
                Ok(Message::Event(event)) => Some(event),
                Ok(Message::Stop) | Err(mpsc::TryRecvError::Disconnected) => return None,
                Err(mpsc::TryRecvError::Empty) => None,
            };
        }
        // Before the report: whoever reads the files after it misses nothing.
        let parts: Vec<Part> = outdated.into_iter().collect();
        if !parts.is_empty() && !self.follow(&parts) {
            changes.insert(Changed::Mode(Mode::Polling));
        }
        Some(changes)
    }

    /// What an event means, and which part of the plan it puts out of date.
    fn sort(
        &mut self,
        event: &Event,
        changes: &mut BTreeSet<Changed>,
        outdated: &mut BTreeSet<Part>,
    ) {
        if event.flag() == Some(Flag::Rescan) || event.paths.is_empty() {
            changes.extend([Changed::Store, Changed::Workflows]);
            outdated.extend([Part::Store, Part::Workflows]);
            return;
        }
        let moved = matches!(
            event.kind,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        );
        let only_data = matches!(
            event.kind,
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Data(_))
        );
        for path in &event.paths {
            if moved && let Source::Notified(watcher) = &mut self.source {
                for dir in self.plan.forget_below(path) {
                    // The system has forgotten it as well, mostly.
                    let _ = watcher.unwatch(&dir);
                }
            }
            self.plan.meaning(path, only_data, changes, outdated);
        }
    }

    /// Brings what is watched in line with what is on disk. Returns whether notification works.
    fn follow(&mut self, parts: &[Part]) -> bool {
        let Source::Notified(watcher) = &mut self.source else {
            return false;
        };
        // Until nothing is new: a directory can come while its parent is not yet watched.
        let mut failed = BTreeSet::new();
        loop {
            let (gone, mut new) = self.plan.renew(parts);
            for dir in gone {
                let _ = watcher.unwatch(&dir);
            }
            new.retain(|dir| !failed.contains(dir));
            if new.is_empty() {
                break;
            }
            for dir in new {
                match watcher.watch(&dir, RecursiveMode::NonRecursive) {
                    Ok(()) => {}
                    Err(error) if is_fatal(&error) => {
                        self.start_polling();
                        return false;
                    }
                    // Gone again, or not to be read: its parent's watch tells when that changes.
                    Err(_) => {
                        self.plan.forget(&dir);
                        failed.insert(dir);
                    }
                }
            }
        }
        for dir in &failed {
            self.plan.forget(dir);
        }
        true
    }

    fn report(&self, mut changes: BTreeSet<Changed>) {
        summarize(&mut changes, &Changed::Store, |change| {
            matches!(change, Changed::Connection(_))
        });
        summarize(&mut changes, &Changed::Workflows, |change| {
            matches!(change, Changed::Workflow(_))
        });
        for change in changes {
            (self.on_change)(change);
        }
    }
}

/// Reports `all` in place of what is part of it, if there is much of that, or `all` is reported.
fn summarize(changes: &mut BTreeSet<Changed>, all: &Changed, is_part: fn(&Changed) -> bool) {
    if changes.iter().filter(|change| is_part(change)).count() > MOST_FILES {
        changes.insert(all.clone());
    }
    if changes.contains(all) {
        changes.retain(|change| !is_part(change));
    }
}

/// Reading a file is no change: else the answer to each change would be the next one.
fn is_change(event: &Event) -> bool {
    match event.kind {
        // The only sign of a write through a memory map.
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}

/// Whether an error means that more than one path can't be watched.
fn is_fatal(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => false,
        ErrorKind::Io(error) => !matches!(
            error.kind(),
            std::io::ErrorKind::NotFound
                | std::io::ErrorKind::PermissionDenied
                | std::io::ErrorKind::NotADirectory
        ),
        ErrorKind::Generic(_) | ErrorKind::InvalidConfig(_) | ErrorKind::MaxFilesWatch => true,
    }
}
