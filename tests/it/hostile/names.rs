//! Hostile names: of files, and as ids on the command line.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::{FINE, WORKFLOW, Yard};

/// Names that speak to a terminal, turn its writing, or are no text; none has a slash.
const NAMES: [&[u8]; 16] = [
    b"line\nbreak",
    b"return\rover",
    b"tab\there",
    b"bell\x07",
    b"clear\x1b[2J\x1b[Hscreen",
    b"title\x1b]0;canary-title\x07",
    b"clipboard\x1b]52;c;Y2FuYXJ5\x07",
    b"string\x1bPcanary\x1b\\",
    "c1\u{9b}2J\u{85}\u{90}".as_bytes(),
    "bidi\u{202e}lmay.\u{2066}\u{200f}".as_bytes(),
    "hidden\u{200b}\u{feff}\u{2060}".as_bytes(),
    "separator\u{2028}\u{2029}".as_bytes(),
    b"bytes\xff\xfe\xc0",
    b"delete\x7f",
    b"$(touch canary-ran)`touch canary-ran`;touch canary-ran",
    b"-rf",
];

/// What of the names above must not be in what a terminal gets.
const TRACES: [&[u8]; 8] = [
    b"\x1b[2J\x1b[Hscreen",
    b"\x1b]0;",
    b"\x1b]52;",
    b"\x1bP",
    b"\xc2\x9b",
    b"\xe2\x80\xae",
    b"\xe2\x80\x8b",
    b"\xff",
];

fn file_name(name: &[u8]) -> OsString {
    let mut file = OsStr::from_bytes(name).to_owned();
    file.push(".yaml");
    file
}

#[test]
fn names_of_files_are_shown_harmlessly() {
    let yard = Yard::new();
    for directory in ["connections.d", "workflows", "types.d", "deployments"] {
        fs::create_dir_all(yard.path(directory)).unwrap();
        for (position, name) in NAMES.into_iter().enumerate() {
            // Some are wrong, so that messages quote the name.
            let text = match (directory, position % 3) {
                ("connections.d", 0) => FINE,
                ("workflows" | "deployments", 0) => WORKFLOW,
                (_, 1) => "a: [\n",
                (_, _) => "a: 1\na: 2\nconnection: dangling\n",
            };
            yard.write(Path::new(directory).join(file_name(name)), text);
        }
    }
    // A directory below the root, and a setting that nobody knows.
    for name in NAMES {
        yard.write(
            Path::new("workflows")
                .join(OsStr::from_bytes(name))
                .join("x.yaml"),
            WORKFLOW,
        );
    }
    let before = yard.everything();
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["check"],
        &["check", "--json"],
        &["check", "--sarif"],
        &["refs"],
        &["refs", "--json"],
        &["refs", "openai"],
        &["rm", "openai", "--yes"],
        &["rename", "openai", "other", "--dry-run"],
        &["env"],
        &["env", "--json"],
        &["types"],
        &["info", "--json"],
    ] {
        yard.run(arguments);
    }
    for name in NAMES {
        let file = Path::new("workflows").join(file_name(name));
        for command in ["render", "resolve", "import"] {
            yard.run(&[OsStr::new(command), file.as_os_str()]);
        }
        yard.run(&[OsStr::new("import"), file.as_os_str(), OsStr::new("--json")]);
    }
    yard.walk_through(&TRACES);
    yard.is_as(&before, "the store");
    assert!(!yard.path("canary-ran").exists());
}

/// The same texts as values, keys, tags, comments and anchors.
#[test]
fn texts_in_files_are_shown_harmlessly() {
    let escaped = |name: &[u8]| -> String {
        String::from_utf8_lossy(name)
            .chars()
            .map(|c| format!("\\U{:08x}", u32::from(c)))
            .collect()
    };
    let yard = Yard::new();
    let mut types = "types:\n".to_owned();
    let mut settings = "exclude: []\n".to_owned();
    for (position, name) in NAMES.into_iter().enumerate() {
        let text = escaped(name);
        yard.write(
            format!("connections.d/c{position}.yaml"),
            format!(
                "name: \"{text}\"\ndescription: \"{text}\"\ntags: [\"{text}\"]\nid: \"{text}\"\n\
                 type: \"{}{text}\"\n\"{text}\": \"{text}\"\nurl: \"{text}\"\nheaders: {{\"{text}\": \"{text}\"}}\n",
                ["dynamiq.connections.Http", "own."][position % 2]
            ),
        );
        yard.write(
            format!("workflows/w{position}.yaml"),
            format!(
                "connections: {{\"{text}\": {{type: \"{text}\", \"{text}\": x}}}}\n\
                 nodes: {{\"{text}\": {{connection: \"{text}\", connections: [\"{text}\"]}}}}\n\
                 a: {{connection: \"${{oc.env:{text}}}\"}}\nb: {{connection: \"${{{text}}}\"}}\n\
                 workflows: {{\"{text}\": {{}}}}\nid: {{$type: connection, $id: \"{text}\"}}\n"
            ),
        );
        types += &format!(
            "  \"own.{text}\": {{label: \"{text}\", group: \"{text}\", help: \"{text}\", fields: {{\"{text}\": {{label: \"{text}\", help: \"{text}\", env: [\"{text}\"]}}}}}}\n"
        );
        settings += &format!("\"{text}\": 1\n");
    }
    yard.write("types.d/own.yaml", types);
    yard.write(
        "types.d/bad.yaml",
        format!("\"{}\": 1\n", escaped(NAMES[5])),
    );
    yard.write("conndeck.yaml", settings);
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["check"],
        &["check", "--json"],
        &["check", "--sarif"],
        &["refs"],
        &["refs", "--json"],
        &["env"],
        &["env", "--json"],
        &["types"],
        &["types", "--json"],
        &["schema"],
        &["rm", "openai", "c0", "--dry-run"],
        &["rename", "openai", "other", "--dry-run"],
    ] {
        yard.run(arguments);
    }
    for position in 0..NAMES.len() {
        let (id, file) = (
            format!("c{position}"),
            format!("workflows/w{position}.yaml"),
        );
        for arguments in [
            &["show", &id][..],
            &["show", &id, "--json"],
            &["set", &id, "nothing", "x"],
            &["set", &id, "url", "--unset"],
            &["import", &file, "--dry-run"],
            &["import", &file, "--json", "--dry-run"],
            &["render", &file],
            &["resolve", &file],
            &["env", "--workflow", &file],
        ] {
            yard.run(arguments);
        }
    }
    yard.walk_through(&TRACES);
}

/// Ids that lead elsewhere, or are no file's name somewhere.
#[test]
fn ids_that_are_paths_or_options_make_no_file() {
    let long = "x".repeat(300);
    let ids = [
        "../x",
        "../../outside/x",
        "a/b",
        "/etc/passwd",
        "..",
        ".",
        "",
        "-rf",
        "--help",
        "CON",
        "nul.txt",
        "com1",
        "a\0b",
        "a\nb",
        "a\x1b[2J",
        "é",
        "e\u{301}",
        "a b",
        "a.",
        ".hidden",
        "#a#",
        "a\\b",
        "C:x",
        "a:b",
        "~root",
        "*",
        "%2e%2e%2fx",
        &long,
    ];
    let yard = Yard::new();
    let before = yard.everything();
    for id in ids {
        // No argument of a program can have a NUL.
        if id.contains('\0') {
            continue;
        }
        for arguments in [
            &["add", "--type", "OpenAI", "--env", "api_key=K", "--", id][..],
            &["show", "--", id],
            &["get", "--", id, "type"],
            &["set", "--", id, "name", "new"],
            &["rm", "--yes", "--", id],
            &["rename", "--", "openai", id],
            &["rename", "--", id, "other"],
            &["refs", "--", id],
        ] {
            let ended = yard.run(arguments);
            assert!(
                ended.code != 0,
                "{arguments:?}: {}{}",
                ended.out(),
                ended.err()
            );
        }
        yard.is_as(&before, id);
    }
}

/// Definitions of a workflow whose keys are such ids come into the store under others, or not.
#[test]
fn import_takes_hostile_ids_under_others_or_not_at_all() {
    let yard = Yard::new();
    let keys = [
        "../x",
        "../../outside/x",
        "a/b",
        "CON",
        "-rf",
        ".",
        "",
        "OPENAI",
        "e\u{301}",
    ];
    let mut text = "connections:\n".to_owned();
    for (position, key) in keys.into_iter().enumerate() {
        text += &format!("  \"{key}\": {{type: own.T{position}, n: {position}}}\n");
    }
    yard.write("workflows/x.yaml", text);
    let count = |yard: &Yard| -> usize {
        yard.everything()
            .keys()
            .filter(|path| !path.starts_with(yard.path("")))
            .count()
    };
    let outside = count(&yard);
    yard.run(&["import", "workflows/x.yaml"]);
    yard.run(&[
        "import",
        "workflows/x.yaml",
        "--rename-clashes",
        "--rewrite",
    ]);
    assert_eq!(count(&yard), outside);
    let store = yard.path("connections.d");
    let everything = yard.everything();
    let in_store = |path: &&std::path::PathBuf| path.starts_with(&store) && **path != store;
    for path in everything.keys().filter(in_store) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let is_plain = stem
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
        assert!(is_plain && path.parent().unwrap() == store, "{path:?}");
    }
}

#[test]
fn names_that_some_system_takes_for_one_are_a_finding() {
    let yard = Yard::empty();
    for name in ["Foo", "foo", "\u{e9}t\u{e9}", "e\u{301}te\u{301}"] {
        yard.write(format!("connections.d/{name}.yaml"), FINE);
    }
    let checked = yard.run(&["check", "--json"]);
    let findings: serde_json::Value = serde_json::from_slice(&checked.out).unwrap();
    let clashes = findings["findings"].as_array().unwrap().iter();
    let clashes = clashes.filter(|one| one["rule"] == "id-case-clash").count();
    assert_eq!(clashes, 4, "{findings}");
}
