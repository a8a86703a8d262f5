//! Whether a value is what a field takes, as pydantic decides it in its lax mode, which is how
//! Dynamiq loads a connection. Checked against pydantic itself: `kind/pydantic.tsv`.

use super::{FieldValue, FieldView, NOT_A_CHOICE, WRONG_KIND, is_interpolated, quoted};
use crate::catalog::{FieldSpec, Input};
use crate::connection::{Finding, Location};

/// What is wrong with the value of one field by itself: `wrong-kind` or `not-a-choice`, several
/// where entries of a map or a list are. A form asks it when a field is left.
pub fn check(spec: &FieldSpec, field: &FieldView<'_>) -> Vec<Finding> {
    let name = &spec.name;
    let wrong = |location: Location, message: String, hint: Option<&str>| {
        vec![WRONG_KIND.finding(Some(location), message, hint.map(str::to_owned))]
    };
    if let FieldValue::Text(text) = &field.value
        && (is_interpolated(text) || *text == "???")
    {
        // What it comes to is known where the workflow runs.
        return Vec::new();
    }
    if field.value == FieldValue::Null {
        if spec.nullable {
            return Vec::new();
        }
        let hint = "leave the field out, or give it a value";
        return wrong(
            field.location,
            format!("`{name}` can't be null"),
            Some(hint),
        );
    }
    match &spec.input {
        Input::Choice(choices) => choice(spec, choices, field),
        Input::Map => match &field.value {
            FieldValue::Map(entries) => entries
                .iter()
                .filter(|entry| spec.text_items && !is_text(&entry.value))
                .flat_map(|entry| {
                    let message = format!("`{name}.{}` must be a string", entry.name);
                    wrong(entry.location, message, quotes_for(&entry.value))
                })
                .collect(),
            FieldValue::Null
            | FieldValue::Bool(_)
            | FieldValue::Int(_)
            | FieldValue::Float(_)
            | FieldValue::Text(_)
            | FieldValue::List(_) => wrong(field.location, format!("`{name}` must be a map"), None),
        },
        Input::List => match &field.value {
            FieldValue::List(items) => items
                .iter()
                .enumerate()
                .filter(|(_, (item, _))| spec.text_items && !is_text(item))
                .flat_map(|(position, (item, location))| {
                    let message = format!("`{name}[{position}]` must be a string");
                    wrong(*location, message, quotes_for(item))
                })
                .collect(),
            FieldValue::Null
            | FieldValue::Bool(_)
            | FieldValue::Int(_)
            | FieldValue::Float(_)
            | FieldValue::Text(_)
            | FieldValue::Map(_) => wrong(field.location, format!("`{name}` must be a list"), None),
        },
        input
        @ (Input::Text | Input::Integer | Input::Number | Input::Switch | Input::DateTime) => {
            if accepts(input, &field.value) {
                return Vec::new();
            }
            let given = match &field.value {
                FieldValue::Int(text) | FieldValue::Float(text) | FieldValue::Text(text) => {
                    quoted(spec, text)
                }
                FieldValue::Bool(_) => "a switch".into(),
                FieldValue::Map(_) => "a map".into(),
                FieldValue::List(_) => "a list".into(),
                FieldValue::Null => "null".into(),
            };
            let hint = (*input == Input::Text)
                .then(|| quotes_for(&field.value))
                .flatten();
            let message = format!("`{name}` must be {}, not {given}", describe(input));
            wrong(field.location, message, hint)
        }
    }
}

fn choice(spec: &FieldSpec, choices: &[String], field: &FieldView<'_>) -> Vec<Finding> {
    let given = match &field.value {
        FieldValue::Text(text) if choices.iter().any(|choice| choice == text) => return Vec::new(),
        FieldValue::Text(text) | FieldValue::Int(text) | FieldValue::Float(text) => {
            quoted(spec, text)
        }
        FieldValue::Null | FieldValue::Bool(_) | FieldValue::Map(_) | FieldValue::List(_) => {
            "the value".into()
        }
    };
    let near = match &field.value {
        FieldValue::Text(text) => choices
            .iter()
            .find(|choice| choice.eq_ignore_ascii_case(text)),
        FieldValue::Null
        | FieldValue::Bool(_)
        | FieldValue::Int(_)
        | FieldValue::Float(_)
        | FieldValue::Map(_)
        | FieldValue::List(_) => None,
    };
    let all: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
    let hint = near.map_or_else(
        || format!("it takes {}", all.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    let message = format!("{given} is no choice for `{}`", spec.name);
    vec![NOT_A_CHOICE.finding(Some(field.location), message, Some(hint))]
}

fn is_text(value: &FieldValue<'_>) -> bool {
    matches!(value, FieldValue::Text(_))
}

/// What helps a number or a switch that should be text.
fn quotes_for(value: &FieldValue<'_>) -> Option<&'static str> {
    match value {
        FieldValue::Bool(_) | FieldValue::Int(_) | FieldValue::Float(_) => {
            Some("put it in quotes: YAML reads it as a number or a switch")
        }
        FieldValue::Null | FieldValue::Text(_) | FieldValue::Map(_) | FieldValue::List(_) => None,
    }
}

fn describe(input: &Input) -> &'static str {
    match input {
        Input::Text => "text",
        Input::Integer => "a whole number",
        Input::Number => "a number",
        Input::Switch => "true or false",
        Input::Choice(_) => "one of its choices",
        Input::Map => "a map",
        Input::List => "a list",
        Input::DateTime => "a point in time such as `2030-01-31T12:00:00Z`",
    }
}

/// Whether pydantic takes a value for a field of this kind. A form asks the same of typed text, as
/// [`FieldValue::Text`], before it writes it.
pub fn accepts(input: &Input, value: &FieldValue<'_>) -> bool {
    match (input, value) {
        (Input::Text, FieldValue::Text(_))
        | (Input::Map, FieldValue::Map(_))
        | (Input::List, FieldValue::List(_))
        | (Input::Integer, FieldValue::Int(_) | FieldValue::Bool(_))
        | (Input::Number, FieldValue::Int(_) | FieldValue::Float(_) | FieldValue::Bool(_))
        | (Input::Switch, FieldValue::Bool(_)) => true,
        // What is no plain number to us is a sexagesimal such as `12:30`, and small.
        (Input::DateTime, FieldValue::Int(text) | FieldValue::Float(text)) => {
            yaml_float(text).is_none_or(is_timestamp)
        }
        (Input::Integer, FieldValue::Float(text)) => {
            yaml_float(text).is_some_and(|number| number.is_finite() && number.fract() == 0.0)
        }
        (Input::Integer, FieldValue::Text(text)) => is_integer(text.trim()),
        (Input::Number, FieldValue::Text(text)) => number(text.trim()).is_some(),
        (Input::Switch, FieldValue::Int(text) | FieldValue::Float(text)) => {
            matches!(yaml_float(text), Some(0.0 | 1.0))
        }
        (Input::Switch, FieldValue::Text(text)) => matches!(
            text.to_ascii_lowercase().as_str(),
            "0" | "off" | "f" | "false" | "n" | "no" | "1" | "on" | "t" | "true" | "y" | "yes"
        ),
        (Input::DateTime, FieldValue::Text(text)) => is_point_in_time(text),
        (Input::Choice(choices), FieldValue::Text(text)) => {
            choices.iter().any(|choice| choice == text)
        }
        (
            Input::Text
            | Input::Integer
            | Input::Number
            | Input::Switch
            | Input::Choice(_)
            | Input::Map
            | Input::List
            | Input::DateTime,
            FieldValue::Null
            | FieldValue::Bool(_)
            | FieldValue::Int(_)
            | FieldValue::Float(_)
            | FieldValue::Text(_)
            | FieldValue::Map(_)
            | FieldValue::List(_),
        ) => false,
    }
}

/// A number as YAML 1.1 writes it: with underscores, `.inf`, `0x1f`.
fn yaml_float(text: &str) -> Option<f64> {
    let plain = text.replace('_', "");
    let unsigned = plain.trim_start_matches(['+', '-']);
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(|number| {
            #[expect(
                clippy::cast_precision_loss,
                reason = "it is only compared with 0 and 1"
            )]
            let number = number as f64;
            number
        });
    }
    if let Some(word) = unsigned.strip_prefix('.')
        && word.starts_with(char::is_alphabetic)
    {
        return (word.eq_ignore_ascii_case("inf"))
            .then_some(f64::INFINITY)
            .or(Some(f64::NAN));
    }
    plain.parse().ok()
}

/// Digits with a sign, single underscores between them, and a fraction of zeros.
fn is_integer(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, zeros) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    is_digits(digits) && zeros.bytes().all(|byte| byte == b'0') && !zeros.is_empty()
}

fn is_digits(text: &str) -> bool {
    text.split('_')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn number(text: &str) -> Option<f64> {
    let between_digits = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    text.replace('_', "")
        .parse()
        .ok()
        .filter(|_| between_digits)
}

/// Whether pydantic takes a number for seconds, or from 20,000,000,000 on for milliseconds, since
/// 1970: from the year 1 to 9999.
fn is_timestamp(number: f64) -> bool {
    (-62_135_596_800_000.0..=253_402_300_799_999.0).contains(&number)
}

/// A date, a date with a time, or seconds since 1970.
fn is_point_in_time(text: &str) -> bool {
    let is_plain = text.bytes().enumerate().all(|(place, byte)| {
        byte.is_ascii_digit() || byte == b'.' || (place == 0 && b"+-".contains(&byte))
    });
    if is_plain && text.parse().is_ok_and(is_timestamp) {
        return true;
    }
    let Some((date, time)) = text.split_at_checked(10) else {
        return false;
    };
    if !is_date(date) {
        return false;
    }
    match time.strip_prefix(['T', 't', ' ', '_']) {
        Some(time) => is_time(time),
        None => time.is_empty(),
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let in_range = |text: &str, digits: usize, range: std::ops::RangeInclusive<u32>| {
        text.len() == digits && is_digits(text) && text.parse().is_ok_and(|n| range.contains(&n))
    };
    let days = match (*month, year.parse::<u32>()) {
        ("02", Ok(year)) if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        ("02", _) => 28,
        ("04" | "06" | "09" | "11", _) => 30,
        _ => 31,
    };
    in_range(year, 4, 1..=9999) && in_range(month, 2, 1..=12) && in_range(day, 2, 1..=days)
}

/// `12:00`, `12:00:00`, `12:00:00.123`, each with or without an offset.
fn is_time(text: &str) -> bool {
    let (clock, offset_is_right) = if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        (clock, true)
    } else if let Some(sign) = text.rfind(['+', '-']) {
        let offset = text[sign + 1..].replace(':', "");
        let right = offset.len() == 4 && is_digits(&offset) && offset.as_str() < "2400";
        (&text[..sign], right && offset[2..] < *"60")
    } else {
        (text, true)
    };
    let mut parts = clock.split(':');
    let two_digits = |part: Option<&str>, limit: &str| {
        part.is_some_and(|part| part.len() == 2 && is_digits(part) && part < limit)
    };
    let hours_and_minutes = two_digits(parts.next(), "24") && two_digits(parts.next(), "60");
    let seconds = parts.next().is_none_or(|seconds| {
        let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
        two_digits(Some(whole), "60") && is_digits(fraction) && !fraction.contains('_')
    });
    offset_is_right && hours_and_minutes && seconds && parts.next().is_none()
}

#[cfg(test)]
mod tests;
