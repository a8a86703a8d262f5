//! The comparison finds what it is there to find.

use super::*;
use crate::bridge::Source;
use crate::bridge::candidate::{self, Candidate};
use crate::reference::Encoding;

const BEFORE: &str = "\
connections:
  a: {type: T, url: u}
  b: {type: T, url: v}
  unused: {type: T}
nodes:
  n: {connection: a, tools: [{connection: b}]}
  m: {text: \"${connections.b.url}\", agent_factory: {connections: {a: {type: U}}, connection: a}}
";

const AFTER: &str = "\
nodes:
  n: {connection: a, tools: [{connection: b}]}
  m: {text: \"${connections.b.url}\", agent_factory: {connections: {a: {type: U}}, connection: a}}
";

/// Verifies a text after the top-level definitions moved into the store under their own ids.
fn verify_text(after: &str, store: &[(&str, &str)]) -> Result<(), String> {
    let source = Source {
        name: "w.yaml".to_owned(),
        text: BEFORE.to_owned(),
        encoding: Encoding::Utf8,
    };
    let options = Options::default();
    let stream = crate::document::parse(BEFORE).unwrap();
    let scan = reference::scan(BEFORE, &options);
    let all = candidate::definitions(0, &source, &stream, &scan);
    let global: Vec<Candidate> = all
        .into_iter()
        .filter(|candidate| candidate.scope().is_empty())
        .collect();
    let moved: Vec<Moved<'_>> = global
        .iter()
        .enumerate()
        .map(|(index, candidate)| Moved {
            index,
            candidate,
            id: candidate.id.as_deref().unwrap(),
        })
        .collect();
    let mut connections = Connections::default();
    for (id, text) in store {
        connections.insert(*id, Ok((*text).to_owned()));
    }
    verify(BEFORE, after, &moved, &connections, &options)
}

const STORE: [(&str, &str); 3] = [
    ("a", "type: T\nurl: u\n"),
    ("b", "type: T\nurl: v\n"),
    ("unused", "type: T\n"),
];

#[test]
fn what_means_the_same_passes() {
    assert_eq!(verify_text(AFTER, &STORE), Ok(()));
    assert_eq!(verify_text(BEFORE, &STORE), Ok(()));
}

#[test]
fn every_change_of_the_text_is_found() {
    let changes = [
        (
            "connection: a, tools",
            "connection: b, tools",
            "nodes.n.connection",
        ),
        (
            "{connection: b}",
            "{connection: a}",
            "nodes.n.tools[0].connection",
        ),
        ("{connection: b}", "{connection: b}, 1", "nodes.n.tools"),
        ("type: U", "type: V", "nodes.m.agent_factory.connections.a"),
        (
            "connections: {a: {type: U}}, ",
            "",
            "nodes.m.agent_factory.connections.a",
        ),
        ("text: ", "texts: ", "nodes.m.text"),
        ("nodes:", "more: 1\nnodes:", ""),
        (
            "  n: {connection: a, tools: [{connection: b}]}\n",
            "",
            "nodes",
        ),
        ("connections.b", "connections.a", "nodes.m.text"),
        (
            "nodes:",
            "connections: {z: {type: T}}\nnodes:",
            "connections.z",
        ),
    ];
    for (old, new, path) in changes {
        assert!(AFTER.contains(old), "{old}");
        let error = verify_text(&AFTER.replace(old, new), &STORE).unwrap_err();
        assert_eq!(
            error,
            format!("`{path}` would be another"),
            "{old} -> {new}"
        );
    }
}

#[test]
fn a_connection_that_is_another_is_found() {
    for (id, text) in [("a", "type: T\n"), ("b", "type: T\nurl: w\n")] {
        let store: Vec<_> = STORE
            .iter()
            .map(|(own, old)| if *own == id { (id, text) } else { (*own, *old) })
            .collect();
        let error = verify_text(AFTER, &store).unwrap_err();
        assert_eq!(error, format!("`connections.{id}` would be another"));
    }
    let without: Vec<_> = STORE.iter().copied().filter(|(id, _)| *id != "a").collect();
    assert!(verify_text(AFTER, &without).is_err());
    let unused: Vec<_> = STORE
        .iter()
        .copied()
        .filter(|(id, _)| *id != "unused")
        .collect();
    assert_eq!(verify_text(AFTER, &unused), Ok(()));
}
