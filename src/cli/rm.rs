//! `conndeck rm`: deletes connections that nothing uses, by a scan at that moment.

use std::fmt::Write as _;

use clap::Args;

use super::failure::{failure_with, of_save};
use super::output::{self, Manner, count};
use super::{Exit, find, in_silence, prompt, shown, undo, uses};
use crate::history::Done;
use crate::project::Project;
use crate::store::{Access, Deleted, SaveError, StoreFile, harmless};
use crate::workflow::{self, About, Report, Scanned};

/// Delete connections that nothing uses.
///
/// The workflows are scanned at that moment. If any of the connections is used, or a use can't be
/// ruled out, nothing is touched and every use is listed.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck rm weaviate-staging\n  conndeck rm weaviate-staging cohere-trial --yes\n  conndeck rm openai-prod --dry-run               what stands in the way\n  conndeck rm openai-dev --yes --allow-possible   although `openai-${oc.env:STAGE}` may mean it"
)]
pub struct Rm {
    /// The connections; all of them go, or none
    #[arg(value_name = "ID", required = true, add = super::complete::ids())]
    ids: Vec<String>,
    /// Say what would happen, and touch nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask; needed where nobody can be asked
    #[arg(long)]
    yes: bool,
    /// Delete although a variable may make a workflow use it
    #[arg(long)]
    allow_possible: bool,
}

impl Rm {
    pub(super) fn run(mut self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        let mut seen = std::collections::HashSet::new();
        self.ids.retain(|id| seen.insert(id.clone()));
        let files = self.files(project)?;
        let report = self.scan(project)?;
        let abouts: Vec<(&str, About<'_>)> = self
            .ids
            .iter()
            .map(|id| (id.as_str(), report.about(id)))
            .collect();
        let blocked: Vec<&(&str, About<'_>)> = abouts
            .iter()
            .filter(|(_, about)| self.is_blocked(about))
            .collect();
        if !blocked.is_empty() {
            let list = use_list(&blocked, project);
            if self.dry_run {
                output::print(&list)?;
            } else {
                output::complain(list.trim_end());
            }
            say_scanned(&report.scanned, project);
            return Err(in_use(&blocked, self.allow_possible));
        }
        let doubts = doubts(&report.scanned, project);
        if self.dry_run {
            say_scanned(&report.scanned, project);
            return Self::print_plan(&files, &abouts, &doubts, project);
        }
        if self.yes && doubts.is_empty() {
            manner.detail(&scanned_line(&report.scanned, project));
        }
        if !self.is_confirmed(&abouts, &report.scanned, &doubts, project)? {
            manner.say("nothing was deleted");
            return Ok(Exit::BadNews);
        }
        // Somebody may have taken a while to answer.
        if !self.yes {
            let again = self.scan(project)?;
            if again.files != report.files {
                return Err(failure_with(
                    Exit::Conflict,
                    "the workflows changed meanwhile: nothing was deleted",
                    "try again",
                ));
            }
        }
        let gone = delete_all(project, &files, manner)?;
        undo::note(project, Done::Deleted(gone), manner);
        for file in &files {
            let path = shown(&file.path, project);
            manner.say(&format!("deleted `{}`", harmless(path.as_ref())));
        }
        Ok(Exit::Fine)
    }

    fn files(&self, project: &Project) -> anyhow::Result<Vec<StoreFile>> {
        self.ids
            .iter()
            .map(|id| Ok(find::only(project, id)?.file))
            .collect()
    }

    fn scan(&self, project: &Project) -> anyhow::Result<Report> {
        let ids: Vec<&str> = self.ids.iter().map(String::as_str).collect();
        Ok(in_silence(|follow| {
            workflow::scan_for(&project.roots, &ids, &project.options, follow)
        })?)
    }

    fn is_blocked(&self, about: &About<'_>) -> bool {
        let may_ask = prompt::can_ask() && !self.yes && !self.dry_run;
        let possible = !about.possible.is_empty() && !self.allow_possible && !may_ask;
        !about.certain.is_empty() || !about.unverifiable.is_empty() || possible
    }

    fn print_plan(
        files: &[StoreFile],
        abouts: &[(&str, About<'_>)],
        doubts: &[String],
        project: &Project,
    ) -> anyhow::Result<Exit> {
        let mut out = String::new();
        for file in files {
            let path = shown(&file.path, project);
            let _ = writeln!(out, "would delete {}", harmless(path.as_ref()));
            if let Access::ReadOnly(reason) = &file.access {
                return Err(of_save(
                    file.id.as_str(),
                    &SaveError::ReadOnly(reason.clone()),
                ));
            }
        }
        for (id, about) in abouts {
            out += &shadowed_lines(id, about, project);
        }
        output::print(&out)?;
        if doubts.is_empty() {
            return Ok(Exit::Fine);
        }
        Err(in_doubt(doubts))
    }

    /// Asks, if it has to; on a terminal only.
    fn is_confirmed(
        &self,
        abouts: &[(&str, About<'_>)],
        scanned: &Scanned,
        doubts: &[String],
        project: &Project,
    ) -> anyhow::Result<bool> {
        let can_ask = prompt::can_ask();
        if self.yes && doubts.is_empty() {
            return Ok(true);
        }
        if !can_ask {
            say_scanned(scanned, project);
            if !doubts.is_empty() {
                return Err(in_doubt(doubts));
            }
            return Err(failure_with(
                Exit::Usage,
                "nobody can be asked here: nothing was deleted",
                "--yes deletes without a question",
            ));
        }
        let mut about_uses = String::new();
        for (id, about) in abouts {
            about_uses += &shadowed_lines(id, about, project);
        }
        if !about_uses.is_empty() {
            output::complain(about_uses.trim_end());
        }
        say_scanned(scanned, project);
        for doubt in doubts {
            output::complain(doubt);
        }
        for (id, about) in abouts {
            if about.possible.is_empty() || self.allow_possible {
                continue;
            }
            output::complain(use_list(&[&(*id, about.clone())], project).trim_end());
            let typed = prompt::ask(&format!("`{id}` may be used; type its id to go on"), None)?;
            if typed != *id {
                return Ok(false);
            }
        }
        let names: Vec<String> = self
            .ids
            .iter()
            .map(|id| format!("`{}`", harmless(id.as_ref())))
            .collect();
        let names = names.join(", ");
        if doubts.is_empty() {
            return prompt::confirm(&format!("delete {names}?"));
        }
        let typed = prompt::ask(
            &format!("whether {names} is used is not sure; type the id to delete it"),
            None,
        )?;
        Ok(typed == self.ids.join(" "))
    }
}

/// Deletes all, or nothing.
pub fn delete_all(
    project: &Project,
    files: &[StoreFile],
    manner: Manner,
) -> anyhow::Result<Vec<Deleted>> {
    project.store.delete_all(files).map_err(|(place, error)| {
        undo::note_unconfirmed(project, &error, manner);
        of_save(files[place].id.as_str(), &error)
    })
}

/// What was not looked at: no `--yes` is an answer to that.
pub fn doubts(scanned: &Scanned, project: &Project) -> Vec<String> {
    let mut doubts: Vec<String> = scanned
        .not_scanned
        .iter()
        .map(|one| {
            let text = format!("not scanned: {}: {}", shown(&one.path, project), one.reason);
            harmless(text.as_ref())
        })
        .collect();
    if scanned.roots.is_empty() {
        doubts.push("no workflow was scanned: there is no `workflows` and no `deployments` beside the store".to_owned());
    }
    doubts
}

fn in_doubt(doubts: &[String]) -> anyhow::Error {
    failure_with(
        Exit::BadNews,
        format!(
            "whether it is used is not sure, and nothing was deleted: {}",
            doubts.join("; ")
        ),
        "--workflows PATH names what to scan, `exclude:` in conndeck.yaml what not to",
    )
}

/// Every refusal says what it rests on: what was looked at, what was left out and what not seen.
fn say_scanned(scanned: &Scanned, project: &Project) {
    output::complain(&scanned_line(scanned, project));
}

pub fn scanned_line(scanned: &Scanned, project: &Project) -> String {
    let roots: Vec<String> = scanned
        .roots
        .iter()
        .map(|root| format!("`{}`", harmless(shown(root, project).as_ref())))
        .collect();
    let mut line = format!(
        "scanned {} in {}",
        count(scanned.files, "file"),
        if roots.is_empty() {
            "no directory".to_owned()
        } else {
            roots.join(", ")
        }
    );
    for path in &scanned.excluded {
        let _ = write!(
            line,
            "; left out `{}`",
            harmless(shown(path, project).as_ref())
        );
    }
    line
}

pub fn shadowed_lines(id: &str, about: &About<'_>, project: &Project) -> String {
    let mut out = String::new();
    for (path, one) in &about.shadowed {
        let text = format!(
            "{}:{}  {}  `{id}` is defined locally at {}",
            shown(path, project),
            one.reference.location,
            one.reference.path,
            one.by
        );
        let _ = writeln!(out, "{}", harmless(text.as_ref()));
    }
    out
}

pub fn use_list(blocked: &[&(&str, About<'_>)], project: &Project) -> String {
    let mut out = String::new();
    for (id, about) in blocked {
        let _ = writeln!(out, "{}:", harmless(id.as_ref()));
        for line in uses::lines(about, project) {
            let _ = writeln!(out, "  {line}");
        }
    }
    out
}

pub fn in_use(blocked: &[&(&str, About<'_>)], allows_possible: bool) -> anyhow::Error {
    let parts: Vec<String> = blocked
        .iter()
        .map(|(id, about)| {
            let mut files: Vec<_> = about.certain.iter().map(|(path, _)| path).collect();
            files.dedup();
            let mut what = Vec::new();
            if !about.certain.is_empty() {
                let uses = count(about.certain.len(), "time");
                what.push(format!("used {uses} in {}", count(files.len(), "file")));
            }
            if !about.possible.is_empty() && !allows_possible {
                what.push(format!(
                    "possibly used {}",
                    count(about.possible.len(), "time")
                ));
            }
            if !about.unverifiable.is_empty() {
                what.push(format!(
                    "not verifiable in {}",
                    count(about.unverifiable.len(), "place")
                ));
            }
            format!("`{}` is {}", harmless(id.as_ref()), what.join(", "))
        })
        .collect();
    let only_possible = blocked
        .iter()
        .all(|(_, about)| about.certain.is_empty() && about.unverifiable.is_empty());
    let hint = if only_possible {
        "--allow-possible deletes it all the same"
    } else {
        "change the workflows first; nothing was touched"
    };
    failure_with(
        Exit::BadNews,
        format!("{}: nothing was deleted", parts.join("; ")),
        hint,
    )
}
