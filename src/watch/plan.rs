//! Which directories have to be watched, and what an event in one of them means.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::Changed;
use crate::store::{git_root, is_connection_file_name};

/// Directories below a workflow root that hold no workflow definitions.
pub const SKIPPED_DIRECTORIES: [&str; 5] =
    [".git", "node_modules", "target", ".venv", "__pycache__"];

/// More symlinks in a row than this are a loop.
const MOST_LINKS: usize = 40;

/// The two parts that are renewed one without the other: walking the roots can take a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Store,
    Workflows,
}

impl Part {
    /// What to report when all of this part may have changed.
    fn changed(self) -> Changed {
        match self {
            Self::Store => Changed::Store,
            Self::Workflows => Changed::Workflows,
        }
    }
}

/// Why a directory is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Interest {
    /// It holds the connection files.
    Store,
    /// It is a workflow root or below one; its path as the root was given.
    Workflows { shown: PathBuf },
    /// For one name in it: that of a watched directory (which may come or go), or of a file that is
    /// a root or a symlink's target.
    Name {
        name: OsString,
        part: Part,
        changed: Changed,
    },
}

type Interests = BTreeMap<PathBuf, Vec<Interest>>;

/// Every directory to watch, by its path without symlinks: a directory that is reached on two ways
/// is watched once.
pub(super) struct Plan {
    store: PathBuf,
    roots: Vec<PathBuf>,
    for_store: Interests,
    for_workflows: Interests,
    watched: BTreeSet<PathBuf>,
}

impl Plan {
    /// Watches nothing until it is renewed.
    pub(super) fn new(store: &Path, roots: &[PathBuf]) -> Self {
        Self {
            store: store.to_owned(),
            roots: roots.to_vec(),
            for_store: Interests::new(),
            for_workflows: Interests::new(),
            watched: BTreeSet::new(),
        }
    }

    pub(super) fn store(&self) -> &Path {
        &self.store
    }

    pub(super) fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// Looks at the disk again. Returns the directories to watch no longer, and the new ones.
    pub(super) fn renew(&mut self, parts: &[Part]) -> (Vec<PathBuf>, Vec<PathBuf>) {
        for part in parts {
            match part {
                Part::Store => self.for_store = store_interests(&self.store),
                Part::Workflows => self.for_workflows = workflow_interests(&self.roots),
            }
        }
        let wanted: BTreeSet<PathBuf> = self
            .for_store
            .keys()
            .chain(self.for_workflows.keys())
            .cloned()
            .collect();
        let gone = self.watched.difference(&wanted).cloned().collect();
        let new = wanted.difference(&self.watched).cloned().collect();
        self.watched = wanted;
        (gone, new)
    }

    /// Drops `path` and what is below it from what is watched, because it was moved or deleted, and
    /// returns what was dropped. A new directory of that name is a different one.
    pub(super) fn forget_below(&mut self, path: &Path) -> Vec<PathBuf> {
        let dropped: Vec<PathBuf> = self
            .watched
            .range(path.to_owned()..)
            .take_while(|dir| dir.starts_with(path))
            .cloned()
            .collect();
        for dir in &dropped {
            self.watched.remove(dir);
        }
        dropped
    }

    /// Drops a directory that could not be watched, so that it is new the next time.
    pub(super) fn forget(&mut self, dir: &Path) {
        self.watched.remove(dir);
    }

    /// What an event at `path` changes for those who read the files, and which part has to be
    /// renewed. `only_data` if no name or permission has changed.
    pub(super) fn meaning(
        &self,
        path: &Path,
        only_data: bool,
        changes: &mut BTreeSet<Changed>,
        outdated: &mut BTreeSet<Part>,
    ) {
        let mut outdate = |part| {
            if !only_data {
                outdated.insert(part);
            }
        };
        for interest in self.interests_at(path) {
            // The directory itself: gone, moved, or with other permissions.
            let part = match interest {
                Interest::Store => Part::Store,
                Interest::Workflows { .. } => Part::Workflows,
                Interest::Name { part, .. } => *part,
            };
            changes.insert(part.changed());
            outdate(part);
        }
        let (Some(dir), Some(name)) = (path.parent(), path.file_name()) else {
            return;
        };
        for interest in self.interests_at(dir) {
            match interest {
                Interest::Store if is_connection_file_name(name) => {
                    changes.insert(Changed::Connection(name.to_owned()));
                    // Its target is watched then. One that was a symlink is an interest by its name.
                    if !only_data && path.is_symlink() {
                        outdate(Part::Store);
                    }
                }
                Interest::Name {
                    name: wanted,
                    part,
                    changed,
                } if wanted == name => {
                    changes.insert(changed.clone());
                    outdate(*part);
                }
                Interest::Workflows { shown } => {
                    // A directory now, or one that was: what is below it came or went.
                    let is_dir = self.for_workflows.contains_key(path) || path.is_dir();
                    if is_dir && !is_skipped(name) && !only_data {
                        changes.insert(Changed::Workflows);
                        outdate(Part::Workflows);
                    } else if !is_dir && is_workflow_file_name(name) {
                        changes.insert(Changed::Workflow(shown.join(name)));
                        if path.is_symlink() {
                            outdate(Part::Workflows);
                        }
                    }
                }
                Interest::Store | Interest::Name { .. } => {}
            }
        }
    }

    fn interests_at(&self, dir: &Path) -> impl Iterator<Item = &Interest> {
        [&self.for_store, &self.for_workflows]
            .into_iter()
            .filter_map(move |interests| interests.get(dir))
            .flatten()
    }
}

/// Whether a file of this name is a workflow definition.
pub(super) fn is_workflow_file_name(name: &OsStr) -> bool {
    let extension = Path::new(name).extension();
    extension.is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|e| extension == *e))
}

fn is_skipped(name: &OsStr) -> bool {
    SKIPPED_DIRECTORIES.iter().any(|skipped| name == *skipped)
}

fn store_interests(store: &Path) -> Interests {
    let mut interests = Interests::new();
    anchor(&mut interests, store, Part::Store, &Changed::Store);
    let Ok(dir) = fs::canonicalize(store) else {
        return interests;
    };
    add(&mut interests, dir.clone(), Interest::Store);
    for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if is_link(&entry) && is_connection_file_name(&name) {
            let changed = Changed::Connection(name);
            anchor(&mut interests, &entry.path(), Part::Store, &changed);
        }
    }
    interests
}

fn workflow_interests(roots: &[PathBuf]) -> Interests {
    let mut interests = Interests::new();
    for root in roots {
        if !root.is_file() {
            anchor(&mut interests, root, Part::Workflows, &Changed::Workflows);
        }
        walk(root, &mut |found| match found {
            Found::Directory { real, shown } => {
                let shown = shown.to_owned();
                add(
                    &mut interests,
                    real.to_owned(),
                    Interest::Workflows { shown },
                );
            }
            Found::File { shown, is_link } => {
                if is_link || shown == root {
                    let changed = Changed::Workflow(shown.to_owned());
                    anchor(&mut interests, shown, Part::Workflows, &changed);
                }
            }
        });
    }
    interests
}

/// What [`walk`] comes by.
pub(super) enum Found<'a> {
    Directory { real: &'a Path, shown: &'a Path },
    File { shown: &'a Path, is_link: bool },
}

/// Visits the workflow files and all directories at and below `root`. Symlinks are followed inside
/// the git root (without git, inside `root`), and no directory is visited twice. What can't be
/// read is passed over.
pub(super) fn walk(root: &Path, visit: &mut impl FnMut(Found<'_>)) {
    let Ok(real_root) = fs::canonicalize(root) else {
        return;
    };
    if !real_root.is_dir() {
        visit(Found::File {
            shown: root,
            is_link: root.is_symlink(),
        });
        return;
    }
    let bounds = git_root(&real_root).unwrap_or_else(|| real_root.clone());
    let mut visited = BTreeSet::new();
    let mut pending = vec![(real_root, root.to_owned())];
    // Symlinks come last: a directory that can be reached without one has that name.
    let mut links = Vec::new();
    while let Some((real, shown)) = pending.pop().or_else(|| links.pop()) {
        if !visited.insert(real.clone()) {
            continue;
        }
        visit(Found::Directory {
            real: &real,
            shown: &shown,
        });
        for entry in fs::read_dir(&real).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let mut target = real.join(&name);
            let is_link = is_link(&entry);
            if is_link {
                match fs::canonicalize(&target) {
                    Ok(found) if found.starts_with(&bounds) => target = found,
                    Ok(_) | Err(_) => continue,
                }
            }
            let is_dir = if is_link {
                target.is_dir()
            } else {
                entry.file_type().is_ok_and(|kind| kind.is_dir())
            };
            if is_dir {
                if is_skipped(&name) {
                    continue;
                }
                let found = (target, shown.join(&name));
                if is_link {
                    links.push(found);
                } else {
                    pending.push(found);
                }
            } else if is_workflow_file_name(&name) {
                visit(Found::File {
                    shown: &shown.join(&name),
                    is_link,
                });
            }
        }
    }
}

/// Watches for `path` itself to come, go or change: by its name in the nearest directory that
/// exists, and the same for each symlink on the way.
fn anchor(interests: &mut Interests, path: &Path, part: Part, changed: &Changed) {
    let Ok(mut path) = std::path::absolute(path) else {
        return;
    };
    for _ in 0..MOST_LINKS {
        let mut child = path.as_path();
        let found = loop {
            let (Some(parent), Some(name)) = (child.parent(), child.file_name()) else {
                return;
            };
            match fs::canonicalize(parent) {
                Ok(dir) if dir.is_dir() => break (dir, name.to_owned()),
                Ok(_) | Err(_) => child = parent,
            }
        };
        let (dir, name) = found;
        let interest = Interest::Name {
            name: name.clone(),
            part,
            changed: changed.clone(),
        };
        let link = dir.join(name);
        add(interests, dir.clone(), interest);
        match fs::read_link(&link) {
            Ok(target) => path = dir.join(target),
            Err(_) => return,
        }
    }
}

fn add(interests: &mut Interests, dir: PathBuf, interest: Interest) {
    let at = interests.entry(dir).or_default();
    if !at.contains(&interest) {
        at.push(interest);
    }
}

fn is_link(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_symlink())
}
