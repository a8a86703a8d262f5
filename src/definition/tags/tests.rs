//! Tags that come and go, however they are written.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn retag(add: &[&str], remove: &[&str]) -> Retag {
    let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    Retag {
        add: owned(add),
        remove: owned(remove),
    }
}

fn changed(text: &str, add: &[&str], remove: &[&str]) -> Result<Option<String>, String> {
    retagged(text, &Catalog::built_in(), &retag(add, remove))
}

#[track_caller]
fn becomes(before: &str, add: &[&str], remove: &[&str], after: &str) {
    let found = changed(before, add, remove).unwrap();
    assert_eq!(found.as_deref(), Some(after), "of {before:?}");
}

const REST: &str = "type: dynamiq.connections.OpenAI\n";

#[test]
fn every_form_of_tags() {
    let with = |tags: &str| format!("name: A\n{tags}{REST}");
    for (before, after) in [
        ("tags: [a, b]  # why\n", "tags: [a, c]  # why\n"),
        (
            "tags:\n  - a   # one\n  - b\n",
            "tags:\n  - a   # one\n  - c\n",
        ),
        ("tags: b\n", "tags:\n  - c\n"),
        ("tags: [b]\n", "tags: [c]\n"),
        ("", "tags:\n  - c\n"),
        ("tags:\n", "tags:\n  - c\n"),
        ("tags: []\n", "tags:\n  - c\n"),
        ("tags: [b, 1, b]\n", "tags: [1, c]\n"),
        (
            "tags: [b, '${oc.env:STAGE}']\n",
            "tags: ['${oc.env:STAGE}', c]\n",
        ),
    ] {
        becomes(&with(before), &["c"], &["b"], &with(after));
    }
    becomes(&with("tags: [b]\n"), &[], &["b"], &with(""));
    becomes(&with("tags: b\n"), &[], &["b"], &with(""));
    // What would be read as something else is quoted; what has a meaning to OmegaConf is escaped.
    becomes(
        &with("tags: [a]\n"),
        &["no"],
        &[],
        &with("tags: [a, \"no\"]\n"),
    );
    let text = changed(&with("tags: [a]\n"), &["${x}"], &[])
        .unwrap()
        .unwrap();
    assert_eq!(read(&text, &Catalog::built_in()).unwrap(), ["a", "${x}"]);
}

#[test]
fn what_is_so_already_is_not_written() {
    for text in ["tags: [a, 1]\n", "tags: a\n", "tags:\n- a\n"] {
        assert_eq!(changed(text, &["a"], &["b"]), Ok(None), "{text:?}");
    }
    assert_eq!(changed(REST, &[], &["b"]), Ok(None));
}

#[test]
fn what_is_no_list_of_texts_says_so() {
    for (text, reason) in [
        ("tags: ${oc.env:TAGS}\n", "an expression"),
        ("tags: {a: b}\n", "no list"),
        ("tags: true\n", "no list"),
        ("tags: [[a]]\n", "not all"),
        ("tags: [a, true]\n", "not all"),
        ("a: [\n", ""),
    ] {
        let found = changed(text, &["x"], &[]).unwrap_err();
        assert!(found.contains(reason), "{text:?}: {found}");
    }
}

#[test]
fn what_comes_from_elsewhere_is_left_there() {
    let text = "base: &base {tags: [a]}\n<<: *base\ntype: x\n";
    let found = changed(text, &["b"], &[]).unwrap().unwrap();
    assert_eq!(read(&found, &Catalog::built_in()).unwrap(), ["a", "b"]);
    assert!(
        found.starts_with("base: &base {tags: [a]}\n<<: *base\n"),
        "{found}"
    );
}

fn tag() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "a", "b", "c", "no", "1", "${x}", "# x", "a: b", "日本"
        ])
        .prop_map(str::to_owned),
        "[a-z]{1,6}",
    ]
}

fn text_of(tags: &[String], form: usize) -> String {
    let items = tags.iter().map(|tag| Value::Text(escaped(tag)));
    let edit = Edit::set(["tags"], Value::List(items.collect()));
    let head = [
        "# top\nname: A\ntype: x # why\n",
        "type: x\ntags: [ ]  # none\n",
        "type: x\ntags:\n",
    ];
    document::apply(head[form % head.len()], &[edit]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    /// The tags are the set that was asked for, nothing else of the connection changes, and doing it
    /// again changes nothing.
    #[test]
    fn tags_are_what_was_asked_for(
        before in prop::collection::vec(tag(), 0..6),
        add in prop::collection::vec(tag(), 0..4),
        remove in prop::collection::vec(tag(), 0..4),
        form in 0usize..3,
    ) {
        let catalog = Catalog::built_in();
        let text = text_of(&before, form);
        let asked = Retag { add: add.clone(), remove: remove.clone() };
        let after = retagged(&text, &catalog, &asked).unwrap();
        let wanted: BTreeSet<String> =
            before.iter().chain(&add).filter(|tag| !remove.contains(tag)).cloned().collect();
        let found = after.clone().unwrap_or_else(|| text.clone());
        let tags: BTreeSet<String> = read(&found, &catalog).unwrap().into_iter().collect();
        prop_assert_eq!(&tags, &wanted);
        prop_assert_eq!(retagged(&found, &catalog, &asked).unwrap(), None);
        let rest = |text: &str| {
            let definition = Definition::read(text, &catalog).unwrap();
            (definition.name, definition.type_path, definition.fields.len())
        };
        let fields = |text: &str| rest(text).2 - usize::from(Definition::read(text, &catalog).unwrap().field("tags").is_some());
        prop_assert_eq!(rest(&found).0, rest(&text).0);
        prop_assert_eq!(rest(&found).1, rest(&text).1);
        prop_assert_eq!(fields(&found), fields(&text));
        if let Some(after) = after {
            prop_assert_ne!(after, text);
        }
    }
}
