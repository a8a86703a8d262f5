//! `conndeck list`: the connections with type, used-by count and findings.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use serde::Serialize;

use super::output::{self, Manner};
use super::{Exit, failure, in_silence, shown};
use crate::audit::{Audit, Extent};
use crate::catalog::KindSpec;
use crate::connection::Severity;
use crate::inventory::Entry;
use crate::project::Project;
use crate::store::harmless;
use crate::workflow::Unused;

/// List the connections with type, used-by count and findings.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck list\n  conndeck list --type OpenAI --unused\n  conndeck list --json | jq -r '.connections[].id'"
)]
pub struct List {
    /// Only connections of this type (short name or path)
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only connections with this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// Only connections that nothing uses, nor may use
    #[arg(long)]
    unused: bool,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Listed<'e> {
    version: u32,
    connections: Vec<Row<'e>>,
    broken: Vec<Broken<'e>>,
}

#[derive(Debug, Serialize)]
struct Row<'e> {
    id: &'e str,
    name: &'e str,
    #[serde(rename = "type")]
    kind: Option<&'e str>,
    file: String,
    tags: &'e [String],
    used_by: usize,
    findings: usize,
    #[serde(skip)]
    label: &'e str,
}

#[derive(Debug, Serialize)]
struct Broken<'e> {
    file: String,
    line: u32,
    column: u32,
    message: &'e str,
}

impl List {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        if let Some(kind) = &self.kind {
            warn_of_unknown_type(kind, project, manner);
        }
        let audit =
            in_silence(|follow| Audit::read(project, &project.roots, Extent::Connections, follow))?;
        let Audit {
            inventory, index, ..
        } = &audit;
        let used_by = index.used_by();
        let unused = self.unused.then(|| Unused::of(&index.report));
        let rows: Vec<Row<'_>> = inventory
            .entries
            .iter()
            .filter(|entry| self.wants(entry, unused.as_ref(), project))
            .filter_map(|entry| row(entry, &used_by, &audit, project))
            .collect();
        let broken: Vec<Broken<'_>> = inventory
            .entries
            .iter()
            .filter_map(|entry| {
                let broken = entry.summary.broken.as_ref()?;
                Some(Broken {
                    file: shown(&entry.file.path, project),
                    line: broken.location.map_or(1, |place| place.line),
                    column: broken.location.map_or(1, |place| place.column),
                    message: &broken.message,
                })
            })
            .collect();
        if self.json {
            output::print_json(&Listed {
                version: 1,
                connections: rows,
                broken,
            })?;
        } else {
            output::print(&text(&rows, &broken))?;
        }
        Ok(Exit::Fine)
    }

    fn wants(&self, entry: &Entry, unused: Option<&Unused<'_>>, project: &Project) -> bool {
        let id = entry.id().as_str();
        let kind = self.kind.as_deref().is_none_or(|wanted| {
            let path = project
                .catalog
                .find(wanted)
                .map_or(wanted, |kind| kind.type_path.as_str());
            entry.summary.type_path.as_deref() == Some(path)
        });
        let tag = self
            .tag
            .as_ref()
            .is_none_or(|tag| entry.summary.tags.contains(tag));
        kind && tag && unused.is_none_or(|unused| unused.contains(id))
    }
}

fn row<'e>(
    entry: &'e Entry,
    used_by: &BTreeMap<&str, usize>,
    audit: &Audit,
    project: &Project,
) -> Option<Row<'e>> {
    if entry.summary.broken.is_some() {
        return None;
    }
    Some(Row {
        id: entry.id().as_str(),
        name: &entry.summary.name,
        kind: entry.summary.type_path.as_deref(),
        file: shown(&entry.file.path, project),
        tags: &entry.summary.tags,
        used_by: used_by
            .get(entry.id().as_str())
            .copied()
            .unwrap_or_default(),
        // What is only worth knowing, such as a variable that is not set here, is no problem.
        findings: audit
            .about(entry)
            .filter(|one| one.finding.severity > Severity::Info)
            .count(),
        label: &entry.summary.type_label,
    })
}

/// An empty list is an answer; that the type is a typo would go unseen.
fn warn_of_unknown_type(name: &str, project: &Project, manner: Manner) {
    if project.catalog.find(name).is_some() || name.contains('.') {
        return;
    }
    manner.say(&format!(
        "conndeck: `{}` is not a known type",
        harmless(name.as_ref())
    ));
    let near = project.catalog.nearest(name);
    let near: Vec<&str> = near.into_iter().map(KindSpec::short_name).collect();
    if !near.is_empty() {
        manner.say(&format!("hint: {}", failure::did_you_mean(&near)));
    }
}

fn text(rows: &[Row<'_>], broken: &[Broken<'_>]) -> String {
    let clean = |text: &str| harmless(text.as_ref());
    let mut cells = vec![
        ["ID", "NAME", "TYPE", "USED BY", "FINDINGS"]
            .map(str::to_owned)
            .to_vec(),
    ];
    cells.extend(rows.iter().map(|row| {
        vec![
            clean(row.id),
            clean(row.name),
            clean(if row.label.is_empty() { "-" } else { row.label }),
            row.used_by.to_string(),
            if row.findings == 0 {
                "-".to_owned()
            } else {
                row.findings.to_string()
            },
        ]
    }));
    let mut out = output::table(&cells);
    for one in broken {
        let place = format!("{}:{}:{}", one.file, one.line, one.column);
        let _ = writeln!(
            out,
            "can't be read: {}: {}",
            clean(&place),
            clean(one.message)
        );
    }
    out
}
