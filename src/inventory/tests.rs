//! What is known after some files were looked at again is what a reading of all would give.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;

/// Few names, so that they meet: two ids that differ in case or ending only among them.
const NAMES: [&str; 6] = [
    "a.yaml",
    "A.yaml",
    "a.yml",
    "b.yaml",
    "\u{e9}.yaml",
    "z z.yaml",
];

#[derive(Debug, Clone)]
enum Deed {
    Write(usize, u8),
    Remove(usize),
    Rename(usize, usize),
    /// A symlink to another file of the store, whether that is there or not.
    Link(usize, usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let name = 0..NAMES.len();
    prop_oneof![
        4 => (name.clone(), 0..4u8).prop_map(|(name, text)| Deed::Write(name, text)),
        2 => name.clone().prop_map(Deed::Remove),
        2 => (name.clone(), name.clone()).prop_map(|(old, new)| Deed::Rename(old, new)),
        1 => (name.clone(), name).prop_map(|(link, target)| Deed::Link(link, target)),
    ]
}

impl Deed {
    /// Does it as far as it can be done; gives the names that it has to do with.
    fn perform(&self, dir: &Path) -> Vec<usize> {
        let at = |name: &usize| dir.join(NAMES[*name]);
        match self {
            Self::Write(name, text) => {
                let texts = [
                    "",
                    "a: [",
                    "type: dynamiq.connections.OpenAI\n",
                    "name: x\n",
                ];
                _ = fs::write(at(name), texts[usize::from(*text)]);
            }
            Self::Remove(name) => _ = fs::remove_file(at(name)),
            Self::Rename(old, new) => {
                _ = fs::rename(at(old), at(new));
                return vec![*old, *new];
            }
            Self::Link(link, target) => {
                _ = std::os::unix::fs::symlink(NAMES[*target], at(link));
            }
        }
        let (Self::Write(name, _)
        | Self::Remove(name)
        | Self::Rename(name, _)
        | Self::Link(name, _)) = self;
        vec![*name]
    }
}

fn shown(inventory: &Inventory) -> Vec<(&StoreFile, &Summary)> {
    let entries = inventory.entries.iter();
    entries.map(|entry| (&entry.file, &entry.summary)).collect()
}

proptest! {
    #[test]
    fn to_look_at_what_changed_is_enough(deeds in prop::collection::vec(deed(), 1..12)) {
        let dir = tempfile::tempdir().unwrap();
        let (store, catalog) = (Store::open(dir.path()), Catalog::built_in());
        let mut inventory = Inventory::read(&store, &catalog, None).unwrap();
        for deed in deeds {
            let mut names = deed.perform(dir.path());
            // As the watcher tells of them: a link says what its target says, and may be written
            // through.
            let is_link = |name: &&str| dir.path().join(name).is_symlink();
            if NAMES.iter().any(is_link) {
                names = (0..NAMES.len()).collect();
            }
            let names: Vec<OsString> = names.iter().map(|name| NAMES[*name].into()).collect();
            inventory = inventory.look_again(&store, &catalog, &names).unwrap();
            let again = Inventory::read(&store, &catalog, Some(&inventory)).unwrap();
            let all = Inventory::read(&store, &catalog, None).unwrap();
            prop_assert_eq!(shown(&inventory), shown(&all));
            prop_assert_eq!(shown(&again), shown(&all));
        }
    }
}

#[test]
fn only_what_is_named_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let (store, catalog) = (Store::open(dir.path()), Catalog::built_in());
    for name in ["a.yaml", "b.yaml"] {
        fs::write(dir.path().join(name), "name: before\n").unwrap();
    }
    let before = Inventory::read(&store, &catalog, None).unwrap();
    for name in ["a.yaml", "b.yaml"] {
        fs::write(dir.path().join(name), "name: behind\n").unwrap();
    }
    let names = ["b.yaml".into()];
    let now = before.look_again(&store, &catalog, &names).unwrap();
    let said: Vec<&str> = now
        .entries
        .iter()
        .map(|entry| &*entry.summary.name)
        .collect();
    assert_eq!(said, ["before", "behind"]);
}

#[test]
fn a_store_that_is_as_it_was_is_not_copied() {
    let dir = tempfile::tempdir().unwrap();
    let (store, catalog) = (Store::open(dir.path()), Catalog::built_in());
    let path = |name: &str| dir.path().join(name);
    for name in ["a.yaml", "b.yaml"] {
        fs::write(path(name), "name: before\n").unwrap();
    }
    let is_shared = |before: &Inventory, now: &Inventory| {
        let pairs = before.entries.iter().zip(&now.entries);
        pairs
            .into_iter()
            .all(|(before, now)| Arc::ptr_eq(before, now))
    };
    let before = Inventory::read(&store, &catalog, None).unwrap();
    // Once they are no longer new.
    std::thread::sleep(std::time::Duration::from_millis(4_100));
    let now = Inventory::read(&store, &catalog, Some(&before)).unwrap();
    assert!(is_shared(&before, &now));
    // A directory that can't be written makes them read-only, and changes no file.
    let mode = |mode: u32| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(dir.path(), mode).unwrap();
    };
    mode(0o500);
    let is_refused = rustix::fs::access(dir.path(), rustix::fs::Access::WRITE_OK).is_err();
    let now = Inventory::read(&store, &catalog, Some(&before)).unwrap();
    assert_eq!(
        is_refused,
        now.entries[1].file.access != before.entries[1].file.access
    );
    mode(0o700);
    // The same size, within the same second.
    fs::write(path("b.yaml"), "name: behind\n").unwrap();
    let now = Inventory::read(&store, &catalog, Some(&before)).unwrap();
    assert_eq!(now.entries[1].summary.name, "behind");
}

#[test]
fn a_directory_that_went_has_no_connections() {
    let dir = tempfile::tempdir().unwrap();
    let (store, catalog) = (Store::open(&dir.path().join("d")), Catalog::built_in());
    fs::create_dir(store.dir()).unwrap();
    fs::write(store.dir().join("a.yaml"), "name: a\n").unwrap();
    let before = Inventory::read(&store, &catalog, None).unwrap();
    fs::remove_dir_all(store.dir()).unwrap();
    let now = before
        .look_again(&store, &catalog, &["a.yaml".into()])
        .unwrap();
    assert!(!now.exists);
    assert!(now.entries.is_empty());
}
