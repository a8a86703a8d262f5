//! The JSON of `conndeck refs`: a contract, so it has structures of its own.

use std::path::Path;

use serde::Serialize;

use super::Report;
use crate::connection::Location;
use crate::reference::{Certainty, Form, Reference};

/// What `conndeck refs --json` prints.
#[derive(Debug, Serialize)]
pub struct Refs<'r> {
    version: u32,
    scanned: ScannedFiles,
    references: Vec<Use<'r>>,
    shadowed: Vec<Use<'r>>,
    unverifiable: Vec<Unverifiable<'r>>,
}

#[derive(Debug, Serialize)]
struct ScannedFiles {
    files: usize,
    bytes: u64,
    skipped: usize,
}

/// A use, as `refs` and `show` print it.
#[derive(Debug, Serialize)]
pub struct Use<'r> {
    id: Option<&'r str>,
    file: String,
    line: u32,
    column: u32,
    path: &'r str,
    workflows: &'r [String],
    form: Form,
    certainty: &'static str,
    definition: Option<Place>,
    reason: Option<&'r str>,
    variables: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    shadowed_by: Option<By<'r>>,
}

#[derive(Debug, Serialize)]
struct Place {
    line: u32,
    column: u32,
}

#[derive(Debug, Serialize)]
struct By<'r> {
    line: u32,
    column: u32,
    path: &'r str,
}

#[derive(Debug, Serialize)]
struct Unverifiable<'r> {
    id: Option<&'r str>,
    file: String,
    line: u32,
    column: u32,
    message: &'r str,
}

impl<'r> Refs<'r> {
    /// The whole report; `shown` gives a path as people are to see it.
    pub fn new(report: &'r Report, shown: &dyn Fn(&Path) -> String) -> Self {
        let mut refs = Self {
            version: 1,
            scanned: ScannedFiles {
                files: report.scanned.files,
                bytes: report.scanned.bytes,
                skipped: report.scanned.skipped(),
            },
            references: Vec::new(),
            shadowed: Vec::new(),
            unverifiable: Vec::new(),
        };
        for (path, scan) in &report.files {
            let file = shown(path);
            let references = scan.references.iter();
            refs.references
                .extend(references.map(|reference| Use::new(reference, &file)));
            refs.shadowed
                .extend(scan.shadowed.iter().map(|shadowed| Use {
                    certainty: "shadowed",
                    shadowed_by: Some(By {
                        line: shadowed.by.line,
                        column: shadowed.by.column,
                        path: &shadowed.by_path,
                    }),
                    ..Use::new(&shadowed.reference, &file)
                }));
            let unverifiable = scan.unverifiable.iter();
            refs.unverifiable
                .extend(unverifiable.map(|unverifiable| Unverifiable {
                    id: unverifiable.id.as_deref(),
                    file: file.clone(),
                    line: unverifiable.location.line,
                    column: unverifiable.location.column,
                    message: &unverifiable.message,
                }));
        }
        refs
    }
}

impl<'r> Use<'r> {
    /// The use in the file that is shown as `file`.
    pub fn new(reference: &'r Reference, file: &str) -> Self {
        Self {
            id: reference.id(),
            file: file.to_owned(),
            line: reference.location.line,
            column: reference.location.column,
            path: &reference.path,
            workflows: &reference.workflows,
            form: reference.form,
            certainty: match reference.certainty {
                Certainty::Certain => "certain",
                Certainty::Possible => "possible",
            },
            definition: reference
                .definition
                .map(|Location { line, column }| Place { line, column }),
            reason: reference.reason.as_deref(),
            variables: &reference.variables,
            shadowed_by: None,
        }
    }
}
