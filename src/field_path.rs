//! Paths to a value in a connection: `url`, `headers.Authorization`, `args[0]`, `["a.b"]`.
//!
//! The way they are written is that of node paths in workflows: keys joined with `.`, positions as
//! `[0]`, and a key that has a dot or a bracket as `["a.b"]`.

use crate::document::{Step, Value};

/// Reads a path.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn parse(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix("[\"") {
            let (key, behind) = quoted_key(inner)
                .ok_or_else(|| format!("`{}` lacks its closing `\"]`", text.escape_debug()))?;
            steps.push(Step::Key(key));
            rest = behind;
        } else if let Some(inner) = rest.strip_prefix('[') {
            let position = inner.split_once(']').and_then(|(number, behind)| {
                let is_number =
                    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
                is_number.then(|| Some((number.parse().ok()?, behind)))?
            });
            let (number, behind) = position.ok_or_else(|| {
                format!(
                    "`{}`: between brackets stands a position, as `[0]`, or a key in quotes, as `[\"a.b\"]`",
                    text.escape_debug()
                )
            })?;
            steps.push(Step::Index(number));
            rest = behind;
        } else {
            let key = match (steps.is_empty(), rest.strip_prefix('.')) {
                (true, None) => rest,
                (false, Some(key)) => key,
                (true, Some(_)) | (false, None) => return Err(stray(text)),
            };
            let end = key.find(['.', '[', ']']).unwrap_or(key.len());
            if end == 0 || key[end..].starts_with(']') {
                return Err(stray(text));
            }
            steps.push(Step::Key(key[..end].to_owned()));
            rest = &key[end..];
        }
    }
    match steps.first() {
        Some(Step::Key(_)) => Ok(steps),
        Some(Step::Index(_)) => Err("a path begins with the name of a field".to_owned()),
        None => Err("the name of a field is needed".to_owned()),
    }
}

fn stray(text: &str) -> String {
    format!(
        "`{}` is no path such as `url`, `headers.Accept` or `args[0]`",
        text.escape_debug()
    )
}

/// A key up to its `"]`, and what stands behind that.
fn quoted_key(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut characters = text.char_indices();
    while let Some((offset, character)) = characters.next() {
        match character {
            '\\' => key.push(characters.next()?.1),
            '"' => return Some((key, text[offset + 1..].strip_prefix(']')?)),
            other => key.push(other),
        }
    }
    None
}

/// A path as it is written; [`parse`] gives the steps back.
pub fn display(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Index(position) => {
                path.push('[');
                path.push_str(&position.to_string());
                path.push(']');
            }
            Step::Key(key) if key.is_empty() || key.contains(['.', '[', ']', '=']) => {
                path.push_str("[\"");
                for character in key.chars() {
                    if matches!(character, '"' | '\\') {
                        path.push('\\');
                    }
                    path.push(character);
                }
                path.push_str("\"]");
            }
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
        }
    }
    path
}

/// The value that `steps` lead to within `value`.
pub fn find<'v>(value: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    let Some((first, rest)) = steps.split_first() else {
        return Some(value);
    };
    let inner = match (value, first) {
        (Value::Map(entries), Step::Key(key)) => &entries.iter().find(|(other, _)| other == key)?.1,
        (Value::List(items), Step::Index(position)) => items.get(*position)?,
        (
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Map(_)
            | Value::List(_),
            _,
        ) => return None,
    };
    find(inner, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_read() {
        let key = |text: &str| Step::Key(text.to_owned());
        assert_eq!(parse("url"), Ok(vec![key("url")]));
        assert_eq!(
            parse("headers.X-Api"),
            Ok(vec![key("headers"), key("X-Api")])
        );
        assert_eq!(parse("args[2]"), Ok(vec![key("args"), Step::Index(2)]));
        assert_eq!(parse(r#"["a.b"]"#), Ok(vec![key("a.b")]));
        assert_eq!(
            parse(r#"headers["a.b"].c[0][1]"#),
            Ok(vec![
                key("headers"),
                key("a.b"),
                key("c"),
                Step::Index(0),
                Step::Index(1)
            ])
        );
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a]", "[0]", "a[0]b", "a[\"b",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            first in ".{0,8}",
            rest in proptest::collection::vec(
                prop_oneof![".{0,8}".prop_map(Step::Key), (0_usize..99).prop_map(Step::Index)],
                0..4,
            ),
        ) {
            let mut steps = vec![Step::Key(first)];
            steps.extend(rest);
            prop_assert_eq!(parse(&display(&steps)), Ok(steps));
        }
    }
}
