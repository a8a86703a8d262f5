//! Values on the command line: what a field takes, and what may not be given there.

use super::failure::{Failure, failure, failure_with, not_found, of_refusal};
use super::{Exit, find, get, prompt};
use crate::catalog::{self, Catalog, FieldSpec, Input, KindSpec};
use crate::connection::{ConnectionId, Finding, Secret, Severity};
use crate::definition::{self, Definition};
use crate::document::{self, Edit, Place, Step, Value};
use crate::project::Project;
use crate::store::harmless;
use crate::{field_path, field_value};

/// How a value was given. It has no `Debug`: it may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Given {
    /// As a word on the command line, which others on this machine can see.
    Argument(String),
    /// By stdin or a hidden prompt.
    Hidden(String),
    /// As an expression, as a word on the command line.
    Expression(String),
    /// As an expression that was asked for.
    TypedExpression(String),
    /// As the name of an environment variable.
    Variable(String),
}

/// Reads the path of a field.
pub fn path(text: &str) -> anyhow::Result<Vec<Step>> {
    field_path::parse(text).map_err(|reason| failure(Exit::Usage, reason))
}

/// The first step of a path: the field's name.
pub fn name(steps: &[Step]) -> &str {
    match steps.first() {
        Some(Step::Key(key)) => key,
        Some(Step::Index(_)) | None => "",
    }
}

/// The edit that gives the field a value.
///
/// `exit` is the code for a field that the type does not have.
pub fn edit(
    steps: &[Step],
    given: &Given,
    definition: &Definition,
    kind: Option<&KindSpec>,
    catalog: &Catalog,
    exit: Exit,
) -> anyhow::Result<Edit> {
    let field = name(steps);
    let spec = kind.and_then(|kind| kind.field(field));
    if let Some(kind) = kind
        && spec.is_none()
        && definition.value(field).is_none()
        && !matches!(field, "type")
        && !kind.is_metadata(field)
    {
        let near: Vec<&str> = kind
            .nearest_field(field)
            .map(|meant| meant.name.as_str())
            .into_iter()
            .collect();
        let message = format!(
            "`{}` has no field `{}`",
            kind.short_name(),
            harmless(field.as_ref())
        );
        return Err(not_found(exit, message, &near));
    }
    let whole = definition.value(field);
    let initial = whole
        .as_ref()
        .and_then(|whole| field_path::find(whole, &steps[1..]));
    let shown = harmless(field_path::display(steps).as_ref());
    let wrong = |reason: String| failure(Exit::Usage, format!("`{shown}`: {reason}"));
    let value = match given {
        Given::Argument(text) | Given::Hidden(text) => {
            let text = match (steps, spec) {
                ([_], None) if field == "type" => full_type(text, catalog)?,
                ([_], None)
                    if field == "tags" && kind.is_none_or(|kind| kind.is_metadata(field)) =>
                {
                    return Ok(Edit::set(steps.to_vec(), tags(text).map_err(wrong)?));
                }
                _ => text.clone(),
            };
            field_value::of_text(&input(steps, spec, initial), initial, &text).map_err(wrong)?
        }
        Given::Expression(text) | Given::TypedExpression(text) => {
            field_value::of_expression(text).map_err(wrong)?
        }
        Given::Variable(variable) => {
            check_variable(variable)?;
            Value::Text(format!("${{oc.env:{variable}}}"))
        }
    };
    if let Given::Argument(_) | Given::Expression(_) = given {
        refuse_secret(steps, spec, &value, whole.as_ref(), &shown)?;
    }
    Ok(Edit::set(steps.to_vec(), value))
}

/// What a type is called in a file, by whatever name a person gives it.
pub fn full_type(text: &str, catalog: &Catalog) -> anyhow::Result<String> {
    if let Some(kind) = catalog.find(text) {
        return Ok(kind.type_path.clone());
    }
    // A dotted path may be a class that only the place where the workflow runs knows.
    let near: Vec<&str> = catalog
        .nearest(text)
        .into_iter()
        .map(KindSpec::short_name)
        .collect();
    if text.contains('.') && !text.starts_with("dynamiq.connections.") {
        return Ok(text.to_owned());
    }
    let message = format!("there is no type `{}`", harmless(text.as_ref()));
    if near.is_empty() {
        return Err(failure_with(
            Exit::Usage,
            message,
            "`conndeck types` lists them",
        ));
    }
    Err(not_found(Exit::Usage, message, &near))
}

fn tags(text: &str) -> Result<Value, String> {
    let tags = text.split(',').map(str::trim).filter(|tag| !tag.is_empty());
    tags.map(|tag| field_value::of_text(&Input::Text, None, tag))
        .collect::<Result<_, _>>()
        .map(Value::List)
}

/// The kind of the place that a path leads to. Entries of maps and items of lists have none of their
/// own: they stay what they are, and are text if they are new or the type wants text.
fn input(steps: &[Step], spec: Option<&FieldSpec>, initial: Option<&Value>) -> Input {
    match (steps, spec, initial) {
        ([_], Some(spec), _) => spec.input.clone(),
        (_, Some(spec), _) if spec.text_items => Input::Text,
        (_, _, Some(Value::Number(_))) => Input::Number,
        (_, _, Some(Value::Bool(_))) => Input::Switch,
        (_, _, Some(Value::Map(_))) => Input::Map,
        (_, _, Some(Value::List(_))) => Input::List,
        (_, _, Some(Value::Null | Value::Text(_)) | None) => Input::Text,
    }
}

fn check_variable(name: &str) -> anyhow::Result<()> {
    let mut characters = name.chars();
    let is_name = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name {
        return Ok(());
    }
    // It is not quoted: it may be the secret itself.
    Err(failure_with(
        Exit::Usage,
        "that is no name of an environment variable",
        "such as `OPENAI_API_KEY`: the name, not the value",
    ))
}

/// Whatever would be masked may not come as a word on the command line: it is in the shell's history
/// and in the list of processes.
fn refuse_secret(
    steps: &[Step],
    spec: Option<&FieldSpec>,
    value: &Value,
    whole: Option<&Value>,
    shown: &str,
) -> anyhow::Result<()> {
    let after = with_value(whole, &steps[1..], value);
    let masked = field_value::masked(spec, name(steps), &after, &[]);
    if field_path::find(&masked, &steps[1..]) == Some(value) {
        return Ok(());
    }
    Err(failure_with(
        Exit::Usage,
        format!("`{shown}` is a secret, which the command line does not take"),
        "use --env VAR for a reference to a variable, --stdin to pipe the value in, or leave the value out on a terminal, where it is asked for without showing it",
    ))
}

/// The field's value after the edit, as far as masking needs it.
fn with_value(whole: Option<&Value>, steps: &[Step], value: &Value) -> Value {
    let Some((first, rest)) = steps.split_first() else {
        return value.clone();
    };
    match first {
        Step::Key(key) => {
            let mut entries = match whole {
                Some(Value::Map(entries)) => entries.clone(),
                Some(_) | None => Vec::new(),
            };
            let place = entries.iter().position(|(other, _)| other == key);
            let old = place.map(|place| entries.remove(place).1);
            entries.push((key.clone(), with_value(old.as_ref(), rest, value)));
            Value::Map(entries)
        }
        Step::Index(index) => {
            let mut items = match whole {
                Some(Value::List(items)) => items.clone(),
                Some(_) | None => Vec::new(),
            };
            while items.len() <= *index && items.len() < 10_000 {
                items.push(Value::Null);
            }
            if let Some(item) = items.get_mut(*index) {
                *item = with_value(Some(&item.clone()), rest, value);
            }
            Value::List(items)
        }
    }
}

/// The edit that gives a field of the connection `id` a value, or removes it.
pub fn change(
    id: &str,
    steps: &[Step],
    given: Option<&Given>,
    definition: &Definition,
    project: &Project,
) -> anyhow::Result<Edit> {
    let Some(given) = given else {
        if get::value_at(definition, steps).is_none() {
            return Err(get::unknown_field(id, definition, steps, project));
        }
        return Ok(Edit::unset(steps.to_vec()));
    };
    let kind = find::kind(definition, project);
    edit(
        steps,
        given,
        definition,
        kind,
        &project.catalog,
        Exit::NotFound,
    )
}

/// The text of a connection after one change; no new error may come of it.
pub fn changed(
    (id, text): (&ConnectionId, &str),
    definition: &Definition,
    steps: &[Step],
    given: Option<&Given>,
    project: &Project,
) -> anyhow::Result<String> {
    let unrepeated = |error| match given {
        Some(given) => unrepeated(error, given),
        None => error,
    };
    let edit = change(id.as_str(), steps, given, definition, project).map_err(unrepeated)?;
    let edit = in_place(edit, definition, find::kind(definition, project));
    let new =
        document::apply(text, &[edit]).map_err(|refusal| of_refusal(id.as_str(), &refusal))?;
    refuse_new_errors(id, (text, &new), &project.catalog).map_err(unrepeated)?;
    Ok(new)
}

/// The edit so that a field that is new stands behind the nearest one that the type has before it.
pub fn in_place(edit: Edit, definition: &Definition, kind: Option<&KindSpec>) -> Edit {
    match (edit, kind) {
        (
            Edit::Set {
                path,
                value,
                place: _,
            },
            Some(kind),
        ) if kind.field(name(&path)).is_some() => {
            let before = kind
                .fields
                .iter()
                .take_while(|other| other.name != name(&path));
            let before = before
                .filter(|other| definition.field(&other.name).is_some())
                .last()
                .map_or("type", |other| other.name.as_str());
            // Within a map or a list there is no order of the type.
            let place = match path.len() {
                1 => Place::After(before.to_owned()),
                _ => Place::End,
            };
            Edit::Set { path, value, place }
        }
        (edit, _) => edit,
    }
}

/// Refuses a text that is wrong in a way in which the old one was not.
pub fn refuse_new_errors(
    id: &ConnectionId,
    (old, new): (&str, &str),
    catalog: &Catalog,
) -> anyhow::Result<()> {
    let errors = |text: &str| -> Vec<Finding> {
        definition::findings(id, text, catalog, &|_| true)
            .into_iter()
            .filter(|finding| {
                finding.severity == Severity::Error
                    && matches!(
                        finding.rule,
                        "wrong-kind" | "not-a-choice" | "bad-interpolation"
                    )
            })
            .collect()
    };
    let before = errors(old);
    let new_error = errors(new).into_iter().find(|finding| {
        !before
            .iter()
            .any(|old| (old.rule, &old.message) == (finding.rule, &finding.message))
    });
    match new_error {
        None => Ok(()),
        Some(Finding { message, hint, .. }) => {
            let message = harmless(message.as_ref());
            Err(match hint {
                Some(hint) => failure_with(Exit::Usage, message, hint),
                None => failure(Exit::Usage, message),
            })
        }
    }
}

/// Whether a field's value must not be shown while it is typed.
pub fn is_secret(steps: &[Step], spec: Option<&FieldSpec>) -> bool {
    let by_name = |step: &Step| match step {
        Step::Key(key) => catalog::is_secret_name(key),
        Step::Index(_) => false,
    };
    match spec {
        Some(spec) => spec.secret || steps[1..].iter().any(by_name),
        None => steps.iter().any(by_name),
    }
}

/// Asks for a field's value.
pub fn ask(steps: &[Step], spec: Option<&FieldSpec>) -> anyhow::Result<Given> {
    let label = harmless(field_path::display(steps).as_ref());
    if is_secret(steps, spec) {
        return Ok(Given::Hidden(prompt::ask_hidden(&label)?));
    }
    let choices = match spec.map(|spec| &spec.input) {
        Some(Input::Choice(choices)) => format!(" ({})", choices.join(", ")),
        Some(
            Input::Text
            | Input::Integer
            | Input::Number
            | Input::Switch
            | Input::Map
            | Input::List
            | Input::DateTime,
        )
        | None => String::new(),
    };
    let typed = prompt::ask(&format!("{label}{choices}"), None)?;
    // Typed at a prompt, it is in no list of processes.
    Ok(Given::Hidden(typed))
}

/// An error about a field, without the text that was typed or piped in where nobody sees it: it may
/// be a secret that was meant for another field.
pub fn unrepeated(error: anyhow::Error, given: &Given) -> anyhow::Error {
    let (Given::Hidden(text) | Given::TypedExpression(text)) = given else {
        return error;
    };
    match error.downcast::<Failure>() {
        Ok(failure) if !text.is_empty() => {
            // However a message quotes it.
            let quoted = text.escape_debug().to_string();
            let shown = harmless(quoted.as_ref());
            let message = [text.clone(), harmless(text.as_ref()), quoted, shown]
                .iter()
                .fold(failure.message, |message, form| {
                    message.replace(form, Secret::MASK)
                });
            anyhow::Error::new(Failure { message, ..failure })
        }
        Ok(failure) => anyhow::Error::new(failure),
        Err(error) => error,
    }
}

/// The value on stdin: piped in, or asked for on a terminal.
pub fn from_stdin(steps: &[Step]) -> anyhow::Result<Given> {
    if prompt::can_ask() {
        let label = harmless(field_path::display(steps).as_ref());
        return Ok(Given::Hidden(prompt::ask_hidden(&label)?));
    }
    Ok(Given::Hidden(prompt::read_stdin()?))
}
