//! What must hold for any bytes: the properties that the fuzz targets feed, and `tests/it/fuzz.rs`
//! too, with the seeds. Each is `check(data)`, and panics when it does not hold.

#![expect(
    clippy::unwrap_used,
    reason = "a property that does not hold is a panic"
)]

use conndeck::document;

pub mod edit;
pub mod interpolation;
#[path = "../../src/document/edit/tests/model.rs"]
#[allow(dead_code, reason = "the tests of the edit use more of it")]
mod model;
pub mod parse;
pub mod references;

/// The text of a case, without what only costs time.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data)
        .ok()
        .filter(|text| text.len() <= 1 << 16)
}
