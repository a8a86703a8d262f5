//! What holds across the fields of one connection: the catalogue's rules, made findings.

use std::fmt::Write as _;

use super::{FIELDS_CLASH, FieldValue, FieldView, either, find, is_interpolated};
use crate::catalog::{Applies, Demand, FieldSpec, Input, KindSpec, Rule};
use crate::connection::{Finding, Location, Severity};

/// Whether a field has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// It has one that is not empty.
    Given,
    /// Its interpolation may come to null.
    Maybe,
    /// It is null or empty text: Dynamiq reads no variable for it.
    Empty,
    /// It is not in the file, and one of its variables is set here.
    FromVariable,
    /// It is not in the file, and its variables are not set here.
    Variable,
    /// It is not in the file, and nothing else gives it a value (a default apart).
    Absent,
}

/// One connection with what it is checked by.
struct Connection<'a> {
    kind: &'a KindSpec,
    fields: &'a [FieldView<'a>],
    is_set: &'a dyn Fn(&str) -> bool,
}

/// The findings of the type's rules, and of fields that have no effect.
pub(super) fn check(
    kind: &KindSpec,
    fields: &[FieldView<'_>],
    is_set: &dyn Fn(&str) -> bool,
) -> Vec<Finding> {
    let connection = Connection {
        kind,
        fields,
        is_set,
    };
    let mut findings: Vec<Finding> = kind
        .rules
        .iter()
        .filter(|rule| {
            rule.when
                .as_ref()
                .is_none_or(|when| holds(kind, when, fields) == Some(true))
        })
        .flat_map(|rule| connection.check_rule(rule))
        .collect();
    for field in fields {
        let Some(condition) = kind
            .field(field.name)
            .and_then(|spec| spec.applies.as_ref())
        else {
            continue;
        };
        let told = findings
            .iter()
            .any(|finding| finding.location == Some(field.location));
        let given = connection.presence(field.name) == Presence::Given;
        if given && !told && holds(kind, condition, fields) == Some(false) {
            let other = find(fields, &condition.field).and_then(|other| text(&other.value));
            let other = other
                .map(str::to_owned)
                .or_else(|| default_of(kind, &condition.field));
            findings.push(Finding {
                severity: Severity::Warning,
                ..FIELDS_CLASH.finding(
                    Some(field.location),
                    format!(
                        "`{}` has no effect while `{}` is `{}`",
                        field.name,
                        condition.field,
                        other.unwrap_or_default()
                    ),
                    Some(format!(
                        "remove it, or set `{}: {}`",
                        condition.field,
                        condition.values.join(" or ")
                    )),
                )
            });
        }
    }
    findings
}

/// Whether a field has a meaning here; `None` if that can't be known.
pub(super) fn applies(kind: &KindSpec, spec: &FieldSpec, fields: &[FieldView<'_>]) -> Option<bool> {
    spec.applies
        .as_ref()
        .map_or(Some(true), |condition| holds(kind, condition, fields))
}

/// Whether a condition holds; `None` if its field's value is known only where the workflow runs,
/// or is no value for it at all.
fn holds(kind: &KindSpec, condition: &Applies, fields: &[FieldView<'_>]) -> Option<bool> {
    let Some(field) = find(fields, &condition.field) else {
        return Some(kind.holds(condition, |_| None));
    };
    let given = text(&field.value).filter(|given| !is_interpolated(given))?;
    match kind.field(&condition.field).map(|spec| &spec.input) {
        // A value that is no choice is a finding of its own; what follows from it is unknown.
        Some(Input::Choice(choices)) if !choices.iter().any(|choice| choice == given) => None,
        Some(_) | None => Some(kind.holds(condition, |_| Some(given.to_owned()))),
    }
}

fn text<'a>(value: &FieldValue<'a>) -> Option<&'a str> {
    match value {
        FieldValue::Text(text) => Some(text),
        FieldValue::Null
        | FieldValue::Bool(_)
        | FieldValue::Int(_)
        | FieldValue::Float(_)
        | FieldValue::Map(_)
        | FieldValue::List(_) => None,
    }
}

fn default_of(kind: &KindSpec, name: &str) -> Option<String> {
    kind.field(name).and_then(FieldSpec::default_text)
}

impl Connection<'_> {
    fn presence(&self, name: &str) -> Presence {
        match find(self.fields, name).map(|field| &field.value) {
            Some(FieldValue::Null | FieldValue::Text("")) => Presence::Empty,
            Some(FieldValue::Text(text))
                if is_interpolated(text) && text.replace(' ', "").contains(",null}") =>
            {
                Presence::Maybe
            }
            Some(
                FieldValue::Bool(_)
                | FieldValue::Int(_)
                | FieldValue::Float(_)
                | FieldValue::Text(_)
                | FieldValue::Map(_)
                | FieldValue::List(_),
            ) => Presence::Given,
            None => match self.kind.field(name).map_or(&[][..], |spec| &spec.env) {
                [] => Presence::Absent,
                variables if variables.iter().any(|variable| (self.is_set)(variable)) => {
                    Presence::FromVariable
                }
                [..] => Presence::Variable,
            },
        }
    }

    fn place(&self, name: &str) -> Option<Location> {
        find(self.fields, name)
            .or_else(|| find(self.fields, "type"))
            .map(|field| field.location)
    }

    fn check_rule(&self, rule: &Rule) -> Vec<Finding> {
        let when = rule.when.as_ref().map_or_else(String::new, |when| {
            format!(
                " while `{}` is `{}`",
                when.field,
                when.values.join("` or `")
            )
        });
        let finding = |severity: Severity, place: &str, message: String| Finding {
            severity,
            ..FIELDS_CLASH.finding(self.place(place), message, Some(rule.hint.clone()))
        };
        match &rule.demand {
            Demand::Needs(names) => names
                .iter()
                // A variable that is not set is said by the field's own requirement.
                .filter(|name| matches!(self.presence(name), Presence::Empty | Presence::Absent))
                .map(|name| finding(rule.severity, name, format!("`{name}` is needed{when}")))
                .collect(),
            Demand::Forbids(names) => names
                .iter()
                .filter_map(|name| match self.presence(name) {
                    Presence::Given => {
                        let message = format!("`{name}` is not allowed{when}");
                        Some(finding(rule.severity, name, message))
                    }
                    Presence::FromVariable => Some(self.forbidden_variable(name, &when)),
                    Presence::Maybe | Presence::Empty | Presence::Variable | Presence::Absent => {
                        None
                    }
                })
                .collect(),
            Demand::Together(names) => self.together(rule, names).into_iter().collect(),
            Demand::AtMostOneOf(sets) => {
                let given: Vec<&Vec<String>> = sets
                    .iter()
                    .filter(|set| self.all_are(set, Presence::Given))
                    .collect();
                let [first, .., last] = given.as_slice() else {
                    return Vec::new();
                };
                let message = format!("{} and {} are both given", list(first), list(last));
                vec![finding(rule.severity, &last[0], message)]
            }
            Demand::AtLeastOneOf(sets) => {
                let weight = |set: &Vec<String>| {
                    set.iter()
                        .map(|name| lack(self.presence(name), rule.severity))
                        .max()
                        .flatten()
                };
                // A set that lacks nothing is `None`, and less than any severity.
                let Some(severity) = sets.iter().map(weight).min().flatten() else {
                    return Vec::new();
                };
                let all: Vec<_> = sets.iter().map(|set| list(set)).collect();
                let message = format!("one of these is needed{when}: {}", all.join("; "));
                vec![finding(severity, "type", message)]
            }
            Demand::EndsWith { field, ending } => {
                let (given, severity) = match find(self.fields, field) {
                    Some(given) => (text(&given.value).map(str::to_owned), rule.severity),
                    // Dynamiq does not check its own default, which fails later.
                    None if self.presence(field) == Presence::FromVariable => return Vec::new(),
                    None => (
                        default_of(self.kind, field),
                        rule.severity.min(Severity::Warning),
                    ),
                };
                match given {
                    Some(given) if !given.ends_with(ending) && !is_interpolated(&given) => {
                        let message = format!("`{field}` must end with `{ending}`{when}");
                        vec![finding(severity, field, message)]
                    }
                    Some(_) | None => Vec::new(),
                }
            }
        }
    }

    /// A field that must not be given is left out, but Dynamiq reads its variable all the same.
    fn forbidden_variable(&self, name: &str, when: &str) -> Finding {
        let variables = self.kind.field(name).map_or(&[][..], |spec| &spec.env);
        Finding {
            severity: Severity::Warning,
            ..FIELDS_CLASH.finding(
                self.place(name),
                format!(
                    "`{name}` is not allowed{when}, and Dynamiq reads it from `{}`, which is set here",
                    variables.join("` or `")
                ),
                Some(format!("write `{name}: null`, so that no variable is read")),
            )
        }
    }

    fn together(&self, rule: &Rule, names: &[String]) -> Option<Finding> {
        let given = names
            .iter()
            .find(|name| self.presence(name) == Presence::Given)?;
        let (severity, lacking) = names
            .iter()
            .filter_map(|name| Some((lack(self.presence(name), rule.severity)?, name)))
            .max_by_key(|(severity, _)| *severity)?;
        let mut message = format!("`{given}` is given without `{lacking}`");
        if let (Presence::Variable, Some(spec)) = (self.presence(lacking), self.kind.field(lacking))
        {
            let _ = write!(message, ", and {} not set here", either(&spec.env));
        }
        Some(Finding {
            severity,
            ..FIELDS_CLASH.finding(self.place(given), message, Some(rule.hint.clone()))
        })
    }

    fn all_are(&self, names: &[String], presence: Presence) -> bool {
        names.iter().all(|name| self.presence(name) == presence)
    }
}

/// How bad the lack of a field is: `None` if there is none. A variable may be set elsewhere.
fn lack(presence: Presence, severity: Severity) -> Option<Severity> {
    match presence {
        Presence::Given | Presence::Maybe | Presence::FromVariable => None,
        Presence::Variable => Some(Severity::Info),
        Presence::Empty | Presence::Absent => Some(severity),
    }
}

fn list(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" with ")
}
