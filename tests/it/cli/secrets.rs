//! No secret in any output, unless somebody asks for this very one.

use super::Fixture;

const CANARIES: [&str; 4] = [
    "canary-in-url",
    "canary-in-header",
    "canary-key",
    "canary-nested",
];

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.write(
        "connections.d/keys.yaml",
        "type: dynamiq.connections.OpenAI\napi_key: canary-key\nurl: 5\n",
    );
    fixture.write(
        "connections.d/own.yaml",
        "type: ours.Own\nconfig: {deep: {password: canary-nested, list: [--token, canary-nested]}}\nport: abc\n",
    );
    fixture.write(
        "workflows/own.yaml",
        "connections:\n  a: {type: dynamiq.connections.PostgreSQL, password: canary-key}\nn: {connection: a}\n",
    );
    fixture
}

#[test]
fn nothing_prints_a_secret_unasked() {
    let fixture = fixture();
    fixture.commit();
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["show", "keys"],
        &["show", "keys", "--json"],
        &["show", "own"],
        &["show", "own", "--json"],
        &["show", "parcels"],
        &["show", "parcels", "--json"],
        &["show", "parcels", "--json", "--reveal", "headers.Accept"],
        &["check"],
        &["check", "--json"],
        &["check", "--sarif"],
        &["env", "--json"],
        &["info", "--json"],
        &["refs"],
        &["get", "keys", "apikey"],
        &["set", "keys", "url", "x"],
        &["rm", "keys", "own", "--dry-run"],
    ] {
        let ran = fixture.run(arguments);
        for canary in CANARIES {
            assert!(!ran.out.contains(canary), "{arguments:?}: {}", ran.out);
            assert!(!ran.err.contains(canary), "{arguments:?}: {}", ran.err);
        }
    }
}

#[test]
fn reveal_shows_the_one_that_it_names() {
    let fixture = fixture();
    let shown = |field: &str| {
        let ran = fixture
            .run(&["show", "parcels", "--json", "--reveal", field])
            .exits(0);
        CANARIES.map(|canary| ran.out.contains(canary))
    };
    assert_eq!(shown("url"), [true, false, false, false]);
    assert_eq!(shown("headers.Authorization"), [false, true, false, false]);
    let ran = fixture
        .run(&["show", "own", "--reveal", "config.deep.list[1]"])
        .exits(0);
    assert_eq!(ran.out.matches("canary-nested").count(), 1, "{}", ran.out);
}

#[test]
fn a_secret_is_not_taken_as_an_argument() {
    let fixture = fixture();
    let before = fixture.read("connections.d/keys.yaml");
    for arguments in [
        &["set", "keys", "api_key", "canary-new"][..],
        &["set", "keys", "api_key", "--expr", "${oc.env:A,canary-new}"],
        &["set", "keys", "url", "https://u:canary-new@x"],
        &["set", "parcels", "headers.Authorization", "canary-new"],
        &["set", "own", "config.deep.password", "canary-new"],
        &["set", "own", "config.deep.list[1]", "canary-new"],
        &[
            "add",
            "x",
            "--type",
            "OpenAI",
            "--set",
            "api_key=canary-new",
        ],
        &[
            "add",
            "x",
            "--type",
            "ours.Own",
            "--set",
            "token=canary-new",
        ],
    ] {
        let ran = fixture.run(arguments).exits(2).prints_nothing();
        assert!(!ran.err.contains("canary-new"), "{ran:?}");
        ran.says("--stdin").says("is a secret");
    }
    assert_eq!(fixture.read("connections.d/keys.yaml"), before);
    assert!(!fixture.path("connections.d/x.yaml").exists());
    // The name of a variable is none, nor is a header around one.
    fixture
        .run(&["set", "keys", "api_key", "--env", "KEY"])
        .exits(0);
    fixture
        .run(&[
            "set",
            "parcels",
            "headers.Authorization",
            "--expr",
            "Bearer ${oc.env:T}",
        ])
        .exits(0);
}

#[test]
fn a_variable_that_is_a_value_by_mistake_is_not_repeated() {
    let fixture = fixture();
    let ran = fixture
        .run(&["set", "keys", "api_key", "--env", "sk-canary-new"])
        .exits(2);
    assert!(!ran.err.contains("canary"), "{ran:?}");
}
