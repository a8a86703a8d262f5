//! Drafts on disk: whose they are, who may see them, and what is no draft.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::project::{Project, Wanted};

struct World {
    directory: TempDir,
    project: Project,
}

impl World {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let project = project(directory.path(), "a");
        Self { directory, project }
    }

    fn keeper(&self) -> Keeper {
        Keeper::new(&self.project)
    }

    /// All files in the state directory that are no directories.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut directories = vec![self.directory.path().join("state")];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }
}

/// One of several projects that share a state directory.
fn project(directory: &Path, name: &str) -> Project {
    let base = directory.join(name);
    fs::create_dir_all(base.join("connections.d")).unwrap();
    let state = ("XDG_STATE_HOME".into(), directory.join("state").into());
    Project::find(base, Wanted::default(), [state].into_iter()).unwrap()
}

fn draft(text: &str) -> Draft {
    let text = Text {
        text: text.to_owned(),
        is_expression: false,
    };
    Draft {
        subject: Subject::Edit {
            file_name: "a.yaml".into(),
            base: Arc::new(Base::new("type: x.Y\n", "type: x.Y\n".to_owned())),
        },
        typed: vec![Typed {
            place: Place::Name,
            content: Content::Text(text),
        }],
        left_out: Vec::new(),
    }
}

fn texts(found: &[Found]) -> Vec<String> {
    let text = |found: &Found| match &found.draft.typed[0].content {
        Content::Text(text) => text.text.clone(),
        Content::Switch(_)
        | Content::Choice(_)
        | Content::Map(_)
        | Content::List(_)
        | Content::NotKept => String::new(),
    };
    found.iter().map(text).collect()
}

#[test]
fn a_draft_is_found_when_its_program_has_ended_and_not_before() {
    let world = World::new();
    let (mut running, mut second) = (world.keeper(), world.keeper());
    for text in ["one", "two", "three"] {
        running.keep(&draft(text)).unwrap();
        assert_eq!(world.files().len(), 1);
        assert!(second.find().is_empty());
    }
    second.keep(&draft("of another screen")).unwrap();
    assert_eq!(world.files().len(), 2);
    drop(running);
    let mut third = world.keeper();
    assert_eq!(texts(&third.find()), ["three"]);
    // It is the third one's to decide now.
    assert!(world.keeper().find().is_empty());
    drop((second, third));
    // Both were written within one millisecond, perhaps.
    let found = world.keeper().find();
    let mut found = texts(&found);
    found.sort_unstable();
    assert_eq!(found, ["of another screen", "three"]);
}

#[test]
fn what_becomes_of_a_found_draft() {
    let world = World::new();
    world.keeper().keep(&draft("text")).unwrap();
    let mut later = world.keeper();
    let path = later.find()[0].path.clone();
    later.release(&path);
    let mut adopting = world.keeper();
    assert_eq!(adopting.find()[0].path, path);
    adopting.adopt(&path);
    adopting.keep(&draft("more")).unwrap();
    assert_eq!(world.files(), std::slice::from_ref(&path));
    drop(adopting);
    let mut dropping = world.keeper();
    assert_eq!(texts(&dropping.find()), ["more"]);
    dropping.discard(&path).unwrap();
    assert!(world.files().is_empty());
    let mut saving = world.keeper();
    saving.keep(&draft("text")).unwrap();
    saving.remove().unwrap();
    assert!(world.files().is_empty());
    saving.remove().unwrap();
}

#[test]
fn it_is_its_owners_alone() {
    let world = World::new();
    world.keeper().keep(&draft("text")).unwrap();
    for path in world.files() {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }
}

#[test]
fn what_is_no_draft_of_this_store_is_left_alone() {
    let world = World::new();
    world.keeper().keep(&draft("text")).unwrap();
    let good = world.files().remove(0);
    let bytes = fs::read(&good).unwrap();
    let directory = good.parent().unwrap().to_owned();
    let beside = |name: &str| directory.join(name);
    fs::write(beside("1.draft"), b"").unwrap();
    fs::write(beside("2.draft"), &bytes[..bytes.len() - 1]).unwrap();
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(beside("3.draft"), flipped).unwrap();
    std::os::unix::fs::symlink(&good, beside("4.draft")).unwrap();
    fs::create_dir(beside("5.draft")).unwrap();
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        beside("6.draft"),
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    )
    .unwrap();
    fs::write(beside("notes.txt"), &bytes).unwrap();
    // Of another store, put here by hand.
    let other = project(world.directory.path(), "b");
    Keeper::new(&other).keep(&draft("b")).unwrap();
    let theirs = world
        .files()
        .into_iter()
        .find(|path| !path.starts_with(&directory))
        .unwrap();
    fs::copy(theirs, beside("7.draft")).unwrap();
    let before = world.files();
    assert_eq!(texts(&world.keeper().find()), ["text"]);
    assert_eq!(world.files(), before);
    assert_eq!(texts(&Keeper::new(&other).find()), ["b"]);
}

#[test]
fn an_old_one_goes_unless_its_program_runs() {
    let world = World::new();
    let day = Duration::from_secs(24 * 60 * 60);
    let age = |path: &Path, days: u32| {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - day * days).unwrap();
    };
    world.keeper().keep(&draft("old")).unwrap();
    age(&world.files()[0], 29);
    assert_eq!(texts(&world.keeper().find()), ["old"]);
    age(&world.files()[0], 31);
    assert!(world.keeper().find().is_empty());
    assert!(world.files().is_empty());
    let mut running = world.keeper();
    running.keep(&draft("old")).unwrap();
    age(&world.files()[0], 31);
    assert!(world.keeper().find().is_empty());
    assert_eq!(world.files().len(), 1);
}

#[test]
fn without_a_state_directory_nothing_is_kept_and_nothing_fails() {
    let directory = TempDir::new().unwrap();
    let base = directory.path().to_owned();
    let project = Project::find(base, Wanted::default(), std::iter::empty()).unwrap();
    let mut keeper = Keeper::new(&project);
    keeper.keep(&draft("text")).unwrap();
    assert!(keeper.find().is_empty());
    keeper.remove().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a crash or a disk has made of the file: it is the draft, or none.
    #[test]
    fn a_damaged_draft_is_none(place in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<bool>()) {
        let world = World::new();
        world.keeper().keep(&draft("text")).unwrap();
        let path = world.files().remove(0);
        let mut bytes = fs::read(&path).unwrap();
        let place = place.index(bytes.len());
        if cut {
            bytes.truncate(place);
        } else {
            bytes[place] ^= 1 << bit;
        }
        fs::write(&path, bytes).unwrap();
        prop_assert!(world.keeper().find().is_empty());
    }
}
