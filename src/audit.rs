//! Everything that `check` says about a project: each connection file, the workflows with their own
//! definitions, and what only shows between them.

mod by_place;
mod connection_file;
#[cfg(test)]
mod tests;
pub mod workflow_file;

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::cache::Cache;
use crate::catalog::Names;
use crate::check::{self, Ignored};
use crate::connection::{Finding, Location, Severity};
use crate::document::{self, Stream};
use crate::git;
use crate::inventory::{Entry, Inventory};
use crate::order;
use crate::parallel;
use crate::project::Project;
use crate::reference::FileScan;
use crate::store::{git_root, harmless};
use crate::workflow::{self, Follow, Index, Roots, Text, Unused};
use connection_file::Examined;
use workflow_file::WorkflowFile;

/// So many files are checked by one thread before it takes the next ones.
const CHUNK: usize = 32;

/// A finding with its file and the connection that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The connection, if it is about one.
    pub id: Option<String>,
    /// The file; all that is said about one share it.
    pub file: Arc<Path>,
    /// What is wrong.
    pub finding: Finding,
}

/// A project as it was at one time, with all that is to be said about it.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// The connections.
    pub inventory: Inventory,
    /// What the workflows use.
    pub index: Index,
    /// By file, then by place.
    pub findings: Vec<Located>,
    /// Names in `# conndeck: ignore` comments that are no rules, each with its file.
    pub unknown_rules: Vec<(PathBuf, String)>,
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The connection files: what `list` and `show` tell.
    Connections,
    /// The workflows as well.
    Everything,
}

impl Audit {
    /// Reads and checks a project. What `conndeck.yaml` and comments turn off is left out.
    pub fn read(
        project: &Project,
        roots: &Roots,
        extent: Extent,
        follow: &Follow<'_>,
    ) -> anyhow::Result<Self> {
        let inventory = Inventory::read(&project.store, &project.catalog, None)?;
        let examined = parallel::map(&inventory.entries, CHUNK, |entry| {
            Examined::whole(entry, project)
        });
        let mut gathering = Gathering::new(project);
        let known = gathering.across_connections(&inventory, &examined);
        gathering.connections(&inventory, examined, &known);
        let index = match extent {
            Extent::Everything => gathering.workflows(roots, &project.cache, &known, follow)?,
            Extent::Connections => {
                workflow::index(roots, &project.options, &project.cache, follow)?
            }
        };
        gathering.uses(&inventory, &index, &known);
        for finding in &project.type_findings {
            gathering.add(None, &project.types_dir(), finding.clone());
        }
        gathering.secrets_in_files();
        let (findings, unknown_rules) = gathering.sorted();
        Ok(Self {
            inventory,
            index,
            findings,
            unknown_rules,
        })
    }

    /// What [`Audit::read`] says about one workflow file, which is read again.
    pub fn of_workflow(
        project: &Project,
        inventory: &Inventory,
        path: &Path,
        follow: &Follow<'_>,
    ) -> anyhow::Result<Vec<Located>> {
        let roots = Roots::named([path.to_owned()], project.base.clone());
        let mut gathering = Gathering::new(project);
        let read = parallel::map(&inventory.entries, CHUNK, |entry| {
            Examined::compared(entry, project)
        });
        let known = gathering.across_connections(inventory, &read);
        // What the connections have to say to each other is said about them.
        gathering.found.clear();
        gathering.workflows(&roots, &Cache::none(), &known, follow)?;
        gathering.secrets_in_files();
        Ok(gathering.sorted().0)
    }

    /// What is said about one connection in its own file.
    pub fn about<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = &'a Located> {
        // They are sorted by file.
        let path = &entry.file.path;
        let start = self.findings.partition_point(|one| *one.file < **path);
        self.findings[start..]
            .iter()
            .take_while(move |one| *one.file == **path)
            .filter(|one| one.id.as_deref() == Some(entry.id().as_str()))
    }
}

/// What workflows are compared with.
#[derive(Default)]
struct Known<'i> {
    /// The ids of the store, those of broken files included.
    ids: HashSet<&'i str>,
    /// The first connection with each content.
    by_content: HashMap<String, &'i Entry>,
    /// The ids of the store that were meant by those that are not in it, as far as they were asked
    /// for: the same typo stands in many files.
    nearest: Mutex<HashMap<String, Option<&'i str>>>,
    names: OnceLock<Names<'i>>,
    /// What the comments of each connection file turn off, if they turn off anything.
    ignored: HashMap<&'i str, Ignored>,
}

/// For so many different mistyped ids it is said what was meant. Whoever has more has other
/// problems, and each costs a look at all ids.
const MOST_HINTS: usize = 1000;

impl<'i> Known<'i> {
    fn nearest(&self, id: &str) -> Option<&'i str> {
        // Whoever panics here ends the program.
        let known = || self.nearest.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let known = known();
            if let Some(near) = known.get(id) {
                return *near;
            }
            if known.len() >= MOST_HINTS {
                return None;
            }
        }
        // Looked for without the lock: it takes long, and the other threads have ids of their own.
        let names = self.names.get_or_init(|| {
            let mut ids: Vec<&str> = self.ids.iter().copied().collect();
            order::sort(&mut ids);
            Names::new(ids)
        });
        let near = names.nearest(id);
        known().insert(id.to_owned(), near);
        near
    }
}

/// Uses for sure of ids that are defined nowhere.
fn dangling(scan: &FileScan, known: &Known<'_>) -> Vec<(Option<String>, Finding)> {
    let mut found = Vec::new();
    let mut own = None;
    for (id, reference) in scan.dangling(|id| known.ids.contains(id)) {
        if reference.is_masked {
            let shown = reference.shown_id().unwrap_or_default();
            let finding = check::dangling_reference(shown, reference.location, None);
            found.push((None, finding));
            continue;
        }
        let near = if found.len() < MOST_HINTS {
            let own =
                own.get_or_insert_with(|| Names::new(scan.definitions.iter().map(|own| &*own.id)));
            own.nearest(id).or_else(|| known.nearest(id))
        } else {
            None
        };
        let shown = harmless(id.as_ref());
        let finding = check::dangling_reference(&shown, reference.location, near);
        found.push((Some(id.to_owned()), finding));
    }
    found
}

/// Findings on their way.
struct Gathering<'p> {
    project: &'p Project,
    found: Vec<Located>,
    unknown_rules: Vec<(PathBuf, String)>,
    /// Files with a literal secret, and what their comments turn off.
    secrets: HashMap<PathBuf, Ignored>,
}

impl<'p> Gathering<'p> {
    fn new(project: &'p Project) -> Self {
        Self {
            project,
            found: Vec::new(),
            unknown_rules: Vec::new(),
            secrets: HashMap::new(),
        }
    }

    /// All that was found and is not turned off, by file and place; the names that are no rules.
    fn sorted(self) -> (Vec<Located>, Vec<(PathBuf, String)>) {
        let mut findings = self.found;
        findings.retain(|one| {
            let rule = one.finding.rule;
            !(self.project.ignored_rules.iter()).any(|ignored| ignored == rule)
        });
        let mut unknown_rules = self.unknown_rules;
        order::sort_by(&mut unknown_rules, |left, right| left.0.cmp(&right.0));
        (by_place::sorted(findings), unknown_rules)
    }

    fn add(&mut self, id: Option<&str>, file: &Path, finding: Finding) {
        self.found.push(Located {
            id: id.map(str::to_owned),
            file: file.into(),
            finding,
        });
    }

    /// Adds what the file's own comments do not turn off.
    fn extend(
        &mut self,
        file: &Path,
        ignored: Ignored,
        findings: impl IntoIterator<Item = (Option<String>, Finding)>,
    ) {
        for name in ignored.unknown_rules() {
            self.unknown_rules.push((file.to_owned(), name.to_owned()));
        }
        let mut has_secret = false;
        let mut shared: Option<Arc<Path>> = None;
        for (id, finding) in findings {
            has_secret |= finding.rule == SECRET;
            if !ignored.covers(&finding) {
                let file = Arc::clone(shared.get_or_insert_with(|| file.into()));
                self.found.push(Located { id, file, finding });
            }
        }
        if has_secret {
            self.secrets.insert(file.to_owned(), ignored);
        }
    }

    /// What each connection file says by itself.
    fn connections(&mut self, inventory: &Inventory, examined: Vec<Examined>, known: &Known<'_>) {
        for (entry, examined) in inventory.entries.iter().zip(examined) {
            let id = entry.id().as_str();
            let ignored = known.ignored.get(id).cloned().unwrap_or_default();
            let findings = (examined.findings)
                .into_iter()
                .map(|finding| (Some(id.to_owned()), finding));
            self.extend(&entry.file.path, ignored, findings);
        }
    }

    /// The same connection under two ids. Gives what the workflows are compared with.
    fn across_connections<'i>(
        &mut self,
        inventory: &'i Inventory,
        examined: &[Examined],
    ) -> Known<'i> {
        let project = self.project;
        let mut known = Known::default();
        for (entry, examined) in inventory.entries.iter().zip(examined) {
            let ignored = &examined.ignored;
            let id = entry.id().as_str();
            known.ids.insert(id);
            if let Some((content, place)) = &examined.content {
                match known.by_content.get(content) {
                    Some(first) => {
                        let other = format!("`{}`", shown(&first.file.path, project));
                        let first = first.id().as_str();
                        let finding = check::duplicate_definition(*place, first, &other);
                        if !ignored.covers(&finding) {
                            self.add(Some(id), &entry.file.path, finding);
                        }
                    }
                    None => {
                        known.by_content.insert(content.clone(), entry);
                    }
                }
            }
            if *ignored != Ignored::default() {
                known.ignored.insert(id, ignored.clone());
            }
        }
        known
    }

    /// Connections that nothing uses.
    fn uses(&mut self, inventory: &Inventory, index: &Index, known: &Known<'_>) {
        let report = &index.report;
        if report.scanned.roots.is_empty() {
            return;
        }
        let unused = Unused::of(report);
        for entry in &inventory.entries {
            let id = entry.id().as_str();
            let finding = check::unused(None);
            let is_ignored = (known.ignored.get(id)).is_some_and(|own| own.covers(&finding));
            if entry.summary.broken.is_none() && unused.contains(id) && !is_ignored {
                self.add(Some(id), &entry.file.path, finding);
            }
        }
    }

    /// The workflows: their uses, their own definitions, and what can't be verified. Each is looked
    /// at where it is scanned.
    fn workflows(
        &mut self,
        roots: &Roots,
        cache: &Cache,
        known: &Known<'_>,
        follow: &Follow<'_>,
    ) -> anyhow::Result<Index> {
        let project = self.project;
        let checked = Mutex::new(Vec::new());
        // Whoever panics here ends the program.
        let lock = || checked.lock().unwrap_or_else(PoisonError::into_inner);
        let look = |path: &Path, scan: &FileScan, text: Text<'_, '_>| {
            let (ignored, findings) = check_workflow(path, scan, text, known, project);
            if !findings.is_empty() || ignored != Ignored::default() {
                lock().push((path.to_owned(), ignored, findings));
            }
        };
        let index = workflow::index_and(roots, &project.options, cache, follow, Some(&look))?;
        let checked = std::mem::take(&mut *lock());
        for (path, ignored, findings) in checked {
            self.extend(&path, ignored, findings);
        }
        Ok(index)
    }

    /// A literal secret matters where git has it, and where others can read it.
    fn secrets_in_files(&mut self) {
        let mut files: Vec<PathBuf> = self.secrets.keys().cloned().collect();
        order::sort(&mut files);
        let mut by_root: HashMap<PathBuf, Vec<PathBuf>> = HashMap::new();
        let mut real: HashMap<PathBuf, PathBuf> = HashMap::new();
        for file in &files {
            let Ok(canonical) = file.canonicalize() else {
                continue;
            };
            if let Some(root) = git_root(&canonical) {
                by_root.entry(root).or_default().push(canonical.clone());
            }
            real.insert(file.clone(), canonical);
        }
        let tracked: HashSet<PathBuf> = by_root
            .iter()
            .flat_map(|(root, files)| git::tracked(root, files, git::TIME_LIMIT))
            .collect();
        self.found.retain(|one| {
            let is_tracked = || {
                let canonical = real.get(&*one.file);
                canonical.is_some_and(|canonical| tracked.contains(canonical))
            };
            one.finding.rule != SECRET || is_tracked()
        });
        let ids: HashMap<PathBuf, String> = self.ids_of_files();
        for file in files {
            let Ok(metadata) = std::fs::metadata(&file) else {
                continue;
            };
            let mode = metadata.mode() & 0o777;
            let finding = check::file_mode(mode);
            if mode & 0o044 != 0 && !self.secrets[&file].covers(&finding) {
                let id = ids.get(&file).cloned();
                self.add(id.as_deref(), &file, finding);
            }
        }
    }

    /// The ids of the store's own files.
    fn ids_of_files(&self) -> HashMap<PathBuf, String> {
        let store = self.project.store.dir();
        self.secrets
            .keys()
            .filter(|file| file.parent() == Some(store))
            .filter_map(|file| {
                let id = file.file_stem()?.to_str()?.to_owned();
                Some((file.clone(), id))
            })
            .collect()
    }
}

/// What is to be said about a workflow file, and what its comments turn off of it.
fn check_workflow(
    path: &Path,
    scan: &FileScan,
    text: Text<'_, '_>,
    known: &Known<'_>,
    project: &Project,
) -> (Ignored, Vec<(Option<String>, Finding)>) {
    // A file that only uses connections has said all that there is to say to the scan.
    let has_more = !scan.definitions.is_empty()
        || !scan.unverifiable.is_empty()
        || scan.refused.is_some()
        || scan.may_ignore_rules;
    match text {
        Text::Parsed(stream) if has_more => check_parsed(Some(stream), scan, known, project),
        Text::Unread if has_more => {
            let text = workflow::read_text(path);
            let parsed = text.as_ref().map(|text| document::parse_many(text));
            let stream = parsed.as_ref().ok().and_then(|parsed| parsed.as_ref().ok());
            check_parsed(stream, scan, known, project)
        }
        Text::Parsed(_) | Text::Unread | Text::Unparsable => {
            check_parsed(None, scan, known, project)
        }
    }
}

/// The same with the text as it was parsed, if that is possible and there is more to say about it.
fn check_parsed(
    stream: Option<&Stream<'_>>,
    scan: &FileScan,
    known: &Known<'_>,
    project: &Project,
) -> (Ignored, Vec<(Option<String>, Finding)>) {
    let mut findings = dangling(scan, known);
    findings.extend(scan.findings.iter().map(|one| (None, one.clone())));
    let severity = match stream {
        Some(_) => Severity::Warning,
        None => Severity::Error,
    };
    findings.extend(scan.unverifiable.iter().map(|one| {
        let finding = check::unverifiable_workflow(severity, one.location, &one.message);
        (one.id.clone(), finding)
    }));
    let mut ignored = Ignored::default();
    if let Some(stream) = stream {
        ignored = Ignored::of_text(stream.text, Some(stream));
        let file = WorkflowFile {
            stream,
            scan,
            project,
        };
        findings.extend(file.findings(known, &|path| shown(path, project)));
    }
    (ignored, findings)
}

fn shown(path: &Path, project: &Project) -> String {
    let path = path.strip_prefix(&project.base).unwrap_or(path);
    harmless(path.as_os_str())
}

/// The rule whose findings depend on where the file is.
const SECRET: &str = "literal-secret";

/// The place that a finding is printed with: the beginning of the file, if it has none.
pub fn place(finding: &Finding) -> Location {
    finding.location.unwrap_or(Location { line: 1, column: 1 })
}
