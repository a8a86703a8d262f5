//! Files that are not as usual, and many programs at once: what `FORMAT.md`, section 4, promises,
//! from the command line. The faults under each system call are `scripts/faults.py`.

mod files;
#[cfg(target_os = "linux")]
mod many;
