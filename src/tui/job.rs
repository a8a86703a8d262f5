//! The work behind the screen: each job is done here, on whatever thread the caller chose, and
//! answers with one event.

mod lookup;

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::effect::{DraftDeed, Job, Ticket};
use super::event::{Event, Progress};
use crate::connection::ConnectionId;
use crate::draft::Keeper;
use crate::git::{self, BranchUse};
use crate::history::{self, Done, Entry};
use crate::inventory::{self, Inventory};
use crate::project::{
    ImportPlan, Project, apply_import, apply_rename, plan_import, plan_rename, tag,
};
use crate::reference::Options;
use crate::rename::unified_diff;
use crate::store::{Listing, SaveError, StoreFile};
use crate::tui::popup::renaming::Preview;
use crate::tui::uses::{UseTable, Uses, shown_path};
use crate::workflow::{self, Follow, Index, Refreshed, Report};

/// So many rows fit on most screens: they are read first.
const ON_SCREEN: usize = 60;

/// Does jobs, one after the other, and remembers what it has read.
#[derive(Debug)]
pub struct Worker {
    project: Arc<Project>,
    drafts: Keeper,
    inventory: Option<Arc<Inventory>>,
    index: Option<Arc<Index>>,
}

/// How a job tells how far it is.
pub type Tell<'t> = &'t (dyn Fn(Event) + Sync);

/// Work that says nothing of how far it is.
fn silent(cancel: &AtomicBool) -> Follow<'_> {
    Follow {
        progress: &|_| {},
        cancel,
    }
}

impl Worker {
    /// A worker for a project.
    pub fn new(project: Arc<Project>) -> Self {
        Self {
            drafts: Keeper::new(&project),
            project,
            inventory: None,
            index: None,
        }
    }

    /// Does a job. `None` if it was cancelled: nobody waits for the answer.
    pub fn perform(&mut self, job: Job, cancel: &AtomicBool, tell: Tell<'_>) -> Option<Event> {
        let store = self.project.store.clone();
        Some(match job {
            Job::Load if self.inventory.is_none() => {
                let listing = self.first_look(tell);
                tell(Event::LastRecorded(history::last(&self.project)));
                Event::Loaded(listing.and_then(|listing| self.load_listed(&listing)))
            }
            Job::Load => {
                tell(Event::LastRecorded(history::last(&self.project)));
                Event::Loaded(self.load())
            }
            Job::LoadFiles(names) => {
                tell(Event::LastRecorded(history::last(&self.project)));
                Event::Loaded(self.load_files(&names))
            }
            Job::CreateStore => Event::StoreCreated(store.create_dir()),
            Job::Create(ticket, id, text) => {
                let created = store.create(&id, &text.0);
                self.record(done_by(&created, Done::created), tell);
                Event::Created(ticket, created)
            }
            Job::Save(ticket, file, text) => {
                let saved = store.replace(&file, &text.0);
                let done = match &saved {
                    Ok(saved) => {
                        let old = saved.replaced.as_deref();
                        old.map(|old| Done::saved(&saved.file, old))
                    }
                    Err(error) => Done::of_unconfirmed(error),
                };
                self.record(done, tell);
                if matches!(saved, Err(SaveError::Vanished)) {
                    // Whoever is asked what to do has to see where it went.
                    tell(Event::Loaded(self.load()));
                }
                Event::Saved(ticket, saved.map(|saved| saved.file))
            }
            Job::Draft(deed) => return self.draft(deed),
            Job::Scan(ticket, ids) => Event::Scanned(ticket, self.scan(&ids, ticket, cancel, tell)),
            Job::Delete(ticket, file) => self.delete(ticket, &file, cancel, tell),
            Job::DeleteSeveral(ticket, files) => self.delete_several(ticket, &files, cancel, tell),
            Job::Tag(ticket, files, retag) => {
                let tagged = tag(&self.project, &files, &retag);
                let done = tagged.as_ref().ok().cloned().flatten().map(Done::Tagged);
                self.record(done, tell);
                Event::Tagged(ticket, tagged)
            }
            Job::PlanRename(ticket, old, new) => {
                Event::RenamePlanned(ticket, self.plan_rename(&old, &new))
            }
            Job::Rename(ticket, preview) => {
                let renamed = apply_rename(&self.project, &preview.plan);
                self.record(renamed.as_ref().ok().cloned().map(Done::Renamed), tell);
                Event::Renamed(ticket, renamed)
            }
            Job::PlanImport(ticket) => {
                Event::ImportPlanned(ticket, self.plan_import(cancel).map(Arc::new))
            }
            Job::Import(ticket, plan) => {
                let shown = |path: &std::path::Path| shown_path(path, &self.project.base);
                let follow = silent(cancel);
                let imported = apply_import(&self.project, &plan, &shown, &follow);
                let done = imported.as_ref().ok().filter(|done| !done.is_empty());
                self.record(done.cloned().map(Done::Imported), tell);
                Event::Imported(ticket, imported)
            }
            Job::Undo(ticket, entry) => self.undo(ticket, &entry, cancel, tell),
            Job::Branches(ticket, id) => Event::Branches(ticket, self.branches(&id)),
            Job::Standing => Event::Standing(git::standing(store.dir(), git::TIME_LIMIT)),
            Job::Index(ticket, files) => {
                let index = match files {
                    Some(files) => self.refresh(&files, ticket, cancel, tell),
                    None => self.index_all(ticket, cancel, tell),
                };
                let table = index.map(|index| Arc::new(UseTable::new(index)));
                Event::Indexed(ticket, table)
            }
            Job::Excerpt(ticket, path, place) => Event::Excerpt(ticket, self.excerpt(&path, place)),
            Job::Facts(ticket, path) => Event::Facts(ticket, self.facts(&path, cancel)),
        })
    }

    fn draft(&mut self, deed: DraftDeed) -> Option<Event> {
        match deed {
            DraftDeed::Find => Some(Event::DraftsFound(self.drafts.find())),
            DraftDeed::Keep(draft) => {
                let kept = self.drafts.keep(&draft).map_err(|error| error.to_string());
                Some(Event::DraftKept(kept))
            }
            DraftDeed::Adopt(path) => {
                self.drafts.adopt(&path);
                None
            }
            // What can't be removed is offered once more, and found to be outdated.
            DraftDeed::Remove => {
                let _ = self.drafts.remove();
                None
            }
            DraftDeed::Discard(path) => {
                let _ = self.drafts.discard(&path);
                None
            }
            DraftDeed::Release(path) => {
                self.drafts.release(&path);
                None
            }
        }
    }

    /// Tells what can be shown before everything is read; gives what there is to read.
    fn first_look(&self, tell: Tell<'_>) -> anyhow::Result<Listing> {
        let Project { store, catalog, .. } = &*self.project;
        let listing = store.list()?;
        let tell = |entries| tell(Event::Listed(entries, listing.len()));
        inventory::Entry::first_look(store, &listing, catalog, ON_SCREEN, &tell)?;
        if listing.may_need_cleaning() {
            store.clean_up();
            return store.list();
        }
        Ok(listing)
    }

    fn load(&mut self) -> anyhow::Result<Arc<Inventory>> {
        let listing = self.project.store.list()?;
        self.load_listed(&listing)
    }

    fn load_listed(&mut self, listing: &Listing) -> anyhow::Result<Arc<Inventory>> {
        let Project { store, catalog, .. } = &*self.project;
        let previous = self.inventory.as_deref();
        let inventory = Inventory::read_listed(store, listing, catalog, previous)?;
        Ok(self.loaded(inventory))
    }

    fn load_files(&mut self, names: &[OsString]) -> anyhow::Result<Arc<Inventory>> {
        let Some(previous) = &self.inventory else {
            return self.load();
        };
        let Project { store, catalog, .. } = &*self.project;
        let inventory = previous.look_again(store, catalog, names)?;
        Ok(self.loaded(inventory))
    }

    fn loaded(&mut self, inventory: Inventory) -> Arc<Inventory> {
        let inventory = Arc::new(inventory);
        self.inventory = Some(Arc::clone(&inventory));
        inventory
    }

    fn scan(
        &self,
        ids: &[ConnectionId],
        ticket: Ticket,
        cancel: &AtomicBool,
        tell: Tell<'_>,
    ) -> anyhow::Result<Arc<Report>> {
        let progress = |at| tell(Event::ScanProgress(ticket, so_far(at)));
        let follow = Follow {
            progress: &progress,
            cancel,
        };
        let Project { roots, options, .. } = &*self.project;
        let ids: Vec<&str> = ids.iter().map(ConnectionId::as_str).collect();
        Ok(Arc::new(workflow::scan_for(roots, &ids, options, &follow)?))
    }

    fn plan_rename(&self, old: &ConnectionId, new: &ConnectionId) -> anyhow::Result<Arc<Preview>> {
        let project = &*self.project;
        let plan = plan_rename(project, old.as_str(), new.as_str())?;
        let shown = |path: &std::path::Path| shown_path(path, &project.base);
        let diff = unified_diff(&plan, &project.catalog, &shown);
        let diff = diff.lines().map(str::to_owned).collect();
        Ok(Arc::new(Preview { plan, diff }))
    }

    fn plan_import(&self, cancel: &AtomicBool) -> anyhow::Result<ImportPlan> {
        let shown = |path: &std::path::Path| shown_path(path, &self.project.base);
        plan_import(&self.project, &shown, &silent(cancel))
    }

    fn branches(&self, id: &ConnectionId) -> Vec<BranchUse> {
        let Project {
            store,
            roots,
            options,
            other_branches,
            ..
        } = &*self.project;
        if !other_branches {
            return Vec::new();
        }
        let paths: Vec<_> = roots.roots.iter().map(|root| root.path.clone()).collect();
        git::uses_on_other_branches(store.dir(), &paths, id.as_str(), options, git::TIME_LIMIT)
    }

    /// Scans at this very moment, and deletes only if still nothing uses the connection.
    fn delete(
        &self,
        ticket: Ticket,
        file: &StoreFile,
        cancel: &AtomicBool,
        tell: Tell<'_>,
    ) -> Event {
        let report = match self.scan(std::slice::from_ref(&file.id), ticket, cancel, tell) {
            Ok(report) => report,
            Err(error) => return Event::Deleted(ticket, Err(SaveError::Io(error))),
        };
        if Uses::of(&report, file.id.as_str(), &self.project.base).block() {
            return Event::Scanned(ticket, Ok(report));
        }
        let deleted = self.project.store.delete(file);
        let done = done_by(&deleted, |deleted| Done::Deleted(vec![deleted.clone()]));
        self.record(done, tell);
        Event::Deleted(ticket, deleted)
    }

    /// As [`Worker::delete`], for several: all of them or none.
    fn delete_several(
        &self,
        ticket: Ticket,
        files: &[StoreFile],
        cancel: &AtomicBool,
        tell: Tell<'_>,
    ) -> Event {
        let ids: Vec<ConnectionId> = files.iter().map(|file| file.id.clone()).collect();
        let report = match self.scan(&ids, ticket, cancel, tell) {
            Ok(report) => report,
            Err(error) => return Event::DeletedSeveral(ticket, Err(SaveError::Io(error))),
        };
        let base = &self.project.base;
        if ids
            .iter()
            .any(|id| Uses::of(&report, id.as_str(), base).block())
        {
            return Event::Scanned(ticket, Ok(report));
        }
        let deleted = self.project.store.delete_all(files);
        let deleted = deleted.map_err(|(_, error)| error);
        let done = done_by(&deleted, |deleted| Done::Deleted(deleted.clone()));
        self.record(done, tell);
        Event::DeletedSeveral(ticket, deleted)
    }

    /// Notes what was done, if something was.
    fn record(&self, done: Option<Done>, tell: Tell<'_>) {
        if let Some(done) = done {
            tell(Event::Recorded(history::record(&self.project, done)));
        }
    }

    fn undo(&self, ticket: Ticket, entry: &Entry, cancel: &AtomicBool, tell: Tell<'_>) -> Event {
        let undone = history::undo(&self.project, entry, &silent(cancel));
        // What comes next is known before anybody can ask for it.
        tell(Event::LastRecorded(history::last(&self.project)));
        Event::Undone(ticket, undone)
    }

    fn options(&self) -> &Options {
        &self.project.options
    }

    fn index_all(
        &mut self,
        ticket: Ticket,
        cancel: &AtomicBool,
        tell: Tell<'_>,
    ) -> anyhow::Result<Arc<Index>> {
        let progress = |at| tell(Event::IndexProgress(ticket, so_far(at)));
        let follow = Follow {
            progress: &progress,
            cancel,
        };
        let index = Arc::new(workflow::index(
            &self.project.roots,
            self.options(),
            &self.project.cache,
            &follow,
        )?);
        self.index = Some(Arc::clone(&index));
        Ok(index)
    }

    /// Reads what changed; a change that is more than that reads everything.
    fn refresh(
        &mut self,
        files: &[std::path::PathBuf],
        ticket: Ticket,
        cancel: &AtomicBool,
        tell: Tell<'_>,
    ) -> anyhow::Result<Arc<Index>> {
        let Some(index) = self.index.take() else {
            return self.index_all(ticket, cancel, tell);
        };
        let mut index = Arc::unwrap_or_clone(index);
        for file in files {
            match index.refresh(file, &self.project.roots, self.options()) {
                Refreshed::Read | Refreshed::Gone => {}
                Refreshed::NeedsIndex => return self.index_all(ticket, cancel, tell),
            }
        }
        let index = Arc::new(index);
        self.index = Some(Arc::clone(&index));
        Ok(index)
    }
}

fn so_far(at: workflow::Progress) -> Progress {
    Progress {
        done: at.done,
        total: at.total,
    }
}

/// What a write did, if it did anything.
fn done_by<T>(result: &Result<T, SaveError>, done: fn(&T) -> Done) -> Option<Done> {
    match result {
        Ok(result) => Some(done(result)),
        Err(error) => Done::of_unconfirmed(error),
    }
}
