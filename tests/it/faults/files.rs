//! Links, files of others, read-only ones, other file systems: written as they should be, or
//! refused with the reason and nothing touched.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::cli::{Fixture, OPENAI, Ran};

const FILE: &str = "connections.d/openai.yaml";
const WORKFLOW_FILE: &str = "workflows/support.yaml";
const DEFINES: &str = "connections:\n  mail:\n    type: dynamiq.connections.Http\n    url: https://m.example\nnodes:\n  n: {connection: mail}\n  m: {connection: openai}\n";

/// A project in a git repository, with a directory outside of it. `openai` is used by a workflow,
/// which defines a connection of its own.
fn example() -> (Fixture, TempDir) {
    let fixture = Fixture::empty();
    fs::create_dir(fixture.path(".git")).unwrap();
    fixture.write(FILE, OPENAI);
    fixture.write(WORKFLOW_FILE, DEFINES);
    (fixture, TempDir::new().unwrap())
}

/// Everything below the project and the directory outside, but for the state: what it is, mode,
/// owner, inode.
type State = BTreeMap<PathBuf, (String, u32, u32, u64)>;

fn state(fixture: &Fixture, outside: &TempDir) -> State {
    let mut found = State::new();
    let mut waiting = vec![outside.path().to_owned()];
    for name in ["connections.d", "workflows", "shared"] {
        waiting.push(fixture.path(name));
    }
    while let Some(path) = waiting.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        let what = if metadata.is_symlink() {
            format!("-> {}", fs::read_link(&path).unwrap().display())
        } else if metadata.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|one| one.unwrap().path()));
            continue;
        } else {
            fs::read_to_string(&path).unwrap()
        };
        let about = (what, metadata.mode(), metadata.uid(), metadata.ino());
        found.insert(path, about);
    }
    found
}

/// The same without inodes, which a replacement changes.
fn whole(state: State) -> BTreeMap<PathBuf, (String, u32, u32)> {
    let without = |(what, mode, owner, _): (String, u32, u32, u64)| (what, mode, owner);
    state
        .into_iter()
        .map(|(path, about)| (path, without(about)))
        .collect()
}

const SET: &[&str] = &["set", "openai", "url", "https://eu.example/v1"];
const RENAME: &[&str] = &["rename", "openai", "openai-prod"];
const IMPORT: &[&str] = &["import", WORKFLOW_FILE, "--rewrite"];
const RM: &[&str] = &["rm", "openai", "--yes"];

/// Each of these is refused with exit code 6, or 1 where a plan names what is in its way, and says
/// why; nothing is touched.
#[track_caller]
fn refused(fixture: &Fixture, outside: &TempDir, reason: &str, commands: &[&[&str]]) {
    for arguments in commands {
        let before = state(fixture, outside);
        let ran = fixture.run(arguments);
        assert!([1, 6].contains(&ran.code), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(reason), "{arguments:?}: {ran:?}");
        assert_eq!(state(fixture, outside), before, "{arguments:?}: {ran:?}");
    }
}

/// Each of these works, and `undo` brings back every byte, mode, owner and link.
#[track_caller]
fn works(fixture: &Fixture, outside: &TempDir, commands: &[&[&str]]) {
    for arguments in commands {
        let before = state(fixture, outside);
        let ran = fixture.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        assert_ne!(state(fixture, outside), before, "{arguments:?}: {ran:?}");
        let ran = fixture.run(&["undo"]);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        let now = whole(state(fixture, outside));
        assert_eq!(now, whole(before), "{arguments:?}");
    }
}

/// Nothing uses `openai` any more.
fn unused(fixture: &Fixture) {
    fixture.write(WORKFLOW_FILE, "nodes: {}\n");
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_usual_file_keeps_its_mode() {
    for mode in [0o600, 0o640, 0o664, 0o755] {
        let (fixture, outside) = example();
        for file in [FILE, WORKFLOW_FILE] {
            fs::set_permissions(fixture.path(file), fs::Permissions::from_mode(mode)).unwrap();
        }
        works(&fixture, &outside, &[SET, RENAME, IMPORT]);
        fixture.run(SET).exits(0);
        fixture.run(IMPORT).exits(0);
        for file in [FILE, WORKFLOW_FILE] {
            let now = fs::metadata(fixture.path(file)).unwrap().mode() & 0o7777;
            assert_eq!(now, mode, "{file}");
        }
        unused(&fixture);
        works(&fixture, &outside, &[RM]);
    }
}

#[test]
fn a_link_inside_the_repository_stays_and_its_target_is_written() {
    let (fixture, outside) = example();
    for (file, target) in [
        (FILE, "shared/one.yaml"),
        (WORKFLOW_FILE, "shared/two.yaml"),
    ] {
        fixture.write(target, &fixture.read(file));
        fs::set_permissions(fixture.path(target), fs::Permissions::from_mode(0o640)).unwrap();
        fs::remove_file(fixture.path(file)).unwrap();
        symlink(Path::new("..").join(target), fixture.path(file)).unwrap();
    }
    works(&fixture, &outside, &[SET, RENAME, IMPORT]);
    fixture.run(SET).exits(0);
    fixture.run(IMPORT).exits(0);
    assert!(fixture.read("shared/one.yaml").contains("eu.example"));
    assert!(!fixture.read("shared/two.yaml").contains("connections:"));
    for file in [FILE, WORKFLOW_FILE] {
        assert!(
            fs::symlink_metadata(fixture.path(file))
                .unwrap()
                .is_symlink()
        );
    }
    // A delete takes the link alone.
    fs::remove_file(fixture.path(WORKFLOW_FILE)).unwrap();
    unused(&fixture);
    works(&fixture, &outside, &[RM]);
    fixture.run(RM).exits(0);
    assert!(fixture.path("shared/one.yaml").exists());
}

#[test]
fn a_link_that_leads_out_is_read_only() {
    let (fixture, outside) = example();
    let target = outside.path().join("openai.yaml");
    fs::rename(fixture.path(FILE), &target).unwrap();
    symlink(&target, fixture.path(FILE)).unwrap();
    let reason = "leads out of the git repository";
    refused(&fixture, &outside, reason, &[SET, RENAME]);
    unused(&fixture);
    refused(&fixture, &outside, reason, &[RM]);
}

#[test]
fn a_workflow_that_is_outside_is_rewritten_only_by_its_name() {
    let (fixture, outside) = example();
    let target = outside.path().join("support.yaml");
    fs::rename(fixture.path(WORKFLOW_FILE), &target).unwrap();
    let by_name = ["import", target.to_str().unwrap(), "--rewrite"];
    works(&fixture, &outside, &[&by_name]);
    // A rename finds it by itself, and does not go there.
    let roots = ["--workflows", outside.path().to_str().unwrap()];
    let rename = [RENAME, &roots].concat();
    refused(
        &fixture,
        &outside,
        "outside of the git repository",
        &[&rename],
    );
}

#[test]
fn a_store_that_is_a_link_is_where_it_leads() {
    let (fixture, outside) = example();
    fs::create_dir(fixture.path("shared")).unwrap();
    fs::rename(fixture.path("connections.d"), fixture.path("shared/store")).unwrap();
    symlink("shared/store", fixture.path("connections.d")).unwrap();
    works(&fixture, &outside, &[SET, RENAME, IMPORT]);
    assert!(
        fs::symlink_metadata(fixture.path("connections.d"))
            .unwrap()
            .is_symlink()
    );
    unused(&fixture);
    works(&fixture, &outside, &[RM]);
}

#[test]
fn a_directory_on_another_file_system_is_written_there() {
    let Ok(elsewhere) = TempDir::new_in("/dev/shm") else {
        eprintln!("skipped: there is no other file system at /dev/shm");
        return;
    };
    let (fixture, _) = example();
    let device = |path: &Path| fs::metadata(path).unwrap().dev();
    if device(elsewhere.path()) == device(&fixture.path(".")) {
        eprintln!("skipped: /dev/shm is no other file system");
        return;
    }
    // The state is on the one, the project on the other.
    fs::create_dir(elsewhere.path().join(".git")).unwrap();
    for directory in ["connections.d", "workflows"] {
        let there = elsewhere.path().join(directory);
        fs::create_dir(&there).unwrap();
        for file in fs::read_dir(fixture.path(directory)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), there.join(file.file_name())).unwrap();
        }
        fs::remove_dir_all(fixture.path(directory)).unwrap();
        symlink(&there, fixture.path(directory)).unwrap();
    }
    works(&fixture, &elsewhere, &[SET, RENAME, IMPORT]);
    for directory in ["connections.d", "workflows"] {
        let names = fs::read_dir(elsewhere.path().join(directory)).unwrap();
        let hidden = names.filter(|name| {
            let name = name.as_ref().unwrap().file_name();
            name.to_string_lossy().starts_with('.')
        });
        assert_eq!(hidden.count(), 0);
    }
}

#[test]
fn a_file_with_another_name_is_refused() {
    let (fixture, outside) = example();
    for file in [FILE, WORKFLOW_FILE] {
        let other = outside.path().join(file.replace('/', "-"));
        fs::hard_link(fixture.path(file), other).unwrap();
    }
    refused(&fixture, &outside, "2 hard links", &[SET, RENAME, IMPORT]);
    fs::remove_file(fixture.path(WORKFLOW_FILE)).unwrap();
    unused(&fixture);
    refused(&fixture, &outside, "2 hard links", &[RM]);
}

#[test]
fn a_read_only_file_is_refused_even_for_root() {
    let (fixture, outside) = example();
    let make = |file: &str| {
        fs::set_permissions(fixture.path(file), fs::Permissions::from_mode(0o444)).unwrap();
    };
    make(WORKFLOW_FILE);
    refused(&fixture, &outside, "it is read-only", &[RENAME, IMPORT]);
    make(FILE);
    refused(&fixture, &outside, "it is read-only", &[SET, RENAME]);
    fs::remove_file(fixture.path(WORKFLOW_FILE)).unwrap();
    unused(&fixture);
    refused(&fixture, &outside, "it is read-only", &[RM]);
}

#[test]
fn what_became_read_only_since_is_not_taken_back() {
    let (fixture, outside) = example();
    fixture.run(IMPORT).exits(0);
    let mode = fs::Permissions::from_mode(0o444);
    fs::set_permissions(fixture.path(WORKFLOW_FILE), mode).unwrap();
    refused(&fixture, &outside, "it is read-only", &[&["undo"]]);
    let (fixture, outside) = example();
    fixture.run(SET).exits(0);
    let mode = fs::Permissions::from_mode(0o444);
    fs::set_permissions(fixture.path(FILE), mode).unwrap();
    refused(&fixture, &outside, "it is read-only", &[&["undo"]]);
}

#[test]
fn a_file_of_somebody_else_is_refused() {
    if !is_root() {
        eprintln!("skipped: only root can make a file somebody else's");
        return;
    }
    let (fixture, outside) = example();
    chown(fixture.path(WORKFLOW_FILE), Some(12345), None).unwrap();
    let reason = "belongs to another user (12345)";
    refused(&fixture, &outside, reason, &[RENAME, IMPORT]);
    chown(fixture.path(FILE), Some(12345), None).unwrap();
    refused(&fixture, &outside, reason, &[SET, RENAME]);
    fs::remove_file(fixture.path(WORKFLOW_FILE)).unwrap();
    unused(&fixture);
    refused(&fixture, &outside, reason, &[RM]);
}

#[test]
fn another_group_stays() {
    if !is_root() {
        eprintln!("skipped: only root can give a file any group");
        return;
    }
    let (fixture, outside) = example();
    for file in [FILE, WORKFLOW_FILE] {
        chown(fixture.path(file), None, Some(12345)).unwrap();
    }
    works(&fixture, &outside, &[SET, RENAME, IMPORT]);
    fixture.run(SET).exits(0);
    fixture.run(IMPORT).exits(0);
    for file in [FILE, WORKFLOW_FILE] {
        assert_eq!(
            fs::metadata(fixture.path(file)).unwrap().gid(),
            12345,
            "{file}"
        );
    }
}

#[test]
fn what_users_noted_on_a_file_stays() {
    let (fixture, outside) = example();
    let flags = rustix::fs::XattrFlags::empty();
    for file in [FILE, WORKFLOW_FILE] {
        if rustix::fs::setxattr(fixture.path(file), "user.note", b"keep", flags).is_err() {
            eprintln!("skipped: the file system has no attributes");
            return;
        }
    }
    let noted = |file: &str| {
        let mut value = [0_u8; 16];
        let length = rustix::fs::getxattr(fixture.path(file), "user.note", &mut value).unwrap();
        value[..length].to_vec()
    };
    works(&fixture, &outside, &[SET, RENAME, IMPORT]);
    assert_eq!(
        (noted(FILE), noted(WORKFLOW_FILE)),
        (b"keep".to_vec(), b"keep".to_vec())
    );
    unused(&fixture);
    works(&fixture, &outside, &[RM]);
    assert_eq!(noted(FILE), b"keep");
}

/// The program as somebody who is not root, with a project of their own.
fn as_nobody(fixture: &Fixture, arguments: &[&str]) -> Ran {
    let program = fixture.path("conndeck");
    let output = Command::new("setpriv")
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(program)
        .args(arguments)
        .current_dir(fixture.path("."))
        .env_clear()
        .env("XDG_STATE_HOME", fixture.path("state"))
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_directory_that_must_not_be_written_is_refused_and_what_root_has_is_not_touched() {
    let has_setpriv = Command::new("setpriv").arg("--version").output().is_ok();
    if !is_root() || !has_setpriv {
        eprintln!("skipped: only root, with setpriv, can be somebody else");
        return;
    }
    let (fixture, outside) = example();
    // Below a directory of root's own nobody finds the program.
    fs::copy(env!("CARGO_BIN_EXE_conndeck"), fixture.path("conndeck")).unwrap();
    fs::set_permissions(fixture.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(fixture.path("state")).unwrap();
    let own = |name: &str| chown(fixture.path(name), Some(65534), Some(65534)).unwrap();
    for name in ["connections.d", "workflows", "state", FILE, WORKFLOW_FILE] {
        own(name);
    }
    assert_eq!(as_nobody(&fixture, SET).code, 0);
    assert_eq!(as_nobody(&fixture, &["undo"]).code, 0);
    let lock = |name: &str, mode: u32| {
        fs::set_permissions(fixture.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    let refuse = |reason: &str, commands: &[&[&str]]| {
        for arguments in commands {
            let before = state(&fixture, &outside);
            let ran = as_nobody(&fixture, arguments);
            assert!([1, 6].contains(&ran.code), "{arguments:?}: {ran:?}");
            assert!(ran.err.contains(reason), "{arguments:?}: {ran:?}");
            assert_eq!(state(&fixture, &outside), before, "{arguments:?}: {ran:?}");
        }
    };
    lock("workflows", 0o555);
    refuse("no permission to write to its directory", &[RENAME, IMPORT]);
    lock("workflows", 0o755);
    lock("connections.d", 0o555);
    refuse("no permission to write to its directory", &[SET, RENAME]);
    refuse(
        "ermission denied",
        &[IMPORT, &["add", "fresh", "--type", "OpenAI"]],
    );
    // What nobody may look into blocks a delete: a use could be there.
    lock("connections.d", 0o755);
    unused(&fixture);
    own(WORKFLOW_FILE);
    lock(WORKFLOW_FILE, 0o000);
    refuse("support.yaml", &[RM]);
    lock(WORKFLOW_FILE, 0o644);
    // Files of root in one's own directory could be replaced; they are not.
    chown(fixture.path(FILE), Some(0), None).unwrap();
    refuse("belongs to another user (0)", &[SET, RENAME, RM]);
}
