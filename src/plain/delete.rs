//! Deleting in plain mode: a scan of that moment, then a question that names the connection.

use super::Plain;
use super::talk::Cancelled;
use crate::cli::failure::{failure, failure_with};
use crate::cli::{Exit, rm, undo};
use crate::history::Done;
use crate::store::{Access, harmless};

impl Plain<'_> {
    /// Deletes one connection, if nothing uses it.
    pub fn delete(&mut self, rest: &str) -> anyhow::Result<Exit> {
        let file = self.pick(rest)?;
        let id = file.id.as_str();
        let shown = harmless(id.as_ref());
        let report = self.scan(id)?;
        let about = report.about(id);
        let scanned = rm::scanned_line(&report.scanned, self.project);
        let one = (id, about.clone());
        if !about.certain.is_empty() || !about.unverifiable.is_empty() {
            self.talk.say(&format!("`{shown}` can't be deleted."))?;
            let lines = rm::use_list(&[&one], self.project);
            let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
            self.talk.say_in_pages(&lines)?;
            self.talk.say(&scanned)?;
            return Err(rm::in_use(&[&one], false));
        }
        if let Access::ReadOnly(reason) = &file.access {
            return Err(failure(
                Exit::System,
                format!("`{shown}` can't be deleted: {reason}"),
            ));
        }
        self.talk.say(&scanned)?;
        let shadowed = rm::shadowed_lines(id, &about, self.project);
        if !shadowed.is_empty() {
            self.talk.say(shadowed.trim_end())?;
        }
        let doubts = rm::doubts(&report.scanned, self.project);
        if !about.possible.is_empty() || !doubts.is_empty() {
            self.talk
                .say(rm::use_list(&[&one], self.project).trim_end())?;
            for doubt in &doubts {
                self.talk.say(doubt)?;
            }
            let question = format!("`{shown}` may be in use; type its id to delete it (Enter: no)");
            if self.talk.ask(&question, None)? != id {
                return Err(Cancelled.into());
            }
        } else {
            self.talk.say("no workflow uses it")?;
        }
        let path = self.shown(&file.path);
        if !self
            .talk
            .confirm(&format!("Delete `{shown}`, the file {path}?"))?
        {
            return Err(Cancelled.into());
        }
        // Somebody may have taken a while to answer.
        if self.scan(id)?.files != report.files {
            return Err(failure_with(
                Exit::Conflict,
                "the workflows changed meanwhile: nothing was deleted",
                "try again",
            ));
        }
        let gone = rm::delete_all(self.project, &[file], self.manner)?;
        undo::note(self.project, Done::Deleted(gone), self.manner);
        self.talk
            .say(&format!("deleted {path}; `undo` brings it back"))?;
        Ok(Exit::Fine)
    }
}
