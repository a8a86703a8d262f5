//! The canary: a different secret in every place that can hold one, and a search for each of them
//! in everything that the program shows, prints, logs, passes on or leaves behind.
//!
//! [`ALLOWED`] is the whole of what may show one. What is found elsewhere is a defect.

mod debug;
mod places;
mod screens;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use places::Place;

/// Where a secret may be seen, by the command or the file, and which; with the sentence of the design
/// that allows it. The asterisk stands for all.
const ALLOWED: [(&str, &str, &str); 8] = [
    (
        "get",
        "the value that is asked for",
        "`get ID FIELD` prints one value",
    ),
    (
        "show --reveal",
        "the value that is asked for",
        "`--reveal FIELD` shows that one",
    ),
    (
        "render",
        "*",
        "a workflow's own definitions are in the workflow",
    ),
    ("resolve", "*", "says on stderr that secrets are printed"),
    ("connections.d", "*", "the files themselves"),
    ("workflows", "*", "the files themselves"),
    (
        "state/conndeck/undo",
        "*",
        "the undo history, 0600, which can be turned off",
    ),
    (
        "the environment of a child",
        "a variable",
        "inherited: it is there before the program starts",
    ),
];

/// A secret that can be told from every other one.
///
/// It is found whole, by either half, and in base64; percent signs, quotes and backslashes are in the
/// middle, so that a half is found however the rest is escaped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Canary {
    first: String,
    second: String,
}

impl Canary {
    fn new(number: usize) -> Self {
        // Letters and digits that stand in no other text, and no word that a mask goes by.
        Self {
            first: format!("Zq{number:04}Xv"),
            second: format!("Jw{number:04}Kj"),
        }
    }

    /// For where any text can stand.
    pub fn text(&self) -> String {
        format!("{}%/\"\\{}", self.first, self.second)
    }

    /// For where only letters and digits can stand.
    pub fn word(&self) -> String {
        format!("{}{}", self.first, self.second)
    }

    /// What is looked for.
    fn forms(&self) -> Vec<String> {
        let mut forms = vec![self.first.clone(), self.second.clone()];
        forms.extend([&self.first, &self.second].map(|half| half.to_lowercase()));
        for half in [&self.first, &self.second] {
            forms.extend((0..3).map(|shift| base64_within(half.as_bytes(), shift)));
        }
        forms
    }

    /// The first of its forms that is in `bytes`.
    pub fn found_in(&self, bytes: &[u8]) -> Option<String> {
        self.forms()
            .into_iter()
            .find(|form| memchr::memmem::find(bytes, form.as_bytes()).is_some())
    }
}

/// What of `bytes` in base64 does not depend on what is around it, `shift` bytes into a group.
fn base64_within(bytes: &[u8], shift: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let from = (3 - shift) % 3;
    bytes[from..]
        .chunks_exact(3)
        .flat_map(|three| {
            let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
            [18, 12, 6, 0].map(|place| char::from(DIGITS[(bits >> place & 63) as usize]))
        })
        .collect()
}

/// A project full of canaries.
pub struct Garden {
    directory: TempDir,
    pub places: Vec<Place>,
    pub variables: Vec<(String, String)>,
}

impl Garden {
    pub fn new() -> Self {
        let (places, files, variables) = places::all();
        let directory = TempDir::new().unwrap();
        for (path, text) in files {
            let path = directory.path().join("project").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        for name in ["home", "tmp", "run"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        Self {
            directory,
            places,
            variables,
        }
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    /// The ids of the store.
    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = fs::read_dir(self.path("project/connections.d"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        ids.sort();
        ids
    }

    /// The variables that every start gets.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let own = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let mut environment: BTreeMap<String, String> = self.variables.iter().cloned().collect();
        environment.insert("HOME".into(), own("home"));
        environment.insert("TMPDIR".into(), own("tmp"));
        environment.insert("XDG_RUNTIME_DIR".into(), own("run"));
        environment.insert("XDG_STATE_HOME".into(), own("state"));
        environment.insert("PATH".into(), std::env::var("PATH").unwrap());
        environment
    }

    /// What a command says on both streams.
    pub fn run(&self, arguments: &[&str], input: &str) -> (i32, Vec<u8>) {
        use std::io::Write as _;
        let mut child = Command::new(env!("CARGO_BIN_EXE_conndeck"))
            .args(arguments)
            .current_dir(self.path("project"))
            .env_clear()
            .envs(self.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that reads nothing has closed the pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), said)
    }

    /// Every canary that is in `bytes`, but for `asked`, with where it is from and what is around it.
    pub fn leaks(&self, bytes: &[u8], asked: Option<&Canary>) -> Vec<String> {
        self.places
            .iter()
            .filter(|place| Some(&place.canary) != asked)
            .filter_map(|place| {
                let form = place.canary.found_in(bytes)?;
                let at = memchr::memmem::find(bytes, form.as_bytes())?;
                let around = &bytes[at.saturating_sub(80)..bytes.len().min(at + 40)];
                Some(format!("{}: {}", place.what, around.escape_ascii()))
            })
            .collect()
    }

    #[track_caller]
    pub fn says_none(&self, arguments: &[&str], input: &str) {
        let (_, said) = self.run(arguments, input);
        let leaks = self.leaks(&said, None);
        assert!(leaks.is_empty(), "{arguments:?}:\n{}", leaks.join("\n"));
    }

    /// What lies about outside of the project's own files.
    #[track_caller]
    pub fn leaves_none_behind(&self) {
        for (directory, is_allowed) in [
            ("home", false),
            ("tmp", false),
            ("run", false),
            ("project", false),
            ("state", false),
            ("state/conndeck/undo", true),
        ] {
            for file in files_below(&self.path(directory)) {
                let relative = file.strip_prefix(self.directory.path()).unwrap();
                let is_source = ["project/connections.d", "project/workflows"]
                    .iter()
                    .any(|own| relative.starts_with(own));
                if is_source || (!is_allowed && relative.starts_with("state/conndeck/undo")) {
                    continue;
                }
                let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
                if is_allowed {
                    assert_eq!(mode, 0o600, "{}", relative.display());
                } else {
                    let leaks = self.leaks(&fs::read(&file).unwrap(), None);
                    assert!(
                        leaks.is_empty(),
                        "{}:\n{}",
                        relative.display(),
                        leaks.join("\n")
                    );
                }
            }
        }
    }
}

pub fn files_below(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn a_canary_is_found_in_every_form() {
    let canary = Canary::new(7);
    for text in [
        canary.text(),
        format!("x{}", &canary.text()[..8]),
        // `printf 'a…' | base64` of the first half, one byte into a group.
        base64_within(format!("ab{}", canary.first).as_bytes(), 0),
        canary.word().to_lowercase(),
    ] {
        assert!(canary.found_in(text.as_bytes()).is_some(), "{text}");
    }
    assert!(Canary::new(8).found_in(canary.text().as_bytes()).is_none());
    assert!(ALLOWED.iter().all(|(_, _, why)| !why.is_empty()));
}

#[test]
fn no_command_prints_a_secret() {
    let garden = Garden::new();
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["list", "--unused", "--json"],
        &["check"],
        &["check", "--json"],
        &["check", "--sarif"],
        &["check", "--strict", "-v"],
        &["refs"],
        &["refs", "--json"],
        &["env"],
        &["env", "--json"],
        &["info"],
        &["info", "--json"],
        &["types"],
        &["types", "--json"],
        &["schema"],
        &["undo", "--list"],
        &["undo", "--list", "--json"],
        &["import", "workflows/own.yaml", "--inline", "--dry-run"],
        &[
            "import",
            "workflows/own.yaml",
            "--inline",
            "--dry-run",
            "--json",
        ],
        &[
            "import",
            "workflows/own.yaml",
            "--inline",
            "--rewrite",
            "--dry-run",
        ],
        &["import", "workflows/broken.yaml", "--dry-run"],
        &["render", "workflows/broken.yaml"],
        &["resolve", "workflows/broken.yaml"],
        &["resolve", "workflows/dangling.yaml"],
    ] {
        garden.says_none(arguments, "");
    }
    for id in garden.ids() {
        let id = id.as_str();
        for arguments in [
            &["show", id][..],
            &["show", id, "--json"],
            &["refs", id, "--json"],
            &["rm", id, "--dry-run"],
            &["rename", id, "other", "--dry-run"],
            &["env", "--json"],
        ] {
            garden.says_none(arguments, "");
        }
    }
    garden.leaves_none_behind();
}

/// Values that are refused are not repeated, whether they come by stdin or stand in the file.
#[test]
fn what_is_refused_is_not_repeated() {
    let garden = Garden::new();
    let typed = garden
        .places
        .iter()
        .find(|place| place.what == "typed")
        .unwrap();
    let text = typed.canary.text();
    for (id, field) in [
        ("t-openai", "api_key"),
        ("t-openai", "nothing"),
        ("t-postgresql", "port"),
        ("t-postgresql", "password"),
        ("t-http", "headers"),
        ("t-http", "headers.Authorization"),
        ("t-http", "method"),
        ("broken-quote", "api_key"),
        ("broken-twice", "api_key"),
        ("nobody", "api_key"),
    ] {
        garden.says_none(&["set", id, field, "--stdin"], &text);
        garden.says_none(&["set", id, field, "--stdin"], &format!("{text}\n???\0"));
        garden.says_none(&["set", id, field, &format!("https://u:{text}@h")], "");
        garden.says_none(
            &["set", id, field, "--expr", &format!("${{oc.env:A,{text}")],
            "",
        );
        garden.says_none(&["set", id, field, "--env", &text], "");
    }
    garden.says_none(
        &["add", "t-openai", "--type", "OpenAI", "--stdin", "api_key"],
        &text,
    );
    garden.says_none(
        &["add", "new", "--type", "OpenAI", "--stdin", "nothing"],
        &text,
    );
    garden.says_none(
        &[
            "add",
            "new",
            "--type",
            "OpenAI",
            "--set",
            &format!("api_key={text}"),
        ],
        "",
    );
}

/// The commands that write leave secrets only where they were, and in the undo history.
#[test]
fn writes_leave_secrets_nowhere_else() {
    let garden = Garden::new();
    let typed = garden
        .places
        .iter()
        .find(|place| place.what == "typed")
        .unwrap();
    for (arguments, input) in [
        (
            &["set", "t-openai", "api_key", "--stdin"][..],
            typed.canary.text(),
        ),
        (&["set", "t-http", "name", "new"], String::new()),
        (&["undo"], String::new()),
        (&["rename", "t-openai", "other"], String::new()),
        (&["undo"], String::new()),
        (&["rm", "t-postgresql", "--yes"], String::new()),
        (&["undo", "--list", "--json"], String::new()),
        (&["undo"], String::new()),
        (
            &["import", "workflows/own.yaml", "--inline", "--rewrite"],
            String::new(),
        ),
        (
            &[
                "import",
                "workflows/own.yaml",
                "--rewrite",
                "--rename-clashes",
                "--json",
            ],
            String::new(),
        ),
        (&["undo", "--list"], String::new()),
    ] {
        garden.says_none(arguments, &input);
        garden.leaves_none_behind();
    }
}

/// One value is what one value is asked for.
#[test]
fn the_cache_has_ids_and_places_and_no_secret() {
    let garden = Garden::new();
    let cache = garden.path("home/.cache/conndeck");
    let start = Instant::now();
    // What has just been written is not kept.
    while files_below(&cache).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60));
        garden.says_none(&["refs"], "");
        std::thread::sleep(Duration::from_millis(100));
    }
    for id in garden.ids() {
        garden.says_none(&["refs", &id], "");
    }
    garden.says_none(&["check"], "");
    let kept: Vec<Vec<u8>> = (files_below(&cache).iter())
        .map(|file| fs::read(file).unwrap())
        .collect();
    assert!(
        kept.iter()
            .any(|bytes| memchr::memmem::find(bytes, b"connection").is_some()),
        "no path is in it: nothing was kept"
    );
    garden.leaves_none_behind();
}

#[test]
fn what_is_asked_for_is_all_that_is_shown() {
    let garden = Garden::new();
    for place in garden.places.iter().filter(|place| place.asked.is_some()) {
        let (id, field) = place.asked.as_ref().unwrap();
        for arguments in [&["get", id, field][..], &["show", id, "--reveal", field]] {
            let (code, said) = garden.run(arguments, "");
            assert_eq!(code, 0, "{arguments:?}: {}", said.escape_ascii());
            let leaks = garden.leaks(&said, Some(&place.canary));
            assert!(leaks.is_empty(), "{arguments:?}:\n{}", leaks.join("\n"));
            assert!(
                place.canary.found_in(&said).is_some(),
                "{arguments:?} does not show it"
            );
        }
    }
}
