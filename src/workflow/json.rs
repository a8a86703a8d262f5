//! The JSON of `conndeck refs`: a contract, so it has structures of its own.

use std::path::Path;

use serde::ser::{Serialize, SerializeSeq as _, Serializer};

use super::Report;
use crate::connection::Location;
use crate::reference::{Certainty, Form, Reference};

/// What `conndeck refs --json` prints. It is made while it is written: all uses of a large
/// repository need more memory than the report itself.
#[derive(serde::Serialize)]
pub struct Refs<'r> {
    version: u32,
    scanned: ScannedFiles,
    references: Each<'r, References>,
    shadowed: Each<'r, ShadowedOnes>,
    unverifiable: Each<'r, Unverifiables>,
}

#[derive(Debug, serde::Serialize)]
struct ScannedFiles {
    files: usize,
    bytes: u64,
    skipped: usize,
}

/// A use, as `refs` and `show` print it.
#[derive(Debug, serde::Serialize)]
pub struct Use<'r> {
    id: Option<&'r str>,
    file: &'r str,
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
    shadowed_by: Option<By>,
}

#[derive(Debug, serde::Serialize)]
struct Place {
    line: u32,
    column: u32,
}

#[derive(Debug, serde::Serialize)]
struct By {
    line: u32,
    column: u32,
    path: String,
}

#[derive(Debug, serde::Serialize)]
struct Unverifiable<'r> {
    id: Option<&'r str>,
    file: &'r str,
    line: u32,
    column: u32,
    message: &'r str,
}

impl<'r> Refs<'r> {
    /// The whole report; `shown` gives a path as people are to see it.
    pub fn new(report: &'r Report, shown: &'r dyn Fn(&Path) -> String) -> Self {
        Self {
            version: 1,
            scanned: ScannedFiles {
                files: report.scanned.files,
                bytes: report.scanned.bytes,
                skipped: report.scanned.skipped(),
            },
            references: Each(report, shown, References),
            shadowed: Each(report, shown, ShadowedOnes),
            unverifiable: Each(report, shown, Unverifiables),
        }
    }
}

/// What one array has of every file.
struct Each<'r, K>(&'r Report, &'r dyn Fn(&Path) -> String, K);

struct References;
struct ShadowedOnes;
struct Unverifiables;

impl Serialize for Each<'_, References> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for (path, scan) in &self.0.files {
            let file = self.1(path);
            for reference in &scan.references {
                array.serialize_element(&Use::new(reference, &file))?;
            }
        }
        array.end()
    }
}

impl Serialize for Each<'_, ShadowedOnes> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for (path, scan) in &self.0.files {
            let file = self.1(path);
            for shadowed in &scan.shadowed {
                array.serialize_element(&Use {
                    certainty: "shadowed",
                    shadowed_by: Some(By {
                        line: shadowed.by.line,
                        column: shadowed.by.column,
                        path: shadowed.by_path(),
                    }),
                    ..Use::new(&shadowed.reference, &file)
                })?;
            }
        }
        array.end()
    }
}

impl Serialize for Each<'_, Unverifiables> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for (path, scan) in &self.0.files {
            let file = self.1(path);
            for unverifiable in &scan.unverifiable {
                array.serialize_element(&Unverifiable {
                    id: unverifiable.id.as_deref(),
                    file: &file,
                    line: unverifiable.location.line,
                    column: unverifiable.location.column,
                    message: &unverifiable.message,
                })?;
            }
        }
        array.end()
    }
}

impl<'r> Use<'r> {
    /// The use in the file that is shown as `file`.
    pub fn new(reference: &'r Reference, file: &'r str) -> Self {
        Self {
            id: reference.shown_id(),
            file,
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
            reason: reference.doubt.reason(),
            variables: reference.doubt.variables(),
            shadowed_by: None,
        }
    }
}
