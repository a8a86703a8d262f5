//! Secrets that stand in a file as they are, instead of a reference to a variable.

use super::{FieldValue, FieldView, LITERAL_SECRET, by_variable};
use crate::catalog::{FieldSpec, is_secret_name, mask_entry, mask_items, mask_text};
use crate::connection::{Finding, Location};

/// The literal secrets in a field: itself, entries of its map, items of its list, addresses.
pub(super) fn check(spec: Option<&FieldSpec>, field: &FieldView<'_>, found: &mut Vec<Finding>) {
    // A default that everybody can read in Dynamiq's source is no secret.
    let default = spec.and_then(FieldSpec::default_text);
    if let (Some(default), FieldValue::Text(text)) = (default, &field.value)
        && default == *text
    {
        return;
    }
    let secret = spec.map_or_else(|| is_secret_name(field.name), |spec| spec.secret);
    let hint = spec
        .filter(|spec| spec.secret)
        .and_then(by_variable)
        .unwrap_or_else(|| "use a variable instead: `${oc.env:NAME}`".to_owned());
    literals(
        field.name,
        &field.value,
        field.location,
        secret,
        &mut |path, place| {
            found.push(LITERAL_SECRET.finding(
                Some(place),
                format!("`{path}` holds a secret as it is"),
                Some(hint.clone()),
            ));
        },
    );
}

/// Calls `report` for each value below `value` that has to be masked.
fn literals(
    path: &str,
    value: &FieldValue<'_>,
    location: Location,
    secret: bool,
    report: &mut dyn FnMut(&str, Location),
) {
    match value {
        FieldValue::Null | FieldValue::Bool(_) => {}
        FieldValue::Int(_) | FieldValue::Float(_) => {
            if secret {
                report(path, location);
            }
        }
        FieldValue::Text(text) => {
            let shown = if secret {
                mask_entry("secret", text)
            } else {
                mask_text(text)
            };
            if shown != *text {
                report(path, location);
            }
        }
        FieldValue::Map(entries) => {
            for entry in entries {
                let path = format!("{path}.{}", entry.name);
                let secret = secret || is_secret_name(entry.name);
                literals(&path, &entry.value, entry.location, secret, report);
            }
        }
        FieldValue::List(items) => {
            let texts: Vec<&str> = items
                .iter()
                .map(|(item, _)| match item {
                    FieldValue::Text(text) => text,
                    FieldValue::Null
                    | FieldValue::Bool(_)
                    | FieldValue::Int(_)
                    | FieldValue::Float(_)
                    | FieldValue::Map(_)
                    | FieldValue::List(_) => "",
                })
                .collect();
            let shown = mask_items(&texts);
            for (position, (item, location)) in items.iter().enumerate() {
                let path = format!("{path}[{position}]");
                // An item may be secret by the flag before it, which it does not tell itself.
                if shown[position] == texts[position] {
                    literals(&path, item, *location, secret, report);
                } else {
                    report(&path, *location);
                }
            }
        }
    }
}
