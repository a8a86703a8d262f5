//! The commands that write: add, set, rm.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use super::{Fixture, HTTP, OPENAI, REDIS, WORKFLOW};

const OPENAI_FILE: &str = "connections.d/openai.yaml";

#[test]
fn set_changes_one_value_and_nothing_else() {
    let fixture = Fixture::new();
    let ran = fixture
        .run(&["set", "openai", "url", "https://eu.example/v1"])
        .exits(0);
    assert_eq!(ran.out, "");
    assert_eq!(
        fixture.read(OPENAI_FILE),
        OPENAI.replace("https://api.openai.com/v1", "https://eu.example/v1")
    );
    fixture
        .run(&["set", "openai", "url", "https://api.openai.com/v1"])
        .exits(0);
    assert_eq!(fixture.read(OPENAI_FILE), OPENAI);
    let same = fixture.run(&["set", "openai", "url", "https://api.openai.com/v1"]);
    same.exits(0).says("nothing to change");
    let quiet = fixture.run(&["-q", "set", "openai", "url", "x"]).exits(0);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
}

#[test]
fn set_writes_by_the_kind_of_the_field() {
    let fixture = Fixture::new();
    fixture.write(
        "connections.d/pg.yaml",
        "type: dynamiq.connections.PostgreSQL\n",
    );
    fixture.write(
        "connections.d/n.yaml",
        "type: dynamiq.connections.AWSNeptune\n",
    );
    for (id, field, value, line) in [
        ("pg", "port", "5433", "port: 5433"),
        ("pg", "database", "5433", "database: \"5433\""),
        ("pg", "user", "no", "user: \"no\""),
        ("pg", "host", "a${b}", "host: a\\${b}"),
        ("pg", "name", "My: DB", "name: \"My: DB\""),
        ("pg", "tags", "a, b", "tags:\n  - a\n  - b"),
        ("n", "use_https", "false", "use_https: false"),
        ("n", "timeout", "-1", "timeout: -1"),
        (
            "openai",
            "type",
            "anthropic",
            "type: dynamiq.connections.Anthropic",
        ),
        ("parcels", "params.limit", "30", "params: {limit: 30}"),
        ("parcels", "headers.Accept", "5", "  Accept: \"5\""),
        ("parcels", "headers[\"X.Dotted\"]", "b", "  \"X.Dotted\": b"),
        ("parcels", "data.a.b", "c", "data:\n  a:\n    b: c"),
    ] {
        fixture.run(&["set", id, field, value]).exits(0);
        let text = fixture.read(&format!("connections.d/{id}.yaml"));
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}

#[test]
fn set_refuses_what_the_field_can_not_be() {
    let fixture = Fixture::new();
    for (arguments, message) in [
        (
            &["set", "parcels", "method", "FETCH"][..],
            "`FETCH` is no choice for `method`",
        ),
        (&["set", "parcels", "headers", "x"], "it is a map"),
        (&["set", "openai", "url", "???"], "`url`"),
        (
            &["set", "openai", "url", "--expr", "${oc.env:A"],
            "at character",
        ),
        (&["set", "openai", "url", "--expr", "plain"], "`${…}`"),
        (
            &["set", "openai", "url", "--env", "a b"],
            "no name of an environment variable",
        ),
        (
            &["set", "openai", "type", "OpnAI"],
            "did you mean `OpenAI`?",
        ),
    ] {
        fixture
            .run(arguments)
            .exits(2)
            .prints_nothing()
            .says(message);
    }
    assert_eq!(fixture.read(OPENAI_FILE), OPENAI);
    assert_eq!(fixture.read("connections.d/parcels.yaml"), HTTP);
}

#[test]
fn set_takes_expressions_variables_and_stdin() {
    let fixture = Fixture::new();
    fixture
        .run(&[
            "set",
            "openai",
            "url",
            "--expr",
            "https://${oc.env:HOST}/v1",
        ])
        .exits(0);
    assert_eq!(
        fixture.run(&["get", "openai", "url"]).out,
        "https://${oc.env:HOST}/v1\n"
    );
    fixture
        .run(&["set", "openai", "api_key", "--env", "OTHER_KEY"])
        .exits(0);
    assert_eq!(
        fixture.run(&["get", "openai", "api_key"]).out,
        "${oc.env:OTHER_KEY}\n"
    );
    fixture
        .pipe("sk-one\n", &["set", "openai", "api_key", "--stdin"])
        .exits(0);
    assert_eq!(fixture.run(&["get", "openai", "api_key"]).out, "sk-one\n");
    fixture
        .pipe("two\nlines\n", &["set", "openai", "api_key", "--stdin"])
        .exits(0);
    assert_eq!(
        fixture.run(&["get", "openai", "api_key"]).out,
        "two\nlines\n\n"
    );
    fixture.run(&["set", "openai", "url", "--unset"]).exits(0);
    fixture.run(&["get", "openai", "url"]).exits(3);
}

#[test]
fn set_says_what_stands_in_its_way() {
    let fixture = Fixture::new();
    let text = "base: &b {a: 1}\ntype: x.Y\nmore:\n  <<: *b\n";
    fixture.write("connections.d/alias.yaml", text);
    fixture
        .run(&["set", "alias", "base.a", "2"])
        .exits(5)
        .says("can't be changed so");
    assert_eq!(fixture.read("connections.d/alias.yaml"), text);
    let path = fixture.path(OPENAI_FILE);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    fixture
        .run(&["set", "openai", "url", "x"])
        .exits(6)
        .says("read-only");
}

#[test]
fn thirty_at_once_are_all_there() {
    let fixture = Fixture::empty();
    fixture.write("connections.d/own.yaml", "# Mine.\ntype: ours.Own\n");
    let children: Vec<_> = (0..30)
        .map(|number| {
            let field = format!("field{number}");
            let mut command = fixture.command(&["set", "own", &field, "x"]);
            command
                .stdin(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let text = fixture.read("connections.d/own.yaml");
    assert!(text.starts_with("# Mine.\ntype: ours.Own\n"));
    for number in 0..30 {
        assert!(
            text.contains(&format!("\nfield{number}: x\n")),
            "{number}: {text}"
        );
    }
}

#[test]
fn add_writes_what_the_form_would() {
    let fixture = Fixture::empty();
    fixture
        .run(&["add", "a", "--type", "OpenAI", "--name", "Mine"])
        .exits(0)
        .prints_nothing();
    assert_eq!(
        fixture.read("connections.d/a.yaml"),
        "name: Mine\ntype: dynamiq.connections.OpenAI\napi_key: ${oc.env:OPENAI_API_KEY}\n"
    );
    let mode = fixture
        .path("connections.d/a.yaml")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    fixture
        .run(&[
            "add",
            "pg",
            "--type",
            "PostgreSQL",
            "--env",
            "password=PG",
            "--set",
            "port=1",
            "--set",
            "host=a=b",
        ])
        .exits(0);
    assert_eq!(
        fixture.read("connections.d/pg.yaml"),
        "type: dynamiq.connections.PostgreSQL\nhost: a=b\nport: 1\npassword: ${oc.env:PG}\n"
    );
    fixture
        .run(&[
            "add",
            "w",
            "--type",
            "MCPStdio",
            "--set",
            "args[0]=x",
            "--set",
            "command=uvx",
            "--env",
            "env.T=TOKEN",
        ])
        .exits(0);
    assert_eq!(
        fixture.read("connections.d/w.yaml"),
        "type: dynamiq.connections.MCPStdio\ncommand: uvx\nargs:\n  - x\nenv:\n  T: ${oc.env:TOKEN}\n"
    );
    fixture
        .pipe(
            "s3cret\n",
            &["add", "q", "--type", "Tavily", "--stdin", "api_key"],
        )
        .exits(0);
    assert_eq!(fixture.run(&["get", "q", "api_key"]).out, "s3cret\n");
    fixture
        .run(&["add", "own", "--type", "ours.Own", "--set", "x=1"])
        .exits(0)
        .says("not a known type");
}

#[test]
fn add_refuses_and_writes_nothing() {
    let fixture = Fixture::new();
    for (code, arguments, message) in [
        (
            5,
            &["add", "openai", "--type", "OpenAI"][..],
            "already exists",
        ),
        (5, &["add", "OpenAI", "--type", "OpenAI"], "already exists"),
        (2, &["add", "../x", "--type", "OpenAI"], "an id"),
        (2, &["add", "x"], "a type is needed"),
        (
            2,
            &["add", "x", "--type", "OpnAI"],
            "did you mean `OpenAI`?",
        ),
        (
            2,
            &["add", "x", "--type", "OpenAI", "--set", "ulr=x"],
            "did you mean `url`?",
        ),
        (
            2,
            &["add", "x", "--type", "OpenAI", "--set", "url"],
            "a `=` is missing",
        ),
        (
            2,
            &[
                "add", "x", "--type", "OpenAI", "--set", "url=a", "--env", "url=B",
            ],
            "given twice",
        ),
        (2, &["add", "x", "--type", "MCPStdio"], "needs `command`"),
        (
            2,
            &["add", "x", "--type", "PostgreSQL", "--set", "port=abc"],
            "whole number",
        ),
        (
            2,
            &[
                "add",
                "x",
                "--type",
                "Http",
                "--set",
                "method=FETCH",
                "--set",
                "url=u",
            ],
            "no choice",
        ),
    ] {
        fixture
            .run(arguments)
            .exits(code)
            .prints_nothing()
            .says(message);
    }
    let files = std::fs::read_dir(fixture.path("connections.d"))
        .unwrap()
        .count();
    assert!(
        !fixture.path("connections.d/x.yaml").exists() && files <= 4,
        "{files}"
    );
}

#[test]
fn add_makes_the_store() {
    let fixture = Fixture::empty();
    fixture
        .run(&["--dir", "new/store.d", "add", "a", "--type", "OpenAI"])
        .exits(0)
        .says("created the store");
    assert!(fixture.path("new/store.d/a.yaml").exists());
}

#[test]
fn rm_deletes_what_nothing_uses() {
    let fixture = Fixture::new();
    let plan = fixture.run(&["rm", "spare", "--dry-run"]).exits(0);
    assert_eq!(plan.out, "would delete connections.d/spare.yaml\n");
    fixture
        .run(&["rm", "spare"])
        .exits(2)
        .prints_nothing()
        .says("--yes");
    assert_eq!(fixture.read("connections.d/spare.yaml"), REDIS);
    fixture
        .run(&["rm", "spare", "parcels", "spare", "--yes"])
        .exits(0)
        .prints_nothing();
    assert!(!fixture.path("connections.d/spare.yaml").exists());
    assert!(!fixture.path("connections.d/parcels.yaml").exists());
}

#[test]
fn rm_touches_nothing_if_one_is_used() {
    let fixture = Fixture::new();
    let place = "workflows/support.yaml:5:19  nodes.agent.llm.connection";
    let ran = fixture
        .run(&["rm", "spare", "openai", "--yes", "--allow-possible"])
        .exits(1);
    ran.prints_nothing().says(place);
    assert_eq!(fixture.read("connections.d/spare.yaml"), REDIS);
    let plan = fixture.run(&["rm", "openai", "--dry-run"]).exits(1);
    assert!(plan.out.contains(place), "{plan:?}");
    fixture
        .run(&["rm", "openai"])
        .exits(1)
        .says("used 1 time in 1 file");
    fixture.run(&["rm", "openai", "none", "--yes"]).exits(3);
    assert_eq!(fixture.read(OPENAI_FILE), OPENAI);
}

#[test]
fn rm_lists_every_use() {
    let fixture = Fixture::new();
    for number in 0..25 {
        fixture.write(&format!("workflows/deep/w{number}.yml"), WORKFLOW);
    }
    let ran = fixture.run(&["rm", "openai", "--yes"]).exits(1);
    assert_eq!(ran.err.matches("nodes.agent.llm.connection").count(), 26);
    ran.says("used 26 times in 26 files");
}

#[test]
fn rm_fails_closed() {
    let fixture = Fixture::new();
    fixture.write("workflows/broken.yaml", "spare: [\n");
    fixture
        .run(&["rm", "spare", "--yes", "--allow-possible"])
        .exits(1)
        .says("workflows/broken.yaml:");
    fixture.write("workflows/broken.yaml", "a: 1\n");
    let outside = Fixture::empty();
    std::os::unix::fs::symlink(outside.path("workflows"), fixture.path("workflows/link")).unwrap();
    fixture
        .run(&["rm", "spare", "--yes"])
        .exits(1)
        .says("workflows/link");
    std::fs::remove_file(fixture.path("workflows/link")).unwrap();
    std::fs::remove_dir_all(fixture.path("workflows")).unwrap();
    fixture
        .run(&["rm", "spare", "--yes"])
        .exits(1)
        .says("no workflow was scanned");
    assert_eq!(fixture.read("connections.d/spare.yaml"), REDIS);
}

#[test]
fn rm_says_what_it_did_not_look_at_whenever_it_does_not_delete() {
    let fixture = Fixture::new();
    fixture.write("workflows/old/unread.yaml", "n: {connection: spare}\n");
    fixture.write("conndeck.yaml", "exclude: [workflows/old]\n");
    let line = "scanned 1 file in `workflows`; left out `workflows/old";
    fixture.run(&["rm", "openai", "--yes"]).exits(1).says(line);
    fixture
        .run(&["rm", "openai", "--dry-run"])
        .exits(1)
        .says(line);
    fixture
        .run(&["rm", "spare", "--dry-run"])
        .exits(0)
        .says(line);
    fixture.run(&["rm", "spare"]).exits(2).says(line);
    assert_eq!(
        fixture.run(&["rm", "spare", "--yes", "-q"]).exits(0).err,
        ""
    );
}

#[test]
fn rm_wants_a_word_about_what_is_possible() {
    let fixture = Fixture::new();
    fixture.write(
        "workflows/may.yaml",
        "n:\n  connection: spa${oc.env:REST}\n",
    );
    fixture
        .run(&["rm", "spare", "--yes"])
        .exits(1)
        .says("possible");
    let ran = fixture.run_with(&[("REST", "in")], &["rm", "spare", "--dry-run"]);
    ran.exits(0);
    fixture
        .run(&["rm", "spare", "--yes", "--allow-possible"])
        .exits(0);
}

#[test]
fn rm_is_all_or_nothing_when_a_file_can_not_go() {
    let fixture = Fixture::new();
    let locked = fixture.path("connections.d/spare.yaml");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o400)).unwrap();
    fixture
        .run(&["rm", "parcels", "spare", "--yes"])
        .exits(6)
        .says("read-only");
    assert_eq!(fixture.read("connections.d/parcels.yaml"), HTTP);
    assert_eq!(fixture.read("connections.d/spare.yaml"), REDIS);
}

#[test]
fn a_new_file_says_where_its_schema_is_if_that_is_configured() {
    let fixture = Fixture::new();
    fixture.write("conndeck.yaml", "schema: ../schemas/connection.json\n");
    let arguments = ["add", "new", "--type", "OpenAI", "--env", "api_key=KEY"];
    fixture.run(&arguments).exits(0);
    let text = fixture.read("connections.d/new.yaml");
    let first = "# yaml-language-server: $schema=../schemas/connection.json\n";
    assert!(text.starts_with(first), "{text}");
    assert!(
        text.contains("\ntype: dynamiq.connections.OpenAI\n"),
        "{text}"
    );
}
