//! A finding as the command line prints it: as JSON and as lines.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::output::Manner;
use super::shown;
use crate::audit::{self, Located};
use crate::connection::Severity;
use crate::project::Project;
use crate::store::{harmless, put_harmless};

/// A finding in the JSON of `check` and `show`.
#[derive(Debug, Serialize)]
pub struct Row<'f> {
    rule: &'f str,
    severity: &'static str,
    id: Option<&'f str>,
    file: String,
    line: u32,
    column: u32,
    message: &'f str,
    hint: Option<&'f str>,
}

impl<'f> Row<'f> {
    pub fn new(located: &'f Located, project: &Project) -> Self {
        let finding = &located.finding;
        let place = audit::place(finding);
        Self {
            rule: finding.rule,
            severity: word(finding.severity),
            id: located.id.as_deref(),
            file: shown(&located.file, project),
            line: place.line,
            column: place.column,
            message: &finding.message,
            hint: finding.hint.as_deref(),
        }
    }
}

/// The word for a severity, in JSON and on the screen.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// Findings as lines: `file:line:column: error: message [rule]`, and the hint below.
pub fn lines<'f>(
    findings: impl IntoIterator<Item = &'f Located>,
    project: &Project,
    manner: Manner,
) -> String {
    let mut out = String::new();
    let mut last: Option<(&Arc<Path>, String)> = None;
    for located in findings {
        // Most stand beside others about the same file.
        let (_, file) = match last {
            Some(last) if Arc::ptr_eq(last.0, &located.file) => last,
            Some(_) | None => {
                let shown = shown(&located.file, project);
                (&located.file, harmless(shown.as_ref()))
            }
        };
        let finding = &located.finding;
        manner.put_bold(&mut out, |out| {
            // Writing to a string can't fail.
            let _ = write!(out, "{file}:{}", audit::place(finding));
        });
        out.push_str(": ");
        manner.put_severity(&mut out, finding.severity);
        out.push_str(": ");
        put_harmless(&mut out, finding.message.as_ref());
        out.push(' ');
        manner.put_dim(&mut out, |out| out.extend(["[", finding.rule, "]"]));
        out.push('\n');
        if let Some(hint) = &finding.hint {
            out.push_str("  hint: ");
            put_harmless(&mut out, hint.as_ref());
            out.push('\n');
        }
        last = Some((&located.file, file));
    }
    out
}
