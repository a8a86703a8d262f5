//! The one integration test binary: the built program and its invariants, seen from outside.

mod bridge;
#[cfg(target_os = "linux")]
mod pty;
#[cfg(target_os = "linux")]
mod terminal;
mod tidy;
