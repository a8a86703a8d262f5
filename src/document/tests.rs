//! Spans, types and merges of parsed documents.

#![expect(clippy::format_push_string, reason = "an outline for people")]

use super::*;
use expect_test::expect;

/// Each node on a line: what it is, and the bytes of its span.
fn outline(text: &str) -> String {
    let stream = match parse(text) {
        Ok(stream) => stream,
        Err(problem) => return format!("{}: {}\n", problem.location, problem.message),
    };
    let mut out = String::new();
    for (id, node) in stream.nodes() {
        let what = match &node.content {
            Content::Scalar { style, .. } => format!("{style:?}"),
            Content::Sequence { style, items } => format!("{style:?} sequence {}", items.len()),
            Content::Mapping { style, entries } => format!("{style:?} mapping {}", entries.len()),
            Content::Alias(_) => "Alias".to_owned(),
        };
        let typed = stream
            .scalar_type(id)
            .map(|t| format!(" {t:?}"))
            .unwrap_or_default();
        let anchor = node
            .anchor
            .clone()
            .map(|r| format!(" {}", &text[r]))
            .unwrap_or_default();
        let tag = node
            .tag
            .as_ref()
            .map(|t| format!(" <{}>", t.name))
            .unwrap_or_default();
        out += &format!(
            "{what}{typed}{anchor}{tag} {:?}\n",
            &text[node.span.clone()]
        );
    }
    out
}

#[test]
fn spans_cover_the_value_and_nothing_else() {
    expect![[r#"
        Block mapping 11 "a: &x \"s3\"   # c\nb: *x\nnone:   # c\nt: !!str 123\nkeep: |+\n  l1\n\n\nclip: !!str &q |2 # c\n    zz\n\n# foo\nfold: >-\n\n  hi\n\nseq:\n- a\n-   - b\n-\nflow: {a: 1, \"c\": , d: [x: y]}\n? complex\n: v\nlast: |\n  end"
        Plain String "a"
        DoubleQuoted String &x "\"s3\""
        Plain String "b"
        Alias String "*x"
        Plain String "none"
        Absent Null ""
        Plain String "t"
        Plain String <tag:yaml.org,2002:str> "123"
        Plain String "keep"
        Literal String "|+\n  l1\n\n"
        Plain String "clip"
        Literal String &q <tag:yaml.org,2002:str> "|2 # c\n    zz"
        Plain String "fold"
        Folded String ">-\n\n  hi"
        Plain String "seq"
        Block sequence 3 "- a\n-   - b\n-"
        Plain String "a"
        Block sequence 1 "- b"
        Plain String "b"
        Absent Null ""
        Plain String "flow"
        Flow mapping 3 "{a: 1, \"c\": , d: [x: y]}"
        Plain String "a"
        Plain Integer "1"
        DoubleQuoted String "\"c\""
        Absent Null ""
        Plain String "d"
        Flow sequence 1 "[x: y]"
        Flow mapping 1 "x: y"
        Plain String "x"
        Plain String "y"
        Plain String "complex"
        Plain String "v"
        Plain String "last"
        Literal String "|\n  end"
    "#]]
    .assert_eq(&outline(
        "a: &x \"s3\"   # c\nb: *x\nnone:   # c\nt: !!str 123\nkeep: |+\n  l1\n\n\n\
         clip: !!str &q |2 # c\n    zz\n\n# foo\nfold: >-\n\n  hi\n\nseq:\n- a\n-   - b\n-\n\
         flow: {a: 1, \"c\": , d: [x: y]}\n? complex\n: v\nlast: |\n  end",
    ));
}

#[test]
fn a_problem_has_a_place() {
    expect![""].assert_eq(&outline(""));
    let text = "a: b\n  c: d\n";
    assert_eq!(parse(text).unwrap_err().location.line, 2);
    let deep = "[".repeat(200_000);
    assert!(
        parse(&deep).unwrap_err().message.contains("nest"),
        "{:?}",
        parse(&deep)
    );
}

#[test]
fn merges_follow_pyyaml() {
    let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: 3\n  <<: [*a, *b]\n  w: 3\n";
    let stream = parse(text).unwrap();
    let c = stream.get(stream.documents[0], "c").unwrap();
    let entries = stream
        .effective_entries(c, &mut Budget::for_bytes(0))
        .unwrap();
    let shown: Vec<_> = entries
        .iter()
        .map(|e| {
            (
                stream.scalar(e.key).unwrap(),
                stream.scalar(e.value).unwrap(),
                e.merged_by.is_some(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("y", "1", true),
            ("z", "3", false),
            ("x", "1", true),
            ("w", "3", false)
        ]
    );
}

#[test]
fn a_merge_of_itself_ends() {
    let text = "a: &a\n  <<: *a\n  x: 1\n";
    let stream = parse(text).unwrap();
    let a = stream.get(stream.documents[0], "a").unwrap();
    assert_eq!(
        stream.effective_entries(a, &mut Budget::for_bytes(9)),
        Err(OverBudget)
    );
}

#[test]
fn duplicate_keys_are_found() {
    let found = |text| parse(text).unwrap().duplicate_key().is_some();
    assert!(found("a: 1\nb: {c: 1, \"c\": 2}\n"));
    assert!(!found("a: 1\n\"1\": 2\n1: 3\nb: {a: 1}\n"));
}

#[test]
fn a_kept_block_scalar_ends_before_the_next_lines_indentation() {
    expect![[r#"
        Block mapping 1 "k:\n  -\n    - |+\n      x\n\n  - b"
        Plain String "k"
        Block sequence 2 "-\n    - |+\n      x\n\n  - b"
        Block sequence 1 "- |+\n      x\n"
        Literal String "|+\n      x\n"
        Plain String "b"
    "#]]
    .assert_eq(&outline("k:\n  -\n    - |+\n      x\n\n  - b\n"));
}

#[test]
fn sequences_in_sequences_begin_at_their_own_dash() {
    expect![[r#"
        Block mapping 2 "k-a:\n# - c\n- - a\n- - b\nl: &x\n  - - - c"
        Plain String "k-a"
        Block sequence 2 "- - a\n- - b"
        Block sequence 1 "- a"
        Plain String "a"
        Block sequence 1 "- b"
        Plain String "b"
        Plain String "l"
        Block sequence 1 &x "- - - c"
        Block sequence 1 "- - c"
        Block sequence 1 "- c"
        Plain String "c"
    "#]]
    .assert_eq(&outline("k-a:\n# - c\n- - a\n- - b\nl: &x\n  - - - c\n"));
}

#[test]
fn spans_of_block_scalars_at_the_root() {
    for text in [
        "|2-\n   a:  1\n",
        "# |\n|\n a\n",
        "--- |2\n   a\n",
        "a\n...\n>-\n a\n",
        "# |\r---\r|\n a\n",
    ] {
        let s = parse(text).unwrap();
        let span = &s.node(*s.documents.last().unwrap()).span;
        let is_header = text[span.clone()].starts_with(['|', '>']);
        assert!(is_header && !text[..span.start].ends_with('#'), "{text:?}");
    }
}
