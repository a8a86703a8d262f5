//! Renaming in plain mode: what would change is shown, then it is asked about.

use std::path::Path;

use super::Plain;
use super::talk::Cancelled;
use crate::cli::failure::failure;
use crate::cli::output::count;
use crate::cli::{Exit, rename, undo};
use crate::history::Done;
use crate::project::{apply_rename, plan_rename};
use crate::rename::unified_diff;
use crate::store::{RenameError, harmless};

impl Plain<'_> {
    /// Gives a connection another id, in its file and in every workflow.
    pub fn rename(&mut self, rest: &str) -> anyhow::Result<Exit> {
        let file = self.pick(rest)?;
        let old = file.id.as_str();
        let shown = harmless(old.as_ref());
        let new = self
            .talk
            .ask(&format!("New id for `{shown}` (Enter or q: cancel)"), None)?;
        let new = new.trim();
        if new.is_empty() {
            return Err(Cancelled.into());
        }
        let plan = plan_rename(self.project, old, new)?;
        if !plan.blockers.is_empty() {
            self.talk
                .say(rename::blocked(&plan, self.project).trim_end())?;
            return Ok(Exit::BadNews);
        }
        let path = |path: &Path| self.shown(path);
        let diff = unified_diff(&plan, &self.project.catalog, &path);
        self.talk.say("What will change:")?;
        self.talk.say_exactly(diff.lines())?;
        if plan.needs_consent() || !plan.excluded.is_empty() {
            self.talk.say("What stays as it is, and may be meant:")?;
            self.talk
                .say(rename::uncertain(&plan, self.project).trim_end())?;
        }
        let question = format!("Rename `{shown}` to `{}`?", harmless(new.as_ref()));
        if !self.talk.confirm(&question)? {
            return Err(Cancelled.into());
        }
        let renamed = apply_rename(self.project, &plan).map_err(|error| match error {
            RenameError::Io(_) | RenameError::PutBackFailed(_) => error.into(),
            RenameError::ReadOnly(..)
            | RenameError::Refused
            | RenameError::Changed(_)
            | RenameError::Exists(_)
            | RenameError::Locked => {
                failure(Exit::Conflict, format!("{error}: nothing was changed"))
            }
        })?;
        let files = count(renamed.files.len(), "workflow");
        undo::note(self.project, Done::Renamed(renamed), self.manner);
        let uses = count(plan.uses.len(), "reference");
        self.talk.say(&format!(
            "renamed `{shown}` to `{new}`: {uses} in {files}; `undo` takes it back"
        ))?;
        Ok(Exit::Fine)
    }
}
