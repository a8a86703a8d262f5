//! Which files below the roots count as workflows.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::read::cannot_read;
use super::{NotScanned, Roots, ScanError, Scanned, glob};
use crate::connection::Location;
use crate::reference::FileScan;

/// Directories that hold other people's files.
const SKIPPED: [&str; 5] = [".git", "node_modules", "target", ".venv", "__pycache__"];

/// The files to read, in the order of the roots and then of their paths.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) files: Vec<PathBuf>,
    /// Directories that can't be read.
    pub(super) unreadable: Vec<(PathBuf, FileScan)>,
    pub(super) scanned: Scanned,
}

pub(super) fn list(roots: &Roots) -> Result<Listing, ScanError> {
    let mut walk = Walk {
        roots,
        root_targets: Vec::new(),
        boundary: PathBuf::new(),
        seen: HashSet::new(),
        links: Vec::new(),
        listing: Listing::default(),
    };
    let mut present = Vec::new();
    for root in &roots.roots {
        match fs::canonicalize(&root.path) {
            Ok(target) => {
                walk.root_targets.push(target.clone());
                walk.listing.scanned.roots.push(root.path.clone());
                present.push((root.path.clone(), target));
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
    for (path, target) in present {
        walk.boundary = git_root(&target).unwrap_or_else(|| target.clone());
        if target.is_dir() {
            walk.directory(&path, &target);
        } else {
            walk.file(&path, target);
        }
        // Links last, so that a file is known by its own path rather than by a link's.
        while let Some((path, target)) = walk.links.pop() {
            if target.is_dir() {
                walk.directory(&path, &target);
            } else {
                walk.file(&path, target);
            }
        }
    }
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
    /// The roots with all links resolved.
    root_targets: Vec<PathBuf>,
    /// Links are followed within this directory.
    boundary: PathBuf,
    /// Files and directories that were visited, by their path with all links resolved.
    seen: HashSet<PathBuf>,
    /// Links that are still to be followed, with their targets.
    links: Vec<(PathBuf, PathBuf)>,
    listing: Listing,
}

impl Walk<'_> {
    fn directory(&mut self, path: &Path, target: &Path) {
        if !self.seen.insert(target.to_owned()) {
            return;
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(path, &error),
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.unreadable(path, &error),
            };
            let path = entry.path();
            let target = target.join(entry.file_name());
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(error) => {
                    self.unreadable(&path, &error);
                    continue;
                }
            };
            if kind.is_dir() {
                if !is_skipped(&path) && !self.excludes(&path) {
                    self.directory(&path, &target);
                }
            } else if kind.is_symlink() {
                self.link(path);
            } else if is_workflow_name(&path) && !self.excludes(&path) {
                if kind.is_file() {
                    self.file(&path, target);
                } else {
                    self.not_scanned(path, "no regular file, but a FIFO, socket or device");
                }
            }
        }
    }

    fn file(&mut self, path: &Path, target: PathBuf) {
        match fs::metadata(&target) {
            // Only links and roots can lead to something that is no regular file.
            Ok(metadata) if !metadata.is_file() => {
                self.not_scanned(
                    path.to_owned(),
                    "no regular file, but a FIFO, socket or device",
                );
            }
            Ok(_) | Err(_) => {
                if self.seen.insert(target) {
                    self.listing.files.push(path.to_owned());
                }
            }
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
        let is_scanned_anyway = self
            .root_targets
            .iter()
            .any(|root| target.starts_with(root));
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
