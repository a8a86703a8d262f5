//! Hostile settings and types: what comes with a repository is read within bounds, leads to no
//! write outside of it, and unmasks nothing.

use std::fs;

use super::{FINE, Yard, contents};

/// A connection with a secret in every place that a type may speak about.
const SECRET: &str = "type: dynamiq.connections.OpenAI\napi_key: canary-key-1\nurl: https://u:canary-key-2@example.com\n";
const OWN: &str = "type: own.T\npassword: canary-key-3\ndeep: {token: canary-key-4}\nheaders: {X-Api-Key: canary-key-5}\nplain: a\n";

#[test]
fn contents_of_settings_and_types_are_read_or_refused() {
    for content in contents::all() {
        for place in ["conndeck.yaml", "types.d/t.yaml"] {
            let yard = Yard::new();
            yard.write(place, &content.bytes);
            let before = yard.everything();
            for arguments in [
                &["list"][..],
                &["check"],
                &["types"],
                &["rm", "openai", "--dry-run"],
            ] {
                let ended = yard.run(arguments);
                if place == "types.d/t.yaml" {
                    // The built-in types are still known.
                    assert_ne!(ended.code, 4, "{}: {}", content.name, ended.err());
                }
            }
            yard.is_as(&before, content.name);
        }
    }
}

#[test]
fn globs_are_matched_in_bounded_time() {
    let yard = Yard::new();
    yard.write(format!("workflows/{}w.yaml", "a/".repeat(60)), "a: 1\n");
    yard.write(format!("workflows/{}.yaml", "a".repeat(200)), "a: 1\n");
    for glob in [
        format!("{}x", "**/".repeat(500)),
        format!("{}x", "**/a/".repeat(100)),
        format!("{}b", "*a".repeat(100)),
        "[".repeat(1000),
        "{a,".repeat(1000),
        "\\".repeat(1000),
    ] {
        yard.write("conndeck.yaml", format!("exclude: ['{glob}']\n"));
        yard.run(&["refs", "openai"]);
    }
}

#[test]
fn roots_that_lead_out_are_read_and_never_written() {
    for root in [
        "../outside",
        "../outside/x.yaml",
        "/dev",
        "/proc/self/fd",
        ".",
    ] {
        let yard = Yard::new();
        yard.write("conndeck.yaml", format!("workflows: [{root}]\n"));
        let outside = |yard: &Yard| -> Vec<_> {
            let all = yard.everything();
            all.into_iter()
                .filter(|(path, _)| path.starts_with(yard.outside()))
                .collect()
        };
        let before = outside(&yard);
        for arguments in [
            &["list"][..],
            &["refs", "openai"],
            &["rename", "openai", "other"],
            &["rm", "openai", "--yes"],
            &["check"],
        ] {
            yard.run(arguments);
        }
        assert_eq!(outside(&yard), before, "{root}");
    }
}

/// The line that tells editors about the schema is a comment to every reader, and no more.
#[test]
fn a_schema_in_the_settings_brings_nothing_into_a_new_file() {
    for breaker in [
        "\\n", "\\r", "\\u2028", "\\u2029", "\\x85", "\\x1b[2J", "\\u202e", "\\0",
    ] {
        let yard = Yard::new();
        let schema = format!("https://example.com/{breaker}url: https://evil.example");
        yard.write("conndeck.yaml", format!("schema: \"{schema}\"\n"));
        let added = yard.run(&["add", "new", "--type", "OpenAI", "--env", "api_key=K"]);
        assert_eq!(added.code, 0, "{}", added.err());
        let text = fs::read_to_string(yard.path("connections.d/new.yaml")).unwrap();
        assert!(!text.contains("evil"), "{breaker}: {text:?}");
    }
}

#[test]
fn types_of_a_repository_unmask_nothing() {
    let open = "secret: false";
    for types in [
        format!("types:\n  dynamiq.connections.OpenAI:\n    fields:\n      api_key: {{{open}}}\n      url: {{{open}}}\n"),
        "types:\n  dynamiq.connections.OpenAI:\n    fields:\n      api_key: {secret: false, kind: enum, choices: [canary-key-1], default: canary, required: false}\n".to_owned(),
        "types:\n  dynamiq.connections.OpenAI:\n    fields:\n      api_key: {secret: false, kind: map}\n      url: {kind: list, items: string}\n".to_owned(),
        "types:\n  dynamiq.connections.OpenAI:\n    fields:\n      api_key: {kind: integer}\n      url: {kind: boolean}\n".to_owned(),
        "types:\n  dynamiq.connections.OpenAI:\n    label: public\n    help: api_key is public\n    fields: {}\n".to_owned(),
        "every_field:\n  api_key: {secret: false}\n  password: {secret: false}\n  url: {secret: false}\n  headers: {secret: false}\n".to_owned(),
        "types:\n  own.T:\n    fields:\n      password: {secret: false}\n      deep: {secret: false, kind: map}\n      headers: {secret: false, kind: map}\n      token: {secret: false}\n".to_owned(),
        "types:\n  own.T:\n    fields:\n      password: {kind: integer, secret: false}\n      deep: {kind: string}\n".to_owned(),
    ] {
        let yard = Yard::new();
        yard.write("types.d/t.yaml", &types);
        yard.write("connections.d/x.yaml", SECRET);
        yard.write("connections.d/own.yaml", OWN);
        yard.write("workflows/x.yaml", format!("a: {{connection: x}}\nconnections:\n  own:\n    {}", OWN.replace('\n', "\n    ")));
        for arguments in [
            &["show", "x"][..],
            &["show", "x", "--json"],
            &["show", "own"],
            &["show", "own", "--json"],
            &["list", "--json"],
            &["check"],
            &["check", "--json"],
            &["rename", "x", "y", "--dry-run"],
            &["rename", "own", "y", "--dry-run"],
            &["import", "workflows/x.yaml", "--rewrite", "--dry-run"],
            &["set", "x", "nothing", "canary"],
            &["types", "own.T", "--json"],
        ] {
            let ended = yard.run(arguments);
            let said = ended.out() + &ended.err();
            assert!(!said.contains("canary-key"), "{types}\n{arguments:?}: {said}");
        }
        // A mark that is missing is no leave to take it as an argument either.
        let ended = yard.run(&["set", "x", "api_key", "canary-key-9"]);
        assert_eq!(ended.code, 2, "{types}: {}", ended.err());
        yard.walk_through(&[b"canary-key"]);
    }
}

#[test]
fn a_type_that_a_repository_makes_up_is_asked_no_secret_of_the_environment() {
    let yard = Yard::new();
    yard.write(
        "types.d/t.yaml",
        "types:\n  own.T:\n    fields:\n      url: {env: [AWS_SECRET_ACCESS_KEY], default: '${oc.env:AWS_SECRET_ACCESS_KEY}'}\n",
    );
    yard.write("connections.d/x.yaml", "type: own.T\n");
    yard.write("connections.d/y.yaml", FINE);
    for arguments in [
        &["show", "x"][..],
        &["show", "x", "--json"],
        &["check"],
        &["env"],
        &["types", "own.T"],
        &["add", "z", "--type", "own.T"],
        &["show", "z"],
    ] {
        let ended = yard.run_with(
            arguments,
            &[("AWS_SECRET_ACCESS_KEY", "canary-env".as_ref())],
        );
        let said = ended.out() + &ended.err();
        assert!(!said.contains("canary-env"), "{arguments:?}: {said}");
    }
}
