//! What git knows about files, by the `git` program. Nothing in a repository can make it run others.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The files among `files` that git tracks in the repository at `root`. Empty if there is no `git`
/// or it fails: then nothing is known to be tracked.
pub fn tracked(root: &Path, files: &[PathBuf]) -> HashSet<PathBuf> {
    if files.is_empty() {
        return HashSet::new();
    }
    let inner: Vec<&Path> = files
        .iter()
        .filter_map(|file| file.strip_prefix(root).ok())
        .collect();
    let mut arguments: Vec<OsString> =
        ["--literal-pathspecs", "ls-files", "-z", "--full-name", "--"]
            .map(OsString::from)
            .to_vec();
    arguments.extend(inner.iter().map(|file| file.as_os_str().to_owned()));
    let Some(output) = run(root, &arguments) else {
        return HashSet::new();
    };
    output
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| root.join(OsStr::from_bytes(name)))
        .collect()
}

fn run(root: &Path, arguments: &[OsString]) -> Option<Vec<u8>> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        // What comes with a repository may be hostile: these could name programs.
        .args(["-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null"])
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then_some(output.stdout)
}
