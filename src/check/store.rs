//! Findings about a store as a whole, and about workflows: what no single connection shows.
//!
//! Pure: who gathers the facts (`audit.rs`) calls one of these for each case.

use super::rule::{
    DANGLING_REFERENCE, DUPLICATE_DEFINITION, FILE_MODE, ID_CASE_CLASH, SHADOWED_DEFINITION,
    UNREADABLE, UNUSED, UNVERIFIABLE_WORKFLOW,
};
use crate::connection::{Finding, Location, Severity};

/// A connection file that can't be read.
pub fn unreadable(location: Option<Location>, message: &str) -> Finding {
    UNREADABLE.finding(location, message.to_owned(), None)
}

/// Another file has the same id but for case or ending.
pub fn id_case_clash(other: &str) -> Finding {
    ID_CASE_CLASH.finding(
        None,
        format!("`{other}` has the same id to some systems"),
        Some("rename one of the two".to_owned()),
    )
}

/// A file with a literal secret has a mode that lets others read it.
pub fn file_mode(mode: u32) -> Finding {
    FILE_MODE.finding(
        None,
        format!("others can read this file and the secret in it (mode {mode:03o})"),
        Some("`chmod 600` it, or move the secret to a variable".to_owned()),
    )
}

/// An id that is used and defined nowhere.
pub fn dangling_reference(id: &str, location: Location, nearest: Option<&str>) -> Finding {
    DANGLING_REFERENCE.finding(
        Some(location),
        format!("`{id}` is neither in the store nor defined here"),
        Some(nearest.map_or_else(
            || format!("`conndeck add {id} --type …` creates it"),
            |near| format!("did you mean `{near}`?"),
        )),
    )
}

/// A workflow's own definition of an id of the store.
pub fn shadowed_definition(id: &str, location: Location) -> Finding {
    SHADOWED_DEFINITION.finding(
        Some(location),
        format!("`{id}` is defined here, differently: this workflow does not use the store's"),
        Some("remove it here, or give it another id".to_owned()),
    )
}

/// The same connection again: under the id `first`, which stands at `place`.
pub fn duplicate_definition(location: Option<Location>, first: &str, place: &str) -> Finding {
    DUPLICATE_DEFINITION.finding(
        location,
        format!("the same connection as `{first}` in {place}"),
        Some("keep one, and use its id".to_owned()),
    )
}

/// A connection that no workflow uses.
pub fn unused(location: Option<Location>) -> Finding {
    UNUSED.finding(location, "no workflow uses it".to_owned(), None)
}

/// A workflow, or one reference in it, that can't be verified.
pub fn unverifiable_workflow(severity: Severity, location: Location, message: &str) -> Finding {
    let hint = match severity {
        Severity::Error => "mend it: until then it may use any connection",
        Severity::Warning | Severity::Info => {
            "until it can be resolved, no connection that it may mean can be deleted"
        }
    };
    Finding {
        severity,
        ..UNVERIFIABLE_WORKFLOW.finding(Some(location), message.to_owned(), Some(hint.to_owned()))
    }
}
