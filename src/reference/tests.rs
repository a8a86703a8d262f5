//! Uses as annotated YAML: `# ^^^^ word` under a line says what is found at that token.

use super::*;

/// What the scan says, one word per token: `reference`, `list`, `requirement`, `shadowed`,
/// `unverifiable`, each with the path behind it if the annotation has one.
fn check(annotated: &str) {
    check_with(annotated, &Options::default());
}

fn check_with(annotated: &str, options: &Options) {
    let mut text = String::new();
    let mut expected: Vec<String> = Vec::new();
    let mut line = 0;
    for source in annotated.lines() {
        let mark = source.trim_start().strip_prefix('#').map(str::trim_start);
        match mark.filter(|mark| mark.starts_with('^')) {
            Some(mark) => {
                let carets = mark.chars().take_while(|c| *c == '^').count();
                let column = source.chars().position(|c| c == '^').unwrap() + 1;
                let words = mark.trim_start_matches('^').trim();
                expected.push(format!("{line}:{column}+{carets} {words}"));
            }
            None => {
                line += 1;
                text += source;
                text.push('\n');
            }
        }
    }
    let found = scan(&text, options);
    let mut actual = Vec::new();
    let length = |span: Span| text[span.range()].chars().count();
    let mut add = |reference: &Reference, word: &str| {
        let path = if annotated.contains(&format!("{word} {}", reference.path)) {
            format!(" {}", reference.path)
        } else {
            String::new()
        };
        actual.push(format!(
            "{}+{} {word}{path}",
            reference.location,
            length(reference.span)
        ));
    };
    for reference in &found.references {
        let word = match (reference.certainty, reference.form) {
            (Certainty::Possible, _) => "possible",
            (Certainty::Certain, Form::String) => "reference",
            (Certainty::Certain, Form::List) => "list",
            (Certainty::Certain, Form::Requirement) => "requirement",
            (Certainty::Certain, Form::Interpolation) => "interpolation",
        };
        add(reference, word);
    }
    for shadowed in &found.shadowed {
        add(&shadowed.reference, "shadowed");
    }
    for unverifiable in &found.unverifiable {
        let place = format!("{}+", unverifiable.location);
        let carets = expected
            .iter()
            .find(|line| line.starts_with(&place) && line.ends_with("unverifiable"))
            .map_or("?", |line| &line[place.len()..line.find(' ').unwrap()]);
        actual.push(format!("{place}{carets} unverifiable"));
    }
    actual.sort();
    expected.sort();
    assert_eq!(actual, expected, "in\n{text}\n{found:#?}");
}

#[test]
fn every_form_and_every_spelling() {
    check(
        r#"
nodes:
  agent-rag:
    connection: openai
    #           ^^^^^^ reference nodes.agent-rag.connection
    llm: {connection: "\x6fpenai", connection_id: 'openai'}
    #                 ^^^^^^^^^^^ reference nodes.agent-rag.llm.connection
    #                                             ^^^^^^^^ reference
    tools:
      - text_embedder:
          connection:   >-   # folded
#                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ reference nodes.agent-rag.tools[0].text_embedder.connection
            openai
      - connections: [openai, 'b', {$type: x, $id: c}]
#                     ^^^^^^ list
#                             ^^^ list
#                                                  ^ requirement nodes.agent-rag.tools[1].connections[2]
    a.b: {connection: é}
    #                 ^ reference nodes.agent-rag["a.b"].connection
    memory: {$type: connection, $id: prod, value_path: $.x}
    #                                ^^^^ requirement nodes.agent-rag.memory
    other: {$type: secret, $id: prod}
    connection_id: {$type: secret, $id: prod}
    #                                   ^^^^ requirement
    description: "connection: openai"
    null: 1
"#
        .replace("    null: 1\n", "")
        .as_str(),
    );
}

#[test]
fn aliases_and_merges() {
    check(
        "
base: &base
  connection: openai
#             ^^^^^^ reference base.connection
#             ^^^^^^ reference nodes.a.connection
#             ^^^^^^ reference nodes.b.connection
  other: &id anthropic
nodes:
  a:
    <<: *base
    embedder: {connection: *id}
    #                      ^^^ reference nodes.a.embedder.connection
  b: *base
  c:
    <<: [{connection: first}, *base]
    #                 ^^^^^ reference nodes.c.connection
  d:
    <<: *base
    connection: own
    #           ^^^ reference nodes.d.connection
",
    );
}

#[test]
fn an_alias_has_its_definition() {
    let found = scan("a: &x 'openai'\nconnection: *x\n", &Options::default());
    let [reference] = &found.references[..] else {
        panic!("{found:?}")
    };
    assert_eq!(reference.id(), Some("openai"));
    assert_eq!(reference.location.to_string(), "2:13");
    assert_eq!(reference.definition.unwrap().to_string(), "1:7");
    assert_eq!(reference.definition_span.range(), 6..14);
}

#[test]
fn definitions_shadow_in_their_scope() {
    check(
        "
connections:
  openai: {type: dynamiq.connections.OpenAI, api_key: x}
  empty: {}
  untyped: {url: x}
  renamed: {$type: connection, $id: prod}
  #                                 ^^^^ requirement connections.renamed
  123: {type: x}
nodes:
  a:
    connection: openai
    #           ^^^^^^ shadowed nodes.a.connection
    connection_id: empty
    #              ^^^^^ reference
    x: {connection: untyped}
    #               ^^^^^^^ reference
    y: {connection: renamed}
    #               ^^^^^^^ shadowed
    z: {connection: '123'}
    #               ^^^^^ reference
    w: {connection: {$type: connection, $id: openai}}
    #                                        ^^^^^^ requirement nodes.a.w.connection
    v: {connection: {type: X, id: openai}}
    u: {connection: null}
    t: {connection: }
  sub:
    agent_factory:
      connections: {inner: {type: x}}
      llm: {connection: inner}
      #                 ^^^^^ shadowed nodes.sub.agent_factory.llm.connection
      llm2: {connection: openai}
      #                  ^^^^^^ reference nodes.sub.agent_factory.llm2.connection
  outer: {connection: inner}
  #                   ^^^^^ reference nodes.outer.connection
",
    );
}

#[test]
fn reserved_keys_hide_everything() {
    check(
        "
prompt: {connection: a}
schema: {x: [{connection: a}]}
response_format: {$type: connection, $id: a}
nodes:
  n:
    prompt: {connection: a, x: {$type: connection, $id: a}}
    connection: b
    #           ^ reference
",
    );
}

#[test]
fn what_the_loader_refuses_shadows_nothing() {
    for (text, reason) in [
        (
            "connections: {a: {type: x}}\nconnection: a\nconnection: b\n",
            "duplicate",
        ),
        (
            "connections: {a: {type: x}}\nconnection: a\n---\nconnection: b\n",
            "document",
        ),
        (
            "connections: {a: {type: x}}\nconnection: a\nc: {connection: b}\nd: !foo 1\n",
            "tag",
        ),
        (
            "connections: {a: {type: x}}\nconnection: a\nc: {connection: b}\nd: =\n",
            "`=`",
        ),
        (
            "connections: {a: {type: x}}\nconnection: a\nc: {connection: b}\t\n",
            "tab",
        ),
        (
            "connections: {a: {type: x}}\nconnection: a\nc: {connection: b}\nd: ${e f}\n",
            "interpolation",
        ),
        (
            "connections: {a: {type: x}}\nconnection: a\nc: {connection: b}\n? [d]\n: 1\n",
            "key",
        ),
    ] {
        let found = scan(text, &Options::default());
        let ids: Vec<_> = found.references.iter().filter_map(Reference::id).collect();
        assert_eq!(ids, ["a", "b"], "{text}");
        assert!(found.shadowed.is_empty(), "{text}");
        let refused = found.refused.expect(text);
        assert!(refused.message.contains(reason), "{}", refused.message);
    }
}

#[test]
fn a_scalar_that_is_no_string_counts_and_is_found() {
    let found = scan("connection: 123\n", &Options::default());
    assert_eq!(found.references[0].id(), Some("123"));
    assert_eq!(found.findings[0].hint.as_deref(), Some("quote it"));
}

#[test]
fn further_keys_come_from_the_options() {
    let options = Options {
        reference_keys: vec!["conn_id".to_owned()],
        ..Options::default()
    };
    check_with(
        "
a: {conn_id: x}
#            ^ reference
b: {conn_id: [y]}
#             ^ list
",
        &options,
    );
    check("a: {conn_id: x}");
}

#[test]
fn alias_bombs_and_unreadable_files_are_unverifiable() {
    let levels = (1..20).map(|level| {
        let last = format!("*a{}, ", level - 1);
        format!("a{level}: &a{level} [{}]\n", last.repeat(5))
    });
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned() + &levels.collect::<String>();
    bomb += "connection: openai\n";
    assert_eq!(scan(&bomb, &Options::default()).unverifiable.len(), 1);
    let merge = format!(
        "a: &a {{<<: *a}}\nb: {{<<: *a}}\n{}",
        "# x\n".repeat(300_000)
    );
    assert_eq!(scan(&merge, &Options::default()).unverifiable.len(), 1);
    let circle = scan("a: &a {b: *a}\n", &Options::default());
    assert_eq!(circle.unverifiable.len(), 1, "{circle:?}");
    let levels = (1..100_000).map(|level| format!("k{level}: &x{level} {{x: *x{}}}\n", level - 1));
    let chain = "x0: &x0 {connection: a}\n".to_owned() + &levels.collect::<String>();
    assert!(!scan(&chain, &Options::default()).unverifiable.is_empty());
    let comments = "# x\n".repeat(300_000);
    let mirrors = format!("a: {{x: '${{b}}', y: '${{b}}'}}\nb: {{x: '${{a}}'}}\n{comments}");
    assert_eq!(scan(&mirrors, &Options::default()).unverifiable.len(), 1);
    let nested = format!(
        "x: '{}a{}'\nconnection: ${{x}}\n",
        "${".repeat(5000),
        "}".repeat(5000)
    );
    assert_eq!(scan(&nested, &Options::default()).unverifiable.len(), 1);
    let broken = scan("a: [\n", &Options::default());
    assert!(broken.unverifiable[0].message.contains("not readable"));
    for character in [
        "\u{7f}", "\u{80}", "\u{9f}", "\u{fffe}", "\u{ffff}", "\u{1}", "\u{0}",
    ] {
        let text = format!("# {character}\nconnection: a\n");
        assert!(
            scan(&text, &Options::default()).unverifiable.len() == 1,
            "{character:?}"
        );
    }
    let deep = "[".repeat(100_000);
    assert_eq!(scan(&deep, &Options::default()).unverifiable.len(), 1);
}

#[test]
fn workflows_are_named() {
    let found = scan(
        "connection: a\nworkflows: {w1: {flow: f}, w2: {}}\n",
        &Options::default(),
    );
    assert_eq!(
        *found.references[0].workflows,
        ["w1".to_owned(), "w2".to_owned()]
    );
}

#[test]
fn the_filter_rules_out_what_can_not_be() {
    let no = Options::default();
    let out = |text: &str| assert!(!mentions(text.as_bytes(), "openai", &no), "{text}");
    let kept = |text: &str| assert!(mentions(text.as_bytes(), "openai", &no), "{text}");
    out("api_key: ${oc.env:KEY}\n");
    out("a: {api_key: \"Bearer ${oc.env:KEY}\"}\n");
    out("a: {api_key: 'Bearer ${oc.env:KEY} ${oc.env:B,c}'}\n");
    out("\"api_key\": \"${oc.env:KEY}\"\n");
    out("code: |\n  a.split('\\n')\n");
    kept("connection: openai\n");
    kept("connection: \"\\x6fpenai\"\n");
    kept("connection: \"open\\\n  ai\"\n");
    kept("connection: ${oc.env:KEY}\n");
    kept("connection:\n  ${oc.env:KEY}\n");
    kept("x: &a ${oc.env:KEY}\nconnection: *a\n");
    kept("x: {connection: &a ${oc.env:KEY}}\n");
    kept("x: {\"connection\":\"${oc.env:KEY}\"}\n");
    kept("connections: [a, ${oc.env:KEY}]\n");
    kept("connections: [{a: b}, \"${oc.env:KEY}\"]\n");
    kept("connections:\n- ${oc.env:KEY}\n");
    kept("? connection\n: ${oc.env:KEY}\n");
    kept("m: {$type: connection, $id: ${oc.env:KEY}}\n");
    kept("connection: ${a}\na: ${oc.env:KEY}\n");
    kept("\u{feff}a: \"\\u006f\"\n");
    assert!(mentions(b"\xff\xfeo\0p\0", "openai", &no));
    assert!(mentions(b"\xe9", "openai", &no));
    assert!(mentions(b"a: b\n", "open ai", &no));
}

#[test]
fn tabs_in_text_and_comments_are_fine() {
    for text in [
        "# a\tb\nx: 'a\tb' # c\td\ny: |\n  a\tb\n",
        "connection: a # b\tc",
        "x: \"\t\"\n",
    ] {
        assert_eq!(scan(text, &Options::default()).refused, None, "{text}");
    }
}

#[test]
fn late_line_breaks_matter_only_where_they_change_something() {
    let unverifiable = |text: &str| scan(text, &Options::default()).unverifiable.len();
    assert_eq!(unverifiable("role: 'a\u{2028}b'\nconnection: a\n"), 0);
    assert_eq!(unverifiable("# a\u{85}connection: a\n"), 1);
    assert_eq!(unverifiable("x: a\u{2029}connection: a\n"), 1);
}

/// Pieces of which files are made that may or may not use the id `ab`.
const PIECES: [&str; 44] = [
    "connection: ",
    "connection_id: ",
    "connections: ",
    "ab",
    "a",
    "b",
    "\"ab\"",
    "\"a\\x62\"",
    "\"\\u0061b\"",
    "\"a\\\n  b\"",
    "'ab'",
    "${x}",
    "${oc.env:AB}",
    "a${oc.env:B}",
    "${oc.env:A}${oc.env:B}",
    "\n",
    "\n  ",
    "\n- ",
    "- ",
    "x: ",
    "y: ",
    "&a ",
    "*a",
    "*a\n",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ">-\n  ",
    "|-\n  ",
    "$type: connection",
    "$id: ",
    "<<: ",
    "? ",
    ": ",
    "!!str ",
    "\"x\":",
    "\"connection\": ",
    "# ",
    "\r\n",
    "${oc.decode:a\\b}",
    "\"",
    "${connections.${oc.env:AB}.k}",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(4000))]

    #[test]
    fn the_filter_is_sound(pieces in proptest::collection::vec(0..PIECES.len(), 1..14)) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        let variables = [("AB", "ab"), ("A", "a"), ("B", "b")];
        let options = Options {
            environment: variables.map(|(a, b)| (a.to_owned(), b.to_owned())).into_iter().collect(),
            ..Options::default()
        };
        let found = scan(&text, &options);
        let is_used = found.references.iter().any(|reference| reference.concerns("ab"))
            || found.shadowed.iter().any(|shadowed| shadowed.reference.concerns("ab"));
        if is_used {
            proptest::prop_assert!(mentions(text.as_bytes(), "ab", &options), "{}", text);
        }
    }

    #[test]
    fn the_words_of_a_file_say_what_the_filter_says(pieces in proptest::collection::vec(0..PIECES.len(), 1..9)) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        let options = Options::default();
        let found = scan_bytes(text.as_bytes(), &options);
        for id in ["ab", "a", "b", "connection", "a b", "c", "y"] {
            let is_about_any = found.unverifiable.iter().any(|one| one.id.is_none());
            let expected = is_about_any && mentions(text.as_bytes(), id, &options);
            proptest::prop_assert_eq!(found.unverifiable_for(id).next().is_some(), expected, "{} in {}", id, text);
        }
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,40}", pieces in proptest::collection::vec(0..PIECES.len(), 0..8)) {
        let made: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        scan(&text, &Options::default());
        scan(&(made + &text), &Options::default());
    }
}

/// How texts are read, for `scripts/oracle/readings.py`, which sets the variables.
#[test]
fn dump_readings() {
    let [input, output] = ["ORACLE_INPUT", "ORACLE_OUTPUT"].map(std::env::var_os);
    let Some((input, output)) = input.zip(output) else {
        return;
    };
    let texts: Vec<String> = serde_json::from_slice(&std::fs::read(input).unwrap()).unwrap();
    let results: Vec<Option<String>> = texts.iter().map(|text| reading_of(text)).collect();
    std::fs::write(output, serde_json::to_string(&results).unwrap()).unwrap();
}

/// The documents as JSON-like text; `None` for what is not read, or not trusted.
fn reading_of(text: &str) -> Option<String> {
    let stream = crate::document::parse_many(text).ok()?;
    if differences::distrusts(text) {
        return None;
    }
    let documents: Vec<_> = stream
        .documents
        .iter()
        .map(|root| outline(&stream, *root, 0))
        .collect();
    Some(documents.join("\n"))
}

fn outline(
    stream: &crate::document::Stream<'_>,
    node: crate::document::NodeId,
    depth: usize,
) -> String {
    use crate::document::{Content, ScalarType};

    if depth > 30 {
        return "…".to_owned();
    }
    let node = stream.resolve(node);
    match &stream.node(node).content {
        Content::Scalar { value, .. } => {
            let kind = match stream.scalar_type(node).unwrap() {
                ScalarType::String => "str",
                ScalarType::Null => "null",
                ScalarType::Boolean => "bool",
                ScalarType::Integer => "int",
                ScalarType::Float => "float",
                ScalarType::Merge => "merge",
                ScalarType::Refused => "refused",
            };
            format!("{kind} {}", serde_json::to_string(value).unwrap())
        }
        Content::Sequence { items, .. } => {
            let items: Vec<_> = items
                .iter()
                .map(|item| outline(stream, *item, depth + 1))
                .collect();
            format!("[{}]", items.join(", "))
        }
        Content::Mapping { entries, .. } => {
            let entries: Vec<_> = entries
                .iter()
                .map(|entry| {
                    let key = outline(stream, entry.key, depth + 1);
                    format!("{key}: {}", outline(stream, entry.value, depth + 1))
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Content::Alias(_) => unreachable!("aliases are resolved"),
    }
}

#[test]
fn a_map_that_holds_itself_is_not_followed_round_and_round() {
    for text in [
        "x: &x {connection: openai, again: *x}\n",
        "x: &x [openai, {connections: *x}]\n",
        "x: &x {agent_factory: *x, connections: [openai]}\n",
    ] {
        let found = scan(text, &Options::default());
        let uses = found.references.len();
        assert!((1..=16).contains(&uses), "{uses} uses of {text}");
        assert!(!found.unverifiable.is_empty(), "{text}");
    }
}

/// An index of ten thousand files has a hundred thousand of these.
#[test]
fn what_is_found_is_small() {
    assert!(size_of::<Reference>() <= 96, "{}", size_of::<Reference>());
    assert!(size_of::<Shadowed>() <= 120, "{}", size_of::<Shadowed>());
    assert!(size_of::<Definition>() <= 56, "{}", size_of::<Definition>());
}

#[test]
fn ids_are_shared_between_files() {
    let text = "connections: {a: {type: x}}\nn: {connection: a}\nm: {connection: b}\n";
    let mut texts = Texts::default();
    let [one, other] = [(); 2].map(|()| {
        let mut found = scan(text, &Options::default());
        let before = found.clone();
        texts.share_with(&mut found);
        assert_eq!(found, before);
        found
    });
    let shared = |one: &Reference, other: &Reference| match (&one.target, &other.target) {
        (Target::Id(one), Target::Id(other)) => Arc::ptr_eq(one, other),
        _ => false,
    };
    assert!(shared(&one.references[0], &other.references[0]));
    assert!(shared(
        &one.shadowed[0].reference,
        &other.shadowed[0].reference
    ));
    assert!(Arc::ptr_eq(
        &one.definitions[0].id,
        &other.definitions[0].id
    ));
}
