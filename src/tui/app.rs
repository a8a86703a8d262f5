//! The state of the interface, and the only place where it changes.
//!
//! [`App::update`] takes what happened and answers with what shall be done; it does no I/O, starts
//! no thread and reads no clock. [`App::view`] is a pure function of the state.

mod actions;
mod ahead;
mod answering;
mod comparing;
mod copying;
mod deleting;
mod drafting;
mod duplicating;
mod ids;
mod importing;
mod keys;
mod merging;
mod pointer;
mod reading;
mod renaming;
mod saving;
mod selecting;
mod several;
mod starting;
mod tagging;
#[cfg(test)]
mod tests;
mod undoing;
mod view;
mod workflows;

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::KeyEvent;
use ratatui::layout::{Rect, Size};

use super::detail::{Detail, Extent};
use super::effect::{DraftDeed, Effect, Job, Ticket, Wake};
use super::event::{Event, Progress};
use super::excerpt::Excerpt;
use super::form::{Form, Surroundings};
use super::input::Input;
use super::keymap::{Action, ListAction};
use super::layout::{self, Areas, Pane};
use super::list::List;
use super::lookup::Lookup;
use super::popup::Popup;
use super::popup::conflict::Conflict;
use super::popup::message::Message;
use super::tabs::Tab;
use super::text::{count, grouped};
use super::uses::{UseTable, shown_path};
use super::workflows::{Facts, Workflows};
use crate::connection::Location;
use crate::inventory::Inventory;
use crate::watch::Mode;
use drafting::Drafting;
use ids::Ids;
pub use starting::Setup;
use undoing::Undoing;

/// How long a toast stays.
const TOAST: Duration = Duration::from_secs(3);
/// Within this time a second Ctrl-C quits.
const INTERRUPT: Duration = Duration::from_secs(2);

/// The whole state.
#[derive(Debug)]
pub struct App {
    setup: Setup,
    size: Size,
    tab: Tab,
    list: List,
    detail: Detail,
    /// Whether the selection has moved on since the panel was made.
    is_detail_behind: bool,
    /// Whether more input waits, which will most likely move the selection on.
    is_in_burst: bool,
    workflows: Workflows,
    /// About the selected workflow file.
    facts: Lookup<PathBuf, Result<Facts, String>>,
    /// The lines around what the panel's cursor is on.
    excerpt: Lookup<(PathBuf, Location), Result<Excerpt, String>>,
    form: Option<Box<Form>>,
    pane: Pane,
    popup: Option<Popup>,
    toast: Option<Toast>,
    inventory: Option<Arc<Inventory>>,
    /// The ids of the inventory.
    ids: Ids,
    load: Load,
    /// What was typed before the store was read, and waits for it.
    typed_ahead: Vec<KeyEvent>,
    uses: Option<Arc<UseTable>>,
    index: IndexState,
    watching: Mode,
    /// The import that is being planned or done.
    importing: Option<Ticket>,
    /// Whether git is being asked.
    asking_git: Asking,
    undoing: Undoing,
    drafting: Drafting,
    /// What a quit waits for: a save that is under way.
    after_save: AfterSave,
    interrupted: bool,
    /// What was decided about a conflict, while the result is being written.
    clash: Option<Box<Conflict>>,
    /// The files that were there when the form was opened.
    known_files: HashSet<OsString>,
    /// What kept the store from being read, once it was told.
    load_failed: Option<String>,
    /// The connection to select as soon as it is read.
    select_next: Option<crate::connection::ConnectionId>,
    /// The value that is in the editor.
    value_in_editor: Option<Ticket>,
    tickets: u64,
    counter: u64,
}

/// A line that goes by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Toast {
    text: String,
    news: News,
    number: u64,
}

/// What a toast tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// Something was done.
    Done,
    /// Something was not done.
    NotDone,
}

/// Whether git is being asked. Changes meanwhile cost one more question, not one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    Idle,
    Running,
    RunningThenAgain,
}

/// Whether the store is being read, and what changed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Load {
    is_running: bool,
    /// What to read when the running one is done: files by their name.
    again: Stale<OsString>,
}

/// Whether the workflows are being read, and what changed meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
struct IndexState {
    running: Option<Ticket>,
    progress: Option<Progress>,
    /// What to read when the running one is done.
    again: Stale<PathBuf>,
    failed: Option<String>,
}

/// What is no longer known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stale<File> {
    Nothing,
    Files(Vec<File>),
    Everything,
}

/// What happens when a save has succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AfterSave {
    Stay,
    Quit,
}

impl App {
    /// The state before anything was read, while the [first jobs](App::first_jobs) are under way.
    pub fn new(mut setup: Setup) -> Self {
        let first = setup.first_message();
        let (size, order) = (setup.size, setup.order);
        Self {
            setup,
            size,
            tab: Tab::Connections,
            list: List::sorted_by(order),
            workflows: Workflows::default(),
            facts: Lookup::default(),
            excerpt: Lookup::default(),
            detail: Detail::default(),
            is_detail_behind: false,
            is_in_burst: false,
            form: None,
            pane: Pane::List,
            popup: first.map(Popup::Message),
            toast: None,
            inventory: None,
            ids: Ids::default(),
            load: Load {
                is_running: true,
                again: Stale::Nothing,
            },
            typed_ahead: Vec::new(),
            uses: None,
            index: IndexState {
                running: None,
                progress: None,
                again: Stale::Everything,
                failed: None,
            },
            watching: Mode::Notified,
            importing: None,
            asking_git: Asking::Idle,
            undoing: Undoing::default(),
            drafting: Drafting::default(),
            after_save: AfterSave::Stay,
            interrupted: false,
            clash: None,
            known_files: HashSet::new(),
            load_failed: None,
            select_next: None,
            value_in_editor: None,
            tickets: 0,
            counter: 0,
        }
    }

    /// What is to be done for every `App`, and can be begun before there is one. The workflows are
    /// read when the list is there: they would only slow it down.
    pub fn first_jobs() -> [Job; 2] {
        [Job::Load, Job::Draft(DraftDeed::Find)]
    }

    /// Takes what happened; says what shall be done.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let is_time = matches!(event, Event::Woke(Wake::KeepDraft));
        let is_progress = matches!(event, Event::IndexProgress(..) | Event::ScanProgress(..));
        if !matches!(event, Event::Input(Input::Key(_))) {
            self.show_selected();
        }
        let mut effects = self.take(event);
        if !self.is_in_burst {
            self.show_selected();
        }
        let extent = match self.pane {
            Pane::List => Extent::Glance,
            Pane::Panel => Extent::Whole,
        };
        if self.detail.extent() != extent {
            let area = self.panel_area();
            self.detail.set_extent(extent, area);
        }
        // How far something is, is told often, and changes nothing here.
        if !is_progress {
            self.tend_draft(&mut effects, is_time);
            self.tend_lookups(&mut effects);
        }
        effects
    }

    fn take(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Input(Input::Key(key)) => self.key(key),
            Event::Input(Input::Paste(text)) => self.paste(&text),
            Event::Input(Input::Mouse(mouse)) => self.mouse(mouse),
            Event::Input(Input::Closed) | Event::EndRequested => vec![Effect::Quit],
            Event::Resized(size) => {
                self.size = size;
                self.relayout();
                Vec::new()
            }
            Event::Continued => vec![Effect::Redraw],
            Event::Listed(entries, total) => {
                self.listed(entries, total);
                Vec::new()
            }
            Event::Loaded(result) => self.loaded(result),
            Event::Saved(ticket, result) => self.saved(ticket, result),
            Event::Created(ticket, result) => self.created(ticket, result),
            Event::Deleted(ticket, result) => self.deleted(ticket, result),
            Event::DeletedSeveral(ticket, result) => self.deleted_several(ticket, result),
            Event::Tagged(ticket, result) => self.tagged(ticket, result),
            Event::StoreCreated(result) => self.store_created(result),
            Event::Scanned(ticket, result) => self.scanned(ticket, result),
            Event::RenamePlanned(ticket, result) => self.rename_planned(ticket, result),
            Event::Renamed(ticket, result) => self.renamed(ticket, result),
            Event::Undone(ticket, result) => self.undone(ticket, result),
            Event::Recorded(recorded) => {
                self.recorded(recorded);
                Vec::new()
            }
            Event::LastRecorded(entry) => {
                self.last_recorded(entry);
                Vec::new()
            }
            Event::DraftsFound(found) => {
                self.drafts_found(found);
                Vec::new()
            }
            Event::DraftKept(Ok(())) => {
                self.draft_kept();
                Vec::new()
            }
            Event::DraftKept(Err(why)) => self.draft_not_kept(&why),
            Event::Branches(ticket, uses) => {
                self.branches(ticket, &uses);
                Vec::new()
            }
            Event::ImportPlanned(ticket, result) => self.import_planned(ticket, result),
            Event::Imported(ticket, result) => self.imported(ticket, result),
            Event::Standing(standing) => self.git_has_answered(standing),
            Event::ScanProgress(ticket, progress) => {
                self.scan_progress(ticket, progress);
                Vec::new()
            }
            Event::Indexed(ticket, result) => self.indexed(ticket, result),
            Event::Excerpt(ticket, result) => {
                self.excerpt.answered(ticket, result);
                Vec::new()
            }
            Event::Facts(ticket, result) => {
                let result = result.map_err(|error| format!("{error:#}"));
                if self.facts.answered(ticket, result) {
                    self.refresh_sheet();
                }
                Vec::new()
            }
            Event::IndexProgress(ticket, progress) => {
                if self.index.running == Some(ticket) {
                    self.index.progress = Some(progress);
                    if self.uses.is_none() {
                        self.refresh_detail();
                    }
                }
                Vec::new()
            }
            Event::Copied(what, result) => self.copied(&what, result),
            Event::ValueEdited(ticket, result) => self.value_edited(ticket, result),
            Event::EditorClosed(result) => self.editor_closed(result),
            Event::Changed(changed) => self.changed(changed),
            Event::Watching(mode) => {
                self.watching = mode;
                self.look_again()
            }
            Event::Woke(wake) => {
                self.woke(wake);
                Vec::new()
            }
        }
    }

    // -- small things

    fn woke(&mut self, wake: Wake) {
        match wake {
            Wake::EndToast(number) => {
                if self
                    .toast
                    .as_ref()
                    .is_some_and(|toast| toast.number == number)
                {
                    self.toast = None;
                }
            }
            Wake::HideSecrets(_) => {
                if let Some(form) = &mut self.form {
                    form.hide_secrets();
                }
                self.detail.hide_secrets();
                self.refresh_detail();
            }
            Wake::ForgetInterrupt(_) => self.interrupted = false,
            // Done after every event.
            Wake::KeepDraft => {}
        }
    }

    fn toast(&mut self, text: impl Into<String>) -> Vec<Effect> {
        self.tell(News::Done, text.into())
    }

    fn tell(&mut self, news: News, text: String) -> Vec<Effect> {
        let number = self.next_number();
        self.toast = Some(Toast { text, news, number });
        vec![Effect::WakeAfter(Wake::EndToast(number), TOAST)]
    }

    fn reveal(&mut self) -> Vec<Effect> {
        let number = self.next_number();
        vec![Effect::WakeAfter(
            Wake::HideSecrets(number),
            self.setup.reveal,
        )]
    }

    fn show_message(&mut self, message: Message) {
        self.popup = Some(Popup::Message(message));
    }

    /// The person's key for an action, where a text names it.
    fn key_for<A: Action>(&self, action: A) -> String {
        self.setup.keymap.key(action)
    }

    fn next_ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    fn next_number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    fn shown(&self, path: &Path) -> String {
        shown_path(path, &self.setup.base)
    }

    /// How far the index is, for people.
    fn index_progress(&self) -> String {
        match (&self.index.failed, self.index.progress) {
            (Some(error), _) => {
                let reload = self.key_for(ListAction::Reload);
                format!("not known: {error}; {reload} reads the workflows")
            }
            (None, Some(Progress { done, total })) => {
                let files = count(total, "file");
                let clear = self.key_for(ListAction::Clear);
                format!("reading {} of {files}… {clear} stops", grouped(done))
            }
            (None, None) => "reading the workflows…".to_owned(),
        }
    }

    // -- where things are

    fn areas(&self) -> Areas {
        layout::areas(self.size, self.pane)
    }

    fn list_height(&self) -> usize {
        usize::from(layout::inner(self.areas().list).height)
    }

    fn panel_area(&self) -> Rect {
        let inner = layout::inner(self.areas().panel);
        let height = inner.height.saturating_sub(self.excerpt_rows());
        Rect { height, ..inner }
    }

    fn relayout(&mut self) {
        let height = self.list_height();
        self.list.clamp(height);
        self.workflows.clamp(height);
        let area = self.panel_area();
        self.panel_mut().move_by(0, area);
        if let Some(form) = &mut self.form {
            form.show_focus(area);
        }
    }

    /// Runs something on the open form with what it needs to know.
    fn with_form<T>(&mut self, act: impl FnOnce(&mut Form, Surroundings<'_>) -> T) -> Option<T> {
        let area = self.panel_area();
        let form = self.form.as_mut()?;
        let around = Surroundings {
            catalog: &self.setup.catalog,
            taken: self.ids.taken(self.inventory.as_deref()),
            area,
        };
        Some(act(form, around))
    }
}
