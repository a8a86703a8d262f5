//! A property: whatever is done in whatever order, the directory is what a map would be.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Deed {
    Create(usize, String),
    /// By the file as it was seen last, which may be out of date.
    Save(usize, String),
    Delete(usize),
    /// What was deleted as the n-th last.
    Restore(usize),
    /// What another program does.
    Write(usize, String),
    Remove(usize),
    /// Look again.
    Load,
}

const IDS: [&str; 4] = ["a", "A", "b", "c.d"];

fn deed() -> impl Strategy<Value = Deed> {
    let text = || "[ab\n]{0,3}";
    prop_oneof![
        (0..IDS.len(), text()).prop_map(|(id, text)| Deed::Create(id, text)),
        (0..IDS.len(), text()).prop_map(|(id, text)| Deed::Save(id, text)),
        (0..IDS.len()).prop_map(Deed::Delete),
        (0..3_usize).prop_map(Deed::Restore),
        (0..IDS.len(), text()).prop_map(|(id, text)| Deed::Write(id, text)),
        (0..IDS.len()).prop_map(Deed::Remove),
        Just(Deed::Load),
    ]
}

/// What the directory should hold: name, text and mode.
type Model = BTreeMap<String, (String, u32)>;

fn is_taken(model: &Model, name: &str) -> bool {
    model.keys().any(|other| other.eq_ignore_ascii_case(name))
}

fn on_disk(project: &Project) -> Model {
    let names = project.names().into_iter();
    names
        .map(|name| {
            let text = String::from_utf8(project.read(&name)).unwrap();
            let mode = mode(&project.path(&name));
            (name, (text, mode))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn the_directory_is_what_the_model_says(deeds in prop::collection::vec(deed(), 1..30)) {
        let project = Project::new();
        let mut model = Model::new();
        let mut snapshot = Snapshot::default();
        // With what it held and its mode.
        let mut deleted: Vec<(Deleted, (String, u32))> = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Create(index, text) => {
                    let name = format!("{}.yaml", IDS[index]);
                    let result = project.store.create(&id(IDS[index]), &text);
                    if is_taken(&model, &name) {
                        prop_assert!(matches!(result, Err(SaveError::Exists(_))));
                    } else {
                        let file = result.unwrap();
                        prop_assert_eq!(file.text(), Some(&*text));
                        model.insert(name, (text, 0o600));
                    }
                }
                Deed::Save(index, text) => {
                    let Some(seen) = snapshot.get(&id(IDS[index])) else { continue };
                    let result = project.store.save(seen, &text);
                    match model.get_mut(&seen.shown_name()) {
                        None => prop_assert!(matches!(result, Err(SaveError::Vanished))),
                        Some((there, _)) if there == seen.text().unwrap() || *there == text => {
                            let file = result.unwrap();
                        prop_assert_eq!(file.text(), Some(&*text));
                            *there = text;
                        }
                        Some((there, _)) => match result {
                            Err(SaveError::ChangedOnDisk { current }) => {
                                prop_assert_eq!(current.text(), Some(&**there));
                            }
                            other => prop_assert!(false, "{:?}", other),
                        },
                    }
                }
                Deed::Delete(index) => {
                    let Some(seen) = snapshot.get(&id(IDS[index])) else { continue };
                    let result = project.store.delete(seen);
                    match model.get(&seen.shown_name()) {
                        None => prop_assert!(matches!(result, Err(SaveError::Vanished))),
                        Some((there, _)) if there == seen.text().unwrap() => {
                            let held = model.remove(&seen.shown_name()).unwrap();
                            deleted.push((result.unwrap(), held));
                        }
                        Some(_) => {
                            let changed = matches!(result, Err(SaveError::ChangedOnDisk { .. }));
                            prop_assert!(changed);
                        }
                    }
                }
                Deed::Restore(back) => {
                    let Some(index) = deleted.len().checked_sub(back + 1) else { continue };
                    let (deleted, held) = &deleted[index];
                    let name = harmless(&deleted.file_name);
                    let result = project.store.restore(deleted);
                    if is_taken(&model, &name) {
                        prop_assert!(matches!(result, Err(SaveError::Exists(_))));
                    } else {
                        let file = result.unwrap();
                        prop_assert_eq!(file.text(), Some(&*held.0));
                        model.insert(name, held.clone());
                    }
                }
                Deed::Write(index, text) => {
                    let name = format!("{}.yaml", IDS[index]);
                    fs::write(project.path(&name), &text).unwrap();
                    // A file keeps its mode; a new one has this one, whatever the umask is.
                    let mode = model.get(&name).map_or(0o640, |(_, mode)| *mode);
                    set_mode(&project.path(&name), mode);
                    model.insert(name, (text, mode));
                }
                Deed::Remove(index) => {
                    let name = format!("{}.yaml", IDS[index]);
                    let there = fs::remove_file(project.path(&name)).is_ok();
                    prop_assert_eq!(there, model.remove(&name).is_some());
                }
                Deed::Load => {
                    snapshot = project.store.load(Some(&snapshot)).unwrap();
                    prop_assert_eq!(&snapshot, &project.load());
                    let seen = snapshot.files.iter().map(|f| (f.shown_name(), f.text().unwrap()));
                    let wanted = model.iter().map(|(name, (text, _))| (name.clone(), &**text));
                    prop_assert!(seen.eq(wanted));
                }
            }
            prop_assert_eq!(on_disk(&project), model.clone());
        }
    }
}
