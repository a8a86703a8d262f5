//! Each rule on small files, and all of them on real ones.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes them when it updates an expectation"
)]

use std::fmt::Write as _;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

/// Fields as a document would give them: the entry on line n is at n:1, an inner one at n:2.
fn view(yaml: &serde_yaml::Value, depth: u32) -> Vec<FieldView<'_>> {
    let entries = yaml.as_mapping().expect("a map");
    (1..)
        .zip(entries)
        .map(|(line, (name, value))| {
            let location = Location {
                line,
                column: depth,
            };
            FieldView {
                name: name.as_str().expect("text keys"),
                value: value_view(value, depth + 1),
                location,
            }
        })
        .collect()
}

fn value_view(yaml: &serde_yaml::Value, depth: u32) -> FieldValue<'_> {
    use serde_yaml::Value;
    match yaml {
        Value::Null => FieldValue::Null,
        Value::Bool(value) => FieldValue::Bool(*value),
        Value::Number(value) if value.is_f64() => FieldValue::Float(leak(value.to_string())),
        Value::Number(value) => FieldValue::Int(leak(value.to_string())),
        Value::String(text) => FieldValue::Text(text),
        Value::Sequence(items) => FieldValue::List(
            (1..)
                .zip(items)
                .map(|(line, item)| {
                    let location = Location {
                        line,
                        column: depth,
                    };
                    (value_view(item, depth + 1), location)
                })
                .collect(),
        ),
        Value::Mapping(_) => FieldValue::Map(view(yaml, depth)),
        Value::Tagged(_) => panic!("no tags in tests"),
    }
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn findings_of(id: &str, yaml: &serde_yaml::Value, is_set: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let catalog = Catalog::built_in();
    let surroundings = Surroundings {
        catalog: &catalog,
        is_set,
    };
    check_connection(&ConnectionId::new(id), &view(yaml, 1), &surroundings)
}

fn shown(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let place = finding
            .location
            .map_or_else(|| "-".to_owned(), |place| place.to_string());
        let Finding {
            rule,
            severity,
            message,
            ..
        } = finding;
        let hint = finding.hint.as_deref().unwrap_or("-");
        writeln!(text, "{place} {severity:?} {rule}: {message} ({hint})").unwrap();
    }
    text
}

/// With every variable set whose name starts with `SET_` or is in `set`.
fn check_with(set: &[&str], yaml: &str, expected: &Expect) {
    let yaml: serde_yaml::Value = serde_yaml::from_str(yaml).unwrap();
    let is_set = |name: &str| set.contains(&name) || name.starts_with("SET_");
    let findings = findings_of("own", &yaml, &is_set);
    for finding in &findings {
        let rule = RULES
            .iter()
            .find(|rule| rule.name == finding.rule)
            .expect(finding.rule);
        assert!(finding.severity <= rule.severity, "{finding:?}");
    }
    expected.assert_eq(&shown(&findings));
}

fn check(yaml: &str, expected: &Expect) {
    check_with(&["OPENAI_API_KEY"], yaml, expected);
}

#[test]
fn a_right_connection_has_no_findings() {
    check(
        "type: dynamiq.connections.OpenAI\napi_key: ${oc.env:SET_A}\nurl: https://x\nname: n\ndescription: d\ntags: [a]\nid: own\n",
        &expect![""],
    );
    check("type: dynamiq.connections.OpenAI\n", &expect![""]);
}

#[test]
fn types() {
    check(
        "api_key: ${oc.env:SET_A}",
        &expect![[r#"
        - Error missing-type: `type` is missing (such as `type: dynamiq.connections.OpenAI`)
    "#]],
    );
    check(
        "type:\napi_key: ${oc.env:SET_A}",
        &expect![[r#"
        1:1 Error missing-type: `type` is missing (such as `type: dynamiq.connections.OpenAI`)
    "#]],
    );
    check(
        "type: OpenAI\n",
        &expect![[r#"
        1:1 Error unknown-type: `OpenAI` is not a known type (did you mean `dynamiq.connections.OpenAI`?)
    "#]],
    );
    check(
        "type: dynamiq.connections.OpenAl\n",
        &expect![[r#"
        1:1 Warning unknown-type: `dynamiq.connections.OpenAl` is not a known type (did you mean `dynamiq.connections.OpenAI`?)
    "#]],
    );
    check(
        "type: shop.connections.Custom\n",
        &expect![[r#"
        1:1 Warning unknown-type: `shop.connections.Custom` is not a known type (describe it in a file in `types.d`, if it is your own)
    "#]],
    );
    check(
        "type: shop.Billing\npassword: hunter2\n",
        &expect![[r#"
        1:1 Warning unknown-type: `shop.Billing` is not a known type (describe it in a file in `types.d`, if it is your own)
        2:1 Warning literal-secret: `password` holds a secret as it is (use a variable instead: `${oc.env:NAME}`)
    "#]],
    );
    check("type: ${oc.env:SET_TYPE}\n", &expect![""]);
}

#[test]
fn names_of_fields() {
    check(
        "type: dynamiq.connections.OpenAI\napikey: hunter2\norganization: x\n",
        &expect![[r#"
            2:1 Warning unknown-field: `OpenAI` has no field `apikey` (did you mean `api_key`?)
            2:1 Warning literal-secret: `apikey` holds a secret as it is (use a variable instead: `${oc.env:NAME}`)
            3:1 Warning unknown-field: `OpenAI` has no field `organization` (Dynamiq ignores it)
        "#]],
    );
    check(
        "type: dynamiq.connections.Http\n",
        &expect![[r#"
        1:1 Error missing-field: `method` is missing (`dynamiq.connections.Http` requires it)
    "#]],
    );
    check(
        "type: dynamiq.connections.HttpApiKey\napi_key: ''\nurl: ???\n",
        &expect![[r#"
            2:1 Warning missing-field: `api_key` is empty (-)
            3:1 Error missing-field: `url` is `???`, which stands for a missing value (-)
        "#]],
    );
    check(
        "type: dynamiq.connections.OpenAI\nid: other\n",
        &expect![[r#"
            2:1 Warning id-mismatch: `id` is not `own`, the name of the file (remove it: the name of the file is the id)
        "#]],
    );
    check(
        "type: dynamiq.connections.OpenAI\nid: 5\n",
        &expect![[r#"
        2:1 Warning id-mismatch: `id` is not `own`, the name of the file (remove it: the name of the file is the id)
    "#]],
    );
}

#[test]
fn kinds() {
    check(
        "type: dynamiq.connections.PostgreSQL\nport: abc\nhost: 5\npassword: 1234\ndatabase:\nuser: {a: b}\n",
        &expect![[r#"
            2:1 Error wrong-kind: `port` must be a whole number, not `abc` (-)
            3:1 Error wrong-kind: `host` must be text, not `5` (put it in quotes: YAML reads it as a number or a switch)
            4:1 Error wrong-kind: `password` must be text, not the value (put it in quotes: YAML reads it as a number or a switch)
            4:1 Warning literal-secret: `password` holds a secret as it is (write `${oc.env:POSTGRESQL_PASSWORD}`, or leave it out and set the variable)
            5:1 Error wrong-kind: `database` can't be null (leave the field out, or give it a value)
            6:1 Error wrong-kind: `user` must be text, not a map (-)
        "#]],
    );
    check(
        "type: dynamiq.connections.PostgreSQL\nport: '6379'\nhost: ${oc.env:SET_HOST}\n",
        &expect![""],
    );
    check(
        "type: dynamiq.connections.MCPStdio\ncommand: npx\nargs: [1, a, --api-key, hunter2]\nenv: {PORT: 80, TOKEN: hunter2, PATH: x}\n",
        &expect![[r#"
            1:2 Error wrong-kind: `args[0]` must be a string (put it in quotes: YAML reads it as a number or a switch)
            1:2 Error wrong-kind: `env.PORT` must be a string (put it in quotes: YAML reads it as a number or a switch)
            2:2 Warning literal-secret: `env.TOKEN` holds a secret as it is (use a variable instead: `${oc.env:NAME}`)
            4:2 Warning literal-secret: `args[3]` holds a secret as it is (use a variable instead: `${oc.env:NAME}`)
        "#]],
    );
    check(
        "type: dynamiq.connections.MCPStdio\ncommand: x\nargs: a b\nenv: [a]\ncwd:\n",
        &expect![[r#"
            3:1 Error wrong-kind: `args` must be a list (-)
            4:1 Error wrong-kind: `env` must be a map (-)
        "#]],
    );
    check(
        "type: dynamiq.connections.Http\nmethod: get\nurl: https://u:hunter2@h\nheaders: {Authorization: Bearer hunter2, Accept: x}\n",
        &expect![[r#"
            1:2 Warning literal-secret: `headers.Authorization` holds a secret as it is (use a variable instead: `${oc.env:NAME}`)
            2:1 Error not-a-choice: `get` is no choice for `method` (did you mean `GET`?)
            3:1 Warning literal-secret: `url` holds a secret as it is (use a variable instead: `${oc.env:NAME}`)
        "#]],
    );
    check(
        "type: dynamiq.connections.Weaviate\ndeployment_type: cloud\napi_key: ${oc.env:SET_A}\nurl: x\n",
        &expect![[r#"
            2:1 Error not-a-choice: `cloud` is no choice for `deployment_type` (it takes `weaviate_cloud`, `custom`)
        "#]],
    );
}

#[test]
fn fields_that_depend_on_others() {
    let steel = "type: dynamiq.connections.SteelBrowser\nmodel_api_key: ${oc.env:SET_A}\n";
    check_with(&["STEEL_API_KEY"], steel, &expect![""]);
    check(
        steel,
        &expect![[r#"
        1:1 Info unset-variable: `api_key` is left out, and `STEEL_API_KEY` is not set here (set it where the workflow runs, or write the field)
    "#]],
    );
    check(
        &format!("{steel}base_url: http://x\napi_key: ''\n"),
        &expect![[r#"
            3:1 Error fields-clash: `base_url` is not allowed while `environment` is `CLOUD` (remove `base_url`, or set `environment: SELF_HOSTED`)
            4:1 Warning missing-field: `api_key` is empty (write `${oc.env:STEEL_API_KEY}`, or leave it out and set the variable)
            4:1 Error fields-clash: `api_key` is needed while `environment` is `CLOUD` (set `api_key`, or `environment: SELF_HOSTED`)
        "#]],
    );
    check(
        &format!("{steel}environment: SELF_HOSTED\napi_key: ${{oc.env:SET_B}}\n"),
        &expect![[r#"
            4:1 Error fields-clash: `api_key` is not allowed while `environment` is `SELF_HOSTED` (remove `api_key`, or set `environment: CLOUD`)
        "#]],
    );
    check_with(
        &["STEEL_API_KEY"],
        &format!("{steel}environment: SELF_HOSTED\n"),
        &expect![[r#"
            1:1 Warning fields-clash: `api_key` is not allowed while `environment` is `SELF_HOSTED`, and Dynamiq reads it from `STEEL_API_KEY`, which is set here (write `api_key: null`, so that no variable is read)
        "#]],
    );
    check_with(
        &["STEEL_API_KEY"],
        &format!("{steel}environment: SELF_HOSTED\napi_key:\n"),
        &expect![""],
    );
    check(
        &format!("{steel}environment: ${{oc.env:SET_B}}\nbase_url: http://x\n"),
        &expect![""],
    );
    let weaviate = "type: dynamiq.connections.Weaviate\napi_key: ${oc.env:SET_A}\n";
    check(
        &format!("{weaviate}http_host: h\nurl: u\n"),
        &expect![[r#"
        3:1 Warning fields-clash: `http_host` has no effect while `deployment_type` is `weaviate_cloud` (remove it, or set `deployment_type: custom`)
    "#]],
    );
    check(
        &format!("{weaviate}deployment_type: custom\n"),
        &expect![[r#"
            1:1 Info unset-variable: `http_host` is left out, and `WEAVIATE_HTTP_HOST` is not set here (set it where the workflow runs, or write the field)
            1:1 Info unset-variable: `grpc_host` is left out, and `WEAVIATE_GRPC_HOST` is not set here (set it where the workflow runs, or write the field)
        "#]],
    );
    check(
        "type: dynamiq.connections.Milvus\ndeployment_type: file\n",
        &expect![[r#"
            1:1 Warning fields-clash: `uri` must end with `.db` while `deployment_type` is `file` (name a file such as `./milvus.db`, or set `deployment_type: host`)
        "#]],
    );
    check(
        "type: dynamiq.connections.Milvus\ndeployment_type: file\nuri: ./a.db\napi_key: ${oc.env:SET_A}\n",
        &expect![[r#"
            4:1 Warning fields-clash: `api_key` has no effect while `deployment_type` is `file` (remove it, or set `deployment_type: host`)
        "#]],
    );
}

#[test]
fn credentials_of_aws() {
    let aws = "type: dynamiq.connections.AWS\nregion: eu-west-1\n";
    check(aws, &expect![""]);
    check(
        &format!("{aws}access_key_id: AKIAEXAMPLE\n"),
        &expect![[r#"
            3:1 Info fields-clash: `access_key_id` is given without `secret_access_key`, and `AWS_SECRET_ACCESS_KEY` is not set here (one without the other has no effect)
        "#]],
    );
    check(
        &format!("{aws}access_key_id: AKIAEXAMPLE\nsecret_access_key:\n"),
        &expect![[r#"
            3:1 Warning fields-clash: `access_key_id` is given without `secret_access_key` (one without the other has no effect)
        "#]],
    );
    check(
        &format!("{aws}profile: p\naccess_key_id: A\nsecret_access_key: ${{oc.env:SET_A}}\n"),
        &expect![[r#"
            4:1 Warning fields-clash: `profile` and `access_key_id` with `secret_access_key` are both given (the keys have no effect next to `profile`)
        "#]],
    );
    check(
        &format!(
            "{aws}profile: p\naccess_key_id: ${{oc.env:A,null}}\nsecret_access_key: ${{oc.env:B,null}}\n"
        ),
        &expect![""],
    );
    check(
        "type: dynamiq.connections.Turbopuffer\napi_key: ${oc.env:SET_A}\nregion:\n",
        &expect![[r#"
            1:1 Warning fields-clash: one of these is needed: `region`; `base_url` (without either, opening the connection fails)
        "#]],
    );
    check(
        "type: dynamiq.connections.Elasticsearch\ncloud_id: a\nurl: b\napi_key: ${oc.env:SET_A}\nusername: x\n",
        &expect![[r#"
            2:1 Warning fields-clash: `url` and `cloud_id` are both given (the URL has no effect next to `cloud_id`)
            5:1 Info fields-clash: `username` is given without `password`, and `ELASTICSEARCH_PASSWORD` is not set here (one without the other has no effect)
        "#]],
    );
}

#[test]
fn variables_that_are_not_set() {
    check(
        "type: dynamiq.connections.Anthropic\n",
        &expect![[r#"
        1:1 Info unset-variable: `api_key` is left out, and `ANTHROPIC_API_KEY` is not set here (set it where the workflow runs, or write the field)
    "#]],
    );
    check(
        "type: dynamiq.connections.AWSTextract\n",
        &expect![[r#"
        1:1 Info unset-variable: `region` is left out, and `AWS_TEXTRACT_REGION` and `AWS_DEFAULT_REGION` are not set here (set it where the workflow runs, or write the field)
    "#]],
    );
    check_with(
        &["AWS_DEFAULT_REGION"],
        "type: dynamiq.connections.AWSTextract\n",
        &expect![""],
    );
    check(
        "type: dynamiq.connections.Http\nmethod: GET\nurl: https://${oc.env:A}/${oc.env:B,x}\nheaders: {X: '${oc.env:C}'}\n",
        &expect![[r#"
            1:2 Info unset-variable: `headers.X` needs `C`, which is not set here (set it where the workflow runs)
            3:1 Info unset-variable: `url` needs `A`, which is not set here (set it where the workflow runs)
        "#]],
    );
}

#[test]
fn defaults_that_everybody_knows_are_no_secrets() {
    check(
        "type: dynamiq.connections.PostgreSQL\npassword: password\n",
        &expect![""],
    );
    check(
        "type: dynamiq.connections.PostgreSQL\npassword: ${oc.env:A,hunter2}\n",
        &expect![[r#"
            2:1 Warning literal-secret: `password` holds a secret as it is (write `${oc.env:POSTGRESQL_PASSWORD}`, or leave it out and set the variable)
        "#]],
    );
}

#[test]
fn the_table_of_rules_is_in_the_contract_and_complete() {
    let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len());
    for rule in RULES {
        assert!(
            !rule.summary.ends_with('.') && rule.summary.len() < 100,
            "{}",
            rule.summary
        );
    }
}

/// Dynamiq itself was asked about each of these: `scripts/check_cases.py`. The answers differ only
/// where they hang on a variable: it may be set where the workflow runs, so that is no error.
#[test]
fn errors_are_what_dynamiq_refuses() {
    let mut different = String::new();
    let mut cases = 0;
    for line in include_str!("dynamiq.jsonl").lines() {
        let (kind, fields, without, with): (String, serde_yaml::Mapping, u8, u8) =
            serde_json::from_str(line).unwrap();
        let mut entries = serde_yaml::Mapping::new();
        entries.insert("type".into(), format!("dynamiq.connections.{kind}").into());
        entries.extend(fields);
        let yaml = serde_yaml::Value::Mapping(entries);
        for (taken, is_set) in [(without == 1, false), (with == 1, true)] {
            cases += 1;
            let findings = findings_of("own", &yaml, &|_| is_set);
            let refused = findings
                .iter()
                .any(|finding| finding.severity == Severity::Error);
            if refused == taken {
                let variables = if is_set { "set" } else { "unset" };
                let verdict = if taken { "taken" } else { "refused" };
                writeln!(
                    different,
                    "{verdict}, variables {variables}: {line}\n{}",
                    shown(&findings)
                )
                .unwrap();
            }
        }
    }
    assert!(cases > 1000, "{cases}");
    expect![[r#"
        refused, variables unset: ["CuaDesktop",{"os_type":"linux"},0,1]
        1:1 Info unset-variable: `api_key` is left out, and `CUA_API_KEY` is not set here (set it where the workflow runs, or write the field)

        refused, variables unset: ["CuaDesktop",{"not_a_field":"abc"},0,1]
        1:1 Info unset-variable: `api_key` is left out, and `CUA_API_KEY` is not set here (set it where the workflow runs, or write the field)
        2:1 Warning unknown-field: `CuaDesktop` has no field `not_a_field` (Dynamiq ignores it)

        refused, variables unset: ["CuaDesktop",{"os_type":"linux"},0,1]
        1:1 Info unset-variable: `api_key` is left out, and `CUA_API_KEY` is not set here (set it where the workflow runs, or write the field)

        refused, variables set: ["SteelBrowser",{"environment":"SELF_HOSTED","model_api_key":"abc"},1,0]
        1:1 Warning fields-clash: `api_key` is not allowed while `environment` is `SELF_HOSTED`, and Dynamiq reads it from `STEEL_API_KEY`, which is set here (write `api_key: null`, so that no variable is read)
        3:1 Warning literal-secret: `model_api_key` holds a secret as it is (use a variable instead: `${oc.env:NAME}`)

        refused, variables unset: ["SteelBrowser",{"base_url":"","model_api_key":"abc"},0,1]
        1:1 Info unset-variable: `api_key` is left out, and `STEEL_API_KEY` is not set here (set it where the workflow runs, or write the field)
        3:1 Warning literal-secret: `model_api_key` holds a secret as it is (use a variable instead: `${oc.env:NAME}`)

        refused, variables unset: ["SteelBrowser",{"model_api_key":"","extra_config":{}},0,1]
        1:1 Info unset-variable: `api_key` is left out, and `STEEL_API_KEY` is not set here (set it where the workflow runs, or write the field)
        2:1 Warning missing-field: `model_api_key` is empty (-)

    "#]].assert_eq(&different);
}

/// The connections of Dynamiq's own examples, which load.
#[test]
fn the_examples_of_dynamiq_are_right() {
    let shared = std::env::var_os("CONNDECK_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let directory = shared.join("dynamiq/workflows");
    let Ok(files) = std::fs::read_dir(&directory) else {
        eprintln!("skipped: no {}", directory.display());
        return;
    };
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let mut connections = 0;
    let mut said = String::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let workflow: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let Some(definitions) = workflow.get("connections").and_then(|map| map.as_mapping()) else {
            continue;
        };
        for (id, connection) in definitions {
            connections += 1;
            let findings = findings_of(id.as_str().unwrap(), connection, &|_| true);
            if !findings.is_empty() {
                let file = path.file_name().unwrap().to_string_lossy();
                write!(
                    said,
                    "{file} {}\n{}",
                    id.as_str().unwrap(),
                    shown(&findings)
                )
                .unwrap();
            }
        }
    }
    assert!(connections > 50, "{connections}");
    expect![[r#"
        agent_memory_dynamo_db_dag.yaml openai-conn
        3:1 Warning unknown-field: `OpenAI` has no field `organization` (Dynamiq ignores it)
        agent_memory_dynamo_db_dag.yaml aws-conn
        4:1 Warning unknown-field: `AWS` has no field `region_name` (did you mean `region`?)
    "#]]
    .assert_eq(&said);
}

proptest! {
    /// Whatever stands where a secret may, no finding says it.
    #[test]
    fn no_finding_quotes_a_secret(
        kind in any::<prop::sample::Index>(),
        names in proptest::collection::vec(prop_oneof![
            "[a-z_]{1,10}",
            prop::sample::select(vec!["api_key", "password", "apikey", "token", "headers", "args", "env", "url", "uri", "private_key"]).prop_map(str::to_owned),
        ], 1..6),
        shape in 0..6,
    ) {
        let catalog = Catalog::built_in();
        let kind = kind.get(catalog.kinds());
        let mut yaml = serde_yaml::Mapping::new();
        yaml.insert("type".into(), kind.type_path.clone().into());
        let names = names.iter().filter(|name| *name != "type");
        for name in names.chain(kind.fields.iter().filter(|field| field.secret).map(|field| &field.name)) {
            let secret = is_secret_name(name);
            let value = match shape {
                0 if secret => "sup3rcanary".to_owned(),
                1 if secret => "${oc.env:X,canary}".to_owned(),
                2 => "Bearer canary".to_owned(),
                3 => "https://u:canary@h".to_owned(),
                4 => "password=canary".to_owned(),
                _ => "sk-canarycanarycanary".to_owned(),
            };
            yaml.insert(name.clone().into(), value.into());
        }
        let findings = findings_of("own", &serde_yaml::Value::Mapping(yaml), &|_| false);
        prop_assert!(!shown(&findings).contains("canary"), "{}", shown(&findings));
        prop_assert!(findings.iter().any(|finding| finding.rule == "literal-secret"));
    }
}
