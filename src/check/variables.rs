//! The environment variables in a text, as far as a finding about one connection needs them.
//!
//! Only `oc.env` with a plain name counts: what any other interpolation comes to depends on the
//! whole document.

use super::{FieldValue, FieldView, Surroundings, UNSET_VARIABLE, across, find, the_type};
use crate::catalog::{Catalog, Requirement};
use crate::connection::{Finding, Location};
use crate::interpolation::{self, Element, Environment, Interpolation, Part};

/// An environment variable that a connection needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The variables of which one is enough, first one first: those of a field that is left out.
    /// An expression names one.
    pub any_of: Vec<String>,
    /// Whether there is a value without it.
    pub has_default: bool,
}

impl Need {
    /// Whether one of the variables is set.
    pub fn is_set(&self, environment: &Environment) -> bool {
        self.any_of
            .iter()
            .any(|name| environment.get(name).is_some())
    }
}

/// The environment variables that a connection with these fields needs: in its expressions, and for
/// fields that are left out and have no default.
pub fn needs(fields: &[FieldView<'_>], catalog: &Catalog) -> Vec<Need> {
    let mut found = Vec::new();
    for field in fields {
        needs_of_value(&field.value, &mut found);
    }
    if let Ok(Some(kind)) = the_type(fields, catalog) {
        let left_out = kind.fields.iter().filter(|spec| {
            spec.requirement == Requirement::UnlessEnv
                && find(fields, &spec.name).is_none()
                && across::applies(kind, spec, fields) == Some(true)
        });
        found.extend(left_out.map(|spec| Need {
            any_of: spec.env.clone(),
            has_default: false,
        }));
    }
    found
}

fn needs_of_value(value: &FieldValue<'_>, found: &mut Vec<Need>) {
    match value {
        FieldValue::Null | FieldValue::Bool(_) | FieldValue::Int(_) | FieldValue::Float(_) => {}
        FieldValue::Text(text) => needs_of_text(text, found),
        FieldValue::Map(entries) => {
            for entry in entries {
                needs_of_value(&entry.value, found);
            }
        }
        FieldValue::List(items) => {
            for (item, _) in items {
                needs_of_value(item, found);
            }
        }
    }
}

/// The variables that a text names in `${oc.env:…}`.
pub fn needs_of_text(text: &str, found: &mut Vec<Need>) {
    if let Some(Ok(expression)) =
        interpolation::is_expression(text).then(|| interpolation::parse(text))
    {
        needs_of_parts(&expression.parts, false, found);
    }
}

/// `is_default`: these parts stand in the default of another, and matter only without that one.
fn needs_of_parts(parts: &[Part], is_default: bool, found: &mut Vec<Need>) {
    for part in parts {
        match part {
            Part::Literal(_) => {}
            Part::Interpolation(Interpolation::Node { path }) => {
                needs_of_parts(path, is_default, found);
            }
            Part::Interpolation(Interpolation::Resolver { name, arguments }) => {
                let is_environment = matches!(name.as_slice(), [Part::Literal(a), Part::Literal(b)] if a == "oc" && b == "env")
                    || matches!(name.as_slice(), [Part::Literal(whole)] if whole == "oc.env");
                match arguments.first() {
                    Some(Element::Plain(variable)) if is_environment => {
                        found.push(Need {
                            any_of: vec![variable.trim().to_owned()],
                            has_default: is_default || arguments.len() > 1,
                        });
                        for argument in &arguments[1..] {
                            needs_of_element(argument, true, found);
                        }
                    }
                    _ => {
                        for argument in arguments {
                            needs_of_element(argument, is_default, found);
                        }
                    }
                }
            }
        }
    }
}

fn needs_of_element(element: &Element, is_default: bool, found: &mut Vec<Need>) {
    match element {
        Element::Plain(_) => {}
        Element::Parts(parts) | Element::Quoted(parts) => needs_of_parts(parts, is_default, found),
        Element::List(items) => {
            for item in items {
                needs_of_element(item, is_default, found);
            }
        }
        Element::Map(entries) => {
            for (key, value) in entries {
                needs_of_element(key, is_default, found);
                needs_of_element(value, is_default, found);
            }
        }
    }
}

/// The variables without a default that a value needs and that are not set here.
pub(super) fn check(
    path: &str,
    value: &FieldValue<'_>,
    location: Location,
    surroundings: &Surroundings<'_>,
    found: &mut Vec<Finding>,
) {
    match value {
        FieldValue::Null | FieldValue::Bool(_) | FieldValue::Int(_) | FieldValue::Float(_) => {}
        FieldValue::Text(text) => {
            for variable in unset_variables(text, surroundings.is_set) {
                found.push(UNSET_VARIABLE.finding(
                    Some(location),
                    format!("`{path}` needs `{variable}`, which is not set here"),
                    Some("set it where the workflow runs".to_owned()),
                ));
            }
        }
        FieldValue::Map(entries) => {
            for entry in entries {
                let path = format!("{path}.{}", entry.name);
                check(&path, &entry.value, entry.location, surroundings, found);
            }
        }
        FieldValue::List(items) => {
            for (position, (item, location)) in items.iter().enumerate() {
                check(
                    &format!("{path}[{position}]"),
                    item,
                    *location,
                    surroundings,
                    found,
                );
            }
        }
    }
}

/// Whether OmegaConf replaces a part of this text: a `${` that is not escaped.
pub fn is_interpolated(text: &str) -> bool {
    !interpolations(text).is_empty()
}

/// The text from each unescaped `${` on, without it.
fn interpolations(text: &str) -> Vec<&str> {
    text.match_indices("${")
        .filter(|(offset, _)| {
            let before = &text.as_bytes()[..*offset];
            // `\${` is text, `\\${` is a backslash and an interpolation.
            before
                .iter()
                .rev()
                .take_while(|byte| **byte == b'\\')
                .count()
                % 2
                == 0
        })
        .map(|(offset, _)| &text[offset + 2..])
        .collect()
}

/// The variables that a text needs and that are not set: `${oc.env:NAME}` without a default, each
/// once. What stands in the default of another (`${oc.env:A,${oc.env:B}}`) counts only if that one
/// is not set.
pub fn unset_variables<'a>(text: &'a str, is_set: &dyn Fn(&str) -> bool) -> Vec<&'a str> {
    let mut unset = Vec::new();
    let mut in_unused_default: Option<&str> = None;
    for rest in interpolations(text) {
        // Offsets grow: as long as we are behind the end of an unused default, nothing is needed.
        if in_unused_default.is_some_and(|end| rest.len() > end.len()) {
            continue;
        }
        let Some(inner) = rest.trim_start().strip_prefix("oc.env:") else {
            continue;
        };
        let Some(end) = inner.find(['}', ',', '$']) else {
            continue;
        };
        let name = inner[..end].trim();
        match inner.as_bytes()[end] {
            b'}' if !is_set(name) && !unset.contains(&name) => unset.push(name),
            b',' if is_set(name) => in_unused_default = Some(after_closing_brace(&inner[end..])),
            _ => {}
        }
    }
    unset
}

/// What follows the brace that closes the interpolation which `text` is within.
fn after_closing_brace(text: &str) -> &str {
    let mut depth = 0_usize;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return &text[offset + 1..],
            b'}' => depth -= 1,
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_decide() {
        for (text, expected) in [
            ("${oc.env:A}", true),
            ("x${a}", true),
            (r"\${a}", false),
            (r"\\${a}", true),
            (r"\\\${a}", false),
            ("$a {b}", false),
            ("", false),
        ] {
            assert_eq!(is_interpolated(text), expected, "{text}");
        }
    }

    #[test]
    fn variables_without_default_are_needed() {
        let is_set = |name: &str| name == "SET";
        for (text, expected) in [
            ("${oc.env:A}", "A"),
            ("${oc.env:SET}", ""),
            ("https://${oc.env:A}:${ oc.env:B }/${oc.env:A}", "A B"),
            ("${oc.env:A,x}", ""),
            ("${oc.env:A,null}", ""),
            ("${oc.env:A,${oc.env:B}}", "B"),
            ("${oc.env:SET,${oc.env:B}} ${oc.env:C}", "C"),
            ("${oc.env:SET,{x: '${oc.env:B}'}}${oc.env:C}", "C"),
            (r"\${oc.env:A}", ""),
            ("${connections.a.url}", ""),
            ("${oc.env:A", ""),
            ("${oc.env:${x}}", ""),
        ] {
            assert_eq!(unset_variables(text, &is_set).join(" "), expected, "{text}");
        }
    }
}
