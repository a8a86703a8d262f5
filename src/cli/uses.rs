//! Uses of a connection as lines.

use super::shown;
use crate::project::Project;
use crate::reference::{Form, Reference};
use crate::store::harmless;
use crate::workflow::About;

/// One line for each use: `file:line:column  node path`.
pub fn lines(about: &About<'_>, project: &Project) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, reference) in &about.certain {
        lines.push(line(path, reference, "", project));
    }
    for (path, reference) in &about.possible {
        lines.push(line(path, reference, "possible", project));
    }
    for (path, one) in &about.unverifiable {
        let text = format!(
            "{}:{}  unverifiable: {}",
            shown(path, project),
            one.location,
            one.message
        );
        lines.push(harmless(text.as_ref()));
    }
    lines
}

fn line(
    path: &std::path::Path,
    reference: &Reference,
    certainty: &str,
    project: &Project,
) -> String {
    let mut text = format!(
        "{}:{}  {}",
        shown(path, project),
        reference.location,
        reference.path
    );
    if reference.form == Form::Interpolation {
        text += "  ${…}";
    }
    for part in [certainty, reference.doubt.reason().unwrap_or_default()] {
        if !part.is_empty() {
            text += "  ";
            text += part;
        }
    }
    harmless(text.as_ref())
}
