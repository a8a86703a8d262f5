//! The import of what workflows define: the plan, the question, the deed.

use std::sync::Arc;

use super::{App, News};
use crate::project::ImportPlan;
use crate::store::{Imported, RenameError};
use crate::tui::effect::{Effect, Job, Ticket};
use crate::tui::keymap::ListAction;
use crate::tui::popup::Popup;
use crate::tui::popup::message::Message;
use crate::tui::popup::question::{Answer, Choice, Question};
use crate::tui::text::{count, harmless};

impl App {
    /// Why there is nothing to import, as far as that is known.
    pub(super) fn why_no_import(&self) -> Option<&'static str> {
        if self.importing.is_some() {
            return Some("it is under way");
        }
        match self.uses.as_ref().map(|table| table.definitions()) {
            Some(0) => Some("no workflow defines a connection of its own"),
            Some(_) | None => None,
        }
    }

    /// What would an import make?
    pub(super) fn plan_import(&mut self) -> Vec<Effect> {
        if self.importing.is_some() {
            return Vec::new();
        }
        let ticket = self.next_ticket();
        self.importing = Some(ticket);
        vec![Effect::Work(Job::PlanImport(ticket))]
    }

    pub(super) fn import_planned(
        &mut self,
        ticket: Ticket,
        result: anyhow::Result<Arc<ImportPlan>>,
    ) -> Vec<Effect> {
        if self.importing.take_if(|own| *own == ticket).is_none() {
            return Vec::new();
        }
        if self.popup.is_some() || self.form.is_some() {
            // Whoever does something else by now is not interrupted.
            let text = "the workflows were read for the import: i in the list shows it";
            return self.tell(News::NotDone, text.to_owned());
        }
        let plan = match result {
            Ok(plan) => plan,
            Err(error) => {
                self.show_message(Message {
                    what: "Can't import from the workflows".to_owned(),
                    place: String::new(),
                    why: format!("{error:#}"),
                    now: "Nothing was written.".to_owned(),
                });
                return Vec::new();
            }
        };
        let new = plan.created().count();
        let close = Choice {
            key: 'n',
            label: if new == 0 { "Close" } else { "Cancel" },
            answer: None,
        };
        let (title, choices, focus) = if new == 0 {
            ("Nothing to import".to_owned(), vec![close], 0)
        } else {
            let import = Choice {
                key: 'y',
                label: "Import",
                answer: Some(Answer::Import(Arc::clone(&plan))),
            };
            let title = format!("Import {}?", count(new, "connection"));
            (title, vec![import, close], 1)
        };
        let text = self.told_import(&plan, new);
        self.popup = Some(Popup::Question(Question::new(&title, text, choices, focus)));
        Vec::new()
    }

    /// What would become of the definitions; as many of them as have room.
    fn told_import(&self, plan: &ImportPlan, new: usize) -> Vec<String> {
        let looked_at = count(plan.looked_at, "workflow file");
        let mut text = Vec::new();
        let others = plan.import.items.len() - new;
        if plan.import.items.is_empty() {
            text.push(match plan.looked_at {
                0 => format!("There are no workflow files. {}", self.no_workflows()),
                _ => format!("{looked_at} looked at: none defines a connection of its own."),
            });
        }
        if new > 0 {
            let room = usize::from(self.size.height).saturating_sub(11).max(1);
            for (id, name) in plan.created().take(room) {
                text.push(format!("{}  from {}", harmless(id), harmless(name)));
            }
            if new > room {
                text.push(format!("… and {} more", new - room));
            }
        }
        if others > 0 {
            let refused = plan.import.has_refusal();
            text.push(match (refused, new) {
                (false, 0) => {
                    format!("{} in workflows: in the store already.", count(others, "definition"))
                }
                (false, _) => format!("{others} more: in the store already."),
                (true, _) => format!(
                    "{others} more: in the store already, or not to be had; `conndeck import --dry-run` says why."
                ),
            });
        }
        for (name, reason) in plan.unread.iter().take(2) {
            text.push(format!(
                "Not read: {}: {}",
                harmless(name),
                harmless(reason)
            ));
        }
        if new > 0 {
            let store = self.shown(&self.setup.store);
            let undo = self.key_for(ListAction::Undo);
            text.push(format!(
                "One new file each in {store}. The workflows stay as they are; {undo} takes it back."
            ));
        }
        text
    }

    /// The person has seen what would be made and wants it.
    pub(super) fn import_confirmed(&mut self, plan: Arc<ImportPlan>) -> Vec<Effect> {
        let ticket = self.next_ticket();
        self.importing = Some(ticket);
        vec![Effect::Work(Job::Import(ticket, plan))]
    }

    pub(super) fn imported(
        &mut self,
        ticket: Ticket,
        result: Result<Imported, RenameError>,
    ) -> Vec<Effect> {
        self.importing.take_if(|own| *own == ticket);
        match result {
            Ok(imported) => {
                self.select_next = imported.ids.first().cloned();
                let many = count(imported.ids.len(), "connection");
                let undo = self.key_for(ListAction::Undo);
                let mut effects = self.toast(format!("imported {many}; {undo} takes it back"));
                effects.extend(self.reload());
                effects
            }
            Err(error) => {
                self.rename_failed("Nothing was imported", &error);
                self.reload()
            }
        }
    }
}
