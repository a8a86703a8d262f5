//! Which environment variables connections and workflows need, and who is affected by each.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::audit::workflow_file::definitions;
use crate::check::{self, Need};
use crate::definition;
use crate::document::{self, Budget, Content, ScalarType};
use crate::interpolation::{self, Environment, Interpolation, Part};
use crate::inventory::Inventory;
use crate::project::Project;
use crate::reference::FileScan;
use crate::workflow::{self, Follow, Root};

/// The variables by name.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Each with who needs it.
    pub variables: BTreeMap<String, Needed>,
}

/// Who needs a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Whether all of them have a value without it.
    pub has_default: bool,
    /// The connections of the store.
    pub connections: BTreeSet<String>,
    /// The workflows: by themselves, or by such a connection.
    pub workflows: BTreeSet<PathBuf>,
}

/// What one connection needs by itself, and the connections that it refers to.
struct Of {
    needs: Vec<Need>,
    others: Vec<String>,
}

impl Needs {
    /// Reads the store and the workflows; only what `file` needs, if one is given.
    pub fn read(
        project: &Project,
        file: Option<&Path>,
        follow: &Follow<'_>,
    ) -> anyhow::Result<Self> {
        let inventory = Inventory::read(&project.store, &project.catalog, None)?;
        Self::of(project, &inventory, file, follow)
    }

    /// [`Needs::read`] with a store that was read already.
    pub fn of(
        project: &Project,
        inventory: &Inventory,
        file: Option<&Path>,
        follow: &Follow<'_>,
    ) -> anyhow::Result<Self> {
        let mut roots = project.roots.clone();
        if let Some(file) = file {
            roots.roots = vec![Root {
                path: file.to_owned(),
                is_named: true,
            }];
        }
        let index = workflow::index(&roots, &project.options, &project.cache, follow)?;
        let store = connections(inventory, project);
        let mut needs = Self::default();
        let environment = &project.options.environment;
        let files: Vec<PathBuf> = workflow::files(&roots)?;
        let nothing = FileScan::default();
        for path in &files {
            let scan = index
                .report
                .files
                .get(path.as_path())
                .map_or(&nothing, |scan| &**scan);
            for need in of_workflow(path, scan, project) {
                needs.add(&need, None, Some(path), environment);
            }
            for id in with_others(scan.ids(), &store) {
                for need in &store[id].needs {
                    needs.add(need, Some(id), Some(path), environment);
                }
            }
        }
        if file.is_none() {
            for (id, of) in &store {
                for need in &of.needs {
                    needs.add(need, Some(id), None, environment);
                }
            }
        }
        Ok(needs)
    }

    fn add(
        &mut self,
        need: &Need,
        id: Option<&str>,
        workflow: Option<&Path>,
        environment: &Environment,
    ) {
        // Of several the one that is set counts; if none is, the first is the one to set.
        let set = need
            .any_of
            .iter()
            .find(|name| environment.get(name).is_some());
        let Some(name) = set.or_else(|| need.any_of.first()) else {
            return;
        };
        let needed = self
            .variables
            .entry(name.clone())
            .or_insert_with(|| Needed {
                has_default: true,
                connections: BTreeSet::new(),
                workflows: BTreeSet::new(),
            });
        needed.has_default &= need.has_default;
        needed.connections.extend(id.map(str::to_owned));
        needed.workflows.extend(workflow.map(Path::to_owned));
    }
}

fn connections(inventory: &Inventory, project: &Project) -> HashMap<String, Of> {
    let mut found = HashMap::new();
    for entry in &inventory.entries {
        let Some(text) = entry.file.text() else {
            continue;
        };
        let Ok(stream) = document::parse(text) else {
            continue;
        };
        let Some(root) = stream.documents.first() else {
            continue;
        };
        let mut budget = Budget::for_bytes(text.len());
        let needs = definition::needs(&stream, *root, &project.catalog, &mut budget);
        let mut others = Vec::new();
        for (_, node) in stream.nodes() {
            if let Content::Scalar { value, .. } = &node.content {
                other_connections(value, &mut others);
            }
        }
        found.insert(entry.id().as_str().to_owned(), Of { needs, others });
    }
    found
}

/// The ids in `${connections.X}` of a text.
fn other_connections(text: &str, found: &mut Vec<String>) {
    if !text.contains("connections") {
        return;
    }
    let Ok(expression) = interpolation::parse(text) else {
        return;
    };
    for part in &expression.parts {
        if let Part::Interpolation(Interpolation::Node { path }) = part
            && let [Part::Literal(path)] = path.as_slice()
            && let Some(rest) = path.strip_prefix("connections.")
        {
            found.push(rest.split(['.', '[']).next().unwrap_or(rest).to_owned());
        }
    }
}

/// These connections of the store and all that they refer to.
fn with_others<'s>(ids: BTreeSet<&str>, store: &'s HashMap<String, Of>) -> BTreeSet<&'s str> {
    let mut all = BTreeSet::new();
    let mut open: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    while let Some(id) = open.pop() {
        if let Some((id, of)) = store.get_key_value(&id)
            && all.insert(id.as_str())
        {
            open.extend(of.others.iter().cloned());
        }
    }
    all
}

/// What a workflow names itself, its own definitions included.
fn of_workflow(path: &Path, scan: &FileScan, project: &Project) -> Vec<Need> {
    let mut needs = Vec::new();
    // What can't be read is for `check` to say.
    let Ok(text) = workflow::read_text(path) else {
        return needs;
    };
    let Ok(stream) = document::parse(&text) else {
        return needs;
    };
    for (id, node) in stream.nodes() {
        if let Content::Scalar { value, .. } = &node.content
            && stream.scalar_type(id) == Some(ScalarType::String)
        {
            check::needs_of_text(value, &mut needs);
        }
    }
    let mut budget = Budget::for_bytes(text.len());
    for (_, value) in definitions(&stream, scan) {
        let own = definition::needs(&stream, value, &project.catalog, &mut budget);
        needs.extend(own);
    }
    needs
}
