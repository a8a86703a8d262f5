//! What keys do in a popup, and what its answers do.

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::{AfterSave, App};
use crate::tui::effect::{Effect, Job};
use crate::tui::form::{Form, Surroundings};
use crate::tui::popup::question::Answer;
use crate::tui::popup::{Popup, Reply};
use crate::tui::uses::UseLine;

impl App {
    pub(super) fn popup_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let screen = Rect::new(0, 0, self.size.width, self.size.height);
        let Some(popup) = &mut self.popup else {
            return Vec::new();
        };
        match popup.key(key, screen) {
            Reply::Stay => Vec::new(),
            Reply::Close => self.close_popup(),
            Reply::Answer(answer) => {
                self.popup = None;
                self.answered(answer)
            }
            Reply::Decided => {
                self.conflict_decided();
                Vec::new()
            }
            Reply::WriteMerged => self.write_merged(),
            Reply::Press(key) => {
                self.popup = None;
                self.table_key(key)
            }
            Reply::Delete => self.delete_confirmed(),
            Reply::DeleteSeveral => self.several_confirmed(),
            Reply::Tag => self.write_tags(),
            Reply::Rescan => self.rescan_open_question(),
            Reply::Rename => self.rename_confirmed(),
            Reply::Replan => self.plan_rename(),
            Reply::OpenAt(path, location) => vec![Effect::OpenEditor { path, location }],
            Reply::Open(UseLine { file, location, .. }) => {
                vec![Effect::OpenEditor {
                    path: file,
                    location: Some(location),
                }]
            }
        }
    }

    fn close_popup(&mut self) -> Vec<Effect> {
        match self.popup.take() {
            Some(Popup::Deleting(deleting)) => vec![Effect::Cancel(deleting.ticket)],
            Some(Popup::Several(several)) => vec![Effect::Cancel(several.ticket)],
            Some(Popup::Renaming(renaming)) => vec![Effect::Cancel(renaming.ticket)],
            Some(Popup::Draft(_)) => self.put_draft_off(),
            Some(Popup::Conflict(_)) => {
                self.after_save = AfterSave::Stay;
                Vec::new()
            }
            Some(
                Popup::Actions(_)
                | Popup::Diff(_)
                | Popup::Help(_)
                | Popup::Message(_)
                | Popup::Question(_)
                | Popup::Tagging(_),
            )
            | None => Vec::new(),
        }
    }

    fn answered(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::SaveForm => {
                self.after_save = AfterSave::Stay;
                self.save_form()
            }
            Answer::SaveAndQuit => {
                self.after_save = AfterSave::Quit;
                self.save_form()
            }
            Answer::DiscardForm => {
                self.close_form();
                Vec::new()
            }
            Answer::DiscardAndQuit => {
                self.close_form();
                vec![Effect::Quit]
            }
            Answer::PasteLines(text) | Answer::PasteJoined(text) => {
                self.with_form(|form, around| form.insert(text.expose(), around));
                Vec::new()
            }
            Answer::FillForm(text) => {
                self.with_form(|form, around| form.fill(text.expose(), around));
                Vec::new()
            }
            Answer::PasteAsText(text) => {
                let paste = |form: &mut Form, around: Surroundings<'_>| {
                    form.paste_text(text.expose(), around)
                };
                match self.with_form(paste) {
                    Some(outcome) => self.form_outcome(outcome),
                    None => Vec::new(),
                }
            }
            Answer::CreateStore => vec![Effect::Work(Job::CreateStore)],
            Answer::Import(plan) => self.import_confirmed(plan),
            Answer::KeepAsNew => self.save_as_new(),
            Answer::SaveToRenamed => self.save_to_renamed(),
            Answer::ResumeDraft => self.resume_draft(),
            Answer::DropDraft => self.drop_offered_draft(),
        }
    }
}
