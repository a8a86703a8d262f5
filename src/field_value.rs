//! From what a person types to the value of a field, and from a value to what may be shown of it.
//!
//! The form and the command line write by the same rules: numbers and switches by the field's kind,
//! texts so that they stay texts, expressions as they are.

use std::borrow::Cow;

use crate::catalog::{FieldSpec, Input, is_secret_name, mask_entry, mask_items, mask_text};
use crate::connection::Secret;
use crate::document::{Step, Value, escape_interpolation};
use crate::interpolation;

/// The value that a typed text stands for. `initial` is what the file has now: what it quotes stays
/// quoted.
///
/// # Errors
/// A text that can't be written, or can't be one of this kind at all.
pub fn of_text(input: &Input, initial: Option<&Value>, text: &str) -> Result<Value, String> {
    let was_text = matches!(initial, Some(Value::Text(_)));
    match input {
        Input::Integer | Input::Number if !was_text && is_plain_number(text.trim()) => {
            Ok(Value::Number(text.trim().to_owned()))
        }
        Input::Switch if !was_text => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Ok(Value::Bool(true)),
            "false" | "no" | "off" => Ok(Value::Bool(false)),
            _ => written(text),
        },
        Input::Map => Err("it is a map: set one entry at a time, as `FIELD.KEY`".to_owned()),
        Input::List => Err("it is a list: set one item at a time, as `FIELD[0]`".to_owned()),
        Input::Text
        | Input::Integer
        | Input::Number
        | Input::Switch
        | Input::Choice(_)
        | Input::DateTime => written(text),
    }
}

/// A text so that `OmegaConf` gives it back byte for byte.
fn written(text: &str) -> Result<Value, String> {
    escape_interpolation(text)
        .map(Value::Text)
        .map_err(|refusal| refusal.reason)
}

/// The value that an expression is.
///
/// # Errors
/// What keeps it from being one.
pub fn of_expression(text: &str) -> Result<Value, String> {
    match expression_problem(text) {
        None => Ok(Value::Text(text.to_owned())),
        Some(problem) => Err(problem),
    }
}

/// What keeps a text from being an expression.
pub fn expression_problem(text: &str) -> Option<String> {
    if !interpolation::is_expression(text) {
        return Some("an expression has a `${…}`".to_owned());
    }
    let error = interpolation::parse(text).err()?;
    let column = text[..error.offset.min(text.len())].chars().count() + 1;
    Some(format!("{} at character {column}", error.message))
}

/// Whether a text is a number to every reader, and the same one.
pub fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    // A leading zero is octal to some readers: such a text stays a text.
    all_digits(whole) && all_digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

/// A field's value as it may be shown: secrets are masked, at whatever depth, by the type's marks,
/// by name and by form. The value at `revealed`, a path within the field, is left as it is.
pub fn masked(
    spec: Option<&FieldSpec>,
    name: &str,
    value: &Value,
    revealed: &[Vec<Step>],
) -> Value {
    let secret = spec.map_or_else(|| is_secret_name(name), |spec| spec.secret);
    masked_within(secret, name, value, revealed)
}

fn masked_within(secret: bool, name: &str, value: &Value, revealed: &[Vec<Step>]) -> Value {
    if revealed.iter().any(Vec::is_empty) {
        return value.clone();
    }
    let below = |step: &Step| -> Vec<Vec<Step>> {
        revealed
            .iter()
            .filter_map(|path| path.split_first())
            .filter(|(first, _)| *first == step)
            .map(|(_, rest)| rest.to_vec())
            .collect()
    };
    match value {
        Value::Number(_) if secret => Value::Text(Secret::MASK.to_owned()),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        Value::Text(text) => Value::Text(mask(secret, name, text).into_owned()),
        Value::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, value)| {
                    let secret = secret || is_secret_name(key);
                    let revealed = below(&Step::Key(key.clone()));
                    (key.clone(), masked_within(secret, key, value, &revealed))
                })
                .collect(),
        ),
        Value::List(items) => {
            let texts: Vec<&str> = items
                .iter()
                .map(|item| match item {
                    Value::Text(text) | Value::Number(text) => text,
                    Value::Null | Value::Bool(_) | Value::Map(_) | Value::List(_) => "",
                })
                .collect();
            let shown = mask_items(&texts);
            let items = items.iter().enumerate().map(|(position, item)| {
                let revealed = below(&Step::Index(position));
                let is_open = revealed.iter().any(Vec::is_empty);
                // An item may be secret by the flag before it, which it does not tell itself.
                if !is_open && shown[position] != texts[position] {
                    Value::Text(shown[position].clone().into_owned())
                } else {
                    masked_within(secret, name, item, &revealed)
                }
            });
            Value::List(items.collect())
        }
    }
}

fn mask<'t>(secret: bool, name: &str, text: &'t str) -> Cow<'t, str> {
    match (secret, is_secret_name(name)) {
        // Any name that is secret will do: what counts is that the whole value is masked.
        (true, false) => mask_entry("secret", text),
        (true, true) => mask_entry(name, text),
        (false, _) => mask_text(text),
    }
}

/// A value as JSON: what YAML 1.1 reads as a number is a number, if JSON has it.
pub fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(text) => number(text),
        Value::Text(text) => text.as_str().into(),
        Value::Map(entries) => serde_json::Value::Object(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), json(value)))
                .collect(),
        ),
        Value::List(items) => items.iter().map(json).collect(),
    }
}

fn number(text: &str) -> serde_json::Value {
    if let Some(whole) = crate::document::scalar_type::integer(text) {
        return i64::try_from(whole).map_or_else(|_| text.into(), Into::into);
    }
    match text.replace('_', "").parse::<f64>() {
        Ok(number) if number.is_finite() => number.into(),
        Ok(_) | Err(_) => text.into(),
    }
}

/// A value on one line, as `get` prints it: texts as they are, maps and lists as JSON.
pub fn line(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(text) | Value::Text(text) => text.clone(),
        Value::Map(_) | Value::List(_) => json(value).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn the_kind_decides_how_a_text_is_written() {
        let text = |text: &str| Ok(Value::Text(text.to_owned()));
        let number = |text: &str| Ok(Value::Number(text.to_owned()));
        assert_eq!(of_text(&Input::Integer, None, "6379"), number("6379"));
        assert_eq!(of_text(&Input::Integer, None, "-1"), number("-1"));
        assert_eq!(of_text(&Input::Integer, None, "012"), text("012"));
        assert_eq!(of_text(&Input::Text, None, "6379"), text("6379"));
        let quoted = Value::Text("1".to_owned());
        assert_eq!(of_text(&Input::Integer, Some(&quoted), "2"), text("2"));
        assert_eq!(of_text(&Input::Switch, None, "no"), Ok(Value::Bool(false)));
        assert_eq!(of_text(&Input::Text, None, "a${b}"), text("a\\${b}"));
        assert!(of_text(&Input::Text, None, "???").is_err());
        assert!(of_text(&Input::Map, None, "x").is_err());
    }

    #[test]
    fn an_expression_has_to_be_one() {
        for good in ["${oc.env:A}", "https://${oc.env:HOST,localhost}:1"] {
            assert!(of_expression(good).is_ok(), "{good}");
        }
        for bad in ["plain", "${", "${oc.env:A", "${a.}"] {
            assert!(of_expression(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn secrets_are_masked_at_any_depth_and_only_one_is_revealed() {
        let catalog = Catalog::built_in();
        let http = catalog.find("Http").unwrap();
        let map = Value::Map(vec![
            ("Accept".to_owned(), Value::Text("json".to_owned())),
            (
                "deep".to_owned(),
                Value::Map(vec![(
                    "password".to_owned(),
                    Value::List(vec![Value::Text("canary".to_owned())]),
                )]),
            ),
            ("X-Api-Key".to_owned(), Value::Text("canary".to_owned())),
        ]);
        let shown = json(&masked(http.field("headers"), "headers", &map, &[])).to_string();
        assert!(
            shown.contains("json") && !shown.contains("canary"),
            "{shown}"
        );
        let one = vec![vec![Step::Key("X-Api-Key".to_owned())]];
        let shown = json(&masked(http.field("headers"), "headers", &map, &one)).to_string();
        assert_eq!(shown.matches("canary").count(), 1, "{shown}");
    }

    #[test]
    fn arguments_behind_a_secret_flag_are_masked() {
        let list = Value::List(
            ["--api-key", "canary", "--space", "ops"]
                .map(|text| Value::Text(text.to_owned()))
                .to_vec(),
        );
        let shown = json(&masked(None, "args", &list, &[])).to_string();
        assert!(
            shown.contains("ops") && !shown.contains("canary"),
            "{shown}"
        );
        let second = vec![vec![Step::Index(1)]];
        let shown = json(&masked(None, "args", &list, &second)).to_string();
        assert!(shown.contains("canary"), "{shown}");
    }
}
