//! The one integration test binary: the built program and its invariants, seen from outside.

#[cfg(test)]
#[cfg(target_os = "linux")]
mod pty;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod terminal;
