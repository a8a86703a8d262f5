//! What `check` says is the same with what the cache knows as without it, and for one file as for all.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::AtomicBool;

use super::*;
use crate::project::Wanted;

const CONNECTIONS: [(&str, &str); 4] = [
    (
        "openai",
        "type: dynamiq.connections.OpenAI\napi_key: ${oc.env:KEY}\n",
    ),
    (
        "mistyped",
        "type: dynamiq.connections.OpenAI\napi_kee: ${oc.env:KEY}\n",
    ),
    (
        "same",
        "api_key: ${oc.env:KEY}\ntype: dynamiq.connections.OpenAI\n",
    ),
    ("broken", "type: [\n"),
];

const WORKFLOWS: [&[u8]; 12] = [
    b"nodes: {a: {connection: openai}}\n",
    b"nodes: {a: {connection: opnai}}\n",
    b"nodes: {a: {connection: opnai}} # conndeck: ignore dangling-reference\n",
    b"# conndeck: ignore dangling-reference, no-such-rule\n\nnodes: {a: {connection: opnai}}\n",
    b"connections: {openai: {type: dynamiq.connections.OpenAI, api_kee: x}}\na: {connection: openai}\n",
    b"connections:\n  own: {type: dynamiq.connections.OpenAI, api_kee: x} # conndeck: ignore\n",
    b"connections:\n  own: {type: dynamiq.connections.OpenAI, api_key: \"${oc.env:KEY}\"}\n",
    b"a: 1\na: {connection: openai}\n",
    b"a: [connection: openai\n",
    b"a: {connection: \"${oc.env:WHICH}\"}\n",
    b"prompt: openai\n",
    b"\xff\xfea\x00:\x00 \x00b\x00\n\x00",
];

fn read(project: &Project) -> Audit {
    let cancel = AtomicBool::new(false);
    let follow = Follow {
        progress: &|_| {},
        cancel: &cancel,
    };
    Audit::read(project, &project.roots, Extent::Everything, &follow).unwrap()
}

fn of_workflow(project: &Project, audit: &Audit, path: &Path) -> Vec<Located> {
    let cancel = AtomicBool::new(false);
    let follow = Follow {
        progress: &|_| {},
        cancel: &cancel,
    };
    Audit::of_workflow(project, &audit.inventory, path, &follow).unwrap()
}

#[test]
fn the_cache_and_the_number_of_files_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path();
    for name in ["connections.d", "workflows"] {
        fs::create_dir(base.join(name)).unwrap();
    }
    for (id, text) in CONNECTIONS {
        fs::write(base.join(format!("connections.d/{id}.yaml")), text).unwrap();
    }
    for (number, text) in WORKFLOWS.iter().enumerate() {
        fs::write(base.join(format!("workflows/{number:02}.yaml")), text).unwrap();
    }
    let environment = std::iter::empty();
    let mut project = Project::find(base.to_owned(), Wanted::default(), environment).unwrap();
    project.cache = Cache::none();
    let without = read(&project);
    project.cache = Cache::trusting(base.join("cache"));
    for state in ["empty", "filled"] {
        let with = read(&project);
        assert_eq!(with.findings, without.findings, "the cache is {state}");
        assert_eq!(with.unknown_rules, without.unknown_rules, "{state}");
        assert_eq!(with.index, without.index, "{state}");
    }
    assert!(base.join("cache").exists());

    let rules: BTreeSet<&str> = (without.findings.iter())
        .map(|one| one.finding.rule)
        .collect();
    for rule in [
        "dangling-reference",
        "duplicate-definition",
        "duplicate-key",
        "not-yaml",
        "shadowed-definition",
        "unknown-field",
        "unset-variable",
        "unverifiable-workflow",
    ] {
        assert!(rules.contains(rule), "no {rule} among {rules:?}");
    }
    let (file, name) = &without.unknown_rules[0];
    assert!(file.ends_with("03.yaml") && name == "no-such-rule");
    for quiet in ["00", "02", "03", "10"] {
        let file = base.join(format!("workflows/{quiet}.yaml"));
        let about = without.findings.iter().find(|one| *one.file == *file);
        assert_eq!(about, None);
    }

    for number in 0..WORKFLOWS.len() {
        let file = base.join(format!("workflows/{number:02}.yaml"));
        let about = without.findings.iter().filter(|one| *one.file == *file);
        let about: Vec<Located> = about.cloned().collect();
        assert_eq!(of_workflow(&project, &without, &file), about, "{file:?}");
    }
}
