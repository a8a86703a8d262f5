//! Adding a connection in plain mode: name, id, type, what the type needs, then the rest if wanted.

use std::collections::HashSet;

use super::Plain;
use super::edit::Draft;
use super::field::{Answer, Asked};
use super::talk::{Cancelled, Choice};
use crate::catalog::{FieldSpec, KindSpec, Proposal, Requirement};
use crate::cli::{Exit, add, explain, field};
use crate::connection::ConnectionId;
use crate::definition::{self, Definition};
use crate::document::{Edit, Step, Value};
use crate::rename::masked_text;
use crate::store::harmless;

impl<'p> Plain<'p> {
    /// Asks for a new connection and creates it.
    pub fn add(&mut self, name: &str) -> anyhow::Result<Exit> {
        let name = match name {
            "" => self
                .talk
                .ask("Name, for people (Enter or q: cancel)", None)?,
            name => name.to_owned(),
        };
        let name = name.trim();
        if name.is_empty() {
            return Err(Cancelled.into());
        }
        let id = self.new_id(name)?;
        let project = self.project;
        let kind = self.kind()?;
        let is_metadata = kind.is_metadata("name");
        let text = add::head(is_metadata.then_some(name), &kind.type_path, Some(kind))?;
        let text = add::complete(kind, text, project, |spec, definition, text| {
            self.needed(kind, spec, definition, (&id, text))
        })?;
        let mut draft = Draft::new(id, &text);
        let path = project.store.dir().join(format!("{}.yaml", draft.id));
        let path = self.shown(&path);
        let mut wants_more = self.talk.confirm("Other fields?")?;
        loop {
            if wants_more {
                self.change_fields(&mut draft, "done")?;
            }
            let text = definition::with_schema_line(draft.text.clone(), project.schema.as_deref());
            self.talk.say(&format!("What will be written to {path}:"))?;
            self.talk
                .say_exactly(masked_text(&text, &project.catalog).lines())?;
            if self.talk.confirm(&format!("Create `{}`?", draft.id))? {
                break;
            }
            self.talk.give_up_unless_typed("n")?;
            wants_more = true;
        }
        add::create(&draft.id, draft.text, project, self.manner)?;
        self.talk
            .say(&format!("created {path}; `undo` takes it back"))?;
        Ok(Exit::Fine)
    }

    /// An id that is free, proposed from the name.
    fn new_id(&mut self, name: &str) -> anyhow::Result<ConnectionId> {
        let inventory = super::connection::inventory(self.project)?;
        let taken: HashSet<String> = inventory
            .entries
            .iter()
            .map(|entry| entry.id().as_str().to_lowercase())
            .collect();
        let proposed = ConnectionId::propose(name, "", &taken);
        let proposed = Some(proposed.as_str()).filter(|id| !id.is_empty());
        loop {
            let typed = self
                .talk
                .ask("Id, what workflows call it (q: cancel)", proposed)?;
            let typed = typed.trim();
            let shown = harmless(typed.as_ref());
            if let Err(reason) = ConnectionId::check_new(typed) {
                self.talk.say(&format!("`{shown}`: {reason}"))?;
            } else if taken.contains(&typed.to_lowercase()) {
                self.talk
                    .say(&format!("there is a connection `{shown}` already"))?;
            } else {
                return Ok(ConnectionId::new(typed));
            }
            self.talk.give_up_unless_typed(typed)?;
        }
    }

    /// The type, from the groups of the catalogue.
    fn kind(&mut self) -> anyhow::Result<&'p KindSpec> {
        let kinds: Vec<(&str, &KindSpec)> = self
            .project
            .catalog
            .groups()
            .into_iter()
            .flat_map(|(group, kinds)| kinds.into_iter().map(move |kind| (group, kind)))
            .collect();
        let choices: Vec<Choice> = kinds
            .iter()
            .map(|(group, kind)| Choice {
                key: kind.short_name().to_owned(),
                text: format!("{} ({group})", kind.label),
            })
            .collect();
        let place = self.talk.choose("Type", &choices)?;
        let (_, kind) = kinds[place];
        self.talk.say(&format!("{}: {}", kind.label, kind.help))?;
        Ok(kind)
    }

    /// What a new connection has for a field: asked for if the type needs it.
    fn needed(
        &mut self,
        kind: &KindSpec,
        spec: &FieldSpec,
        definition: &Definition,
        old: (&ConnectionId, &str),
    ) -> anyhow::Result<Option<Edit>> {
        let steps = vec![Step::Key(spec.name.clone())];
        let proposed = match spec.proposal() {
            Proposal::Expression(expression) => Some(expression),
            Proposal::LeftOut { .. } if spec.requirement == Requirement::Optional => {
                return Ok(None);
            }
            Proposal::LeftOut { .. } => None,
        };
        loop {
            let answer = self.value(Asked {
                steps: &steps,
                spec: Some(spec),
                value: None,
                proposed: proposed.as_deref(),
            })?;
            let given = match (answer, &proposed) {
                (Answer::Given(given), _) => given,
                (Answer::Keep, Some(expression)) => {
                    let value = Value::Text(expression.clone());
                    return Ok(Some(Edit::set(steps, value)));
                }
                (Answer::Keep | Answer::Remove, _) if spec.requirement != Requirement::Required => {
                    return Ok(None);
                }
                (Answer::Keep | Answer::Remove, _) => {
                    self.talk.say("it is required")?;
                    self.talk.give_up_unless_typed("")?;
                    continue;
                }
            };
            let made = field::changed(old, definition, &steps, Some(&given), self.project)
                .and_then(|_| {
                    let catalog = &self.project.catalog;
                    field::edit(&steps, &given, definition, Some(kind), catalog, Exit::Usage)
                });
            match made {
                Ok(edit) => return Ok(Some(edit)),
                Err(error) => {
                    if !self.talk.is_typed() {
                        return Err(error);
                    }
                    self.talk.say(&format!("Error: {}", explain(&error).1))?;
                }
            }
        }
    }
}
