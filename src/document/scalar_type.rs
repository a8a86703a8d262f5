//! What Dynamiq's loader makes of a scalar: `PyYAML`'s YAML 1.1 rules as `OmegaConf` 2.3 changes
//! them (floats without a dot are floats, timestamps are strings).
//!
//! Source: `yaml/resolver.py` of `PyYAML` 6.0.3 and `get_yaml_loader` in `omegaconf/_utils.py`.

use super::ScalarStyle;

/// The type of a scalar after loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScalarType {
    /// Text.
    String,
    /// `~`, `null`, nothing.
    Null,
    /// `true`, `no`, `on`, …
    Boolean,
    /// `12`, `0x1F`, `012`, `12:30`, …
    Integer,
    /// `1.5`, `1e3`, `.inf`, …
    Float,
    /// `<<`: a merge key.
    Merge,
    /// Something that the loader refuses: `=`, or a tag that it does not know.
    Refused,
}

/// The type of a scalar without a tag.
pub fn of_untagged(text: &str, style: ScalarStyle) -> ScalarType {
    match style {
        ScalarStyle::Absent => ScalarType::Null,
        ScalarStyle::Plain => of_plain(text),
        ScalarStyle::SingleQuoted
        | ScalarStyle::DoubleQuoted
        | ScalarStyle::Literal
        | ScalarStyle::Folded => ScalarType::String,
    }
}

/// The type of a scalar with the tag of that full name. The text is not checked against it.
pub fn of_tagged(tag: &str, text: &str) -> ScalarType {
    match tag.strip_prefix("tag:yaml.org,2002:") {
        Some("str" | "binary") => ScalarType::String,
        Some("null") => ScalarType::Null,
        Some("bool") => ScalarType::Boolean,
        Some("int") => ScalarType::Integer,
        Some("float") => ScalarType::Float,
        Some("merge") => ScalarType::Merge,
        // `PyYAML` takes the non-specific tag as none, and resolves even a quoted text as plain.
        None if tag == "!" => of_plain(text),
        Some(_) | None => ScalarType::Refused,
    }
}

/// The type of a plain scalar.
pub fn of_plain(text: &str) -> ScalarType {
    // Nearly every text is a string by its first letter.
    let first = text.as_bytes().first().copied().unwrap_or(b'~');
    if !first.is_ascii_digit() && !b"~nNyYtTfFoO<=-+.".contains(&first) {
        return ScalarType::String;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarType::Null,
        "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "true" | "True" | "TRUE" | "false"
        | "False" | "FALSE" | "on" | "On" | "ON" | "off" | "Off" | "OFF" => ScalarType::Boolean,
        "<<" => ScalarType::Merge,
        "=" => ScalarType::Refused,
        _ if !text.starts_with(['-', '+', '.'])
            && !text.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            ScalarType::String
        }
        _ if is_integer(text) => ScalarType::Integer,
        _ if is_float(text) => ScalarType::Float,
        _ => ScalarType::String,
    }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all = |rest: &str, allowed: fn(u8) -> bool| {
        !rest.is_empty() && rest.bytes().all(|byte| byte == b'_' || allowed(byte))
    };
    if digits == "0" {
        return true;
    }
    if let Some(rest) = digits.strip_prefix("0b") {
        return all(rest, |byte| matches!(byte, b'0' | b'1'));
    }
    if let Some(rest) = digits.strip_prefix("0x") {
        return all(rest, |byte| byte.is_ascii_hexdigit());
    }
    if let Some(rest) = digits.strip_prefix('0') {
        return all(rest, |byte| matches!(byte, b'0'..=b'7'));
    }
    let (whole, sexagesimal) = digits
        .split_once(':')
        .map_or((digits, None), |(a, b)| (a, Some(b)));
    whole.starts_with(|first: char| first.is_ascii_digit())
        && all(whole, |byte| byte.is_ascii_digit())
        && sexagesimal.is_none_or(are_sixtieths)
}

/// `30:45`: groups of one or two digits below 60.
fn are_sixtieths(groups: &str) -> bool {
    groups.split(':').all(|group| match group.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [tens, digit] => matches!(tens, b'0'..=b'5') && digit.is_ascii_digit(),
        _ => false,
    })
}

fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    if let Some(fraction) = text.strip_prefix('.') {
        // The exponent needs its sign here: `.5e3` is a string.
        let (digits, exponent) = split_exponent(fraction);
        return is_grouped(digits)
            && exponent
                .is_none_or(|exponent| exponent.strip_prefix(['-', '+']).is_some_and(are_digits));
    }
    if let Some((whole, fraction)) = unsigned.split_once('.') {
        if let Some((hours, groups)) = whole.split_once(':') {
            return is_grouped(hours)
                && are_sixtieths(groups)
                && fraction
                    .bytes()
                    .all(|byte| byte == b'_' || byte.is_ascii_digit());
        }
        let (digits, exponent) = split_exponent(fraction);
        return is_grouped(whole)
            && digits
                .bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_digit())
            && exponent.is_none_or(is_exponent);
    }
    let (digits, exponent) = split_exponent(unsigned);
    is_grouped(digits) && exponent.is_some_and(is_exponent)
}

fn split_exponent(text: &str) -> (&str, Option<&str>) {
    match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, Some(exponent)),
        None => (text, None),
    }
}

fn is_exponent(text: &str) -> bool {
    are_digits(text.strip_prefix(['-', '+']).unwrap_or(text))
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits with single underscores between them: `1_000`.
fn is_grouped(text: &str) -> bool {
    !text.is_empty() && text.split('_').all(are_digits)
}

/// The value of a plain boolean.
pub fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" => Some(true),
        "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

/// The value of a plain integer in YAML 1.1's way of writing, if it fits.
pub fn integer(text: &str) -> Option<i128> {
    if !is_integer(text) {
        return None;
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.replace('_', "");
    let value = if let Some(digits) = digits.strip_prefix("0b") {
        i128::from_str_radix(digits, 2).ok()?
    } else if let Some(digits) = digits.strip_prefix("0x") {
        i128::from_str_radix(digits, 16).ok()?
    } else if digits.starts_with('0') && !digits.contains(':') {
        i128::from_str_radix(&digits, 8).ok()?
    } else {
        let mut value = 0_i128;
        for group in digits.split(':') {
            value = value
                .checked_mul(60)?
                .checked_add(group.parse::<i128>().ok()?)?;
        }
        value
    };
    Some(sign * value)
}
