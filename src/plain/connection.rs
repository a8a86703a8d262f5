//! Looking at connections in plain mode: the list, the ones that match, and one of them.

use std::sync::Arc;

use super::Plain;
use super::talk::Choice;
use crate::cli::output::count;
use crate::cli::{Exit, find, in_silence, show};
use crate::filter::{self, Searched};
use crate::inventory::{Entry, Inventory};
use crate::project::Project;
use crate::store::StoreFile;
use crate::workflow::{self, Index, Report};

/// The connections of the store.
pub fn inventory(project: &Project) -> anyhow::Result<Inventory> {
    find::inventory(project)
}

impl Plain<'_> {
    /// Every connection that the filter leaves, numbered, a page at a time.
    pub fn list(&mut self, words: &str) -> anyhow::Result<Exit> {
        let inventory = inventory(self.project)?;
        // Without it everything else can still be said.
        let index = in_silence(|follow| {
            workflow::index(
                &self.project.roots,
                &self.project.options,
                &self.project.cache,
                follow,
            )
        })
        .ok();
        let rows: Vec<String> = inventory
            .entries
            .iter()
            .filter(|entry| is_found(words, entry, index.as_ref()))
            .map(|entry| row(entry, index.as_ref()))
            .collect();
        if rows.is_empty() {
            self.talk.say(if inventory.entries.is_empty() {
                "there are no connections yet: `add` makes the first one"
            } else {
                "no connection matches"
            })?;
            return Ok(Exit::Fine);
        }
        self.talk
            .say(&format!("{}:", count(rows.len(), "connection")))?;
        let lines: Vec<String> = rows
            .iter()
            .enumerate()
            .map(|(place, row)| format!("{}. {row}", place + 1))
            .collect();
        self.talk.say_in_pages(&lines)?;
        Ok(Exit::Fine)
    }

    /// Those that have the words.
    pub fn find(&mut self, words: &str) -> anyhow::Result<Exit> {
        if !words.is_empty() {
            return self.list(words);
        }
        let words = self.talk.ask(
            "Words, `type:T`, `tag:T`, `is:unused` or `is:broken` (q: cancel)",
            None,
        )?;
        self.list(&words)
    }

    /// All about one.
    pub fn show(&mut self, rest: &str) -> anyhow::Result<Exit> {
        let file = self.pick(rest)?;
        let text = show::described(file.id.as_str(), self.project, self.manner)?;
        self.talk.say(text.trim_end())?;
        Ok(Exit::Fine)
    }

    /// The connection that is meant: the one of that id, or one that is chosen.
    pub fn pick(&mut self, id: &str) -> anyhow::Result<StoreFile> {
        if !id.is_empty() {
            return Ok(find::only(self.project, id)?.file);
        }
        let inventory = inventory(self.project)?;
        if inventory.entries.is_empty() {
            self.talk.say("there are no connections yet")?;
            return Err(super::Cancelled.into());
        }
        let choices: Vec<Choice> = inventory
            .entries
            .iter()
            .map(|entry| Choice {
                key: entry.id().to_string(),
                text: row(entry, None),
            })
            .collect();
        let place = self.talk.choose("Connection", &choices)?;
        Ok(inventory.entries[place].file.clone())
    }

    /// What uses a connection, at this moment.
    pub fn scan(&self, id: &str) -> anyhow::Result<Report> {
        let project = self.project;
        Ok(in_silence(|follow| {
            workflow::scan_for(&project.roots, &[id], &project.options, follow)
        })?)
    }
}

fn used_by(entry: &Entry, index: Option<&Index>) -> Option<usize> {
    Some(index?.uses(entry.id().as_str()).count())
}

fn is_found(words: &str, entry: &Arc<Entry>, index: Option<&Index>) -> bool {
    let summary = &entry.summary;
    let searched = Searched {
        id: entry.id().as_str(),
        name: &summary.name,
        types: [
            &summary.type_label,
            summary.type_path.as_deref().unwrap_or_default(),
        ],
        tags: &summary.tags,
        used_by: used_by(entry, index),
        broken: summary.broken.is_some(),
    };
    filter::matches(words, &searched)
}

/// A connection on one line, what matters most first.
fn row(entry: &Entry, index: Option<&Index>) -> String {
    let id = entry.id().as_str();
    let summary = &entry.summary;
    let mut parts = vec![id.to_owned()];
    if let Some(broken) = &summary.broken {
        parts.push(format!("can't be read: {}", broken.message));
        return parts.join(", ");
    }
    if summary.name != id {
        parts.push(summary.name.clone());
    }
    parts.push(if summary.type_label.is_empty() {
        "no type".to_owned()
    } else {
        summary.type_label.clone()
    });
    if let Some(uses) = used_by(entry, index) {
        parts.push(format!("used {}", count(uses, "time")));
    }
    parts.join(", ")
}
