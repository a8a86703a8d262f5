//! The grammar and the resolution, by example. `scripts/oracle/interpolations.py` compares both
//! with `OmegaConf` over many more.

use super::*;
use crate::document::{self, Budget};

/// The value of `x` at the top level.
fn value_of_x(text: &str) -> Result<Value, String> {
    evaluated(text).value
}

fn evaluated(text: &str) -> Evaluated {
    let stream = document::parse(text).unwrap();
    let root = stream.documents[0];
    let x = stream.get(root, "x").unwrap();
    let environment: Environment = [("SET", "value"), ("KEY", "b"), ("OC", "oc.env")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect();
    let expression = parse(stream.scalar(x).unwrap()).unwrap();
    let position = Position::root(root).below(stream.resolve(x));
    Evaluator::new(&stream, root, &environment).evaluate(
        &expression,
        &position,
        &mut Budget::for_bytes(text.len()),
    )
}

fn text_of_x(text: &str) -> String {
    match value_of_x(text) {
        Ok(Value::Text(text)) => text.literals().join("…"),
        other => format!("{other:?}"),
    }
}

#[test]
fn paths_lead_through_maps_lists_and_aliases() {
    for (text, expected) in [
        ("x: ${a}\na: b", "b"),
        ("x: ${a.b}\na: {b: c}", "c"),
        ("x: ${a[b]}\na: {b: c}", "c"),
        ("x: ${l[1]} ${l.0}\nl: [a, b]", "b a"),
        ("x: ${.a}\na: b", "b"),
        ("x: a-${b}-${c}\nb: 0x10\nc: yes", "a-16-True"),
        ("x: ${${a}}\na: b\nb: c", "c"),
        ("x: ${m.${a}}\na: b.c\nm: {b: {c: d}}", "d"),
        ("x: ${a.b}\na: ${m}\nm: {b: c}", "c"),
        ("x: ${a.b}\na: {<<: *m}\nm: &m {b: c}", "no"),
        ("m: &m {b: c}\na: {<<: *m}\nx: ${a.b}", "c"),
        (r"x: \${a}", "${a}"),
        (r"x: \\\${a}", r"\${a}"),
        ("x: \\\\${a}\na: b", r"\b"),
        ("x: '${oc.env:SET}'", "value"),
        ("x: '${oc.env:UNSET,default}'", "default"),
        ("x: '${oc.env:UNSET, \"a, b\" }'", "a, b"),
        ("x: 'p-${oc.env:UNSET}-s'", "p-…-s"),
        ("x: ${oc.select:a}\na: b", "b"),
        ("x: ${oc.select:nothing,d}\na: b", "d"),
        ("x: ${oc.select:a.b.c,d}\na: b", "d"),
        ("x: '${oc.decode:\"''q''\"}'", "q"),
        ("x: ${oc.decode:${a}}\na: b", "b"),
    ] {
        if expected == "no" {
            assert!(document::parse(text).is_err());
            continue;
        }
        assert_eq!(text_of_x(text), expected, "{text}");
    }
}

#[test]
fn what_can_not_be_resolved_says_why() {
    for (text, reason) in [
        ("x: ${y}", "there is no `y`"),
        ("x: ${x}", "lead back"),
        ("x: ${y}\ny: ${x}", "lead back"),
        ("x: ${y}\ny: ???", "mandatory"),
        ("x: ${...y}", "leads out"),
        ("x: ${foo:1}", "resolver `foo`"),
        ("x: ${a.b}\na: c", "goes on below"),
        ("x: a${a}\na: []", "a collection"),
    ] {
        let message = value_of_x(text).unwrap_err();
        assert!(message.contains(reason), "{text}: {message}");
    }
    let steps = (0..40).map(|step| format!("a{step}: ${{a{0}}}${{a{0}}}\n", step + 1));
    let mut doubling = "x: ${a0}\n".to_owned() + &steps.collect::<String>();
    doubling += "a40: text";
    assert!(value_of_x(&doubling).is_err());
}

#[test]
fn what_is_no_expression_is_refused() {
    for text in [
        "${",
        "${}",
        "${a",
        "${a b}",
        "${a.}",
        "${.}",
        "${a..b}",
        "${a[b}",
        "${a:'}",
        "${a:b=c}",
        "${a:[b}",
        "${a:{b}}",
        "${a:b]}",
        "${a:b'c'}",
        "${1a:b}",
        "${[a]:b}",
        "${a:é}",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    for text in [
        "$a",
        "${a:}",
        "${a:,}",
        "${é}",
        "${a:{b:c}}",
        "$${a}",
        "${a,b}",
        "${ a }",
    ] {
        assert!(parse(text).is_ok(), "{text}");
    }
}

#[test]
fn connections_that_the_document_does_not_define_are_the_stores() {
    let ids = |text: &str| {
        let store = evaluated(text).notes.store;
        store
            .iter()
            .map(|id| id.literals().join("…"))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("x: ${connections.a.url}"), ["a"]);
    assert_eq!(ids("x: ${.connections[a].url}"), ["a"]);
    assert_eq!(
        ids("x: ${connections.a.url}\nconnections: {a: {url: u}}"),
        [""; 0]
    );
    assert_eq!(
        ids("x: ${connections.a.url}\nconnections: {b: {url: u}}"),
        ["a"]
    );
    assert_eq!(
        ids("x: '${connections.${y}.url}'\ny: 'a-${oc.env:UNSET}'"),
        ["a-…"]
    );
    assert_eq!(ids("x: '${connections.${oc.env:SET}.url}'"), ["value"]);
    assert_eq!(ids("x: ${y}\ny: ${connections.a}"), ["a"]);
}
