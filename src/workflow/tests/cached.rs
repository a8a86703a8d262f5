//! The answers with the cache are the answers without it, whatever happens to the files between two
//! questions.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use proptest::prelude::*;

use super::*;
use crate::cache::Whole;
use crate::reference::Environment;

/// Texts of every kind: plain, with variables where they matter and where not, escaped, broken, in
/// other encodings, refused. Several have the same size.
const TEXTS: [&[u8]; 19] = [
    b"connection: openai\n",
    b"connection: cohere\n",
    b"connection: gemini\n",
    b"connection: gemini # conndeck: ignore\n",
    b"prompt: openai too.\n",
    b"nodes: {a: {connection: openai, b: {connections: [cohere, gemini]}}}\n",
    b"nodes: {a: {connection: openai}}\nkey: ${oc.env:A}\n",
    b"connections: {openai: {type: ${oc.env:A}}}\na: {connection: openai}\n",
    b"connections: {openai: {type: x.Y}}\na: {connection: openai}\n",
    b"a: {connection: \"${oc.env:A}\"}\n",
    b"a: {connection: ${oc.env:A,cohere}}\nb: {connection: openai}\n",
    b"a: {connection: |\n  b: ${oc.env:A}\n}\n",
    b"connection: \"\\x6fpenai\"\n",
    b"a: [openai\n",
    b"\xff\xfec\0o\0n\0n\0e\0c\0t\0i\0o\0n\0:\0 \0b\0\n\0",
    b"a: \xe9 openai\n",
    b"a: {connection: openai}\na: {conn_id: cohere}\n",
    b"conn_id: openai\nx: {connection: 12}\n",
    b"x: &x openai\nconnection: *x\nworkflows: {w: {connection_id: {$type: connection, $id: b}}}\n",
];

const FILES: [&str; 4] = ["a.yaml", "b.yml", "sub/c.yaml", "sub/d.json"];

/// What is asked for, one at a time or together.
const IDS: [&str; 6] = ["openai", "cohere", "b", "gemini", "a b", "12"];

#[derive(Debug, Clone)]
enum Change {
    Write(usize, usize),
    /// Written elsewhere, then moved over it.
    Replace(usize, usize),
    /// Written, with the time of the last change put back.
    Disguised(usize, usize),
    Remove(usize),
    /// Swaps two files.
    Swap(usize, usize),
    Link(usize, usize),
    Mode(usize, u32),
    Environment(Option<&'static str>),
    ReferenceKeys(bool),
    /// The byte of the cache file at that part of its length is another.
    Damage(u16, u8),
    Cut(u16),
    /// Something else is where the cache file was.
    NoFile(u8),
    Nothing,
}

#[derive(Debug, Clone)]
enum Question {
    All,
    About(Vec<usize>),
    /// Two at the same time.
    Both,
}

fn changes() -> impl Strategy<Value = (Change, Question)> {
    let (file, text) = (0..FILES.len(), 0..TEXTS.len());
    let change = prop_oneof![
        4 => (file.clone(), text.clone()).prop_map(|(file, text)| Change::Write(file, text)),
        // Of one size.
        4 => (file.clone(), 0..3usize).prop_map(|(file, text)| Change::Write(file, text)),
        2 => (file.clone(), text.clone()).prop_map(|(file, text)| Change::Replace(file, text)),
        4 => (file.clone(), 0..3usize).prop_map(|(file, text)| Change::Disguised(file, text)),
        1 => file.clone().prop_map(Change::Remove),
        2 => (file.clone(), file.clone()).prop_map(|(a, b)| Change::Swap(a, b)),
        1 => (file.clone(), file.clone()).prop_map(|(a, b)| Change::Link(a, b)),
        1 => (file, prop_oneof![Just(0o600), Just(0o644), Just(0o000)])
            .prop_map(|(file, mode)| Change::Mode(file, mode)),
        2 => prop_oneof![Just(None), Just(Some("openai")), Just(Some("x.Y"))]
            .prop_map(Change::Environment),
        1 => any::<bool>().prop_map(Change::ReferenceKeys),
        2 => (any::<u16>(), 1..=u8::MAX).prop_map(|(at, by)| Change::Damage(at, by)),
        1 => any::<u16>().prop_map(Change::Cut),
        1 => (0..4u8).prop_map(Change::NoFile),
        6 => Just(Change::Nothing),
    ];
    let question = prop_oneof![
        3 => Just(Question::All),
        3 => (0..IDS.len()).prop_map(|id| Question::About(vec![id])),
        1 => proptest::collection::vec(0..IDS.len(), 2..4).prop_map(Question::About),
        1 => Just(Question::Both),
    ];
    (change, question)
}

struct World {
    directory: tempfile::TempDir,
    roots: Roots,
    options: Options,
}

impl World {
    fn new() -> Self {
        let files = [("workflows/a.yaml", USE), ("workflows/sub/c.yaml", USE)];
        let (directory, roots) = project(&files);
        Self {
            directory,
            roots,
            options: Options::default(),
        }
    }

    fn path(&self, file: usize) -> PathBuf {
        self.directory.path().join("workflows").join(FILES[file])
    }

    fn cache_directory(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    fn cache_file(&self) -> Option<PathBuf> {
        let mut entries = fs::read_dir(self.cache_directory()).ok()?;
        entries.next().map(|entry| entry.unwrap().path())
    }

    /// Until a change has another time than those before it.
    fn let_time_pass(&self) {
        let probe = self.directory.path().join("probe");
        let time = || {
            fs::write(&probe, "").unwrap();
            let metadata = fs::metadata(&probe).unwrap();
            (metadata.ctime(), metadata.ctime_nsec())
        };
        let (before, start) = (time(), Instant::now());
        while time() <= before {
            assert!(start.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
    }

    fn change(&mut self, change: &Change) {
        match *change {
            Change::Write(file, text) => {
                let _ = fs::write(self.path(file), TEXTS[text]);
            }
            Change::Replace(file, text) => {
                let new = self.directory.path().join("new");
                fs::write(&new, TEXTS[text]).unwrap();
                fs::rename(new, self.path(file)).unwrap();
            }
            Change::Disguised(file, text) => {
                let Ok(metadata) = fs::metadata(self.path(file)) else {
                    return;
                };
                let _ = fs::write(self.path(file), TEXTS[text]);
                if let Ok(file) = fs::File::open(self.path(file)) {
                    file.set_modified(metadata.modified().unwrap()).unwrap();
                }
            }
            Change::Remove(file) => {
                let _ = fs::remove_file(self.path(file));
            }
            Change::Swap(a, b) => {
                let between = self.directory.path().join("between");
                if fs::rename(self.path(a), &between).is_ok() {
                    let _ = fs::rename(self.path(b), self.path(a));
                    fs::rename(between, self.path(b)).unwrap();
                }
            }
            Change::Link(file, target) => {
                let _ = fs::remove_file(self.path(file));
                symlink(self.path(target), self.path(file)).unwrap();
            }
            Change::Mode(file, mode) => {
                let _ = fs::set_permissions(self.path(file), fs::Permissions::from_mode(mode));
            }
            Change::Environment(value) => {
                let variable = value.map(|value| ("A".to_owned(), value.to_owned()));
                self.options.environment = variable.into_iter().collect::<Environment>();
            }
            Change::ReferenceKeys(is_set) => {
                let key = is_set.then(|| "conn_id".to_owned());
                self.options.reference_keys = key.into_iter().collect();
            }
            Change::Damage(at, by) => {
                if let Some(path) = self.cache_file()
                    && let Some(mut bytes) = bytes_of(&path)
                    && !bytes.is_empty()
                {
                    let at = usize::from(at) * bytes.len() / (usize::from(u16::MAX) + 1);
                    bytes[at] ^= by;
                    fs::write(path, bytes).unwrap();
                }
            }
            Change::Cut(at) => {
                if let Some(path) = self.cache_file()
                    && let Some(bytes) = bytes_of(&path)
                {
                    let at = usize::from(at) * bytes.len() / usize::from(u16::MAX);
                    fs::write(path, &bytes[..at]).unwrap();
                }
            }
            Change::NoFile(kind) => self.put_no_file(kind),
            Change::Nothing => {}
        }
    }

    fn put_no_file(&self, kind: u8) {
        let Some(path) = self.cache_file() else {
            return;
        };
        let bytes = bytes_of(&path).unwrap_or_default();
        let _ = fs::remove_file(&path);
        let _ = fs::remove_dir(&path);
        match kind {
            0 => {
                let status = std::process::Command::new("mkfifo").arg(&path).status();
                assert!(status.unwrap().success());
            }
            1 => {
                let _ = fs::create_dir(&path);
            }
            2 => {
                let elsewhere = self.directory.path().join("elsewhere");
                fs::write(&elsewhere, bytes).unwrap();
                symlink(elsewhere, path).unwrap();
            }
            _ => {
                // Somebody else could have written it.
                let _ = fs::write(&path, bytes);
                let _ = fs::set_permissions(&path, fs::Permissions::from_mode(0o666));
            }
        }
    }

    fn all(&self, cache: &Cache) -> Report {
        let cancel = AtomicBool::new(false);
        let shown = Mutex::new(BTreeMap::new());
        let look = |path: &Path, scan: &FileScan, _: Text<'_, '_>| {
            let scan = Arc::new(scan.clone());
            let before = shown.lock().unwrap().insert(Arc::from(path), scan);
            assert_eq!(before, None, "{path:?} is shown twice");
        };
        let quiet = quiet(&cancel);
        let index = index_and(&self.roots, &self.options, cache, &quiet, Some(&look));
        let report = index.unwrap().report;
        assert_eq!(shown.into_inner().unwrap(), report.files);
        report
    }

    fn about(&self, ids: &[&str], cache: &Cache) -> Report {
        let cancel = AtomicBool::new(false);
        look_up(&self.roots, ids, &self.options, cache, &quiet(&cancel)).unwrap()
    }

    fn check(&self, question: &Question, cache: &Cache) -> Result<(), TestCaseError> {
        match question {
            Question::All => prop_assert_eq!(self.all(cache), self.all(&Cache::none())),
            Question::About(ids) => {
                let ids: Vec<&str> = ids.iter().map(|id| IDS[*id]).collect();
                let cancel = AtomicBool::new(false);
                let expected = scan_for(&self.roots, &ids, &self.options, &quiet(&cancel));
                prop_assert_eq!(self.about(&ids, cache), expected.unwrap());
            }
            Question::Both => {
                let (left, right) = std::thread::scope(|scope| {
                    let other = scope.spawn(|| self.about(&["openai"], cache));
                    (self.all(cache), other.join().unwrap())
                });
                prop_assert_eq!(left, self.all(&Cache::none()));
                prop_assert_eq!(right, self.about(&["openai"], &Cache::none()));
            }
        }
        Ok(())
    }
}

/// To open a FIFO waits for somebody who writes to it.
fn bytes_of(path: &Path) -> Option<Vec<u8>> {
    path.is_file().then(|| fs::read(path).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        std::env::var("CONNDECK_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(96)
    ))]

    #[test]
    fn answers_are_those_without_it(changes in proptest::collection::vec(changes(), 1..24)) {
        let mut world = World::new();
        let cache = Cache::trusting(world.cache_directory());
        for (change, question) in &changes {
            // What is within a tick of the clock, the cache does not trust; this one does.
            world.let_time_pass();
            world.change(change);
            world.check(question, &cache)?;
        }
    }

    #[test]
    fn changes_within_a_tick_are_seen(changes in proptest::collection::vec(changes(), 1..24)) {
        let mut world = World::new();
        let cache = Cache::in_directory(world.cache_directory());
        for (change, question) in &changes {
            world.change(change);
            world.check(question, &cache)?;
        }
    }
}

/// As if all files said nothing.
fn poison(world: &World) {
    let cache = Cache::trusting(world.cache_directory());
    let listing = listing::list(&world.roots).unwrap();
    let memory = memory(&cache, &listing, &world.options);
    let lie = |path: &PathBuf| {
        let stamp = crate::store::read_into(path, &mut Vec::new()).unwrap();
        let scan = FileScan::default();
        let shown = crate::cache::Shown {
            scan: Some(Whole::Passing(&scan)),
            ruled_out: &[],
        };
        memory.learn(path, &stamp, shown)
    };
    let lies: Vec<_> = listing.files.iter().map(lie).collect();
    memory.keep(&lies);
}

#[test]
fn what_is_known_is_not_read_again_and_a_scan_never_asks_the_cache() {
    let world = World::new();
    let cache = Cache::in_directory(world.cache_directory());
    poison(&world);
    // That these lie shows that they ask the cache.
    assert!(world.all(&cache).files.is_empty());
    assert!(world.about(&["openai"], &cache).files.is_empty());
    assert_eq!(world.all(&cache).scanned.bytes, 2 * USE.len() as u64);
    let cancel = AtomicBool::new(false);
    let scan = scan_for(&world.roots, &["openai"], &world.options, &quiet(&cancel)).unwrap();
    assert_eq!(scan.files.len(), 2);
    assert_eq!(world.all(&Cache::none()).files.len(), 2);
}

#[test]
fn a_file_is_known_not_to_concern_an_id_without_a_parse() {
    let world = World::new();
    let cache = Cache::trusting(world.cache_directory());
    let file = || fs::read(world.cache_file().unwrap()).unwrap();
    assert!(world.about(&["cohere"], &cache).files.is_empty());
    let first = file();
    assert!(world.about(&["cohere"], &cache).files.is_empty());
    assert_eq!(file(), first, "nothing was new");
    // More ids than there is room for.
    let ids: Vec<String> = (0..200).map(|number| format!("id-{number}")).collect();
    for id in &ids {
        assert!(world.about(&[id], &cache).files.is_empty());
    }
    let later = file();
    assert!(later.len() < first.len() + 64 * 16);
    assert!(world.about(&[&ids[199]], &cache).files.is_empty());
    assert_eq!(file(), later, "the last ones are known");
    assert_eq!(world.about(&["openai"], &cache).files.len(), 2);
    for id in &ids {
        assert!(world.about(&[id, "openai"], &cache).files.len() == 2);
    }
}

#[test]
fn nothing_is_made_where_nothing_can_be_kept() {
    let world = World::new();
    let cache = Cache::trusting(world.cache_directory());
    let others = world.cache_directory();
    // Everybody may write there.
    fs::create_dir(&others).unwrap();
    fs::set_permissions(&others, fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(world.all(&cache).files.len(), 2);
    assert_eq!(world.cache_file(), None);
    fs::remove_dir(&others).unwrap();
    fs::write(&others, "a file").unwrap();
    assert_eq!(world.all(&cache).files.len(), 2);
    assert_eq!(fs::read(&others).unwrap(), b"a file");
    fs::remove_file(&others).unwrap();
    assert_eq!(world.all(&cache).files.len(), 2);
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(&others), 0o700);
    assert_eq!(mode(&world.cache_file().unwrap()), 0o600);
}

#[test]
fn what_nobody_uses_any_more_goes() {
    let world = World::new();
    let cache = Cache::trusting(world.cache_directory());
    fs::create_dir(world.cache_directory()).unwrap();
    let put = |name: &str, days: u64| {
        let path = world.cache_directory().join(name);
        let file = fs::File::create(path).unwrap();
        let age = Duration::from_secs(days * 24 * 60 * 60);
        file.set_modified(SystemTime::now() - age).unwrap();
    };
    put("old.scans", 31);
    put("young.scans", 29);
    put(".unfinished-old", 1);
    put(".unfinished-young", 0);
    put("somebody-elses", 100);
    world.all(&cache);
    let mut left: Vec<String> = fs::read_dir(world.cache_directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.len() != "0123456789abcdef.scans".len() || name.starts_with('.'))
        .collect();
    left.sort();
    assert_eq!(left, [".unfinished-young", "somebody-elses", "young.scans"]);
}
