//! Any bytes, and any change to what is right: no command panics, hangs, or speaks to the terminal.
//!
//! `PROPTEST_CASES` says how many of each.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{FINE, WORKFLOW, Yard};

/// What is changed: files of every kind, with all that YAML and `OmegaConf` have.
const VALID: [&str; 5] = [
    FINE,
    WORKFLOW,
    "a: &a {b: [1, \"two\", 'three'], <<: *z}\nz: &z !t {k: |\n    x\n  }\n? c\n: >-\n  folded\n  text\n--- # d\nx: *a\n",
    "connections:\n  a: {type: dynamiq.connections.OpenAI, api_key: \"${oc.env:K,${x.y[0]}}\"}\nagent_factory: {connections: {b: {$type: connection, $id: a}}}\nn: {connection: \"${connections.a}\"}\n",
    "workflows: [workflows]\nexclude: ['**/x*', a/**]\nreference_keys: [conn]\nignore: [unused]\nschema: s\ntypes: {own.T: {fields: {a: {secret: true, kind: map}}}}\n",
];

/// What texts are changed with.
const PIECES: [&str; 24] = [
    "\0",
    "\r",
    "\n",
    "\t",
    "\u{feff}",
    "\u{2028}",
    "\x1b[2J",
    "${",
    "}",
    "&a ",
    "*a",
    "<<: ",
    "|",
    ">",
    "\"",
    "'",
    "[",
    "{",
    ": ",
    "- ",
    "#",
    "---\n",
    "!!binary ",
    "\u{10ffff}",
];

const COMMANDS: [&[&str]; 12] = [
    &["list", "--json"],
    &["show", "x"],
    &["check"],
    &["refs"],
    &["env"],
    &["set", "x", "api_key", "--env", "K"],
    &["set", "x", "a.b[1]", "--unset"],
    &["rename", "openai", "other"],
    &["rename", "x", "y"],
    &[
        "import",
        "workflows/x.yaml",
        "--inline",
        "--rewrite",
        "--rename-clashes",
    ],
    &["render", "workflows/x.yaml"],
    &["rm", "other", "--yes"],
];

fn run_all(bytes: &[u8]) {
    for places in [
        &[
            "connections.d/x.yaml",
            "workflows/x.yaml",
            "deployments/x.json",
            "types.d/x.yaml",
        ][..],
        &["conndeck.yaml"],
    ] {
        let yard = Yard::new();
        for place in places {
            yard.write(place, bytes);
        }
        for arguments in COMMANDS {
            yard.run(arguments);
        }
    }
}

fn runner() -> TestRunner {
    let default = Config::default();
    let cases = std::env::var_os("PROPTEST_CASES").map_or(12, |_| default.cases);
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..default
    })
}

#[test]
fn any_bytes_are_survived() {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)
            .prop_map(|pieces| pieces.concat().into_bytes()),
    ];
    runner()
        .run(&bytes, |bytes| {
            run_all(&bytes);
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_change_to_a_valid_file_is_survived() {
    let change = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        prop::sample::select(&PIECES[..]),
        0..4u8,
    );
    let changed = (
        prop::sample::select(&VALID[..]),
        prop::collection::vec(change, 1..6),
    );
    runner()
        .run(&changed, |(text, changes)| {
            let mut bytes = text.as_bytes().to_vec();
            for (at, other, piece, deed) in changes {
                if bytes.is_empty() {
                    break;
                }
                let (at, other) = (at.index(bytes.len()), other.index(bytes.len()));
                match deed {
                    0 => drop(bytes.splice(at..at, piece.bytes())),
                    1 => drop(bytes.drain(at.min(other)..at.max(other))),
                    2 => bytes.swap(at, other),
                    _ => bytes[at] ^= 1 << (other % 8),
                }
            }
            run_all(&bytes);
            Ok(())
        })
        .unwrap();
}
