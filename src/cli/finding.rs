//! A finding as the command line prints it: as JSON and as lines.

use serde::Serialize;

use super::output::Manner;
use super::shown;
use crate::audit::{self, Located};
use crate::connection::Severity;
use crate::project::Project;
use crate::store::harmless;

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

/// A finding as lines: `file:line:column: error: message [rule]`, and the hint below.
pub fn lines(located: &Located, project: &Project, manner: Manner) -> String {
    let finding = &located.finding;
    let place = format!(
        "{}:{}",
        shown(&located.file, project),
        audit::place(finding)
    );
    let mut out = format!(
        "{}: {}: {} {}\n",
        manner.bold(&harmless(place.as_ref())),
        manner.severity(finding.severity),
        harmless(finding.message.as_ref()),
        manner.dim(&format!("[{}]", finding.rule)),
    );
    if let Some(hint) = &finding.hint {
        out.push_str("  hint: ");
        out.push_str(&harmless(hint.as_ref()));
        out.push('\n');
    }
    out
}
