//! Hostile contents in every place, through every command and the interface.

use super::contents::{self, Content};
use super::{Yard, is_full};

/// The commands that read, with every place's file as an argument where one is taken.
const READING: [&[&str]; 19] = [
    &["list"],
    &["list", "--json"],
    &["list", "--unused"],
    &["show", "x"],
    &["show", "x", "--json"],
    &["get", "x", "a"],
    &["check"],
    &["check", "--json"],
    &["check", "--sarif"],
    &["refs"],
    &["refs", "openai", "--json"],
    &["rm", "openai", "x", "--dry-run"],
    &["rename", "openai", "other", "--dry-run"],
    &["import", "workflows/x.yaml", "--inline", "--dry-run"],
    &["render", "workflows/x.yaml"],
    &["resolve", "workflows/x.yaml"],
    &["env", "--json"],
    &["env", "--workflow", "workflows/x.yaml"],
    &["undo", "--list"],
];

/// The commands that write, or refuse to.
const WRITING: [&[&str]; 5] = [
    &["set", "x", "name", "new"],
    &["rename", "x", "y"],
    &["rm", "openai", "--yes"],
    &["import", "workflows/x.yaml", "--rewrite"],
    &["undo"],
];

/// Runs everything that reads: nothing changes, and `check` says `file` where it has to.
#[track_caller]
fn read_all(yard: &Yard, what: &str, found_in: Option<&str>) {
    let before = yard.everything();
    for arguments in READING {
        yard.run(arguments);
    }
    if let Some(file) = found_in {
        let checked = yard.run(&["check"]);
        assert!(
            checked.out().lines().any(|line| line.starts_with(file)),
            "{what}: nothing is said about it"
        );
    }
    yard.is_as(&before, what);
}

fn in_connection(content: &Content) {
    let yard = Yard::new();
    yard.write("connections.d/x.yaml", &content.bytes);
    let found = content.is_found_in_connection;
    read_all(&yard, content.name, found.then_some("connections.d/x.yaml"));
    // The good ones are still there.
    let listed = yard.run(&["list"]);
    assert!(listed.out().contains("openai"), "{}", content.name);
    if content.bytes.len() > 1024 * 1024 {
        let before = yard.everything();
        for arguments in WRITING {
            yard.run(arguments);
        }
        let after = yard.everything();
        let file = yard.path("connections.d/x.yaml");
        assert!(
            after.get(&file) == before.get(&file),
            "{}: it was overwritten",
            content.name
        );
    }
}

fn in_workflow(content: &Content, place: &str) {
    let yard = Yard::new();
    yard.write(place, &content.bytes);
    let found = content.is_found_in_workflow;
    read_all(&yard, content.name, found.then_some(place));
    let before = yard.everything();
    for arguments in WRITING {
        yard.run(arguments);
    }
    let outside = |path: &&std::path::PathBuf| path.starts_with(yard.outside());
    let after = yard.everything();
    for path in before.keys().filter(outside) {
        assert!(
            after.get(path) == before.get(path),
            "{}: {}",
            content.name,
            path.display()
        );
    }
}

#[test]
fn contents_of_connection_files_are_read_or_refused() {
    for content in contents::all() {
        in_connection(&content);
    }
}

#[test]
fn contents_of_workflows_are_read_or_refused() {
    for content in contents::all() {
        in_workflow(&content, "workflows/x.yaml");
    }
}

#[test]
fn contents_of_deployments_and_json_are_read_or_refused() {
    for (position, content) in contents::all().into_iter().enumerate() {
        // The same reader: a third of them shows that the place makes no difference.
        if is_full() || position % 3 == 0 {
            let place = ["deployments/x.yml", "workflows/a/b/x.json"][position % 2];
            in_workflow(&content, place);
        }
    }
}

#[test]
fn the_interface_opens_over_hostile_contents() {
    for (position, content) in contents::all().into_iter().enumerate() {
        // One of each kind is enough where each takes a second.
        if !is_full() && position % 4 != 0 {
            continue;
        }
        let yard = Yard::new();
        yard.write("connections.d/x.yaml", &content.bytes);
        yard.write("workflows/x.yaml", &content.bytes);
        yard.walk_through(&[b"\x1b]0;x", b"\xc2\x9b"]);
    }
}
