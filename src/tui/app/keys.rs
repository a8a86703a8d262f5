//! What keys, pastes and clicks do, depending on where the focus is.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "key codes and mouse events are crossterm's, not ours"
)]

use crossterm::event::{KeyCode, KeyEvent};

use super::{AfterSave, App, INTERRUPT, Pane, selecting};
use crate::connection::Secret;
use crate::inventory::{Broken, Entry};
use crate::store::Access;
use crate::tui::detail::Target;
use crate::tui::effect::{Effect, Wake};
use crate::tui::form::{Filling, Form, Outcome};
use crate::tui::keymap::{self, Context, DetailAction, FilterAction, GlobalAction, ListAction};
use crate::tui::layout;
use crate::tui::popup::Popup;
use crate::tui::popup::help::Help;
use crate::tui::popup::message::Message;
use crate::tui::popup::question::{Answer, Choice, Question};
use crate::tui::tabs::Tab;

impl App {
    /// Takes a key as it was pressed.
    pub(super) fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if self.keep_for_later(key) {
            return Vec::new();
        }
        let is_answer = match (&self.popup, key.code) {
            (Some(popup), KeyCode::Char(letter)) => popup.answers(letter),
            _ => false,
        };
        let is_typed =
            self.popup.is_none() && self.form.as_ref().is_some_and(|form| form.types(key));
        if is_answer || is_typed {
            return self.table_key(key);
        }
        match self.setup.keymap.meant(self.contexts(), key) {
            Some(key) => self.table_key(key),
            None => Vec::new(),
        }
    }

    /// Whose keys hold now.
    pub(super) fn contexts(&self) -> &'static [Context] {
        if let Some(popup) = &self.popup {
            return popup.contexts();
        }
        match (&self.form, self.tab, self.pane) {
            (Some(form), ..) if form.picker.is_some() => &[Context::Choice],
            (Some(_), ..) => &[Context::Form],
            _ if self.is_filtering() => &[Context::Filter],
            (None, Tab::Connections, Pane::List) => &[Context::List],
            (None, Tab::Connections, Pane::Panel) => &[Context::Panel],
            (None, Tab::Workflows, Pane::List) => &[Context::Workflows],
            (None, Tab::Workflows, Pane::Panel) => &[Context::Workflow],
        }
    }

    /// Takes a key of the tables.
    pub(super) fn table_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if let Some(action) = keymap::find(keymap::GLOBAL, key) {
            return self.global(action);
        }
        if layout::is_too_small(self.size) {
            return match key.code {
                KeyCode::Char('q') if self.form.is_none() => vec![Effect::Quit],
                _ => Vec::new(),
            };
        }
        if self.popup.is_some() {
            return self.popup_key(key);
        }
        if self.form.is_some() {
            return self.form_key(key);
        }
        if self.tab == Tab::Workflows {
            return self.workflow_key(key);
        }
        if self.list.is_filtering {
            return self.filter_key(key);
        }
        match self.pane {
            Pane::List => match keymap::find(keymap::LIST, key) {
                Some(action) => self.list_action(action),
                None => Vec::new(),
            },
            Pane::Panel => match keymap::find(keymap::DETAIL, key) {
                Some(action) => self.detail_action(action),
                None => Vec::new(),
            },
        }
    }

    pub(super) fn global(&mut self, action: GlobalAction) -> Vec<Effect> {
        match action {
            GlobalAction::Help => {
                let first = self.contexts().first().copied();
                let first = first.unwrap_or(Context::Everywhere);
                self.popup = match self.popup.take() {
                    Some(Popup::Help(_)) => None,
                    // A question waits for its answer.
                    Some(other) => Some(other),
                    None => Some(Popup::Help(Help::new(first, &self.setup.keymap))),
                };
                Vec::new()
            }
            GlobalAction::Redraw => vec![Effect::Redraw],
            GlobalAction::Mouse => self.toggle_mouse(),
            GlobalAction::Suspend => vec![Effect::Suspend],
            GlobalAction::Interrupt => {
                if self.interrupted {
                    return vec![Effect::Quit];
                }
                self.interrupted = true;
                let number = self.next_number();
                let mut effects = vec![Effect::WakeAfter(Wake::ForgetInterrupt(number), INTERRUPT)];
                effects.extend(self.quit());
                effects
            }
        }
    }

    /// Ends the program, or asks first if something would be lost.
    pub(super) fn quit(&mut self) -> Vec<Effect> {
        match &self.form {
            // Its answer decides: if nothing is written, the form with its changes stays.
            Some(form) if form.saving => {
                self.after_save = AfterSave::Quit;
                Vec::new()
            }
            Some(form) if form.is_changed() => {
                self.ask_to_leave(AfterSave::Quit);
                Vec::new()
            }
            _ => vec![Effect::Quit],
        }
    }

    // -- the list

    fn list_action(&mut self, action: ListAction) -> Vec<Effect> {
        let height = self.list_height();
        let page = isize::try_from(height.max(1)).unwrap_or(isize::MAX);
        if !selecting::is_all_of(action) {
            self.show_selected();
        }
        match action {
            ListAction::Up => self.move_selection(-1),
            ListAction::Down => self.move_selection(1),
            ListAction::PageUp => self.move_selection(-page),
            ListAction::PageDown => self.move_selection(page),
            ListAction::HalfPageUp => self.move_selection(-(page / 2).max(1)),
            ListAction::HalfPageDown => self.move_selection((page / 2).max(1)),
            ListAction::Top => self.move_selection(isize::MIN + 1),
            ListAction::Bottom => self.move_selection(isize::MAX),
            ListAction::Open => return self.open_form(None),
            ListAction::SwitchPane => {
                if self.list.selected().is_some() {
                    self.pane = Pane::Panel;
                    let area = self.panel_area();
                    self.detail.focus(area);
                }
            }
            ListAction::Filter => self.list.is_filtering = true,
            ListAction::New => return self.new_form(),
            ListAction::Duplicate => return self.duplicate(),
            ListAction::Import => return self.plan_import(),
            ListAction::EditFile => return self.edit_file(),
            ListAction::Delete if !self.list.marked().0.is_empty() => {
                return self.ask_to_delete_marked();
            }
            ListAction::Delete => return self.ask_to_delete(),
            ListAction::Rename => return self.ask_for_new_id(),
            ListAction::Undo => return self.undo_last(),
            ListAction::Reload => return self.reload_everything(),
            ListAction::Workflows => self.open_workflows(),
            ListAction::Clear if !self.list.filter.text().is_empty() => {
                self.list.clear_filter(height);
                self.refresh_detail();
            }
            ListAction::Clear if !self.list.marked().0.is_empty() => self.list.clear_marks(),
            ListAction::Clear => return self.stop_index(),
            ListAction::Mark => {
                self.list.toggle_mark(height);
                self.refresh_detail();
            }
            ListAction::MarkAll => self.list.toggle_all_marks(),
            ListAction::Tag => return self.choose_tags(),
            ListAction::Copy => return self.copy_id(),
            ListAction::Sort => {
                self.list.sort_next(height);
                self.refresh_detail();
            }
            ListAction::Actions => return self.show_actions(),
            ListAction::Help => return self.global(GlobalAction::Help),
            ListAction::Quit => return self.quit(),
        }
        Vec::new()
    }

    fn filter_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let height = self.list_height();
        match keymap::find(keymap::FILTER, key) {
            Some(FilterAction::Keep) => self.list.is_filtering = false,
            Some(FilterAction::Clear) => self.list.clear_filter(height),
            Some(FilterAction::Up) => self.list.move_by(-1, height),
            Some(FilterAction::Down) => self.list.move_by(1, height),
            Some(FilterAction::PageUp) => self.list.move_by(-10, height),
            Some(FilterAction::PageDown) => self.list.move_by(10, height),
            None => self.list.filter_key(key, height),
        }
        self.refresh_detail();
        Vec::new()
    }

    fn edit_file(&mut self) -> Vec<Effect> {
        let Some(entry) = self.list.selected() else {
            return Vec::new();
        };
        let location = entry
            .summary
            .broken
            .as_ref()
            .and_then(|broken| broken.location);
        vec![Effect::OpenEditor {
            path: entry.file.path.clone(),
            location,
        }]
    }

    fn new_form(&mut self) -> Vec<Effect> {
        let missing = self
            .inventory
            .as_ref()
            .is_some_and(|inventory| !inventory.exists);
        if missing {
            let text = vec![
                format!(
                    "There is no directory {} yet.",
                    self.shown(&self.setup.store)
                ),
                "Connections are kept there, one file each.".to_owned(),
            ];
            let choices = vec![
                Choice {
                    key: 'c',
                    label: "Create it",
                    answer: Some(Answer::CreateStore),
                },
                Choice {
                    key: 'n',
                    label: "Cancel",
                    answer: None,
                },
            ];
            self.popup = Some(Popup::Question(Question::new(
                "Create the directory?",
                text,
                choices,
                0,
            )));
            return Vec::new();
        }
        self.open_new_form();
        Vec::new()
    }

    pub(super) fn open_new_form(&mut self) {
        self.put_form(Form::create());
        self.pane = Pane::Panel;
        self.list.is_filtering = false;
    }

    /// Opens the selected connection's form, with the focus on a field.
    pub(super) fn open_form(&mut self, field: Option<&str>) -> Vec<Effect> {
        let Some(entry) = self.list.selected().cloned() else {
            return Vec::new();
        };
        if let Some(broken) = &entry.summary.broken {
            self.show_broken(&entry, broken, "This file can't be edited as a form");
            return Vec::new();
        }
        if let Access::ReadOnly(reason) = &entry.file.access {
            self.show_message(Message {
                what: "This file can't be changed here".to_owned(),
                place: self.shown(&entry.file.path),
                why: reason.clone(),
                now: "Nothing was written.".to_owned(),
            });
            return Vec::new();
        }
        let Some(definition) = entry.definition(&self.setup.catalog) else {
            return Vec::new();
        };
        let mut form = Form::update(entry.file.clone(), definition, &self.setup.catalog);
        if let Some(field) = field {
            form.focus_field(field);
        }
        self.put_form(form);
        Vec::new()
    }

    /// What can't be done with a file that is broken, and why.
    pub(super) fn show_broken(&mut self, entry: &Entry, broken: &Broken, what: &str) {
        let place = broken.location.map(|place| format!(":{place}"));
        let place = place.unwrap_or_default();
        self.show_message(Message {
            what: what.to_owned(),
            place: format!("{}{place}", self.shown(&entry.file.path)),
            why: broken.message.clone(),
            now: format!(
                "Nothing was written. {} opens the file in the editor.",
                self.key_for(ListAction::EditFile)
            ),
        });
    }

    /// Opens a form.
    pub(super) fn put_form(&mut self, form: Form) {
        self.form = Some(Box::new(form));
        self.tab = Tab::Connections;
        self.clash = None;
        let entries = self
            .inventory
            .iter()
            .flat_map(|inventory| &inventory.entries);
        self.known_files = entries.map(|entry| entry.file.file_name.clone()).collect();
        self.pane = Pane::Panel;
        let area = self.panel_area();
        self.with_form(|form, _| form.show_focus(area));
    }

    // -- the panel

    fn detail_action(&mut self, action: DetailAction) -> Vec<Effect> {
        let area = self.panel_area();
        let page = isize::from(i16::try_from(area.height.max(2) / 2).unwrap_or(i16::MAX));
        match action {
            DetailAction::Up => self.detail.move_by(-1, area),
            DetailAction::Down => self.detail.move_by(1, area),
            DetailAction::PageUp => self.detail.move_by(-page, area),
            DetailAction::PageDown => self.detail.move_by(page, area),
            DetailAction::Top => self.detail.move_by(isize::MIN + 1, area),
            DetailAction::Bottom => self.detail.move_by(isize::MAX, area),
            DetailAction::Open => match self.detail.target() {
                Some(Target::Field(name)) => return self.open_form(Some(&name)),
                Some(Target::Place(path, location)) => {
                    return vec![Effect::OpenEditor { path, location }];
                }
                None => return self.open_form(None),
            },
            DetailAction::Reveal => {
                let revealed = self.detail.toggle_reveal();
                self.refresh_detail();
                if revealed {
                    return self.reveal();
                }
            }
            DetailAction::Delete => return self.ask_to_delete(),
            DetailAction::Duplicate => return self.duplicate(),
            DetailAction::Tag => return self.choose_tags(),
            DetailAction::EditFile => return self.edit_file(),
            DetailAction::Back => {
                self.pane = Pane::List;
                self.detail.hide_secrets();
                self.refresh_detail();
            }
            DetailAction::Workflows => self.open_workflows(),
            DetailAction::Copy => return self.copy_from_panel(),
            DetailAction::Actions => return self.show_actions(),
            DetailAction::Help => return self.global(GlobalAction::Help),
            DetailAction::Quit => return self.quit(),
        }
        Vec::new()
    }

    // -- the form

    fn form_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if self.form.as_ref().is_some_and(|form| form.saving) {
            return Vec::new();
        }
        match self.with_form(|form, around| form.key(key, around)) {
            Some(outcome) => self.form_outcome(outcome),
            None => Vec::new(),
        }
    }

    pub(super) fn form_outcome(&mut self, outcome: Outcome) -> Vec<Effect> {
        match outcome {
            Outcome::Stay => Vec::new(),
            Outcome::Save => {
                self.after_save = AfterSave::Stay;
                self.save_form()
            }
            Outcome::Back => {
                if self.form.as_ref().is_some_and(|form| form.is_changed()) {
                    self.ask_to_leave(AfterSave::Stay);
                } else {
                    self.close_form();
                }
                Vec::new()
            }
            Outcome::Actions => self.show_actions(),
            Outcome::EditValue => self.edit_value(),
            Outcome::Diff => {
                self.show_diff();
                Vec::new()
            }
            Outcome::Revealed => self.reveal(),
            Outcome::ManyLines(text) => {
                self.popup = Some(Popup::Question(many_lines(text)));
                Vec::new()
            }
            Outcome::Fill(filling) => {
                self.popup = Some(Popup::Question(fill(filling)));
                Vec::new()
            }
        }
    }

    /// The question before something typed is thrown away; going on is the default.
    fn ask_to_leave(&mut self, then: AfterSave) {
        let (label, save, discard) = match then {
            AfterSave::Stay => ("Save", Answer::SaveForm, Answer::DiscardForm),
            AfterSave::Quit => ("Save and quit", Answer::SaveAndQuit, Answer::DiscardAndQuit),
        };
        let choices = vec![
            Choice {
                key: 's',
                label,
                answer: Some(save),
            },
            Choice {
                key: 'd',
                label: "Discard",
                answer: Some(discard),
            },
            Choice {
                key: 'g',
                label: "Go on editing",
                answer: None,
            },
        ];
        let text = vec!["The form has changes that are not saved.".to_owned()];
        self.popup = Some(Popup::Question(Question::new(
            "Leave the form?",
            text,
            choices,
            2,
        )));
    }

    pub(super) fn close_form(&mut self) {
        self.form = None;
        self.pane = Pane::List;
        self.refresh_detail();
    }
}

fn choice(key: char, label: &'static str, answer: Option<Answer>) -> Choice {
    Choice { key, label, answer }
}

/// The question about many lines for a place that shows one.
fn many_lines(text: Secret) -> Question {
    let lines = text.expose().trim_end_matches('\n').lines().count();
    let words: Vec<&str> = text.expose().split_whitespace().collect();
    let joined = Secret::new(words.join(" "));
    let choices = vec![
        choice('j', "Join to one line", Some(Answer::PasteJoined(joined))),
        choice('k', "Keep the lines", Some(Answer::PasteLines(text))),
        choice('n', "Don't paste", None),
    ];
    let text = vec![format!(
        "The pasted text has {lines} lines, the field is one."
    )];
    Question::new("Paste?", text, choices, 2)
}

/// The question about a paste that would fill a form which is not empty.
fn fill(filling: Filling) -> Question {
    let text = filling.text;
    let mut choices = vec![choice('y', "Fill", Some(Answer::FillForm(text.clone())))];
    if filling.is_text_place {
        let answer = Some(Answer::PasteAsText(text));
        choices.push(choice('t', "Paste as text", answer));
    }
    choices.push(choice('n', "Don't paste", None));
    Question::new("Fill the form from this paste?", filling.told, choices, 0)
}
