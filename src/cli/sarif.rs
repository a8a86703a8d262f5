//! Findings as SARIF 2.1.0 (OASIS), for code scanning services.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::audit::{self, Located};
use crate::check::RULES;
use crate::connection::Severity;
use crate::project::Project;

/// The document.
pub fn document(findings: &[&Located], project: &Project) -> Value {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.name,
                "shortDescription": {"text": rule.summary},
                "help": {"text": rule.advice},
                "defaultConfiguration": {"level": level(rule.severity)},
            })
        })
        .collect();
    let results: Vec<Value> = findings.iter().map(|one| result(one, project)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "conndeck",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(located: &Located, project: &Project) -> Value {
    let finding = &located.finding;
    let place = audit::place(finding);
    let mut text = finding.message.clone();
    if let Some(hint) = &finding.hint {
        // Writing to a string can't fail.
        let _ = write!(text, " ({hint})");
    }
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&located.file, project)},
            "region": {"startLine": place.line, "startColumn": place.column},
        },
    });
    if let Some(id) = &located.id {
        location["logicalLocations"] = json!([{"name": id, "kind": "resource"}]);
    }
    json!({
        "ruleId": finding.rule,
        "ruleIndex": RULES.iter().position(|rule| rule.name == finding.rule),
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [location],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A path as a URI reference: relative to the current directory, or absolute.
fn uri(path: &Path, project: &Project) -> String {
    use std::os::unix::ffi::OsStrExt as _;

    let (prefix, path) = match path.strip_prefix(&project.base) {
        Ok(inner) => ("", inner),
        Err(_) => ("file://", path),
    };
    let mut uri = prefix.to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
