//! What the `git` program says: on which other local branches a connection is still used, which
//! files it tracks, and how those of the store stand to the last commit.
//!
//! A repository may be hostile, so that everything in its configuration that could run a program
//! is switched off, and nothing is fetched. Whatever goes wrong, or takes too long, is no answer:
//! this only adds to what a person knows.

mod standing;

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::connection::Location;
use crate::reference::{self, Options};
use crate::store::git_root;
pub use standing::{Mark, Standing, standing};

/// How long the question may take in all.
pub const TIME_LIMIT: Duration = Duration::from_secs(3);

/// At most so many branches are looked at, the most recent ones first.
const MOST_BRANCHES: usize = 50;
/// At most so many files are read.
const MOST_FILES: usize = 200;

/// At most so many bytes of an answer are kept: a small repository can hold a file of any length.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// A use of a connection on another branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchUse {
    /// The branch's short name.
    pub branch: String,
    /// The file, relative to the repository's root.
    pub file: String,
    /// Where in it, as it is on that branch.
    pub location: Location,
}

/// The uses of a connection on local branches other than the current one, below the workflow
/// roots. Empty without git, outside of a repository, or when time is up before anything is found.
pub fn uses_on_other_branches(
    near: &Path,
    roots: &[PathBuf],
    id: &str,
    options: &Options,
    limit: Duration,
) -> Vec<BranchUse> {
    let deadline = Instant::now() + limit;
    find(near, roots, id, options, deadline).unwrap_or_default()
}

/// The files among `files`, given without symlinks, that git tracks in the repository at `top`. Empty
/// if git does not answer: then nothing is known to be tracked.
pub fn tracked(top: &Path, files: &[PathBuf], limit: Duration) -> HashSet<PathBuf> {
    let Some(git) = Git::new(top.to_owned(), Instant::now() + limit) else {
        return HashSet::new();
    };
    let inner: Vec<&str> = files
        .iter()
        .filter_map(|file| file.strip_prefix(top).ok()?.to_str())
        .collect();
    if inner.is_empty() {
        return HashSet::new();
    }
    let mut arguments = vec!["--literal-pathspecs", "ls-files", "-z", "--full-name", "--"];
    arguments.extend(inner);
    let output = git.run(&arguments).unwrap_or_default();
    text(&output)
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(|name| top.join(name))
        .collect()
}

fn find(
    near: &Path,
    roots: &[PathBuf],
    id: &str,
    options: &Options,
    deadline: Instant,
) -> Option<Vec<BranchUse>> {
    let git = Git::new(git_root(near)?, deadline)?;
    let current = git.run(&["symbolic-ref", "--quiet", "--short", "HEAD"]);
    let current = current.map(|name| text(&name).trim_end().to_owned());
    let branches = git.run(&[
        "for-each-ref",
        "--sort=-committerdate",
        "--format=%(refname)",
        "refs/heads",
    ])?;
    let branches = text(&branches);
    let others: Vec<&str> = branches
        .lines()
        .filter(|name| name.strip_prefix("refs/heads/") != current.as_deref())
        .take(MOST_BRANCHES)
        .collect();
    if others.is_empty() {
        return None;
    }
    let within: Vec<String> = roots
        .iter()
        .filter_map(|root| Some(git.relative(root)?.to_str()?.to_owned()))
        .collect();
    if within.is_empty() {
        return None;
    }
    let mut arguments = vec!["grep", "-l", "-z", "-F", "--no-textconv", "-e", id];
    arguments.extend(&others);
    arguments.push("--");
    arguments.extend(within.iter().map(String::as_str));
    // Nothing found is exit code 1, and no output.
    let found = git.run(&arguments)?;
    let mut uses = Vec::new();
    for object in text(&found)
        .split('\0')
        .filter(|name| !name.is_empty())
        .take(MOST_FILES)
    {
        let Some(contents) = git.run(&["cat-file", "blob", object]) else {
            break;
        };
        let Some((branch, file)) = object.split_once(':') else {
            continue;
        };
        let scan = reference::scan_bytes(&contents, options);
        let used = scan.references.iter().filter(|one| one.concerns(id));
        uses.extend(used.map(|one| BranchUse {
            branch: branch.trim_start_matches("refs/heads/").to_owned(),
            file: file.to_owned(),
            location: one.location,
        }));
    }
    Some(uses)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

struct Git {
    program: PathBuf,
    top: PathBuf,
    deadline: Instant,
}

impl Git {
    /// For the repository at `top`; `None` without a `git` to ask.
    fn new(top: PathBuf, deadline: Instant) -> Option<Self> {
        let program = program("git")?;
        Some(Self {
            program,
            top,
            deadline,
        })
    }

    /// The path relative to the repository's root, if it is below it.
    fn relative(&self, path: &Path) -> Option<PathBuf> {
        // A root need not exist here to exist on another branch.
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let top = std::fs::canonicalize(&self.top).ok()?;
        let relative = real.strip_prefix(top).ok()?.to_owned();
        if relative.as_os_str().is_empty() {
            Some(PathBuf::from("."))
        } else {
            Some(relative)
        }
    }

    /// What a git command prints, or `None` if it could not be run in time or printed nothing.
    fn run(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        let mut child = Command::new(&self.program)
            .arg("-C")
            .arg(&self.top)
            // What a repository's configuration could have git run, or write.
            .args([
                "-c",
                "core.fsmonitor=false",
                "-c",
                "core.hooksPath=/dev/null",
            ])
            .args(["-c", "core.pager=cat", "-c", "protocol.allow=never"])
            .args([
                "-c",
                "core.alternateRefsCommand=",
                "-c",
                "log.showSignature=false",
            ])
            .args(["-c", "core.untrackedCache=false", "-c", "gc.auto=0"])
            .args(["-c", "submodule.recurse=false", "-c", "core.sshCommand="])
            // What is printed is read by us.
            .args(["-c", "color.ui=false", "-c", "color.grep=false"])
            .arg("--no-optional-locks")
            .args(arguments)
            .env("GIT_NO_LAZY_FETCH", "1")
            // Unlike `protocol.allow`, no setting for one protocol goes before this one.
            .env("GIT_ALLOW_PROTOCOL", "none")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let stdout = child.stdout.take()?;
        let (sender, receiver) = mpsc::channel();
        let read = move || {
            let mut output = Vec::new();
            let result = stdout
                .take(MOST_BYTES)
                .read_to_end(&mut output)
                .map(|_| output);
            // Nobody listens any more when time is up.
            let _ = sender.send(result);
        };
        thread::Builder::new().name("git".into()).spawn(read).ok()?;
        let left = self.deadline.saturating_duration_since(Instant::now());
        let output = receiver.recv_timeout(left);
        end(&mut child);
        output.ok()?.ok().filter(|output| !output.is_empty())
    }
}

/// Where the program of this name is: never in the current directory, which may be the repository,
/// whatever `PATH` says.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
}

/// Ends the program if it still runs, and lets the system forget it.
fn end(child: &mut Child) {
    if !matches!(child.try_wait(), Ok(Some(_))) {
        // It may have ended just now.
        let _ = child.kill();
        let _ = child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A program that no git may run, and the file that is there if one did.
    pub(super) fn trap(root: &Path) -> (PathBuf, PathBuf) {
        let trap = root.join("trap.sh");
        let sprung = root.join("sprung");
        fs::write(
            &trap,
            format!("#!/bin/sh\ntouch {}\ncat\n", sprung.display()),
        )
        .unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&trap, mode).unwrap();
        (trap, sprung)
    }

    pub(super) fn git(dir: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .arg("-C")
            .arg(dir)
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{arguments:?}");
    }

    fn repository() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir(root.join("workflows")).unwrap();
        git(root, &["init", "-q", "-b", "main"]);
        let used = "# openai\nnodes:\n  a:\n    connection: openai\n";
        fs::write(root.join("workflows/a.yaml"), used).unwrap();
        fs::write(root.join("workflows/prompt.yaml"), "prompt: use openai\n").unwrap();
        git(root, &["add", "-A"]);
        git(root, &["commit", "-q", "-m", "used"]);
        git(root, &["branch", "feature/x"]);
        fs::remove_file(root.join("workflows/a.yaml")).unwrap();
        git(root, &["commit", "-q", "-a", "-m", "not used"]);
        dir
    }

    fn uses(root: &Path, id: &str) -> Vec<BranchUse> {
        let roots = [root.join("workflows")];
        let options = Options::default();
        uses_on_other_branches(root, &roots, id, &options, Duration::from_secs(20))
    }

    #[test]
    fn another_branch_that_still_uses_it_is_named() {
        let dir = repository();
        let found = uses(dir.path(), "openai");
        assert_eq!(
            found,
            [BranchUse {
                branch: "feature/x".to_owned(),
                file: "workflows/a.yaml".to_owned(),
                location: Location {
                    line: 4,
                    column: 17
                },
            }]
        );
        assert_eq!(uses(dir.path(), "open"), []);
        assert_eq!(uses(dir.path(), "-e"), []);
        assert_eq!(uses(tempfile::tempdir().unwrap().path(), "openai"), []);
    }

    #[test]
    fn a_hostile_configuration_runs_nothing() {
        let dir = repository();
        let root = dir.path();
        let (trap, sprung) = trap(root);
        let trap = trap.to_str().unwrap();
        for key in [
            "core.fsmonitor",
            "core.pager",
            "pager.grep",
            "diff.x.textconv",
            "filter.x.smudge",
        ] {
            git(root, &["config", key, trap]);
        }
        fs::write(root.join(".gitattributes"), "* diff=x filter=x\n").unwrap();
        assert_eq!(uses(root, "openai").len(), 1);
        assert!(!sprung.exists());
    }

    #[test]
    fn no_time_is_no_answer() {
        let dir = repository();
        let roots = [dir.path().join("workflows")];
        let options = Options::default();
        let found = uses_on_other_branches(dir.path(), &roots, "openai", &options, Duration::ZERO);
        assert_eq!(found, []);
    }
}
