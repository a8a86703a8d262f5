//! The file has changed since its form was opened: merged, asked about, or gone.

use super::{AfterSave, App};
use crate::definition::Definition;
use crate::inventory::Entry;
use crate::merge::Side;
use crate::rename::changed_lines;
use crate::store::StoreFile;
use crate::tui::effect::{Effect, Job, NewText};
use crate::tui::form::{Disputed, Form, Purpose, Why};
use crate::tui::keymap::FormAction;
use crate::tui::popup::Popup;
use crate::tui::popup::conflict::{Conflict, Outcome, Row};
use crate::tui::popup::message::Message;
use crate::tui::popup::question::{Answer, Choice, Question};

impl App {
    /// The file has changed since the form was opened: what changed on one side only merges.
    pub(super) fn merge_and_save(&mut self, current: StoreFile) -> Vec<Effect> {
        let catalog = self.setup.catalog.clone();
        let Some(form) = &mut self.form else {
            return Vec::new();
        };
        form.saving = false;
        let entry = Entry::new(current, &catalog);
        let Some(definition) = entry.definition(&catalog) else {
            self.after_save = AfterSave::Stay;
            self.cannot_merge(&entry);
            return Vec::new();
        };
        if form.rebase(entry.file.clone(), definition.clone(), &catalog) {
            return self.save_form();
        }
        self.ask_about_conflict(entry.file, definition);
        Vec::new()
    }

    fn cannot_merge(&mut self, entry: &Entry) {
        let broken = entry.summary.broken.as_ref();
        let place = broken.and_then(|broken| broken.location);
        let place = place.map(|place| format!(":{place}")).unwrap_or_default();
        self.show_message(Message {
            what: "The file has changed, and can't be read now".to_owned(),
            place: format!("{}{place}", self.shown(&entry.file.path)),
            why: broken.map_or_else(String::new, |broken| broken.message.clone()),
            now: format!(
                "Nothing was written, your edits are kept. Once the file is mended, {} merges.",
                self.key_for(FormAction::Save)
            ),
        });
    }

    /// Opens the popup, or brings the one that is open up to date: what was decided stays decided.
    pub(super) fn ask_about_conflict(&mut self, file: StoreFile, definition: Definition) {
        let before = match self.popup.take() {
            Some(Popup::Conflict(before)) => Some(before),
            Some(
                Popup::Actions(_)
                | Popup::Deleting(_)
                | Popup::Diff(_)
                | Popup::Draft(_)
                | Popup::Help(_)
                | Popup::Message(_)
                | Popup::Question(_)
                | Popup::Renaming(_)
                | Popup::Several(_)
                | Popup::Tagging(_),
            )
            | None => self.clash.take(),
        };
        let mut conflict = Conflict {
            notice: before
                .as_ref()
                .map(|_| "The file has changed again: look once more, then write.".to_owned()),
            file: Box::new(file),
            definition: Box::new(definition),
            rows: Vec::new(),
            selected: before.as_ref().map_or(0, |before| before.selected),
            outcome: Outcome::Refused(String::new()),
            scroll: 0,
        };
        self.work_out(&mut conflict, |path| {
            before.as_ref().and_then(|before| before.side(path))
        });
        conflict.selected = conflict.selected.min(conflict.rows.len().saturating_sub(1));
        self.popup = Some(Popup::Conflict(Box::new(conflict)));
    }

    /// After a choice: what would be written now.
    pub(super) fn conflict_decided(&mut self) {
        if let Some(Popup::Conflict(mut conflict)) = self.popup.take() {
            let rows = std::mem::take(&mut conflict.rows);
            self.work_out(&mut conflict, |path| {
                rows.iter().find(|row| row.path == path)?.side
            });
            conflict.scroll = 0;
            self.popup = Some(Popup::Conflict(conflict));
        }
    }

    /// Fills rows and outcome. Undecided is as on disk.
    fn work_out(&self, conflict: &mut Conflict, side: impl Fn(&[String]) -> Option<Side>) {
        let catalog = &self.setup.catalog;
        let Some(form) = &self.form else {
            return;
        };
        let merged = form.merged(&conflict.definition, catalog, &|path| {
            side(path).unwrap_or(Side::Theirs)
        });
        conflict.rows = merged
            .disputed
            .iter()
            .map(|disputed| Row {
                side: side(&disputed.conflict.path),
                ..self.row_of(form, disputed, &conflict.definition)
            })
            .collect();
        let theirs = conflict.file.text().unwrap_or_default();
        conflict.outcome = match merged.text(theirs) {
            Ok(text) => {
                let diff = changed_lines(theirs, &text, catalog);
                Outcome::Text(NewText(text), diff)
            }
            Err(reason) => Outcome::Refused(reason),
        };
    }

    fn row_of(&self, form: &Form, disputed: &Disputed, theirs: &Definition) -> Row {
        let conflict = &disputed.conflict;
        let shown = |value: &Option<crate::document::Value>| {
            form.shown_value(&conflict.path, value.as_ref(), theirs, &self.setup.catalog)
        };
        let note = match disputed.why {
            Why::BothChanged => None,
            Why::NotInTheirType => {
                let kind = theirs.type_path.as_deref().unwrap_or_default();
                Some(format!("the type is {kind} on disk, and has no such field"))
            }
        };
        let values = [&conflict.base, &conflict.mine, &conflict.theirs].map(shown);
        Row::new(conflict.path.clone(), values, note)
    }

    /// Writes what the popup shows, if the file is still what it shows.
    pub(super) fn write_merged(&mut self) -> Vec<Effect> {
        let Some(Popup::Conflict(conflict)) = self.popup.take() else {
            return Vec::new();
        };
        let Outcome::Text(text, _) = &conflict.outcome else {
            return Vec::new();
        };
        // What comes from a draft has not been looked at yet.
        if let Some(number) = self.with_form(Form::problems).flatten() {
            return self.tell_problems(number);
        }
        let ticket = self.next_ticket();
        let Some(form) = &mut self.form else {
            return Vec::new();
        };
        form.saving = true;
        let job = Job::Save(ticket, conflict.file.clone(), text.clone());
        // If the file has changed again, what was decided is not asked again.
        self.clash = Some(conflict);
        vec![Effect::Work(job)]
    }

    /// After a reading: the popup shows the file as it is.
    pub(super) fn refresh_conflict(&mut self) {
        let Some(Popup::Conflict(conflict)) = &self.popup else {
            return;
        };
        let Some(inventory) = &self.inventory else {
            return;
        };
        let now = inventory
            .entries
            .iter()
            .find(|entry| entry.file.file_name == conflict.file.file_name);
        // Where it is gone or broken, the attempt to write will say so.
        if let Some(entry) = now
            && entry.file.content != conflict.file.content
            && let Some(definition) = entry.definition(&self.setup.catalog)
        {
            self.ask_about_conflict(entry.file.clone(), definition);
        }
    }

    /// The file is gone: written again, saved to where it went, or let go.
    pub(super) fn ask_where_to_save(&mut self) {
        self.after_save = AfterSave::Stay;
        if let Some(form) = &mut self.form {
            form.saving = false;
        }
        let renamed = self.renamed_to().map(|entry| entry.file.shown_name());
        let mut text = vec![match &renamed {
            Some(name) => format!("The file was renamed to `{name}` while it was edited here."),
            None => "The file was deleted or renamed while it was edited here.".to_owned(),
        }];
        text.push("Nothing was written; your edits are kept.".to_owned());
        let choice =
            |key: char, label: &'static str, answer: Option<Answer>| Choice { key, label, answer };
        let mut choices = Vec::new();
        if renamed.is_some() {
            choices.push(choice(
                's',
                "Save to the new name",
                Some(Answer::SaveToRenamed),
            ));
        }
        choices.extend([
            choice('w', "Write it as a new file", Some(Answer::KeepAsNew)),
            choice('d', "Let it go", Some(Answer::DiscardForm)),
            choice('g', "Go on editing", None),
        ]);
        let focus = choices.len() - 1;
        let question = Question::new("The file is gone", text, choices, focus);
        self.popup = Some(Popup::Question(question));
    }

    /// Saves the form to the file that its own was renamed to.
    pub(super) fn save_to_renamed(&mut self) -> Vec<Effect> {
        match self.renamed_to().map(|entry| entry.file.clone()) {
            Some(file) => self.merge_and_save(file),
            None => {
                self.ask_where_to_save();
                Vec::new()
            }
        }
    }

    /// What the form's file is called now, as far as the contents say so.
    pub(super) fn renamed_to(&self) -> Option<&Entry> {
        let Some(Purpose::Update { file, definition }) =
            self.form.as_ref().map(|form| &form.purpose)
        else {
            return None;
        };
        let is_other = |entry: &Entry| {
            entry.file.file_name != file.file_name
                && !self.known_files.contains(&entry.file.file_name)
        };
        self.same_connection(file.text().unwrap_or_default(), definition, is_other)
    }

    /// The one connection that says the same under another name: in every byte, or the same name
    /// and type.
    pub(super) fn same_connection(
        &self,
        text: &str,
        definition: &Definition,
        is_candidate: impl Fn(&Entry) -> bool,
    ) -> Option<&Entry> {
        let entries = self.inventory.as_ref()?.entries.iter();
        let candidates: Vec<&Entry> = entries
            .map(std::convert::AsRef::as_ref)
            .filter(|entry| is_candidate(entry))
            .collect();
        let the_one = |alike: &dyn Fn(&Entry) -> bool| {
            let mut alike = candidates.iter().copied().filter(|entry| alike(entry));
            alike.next().filter(|_| alike.next().is_none())
        };
        the_one(&|entry| !text.is_empty() && entry.file.text() == Some(text)).or_else(|| {
            let name = definition.name.as_deref()?;
            the_one(&|entry| {
                entry.summary.broken.is_none()
                    && entry.summary.name == name
                    && entry.summary.type_path == definition.type_path
            })
        })
    }
}
