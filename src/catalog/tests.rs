//! The built-in data agrees with the package's facts, and layers only ever add secrecy.

use super::*;

#[test]
fn built_in_parses() {
    assert_eq!(Catalog::built_in().kinds().len(), 78);
}
