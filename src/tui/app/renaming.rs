//! Renames: the new id, the plan, the deed, and taking it back.

use std::sync::Arc;

use super::App;
use crate::connection::ConnectionId;
use crate::store::{RenameError, Renamed};
use crate::tui::effect::{Effect, Job, Ticket};
use crate::tui::keymap::ListAction;
use crate::tui::popup::Popup;
use crate::tui::popup::message::Message;
use crate::tui::popup::renaming::{Preview, Renaming, State};
use crate::tui::text::harmless;
use crate::tui::uses::shown_path;

impl App {
    pub(super) fn ask_for_new_id(&mut self) -> Vec<Effect> {
        if let Some(entry) = self.list.selected() {
            let renaming = Renaming::new(entry.id().clone());
            self.popup = Some(Popup::Renaming(Box::new(renaming)));
        }
        Vec::new()
    }

    fn open_rename(&mut self, ticket: Ticket) -> Option<&mut Renaming> {
        let Some(Popup::Renaming(renaming)) = &mut self.popup else {
            return None;
        };
        (renaming.ticket == ticket).then_some(renaming)
    }

    /// The new id stands: what would change?
    pub(super) fn plan_rename(&mut self) -> Vec<Effect> {
        let ticket = self.next_ticket();
        let Some(Popup::Renaming(renaming)) = &mut self.popup else {
            return Vec::new();
        };
        renaming.ticket = ticket;
        renaming.state = State::Planning;
        let new = ConnectionId::new(renaming.new_id());
        vec![Effect::Work(Job::PlanRename(
            ticket,
            renaming.old.clone(),
            new,
        ))]
    }

    pub(super) fn rename_planned(
        &mut self,
        ticket: Ticket,
        result: anyhow::Result<Arc<Preview>>,
    ) -> Vec<Effect> {
        let base = self.setup.base.clone();
        let Some(renaming) = self.open_rename(ticket) else {
            return Vec::new();
        };
        match result {
            Ok(preview) => renaming.answer(preview, &|path| shown_path(path, &base)),
            Err(error) => {
                let what = format!("Can't rename {}", harmless(renaming.old.as_str()));
                self.show_message(Message {
                    what,
                    place: String::new(),
                    why: format!("{error:#}"),
                    now: "Nothing was touched.".to_owned(),
                });
            }
        }
        Vec::new()
    }

    /// The person has seen the changes and wants them. What is on disk is compared once more.
    pub(super) fn rename_confirmed(&mut self) -> Vec<Effect> {
        let ticket = self.next_ticket();
        let Some(Popup::Renaming(renaming)) = &mut self.popup else {
            return Vec::new();
        };
        let State::Review { preview, .. } = &renaming.state else {
            return Vec::new();
        };
        let preview = Arc::clone(preview);
        renaming.ticket = ticket;
        renaming.state = State::Working;
        vec![Effect::Work(Job::Rename(ticket, preview))]
    }

    pub(super) fn renamed(
        &mut self,
        ticket: Ticket,
        result: Result<Renamed, RenameError>,
    ) -> Vec<Effect> {
        if self.open_rename(ticket).is_some() {
            self.popup = None;
        }
        match result {
            Ok(renamed) => {
                self.select_next = Some(renamed.new.clone());
                let text = format!(
                    "renamed {} to {}; {} takes it back",
                    harmless(renamed.old.as_str()),
                    harmless(renamed.new.as_str()),
                    self.key_for(ListAction::Undo),
                );
                let mut effects = self.toast(text);
                effects.extend(self.reload());
                effects
            }
            Err(error) => {
                self.rename_failed("The connection was not renamed", &error);
                self.reload()
            }
        }
    }

    pub(super) fn rename_failed(&mut self, what: &str, error: &RenameError) {
        let now = match error {
            RenameError::PutBackFailed(_) => "The next start puts the rest back.",
            RenameError::Changed(_)
            | RenameError::Exists(_)
            | RenameError::ReadOnly(..)
            | RenameError::Refused
            | RenameError::Locked
            | RenameError::Io(_) => "Nothing was changed.",
        };
        self.show_message(Message {
            what: what.to_owned(),
            place: String::new(),
            why: error.to_string(),
            now: now.to_owned(),
        });
    }
}
