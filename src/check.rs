//! Findings about one connection: what Dynamiq would refuse, ignore, or fail on later.
//!
//! Pure: it gets the file's fields as plain data, as OmegaConf reads them (YAML 1.1), and answers
//! with values. What is about the file itself (unreadable, not YAML, duplicate keys) or about
//! several connections is not here. No message ever quotes a secret.

mod across;
mod ignore;
mod kind;
mod literal;
mod rule;
mod store;
mod text;
mod variables;

use std::borrow::Cow;

use crate::catalog::{Catalog, FieldSpec, KindSpec, Requirement, is_secret_name, mask_text};
use crate::connection::{ConnectionId, Finding, Location, Severity};

use crate::order;
pub use ignore::Ignored;
pub use kind::{accepts, check as check_field};
pub use rule::{CheckRule, RULES, find as find_rule};
use rule::{
    FIELDS_CLASH, ID_MISMATCH, LITERAL_SECRET, MISSING_FIELD, MISSING_TYPE, NOT_A_CHOICE,
    UNKNOWN_FIELD, UNKNOWN_TYPE, UNSET_VARIABLE, WRONG_KIND,
};
pub use store::{
    dangling_reference, duplicate_definition, file_mode, id_case_clash, shadowed_definition,
    unreadable, unused, unverifiable_workflow,
};
pub use text::{Outside, check_text};
pub use variables::{Need, is_interpolated, needs, needs_of_text, unset_variables};

/// One entry of a connection's file, or of a map within it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldView<'a> {
    /// The key.
    pub name: &'a str,
    /// The value.
    pub value: FieldValue<'a>,
    /// Where the value is; where the key is, if there is none.
    pub location: Location,
}

/// A value as OmegaConf reads it, before interpolation.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue<'a> {
    /// `null`, `~`, or nothing.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A whole number, as it is written.
    Int(&'a str),
    /// A number with a fraction or an exponent, as it is written.
    Float(&'a str),
    /// A string.
    Text(&'a str),
    /// A map.
    Map(Vec<FieldView<'a>>),
    /// A list, each item with its place.
    List(Vec<(FieldValue<'a>, Location)>),
}

impl<'a> FieldValue<'a> {
    /// A number as it is written, for callers that do not tell the two kinds apart.
    pub fn of_number(text: &'a str) -> Self {
        let digits = text.trim_start_matches(['+', '-']);
        let is_hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
        if !is_hexadecimal && digits.contains(['.', 'e', 'E']) {
            Self::Float(text)
        } else {
            Self::Int(text)
        }
    }
}

/// What a connection is checked against.
pub struct Surroundings<'a> {
    /// The types that are known.
    pub catalog: &'a Catalog,
    /// Whether an environment variable is set here.
    pub is_set: &'a dyn Fn(&str) -> bool,
}

/// Everything to be said about the connection `id` with these fields, in the order of the file.
///
/// `literal-secret` is among it wherever a secret stands in the file; whether git tracks that file
/// is known to the caller, who leaves the finding out if not.
pub fn check_connection(
    id: &ConnectionId,
    fields: &[FieldView<'_>],
    surroundings: &Surroundings<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(id_mismatch(id, fields));
    let kind = match the_type(fields, surroundings.catalog) {
        Ok(kind) => kind,
        Err(finding) => {
            findings.push(finding);
            None
        }
    };
    if let Some(kind) = kind {
        for field in &kind.fields {
            findings.extend(missing(kind, field, fields, surroundings));
        }
        for field in fields.iter().filter(|field| !is_own(field.name, kind)) {
            match kind.field(field.name) {
                Some(spec) => findings.extend(kind::check(spec, field)),
                None => findings.push(unknown(kind, field, fields)),
            }
        }
        findings.extend(across::check(kind, fields, surroundings.is_set));
    }
    for field in fields.iter().filter(|field| field.name != "type") {
        let spec = kind.and_then(|kind| kind.field(field.name));
        literal::check(spec, field, &mut findings);
        // Dynamiq reads no variable for what it ignores.
        if spec.is_some() || !KindSpec::METADATA.contains(&field.name) {
            let FieldView {
                name,
                value,
                location,
            } = field;
            variables::check(name, value, *location, surroundings, &mut findings);
        }
    }
    order::sort_by_key(&mut findings, |finding| finding.location);
    findings
}

/// The keys of a file that are no fields of the type.
fn is_own(key: &str, kind: &KindSpec) -> bool {
    kind.field(key).is_none() && (matches!(key, "type" | "id") || kind.is_metadata(key))
}

fn find<'a, 'b>(fields: &'b [FieldView<'a>], name: &str) -> Option<&'b FieldView<'a>> {
    fields.iter().find(|field| field.name == name)
}

fn id_mismatch(id: &ConnectionId, fields: &[FieldView<'_>]) -> Option<Finding> {
    let field = find(fields, "id")?;
    let given = match &field.value {
        FieldValue::Text(text) | FieldValue::Int(text) | FieldValue::Float(text) => text,
        FieldValue::Null | FieldValue::Bool(_) | FieldValue::Map(_) | FieldValue::List(_) => "",
    };
    if given == id.as_str() || is_interpolated(given) {
        return None;
    }
    Some(ID_MISMATCH.finding(
        Some(field.location),
        format!("`id` is not `{id}`, the name of the file"),
        Some("remove it: the name of the file is the id".to_owned()),
    ))
}

/// The type, `None` if it can't be known here, or what is wrong with it.
fn the_type<'a>(
    fields: &[FieldView<'_>],
    catalog: &'a Catalog,
) -> Result<Option<&'a KindSpec>, Finding> {
    let missing = |location| {
        MISSING_TYPE.finding(
            location,
            "`type` is missing".to_owned(),
            Some("such as `type: dynamiq.connections.OpenAI`".to_owned()),
        )
    };
    let Some(field) = find(fields, "type") else {
        return Err(missing(None));
    };
    let path = match &field.value {
        FieldValue::Text(text) if !text.trim().is_empty() && *text != "???" => *text,
        FieldValue::Text(_)
        | FieldValue::Null
        | FieldValue::Bool(_)
        | FieldValue::Int(_)
        | FieldValue::Float(_)
        | FieldValue::Map(_)
        | FieldValue::List(_) => return Err(missing(Some(field.location))),
    };
    if is_interpolated(path) {
        return Ok(None);
    }
    if let Some(kind) = catalog.get(path) {
        return Ok(Some(kind));
    }
    // A class of one's own that looks like one of Dynamiq's is no typo of it.
    let module = path.rsplit_once('.').map_or("", |(module, _)| module);
    let is_own = !module.is_empty() && !module.starts_with("dynamiq");
    let may_be_meant = |kind: &KindSpec| {
        !is_own || kind.type_path.strip_suffix(kind.short_name()) == Some(&path[..=module.len()])
    };
    let meant = catalog.find(path).or_else(|| {
        let near = catalog.nearest(path);
        near.into_iter().find(|kind| may_be_meant(kind))
    });
    let mut finding = UNKNOWN_TYPE.finding(
        Some(field.location),
        format!("`{}` is not a known type", mask_text(path)),
        Some(meant.map_or_else(
            || "describe it in a file in `types.d`, if it is your own".to_owned(),
            |kind| format!("did you mean `{}`?", kind.type_path),
        )),
    );
    // A dotted path may be a class that only the place where the workflow runs knows.
    if path.contains('.') {
        finding.severity = Severity::Warning;
    }
    Err(finding)
}

/// A field that is needed and not there.
fn missing(
    kind: &KindSpec,
    field: &FieldSpec,
    fields: &[FieldView<'_>],
    surroundings: &Surroundings<'_>,
) -> Option<Finding> {
    if field.requirement == Requirement::Optional || !across::applies(kind, field, fields)? {
        return None;
    }
    let type_location = find(fields, "type").map(|field| field.location);
    let name = &field.name;
    if let Some(given) = find(fields, name) {
        return match &given.value {
            FieldValue::Text("???") => Some(MISSING_FIELD.finding(
                Some(given.location),
                format!("`{name}` is `???`, which stands for a missing value"),
                None,
            )),
            FieldValue::Text("") => Some(Finding {
                severity: Severity::Warning,
                ..MISSING_FIELD.finding(
                    Some(given.location),
                    format!("`{name}` is empty"),
                    by_variable(field),
                )
            }),
            FieldValue::Null
            | FieldValue::Bool(_)
            | FieldValue::Int(_)
            | FieldValue::Float(_)
            | FieldValue::Text(_)
            | FieldValue::Map(_)
            | FieldValue::List(_) => None,
        };
    }
    if field.requirement == Requirement::Required {
        return Some(MISSING_FIELD.finding(
            type_location,
            format!("`{name}` is missing"),
            Some(format!("`{}` requires it", kind.type_path)),
        ));
    }
    if field
        .env
        .iter()
        .any(|variable| (surroundings.is_set)(variable))
    {
        return None;
    }
    Some(UNSET_VARIABLE.finding(
        type_location,
        format!(
            "`{name}` is left out, and {} not set here",
            either(&field.env)
        ),
        Some("set it where the workflow runs, or write the field".to_owned()),
    ))
}

/// `A is`, or `A and B are`.
fn either(variables: &[String]) -> String {
    match variables {
        [one] => format!("`{one}` is"),
        all => {
            let all: Vec<_> = all.iter().map(|one| format!("`{one}`")).collect();
            format!("{} are", all.join(" and "))
        }
    }
}

fn by_variable(field: &FieldSpec) -> Option<String> {
    let variable = field.env.first()?;
    Some(format!(
        "write `${{oc.env:{variable}}}`, or leave it out and set the variable"
    ))
}

fn unknown(kind: &KindSpec, field: &FieldView<'_>, fields: &[FieldView<'_>]) -> Finding {
    let meant = kind
        .nearest_field(field.name)
        .filter(|meant| find(fields, &meant.name).is_none());
    UNKNOWN_FIELD.finding(
        Some(field.location),
        format!("`{}` has no field `{}`", kind.short_name(), field.name),
        Some(meant.map_or_else(
            || "Dynamiq ignores it".to_owned(),
            |meant| format!("did you mean `{}`?", meant.name),
        )),
    )
}

/// A value as a message may quote it: never a secret, never long.
fn quoted(spec: &FieldSpec, text: &str) -> Cow<'static, str> {
    if spec.secret || is_secret_name(&spec.name) || mask_text(text) != text || text.len() > 40 {
        return Cow::Borrowed("the value");
    }
    Cow::Owned(format!("`{}`", text.escape_debug()))
}

#[cfg(test)]
mod tests;
