//! Drafts: when what was typed is kept, and what an earlier run has left is offered.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{App, News};
use crate::catalog::Catalog;
use crate::connection::{ConnectionId, Secret};
use crate::definition::Definition;
use crate::document::{self, Edit, Step, Value};
use crate::draft::{Base, Draft, Found, Subject};
use crate::inventory::Entry;
use crate::store::StoreFile;
use crate::tui::effect::{DraftDeed, Effect, Job, Wake};
use crate::tui::form::drafting::{Secrets, not_kept, without_secrets};
use crate::tui::form::{Form, Purpose};
use crate::tui::popup::Popup;
use crate::tui::popup::question::{Answer, Choice, Question};
use crate::tui::text::{count, harmless};

/// What is typed is on disk after this time, and the time that the writing takes: within two
/// seconds, also in a burst that never pauses.
const KEEP_WITHIN: Duration = Duration::from_millis(1500);

/// What is known of drafts.
#[derive(Default)]
pub(super) struct Drafting {
    /// What was last given to be kept for the open form.
    kept: Option<Draft>,
    /// Whether the time to keep it is set.
    is_due: bool,
    /// Whether the last attempt failed: the way out tries again.
    has_failed: bool,
    /// One word about drafts that can't be written is enough.
    has_warned: bool,
    /// What the open form's file said, made once.
    base: Option<(Arc<str>, Arc<Base>)>,
    /// What earlier runs have left.
    found: VecDeque<Found>,
    /// How many there were at the start.
    total: usize,
}

/// `Debug` does not show what the file said.
impl fmt::Debug for Drafting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Drafting")
            .field("kept", &self.kept)
            .field("is_due", &self.is_due)
            .field("has_failed", &self.has_failed)
            .field("found", &self.found)
            .finish_non_exhaustive()
    }
}

/// What a draft comes to on what is on disk now.
struct Restored {
    /// The form with what was typed.
    form: Form,
    /// What the form has to be asked about.
    clash: Option<(StoreFile, Definition)>,
    state: State,
}

/// How a draft stands to what is on disk.
#[derive(Debug, PartialEq, Eq)]
enum State {
    /// As when it was typed.
    Current,
    /// The file has changed; the changes merge.
    Merges,
    /// The file has changed in the same fields.
    Clashes,
    /// Nothing is left of it: the file says the same.
    SaidAlready,
    /// The file has another name.
    Renamed(String),
    /// The file is gone.
    Gone,
    /// The id of the new connection is taken.
    Taken(ConnectionId),
    /// The file can't be read now.
    Unreadable(String),
}

impl App {
    /// After every event: what was typed is kept in time, and at once before the program or the
    /// screen goes.
    pub(super) fn tend_draft(&mut self, effects: &mut Vec<Effect>, is_time: bool) {
        if is_time {
            self.drafting.is_due = false;
        }
        let draft = self.draft();
        let leaves = effects.iter().position(|effect| match effect {
            Effect::Quit
            | Effect::Suspend
            | Effect::OpenEditor { .. }
            | Effect::EditValue { .. } => true,
            Effect::Redraw
            | Effect::SetMouse(_)
            | Effect::Work(_)
            | Effect::Cancel(_)
            | Effect::Copy { .. }
            | Effect::WakeAfter(..) => false,
        });
        let work = |deed: DraftDeed| Effect::Work(Job::Draft(deed));
        let is_new = draft != self.drafting.kept;
        match draft {
            None if is_new => {
                self.drafting.kept = None;
                effects.insert(leaves.unwrap_or(effects.len()), work(DraftDeed::Remove));
            }
            Some(draft)
                if (is_new && (is_time || leaves.is_some()))
                    || (self.drafting.has_failed && leaves.is_some()) =>
            {
                self.drafting.kept = Some(draft.clone());
                let keep = work(DraftDeed::Keep(Box::new(draft)));
                effects.insert(leaves.unwrap_or(effects.len()), keep);
            }
            Some(_) if is_new && !self.drafting.is_due => {
                self.drafting.is_due = true;
                effects.push(Effect::WakeAfter(Wake::KeepDraft, KEEP_WITHIN));
            }
            Some(_) | None => {}
        }
        if leaves.is_none() {
            self.offer_draft();
        }
    }

    /// What was typed into the open form and is not on disk.
    fn draft(&mut self) -> Option<Draft> {
        let form = self.form.as_ref()?;
        let base = match &form.purpose {
            Purpose::Create | Purpose::Copy { .. } => None,
            Purpose::Update { file, .. } => {
                let text = file.content.as_ref().ok()?;
                match &self.drafting.base {
                    Some((of, base)) if Arc::ptr_eq(of, text) => Some(Arc::clone(base)),
                    Some(_) | None => {
                        let shown = match self.setup.draft_secrets {
                            Secrets::Kept => text.to_string(),
                            Secrets::LeftOut => without_secrets(text, &self.setup.catalog),
                        };
                        let base = Arc::new(Base::new(text, shown));
                        self.drafting.base = Some((Arc::clone(text), Arc::clone(&base)));
                        Some(base)
                    }
                }
            }
        };
        form.draft(base, self.setup.draft_secrets)
    }

    pub(super) fn draft_not_kept(&mut self, why: &str) -> Vec<Effect> {
        self.drafting.has_failed = true;
        if std::mem::replace(&mut self.drafting.has_warned, true) {
            return Vec::new();
        }
        self.tell(News::NotDone, format!("no draft is kept of this: {why}"))
    }

    pub(super) fn draft_kept(&mut self) {
        self.drafting.has_failed = false;
    }

    pub(super) fn drafts_found(&mut self, found: Vec<Found>) {
        self.drafting.total = found.len();
        self.drafting.found = found.into();
    }

    /// Asks about the next draft, once there is a list to compare it with and nothing else is going
    /// on.
    fn offer_draft(&mut self) {
        if self.popup.is_some() || self.form.is_some() || self.inventory.is_none() {
            return;
        }
        let Some(found) = self.drafting.found.front() else {
            return;
        };
        let restored = self.restored(&found.draft);
        let (text, choices, focus) = offer(found, &restored);
        let number = self.drafting.total + 1 - self.drafting.found.len();
        let title = match self.drafting.total {
            1 => "Unsaved edits".to_owned(),
            total => format!("Unsaved edits, {number} of {total}"),
        };
        self.popup = Some(Popup::Draft(Question::new(&title, text, choices, focus)));
    }

    /// The next start offers it again.
    pub(super) fn put_draft_off(&mut self) -> Vec<Effect> {
        let mut effects = self.decided(|path| DraftDeed::Release(path.to_owned()));
        effects.extend(self.toast("kept; the next start asks again"));
        effects
    }

    pub(super) fn drop_offered_draft(&mut self) -> Vec<Effect> {
        let mut effects = self.decided(|path| DraftDeed::Discard(path.to_owned()));
        effects.extend(self.toast("the draft is gone"));
        effects
    }

    fn decided(&mut self, deed: impl Fn(&Path) -> DraftDeed) -> Vec<Effect> {
        let found = self.drafting.found.pop_front();
        found
            .map(|found| Effect::Work(Job::Draft(deed(&found.path))))
            .into_iter()
            .collect()
    }

    /// Opens the form with what was typed, on top of what is on disk now.
    pub(super) fn resume_draft(&mut self) -> Vec<Effect> {
        let Some(found) = self.drafting.found.pop_front() else {
            return Vec::new();
        };
        let Restored {
            form, clash, state, ..
        } = self.restored(&found.draft);
        let deed = match state {
            State::Unreadable(_) => return vec![],
            State::Current
            | State::Merges
            | State::Clashes
            | State::SaidAlready
            | State::Renamed(_)
            | State::Gone
            | State::Taken(_) => DraftDeed::Adopt(found.path),
        };
        if let Purpose::Update { file, .. } = &form.purpose {
            let id = file.id.clone();
            self.list.select_id(&id);
        }
        self.put_form(form);
        // An id that nobody has typed makes way for one that has come meanwhile.
        self.with_form(Form::propose_id);
        self.drafting.kept = Some(found.draft);
        self.notice_outside_change();
        if let Some((file, definition)) = clash {
            self.ask_about_conflict(file, definition);
        }
        vec![Effect::Work(Job::Draft(deed))]
    }

    fn restored(&self, draft: &Draft) -> Restored {
        let catalog = &self.setup.catalog;
        let Subject::Edit { file_name, base } = &draft.subject else {
            return self.restored_new(draft);
        };
        let entries = self
            .inventory
            .iter()
            .flat_map(|inventory| &inventory.entries);
        let same_name = entries
            .into_iter()
            .find(|entry| entry.file.file_name == *file_name);
        let old = Definition::read(&base.text, catalog).unwrap_or_default();
        let (entry, is_renamed) = match same_name {
            Some(entry) => (Some(&**entry), false),
            None => (self.renamed_since(base, &old), true),
        };
        let Some(entry) = entry else {
            let text = without_masks(&base.text, base.is_whole, catalog);
            let definition = Definition::read(&text, catalog).unwrap_or_default();
            let file = StoreFile::remembered(&self.setup.store, file_name, &text);
            let mut form = Form::update(file, definition, catalog);
            form.put_back(draft, catalog);
            return Restored {
                form,
                clash: None,
                state: State::Gone,
            };
        };
        let (Some(text), Some(now)) = (entry.file.text(), entry.definition(catalog)) else {
            let why = entry.summary.broken.as_ref();
            let why = why.map_or_else(String::new, |broken| broken.message.clone());
            return Restored {
                form: Form::create(),
                clash: None,
                state: State::Unreadable(why),
            };
        };
        let then = if base.is(text) { text } else { &base.text };
        let file = StoreFile {
            content: Ok(Arc::from(then)),
            ..entry.file.clone()
        };
        let definition = Definition::read(then, catalog).unwrap_or_default();
        let mut form = Form::update(file, definition, catalog);
        form.put_back(draft, catalog);
        let is_current = then == text;
        let clashes = !is_current && !form.rebase(entry.file.clone(), now.clone(), catalog);
        let state = if clashes {
            State::Clashes
        } else if !form.is_changed() && draft.left_out.is_empty() {
            State::SaidAlready
        } else if is_renamed {
            State::Renamed(entry.file.shown_name())
        } else if is_current {
            State::Current
        } else {
            State::Merges
        };
        Restored {
            form,
            clash: clashes.then(|| (entry.file.clone(), now)),
            state,
        }
    }

    fn renamed_since(&self, base: &Base, definition: &Definition) -> Option<&Entry> {
        let entries = &self.inventory.as_ref()?.entries;
        let mut same = entries
            .iter()
            .filter(|entry| entry.file.text().is_some_and(|text| base.is(text)));
        match (same.next(), same.next()) {
            (Some(entry), None) => Some(&**entry),
            _ => self.same_connection("", definition, |_| true),
        }
    }

    fn restored_new(&self, draft: &Draft) -> Restored {
        let catalog = &self.setup.catalog;
        let mut form = Form::create();
        form.put_back(draft, catalog);
        self.propose_id_for(&mut form);
        let id = form.connection_id();
        let there = self
            .inventory
            .as_ref()
            .and_then(|inventory| inventory.get(&id));
        let state = match there {
            None => State::Current,
            Some(entry) => {
                let says_so = entry
                    .file
                    .text()
                    .is_some_and(|text| form.says(text, catalog));
                if says_so && draft.left_out.is_empty() {
                    State::SaidAlready
                } else {
                    State::Taken(id)
                }
            }
        };
        Restored {
            form,
            clash: None,
            state,
        }
    }

    /// The id that the form would have proposed when nobody had it yet.
    fn propose_id_for(&self, form: &mut Form) {
        if form.id_is_proposed {
            let nobody = std::collections::HashSet::new();
            let around = crate::tui::form::Surroundings {
                catalog: &self.setup.catalog,
                taken: &nobody,
                area: self.panel_area(),
            };
            form.propose_id(around);
        }
    }
}

/// The question about a draft.
fn offer(found: &Found, restored: &Restored) -> (Vec<String>, Vec<Choice>, usize) {
    let Draft {
        subject,
        typed,
        left_out,
    } = &found.draft;
    let what = match subject {
        Subject::New => {
            let name = [restored.form.name.text(), restored.form.id.text()];
            match name.iter().find(|name| !name.is_empty()) {
                Some(name) => format!("Your new connection `{}`", harmless(name)),
                None => "Your new connection".to_owned(),
            }
        }
        Subject::Edit { file_name, .. } => {
            let name = crate::store::harmless(file_name);
            let id = name.rsplit_once('.').map_or(name.as_str(), |(id, _)| id);
            format!("Your edit of `{id}`")
        }
    };
    let places: Vec<String> = typed
        .iter()
        .map(|typed| harmless(&typed.place.to_string()))
        .collect();
    let fields = count(places.len(), "field");
    let mut text = vec![format!(
        "{what}, {}: {fields} ({}).",
        found.ago,
        places.join(", ")
    )];
    let state = match &restored.state {
        State::Current => None,
        State::Merges => Some("The file has changed since; both changes merge.".to_owned()),
        State::Clashes => Some(
            "The file has changed since, in the same fields: you will be asked whose is kept."
                .to_owned(),
        ),
        State::SaidAlready => Some(
            "Outdated: the file says the same by now. There is nothing to put back.".to_owned(),
        ),
        State::Renamed(name) => Some(format!(
            "The connection's file is `{name}` now: the edit goes there."
        )),
        State::Gone => Some(
            "Outdated: the connection is gone. Saving asks whether to write it again.".to_owned(),
        ),
        State::Taken(id) => Some(format!(
            "There is a connection `{}` by now: this one needs another id.",
            harmless(id.as_str())
        )),
        State::Unreadable(why) => Some(format!(
            "The file can't be read now: {why}. Once it is mended, the next start asks again."
        )),
    };
    text.extend(state);
    text.extend(not_kept(left_out).map(|text| format!("{}.", capitalised(&text))));
    let choice =
        |key: char, label: &'static str, answer: Option<Answer>| Choice { key, label, answer };
    let drop = choice('D', "Drop", Some(Answer::DropDraft));
    let later = choice('l', "Later", None);
    let choices = match restored.state {
        State::Unreadable(_) => vec![later, drop],
        State::SaidAlready => vec![drop, later],
        State::Current
        | State::Merges
        | State::Clashes
        | State::Renamed(_)
        | State::Gone
        | State::Taken(_) => vec![choice('g', "Go on", Some(Answer::ResumeDraft)), drop, later],
    };
    (text, choices, 0)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// A text whose file is gone, without what is masked in it: a mask is no value.
fn without_masks(text: &str, is_whole: bool, catalog: &Catalog) -> String {
    if is_whole {
        return text.to_owned();
    }
    let Ok(definition) = Definition::read(text, catalog) else {
        return String::new();
    };
    let mut edits = Vec::new();
    for field in &definition.fields {
        unset_masks(
            &mut edits,
            vec![Step::Key(field.name.clone())],
            &field.value,
        );
    }
    document::apply(text, &edits).unwrap_or_default()
}

fn unset_masks(edits: &mut Vec<Edit>, path: Vec<Step>, value: &Value) {
    let below = |step: Step| {
        let mut path = path.clone();
        path.push(step);
        path
    };
    match value {
        Value::Text(text) if text.contains(Secret::MASK) => edits.push(Edit::unset(path)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
        Value::Map(entries) => {
            for (key, value) in entries {
                unset_masks(edits, below(Step::Key(key.clone())), value);
            }
        }
        Value::List(items) => {
            // From the end: an item that goes moves those behind it.
            for (index, item) in items.iter().enumerate().rev() {
                unset_masks(edits, below(Step::Index(index)), item);
            }
        }
    }
}
