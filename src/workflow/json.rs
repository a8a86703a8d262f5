//! The JSON of `conndeck refs`: a contract, so it has structures of its own.

use std::path::Path;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeSeq as _, Serializer};

use super::Report;
use crate::connection::Location;
use crate::reference::{Certainty, FileScan, Form, Reference};

/// What `conndeck refs --json` prints before its arrays.
#[derive(Debug, serde::Serialize)]
pub struct Head {
    version: u32,
    scanned: ScannedFiles,
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

impl Head {
    /// That of a report.
    pub fn new(report: &Report) -> Self {
        Self {
            version: 1,
            scanned: ScannedFiles {
                files: report.scanned.files,
                bytes: report.scanned.bytes,
                skipped: report.scanned.skipped(),
            },
        }
    }
}

/// Some files of a report.
pub type Files<'r> = [(&'r Arc<Path>, &'r Arc<FileScan>)];

/// Gives a path as people are to see it.
pub type Shown<'r> = dyn Fn(&Path) -> String + Sync + 'r;

/// The uses in files. These are made while they are written: all uses of a large repository need more
/// memory than the report itself.
pub struct References<'r>(pub &'r Files<'r>, pub &'r Shown<'r>);

/// The uses that the files' own definitions answer.
pub struct ShadowedOnes<'r>(pub &'r Files<'r>, pub &'r Shown<'r>);

/// What can't be decided about files.
pub struct Unverifiables<'r>(pub &'r Files<'r>, pub &'r Shown<'r>);

impl Serialize for References<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for (path, scan) in self.0 {
            let file = self.1(path);
            for reference in &scan.references {
                array.serialize_element(&Use::new(reference, &file))?;
            }
        }
        array.end()
    }
}

impl Serialize for ShadowedOnes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for (path, scan) in self.0 {
            if scan.shadowed.is_empty() {
                continue;
            }
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

impl Serialize for Unverifiables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        for (path, scan) in self.0 {
            if scan.unverifiable.is_empty() {
                continue;
            }
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
