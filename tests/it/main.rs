//! The one integration test binary: the built program and its invariants, seen from outside.

mod tidy;
