//! Deletes: the scan of that moment, the question or the refusal, and bringing back.

use std::sync::Arc;

use super::App;
use crate::git::BranchUse;
use crate::store::{Access, Deleted, SaveError};
use crate::tui::effect::{Effect, Job, Ticket};
use crate::tui::event::Progress;
use crate::tui::keymap::ListAction;
use crate::tui::popup::Popup;
use crate::tui::popup::deleting::{Deleting, State};
use crate::tui::popup::message::Message;
use crate::tui::text::harmless;
use crate::tui::uses::{Uses, shown_path};
use crate::workflow::Report;

impl App {
    pub(super) fn ask_to_delete(&mut self) -> Vec<Effect> {
        let Some(entry) = self.list.selected().cloned() else {
            return Vec::new();
        };
        if let Access::ReadOnly(reason) = &entry.file.access {
            self.show_message(Message {
                what: format!("Can't delete {}", harmless(entry.id().as_str())),
                place: self.shown(&entry.file.path),
                why: reason.clone(),
                now: "Nothing was touched.".to_owned(),
            });
            return Vec::new();
        }
        let ticket = self.next_ticket();
        let id = entry.id().clone();
        self.popup = Some(Popup::Deleting(Box::new(Deleting::new(
            entry.file.clone(),
            ticket,
        ))));
        vec![Effect::Work(Job::Scan(ticket, vec![id]))]
    }

    /// The delete that is open, if the ticket is its own.
    fn open_delete(&mut self, ticket: Ticket) -> Option<&mut Deleting> {
        let Some(Popup::Deleting(deleting)) = &mut self.popup else {
            return None;
        };
        (deleting.ticket == ticket).then_some(deleting)
    }

    /// A workflow changed, or the person asks for it: the question begins again.
    pub(super) fn rescan_open_question(&mut self) -> Vec<Effect> {
        if let Some(Popup::Several(_)) = self.popup {
            return self.rescan_several();
        }
        let ticket = self.next_ticket();
        let Some(Popup::Deleting(deleting)) = &mut self.popup else {
            return Vec::new();
        };
        if matches!(deleting.state, State::Working) {
            return Vec::new();
        }
        let old = std::mem::replace(&mut deleting.ticket, ticket);
        deleting.state = State::Scanning(None);
        vec![
            Effect::Cancel(old),
            Effect::Work(Job::Scan(ticket, vec![deleting.file.id.clone()])),
        ]
    }

    pub(super) fn scan_progress(&mut self, ticket: Ticket, progress: Progress) {
        if let Some(deleting) = self.open_delete(ticket)
            && let State::Scanning(shown) = &mut deleting.state
        {
            *shown = Some(progress);
        }
        self.several_progress(ticket, progress);
    }

    pub(super) fn scanned(
        &mut self,
        ticket: Ticket,
        result: anyhow::Result<Arc<Report>>,
    ) -> Vec<Effect> {
        if self.open_several(ticket).is_some() {
            self.several_scanned(ticket, result);
            return Vec::new();
        }
        let base = self.setup.base.clone();
        let Some(deleting) = self.open_delete(ticket) else {
            return Vec::new();
        };
        match result {
            Ok(report) => {
                let uses = Uses::of(&report, deleting.file.id.as_str(), &base);
                deleting.answer(report, uses, &|path| shown_path(path, &base));
                // The branches are asked once the question stands; it does not wait for them.
                let id = deleting.file.id.clone();
                return vec![Effect::Work(Job::Branches(ticket, id))];
            }
            Err(error) => {
                let what = format!("Can't delete {}", harmless(deleting.file.id.as_str()));
                self.show_message(Message {
                    what,
                    place: String::new(),
                    why: format!("{error:#}"),
                    now: "Whether it is used is not known, so nothing was touched.".to_owned(),
                });
            }
        }
        Vec::new()
    }

    pub(super) fn branches(&mut self, ticket: Ticket, uses: &[BranchUse]) {
        if let Some(deleting) = self.open_delete(ticket) {
            deleting.add_branches(uses);
        }
    }

    /// The person wants it deleted; the worker scans once more, directly before.
    pub(super) fn delete_confirmed(&mut self) -> Vec<Effect> {
        let ticket = self.next_ticket();
        let Some(Popup::Deleting(deleting)) = &mut self.popup else {
            return Vec::new();
        };
        let State::Asking { .. } = deleting.state else {
            return Vec::new();
        };
        deleting.ticket = ticket;
        deleting.state = State::Working;
        vec![Effect::Work(Job::Delete(
            ticket,
            Box::new(deleting.file.clone()),
        ))]
    }

    pub(super) fn deleted(
        &mut self,
        ticket: Ticket,
        result: Result<Deleted, SaveError>,
    ) -> Vec<Effect> {
        let is_shown = self.open_delete(ticket).is_some();
        if is_shown {
            self.popup = None;
        }
        match result {
            Ok(deleted) => {
                let text = format!(
                    "deleted {}; {} brings it back",
                    harmless(deleted.id.as_str()),
                    self.key_for(ListAction::Undo),
                );
                let mut effects = self.toast(text);
                effects.extend(self.reload());
                effects
            }
            Err(SaveError::Unconfirmed(done)) => self.done_unconfirmed(*done),
            Err(error) => {
                self.show_message(Message {
                    what: "The connection was not deleted".to_owned(),
                    place: String::new(),
                    why: error.to_string(),
                    now: "Nothing was touched.".to_owned(),
                });
                self.reload()
            }
        }
    }
}
