//! `conndeck env`: the environment variables that connections and workflows need.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::failure::failure;
use super::output::{self, count};
use super::{Exit, in_silence, shown};
use crate::needs::{Needed, Needs};
use crate::project::Project;
use crate::store::harmless;
use crate::workflow::is_there;

/// List the environment variables that are needed, set here or not, by which connections and
/// workflows.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck env                                    exit 1 if one is not set and has no default\n  conndeck env --workflow workflows/support.yaml\n  conndeck env --json | jq -r '.variables[] | select(.set | not) | .name'"
)]
pub struct Env {
    /// Only what this workflow needs
    #[arg(long, value_name = "FILE")]
    workflow: Option<PathBuf>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Variables {
    version: u32,
    variables: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    set: bool,
    has_default: bool,
    connections: Vec<String>,
    workflows: Vec<String>,
}

impl Env {
    pub(super) fn run(self, project: &Project) -> anyhow::Result<Exit> {
        let file = match &self.workflow {
            None => None,
            Some(path) => {
                let whole: PathBuf = project.base.join(path).components().collect();
                if !is_there(&whole) {
                    let shown = harmless(path.as_os_str());
                    return Err(failure(
                        Exit::NotFound,
                        format!("there is no file `{shown}`"),
                    ));
                }
                Some(whole)
            }
        };
        let needs = in_silence(|follow| Needs::read(project, file.as_deref(), follow))?;
        let rows: Vec<Row> = needs
            .variables
            .into_iter()
            .map(|(name, needed)| row(name, needed, project))
            .collect();
        let is_lacking = rows.iter().any(|row| !row.set && !row.has_default);
        if self.json {
            output::print_json(&Variables {
                version: 1,
                variables: rows,
            })?;
        } else {
            output::print(&text(&rows))?;
        }
        Ok(if is_lacking {
            Exit::BadNews
        } else {
            Exit::Fine
        })
    }
}

fn row(name: String, needed: Needed, project: &Project) -> Row {
    Row {
        set: project.options.environment.get(&name).is_some(),
        name,
        has_default: needed.has_default,
        connections: needed.connections.into_iter().collect(),
        workflows: needed
            .workflows
            .iter()
            .map(|path| shown(path, project))
            .collect(),
    }
}

fn text(rows: &[Row]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut cells = vec![
        ["VARIABLE", "HERE", "CONNECTIONS", "WORKFLOWS"]
            .map(str::to_owned)
            .to_vec(),
    ];
    cells.extend(rows.iter().map(|row| {
        let here = match (row.set, row.has_default) {
            (true, _) => "set",
            (false, true) => "default",
            (false, false) => "not set",
        };
        let connections = row.connections.join(", ");
        vec![
            harmless(row.name.as_ref()),
            here.to_owned(),
            harmless(if connections.is_empty() {
                "-".as_ref()
            } else {
                connections.as_ref()
            }),
            count(row.workflows.len(), "workflow"),
        ]
    }));
    output::table(&cells)
}
