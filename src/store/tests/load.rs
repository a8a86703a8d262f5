//! What a snapshot says about good and bad files.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use super::*;

#[test]
fn a_missing_directory_is_an_empty_snapshot_and_a_file_in_its_place_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("a/connections.d"));
    assert!(!store.exists());
    let snapshot = store.load(None).unwrap();
    assert!(!snapshot.exists && snapshot.files.is_empty());
    store.create_dir().unwrap();
    store.create_dir().unwrap();
    assert!(store.exists() && store.load(None).unwrap().exists);

    fs::write(dir.path().join("file"), "").unwrap();
    symlink("nowhere", dir.path().join("dangling")).unwrap();
    for name in ["file", "dangling"] {
        let store = Store::open(&dir.path().join(name));
        let error = format!("{:#}", store.load(None).unwrap_err());
        assert!(error.contains("can't read the directory"), "{error}");
        assert!(matches!(store.create(&id("a"), ""), Err(SaveError::Io(_))));
    }
}

#[test]
fn texts_are_exact_and_sorted_by_id() {
    let texts: [(&str, &[u8]); 7] = [
        ("b.yaml", b"\xef\xbb\xbftype: x\r\nname: y"),
        ("B2.yaml", b"a: \0\n"),
        ("a.b.yml", b""),
        ("a-b.yaml", b"\n\n"),
        ("a.yaml", "é日\u{2028}".as_bytes()),
        ("with space.yaml", b"a: 1\n"),
        ("-rf.yaml", b"x\n"),
    ];
    let project = Project::with(&texts);
    let snapshot = project.load();
    let ids: Vec<&str> = snapshot.files.iter().map(|file| file.id.as_str()).collect();
    assert_eq!(ids, ["-rf", "B2", "a", "a-b", "a.b", "b", "with space"]);
    for (name, bytes) in texts {
        assert_eq!(project.file(name).text().unwrap().as_bytes(), bytes);
        assert_eq!(project.file(name).access, Access::Writable);
    }
    for file in &snapshot.files {
        assert_eq!(snapshot.get(&file.id), Some(file));
    }
    assert_eq!(snapshot.get(&id("c")), None);
}

#[test]
fn one_bad_file_never_hides_the_others() {
    let limit = usize::try_from(MAX_BYTES).unwrap();
    let project = Project::with(&[
        ("good.yaml", b"type: x\n"),
        ("largest.yaml", &vec![b'#'; limit]),
        ("huge.yaml", &vec![b'#'; limit + 1]),
        ("latin.yaml", b"a: b\nname: \xc3\xa9t\xe9\n"),
        ("cut.yaml", b"\xef\xbb\xbfa: \xe6\x97"),
        ("wide.yaml", b"\xff\xfea\0:\0"),
        ("swapped.yaml", b"\xfe\xff\0a\0:"),
    ]);
    symlink("nowhere", project.path("dangling.yaml")).unwrap();
    symlink("loop2.yaml", project.path("loop.yaml")).unwrap();
    symlink("loop.yaml", project.path("loop2.yaml")).unwrap();
    symlink("/dev/zero", project.path("zero.yaml")).unwrap();
    fs::create_dir(project.path("sub.yaml")).unwrap();
    assert!(run(
        "mkfifo",
        &[project.path("pipe.yaml").to_str().unwrap()]
    ));
    let socket = project.path("socket.yaml");
    let _listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
    fs::write(project.path("line\nbreak.yaml"), "a").unwrap();
    fs::write(
        project.store.dir().join(OsStr::from_bytes(b"\xff.yaml")),
        "a",
    )
    .unwrap();

    let report: Vec<String> = project
        .load()
        .files
        .iter()
        .map(|file| match &file.content {
            Ok(text) => format!("{}: {} bytes", file.id, text.len()),
            Err(unreadable @ Unreadable::NotUtf8(place)) => {
                format!("{}: {unreadable} at {place}", file.id)
            }
            Err(unreadable) => format!("{}: {unreadable}", file.id),
        })
        .collect();
    assert_eq!(
        report,
        [
            "\\xff: its name is not plain text",
            "cut: not UTF-8 at 1:4",
            "dangling: a symlink to a file that does not exist",
            "good: 8 bytes",
            "huge: over 1 MiB",
            "largest: 1048576 bytes",
            "latin: not UTF-8 at 2:9",
            "line\\nbreak: its name is not plain text",
            "loop: a symlink that leads back to itself",
            "loop2: a symlink that leads back to itself",
            "pipe: a named pipe, not a file",
            "socket: a socket, not a file",
            "sub: a directory, not a file",
            "swapped: UTF-16, where a connection file is UTF-8",
            "wide: UTF-16, where a connection file is UTF-8",
            "zero: a device, not a file",
        ]
    );
    for file in project.load().files {
        if file.content.is_err() {
            let result = project.store.save(&file, "type: y\n");
            assert!(matches!(result, Err(SaveError::ReadOnly(_))), "{file:?}");
        }
    }
}

#[test]
fn what_is_no_connection_file_is_not_listed() {
    let project = Project::with(&[
        (".hidden.yaml", b""),
        (".a.yaml.swp", b""),
        ("a.yaml~", b""),
        (".#a.yaml", b""),
        ("#a.yaml#", b""),
        ("4913", b""),
        ("a.json", b""),
        (".conndeck-0123456789abcdef.tmp", b""),
    ]);
    fs::create_dir(project.path("directory")).unwrap();
    fs::write(project.path("directory/inner.yaml"), "a: b").unwrap();
    assert_eq!(project.load().files, []);
}

#[test]
fn ids_that_clash_are_both_there_and_say_so() {
    let project = Project::with(&[
        ("a.yaml", b"1"),
        ("a.yml", b"2"),
        ("A.yaml", b"3"),
        ("b.yaml", b"4"),
    ]);
    let clashes: Vec<(String, Vec<String>)> = project
        .load()
        .files
        .into_iter()
        .map(|file| (file.shown_name(), file.clashes))
        .collect();
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(ToString::to_string).collect() };
    assert_eq!(
        clashes,
        [
            ("A.yaml".to_owned(), names(&["a.yaml", "a.yml"])),
            ("a.yaml".to_owned(), names(&["A.yaml", "a.yml"])),
            ("a.yml".to_owned(), names(&["A.yaml", "a.yaml"])),
            ("b.yaml".to_owned(), names(&[])),
        ]
    );
}

/// Dates a file's last change back; the time that the system keeps for itself stays.
fn age(path: &Path, seconds: u64) {
    let time = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
    fs::File::open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn unchanged_files_are_shared_and_a_change_is_never_missed() {
    let project = Project::with(&[("a.yaml", b"one"), ("b.yaml", b"two")]);
    let first = project.load();
    fs::write(project.path("b.yaml"), "TWO").unwrap();
    // Same size, same inode, within the same tick of the clock, and with the old time.
    age(&project.path("b.yaml"), 3600);
    let second = project.store.load(Some(&first)).unwrap();
    assert_eq!(second.files[1].text(), Some("TWO"));
    let shared = |a: &Snapshot, b: &Snapshot, index: usize| {
        Arc::ptr_eq(
            a.files[index].content.as_ref().unwrap(),
            b.files[index].content.as_ref().unwrap(),
        )
    };
    assert!(shared(&first, &second, 0));
    assert!(!shared(&first, &second, 1));
    assert_eq!(second, project.load());
}

#[test]
fn a_settled_file_is_not_read_again() {
    let project = Project::with(&[("a.yaml", b"one")]);
    let mut first = project.load();
    let stamp = first.files[0].stamp;
    let soon = std::time::SystemTime::now() + std::time::Duration::from_secs(10);
    assert!(stamp.is_settled(soon));
    assert!(!stamp.is_settled(std::time::SystemTime::now()));
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    assert!(!stamp.is_settled(past));
    // A file whose stamp is old: the system's own, whatever there is.
    symlink("/etc/hostname", project.path("old.yaml")).unwrap();
    first = project.load();
    if !first.files[1]
        .stamp
        .is_settled(std::time::SystemTime::now())
    {
        return skip("no old file at hand");
    }
    first.files[1].content = Ok(Arc::from("not what is on disk"));
    let second = project.store.load(Some(&first)).unwrap();
    assert_eq!(second.files[1].text(), Some("not what is on disk"));
}

#[test]
fn debug_output_shows_no_secret() {
    let project = Project::with(&[("a.yaml", b"api_key: sk-canary\n")]);
    let snapshot = project.load();
    assert!(!format!("{snapshot:?}").contains("canary"));
    let file = &snapshot.files[0];
    let changed = StoreFile {
        content: Ok(Arc::from("other")),
        ..file.clone()
    };
    let error = project.store.save(&changed, "new").unwrap_err();
    assert!(!format!("{error:?} {error}").contains("canary"));
    let deleted = project.store.delete(file).unwrap();
    assert!(!format!("{deleted:?}").contains("canary"));
}

#[test]
fn a_store_has_the_files_that_are_there_whatever_they_say() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("connections.d"));
    let has = |id: &str| store.has(&crate::connection::ConnectionId::new(id));
    assert!(!has("a"));
    std::fs::create_dir(store.dir()).unwrap();
    std::fs::write(store.dir().join("a.yaml"), "[").unwrap();
    std::fs::write(store.dir().join("b.yml"), "").unwrap();
    std::fs::write(directory.path().join("outside.yaml"), "").unwrap();
    assert!(has("a") && has("b"));
    for other in [
        "c",
        "A.b",
        "",
        ".",
        "a.yaml",
        "../outside",
        "../connections.d/a",
    ] {
        assert!(!has(other), "{other}");
    }
}

#[test]
fn a_listing_leads_from_an_id_to_the_file_that_a_reading_finds() {
    let project = Project::with(&[
        ("a.yaml", b"1"),
        ("a.yml", b"2"),
        ("A.yaml", b"3"),
        ("b.yml", b"4"),
        ("\u{202e}b.yaml", b"5"),
        ("日本.yaml", b"6"),
        ("two\nlines.yaml", b"7"),
        ("-.yaml", b"8"),
    ]);
    let (snapshot, listing) = (project.load(), project.store.list().unwrap());
    assert_eq!(snapshot.files.len(), 8);
    for file in &snapshot.files {
        let first = snapshot.get(&file.id).map(|first| &*first.file_name);
        assert_eq!(listing.of(&file.id), first, "{:?}", file.id);
    }
    for other in ["", "c", "a.yaml", "b\n", "../a"] {
        assert_eq!(
            listing.of(&crate::connection::ConnectionId::new(other)),
            None
        );
    }
}
