//! The terminal: taken over, drawn on, and given back as it was, whatever the way out.
//!
//! Everything that changes a mode of the terminal is here, and one function, `Modes::restore`,
//! undoes it for quit, panic, signals, suspending, and the editor.

mod backend;
pub mod paint;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::Frame;
use ratatui::layout::Size;
use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{
    OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetwinsize, tcsetattr,
};

use backend::FrameBackend;
use paint::{Erasing, Painter};

/// The terminal while the interface owns it. Dropping it gives the terminal back.
#[derive(Debug)]
pub struct Terminal {
    screen: ratatui::Terminal<FrameBackend>,
    painter: Painter,
    modes: Arc<Modes>,
}

/// Whether the terminal reports clicks and the wheel; if not, it selects text by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// Clicks and the wheel are input.
    Captured,
    /// The mouse belongs to the terminal.
    Free,
}

impl Mouse {
    /// By whether it is wanted.
    pub fn wanted(is_wanted: bool) -> Self {
        if is_wanted {
            Self::Captured
        } else {
            Self::Free
        }
    }
}

/// True if a person can be asked: input and output are both a terminal.
pub fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

impl Terminal {
    /// Takes over the terminal of standard input and output, and has a panic give it back first.
    ///
    /// It fails where they are not a terminal.
    pub fn open(mouse: Mouse) -> io::Result<Self> {
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        let name = std::env::var("TERM").unwrap_or_default();
        let terminal = Self::on(input, output, mouse, Erasing::of_terminal(&name))?;
        let modes = Arc::clone(&terminal.modes);
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            // The panic is the news: that the terminal could not be restored is not.
            let _ = modes.restore();
            print(panic);
        }));
        Ok(terminal)
    }

    /// Takes over the terminal behind two descriptors, which may be the same.
    fn on(input: OwnedFd, output: OwnedFd, mouse: Mouse, erasing: Erasing) -> io::Result<Self> {
        let screen = ratatui::Terminal::new(FrameBackend::new(output.try_clone()?))?;
        let original = tcgetattr(&input)?;
        let output = File::from(output);
        let modes = Modes {
            input,
            output,
            original,
            mouse: AtomicBool::new(mouse == Mouse::Captured),
            entered: AtomicBool::new(false),
        };
        modes.enter()?;
        Ok(Self {
            screen,
            painter: Painter::new(erasing),
            modes: Arc::new(modes),
        })
    }

    /// Draws one frame and sends what differs from the one before, in a single write.
    ///
    /// It follows the terminal's size by itself. An error means that the terminal is gone, or was
    /// given back by a panic on another thread: end the program.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if !self.modes.entered.load(Ordering::SeqCst) {
            return Err(io::Error::other("the terminal was given back"));
        }
        self.screen.draw(|frame| {
            render(frame);
            self.painter.paint(frame.buffer_mut());
        })?;
        let cursor = self.screen.backend().cursor();
        self.painter.finish(cursor, &self.modes.output)
    }

    /// Sends bytes that draw nothing, such as a text for the clipboard.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        (&self.modes.output).write_all(bytes)
    }

    /// Columns and rows now; 80×24 where the terminal does not know.
    pub fn size(&self) -> io::Result<Size> {
        size_of(&self.modes.output)
    }

    /// Has the next frame send every cell, for a screen that something else wrote on.
    pub fn redraw(&mut self) {
        self.painter.forget();
    }

    /// Has the terminal report clicks and the wheel from now on, or keep the mouse.
    pub fn set_mouse(&mut self, mouse: Mouse) -> io::Result<()> {
        let is_captured = mouse == Mouse::Captured;
        self.modes.mouse.store(is_captured, Ordering::SeqCst);
        self.send(if is_captured {
            ENTER_MOUSE
        } else {
            LEAVE_MOUSE
        })
    }

    /// Gives the terminal to another program, such as the editor, until [`Terminal::enter`].
    ///
    /// Nothing may read the terminal meanwhile: see [`super::input::Reader::forget`].
    pub fn leave(&mut self) -> io::Result<()> {
        self.modes.restore()
    }

    /// Takes the terminal back from another program. The next frame sends every cell.
    ///
    /// Input from before is dropped: it is what the terminal answered to the other program.
    pub fn enter(&mut self) -> io::Result<()> {
        tcflush(&self.modes.input, QueueSelector::IFlush)?;
        self.resume()
    }

    /// Stops the program as Ctrl-Z does in a shell, and goes on when it is continued.
    ///
    /// The whole process group stops, `cargo run` included. Without a shell above that could
    /// continue it, the kernel lets the program go on at once.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.modes.restore()?;
        kill_current_process_group(Signal::TSTP)?;
        self.resume()
    }

    /// Sets every mode again and has the next frame send every cell: after SIGCONT, when whoever
    /// had the terminal in between may have left it in any state. It does no harm when not needed.
    pub fn resume(&mut self) -> io::Result<()> {
        self.modes.enter()?;
        self.painter.forget();
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // There is nobody left to tell: a terminal that cannot be restored is gone.
        let _ = self.modes.restore();
    }
}

/// The modes that the interface changes, and how they were. The panic hook shares it.
#[derive(Debug)]
struct Modes {
    input: OwnedFd,
    output: File,
    original: Termios,
    /// Whether it is to report the mouse.
    mouse: AtomicBool,
    entered: AtomicBool,
}

/// Alternate screen, hidden cursor, bracketed paste.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// Clicks and the wheel, in a form without a limit to coordinates. Movement is not reported: it
/// would wake the program for nothing.
const ENTER_MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// Undoes [`ENTER_MOUSE`].
const LEAVE_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// Ends a frame that a panic cut off, and leaves nothing on the screen: a terminal without a second
/// one (the Linux console, `screen` as it comes) would show it to whoever comes next. Then it undoes
/// [`ENTER_MOUSE`] and [`ENTER`] in reverse; the colours go back to normal on either screen.
const RESTORE: &[u8] =
    b"\x1b[?2026l\x1b[0m\x1b[H\x1b[J\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[?1049l\x1b[0m\x1b[?25h";

impl Modes {
    fn enter(&self) -> io::Result<()> {
        // First, so that a failure half-way is undone too.
        self.entered.store(true, Ordering::SeqCst);
        let mut raw = self.original.clone();
        raw.make_raw();
        tcsetattr(&self.input, OptionalActions::Now, &raw)?;
        let mut bytes = ENTER.to_vec();
        if self.mouse.load(Ordering::SeqCst) {
            bytes.extend_from_slice(ENTER_MOUSE);
        }
        self.send(&bytes)
    }

    /// Gives the terminal back as it was. Doing it again changes nothing.
    fn restore(&self) -> io::Result<()> {
        if !self.entered.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        // Both are tried: a terminal that takes no output can still have its line editing back.
        let sent = self.send(RESTORE);
        tcsetattr(&self.input, OptionalActions::Now, &self.original)?;
        sent
    }

    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.output).write_all(bytes)
    }
}

/// Columns and rows of a terminal, 80×24 where it says 0.
fn size_of(terminal: impl AsFd) -> io::Result<Size> {
    let size = tcgetwinsize(terminal)?;
    let or = |count, usual| if count == 0 { usual } else { count };
    Ok(Size {
        width: or(size.ws_col, 80),
        height: or(size.ws_row, 24),
    })
}
