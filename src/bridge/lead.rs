//! Where the interpolations of a text lead, as far as the text itself says.

use crate::interpolation::{self, Element, Interpolation, Part};

/// A path that an interpolation follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lead {
    /// From the document's root: `${connections.a.url}`.
    Absolute(Vec<String>),
    /// From the collection that holds the text, or that many above it: `${.url}` is 0 above.
    Relative { up: usize, keys: Vec<String> },
    /// Other interpolations say where.
    Unknown,
}

/// All paths that the interpolations in `text` follow; none for a text without any, and for one
/// that is no expression.
pub(super) fn leads(text: &str) -> Vec<Lead> {
    let mut found = Vec::new();
    if interpolation::is_expression(text)
        && let Ok(expression) = interpolation::parse(text)
    {
        of_parts(&expression.parts, &mut found);
    }
    found
}

fn of_parts(parts: &[Part], found: &mut Vec<Lead>) {
    for part in parts {
        match part {
            Part::Literal(_) => {}
            Part::Interpolation(Interpolation::Node { path }) => {
                found.push(path_of(path));
                of_parts(path, found);
            }
            Part::Interpolation(Interpolation::Resolver { name, arguments }) => {
                of_parts(name, found);
                for argument in arguments {
                    of_element(argument, found);
                }
                let name: Option<Vec<_>> = name
                    .iter()
                    .map(|part| literal(std::slice::from_ref(part)))
                    .collect();
                let takes_path = name.is_none_or(|name| {
                    matches!(
                        name.join(".").as_str(),
                        "oc.select" | "oc.deprecated" | "oc.dict.keys" | "oc.dict.values"
                    )
                });
                if takes_path && let Some(first) = arguments.first() {
                    found.push(match first {
                        Element::Plain(text) => lead(text),
                        Element::Parts(parts) | Element::Quoted(parts) => path_of(parts),
                        Element::List(_) | Element::Map(_) => Lead::Unknown,
                    });
                }
            }
        }
    }
}

fn of_element(element: &Element, found: &mut Vec<Lead>) {
    match element {
        Element::Plain(_) => {}
        Element::Parts(parts) | Element::Quoted(parts) => of_parts(parts, found),
        Element::List(items) => items.iter().for_each(|item| of_element(item, found)),
        Element::Map(entries) => {
            for (key, value) in entries {
                of_element(key, found);
                of_element(value, found);
            }
        }
    }
}

/// The parts as one text, if none of them is an interpolation.
fn literal(parts: &[Part]) -> Option<String> {
    parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) => Some(text.as_str()),
            Part::Interpolation(_) => None,
        })
        .collect()
}

fn path_of(parts: &[Part]) -> Lead {
    match literal(parts) {
        Some(path) => lead(&path),
        None => Lead::Unknown,
    }
}

fn lead(path: &str) -> Lead {
    let rest = path.trim_start_matches('.');
    let dots = path.len() - rest.len();
    let keys = rest
        .split(['.', '[', ']'])
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect();
    match dots.checked_sub(1) {
        Some(up) => Lead::Relative { up, keys },
        None => Lead::Absolute(keys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn absolute(keys: &[&str]) -> Lead {
        Lead::Absolute(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    fn relative(up: usize, keys: &[&str]) -> Lead {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Lead::Relative { up, keys }
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        assert_eq!(leads("no expression"), []);
        assert_eq!(leads("${oc.env:A,b.c}"), []);
        assert_eq!(leads("\\${a.b}"), []);
        assert_eq!(leads("x-${a.b[0]}"), [absolute(&["a", "b", "0"])]);
        assert_eq!(
            leads("${connections[x].url}"),
            [absolute(&["connections", "x", "url"])]
        );
        assert_eq!(
            leads("${.a}${..b}"),
            [relative(0, &["a"]), relative(1, &["b"])]
        );
        assert_eq!(leads("${oc.env:A,${a}}"), [absolute(&["a"])]);
        assert_eq!(leads("${oc.select:a.b,1}"), [absolute(&["a", "b"])]);
        assert_eq!(leads("${oc.decode:${.a}}"), [relative(0, &["a"])]);
        assert_eq!(leads("${a.${b}}"), [Lead::Unknown, absolute(&["b"])]);
    }
}
