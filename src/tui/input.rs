//! What a person typed, pasted and clicked, read from the terminal.
//!
//! crossterm has a reader too, but it stalls once more than 1,024 bytes wait, and spins on a
//! terminal that is closed while SIGHUP is caught. This one takes all that waits, and ends when
//! the terminal does. It is asked by the loop that draws: to hand each key from a thread of its own
//! to that loop takes as long as half a frame.

mod decode;
mod sequence;
#[cfg(test)]
mod tests;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};
use std::{fmt, io};

use crossterm::event::{KeyEvent, MouseEvent};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use decode::Decoder;

/// One thing that a person did at the terminal.
#[derive(Clone, PartialEq, Eq)]
pub enum Input {
    /// A key went down, or repeats. `kind` is always `Press` and `state` empty; a character says
    /// by itself whether Shift was held, so it comes without that modifier, and so does `BackTab`.
    Key(KeyEvent),
    /// A bracketed paste, of any length. Its line ends are `\n`: terminals send `\r` for them.
    Paste(String),
    /// A click, or the wheel. Columns and rows start at 0.
    Mouse(MouseEvent),
    /// The terminal is gone. It comes once, as the last input.
    Closed,
}

/// What was pasted may be a secret: only its length is shown.
impl fmt::Debug for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => formatter.debug_tuple("Key").field(key).finish(),
            Self::Paste(text) => write!(formatter, "Paste({} bytes)", text.len()),
            Self::Mouse(mouse) => formatter.debug_tuple("Mouse").field(mouse).finish(),
            Self::Closed => formatter.write_str("Closed"),
        }
    }
}

/// A lone Esc is the key, and not the start of a sequence, if nothing follows within this time.
/// Terminals send a sequence at once; a connection may tear it apart.
const ESCAPE_DELAY: Duration = Duration::from_millis(25);
/// So long may a sequence stall that has begun beyond doubt: its rest must not become keys.
const SEQUENCE_DELAY: Duration = Duration::from_millis(250);
/// A batch ends after so many bytes even if more wait, so that the screen stays alive.
const BATCH_BYTES: usize = 1 << 20;
const READ_BYTES: usize = 64 * 1024;

/// Reads the terminal, but only while somebody waits for it: what is typed otherwise stays there, for
/// the editor.
#[derive(Debug)]
pub struct Reader {
    terminal: OwnedFd,
    decoder: Decoder,
    /// When the terminal last sent something: the decoder may be waiting for the rest of it.
    pending_since: Instant,
    buffer: Vec<u8>,
    is_closed: bool,
}

/// What ended a wait: both, either, or neither if it was the time.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Woken {
    /// All that was typed: a burst costs one frame.
    pub inputs: Vec<Input>,
    /// Whether there is something to read at the other descriptor.
    pub is_rung: bool,
}

impl Reader {
    /// Reads this terminal.
    pub fn new(terminal: OwnedFd) -> Self {
        Self {
            terminal,
            decoder: Decoder::default(),
            pending_since: Instant::now(),
            buffer: vec![0; READ_BYTES],
            is_closed: false,
        }
    }

    /// Reads standard input.
    pub fn stdin() -> io::Result<Self> {
        Ok(Self::new(io::stdin().as_fd().try_clone_to_owned()?))
    }

    /// Waits until something is typed or `bell` can be read, at most for so long.
    ///
    /// [`Input::Closed`] comes once; from then on only the bell and the time are waited for.
    pub fn wait(&mut self, bell: BorrowedFd<'_>, limit: Option<Duration>) -> Woken {
        let end = limit.map(|limit| Instant::now() + limit);
        let mut woken = Woken::default();
        let mut taken = 0;
        loop {
            // A long paste is no input before its end; others are not kept waiting for that.
            let is_enough = taken >= BATCH_BYTES && (woken.is_rung || !woken.inputs.is_empty());
            if is_enough || woken.inputs.last() == Some(&Input::Closed) {
                break;
            }
            let own = self.pending_limit();
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            // With something to give, only what is there already is taken.
            let is_any = !woken.inputs.is_empty() || woken.is_rung;
            let limit = match (is_any, own, left) {
                (true, ..) => Some(Duration::ZERO),
                (false, Some(own), Some(left)) => Some(own.min(left)),
                (false, own, left) => own.or(left),
            };
            match self.poll(bell, limit) {
                Ok(Ready { rung, typed }) => {
                    woken.is_rung |= rung;
                    if typed {
                        taken += self.read(&mut woken.inputs);
                    } else if rung || is_any {
                        break;
                    } else if own.is_some() && own <= left.or(own) {
                        self.decoder.give_up_waiting(&mut woken.inputs);
                    } else {
                        break;
                    }
                }
                Err(_) => self.close(&mut woken.inputs),
            }
        }
        woken
    }

    /// Forgets half a sequence and half a paste: the terminal is another program's now.
    pub fn forget(&mut self) {
        self.decoder = Decoder::default();
    }

    fn close(&mut self, inputs: &mut Vec<Input>) {
        self.is_closed = true;
        inputs.push(Input::Closed);
    }

    /// Reads once and returns the number of bytes.
    fn read(&mut self, inputs: &mut Vec<Input>) -> usize {
        match rustix::io::read(&self.terminal, &mut self.buffer[..]) {
            Ok(count) if count > 0 => {
                self.decoder.feed(&self.buffer[..count], inputs);
                self.pending_since = Instant::now();
                count
            }
            Err(Errno::INTR | Errno::AGAIN) => 0,
            // The end of input, or a failure such as EIO from a terminal that was closed.
            Ok(_) | Err(_) => {
                self.close(inputs);
                0
            }
        }
    }

    /// How long the rest of a sequence may still take to come; `None` if nothing is half done.
    fn pending_limit(&self) -> Option<Duration> {
        let delay = match self.decoder.pending() {
            decode::Pending::Nothing | decode::Pending::Paste => return None,
            decode::Pending::Escape => ESCAPE_DELAY,
            decode::Pending::Sequence => SEQUENCE_DELAY,
        };
        Some(delay.saturating_sub(self.pending_since.elapsed()))
    }

    fn poll(&self, bell: BorrowedFd<'_>, limit: Option<Duration>) -> rustix::io::Result<Ready> {
        let limit = limit.map(|limit| Timespec {
            tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(limit.subsec_nanos()),
        });
        let mut sources = [
            PollFd::new(&bell, PollFlags::IN),
            PollFd::new(&self.terminal, PollFlags::IN),
        ];
        let count = if self.is_closed { 1 } else { 2 };
        loop {
            match poll(&mut sources[..count], limit.as_ref()) {
                Ok(_) => {
                    // Closed and failed count as input: the read tells which.
                    let is_ready = |source: &PollFd<'_>| !source.revents().is_empty();
                    return Ok(Ready {
                        rung: is_ready(&sources[0]),
                        typed: count == 2 && is_ready(&sources[1]),
                    });
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// What can be read.
struct Ready {
    rung: bool,
    typed: bool,
}
