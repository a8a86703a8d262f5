//! Changing fields in plain mode: one after the other, then what would be written, then a question.

use super::Plain;
use super::field::{Answer, Asked};
use super::talk::Cancelled;
use crate::catalog::{Input, KindSpec};
use crate::cli::failure::{failure, of_save};
use crate::cli::field::{self, Given};
use crate::cli::output::count;
use crate::cli::{Exit, explain, find, get, show, undo};
use crate::connection::ConnectionId;
use crate::definition::Definition;
use crate::document::{Step, Value};
use crate::field_path;
use crate::field_value;
use crate::history::Done;
use crate::inventory::Entry;
use crate::rename::changed_lines;
use crate::store::{Access, SaveError, StoreFile, harmless};

/// A connection as it will be. It has no `Debug`: its changes may be secrets.
pub struct Draft {
    /// The id.
    pub id: ConnectionId,
    /// The text as it will be.
    pub text: String,
    /// The changes that led there, in order: they are made again if the file changes meanwhile.
    changes: Vec<(Vec<Step>, Option<Given>)>,
}

impl Draft {
    /// A draft without changes.
    pub fn new(id: ConnectionId, text: &str) -> Self {
        Self {
            id,
            text: text.to_owned(),
            changes: Vec::new(),
        }
    }
}

impl Plain<'_> {
    /// Changes fields of one connection.
    pub fn edit(&mut self, rest: &str) -> anyhow::Result<Exit> {
        let mut file = self.pick(rest)?;
        let entry = Entry::new(file.clone(), &self.project.catalog);
        find::definition(&entry, self.project)?;
        if let Access::ReadOnly(reason) = &file.access {
            let error = SaveError::ReadOnly(reason.clone());
            return Err(of_save(file.id.as_str(), &error));
        }
        let mut draft = Draft::new(file.id.clone(), file.text().unwrap_or_default());
        loop {
            self.change_fields(&mut draft, "save")?;
            if self.save(&mut file, &mut draft)? {
                return Ok(Exit::Fine);
            }
            self.talk.give_up_unless_typed("n")?;
        }
    }

    /// Asks for fields and values until somebody says `done`, the word that ends it.
    pub fn change_fields(&mut self, draft: &mut Draft, done: &str) -> anyhow::Result<()> {
        let names = self.list_fields(draft)?;
        loop {
            let question = format!(
                "Field: number or name, as `url` or `headers.Accept` (Enter: list them, {done}: go on, q: cancel)"
            );
            let typed = match self.talk.ask(&question, None) {
                Err(error) if error.is::<Cancelled>() && !draft.changes.is_empty() => {
                    let changes = count(draft.changes.len(), "change");
                    if self.talk.confirm(&format!("Throw away {changes}?"))? {
                        return Err(error);
                    }
                    continue;
                }
                typed => typed?,
            };
            let typed = typed.trim();
            if typed == done {
                return Ok(());
            }
            if typed.is_empty() {
                self.list_fields(draft)?;
                continue;
            }
            let number = typed.parse::<usize>().ok();
            let named = number.and_then(|number| names.get(number.checked_sub(1)?));
            let changed = match named {
                Some(name) => Ok(vec![Step::Key(name.clone())]),
                None => field::path(typed),
            };
            match changed.and_then(|steps| self.change_field(draft, steps)) {
                Ok(()) => {}
                Err(error) if error.is::<Cancelled>() => self.talk.say("left as it was")?,
                Err(error) => {
                    let (_, message, hint) = explain(&error);
                    self.talk.say(&format!("Error: {message}"))?;
                    if let Some(hint) = hint {
                        self.talk.say(&format!("Hint: {hint}"))?;
                    }
                    // A script's next line was meant for another question.
                    if !self.talk.is_typed() {
                        return Err(failure(Exit::Usage, "nothing was written"));
                    }
                }
            }
        }
    }

    /// Lists the fields with numbers, and gives their names in that order.
    fn list_fields(&self, draft: &Draft) -> anyhow::Result<Vec<String>> {
        let definition = self.definition(draft)?;
        let kind = find::kind(&definition, self.project);
        let rows = show::rows(&definition, &[], self.project);
        let mut names = Vec::new();
        let mut lines = Vec::new();
        for name in KindSpec::METADATA {
            if kind.is_none_or(|kind| kind.is_metadata(name)) {
                let value = definition.value(name);
                let value = match (name, value) {
                    // As they are typed.
                    ("tags", Some(_)) => definition.tags.join(", "),
                    (_, Some(value)) => field_value::line(&value),
                    (_, None) => "-".to_owned(),
                };
                names.push(name.to_owned());
                lines.push(format!("{}. {name}: {value}", names.len()));
            }
        }
        for row in &rows {
            let [name, value, source] = show::cells(row);
            names.push(row.name.clone());
            lines.push(format!("{}. {name}: {value} ({source})", names.len()));
        }
        self.talk.say(&lines.join("\n"))?;
        Ok(names)
    }

    fn definition(&self, draft: &Draft) -> anyhow::Result<Definition> {
        Definition::read(&draft.text, &self.project.catalog)
            .map_err(|finding| failure(Exit::Invalid, finding.message))
    }

    /// Asks for one value and makes the change.
    fn change_field(&mut self, draft: &mut Draft, mut steps: Vec<Step>) -> anyhow::Result<()> {
        let definition = self.definition(draft)?;
        let kind = find::kind(&definition, self.project);
        let spec = kind.and_then(|kind| kind.field(field::name(&steps)));
        let id = draft.id.as_str().to_owned();
        // What is wrong with the field is said before anybody types a secret.
        let probe = Given::Hidden(String::new());
        if let Err(error) = field::change(&id, &steps, Some(&probe), &definition, self.project)
            && explain(&error).0 == Exit::NotFound
        {
            return Err(error);
        }
        loop {
            let value = get::value_at(&definition, &steps);
            let is_tags = steps.len() == 1 && field::name(&steps) == "tags" && spec.is_none();
            let step = match (&value, spec.map(|spec| &spec.input)) {
                _ if is_tags => break,
                (Some(Value::Map(_)), _) => self.entry(&steps, value.as_ref())?,
                (Some(Value::List(_)), _) => self.item(&steps, value.as_ref())?,
                (None, Some(Input::Map)) if steps.len() == 1 => self.entry(&steps, None)?,
                (None, Some(Input::List)) if steps.len() == 1 => self.item(&steps, None)?,
                (_, _) => break,
            };
            steps.push(step);
        }
        let value = get::value_at(&definition, &steps);
        let answer = self.value(Asked {
            steps: &steps,
            spec,
            value: value.as_ref(),
            proposed: None,
        })?;
        let given = match answer {
            Answer::Keep => return Err(Cancelled.into()),
            Answer::Remove => None,
            Answer::Given(given) => Some(given),
        };
        let old = (&draft.id, draft.text.as_str());
        draft.text = field::changed(old, &definition, &steps, given.as_ref(), self.project)?;
        let what = if given.is_some() { "set" } else { "removed" };
        let shown = harmless(field_path::display(&steps).as_ref());
        draft.changes.push((steps, given));
        self.talk.say(&format!("{shown}: {what}, not saved yet"))
    }

    /// Which entry of a map.
    fn entry(&mut self, steps: &[Step], map: Option<&Value>) -> anyhow::Result<Step> {
        let name = harmless(field_path::display(steps).as_ref());
        if let Some(Value::Map(entries)) = map {
            let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
            self.talk.say(&format!("{name} has {}", keys.join(", ")))?;
        }
        let key = self
            .talk
            .ask(&format!("Key in {name}, new or there (Enter: back)"), None)?;
        match key.trim() {
            "" => Err(Cancelled.into()),
            key => Ok(Step::Key(key.to_owned())),
        }
    }

    /// Which item of a list, counted from 1.
    fn item(&mut self, steps: &[Step], list: Option<&Value>) -> anyhow::Result<Step> {
        let name = harmless(field_path::display(steps).as_ref());
        let length = match list {
            Some(Value::List(items)) => items.len(),
            Some(_) | None => 0,
        };
        let question = format!(
            "Item of {name}: 1 to {}, the last one is new (Enter: back)",
            length + 1
        );
        let typed = self.talk.ask(&question, None)?;
        if typed.trim().is_empty() {
            return Err(Cancelled.into());
        }
        let number = typed.trim().parse::<usize>().ok();
        number
            .and_then(|number| number.checked_sub(1))
            .filter(|place| *place <= length)
            .map(Step::Index)
            .ok_or_else(|| failure(Exit::Usage, "there is no such item"))
    }

    /// Shows what will be written and writes it if that is wanted; true if nothing is left to do.
    /// Never over a change of somebody else: that is shown, and asked about again.
    fn save(&mut self, file: &mut StoreFile, draft: &mut Draft) -> anyhow::Result<bool> {
        loop {
            let old = file.text().unwrap_or_default();
            let path = self.shown(&file.path);
            if draft.text == old {
                self.talk.say("there is nothing to save")?;
                return Ok(true);
            }
            self.talk.say("What will change:")?;
            let lines = changed_lines(old, &draft.text, &self.project.catalog);
            self.talk.say_exactly(lines.iter().map(String::as_str))?;
            if !self.talk.confirm(&format!("Save {path}?"))? {
                return Ok(false);
            }
            match self.project.store.replace(file, &draft.text) {
                Ok(saved) => {
                    if let Some(old) = &saved.replaced {
                        let done = Done::saved(&saved.file, old);
                        undo::note(self.project, done, self.manner);
                    }
                    self.talk.say(&format!("saved {path}"))?;
                    return Ok(true);
                }
                Err(SaveError::ChangedOnDisk { current }) => {
                    self.talk.say(&format!(
                        "{path} was changed by somebody else meanwhile: nothing was written, and your changes are kept"
                    ))?;
                    *file = *current;
                    self.make_again(file, draft)?;
                }
                Err(SaveError::Vanished) => {
                    self.talk.say(&format!("{path} is gone"))?;
                    if !self.talk.confirm("Create it again?")? {
                        return Ok(false);
                    }
                    let id = draft.id.clone();
                    let text = draft.text.clone();
                    crate::cli::add::create(&id, text, self.project, self.manner)?;
                    self.talk.say(&format!("created {path}"))?;
                    return Ok(true);
                }
                Err(error) => {
                    undo::note_unconfirmed(self.project, &error, self.manner);
                    return Err(of_save(draft.id.as_str(), &error));
                }
            }
        }
    }

    /// Makes the changes on what the file is now. What can't be made there is named.
    fn make_again(&self, file: &StoreFile, draft: &mut Draft) -> anyhow::Result<()> {
        let changes = std::mem::take(&mut draft.changes);
        let mut again = Draft::new(draft.id.clone(), file.text().unwrap_or_default());
        for (steps, given) in changes {
            let made = self.definition(&again).and_then(|definition| {
                let old = (&again.id, again.text.as_str());
                field::changed(old, &definition, &steps, given.as_ref(), self.project)
            });
            match made {
                Ok(text) => {
                    again.text = text;
                    again.changes.push((steps, given));
                }
                Err(error) => {
                    let name = harmless(field_path::display(&steps).as_ref());
                    let (_, message, _) = explain(&error);
                    self.talk
                        .say(&format!("{name} can't be changed any more: {message}"))?;
                }
            }
        }
        *draft = again;
        Ok(())
    }
}
