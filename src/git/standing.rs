//! How the files of a store stand to git: new, changed, ignored; and the branch that is checked out.
//!
//! A filter in a repository's own configuration is a program that git would run to compare a file.
//! Such a repository is not asked at all.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Git, text};
use crate::store::git_root;

/// What git says about a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The branch, or the short hash of the commit where no branch is checked out.
    pub branch: String,
    /// The files that are not as the last commit has them, by name.
    pub marks: BTreeMap<OsString, Mark>,
}

/// Why a file is not as the last commit has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Git does not track it.
    Untracked,
    /// It is staged, and in no commit yet.
    Added,
    /// It was changed since the last commit.
    Changed,
    /// Git ignores it.
    Ignored,
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Untracked, Self::Added, Self::Changed, Self::Ignored];

    /// One column for a list.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Untracked => "?",
            Self::Added => "A",
            Self::Changed => "M",
            Self::Ignored => "!",
        }
    }

    /// The same in words, as they follow the file's name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Untracked => "new to git, not tracked yet",
            Self::Added => "new to git, not committed yet",
            Self::Changed => "changed since the last commit",
            Self::Ignored => "ignored by git",
        }
    }
}

/// What git says about the files directly in `store`. `None` outside of a repository, without a git
/// that answers in time, and where asking would run a program of the repository's.
pub fn standing(store: &Path, limit: Duration) -> Option<Standing> {
    // A store that does not exist yet has a branch all the same.
    let there = store.ancestors().find(|dir| dir.is_dir())?;
    let there = there.canonicalize().ok()?;
    let git = Git::new(git_root(&there)?, Instant::now() + limit)?;
    if has_filter_of_its_own(&git)? {
        return None;
    }
    let inside = git.relative(store)?;
    let output = git.run(&[
        "--literal-pathspecs",
        "status",
        "--porcelain=v2",
        "-z",
        "--branch",
        "--no-ahead-behind",
        "--no-renames",
        "--ignore-submodules=all",
        "--untracked-files=all",
        "--ignored=traditional",
        "--",
        inside.to_str()?,
    ])?;
    let inside = if inside == Path::new(".") {
        Path::new("")
    } else {
        &inside
    };
    Some(read(&text(&output), inside))
}

/// Whether the repository's own configuration names a filter. `None` if git does not say.
fn has_filter_of_its_own(git: &Git) -> Option<bool> {
    let output = git.run(&["config", "--list", "--show-scope", "-z"])?;
    let output = text(&output);
    let mut parts = output.split('\0');
    while let (Some(scope), Some(entry)) = (parts.next(), parts.next()) {
        let is_own = matches!(scope, "local" | "worktree");
        if is_own && entry.to_ascii_lowercase().starts_with("filter.") {
            return Some(true);
        }
    }
    Some(false)
}

/// Reads what `git status --porcelain=v2 -z --branch` prints, paths being those in the repository.
fn read(output: &str, store: &Path) -> Standing {
    let mut standing = Standing::default();
    let mut commit = "";
    for entry in output.split('\0') {
        if let Some(oid) = entry.strip_prefix("# branch.oid ") {
            commit = oid;
        } else if let Some(head) = entry.strip_prefix("# branch.head ") {
            head.clone_into(&mut standing.branch);
        } else if let Some((mark, path)) = mark_of(entry) {
            let path = Path::new(path);
            if let (Some(parent), Some(name)) = (path.parent(), path.file_name())
                && parent == store
            {
                standing.marks.insert(name.to_owned(), mark);
            }
        }
    }
    if standing.branch == "(detached)" {
        standing.branch = commit.chars().take(7).collect();
    }
    standing
}

/// `1 XY sub mH mI mW hH hI path`, `u XY sub m1 m2 m3 mW h1 h2 h3 path`, `? path`, `! path`.
fn mark_of(entry: &str) -> Option<(Mark, &str)> {
    let (kind, rest) = entry.split_once(' ')?;
    match kind {
        "?" => Some((Mark::Untracked, rest)),
        "!" => Some((Mark::Ignored, rest)),
        "1" => {
            let is_new = rest.starts_with('A');
            let mark = if is_new { Mark::Added } else { Mark::Changed };
            Some((mark, rest.splitn(8, ' ').nth(7)?))
        }
        "u" => Some((Mark::Changed, rest.splitn(10, ' ').nth(9)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{git, trap};
    use super::*;
    use std::fs;

    const LONG: Duration = Duration::from_secs(20);

    fn repository() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("a b/connections.d/types.d")).unwrap();
        git(root, &["init", "-q", "-b", "main"]);
        fs::write(root.join(".gitignore"), "ignored.yaml\n").unwrap();
        for name in ["same", "changed", "ignored", "日本 x"] {
            fs::write(
                root.join(format!("a b/connections.d/{name}.yaml")),
                "type: x\n",
            )
            .unwrap();
        }
        fs::write(root.join("a b/connections.d/types.d/deep.yaml"), "x\n").unwrap();
        git(root, &["add", "-A"]);
        git(root, &["commit", "-q", "-m", "first"]);
        for name in ["changed", "日本 x", "untracked", "added"] {
            fs::write(
                root.join(format!("a b/connections.d/{name}.yaml")),
                "type: y\n",
            )
            .unwrap();
        }
        fs::write(root.join("a b/connections.d/types.d/deep.yaml"), "y\n").unwrap();
        fs::write(root.join("a b/beside.yaml"), "y\n").unwrap();
        git(root, &["add", "a b/connections.d/added.yaml"]);
        dir
    }

    fn asked(root: &Path) -> Option<Standing> {
        standing(&root.join("a b/connections.d"), LONG)
    }

    #[test]
    fn each_file_has_its_mark_and_no_other_has_one() {
        let dir = repository();
        let standing = asked(dir.path()).unwrap();
        let marks: Vec<(&str, Mark)> = standing
            .marks
            .iter()
            .map(|(name, mark)| (name.to_str().unwrap(), *mark))
            .collect();
        assert_eq!(
            marks,
            [
                ("added.yaml", Mark::Added),
                ("changed.yaml", Mark::Changed),
                ("ignored.yaml", Mark::Ignored),
                ("untracked.yaml", Mark::Untracked),
                ("日本 x.yaml", Mark::Changed),
            ]
        );
        assert_eq!(standing.branch, "main");
    }

    #[test]
    fn without_a_branch_it_is_the_commit() {
        let dir = repository();
        git(dir.path(), &["checkout", "-q", "--detach"]);
        let branch = asked(dir.path()).unwrap().branch;
        assert_eq!(branch.len(), 7);
        assert!(branch.bytes().all(|b| b.is_ascii_hexdigit()), "{branch}");
    }

    #[test]
    fn no_repository_no_time_no_answer() {
        let dir = repository();
        let store = dir.path().join("a b/connections.d");
        assert_eq!(standing(&store, Duration::ZERO), None);
        let elsewhere = tempfile::tempdir().unwrap();
        assert_eq!(standing(elsewhere.path(), LONG), None);
        let missing = standing(&dir.path().join("none"), LONG).unwrap();
        assert_eq!((missing.branch.as_str(), missing.marks.len()), ("main", 0));
        git(
            dir.path(),
            &["config", "core.repositoryformatversion", "99"],
        );
        assert_eq!(asked(dir.path()), None);
    }

    #[test]
    fn a_hostile_repository_runs_nothing() {
        let dir = repository();
        let root = dir.path();
        let (trap, sprung) = trap(root);
        fs::write(root.join(".gitattributes"), "* filter=x\n").unwrap();
        fs::create_dir_all(root.join(".git/hooks")).unwrap();
        fs::copy(&trap, root.join(".git/hooks/post-index-change")).unwrap();
        git(root, &["config", "core.fsmonitor", trap.to_str().unwrap()]);
        assert!(asked(root).is_some());
        assert!(!sprung.exists(), "a hook, or the monitor");
        for key in ["filter.x.clean", "filter.x.process", "FILTER.x.smudge"] {
            git(root, &["config", key, trap.to_str().unwrap()]);
            assert_eq!(asked(root), None, "{key}");
            assert!(!sprung.exists(), "{key}");
            git(root, &["config", "--unset", key]);
        }
        // The same by way of another file.
        let included = root.join("included");
        fs::write(
            &included,
            format!("[filter \"x\"]\nclean = {}\n", trap.display()),
        )
        .unwrap();
        git(
            root,
            &["config", "include.path", included.to_str().unwrap()],
        );
        assert_eq!(asked(root), None);
        assert!(!sprung.exists());
    }
}
