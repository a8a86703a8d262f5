//! The command line: arguments, and which command they mean. One file per command.

mod list;
mod output;
mod refs;
mod rename;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

use crate::project::{Project, Wanted};

/// Manage the connections of Dynamiq workflows.
///
/// Without a command the interface opens, on `connections.d` and the workflows beside it.
#[derive(Debug, Parser)]
#[command(
    name = "conndeck",
    version,
    about = "Manage the connections of Dynamiq workflows",
    after_help = "Examples:\n  conndeck                                  open the interface on ./connections.d\n  conndeck --dir D --workflows W            … on another store and other workflows\n  conndeck list --json                      the connections, for scripts\n  conndeck refs openai-prod                 where a connection is used"
)]
pub struct Arguments {
    /// The store [default: connections.d, here or above, up to the git root]
    #[arg(long, global = true, value_name = "DIR", env = "CONNDECK_DIR")]
    pub dir: Option<PathBuf>,
    /// A file or directory with workflows; may be repeated [default: workflows and deployments
    /// beside the store]
    #[arg(long, global = true, value_name = "PATH")]
    pub workflows: Vec<PathBuf>,
    /// The settings [default: conndeck.yaml beside the store]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,
    /// No warnings
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// What to do; without one the interface opens
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the connections with type, used-by count and findings
    List(list::List),
    /// Show every use of connections in the workflows
    Refs(refs::Refs),
    /// Give a connection another id, in its file and in every workflow
    Rename(rename::Rename),
}

/// How a command ended; the worst one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Fine.
    Fine = 0,
    /// Bad news: findings, still in use, not used.
    BadNews = 1,
    /// Wrong usage, not a terminal, a root that is missing.
    Usage = 2,
    /// There is no such id.
    NotFound = 3,
    /// A conflict: it exists, it has changed, or somebody else is writing.
    Conflict = 5,
}

impl Arguments {
    /// What the arguments say about where things are.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            dir: self.dir.clone(),
            workflows: self.workflows.clone(),
            config: self.config.clone(),
        }
    }
}

/// Does a command.
///
/// # Errors
/// If the system fails: the exit code is 6 then, or 2 if a workflow root is missing.
pub fn run(command: Command, project: &Project) -> anyhow::Result<Exit> {
    match command {
        Command::List(list) => list.run(project),
        Command::Refs(refs) => refs.run(project),
        Command::Rename(rename) => rename.run(project),
    }
}

/// A path as output shows it: relative to the directory the program runs in.
fn shown(path: &Path, project: &Project) -> String {
    path.strip_prefix(&project.base)
        .unwrap_or(path)
        .display()
        .to_string()
}
