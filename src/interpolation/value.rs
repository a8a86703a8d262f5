//! What an expression comes to.

use crate::document::{Content, NodeId, ScalarType, Stream};

use super::data::Position;

/// A resolved value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `None`
    Null,
    /// Text, parts of which may be unknown.
    Text(Text),
    /// A number or boolean, as Python writes it.
    Other(String),
    /// A value of the document: a collection, as scalars become one of the above.
    Collection(Position),
    /// A list that the expression itself makes.
    List(Vec<Value>),
    /// A map that the expression itself makes.
    Map(Vec<(String, Value)>),
}

/// Text, parts of which may depend on variables that are not set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The parts in order.
    pub pieces: Vec<Piece>,
    /// The scalar of the document that it is, if it is the whole of one.
    pub origin: Option<NodeId>,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Known text.
    Known(String),
    /// Any text: it depends on this variable.
    Unknown(String),
}

impl Text {
    /// Known text.
    pub fn known(text: impl Into<String>) -> Self {
        Self {
            pieces: vec![Piece::Known(text.into())],
            origin: None,
        }
    }

    /// Any text, depending on `variable`.
    pub fn unknown(variable: &str) -> Self {
        Self {
            pieces: vec![Piece::Unknown(variable.to_owned())],
            origin: None,
        }
    }

    /// The text, if all of it is known.
    pub fn as_known(&self) -> Option<String> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Known(text) => Some(text.as_str()),
                Piece::Unknown(_) => None,
            })
            .collect()
    }

    /// The variables that it depends on.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Known(_) => None,
            Piece::Unknown(variable) => Some(variable.as_str()),
        })
    }

    /// The literal parts around the unknown ones: one more than there are of these.
    pub fn literals(&self) -> Vec<String> {
        let mut literals = vec![String::new()];
        for piece in &self.pieces {
            match (piece, literals.last_mut()) {
                (Piece::Known(text), Some(last)) => last.push_str(text),
                (Piece::Known(_), None) => {}
                (Piece::Unknown(_), _) => literals.push(String::new()),
            }
        }
        literals
    }

    pub(super) fn append(&mut self, other: Self) {
        self.origin = None;
        self.pieces.extend(other.pieces);
    }
}

impl Value {
    /// What a scalar without interpolations comes to.
    pub(super) fn of_scalar(stream: &Stream<'_>, node: NodeId) -> Option<Self> {
        let node = stream.resolve(node);
        let Content::Scalar { value, .. } = &stream.node(node).content else {
            return None;
        };
        Some(match stream.scalar_type(node)? {
            ScalarType::Null => Self::Null,
            ScalarType::String | ScalarType::Merge | ScalarType::Refused => Self::Text(Text {
                pieces: vec![Piece::Known(value.to_string())],
                origin: Some(node),
            }),
            ScalarType::Boolean => Self::Other(
                match value.to_ascii_lowercase().as_str() {
                    "yes" | "true" | "on" => "True",
                    _ => "False",
                }
                .to_owned(),
            ),
            ScalarType::Integer => Self::Other(python_integer(value)),
            ScalarType::Float => Self::Other(python_float(value)),
        })
    }

    /// `str(value)` of Python; `None` for collections, whose text is no id.
    pub(super) fn into_text(self) -> Option<Text> {
        match self {
            Self::Null => Some(Text::known("None")),
            Self::Text(text) => Some(text),
            Self::Other(text) => Some(Text::known(text)),
            Self::Collection(_) | Self::List(_) | Self::Map(_) => None,
        }
    }
}

/// `str(int)` of a YAML 1.1 integer.
fn python_integer(text: &str) -> String {
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let number = if let Some(digits) = digits.strip_prefix("0b") {
        i128::from_str_radix(digits, 2).ok()
    } else if let Some(digits) = digits.strip_prefix("0x") {
        i128::from_str_radix(digits, 16).ok()
    } else if digits.contains(':') {
        digits.split(':').try_fold(0i128, |sum, group| {
            sum.checked_mul(60)?.checked_add(group.parse().ok()?)
        })
    } else if let Some(octal) = digits.strip_prefix('0').filter(|rest| !rest.is_empty()) {
        i128::from_str_radix(octal, 8).ok()
    } else {
        digits.parse().ok()
    };
    match number {
        Some(number) => (sign * number).to_string(),
        // Longer than any id: the digits as they are.
        None => plain,
    }
}

/// `str(float)` of a YAML 1.1 float.
fn python_float(text: &str) -> String {
    let plain = text.replace('_', "").to_ascii_lowercase();
    match plain.trim_start_matches(['-', '+']) {
        ".nan" => return "nan".to_owned(),
        ".inf" if plain.starts_with('-') => return "-inf".to_owned(),
        ".inf" => return "inf".to_owned(),
        _ => {}
    }
    let number = if plain.contains(':') {
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(rest) => (-1.0, rest),
            None => (1.0, plain.strip_prefix('+').unwrap_or(&plain)),
        };
        digits
            .split(':')
            .try_fold(0.0, |sum, group| {
                Some(sum * 60.0 + group.parse::<f64>().ok()?)
            })
            .map(|number| sign * number)
    } else {
        plain.parse::<f64>().ok()
    };
    number.map_or(plain, python_float_text)
}

/// `repr(float)`: like Rust's, but for exponents, which have a sign and two digits.
fn python_float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    let text = format!("{number:?}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(rest) => ('-', rest),
                None => ('+', exponent),
            };
            format!("{digits}e{sign}{exponent:0>2}")
        }
        None => text,
    }
}

/// An argument without quotes: a number, a boolean, null or text.
pub(super) fn of_argument(text: &str) -> Value {
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "null" => return Value::Null,
        "true" => return Value::Other("True".to_owned()),
        "false" => return Value::Other("False".to_owned()),
        _ => {}
    }
    let digits = lower.strip_prefix(['-', '+']).unwrap_or(&lower);
    let plain = lower.replace('_', "");
    match digits {
        "inf" | "nan" => {
            return Value::Other(if digits == "nan" {
                "nan".to_owned()
            } else {
                lower.trim_start_matches('+').to_owned()
            });
        }
        _ => {}
    }
    if is_integer(digits) {
        let plain = plain.trim_start_matches('+');
        let plain = if plain == "-0" { "0" } else { plain };
        return Value::Other(plain.to_owned());
    }
    if is_float(digits)
        && let Ok(number) = plain.parse::<f64>()
    {
        return Value::Other(python_float_text(number));
    }
    Value::Text(Text::known(text))
}

/// `0`, or digits that begin with another, single underscores between them.
fn is_integer(text: &str) -> bool {
    text == "0" || (!text.starts_with('0') && is_digits(text))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty()
        && text
            .split('_')
            .all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_float(text: &str) -> bool {
    let (number, exponent) = match text.split_once('e') {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let is_exponent = |text: &str| is_digits(text.strip_prefix(['-', '+']).unwrap_or(text));
    let is_number = match number.split_once('.') {
        Some((whole, "")) => is_integer(whole),
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, fraction)) => is_integer(whole) && is_digits(fraction),
        None => exponent.is_some() && is_integer(number),
    };
    is_number && exponent.is_none_or(is_exponent)
}
