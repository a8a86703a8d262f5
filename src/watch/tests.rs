//! The watcher against real files, in both modes. Waits for what must come, with a deadline, and for
//! what must not come until a later change has come.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

use super::*;

/// A project with a store and a root for workflows, watched. One more root is of the tests alone.
struct Project {
    dir: tempfile::TempDir,
    changes: Receiver<Changed>,
    watcher: Watcher,
    marks: Cell<usize>,
}

/// On a busy machine a look takes long, and the next one comes twenty times as late.
const DEADLINE: Duration = Duration::from_secs(60);

const MODES: [Mode; 2] = [Mode::Notified, Mode::Polling];

impl Project {
    fn new(mode: Mode, prepare: impl Fn(&Path)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path());
        fs::create_dir(dir.path().join("marks")).unwrap();
        let (sender, changes) = mpsc::channel();
        let watcher = watch_in(
            mode,
            &dir.path().join("connections.d"),
            &["workflows", "one.yaml", "marks"].map(|root| dir.path().join(root)),
            move |changed| {
                let _ = sender.send(changed);
            },
        );
        assert_eq!(watcher.mode(), mode, "inotify does not work here");
        Self {
            dir,
            changes,
            watcher,
            marks: Cell::new(0),
        }
    }

    /// With both directories and a file in each.
    fn usual(mode: Mode) -> Self {
        Self::new(mode, |dir| {
            fs::create_dir_all(dir.join("connections.d")).unwrap();
            fs::create_dir_all(dir.join("workflows/deep")).unwrap();
            fs::write(dir.join("connections.d/a.yaml"), "type: x\n").unwrap();
            fs::write(dir.join("workflows/deep/w.yaml"), "a: b\n").unwrap();
            fs::write(dir.join("one.yaml"), "a: b\n").unwrap();
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn shell(&self, script: &str) {
        let status = Command::new("sh")
            .arg("-ec")
            .arg(script)
            .current_dir(self.dir.path())
            .status()
            .unwrap();
        assert!(status.success(), "{script}");
    }

    /// Waits for `wanted`, and takes in what else came of the same deed.
    #[track_caller]
    fn expect(&self, wanted: &Changed) {
        self.expect_that(|changed| changed == wanted, &format!("{wanted:?}"));
    }

    /// The same for any change of the store.
    #[track_caller]
    fn expect_in_store(&self) {
        self.expect_that(is_in_store, "a change of the store");
    }

    #[track_caller]
    fn expect_that(&self, is_wanted: impl Fn(&Changed) -> bool, wanted: &str) {
        let seen = self.settle();
        assert!(
            seen.iter().any(is_wanted),
            "{wanted} did not come: {seen:?}"
        );
    }

    /// All that has been reported, and will be, of what was done until now.
    #[track_caller]
    fn settle(&self) -> Vec<Changed> {
        let mut seen = Vec::new();
        // What is polled for at the first mark may have been looked at before the deed; the look
        // that finds the second one began after the first was reported.
        for _ in 0..2 {
            self.mark(&mut seen);
        }
        seen
    }

    /// Changes one more file, and takes in what comes until that is reported.
    #[track_caller]
    fn mark(&self, seen: &mut Vec<Changed>) {
        let marks = self.path("marks");
        let deadline = Instant::now() + DEADLINE;
        while Instant::now() < deadline {
            self.marks.set(self.marks.get() + 1);
            let mark = marks.join(format!("{}.yaml", self.marks.get()));
            fs::write(&mark, "").unwrap();
            // If much is reported at once, the mark may be a part of it.
            let again = Instant::now() + Duration::from_secs(1);
            while let Ok(changed) = self.changes.recv_timeout(again - Instant::now().min(again)) {
                if changed == Changed::Workflow(mark.clone()) {
                    return;
                }
                let is_mark = |path: &PathBuf| path.starts_with(&marks);
                if !matches!(&changed, Changed::Workflow(path) if is_mark(path)) {
                    seen.push(changed);
                }
            }
        }
        panic!("nothing is reported any more; before: {seen:?}");
    }
}

fn is_in_store(changed: &Changed) -> bool {
    matches!(changed, Changed::Store | Changed::Connection(_))
}

#[test]
fn each_way_to_change_the_store_is_noticed() {
    for mode in MODES {
        let project = Project::usual(mode);
        for script in [
            "echo 'name: b' >> connections.d/a.yaml",
            "sed -i s/x/y/ connections.d/a.yaml",
            "echo 'type: z' > connections.d/b.yaml",
            "mv connections.d/b.yaml elsewhere",
            "mv elsewhere connections.d/c.yml",
            "mv connections.d/c.yml connections.d/d.yml",
            "rm connections.d/d.yml",
            "mkfifo connections.d/pipe.yaml",
            "rm -r connections.d",
            "mkdir connections.d",
            "echo 'type: z' > connections.d/again.yaml",
            "rm -r connections.d; mkdir connections.d; echo 'type: z' > connections.d/again.yaml",
            "echo 'type: y' > connections.d/again.yaml",
            "mv connections.d old; mkdir connections.d; echo 'type: z' > connections.d/x.yaml",
            "echo 'type: y' > connections.d/x.yaml",
        ] {
            project.shell(script);
            project.expect_in_store();
        }
        // The old directory is no longer of interest.
        project.shell("echo 'type: q' > old/x.yaml");
        assert_eq!(project.settle(), [], "{mode:?}");
    }
}

#[test]
fn a_changed_connection_is_named() {
    for mode in MODES {
        let project = Project::new(mode, |dir| {
            fs::create_dir_all(dir.join("connections.d")).unwrap();
            fs::write(dir.join("connections.d/a.yaml"), "type: x\n").unwrap();
            fs::write(dir.join("target.yaml"), "type: x\n").unwrap();
            symlink("../target.yaml", dir.join("connections.d/link.yaml")).unwrap();
        });
        for (script, names) in [
            ("echo 'name: b' >> connections.d/a.yaml", &["a.yaml"][..]),
            ("sed -i s/x/y/ connections.d/a.yaml", &["a.yaml"]),
            ("echo 'type: z' > connections.d/b.yml", &["b.yml"]),
            (
                "mv connections.d/b.yml connections.d/c.yml",
                &["b.yml", "c.yml"],
            ),
            ("rm connections.d/c.yml", &["c.yml"]),
            ("sed -i s/x/y/ target.yaml", &["link.yaml"]),
            ("ln -s ../target.yaml connections.d/l2.yaml", &["l2.yaml"]),
            ("sed -i s/y/z/ target.yaml", &["l2.yaml", "link.yaml"]),
        ] {
            project.shell(script);
            let names = names.iter().map(|name| Changed::Connection(name.into()));
            let wanted: BTreeSet<Changed> = names.collect();
            let seen: BTreeSet<Changed> = project.settle().into_iter().collect();
            assert_eq!(seen, wanted, "{mode:?}: {script}");
        }
    }
}

#[test]
fn a_store_that_does_not_exist_yet_is_found_when_it_comes() {
    for mode in MODES {
        let project = Project::new(mode, |_| {});
        project.shell("mkdir connections.d && echo 'type: z' > connections.d/a.yaml");
        project.expect_in_store();
        project.shell("echo 'type: y' > connections.d/a.yaml");
        project.expect_in_store();
        project.shell("mkdir -p workflows/deep");
        project.settle();
        project.shell("echo 'a: c' > workflows/deep/x.yaml");
        project.expect(&Changed::Workflow(project.path("workflows/deep/x.yaml")));
    }
}

#[test]
fn a_store_whose_parents_come_later_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("a/b/connections.d");
    let (sender, changes) = mpsc::channel();
    let _watcher = watch_in(Mode::Notified, &store, &[], move |changed| {
        let _ = sender.send(changed);
    });
    fs::create_dir_all(&store).unwrap();
    fs::write(store.join("x.yaml"), "type: x\n").unwrap();
    assert_eq!(changes.recv_timeout(DEADLINE), Ok(Changed::Store));
    // Until what belongs to the parents has been reported, a file may be a part of that.
    let name = Changed::Connection("y.yaml".into());
    let deadline = Instant::now() + DEADLINE;
    while changes.recv_timeout(Duration::from_millis(100)).as_ref() != Ok(&name) {
        assert!(Instant::now() < deadline, "it is not named");
        fs::write(store.join("y.yaml"), "type: y\n").unwrap();
    }
}

#[test]
fn a_changed_workflow_is_named() {
    for mode in MODES {
        let project = Project::usual(mode);
        let deep = Changed::Workflow(project.path("workflows/deep/w.yaml"));
        project.shell("echo 'x: y' >> workflows/deep/w.yaml");
        project.expect(&deep);
        project.shell("sed -i s/x/z/ workflows/deep/w.yaml");
        project.expect(&deep);
        project.shell("rm workflows/deep/w.yaml");
        project.expect(&deep);
        project.shell("echo 'a: c' >> one.yaml");
        project.expect(&Changed::Workflow(project.path("one.yaml")));
        project.shell("sed -i s/c/d/ one.yaml");
        project.expect(&Changed::Workflow(project.path("one.yaml")));
    }
}

#[test]
fn directories_of_workflows_may_come_and_go() {
    let project = Project::usual(Mode::Notified);
    for script in [
        "mkdir -p workflows/new/a/b/c; echo 'a: b' > workflows/new/a/b/c/x.yaml",
        "mv workflows/new workflows/newer",
        "mv workflows/newer outside",
        "mv outside workflows/back",
        "rm -r workflows",
        "mkdir -p workflows/deep",
    ] {
        project.shell(script);
        project.expect(&Changed::Workflows);
    }
    project.shell("echo 'a: b' > workflows/deep/x.json");
    project.expect(&Changed::Workflow(project.path("workflows/deep/x.json")));
    // What is moved out is no longer watched.
    project.shell("mkdir workflows/go; mv workflows/go gone");
    project.settle();
    project.shell("echo 'a: b' > gone/x.yaml; mkdir gone/sub");
    assert_eq!(project.settle(), []);
}

#[test]
fn many_changes_at_once_are_one() {
    let project = Project::usual(Mode::Polling);
    project.shell(
        "mkdir new; for i in $(seq 100); do echo a: b > new/$i.yaml; done; mv new workflows/",
    );
    assert_eq!(project.settle(), [Changed::Workflows]);
}

#[test]
fn a_symlinked_store_and_its_symlinked_files_are_watched_where_they_are() {
    for mode in MODES {
        let project = Project::new(mode, |dir| {
            fs::create_dir_all(dir.join("real")).unwrap();
            fs::create_dir_all(dir.join("other")).unwrap();
            fs::create_dir_all(dir.join("shared/files")).unwrap();
            fs::write(dir.join("shared/files/s.yaml"), "type: x\n").unwrap();
            symlink("../shared/files/s.yaml", dir.join("real/s.yaml")).unwrap();
            symlink("real", dir.join("connections.d")).unwrap();
        });
        for script in [
            "echo 'type: y' > real/a.yaml",
            "sed -i s/x/y/ shared/files/s.yaml",
            "rm -r real; mkdir real; echo 'type: z' > real/b.yaml",
            "echo 'type: q' > real/b.yaml",
            "rm connections.d; ln -s other connections.d",
            "echo 'type: q' > other/b.yaml",
        ] {
            project.shell(script);
            project.expect_in_store();
        }
        project.shell("echo 'type: q' > real/c.yaml");
        assert_eq!(project.settle(), [], "{mode:?}");
    }
}

#[test]
fn reading_and_what_is_no_connection_make_no_change() {
    for mode in MODES {
        let project = Project::usual(mode);
        project.shell(
            "cat connections.d/* workflows/deep/* > cat; ls -l connections.d > ls; \
             echo x > connections.d/.conndeck-0123456789abcdef.tmp; \
             echo x > connections.d/a.yaml.swp; echo x > connections.d/4913; \
             echo x > workflows/readme.txt; mkdir workflows/.git; echo a > workflows/.git/x.yaml; \
             echo x > beside.yaml",
        );
        let store = crate::store::Store::open(&project.path("connections.d"));
        store.load(None).unwrap();
        store.clean_up();
        assert_eq!(project.settle(), [], "{mode:?}");
    }
}

#[test]
fn a_writer_is_noticed_though_it_never_closes_its_file() {
    use std::io::Write;
    let project = Project::usual(Mode::Notified);
    let mut file = fs::File::create(project.path("connections.d/a.yaml")).unwrap();
    project.expect_in_store();
    file.write_all(b"type: y\n").unwrap();
    project.expect_in_store();
}

#[test]
fn dropping_it_ends_its_thread() {
    for mode in MODES {
        let Project {
            dir,
            changes,
            watcher,
            ..
        } = Project::usual(mode);
        drop(watcher);
        // The closure, and with it the sender, goes with the thread.
        assert_eq!(
            changes.recv_timeout(DEADLINE),
            Err(RecvTimeoutError::Disconnected)
        );
        drop(dir);
    }
}

#[test]
fn symlinks_are_followed_inside_the_project_and_no_further() {
    for mode in MODES {
        let project = Project::new(mode, |dir| {
            fs::create_dir_all(dir.join("workflows/real")).unwrap();
            fs::create_dir_all(dir.join("repository/.git")).unwrap();
            fs::create_dir_all(dir.join("outside")).unwrap();
            fs::write(dir.join("outside/x.yaml"), "a: b\n").unwrap();
            fs::write(dir.join("workflows/real/x.yaml"), "a: b\n").unwrap();
            symlink("real", dir.join("workflows/alias")).unwrap();
            symlink(".", dir.join("workflows/loop")).unwrap();
            symlink("../outside", dir.join("workflows/out")).unwrap();
            symlink("real/x.yaml", dir.join("workflows/link.yaml")).unwrap();
        });
        project.shell("echo 'a: c' > outside/x.yaml");
        assert_eq!(project.settle(), [], "{mode:?}");
        project.shell("sed -i s/b/c/ workflows/real/x.yaml");
        let seen = project.settle();
        let changed = |name: &str| Changed::Workflow(project.path(name));
        assert!(seen.contains(&changed("workflows/real/x.yaml")), "{seen:?}");
        assert!(seen.contains(&changed("workflows/link.yaml")), "{seen:?}");
        assert!(
            !seen.contains(&changed("workflows/alias/x.yaml")),
            "{seen:?}"
        );
    }
}

#[test]
fn inside_a_repository_symlinks_lead_out_of_the_root() {
    let project = Project::new(Mode::Notified, |dir| {
        fs::create_dir_all(dir.join(".git")).unwrap();
        fs::create_dir_all(dir.join("workflows")).unwrap();
        fs::create_dir_all(dir.join("library")).unwrap();
        symlink("../library", dir.join("workflows/shared")).unwrap();
    });
    project.shell("echo 'a: c' > library/x.yaml");
    project.expect(&Changed::Workflow(project.path("workflows/shared/x.yaml")));
    project.shell("ln -s ../library/x.yaml workflows/one.yaml");
    project.expect(&Changed::Workflow(project.path("workflows/one.yaml")));
    project.shell("echo 'a: d' > library/x.yaml");
    project.expect(&Changed::Workflow(project.path("workflows/one.yaml")));
}

#[test]
fn changed_permissions_are_changes() {
    for mode in MODES {
        let project = Project::usual(mode);
        for script in ["chmod 400 connections.d/a.yaml", "chmod 500 connections.d"] {
            project.shell(script);
            project.expect_in_store();
        }
    }
}

/// Quicker than the watcher can look in between.
#[test]
fn a_directory_that_is_another_one_in_a_moment_is_watched() {
    let project = Project::usual(Mode::Notified);
    let store = project.path("connections.d");
    for round in 0..10 {
        fs::remove_dir_all(&store).unwrap();
        fs::create_dir(&store).unwrap();
        project.expect_in_store();
        fs::write(store.join("a.yaml"), round.to_string()).unwrap();
        project.expect_in_store();
        // And so that there is a directory of that name all the time.
        let other = project.path("other");
        fs::create_dir(&other).unwrap();
        let cwd = rustix::fs::CWD;
        let flags = rustix::fs::RenameFlags::EXCHANGE;
        rustix::fs::renameat_with(cwd, &store, cwd, &other, flags).unwrap();
        project.expect_in_store();
        fs::write(store.join("a.yaml"), round.to_string()).unwrap();
        project.expect_in_store();
        fs::write(other.join("a.yaml"), "no longer the store").unwrap();
        assert_eq!(project.settle(), []);
        fs::remove_dir_all(&other).unwrap();
        project.settle();
    }
}

#[test]
fn directories_that_come_all_at_once_are_watched_to_the_deepest() {
    let project = Project::usual(Mode::Notified);
    for round in 0..10 {
        let mut deep = project.path(&format!("workflows/{round}"));
        deep.extend(["a", "b", "c", "d", "e", "f", "g", "h"]);
        fs::create_dir_all(&deep).unwrap();
        project.settle();
        let file = deep.join("x.yaml");
        fs::write(&file, "a: b\n").unwrap();
        project.expect(&Changed::Workflow(file));
    }
}

#[test]
fn a_burst_as_of_a_checkout_is_noticed_to_its_last_file() {
    let project = Project::usual(Mode::Notified);
    let store = crate::store::Store::open(&project.path("connections.d"));
    for round in 0..20 {
        project.shell(&format!(
            "rm -r connections.d; mkdir connections.d; \
             for i in 1 2 3 4 5 6 7 8 9; do echo {round} > connections.d/$i.yaml; done"
        ));
        // A reader that loads at each change ends up with what is there.
        let wanted = format!("{round}\n");
        let deadline = Instant::now() + DEADLINE;
        let is_there = |store: &crate::store::Store| {
            let files = store.load(None).unwrap().files;
            files.len() == 9 && files.iter().all(|file| file.text() == Some(&wanted))
        };
        let mut complete = false;
        while !complete {
            let left = deadline.saturating_duration_since(Instant::now());
            let changed = project.changes.recv_timeout(left);
            assert!(changed.is_ok(), "the last change was not reported");
            complete = is_there(&store);
        }
        // The next round begins with nothing waiting, so that its own changes have to come.
        project.settle();
    }
}

/// Runs a test of this file in a process of its own, by `sh`, in which `$PROGRAM` is to be run.
/// Returns whether the shell's preparation worked.
fn run_alone(prepare: &str, test: &str) -> bool {
    let test = format!("watch::tests::{test}");
    let script = format!("{prepare} || exit 99; exec \"$PROGRAM\" --exact {test} --test-threads=1");
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "sh", "-c", &script])
        .env("PROGRAM", std::env::current_exe().unwrap())
        .env("CONNDECK_TEST_CHILD", "1")
        .output();
    let Ok(output) = output else { return false };
    let report = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(99) || errors.starts_with("unshare:") {
        return false;
    }
    assert!(
        output.status.success() && report.contains("1 passed"),
        "{report}{errors}"
    );
    true
}

#[test]
fn without_a_notifier_it_polls() {
    let limit = "echo 0 > /proc/sys/user/max_inotify_instances";
    if !run_alone(limit, "polls_from_the_start") {
        eprintln!("SKIPPED: no right to set the limit of inotify");
    }
}

#[test]
fn polls_from_the_start() {
    // It does its work in a process of its own only, which the test above starts.
    if std::env::var_os("CONNDECK_TEST_CHILD").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (sender, changes) = mpsc::channel();
    let watcher = watch(dir.path(), &[], move |changed| {
        let _ = sender.send(changed);
    });
    assert_eq!(watcher.mode(), Mode::Polling);
    fs::write(dir.path().join("a.yaml"), "type: x\n").unwrap();
    assert_eq!(
        changes.recv_timeout(DEADLINE),
        Ok(Changed::Connection("a.yaml".into()))
    );
}

#[test]
fn when_the_limit_is_reached_it_goes_on_by_polling_and_says_so() {
    let limit = "echo 8 > /proc/sys/user/max_inotify_watches";
    if !run_alone(limit, "polls_from_the_limit_on") {
        eprintln!("SKIPPED: no right to set the limit of inotify");
    }
}

#[test]
fn polls_from_the_limit_on() {
    // It does its work in a process of its own only, which the test above starts.
    if std::env::var_os("CONNDECK_TEST_CHILD").is_none() {
        return;
    }
    let project = Project::usual(Mode::Notified);
    project.shell("cd workflows; mkdir a b c d e f g h i");
    project.expect(&Changed::Mode(Mode::Polling));
    assert_eq!(project.watcher.mode(), Mode::Polling);
    project.shell("echo 'a: b' > workflows/i/x.yaml");
    project.expect(&Changed::Workflow(project.path("workflows/i/x.yaml")));
    project.shell("echo 'a: b' > connections.d/x.yaml");
    project.expect_in_store();
}

#[test]
fn nothing_runs_while_nothing_happens() {
    if !run_alone("true", "sleeps_while_nothing_happens") {
        eprintln!("SKIPPED: no right to run in a namespace of its own");
    }
}

#[test]
fn sleeps_while_nothing_happens() {
    // It does its work in a process of its own only, which the test above starts.
    if std::env::var_os("CONNDECK_TEST_CHILD").is_none() {
        return;
    }
    let project = Project::usual(Mode::Notified);
    project.shell("echo 'a: b' > connections.d/x.yaml");
    project.expect_in_store();
    // What the last change brought may still be on its way: one second without any is waited for.
    let deadline = Instant::now() + DEADLINE;
    loop {
        let before = switches();
        assert!(
            before.len() >= 2,
            "the watcher's thread and that of notify: {before:?}"
        );
        // Nothing is to be waited for: it is the absence that is measured.
        thread::sleep(Duration::from_secs(1));
        let after = switches();
        if after == before {
            break;
        }
        assert!(Instant::now() < deadline, "{before:?} {after:?}");
    }
}

/// How often each of the watcher's threads was woken up to now.
fn switches() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks
        .map(|task| fs::read_to_string(task.unwrap().path().join("status")).unwrap())
        .filter(|status| {
            let name = status.lines().next().unwrap();
            name.ends_with("\twatch") || name.contains("notify-rs")
        })
        .map(|status| {
            let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
            lines.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn a_local_directory_is_not_taken_for_a_remote_one() {
    let dir = tempfile::tempdir().unwrap();
    assert!(!super::poll::is_remote(dir.path()));
    assert!(!super::poll::is_remote(&dir.path().join("not/yet/there")));
    // The proc file system is none of the known ones either.
    assert!(!super::poll::is_remote(Path::new("/proc")));
}
