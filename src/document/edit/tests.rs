//! The lossless edit: chosen cases, a corpus of real and nasty files, generated documents.

#![expect(
    clippy::needless_raw_string_hashes,
    clippy::too_many_lines,
    clippy::format_push_string,
    reason = "expect-test writes the strings; the tests are lists of cases"
)]

mod corpus;
mod dump;
mod generated;
mod model;
mod random;
mod writer;

use super::*;
use crate::document;
use expect_test::expect;

fn text(text: &str) -> NewValue {
    NewValue::Text(text.to_owned())
}

/// The text after one edit, or why not.
fn edited(before: &str, edit: Edit) -> String {
    match apply(before, &[edit]) {
        Ok(after) => after,
        Err(refusal) => format!("refused: {refusal}"),
    }
}

#[test]
fn a_value_is_replaced_in_its_place() {
    let before = "a: 1   # one\r\nb: 'x'  # two\r\nc:   # three\r\nd: |  # four\r\n  l1\r\n# end";
    let set = |key: &str, value| edited(before, Edit::set([key], value));
    expect![[r##"
        "a: \"2\"   # one\r\nb: 'x'  # two\r\nc:   # three\r\nd: |  # four\r\n  l1\r\n# end"
        "a: 1   # one\r\nb: 'it''s'  # two\r\nc:   # three\r\nd: |  # four\r\n  l1\r\n# end"
        "a: 1   # one\r\nb: 'x'  # two\r\nc: x   # three\r\nd: |  # four\r\n  l1\r\n# end"
        "a: 1   # one\r\nb: 'x'  # two\r\nc:   # three\r\nd: 7  # four\r\n# end"
        "a: |-   # one\r\n  x\r\n  y\r\nb: 'x'  # two\r\nc:   # three\r\nd: |  # four\r\n  l1\r\n# end"
        "a: 1   # one\r\nb:  # two\r\n  k: v\r\n  l:\r\n    - 1\r\nc:   # three\r\nd: |  # four\r\n  l1\r\n# end"
        "a: 1   # one\r\nb: 'x'  # two\r\nc:   # three\r\nd: |  # four\r\n  l1\r\ne: new\r\n# end"
    "##]]
    .assert_eq(
        &[
            set("a", text("2")),
            set("b", text("it's")),
            set("c", text("x")),
            set("d", NewValue::Number("7".into())),
            set("a", text("x\ny")),
            set(
                "b",
                NewValue::Map(vec![
                    ("k".into(), text("v")),
                    ("l".into(), NewValue::List(vec![NewValue::Number("1".into())])),
                ]),
            ),
            set("e", text("new")),
        ]
        .map(|after| format!("{after:?}\n"))
        .concat(),
    );
}

#[test]
fn what_other_places_see_is_not_changed() {
    let before = "a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  m: 1\nd: &y 1\n";
    expect![[r#"
        refused: `a` is used elsewhere by the alias `*x`, which would change with it (line 2)
        refused: `a` is used elsewhere by the alias `*x`, which would change with it (line 2)
        refused: `a` is used elsewhere by the alias `*x`, which would change with it (line 2)
        refused: `b` is an alias: what it stands for is elsewhere (line 2)
        a: &x {k: 1}
        b: z
        c:
          <<: *x
          m: 1
        d: &y 1

        refused: `c.k` comes in by `<<` (line 4)
        a: &x {k: 1}
        b: *x
        c:
          <<: *x
          m: 1
          k: z
        d: &y 1

        a: &x {k: 1}
        b: *x
        c:
          <<: *x
          m: 1
        d: &y z

    "#]]
    .assert_eq(
        &[
            Edit::set(["a"], text("z")),
            Edit::unset(["a"]),
            Edit::set(["a", "k"], text("z")),
            Edit::set(["b", "k"], text("z")),
            Edit::set(["b"], text("z")),
            Edit::unset(["c", "k"]),
            Edit::set(["c", "k"], text("z")),
            Edit::set(["d"], text("z")),
        ]
        .map(|edit| edited(before, edit) + "\n")
        .concat(),
    );
}

fn shown(before: &str, edits: &[Edit]) -> String {
    edits
        .iter()
        .map(|edit| edited(before, edit.clone()).replace('\r', "\\r") + "=====\n")
        .collect()
}

fn list(items: &[&str]) -> NewValue {
    NewValue::List(items.iter().map(|item| text(item)).collect())
}

fn map(entries: &[(&str, &str)]) -> NewValue {
    NewValue::Map(
        entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), text(value)))
            .collect(),
    )
}

#[test]
fn a_new_entry_goes_to_its_place() {
    let before = "# file\na: 1  # one\n\n# about b\nb:\n  - x\n  # end of b\n\nc: 3\n";
    let new = |place| Edit::Set {
        path: vec!["new".into()],
        value: text("n"),
        place,
    };
    expect![[r##"
        # file
        a: 1  # one

        # about b
        b:
          - x
          # end of b

        c: 3
        new: "n"
        =====
        # file
        a: 1  # one
        new: "n"

        # about b
        b:
          - x
          # end of b

        c: 3
        =====
        # file
        a: 1  # one

        # about b
        b:
          - x
          # end of b
        new: "n"

        c: 3
        =====
        # file
        a: 1  # one

        new: "n"
        # about b
        b:
          - x
          # end of b

        c: 3
        =====
        new: "n"
        # file
        a: 1  # one

        # about b
        b:
          - x
          # end of b

        c: 3
        =====
        # file
        a: 1  # one

        # about b
        b:
          - x
          # end of b

        c: 3
        new: "n"
        =====
    "##]]
    .assert_eq(&shown(
        before,
        &[
            new(Place::End),
            new(Place::After("a".into())),
            new(Place::After("b".into())),
            new(Place::Before("b".into())),
            new(Place::Before("a".into())),
            new(Place::After("none".into())),
        ],
    ));
}

#[test]
fn collections_are_edited_where_they_differ() {
    let before = "tags: # all\n- a  # first\n- b\n# about c\n- c\nheaders:\n  A: 'x'  # a\n  B: y\nflow: [1, 'b', {c: d}]\n";
    expect![[r#"
        tags: # all
        - a  # first
        # about c
        - c
        headers:
          A: 'x'  # a
          B: y
        flow: [1, 'b', {c: d}]
        =====
        tags: # all
        - a  # first
        - b
        - x
        # about c
        - c
        headers:
          A: 'x'  # a
          B: y
        flow: [1, 'b', {c: d}]
        =====
        tags: # all
        - x
        - a  # first
        - b
        # about c
        - c
        headers:
          A: 'x'  # a
          B: y
        flow: [1, 'b', {c: d}]
        =====
        tags: # all
        - a  # first
        - z
        # about c
        - c
        - d
        headers:
          A: 'x'  # a
          B: y
        flow: [1, 'b', {c: d}]
        =====
        tags: # all
        - other
        headers:
          A: 'x'  # a
          B: y
        flow: [1, 'b', {c: d}]
        =====
        tags: [] # all
        headers:
          A: 'x'  # a
          B: y
        flow: [1, 'b', {c: d}]
        =====
        tags: # all
        - a  # first
        - b
        # about c
        - c
        headers:
          A: 'it''s'  # a
          New: "n"
          B: y
        flow: [1, 'b', {c: d}]
        =====
        tags: # all
        - a  # first
        - b
        # about c
        - c
        headers:
          C: new
        flow: [1, 'b', {c: d}]
        =====
        tags: # all
        - a  # first
        - b
        # about c
        - c
        headers: {}
        flow: [1, 'b', {c: d}]
        =====
        tags: # all
        - a  # first
        - b
        # about c
        - c
        headers:
          A: 'x'  # a
          B: y
        flow: [{k: v}, 1, 'b', {c: d}]
        =====
        tags: # all
        - a  # first
        - b
        - k: v
          l: |-
            l1
            l2
        # about c
        - c
        headers:
          A: 'x'  # a
          B: y
        flow: [1, 'b', {c: d}]
        =====
    "#]]
    .assert_eq(&shown(
        before,
        &[
            Edit::set(["tags"], list(&["a", "c"])),
            Edit::set(["tags"], list(&["a", "b", "x", "c"])),
            Edit::set(["tags"], list(&["x", "a", "b", "c"])),
            Edit::set(["tags"], list(&["a", "z", "c", "d"])),
            Edit::set(["tags"], list(&["other"])),
            Edit::set(["tags"], list(&[])),
            Edit::set(["headers"], map(&[("A", "it's"), ("New", "n"), ("B", "y")])),
            Edit::set(["headers"], map(&[("C", "new")])),
            Edit::set(["headers"], map(&[])),
            Edit::Insert {
                path: vec!["flow".into(), Step::Index(0)],
                value: map(&[("k", "v")]),
            },
            Edit::Insert {
                path: vec!["tags".into(), Step::Index(2)],
                value: map(&[("k", "v"), ("l", "l1\nl2")]),
            },
        ],
    ));
}

#[test]
fn the_last_entry_leaves_an_empty_collection() {
    expect![[r#"
        a: {}  # c
          # about x
          # end
        b: 2
        =====
        # c
        {}
        # end
        =====
        # c
        # e
        a: x
        =====
        a: []
        =====
        a: {}
        b: {}  # b
        c: []
        =====
        a: {x: 1}
        b:  # b
          k: v
        c: []
        =====
        a: {x: 1}
        b: {}  # b
        c:
          - v
        =====
        a:
          b: x
        =====
        # only\r
        # comments\r
        a: |\r
          x\r
          y\r
        =====
        ---
        a: x
        =====
    "#]]
    .assert_eq(
        &[
            shown(
                "a:  # c\n  # about x\n  x: 1  # x\n  # end\nb: 2\n",
                &[Edit::unset(["a", "x"])],
            ),
            shown("# c\na: 1  # a\n# end\n", &[Edit::unset(["a"])]),
            shown("# c\n{}  # e\n", &[Edit::set(["a"], text("x"))]),
            shown(
                "a:\n- x\n",
                &[Edit::Unset {
                    path: vec!["a".into(), Step::Index(0)],
                }],
            ),
            shown(
                "a: {x: 1}\nb: {}  # b\nc: []\n",
                &[
                    Edit::unset(["a", "x"]),
                    Edit::set(["b", "k"], text("v")),
                    Edit::Set {
                        path: vec!["c".into(), Step::Index(0)],
                        value: text("v"),
                        place: Place::End,
                    },
                ],
            ),
            shown("", &[Edit::set(["a", "b"], text("x"))]),
            shown("# only\r\n# comments", &[Edit::set(["a"], text("x\ny\n"))]),
            shown("---\n", &[Edit::set(["a"], text("x"))]),
        ]
        .concat(),
    );
}

/// What our parser takes, and libyaml or `PyYAML` does not.
#[test]
fn other_readers_can_read_the_result() {
    expect![[r#"
        {a: , b: x }
        =====
        {a: !!str , b: x }
        =====
        {a: 1, b: x}
        =====
        [{a: b, c: x}, d]
        =====
        [{c: x, a: b}, d]
        =====
        - # c
          k: v
        =====
        - # c
          k: v
        =====
        a:
          # c
          true
        =====
        a:
            # c
          k: v
        =====
        --- # c
        a: |
          x
        ...
        # e
        =====
    "#]]
    .assert_eq(
        &[
            shown("{a: }\n", &[Edit::set(["b"], text("x"))]),
            shown("{a: !!str }\n", &[Edit::set(["b"], text("x"))]),
            shown("{a: 1}\n", &[Edit::set(["b"], text("x"))]),
            shown(
                "[a: b, d]\n",
                &[
                    Edit::set([Step::Index(0), "c".into()], text("x")),
                    Edit::Set {
                        path: vec![Step::Index(0), "c".into()],
                        value: text("x"),
                        place: Place::Before("a".into()),
                    },
                ],
            ),
            shown(
                "- |\t# c\n  x\n",
                &[Edit::set([Step::Index(0)], map(&[("k", "v")]))],
            ),
            shown(
                "-\n  | \t# c\n  x\n",
                &[Edit::set([Step::Index(0)], map(&[("k", "v")]))],
            ),
            shown(
                "a:\n  # c\n  !!str x\n",
                &[Edit::set(["a"], NewValue::Bool(true))],
            ),
            shown(
                "a:\n  !!str |  # c\n  x\n",
                &[Edit::set(["a"], map(&[("k", "v")]))],
            ),
            shown("--- # c\n...\n# e\n", &[Edit::set(["a"], text("x\n"))]),
        ]
        .concat(),
    );
}

#[test]
fn a_key_is_renamed_in_its_place() {
    let before = "a: 1\n'b': {c: 1}  # c\n";
    let rename = |path: &[&str], to: &str| Edit::RenameKey {
        path: path.iter().map(|step| Step::from(*step)).collect(),
        to: to.to_owned(),
    };
    expect![[r#"
        "yes": 1
        'b': {c: 1}  # c
        =====
        a: 1
        'it''s': {c: 1}  # c
        =====
        a: 1
        'b': {"x:y": 1}  # c
        =====
        refused: there is a `a` already (line 1)=====
        refused: there is no `none`=====
    "#]]
    .assert_eq(&shown(
        before,
        &[
            rename(&["a"], "yes"),
            rename(&["b"], "it's"),
            rename(&["b", "c"], "x:y"),
            rename(&["b"], "a"),
            rename(&["none"], "a"),
        ],
    ));
}

#[test]
fn scalars_are_replaced_in_any_document() {
    let before = "a: &x old # c\nb: *x\nl: [old, 'old', \"old\", older]\n---\nold: |-\n  old\nc:\n- >-\n  old\n- !!str old\n- !local old\n";
    let stream = parse(before).unwrap();
    let olds: Vec<_> = stream
        .nodes()
        .filter(|(id, node)| {
            matches!(node.content, Content::Scalar { .. }) && stream.scalar(*id) == Some("old")
        })
        .map(|(_, node)| node.span.clone())
        .collect();
    let replaced = |to: &str| {
        let replacements: Vec<_> = olds
            .iter()
            .map(|span| (span.clone(), to.to_owned()))
            .collect();
        replace_scalars(before, &replacements).unwrap_or_else(|refusal| refusal.to_string())
    };
    expect![[r#"
        a: &x new # c
        b: *x
        l: [new, 'new', "new", older]
        ---
        new: |-
          new
        c:
        - >-
          new
        - !!str new
        - !local new
        =====
        a: &x "yes" # c
        b: *x
        l: ["yes", 'yes', "yes", older]
        ---
        "yes": |-
          yes
        c:
        - >-
          yes
        - !!str "yes"
        - !local "yes"
    "#]]
    .assert_eq(&(replaced("new") + "=====\n" + &replaced("yes")));
    assert!(replace_scalars(before, &[(0..3, "x".into())]).is_err());
    assert_eq!(replace_scalars(before, &[]).as_deref(), Ok(before));
}

#[test]
fn changes_of_kind_keep_comments() {
    let before =
        "a: &x 1  # a\nb:  # b\n  - k: |  # text\n      l1\n    m: 2\n  - last  # l\n# end\n";
    let path = |steps: &[Step]| steps.to_vec();
    let (b, k, m) = (Step::from("b"), Step::from("k"), Step::from("m"));
    let set = |path: Vec<Step>, value: &NewValue| Edit::set(path, value.clone());
    let values = [
        text("x"),
        text("l1\nl2\n"),
        list(&["x", "y"]),
        map(&[("p", "q"), ("r", "s")]),
    ];
    let edits: Vec<_> = values
        .iter()
        .flat_map(|value| {
            [
                set(vec!["a".into()], value),
                set(path(&[b.clone(), 0.into(), k.clone()]), value),
                set(path(&[b.clone(), 0.into(), m.clone()]), value),
                set(path(&[b.clone(), 0.into()]), value),
                set(path(&[b.clone(), 1.into()]), value),
                set(vec![b.clone()], value),
            ]
        })
        .collect();
    expect![[r#"
        a: &x x  # a
        b:  # b
          - k: |  # text
              l1
            m: 2
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k: |-  # text
              x
            m: 2
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k: |  # text
              l1
            m: x
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - x
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k: |  # text
              l1
            m: 2
          - x  # l
        # end
        =====
        a: &x 1  # a
        b: x  # b
        # end
        =====
        a: &x |  # a
          l1
          l2
        b:  # b
          - k: |  # text
              l1
            m: 2
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k: |  # text
              l1
              l2
            m: 2
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k: |  # text
              l1
            m: |
              l1
              l2
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - |
            l1
            l2
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k: |  # text
              l1
            m: 2
          - |  # l
            l1
            l2
        # end
        =====
        a: &x 1  # a
        b: |  # b
          l1
          l2
        # end
        =====
        a: &x  # a
          - x
          - "y"
        b:  # b
          - k: |  # text
              l1
            m: 2
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k:  # text
              - x
              - "y"
            m: 2
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k: |  # text
              l1
            m:
              - x
              - "y"
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - - x
            - "y"
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k: |  # text
              l1
            m: 2
          -  # l
            - x
            - "y"
        # end
        =====
        a: &x 1  # a
        b:  # b
          - x
          - "y"
        # end
        =====
        a: &x  # a
          p: q
          r: s
        b:  # b
          - k: |  # text
              l1
            m: 2
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k:  # text
              p: q
              r: s
            m: 2
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k: |  # text
              l1
            m:
              p: q
              r: s
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - p: q
            r: s
          - last  # l
        # end
        =====
        a: &x 1  # a
        b:  # b
          - k: |  # text
              l1
            m: 2
          -  # l
            p: q
            r: s
        # end
        =====
        a: &x 1  # a
        b:  # b
          p: q
          r: s
        # end
        =====
    "#]]
    .assert_eq(&shown(before, &edits));
}

#[test]
fn tags_stay_while_they_fit() {
    let before = "a: !!str 12  # c\nb: !secret x  # c\nc: !!int &n 5\nd: ! 5\n";
    expect![[r#"
        a: !!str "13"  # c
        b: !secret x  # c
        c: !!int &n 5
        d: ! 5
        =====
        a: 13  # c
        b: !secret x  # c
        c: !!int &n 5
        d: ! 5
        =====
        a: !!str 12  # c
        b: !secret "y"  # c
        c: !!int &n 5
        d: ! 5
        =====
        refused: `b` has a tag of its own (line 2)=====
        a: !!str 12  # c
        b: !secret x  # c
        c: &n x
        d: ! 5
        =====
        a: !!str 12  # c
        b: !secret x  # c
        c: !!int &n 6
        d: ! 5
        =====
        a: !!str 12  # c
        b: !secret x  # c
        c: &n
          k: v
        d: ! 5
        =====
        a: !!str 12  # c
        b: !secret x  # c
        c: !!int &n 5
        d: "yes"
        =====
    "#]]
    .assert_eq(&shown(
        before,
        &[
            Edit::set(["a"], text("13")),
            Edit::set(["a"], NewValue::Number("13".into())),
            Edit::set(["b"], text("y")),
            Edit::set(["b"], NewValue::Null),
            Edit::set(["c"], text("x")),
            Edit::set(["c"], NewValue::Number("6".into())),
            Edit::set(["c"], map(&[("k", "v")])),
            Edit::set(["d"], text("yes")),
        ],
    ));
}

#[test]
fn a_refusal_says_why() {
    let why = |before: &str, edit: Edit| edited(before, edit) + "\n";
    let set = |path: &[&str]| Edit::set(path.iter().copied(), text("x"));
    expect![[r#"
        refused: the file has several documents (line 3)
        refused: the key `c` stands twice (line 2)
        refused: the text is not valid YAML: unclosed bracket '[' (line 1)
        refused: `a` is a single value (line 1)
        refused: the document is a list (line 1)
        refused: the document is a single value (line 1)
        refused: `a` is a list (line 1)
        refused: `a` is no list (line 1)
        refused: `a` is a list with fewer items (line 1)
        refused: the value is not a number
        refused: a key of more than 1,000 characters
        refused: `a.k` would still come in by `<<` (line 3)
        refused: `a.k` comes in by `<<` (line 3)
    "#]]
    .assert_eq(
        &[
            why("a: 1\n---\nb: 2\n", set(&["a"])),
            why("a: 1\nb: {c: 1, c: 2}\n", set(&["a"])),
            why("a: [\n", set(&["a"])),
            why("a: 1\n", set(&["a", "b"])),
            why("- a\n", set(&["a"])),
            why("text\n", set(&["a"])),
            why("a: [x]\n", set(&["a", "b"])),
            why(
                "a: {b: 1}\n",
                Edit::Unset {
                    path: vec!["a".into(), 0.into()],
                },
            ),
            why(
                "a: [x]\n",
                Edit::Set {
                    path: vec!["a".into(), 7.into()],
                    value: text("x"),
                    place: Place::End,
                },
            ),
            why("a: 1\n", Edit::set(["a"], NewValue::Number("five".into()))),
            why("a: 1\n", Edit::set([&*"k".repeat(2000)], text("x"))),
            why(
                "d: &d {k: 1}\na:\n  <<: *d\n  k: 2\n",
                Edit::unset(["a", "k"]),
            ),
            why("d: &d {k: {l: 1}}\na:\n  <<: *d\n", set(&["a", "k", "m"])),
        ]
        .concat(),
    );
}

#[test]
fn what_is_so_already_is_not_written() {
    let before = "a: 0x1F\nb: yes\nc: 1.50\nd: 'x'\ne:\nf: {x: 1, y: [2]}\ng: &g x\nh: *g\ni:\n  <<: {k: v}\n";
    let number = |text: &str| NewValue::Number(text.to_owned());
    let same = [
        Edit::set(["a"], number("31")),
        Edit::set(["b"], NewValue::Bool(true)),
        Edit::set(["c"], number("1.5")),
        Edit::set(["d"], text("x")),
        Edit::set(["e"], NewValue::Null),
        Edit::set(
            ["f"],
            NewValue::Map(vec![
                ("y".into(), NewValue::List(vec![number("2")])),
                ("x".into(), number("1")),
            ]),
        ),
        Edit::set(["h"], text("x")),
        Edit::set(["i", "k"], text("v")),
        Edit::unset(["none"]),
        Edit::unset(["e", "none"]),
    ];
    for edit in &same {
        assert_eq!(
            apply(before, std::slice::from_ref(edit)).as_deref(),
            Ok(before),
            "{edit:?}"
        );
    }
    assert_eq!(apply(before, &same).as_deref(), Ok(before));
    for (key, value) in [("a", text("0x1F")), ("b", text("yes")), ("e", text(""))] {
        assert_ne!(
            apply(before, &[Edit::set([key], value)]).as_deref(),
            Ok(before)
        );
    }
}

fn format_entry(number: usize) -> String {
    format!("  k{number}: # c\n    a: {number}\n    b: \"x y z\"\n    c: [1, 2]\n")
}

/// A megabyte of entries, each with a small mapping.
fn large() -> String {
    let mut out = String::from("root:\n");
    for number in 0..20_000 {
        out.push_str(&format_entry(number));
    }
    out
}

#[test]
fn a_large_file_is_edited() {
    let before = large();
    assert!(before.len() > 1 << 20, "{}", before.len());
    let edits = [
        Edit::set(["root", "k10000", "b"], text("new")),
        Edit::set(["root", "new"], text("new")),
        Edit::unset(["root", "k5"]),
    ];
    for edit in edits {
        // Anything quadratic in the 180,000 nodes would take minutes here.
        let after = apply(&before, std::slice::from_ref(&edit)).unwrap();
        assert!(after != before);
    }
    let stream = parse(&before).unwrap();
    let replacements: Vec<_> = stream
        .nodes()
        .filter(|(id, _)| stream.scalar(*id) == Some("x y z"))
        .map(|(_, node)| (node.span.clone(), "other".to_owned()))
        .collect();
    assert_eq!(replacements.len(), 20_000);
    let after = replace_scalars(&before, &replacements).unwrap();
    assert!(after == before.replace("\"x y z\"", "\"other\""));
}
