//! `conndeck undo` from outside: every run is a restart.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use crate::cli::{Fixture, OPENAI, REDIS, Ran, WORKFLOW};

const OPENAI_FILE: &str = "connections.d/openai.yaml";
const MAIL_FILE: &str = "workflows/mail.yaml";
const SPARE_FILE: &str = "connections.d/spare.yaml";

impl Fixture {
    fn ok(&self, arguments: &[&str]) -> Ran {
        self.run(arguments).exits(0)
    }

    fn undo(&self) -> Ran {
        self.run(&["undo"])
    }

    /// What `undo --list` prints, without the ages.
    fn history(&self) -> Vec<String> {
        let listed = self.ok(&["undo", "--list"]).out;
        listed
            .lines()
            .map(|line| line.rsplit_once(", ").unwrap().0.to_owned())
            .collect()
    }

    /// The files of the history, oldest first.
    fn entries(&self) -> Vec<PathBuf> {
        let all = self.path("state/conndeck/undo");
        let mut files: Vec<PathBuf> = fs::read_dir(all)
            .into_iter()
            .flatten()
            .flat_map(|store| fs::read_dir(store.unwrap().path()).unwrap())
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        files
    }

    /// Every connection and workflow with its bytes and mode.
    fn project(&self) -> BTreeMap<String, (Vec<u8>, u32)> {
        let mut files = BTreeMap::new();
        for directory in ["connections.d", "workflows"] {
            for entry in fs::read_dir(self.path(directory)).unwrap() {
                let path = entry.unwrap().path();
                let mode = fs::symlink_metadata(&path).unwrap().mode();
                let bytes = fs::read(&path).unwrap();
                files.insert(path.display().to_string(), (bytes, mode));
            }
        }
        files
    }
}

#[test]
fn everything_goes_back_one_after_the_other_byte_for_byte() {
    let fixture = Fixture::new();
    let spare = fixture.path(SPARE_FILE);
    fs::write(&spare, "type: x.Y\r\n\t# no end").unwrap();
    fs::set_permissions(&spare, fs::Permissions::from_mode(0o604)).unwrap();
    symlink("spare.yaml", fixture.path("connections.d/link.yaml")).unwrap();
    fixture.write("workflows/mail.yaml", &defines(&["mail"]));
    fixture.write("workflows/two.yaml", &defines(&["maps", "news"]));
    fixture.write("workflows/three.yaml", &defines(&["tide"]));
    let three = fixture.path("workflows/three.yaml");
    fs::set_permissions(&three, fs::Permissions::from_mode(0o640)).unwrap();
    let mut states = Vec::new();
    for arguments in [
        &["set", "openai", "url", "https://eu.example/v1"][..],
        &["rename", "openai", "openai-prod"],
        &["add", "new", "--type", "OpenAI"],
        &["set", "new", "url", "https://x.example"],
        &["set", "link", "url", "https://y.example"],
        &["rm", "link", "--yes"],
        &["import", "workflows/mail.yaml"],
        &["set", "mail", "url", "https://z.example"],
        &[
            "import",
            "workflows/two.yaml",
            "workflows/three.yaml",
            "--rewrite",
        ],
        &["rm", "spare", "parcels", "--yes"],
    ] {
        states.push(fixture.project());
        fixture.ok(arguments);
        assert_ne!(states.last(), Some(&fixture.project()), "{arguments:?}");
    }
    assert_eq!(
        fixture.history(),
        [
            "delete `spare`, `parcels`",
            "import 3 connections from `workflows/two.yaml` and 1 more",
            "save `mail`",
            "import `mail` from `workflows/mail.yaml`",
            "delete `link`",
            "save `link`",
            "save `new`",
            "create `new`",
            "rename `openai` to `openai-prod`",
            "save `openai`",
        ]
    );
    for state in states.into_iter().rev() {
        let name = fixture.history().remove(0);
        let ran = fixture.undo().exits(0).says(&format!("undo: {name}, "));
        assert_eq!(ran.out, "");
        assert_eq!(fixture.project(), state, "{name}");
    }
    assert!(fixture.history().is_empty());
    fixture.undo().exits(3).says("nothing to take back");
}

#[test]
fn what_changed_nothing_is_no_entry() {
    let fixture = Fixture::new();
    let url = "https://api.openai.com/v1";
    fixture.ok(&["set", "openai", "url", url]);
    fixture.ok(&["rm", "spare", "--dry-run"]);
    fixture.run(&["rm", "openai", "--yes"]).exits(1);
    fixture.run(&["add", "openai", "--type", "OpenAI"]).exits(5);
    assert!(fixture.history().is_empty());
}

/// A workflow that defines connections of these ids and uses them.
fn defines(ids: &[&str]) -> String {
    let mut text = "connections:\n".to_owned();
    for id in ids {
        text += &format!(
            "  {id}:   # c\r\n    type: dynamiq.connections.Http\n    url: https://{id}.example\n"
        );
    }
    text += "nodes:\n";
    for id in ids {
        text += &format!("  of-{id}: {{connection: {id}}}\n");
    }
    text
}

#[test]
fn an_import_is_taken_back_unless_somebody_else_uses_it_by_now() {
    for rewrite in [&["--rewrite"][..], &[]] {
        let fixture = Fixture::new();
        fixture.write(MAIL_FILE, &defines(&["mail", "maps"]));
        let before = fixture.project();
        fixture.ok(&[&["import", MAIL_FILE], rewrite].concat());
        let name = "import 2 connections from `workflows/mail.yaml`";
        assert_eq!(fixture.history(), [name]);
        let json = fixture.ok(&["undo", "--list", "--json"]).json();
        assert_eq!(json["entries"][0]["what"], "import");
        assert_eq!(json["entries"][0]["ids"][1], "maps");
        let imported = fixture.project();
        fixture.write("workflows/later.yaml", "nodes: {n: {connection: maps}}\n");
        fixture
            .undo()
            .exits(1)
            .says("`maps` is used by now: workflows/later.yaml:1:");
        fs::remove_file(fixture.path("workflows/later.yaml")).unwrap();
        assert_eq!(fixture.project(), imported);
        fixture.undo().exits(0).says(&format!("undo: {name}, "));
        assert_eq!(fixture.project(), before);
        assert!(fixture.history().is_empty());
        // What takes nothing into the store is no entry.
        fixture.ok(&["import", MAIL_FILE, "--dry-run"]);
        assert!(fixture.history().is_empty());
    }
}

#[test]
fn an_outside_change_is_never_overwritten() {
    let mend = |fixture: &Fixture, file: &str, text: Option<&str>| match text {
        Some(text) => fixture.write(file, text),
        None => fs::remove_file(fixture.path(file)).unwrap(),
    };
    for (arguments, file, changes) in [
        (
            &["set", "openai", "url", "x"][..],
            OPENAI_FILE,
            [Some("type: x.Other\n"), None],
        ),
        (
            &["add", "new", "--type", "OpenAI"],
            "connections.d/new.yaml",
            [Some("type: x.Other\n"), Some("")],
        ),
        (
            &["rm", "spare", "--yes"],
            SPARE_FILE,
            [Some("type: x.Other\n"), Some("")],
        ),
        (
            &["rename", "openai", "oai"],
            "connections.d/oai.yaml",
            [Some("type: x.Other\n"), None],
        ),
        (
            &["rename", "openai", "oai"],
            "workflows/support.yaml",
            [Some("nodes: {n: {connection: oai}}\n"), None],
        ),
        (
            &["import", MAIL_FILE, "--rewrite"],
            "connections.d/mail.yaml",
            [Some("type: x.Other\n"), None],
        ),
        (
            &["import", MAIL_FILE, "--rewrite"],
            MAIL_FILE,
            [Some("nodes: {n: {connection: mail}}\n"), None],
        ),
    ] {
        for change in changes {
            let fixture = Fixture::new();
            fixture.write(MAIL_FILE, &defines(&["mail"]));
            let before = fixture.project();
            fixture.ok(arguments);
            let was = fs::read_to_string(fixture.path(file)).ok();
            mend(&fixture, file, change);
            let changed = fixture.project();
            let name = file.rsplit('/').next().unwrap();
            fixture
                .undo()
                .exits(5)
                .prints_nothing()
                .says(name)
                .says("nothing was touched")
                .says("--forget");
            assert_eq!(fixture.project(), changed, "{arguments:?} {change:?}");
            // It stays, and goes when things are as they were.
            mend(&fixture, file, was.as_deref());
            fixture.undo().exits(0);
            let bytes = |files: BTreeMap<String, (Vec<u8>, u32)>| -> Vec<_> {
                files
                    .into_iter()
                    .map(|(path, (bytes, _))| (path, bytes))
                    .collect()
            };
            assert_eq!(bytes(fixture.project()), bytes(before), "{arguments:?}");
        }
    }
}

#[test]
fn all_of_a_delete_comes_back_or_nothing() {
    let fixture = Fixture::new();
    fixture.ok(&["rm", "parcels", "spare", "--yes"]);
    fixture.write(SPARE_FILE, "type: x.Other\n");
    let before = fixture.project();
    fixture.undo().exits(5).says("spare.yaml");
    assert_eq!(fixture.project(), before);
    // One that came back by another hand is no obstacle.
    fixture.write(SPARE_FILE, REDIS);
    fixture.undo().exits(0);
    assert!(fixture.path("connections.d/parcels.yaml").exists());
    assert_eq!(fixture.read(SPARE_FILE), REDIS);
}

#[test]
fn what_somebody_has_taken_back_by_hand_is_not_in_the_way() {
    let fixture = Fixture::new();
    fixture.ok(&["set", "openai", "url", "x"]);
    fixture.ok(&["rm", "spare", "--yes"]);
    fixture.write(SPARE_FILE, REDIS);
    fixture.undo().exits(0).says("it was so already");
    fixture.write(OPENAI_FILE, OPENAI);
    fixture.undo().exits(0).says("it was so already");
    assert_eq!(fixture.read(OPENAI_FILE), OPENAI);
}

#[test]
fn forget_goes_on_with_the_one_before() {
    let fixture = Fixture::new();
    fixture.ok(&["set", "openai", "url", "x"]);
    fixture.ok(&["rm", "spare", "--yes"]);
    fixture.write(SPARE_FILE, "type: x.Other\n");
    fixture
        .ok(&["undo", "--forget"])
        .says("forgotten: delete `spare`");
    fixture.undo().exits(0);
    assert_eq!(fixture.read(OPENAI_FILE), OPENAI);
    assert_eq!(fixture.read(SPARE_FILE), "type: x.Other\n");
    fixture.run(&["undo", "--forget"]).exits(3);
}

#[test]
fn a_connection_that_is_used_by_now_does_not_go_again() {
    for (text, says) in [
        (
            "nodes: {n: {connection: new}}\n",
            "workflows/late.yaml:1:25",
        ),
        (
            "nodes: {n: {connection: \"n${oc.env:REST}\"}}\n",
            "workflows/late.yaml:1:25",
        ),
        ("nodes: {n: {connection: new\n", "workflows/late.yaml"),
    ] {
        let fixture = Fixture::new();
        fixture.ok(&["add", "new", "--type", "OpenAI"]);
        fixture.write("workflows/late.yaml", text);
        let before = fixture.project();
        fixture.undo().exits(1).says(says).says("`new`");
        assert_eq!(fixture.project(), before);
        fs::remove_file(fixture.path("workflows/late.yaml")).unwrap();
        fixture.undo().exits(0);
        assert!(!fixture.path("connections.d/new.yaml").exists());
    }
}

#[test]
fn without_a_workflow_to_scan_nothing_is_deleted() {
    let fixture = Fixture::new();
    fixture.ok(&["add", "new", "--type", "OpenAI"]);
    fs::remove_dir_all(fixture.path("workflows")).unwrap();
    fixture.undo().exits(1).says("not sure");
    assert!(fixture.path("connections.d/new.yaml").exists());
}

#[test]
fn an_id_that_is_used_elsewhere_by_now_is_not_taken_away() {
    let fixture = Fixture::new();
    fixture.ok(&["rename", "openai", "oai"]);
    fixture.write("workflows/late.yaml", "nodes: {n: {connection: oai}}\n");
    let before = fixture.project();
    fixture.undo().exits(1).says("workflows/late.yaml:1:25");
    assert_eq!(fixture.project(), before);
    fs::remove_file(fixture.path("workflows/late.yaml")).unwrap();
    fixture.undo().exits(0);
    assert_eq!(fixture.read("workflows/support.yaml"), WORKFLOW);
}

#[test]
fn the_list_as_json() {
    let fixture = Fixture::new();
    fixture.ok(&["rename", "spare", "other"]);
    fixture.ok(&["rm", "other", "parcels", "--yes"]);
    let listed = fixture.ok(&["undo", "--list", "--json"]).json();
    assert_eq!(listed["version"], 1);
    let row = |place: usize| listed["entries"][place].clone();
    assert_eq!(row(0)["what"], "delete");
    assert_eq!(row(0)["ids"], serde_json::json!(["other", "parcels"]));
    assert_eq!(row(1)["what"], "rename");
    assert_eq!(row(1)["ids"], serde_json::json!(["spare"]));
    assert_eq!(row(1)["new_id"], "other");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let at = row(1)["at"].as_u64().unwrap();
    assert!(now.unwrap().as_secs().abs_diff(at) < 600, "{at}");
}

#[test]
fn fifty_are_kept() {
    let fixture = Fixture::new();
    for number in 0..53 {
        fixture.ok(&["set", "spare", "name", &format!("n{number}")]);
    }
    assert_eq!(fixture.entries().len(), 50);
    for number in (2..52).rev() {
        fixture.undo().exits(0);
        assert!(
            fixture
                .read(SPARE_FILE)
                .contains(&format!("name: n{number}\n"))
        );
    }
    fixture.undo().exits(3);
}

#[test]
fn thirty_days_are_kept_and_older_ones_go_from_every_store() {
    let fixture = Fixture::new();
    fixture.write("other/connections.d/a.yaml", "type: x.Y\n");
    fixture.write("other/workflows/a.yaml", "a: 1\n");
    fixture.ok(&["--dir", "other/connections.d", "rm", "a", "--yes"]);
    fixture.ok(&["set", "spare", "name", "a"]);
    fixture.ok(&["set", "spare", "name", "b"]);
    let entries = fixture.entries();
    assert_eq!(entries.len(), 3);
    let day = Duration::from_secs(24 * 60 * 60);
    for (path, days) in entries.iter().zip([31, 31, 29]) {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - day * days).unwrap();
    }
    let others = ["--dir", "other/connections.d", "undo", "--list"];
    let young = entries.iter().filter(|path| {
        let age = fs::metadata(path).unwrap().modified().unwrap().elapsed();
        age.unwrap() < day * 30
    });
    let young: Vec<_> = young.cloned().collect();
    let listed = fixture.history().len() + fixture.ok(&others).out.lines().count();
    assert_eq!((listed, young.len()), (1, 1));
    // The next entry sweeps.
    fixture.ok(&["rm", "parcels", "--yes"]);
    let left = fixture.entries();
    assert_eq!(left.len(), 2);
    assert!(left.contains(&young[0]));
}

#[test]
fn each_store_has_its_own_by_whatever_way_it_is_named() {
    let fixture = Fixture::new();
    fixture.write("other/connections.d/spare.yaml", REDIS);
    fixture.write("other/workflows/a.yaml", "a: 1\n");
    symlink("connections.d", fixture.path("alias")).unwrap();
    fixture.ok(&["rm", "spare", "--yes"]);
    fixture.ok(&["--dir", "other/connections.d", "rm", "spare", "--yes"]);
    fixture.ok(&["--dir", "alias", "undo"]);
    assert_eq!(fixture.read(SPARE_FILE), REDIS);
    assert!(!fixture.path("other/connections.d/spare.yaml").exists());
    // A file that is in the wrong place is about another store.
    let [theirs] = fixture.entries().try_into().unwrap();
    fixture.ok(&["rm", "spare", "--yes"]);
    let mine = fixture.entries().into_iter().find(|path| *path != theirs);
    fs::copy(&theirs, mine.unwrap()).unwrap();
    fixture.undo().exits(3).says("another store");
    assert!(!fixture.path(SPARE_FILE).exists());
}

#[test]
fn damaged_entries_are_skipped_with_a_word() {
    type Damage = fn(&[u8]) -> Vec<u8>;
    let damages: [Damage; 6] = [
        |_| Vec::new(),
        |bytes| bytes[..bytes.len() - 1].to_vec(),
        |bytes| bytes[..bytes.len() / 2].to_vec(),
        |bytes| [bytes, b" "].concat(),
        |bytes| vec![0; bytes.len()],
        |bytes| {
            bytes
                .iter()
                .map(|byte| if *byte == b'x' { b'y' } else { *byte })
                .collect()
        },
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let fixture = Fixture::new();
        fixture.ok(&["rm", "spare", "--yes"]);
        fixture.ok(&["set", "openai", "url", "xxx"]);
        let newest = fixture.entries().pop().unwrap();
        fs::write(&newest, damage(&fs::read(&newest).unwrap())).unwrap();
        let listed = fixture.ok(&["undo", "--list"]).says("skipped");
        assert!(
            listed.out.starts_with("delete `spare`"),
            "{number}: {listed:?}"
        );
        fixture.undo().exits(0).says("skipped");
        assert_eq!(fixture.read(SPARE_FILE), REDIS);
        assert!(fixture.read(OPENAI_FILE).contains("xxx"));
    }
    // Neither is what is no entry at all.
    let fixture = Fixture::new();
    fixture.ok(&["rm", "spare", "--yes"]);
    let directory = fixture.entries()[0].parent().unwrap().to_owned();
    fs::create_dir(directory.join("99999999999999999999")).unwrap();
    fs::write(directory.join("notes.txt"), "mine").unwrap();
    fixture.undo().exits(0);
    assert!(directory.join("notes.txt").exists());
}

#[test]
fn files_are_their_owners_alone_and_hold_no_more_than_they_must() {
    let fixture = Fixture::new();
    fixture.ok(&["rm", "parcels", "--yes"]);
    for path in fixture.entries() {
        for (path, mode) in [(path.as_path(), 0o600), (path.parent().unwrap(), 0o700)] {
            let found = fs::metadata(path).unwrap().mode() & 0o777;
            assert_eq!(found, mode, "{}", path.display());
        }
    }
    for arguments in [
        &["undo", "--list"][..],
        &["undo", "--list", "--json"],
        &["undo", "-v"],
    ] {
        let ran = fixture.ok(arguments);
        assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
    }
    // What was taken back is nowhere any more.
    assert!(fixture.entries().is_empty());
}

#[test]
fn it_can_be_turned_off() {
    let fixture = Fixture::new();
    fixture.write("conndeck.yaml", "undo_history: false\n");
    fixture.ok(&["rm", "parcels", "--yes"]);
    fixture.undo().exits(3).says("turned off");
    assert!(fixture.entries().is_empty());
    // A variable wins, either way.
    let on = [("CONNDECK_UNDO_HISTORY", "true")];
    fixture.run_with(&on, &["rm", "spare", "--yes"]).exits(0);
    fixture.run_with(&on, &["undo"]).exits(0);
    fs::remove_file(fixture.path("conndeck.yaml")).unwrap();
    let off = [("CONNDECK_UNDO_HISTORY", "0")];
    fixture.run_with(&off, &["rm", "spare", "--yes"]).exits(0);
    assert!(fixture.entries().is_empty());
    let odd = [("CONNDECK_UNDO_HISTORY", "perhaps")];
    fixture
        .run_with(&odd, &["list"])
        .exits(0)
        .says("CONNDECK_UNDO_HISTORY");
}

#[test]
fn without_a_place_for_it_everything_else_works() {
    let fixture = Fixture::new();
    let mut command = fixture.command(&["rm", "spare", "--yes"]);
    let ran = command.env_remove("XDG_STATE_HOME").output().unwrap();
    assert!(ran.status.success());
    fixture.write("state", "a file is in the way");
    let ran = fixture
        .ok(&["set", "openai", "url", "x"])
        .says("undo history");
    assert!(ran.err.contains("set: `url`"), "{ran:?}");
    fixture.undo().exits(3);
}

#[test]
fn programs_at_once_lose_no_entry() {
    let fixture = Fixture::new();
    let before = fixture.project();
    let ids = ["openai", "parcels", "spare"];
    let children: Vec<_> = (0..24)
        .map(|number| {
            let name = format!("name-{number}");
            fixture
                .command(&["set", ids[number % 3], "name", &name])
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(fixture.history().len(), 24);
    assert_ne!(fixture.project(), before);
    let unfinished = fixture.entries().into_iter().filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        !name.bytes().all(|byte| byte.is_ascii_digit())
    });
    assert_eq!(unfinished.count(), 0);
}
