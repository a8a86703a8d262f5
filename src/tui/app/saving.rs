//! Saves: from the form to the disk, and what happens when the disk has something else.

use super::{AfterSave, App, News, Pane};
use crate::definition::with_schema_line;
use crate::store::{Deed, SaveError, StoreFile, Unconfirmed};
use crate::tui::effect::{Effect, Job, NewText, Ticket};
use crate::tui::form::{Form, Purpose, Refused};
use crate::tui::keymap::FormAction;
use crate::tui::popup::message::Message;
use crate::tui::text::count;

impl App {
    pub(super) fn save_form(&mut self) -> Vec<Effect> {
        let Some(result) = self.with_form(Form::submit) else {
            return Vec::new();
        };
        match result {
            Ok(text) => self.start_save(text),
            Err(Refused::Problems(number)) => self.tell_problems(number),
            Err(Refused::Unchanged) => {
                self.close_form();
                if self.after_save == AfterSave::Quit {
                    return vec![Effect::Quit];
                }
                self.tell(News::NotDone, "nothing was changed".to_owned())
            }
            Err(Refused::Edit(reason)) => {
                self.after_save = AfterSave::Stay;
                self.show_message(Message {
                    what: "The file was not changed".to_owned(),
                    place: String::new(),
                    why: reason,
                    now: "Nothing was written, your edits are kept. The file can be changed in \
                          the editor: leave the form, then e."
                        .to_owned(),
                });
                Vec::new()
            }
        }
    }

    /// Something in the form is wrong, and shown there.
    pub(super) fn tell_problems(&mut self, number: usize) -> Vec<Effect> {
        self.after_save = AfterSave::Stay;
        let text = format!("{}: nothing was written", count(number, "problem"));
        self.tell(News::NotDone, text)
    }

    fn start_save(&mut self, text: String) -> Vec<Effect> {
        let ticket = self.next_ticket();
        let Some(form) = &mut self.form else {
            return Vec::new();
        };
        form.saving = true;
        let job = match &form.purpose {
            Purpose::Create | Purpose::Copy { .. } => {
                let text = with_schema_line(text, self.setup.schema.as_deref());
                Job::Create(ticket, form.connection_id(), NewText(text))
            }
            Purpose::Update { file, .. } => Job::Save(ticket, file.clone(), NewText(text)),
        };
        vec![Effect::Work(job)]
    }

    pub(super) fn created(
        &mut self,
        _ticket: Ticket,
        result: Result<StoreFile, SaveError>,
    ) -> Vec<Effect> {
        match result {
            Ok(file) => self.save_succeeded(&file, "created"),
            Err(SaveError::Unconfirmed(done)) => self.done_unconfirmed(*done),
            Err(error) => {
                self.save_failed("The connection was not created", &error);
                Vec::new()
            }
        }
    }

    pub(super) fn saved(
        &mut self,
        _ticket: Ticket,
        result: Result<StoreFile, SaveError>,
    ) -> Vec<Effect> {
        match result {
            Ok(file) => self.save_succeeded(&file, "updated"),
            Err(SaveError::Unconfirmed(done)) => self.done_unconfirmed(*done),
            Err(SaveError::ChangedOnDisk { current }) => self.merge_and_save(*current),
            Err(SaveError::Vanished) => {
                self.clash = None;
                self.ask_where_to_save();
                Vec::new()
            }
            Err(error) => {
                self.clash = None;
                self.save_failed("The connection was not updated", &error);
                Vec::new()
            }
        }
    }

    fn save_succeeded(&mut self, file: &StoreFile, done: &str) -> Vec<Effect> {
        self.form = None;
        self.clash = None;
        self.pane = Pane::List;
        self.select_next = Some(file.id.clone());
        if self.after_save == AfterSave::Quit {
            return vec![Effect::Quit];
        }
        let mut effects = self.toast(format!("{done} {}", file.shown_name()));
        effects.extend(self.reload());
        effects
    }

    /// It was done; a person should know that the disk is in trouble.
    pub(super) fn done_unconfirmed(&mut self, done: Unconfirmed) -> Vec<Effect> {
        self.after_save = AfterSave::Stay;
        let (what, effects) = match done.deed {
            Deed::Created(file) => ("created", self.save_succeeded(&file, "created")),
            Deed::Saved(saved) => ("updated", self.save_succeeded(&saved.file, "updated")),
            Deed::Deleted(_) => ("deleted", self.reload()),
        };
        self.show_message(Message {
            what: format!("The connection was {what}, but a power cut may take that back"),
            place: self.shown(&self.setup.store.clone()),
            why: done.doubt.to_string(),
            now: "Look at the disk. u takes back what was done.".to_owned(),
        });
        effects
    }

    fn save_failed(&mut self, what: &str, error: &SaveError) {
        self.after_save = AfterSave::Stay;
        let place = match &mut self.form {
            Some(form) => {
                form.saving = false;
                match &form.purpose {
                    Purpose::Create | Purpose::Copy { .. } => {
                        self.setup.store.join(format!("{}.yaml", form.id.text()))
                    }
                    Purpose::Update { file, .. } => file.path.clone(),
                }
            }
            None => self.setup.store.clone(),
        };
        self.show_message(Message {
            what: what.to_owned(),
            place: self.shown(&place),
            why: error.to_string(),
            now: format!(
                "Nothing was written, your edits are kept. {} tries again.",
                self.key_for(FormAction::Save)
            ),
        });
    }

    pub(super) fn save_as_new(&mut self) -> Vec<Effect> {
        let ticket = self.next_ticket();
        let Some(Ok(text)) = self.with_form(Form::submit_again) else {
            return Vec::new();
        };
        let Some(form) = &mut self.form else {
            return Vec::new();
        };
        form.saving = true;
        vec![Effect::Work(Job::Create(
            ticket,
            form.connection_id(),
            NewText(text),
        ))]
    }

    /// After a reading: a form whose file is another now says so, and is not touched otherwise.
    pub(super) fn notice_outside_change(&mut self) {
        let catalog = self.setup.catalog.clone();
        let Some(form) = &mut self.form else {
            return;
        };
        let Purpose::Update { file, .. } = &form.purpose else {
            return;
        };
        let Some(inventory) = &self.inventory else {
            return;
        };
        let now = inventory
            .entries
            .iter()
            .find(|entry| entry.file.file_name == file.file_name);
        let Some(entry) = now else {
            let renamed = self.renamed_to().map(|entry| entry.file.shown_name());
            if let Some(form) = &mut self.form {
                form.banner = Some(match renamed {
                    Some(name) => {
                        format!("the file was renamed to {name} by another program; saving asks")
                    }
                    None => {
                        "the file was deleted or renamed by another program; saving asks".to_owned()
                    }
                });
            }
            return;
        };
        if entry.file.content == file.content {
            form.banner = None;
            return;
        }
        let definition = entry.definition(&catalog);
        match definition {
            Some(definition) if !form.is_changed() => {
                let focus = form.focus;
                let mut fresh = Form::update(entry.file.clone(), definition, &catalog);
                fresh.advanced_open = form.advanced_open;
                if fresh.stops().contains(&focus) {
                    fresh.focus = focus;
                }
                **form = fresh;
            }
            Some(_) => {
                form.banner = Some(
                    "the file was changed by another program; saving merges, or asks".to_owned(),
                );
            }
            None => {
                let broken = entry.summary.broken.as_ref();
                let place = broken.and_then(|broken| broken.location);
                let place = place.map_or_else(String::new, |place| format!(" at {place}"));
                let why = broken.map_or("", |broken| broken.message.as_str());
                form.banner = Some(format!(
                    "the file was changed by another program, and can't be read now{place}: {why}"
                ));
            }
        }
    }
}
