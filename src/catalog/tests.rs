//! The built-in data agrees with the package's facts, and layers only ever add secrecy.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "expect-test writes the hashes; texts of expectations are short"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// The facts of the package, from the test data that is shared between projects. `None`, and said
/// so, where there is none.
fn facts() -> Option<Value> {
    let shared = std::env::var_os("CONNDECK_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let path = shared.join("dynamiq/catalog.json");
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(error) => {
            eprintln!("skipped: {}: {error}", path.display());
            None
        }
    }
}

fn facts_only() -> Catalog {
    let mut data = Data::default();
    let file = source::parse(include_str!("dynamiq.yaml")).unwrap();
    assert_eq!(source::lay_over(&mut data, file, "facts"), []);
    data.complete();
    Catalog {
        types: Types::Project(Arc::new(data)),
    }
}

fn project(text: &str) -> (Catalog, Vec<Finding>) {
    Catalog::built_in().with_project_types(&[("types.d/own.yaml".to_owned(), text.to_owned())])
}

/// A field as catalog.json has it.
fn as_fact(field: &FieldSpec) -> Value {
    let mut fact = serde_json::Map::new();
    fact.insert("name".into(), field.name.clone().into());
    let kind = match &field.input {
        Input::Text => "string",
        Input::Integer => "integer",
        Input::Number => "number",
        Input::Switch => "boolean",
        Input::Choice(_) => "enum",
        Input::Map => "map",
        Input::List => "list",
        Input::DateTime => "datetime",
    };
    fact.insert("kind".into(), kind.into());
    if let Input::Choice(choices) = &field.input {
        fact.insert("choices".into(), choices.clone().into());
    }
    if field.nullable {
        fact.insert("nullable".into(), true.into());
    }
    if !field.env.is_empty() {
        fact.insert("env".into(), field.env.clone().into());
    }
    match field.requirement {
        Requirement::Required => {
            fact.insert("required".into(), true.into());
        }
        Requirement::UnlessEnv => {
            fact.insert("required_unless_env".into(), true.into());
        }
        Requirement::Optional => {}
    }
    if let Some(default) = &field.default {
        fact.insert("default".into(), serde_json::to_value(default).unwrap());
    }
    Value::Object(fact)
}

#[test]
fn every_fact_of_the_package_is_in_the_catalogue_and_nothing_else() {
    let Some(facts) = facts() else { return };
    let catalog = facts_only();
    let types = facts["types"].as_array().unwrap();
    assert_eq!(types.len(), catalog.kinds().len());
    for expected in types {
        let path = expected["type"].as_str().unwrap();
        let kind = catalog.get(path).expect(path);
        let fields: Vec<Value> = kind.fields.iter().map(as_fact).collect();
        assert_eq!(Value::Array(fields), expected["fields"], "{path}");
        assert_eq!(
            kind.vector_store,
            expected["vector_store"].as_bool().unwrap()
        );
    }
}

#[test]
fn the_labels_change_no_fact_but_these() {
    let (facts, whole) = (facts_only(), Catalog::built_in());
    let mut changes = String::new();
    for (fact, kind) in facts.kinds().iter().zip(whole.kinds()) {
        assert_eq!(fact.type_path, kind.type_path);
        assert_eq!(
            fact.fields
                .iter()
                .map(|field| &field.name)
                .collect::<Vec<_>>(),
            kind.fields
                .iter()
                .map(|field| &field.name)
                .collect::<Vec<_>>(),
            "{}",
            kind.type_path
        );
        for (before, after) in fact.fields.iter().zip(&kind.fields) {
            if as_fact(before) != as_fact(after) {
                let name = &after.name;
                changes += &format!("{} {name}: {:?}\n", kind.label, after.requirement);
            }
        }
    }
    expect![[r"
        Elasticsearch url: Optional
        Steel api_key: UnlessEnv
    "]]
    .assert_eq(&changes);
}

#[test]
fn the_built_in_files_are_without_findings() {
    let mut data = Data::default();
    for text in [include_str!("dynamiq.yaml"), include_str!("labels.yaml")] {
        let file = source::parse(text).unwrap();
        assert_eq!(source::lay_over(&mut data, file, "built-in"), []);
    }
}

#[test]
fn every_type_has_a_label_a_group_and_help() {
    let catalog = Catalog::built_in();
    let mut labels = BTreeSet::new();
    for kind in catalog.kinds() {
        assert!(
            labels.insert(kind.label.to_lowercase()),
            "{} twice",
            kind.label
        );
        assert!(!kind.help.is_empty(), "{}: help", kind.type_path);
        assert!(
            !kind.help.ends_with('.') && kind.help.len() <= 72,
            "{}",
            kind.help
        );
        assert_ne!(kind.group, "Other", "{}", kind.type_path);
        for field in &kind.fields {
            assert!(
                !field.label.is_empty() && field.label.len() <= 32,
                "{}",
                field.label
            );
            assert!(!field.label.contains('_'), "{} {}", kind.label, field.label);
            assert!(field.help.len() <= 76, "{}: {}", kind.label, field.help);
            // What has to be filled in can't be folded away.
            let needed = field.requirement != Requirement::Optional;
            assert!(!(needed && field.advanced), "{} {}", kind.label, field.name);
        }
    }
}

#[test]
fn conditions_and_rules_speak_of_fields_and_values_that_exist() {
    for kind in Catalog::built_in().kinds() {
        let conditions = kind
            .fields
            .iter()
            .filter_map(|field| field.applies.as_ref());
        let rules = kind.rules.iter().filter_map(|rule| rule.when.as_ref());
        for condition in conditions.chain(rules) {
            let field = kind.field(&condition.field).expect(&kind.type_path);
            let Input::Choice(choices) = &field.input else {
                panic!("{}: {condition:?}", kind.type_path);
            };
            assert!(condition.values.iter().all(|value| choices.contains(value)));
            assert!(
                field.default.is_some(),
                "a condition needs a value to start with"
            );
        }
        for rule in &kind.rules {
            for field in rule.demand.fields() {
                assert!(kind.field(field).is_some(), "{}: {rule:?}", kind.type_path);
            }
            assert!(!rule.hint.is_empty(), "{}: {rule:?}", kind.type_path);
        }
    }
}

#[test]
fn the_secrets_are_these() {
    let mut secret = BTreeSet::new();
    let mut with_variable = BTreeSet::new();
    for field in Catalog::built_in()
        .kinds()
        .iter()
        .flat_map(|kind| &kind.fields)
    {
        if field.secret {
            secret.insert(field.name.clone());
        } else if !field.env.is_empty() {
            with_variable.insert(field.name.clone());
        }
    }
    let show = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(" ");
    expect!["access_token api_key browserbase_api_key model_api_key password private_key secret_access_key session_token"]
        .assert_eq(&show(secret));
    expect!["access_key_id account api_key_id api_version auth_provider_x509_cert_url auth_uri browserbase_project_id ca_certs ca_path client_email client_id client_x509_cert_url cloud_id database domain endpoint_url grpc_host grpc_port host http_host http_path http_port location port private_key_id profile project_id public_preview_domain region server_hostname service snowflake_schema target timeout token_uri universe_domain uri url use_https use_ssl user username verify_certs verify_ssl vertex_api_base vertex_endpoint_dns vertex_endpoint_id vertex_project_id vertex_project_location warehouse"]
        .assert_eq(&show(with_variable));
}

#[test]
fn groups_come_in_the_order_of_use() {
    let catalog = Catalog::built_in();
    let shown: String = catalog
        .groups()
        .iter()
        .map(|(group, kinds)| {
            let labels: Vec<_> = kinds.iter().map(|kind| kind.label.as_str()).collect();
            format!("{group}: {}\n", labels.join(", "))
        })
        .collect();
    expect![[r#"
        LLM: AI21, Anthropic, Anyscale, Atlas Cloud, Azure AI, Cerebras, Cohere, Databricks models, DeepInfra, DeepSeek, Fireworks AI, Gemini, Groq, Hugging Face, MiniMax, Mistral, Novita AI, NVIDIA NIM, Ollama, OpenAI, OpenRouter, Perplexity, Replicate, SambaNova, Together AI, Vertex AI, watsonx, xAI
        Vector store: AWS OpenSearch, Chroma, Elasticsearch, Milvus, Pinecone, Qdrant, turbopuffer, Weaviate
        Database: Apache AGE, AWS Neptune, AWS Redshift, Databricks SQL, MySQL, Neo4j, PostgreSQL, Redis, Snowflake
        Cloud: AWS, Google Cloud
        Search and scraping: Exa, Firecrawl, Jina, Linkup, Scale SERP, Serply, Tavily, ZenRows
        Browser and sandbox: Browserbase, Cua desktop, Daytona, E2B, Stagehand, Steel
        Speech and documents: AWS Textract, Deepgram, ElevenLabs, Google Document AI, Mistral OCR, Unstructured, Whisper
        MCP: MCP over HTTP, MCP over SSE, MCP over stdio
        HTTP: HTTP, HTTP with API key
        Platform: Composio, Dynamiq, Lakera, Pipedream, TypeSafe
    "#]].assert_eq(&shown);
    let listed: usize = catalog.groups().iter().map(|(_, kinds)| kinds.len()).sum();
    assert_eq!(listed, catalog.kinds().len());
}

#[test]
fn a_type_is_found_by_path_short_name_and_label() {
    let catalog = Catalog::built_in();
    for name in [
        "dynamiq.connections.RedisConnection",
        "RedisConnection",
        "redisconnection",
        "redis",
    ] {
        assert_eq!(catalog.find(name).unwrap().label, "Redis", "{name}");
    }
    for kind in catalog.kinds() {
        assert_eq!(catalog.find(&kind.short_name().to_uppercase()), Some(kind));
        assert_eq!(catalog.find(&kind.label), Some(kind), "{}", kind.label);
    }
    assert_eq!(catalog.find("Redi"), None);
    assert_eq!(catalog.find(""), None);
}

#[test]
fn a_short_name_of_two_types_is_no_answer() {
    let (catalog, _) = project("types: {own.OpenAI: {fields: {}}}");
    assert_eq!(catalog.find("openai"), None);
    assert!(catalog.find("own.OpenAI").is_some());
}

#[test]
fn typos_lead_to_the_nearest_name() {
    let catalog = Catalog::built_in();
    let first = |name: &str| {
        catalog
            .nearest(name)
            .first()
            .map_or("", |kind| kind.short_name())
    };
    for (typo, meant) in [
        ("dynamiq.connections.OpenAi", "OpenAI"),
        ("OpneAI", "OpenAI"),
        ("dynamiq.connections.Postgres", "PostgreSQL"),
        ("redis", "RedisConnection"),
        ("connections.Weviate", "Weaviate"),
        ("Zebra", ""),
    ] {
        assert_eq!(first(typo), meant, "{typo}");
    }
    let field = |kind: &str, name: &str| {
        let kind = catalog.find(kind).unwrap();
        kind.nearest_field(name)
            .map_or("", |field| field.name.as_str())
            .to_owned()
    };
    for (kind, typo, meant) in [
        ("openai", "apikey", "api_key"),
        ("openai", "API-KEY", "api_key"),
        ("openai", "base_url", "url"),
        ("openai", "organization", ""),
        ("aws", "region_name", "region"),
        ("aws", "aws_secret_access_key", "secret_access_key"),
        ("postgresql", "username", "user"),
        ("postgresql", "passwrod", "password"),
        ("postgresql", "dbname", ""),
    ] {
        assert_eq!(field(kind, typo), meant, "{kind} {typo}");
    }
}

fn check_proposals(kind: &str, expected: &Expect) {
    let catalog = Catalog::built_in();
    let shown: String = catalog
        .find(kind)
        .unwrap()
        .fields
        .iter()
        .map(|field| match field.proposal() {
            Proposal::Expression(text) => format!("{}: {text}\n", field.name),
            Proposal::LeftOut { variables, default } => {
                format!("{}  ({variables:?} {default:?})\n", field.name)
            }
        })
        .collect();
    expected.assert_eq(&shown);
}

#[test]
fn secrets_are_proposed_as_their_variables() {
    check_proposals(
        "openai",
        &expect![[r#"
        api_key: ${oc.env:OPENAI_API_KEY}
        url  (["OPENAI_URL"] Some("https://api.openai.com/v1"))
    "#]],
    );
    check_proposals(
        "aws",
        &expect![[r#"
            access_key_id  (["AWS_ACCESS_KEY_ID"] None)
            secret_access_key: ${oc.env:AWS_SECRET_ACCESS_KEY,null}
            session_token  (["AWS_SESSION_TOKEN"] None)
            region  (["AWS_DEFAULT_REGION"] None)
            profile  (["AWS_DEFAULT_PROFILE"] None)
        "#]],
    );
    check_proposals(
        "postgresql",
        &expect![[r#"
        host  (["POSTGRESQL_HOST"] Some("localhost"))
        port  (["POSTGRESQL_PORT"] Some("5432"))
        database  (["POSTGRESQL_DATABASE"] Some("db"))
        user  (["POSTGRESQL_USER"] Some("postgres"))
        password: ${oc.env:POSTGRESQL_PASSWORD}
    "#]],
    );
    check_proposals(
        "steel",
        &expect![[r#"
        environment  ([] Some("CLOUD"))
        api_key: ${oc.env:STEEL_API_KEY}
        base_url  ([] None)
        model_api_key  ([] None)
        session_config  ([] Some("{\"block_ads\":true,\"timeout\":3600000}"))
        extra_config  ([] None)
    "#]],
    );
}

#[test]
fn a_form_asks_only_for_what_applies() {
    let catalog = Catalog::built_in();
    let weaviate = catalog.find("Weaviate").unwrap();
    let shown = |deployment: Option<&'static str>| {
        let value = move |name: &str| {
            deployment
                .filter(|_| name == "deployment_type")
                .map(str::to_owned)
        };
        let names: Vec<_> = weaviate
            .applicable(value)
            .filter(|field| !field.advanced)
            .map(|field| field.name.as_str())
            .collect();
        names.join(" ")
    };
    expect!["api_key deployment_type url"].assert_eq(&shown(None));
    expect!["api_key deployment_type http_host http_port grpc_host grpc_port"]
        .assert_eq(&shown(Some("custom")));
}

#[test]
fn a_project_adds_types_and_marks() {
    let (catalog, findings) = project(
        "types:
  shop.connections.Billing:
    label: Billing
    group: Shop
    fields:
      pass_phrase: {required: true, secret: true}
      signing_key: {}
      retries: {kind: integer, default: 3}
      token_limit: {kind: integer}
      name: {help: the type's own}
  dynamiq.connections.OpenAI:
    fields: {url: {secret: true}, organization: {}}
",
    );
    assert_eq!(findings, []);
    let billing = catalog.find("billing").unwrap();
    let secret = |name: &str| billing.field(name).unwrap().secret;
    assert!(secret("pass_phrase") && secret("signing_key"));
    assert!(!secret("retries") && !secret("token_limit"));
    assert!(!billing.is_metadata("name") && billing.is_metadata("tags"));
    let openai = catalog.find("openai").unwrap();
    assert!(openai.field("url").unwrap().secret && openai.field("organization").is_some());
    assert_eq!(openai.label, "OpenAI");
    assert_eq!(catalog.groups().last().unwrap().0, "Shop");
    // What is built in stays as it was.
    assert!(Catalog::built_in().find("billing").is_none());
}

#[test]
fn a_field_is_shown_without_its_secret() {
    let catalog = Catalog::built_in();
    let field = |kind: &str, name: &str| catalog.find(kind).unwrap().field(name).unwrap().clone();
    let key = field("openai", "api_key");
    assert_eq!(key.mask("hunter2"), crate::connection::Secret::MASK);
    assert_eq!(
        key.mask("${oc.env:OPENAI_API_KEY}"),
        "${oc.env:OPENAI_API_KEY}"
    );
    assert!(
        !field("openai", "url")
            .mask("https://u:hunter2@h")
            .contains("hunter2")
    );
    let headers = field("http", "headers");
    assert_eq!(
        headers.mask_entry("X-Api-Key", "hunter2"),
        crate::connection::Secret::MASK
    );
    assert_eq!(headers.mask_entry("Accept", "text/html"), "text/html");
}

#[test]
fn a_secret_mark_can_not_be_taken_away() {
    let (catalog, findings) = project(
        "types: {dynamiq.connections.OpenAI: {fields: {api_key: {secret: false, kind: integer}}}}",
    );
    assert!(
        catalog
            .find("openai")
            .unwrap()
            .field("api_key")
            .unwrap()
            .secret
    );
    expect![[r#"
        - Warning bad-type-file: `types.d/own.yaml` can't take the secret mark from `api_key` of `dynamiq.connections.OpenAI`
    "#]].assert_eq(&show(&findings));
}

#[test]
fn a_hostile_file_costs_little() {
    let field =
        |default: &str| format!("types: {{x.Y: {{fields: {{a: {{default: {default}}}}}}}}}");
    let mut wide = format!(
        "types:\n  x.Y:\n    fields:\n      a: {{default: &a [{}]}}\n",
        "x,".repeat(50_000)
    );
    for number in 0..5000 {
        wide.push_str(&format!("      b{number}: {{default: *a}}\n"));
    }
    let mut bomb = "types:\n  x.Y:\n    fields:\n      a0: {default: &a0 [x,x,x]}\n".to_owned();
    for number in 1..60 {
        let before = number - 1;
        bomb.push_str(&format!(
            "      a{number}: {{default: &a{number} [*a{before},*a{before}]}}\n"
        ));
    }
    let many: String = (0..15_000)
        .map(|number| format!("  x.Y{number}: {{}}\n"))
        .collect();
    for (text, refused) in [
        (field(&"[".repeat(100_000)), true),
        (field(&"{a: ".repeat(50_000)), true),
        (field(&"x".repeat(300_000)), true),
        (wide, true),
        (bomb, true),
        (format!("types:\n{many}"), false),
    ] {
        let start = std::time::Instant::now();
        let (_, findings) = project(&text);
        assert_eq!(!findings.is_empty(), refused, "{text:.60}");
        assert!(start.elapsed().as_secs() < 10, "{text:.60}");
        assert!(findings.iter().all(|finding| finding.message.len() < 300));
    }
}

#[test]
fn a_broken_file_is_a_finding_and_hides_nothing() {
    let files: Vec<(String, String)> = [
        ("a.yaml", "types: {a.A: {fields: {x: {}}}}"),
        ("b.yaml", "types:\n  b.B: {feilds: {}}"),
        ("d.yaml", "types: {d.D: {}, d.D: {}}"),
        ("e.yaml", "# nothing\n"),
        ("f.yaml", "types: {f.F: {rules: [{hint: nothing}]}}"),
        ("g.yaml", "types: {g.G: {fields: {x: {}}}}"),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .into();
    let (catalog, findings) = Catalog::built_in().with_project_types(&files);
    assert!(catalog.get("a.A").is_some() && catalog.get("g.G").is_some());
    assert!(catalog.get("b.B").is_none() && catalog.get("d.D").is_none());
    assert_eq!(catalog.kinds().len(), Catalog::built_in().kinds().len() + 3);
    expect![[r#"
        2:9 Error bad-type-file: `b.yaml` is not a file of types: types.b.B: unknown field `feilds`, expected one of `label`, `group`, `help`, `vector_store`, `fields`, `rules`
        1:8 Error bad-type-file: `d.yaml` is not a file of types: types: `d.D` is there twice
        - Error bad-type-file: `f.yaml`, type `f.F`: a rule makes exactly one demand
    "#]].assert_eq(&show(&findings));
}

#[test]
fn a_file_that_is_no_yaml_says_where() {
    let (catalog, findings) = project("types:\n  a.A: [");
    assert_eq!(catalog.kinds().len(), Catalog::built_in().kinds().len());
    let [finding] = findings.as_slice() else {
        panic!("{findings:?}");
    };
    assert_eq!(finding.location.unwrap().line, 2);
    assert!(
        finding
            .message
            .starts_with("`types.d/own.yaml` is not a file of types: ")
    );
}

fn show(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(|finding| {
            let place = finding
                .location
                .map_or("-".to_owned(), |place| place.to_string());
            format!(
                "{place} {:?} {}: {}\n",
                finding.severity, finding.rule, finding.message
            )
        })
        .collect()
}

proptest! {
    /// Whatever a project's file says about the built-in fields, all that was masked stays masked.
    #[test]
    fn no_layer_takes_a_mark_away(
        words in proptest::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::sample::select(vec![
                "secret: false", "kind: integer", "kind: enum, choices: [a]", "kind: boolean", "nullable: true",
                "secret: true", "required: false", "label: x", "env: []", "default: null", "advanced: true",
            ])), 1..6),
        everywhere in any::<bool>(),
    ) {
        let before = Catalog::built_in();
        let mut files = Vec::new();
        for (kind, field, words) in words {
            let kind = kind.get(before.kinds());
            let field = field.get(&kind.fields);
            let text = if everywhere {
                format!("every_field: {{{}: {{{words}}}}}", field.name)
            } else {
                format!("types: {{{}: {{fields: {{{}: {{{words}}}}}}}}}", kind.type_path, field.name)
            };
            files.push(("p.yaml".to_owned(), text));
        }
        let (after, findings) = before.with_project_types(&files);
        prop_assert!(findings.iter().all(|finding| finding.severity < crate::connection::Severity::Error), "{findings:?}");
        for (old, new) in before.kinds().iter().zip(after.kinds()) {
            for (old, new) in old.fields.iter().zip(&new.fields) {
                prop_assert!(new.secret >= old.secret, "{}", new.name);
            }
        }
    }
}
