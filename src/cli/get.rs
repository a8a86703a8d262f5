//! `conndeck get`: one value of a connection, for scripts.

use clap::Args;

use super::failure::{failure, failure_with, not_found};
use super::{Exit, find, output};
use crate::catalog;
use crate::definition::Definition;
use crate::document::Step;
use crate::field_path;
use crate::field_value;
use crate::project::Project;
use crate::resolution::{self, Unresolved};
use crate::store::harmless;

/// Print one value of a connection.
///
/// The value is printed as the file has it, a secret too. Maps and lists are printed as JSON.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck get openai-prod url\n  conndeck get parcel-api headers.Accept\n  conndeck get parcel-api 'headers[\"X.Dotted\"]'\n  conndeck get openai-prod api_key --resolve      with ${oc.env:…} replaced by the variable's value"
)]
pub struct Get {
    /// The connection
    #[arg(value_name = "ID", add = super::complete::ids())]
    id: String,
    /// The field: `url`, `headers.Authorization`, `args[0]`, `["a.b"]`
    #[arg(value_name = "FIELD")]
    field: String,
    /// Resolve interpolations with the environment and the store as they are here
    #[arg(long)]
    resolve: bool,
}

impl Get {
    pub(super) fn run(self, project: &Project) -> anyhow::Result<Exit> {
        let steps =
            field_path::parse(&self.field).map_err(|problem| failure(Exit::Usage, problem))?;
        let entry = find::only(project, &self.id)?;
        let definition = find::definition(&entry, project)?;
        let Some(value) = value_at(&definition, &steps) else {
            return Err(unknown_field(&self.id, &definition, &steps, project));
        };
        let value = if self.resolve {
            let inventory = find::inventory(project)?;
            let connections: Vec<(&str, Definition)> = inventory
                .entries
                .iter()
                .filter_map(|entry| {
                    Some((entry.id().as_str(), entry.definition(&project.catalog)?))
                })
                .collect();
            resolution::resolve(&connections, &self.id, &steps, &project.options.environment)
                .map_err(|unresolved| cannot_resolve(&self.field, unresolved))?
        } else {
            value
        };
        output::print_value(&field_value::line(&value))?;
        Ok(Exit::Fine)
    }
}

/// The value at a path of a connection.
pub fn value_at(definition: &Definition, steps: &[Step]) -> Option<crate::document::Value> {
    let (Step::Key(key), rest) = steps.split_first()? else {
        return None;
    };
    let value = definition.value(key)?;
    field_path::find(&value, rest).cloned()
}

/// What is said about a field that a connection does not have.
pub fn unknown_field(
    id: &str,
    definition: &Definition,
    steps: &[Step],
    project: &Project,
) -> anyhow::Error {
    let path = field_path::display(steps);
    let message = format!(
        "`{}` has no field `{}`",
        harmless(id.as_ref()),
        harmless(path.as_ref())
    );
    let name = match steps.first() {
        Some(Step::Key(key)) => key.as_str(),
        Some(Step::Index(_)) | None => "",
    };
    let kind = find::kind(definition, project);
    if steps.len() == 1
        && let Some(spec) = kind.and_then(|kind| kind.field(name))
    {
        let hint = match (spec.env.first(), spec.default_text()) {
            (Some(variable), _) => {
                format!("it is left out: Dynamiq takes `{variable}`, where it is set")
            }
            (None, Some(default)) => format!(
                "it is left out: its default is `{}`",
                harmless(spec.mask(&default).as_ref().as_ref())
            ),
            (None, None) => "it is left out".to_owned(),
        };
        return failure_with(Exit::NotFound, message, hint);
    }
    let keys = definition.keys();
    let near: Vec<&str> = catalog::nearest(name, &keys, |key| key)
        .into_iter()
        .filter(|key| **key != name)
        .copied()
        .collect();
    not_found(Exit::NotFound, message, &near)
}

fn cannot_resolve(field: &str, unresolved: Unresolved) -> anyhow::Error {
    let field = harmless(field.as_ref());
    match unresolved {
        Unresolved::NotSet(variables) => {
            let names: Vec<String> = variables
                .iter()
                .map(|name| format!("`{}`", harmless(name.as_ref())))
                .collect();
            let message = format!(
                "`{field}` needs {}, which is not set here",
                names.join(", ")
            );
            failure(Exit::NotFound, message)
        }
        Unresolved::Other(reason) => failure(
            Exit::Invalid,
            format!("`{field}` can't be resolved: {}", harmless(reason.as_ref())),
        ),
    }
}
