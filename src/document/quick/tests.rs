//! The quick reader against the full parser: the same tree, or none.

use proptest::prelude::*;

use super::super::{parse as parse_fully, tree};
use super::*;

/// Whether the quick reader takes the text; then the trees are equal.
fn takes(text: &str) -> bool {
    let Some(quick) = parse(text) else {
        return false;
    };
    match tree::parse(text) {
        Ok(full) => {
            assert_eq!(quick.documents, full.documents, "{text}");
            assert_eq!(quick.nodes, full.nodes, "{text}");
        }
        Err(problem) => panic!("{problem:?} in\n{text}"),
    }
    true
}

#[test]
fn what_workflows_are_made_of_is_read_quickly() {
    for text in [
        "a: b\n",
        "---\n# c\na: b # c\n\nc: d",
        "a:\nb: # c\n  c: 'it''s'\n  d: \"x \\\"y\\\" \\\\ \\n\"\n",
        "a:\n- b\n- c: d\n  e: f\n-   - g\n    - h\ni:\n  - -1\n",
        "- &x a\n- *x\n- &y\n  b: c\n- *y # c\n",
        "a: &z {b: [c, 'd', {\"e\": f g}], h: *z }\ni: [ ]\nj: {}\n",
        "a: |\n\n  b\n   c\n\n  d # no comment\n\n\ne: >-\n  f\n  g\n\n\n  h\n# c\ni: |-\n    j\n",
        "url: https://a.b:1/c#d\nplain: a 'b' \"c\" {d} [e], f\né: ü\n\"q r\": s\n",
    ] {
        assert!(takes(text), "{text}");
    }
}

#[test]
fn everything_else_is_left_to_the_full_parser() {
    for text in [
        "",
        "a\n",
        "# c\n",
        "a: b\n  c\n",
        "a: \"b\n  c\"\n",
        "a: !!str b\n",
        "a:\tb\n",
        "a: b\r\n",
        "\u{feff}a: b\n",
        "a: b\n---\nc: d\n",
        "a: b\n...\n",
        "%YAML 1.2\n---\na: b\n",
        "? a\n: b\n",
        "a: |2\n  b\n",
        "a: |+\n  b\n\n",
        "a: |\n  b",
        "a: [b,\n c]\n",
        "a: [b, c: d]\n",
        "a: *b\n",
        "a: b: c\n",
        "a: # c\n b: c\nd: - e\n",
        "a: \"\\x41\"\n",
        "a: @b\n",
        "a: \u{2028}\n",
        "a: \u{85}\n",
    ] {
        assert!(!takes(text), "{text}");
    }
}

/// Pieces of lines; a text is lines of some of these, each indented somehow.
const PIECES: [&str; 66] = [
    "a",
    "b",
    "c d",
    "é",
    "a: ",
    "b: ",
    "a:",
    "\"k\": ",
    "'k':",
    "<<: ",
    "- ",
    "- ",
    "-",
    "-1",
    "? ",
    ":",
    " ",
    "  ",
    " #",
    "#",
    "# c",
    "&x ",
    "&y",
    "*x",
    "*y ",
    "*x",
    "|",
    ">",
    "|-",
    ">-",
    "| # c",
    ">+",
    "|2",
    "\"",
    "'",
    "\"a\"",
    "'a'",
    "\"a\\n\"",
    "\"\\\\\"",
    "''",
    "\"\\x41\"",
    "{",
    "}",
    "[",
    "]",
    ", ",
    ",",
    "{}",
    "[]",
    "[a, b]",
    "{a: b}",
    "{a: [b, 'c'], d: *x}",
    "{a: b, c}",
    "{a: }",
    "[a: b]",
    "http://a:1/b",
    "a#b",
    "a:b",
    "---",
    "...",
    "!!str ",
    "!",
    "\t",
    "\\",
    "$",
    "=",
];

fn lines() -> impl Strategy<Value = String> {
    let line = (0..6usize, prop::collection::vec(0..PIECES.len(), 0..5));
    let usual = (0..4usize, 0..USUAL.len())
        .prop_map(|(indent, line)| format!("{}{}\n", "  ".repeat(indent), USUAL[line]));
    let odd = line.prop_map(|(indent, pieces)| {
        let line: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        format!("{}{line}\n", " ".repeat(indent))
    });
    prop::collection::vec(prop_oneof![2 => usual, 1 => odd], 1..9).prop_map(|lines| lines.concat())
}

/// Lines that are right in many places.
const USUAL: [&str; 28] = [
    "a:",
    "b: c",
    "d: 'e'",
    "f: \"g\" # h",
    "- a",
    "- b: c",
    "- b:",
    "-",
    "- - a",
    "i: |",
    "i: >-",
    "- |-",
    "text",
    "more text ",
    "",
    "# c",
    "j: &x k",
    "l: *x",
    "m: &x",
    "n: {o: p}",
    "q: [r, s]",
    "t: {u: *x}",
    "- &y",
    "- *y",
    "- &x a",
    "key with spaces: v",
    "\"quoted key\": v",
    "v: {w: [x, {y: z}]}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6000))]

    #[test]
    fn the_tree_is_that_of_the_full_parser(text in lines(), cut in 0..400usize) {
        takes(&text);
        // Without its end, also within a line.
        let cut = cut.min(text.len());
        if text.is_char_boundary(cut) {
            takes(&text[..cut]);
        }
    }

    #[test]
    fn any_character_is_safe(before in "[a-z:\\- \n\"'|>]{0,6}", any in any::<char>(), after in "[a-z: \n\"']{0,6}") {
        takes(&format!("a: {before}{any}{after}\nb: c\n"));
        takes(&format!("a: \"{any}\"\nb: '{any}'\nc: |\n  {any}\n{any}: {any}{after}\nd: {{{any}: [{any}]}}\n"));
    }
}

#[test]
fn changed_in_one_place_it_is_still_the_same_tree_or_none() {
    let text = "prompts:\n  p: &x\n    - role: user\n      content: |\n        One: two.\n\n         - three\n\n\
                nodes:\n  n-1:\n    connection: \"openai\" # c\n    tools:\n    - {a: 'b', c: [d, *x]}\n    - e: f\n\
                \n  n-2: >-\n    g\n    h\n";
    assert!(parse_fully(text).is_ok() && takes(text));
    let mut taken = 0;
    for at in 0..=text.len() {
        for put in [
            "", " ", "\n", "-", "- ", ":", ": ", "#", " #", "\"", "'", "{", "}", "[", "]", ",",
            "&x ", "*x", "|", "\n\n", "\n ",
        ] {
            for skip in 0..3.min(text.len() + 1 - at) {
                taken += usize::from(takes(&format!(
                    "{}{put}{}",
                    &text[..at],
                    &text[at + skip..]
                )));
            }
        }
    }
    assert!(taken > 1000, "{taken}");
}
