//! The one integration test binary: the built program and its invariants, seen from outside.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]
#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "the texts of tests are small, and read better so"
)]

mod architecture;
mod bridge;
mod cache;
#[cfg(target_os = "linux")]
mod canary;
mod cli;
#[cfg(target_os = "linux")]
mod drafts;
mod faults;
mod fuzz;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
mod plain;
#[cfg(target_os = "linux")]
mod pty;
mod readme;
mod reliability;
mod rename;
#[cfg(target_os = "linux")]
mod terminal;
#[cfg(target_os = "linux")]
mod terminals;
mod tidy;
mod undo;
mod walkthrough;
