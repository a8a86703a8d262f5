//! What is written is read back: by our own parser, by `serde_yaml`, and by `OmegaConf`'s rules.
//! `scripts/oracle/scalars.py` asks the real `PyYAML` and `OmegaConf` about the same texts.

#![expect(
    clippy::too_many_lines,
    clippy::wildcard_enum_match_arm,
    reason = "a list of cases, and a foreign enum"
)]

use super::*;
use crate::document::edit::NewValue;
use crate::document::{ScalarType, parse};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Texts that some reader takes for something else, or that need care.
pub fn hard_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "  ",
        "a",
        "yes",
        "No",
        "ON",
        "off",
        "y",
        "N",
        "true",
        "False",
        "tRue",
        "null",
        "Null",
        "~",
        "nULL",
        "012",
        "0o12",
        "0x1F",
        "0b11",
        "1e3",
        "1E3",
        "1e+3",
        "1.5e3",
        ".5",
        "5.",
        ".5e3",
        "1_000",
        "+1",
        "-0",
        "12:30",
        "12:30:45",
        "190:20:30",
        "-12:30",
        "1:2.5",
        "2001-01-01",
        "2001-1-1",
        "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43.10 -5",
        "2024-02-15-preview",
        ".inf",
        "-.inf",
        "+.INF",
        ".nan",
        ".NaN",
        "inf",
        "nan",
        "Infinity",
        "=",
        "<<",
        "0",
        "00",
        "08",
        "09",
        "1__0",
        "1_",
        "0_",
        "685.230_15e+03",
        "._",
        "0x_",
        "1e1000",
        "E80",
        "e5",
        "-e5",
        "+e-5",
        ".e5",
        "0777",
        "0x1f_f",
        "-0x1F",
        "-0o7",
        "+0b1",
        "9999999999999999999999",
        "1,000",
        "-",
        "?",
        ":",
        "- a",
        "? a",
        ": a",
        "-a",
        "--flag",
        "-y",
        "---",
        "--- a",
        "...",
        "... a",
        "#a",
        "a #b",
        "a#b",
        "&a",
        "*a",
        "!a",
        "!!str",
        "|",
        ">",
        "@a",
        "`a",
        "%a",
        "{a",
        "[a",
        "a]",
        "a}",
        "a,b",
        "a: b",
        "a:b",
        "a:",
        "a :b",
        "::",
        "http://x:80/?a=b#c",
        "10.0.0.1",
        "127.0.0.1:8080",
        "[::1]:80",
        "key: |",
        "\"",
        "'",
        "''",
        "\"\"",
        "\"a\"b",
        "'a'",
        "it's",
        "say \"x\"",
        "C:\\dir\\new",
        "\\",
        "a\\nb",
        " a",
        "a ",
        "\ta",
        "a\t",
        "a\tb",
        "\n",
        "\n\n",
        "a\n",
        "a\n\n",
        "\na",
        "a\nb",
        "a\nb\n",
        "a\nb\n\n\n",
        "  a\nb",
        "a\n  b",
        "\n  a\nb\n",
        "a\n \nb",
        "a \nb",
        "a\n ",
        "a\r\nb",
        "a\rb",
        "\r",
        "a\n\tb",
        "# c\nx",
        "- a\n- b\n",
        "---\na\n...\n",
        "a: b\nc: d\n",
        "%YAML 1.2\n---\n",
        "\u{0}",
        "\u{1b}[0m",
        "\u{7f}",
        "\u{85}",
        "a\u{85}b",
        "\u{a0}",
        "\u{a0}a",
        "\u{2028}",
        "a\u{2029}b",
        "\u{feff}a",
        "a\u{feff}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{202e}abc",
        "é",
        "日本語",
        "🎉",
        "e\u{301}",
        "${oc.env:X}",
        "${oc.env:X,default}",
        "a${b}c",
        "\\${a}",
        "\\\\\\${a}",
        "${",
        "$",
        "$$",
        "???",
        "{{ jinja }}",
        "{% x %}",
        "@reference",
        "100%",
        "a, b",
        "a & b",
        "<a>",
        "a|b",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nAAAA==\n-----END PRIVATE KEY-----\n",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("x".repeat(5000));
    texts.push("word ".repeat(1000).trim().to_owned());
    texts.push(format!(
        "{}\n{}",
        "long line ".repeat(200),
        "x: y # z".repeat(100)
    ));
    texts
}

fn hard_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(hard_texts()),
        2 => "[ -~]{0,12}",
        2 => "[-+.0-9_:eExobTZ, ]{1,12}",
        1 => "[\\n \\t\\ra#:'\"\\\\|>-]{0,8}",
        1 => any::<String>(),
        1 => proptest::sample::select(vec!['\u{85}', '\u{2028}', '\u{feff}', '\u{9f}', '\u{10ffff}'])
            .prop_map(String::from),
        1 => proptest::collection::vec(of_any_plane(), 1..6).prop_map(String::from_iter),
        1 => "[-+]?[0-9]{1,3}(:[0-5]?[0-9]){1,3}(\\.[0-9]{0,2})?",
        1 => "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?)?(Z| ?[-+][0-9]{1,2})?",
        1 => "[-+]?0[xXoObB][0-9a-fA-F_]{1,6}",
        1 => "[-+]?(\\.[0-9_]+|[0-9][0-9_]*(\\.[0-9_]*)?)([eE][-+]?[0-9]{1,3})?",
        1 => "[-+]?\\.?([iI][nN][fF]|[nN][aA][nN])",
        1 => "([yY]([eE][sS])?|[nN][oO]?|[oO][nN]|[oO][fF]{2}|[tT]rue|TRUE|[fF]alse|FALSE|[nN]ull|NULL|~)",
        1 => "\\\\{0,4}\\$\\{[a-z.:\\[\\],\"' ]{0,8}\\}?",
        1 => "( ?[#:,?\\[\\]{}&*!|>'\"%@`-] ?){1,4}",
        1 => "(---|\\.\\.\\.)[ \n\ta]{0,2}",
    ];
    proptest::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

/// Characters of all planes: private ones, those that are none, and those that join others.
fn of_any_plane() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => any::<char>(),
        1 => (0u32..0x11, 0u32..0x100).prop_filter_map("a surrogate", |(plane, low)| {
            char::from_u32((plane << 16) + 0xff00 + low)
        }),
        1 => (0x80u32..0xa0).prop_filter_map("no character", char::from_u32),
        1 => (0x2000u32..0x2070).prop_filter_map("no character", char::from_u32),
        1 => (0xfdd0u32..0xfdf0).prop_filter_map("no character", char::from_u32),
        1 => (0x300u32..0x370).prop_filter_map("no character", char::from_u32),
    ]
}

/// Lines of 100 KB. Few documents of each are enough.
fn long_texts() -> Vec<String> {
    let repeated = |piece: &str| piece.repeat(100_000 / piece.len());
    vec![
        repeated("word and "),
        repeated("it's \"a: b\" # \\"),
        repeated("日本 \u{7f}🎉"),
        format!("{}\n  {}\n", repeated("x"), repeated("y: z # ")),
    ]
}

const STYLES: [Option<ScalarStyle>; 7] = [
    None,
    Some(ScalarStyle::Absent),
    Some(ScalarStyle::Plain),
    Some(ScalarStyle::SingleQuoted),
    Some(ScalarStyle::DoubleQuoted),
    Some(ScalarStyle::Literal),
    Some(ScalarStyle::Folded),
];

/// Documents that carry the text at every position: mapping value, item, deep, between brackets,
/// and (as a short text) key. The text is under `v`, or is the only key.
fn documents(text: &str, style: Option<ScalarStyle>, line_break: &str) -> Vec<String> {
    let block = |parent_column, content_column, blocks| {
        let position = Position::Block {
            parent_column,
            content_column,
        };
        let written = write(text, position, line_break, style, blocks).unwrap();
        format!("{}{}{line_break}", written.head, written.body)
    };
    let flow = write(text, Position::Flow, line_break, style, BlockScalars::Never).unwrap();
    assert_eq!((flow.body.as_str(), flow.needs_line_break), ("", false));
    let allowed = BlockScalars::Allowed;
    let mut out = vec![
        format!("v: {}", block(0, 2, allowed)),
        format!("v: {}after: x{line_break}", block(0, 1, allowed)),
        format!("v: {}", block(0, 2, BlockScalars::Never)),
        format!("v:{line_break}- {}- x{line_break}", block(0, 2, allowed)),
        format!(
            "o:{line_break}    v: {}    w: x{line_break}",
            block(4, 8, allowed)
        ),
        format!("{{a: {0}, v: {0}}}", flow.head),
        format!("v: [{0},{0} ]", flow.head),
    ];
    for (position, open, close) in [(Position::Key, "", ""), (Position::FlowKey, "{", "}")] {
        if let Ok(key) = write(text, position, line_break, style, allowed) {
            out.push(format!("{open}{}: key{close}", key.head));
        }
    }
    out
}

/// All string values, or the key if the value is `key`.
fn texts_in(document: &str) -> Vec<String> {
    let stream = parse(document).unwrap_or_else(|problem| panic!("{problem:?}\n{document:?}"));
    assert_eq!(stream.documents.len(), 1, "{document:?}");
    let mut found = Vec::new();
    for (id, node) in stream.nodes() {
        if let crate::document::Content::Mapping { entries, .. } = &node.content {
            for entry in entries {
                if stream.scalar(entry.value) == Some("key") {
                    assert_eq!(stream.scalar_type(entry.key), Some(ScalarType::String));
                    found.push(stream.scalar(entry.key).unwrap().to_owned());
                } else if matches!(stream.scalar(entry.key), Some("v" | "a")) {
                    let values = if stream.items(entry.value).is_empty() {
                        vec![entry.value]
                    } else {
                        stream.items(entry.value).to_vec()
                    };
                    for value in values {
                        assert_eq!(
                            stream.scalar_type(value),
                            Some(ScalarType::String),
                            "{document:?}"
                        );
                        found.push(stream.scalar(value).unwrap().to_owned());
                    }
                }
            }
        }
        assert!(id.index() < 40);
    }
    found
}

/// The same by `serde_yaml`, a 1.2 reader on libyaml.
fn texts_in_by_serde(document: &str) -> Vec<String> {
    let value: serde_yaml::Value =
        serde_yaml::from_str(document).unwrap_or_else(|error| panic!("{error}\n{document:?}"));
    let mut found = Vec::new();
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        let serde_yaml::Value::Mapping(mapping) = value else {
            panic!("{document:?}")
        };
        for (key, value) in mapping {
            if value.as_str() == Some("key") {
                found.push(key.as_str().expect("a string").to_owned());
            } else if matches!(key.as_str(), Some("v" | "a")) {
                match value {
                    serde_yaml::Value::Sequence(items) => {
                        for item in items {
                            found.push(
                                item.as_str()
                                    .unwrap_or_else(|| panic!("{document:?}"))
                                    .to_owned(),
                            );
                        }
                    }
                    value => {
                        found.push(
                            value
                                .as_str()
                                .unwrap_or_else(|| panic!("{document:?}"))
                                .to_owned(),
                        );
                    }
                }
            } else if value.is_mapping() {
                waiting.push(value);
            }
        }
    }
    found
}

fn is_read_back(text: &str) {
    for style in STYLES {
        for line_break in ["\n", "\r\n"] {
            for document in documents(text, style, line_break) {
                let found = texts_in(&document);
                assert!(!found.is_empty(), "{document:?}");
                for found in &found {
                    assert!(
                        found == text || found == "x",
                        "{text:?} as {found:?}: {document:?}"
                    );
                }
                assert!(found.iter().any(|found| found == text));
                assert_eq!(found, texts_in_by_serde(&document), "{document:?}");
            }
        }
    }
}

#[test]
fn every_hard_text_is_read_back() {
    let mut texts = hard_texts();
    // For scripts/oracle/scalars.py.
    let mut dump = std::env::var_os("CONNDECK_DUMP").map(|_| {
        let mut runner = TestRunner::deterministic();
        let count = std::env::var("CONNDECK_TEXTS").ok();
        let count = count.and_then(|text| text.parse().ok()).unwrap_or(3000);
        texts.extend((0..count).map(|_| hard_text().new_tree(&mut runner).unwrap().current()));
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracle");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::File::create(folder.join("scalars.jsonl")).unwrap()
    });
    for text in texts {
        is_read_back(&text);
        if let Some(file) = &mut dump {
            let line = case(&text, &STYLES);
            std::io::Write::write_all(file, format!("{line}\n").as_bytes()).unwrap();
        }
    }
    for text in long_texts() {
        is_read_back(&text);
        if let Some(file) = &mut dump {
            let line = case(&text, &[None]);
            std::io::Write::write_all(file, format!("{line}\n").as_bytes()).unwrap();
        }
    }
}

/// A text and the documents that carry it, for `scripts/oracle/scalars.py`.
fn case(text: &str, styles: &[Option<ScalarStyle>]) -> serde_json::Value {
    let in_styles = |text: &str| -> Vec<String> {
        let all = styles.iter().flat_map(|style| {
            let line_break = if text.len() % 4 == 3 { "\r\n" } else { "\n" };
            documents(text, *style, line_break)
        });
        let unique: std::collections::BTreeSet<_> = all.collect();
        unique.into_iter().collect()
    };
    let documents = in_styles(text);
    let escaped = escape_interpolation(text).ok();
    // A text without `${` is written as it is.
    let escaped_documents = match &escaped {
        Some(escaped) if escaped != text => {
            let mut all = in_styles(escaped);
            all.retain(|document| !document.contains(": key"));
            all
        }
        Some(_) | None => Vec::new(),
    };
    let key = write(text, Position::Key, "\n", None, BlockScalars::Never);
    let refused = u8::from(escaped.is_none()) + u8::from(key.is_err());
    serde_json::json!({
        "text": text,
        "documents": documents,
        "escaped": escaped,
        "escaped_documents": escaped_documents,
        "refused": refused,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_text_is_read_back(text in hard_text()) {
        is_read_back(&text);
    }

    #[test]
    fn an_escaped_text_comes_back(text in "[\\\\${}a]{0,12}") {
        prop_assume!(text != "???");
        let escaped = escape_interpolation(&text).unwrap();
        prop_assert_eq!(unescape_interpolation(&escaped), Some(text));
    }

    #[test]
    fn numbers_keep_their_text(number in "-?[1-9][0-9]{0,12}(\\.[0-9]{1,3})?") {
        let value = NewValue::Number(number.clone());
        let written = crate::document::value::write_flow(&value, None).unwrap();
        prop_assert_eq!(written, number);
    }
}

#[test]
fn escapes_are_omegaconfs() {
    // Checked with OmegaConf 2.3.1 for all texts of up to seven of these characters.
    assert_eq!(escape_interpolation("${a}").unwrap(), r"\${a}");
    assert_eq!(escape_interpolation(r"\${a}").unwrap(), r"\\\${a}");
    assert_eq!(
        escape_interpolation(r"C:\x ${a} \").unwrap(),
        r"C:\x \${a} \"
    );
    assert!(escape_interpolation("???").is_err());
    assert_eq!(unescape_interpolation("${a}"), None);
    assert_eq!(unescape_interpolation(r"\\${a}"), None);
    assert_eq!(unescape_interpolation(r"a\b"), Some(r"a\b".to_owned()));
}

#[test]
fn what_needs_no_quotes_has_none() {
    let written = |text: &str| {
        let position = Position::Block {
            parent_column: 0,
            content_column: 2,
        };
        let written = write(text, position, "\n", None, BlockScalars::Allowed).unwrap();
        written.head + &written.body
    };
    for text in [
        "a",
        "gpt-4o",
        "${oc.env:OPENAI_API_KEY}",
        "https://api.openai.com/v1",
        "10.0.0.1",
        "127.0.0.1:8080",
        "2024-02-15-preview",
        "3f2a9c1e-0000-4000-8000-000000000001",
        "--flag",
        "dynamiq.connections.OpenAI",
        "naïve café",
        "a, b",
        "it's",
        "v1.2.3",
        "-y",
    ] {
        assert_eq!(written(text), text);
    }
    assert_eq!(written("-----BEGIN\nx\n"), "|\n  -----BEGIN\n  x");
    assert_eq!(written("a\n b\n\n"), "|+\n  a\n   b\n");
    assert_eq!(written(" a\nb"), "|2-\n   a\n  b");
    assert_eq!(written("yes"), "\"yes\"");
    assert_eq!(written("E80"), "\"E80\"");
    assert_eq!(written("e5-large"), "e5-large");
    assert_eq!(written("C:\\a: b"), "'C:\\a: b'");
}
