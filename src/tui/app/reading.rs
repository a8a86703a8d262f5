//! What was read from the disk: the store, the index of the workflows, and when to read again.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use super::ids::Ids;
use super::{App, Asking, News, Stale};
use crate::connection::Secret;
use crate::git::Standing;
use crate::inventory::{Entry, Inventory};
use crate::tui::effect::{Effect, Job, Ticket};
use crate::tui::keymap::{FormAction, ListAction};
use crate::tui::list::Used;
use crate::tui::popup::message::Message;
use crate::tui::uses::UseTable;
use crate::watch::Changed;

impl App {
    /// Shows what is known of a store that is being read for the first time.
    pub(super) fn listed(&mut self, entries: Vec<Arc<Entry>>, total: usize) {
        if self.inventory.is_none() {
            let height = self.list_height();
            self.list.set_entries(entries, None, height);
            self.list.set_total(total);
            self.refresh_detail();
        }
    }

    pub(super) fn loaded(&mut self, result: anyhow::Result<Arc<Inventory>>) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.load.is_running = false;
        let again = std::mem::replace(&mut self.load.again, Stale::Nothing);
        effects.extend(self.start_load(again));
        match result {
            Ok(inventory) => {
                self.load_failed = None;
                self.take_inventory(inventory);
                effects.extend(self.ask_git());
                effects.extend(self.catch_up());
            }
            // A list that was read before stays: it is older, not wrong.
            Err(error) => {
                self.typed_ahead.clear();
                self.load_has_failed(format!("{error:#}"));
            }
        }
        if self.index.running.is_none() {
            let waiting = std::mem::replace(&mut self.index.again, Stale::Nothing);
            effects.extend(self.start_index(waiting));
        }
        effects
    }

    /// After every reading of the store: whatever changed a file may have changed its mark.
    fn ask_git(&mut self) -> Option<Effect> {
        if self.asking_git != Asking::Idle {
            self.asking_git = Asking::RunningThenAgain;
            return None;
        }
        self.asking_git = Asking::Running;
        Some(Effect::Work(Job::Standing))
    }

    /// Nobody who answers is as good as no repository: there are no marks then.
    pub(super) fn git_has_answered(&mut self, standing: Option<Standing>) -> Vec<Effect> {
        let asked_again = std::mem::replace(&mut self.asking_git, Asking::Idle);
        self.list.set_standing(standing);
        self.refresh_detail();
        match asked_again {
            Asking::RunningThenAgain => self.ask_git().into_iter().collect(),
            Asking::Idle | Asking::Running => Vec::new(),
        }
    }

    /// Told once, not after every change; the line at the bottom goes on saying it. A popup that is
    /// open is not pushed aside.
    fn load_has_failed(&mut self, why: String) {
        let is_known = self.load_failed.as_ref() == Some(&why);
        self.load_failed = Some(why.clone());
        if is_known || self.popup.is_some() {
            return;
        }
        self.show_message(Message {
            what: "The connections can't be read".to_owned(),
            place: self.shown(&self.setup.store),
            why,
            now: format!(
                "Nothing was changed. {} tries again.",
                self.key_for(ListAction::Reload)
            ),
        });
    }

    pub(super) fn take_inventory(&mut self, inventory: Arc<Inventory>) {
        // Most changes are of what a file says: which ones there are, much hangs on.
        let has_same_ids = self.inventory.as_ref().is_some_and(|before| {
            let is_same = |(before, now): (&Arc<Entry>, &Arc<Entry>)| {
                Arc::ptr_eq(before, now) || before.id() == now.id()
            };
            let pairs = before.entries.iter().zip(&inventory.entries);
            before.entries.len() == inventory.entries.len() && pairs.into_iter().all(is_same)
        });
        let entries = inventory.entries.clone();
        self.inventory = Some(inventory);
        let height = self.list_height();
        if has_same_ids {
            self.list.renew_entries(entries, height);
            self.facts.expire();
            self.excerpt.expire();
        } else {
            self.ids = Ids::default();
            let uses = self.uses_of_entries(&entries);
            self.list.set_entries(entries, uses, height);
            self.refresh_workflows();
        }
        if let Some(id) = self.select_next.take() {
            // What was just written must not be hidden by a filter.
            self.select_connection(&id);
        }
        self.refresh_detail();
        self.refresh_sheet();
        self.notice_outside_change();
        self.refresh_conflict();
        self.refresh_tagging();
    }

    pub(super) fn uses_of_entries(&self, entries: &[Arc<Entry>]) -> Option<Vec<Used>> {
        let table = self.uses.as_ref()?;
        Some(entries.iter().map(|entry| table.used(entry.id())).collect())
    }

    /// The person does not want to wait for the workflows: what uses what is not known then. A
    /// delete reads them in any case.
    pub(super) fn stop_index(&mut self) -> Vec<Effect> {
        let Some(ticket) = self.index.running.filter(|_| self.uses.is_none()) else {
            return Vec::new();
        };
        self.index.running = None;
        self.index.progress = None;
        self.index.again = Stale::Nothing;
        self.index.failed = Some("stopped".to_owned());
        self.refresh_detail();
        vec![Effect::Cancel(ticket)]
    }

    pub(super) fn indexed(
        &mut self,
        ticket: Ticket,
        result: anyhow::Result<Arc<UseTable>>,
    ) -> Vec<Effect> {
        if self.index.running != Some(ticket) {
            return Vec::new();
        }
        self.index.running = None;
        self.index.progress = None;
        match result {
            Ok(table) => {
                self.index.failed = None;
                self.uses = Some(table);
            }
            Err(error) => {
                self.index.failed = Some(format!("{error:#}"));
                self.uses = None;
            }
        }
        let entries = self.list.entries().to_vec();
        let uses = self.uses_of_entries(&entries);
        let height = self.list_height();
        self.list.set_uses(uses, height);
        self.refresh_detail();
        self.refresh_workflows();
        let again = std::mem::replace(&mut self.index.again, Stale::Nothing);
        self.start_index(again)
    }

    pub(super) fn start_index(&mut self, stale: Stale<PathBuf>) -> Vec<Effect> {
        let files = match stale {
            Stale::Nothing => return Vec::new(),
            Stale::Files(files) if self.uses.is_some() => Some(files),
            Stale::Files(_) | Stale::Everything => None,
        };
        if self.index.running.is_some() {
            self.index.again.add(files);
            return Vec::new();
        }
        if files.is_none() {
            self.index.again = Stale::Nothing;
        }
        let ticket = self.next_ticket();
        self.index.running = Some(ticket);
        self.index.failed = None;
        vec![Effect::Work(Job::Index(ticket, files))]
    }

    pub(super) fn changed(&mut self, changed: Changed) -> Vec<Effect> {
        match changed {
            Changed::Store => self.reload(),
            Changed::Connection(name) => self.start_load(Stale::Files(vec![name])),
            Changed::Workflow(path) => {
                let mut effects = self.start_index(Stale::Files(vec![path]));
                effects.extend(self.rescan_open_question());
                effects
            }
            Changed::Workflows => {
                let mut effects = self.start_index(Stale::Everything);
                effects.extend(self.rescan_open_question());
                effects
            }
            Changed::Mode(mode) => {
                self.watching = mode;
                Vec::new()
            }
        }
    }

    /// What a person asks for who does not trust the watcher.
    pub(super) fn reload_everything(&mut self) -> Vec<Effect> {
        // Whoever asks wants to hear it again.
        self.load_failed = None;
        let mut effects = self.reload();
        effects.extend(self.start_index(Stale::Everything));
        effects.extend(self.toast("reading all files again"));
        effects
    }

    /// What changed before anybody watched was told by nobody.
    pub(super) fn look_again(&mut self) -> Vec<Effect> {
        let mut effects = self.reload();
        if let Some(ticket) = self.index.running.take() {
            // It has hardly begun.
            effects.push(Effect::Cancel(ticket));
            effects.extend(self.start_index(Stale::Everything));
        } else if self.uses.is_some() {
            effects.extend(self.start_index(Stale::Everything));
        }
        effects
    }

    /// Reads the store again: what changed of it.
    pub(super) fn reload(&mut self) -> Vec<Effect> {
        self.start_load(Stale::Everything)
    }

    fn start_load(&mut self, stale: Stale<OsString>) -> Vec<Effect> {
        let files = match stale {
            Stale::Nothing => return Vec::new(),
            Stale::Files(files) => Some(files),
            Stale::Everything => None,
        };
        if self.load.is_running {
            self.load.again.add(files);
            return Vec::new();
        }
        self.load.is_running = true;
        vec![Effect::Work(files.map_or(Job::Load, Job::LoadFiles))]
    }

    pub(super) fn editor_closed(&mut self, result: Result<(), String>) -> Vec<Effect> {
        if let Err(why) = result {
            self.editor_failed("The editor did not run", why);
        }
        // The watcher tells as well; where it is slow, this is sooner.
        let mut effects = self.reload();
        effects.extend(self.rescan_open_question());
        effects
    }

    fn editor_failed(&mut self, what: &str, why: String) {
        self.show_message(Message {
            what: what.to_owned(),
            place: String::new(),
            why,
            now: "Nothing was changed. Set $VISUAL or $EDITOR to an editor.".to_owned(),
        });
    }

    /// Has the text under the form's focus changed in the editor.
    pub(super) fn edit_value(&mut self) -> Vec<Effect> {
        let text = self.form.as_ref().and_then(|form| form.text_for_editor());
        let Some((name, value)) = text else {
            return self.tell(
                News::NotDone,
                "there is no text under the cursor".to_owned(),
            );
        };
        let ticket = self.next_ticket();
        self.value_in_editor = Some(ticket);
        vec![Effect::EditValue {
            ticket,
            name,
            value,
        }]
    }

    pub(super) fn value_edited(
        &mut self,
        ticket: Ticket,
        result: Result<Option<Secret>, String>,
    ) -> Vec<Effect> {
        if self.value_in_editor != Some(ticket) {
            return Vec::new();
        }
        self.value_in_editor = None;
        match result {
            Ok(Some(saved)) => {
                let is_changed =
                    self.with_form(|form, around| form.take_from_editor(&saved, around));
                if is_changed == Some(true) {
                    let save = self.key_for(FormAction::Save);
                    return self.toast(format!("taken from the editor; {save} saves"));
                }
                self.tell(News::NotDone, "the value is as it was".to_owned())
            }
            Ok(None) => self.tell(
                News::NotDone,
                "the editor gave up: nothing changed".to_owned(),
            ),
            Err(why) => {
                self.editor_failed("The value was not changed", why);
                Vec::new()
            }
        }
    }

    pub(super) fn store_created(&mut self, result: anyhow::Result<()>) -> Vec<Effect> {
        match result {
            Ok(()) => {
                let mut effects = self.toast("created the directory");
                effects.extend(self.reload());
                if self.popup.is_none() && self.form.is_none() {
                    // That was on the way to the first connection.
                    self.open_new_form();
                }
                effects
            }
            Err(error) => {
                self.show_message(Message {
                    what: "The directory was not made".to_owned(),
                    place: self.shown(&self.setup.store),
                    why: format!("{error:#}"),
                    now: "Nothing was written.".to_owned(),
                });
                Vec::new()
            }
        }
    }
}

impl<File: PartialEq> Stale<File> {
    /// More that is to be read; `None` is everything.
    pub(super) fn add(&mut self, files: Option<Vec<File>>) {
        *self = match (std::mem::replace(self, Self::Nothing), files) {
            (Self::Everything, _) | (_, None) => Self::Everything,
            (Self::Nothing, Some(files)) => Self::Files(files),
            (Self::Files(mut all), Some(files)) => {
                for file in files {
                    if !all.contains(&file) {
                        all.push(file);
                    }
                }
                Self::Files(all)
            }
        };
    }
}
