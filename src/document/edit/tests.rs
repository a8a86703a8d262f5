//! The lossless edit: chosen cases, a corpus of real and nasty files, generated documents.

mod corpus;
mod generated;
mod model;

use super::*;
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
