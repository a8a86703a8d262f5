//! Create, save, delete, restore: what they write, and what they refuse.

use std::os::unix::fs::MetadataExt;

use super::*;

#[test]
fn a_new_connection_is_private_and_complete() {
    let project = Project::new();
    let created = project.store.create(&id("openai"), "type: x\n").unwrap();
    assert_eq!(project.read("openai.yaml"), b"type: x\n");
    assert_eq!(mode(&created.path), 0o600);
    assert_eq!(project.load().files, [created]);
    assert_eq!(project.names(), ["openai.yaml"]);
}

#[test]
fn a_new_connection_never_takes_the_place_of_another() {
    for taken in ["a.yaml", "a.yml", "A.yaml", "A.YML", "a.YAML"] {
        let project = Project::with(&[(taken, b"mine")]);
        let result = project.store.create(&id("a"), "new");
        assert!(matches!(result, Err(SaveError::Exists(name)) if name == taken));
        assert_eq!(project.read(taken), b"mine");
        assert_eq!(project.names(), [taken]);
    }
    let project = Project::new();
    symlink("../../outside", project.path("a.yaml")).unwrap();
    let result = project.store.create(&id("a"), "new");
    assert!(matches!(result, Err(SaveError::Exists(_))));
    assert!(!project.path("../../outside").exists());
}

#[test]
fn placing_a_file_never_replaces_one_that_came_at_the_last_moment() {
    let project = Project::with(&[("a.yaml", b"mine")]);
    let locked = Locked::acquire(project.store.dir(), Duration::ZERO).unwrap();
    let place = Place::in_store(&locked, OsStr::new("a.yaml")).unwrap();
    let temporary = Temporary::write(&place, b"new", &Kept::new_file()).unwrap();
    let error = temporary.place_new(&place).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(project.read("a.yaml"), b"mine");
    assert_eq!(project.names(), ["a.yaml"]);
}

#[test]
fn bad_ids_and_texts_that_could_not_be_read_again_are_refused() {
    let project = Project::new();
    for bad in ["../x", "a/b", "", ".hidden", "a\0", "con"] {
        let result = project.store.create(&id(bad), "x");
        assert!(matches!(result, Err(SaveError::InvalidId(_))), "{bad}");
    }
    let long = "#".repeat(usize::try_from(MAX_BYTES).unwrap() + 1);
    assert!(project.store.create(&id("a"), &long).is_err());
    let created = project.store.create(&id("a"), &long[1..]).unwrap();
    assert!(project.store.save(&created, &long).is_err());
    assert_eq!(project.load().files, [created]);
    assert_eq!(names_in(&project.path("..")), ["connections.d"]);
}

#[test]
fn a_save_keeps_mode_and_name_and_leaves_nothing_behind() {
    for bits in [0o600, 0o644, 0o640, 0o664, 0o755, 0o200 | 0o444] {
        let project = Project::with(&[("a.yml", b"one")]);
        set_mode(&project.path("a.yml"), bits);
        let saved = project.store.save(&project.file("a.yml"), "two").unwrap();
        assert_eq!(mode(&saved.path), bits);
        assert_eq!(project.load().files, [saved]);
        assert_eq!(project.read("a.yml"), b"two");
        assert_eq!(project.names(), ["a.yml"]);
    }
}

#[test]
fn a_save_keeps_the_group_and_the_access_control_list() {
    if !is_root() {
        return skip("only root can give files to any group");
    }
    let project = Project::with(&[("a.yaml", b"one")]);
    let path = project.path("a.yaml");
    std::os::unix::fs::chown(&path, None, Some(12345)).unwrap();
    set_mode(&path, 0o640);
    let list = || {
        let mut value = [0; 4096];
        let length = rustix::fs::getxattr(&path, "system.posix_acl_access", &mut value).ok()?;
        Some(value[..length].to_vec())
    };
    let entry = |tag: u16, bits: u16, who: u32| {
        let mut bytes = [tag.to_le_bytes(), bits.to_le_bytes()].concat();
        bytes.extend(who.to_le_bytes());
        bytes
    };
    // `user::rw-, user:77:r--, group::---, mask::r--, other::---`, as `acl(5)` stores it.
    let nobody = u32::MAX;
    let wanted = [
        2_u32.to_le_bytes().to_vec(),
        entry(0x01, 6, nobody),
        entry(0x02, 4, 77),
        entry(0x04, 0, nobody),
        entry(0x10, 4, nobody),
        entry(0x20, 0, nobody),
    ]
    .concat();
    let flags = rustix::fs::XattrFlags::empty();
    if rustix::fs::setxattr(&path, "system.posix_acl_access", &wanted, flags).is_err() {
        skip("no access control lists here");
    }
    let before = list();
    let saved = project.store.save(&project.file("a.yaml"), "two").unwrap();
    assert_eq!(list(), before);
    assert_eq!(mode(&path), 0o640);
    assert_eq!(fs::metadata(&path).unwrap().gid(), 12345);
    let deleted = project.store.delete(&saved).unwrap();
    project.store.restore(&deleted).unwrap();
    assert_eq!(list(), before);
    assert_eq!(fs::metadata(&path).unwrap().gid(), 12345);
}

#[test]
fn saving_what_is_there_already_writes_nothing() {
    let project = Project::with(&[("a.yaml", b"one")]);
    let file = project.file("a.yaml");
    let saved = project.store.save(&file, "one").unwrap();
    assert_eq!(saved, file);
    // Somebody else made the same change.
    fs::write(project.path("a.yaml"), "two").unwrap();
    let there = project.file("a.yaml");
    assert_eq!(project.store.save(&file, "two").unwrap().stamp, there.stamp);
    assert_eq!(project.file("a.yaml").stamp, there.stamp);
}

#[test]
fn what_changed_on_disk_is_refused_and_shown() {
    let project = Project::with(&[("a.yaml", b"one")]);
    let file = project.file("a.yaml");
    fs::write(project.path("new"), "other").unwrap();
    fs::rename(project.path("new"), project.path("a.yaml")).unwrap();
    for result in [
        project.store.save(&file, "two").map(drop),
        project.store.save(&file, "one").map(drop),
        project.store.delete(&file).map(drop),
    ] {
        match result {
            Err(SaveError::ChangedOnDisk { current }) => {
                assert_eq!(current.text(), Some("other"));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(project.read("a.yaml"), b"other");
    // Gone, and gone with the directory.
    fs::remove_file(project.path("a.yaml")).unwrap();
    let vanished = |result| matches!(result, Err(SaveError::Vanished));
    assert!(vanished(project.store.save(&file, "two").map(drop)));
    assert!(vanished(project.store.delete(&file).map(drop)));
    fs::remove_dir(project.store.dir()).unwrap();
    assert!(vanished(project.store.save(&file, "two").map(drop)));
    assert!(!project.store.exists());
    // Something else in its place.
    project.store.create_dir().unwrap();
    fs::create_dir(project.path("a.yaml")).unwrap();
    let result = project.store.save(&file, "two");
    assert!(matches!(result, Err(SaveError::ChangedOnDisk { .. })));
}

#[test]
fn a_change_between_comparison_and_swap_is_put_back() {
    let project = Project::with(&[("a.yaml", b"what an editor just wrote")]);
    let locked = Locked::acquire(project.store.dir(), Duration::ZERO).unwrap();
    let place = Place::in_store(&locked, OsStr::new("a.yaml")).unwrap();
    let temporary = Temporary::write(&place, b"mine", &Kept::new_file()).unwrap();
    let result = temporary.replace(&place, b"what was compared").unwrap();
    assert!(matches!(result, Replaced::ChangedMeanwhile));
    assert_eq!(project.read("a.yaml"), b"what an editor just wrote");

    let contents = place.contents().unwrap().unwrap();
    fs::write(project.path("a.yaml"), "and once more").unwrap();
    let result = place.remove(&contents).unwrap();
    assert!(matches!(result, Replaced::ChangedMeanwhile));
    assert_eq!(project.read("a.yaml"), b"and once more");
    assert_eq!(project.names(), ["a.yaml"]);
}

#[test]
fn a_deleted_file_comes_back_byte_for_byte() {
    let contents: [&[u8]; 4] = [b"", b"\xef\xbb\xbfa: b\r\n", b"\xff\xfea\0", b"caf\xe9: 1"];
    for bytes in contents {
        let project = Project::with(&[("a.yml", bytes)]);
        set_mode(&project.path("a.yml"), 0o640);
        let deleted = project.store.delete(&project.file("a.yml")).unwrap();
        assert_eq!((deleted.id.as_str(), project.names().len()), ("a", 0));
        let restored = project.store.restore(&deleted).unwrap();
        assert_eq!(project.read("a.yml"), bytes);
        assert_eq!(mode(&restored.path), 0o640);
        assert!(matches!(
            project.store.restore(&deleted),
            Err(SaveError::Exists(_))
        ));
        assert_eq!(project.names(), ["a.yml"]);
    }
}

#[test]
fn a_file_that_could_not_be_brought_back_is_not_deleted() {
    let huge = vec![b'#'; usize::try_from(MAX_BYTES).unwrap() + 1];
    let project = Project::with(&[("huge.yaml", &huge)]);
    fs::create_dir(project.path("sub.yaml")).unwrap();
    symlink("nowhere", project.path("dangling.yaml")).unwrap();
    for file in project.load().files {
        let result = project.store.delete(&file);
        assert!(matches!(result, Err(SaveError::ReadOnly(_))), "{file:?}");
    }
    assert_eq!(project.names(), ["dangling.yaml", "huge.yaml", "sub.yaml"]);
    // A file that is no text is deleted only if it is the one that was seen.
    let project = Project::with(&[("a.yaml", b"\xff1")]);
    let seen = project.file("a.yaml");
    fs::write(project.path("a.yaml"), b"\xff2").unwrap();
    let result = project.store.delete(&seen);
    assert!(matches!(result, Err(SaveError::ChangedOnDisk { .. })));
}

#[test]
fn without_renameat2_nothing_is_replaced_either() {
    let project = Project::with(&[("old", b"1"), ("new", b"2")]);
    let dir = lock::open_dir(project.store.dir()).unwrap();
    let link =
        |from: &str, to: &str| super::super::write::link_new(&dir, from.as_ref(), to.as_ref());
    let error = link("new", "old").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    link("new", "third").unwrap();
    assert_eq!(project.names(), ["old", "third"]);
    assert_eq!(
        (project.read("old"), project.read("third")),
        (b"1".to_vec(), b"2".to_vec())
    );
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let project = Project::new();
    let dir = project.store.dir().to_str().unwrap().to_owned();
    if !run("mount", &["-t", "tmpfs", "-o", "size=64k", "none", &dir]) {
        return skip("no right to mount a small file system");
    }
    let outcome = std::panic::catch_unwind(|| {
        fs::write(project.path("a.yaml"), "one").unwrap();
        let text = "#".repeat(200_000);
        let file = project.file("a.yaml");
        let errors = [
            project.store.save(&file, &text).unwrap_err(),
            project.store.create(&id("b"), &text).unwrap_err(),
        ];
        for error in errors {
            let message = error.to_string();
            assert!(
                message.contains("space") && message.contains(".yaml"),
                "{message}"
            );
        }
        assert_eq!(project.read("a.yaml"), b"one");
        assert_eq!(project.names(), ["a.yaml"]);
        // And a file system that has become read-only.
        if run("mount", &["-o", "remount,ro", &dir]) {
            let file = project.file("a.yaml");
            let reason = Access::ReadOnly("the file system is read-only".to_owned());
            assert_eq!(file.access, reason);
            assert!(matches!(
                project.store.save(&file, "x"),
                Err(SaveError::ReadOnly(_))
            ));
            assert!(matches!(
                project.store.create(&id("b"), "x"),
                Err(SaveError::Io(_))
            ));
        }
    });
    assert!(run("umount", &[&dir]));
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn stale_temporary_files_go_and_those_in_use_stay() {
    let project = Project::with(&[
        (".conndeck-0123456789abcdef.tmp", b"stale"),
        (".conndeck-lock.tmp", b""),
        (".conndeck-notes.txt", b""),
        ("a.yaml", b"one"),
    ]);
    fs::create_dir(project.path("../shared")).unwrap();
    fs::write(project.path("../shared/.conndeck-0.tmp"), "stale").unwrap();
    fs::write(project.path("../shared/s.yaml"), "one").unwrap();
    symlink("../shared/s.yaml", project.path("s.yaml")).unwrap();
    fs::create_dir(project.path(".conndeck-dir.tmp")).unwrap();
    fs::write(project.path("victim"), "x").unwrap();
    symlink("victim", project.path(".conndeck-link.tmp")).unwrap();
    if is_root() {
        let foreign = project.path(".conndeck-foreign.tmp");
        fs::write(&foreign, "").unwrap();
        std::os::unix::fs::chown(&foreign, Some(65534), None).unwrap();
    }

    let locked = Locked::acquire(project.store.dir(), Duration::ZERO).unwrap();
    assert_eq!(project.store.clean_up(), 0, "while somebody writes");
    drop(locked);
    // Somebody whose store is another one writes here through a symlink.
    let scope = Scope::of(project.store.dir()).unwrap();
    let target = fs::canonicalize(project.store.dir())
        .unwrap()
        .join("b.yaml");
    let place = Place::beneath(&scope, &target).unwrap();
    let in_use = Temporary::write(&place, b"new", &Kept::new_file()).unwrap();
    let before = project.names().len();
    assert_eq!(project.store.clean_up(), 2);
    assert_eq!(project.names().len(), before - 1);
    assert_eq!(names_in(&project.path("../shared")), ["s.yaml"]);
    drop(in_use);
    assert_eq!(project.store.clean_up(), 0);
    assert!(project.names().contains(&".conndeck-lock.tmp".to_owned()));
    assert_eq!(Store::open(Path::new("/nowhere/at/all")).clean_up(), 0);
}

#[test]
fn a_delete_that_was_cut_short_is_taken_back_unless_the_name_is_taken() {
    let aside = |name: &str| format!(".conndeck-0123456789abcdef-{name}.tmp");
    let project = Project::with(&[
        (&aside("gone.yaml"), b"gone"),
        (&aside("there.yaml"), b"old"),
        (&aside("notes.txt"), b"no connection"),
        (".conndeck-123-short.yaml.tmp", b"no name of ours"),
        ("there.yaml", b"new"),
    ]);
    symlink("there.yaml", project.path(&aside("link.yaml"))).unwrap();
    assert_eq!(project.store.clean_up(), 5);
    assert_eq!(project.names(), ["gone.yaml", "link.yaml", "there.yaml"]);
    assert_eq!(project.read("gone.yaml"), b"gone");
    assert_eq!(project.read("there.yaml"), b"new");
    let link = fs::read_link(project.path("link.yaml")).unwrap();
    assert_eq!(link, Path::new("there.yaml"));
}
