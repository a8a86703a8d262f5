//! Findings about how values are written: what readers take for different things, and
//! interpolations that are none or lead nowhere.

use super::rule::{BAD_INTERPOLATION, UNESCAPED_INTERPOLATION, UNSAFE_SCALAR};
use crate::catalog::mask_text;
use crate::connection::{Finding, Location, Severity};
use crate::document::scalar_type::{self, of_plain};
use crate::document::{Budget, Content, NodeId, OverBudget, ScalarStyle, ScalarType, Stream};
use crate::interpolation::{self, Element, Interpolation, Part};

/// The functions that `OmegaConf` has by itself.
const RESOLVERS: [&str; 7] = [
    "oc.env",
    "oc.create",
    "oc.decode",
    "oc.deprecated",
    "oc.dict.keys",
    "oc.dict.values",
    "oc.select",
];

/// What an interpolation can name outside of the connection.
pub struct Outside<'a> {
    /// Whether the document that the connection is loaded in has this key at its top.
    pub has_key: &'a dyn Fn(&str) -> bool,
}

/// The findings about the values of the map `root`, and all that is in it, each value once.
pub fn check_text(
    stream: &Stream<'_>,
    root: NodeId,
    outside: &Outside<'_>,
    budget: &mut Budget,
) -> Vec<Finding> {
    let mut walk = Walk {
        stream,
        outside,
        seen: std::collections::HashSet::new(),
        found: Vec::new(),
    };
    // Whoever reads the connection's fields has reported what is too large.
    let _ = walk.value(root, 0, budget);
    walk.found
}

struct Walk<'s, 't> {
    stream: &'s Stream<'t>,
    outside: &'s Outside<'s>,
    seen: std::collections::HashSet<NodeId>,
    found: Vec<Finding>,
}

impl Walk<'_, '_> {
    fn value(&mut self, id: NodeId, depth: usize, budget: &mut Budget) -> Result<(), OverBudget> {
        budget.spend(1)?;
        let id = self.stream.resolve(id);
        if !self.seen.insert(id) || depth > crate::document::MAX_DEPTH {
            return Ok(());
        }
        let node = self.stream.node(id);
        match &node.content {
            Content::Scalar { value, style } => {
                let location = self.stream.location(id);
                if *style == ScalarStyle::Plain && node.tag.is_none() {
                    self.found.extend(unsafe_scalar(value, location));
                }
                if self.stream.scalar_type(id) == Some(ScalarType::String)
                    && interpolation::is_expression(value)
                {
                    self.expression(value, location);
                }
            }
            Content::Sequence { items, .. } => {
                for item in items {
                    self.value(*item, depth + 1, budget)?;
                }
            }
            Content::Mapping { .. } => {
                for entry in self.stream.effective_entries(id, budget)? {
                    self.value(entry.value, depth + 1, budget)?;
                }
            }
            Content::Alias(_) => {}
        }
        Ok(())
    }

    fn expression(&mut self, text: &str, location: Location) {
        match interpolation::parse(text) {
            Err(error) => {
                let message = format!("an interpolation that can't be read: {}", error.message);
                let hint = "mend it, or write `\\${` if it is meant as text".to_owned();
                let finding = BAD_INTERPOLATION.finding(Some(location), message, Some(hint));
                self.found.push(finding);
            }
            Ok(expression) => self.parts(&expression.parts, location),
        }
    }

    fn parts(&mut self, parts: &[Part], location: Location) {
        for part in parts {
            let Part::Interpolation(inner) = part else {
                continue;
            };
            match inner {
                Interpolation::Node { path } => {
                    self.node(path, location);
                    self.parts(path, location);
                }
                Interpolation::Resolver { name, arguments } => {
                    self.resolver(name, location);
                    for argument in arguments {
                        self.element(argument, location);
                    }
                }
            }
        }
    }

    fn element(&mut self, element: &Element, location: Location) {
        match element {
            Element::Plain(_) => {}
            Element::Parts(parts) | Element::Quoted(parts) => self.parts(parts, location),
            Element::List(items) => {
                for item in items {
                    self.element(item, location);
                }
            }
            Element::Map(entries) => {
                for (key, value) in entries {
                    self.element(key, location);
                    self.element(value, location);
                }
            }
        }
    }

    /// `${name}`: another value of the workflow that the connection will be in.
    fn node(&mut self, path: &[Part], location: Location) {
        let [Part::Literal(path)] = path else {
            return;
        };
        let first = path.split(['.', '[']).next().unwrap_or(path);
        // A relative path stays within the connection, and is evaluated where it is loaded.
        if first.is_empty() || first == "connections" || (self.outside.has_key)(first) {
            return;
        }
        let shown = mask_text(path).into_owned();
        let message = format!("`${{{shown}}}` names no value of the workflow");
        let hint = format!("write `${{oc.env:{shown}}}` for a variable, `\\${{{shown}}}` for text");
        self.found
            .push(UNESCAPED_INTERPOLATION.finding(Some(location), message, Some(hint)));
    }

    fn resolver(&mut self, name: &[Part], location: Location) {
        let names: Option<Vec<&str>> = name
            .iter()
            .map(|part| match part {
                Part::Literal(text) => Some(text.as_str()),
                Part::Interpolation(_) => None,
            })
            .collect();
        let Some(name) = names.map(|names| names.join(".")) else {
            return;
        };
        if RESOLVERS.contains(&name.as_str()) {
            return;
        }
        let mut near = crate::catalog::nearest(&name, &RESOLVERS, |resolver| resolver);
        if near.is_empty() && name.eq_ignore_ascii_case("env") {
            near.push(&RESOLVERS[0]);
        }
        let finding = BAD_INTERPOLATION.finding(
            Some(location),
            format!("OmegaConf knows no `{name}:`"),
            near.first().map(|near| format!("did you mean `{near}`?")),
        );
        self.found.push(Finding {
            // The place where the workflow runs may register functions of its own.
            severity: Severity::Warning,
            ..finding
        });
    }
}

/// A plain scalar that the readers in use take for different values.
fn unsafe_scalar(text: &str, location: Location) -> Option<Finding> {
    let (ours, theirs) = (of_plain(text), of_core(text));
    let differs = match (ours, theirs) {
        (ScalarType::Integer, ScalarType::Integer) => {
            scalar_type::integer(text) != core_integer(text)
        }
        // Both are the same number.
        (ScalarType::Float, ScalarType::Integer | ScalarType::Float)
        | (ScalarType::Integer, ScalarType::Float) => false,
        (ours, theirs) => ours != theirs,
    };
    if !differs {
        return None;
    }
    let message = format!(
        "`{}` is {} to Dynamiq (YAML 1.1) and {} to YAML 1.2",
        text.escape_debug(),
        describe(ours),
        describe(theirs)
    );
    let hint = match ours {
        ScalarType::Boolean => "write `true` or `false`, or put it in quotes if it is text",
        ScalarType::String
        | ScalarType::Null
        | ScalarType::Integer
        | ScalarType::Float
        | ScalarType::Merge
        | ScalarType::Refused => "put it in quotes, or write the number in plain digits",
    };
    Some(UNSAFE_SCALAR.finding(Some(location), message, Some(hint.to_owned())))
}

fn describe(kind: ScalarType) -> &'static str {
    match kind {
        ScalarType::String => "text",
        ScalarType::Null => "null",
        ScalarType::Boolean => "a switch",
        ScalarType::Integer => "a whole number",
        ScalarType::Float => "a number",
        ScalarType::Merge => "a merge key",
        ScalarType::Refused => "an error",
    }
}

/// What YAML 1.2's core schema makes of a plain scalar (section 10.3.2).
fn of_core(text: &str) -> ScalarType {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarType::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return ScalarType::Boolean,
        ".nan" | ".NaN" | ".NAN" => return ScalarType::Float,
        _ => {}
    }
    if core_integer(text).is_some() {
        return ScalarType::Integer;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return ScalarType::Float;
    }
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = all(whole) && all(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all(digits)
    });
    if mantissa && exponent {
        ScalarType::Float
    } else {
        ScalarType::String
    }
}

fn core_integer(text: &str) -> Option<i128> {
    let only = |digits: &str, is_digit: fn(&u8) -> bool| {
        !digits.is_empty() && digits.as_bytes().iter().all(is_digit)
    };
    if let Some(digits) = text.strip_prefix("0o") {
        let is_octal = only(digits, |byte| matches!(byte, b'0'..=b'7'));
        return is_octal.then(|| i128::from_str_radix(digits, 8).ok())?;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        let is_hexadecimal = only(digits, u8::is_ascii_hexdigit);
        return is_hexadecimal.then(|| i128::from_str_radix(digits, 16).ok())?;
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    only(digits, u8::is_ascii_digit).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    fn rules(text: &str) -> Vec<&'static str> {
        let stream = document::parse(text).unwrap();
        let outside = Outside {
            has_key: &|key| key == "nodes",
        };
        let mut budget = Budget::for_bytes(text.len());
        check_text(&stream, stream.documents[0], &outside, &mut budget)
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn what_readers_take_for_different_things() {
        for bad in [
            "no", "on", "YES", "012", "0o12", "12:30", "1_000", "0b1", "+1_0.5",
        ] {
            assert_eq!(rules(&format!("a: {bad}\n")), ["unsafe-scalar"], "{bad}");
            assert!(rules(&format!("a: '{bad}'\n")).is_empty(), "'{bad}'");
        }
        for good in [
            "true",
            "null",
            "~",
            "12",
            "-1",
            "1.5",
            "1e3",
            "x",
            "2001-01-01",
            "0x1f",
            "0",
            ".inf",
            "y",
            "n",
            "https://x",
            "sk-1",
        ] {
            assert!(rules(&format!("a: {good}\n")).is_empty(), "{good}");
        }
    }

    #[test]
    fn interpolations_that_are_none_or_lead_nowhere() {
        for (text, expected) in [
            ("${oc.env:A}", None),
            ("${oc.env:A,${oc.env:B}}", None),
            ("${connections.b.url}", None),
            ("${.url}", None),
            ("${nodes.a.b}", None),
            ("\\${HOME}", None),
            ("${HOME}", Some("unescaped-interpolation")),
            ("x${PASSWORD}y", Some("unescaped-interpolation")),
            ("${oc.env:A,${B}}", Some("unescaped-interpolation")),
            ("${env:A}", Some("bad-interpolation")),
            ("${", Some("bad-interpolation")),
            ("pass${word", Some("bad-interpolation")),
        ] {
            let found = rules(&format!("a: '{text}'\n"));
            assert_eq!(found.first().copied(), expected, "{text}");
        }
    }
}
