//! Texts of several connections that change together, or not at all.

use super::*;

const NAMES: [&str; 3] = ["a.yaml", "b.yaml", "c.yaml"];

fn three() -> Project {
    Project::with(&[
        (NAMES[0], b"type: a\n"),
        (NAMES[1], b"type: b\n"),
        (NAMES[2], b"type: c\n"),
    ])
}

/// Gives all of these another text.
fn rewrite(project: &Project, files: &[StoreFile]) -> Result<Rewritten, RenameError> {
    let texts: Vec<(&StoreFile, String)> = files
        .iter()
        .map(|file| (file, format!("{}# more\n", file.text().unwrap())))
        .collect();
    let texts: Vec<(&StoreFile, &str)> =
        texts.iter().map(|(file, text)| (*file, &**text)).collect();
    project.store.rewrite_all(&texts, "a test")
}

#[test]
fn all_change_and_go_back() {
    let project = three();
    set_mode(&project.path("b.yaml"), 0o640);
    let rewritten = rewrite(&project, &project.load().files).unwrap();
    for (name, text) in NAMES.iter().zip(["type: a", "type: b", "type: c"]) {
        assert_eq!(project.read(name), format!("{text}\n# more\n").as_bytes());
    }
    let mode = fs::metadata(project.path("b.yaml"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(project.names(), NAMES);
    project.store.undo_rewrite(&rewritten).unwrap();
    assert_eq!(project.read("c.yaml"), b"type: c\n");
    assert_eq!(project.names(), NAMES);
}

#[test]
fn one_that_has_changed_keeps_all_from_changing_wherever_it_is() {
    for late in NAMES {
        let project = three();
        let files = project.load().files;
        fs::write(project.path(late), "type: late\n").unwrap();
        let before: Vec<Vec<u8>> = NAMES.iter().map(|name| project.read(name)).collect();
        match rewrite(&project, &files) {
            Err(RenameError::Changed(path)) => assert_eq!(path, project.path(late)),
            other => panic!("{late}: {other:?}"),
        }
        let after: Vec<Vec<u8>> = NAMES.iter().map(|name| project.read(name)).collect();
        assert_eq!(before, after);
        assert_eq!(project.names(), NAMES);
        // One that is gone is no other case.
        let files = project.load().files;
        fs::remove_file(project.path(late)).unwrap();
        assert!(matches!(
            rewrite(&project, &files),
            Err(RenameError::Changed(_))
        ));
    }
}

#[test]
fn one_that_may_not_be_written_keeps_all_from_changing() {
    let project = three();
    let files = project.load().files;
    set_mode(&project.path("c.yaml"), 0o444);
    for files in [files, project.load().files] {
        match rewrite(&project, &files) {
            Err(RenameError::ReadOnly(path, _)) => assert_eq!(path, project.path("c.yaml")),
            other => panic!("{other:?}"),
        }
        assert_eq!(project.read("a.yaml"), b"type: a\n");
    }
}

#[test]
fn one_that_has_changed_since_is_not_taken_back_and_nothing_else_is() {
    let project = three();
    let rewritten = rewrite(&project, &project.load().files).unwrap();
    fs::write(project.path("b.yaml"), "type: later\n").unwrap();
    let undone = project.store.undo_rewrite(&rewritten);
    assert!(matches!(undone, Err(RenameError::Changed(_))), "{undone:?}");
    assert_eq!(project.read("a.yaml"), b"type: a\n# more\n");
    assert_eq!(project.read("b.yaml"), b"type: later\n");
}

#[test]
fn two_links_to_one_file_change_it_once() {
    let project = Project::with(&[("a.yaml", b"type: a\n")]);
    symlink("a.yaml", project.path("b.yaml")).unwrap();
    symlink("a.yaml", project.path("c.yaml")).unwrap();
    rewrite(&project, &project.load().files).unwrap();
    assert_eq!(project.read("a.yaml"), b"type: a\n# more\n");
    assert!(
        fs::symlink_metadata(project.path("b.yaml"))
            .unwrap()
            .is_symlink()
    );
}
