//! The command line: arguments, and which command they mean. One file per command.

pub(crate) mod add;
mod check;
mod complete;
mod completions;
mod env;
pub(crate) mod failure;
pub(crate) mod field;
pub(crate) mod find;
mod finding;
pub(crate) mod get;
mod import;
mod info;
mod list;
mod man;
pub(crate) mod output;
pub(crate) mod prompt;
mod refs;
pub(crate) mod rename;
mod render;
mod resolve;
pub(crate) mod rm;
mod sarif;
mod schema;
mod set;
pub(crate) mod show;
mod types;
pub(crate) mod undo;
pub(crate) mod uses;
mod workflow_file;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

pub use failure::explain;
pub use output::complain;
use output::{Colours, Manner, Talk};

use crate::project::{Project, Wanted};
use crate::store::harmless;
use crate::workflow::Follow;

/// Manage the connections of Dynamiq workflows.
///
/// Without a command the interface opens, on `connections.d` and the workflows beside it.
#[derive(Debug, Parser)]
#[command(
    name = "conndeck",
    version,
    about = "Manage the connections of Dynamiq workflows",
    before_help = "Examples:\n  conndeck                                  open the interface on ./connections.d\n  conndeck --dir D --workflows W            … on another store and other workflows\n  conndeck list --json                      the connections, for scripts\n  conndeck refs openai-prod                 where a connection is used"
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
    /// No warnings, and no word about what was done
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say what is looked at
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Prompts line by line instead of the screen, for screen readers and serial lines
    #[arg(long)]
    pub plain: bool,
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
    /// Show one connection; secrets are masked
    Show(show::Show),
    /// Print one value of a connection
    Get(get::Get),
    /// Create a connection
    Add(add::Add),
    /// Change one field of a connection, and nothing else in its file
    Set(set::Set),
    /// Delete connections that nothing uses
    Rm(rm::Rm),
    /// Take back the last save, delete, rename, creation or import
    Undo(undo::Undo),
    /// Give a connection another id, in its file and in every workflow
    Rename(rename::Rename),
    /// Show every use of connections in the workflows
    Refs(refs::Refs),
    /// Report every finding in the store and the workflows
    Check(check::Check),
    /// Take the definitions of workflows into the store
    Import(import::Import),
    /// Print a workflow together with the connections that it uses
    Render(render::Render),
    /// Print the connections that a workflow requires, secrets included
    Resolve(resolve::Resolve),
    /// List the environment variables that are needed, set here or not
    Env(env::Env),
    /// Show the types of connections, or one with its fields
    Types(types::Types),
    /// Print the JSON Schema of a connection file, for editors
    Schema(schema::Schema),
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Print the man page
    Man(man::Man),
    /// Show where things are and what is used
    Info(info::Info),
}

impl Command {
    /// Whether it may write below the store, so that what a kill has left there goes first.
    pub fn writes(&self) -> bool {
        match self {
            Self::Add(_)
            | Self::Set(_)
            | Self::Rm(_)
            | Self::Undo(_)
            | Self::Rename(_)
            | Self::Import(_) => true,
            Self::List(_)
            | Self::Show(_)
            | Self::Get(_)
            | Self::Refs(_)
            | Self::Check(_)
            | Self::Render(_)
            | Self::Resolve(_)
            | Self::Env(_)
            | Self::Types(_)
            | Self::Schema(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Info(_) => false,
        }
    }
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
    /// There is no such id, field or file.
    NotFound = 3,
    /// A file is invalid.
    Invalid = 4,
    /// A conflict: it exists, it has changed, or somebody else is writing.
    Conflict = 5,
    /// The system failed.
    System = 6,
    /// Interrupted.
    Interrupted = 130,
}

/// Help says what a command does, then shows examples, then lists the rest.
const HELP: &str =
    "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The definition that parser, help, man page, completions and documentation are made from.
pub fn command() -> clap::Command {
    Arguments::command()
        .help_template(HELP)
        .mut_subcommands(|command| command.help_template(HELP))
}

impl Arguments {
    /// The arguments of this run. Wrong ones, `--help` and `--version` end the program.
    pub fn of_this_run() -> Self {
        // What scripts ask most often needs no table of commands.
        let mut arguments = std::env::args_os().skip(1);
        if let (Some(only), None) = (arguments.next(), arguments.next())
            && (only == "--version" || only == "-V")
            && output::print(concat!("conndeck ", env!("CARGO_PKG_VERSION"), "\n")).is_ok()
        {
            std::process::exit(0);
        }
        let matches = command().get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// How output looks.
    pub fn manner(&self) -> Manner {
        let is_plain = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colours = match self.color {
            When::Always => Colours::Ansi,
            When::Auto if std::io::stdout().is_terminal() && !is_plain() => Colours::Ansi,
            When::Auto | When::Never => Colours::None,
        };
        let talk = match (self.quiet, self.verbose) {
            (true, _) => Talk::Quiet,
            (false, true) => Talk::Verbose,
            (false, false) => Talk::Normal,
        };
        Manner { colours, talk }
    }

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
/// Why it could not be done; [`explain`] gives the exit code and what to say.
pub fn run(command: Command, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
    manner.detail(&format!(
        "the store is `{}`",
        harmless(shown(project.store.dir(), project).as_ref())
    ));
    let is_about_all = matches!(
        command,
        Command::List(_) | Command::Check(_) | Command::Env(_)
    );
    if is_about_all && let Some(missing) = project.missing_store() {
        // Nothing to report is no good news then; a mistyped `--dir` would pass unseen.
        manner.say(&format!(
            "conndeck: there is no store `{}`",
            harmless(shown(missing, project).as_ref())
        ));
    }
    match command {
        Command::List(list) => list.run(project, manner),
        Command::Show(show) => show.run(project, manner),
        Command::Get(get) => get.run(project),
        Command::Add(add) => add.run(project, manner),
        Command::Set(set) => set.run(project, manner),
        Command::Rm(rm) => rm.run(project, manner),
        Command::Undo(undo) => undo.run(project, manner),
        Command::Rename(rename) => rename.run(project, manner),
        Command::Refs(refs) => refs.run(project, manner),
        Command::Check(check) => check.run(project, manner),
        Command::Import(import) => import.run(project, manner),
        Command::Render(render) => render.run(project),
        Command::Resolve(resolve) => resolve.run(project),
        Command::Env(env) => env.run(project),
        Command::Types(types) => types.run(project, manner),
        Command::Schema(schema) => schema.run(project),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
        Command::Info(info) => info.run(project, manner),
    }
}

/// Answers a shell that asks for completions, and ends the program then.
pub fn answer_shell() {
    clap_complete::CompleteEnv::with_factory(command)
        .var(completions::VARIABLE)
        .complete();
}

/// A path as output shows it: relative to the directory the program runs in, by way of `..` where
/// the two have more in common than the root of the file system.
pub(crate) fn shown(path: &Path, project: &Project) -> String {
    if let Ok(inner) = path.strip_prefix(&project.base) {
        let is_base = inner.as_os_str().is_empty();
        return if is_base { Path::new(".") } else { inner }
            .display()
            .to_string();
    }
    let common = path
        .components()
        .zip(project.base.components())
        .take_while(|(left, right)| left == right)
        .count();
    if common < 2 {
        return path.display().to_string();
    }
    let up = project.base.components().skip(common).map(|_| "..");
    let mut relative: PathBuf = up.collect();
    relative.extend(path.components().skip(common));
    relative.display().to_string()
}

/// Reads everything without a word about how far it is.
pub(crate) fn in_silence<T>(work: impl FnOnce(&Follow<'_>) -> T) -> T {
    work(&Follow {
        progress: &|_| {},
        cancel: &AtomicBool::new(false),
    })
}

/// The project that the words mean which are being typed: what completion goes by.
fn project_of_typed_words() -> anyhow::Result<Project> {
    let words: Vec<String> = std::env::args().collect();
    let after = |flag: &str| {
        words
            .iter()
            .enumerate()
            .find_map(|(position, word)| match word.strip_prefix(flag)? {
                "" => words.get(position + 1).cloned(),
                rest => rest.strip_prefix('=').map(str::to_owned),
            })
    };
    let wanted = Wanted {
        dir: after("--dir")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("CONNDECK_DIR").map(PathBuf::from)),
        config: after("--config").map(PathBuf::from),
        ..Wanted::default()
    };
    Project::find(std::env::current_dir()?, wanted, std::env::vars_os())
}
