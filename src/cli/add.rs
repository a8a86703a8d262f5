//! `conndeck add`: creates a connection.

use clap::Args;

use super::failure::{failure, failure_with, of_save};
use super::field::{self, Given};
use super::output::{self, Manner};
use super::{Exit, prompt, shown, undo};
use crate::catalog::{FieldSpec, Input, KindSpec, Proposal, Requirement};
use crate::connection::ConnectionId;
use crate::definition::{self, Definition};
use crate::document::{self, Edit, Step, Value};
use crate::field_value;
use crate::history::Done;
use crate::order;
use crate::project::Project;
use crate::store::{StoreFile, harmless};

/// Create a connection.
///
/// A secret that is not given becomes a reference to its type's environment variable. On a terminal
/// what is missing is asked for.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck add openai-prod --type OpenAI\n  conndeck add orders-db --type PostgreSQL --set host=db.example --set port=5433 --env password=ORDERS_DB_PASSWORD\n  conndeck add wiki --type MCPStdio --set command=uvx --set 'args[0]=wiki-mcp' --env env.WIKI_TOKEN=WIKI_TOKEN\n  pass show qdrant | conndeck add qdrant --type Qdrant --stdin api_key"
)]
pub struct Add {
    /// The id of the new connection: what workflows will call it
    #[arg(value_name = "ID")]
    id: String,
    /// The type: its short name or its whole path
    #[arg(long = "type", value_name = "T", add = super::complete::types())]
    kind: Option<String>,
    /// A descriptive name
    #[arg(long, value_name = "N")]
    name: Option<String>,
    /// A field's value; may be repeated
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    values: Vec<String>,
    /// A field that comes from an environment variable; may be repeated
    #[arg(long = "env", value_name = "FIELD=VAR")]
    variables: Vec<String>,
    /// A field whose value is read from stdin
    #[arg(long, value_name = "FIELD")]
    stdin: Option<String>,
}

impl Add {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        ConnectionId::check_new(&self.id).map_err(|reason| {
            failure(
                Exit::Usage,
                format!("`{}`: {reason}", harmless(self.id.as_ref())),
            )
        })?;
        let id = ConnectionId::new(self.id.as_str());
        let catalog = &project.catalog;
        let named = match &self.kind {
            Some(kind) => kind.clone(),
            None if prompt::can_ask() => prompt::ask("type", None)?,
            None => {
                return Err(failure_with(
                    Exit::Usage,
                    "a type is needed",
                    "--type T; `conndeck types` lists them",
                ));
            }
        };
        let type_path = field::full_type(&named, catalog)?;
        let kind = catalog.get(&type_path);
        let mut given = self.given()?;
        let mut definition = Definition {
            type_path: Some(type_path.clone()),
            ..Definition::default()
        };
        refuse_unknown_fields(&given, &definition, kind, project)?;
        let before = project.store.load(None)?;
        if before.get(&id).is_some() {
            return Err(of_save(
                &self.id,
                &crate::store::SaveError::Exists(format!("{id}.yaml")),
            ));
        }
        let mut hidden = None;
        if let Some(path) = &self.stdin {
            let steps = field::path(path)?;
            let value = field::from_stdin(&steps)?;
            hidden = Some(value.clone());
            given.push((steps, value));
        }
        let mut text = head(self.name.as_deref(), &type_path, kind)?;
        for (steps, given) in in_order(given, kind) {
            definition = Definition::read(&text, catalog)
                .map_err(|finding| failure(Exit::Usage, finding.message))?;
            let edit = field::edit(&steps, &given, &definition, kind, catalog, Exit::Usage)
                .map_err(|error| field::unrepeated(error, &given))?;
            text = document::apply(&text, &[edit])
                .map_err(|refusal| failure(Exit::Usage, refusal.to_string()))?;
        }
        if let Some(kind) = kind {
            text = complete_or_refuse(kind, text, project)?;
        }
        field::refuse_new_errors(&id, ("", &text), catalog).map_err(|error| match &hidden {
            Some(hidden) => field::unrepeated(error, hidden),
            None => error,
        })?;
        let file = create(&id, text, project, manner)?;
        let path = shown(&file.path, project);
        manner.say(&format!("created `{}`", harmless(path.as_ref())));
        if kind.is_none() {
            output::complain(&format!(
                "conndeck: `{}` is not a known type: it was taken as it is",
                harmless(type_path.as_ref())
            ));
        }
        Ok(Exit::Fine)
    }

    /// The fields on the command line.
    fn given(&self) -> anyhow::Result<Vec<(Vec<Step>, Given)>> {
        let mut given: Vec<(Vec<Step>, Given)> = Vec::new();
        let mut add = |argument: &str, what: &str, make: fn(String) -> Given| {
            let (path, value) = split(argument).ok_or_else(|| {
                // The text is not repeated: it may be a secret.
                failure(Exit::Usage, format!("{what}: a `=` is missing"))
            })?;
            let steps = field::path(path)?;
            if given.iter().any(|(other, _)| *other == steps) {
                let path = harmless(path.as_ref());
                return Err(failure(Exit::Usage, format!("`{path}` is given twice")));
            }
            given.push((steps, make(value.to_owned())));
            Ok(())
        };
        for argument in &self.values {
            add(argument, "--set FIELD=VALUE", Given::Argument)?;
        }
        for argument in &self.variables {
            add(argument, "--env FIELD=VAR", Given::Variable)?;
        }
        Ok(given)
    }
}

/// Writes a new connection, makes the store if there is none yet, and notes what was done.
pub fn create(
    id: &ConnectionId,
    text: String,
    project: &Project,
    manner: Manner,
) -> anyhow::Result<StoreFile> {
    if !project.store.exists() {
        project.store.create_dir()?;
        let dir = shown(project.store.dir(), project);
        manner.say(&format!("created the store `{}`", harmless(dir.as_ref())));
    }
    let text = definition::with_schema_line(text, project.schema.as_deref());
    let file = project.store.create(id, &text).map_err(|error| {
        undo::note_unconfirmed(project, &error, manner);
        of_save(id.as_str(), &error)
    })?;
    undo::note(project, Done::created(&file), manner);
    Ok(file)
}

/// The file's first lines: name and type.
pub fn head(
    name: Option<&str>,
    type_path: &str,
    kind: Option<&KindSpec>,
) -> anyhow::Result<String> {
    let mut edits = Vec::new();
    if let Some(name) = name {
        if kind.is_some_and(|kind| !kind.is_metadata("name")) {
            return Err(failure(
                Exit::Usage,
                "this type has a field `name` of its own: use --set name=…",
            ));
        }
        let name = field_value::of_text(&Input::Text, None, name)
            .map_err(|reason| failure(Exit::Usage, format!("--name: {reason}")))?;
        edits.push(Edit::set(["name"], name));
    }
    edits.push(Edit::set(["type"], Value::Text(type_path.to_owned())));
    document::apply("", &edits).map_err(|refusal| failure(Exit::Usage, refusal.to_string()))
}

/// `FIELD=VALUE` at the first `=` that is not within a quoted key.
fn split(argument: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    for (offset, character) in argument.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '=' if !quoted => return Some((&argument[..offset], &argument[offset + 1..])),
            _ => {}
        }
    }
    None
}

/// Fields in the order of the type, as the form writes them; those of an unknown type as given.
fn in_order(
    mut given: Vec<(Vec<Step>, Given)>,
    kind: Option<&KindSpec>,
) -> Vec<(Vec<Step>, Given)> {
    if let Some(kind) = kind {
        order::sort_by_key(&mut given, |(steps, _)| {
            let name = field::name(steps);
            let place = kind.fields.iter().position(|spec| spec.name == name);
            // Metadata stands above the fields.
            place.map_or(0, |place| place + 1)
        });
    }
    given
}

/// Everything that is wrong with a field is said before anybody is asked for a secret.
fn refuse_unknown_fields(
    given: &[(Vec<Step>, Given)],
    definition: &Definition,
    kind: Option<&KindSpec>,
    project: &Project,
) -> anyhow::Result<()> {
    for (steps, given) in given {
        if field::name(steps) == "type" {
            return Err(failure(Exit::Usage, "the type is given by --type"));
        }
        field::edit(
            steps,
            given,
            definition,
            kind,
            &project.catalog,
            Exit::Usage,
        )?;
    }
    Ok(())
}

/// Adds what a new connection of this type has without being told: what `decide` says about each
/// field that is not there and has a meaning; in the type's order.
pub fn complete(
    kind: &KindSpec,
    mut text: String,
    project: &Project,
    mut decide: impl FnMut(&FieldSpec, &Definition, &str) -> anyhow::Result<Option<Edit>>,
) -> anyhow::Result<String> {
    for spec in &kind.fields {
        let definition = Definition::read(&text, &project.catalog)
            .map_err(|finding| failure(Exit::Usage, finding.message))?;
        if definition.field(&spec.name).is_some() || !applies(kind, spec, &definition) {
            continue;
        }
        if let Some(edit) = decide(spec, &definition, &text)? {
            let edit = field::in_place(edit, &definition, Some(kind));
            text = document::apply(&text, &[edit])
                .map_err(|refusal| failure(Exit::Usage, refusal.to_string()))?;
        }
    }
    Ok(text)
}

/// A reference to a variable for each secret, and a question for what is required; where nobody can
/// be asked, that is missing.
fn complete_or_refuse(kind: &KindSpec, text: String, project: &Project) -> anyhow::Result<String> {
    let mut missing = Vec::new();
    let text = complete(kind, text, project, |spec, definition, _| {
        let steps = vec![Step::Key(spec.name.clone())];
        match spec.proposal() {
            Proposal::Expression(expression) => Ok(Some(Edit::set(steps, Value::Text(expression)))),
            Proposal::LeftOut { .. } if spec.requirement != Requirement::Required => Ok(None),
            Proposal::LeftOut { .. } if prompt::can_ask() => {
                let given = field::ask(&steps, Some(spec))?;
                let catalog = &project.catalog;
                field::edit(&steps, &given, definition, Some(kind), catalog, Exit::Usage).map(Some)
            }
            Proposal::LeftOut { .. } => {
                missing.push(format!("`{}`", spec.name));
                Ok(None)
            }
        }
    })?;
    if !missing.is_empty() {
        return Err(failure_with(
            Exit::Usage,
            format!("`{}` needs {}", kind.short_name(), missing.join(", ")),
            "--set FIELD=VALUE, --env FIELD=VAR or --stdin FIELD",
        ));
    }
    Ok(text)
}

fn applies(kind: &KindSpec, spec: &FieldSpec, definition: &Definition) -> bool {
    spec.applies.as_ref().is_none_or(|condition| {
        kind.holds(condition, |name| match definition.value(name) {
            Some(Value::Text(text)) => Some(text),
            Some(
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Map(_) | Value::List(_),
            )
            | None => None,
        })
    })
}
