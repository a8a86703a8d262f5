//! What is done to all marked connections together.

use std::sync::Arc;

use super::App;
use crate::store::{Deleted, SaveError};
use crate::tui::effect::{Effect, Job, Ticket};
use crate::tui::event::Progress;
use crate::tui::keymap::ListAction;
use crate::tui::popup::Popup;
use crate::tui::popup::message::Message;
use crate::tui::popup::several::{Several, State};
use crate::tui::text::{count, harmless};
use crate::tui::uses::Uses;
use crate::workflow::Report;

impl App {
    pub(super) fn ask_to_delete_marked(&mut self) -> Vec<Effect> {
        let ticket = self.next_ticket();
        let (marked, hidden) = self.list.marked();
        let files: Vec<_> = marked.iter().map(|entry| entry.file.clone()).collect();
        let ids = files.iter().map(|file| file.id.clone()).collect();
        let several = Several::new(files, hidden, ticket);
        self.popup = Some(Popup::Several(Box::new(several)));
        vec![Effect::Work(Job::Scan(ticket, ids))]
    }

    /// The delete of several that is open, if the ticket is its own.
    pub(super) fn open_several(&mut self, ticket: Ticket) -> Option<&mut Several> {
        let Some(Popup::Several(several)) = &mut self.popup else {
            return None;
        };
        (several.ticket == ticket).then_some(several)
    }

    /// A workflow changed, or the person asks for it: the question begins again.
    pub(super) fn rescan_several(&mut self) -> Vec<Effect> {
        let ticket = self.next_ticket();
        let Some(Popup::Several(several)) = &mut self.popup else {
            return Vec::new();
        };
        if matches!(several.state, State::Working) {
            return Vec::new();
        }
        let old = std::mem::replace(&mut several.ticket, ticket);
        several.state = State::Scanning(None);
        let ids = several.files.iter().map(|file| file.id.clone()).collect();
        vec![Effect::Cancel(old), Effect::Work(Job::Scan(ticket, ids))]
    }

    pub(super) fn several_progress(&mut self, ticket: Ticket, progress: Progress) {
        if let Some(several) = self.open_several(ticket)
            && let State::Scanning(shown) = &mut several.state
        {
            *shown = Some(progress);
        }
    }

    pub(super) fn several_scanned(&mut self, ticket: Ticket, result: anyhow::Result<Arc<Report>>) {
        let base = self.setup.base.clone();
        let report = match result {
            Ok(report) => report,
            Err(error) => {
                self.not_deleted(format!("{error:#}"));
                return;
            }
        };
        let mut doubts: Vec<String> = report
            .scanned
            .not_scanned
            .iter()
            .map(|one| (self.shown(&one.path), &one.reason))
            .map(|(path, reason)| format!("! Not scanned: {} ({reason}).", harmless(&path)))
            .collect();
        if report.scanned.roots.is_empty() {
            let text = "! No workflow was scanned: there is no workflows directory here.";
            doubts.push(text.to_owned());
        }
        if let Some(several) = self.open_several(ticket) {
            let uses: Vec<Uses> = several
                .files
                .iter()
                .map(|file| Uses::of(&report, file.id.as_str(), &base))
                .collect();
            several.answer(&uses, doubts);
        }
    }

    /// The person wants them deleted; the worker scans once more, directly before.
    pub(super) fn several_confirmed(&mut self) -> Vec<Effect> {
        let ticket = self.next_ticket();
        let Some(Popup::Several(several)) = &mut self.popup else {
            return Vec::new();
        };
        let free = several.free();
        if free.is_empty() {
            return Vec::new();
        }
        // If the scan finds a use now, the question is about these.
        several.files.clone_from(&free);
        several.ticket = ticket;
        several.state = State::Working;
        vec![Effect::Work(Job::DeleteSeveral(ticket, free))]
    }

    pub(super) fn deleted_several(
        &mut self,
        ticket: Ticket,
        result: Result<Vec<Deleted>, SaveError>,
    ) -> Vec<Effect> {
        if self.open_several(ticket).is_some() {
            self.popup = None;
        }
        let mut effects = match result {
            Ok(deleted) => {
                let deleted = count(deleted.len(), "connection");
                let undo = self.key_for(ListAction::Undo);
                self.toast(format!("deleted {deleted}; {undo} brings them back"))
            }
            Err(SaveError::Unconfirmed(done)) => self.done_unconfirmed(*done),
            Err(error) => {
                self.not_deleted(error.to_string());
                Vec::new()
            }
        };
        effects.extend(self.reload());
        effects
    }

    fn not_deleted(&mut self, why: String) {
        self.show_message(Message {
            what: "The connections were not deleted".to_owned(),
            place: String::new(),
            why,
            now: "Nothing was touched.".to_owned(),
        });
    }
}
