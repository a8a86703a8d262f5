//! Interpolations: escaping is exact, and every expression of a document comes to an end, to the
//! same each time, and to a bounded size.

use conndeck::document::{self, Budget, escape_interpolation, unescape_interpolation};
use conndeck::interpolation::{
    Environment, Evaluator, Expression, Part, Position, Value, is_expression, parse,
};

/// No text that is put together is longer.
const LONGEST: usize = 200_000;

/// Holds for any text, as an expression and as a document with expressions.
pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else {
        return;
    };
    check_escapes(text);
    if let Ok(expression) = parse(text) {
        check_expression(&expression);
    }
    let Ok(stream) = document::parse(text) else {
        return;
    };
    let Some(&root) = stream.documents.first() else {
        return;
    };
    let environment: Environment = [("A", "a"), ("B", "${A}"), ("C", "")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect();
    for (id, _) in stream.nodes() {
        let Some(value) = stream.string(id).filter(|value| is_expression(value)) else {
            continue;
        };
        let Ok(expression) = parse(value) else {
            continue;
        };
        let position = Position::root(stream.resolve(root)).below(stream.resolve(id));
        let evaluate = || {
            let mut budget = Budget::for_bytes(text.len());
            Evaluator::new(&stream, root, &environment).evaluate(
                &expression,
                &position,
                &mut budget,
            )
        };
        let found = evaluate();
        if let Ok(value) = &found.value {
            assert!(size(value) <= LONGEST, "{}", size(value));
        }
        if let Err(reason) = &found.value {
            assert!(!reason.is_empty());
        }
        assert_eq!(found, evaluate());
    }
}

fn check_escapes(text: &str) {
    let Ok(escaped) = escape_interpolation(text) else {
        assert_eq!(text, "???");
        return;
    };
    assert_eq!(unescape_interpolation(&escaped).as_deref(), Some(text));
    assert_eq!(literal(&escaped).as_deref(), Some(text));
    if let Some(plain) = unescape_interpolation(text) {
        assert_eq!(literal(text), Some(plain));
    }
}

/// What the grammar makes of a text without interpolations.
fn literal(text: &str) -> Option<String> {
    if !is_expression(text) {
        return Some(text.to_owned());
    }
    let expression = parse(text).ok()?;
    expression
        .parts
        .into_iter()
        .map(|part| match part {
            Part::Literal(text) => Some(text),
            Part::Interpolation(_) => None,
        })
        .collect()
}

fn check_expression(expression: &Expression) {
    let is_literal = |part: &Part| matches!(part, Part::Literal(_));
    for part in &expression.parts {
        assert!(*part != Part::Literal(String::new()));
    }
    for pair in expression.parts.windows(2) {
        assert!(!pair.iter().all(is_literal), "two literals side by side");
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Collection(_) => 0,
        Value::Text(text) => text.literals().iter().map(String::len).sum(),
        Value::Other(text) => text.len(),
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, value)| key.len() + size(value))
            .sum(),
    }
}
