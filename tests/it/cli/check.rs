//! `conndeck check`: every rule, what turns rules off, JSON, SARIF and exit codes.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Fixture, OPENAI, Ran};

fn found(ran: &Ran) -> Vec<(String, String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    ran.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let place = format!("{}:{}:{}", text(&one["file"]), one["line"], one["column"]);
            (text(&one["rule"]), text(&one["severity"]), place)
        })
        .collect()
}

/// A project in which every rule has something to say.
fn everything_wrong() -> Fixture {
    let fixture = Fixture::empty();
    let connection =
        |id: &str, text: &str| fixture.write(&format!("connections.d/{id}.yaml"), text);
    connection("not-yaml", "a: [\n");
    connection("twice", "type: x.Y\na: 1\na: 2\n");
    connection("list", "- a\n");
    connection("no-type", "url: x\n");
    connection("bad-type", "type: OpnAI\n");
    connection("mcp", "type: dynamiq.connections.MCPStdio\n");
    connection(
        "typo",
        "type: dynamiq.connections.OpenAI\napikey: ${oc.env:K}\nid: other\n",
    );
    connection(
        "kinds",
        "type: dynamiq.connections.PostgreSQL\nport: abc\nuser: no\n",
    );
    connection(
        "choice",
        "type: dynamiq.connections.Http\nurl: x\nmethod: FETCH\n",
    );
    connection(
        "clash",
        "type: dynamiq.connections.SteelBrowser\nmodel_api_key: ${oc.env:M}\nenvironment: SELF_HOSTED\napi_key: ${oc.env:S}\nbase_url: http://x\n",
    );
    connection("expressions", "type: x.Y\na: ${oc.env:A\nb: ${HOME}\n");
    connection(
        "secret",
        "type: dynamiq.connections.Tavily\napi_key: not-a-key\n",
    );
    connection("one", OPENAI);
    connection("two", OPENAI);
    fixture.write("connections.d/two.yml", OPENAI);
    std::fs::write(fixture.path("connections.d/latin.yaml"), b"a: \xff\n").unwrap();
    fixture.write(
        "workflows/a.yaml",
        "connections:\n  one: {type: dynamiq.connections.OpenAI}\n  local: {type: dynamiq.connections.Tavily, apikey: x}\nnodes:\n  a: {connection: tow}\n",
    );
    fixture.write("workflows/b.yaml", "a: {connection: ${nowhere}\n");
    fixture.write("types.d/bad.yaml", "types: 5\n");
    fixture.commit();
    fixture
}

#[test]
fn every_rule_has_something_to_say() {
    let fixture = everything_wrong();
    let ran = fixture.run(&["check", "--json"]).exits(1);
    let mut names: BTreeSet<String> = found(&ran).into_iter().map(|(rule, ..)| rule).collect();
    // What can't be read may use anything.
    assert!(!names.contains("unused"));
    std::fs::remove_file(fixture.path("workflows/b.yaml")).unwrap();
    let ran = fixture.run(&["check", "--json"]).exits(1);
    names.extend(found(&ran).into_iter().map(|(rule, ..)| rule));
    let all: BTreeSet<String> = conndeck::check::RULES
        .iter()
        .map(|rule| rule.name.to_owned())
        .collect();
    let silent: Vec<_> = all.difference(&names).collect();
    assert!(
        silent.is_empty() && names.is_subset(&all),
        "{}\n{silent:?}",
        ran.out
    );
}

#[test]
fn the_rules_are_those_of_the_contract() {
    let names: Vec<&str> = conndeck::check::RULES
        .iter()
        .map(|rule| rule.name)
        .collect();
    let contract = "unreadable not-yaml duplicate-key not-a-map missing-type unknown-type missing-field unknown-field wrong-kind not-a-choice fields-clash id-mismatch id-case-clash unsafe-scalar bad-interpolation unescaped-interpolation unset-variable literal-secret file-mode dangling-reference shadowed-definition duplicate-definition unused unverifiable-workflow";
    assert_eq!(names[..names.len() - 1].join(" "), contract);
    assert_eq!(names[names.len() - 1], "bad-type-file");
}

#[test]
fn findings_have_the_fields_of_the_contract_and_exact_places() {
    let fixture = everything_wrong();
    let ran = fixture.run(&["check", "--json"]).exits(1);
    let first = ran.json()["findings"][0].clone();
    let keys: Vec<_> = first.as_object().unwrap().keys().cloned().collect();
    let expected = [
        "rule", "severity", "id", "file", "line", "column", "message", "hint",
    ];
    assert_eq!(keys, expected);
    let all = found(&ran);
    for (rule, severity, place) in [
        ("not-yaml", "error", "connections.d/not-yaml.yaml:1:4"),
        ("unknown-field", "warning", "connections.d/typo.yaml:2:9"),
        ("wrong-kind", "error", "connections.d/kinds.yaml:2:7"),
        ("unsafe-scalar", "warning", "connections.d/kinds.yaml:3:7"),
        (
            "literal-secret",
            "warning",
            "connections.d/secret.yaml:2:10",
        ),
        ("dangling-reference", "error", "workflows/a.yaml:5:19"),
        ("unknown-field", "warning", "workflows/a.yaml:3:53"),
        ("shadowed-definition", "warning", "workflows/a.yaml:2:3"),
        (
            "unescaped-interpolation",
            "warning",
            "connections.d/expressions.yaml:3:4",
        ),
    ] {
        let wanted = (rule.to_owned(), severity.to_owned(), place.to_owned());
        assert!(all.contains(&wanted), "{wanted:?} is not in {all:#?}");
    }
    assert!(ran.out.contains("did you mean `two`?"), "the nearest id");
    assert!(
        ran.out.contains("did you mean `api_key`?"),
        "the nearest field"
    );
}

#[test]
fn a_sound_project_has_no_errors_and_strict_sees_warnings() {
    let fixture = Fixture::empty();
    fixture.write("connections.d/openai.yaml", OPENAI);
    fixture.write("workflows/a.yaml", "n: {connection: openai}\n");
    fixture
        .run_with(&[("OPENAI_API_KEY", "x")], &["check", "--strict"])
        .exits(0)
        .prints_nothing();
    fixture.write(
        "connections.d/openai.yaml",
        &format!("{OPENAI}organisation: x\n"),
    );
    fixture.run(&["check"]).exits(0);
    fixture.run(&["check", "--strict"]).exits(1);
    fixture.run(&["check", "--strict", "workflows"]).exits(0);
    fixture
        .run(&["check", "--strict", "connections.d/openai.yaml"])
        .exits(1);
}

#[test]
fn a_workflow_that_is_no_root_can_be_checked() {
    let fixture = Fixture::new();
    fixture.write("elsewhere/a.yaml", "n: {connection: nowhere}\n");
    fixture.run(&["check", "-q"]).exits(0);
    let ran = fixture
        .run(&["check", "elsewhere/a.yaml", "--json"])
        .exits(1);
    let expected = (
        "dangling-reference".to_owned(),
        "error".to_owned(),
        "elsewhere/a.yaml:1:17".to_owned(),
    );
    assert_eq!(found(&ran), [expected]);
}

#[test]
fn rules_can_be_turned_off() {
    let fixture = Fixture::empty();
    let text = "type: dynamiq.connections.PostgreSQL\nuser: no # conndeck: ignore unsafe-scalar, wrong-kind\n# conndeck: ignore unsafe-scalar\ndatabase: on\nhost: yes\n";
    fixture.write("connections.d/a.yaml", text);
    let unsafe_places = |fixture: &Fixture| -> Vec<String> {
        found(&fixture.run(&["check", "--json"]))
            .into_iter()
            .filter(|(rule, ..)| rule == "unsafe-scalar")
            .map(|(.., place)| place)
            .collect()
    };
    assert_eq!(unsafe_places(&fixture), ["connections.d/a.yaml:5:7"]);
    fixture.write("conndeck.yaml", "ignore: [unsafe-scalar, unusd]\n");
    assert!(unsafe_places(&fixture).is_empty());
    fixture.run(&["check"]).says("`unusd`, which is no rule");
    fixture.write("conndeck.yaml", "");
    fixture.write(
        "connections.d/a.yaml",
        &format!("# conndeck: ignore unused unsafe-scalar\n{text}"),
    );
    let all = found(&fixture.run(&["check", "--json"]));
    assert!(
        all.iter()
            .all(|(rule, ..)| rule != "unsafe-scalar" && rule != "unused"),
        "{all:?}"
    );
}

#[test]
fn a_literal_secret_matters_where_git_has_it_and_where_others_read_it() {
    let fixture = Fixture::empty();
    let text = "type: dynamiq.connections.Tavily\napi_key: not-a-key\n";
    fixture.write("connections.d/a.yaml", text);
    let rules = |fixture: &Fixture| -> BTreeSet<String> {
        found(&fixture.run(&["check", "--json"]).exits(0))
            .into_iter()
            .map(|(rule, ..)| rule)
            .collect()
    };
    let mode = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(fixture.path("connections.d/a.yaml"), permissions).unwrap();
    };
    mode(0o644);
    assert_eq!(
        rules(&fixture),
        BTreeSet::from(["file-mode".to_owned(), "unused".to_owned()])
    );
    mode(0o600);
    assert_eq!(rules(&fixture), BTreeSet::from(["unused".to_owned()]));
    fixture.commit();
    assert_eq!(
        rules(&fixture),
        BTreeSet::from(["literal-secret".to_owned(), "unused".to_owned()])
    );
}

#[test]
fn sarif_has_a_rule_for_each_result() {
    let fixture = everything_wrong();
    let ran = fixture.run(&["check", "--sarif"]).exits(1);
    let log = ran.json();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), conndeck::check::RULES.len());
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(fixture.path(uri).exists(), "{uri}");
    }
}

/// Dynamiq's own examples, where somebody has them: each finding is a true problem. What is only
/// worth knowing (variables that are not set here) is left out.
#[test]
fn dynamiqs_own_workflows_have_true_problems_only() {
    let Some(shared) = std::env::var_os("CONNDECK_SHARED") else {
        return;
    };
    let workflows = Path::new(&shared).join("dynamiq/workflows");
    let fixture = Fixture::empty();
    let ran = fixture
        .run(&[
            "--workflows",
            workflows.to_str().unwrap(),
            "check",
            "--json",
        ])
        .exits(0);
    let mut all: Vec<String> = ran.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["severity"] != "info")
        .map(|one| {
            let file = Path::new(one["file"].as_str().unwrap())
                .file_name()
                .unwrap()
                .to_owned();
            let rule = one["rule"].as_str().unwrap();
            format!(
                "{}:{}:{} {rule}",
                file.display(),
                one["line"],
                one["column"]
            )
        })
        .collect();
    all.sort();
    let expected: Vec<&str> = include_str!("dynamiq-findings.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split("  ").next().unwrap())
        .collect();
    assert_eq!(all, expected);
}
