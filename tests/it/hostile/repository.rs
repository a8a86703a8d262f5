//! A hostile repository: whatever its git configuration, its attributes and its files say, no
//! program is run but the `git` of an absolute directory, and that one runs no other.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{FINE, WORKFLOW, Yard};

/// What asks git something, and what could be thought to.
const COMMANDS: [&[&str]; 12] = [
    &["list"],
    &["show", "openai"],
    &["check"],
    &["refs", "openai"],
    &["rm", "spare", "--dry-run"],
    &["rm", "openai", "--yes"],
    &["set", "openai", "name", "new"],
    &["rename", "openai", "other"],
    &["rename", "other", "openai"],
    &["add", "new", "--type", "OpenAI", "--env", "api_key=K"],
    &["undo"],
    &["info"],
];

/// Settings of git that hold a command.
const COMMAND_SETTINGS: [&str; 30] = [
    "core.fsmonitor",
    "core.pager",
    "core.editor",
    "core.sshCommand",
    "core.askPass",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "sequence.editor",
    "pager.grep",
    "pager.branch",
    "pager.ls-files",
    "pager.for-each-ref",
    "pager.cat-file",
    "diff.external",
    "diff.x.command",
    "diff.x.textconv",
    "merge.x.driver",
    "filter.x.smudge",
    "filter.x.clean",
    "filter.x.process",
    "credential.helper",
    "gpg.program",
    "gpg.ssh.program",
    "gpg.ssh.defaultKeyCommand",
    "interactive.diffFilter",
    "remote.origin.uploadpack",
    "uploadpack.packObjectsHook",
    "trailer.x.command",
    "browser.x.cmd",
    "man.x.cmd",
];

struct Repository {
    yard: Yard,
    trap: PathBuf,
    sprung: PathBuf,
}

impl Repository {
    /// With a branch that still uses `spare`, a secret in a tracked file, and a trap.
    fn new() -> Self {
        let yard = Yard::new();
        let sprung = yard.home().join("sprung");
        let trap = yard.path("trap.sh");
        let repository = Self { yard, trap, sprung };
        let yard = &repository.yard;
        yard.write(
            "connections.d/spare.yaml",
            FINE.replace("${oc.env:OPENAI_API_KEY}", "sk-canary-in-git-1234"),
        );
        yard.write("workflows/spare.yaml", WORKFLOW.replace("openai", "spare"));
        let script = format!(
            "#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n",
            repository.sprung.display()
        );
        executable(&repository.trap, &script);
        repository.git(&["init", "-q", "-b", "main"]);
        repository.git(&["add", "-A"]);
        repository.git(&["commit", "-q", "-m", "one"]);
        repository.git(&["branch", "feature"]);
        repository.git(&["rm", "-q", "workflows/spare.yaml"]);
        repository.git(&["commit", "-q", "-m", "two"]);
        repository
    }

    fn git(&self, arguments: &[&str]) {
        git_in(&self.yard.path(""), arguments);
    }

    fn config(&self, key: &str, value: &str) {
        self.git(&["config", "--local", key, value]);
    }

    #[track_caller]
    fn springs_nothing(&self, what: &str) {
        for arguments in COMMANDS {
            self.yard.run(arguments);
        }
        self.yard.walk_through(&[b"sk-canary"]);
        if let Ok(said) = fs::read_to_string(&self.sprung) {
            panic!("{what}: a program of the repository was run: {said}");
        }
    }
}

fn git_in(directory: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{arguments:?}");
}

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn settings_of_git_run_nothing() {
    let repository = Repository::new();
    let trap = repository.trap.to_str().unwrap();
    fs::write(
        repository.yard.path(".gitattributes"),
        "* diff=x filter=x merge=x text=auto ident\n",
    )
    .unwrap();
    repository.git(&["add", "-A"]);
    repository.git(&["commit", "-q", "-m", "attributes"]);
    for key in COMMAND_SETTINGS {
        repository.config(key, trap);
    }
    for (key, value) in [
        ("color.ui", "always"),
        ("color.grep", "always"),
        ("color.grep.filename", "red"),
        ("core.quotePath", "false"),
        ("core.untrackedCache", "true"),
        ("grep.fullName", "true"),
        ("submodule.recurse", "true"),
        ("log.showSignature", "true"),
        ("protocol.allow", "always"),
        ("protocol.ext.allow", "always"),
        ("alias.grep", &format!("!{trap}")),
        ("alias.ls-files", &format!("!{trap}")),
        ("alias.cat-file", &format!("!{trap}")),
        ("alias.for-each-ref", &format!("!{trap}")),
        ("alias.symbolic-ref", &format!("!{trap}")),
        ("core.hooksPath", repository.yard.path("").to_str().unwrap()),
        ("trace2.eventTarget", repository.sprung.to_str().unwrap()),
    ] {
        repository.config(key, value);
    }
    for hook in [
        "post-index-change",
        "reference-transaction",
        "fsmonitor-watchman",
        "post-checkout",
    ] {
        executable(
            &repository.yard.path(hook),
            &fs::read_to_string(trap).unwrap(),
        );
        executable(
            &repository.yard.path(".git/hooks").join(hook),
            &fs::read_to_string(trap).unwrap(),
        );
    }
    repository.springs_nothing("settings");
    // And the answers are still answers: colours and the like change none.
    let checked = repository.yard.run(&["check"]);
    assert!(
        checked.out().contains("literal-secret"),
        "{}",
        checked.out()
    );
    let roots = [repository.yard.path("workflows")];
    let found = conndeck::git::uses_on_other_branches(
        &repository.yard.path("connections.d"),
        &roots,
        "spare",
        &conndeck::reference::Options::default(),
        std::time::Duration::from_secs(20),
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].branch, "feature");
    assert!(!repository.sprung.exists());
}

/// A missing object makes git fetch it from where the configuration says, by any program.
#[test]
fn a_promise_of_a_remote_fetches_nothing() {
    let repository = Repository::new();
    let trap = repository.trap.to_str().unwrap().to_owned();
    repository.config("extensions.partialClone", "origin");
    repository.config("core.repositoryFormatVersion", "1");
    repository.config("remote.origin.url", &format!("ext::{trap} %S"));
    repository.config("remote.origin.promisor", "true");
    repository.config("remote.origin.partialclonefilter", "blob:none");
    repository.config("protocol.ext.allow", "always");
    let objects = repository.yard.path(".git/objects");
    for entry in fs::read_dir(&objects).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name.len() == 2) {
            // Commits and trees go as well: whatever git looks for is not there.
            fs::remove_dir_all(path).unwrap();
        }
    }
    repository.springs_nothing("a promise");
}

#[test]
fn a_configuration_that_leads_elsewhere_runs_nothing() {
    for kind in [
        "include",
        "worktree",
        "git file",
        "pipe",
        "link",
        "submodule",
    ] {
        let repository = Repository::new();
        let trap = repository.trap.to_str().unwrap().to_owned();
        let outside = repository.yard.outside();
        let hostile = format!(
            "[core]\n\tfsmonitor = {trap}\n\tpager = {trap}\n\tsshCommand = {trap}\n[diff]\n\texternal = {trap}\n"
        );
        match kind {
            "include" => {
                fs::write(outside.join("config"), &hostile).unwrap();
                repository.config("include.path", outside.join("config").to_str().unwrap());
            }
            "worktree" => repository.config("core.worktree", outside.to_str().unwrap()),
            "git file" | "link" => {
                let elsewhere = outside.join("elsewhere");
                fs::rename(repository.yard.path(".git"), &elsewhere).unwrap();
                let config = elsewhere.join("config");
                let own = fs::read_to_string(&config).unwrap();
                fs::write(config, own + &hostile).unwrap();
                let place = repository.yard.path(".git");
                if kind == "link" {
                    symlink(&elsewhere, place).unwrap();
                } else {
                    fs::write(place, format!("gitdir: {}\n", elsewhere.display())).unwrap();
                }
            }
            "pipe" => {
                let config = repository.yard.path(".git/config");
                fs::remove_file(&config).unwrap();
                let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
                rustix::fs::mkfifoat(rustix::fs::CWD, &config, mode).unwrap();
                // Git waits for it, and is ended then.
                for arguments in [&["check"][..], &["rm", "spare", "--dry-run"]] {
                    repository.yard.run(arguments);
                }
                continue;
            }
            _ => {
                let module = repository.yard.path("workflows/module");
                fs::create_dir(&module).unwrap();
                git_in(&module, &["init", "-q"]);
                fs::write(module.join("a.yaml"), WORKFLOW).unwrap();
                git_in(&module, &["add", "-A"]);
                git_in(&module, &["commit", "-q", "-m", "m"]);
                git_in(&module, &["config", "core.fsmonitor", &trap]);
                repository.git(&["add", "workflows/module"]);
                repository.config("submodule.recurse", "true");
                repository.config("grep.recurseSubmodules", "true");
            }
        }
        repository.springs_nothing(kind);
    }
}

/// A `git`, an `sh` or an editor that lies in the repository is found by no relative `PATH`.
#[test]
fn programs_in_the_current_directory_are_not_run() {
    let repository = Repository::new();
    let script = fs::read_to_string(&repository.trap).unwrap();
    for name in [
        "git", "setsid", "less", "vi", "wl-copy", "xclip", "xsel", "pbcopy", "tmux",
    ] {
        executable(&repository.yard.path(name), &script);
        executable(&repository.yard.path("connections.d").join(name), &script);
    }
    let absolute = std::env::var("PATH").unwrap();
    for path in [
        format!(".:{absolute}"),
        format!(":{absolute}"),
        format!("connections.d:{absolute}"),
        ".".to_owned(),
    ] {
        let path = OsString::from(path);
        for arguments in [
            &["check"][..],
            &["list"],
            &["rm", "spare", "--dry-run"],
            &["info"],
        ] {
            // The shell that sets the limits is found by an absolute way.
            repository.yard.run_with(arguments, &[("PATH", &path)]);
        }
    }
    assert!(
        !repository.sprung.exists(),
        "{:?}",
        fs::read_to_string(&repository.sprung)
    );
}

/// What a system call tracer sees: no program but git, by an absolute path and with its locks off.
#[test]
fn the_programs_that_are_started_are_git_alone() {
    let repository = Repository::new();
    let log = repository.yard.home().join("trace");
    let can_trace = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !can_trace {
        println!("skipped: there is no `strace` that may trace");
        return;
    }
    for arguments in COMMANDS {
        Command::new("strace")
            .args(["-f", "-e", "trace=execve", "-s", "4096", "-o"])
            .arg(&log)
            .arg(super::conndeck())
            .args(arguments)
            .current_dir(repository.yard.path(""))
            .env("HOME", repository.yard.home())
            .env("EDITOR", &repository.trap)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let trace = fs::read_to_string(&log).unwrap();
        let mut started = trace.lines().filter(|line| line.contains("execve(\""));
        assert!(
            started.next().is_some_and(|line| line.contains("conndeck")),
            "{trace}"
        );
        for line in started {
            let program = line.split('"').nth(1).unwrap();
            assert!(
                program.starts_with('/') && program.ends_with("/git"),
                "{arguments:?}: {line}"
            );
            for flag in [
                "core.fsmonitor=false",
                "core.hooksPath=/dev/null",
                "--no-optional-locks",
            ] {
                assert!(line.contains(flag), "{arguments:?}: {line}");
            }
            assert!(!line.contains("sk-canary"), "{line}");
        }
    }
}
