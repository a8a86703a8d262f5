//! The threads that work behind the screen.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::super::effect::{Job, Ticket};
use super::super::event::Event;
use super::super::job::Worker;
use super::Message;
use crate::project::Project;

/// How long the way out waits for a draft to be on disk.
const PATIENCE: Duration = Duration::from_secs(1);

/// Threads that work behind the screen. Each does its jobs in order, so that a long scan never
/// delays a save.
pub(super) struct Lanes {
    store: Sender<(Job, Arc<AtomicBool>)>,
    scan: Sender<(Job, Arc<AtomicBool>)>,
    index: Sender<(Job, Arc<AtomicBool>)>,
    git: Sender<(Job, Arc<AtomicBool>)>,
    /// Its own, for a delete waits for what the other one says.
    standing: Sender<(Job, Arc<AtomicBool>)>,
    /// What the row under the cursor is about: two, for lines come sooner than facts.
    excerpt: Sender<(Job, Arc<AtomicBool>)>,
    facts: Sender<(Job, Arc<AtomicBool>)>,
    /// Their own, so that nothing else delays what has to be on disk in time.
    drafts: Sender<(Job, Arc<AtomicBool>)>,
    /// Something for each job about drafts that is done.
    drafts_done: Receiver<()>,
    /// How many are not.
    drafts_open: usize,
    cancels: HashMap<Ticket, Arc<AtomicBool>>,
}

impl Lanes {
    pub(super) fn start(project: &Arc<Project>, sender: &Sender<Message>) -> Self {
        let (done, drafts_done) = mpsc::channel();
        let lane = |name: &str| lane(name, project, sender, || {});
        Self {
            store: lane("store"),
            scan: lane("scan"),
            index: lane("index"),
            git: lane("branches"),
            standing: lane("standing"),
            excerpt: lane("excerpt"),
            facts: lane("facts"),
            drafts: self::lane("drafts", project, sender, move || {
                // Nobody counts any more when the program is about to end.
                let _ = done.send(());
            }),
            drafts_done,
            drafts_open: 0,
            cancels: HashMap::new(),
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
                &self.scan
            }
            Job::Index(ticket, _) => {
                self.cancels.insert(*ticket, Arc::clone(&cancel));
                &self.index
            }
            Job::PlanRename(..) | Job::PlanImport(_) => &self.scan,
            Job::Branches(..) => &self.git,
            Job::Standing => &self.standing,
            Job::Excerpt(..) => &self.excerpt,
            Job::Facts(..) => &self.facts,
            Job::Draft(_) => {
                self.drafts_open += 1;
                &self.drafts
            }
            Job::Load
            | Job::CreateStore
            | Job::Create(..)
            | Job::Save(..)
            | Job::Rename(..)
            | Job::Import(..) => &self.store,
        };
        // A lane ends only with the program, or with a panic that ends it.
        let _ = lane.send((job, cancel));
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

fn lane(
    name: &str,
    project: &Arc<Project>,
    sender: &Sender<Message>,
    done: impl Fn() + Send + 'static,
) -> Sender<(Job, Arc<AtomicBool>)> {
    let (jobs, receiver) = mpsc::channel::<(Job, Arc<AtomicBool>)>();
    let mut worker = Worker::new(Arc::clone(project));
    let sender = sender.clone();
    let work = move || {
        for (job, cancel) in receiver {
            let tell = |event: Event| {
                let _ = sender.send(Message::Event(event));
            };
            if let Some(event) = worker.perform(job, &cancel, &tell) {
                tell(event);
            }
            done();
        }
    };
    // Without a thread the sender's channel is closed, and the screen waits in vain: as good as
    // it gets on a system that has no thread to spare.
    let _ = thread::Builder::new().name(name.to_owned()).spawn(work);
    jobs
}
