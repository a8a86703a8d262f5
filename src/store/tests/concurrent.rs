//! Several writers at once, with and without the lock, and writers that are killed.

use std::collections::BTreeSet;
use std::thread;
use std::time::Instant;

use super::*;

/// Counts on from the file. Says who counts, since saving what is there already is no save.
fn next_number(file: &StoreFile, who: u32) -> String {
    let text = file.text().unwrap();
    let last: u32 = text.split(' ').next().unwrap().parse().unwrap();
    format!("{} {who}\n", last + 1)
}

#[test]
fn two_programs_that_save_at_once_lose_nothing() {
    const EACH: u32 = 40;
    let project = Project::with(&[("a.yaml", b"0 \n")]);
    thread::scope(|scope| {
        for who in 0..3 {
            // A lock belongs to who opened the directory, so that threads are like programs here.
            let store = Store::open(project.store.dir());
            scope.spawn(move || {
                let mut file = store.load(None).unwrap().files.remove(0);
                let mut saved = 0;
                while saved < EACH {
                    match store.save(&file, &next_number(&file, who)) {
                        Ok(now) => {
                            file = now;
                            saved += 1;
                        }
                        Err(SaveError::ChangedOnDisk { current }) => file = *current,
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    let text = project.file("a.yaml").text().unwrap().to_owned();
    assert!(text.starts_with(&format!("{} ", 3 * EACH)), "{text}");
    assert_eq!(project.names(), ["a.yaml"]);
}

#[test]
fn of_several_that_create_or_restore_the_same_id_one_succeeds() {
    let project = Project::with(&[("old.yaml", b"old")]);
    let deleted = project.store.delete(&project.file("old.yaml")).unwrap();
    for _ in 0..20 {
        let wins: usize = thread::scope(|scope| {
            let tries: Vec<_> = ["old", "OLD", "Old"]
                .iter()
                .map(|name| {
                    let (store, deleted) = (project.store.clone(), deleted.clone());
                    scope.spawn(move || {
                        let result = match *name {
                            "old" => store.restore(&deleted),
                            other => store.create(&id(other), other),
                        };
                        match result {
                            Ok(_) => 1,
                            Err(SaveError::Exists(_)) => 0,
                            Err(error) => panic!("{error}"),
                        }
                    })
                })
                .collect();
            tries.into_iter().map(|t| t.join().unwrap()).sum()
        });
        assert_eq!(wins, 1);
        let names = project.names();
        assert_eq!(names.len(), 1, "{names:?}");
        project.store.delete(&project.file(&names[0])).unwrap();
    }
}

/// An editor knows no lock: it renames its file over ours at any moment of a save. Whatever comes
/// of the save, the file must then hold the editor's last text, or what was saved on top of that.
#[test]
fn an_editor_without_a_lock_loses_nothing_either() {
    let project = Project::with(&[("a.yaml", b"0\n")]);
    let path = project.path("a.yaml");
    let mine = project.path("../editor.tmp");
    let deadline = Instant::now() + Duration::from_secs(3);
    let (mut edits, mut saved, mut refused) = (0_u32, 0_u32, 0_u32);
    let mut save_takes = Duration::from_millis(1);
    while Instant::now() < deadline {
        let file = project.file("a.yaml");
        let begin = Instant::now();
        let result = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let text = format!("{}+\n", file.text().unwrap().trim());
                (project.store.save(&file, &text), begin.elapsed())
            });
            // Spread over the whole time that a save takes; more than one in each.
            for moment in [edits % 97, edits % 97 + 1 + edits % 5] {
                while begin.elapsed() < save_takes * moment / 97 {}
                edits += 1;
                fs::write(&mine, format!("{edits}\n")).unwrap();
                fs::rename(&mine, &path).unwrap();
            }
            let (result, took) = writer.join().unwrap();
            save_takes = took;
            result
        });
        match result {
            Ok(_) => saved += 1,
            Err(SaveError::ChangedOnDisk { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
        let text = fs::read_to_string(&path).unwrap();
        let base = text.trim_end().trim_end_matches('+');
        assert_eq!(base, edits.to_string(), "found `{text}`");
        assert_eq!(project.names(), ["a.yaml"]);
    }
    assert!(saved > 0 && refused > 0, "{saved} saved, {refused} refused");
}

#[test]
fn a_write_waits_for_the_lock_and_then_gives_up() {
    let project = Project::with(&[("a.yaml", b"one")]);
    let impatient = Store {
        dir: project.store.dir().to_owned(),
        lock_wait: Duration::from_millis(100),
    };
    let file = project.file("a.yaml");
    let deleted = Store::delete(&project.store, &file).unwrap();
    project.store.restore(&deleted).unwrap();
    let lock = Locked::acquire(project.store.dir(), Duration::ZERO).unwrap();
    let begin = Instant::now();
    let results = [
        impatient.save(&file, "two").map(drop),
        impatient.create(&id("b"), "x").map(drop),
        impatient.delete(&file).map(drop),
        impatient.restore(&deleted).map(drop),
    ];
    for result in results {
        assert!(matches!(result, Err(SaveError::Locked)), "{result:?}");
    }
    assert!(begin.elapsed() >= Duration::from_millis(400));
    assert_eq!(project.read("a.yaml"), b"one");
    // A patient one gets through when the other is done.
    thread::scope(|scope| {
        let patient = scope.spawn(|| project.store.save(&file, "two"));
        drop(lock);
        patient.join().unwrap().unwrap();
    });
    assert_eq!(project.read("a.yaml"), b"two");
}

#[test]
fn who_waits_while_others_get_on_is_not_turned_away() {
    let project = Project::with(&[("a.yaml", b"one")]);
    let store = Store {
        dir: project.store.dir().to_owned(),
        lock_wait: Duration::from_millis(400),
    };
    let file = project.file("a.yaml");
    let lock = Locked::acquire(store.dir(), Duration::ZERO).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let begin = Instant::now();
            (store.save(&file, "two").map(drop), begin.elapsed())
        });
        // Whoever holds the lock changes the directory now and then, for longer than the wait.
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_millis(1200) {
            fs::write(project.path(".other"), "").unwrap();
            fs::remove_file(project.path(".other")).unwrap();
            thread::yield_now();
        }
        drop(lock);
        let (result, waited) = waiting.join().unwrap();
        assert!(result.is_ok(), "{result:?} after {waited:?}");
        assert!(waited > store.lock_wait, "{waited:?}");
    });
    assert_eq!(project.read("a.yaml"), b"two");
}

#[test]
fn a_directory_in_the_place_of_a_locked_one_is_free() {
    let project = Project::with(&[("a.yaml", b"one")]);
    let lock = Locked::acquire(project.store.dir(), Duration::ZERO).unwrap();
    fs::rename(project.store.dir(), project.path("../old")).unwrap();
    project.store.create_dir().unwrap();
    // The new directory is free, whoever holds the old one.
    project.store.create(&id("b"), "two").unwrap();
    drop(lock);
    assert_eq!(project.names(), ["b.yaml"]);
    assert_eq!(names_in(&project.path("../old")), ["a.yaml"]);
}

const TEXT_LENGTH: usize = 20_000;

#[test]
fn a_kill_at_any_moment_leaves_a_whole_file() {
    const INNER: &str = "store::tests::concurrent::saves_until_it_is_killed";
    let project = Project::with(&[("a.yaml", &vec![b'0'; TEXT_LENGTH])]);
    let mut seen = BTreeSet::new();
    for round in 0..25_u32 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", INNER])
            .env("CONNDECK_TEST_STORE", project.store.dir())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // It is at work once the file is another one; a little later it dies, at any moment.
        let before = project.file("a.yaml").stamp;
        let deadline = Instant::now() + Duration::from_secs(20);
        while project.file("a.yaml").stamp == before {
            assert!(Instant::now() < deadline, "the other program saves nothing");
        }
        let moment = Instant::now() + Duration::from_micros(u64::from(round) * 137);
        while Instant::now() < moment {}
        child.kill().unwrap();
        child.wait().unwrap();

        let text = project.read("a.yaml");
        assert_eq!(text.len(), TEXT_LENGTH);
        assert!(text.iter().all(|byte| *byte == text[0]));
        seen.insert(text[0]);
        let left = project.names().len() - 1;
        assert!(left <= 1, "{:?}", project.names());
        assert_eq!(project.store.clean_up(), left);
        assert_eq!(project.names(), ["a.yaml"]);
    }
    assert!(seen.len() > 1);
}

#[test]
fn saves_until_it_is_killed() {
    let Some(dir) = std::env::var_os("CONNDECK_TEST_STORE") else {
        return;
    };
    let store = Store::open(Path::new(&dir));
    let mut file = store.load(None).unwrap().files.remove(0);
    loop {
        let next = match file.text().unwrap().as_bytes()[0] {
            b'9' => '0',
            digit => char::from(digit + 1),
        };
        file = store
            .save(&file, &next.to_string().repeat(TEXT_LENGTH))
            .unwrap();
    }
}
