//! Finding changes by looking again and again.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Changed;
use super::plan::{Found, Plan, walk};
use crate::store::{Stamp, is_connection_file_name};

/// A change shows within a second. Tests wait for many of them.
pub(super) const SHORTEST_INTERVAL: Duration =
    Duration::from_millis(if cfg!(test) { 50 } else { 500 });

/// What was there at the last look.
#[derive(Default)]
pub(super) struct Poll {
    store: HashMap<PathBuf, Stamp>,
    workflows: HashMap<PathBuf, Stamp>,
    took: Duration,
}

impl Poll {
    /// How long to wait until the next look: half a second, and longer where looking takes long,
    /// so that it never takes more than a twentieth of the time.
    pub(super) fn interval(&self) -> Duration {
        SHORTEST_INTERVAL.max(self.took * 20)
    }

    /// Looks, and returns what has changed since the last time.
    pub(super) fn look(&mut self, plan: &Plan) -> BTreeSet<Changed> {
        let begin = Instant::now();
        let store = store_stamps(plan.store());
        let workflows = workflow_stamps(plan.roots());
        let mut changes = BTreeSet::new();
        for path in differing(&self.store, &store) {
            // The directory itself is among them.
            let name = path.file_name().filter(|_| path != plan.store());
            changes
                .insert(name.map_or(Changed::Store, |name| Changed::Connection(name.to_owned())));
        }
        for path in differing(&self.workflows, &workflows) {
            changes.insert(Changed::Workflow(path.clone()));
        }
        self.store = store;
        self.workflows = workflows;
        self.took = begin.elapsed();
        changes
    }
}

/// What is in one of them only, or differs.
fn differing<'s>(
    before: &'s HashMap<PathBuf, Stamp>,
    now: &'s HashMap<PathBuf, Stamp>,
) -> impl Iterator<Item = &'s PathBuf> {
    let changed = |(path, stamp): &(&PathBuf, &Stamp)| before.get(*path) != Some(*stamp);
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    now.iter().filter(changed).map(|(path, _)| path).chain(gone)
}

fn store_stamps(dir: &Path) -> HashMap<PathBuf, Stamp> {
    let mut stamps = HashMap::new();
    let Ok(metadata) = fs::metadata(dir) else {
        return stamps;
    };
    // Of the directory only that it is there, and with which permissions it was made: its times
    // change with every temporary file.
    stamps.insert(dir.to_owned(), Stamp::of_directory(&metadata));
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if is_connection_file_name(&entry.file_name()) {
            stamps.insert(entry.path(), stamp(&entry.path()));
        }
    }
    stamps
}

fn workflow_stamps(roots: &[PathBuf]) -> HashMap<PathBuf, Stamp> {
    let mut stamps = HashMap::new();
    for root in roots {
        walk(root, &mut |found| match found {
            Found::Directory { .. } => {}
            Found::File { shown, .. } => {
                stamps.insert(shown.to_owned(), stamp(shown));
            }
        });
    }
    stamps
}

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).or_else(|_| fs::symlink_metadata(path));
    metadata.as_ref().map(Stamp::of).unwrap_or_default()
}

/// Whether changes made on other machines come to this path without the system telling. A path
/// that does not exist is judged by the nearest directory that does.
#[cfg(target_os = "linux")]
pub(super) fn is_remote(path: &Path) -> bool {
    let Ok(path) = std::path::absolute(path) else {
        return false;
    };
    path.ancestors()
        .find_map(|path| rustix::fs::statfs(path).ok())
        .and_then(|found| u64::try_from(found.f_type).ok())
        .is_some_and(|kind| REMOTE_FILE_SYSTEMS.contains(&kind))
}

/// Elsewhere no list is known to be right; FSEvents reports what happens on this machine.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_remote(_path: &Path) -> bool {
    false
}

/// From `linux/magic.h` and `statfs(2)`.
#[cfg(target_os = "linux")]
const REMOTE_FILE_SYSTEMS: [u64; 12] = [
    0x6969,      // NFS
    0x517b,      // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB 2
    0x6573_5546, // FUSE: sshfs, virtiofs and others; some are local, which can't be told from here
    0x0102_1997, // 9P: virtual machines, and the Windows drives of WSL
    0x786f_4256, // VirtualBox shared folders
    0x7375_7245, // Coda
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
    0x0bd0_0bd0, // Lustre
    0x7461_636f, // OCFS2
];
