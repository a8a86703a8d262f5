//! Plain mode: the same flows as labelled prompts, line by line, for screen readers, serial lines
//! and terminals that can only print.
//!
//! It stands on the command line: it asks for what the commands are given as arguments, and does
//! with the answers what they do. Nothing is written before the last question of a flow is answered
//! with yes.

mod add;
mod connection;
mod delete;
mod edit;
mod field;
mod rename;
mod talk;

use crate::cli::output::{Manner, count};
use crate::cli::{Exit, explain, undo, uses};
use crate::history;
use crate::project::Project;
use crate::store::harmless;
use talk::{Cancelled, Talk};

/// What can be done. The first letters of a name are enough.
const COMMANDS: [(&str, Command, &str); 11] = [
    (
        "list",
        Command::List,
        "every connection, with type and uses",
    ),
    ("show", Command::Show, "one connection, secrets masked"),
    (
        "find",
        Command::Find,
        "those that have some words; also `type:`, `tag:`, `is:unused`, `is:broken`",
    ),
    ("add", Command::Add, "a new connection"),
    ("edit", Command::Edit, "fields of a connection"),
    ("delete", Command::Delete, "a connection that nothing uses"),
    (
        "rename",
        Command::Rename,
        "another id, in every workflow too",
    ),
    ("uses", Command::Uses, "where workflows use a connection"),
    (
        "undo",
        Command::Undo,
        "take back the last thing that was done",
    ),
    ("help", Command::Help, "this list"),
    ("quit", Command::Quit, "leave; so does `q`"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    List,
    Show,
    Find,
    Add,
    Edit,
    Delete,
    Rename,
    Uses,
    Undo,
    Help,
    Quit,
}

/// What every flow has at hand.
struct Plain<'p> {
    project: &'p Project,
    manner: Manner,
    talk: Talk,
}

/// Asks and does until somebody leaves. Answers from a pipe end at the first thing that can't be
/// done: what follows was meant for other questions. The exit code is the worst of all that was asked for if the
/// answers come from a pipe, so that a script can rely on it; a person has read what happened.
///
/// # Errors
/// If nothing can be said any more.
pub fn run(project: &Project, manner: Manner) -> anyhow::Result<Exit> {
    let mut plain = Plain {
        project,
        manner,
        talk: Talk::new(),
    };
    let worst = plain.converse()?;
    Ok(if plain.talk.is_typed() {
        Exit::Fine
    } else {
        worst
    })
}

impl Plain<'_> {
    fn converse(&mut self) -> anyhow::Result<Exit> {
        let greeting = match connection::inventory(self.project) {
            Ok(inventory) if !inventory.entries.is_empty() => {
                count(inventory.entries.len(), "connection")
            }
            Ok(_) => "no connections yet: `add` makes the first one".to_owned(),
            Err(error) => explain(&error).1,
        };
        let dir = self.shown(self.project.store.dir());
        self.talk
            .say(&format!("Conndeck, plain mode. {dir}: {greeting}."))?;
        let mut worst = Exit::Fine;
        loop {
            let Some(line) = self.talk.line("Command (help: list them, q: leave)")? else {
                return Ok(worst);
            };
            let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
            let exit = match command(word) {
                _ if word.is_empty() => continue,
                Some(Command::Quit) => return Ok(worst),
                Some(command) => self.perform(command, rest.trim())?,
                None => {
                    self.talk.say(&format!("there is no command `{word}`"))?;
                    Exit::Usage
                }
            };
            worst = worst.max(exit);
            if exit > Exit::BadNews && !self.talk.is_typed() {
                // The lines that follow were meant for questions that never came.
                return Ok(worst);
            }
        }
    }

    /// Does a command; what goes wrong is said, and the next command can be given.
    fn perform(&mut self, command: Command, rest: &str) -> anyhow::Result<Exit> {
        let done = match command {
            Command::List => self.list(""),
            Command::Show => self.show(rest),
            Command::Find => self.find(rest),
            Command::Add => self.add(rest),
            Command::Edit => self.edit(rest),
            Command::Delete => self.delete(rest),
            Command::Rename => self.rename(rest),
            Command::Uses => self.uses(rest),
            Command::Undo => self.undo(),
            Command::Help => self.help().map(|()| Exit::Fine),
            Command::Quit => Ok(Exit::Fine),
        };
        let error = match done {
            Ok(exit) => return Ok(exit),
            Err(error) => error,
        };
        if error.is::<Cancelled>() {
            self.talk.say(&error.to_string())?;
            return Ok(Exit::BadNews);
        }
        let (exit, message, hint) = explain(&error);
        if exit == Exit::Interrupted {
            return Err(error);
        }
        self.talk.say(&format!("Error: {message}"))?;
        if let Some(hint) = hint {
            self.talk.say(&format!("Hint: {hint}"))?;
        }
        Ok(exit)
    }

    fn help(&self) -> anyhow::Result<()> {
        let lines: Vec<String> = COMMANDS
            .iter()
            .map(|(name, _, about)| format!("  {name}: {about}"))
            .collect();
        self.talk.say(&lines.join("\n"))?;
        self.talk.say(
            "The first letters of a command are enough, and the id of a connection may follow, as in `show openai`. In a question, `q` or Ctrl-D cancels and nothing is written; Ctrl-C ends the program. A default stands in brackets: Enter takes it.",
        )
    }

    fn uses(&mut self, rest: &str) -> anyhow::Result<Exit> {
        let file = self.pick(rest)?;
        let id = file.id.as_str();
        let report = self.scan(id)?;
        let lines = uses::lines(&report.about(id), self.project);
        let shown = harmless(id.as_ref());
        if lines.is_empty() {
            self.talk.say(&format!("nothing uses `{shown}`"))?;
        } else {
            self.talk.say(&format!(
                "`{shown}` is used in {}:",
                count(lines.len(), "place")
            ))?;
            self.talk.say_in_pages(&lines)?;
        }
        Ok(Exit::Fine)
    }

    fn undo(&mut self) -> anyhow::Result<Exit> {
        let listed = history::list(self.project);
        for warning in &listed.warnings {
            self.talk.say(warning)?;
        }
        let Some(entry) = listed.entries.first() else {
            return Err(undo::nothing(self.project));
        };
        let name = format!("undo: {}, {}", entry.summary, entry.ago());
        if !self.talk.confirm(&format!("{name}?"))? {
            return Err(Cancelled.into());
        }
        let undone = crate::cli::in_silence(|follow| history::undo(self.project, entry, follow));
        undone.map_err(|error| undo::refused(&name, error))?;
        self.talk.say(&format!("done: {name}"))?;
        Ok(Exit::Fine)
    }

    fn shown(&self, path: &std::path::Path) -> String {
        harmless(crate::cli::shown(path, self.project).as_ref())
    }
}

/// The command whose name begins so, the first one in the table's order.
fn command(word: &str) -> Option<Command> {
    let word = word.to_ascii_lowercase();
    COMMANDS
        .iter()
        .find(|(name, _, _)| name.starts_with(&word))
        .map(|(_, command, _)| *command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_by_its_name_and_by_a_letter_that_says_so() {
        for (name, wanted, _) in COMMANDS {
            assert_eq!(command(name), Some(wanted));
            assert_eq!(command(&name.to_uppercase()), Some(wanted));
        }
        assert_eq!(command("d"), Some(Command::Delete));
        assert_eq!(command("un"), Some(Command::Undo));
        assert_eq!(command("q"), Some(Command::Quit));
        assert_eq!(command("rm"), None);
    }
}
