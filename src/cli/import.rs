//! `conndeck import`: the definitions of workflows into the store.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::output::{Manner, complain};
use super::workflow_file::{self, say_at};
use super::{Exit, output, undo};
use crate::bridge::{
    self, Clashes, Equals, Form, Import as Plan, Inline, Item, Outcome, Source, Wanted, Workflows,
};
use crate::history::Done;
use crate::project::{Project, WorkflowFile, connections, write_import};
use crate::store::{Imported, RenameError, harmless};

/// Take the definitions of workflows into the store.
///
/// A definition that is in the store already, with the same values, is left alone. One whose id
/// means something else there is reported, and nothing at all is written then.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[command(
    before_help = "Examples:\n  conndeck import workflows/*.yaml --dry-run            what would become of each definition\n  conndeck import workflows/*.yaml --rewrite            … and the workflows use the store\n  conndeck import a.yaml b.yaml --rename-clashes        a definition that differs gets another id"
)]
pub struct Import {
    /// The workflows
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Also maps in the place of a reference (`connection: {type: …}`)
    #[arg(long)]
    inline: bool,
    /// Remove what was imported from the workflows
    #[arg(long)]
    rewrite: bool,
    /// Give a definition another id if its own means something else in the store
    #[arg(long)]
    rename_clashes: bool,
    /// Use one connection for definitions that are equal under different ids
    #[arg(long)]
    merge_equal: bool,
    /// Write nothing
    #[arg(long)]
    dry_run: bool,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        let mut files = Vec::new();
        let mut worst = Exit::Fine;
        for path in &self.files {
            match workflow_file::read(path, project) {
                Ok(file) => files.push(file),
                Err(exit) => worst = worst.max(exit),
            }
        }
        if worst != Exit::Fine {
            return Ok(worst);
        }
        let sources: Vec<Source> = files.iter().map(|file| file.source.clone()).collect();
        let store = connections(project)?;
        let plan =
            |wanted| bridge::import(&sources, &store, &project.catalog, &project.options, wanted);
        let mut wanted = self.wanted();
        let mut import = plan(wanted);
        if import.has_clash() && self.may_ask() && wants_new_ids(&import, &sources)? {
            wanted.clashes = Clashes::Rename;
            import = plan(wanted);
        }
        let is_done = !self.dry_run && !import.has_clash();
        if is_done {
            match write(&import, &files, project) {
                Ok(imported) if imported.is_empty() => {}
                Ok(imported) => undo::note(project, Done::Imported(imported), manner),
                Err(exit) => return Ok(exit),
            }
        }
        let reported = self.report(&import, &sources, is_done);
        if is_done {
            reported.context("it was imported, but what was done can't be printed")?;
        } else {
            reported?;
        }
        Ok(if !import.invalid.is_empty() {
            Exit::Invalid
        } else if import.has_clash() || import.has_refusal() {
            Exit::BadNews
        } else {
            Exit::Fine
        })
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            inline: if self.inline {
                Inline::Take
            } else {
                Inline::Leave
            },
            workflows: if self.rewrite {
                Workflows::Rewrite
            } else {
                Workflows::Leave
            },
            clashes: if self.rename_clashes {
                Clashes::Rename
            } else {
                Clashes::Report
            },
            equals: if self.merge_equal {
                Equals::Merge
            } else {
                Equals::Separate
            },
        }
    }

    fn may_ask(&self) -> bool {
        !self.json && !self.dry_run && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn report(&self, import: &Plan, sources: &[Source], is_done: bool) -> anyhow::Result<()> {
        let name = |number: usize| sources[number].name.as_str();
        for (number, location, message) in &import.invalid {
            let message = format!("Dynamiq's loader refuses the file: {message}");
            say_at(name(*number), Some(*location), &message);
        }
        if self.json {
            return output::print_json(&Listed::new(import, sources, is_done));
        }
        let mut out = String::new();
        for item in &import.items {
            let line = format!(
                "{}:{}: {}",
                name(item.source),
                item.location,
                sentence(item)
            );
            out.push_str(&harmless(line.as_ref()));
            out.push('\n');
        }
        for (number, _) in &import.rewrite {
            let line = format!("{}: uses the store now", name(*number));
            out.push_str(&harmless(line.as_ref()));
            out.push('\n');
        }
        output::print(&out)?;
        if import.has_clash() {
            complain("conndeck: nothing was written: an id means different connections");
            complain("hint: `--rename-clashes` gives those that come later another id");
        } else if !is_done {
            complain("conndeck: nothing was written: this is what would be done");
        }
        Ok(())
    }
}

/// What becomes of a definition, in words.
fn sentence(item: &Item) -> String {
    let own = item.id.as_deref().unwrap_or(item.path.as_str());
    let what = match &item.outcome {
        Outcome::Created(id) if id == own => format!("`{own}` is a new connection"),
        Outcome::Created(id) => format!("`{own}` is a new connection, `{id}`"),
        Outcome::Same(id) if id == own => format!("`{own}` equals the connection of that id"),
        Outcome::Same(id) => format!("`{own}` equals the connection `{id}`, which takes its place"),
        Outcome::Clash { taken, proposed } => {
            format!("`{own}` differs from the connection `{taken}`; it could become `{proposed}`")
        }
        Outcome::Refused(reason) => format!("`{own}` stays in the workflow: {reason}"),
    };
    match (&item.outcome, item.equal_to.as_slice()) {
        (_, []) | (Outcome::Refused(_), _) => what,
        (Outcome::Created(_) | Outcome::Same(_) | Outcome::Clash { .. }, others) => {
            format!("{what}; equal to `{}`", others.join("`, `"))
        }
    }
}

/// Lists the clashes and asks what to do about them.
fn wants_new_ids(import: &Plan, sources: &[Source]) -> anyhow::Result<bool> {
    for item in &import.items {
        if matches!(item.outcome, Outcome::Clash { .. }) {
            say_at(
                &sources[item.source].name,
                Some(item.location),
                &sentence(item),
            );
        }
    }
    let mut out = io::stderr().lock();
    write!(out, "Give these the other ids? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Creates the connections and rewrites the workflows: all of it, or nothing.
fn write(import: &Plan, files: &[WorkflowFile], project: &Project) -> Result<Imported, Exit> {
    write_import(project, import, files).map_err(|error| {
        complain(&format!("conndeck: {error}"));
        if !matches!(error, RenameError::PutBackFailed(_)) {
            complain("hint: nothing was imported");
        }
        match error {
            RenameError::Changed(_) | RenameError::Exists(_) | RenameError::Locked => {
                Exit::Conflict
            }
            RenameError::Refused => Exit::BadNews,
            RenameError::ReadOnly(..) | RenameError::Io(_) | RenameError::PutBackFailed(_) => {
                Exit::System
            }
        }
    })
}

#[derive(Serialize)]
struct Listed<'l> {
    version: u32,
    written: bool,
    definitions: Vec<Row<'l>>,
    created: Vec<&'l str>,
    rewritten: Vec<&'l str>,
    invalid: Vec<Invalid<'l>>,
}

#[derive(Serialize)]
struct Row<'l> {
    file: &'l str,
    line: u32,
    column: u32,
    path: &'l str,
    form: &'static str,
    id: Option<&'l str>,
    #[serde(rename = "type")]
    kind: Option<&'l str>,
    outcome: &'static str,
    connection: Option<&'l str>,
    proposed: Option<&'l str>,
    message: Option<&'l str>,
    equal_to: &'l [String],
}

#[derive(Serialize)]
struct Invalid<'l> {
    file: &'l str,
    line: u32,
    column: u32,
    message: &'l str,
}

impl<'l> Listed<'l> {
    fn new(import: &'l Plan, sources: &'l [Source], is_done: bool) -> Self {
        let name = |number: usize| sources[number].name.as_str();
        Self {
            version: 1,
            written: is_done,
            definitions: import
                .items
                .iter()
                .map(|item| Row::new(item, name(item.source)))
                .collect(),
            created: import.create.iter().map(|(id, _)| id.as_str()).collect(),
            rewritten: import
                .rewrite
                .iter()
                .map(|(number, _)| name(*number))
                .collect(),
            invalid: import
                .invalid
                .iter()
                .map(|(number, location, message)| Invalid {
                    file: name(*number),
                    line: location.line,
                    column: location.column,
                    message,
                })
                .collect(),
        }
    }
}

impl<'l> Row<'l> {
    fn new(item: &'l Item, file: &'l str) -> Self {
        let (outcome, proposed, message) = match &item.outcome {
            Outcome::Created(_) => ("created", None, None),
            Outcome::Same(_) => ("same", None, None),
            Outcome::Clash { proposed, .. } => ("clash", Some(proposed.as_str()), None),
            Outcome::Refused(reason) => ("refused", None, Some(reason.as_str())),
        };
        Self {
            file,
            line: item.location.line,
            column: item.location.column,
            path: &item.path,
            form: match item.form {
                Form::Definition => "definition",
                Form::Inline => "inline",
            },
            id: item.id.as_deref(),
            kind: item.type_path.as_deref(),
            outcome,
            connection: item.outcome.connection(),
            proposed,
            message,
            equal_to: &item.equal_to,
        }
    }
}
