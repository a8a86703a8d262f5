//! Any sequence of deeds and outside changes, taken back; the order of entries; ages.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::connection::ConnectionId;
use crate::project::{Wanted, apply_rename, plan_rename};
use crate::workflow::Follow;

struct World {
    directory: TempDir,
    project: Project,
    written: usize,
}

type Files = BTreeMap<PathBuf, (Vec<u8>, u32)>;

impl World {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        for name in ["connections.d", "workflows"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        let workflow = "nodes: {n: {connection: a}, m: {connection: \"b\"}} # é\r\n";
        fs::write(directory.path().join("workflows/w.yaml"), workflow).unwrap();
        let state: (OsString, OsString) = (
            "XDG_STATE_HOME".into(),
            directory.path().join("state").into(),
        );
        let base = directory.path().to_owned();
        let project = Project::find(base, Wanted::default(), [state].into_iter()).unwrap();
        Self {
            directory,
            project,
            written: 0,
        }
    }

    /// A text that nobody has written before.
    fn text(&mut self, who: &str) -> String {
        self.written += 1;
        let end = if self.written.is_multiple_of(2) {
            "\r\n"
        } else {
            ""
        };
        format!("type: x.{who}{}{end}", self.written)
    }

    fn files(&self) -> Files {
        let mut files = Files::new();
        for name in ["connections.d", "workflows"] {
            for entry in fs::read_dir(self.directory.path().join(name)).unwrap() {
                let path = entry.unwrap().path();
                let mode = fs::metadata(&path).unwrap().mode();
                files.insert(path.clone(), (fs::read(&path).unwrap(), mode));
            }
        }
        files
    }

    /// Does it, if it can be done, and notes it. Whether it was done.
    fn act(&mut self, deed: &Deed) -> bool {
        let text = self.text("Ours");
        let store = self.project.store.clone();
        let find = |id: &str| {
            let snapshot = store.load(None).unwrap();
            snapshot.get(&ConnectionId::new(id)).cloned()
        };
        let done = match deed {
            Deed::Create(id) => match store.create(&ConnectionId::new(*id), &text) {
                Ok(file) => Done::created(&file),
                Err(_) => return false,
            },
            Deed::Save(id) => match find(id).map(|file| store.replace(&file, &text).unwrap()) {
                Some(saved) => Done::saved(&saved.file, &saved.replaced.unwrap()),
                None => return false,
            },
            Deed::Delete(ids) => {
                let files = ids.iter().filter_map(|id| find(id));
                let gone: Vec<_> = files.filter_map(|file| store.delete(&file).ok()).collect();
                if gone.is_empty() {
                    return false;
                }
                Done::Deleted(gone)
            }
            Deed::Rename(old, new) => {
                let plan = plan_rename(&self.project, old, new).unwrap();
                match apply_rename(&self.project, &plan) {
                    Ok(renamed) => Done::Renamed(renamed),
                    Err(_) => return false,
                }
            }
            Deed::Outside(id) => {
                let text = self.text("Theirs");
                fs::write(store.dir().join(format!("{id}.yaml")), text).unwrap();
                return true;
            }
        };
        let recorded = record(&self.project, done);
        assert_eq!(recorded.warning, None);
        assert!(recorded.entry.is_kept());
        assert_eq!(
            last(&self.project).as_ref().map(|entry| entry.number),
            Some(recorded.entry.number)
        );
        true
    }

    fn undo(&self, entry: &Entry) -> Result<Undone, UndoError> {
        let follow = Follow {
            progress: &|_| {},
            cancel: &AtomicBool::new(false),
        };
        undo(&self.project, entry, &follow)
    }
}

#[derive(Debug, Clone)]
enum Deed {
    Create(&'static str),
    Save(&'static str),
    Delete(Vec<&'static str>),
    Rename(&'static str, &'static str),
    /// Another program writes the file.
    Outside(&'static str),
}

fn id() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c", "d"])
}

fn ours() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => id().prop_map(Deed::Create),
        3 => id().prop_map(Deed::Save),
        1 => prop::collection::vec(id(), 1..3).prop_map(Deed::Delete),
        1 => (id(), id()).prop_map(|(old, new)| Deed::Rename(old, new)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Without outside changes every state comes back, byte for byte. A creation that is used by
    /// now stays, and is the only thing that does.
    #[test]
    fn every_state_comes_back(deeds in prop::collection::vec(ours(), 1..14)) {
        let mut world = World::new();
        // Nothing refers to a connection: so every creation can go again.
        fs::write(world.directory.path().join("workflows/w.yaml"), "nodes: {}\n").unwrap();
        let mut states = vec![world.files()];
        for deed in &deeds {
            if world.act(deed) {
                states.push(world.files());
            }
        }
        prop_assert_eq!(list(&world.project).entries.len(), states.len() - 1);
        states.pop();
        for state in states.into_iter().rev() {
            let entry = last(&world.project).unwrap();
            world.undo(&entry).unwrap();
            prop_assert_eq!(world.files(), state);
        }
        prop_assert_eq!(last(&world.project), None);
    }

    /// What another program has written is there after an undo if it was there before; an undo
    /// that is refused changes nothing; no reference loses its connection.
    #[test]
    fn nothing_of_others_is_lost(
        deeds in prop::collection::vec(prop_oneof![3 => ours(), 1 => id().prop_map(Deed::Outside)], 1..20),
    ) {
        let mut world = World::new();
        for deed in &deeds {
            world.act(deed);
        }
        while let Some(entry) = last(&world.project) {
            let before = world.files();
            let result = world.undo(&entry);
            let after = world.files();
            if result.is_err() {
                prop_assert_eq!(&before, &after);
                forget(&entry).unwrap();
            }
            let theirs = |files: &Files| -> Vec<Vec<u8>> {
                let texts = files.values().map(|(bytes, _)| bytes.clone());
                texts.filter(|bytes| bytes.starts_with(b"type: x.Theirs")).collect()
            };
            let left = theirs(&after);
            for text in theirs(&before) {
                prop_assert!(left.contains(&text), "{:?} {:?}", entry, result);
            }
            prop_assert!(last(&world.project).is_none_or(|next| entry.is_later_than(&next)));
        }
    }
}

#[test]
fn a_clock_that_was_set_back_changes_no_order() {
    let mut world = World::new();
    world.act(&Deed::Create("c"));
    let first = last(&world.project).unwrap();
    let Source::File(path) = &first.source else {
        panic!("{first:?}");
    };
    // As if the clock had been a hundred years ahead.
    let ahead = path.with_file_name(format!("{:020}", first.number + 3_000_000_000_000_000_000));
    fs::rename(path, &ahead).unwrap();
    for deed in [Deed::Save("c"), Deed::Save("c"), Deed::Delete(vec!["c"])] {
        world.act(&deed);
        assert!(last(&world.project).unwrap().number > first.number);
    }
    while let Some(entry) = last(&world.project) {
        world.undo(&entry).unwrap();
    }
    assert_eq!(world.files().len(), 1);
}
