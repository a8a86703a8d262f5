//! `conndeck types`: the catalogue.

use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::failure::{failure_with, not_found};
use super::output::{self, Manner};
use super::{Exit, shown};
use crate::catalog::{FieldSpec, Input, KindSpec, Requirement};
use crate::project::Project;
use crate::store::harmless;

/// Show the types of connections, or one with its fields.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck types\n  conndeck types PostgreSQL\n  conndeck types --json | jq -r '.types[].type'"
)]
pub struct Types {
    /// A type: its short name or its whole path
    #[arg(value_name = "TYPE", add = super::complete::types())]
    kind: Option<String>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Catalogue<'c> {
    version: u32,
    types: Vec<Row<'c>>,
}

#[derive(Debug, Serialize)]
struct Row<'c> {
    #[serde(rename = "type")]
    path: &'c str,
    short: &'c str,
    label: &'c str,
    group: &'c str,
    help: &'c str,
    fields: Vec<FieldRow<'c>>,
}

#[derive(Debug, Serialize)]
struct FieldRow<'c> {
    name: &'c str,
    label: &'c str,
    help: &'c str,
    kind: &'static str,
    choices: Option<&'c [String]>,
    required: &'static str,
    env: &'c [String],
    default: Option<&'c serde_yaml::Value>,
    nullable: bool,
    secret: bool,
}

impl Types {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        let kinds: Vec<&KindSpec> = match &self.kind {
            None => project.catalog.kinds().iter().collect(),
            Some(name) => vec![find(name, project)?],
        };
        if self.json {
            output::print_json(&Catalogue {
                version: 1,
                types: kinds.into_iter().map(row).collect(),
            })?;
        } else if self.kind.is_some() {
            let pages: Vec<String> = kinds.iter().map(|kind| page(kind, manner)).collect();
            output::print(&pages.concat())?;
        } else {
            output::print(&list(project, manner))?;
        }
        Ok(Exit::Fine)
    }
}

/// The type of that name, or exit 3 with the nearest ones.
pub fn find<'p>(name: &str, project: &'p Project) -> anyhow::Result<&'p KindSpec> {
    project.catalog.find(name).ok_or_else(|| {
        let message = format!("there is no type `{}`", harmless(name.as_ref()));
        let near = project.catalog.nearest(name);
        let near: Vec<&str> = near.into_iter().map(KindSpec::short_name).collect();
        if near.is_empty() {
            let types = shown(&project.types_dir(), project);
            let hint = format!(
                "`conndeck types` lists them; your own are described in `{}`",
                harmless(types.as_ref())
            );
            return failure_with(Exit::NotFound, message, hint);
        }
        not_found(Exit::NotFound, message, &near)
    })
}

fn row(kind: &KindSpec) -> Row<'_> {
    Row {
        path: &kind.type_path,
        short: kind.short_name(),
        label: &kind.label,
        group: &kind.group,
        help: &kind.help,
        fields: kind.fields.iter().map(field_row).collect(),
    }
}

fn field_row(spec: &FieldSpec) -> FieldRow<'_> {
    FieldRow {
        name: &spec.name,
        label: &spec.label,
        help: &spec.help,
        kind: kind_word(&spec.input),
        choices: match &spec.input {
            Input::Choice(choices) => Some(choices),
            Input::Text
            | Input::Integer
            | Input::Number
            | Input::Switch
            | Input::Map
            | Input::List
            | Input::DateTime => None,
        },
        required: match spec.requirement {
            Requirement::Required => "yes",
            Requirement::UnlessEnv => "unless-env",
            Requirement::Optional => "no",
        },
        env: &spec.env,
        default: spec.default.as_ref(),
        nullable: spec.nullable,
        secret: spec.secret,
    }
}

fn kind_word(input: &Input) -> &'static str {
    match input {
        Input::Text => "text",
        Input::Integer => "integer",
        Input::Number => "number",
        Input::Switch => "switch",
        Input::Choice(_) => "choice",
        Input::Map => "map",
        Input::List => "list",
        Input::DateTime => "datetime",
    }
}

fn list(project: &Project, manner: Manner) -> String {
    let mut out = String::new();
    for (group, kinds) in project.catalog.groups() {
        let rows: Vec<Vec<String>> = kinds
            .iter()
            .map(|kind| {
                vec![
                    format!("  {}", harmless(kind.short_name().as_ref())),
                    harmless(kind.help.as_ref()),
                ]
            })
            .collect();
        // Writing to a string can't fail.
        let _ = writeln!(out, "{}", manner.bold(&harmless(group.as_ref())));
        out += &output::table(&rows);
    }
    out
}

fn page(kind: &KindSpec, manner: Manner) -> String {
    let mut out = format!(
        "{}  {}\n",
        manner.bold(&harmless(kind.label.as_ref())),
        harmless(kind.type_path.as_ref())
    );
    if !kind.help.is_empty() {
        let _ = writeln!(out, "{}", harmless(kind.help.as_ref()));
    }
    let mut rows = vec![
        ["FIELD", "KIND", "NEEDED", "WITHOUT IT", "ABOUT"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(kind.fields.iter().map(|spec| {
        let needed = match spec.requirement {
            Requirement::Required => "yes",
            Requirement::UnlessEnv => "or variable",
            Requirement::Optional => "no",
        };
        let mut without = spec.env.join(", ");
        if let Some(default) = spec.default_text() {
            if !without.is_empty() {
                without += ", ";
            }
            without += &spec.mask(&default);
        }
        let secret = if spec.secret { "secret " } else { "" };
        let choices = match &spec.input {
            Input::Choice(choices) => format!(": {}", choices.join(", ")),
            Input::Text
            | Input::Integer
            | Input::Number
            | Input::Switch
            | Input::Map
            | Input::List
            | Input::DateTime => String::new(),
        };
        vec![
            harmless(spec.name.as_ref()),
            harmless(format!("{secret}{}{choices}", kind_word(&spec.input)).as_ref()),
            needed.to_owned(),
            harmless(if without.is_empty() {
                "-".as_ref()
            } else {
                without.as_ref()
            }),
            harmless(spec.help.as_ref()),
        ]
    }));
    out + &output::table(&rows)
}
