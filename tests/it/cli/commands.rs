//! The commands that read: show, get, types, env, info, schema, completions, man.

use serde_json::json;

use super::{Fixture, program};

#[test]
fn the_version_alone_is_what_it_is_with_other_arguments() {
    let fixture = Fixture::empty();
    let version = fixture.run(&["--quiet", "--version"]).exits(0).out.clone();
    assert!(version.contains(env!("CARGO_PKG_VERSION")));
    for alone in ["--version", "-V"] {
        assert_eq!(fixture.run(&[alone]).exits(0).out, version);
    }
}

#[test]
fn show_has_the_fields_of_the_contract_in_order() {
    let fixture = Fixture::new();
    let shown = fixture.run(&["show", "openai", "--json"]).exits(0).json();
    let keys: Vec<_> = shown.as_object().unwrap().keys().cloned().collect();
    let expected = [
        "version",
        "id",
        "name",
        "type",
        "file",
        "description",
        "tags",
        "fields",
        "findings",
        "used_by",
    ];
    assert_eq!(keys, expected);
    assert_eq!(shown["version"], 1);
    assert_eq!(shown["name"], "OpenAI (production)");
    assert_eq!(shown["file"], "connections.d/openai.yaml");
    assert_eq!(
        shown["fields"][0],
        json!({"name": "api_key", "value": "${oc.env:OPENAI_API_KEY}", "source": "env",
               "secret": true, "env": ["OPENAI_API_KEY"], "set_here": false})
    );
    assert_eq!(shown["fields"][1]["source"], "literal");
    let used = &shown["used_by"][0];
    assert_eq!(used["path"], "nodes.agent.llm.connection");
    assert_eq!(
        (used["line"].clone(), used["column"].clone()),
        (json!(5), json!(19))
    );
    let set = fixture
        .run_with(&[("OPENAI_API_KEY", "x")], &["show", "openai", "--json"])
        .json();
    assert_eq!(set["fields"][0]["set_here"], true);
}

#[test]
fn show_tells_what_is_left_out_and_what_is_an_alias() {
    let fixture = Fixture::empty();
    fixture.write(
        "connections.d/pg.yaml",
        "type: dynamiq.connections.PostgreSQL\nhost: &h db.example\ndatabase: *h\n",
    );
    let shown = fixture.run(&["show", "pg", "--json"]).exits(0).json();
    let source = |name: &str| {
        let fields = shown["fields"].as_array().unwrap();
        let field = fields.iter().find(|field| field["name"] == name).unwrap();
        (field["source"].clone(), field["value"].clone())
    };
    assert_eq!(source("host"), (json!("literal"), json!("db.example")));
    assert_eq!(source("database"), (json!("alias"), json!("db.example")));
    assert_eq!(source("port"), (json!("default"), json!(5432)));
}

#[test]
fn show_as_text_lists_uses_and_findings() {
    let fixture = Fixture::new();
    let text = fixture.run(&["show", "openai"]).exits(0).out;
    for part in [
        "OpenAI (production)",
        "connections.d/openai.yaml",
        "env OPENAI_API_KEY: not set here",
        "workflows/support.yaml:5:19  nodes.agent.llm.connection",
        "[unset-variable]",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn get_prints_one_value() {
    let fixture = Fixture::new();
    for (field, expected) in [
        ("url", "https://user:canary-in-url@parcels.example/v2\n"),
        ("headers.Authorization", "Bearer canary-in-header\n"),
        ("headers[\"X.Dotted\"]", "dotted\n"),
        ("params", "{\"limit\":20}\n"),
        ("params.limit", "20\n"),
        ("type", "dynamiq.connections.Http\n"),
    ] {
        let ran = fixture.run(&["get", "parcels", field]).exits(0);
        assert_eq!(
            (ran.out.as_str(), ran.err.as_str()),
            (expected, ""),
            "{field}"
        );
    }
    assert_eq!(
        fixture.run(&["get", "openai", "api_key"]).exits(0).out,
        "${oc.env:OPENAI_API_KEY}\n"
    );
}

#[test]
fn get_resolves_when_asked() {
    let fixture = Fixture::new();
    let resolve = ["get", "openai", "api_key", "--resolve"];
    let ran = fixture.run_with(&[("OPENAI_API_KEY", "sk-x")], &resolve);
    assert_eq!(ran.exits(0).out, "sk-x\n");
    fixture
        .run(&resolve)
        .exits(3)
        .prints_nothing()
        .says("`OPENAI_API_KEY`");
}

#[test]
fn what_is_not_there_is_3_with_the_nearest_name() {
    let fixture = Fixture::new();
    for (arguments, hint) in [
        (&["show", "opena"][..], "did you mean `openai`?"),
        (&["get", "opnai", "url"], "did you mean `openai`?"),
        (&["get", "openai", "ulr"], "did you mean `url`?"),
        (
            &["get", "parcels", "headers.Nope"],
            "has no field `headers.Nope`",
        ),
        (&["set", "opena", "url", "x"], "did you mean `openai`?"),
        (&["set", "openai", "apikey", "x"], "did you mean `api_key`?"),
        (
            &["set", "openai", "organization", "--unset"],
            "has no field",
        ),
        (&["rm", "spar", "--yes"], "did you mean `spare`?"),
        (&["types", "OpnAI"], "did you mean `OpenAI`?"),
        (&["schema", "OpnAI"], "did you mean `OpenAI`?"),
        (
            &["show", "openai", "--reveal", "apikey"],
            "did you mean `api_key`?",
        ),
        (&["refs", "opena"], "did you mean `openai`?"),
        (
            &["env", "--workflow", "workflows/none.yaml"],
            "there is no file",
        ),
        (&["check", "workflows/none.yaml"], "there is no file"),
    ] {
        fixture.run(arguments).exits(3).says(hint);
    }
}

#[test]
fn what_is_used_wrongly_is_2() {
    let fixture = Fixture::new();
    for arguments in [
        &["sho"][..],
        &["get", "openai"],
        &["get", "openai", "a..b"],
        &["set", "openai", "url"],
        &["set", "openai", "url", "x", "--unset"],
        &["rm"],
        &["--workflows", "none", "rm", "spare", "--yes"],
        &["--workflows", "none", "check"],
        &["check", "--json", "--sarif"],
        &["completions", "tcsh"],
        &["list", "-q", "-v"],
        &[],
    ] {
        fixture.run(arguments).exits(2).prints_nothing();
    }
    fixture.run(&["sho"]).says("'show'");
}

#[test]
fn an_invalid_file_is_4() {
    let fixture = Fixture::new();
    fixture.write("connections.d/broken.yaml", "a: [\n");
    for arguments in [
        &["show", "broken"][..],
        &["get", "broken", "a"],
        &["set", "broken", "a", "b"],
    ] {
        let ran = fixture.run(arguments).exits(4).prints_nothing();
        ran.says("connections.d/broken.yaml:");
    }
    fixture.write("conndeck.yaml", "exclude: 5\n");
    fixture.run(&["list"]).exits(4).says("settings");
    fixture.run(&["--config", "none.yaml", "list"]).exits(3);
}

#[test]
fn types_are_the_catalogue() {
    let fixture = Fixture::empty();
    let all = fixture.run(&["types", "--json"]).exits(0).json();
    assert_eq!(all["types"].as_array().unwrap().len(), 78);
    let one = fixture.run(&["types", "openai", "--json"]).exits(0).json();
    assert_eq!(one["types"][0]["type"], "dynamiq.connections.OpenAI");
    assert_eq!(one["types"][0]["fields"][0]["secret"], true);
    let page = fixture.run(&["types", "PostgreSQL"]).exits(0).out;
    assert!(page.contains("POSTGRESQL_PORT, 5432"), "{page}");
}

#[test]
fn env_says_who_is_affected() {
    let fixture = Fixture::new();
    fixture.write(
        "workflows/own.yaml",
        "connections:\n  local:\n    type: dynamiq.connections.Tavily\nnodes:\n  a:\n    connection: local\n    x: ${oc.env:OTHER,1}\n",
    );
    let ran = fixture.run(&["env", "--json"]).exits(1);
    let found = ran.json();
    let of = |name: &str| {
        let variables = found["variables"].as_array().unwrap();
        let found = variables.iter().find(|variable| variable["name"] == name);
        found.unwrap_or_else(|| panic!("{name}")).clone()
    };
    assert_eq!(
        of("OPENAI_API_KEY"),
        json!({"name": "OPENAI_API_KEY", "set": false, "has_default": false,
               "connections": ["openai"], "workflows": ["workflows/support.yaml"]})
    );
    assert_eq!(of("QDRANT_API_KEY")["workflows"], json!([]));
    assert_eq!(of("OTHER")["has_default"], true);
    assert_eq!(
        of("TAVILY_API_KEY")["workflows"],
        json!(["workflows/own.yaml"])
    );
    let one = ["env", "--json", "--workflow", "workflows/support.yaml"];
    let names = |ran: super::Ran| {
        let found = ran.json();
        let variables = found["variables"].as_array().unwrap().clone();
        let names = variables
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(fixture.run(&one).exits(1)), ["OPENAI_API_KEY"]);
    let set = fixture
        .run_with(&[("OPENAI_API_KEY", "canary")], &one)
        .exits(0);
    assert!(!set.out.contains("canary"));
}

#[test]
fn info_knows_where_things_are() {
    let fixture = Fixture::new();
    let facts = fixture.run(&["info", "--json"]).exits(0).json();
    assert_eq!(
        facts["store"],
        json!({"path": "connections.d", "exists": true, "connections": 3})
    );
    assert_eq!(
        facts["roots"][0],
        json!({"path": "workflows", "exists": true})
    );
    assert_eq!(facts["roots"][1]["exists"], false);
    assert_eq!(facts["terminal"]["stdout"], false);
    let elsewhere = Fixture::empty();
    let dir = fixture.path("connections.d");
    let ran = elsewhere
        .run(&["--dir", dir.to_str().unwrap(), "info"])
        .exits(0);
    assert!(ran.out.contains("3 connections"), "{}", ran.out);
}

#[test]
fn completion_knows_commands_ids_and_types() {
    let fixture = Fixture::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = fixture.run(&["completions", shell]).exits(0).out;
        assert!(script.contains("CONNDECK_COMPLETE"), "{shell}: {script}");
    }
    let complete = |words: &[&str]| {
        let mut command = fixture.command(&["--"]);
        command.args(words).env("CONNDECK_COMPLETE", "bash");
        command.env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
        command.env("_CLAP_IFS", "\n");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert_eq!(complete(&["conndeck", "show", "op"]).trim(), "openai");
    assert_eq!(
        complete(&["conndeck", "rm", "spare", "par"]).trim(),
        "parcels"
    );
    assert_eq!(
        complete(&["conndeck", "types", "Postgre"]).trim(),
        "PostgreSQL"
    );
    assert_eq!(complete(&["conndeck", "compl"]).trim(), "completions");
    assert_eq!(
        complete(&["conndeck", "--dir", "none", "show", "op"]).trim(),
        ""
    );
}

#[test]
fn the_man_page_has_every_command() {
    let fixture = Fixture::empty();
    let page = fixture.run(&["man"]).exits(0).out;
    for command in ["SHOW", "GET", "ADD", "SET", "RM", "CHECK", "COMPLETIONS"] {
        assert!(
            page.contains(&format!("\"CONNDECK {command}\"")),
            "{command}"
        );
    }
}

#[test]
fn the_schema_takes_good_files_and_refuses_bad_ones() {
    let fixture = Fixture::empty();
    let all = fixture.run(&["schema"]).exits(0).json();
    let one = fixture.run(&["schema", "PostgreSQL"]).exits(0).json();
    let pg = |body: serde_json::Value| {
        let mut whole = json!({"type": "dynamiq.connections.PostgreSQL"});
        whole
            .as_object_mut()
            .unwrap()
            .extend(body.as_object().unwrap().clone());
        whole
    };
    let all = jsonschema::validator_for(&all).unwrap();
    let one = jsonschema::validator_for(&one).unwrap();
    for good in [
        pg(json!({"port": 1, "name": "a", "tags": ["x"]})),
        pg(json!({"port": "6379"})),
        pg(json!({"port": "${oc.env:PORT}"})),
    ] {
        assert!(one.is_valid(&good) && all.is_valid(&good), "{good}");
    }
    for bad in [
        pg(json!({"port": "abc"})),
        pg(json!({"hots": "x"})),
        json!({"host": "x"}),
        json!({"type": "dynamiq.connections.PostgresQL"}),
    ] {
        assert!(!one.is_valid(&bad) && !all.is_valid(&bad), "{bad}");
    }
    assert!(all.is_valid(&json!({"type": "ours.Own", "any": 1})));
    assert!(
        !all.is_valid(&json!({"type": "dynamiq.connections.Http", "method": "FETCH", "url": "x"}))
    );
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let fixture = Fixture::new();
    let mut child = fixture
        .command(&["types", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn colours_only_when_asked_or_on_a_terminal() {
    let fixture = Fixture::new();
    let plain = fixture.run(&["show", "openai"]).out;
    assert!(!plain.contains('\x1b'));
    let coloured = fixture.run(&["show", "openai", "--color", "always"]).out;
    assert!(coloured.contains("\x1b[1m"));
}

#[test]
fn control_characters_of_files_are_harmless() {
    let fixture = Fixture::empty();
    fixture.write(
        "connections.d/a.yaml",
        "name: \"x\\e[31m\"\ntype: \"a\\ab\"\nurl: \"\\e]0;title\\a\"\n\"k\\e\": 1\n",
    );
    for arguments in [
        &["show", "a"][..],
        &["list"],
        &["check"],
        &["get", "a", "kk"],
    ] {
        let ran = fixture.run(arguments);
        assert!(!ran.out.contains(['\x1b', '\x07']), "{ran:?}");
        assert!(!ran.err.contains(['\x1b', '\x07']), "{ran:?}");
    }
    // A program gets the exact value.
    assert_eq!(fixture.run(&["get", "a", "url"]).out, "\x1b]0;title\x07\n");
}

#[test]
fn help_says_what_it_does_and_shows_examples_first() {
    for command in conndeck::cli::command().get_subcommands() {
        let mut program = program();
        let help = program
            .args([command.get_name(), "--help"])
            .output()
            .unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let examples = help
            .find("\nExamples:\n")
            .unwrap_or_else(|| panic!("{help}"));
        assert!(examples < help.find("Usage:").unwrap(), "{help}");
        assert!(
            help.contains(&format!("\n  conndeck {}", command.get_name()))
                || help.contains("| conndeck"),
            "{help}"
        );
    }
    let mut program = program();
    let rules = program.args(["check", "--help"]).output().unwrap();
    assert!(String::from_utf8_lossy(&rules.stdout).contains("dangling-reference"));
}

#[test]
fn paths_are_relative_to_where_one_stands() {
    let fixture = Fixture::new();
    let mut command = fixture.command(&["--dir", "../connections.d", "show", "openai"]);
    command.current_dir(fixture.path("workflows"));
    let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(out.contains("  ../connections.d/openai.yaml"), "{out}");
    assert!(
        out.contains("  support.yaml:5:19") || out.contains("  ../workflows/support.yaml:5:19"),
        "{out}"
    );
}

#[test]
fn a_store_that_is_not_there_is_no_silent_success() {
    let fixture = Fixture::new();
    for command in ["list", "check", "env"] {
        fixture
            .run(&["--dir", "conections.d", command])
            .says("there is no store `conections.d`");
    }
    assert!(!fixture.run(&["list"]).err.contains("no store"));
}
