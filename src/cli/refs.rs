//! `conndeck refs`: every use of connections in the workflows.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::output::arrays::{self, array};
use super::output::{self, Manner};
use super::{Exit, failure, find, in_silence, shown};
use crate::connection::{ConnectionId, Location};
use crate::parallel;
use crate::project::Project;
use crate::reference::{Certainty, FileScan, Reference};
use crate::store::{harmless, put_harmless};
use crate::workflow::{self, Report, json};

/// So many files are put into words by one thread before it takes the next ones.
const CHUNK: usize = 16;

/// Show every use of connections in the workflows.
#[derive(Debug, Args)]
#[command(
    before_help = "Examples:\n  conndeck refs                    every use of every connection\n  conndeck refs openai-prod        where one is used; exit 1 if nowhere for sure\n  conndeck refs openai-prod --json"
)]
pub struct Refs {
    /// The ids; all, defined in the store or not, if none is given
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

impl Refs {
    pub(super) fn run(self, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        let report = if self.ids.is_empty() {
            in_silence(|follow| {
                workflow::index(&project.roots, &project.options, &project.cache, follow)
            })?
            .report
        } else {
            let ids: Vec<&str> = self.ids.iter().map(String::as_str).collect();
            in_silence(|follow| {
                workflow::look_up(
                    &project.roots,
                    &ids,
                    &project.options,
                    &project.cache,
                    follow,
                )
            })?
        };
        let files: Vec<_> = report.files.iter().collect();
        let parts: Vec<_> = files.chunks(CHUNK).collect();
        if self.json {
            let shown = |path: &Path| shown(path, project);
            let references = |part: usize| array(&json::References(parts[part], &shown));
            let shadowed = |part: usize| array(&json::ShadowedOnes(parts[part], &shown));
            let unverifiable = |part: usize| array(&json::Unverifiables(parts[part], &shown));
            arrays::print(
                &json::Head::new(&report),
                &[
                    ("references", &references),
                    ("shadowed", &shadowed),
                    ("unverifiable", &unverifiable),
                ],
                parts.len(),
            )?;
        } else {
            output::print_parts(&parallel::map(&parts, 1, |files| text(files, project)))?;
        }
        let exit = self.exit(&report, project, manner);
        // The program ends here, and the system frees all at once.
        std::mem::forget(report);
        exit
    }

    fn exit(&self, report: &Report, project: &Project, manner: Manner) -> anyhow::Result<Exit> {
        if self.ids.is_empty() {
            return Ok(Exit::Fine);
        }
        let mut exit = Exit::BadNews;
        for id in &self.ids {
            let mut uses = report
                .references()
                .filter(|(_, reference)| reference.concerns(id));
            if uses.any(|(_, reference)| reference.certainty == Certainty::Certain) {
                exit = Exit::Fine;
            }
        }
        for id in &self.ids {
            let is_named = report.files.values().any(|scan| {
                scan.references
                    .iter()
                    .any(|reference| reference.concerns(id))
                    || scan.shadowed.iter().any(|one| one.reference.concerns(id))
            });
            if !is_named && !project.store.has(&ConnectionId::new(id)) {
                manner.say(&format!(
                    "conndeck: `{}` is neither defined nor used",
                    harmless(id.as_ref())
                ));
                let near = find::nearest_ids(&project.store.list()?, id);
                if !near.is_empty() {
                    let near: Vec<&str> = near.iter().map(ConnectionId::as_str).collect();
                    manner.say(&format!("hint: {}", failure::did_you_mean(&near)));
                }
                exit = Exit::NotFound;
            }
        }
        Ok(exit)
    }
}

/// The uses in files, a line each.
fn text(files: &[(&Arc<Path>, &Arc<FileScan>)], project: &Project) -> String {
    let mut out = String::new();
    let mut text = String::new();
    for (path, scan) in files {
        let file = shown(path, project);
        let mut line = |place: Location, about: fmt::Arguments<'_>| {
            text.clear();
            // Writing to a string can't fail.
            let _ = write!(text, "{file}:{place}  {about}");
            put_harmless(&mut out, text.as_ref());
            out.push('\n');
        };
        for reference in &scan.references {
            let id = reference.shown_id().unwrap_or("?");
            let certainty = match reference.certainty {
                Certainty::Certain => "",
                Certainty::Possible => "  possible",
            };
            let (path, reason) = (&reference.path, reason(reference));
            line(
                reference.location,
                format_args!("{id}  {path}{certainty}{reason}"),
            );
        }
        for one in &scan.shadowed {
            let id = one.reference.shown_id().unwrap_or("?");
            let (path, by) = (&one.reference.path, one.by_path());
            line(
                one.reference.location,
                format_args!("{id}  {path}  shadowed by {by} at {}", one.by),
            );
        }
        for one in &scan.unverifiable {
            line(one.location, format_args!("unverifiable: {}", one.message));
        }
    }
    out
}

fn reason(reference: &Reference) -> String {
    reference
        .doubt
        .reason()
        .map(|reason| format!("  ({reason})"))
        .unwrap_or_default()
}
