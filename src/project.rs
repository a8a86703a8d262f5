//! Where things are: the store, the workflow roots, the project's own types and settings.

mod import;
pub mod personal;
mod rename;
mod tagging;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use crate::cache::Cache;
use crate::catalog::{Catalog, check_budget};
use crate::connection::{Finding, Location};
use crate::reference::{Environment, Options};
use crate::store::{Store, Unreadable, git_root, harmless, is_connection_file_name, read_small};
use crate::workflow::Roots;

use crate::order;
pub use import::{
    ImportPlan, Unread, WorkflowFile, apply_import, connections, plan_import, read_workflow,
    write_import,
};
use personal::{Personal, Source, is_personal, places_of_keys};
pub use rename::{apply_rename, plan_rename, undo_rename};
pub use tagging::{TagError, tag};

/// The store's name where nobody says otherwise.
const STORE: &str = "connections.d";

/// At most so many files of `types.d` are read: they come with a repository, and every command
/// reads them.
const MOST_TYPE_FILES: usize = 200;
/// At most so many bytes of them. The 78 built-in types take 45 KB.
const MOST_TYPE_BYTES: usize = 2 * 1024 * 1024;

/// Everything that both front ends start from.
#[derive(Debug, Clone)]
pub struct Project {
    /// The directory that the program runs in.
    pub base: PathBuf,
    /// The connection files.
    pub store: Store,
    /// Where workflow files are looked for.
    pub roots: Roots,
    /// How workflow files are read.
    pub options: Options,
    /// The types, the project's own ones included.
    pub catalog: Catalog,
    /// The settings file, if there is one.
    pub config: Option<PathBuf>,
    /// The rules of `check` that are turned off.
    pub ignored_rules: Vec<String>,
    /// What is wrong with the files in `types.d`.
    pub type_findings: Vec<Finding>,
    /// Where editors find the JSON Schema of a connection: a new file's first line says it.
    pub schema: Option<String>,
    /// Whether a delete asks git for uses on other branches.
    pub other_branches: bool,
    /// Whether what is done can be taken back after a restart, too.
    pub undo_history: bool,
    /// What was found in workflow files before: `$XDG_CACHE_HOME/conndeck`, also on macOS.
    pub cache: Cache,
    /// What the person has settled: nothing of it can a repository say.
    pub personal: Personal,
    /// What is wrong with settings and `types.d`: for stderr, never fatal.
    pub warnings: Vec<String>,
}

/// Why there are no settings.
#[derive(Debug)]
pub enum SettingsError {
    /// A file that somebody named does not exist.
    Missing,
    /// It is no YAML, or not of the right form; the reason.
    Invalid(String),
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => out.write_str("it does not exist"),
            Self::Invalid(reason) => out.write_str(reason),
        }
    }
}

impl std::error::Error for SettingsError {}

/// What was said on the command line and in variables.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `--dir` or `CONNDECK_DIR`.
    pub dir: Option<PathBuf>,
    /// `--workflows`; replaces the configured roots.
    pub workflows: Vec<PathBuf>,
    /// `--config`: the settings file instead of `conndeck.yaml` beside the store.
    pub config: Option<PathBuf>,
}

/// `conndeck.yaml` beside the store, shared by all who work on the repository. Nothing in it can
/// run a program.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settings {
    /// Files and directories with workflows, relative to the file.
    workflows: Option<Vec<PathBuf>>,
    /// Globs of what is not scanned.
    exclude: Vec<String>,
    /// Further keys whose string values name connections.
    reference_keys: Vec<String>,
    /// Rules of `check` that are turned off.
    ignore: Vec<String>,
    /// `false`: git is not asked for uses on other branches.
    other_branches: Option<bool>,
    /// A path or URL of the JSON Schema, for the first line of new connections.
    schema: Option<String>,
    /// `false`: nothing is kept for an undo after a restart.
    undo_history: Option<bool>,
    /// Anything else is a mistake that is worth a word.
    #[serde(flatten)]
    unknown: BTreeMap<String, serde_yaml::Value>,
}

impl Project {
    /// Finds the store and what belongs to it.
    ///
    /// # Errors
    /// If a settings file that somebody named can't be read, or the settings are no YAML.
    pub fn find(
        base: PathBuf,
        wanted: Wanted,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> anyhow::Result<Self> {
        let dir = wanted
            .dir
            .map_or_else(|| look_for_store(&base), |dir| base.join(dir));
        let beside = dir.parent().map_or_else(|| base.clone(), Path::to_owned);
        let mut warnings = Vec::new();
        let named = wanted.config.map(|file| base.join(file));
        let is_named = named.is_some();
        let path = named.unwrap_or_else(|| beside.join("conndeck.yaml"));
        let settings: Option<Settings> = settings(&path, is_named)?;
        if let Some(settings) = &settings {
            warnings.extend(unknown_settings(&settings.unknown, &path));
        }
        let config = settings.is_some().then_some(path);
        let settings = settings.unwrap_or_default();
        let mut roots = if !wanted.workflows.is_empty() {
            Roots::named(
                wanted.workflows.into_iter().map(|path| base.join(path)),
                beside.clone(),
            )
        } else if let Some(paths) = settings.workflows {
            Roots::named(
                paths.into_iter().map(|path| beside.join(path)),
                beside.clone(),
            )
        } else {
            Roots::beside(&dir)
        };
        roots.exclude = settings.exclude;
        let (types, unreadable) = own_types(&beside);
        warnings.extend(unreadable);
        let (catalog, findings) = if types.is_empty() {
            (Catalog::built_in(), Vec::new())
        } else {
            Catalog::built_in().with_project_types(&types)
        };
        warnings.extend(findings.iter().map(|finding| finding.message.clone()));
        let environment: Environment = variables
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let personal = own_dir(&environment, "XDG_CONFIG_HOME", ".config")
            .map(|dir| Personal::read(&dir.join("config.yaml"), &mut warnings))
            .unwrap_or_default();
        let undo_history = environment
            .get("CONNDECK_UNDO_HISTORY")
            .and_then(|value| switch("CONNDECK_UNDO_HISTORY", value, &mut warnings))
            .or(settings.undo_history)
            .unwrap_or(true);
        let has_cache = environment
            .get("CONNDECK_CACHE")
            .and_then(|value| switch("CONNDECK_CACHE", value, &mut warnings))
            .unwrap_or(personal.cache);
        let cache = own_dir(&environment, "XDG_CACHE_HOME", ".cache")
            .filter(|_| has_cache)
            .map_or_else(Cache::none, Cache::in_directory);
        Ok(Self {
            store: Store::open(&dir),
            roots,
            options: Options {
                reference_keys: settings.reference_keys,
                environment,
            },
            catalog,
            config,
            ignored_rules: settings.ignore,
            type_findings: findings,
            // A line break would end the comment: also one that only YAML 1.1 takes for one.
            schema: settings
                .schema
                .filter(|schema| harmless(schema.as_ref()) == *schema),
            other_branches: settings.other_branches.unwrap_or(true),
            undo_history,
            cache,
            personal,
            warnings,
            base,
        })
    }

    /// Where the project's own types are described.
    pub fn types_dir(&self) -> PathBuf {
        self.store
            .dir()
            .parent()
            .map_or_else(|| self.base.clone(), Path::to_owned)
            .join("types.d")
    }

    /// Where Conndeck keeps what is its own: `$XDG_STATE_HOME/conndeck`, also on macOS.
    pub fn state_dir(&self) -> Option<PathBuf> {
        own_dir(&self.options.environment, "XDG_STATE_HOME", ".local/state")
    }

    /// The store's directory, if it is not there.
    pub fn missing_store(&self) -> Option<&Path> {
        let dir = self.store.dir();
        (!dir.exists()).then_some(dir)
    }

    /// A workflow root that somebody named and that is not there.
    pub fn missing_root(&self) -> Option<PathBuf> {
        let missing = |root: &&crate::workflow::Root| root.is_named && !root.path.exists();
        self.roots
            .roots
            .iter()
            .find(missing)
            .map(|root| root.path.clone())
    }
}

/// What a variable says that turns something on or off.
fn switch(name: &str, value: &str, warnings: &mut Vec<String>) -> Option<bool> {
    match value.to_lowercase().as_str() {
        "" => None,
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => {
            warnings.push(format!("`{name}` is neither `true` nor `false`"));
            None
        }
    }
}

/// `connections.d` here, or in a directory above, up to the git root; here if there is none.
fn look_for_store(base: &Path) -> PathBuf {
    let top = git_root(base);
    for dir in base.ancestors() {
        let candidate = dir.join(STORE);
        if candidate.is_dir() {
            return candidate;
        }
        if top.as_deref().is_none_or(|top| top == dir) {
            break;
        }
    }
    base.join(STORE)
}

/// A directory of Conndeck's own: below what the variable says, or below this part of `$HOME`.
fn own_dir(environment: &Environment, variable: &str, in_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(environment.get(name)?);
        path.is_absolute().then_some(path)
    };
    absolute(variable)
        .or_else(|| Some(absolute("HOME")?.join(in_home)))
        .map(|above| above.join("conndeck"))
}

/// What the settings of a repository say that nobody reads there, each with its place.
fn unknown_settings(unknown: &BTreeMap<String, serde_yaml::Value>, path: &Path) -> Vec<String> {
    if unknown.is_empty() {
        return Vec::new();
    }
    let source = Source::new(path);
    let places = read_small(path).map_or_else(|_| Vec::new(), |text| places_of_keys(&text));
    let places: BTreeMap<String, Location> = places.into_iter().collect();
    unknown
        .keys()
        .map(|key| {
            let shown = harmless(key.as_ref());
            let message = if is_personal(key) {
                format!("`{shown}` can be set in the personal file only")
            } else {
                format!("unknown setting `{shown}`")
            };
            match places.get(key) {
                Some(at) => source.warning(*at, &message),
                None => source.about_all(&message),
            }
        })
        .collect()
}

/// The settings in a file, `None` if nobody wrote any.
fn settings<S: Default + for<'d> Deserialize<'d>>(
    path: &Path,
    is_named: bool,
) -> anyhow::Result<Option<S>> {
    let cannot_read = || format!("can't read the settings `{}`", harmless(path.as_os_str()));
    let text = match read_small(path) {
        Ok(text) => text,
        Err(Unreadable::Vanished) if !is_named => return Ok(None),
        Err(Unreadable::Vanished) => {
            return Err(SettingsError::Missing).with_context(cannot_read);
        }
        Err(unreadable) => {
            let error = match unreadable.invalid() {
                Some(reason) => SettingsError::Invalid(reason).into(),
                None => anyhow::anyhow!("{unreadable}"),
            };
            return Err(error).with_context(cannot_read);
        }
    };
    if text
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    {
        return Ok(Some(S::default()));
    }
    // Within the budget first: `serde_yaml` is slow where somebody means it to be.
    check_budget(&text)
        .map_err(|refusal| refusal.to_string())
        .and_then(|()| serde_yaml::from_str(&text).map_err(|error| error.to_string()))
        .map(Some)
        .map_err(SettingsError::Invalid)
        .with_context(cannot_read)
}

/// The project's own types beside the store, by file name.
fn own_types(beside: &Path) -> (Vec<(String, String)>, Vec<String>) {
    let (mut types, mut warnings) = (Vec::new(), Vec::new());
    let directory = beside.join("types.d");
    let Ok(entries) = std::fs::read_dir(&directory) else {
        return (types, warnings);
    };
    let mut names: Vec<OsString> = entries
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| is_connection_file_name(name))
        .collect();
    order::sort(&mut names);
    let mut bytes = 0;
    for (position, name) in names.iter().enumerate() {
        let shown = harmless(name);
        if position == MOST_TYPE_FILES || bytes > MOST_TYPE_BYTES {
            warnings.push(format!(
                "`types.d` is too large: `{shown}` and what comes after it was not read"
            ));
            break;
        }
        match read_small(&directory.join(name)) {
            Ok(text) => {
                bytes += text.len();
                types.push((shown, text.to_string()));
            }
            Err(error) => warnings.push(format!("can't read `types.d/{shown}`: {error}")),
        }
    }
    (types, warnings)
}
