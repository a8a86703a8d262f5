//! `conndeck info`: where things are and what is used; for bug reports, without secrets.

use clap::Args;
use serde::Serialize;

use super::output::{self, Colours, Manner};
use super::{Exit, shown};
use crate::project::Project;
use crate::store::{git_root, harmless};
use crate::watch::{self, Mode};
use crate::workflow::is_there;

/// Show where things are and what is used. There are no secrets in it.
#[derive(Debug, Args)]
#[command(before_help = "Examples:\n  conndeck info\n  conndeck info --json")]
pub struct Info {
    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Facts {
    version: u32,
    conndeck: &'static str,
    store: Store,
    roots: Vec<Root>,
    config: Option<String>,
    state: Option<String>,
    log: Option<String>,
    watcher: &'static str,
    git: Option<String>,
    terminal: Terminal,
    types: usize,
}

#[derive(Debug, Serialize)]
struct Store {
    path: String,
    exists: bool,
    connections: usize,
}

#[derive(Debug, Serialize)]
struct Root {
    path: String,
    exists: bool,
}

#[derive(Debug, Serialize)]
struct Terminal {
    stdin: bool,
    stdout: bool,
    term: Option<String>,
    colours: bool,
}

impl Info {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        let facts = facts(project, manner)?;
        if self.json {
            output::print_json(&facts)?;
        } else {
            output::print(&text(&facts))?;
        }
        Ok(Exit::Fine)
    }
}

fn facts(project: &Project, manner: Manner) -> anyhow::Result<Facts> {
    use std::io::IsTerminal as _;

    let dir = project.store.dir();
    let snapshot = project.store.load(None)?;
    let state = project.state_dir();
    let shown_state = |path: &std::path::Path| path.display().to_string();
    Ok(Facts {
        version: 1,
        conndeck: env!("CARGO_PKG_VERSION"),
        store: Store {
            path: shown(dir, project),
            exists: snapshot.exists,
            connections: snapshot.files.len(),
        },
        roots: project
            .roots
            .roots
            .iter()
            .map(|root| Root {
                path: shown(&root.path, project),
                exists: is_there(&root.path),
            })
            .collect(),
        config: project.config.as_ref().map(|path| shown(path, project)),
        log: state
            .as_ref()
            .map(|state| shown_state(&state.join("conndeck.log"))),
        state: state.as_deref().map(shown_state),
        watcher: watcher(project),
        git: git_root(&project.base).map(|root| root.display().to_string()),
        terminal: Terminal {
            stdin: std::io::stdin().is_terminal(),
            stdout: std::io::stdout().is_terminal(),
            term: project.options.environment.get("TERM").map(str::to_owned),
            colours: manner.colours == Colours::Ansi,
        },
        types: project.catalog.kinds().len(),
    })
}

fn watcher(project: &Project) -> &'static str {
    let roots: Vec<_> = project
        .roots
        .roots
        .iter()
        .map(|root| root.path.clone())
        .collect();
    match watch::watch(project.store.dir(), &roots, |_| {}).mode() {
        Mode::Notified => "notified",
        Mode::Polling => "polling",
    }
}

fn text(facts: &Facts) -> String {
    let is_there = |exists: bool| if exists { "" } else { " (does not exist)" };
    let mut rows = vec![
        ("conndeck", facts.conndeck.to_owned()),
        (
            "store",
            format!(
                "{}{}, {}",
                facts.store.path,
                is_there(facts.store.exists),
                output::count(facts.store.connections, "connection")
            ),
        ),
    ];
    for root in &facts.roots {
        rows.push((
            "workflows",
            format!("{}{}", root.path, is_there(root.exists)),
        ));
    }
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    rows.push(("config", or_none(&facts.config)));
    rows.push(("state", or_none(&facts.state)));
    rows.push(("log", or_none(&facts.log)));
    rows.push(("watcher", facts.watcher.to_owned()));
    rows.push(("git", or_none(&facts.git)));
    rows.push(("terminal", or_none(&facts.terminal.term)));
    rows.push(("types", facts.types.to_string()));
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(label, text)| vec![label.to_owned(), harmless(text.as_ref())])
        .collect();
    output::table(&rows)
}
