//! What a person typed, pasted and clicked, read from the terminal by permit.
//!
//! crossterm has a reader too, but it stalls once more than 1,024 bytes wait, and spins on a
//! terminal that is closed while SIGHUP is caught. This one takes all that waits, and ends when
//! the terminal does.

mod decode;
mod sequence;
#[cfg(test)]
mod tests;

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

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

/// A thread that reads the terminal, but only while it has a permit.
///
/// One permit gives one batch: everything that waits, so that a burst costs one frame. Without a
/// permit nobody reads, and what is typed stays in the terminal for the editor.
#[derive(Debug)]
pub struct Reader {
    /// One byte per [`Command`]. A pipe, since the thread waits for it and the terminal at once.
    commands: PipeWriter,
    paused: Receiver<()>,
}

impl Reader {
    /// Starts the thread, which reads `terminal` and gives each batch to `deliver`.
    ///
    /// A batch is never empty. The thread ends after [`Input::Closed`], and with the `Reader`.
    pub fn start(
        terminal: OwnedFd,
        deliver: impl FnMut(Vec<Input>) + Send + 'static,
    ) -> io::Result<Self> {
        let (receiver, commands) = pipe()?;
        let (acknowledge, paused) = sync_channel(1);
        let source = Source {
            terminal,
            commands: receiver,
            acknowledge,
            decoder: Decoder::default(),
            pending_since: Instant::now(),
            buffer: vec![0; READ_BYTES],
        };
        let run = move || source.run(deliver);
        thread::Builder::new().name("input".into()).spawn(run)?;
        Ok(Self { commands, paused })
    }

    /// Starts the thread on standard input.
    pub fn stdin(deliver: impl FnMut(Vec<Input>) + Send + 'static) -> io::Result<Self> {
        Self::start(io::stdin().as_fd().try_clone_to_owned()?, deliver)
    }

    /// Lets the thread deliver one more batch, as soon as there is something.
    ///
    /// A second permit before the batch changes nothing. After [`Input::Closed`] it does nothing.
    pub fn permit(&mut self) {
        self.command(Command::Permit);
    }

    /// Takes the permit back and returns when the thread has stopped reading. It forgets half a
    /// sequence and half a paste.
    ///
    /// A batch that it delivered before is still on its way to the caller.
    pub fn pause(&mut self) {
        self.command(Command::Pause);
        // An error means that the thread has ended: it reads nothing either.
        let _ = self.paused.recv();
    }

    fn command(&mut self, command: Command) {
        // An error means that the thread has ended, which it told with `Input::Closed`.
        let _ = self.commands.write_all(&[command as u8]);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Command {
    Permit = b'+',
    Pause = b'-',
}

/// A lone Esc is the key, and not the start of a sequence, if nothing follows within this time.
/// Terminals send a sequence at once; a connection may tear it apart.
const ESCAPE_DELAY: Duration = Duration::from_millis(25);
/// So long may a sequence stall that has begun beyond doubt: its rest must not become keys.
const SEQUENCE_DELAY: Duration = Duration::from_millis(250);
/// A batch ends after so many bytes even if more wait, so that the screen stays alive.
const BATCH_BYTES: usize = 1 << 20;
const READ_BYTES: usize = 64 * 1024;

/// The thread's side.
struct Source {
    terminal: OwnedFd,
    commands: PipeReader,
    acknowledge: SyncSender<()>,
    decoder: Decoder,
    /// When the terminal last sent something: the decoder may be waiting for the rest of it.
    pending_since: Instant,
    buffer: Vec<u8>,
}

/// What ended a wait.
enum Wake {
    Input,
    Command,
    TimedOut,
}

impl Source {
    fn run(mut self, mut deliver: impl FnMut(Vec<Input>)) {
        while let Some(command) = self.next_command() {
            match command {
                Command::Permit => {}
                Command::Pause => {
                    self.stop_reading();
                    continue;
                }
            }
            let Some(batch) = self.read_batch() else {
                continue;
            };
            let closed = batch.last() == Some(&Input::Closed);
            deliver(batch);
            if closed {
                return;
            }
        }
    }

    /// Waits for a command; `None` when the [`Reader`] is gone.
    fn next_command(&mut self) -> Option<Command> {
        let mut byte = [0];
        self.commands.read_exact(&mut byte).ok()?;
        Some(if byte[0] == Command::Permit as u8 {
            Command::Permit
        } else {
            Command::Pause
        })
    }

    fn stop_reading(&mut self) {
        self.decoder = Decoder::default();
        // An error means that the reader is gone; the next command will tell.
        let _ = self.acknowledge.send(());
    }

    /// Everything that waits, or the first that comes; `None` if the permit was taken back.
    fn read_batch(&mut self) -> Option<Vec<Input>> {
        let mut batch = Vec::new();
        let mut taken = 0;
        while batch.last() != Some(&Input::Closed) && (taken < BATCH_BYTES || batch.is_empty()) {
            // With something to deliver, only what is there already is taken.
            let limit = if batch.is_empty() {
                self.pending_limit()
            } else {
                Some(Duration::ZERO)
            };
            match self.wait(limit) {
                Ok(Wake::Input) => taken += self.read(&mut batch),
                Ok(Wake::Command) => match self.next_command() {
                    Some(Command::Permit) => {}
                    Some(Command::Pause) => {
                        self.stop_reading();
                        break;
                    }
                    None => return None,
                },
                Ok(Wake::TimedOut) if batch.is_empty() => {
                    self.decoder.give_up_waiting(&mut batch);
                }
                Ok(Wake::TimedOut) => break,
                Err(_) => batch.push(Input::Closed),
            }
        }
        if batch.is_empty() { None } else { Some(batch) }
    }

    /// Reads once and returns the number of bytes.
    fn read(&mut self, batch: &mut Vec<Input>) -> usize {
        match rustix::io::read(&self.terminal, &mut self.buffer[..]) {
            Ok(count) if count > 0 => {
                self.decoder.feed(&self.buffer[..count], batch);
                self.pending_since = Instant::now();
                count
            }
            Err(Errno::INTR | Errno::AGAIN) => 0,
            // The end of input, or a failure such as EIO from a terminal that was closed.
            Ok(_) | Err(_) => {
                batch.push(Input::Closed);
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

    fn wait(&self, limit: Option<Duration>) -> rustix::io::Result<Wake> {
        let limit = limit.map(|limit| Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(limit.subsec_nanos()),
        });
        let mut sources = [
            PollFd::new(&self.commands, PollFlags::IN),
            PollFd::new(&self.terminal, PollFlags::IN),
        ];
        loop {
            match poll(&mut sources, limit.as_ref()) {
                Ok(0) => return Ok(Wake::TimedOut),
                Ok(_) if !sources[0].revents().is_empty() => return Ok(Wake::Command),
                // Closed and failed count as input: the read tells which.
                Ok(_) => return Ok(Wake::Input),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
