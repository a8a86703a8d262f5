//! Laws of the merge over all kinds of values, and examples that a person would expect.

use proptest::prelude::*;

use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn list(items: &[&str]) -> Value {
    Value::List(items.iter().map(|item| text(item)).collect())
}

fn map(entries: &[(&str, &str)]) -> Value {
    let entries = entries
        .iter()
        .map(|(key, value)| ((*key).to_owned(), text(value)));
    Value::Map(entries.collect())
}

/// The merged value, and the paths of the conflicts; `side` decides all of them.
fn merged(
    base: Option<&Value>,
    mine: Option<&Value>,
    theirs: Option<&Value>,
    side: Side,
) -> (Option<Value>, Vec<String>) {
    let mut asked = Vec::new();
    let mut decide = |conflict: &Conflict| {
        asked.push(conflict.path.join("."));
        side
    };
    let value = merge(&["f".to_owned()], base, mine, theirs, &mut decide);
    (value, asked)
}

/// `None` if somebody has to decide.
fn of_lists(base: &[&str], mine: &[&str], theirs: &[&str]) -> Option<Value> {
    let (base, mine, theirs) = (list(base), list(mine), list(theirs));
    let (value, asked) = merged(Some(&base), Some(&mine), Some(&theirs), Side::Mine);
    value.filter(|_| asked.is_empty())
}

#[test]
fn entries_of_a_map_merge_each_by_itself() {
    let base = map(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]);
    let mine = map(&[("a", "mine"), ("c", "mine"), ("d", "4"), ("e", "mine")]);
    let theirs = map(&[("a", "1"), ("b", "2"), ("c", "theirs"), ("f", "theirs")]);
    let (value, asked) = merged(Some(&base), Some(&mine), Some(&theirs), Side::Theirs);
    let expected = map(&[
        ("a", "mine"),
        ("c", "theirs"),
        ("f", "theirs"),
        ("e", "mine"),
    ]);
    assert_eq!((value, asked), (Some(expected), vec!["f.c".to_owned()]));
}

#[test]
fn what_one_side_removed_and_the_other_changed_is_asked_about() {
    let base = map(&[("a", "1"), ("b", "1")]);
    let mine = map(&[("a", "2"), ("b", "1")]);
    let theirs = map(&[("b", "1")]);
    let (value, asked) = merged(Some(&base), Some(&mine), Some(&theirs), Side::Mine);
    assert_eq!(asked, ["f.a"]);
    assert_eq!(value, Some(map(&[("b", "1"), ("a", "2")])));
    let (value, asked) = merged(Some(&base), Some(&mine), None, Side::Theirs);
    assert_eq!((value, asked), (None, vec!["f".to_owned()]));
}

#[test]
fn items_of_a_list_merge_where_one_side_alone_changed_them() {
    let base = ["-y", "server", "--port", "1"];
    let longer = ["-y", "server", "--port", "1", "--mine"];
    let other = ["-y", "their-server", "--port", "1"];
    let both = list(&["-y", "their-server", "--port", "1", "--mine"]);
    assert_eq!(of_lists(&base, &longer, &other), Some(both.clone()));
    assert_eq!(of_lists(&base, &other, &longer), Some(both));
    // Neighbours, by their place.
    let mine = ["-y", "server", "--port", "2"];
    let theirs = ["-y", "server", "--host", "1"];
    let both = list(&["-y", "server", "--host", "2"]);
    assert_eq!(of_lists(&base, &mine, &theirs), Some(both));
    // The same place, differently: by a change, and by an addition.
    assert_eq!(of_lists(&["a"], &["b"], &["c"]), None);
    assert_eq!(of_lists(&["a"], &["a", "b"], &["a", "c"]), None);
    let both = Some(list(&["a", "b"]));
    assert_eq!(of_lists(&["a"], &["a", "b"], &["a", "b"]), both);
    // Neighbours that went, one on each side: nobody can tell where the other would stand.
    assert_eq!(of_lists(&["a", "b"], &["a"], &["b"]), None);
}

fn value() -> impl Strategy<Value = Value> {
    // Few different texts, so that sides often agree.
    let scalar = prop_oneof![
        "[ab]".prop_map(Value::Text),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::btree_map("[k-m]", inner.clone(), 1..4)
                .prop_map(|entries| Value::Map(entries.into_iter().collect())),
            prop::collection::vec(inner, 1..5).prop_map(Value::List),
        ]
    })
}

/// The value without regard to the order of entries, which no reader knows.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect();
            entries.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Map(entries)
        }
        Value::List(items) => Value::List(items.iter().map(sorted).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => value.clone(),
    }
}

fn at<'v>(value: Option<&'v Value>, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value?, |value, key| match value {
        Value::Map(entries) => get(entries, key),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_side_that_changed_nothing_has_no_say(
        base in prop::option::of(value()), other in prop::option::of(value()),
    ) {
        let (base, other) = (base.as_ref(), other.as_ref());
        for (mine, theirs) in [(base, other), (other, base), (other, other)] {
            let (value, asked) = merged(base, mine, theirs, Side::Mine);
            prop_assert_eq!(value.as_ref(), other);
            prop_assert!(asked.is_empty());
        }
    }

    #[test]
    fn it_does_not_matter_which_side_is_called_mine(
        base in prop::option::of(value()),
        mine in prop::option::of(value()),
        theirs in prop::option::of(value()),
    ) {
        let (base, mine, theirs) = (base.as_ref(), mine.as_ref(), theirs.as_ref());
        let (one, mut asked) = merged(base, mine, theirs, Side::Mine);
        let (other, mut asked_the_other_way) = merged(base, theirs, mine, Side::Theirs);
        asked.sort();
        asked_the_other_way.sort();
        prop_assert_eq!(&asked, &asked_the_other_way);
        prop_assert_eq!(one.as_ref().map(sorted), other.as_ref().map(sorted));
    }

    /// No change is lost: what a conflict was decided for is in the result, and what one side alone
    /// changed in a map as well.
    #[test]
    fn what_was_decided_is_in_the_result(
        base in prop::option::of(value()),
        mine in prop::option::of(value()),
        theirs in prop::option::of(value()),
        sides in prop::collection::vec(any::<bool>(), 1..6),
    ) {
        let mut decided = Vec::new();
        let mut decide = |conflict: &Conflict| {
            let side = if sides[decided.len() % sides.len()] { Side::Mine } else { Side::Theirs };
            decided.push((conflict.clone(), side));
            side
        };
        let result = merge(&[], base.as_ref(), mine.as_ref(), theirs.as_ref(), &mut decide);
        for (conflict, side) in &decided {
            prop_assert_ne!(&conflict.mine, &conflict.theirs);
            prop_assert_ne!(&conflict.mine, &conflict.base);
            prop_assert_ne!(&conflict.theirs, &conflict.base);
            let wanted = match side {
                Side::Mine => &conflict.mine,
                Side::Theirs => &conflict.theirs,
            };
            prop_assert_eq!(at(result.as_ref(), &conflict.path), wanted.as_ref());
        }
        if let (Some(Value::Map(base)), Some(Value::Map(mine)), Some(Value::Map(theirs))) =
            (&base, &mine, &theirs)
        {
            for (key, value) in mine {
                if get(base, key) == get(theirs, key) {
                    prop_assert_eq!(at(result.as_ref(), std::slice::from_ref(key)), Some(value));
                }
            }
        }
    }
}
