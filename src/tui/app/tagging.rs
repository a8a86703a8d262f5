//! Tags of the selected connection, or of all that are marked.

use std::collections::HashSet;
use std::sync::Arc;

use super::{App, News};
use crate::inventory::Entry;
use crate::project::TagError;
use crate::store::{RenameError, Rewritten};
use crate::tui::effect::{Effect, Job, Ticket};
use crate::tui::keymap::ListAction;
use crate::tui::popup::Popup;
use crate::tui::popup::message::Message;
use crate::tui::popup::tagging::{Tagging, why_not};
use crate::tui::text::count;

impl App {
    pub(super) fn choose_tags(&mut self) -> Vec<Effect> {
        let (marked, hidden) = self.list.marked();
        let (subjects, hidden): (Vec<Arc<Entry>>, usize) = if marked.is_empty() {
            (self.list.selected().cloned().into_iter().collect(), 0)
        } else {
            (marked.into_iter().cloned().collect(), hidden)
        };
        if let [one] = subjects.as_slice()
            && let Some(why) = why_not(one)
        {
            self.show_message(Message {
                what: "The tags of this file can't be changed here".to_owned(),
                place: self.shown(&one.file.path),
                why,
                now: format!(
                    "Nothing was written. {} opens the file in the editor.",
                    self.key_for(ListAction::EditFile)
                ),
            });
        } else if !subjects.is_empty() {
            let all = self.list.entries();
            let tagging = Tagging::new(&subjects, hidden, all, &self.setup.catalog);
            self.popup = Some(Popup::Tagging(Box::new(tagging)));
        }
        Vec::new()
    }

    /// Why `t` does nothing now.
    pub(super) fn why_not_tagged(&self) -> Option<String> {
        if !self.list.marked().0.is_empty() {
            return None;
        }
        match self.list.selected() {
            Some(entry) => why_not(entry),
            None => Some(super::actions::NONE_SELECTED.to_owned()),
        }
    }

    /// After a reading: the choice is about what the files say now.
    pub(super) fn refresh_tagging(&mut self) {
        let Some(Popup::Tagging(tagging)) = &mut self.popup else {
            return;
        };
        let all = self.list.entries();
        let ids: HashSet<_> = tagging.ids().collect();
        let subjects = all.iter().filter(|entry| ids.contains(entry.id()));
        let subjects: Vec<Arc<Entry>> = subjects.cloned().collect();
        if subjects.is_empty() {
            self.popup = None;
            return;
        }
        let (marked, hidden) = self.list.marked();
        let hidden = if marked.is_empty() { 0 } else { hidden };
        tagging.take(&subjects, hidden, all, &self.setup.catalog);
    }

    /// Writes what was chosen.
    pub(super) fn write_tags(&mut self) -> Vec<Effect> {
        let ticket = self.next_ticket();
        let Some(Popup::Tagging(tagging)) = &mut self.popup else {
            return Vec::new();
        };
        let (files, retag) = tagging.wanted();
        if files.is_empty() {
            self.popup = None;
            return self.tell(News::NotDone, "no tags were changed".to_owned());
        }
        tagging.ticket = Some(ticket);
        vec![Effect::Work(Job::Tag(ticket, files, retag))]
    }

    pub(super) fn tagged(
        &mut self,
        ticket: Ticket,
        result: Result<Option<Rewritten>, TagError>,
    ) -> Vec<Effect> {
        let open = match &mut self.popup {
            Some(Popup::Tagging(tagging)) if tagging.ticket == Some(ticket) => Some(tagging),
            Some(_) | None => None,
        };
        let mut effects = match (result, open) {
            (Ok(done), open) => {
                if open.is_some() {
                    self.popup = None;
                }
                let number = done.map_or(0, |done| done.ids.len());
                let changed = count(number, "connection");
                let undo = self.key_for(ListAction::Undo);
                self.toast(format!("tagged {changed}; {undo} takes it back"))
            }
            (Err(error), Some(tagging)) => {
                tagging.ticket = None;
                match error {
                    TagError::Refused(refused) => {
                        tagging.failed = Some("nothing was written: see below".to_owned());
                        tagging.leave_out(refused);
                    }
                    TagError::Store(error) => {
                        tagging.failed = Some(format!("{}nothing was written", reason(&error)));
                    }
                }
                Vec::new()
            }
            (Err(_), None) => self.tell(News::NotDone, "no tags were changed".to_owned()),
        };
        effects.extend(self.reload());
        effects
    }
}

/// What kept all files from being written, before what became of them.
fn reason(error: &RenameError) -> String {
    match error {
        // It says itself that not everything is as it was.
        RenameError::PutBackFailed(_) => format!("{error}; but for that, "),
        RenameError::Changed(_)
        | RenameError::Exists(_)
        | RenameError::ReadOnly(..)
        | RenameError::Refused
        | RenameError::Locked
        | RenameError::Io(_) => format!("{error}; "),
    }
}
