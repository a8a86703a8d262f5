//! The threads that work behind the screen.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::super::effect::{Job, Ticket};
use super::super::event::Event;
use super::super::job::Worker;
use super::Message;
use super::mail::Letterbox;
use crate::project::Project;

/// How much less of a processor the reading of the workflows gets than the rest: a third.
#[cfg(target_os = "linux")]
const PATIENCE_OF_INDEX: i32 = 5;

/// Progress is told at most so often.
const BETWEEN_PROGRESS: Duration = Duration::from_millis(100);

/// How long the way out waits for a draft to be on disk.
const PATIENCE: Duration = Duration::from_secs(1);

/// Threads that work behind the screen. Each does its jobs in order, so that a long scan never
/// delays a save. A thread is started with its first job.
pub(super) struct Lanes {
    store: Lane,
    scan: Lane,
    index: Lane,
    git: Lane,
    /// Its own, for a delete waits for what the other one says.
    standing: Lane,
    /// What the row under the cursor is about: two, for lines come sooner than facts.
    excerpt: Lane,
    facts: Lane,
    /// Their own, so that nothing else delays what has to be on disk in time.
    drafts: Lane,
    /// Something for each job about drafts that is done.
    drafts_done: Receiver<()>,
    /// How many are not.
    drafts_open: usize,
    cancels: HashMap<Ticket, Arc<AtomicBool>>,
    project: Arc<Project>,
    letterbox: Letterbox,
}

impl Lanes {
    pub(super) fn new(project: &Arc<Project>, letterbox: &Letterbox) -> Self {
        let (done, drafts_done) = mpsc::channel();
        let mut drafts = Lane::new("drafts");
        drafts.done = Some(done);
        Self {
            store: Lane::new("store"),
            scan: Lane::new("scan"),
            index: Lane {
                is_patient: true,
                ..Lane::new("index")
            },
            git: Lane::new("branches"),
            standing: Lane::new("standing"),
            excerpt: Lane::new("excerpt"),
            facts: Lane::new("facts"),
            drafts,
            drafts_done,
            drafts_open: 0,
            cancels: HashMap::new(),
            project: Arc::clone(project),
            letterbox: letterbox.clone(),
        }
    }

    pub(super) fn start_job(&mut self, job: Job) {
        let cancel = Arc::new(AtomicBool::new(false));
        let lane = match &job {
            Job::Scan(ticket, _)
            | Job::Delete(ticket, _)
            | Job::DeleteSeveral(ticket, _)
            | Job::Undo(ticket, _) => {
                self.cancels.insert(*ticket, Arc::clone(&cancel));
                &mut self.scan
            }
            Job::Index(ticket, _) => {
                self.cancels.insert(*ticket, Arc::clone(&cancel));
                &mut self.index
            }
            Job::PlanRename(..) | Job::PlanImport(_) => &mut self.scan,
            Job::Branches(..) => &mut self.git,
            Job::Standing => &mut self.standing,
            Job::Excerpt(..) => &mut self.excerpt,
            Job::Facts(..) => &mut self.facts,
            Job::Draft(_) => {
                self.drafts_open += 1;
                &mut self.drafts
            }
            Job::Load
            | Job::LoadFiles(_)
            | Job::CreateStore
            | Job::Create(..)
            | Job::Save(..)
            | Job::Rename(..)
            | Job::Tag(..)
            | Job::Import(..) => &mut self.store,
        };
        lane.send((job, cancel), &self.project, &self.letterbox);
    }

    /// Waits until all about drafts is done, but not for a disk that hangs.
    pub(super) fn settle_drafts(&mut self) {
        let end = Instant::now() + PATIENCE;
        while self.drafts_open > 0 {
            let left = end.saturating_duration_since(Instant::now());
            match self.drafts_done.recv_timeout(left) {
                Ok(()) => self.drafts_open -= 1,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    pub(super) fn cancel(&mut self, ticket: Ticket) {
        if let Some(cancel) = self.cancels.remove(&ticket) {
            cancel.store(true, Ordering::Relaxed);
        }
    }
}

/// Lets through how far something is only as often as a person can see it: each time is a frame.
#[derive(Default)]
struct Pace {
    /// When it was told last.
    told: Mutex<Option<Instant>>,
}

impl Pace {
    fn lets_through(&self, event: &Event) -> bool {
        let (Event::IndexProgress(_, at) | Event::ScanProgress(_, at)) = event else {
            return true;
        };
        // If another thread has it, that one tells.
        let Ok(mut told) = self.told.try_lock() else {
            return at.done == at.total;
        };
        let is_due = told.is_none_or(|told| told.elapsed() >= BETWEEN_PROGRESS);
        if is_due {
            *told = Some(Instant::now());
        }
        is_due || at.done == at.total
    }
}

/// Has this thread, and those that it starts, run when no other wants to. Linux has a priority for
/// each thread; elsewhere it would be that of the whole program.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        // Where it is not allowed, it is as fast as everything else.
        let _ = rustix::process::nice(PATIENCE_OF_INDEX);
    }
}

/// A thread and its jobs.
struct Lane {
    name: &'static str,
    /// Where the thread takes its jobs from, once there is one.
    jobs: Option<Sender<(Job, Arc<AtomicBool>)>>,
    /// Who wants to know of each job that it is done.
    done: Option<Sender<()>>,
    /// Whether everything else goes first: nobody waits for it, and the keys do.
    is_patient: bool,
}

impl Lane {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            jobs: None,
            done: None,
            is_patient: false,
        }
    }

    fn send(&mut self, job: (Job, Arc<AtomicBool>), project: &Arc<Project>, letterbox: &Letterbox) {
        let jobs = match self.jobs.take() {
            Some(jobs) => jobs,
            None => self.start(project, letterbox),
        };
        // A lane ends only with the program, or with a panic that ends it.
        let _ = jobs.send(job);
        self.jobs = Some(jobs);
    }

    fn start(
        &self,
        project: &Arc<Project>,
        letterbox: &Letterbox,
    ) -> Sender<(Job, Arc<AtomicBool>)> {
        let (jobs, receiver) = mpsc::channel::<(Job, Arc<AtomicBool>)>();
        let project = Arc::clone(project);
        let letterbox = letterbox.clone();
        let done = self.done.clone();
        let is_patient = self.is_patient;
        let work = move || {
            if is_patient {
                give_way();
            }
            let mut worker = Worker::new(project);
            for (job, cancel) in receiver {
                let pace = Pace::default();
                let tell = |event: Event| {
                    if pace.lets_through(&event) {
                        letterbox.send(Message::Event(event));
                    }
                };
                if let Some(event) = worker.perform(job, &cancel, &tell) {
                    tell(event);
                }
                if let Some(done) = &done {
                    // Nobody counts any more when the program is about to end.
                    let _ = done.send(());
                }
            }
        };
        // Without a thread the sender's channel is closed, and the screen waits in vain: as good as
        // it gets on a system that has no thread to spare.
        let _ = thread::Builder::new()
            .name(self.name.to_owned())
            .spawn(work);
        jobs
    }
}
