//! The import of what workflows define into the store: the reading, the plan, the deed.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::Path;

use super::Project;
use crate::bridge::{self, Clashes, Connections, Import, Outcome, Source, Wanted};
use crate::cache::Cache;
use crate::connection::{ConnectionId, Location};
use crate::inventory::Inventory;
use crate::reference;
use crate::store::{Imported, Outside, RenameError, Rewrite, harmless};
use crate::workflow::{self, Follow};

/// A workflow as it is on disk, and its text.
#[derive(Clone)]
pub struct WorkflowFile {
    /// The file.
    pub file: Outside,
    /// What it says.
    pub source: Source,
}

/// Why a workflow is not read.
#[derive(Debug)]
pub enum Unread {
    /// The system does not give it.
    Io(io::Error),
    /// It is no text; where, and why.
    NoText(Location, String),
}

/// What an import from all workflows of a project would do.
pub struct ImportPlan {
    /// The workflows that define something.
    files: Vec<WorkflowFile>,
    /// What becomes of each definition.
    pub import: Import,
    /// The workflows that can't be read: name and reason.
    pub unread: Vec<(String, String)>,
    /// How many workflows were looked at.
    pub looked_at: usize,
}

/// It does not show what would be written: there may be secrets in it.
impl fmt::Debug for ImportPlan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ImportPlan({} definitions)", self.import.items.len())
    }
}

impl PartialEq for ImportPlan {
    fn eq(&self, other: &Self) -> bool {
        self.import.create == other.import.create && self.import.items == other.import.items
    }
}

impl Eq for ImportPlan {}

impl ImportPlan {
    /// The names of the workflows that something comes from, each once.
    pub fn sources(&self) -> Vec<&str> {
        written_from(&self.import)
            .map(|number| self.files[number].source.name.as_str())
            .collect()
    }

    /// The connections to be created, each with the name of its workflow.
    pub fn created(&self) -> impl Iterator<Item = (&str, &str)> {
        self.import
            .items
            .iter()
            .filter_map(|item| match &item.outcome {
                Outcome::Created(id) => {
                    Some((id.as_str(), self.files[item.source].source.name.as_str()))
                }
                Outcome::Same(_) | Outcome::Clash { .. } | Outcome::Refused(_) => None,
            })
    }
}

/// Reads every workflow now and says what an import of all that they define would create. A
/// definition whose id means something else gets another one. Nothing is written, and the workflows
/// would stay as they are. `shown` is how a path is named.
///
/// # Errors
/// If the store can't be read, a workflow root is missing, or it was cancelled.
pub fn plan_import(
    project: &Project,
    shown: &dyn Fn(&Path) -> String,
    follow: &Follow<'_>,
) -> anyhow::Result<ImportPlan> {
    let index = workflow::index(&project.roots, &project.options, &Cache::none(), follow)?;
    let mut files = Vec::new();
    let mut unread = Vec::new();
    for (path, scan) in &index.report.files {
        if scan.definitions.is_empty() {
            continue;
        }
        match read_workflow(path, shown(path)) {
            Ok(file) => files.push(file),
            Err(Unread::Io(error)) => unread.push((shown(path), error.to_string())),
            Err(Unread::NoText(place, reason)) => {
                unread.push((format!("{}:{place}", shown(path)), reason));
            }
        }
    }
    let sources: Vec<Source> = files.iter().map(|file| file.source.clone()).collect();
    let wanted = Wanted {
        clashes: Clashes::Rename,
        ..Wanted::default()
    };
    let store = connections(project)?;
    Ok(ImportPlan {
        import: bridge::import(&sources, &store, &project.catalog, &project.options, wanted),
        files,
        unread,
        looked_at: index.report.scanned.files,
    })
}

/// Does what a plan says, if it still is what the disk says: all of it, or nothing. Makes the store
/// if there is none.
pub fn apply_import(
    project: &Project,
    plan: &ImportPlan,
    shown: &dyn Fn(&Path) -> String,
    follow: &Follow<'_>,
) -> Result<Imported, RenameError> {
    let now = plan_import(project, shown, follow).map_err(RenameError::Io)?;
    if now != *plan {
        let changed = plan.files.first().map(|file| file.file.path.clone());
        let changed = changed.unwrap_or_else(|| project.store.dir().to_owned());
        return Err(RenameError::Changed(changed));
    }
    write_import(project, &plan.import, &plan.files)
}

/// Creates the connections and rewrites the workflows: all of it, or nothing.
pub fn write_import(
    project: &Project,
    import: &Import,
    files: &[WorkflowFile],
) -> Result<Imported, RenameError> {
    if !import.create.is_empty() {
        project.store.create_dir().map_err(RenameError::Io)?;
    }
    let create: Vec<(ConnectionId, &str)> = import
        .create
        .iter()
        .map(|(id, text)| (ConnectionId::new(id.as_str()), text.as_str()))
        .collect();
    let rewrite: Vec<Rewrite<'_>> = import
        .rewrite
        .iter()
        .map(|(number, text)| Rewrite {
            file: &files[*number].file,
            text,
        })
        .collect();
    let sources = written_from(import)
        .map(|number| files[number].source.name.clone())
        .collect();
    project.store.import(&create, &rewrite, sources)
}

/// The workflows that gave something to the store, or are rewritten.
fn written_from(import: &Import) -> impl Iterator<Item = usize> {
    let created = import
        .items
        .iter()
        .filter(|item| matches!(item.outcome, Outcome::Created(_)))
        .map(|item| item.source);
    let rewritten = import.rewrite.iter().map(|(number, _)| *number);
    let numbers: BTreeSet<usize> = created.chain(rewritten).collect();
    numbers.into_iter()
}

/// Reads a workflow that messages call `name`.
///
/// # Errors
/// Why there is no text.
pub fn read_workflow(path: &Path, name: String) -> Result<WorkflowFile, Unread> {
    let file = Outside::read(path).map_err(Unread::Io)?;
    let (text, encoding) = reference::decode(&file.bytes)
        .map_err(|problem| Unread::NoText(problem.location, harmless(problem.message.as_ref())))?;
    let text = text.into_owned();
    Ok(WorkflowFile {
        source: Source {
            name,
            text,
            encoding,
        },
        file,
    })
}

/// The connections of the store, as they are on disk.
///
/// # Errors
/// If the store can't be read.
pub fn connections(project: &Project) -> anyhow::Result<Connections> {
    let inventory = Inventory::read(&project.store, &project.catalog, None)?;
    let mut connections = Connections::default();
    for entry in &inventory.entries {
        let text = match (&entry.summary.broken, entry.file.text()) {
            (None, Some(text)) => Ok(text.to_owned()),
            (Some(broken), _) => Err(broken.message.clone()),
            (None, None) => Err("it can't be read".to_owned()),
        };
        connections.insert(entry.id().as_str(), text);
    }
    Ok(connections)
}
