//! `conndeck set`: changes one field of a connection, and no other byte of its file.

use clap::Args;

use super::failure::{failure_with, of_save};
use super::field::{self, Given};
use super::output::Manner;
use super::{Exit, find, prompt, undo};
use crate::definition::Definition;
use crate::document::Step;
use crate::history::Done;
use crate::inventory::Entry;
use crate::project::Project;
use crate::store::harmless;

/// Change one field of a connection, and nothing else in its file.
///
/// VALUE is text: a `${` in it is escaped, numbers and booleans are written by the field's kind.
/// A secret is not taken as VALUE: it would be seen in the shell's history and by others.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck set openai-prod url https://api.openai.com/v1\n  conndeck set openai-prod api_key --env OPENAI_API_KEY\n  conndeck set openai-prod url --expr 'https://${oc.env:OPENAI_HOST}/v1'\n  conndeck set parcel-api headers.X-Client kestrel\n  pass show openai | conndeck set openai-prod api_key --stdin\n  conndeck set orders-db port --unset"
)]
pub struct Set {
    /// The connection
    #[arg(value_name = "ID", add = super::complete::ids())]
    id: String,
    /// The field: `url`, `headers.Authorization`, `args[0]`, `["a.b"]`
    #[arg(value_name = "FIELD")]
    field: String,
    /// The new value, as text
    #[arg(value_name = "VALUE", allow_negative_numbers = true, conflicts_with_all = ["expr", "env", "stdin", "unset"])]
    value: Option<String>,
    /// An expression, written as it is
    #[arg(long, value_name = "E", conflicts_with_all = ["env", "stdin", "unset"])]
    expr: Option<String>,
    /// Short for `--expr '${oc.env:VAR}'`
    #[arg(long, value_name = "VAR", conflicts_with_all = ["stdin", "unset"])]
    env: Option<String>,
    /// Read the value from stdin; of a single line the final newline is dropped
    #[arg(long, conflicts_with = "unset")]
    stdin: bool,
    /// Remove the field
    #[arg(long)]
    unset: bool,
}

impl Set {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        let steps = field::path(&self.field)?;
        let entry = find::only(project, &self.id)?;
        let definition = find::definition(&entry, project)?;
        let given = self.given(&steps, &definition, project)?;
        let mut is_same = false;
        // Of many who change the same file at once, each adds to what the one before has left.
        let saved = project.store.change(&entry.file, |file| {
            let entry = Entry::new(file.clone(), &project.catalog);
            let definition = find::definition(&entry, project)?;
            let text = file.text().unwrap_or_default();
            let new = field::changed(
                (entry.id(), text),
                &definition,
                &steps,
                given.as_ref(),
                project,
            )?;
            is_same = new == text;
            anyhow::Ok(new)
        })?;
        let saved = saved.map_err(|error| {
            undo::note_unconfirmed(project, &error, manner);
            of_save(&self.id, &error)
        })?;
        if let Some(old) = &saved.replaced {
            undo::note(project, Done::saved(&saved.file, old), manner);
        }
        self.say(is_same, manner);
        Ok(Exit::Fine)
    }

    /// What the field is to be; `None` to remove it.
    fn given(
        &self,
        steps: &[Step],
        definition: &Definition,
        project: &Project,
    ) -> anyhow::Result<Option<Given>> {
        if self.unset {
            return Ok(None);
        }
        let kind = find::kind(definition, project);
        let spec = kind.and_then(|kind| kind.field(field::name(steps)));
        Ok(Some(match (&self.value, &self.expr, &self.env) {
            (Some(value), _, _) => Given::Argument(value.clone()),
            (_, Some(expression), _) => Given::Expression(expression.clone()),
            (_, _, Some(variable)) => Given::Variable(variable.clone()),
            (None, None, None) if self.stdin => {
                // What is wrong with the field is said before anybody types a secret.
                let probe = Given::Hidden(String::new());
                self.refuse_unknown_field(steps, &probe, definition, project)?;
                field::from_stdin(steps)?
            }
            (None, None, None) if prompt::can_ask() => field::ask(steps, spec)?,
            (None, None, None) => {
                return Err(failure_with(
                    Exit::Usage,
                    "a value is needed",
                    "VALUE, --expr E, --env VAR, --stdin or --unset",
                ));
            }
        }))
    }

    fn refuse_unknown_field(
        &self,
        steps: &[Step],
        probe: &Given,
        definition: &Definition,
        project: &Project,
    ) -> anyhow::Result<()> {
        match field::change(self.id.as_str(), steps, Some(probe), definition, project) {
            Err(error) if super::explain(&error).0 == Exit::NotFound => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn say(&self, is_same: bool, manner: Manner) {
        let what = match (is_same, self.unset) {
            (true, _) => "nothing to change",
            (false, true) => "removed",
            (false, false) => "set",
        };
        manner.say(&format!(
            "{}: {what}: `{}`",
            harmless(self.id.as_ref()),
            harmless(self.field.as_ref())
        ));
    }
}
