//! The process signals that the interface answers, as values from a thread of their own.
//!
//! SIGTSTP is left alone on purpose: Ctrl-Z is a key while the interface owns the terminal, and an
//! editor that suspends itself stops its whole process group, which has to include this process,
//! or the shell would never get the terminal back.

use std::time::{Duration, Instant};
use std::{io, thread};

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What another process, or the kernel, asked of this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: end. The exit code is 143.
    Terminate,
    /// SIGHUP: the terminal is gone: end. The exit code is 129.
    HangUp,
    /// SIGINT or SIGQUIT: end, unless another program such as the editor owns the terminal: there
    /// Ctrl-C is meant for that program, and the kernel sends it to the whole process group.
    Interrupt,
    /// SIGWINCH: the terminal has another size.
    Resized,
    /// SIGCONT: this process was stopped and goes on; the terminal may be in any state.
    Continued,
}

/// The kernel and the shell may both send SIGHUP when a terminal is closed: those are one request.
const PATIENCE: Duration = Duration::from_secs(1);

/// Calls `on_signal` for each signal, on a thread that sleeps in between.
///
/// A second request to end ([`Signal::Terminate`] or [`Signal::HangUp`]), a second or more
/// after the first, ends the process at once with the signal's own effect, so that a program that
/// hangs can still be ended.
pub fn signals(mut on_signal: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH, SIGCONT])?;
    let forward = move || {
        let mut asked_to_end: Option<Instant> = None;
        for number in signals.forever() {
            let signal = match number {
                SIGTERM => Signal::Terminate,
                SIGHUP => Signal::HangUp,
                SIGWINCH => Signal::Resized,
                SIGCONT => Signal::Continued,
                _ => Signal::Interrupt,
            };
            if matches!(signal, Signal::Terminate | Signal::HangUp) {
                if asked_to_end.is_some_and(|first| first.elapsed() >= PATIENCE) {
                    // It fails for unknown signals only, and these two are known.
                    let _ = emulate_default_handler(number);
                }
                asked_to_end.get_or_insert_with(Instant::now);
            }
            on_signal(signal);
        }
    };
    thread::Builder::new()
        .name("signals".into())
        .spawn(forward)?;
    Ok(())
}
