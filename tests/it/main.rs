//! The one integration test binary: the built program and its invariants, seen from outside.

#[cfg(target_os = "linux")]
mod pty;
mod rename;
#[cfg(target_os = "linux")]
mod terminal;
mod tidy;
