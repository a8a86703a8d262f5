//! `conndeck show`: one connection with its fields, findings and uses; secrets masked.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::failure::failure;
use super::find::unknown_id;
use super::output::{self, Manner};
use super::{Exit, find, finding, get, in_silence, shown, uses};
use crate::audit::{Audit, Extent};
use crate::catalog::{FieldSpec, KindSpec};
use crate::check;
use crate::connection::ConnectionId;
use crate::definition::{Definition, Field, Origin};
use crate::document::{Step, Value};
use crate::inventory::Entry;
use crate::order;
use crate::project::Project;
use crate::reference::Environment;
use crate::store::harmless;
use crate::workflow::json::Use;
use crate::{field_path, field_value};

/// Show one connection with its fields, findings and uses.
///
/// Secrets are masked; `--reveal` shows the one that it names.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck show openai-prod\n  conndeck show parcel-api --reveal headers.Authorization\n  conndeck show openai-prod --json | jq '.used_by[].file'"
)]
pub struct Show {
    /// The connection
    #[arg(value_name = "ID", add = super::complete::ids())]
    id: String,
    /// Show the secret in this field; may be repeated
    #[arg(long, value_name = "FIELD")]
    reveal: Vec<String>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Shown<'s> {
    version: u32,
    id: &'s str,
    name: &'s str,
    #[serde(rename = "type")]
    kind: Option<&'s str>,
    file: String,
    description: Option<&'s str>,
    tags: &'s [String],
    fields: Vec<Row>,
    findings: Vec<finding::Row<'s>>,
    used_by: Vec<Use<'s>>,
}

/// A field, given or left out.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    value: serde_json::Value,
    source: Source,
    secret: bool,
    env: Vec<String>,
    set_here: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    /// It stands in the file.
    Literal,
    /// From environment variables: named in an expression, or read for a field that is left out.
    Env,
    /// The field is left out.
    Default,
    /// From another place in the file.
    Alias,
}

impl Show {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        let revealed: Vec<Vec<Step>> = self
            .reveal
            .iter()
            .map(|path| field_path::parse(path).map_err(|reason| failure(Exit::Usage, reason)))
            .collect::<anyhow::Result<_>>()?;
        let (audit, entry, definition) = read(&self.id, project)?;
        for steps in &revealed {
            if get::value_at(&definition, steps).is_none() {
                return Err(get::unknown_field(&self.id, &definition, steps, project));
            }
        }
        let about = audit.index.report.about(entry.id().as_str());
        let fields = rows(&definition, &revealed, project);
        if self.json {
            let files: Vec<String> = about
                .certain
                .iter()
                .map(|(path, _)| shown(path, project))
                .collect();
            output::print_json(&Shown {
                version: 1,
                id: entry.id().as_str(),
                name: &entry.summary.name,
                kind: definition.type_path.as_deref(),
                file: shown(&entry.file.path, project),
                description: definition.description.as_deref(),
                tags: &definition.tags,
                fields,
                findings: audit
                    .about(&entry)
                    .map(|one| finding::Row::new(one, project))
                    .collect(),
                used_by: about
                    .certain
                    .iter()
                    .zip(&files)
                    .map(|((_, reference), file)| Use::new(reference, file))
                    .collect(),
            })?;
            return Ok(Exit::Fine);
        }
        output::print(&text(&audit, &entry, &definition, &fields, project, manner))?;
        Ok(Exit::Fine)
    }
}

/// What is said about a connection.
fn text(
    audit: &Audit,
    entry: &Entry,
    definition: &Definition,
    fields: &[Row],
    project: &Project,
    manner: Manner,
) -> String {
    let about = audit.index.report.about(entry.id().as_str());
    let mut out = head(entry, definition, project, manner);
    out += &field_lines(fields, manner);
    let findings: Vec<_> = audit.about(entry).collect();
    if !findings.is_empty() {
        let _ = writeln!(out, "\n{}", manner.bold("Findings"));
        out += &finding::lines(findings, project, manner);
    }
    let lines = uses::lines(&about, project);
    let title = if lines.is_empty() {
        "Used by nothing".to_owned()
    } else {
        format!("Used by {}", about.certain.len())
    };
    let _ = writeln!(out, "\n{}", manner.bold(&title));
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
    out
}

/// Everything about the connection of that id in words, secrets masked.
pub fn described(id: &str, project: &Project, manner: Manner) -> anyhow::Result<String> {
    let (audit, entry, definition) = read(id, project)?;
    let fields = rows(&definition, &[], project);
    Ok(text(&audit, &entry, &definition, &fields, project, manner))
}

fn read(id: &str, project: &Project) -> anyhow::Result<(Audit, Arc<Entry>, Definition)> {
    let audit =
        in_silence(|follow| Audit::read(project, &project.roots, Extent::Connections, follow))?;
    let entry = audit
        .inventory
        .get(&ConnectionId::new(id))
        .map(Arc::clone)
        .ok_or_else(|| unknown_id(project, id))?;
    let definition = find::definition(&entry, project)?;
    Ok((audit, entry, definition))
}

fn head(entry: &Entry, definition: &Definition, project: &Project, manner: Manner) -> String {
    let kind = match (find::kind(definition, project), &definition.type_path) {
        (Some(kind), Some(path)) => format!("{} ({path})", kind.label),
        (_, Some(path)) => format!("{path} (not a known type)"),
        (_, None) => "none".to_owned(),
    };
    let mut rows = vec![
        ("name", entry.summary.name.clone()),
        ("type", kind),
        ("file", shown(&entry.file.path, project)),
    ];
    if let Some(description) = &definition.description {
        rows.push(("description", description.trim_end().to_owned()));
    }
    if !definition.tags.is_empty() {
        rows.push(("tags", definition.tags.join(", ")));
    }
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(label, text)| vec![format!("  {label}"), harmless(text.as_ref())])
        .collect();
    format!(
        "{}\n{}",
        manner.bold(&harmless(entry.id().as_str().as_ref())),
        output::table(&rows)
    )
}

fn field_lines(fields: &[Row], manner: Manner) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = fields
        .iter()
        .map(|row| {
            let [name, value, source] = cells(row);
            vec![format!("  {name}"), value, source]
        })
        .collect();
    format!("\n{}\n{}", manner.bold("Fields"), output::table(&rows))
}

/// A field in words: its name, its value as it may be shown, where it comes from.
pub fn cells(row: &Row) -> [String; 3] {
    let value = match &row.value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null if row.source != Source::Literal => "-".to_owned(),
        other @ (serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_)) => other.to_string(),
    };
    let source = match row.source {
        Source::Literal => "literal".to_owned(),
        Source::Default => "default".to_owned(),
        Source::Alias => "alias".to_owned(),
        Source::Env => {
            let here = if row.set_here {
                "set here"
            } else {
                "not set here"
            };
            format!("env {}: {here}", row.env.join(", "))
        }
    };
    [&row.name, &value, &source].map(|text| harmless(text.as_ref()))
}

/// The fields of the file in its order, then those that are left out.
pub fn rows(definition: &Definition, revealed: &[Vec<Step>], project: &Project) -> Vec<Row> {
    let environment = &project.options.environment;
    let kind = find::kind(definition, project);
    let mut rows: Vec<Row> = definition
        .fields
        .iter()
        .map(|field| {
            let spec = kind.and_then(|kind| kind.field(&field.name));
            given(field, spec, revealed, environment)
        })
        .collect();
    if let Some(kind) = kind {
        rows.extend(left_out(kind, definition, environment));
    }
    rows
}

fn given(
    field: &Field,
    spec: Option<&FieldSpec>,
    revealed: &[Vec<Step>],
    environment: &Environment,
) -> Row {
    let within: Vec<Vec<Step>> = revealed
        .iter()
        .filter_map(|path| path.split_first())
        .filter(|(first, _)| **first == Step::Key(field.name.clone()))
        .map(|(_, rest)| rest.to_vec())
        .collect();
    let masked = field_value::masked(spec, &field.name, &field.value, &[]);
    let value = field_value::masked(spec, &field.name, &field.value, &within);
    let mut needs = Vec::new();
    texts(&field.value, &mut |text| {
        check::needs_of_text(text, &mut needs);
    });
    let mut env: Vec<String> = needs.iter().flat_map(|need| need.any_of.clone()).collect();
    order::sort_and_dedup(&mut env);
    let source = match field.origin {
        Origin::Alias | Origin::Merge => Source::Alias,
        Origin::Own if env.is_empty() => Source::Literal,
        Origin::Own => Source::Env,
    };
    Row {
        name: field.name.clone(),
        value: field_value::json(&value),
        source,
        secret: masked != field.value
            || spec.map_or_else(
                || crate::catalog::is_secret_name(&field.name),
                |spec| spec.secret,
            ),
        set_here: needs
            .iter()
            .all(|need| need.has_default || need.is_set(environment)),
        env,
    }
}

fn left_out<'a>(
    kind: &'a KindSpec,
    definition: &'a Definition,
    environment: &'a Environment,
) -> impl Iterator<Item = Row> + 'a {
    let value = |name: &str| match definition.value(name) {
        Some(Value::Text(text)) => Some(text),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Map(_) | Value::List(_))
        | None => None,
    };
    kind.applicable(value)
        .filter(|spec| definition.field(&spec.name).is_none())
        .map(|spec| {
            let from_env = spec.env.iter().any(|name| environment.get(name).is_some());
            let is_env = from_env || (spec.default.is_none() && !spec.env.is_empty());
            let default = spec
                .default
                .as_ref()
                .and_then(|default| serde_json::to_value(default).ok());
            Row {
                name: spec.name.clone(),
                value: if is_env {
                    serde_json::Value::Null
                } else {
                    default.unwrap_or_default()
                },
                source: if is_env { Source::Env } else { Source::Default },
                secret: spec.secret,
                env: spec.env.clone(),
                set_here: from_env || !is_env,
            }
        })
}

/// Every text in a value.
fn texts(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::Text(text) => each(text),
        Value::Map(entries) => entries.iter().for_each(|(_, value)| texts(value, each)),
        Value::List(items) => items.iter().for_each(|item| texts(item, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
