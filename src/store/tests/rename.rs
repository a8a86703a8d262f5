//! Renames on disk: done or not done, whatever fails and wherever the program is killed.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;

use rustix::process::{Signal, getpid, kill_process};

use super::super::journal::JOURNAL_NAME;
use super::*;
use crate::project::{Project as Whole, Wanted, apply_rename, plan_rename, undo_rename};
use crate::rename::Plan;

const CONNECTION: &[u8] = b"type: dynamiq.connections.OpenAI\nid: old # c\n";
const WORKFLOW: &[u8] = b"nodes:\n  a: {connection: old}\n  b:\n    connection: 'old'\n";

/// A store with `old`, and workflows that use it, one of them by way of a link.
fn example() -> Project {
    let project = Project::with(&[("old.yaml", CONNECTION), ("other.yaml", b"type: x\n")]);
    fs::create_dir(project.path("../workflows")).unwrap();
    fs::create_dir(project.path("../elsewhere")).unwrap();
    fs::write(project.path("../workflows/a.yaml"), WORKFLOW).unwrap();
    fs::write(project.path("../elsewhere/b.yaml"), b"connection: old\r\n").unwrap();
    fs::write(project.path("../workflows/c.yaml"), b"connection: other\n").unwrap();
    set_mode(&project.path("../workflows/a.yaml"), 0o640);
    set_mode(&project.path("old.yaml"), 0o600);
    project
}

fn whole(store: &Path) -> Whole {
    let wanted = Wanted {
        dir: Some(store.to_owned()),
        workflows: vec![store.join("../workflows"), store.join("../elsewhere")],
        ..Wanted::default()
    };
    Whole::find(store.to_owned(), wanted, std::iter::empty()).unwrap()
}

fn plan(store: &Path, old: &str, new: &str) -> Plan {
    let plan = plan_rename(&whole(store), old, new).unwrap();
    assert_eq!(plan.blockers, []);
    plan
}

/// Every file of the project, hidden ones too: its bytes and its mode.
fn state(store: &Path) -> BTreeMap<String, (Vec<u8>, u32)> {
    let mut all = BTreeMap::new();
    for dir in ["connections.d", "workflows", "elsewhere"] {
        let dir = store.join("..").join(dir);
        for name in names_in(&dir) {
            let path = dir.join(&name);
            all.insert(name, (fs::read(&path).unwrap(), mode(&path)));
        }
    }
    all
}

/// The same with the bytes as text and without modes: for messages.
fn texts(state: &BTreeMap<String, (Vec<u8>, u32)>) -> BTreeMap<&String, String> {
    let text =
        |(bytes, mode): &(Vec<u8>, u32)| format!("{mode:o} {}", String::from_utf8_lossy(bytes));
    state.iter().map(|(name, one)| (name, text(one))).collect()
}

fn after(old: &str, new: &str) -> BTreeMap<String, (Vec<u8>, u32)> {
    let project = example();
    project
        .store
        .rename(&plan(project.store.dir(), old, new))
        .unwrap();
    state(project.store.dir())
}

#[test]
fn a_rename_changes_what_it_should_and_is_undone_byte_for_byte() {
    for new in ["new", "OLD", "Old"] {
        let project = example();
        let before = state(project.store.dir());
        let whole = whole(project.store.dir());
        let renamed = apply_rename(&whole, &plan(project.store.dir(), "old", new)).unwrap();
        let body = format!("type: dynamiq.connections.OpenAI\nid: {new} # c\n");
        assert_eq!(project.read(&format!("{new}.yaml")), body.as_bytes());
        assert_eq!(
            project.names(),
            [format!("{new}.yaml"), "other.yaml".into()]
        );
        let workflow = String::from_utf8(WORKFLOW.to_vec()).unwrap();
        assert_eq!(
            project.read("../workflows/a.yaml"),
            workflow.replace("old", new).as_bytes()
        );
        assert_eq!(
            project.read("../elsewhere/b.yaml"),
            format!("connection: {new}\r\n").as_bytes()
        );
        assert_eq!(mode(&project.path("../workflows/a.yaml")), 0o640);
        assert_eq!(mode(&project.path(&format!("{new}.yaml"))), 0o600);
        assert!(!format!("{renamed:?}").contains("OpenAI"));
        undo_rename(&whole, &renamed).unwrap();
        let now = state(project.store.dir());
        assert_eq!(texts(&now), texts(&before));
        // And once more, there is nothing to undo.
        let again = undo_rename(&whole, &renamed);
        assert!(again.is_err());
        assert_eq!(state(project.store.dir()), before);
    }
}

#[test]
fn what_has_changed_since_the_plan_stops_a_rename_and_an_undo() {
    let project = example();
    let store = project.store.dir();
    for name in ["old.yaml", "../workflows/a.yaml", "../elsewhere/b.yaml"] {
        let plan = plan(store, "old", "new");
        let was = project.read(name);
        fs::write(project.path(name), [&was[..], b"# more\n"].concat()).unwrap();
        let before = state(store);
        let result = project.store.rename(&plan);
        assert!(matches!(result, Err(RenameError::Changed(_))), "{result:?}");
        assert_eq!(texts(&state(store)), texts(&before), "{name}");
        fs::write(project.path(name), was).unwrap();
    }
    // A new use in another file is none that the store can see; planning again does.
    let before = plan(store, "old", "new");
    fs::write(project.path("../workflows/d.yaml"), "connection: old\n").unwrap();
    let result = apply_rename(&whole(store), &before);
    let Err(RenameError::Changed(path)) = result else {
        panic!("{result:?}")
    };
    assert!(path.ends_with("d.yaml"), "{path:?}");

    let renamed = project.store.rename(&plan(store, "old", "new")).unwrap();
    fs::write(project.path("../workflows/a.yaml"), "x: 1\n").unwrap();
    let before = state(store);
    let result = project.store.undo_rename(&renamed);
    assert!(matches!(result, Err(RenameError::Changed(_))), "{result:?}");
    assert_eq!(state(store), before);
}

#[test]
fn an_undo_does_not_take_a_name_that_is_taken() {
    let project = example();
    let renamed = project
        .store
        .rename(&plan(project.store.dir(), "old", "new"))
        .unwrap();
    fs::write(project.path("OLD.yml"), "type: y\n").unwrap();
    let result = project.store.undo_rename(&renamed);
    assert!(matches!(&result, Err(RenameError::Exists(name)) if name == "OLD.yml"));
    assert!(project.path("new.yaml").exists());
}

#[test]
fn links_stay_links() {
    for new in ["new", "OLD"] {
        let project = example();
        fs::rename(project.path("old.yaml"), project.path("../shared.txt")).unwrap();
        symlink("../shared.txt", project.path("old.yaml")).unwrap();
        fs::rename(project.path("../workflows/a.yaml"), project.path("../text")).unwrap();
        symlink("../text", project.path("../workflows/a.yaml")).unwrap();
        fs::create_dir(project.path("../.git")).unwrap();
        let before = state(project.store.dir());
        let plan = plan(project.store.dir(), "old", new);
        let renamed = project.store.rename(&plan).unwrap();
        let link = fs::read_link(project.path(&format!("{new}.yaml"))).unwrap();
        assert_eq!(link, Path::new("../shared.txt"));
        let text = String::from_utf8(project.read("../shared.txt")).unwrap();
        assert!(text.contains(&format!("id: {new} #")), "{text}");
        assert!(project.path("../workflows/a.yaml").is_symlink());
        let text = String::from_utf8(project.read("../text")).unwrap();
        assert_eq!(text.matches(new).count(), 2, "{text}");
        project.store.undo_rename(&renamed).unwrap();
        assert!(project.path("old.yaml").is_symlink());
        assert_eq!(state(project.store.dir()), before);
    }
}

#[test]
fn a_failure_at_any_step_puts_everything_back() {
    for new in ["new", "OLD"] {
        let mut at = 0;
        loop {
            let project = example();
            let before = state(project.store.dir());
            let plan = plan(project.store.dir(), "old", new);
            let mut steps = 0;
            let result = project.store.rename_with(&plan, &mut || {
                steps += 1;
                if steps == at + 1 {
                    return Err(io::Error::other("injected"));
                }
                Ok(())
            });
            if result.is_ok() {
                assert!(at >= 8, "only {at} steps");
                break;
            }
            assert!(matches!(result, Err(RenameError::Io(_))), "{result:?}");
            assert_eq!(
                texts(&state(project.store.dir())),
                texts(&before),
                "{new}: failed at {at}"
            );
            at += 1;
        }
    }
}

#[test]
fn a_disk_that_fails_for_good_leaves_a_note_and_the_next_start_goes_by_it() {
    for new in ["new", "OLD"] {
        let done = after("old", new);
        for at in 0..8 {
            let project = example();
            let before = state(project.store.dir());
            let plan = plan(project.store.dir(), "old", new);
            let mut steps = 0;
            let result = project.store.rename_with(&plan, &mut || {
                steps += 1;
                if steps > at {
                    return Err(io::Error::other("injected"));
                }
                Ok(())
            });
            assert!(result.is_err());
            let recovered = project.store.recover().unwrap();
            let is_done = recovered.is_some_and(|recovered| recovered.is_complete);
            let expected = if is_done { &done } else { &before };
            assert_eq!(
                texts(&state(project.store.dir())),
                texts(expected),
                "{new}: failed from {at} on"
            );
        }
    }
}

#[test]
fn what_somebody_saves_in_the_middle_is_kept() {
    for at in 1..20 {
        let project = example();
        let before = state(project.store.dir());
        let plan = plan(project.store.dir(), "old", "new");
        let mut steps = 0;
        let theirs = project.path("../workflows/a.yaml");
        let result = project.store.rename_with(&plan, &mut || {
            steps += 1;
            if steps == at {
                fs::write(&theirs, "mine: 1\n").unwrap();
            }
            Ok(())
        });
        if steps < at {
            return;
        }
        assert_eq!(fs::read(&theirs).unwrap(), b"mine: 1\n".as_slice(), "{at}");
        if result.is_err() {
            let mut expected = before;
            expected.get_mut("a.yaml").unwrap().0 = b"mine: 1\n".to_vec();
            assert_eq!(texts(&state(project.store.dir())), texts(&expected), "{at}");
        }
    }
    panic!("the rename has more steps than were tried");
}

/// Set in a child that is to be killed: the store, the deed and the step.
const CHILD: &str = "CONNDECK_TEST_KILLED_RENAME";

/// Runs this test in a process of its own that kills itself at a step. Whether it was killed.
fn killed(store: &Path, deed: &str, at: usize) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "store::tests::rename::a_kill_at_any_step_is_mended_by_the_next_start",
        ])
        .env(CHILD, format!("{}\n{deed}\n{at}", store.display()))
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    if status.signal() == Some(Signal::KILL.as_raw()) {
        return true;
    }
    assert!(status.success(), "the child failed: {status}");
    false
}

fn child(order: &str) {
    let [dir, deed, at] = order.split('\n').collect::<Vec<_>>()[..] else {
        panic!("no order: {order}")
    };
    let store = Store::open(Path::new(dir));
    let at: usize = at.parse().unwrap();
    let mut steps = 0;
    let mut checkpoint = || {
        if steps == at {
            kill_process(getpid(), Signal::KILL).unwrap();
        }
        steps += 1;
        Ok(())
    };
    match deed {
        "recover" => {
            let locked = store.lock().unwrap().unwrap();
            store.recover_locked(&locked, &mut checkpoint).unwrap();
        }
        "undo" => {
            let renamed = store.rename(&plan(store.dir(), "old", "new")).unwrap();
            store.undo_rename_with(&renamed, &mut checkpoint).unwrap();
        }
        new => {
            let plan = plan(store.dir(), "old", new);
            store.rename_with(&plan, &mut checkpoint).unwrap();
        }
    }
}

#[test]
fn a_kill_at_any_step_is_mended_by_the_next_start() {
    if let Ok(order) = std::env::var(CHILD) {
        return child(&order);
    }
    for deed in ["new", "OLD", "undo"] {
        let new = if deed == "undo" { "new" } else { deed };
        let is = [state(example().store.dir()), after("old", new)];
        let mut outcomes = [0, 0];
        for at in 0.. {
            let project = example();
            let dir = project.store.dir();
            if !killed(dir, deed, at) {
                assert!(at >= 8, "only {at} steps");
                break;
            }
            if deed != "OLD" {
                assert_nothing_dangles(dir);
            }
            // The recovery is killed as well, at each of its steps in turn; this is the last one.
            killed(dir, "recover", at % 5);
            project.store.clean_up();
            project.store.recover().unwrap();
            let now = state(dir);
            let which = is.iter().position(|one| *one == now);
            let which = which.unwrap_or_else(|| {
                panic!("{deed}: killed at {at}: {:#?}", texts(&now));
            });
            outcomes[which] += 1;
            assert_eq!(project.store.recover().unwrap(), None);
        }
        assert!(outcomes[0] > 0 && outcomes[1] > 0, "{deed}: {outcomes:?}");
    }
}

/// Every id that a workflow names has its file, even in the middle of a rename.
fn assert_nothing_dangles(store: &Path) {
    for (name, (bytes, _)) in state(store) {
        if !["a.yaml", "b.yaml", "c.yaml"].contains(&name.as_str()) {
            continue;
        }
        for id in ["old", "new"] {
            if String::from_utf8_lossy(&bytes).contains(id) {
                assert!(store.join(format!("{id}.yaml")).exists(), "{name}: {id}");
            }
        }
    }
}

#[test]
fn a_file_that_was_changed_after_the_kill_is_left_alone_and_named() {
    let project = example();
    let dir = project.store.dir().to_owned();
    // Killed with everything done but the old file's removal.
    let order = (0..30).find(|at| {
        let project = example();
        let was_killed = killed(project.store.dir(), "new", *at);
        let rewritten = fs::read(project.path("../elsewhere/b.yaml")).unwrap();
        was_killed && rewritten == b"connection: new\r\n".as_slice()
    });
    assert!(killed(&dir, "new", order.expect("there is such a step")));
    fs::write(
        project.path("../elsewhere/b.yaml"),
        "connection: new # more\n",
    )
    .unwrap();
    let recovered = project.store.recover().unwrap().unwrap();
    assert!(!recovered.is_complete);
    let [left] = &recovered.left[..] else {
        panic!("{recovered:?}")
    };
    assert!(left.ends_with("elsewhere/b.yaml"), "{left:?}");
    assert!(recovered.to_string().contains("elsewhere/b.yaml"));
    assert_eq!(
        project.read("../elsewhere/b.yaml"),
        b"connection: new # more\n"
    );
    assert_eq!(project.read("../workflows/a.yaml"), WORKFLOW);
    assert_eq!(project.names(), ["old.yaml", "other.yaml"]);
}

#[test]
fn a_note_that_is_not_from_here_is_not_gone_by() {
    let project = example();
    assert!(killed(project.store.dir(), "new", 3));
    let note = project.read(JOURNAL_NAME);
    assert_eq!(mode(&project.path(JOURNAL_NAME)), 0o600);
    let other = example();
    fs::write(other.path(JOURNAL_NAME), &note).unwrap();
    set_mode(&other.path(JOURNAL_NAME), 0o600);
    let before = state(other.store.dir());
    for mode in [0o600, 0o644] {
        set_mode(&other.path(JOURNAL_NAME), mode);
        let result = other.store.recover();
        assert!(matches!(result, Err(RenameError::Io(_))), "{result:?}");
    }
    set_mode(&other.path(JOURNAL_NAME), 0o600);
    assert_eq!(state(other.store.dir()), before);
    // Nor is there a rename as long as it is there.
    let plan = plan(other.store.dir(), "old", "new");
    assert!(other.store.rename(&plan).is_err());
    assert_eq!(state(other.store.dir()), before);
}

#[test]
fn a_running_rename_is_not_taken_for_one_that_was_killed() {
    let project = example();
    let plan = plan(project.store.dir(), "old", "new");
    let other = Store::open(project.store.dir());
    let mut asked = 0;
    project
        .store
        .rename_with(&plan, &mut || {
            assert_eq!(other.recover().unwrap(), None);
            other.clean_up();
            asked += 1;
            Ok(())
        })
        .unwrap();
    assert!(asked >= 8);
    assert_eq!(state(project.store.dir()), after("old", "new"));
}
