//! Taking back: what `u` would take back, and what came of it.

use super::{App, News};
use crate::history::{Entry, MOST, Recorded, Summary, UndoError, Undone};
use crate::tui::effect::{Effect, Job, Ticket};
use crate::tui::keymap::ListAction;
use crate::tui::popup::message::Message;

/// What is known of the history.
#[derive(Debug, Default)]
pub(super) struct Undoing {
    /// The last entry on disk.
    kept: Option<Entry>,
    /// What could not, or must not, be kept on disk; the last one last.
    unkept: Vec<Entry>,
    /// What is being taken back.
    running: Option<(Ticket, Entry)>,
    /// One word about a history that can't be written is enough.
    has_warned: bool,
}

impl Undoing {
    /// What would be taken back.
    pub(super) fn next(&self) -> Option<&Entry> {
        match (self.kept.as_ref(), self.unkept.last()) {
            (Some(kept), Some(unkept)) if kept.is_later_than(unkept) => Some(kept),
            (_, Some(unkept)) => Some(unkept),
            (kept, None) => kept,
        }
    }
}

impl App {
    pub(super) fn undo_last(&mut self) -> Vec<Effect> {
        if self.undoing.running.is_some() {
            return Vec::new();
        }
        let Some(entry) = self.undoing.next().cloned() else {
            return self.tell(News::NotDone, "there is nothing to take back".to_owned());
        };
        let ticket = self.next_ticket();
        self.undoing.running = Some((ticket, entry.clone()));
        vec![Effect::Work(Job::Undo(ticket, Box::new(entry)))]
    }

    /// Something was done that can be taken back now.
    pub(super) fn recorded(&mut self, recorded: Recorded) {
        let Recorded { entry, warning } = recorded;
        if let Some(why) = warning
            && !std::mem::replace(&mut self.undoing.has_warned, true)
        {
            self.show_message(Message {
                what: "The undo history can't be written".to_owned(),
                place: String::new(),
                why,
                now: format!(
                    "It was done all the same, and {} takes it back until the program ends.",
                    self.key_for(ListAction::Undo)
                ),
            });
        }
        if !entry.is_kept() {
            self.undoing.unkept.push(entry);
            if self.undoing.unkept.len() > MOST {
                self.undoing.unkept.remove(0);
            }
        } else if self
            .undoing
            .kept
            .as_ref()
            .is_none_or(|kept| entry.is_later_than(kept))
        {
            self.undoing.kept = Some(entry);
        }
    }

    /// The history was read.
    pub(super) fn last_recorded(&mut self, entry: Option<Entry>) {
        self.undoing.kept = entry;
    }

    pub(super) fn undone(
        &mut self,
        ticket: Ticket,
        result: Result<Undone, UndoError>,
    ) -> Vec<Effect> {
        let Some((_, entry)) = self.undoing.running.take_if(|(own, _)| *own == ticket) else {
            return Vec::new();
        };
        match result {
            Ok(undone) => {
                self.undoing.unkept.retain(|other| *other != entry);
                self.select_next = match &undone.summary {
                    Summary::Created(_) | Summary::Imported { .. } => None,
                    Summary::Saved(id) | Summary::Renamed(id, _) => Some(id.clone()),
                    Summary::Deleted(ids) | Summary::Tagged(ids) => ids.first().cloned(),
                };
                let mut text = format!("undo: {}, {}", undone.summary, undone.ago);
                if undone.was_so_already {
                    text.push_str(": it was so already");
                }
                let mut effects = self.toast(text);
                effects.extend(self.reload());
                effects
            }
            Err(error) => {
                self.undo_refused(&entry, &error);
                self.reload()
            }
        }
    }

    fn undo_refused(&mut self, entry: &Entry, error: &UndoError) {
        let undo = self.key_for(ListAction::Undo);
        let now = match error {
            UndoError::Changed(_) | UndoError::InUse(_) if entry.is_kept() => {
                format!(
                    "Nothing was touched. {undo} tries again; `conndeck undo --forget` lets it go."
                )
            }
            UndoError::Gone | UndoError::NotTheLast => match self.undoing.next() {
                Some(next) => {
                    let next = &next.summary;
                    format!("Nothing was touched. {undo} takes back now: {next}")
                }
                None => "Nothing was touched.".to_owned(),
            },
            UndoError::Changed(_) | UndoError::InUse(_) | UndoError::Locked => {
                format!("Nothing was touched; {undo} tries again.")
            }
            // The message says what became of the files.
            UndoError::Io(_) => format!("{undo} tries again."),
        };
        self.show_message(Message {
            what: format!("Can't undo: {}", entry.summary),
            place: String::new(),
            why: error.to_string(),
            now,
        });
    }
}
