//! `$XDG_CONFIG_HOME/conndeck/config.yaml`: one person's own settings, on this machine.
//!
//! What a repository must not decide is here and nowhere else: keys, the editor, the mouse. The
//! table [`SETTINGS`] says what there is; documentation is written from it. A mistake costs the
//! entry that it is in and a warning with its place, never the start of the program.

use std::path::Path;
use std::time::Duration;

use crate::catalog::{check_budget, nearest};
use crate::connection::Location;
use crate::document::{self, NodeId, ScalarType, Stream};
use crate::store::{Unreadable, harmless, read_small};

/// What a person may settle.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "keys",
        what: What::Keys,
        shape: "a map of contexts, each a map from an action to a key or a list of keys",
        default: "the keys below",
        help: "Keys of your own; `[]` or `null` takes an action's keys away",
    },
    Setting {
        name: "mouse",
        what: What::Mouse,
        shape: "`true` or `false`",
        default: "`true`",
        help: "`false`: the terminal keeps the mouse, to select text",
    },
    Setting {
        name: "sort",
        what: What::Sort,
        shape: "`file`, `name`, `type`, `use` or `change`",
        default: "`file`",
        help: "What the list is sorted by at first",
    },
    Setting {
        name: "editor",
        what: What::Editor,
        shape: "a command, or a list of its words",
        default: "`$VISUAL`, `$EDITOR`, `vi`",
        help: "The editor for files and long values; wins over `$VISUAL` and `$EDITOR`",
    },
    Setting {
        name: "color",
        what: What::Color,
        shape: "`auto` or `never`",
        default: "`auto`",
        help: "`never`: no colours; `--color` and `NO_COLOR` win",
    },
    Setting {
        name: "reveal_seconds",
        what: What::RevealSeconds,
        shape: "a number from 1 to 3600",
        default: "`30`",
        help: "After so many seconds a secret that was shown hides again",
    },
    Setting {
        name: "draft_secrets",
        what: What::DraftSecrets,
        shape: "`true` or `false`",
        default: "`false`",
        help: "`true`: drafts of forms keep literal secrets too",
    },
    Setting {
        name: "cache",
        what: What::Cache,
        shape: "`true` or `false`",
        default: "`true`",
        help: "`false`: what workflow files refer to is not kept for the next start; `CONNDECK_CACHE` wins",
    },
];

/// So many warnings about one file are told.
const MOST_WARNINGS: usize = 20;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its key in the file.
    pub name: &'static str,
    /// What it decides.
    what: What,
    /// What it may be, for people.
    pub shape: &'static str,
    /// What holds if it is not there, for people.
    pub default: &'static str,
    /// What it does, for people.
    pub help: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Keys,
    Mouse,
    Sort,
    Editor,
    Color,
    RevealSeconds,
    DraftSecrets,
    Cache,
}

/// The words for what a list may be sorted by.
pub const SORTS: &[&str] = &["file", "name", "type", "use", "change"];

/// What the person has settled for all projects.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the file"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// The file, if it is there.
    pub file: Option<Source>,
    /// Keys, as they are written: the interface knows what they mean.
    pub keys: Vec<KeyContext>,
    /// Whether clicks and the wheel are input.
    pub mouse: bool,
    /// One of [`SORTS`].
    pub sort: Option<&'static str>,
    /// A shell's words, as in `$EDITOR`.
    pub editor: Option<String>,
    /// Whether there are colours.
    pub colors: bool,
    /// How long a secret is shown.
    pub reveal: Duration,
    /// Whether drafts may hold literal secrets.
    pub draft_secrets: bool,
    /// Whether what workflow files refer to is kept for the next start.
    pub cache: bool,
}

/// The file that warnings name, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source(String);

/// The keys of one context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyContext {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// What is said of its actions.
    pub actions: Vec<KeyAction>,
}

/// The keys of one action; none takes them away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAction {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub at: Location,
    /// The keys, each with its place.
    pub keys: Vec<(String, Location)>,
}

impl Default for Personal {
    fn default() -> Self {
        Self {
            file: None,
            keys: Vec::new(),
            mouse: true,
            sort: None,
            editor: None,
            colors: true,
            reveal: Duration::from_secs(30),
            draft_secrets: false,
            cache: true,
        }
    }
}

impl Source {
    /// A file as warnings name it.
    pub fn new(path: &Path) -> Self {
        Self(harmless(path.as_os_str()))
    }

    /// A warning about a place of the file.
    pub fn warning(&self, at: Location, message: &str) -> String {
        format!("{}:{at}: {message}", self.0)
    }

    /// A warning about the file.
    pub fn about_all(&self, message: &str) -> String {
        format!("{}: {message}", self.0)
    }
}

impl Personal {
    /// Reads the file; what is wrong in it becomes a warning.
    pub fn read(path: &Path, warnings: &mut Vec<String>) -> Self {
        let source = Source::new(path);
        let text = match read_small(path) {
            Ok(text) => text,
            Err(Unreadable::Vanished) => return Self::default(),
            Err(error) => {
                let reason = error.invalid().unwrap_or_else(|| error.to_string());
                let message = format!("can't be read, so no setting holds: {reason}");
                warnings.push(source.about_all(&message));
                return Self::default();
            }
        };
        let mut found = Vec::new();
        let mut personal = Self::of_text(&text, &source, &mut found);
        let more = found.len().saturating_sub(MOST_WARNINGS);
        warnings.extend(found.into_iter().take(MOST_WARNINGS));
        if more > 0 {
            warnings.push(source.about_all(&format!("{more} more warnings")));
        }
        personal.file = Some(source);
        personal
    }

    /// Takes what the text says.
    fn of_text(text: &str, source: &Source, warnings: &mut Vec<String>) -> Self {
        let mut personal = Self::default();
        let stream = match parse(text) {
            Ok(stream) => stream,
            Err((at, reason)) => {
                let message = format!("no setting holds: {reason}");
                warnings.push(match at {
                    Some(at) => source.warning(at, &message),
                    None => source.about_all(&message),
                });
                return personal;
            }
        };
        let Some(&root) = stream.documents.first() else {
            return personal;
        };
        let mut reading = Reading {
            stream: &stream,
            source,
            warnings,
        };
        for (key, name, value) in reading.entries(root, "the settings") {
            match SETTINGS.iter().find(|setting| setting.name == name) {
                Some(setting) => reading.take(setting, value, &mut personal),
                None => reading.unknown(key, &name),
            }
        }
        personal
    }
}

/// Within the budget first: the bounds are those of a repository's settings.
fn parse(text: &str) -> Result<Stream<'_>, (Option<Location>, String)> {
    check_budget(text).map_err(|refusal| (refusal.location, refusal.reason))?;
    document::parse(text).map_err(|problem| (Some(problem.location), problem.message))
}

/// Where the keys of a file of settings stand; empty if that can't be told.
pub fn places_of_keys(text: &str) -> Vec<(String, Location)> {
    let Ok(stream) = parse(text) else {
        return Vec::new();
    };
    let root = stream.documents.first();
    let entries = root.map_or(&[][..], |root| stream.entries(*root));
    entries
        .iter()
        .filter_map(|entry| {
            let name = stream.scalar(entry.key)?.to_owned();
            Some((name, stream.location(entry.key)))
        })
        .collect()
}

/// Whether only a person may settle this.
pub fn is_personal(name: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.name == name)
}

/// The settings that were meant by a name, as a half sentence; empty if there is none.
pub fn meant<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match nearest(wanted, &names, |name| name).first() {
        Some(name) => format!("; is `{name}` meant?"),
        None => String::new(),
    }
}

/// The text while it is being read.
struct Reading<'r, 't> {
    stream: &'r Stream<'t>,
    source: &'r Source,
    warnings: &'r mut Vec<String>,
}

impl Reading<'_, '_> {
    fn warn(&mut self, node: NodeId, message: &str) {
        let warning = self.source.warning(self.stream.location(node), message);
        self.warnings.push(warning);
    }

    fn unknown(&mut self, key: NodeId, name: &str) {
        let meant = meant(name, SETTINGS.iter().map(|setting| setting.name));
        let name = harmless(name.as_ref());
        self.warn(key, &format!("unknown setting `{name}`{meant}"));
    }

    /// The entries of a map: key, name, value. Of equal keys the first one holds.
    fn entries(&mut self, node: NodeId, what: &str) -> Vec<(NodeId, String, NodeId)> {
        if self.is_null(node) {
            return Vec::new();
        }
        if !matches!(
            self.stream.node(self.stream.resolve(node)).content,
            document::Content::Mapping { .. }
        ) {
            self.warn(node, &format!("{what} must be a map"));
            return Vec::new();
        }
        let mut seen = std::collections::HashSet::new();
        let mut entries = Vec::new();
        for entry in self.stream.entries(node) {
            let Some(name) = self.stream.scalar(entry.key) else {
                self.warn(entry.key, "a key must be a word");
                continue;
            };
            if seen.insert(name) {
                entries.push((entry.key, name.to_owned(), entry.value));
            } else {
                let name = harmless(name.as_ref());
                self.warn(
                    entry.key,
                    &format!("`{name}` stands there twice; the first one holds"),
                );
            }
        }
        entries
    }

    fn is_null(&self, node: NodeId) -> bool {
        self.stream.scalar_type(node) == Some(ScalarType::Null)
    }

    fn take(&mut self, setting: &Setting, value: NodeId, personal: &mut Personal) {
        // `mouse:` without a value leaves it as it is.
        if self.is_null(value) {
            return;
        }
        let is_right = match setting.what {
            What::Keys => {
                personal.keys = self.keys(value);
                true
            }
            What::Mouse => set(&mut personal.mouse, self.switch(value)),
            What::Sort => set(&mut personal.sort, self.choice(value, SORTS).map(Some)),
            What::Editor => set(&mut personal.editor, self.command(value).map(Some)),
            What::Color => set(
                &mut personal.colors,
                self.choice(value, &["auto", "never"])
                    .map(|word| word == "auto"),
            ),
            What::RevealSeconds => set(&mut personal.reveal, self.seconds(value)),
            What::DraftSecrets => set(&mut personal.draft_secrets, self.switch(value)),
            What::Cache => set(&mut personal.cache, self.switch(value)),
        };
        if !is_right {
            self.warn(
                value,
                &format!("`{}` must be {}", setting.name, setting.shape),
            );
        }
    }

    fn switch(&self, value: NodeId) -> Option<bool> {
        (self.stream.scalar_type(value)? == ScalarType::Boolean)
            .then(|| self.stream.scalar(value))
            .flatten()
            .and_then(document::scalar_type::boolean)
    }

    fn choice(&self, value: NodeId, words: &[&'static str]) -> Option<&'static str> {
        let text = self.stream.string(value)?;
        words.iter().copied().find(|word| *word == text)
    }

    fn seconds(&self, value: NodeId) -> Option<Duration> {
        let seconds: u64 = self.stream.scalar(value)?.parse().ok()?;
        (1..=3600)
            .contains(&seconds)
            .then(|| Duration::from_secs(seconds))
    }

    /// A command as a shell reads it; the words of a list are quoted for that.
    fn command(&self, value: NodeId) -> Option<String> {
        if let Some(text) = self.stream.string(value) {
            let is_command = !text.trim().is_empty() && !text.contains('\0');
            return is_command.then(|| text.to_owned());
        }
        let words: Option<Vec<&str>> = self
            .stream
            .items(value)
            .iter()
            .map(|item| self.stream.scalar(*item))
            .collect();
        let words = words?;
        let program = words.first()?;
        if program.trim().is_empty() || words.iter().any(|word| word.contains('\0')) {
            return None;
        }
        let words: Vec<String> = words.into_iter().map(quoted).collect();
        Some(words.join(" "))
    }

    fn keys(&mut self, value: NodeId) -> Vec<KeyContext> {
        let mut contexts = Vec::new();
        for (key, name, value) in self.entries(value, "`keys`") {
            let mut actions = Vec::new();
            let what = format!("`keys.{}`", harmless(name.as_ref()));
            for (key, name, value) in self.entries(value, &what) {
                if let Some(keys) = self.keys_of_action(value) {
                    actions.push(KeyAction {
                        at: self.stream.location(key),
                        name,
                        keys,
                    });
                }
            }
            contexts.push(KeyContext {
                at: self.stream.location(key),
                name,
                actions,
            });
        }
        contexts
    }

    fn keys_of_action(&mut self, value: NodeId) -> Option<Vec<(String, Location)>> {
        if self.is_null(value) {
            return Some(Vec::new());
        }
        let one = [value];
        let nodes = if self.stream.scalar(value).is_some() {
            &one
        } else if let document::Content::Sequence { items, .. } =
            &self.stream.node(self.stream.resolve(value)).content
        {
            items.as_slice()
        } else {
            self.warn(
                value,
                "the keys of an action must be a key or a list of keys",
            );
            return None;
        };
        let mut keys = Vec::new();
        for node in nodes {
            match self.stream.scalar(*node) {
                Some(text) => keys.push((text.to_owned(), self.stream.location(*node))),
                None => self.warn(*node, "a key must be a word"),
            }
        }
        // A list in which nothing is right is no wish to have no key.
        (!keys.is_empty() || nodes.is_empty()).then_some(keys)
    }
}

/// Takes a value if there is one, and says whether there was.
fn set<T>(place: &mut T, value: Option<T>) -> bool {
    match value {
        Some(value) => {
            *place = value;
            true
        }
        None => false,
    }
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:,@%=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
