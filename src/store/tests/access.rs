//! Which files are refused, and where symlinks may lead.

use super::*;

fn reason(project: &Project, name: &str) -> String {
    match project.file(name).access {
        Access::Writable => "writable".to_owned(),
        Access::ReadOnly(reason) => reason,
    }
}

/// Neither a save nor a delete gets through.
fn assert_refused(project: &Project, name: &str) {
    let file = project.file(name);
    let bytes = project.read(name);
    let save = project.store.save(&file, "type: written\n");
    assert!(
        matches!(save, Err(SaveError::ReadOnly(_))),
        "{name}: {save:?}"
    );
    let delete = project.store.delete(&file);
    assert!(matches!(delete, Err(SaveError::ReadOnly(_))), "{name}");
    assert_eq!(project.read(name), bytes);
}

#[test]
fn files_that_others_share_are_refused_with_the_reason() {
    let project = Project::with(&[
        ("hard.yaml", b"1"),
        ("bits.yaml", b"2"),
        ("mine.yaml", b"3"),
    ]);
    fs::hard_link(project.path("hard.yaml"), project.path("../second")).unwrap();
    set_mode(&project.path("bits.yaml"), 0o444);
    assert_eq!(reason(&project, "hard.yaml"), "it has 2 hard links");
    assert_eq!(reason(&project, "bits.yaml"), "it is read-only");
    assert_eq!(reason(&project, "mine.yaml"), "writable");
    assert_refused(&project, "hard.yaml");
    assert_refused(&project, "bits.yaml");
    if !is_root() {
        return skip("only root can give files away");
    }
    std::os::unix::fs::chown(project.path("mine.yaml"), Some(65534), None).unwrap();
    assert_eq!(
        reason(&project, "mine.yaml"),
        "it belongs to another user (65534)"
    );
    assert_refused(&project, "mine.yaml");
}

#[test]
fn a_file_that_may_not_be_changed_by_anybody_is_refused() {
    let project = Project::with(&[("a.yaml", b"1")]);
    let path = project.path("a.yaml");
    let path = path.to_str().unwrap();
    if !run("chattr", &["+i", path]) {
        return skip("no right to make a file immutable");
    }
    let found = reason(&project, "a.yaml");
    let file = project.file("a.yaml");
    let save = project.store.save(&file, "2");
    assert!(run("chattr", &["-i", path]));
    assert_eq!(found, "no permission to write it");
    assert!(matches!(save, Err(SaveError::ReadOnly(_))));
}

#[test]
fn a_symlink_inside_is_written_through_and_stays() {
    for with_git in [false, true] {
        let project = Project::new();
        let target = if with_git {
            "../../shared/s.yaml"
        } else {
            "../shared/s.yaml"
        };
        if with_git {
            // A worktree has a file there.
            fs::write(project.path("../../.git"), "gitdir: elsewhere\n").unwrap();
        }
        let real = project.path(target);
        fs::create_dir(real.parent().unwrap()).unwrap();
        fs::write(&real, "one").unwrap();
        set_mode(&real, 0o640);
        symlink(target, project.path("a.yaml")).unwrap();
        symlink("a.yaml", project.path("b.yaml")).unwrap();

        let saved = project.store.save(&project.file("b.yaml"), "two").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"two");
        assert_eq!(mode(&real), 0o640);
        assert_eq!(
            fs::read_link(project.path("a.yaml")).unwrap(),
            Path::new(target)
        );
        assert_eq!(project.file("b.yaml"), saved);
        assert_eq!(names_in(real.parent().unwrap()), ["s.yaml"]);

        // Deleting takes the link, restoring makes it again; the target is left alone.
        let deleted = project.store.delete(&project.file("a.yaml")).unwrap();
        assert_eq!(project.names(), ["b.yaml"]);
        assert_eq!(fs::read(&real).unwrap(), b"two");
        let restored = project.store.restore(&deleted).unwrap();
        assert_eq!(restored.text(), Some("two"));
        assert_eq!(
            fs::read_link(project.path("a.yaml")).unwrap(),
            Path::new(target)
        );
    }
}

#[test]
fn a_symlink_that_leads_out_is_read_only() {
    for with_git in [false, true] {
        let project = Project::new();
        fs::write(project.path("../../outside.yaml"), "out").unwrap();
        symlink("../../outside.yaml", project.path("out.yaml")).unwrap();
        // By a directory on the way.
        symlink("..", project.path("../up")).unwrap();
        symlink("../up/outside.yaml", project.path("up.yaml")).unwrap();
        symlink("../inside.yaml", project.path("hard.yaml")).unwrap();
        fs::write(project.path("../inside.yaml"), "in").unwrap();
        fs::hard_link(project.path("../inside.yaml"), project.path("../../x")).unwrap();
        let bounds = if with_git {
            "the git repository"
        } else {
            "the project directory"
        };
        if with_git {
            fs::create_dir(project.path("../.git")).unwrap();
            fs::write(project.path("../.git/hook"), "#!/bin/sh\n").unwrap();
            symlink("../.git/hook", project.path("hook.yaml")).unwrap();
            assert_eq!(reason(&project, "hook.yaml"), "it is a symlink into `.git`");
            assert_refused(&project, "hook.yaml");
        }
        for name in ["out.yaml", "up.yaml"] {
            let expected = format!("it is a symlink that leads out of {bounds}");
            assert_eq!(reason(&project, name), expected);
            assert_eq!(project.file(name).text(), Some("out"));
            assert_refused(&project, name);
        }
        assert_eq!(reason(&project, "hard.yaml"), "it has 2 hard links");
        assert_refused(&project, "hard.yaml");
    }
}

#[test]
fn a_directory_that_becomes_a_symlink_leads_no_write_astray() {
    let project = Project::new();
    fs::create_dir_all(project.path("../shared/deep")).unwrap();
    fs::write(project.path("../shared/deep/s.yaml"), "one").unwrap();
    fs::create_dir_all(project.path("../../elsewhere/deep")).unwrap();
    let scope = Scope::of(project.store.dir()).unwrap();
    let target = fs::canonicalize(project.path("../shared/deep/s.yaml")).unwrap();
    assert!(Place::beneath(&scope, &target).is_ok());
    fs::rename(project.path("../shared"), project.path("../old")).unwrap();
    symlink("../elsewhere", project.path("../shared")).unwrap();
    assert!(Place::beneath(&scope, &target).is_err());
    assert!(Place::beneath(&scope, Path::new("/etc/passwd")).is_err());
}

#[test]
fn the_store_itself_may_be_a_symlink() {
    let project = Project::with(&[("a.yaml", b"one")]);
    symlink("project/connections.d", project.path("../../link")).unwrap();
    let store = Store::open(&project.path("../../link"));
    let snapshot = store.load(None).unwrap();
    store.save(&snapshot.files[0], "two").unwrap();
    assert_eq!(project.read("a.yaml"), b"two");
}

#[test]
fn the_git_root_is_the_nearest_directory_with_git_in_it() {
    let project = Project::new();
    let top = fs::canonicalize(project.dir.path()).unwrap();
    fs::create_dir(top.join(".git")).unwrap();
    let store = fs::canonicalize(project.store.dir()).unwrap();
    assert_eq!(git_root(&store), Some(top.clone()));
    fs::write(top.join("project/.git"), "gitdir: ../.git/modules/x\n").unwrap();
    assert_eq!(git_root(&store), Some(top.join("project")));
    assert_eq!(git_root(&top), Some(top.clone()));
}

#[test]
fn permissions_count_for_whoever_is_not_root() {
    const INNER: &str = "store::tests::access::permissions_of_another_user";
    if !is_root() {
        return permissions_count();
    }
    let dir = tempfile::tempdir().unwrap();
    set_mode(dir.path(), 0o777);
    let program = std::env::current_exe().unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(program)
        .args(["--exact", INNER])
        .env("CONNDECK_TEST_CHILD", "1")
        .env("TMPDIR", dir.path())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            let report = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(report.contains("1 passed"), "{report}");
        }
        Ok(output) if String::from_utf8_lossy(&output.stderr).starts_with("setpriv:") => {
            skip("another user can't run this program");
        }
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => skip(&format!("no setpriv: {error}")),
    }
}

#[test]
fn permissions_of_another_user() {
    // It does its work in a process of its own only, which the test above starts.
    if std::env::var_os("CONNDECK_TEST_CHILD").is_none() {
        return;
    }
    permissions_count();
}

fn permissions_count() {
    assert!(!is_root());
    let project = Project::with(&[("closed.yaml", b"1"), ("open.yaml", b"2")]);
    set_mode(&project.path("closed.yaml"), 0o000);
    let closed = project.file("closed.yaml");
    assert_eq!(closed.content, Err(Unreadable::NoPermission));
    assert!(matches!(
        project.store.save(&closed, "x"),
        Err(SaveError::ReadOnly(_))
    ));
    assert!(matches!(
        project.store.delete(&closed),
        Err(SaveError::ReadOnly(_))
    ));
    let open = project.file("open.yaml");
    assert_eq!(open.text(), Some("2"));

    set_mode(project.store.dir(), 0o555);
    assert_eq!(
        reason(&project, "open.yaml"),
        "no permission to write to its directory"
    );
    let save = project.store.save(&open, "3");
    assert!(matches!(save, Err(SaveError::ReadOnly(_))), "{save:?}");
    assert!(matches!(
        project.store.delete(&open),
        Err(SaveError::ReadOnly(_))
    ));
    let error = project.store.create(&id("new"), "x").unwrap_err();
    assert!(error.to_string().contains("ermission denied"), "{error}");
    assert!(matches!(error, SaveError::Io(_)));

    set_mode(project.store.dir(), 0o000);
    assert!(project.store.load(None).is_err());
    assert!(matches!(
        project.store.save(&open, "3"),
        Err(SaveError::Io(_))
    ));
    // Names can be listed, files can't be looked at.
    set_mode(project.store.dir(), 0o444);
    let snapshot = project.store.load(None).unwrap();
    assert_eq!(snapshot.files.len(), 2);
    assert!(
        snapshot
            .files
            .iter()
            .all(|file| file.content == Err(Unreadable::NoPermission))
    );
    set_mode(project.store.dir(), 0o755);
}
