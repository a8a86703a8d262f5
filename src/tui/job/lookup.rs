//! What is read for the row under the cursor: the lines around a place, and what takes a reading of
//! a workflow file itself.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::Worker;
use crate::audit::Audit;
use crate::connection::Location;
use crate::needs::Needs;
use crate::rename::masked_text;
use crate::tui::excerpt::Excerpt;
use crate::tui::workflows::Facts;
use crate::workflow::{self, Follow};

/// A larger file is no text to be read by the eye, and would be parsed for five lines of it.
const MOST_BYTES: u64 = 4 << 20;

/// Rules that say what the panel says at the reference, the variable or the place itself.
const SAID: &[&str] = &["unverifiable-workflow", "unset-variable"];

impl Worker {
    pub(super) fn excerpt(&self, path: &Path, place: Location) -> Result<Excerpt, String> {
        let text = workflow::read_text_within(path, MOST_BYTES)?;
        let text = masked_text(&text, &self.project.catalog);
        let gone = || format!("the file has no line {} any more", place.line);
        Excerpt::of(&text, place).ok_or_else(gone)
    }

    pub(super) fn facts(&mut self, path: &Path, cancel: &AtomicBool) -> anyhow::Result<Facts> {
        let inventory = self.load()?;
        let follow = Follow {
            progress: &|_| {},
            cancel,
        };
        let needs = Needs::of(&self.project, &inventory, Some(path), &follow)?;
        let found = Audit::of_workflow(&self.project, &inventory, path, &follow)?;
        let findings = found.into_iter().map(|one| one.finding);
        Ok(Facts {
            variables: needs.variables,
            findings: findings.filter(|one| !SAID.contains(&one.rule)).collect(),
        })
    }
}
