//! Which files below the roots count as workflows.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::read::cannot_read;
use super::{NotScanned, Roots, ScanError, Scanned, glob};
use crate::connection::Location;
use crate::reference::FileScan;

/// Directories that hold other people's files.
const SKIPPED: [&str; 5] = [".git", "node_modules", "target", ".venv", "__pycache__"];

/// What is listed as a workflow and can't be one.
const NO_FILE: &str = "no regular file, but a FIFO, socket or device";

/// The files to read, in the order of the roots and then of their paths.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) files: Vec<PathBuf>,
    /// The roots that are there, as they were named and with all links resolved.
    pub(super) targets: Vec<(PathBuf, PathBuf)>,
    /// Directories that can't be read.
    pub(super) unreadable: Vec<(PathBuf, FileScan)>,
    pub(super) scanned: Scanned,
}

pub(super) fn list(roots: &Roots) -> Result<Listing, ScanError> {
    let mut walk = Walk {
        roots,
        boundary: PathBuf::new(),
        directories: HashMap::new(),
        singles: HashSet::new(),
        links: Vec::new(),
        listing: Listing::default(),
    };
    for root in &roots.roots {
        match fs::canonicalize(&root.path) {
            Ok(target) => {
                walk.listing.scanned.roots.push(root.path.clone());
                walk.listing.targets.push((root.path.clone(), target));
            }
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                walk.unreadable(&root.path, &error);
            }
            Err(_) if root.is_named => return Err(ScanError::RootMissing(root.path.clone())),
            // A link that leads nowhere is there, and is no directory that nobody made.
            Err(error) if fs::symlink_metadata(&root.path).is_ok() => {
                walk.unreadable(&root.path, &error);
            }
            Err(_) => walk.listing.scanned.missing.push(root.path.clone()),
        }
    }
    for (path, target) in walk.listing.targets.clone() {
        walk.boundary = git_root(&target).unwrap_or_else(|| target.clone());
        if target.is_dir() {
            walk.directory(&path, &target);
        } else {
            walk.single(path, target);
        }
        // Links last, so that a file is known by its own path rather than by a link's.
        while let Some((path, target)) = walk.links.pop() {
            if target.is_dir() {
                walk.directory(&path, &target);
            } else {
                walk.single(path, target);
            }
        }
    }
    // Each directory is in order already.
    walk.listing.files.sort();
    Ok(walk.listing)
}

/// Whether a plain file at `path` would be listed. Links on the way are not looked at.
pub(super) fn covers(roots: &Roots, path: &Path) -> bool {
    roots.roots.iter().any(|root| {
        let Ok(below) = path.strip_prefix(&root.path) else {
            return false;
        };
        if below.as_os_str().is_empty() {
            return true;
        }
        let mut way = root.path.clone();
        let parts: Vec<_> = below.iter().collect();
        let is_left_out = parts.iter().enumerate().any(|(position, part)| {
            way.push(part);
            let is_last = position + 1 == parts.len();
            (!is_last && part.to_str().is_some_and(|name| SKIPPED.contains(&name)))
                || is_excluded(roots, &way)
        });
        is_workflow_name(path) && !is_left_out
    })
}

struct Walk<'r> {
    roots: &'r Roots,
    /// Links are followed within this directory.
    boundary: PathBuf,
    /// The directories that were visited, by their path with all links resolved: the path that
    /// their files are known by.
    directories: HashMap<PathBuf, PathBuf>,
    /// Files that were come by as a root or by a link, by their path with all links resolved.
    singles: HashSet<PathBuf>,
    /// Links that are still to be followed, with their targets.
    links: Vec<(PathBuf, PathBuf)>,
    listing: Listing,
}

impl Walk<'_> {
    fn directory(&mut self, path: &Path, target: &Path) {
        if self.directories.contains_key(target) {
            return;
        }
        (self.directories).insert(target.to_owned(), path.to_owned());
        let mut entries = Vec::new();
        match fs::read_dir(path) {
            Ok(found) => {
                for entry in found {
                    match entry {
                        Ok(entry) => entries.push((entry.file_name(), entry)),
                        Err(error) => {
                            self.unreadable(path, &error);
                            break;
                        }
                    }
                }
            }
            Err(error) => return self.unreadable(path, &error),
        }
        entries.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        for (name, entry) in entries {
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(error) => {
                    self.unreadable(&path.join(&name), &error);
                    continue;
                }
            };
            if kind.is_dir() {
                let path = path.join(&name);
                if !is_skipped(&path) && !self.excludes(&path) {
                    self.directory(&path, &target.join(&name));
                }
            } else if kind.is_symlink() {
                self.link(path.join(&name));
            } else if is_workflow_name(Path::new(&name)) {
                let path = path.join(&name);
                if self.excludes(&path) {
                    continue;
                }
                if !kind.is_file() {
                    self.not_scanned(path, NO_FILE);
                } else if self.singles.is_empty() || !self.singles.contains(&target.join(&name)) {
                    // What was a regular file is looked at again when it is opened.
                    self.listing.files.push(path);
                }
            }
        }
    }

    /// A file that was not come by in its own directory.
    fn single(&mut self, path: PathBuf, target: PathBuf) {
        match fs::metadata(&target) {
            Ok(metadata) if !metadata.is_file() => self.not_scanned(path, NO_FILE),
            Ok(_) | Err(_) => {
                if !self.is_listed(&target) && self.singles.insert(target) {
                    self.listing.files.push(path);
                }
            }
        }
    }

    /// Whether the file at `target`, a path without links, was listed with its directory.
    fn is_listed(&self, target: &Path) -> bool {
        let directory = target
            .parent()
            .and_then(|parent| self.directories.get(parent));
        match (directory, target.file_name()) {
            (Some(directory), Some(name)) => {
                is_workflow_name(target) && !is_excluded(self.roots, &directory.join(name))
            }
            (Some(_) | None, _) => false,
        }
    }

    fn link(&mut self, path: PathBuf) {
        let target = match fs::canonicalize(&path) {
            Ok(target) => target,
            Err(_) if !is_workflow_name(&path) || is_lock(&path) => return,
            Err(_) if self.excludes(&path) => return,
            Err(error) => {
                return self.not_scanned(path, &format!("a link that {}", cannot_read(&error)));
            }
        };
        let is_directory = target.is_dir();
        let counts = if is_directory {
            !is_skipped(&path) && !is_skipped(&target)
        } else {
            is_workflow_name(&path)
        };
        if !counts || self.excludes(&path) {
            return;
        }
        let is_scanned_anyway =
            (self.listing.targets.iter()).any(|(_, root)| target.starts_with(root));
        if target.starts_with(&self.boundary) || is_scanned_anyway {
            self.links.push((path, target));
        } else {
            let reason = format!("a link that leads out, to `{}`", target.display());
            self.not_scanned(path, &reason);
        }
    }

    fn excludes(&mut self, path: &Path) -> bool {
        let is_excluded = is_excluded(self.roots, path);
        if is_excluded {
            self.listing.scanned.excluded.push(path.to_owned());
        }
        is_excluded
    }

    fn not_scanned(&mut self, path: PathBuf, reason: &str) {
        let reason = reason.to_owned();
        let not_scanned = &mut self.listing.scanned.not_scanned;
        not_scanned.push(NotScanned { path, reason });
    }

    fn unreadable(&mut self, path: &Path, error: &std::io::Error) {
        let scan = FileScan::unreadable(Location { line: 1, column: 1 }, &cannot_read(error));
        self.listing.unreadable.push((path.to_owned(), scan));
    }
}

fn is_excluded(roots: &Roots, path: &Path) -> bool {
    if roots.exclude.is_empty() {
        return false;
    }
    let below = path.strip_prefix(&roots.base).unwrap_or(path);
    let names: Vec<_> = below
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let path = names.join("/");
    roots.exclude.iter().any(|glob| glob::matches(glob, &path))
}

fn is_skipped(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| SKIPPED.contains(&name))
}

fn is_workflow_name(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| {
            ["yaml", "yml", "json"]
                .iter()
                .any(|own| ending.eq_ignore_ascii_case(own))
        })
}

/// Emacs marks a file that is being edited by a link to nowhere, `.#name`.
fn is_lock(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b".#"))
}

/// The nearest directory from `path` upward that has a `.git`.
fn git_root(path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .find(|directory| directory.join(".git").exists())
        .map(Path::to_owned)
}
