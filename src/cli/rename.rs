//! `conndeck rename`: a new id for a connection, in its file and in every workflow.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use clap::Args;

use super::output::{self, Manner};
use super::{Exit, shown, undo};
use crate::history::Done;
use crate::project::{Project, apply_rename, plan_rename};
use crate::rename::{Blocker, BlockerKind, Plan, unified_diff};
use crate::store::{RenameError, harmless};

/// Give a connection another id, in its file and in every workflow that names it.
///
/// All or nothing: what can't be rewritten for sure stops it, and is named.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck rename openai openai-prod --dry-run\n  conndeck rename openai openai-prod"
)]
pub struct Rename {
    /// The id that it has
    #[arg(value_name = "OLD", add = super::complete::ids())]
    old: String,
    /// The id that it gets
    #[arg(value_name = "NEW")]
    new: String,
    /// Print the changes as a unified diff, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Go on although there are possible references, which stay as they are, or files that were
    /// not scanned
    #[arg(long)]
    allow_possible: bool,
}

impl Rename {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        let plan = plan_rename(project, &self.old, &self.new)?;
        if !plan.blockers.is_empty() {
            return say(&blocked(&plan, project)).map(|()| exit_of(&plan.blockers));
        }
        if self.dry_run {
            let path = |path: &Path| harmless(shown(path, project).as_ref());
            output::print(&unified_diff(&plan, &project.catalog, &path))?;
        }
        if plan.needs_consent() || !plan.excluded.is_empty() {
            say(&uncertain(&plan, project))?;
        }
        if plan.needs_consent() && !self.allow_possible {
            say("hint: `--allow-possible` renames all the same, and leaves these as they are\n")?;
            return Ok(Exit::BadNews);
        }
        if self.dry_run {
            return Ok(Exit::Fine);
        }
        match apply_rename(project, &plan) {
            Ok(renamed) => {
                let (uses, files) = (plan.uses.len(), renamed.files.len());
                undo::note(project, Done::Renamed(renamed), manner);
                manner.say(&format!(
                    "renamed `{}` to `{}`: {} in {}",
                    plan.old,
                    plan.new,
                    counted(uses, "reference"),
                    counted(files, "workflow")
                ));
                Ok(Exit::Fine)
            }
            Err(error @ (RenameError::Io(_) | RenameError::PutBackFailed(_))) => Err(error.into()),
            Err(error) => {
                say(&format!("conndeck: {error}\nhint: nothing was changed\n"))?;
                Ok(match error {
                    RenameError::ReadOnly(..) | RenameError::Refused => Exit::BadNews,
                    RenameError::Changed(_)
                    | RenameError::Exists(_)
                    | RenameError::Locked
                    | RenameError::Io(_)
                    | RenameError::PutBackFailed(_) => Exit::Conflict,
                })
            }
        }
    }
}

/// The worst of all blockers: a wrong id is a matter of usage, and comes first.
fn exit_of(blockers: &[Blocker]) -> Exit {
    let one = |blocker: &Blocker| match blocker.kind {
        BlockerKind::BadId => Exit::Usage,
        BlockerKind::NotFound => Exit::NotFound,
        BlockerKind::Exists => Exit::Conflict,
        BlockerKind::File => Exit::BadNews,
    };
    if blockers.iter().any(|one| one.kind == BlockerKind::BadId) {
        return Exit::Usage;
    }
    blockers.iter().map(one).max().unwrap_or(Exit::Fine)
}

pub fn blocked(plan: &Plan, project: &Project) -> String {
    let (old, new) = (&plan.old, &plan.new);
    let opening = format!("conndeck: can't rename `{old}` to `{new}`; nothing was changed\n");
    let mut out = harmless_lines(&opening);
    for blocker in &plan.blockers {
        let mut place = String::new();
        if let Some(file) = &blocker.file {
            place.push_str(&shown(file, project));
            if let Some(location) = blocker.location {
                let _ = write!(place, ":{location}");
            }
            place.push_str(": ");
        }
        let _ = writeln!(
            out,
            "  {}{}",
            harmless(place.as_ref()),
            harmless_lines(&blocker.message)
        );
    }
    out
}

pub fn uncertain(plan: &Plan, project: &Project) -> String {
    let mut out = String::new();
    let path = |path: &Path| harmless(shown(path, project).as_ref());
    for one in &plan.possible {
        let reason = one.reference.doubt.reason().unwrap_or("not certain");
        let _ = writeln!(
            out,
            "  possible: {}:{}  {}  ({})",
            path(&one.file),
            one.reference.location,
            harmless((*one.reference.path).as_ref()),
            harmless(reason.as_ref())
        );
    }
    for (file, reason) in &plan.not_scanned {
        let place = file.as_deref().map(|file| format!("{}: ", path(file)));
        let _ = writeln!(
            out,
            "  not scanned: {}{}",
            place.unwrap_or_default(),
            harmless(reason.as_ref())
        );
    }
    for file in &plan.excluded {
        let _ = writeln!(out, "  excluded: {}", path(file));
    }
    out
}

fn harmless_lines(text: &str) -> String {
    let lines = text.split('\n').map(|line| harmless(line.as_ref()));
    lines.collect::<Vec<_>>().join("\n")
}

fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    }
}

/// Text on stderr.
fn say(text: &str) -> anyhow::Result<()> {
    Ok(std::io::stderr().write_all(text.as_bytes())?)
}
