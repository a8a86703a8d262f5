//! How a frame reaches the terminal: as one write, with no question to the terminal.
//!
//! It wraps ratatui's own backend for crossterm, which flushes at every cursor command, opens
//! `/dev/tty` for every size, and asks the terminal where the cursor is, which the input thread
//! would answer to nobody.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{Clear, ClearType as CrosstermClear};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// Draws into memory; [`Backend::flush`] sends what was drawn.
#[derive(Debug)]
pub struct FrameBackend {
    cells: CrosstermBackend<FrameWriter>,
    /// A second handle on the terminal, for its size: the first is inside `cells`.
    terminal: OwnedFd,
    cursor: Position,
    cursor_shown: bool,
}

impl FrameBackend {
    /// Draws on `terminal`, where the cursor is hidden now.
    pub fn new(terminal: &OwnedFd) -> io::Result<Self> {
        Ok(Self {
            cells: CrosstermBackend::new(FrameWriter::new(File::from(terminal.try_clone()?))),
            terminal: terminal.try_clone()?,
            cursor: Position::ORIGIN,
            cursor_shown: false,
        })
    }

    /// Another program has drawn: the cursor is hidden again, and what waited is not sent.
    pub fn forget(&mut self) {
        self.cursor_shown = false;
    }
}

impl Backend for FrameBackend {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.cells.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown {
            self.cursor_shown = false;
            queue!(self.cells, Hide)?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !self.cursor_shown {
            self.cursor_shown = true;
            queue!(self.cells, Show)?;
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        queue!(self.cells, MoveTo(self.cursor.x, self.cursor.y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        let region = match region {
            ClearType::All => CrosstermClear::All,
            ClearType::AfterCursor => CrosstermClear::FromCursorDown,
            ClearType::BeforeCursor => CrosstermClear::FromCursorUp,
            ClearType::CurrentLine => CrosstermClear::CurrentLine,
            ClearType::UntilNewLine => CrosstermClear::UntilNewLine,
        };
        queue!(self.cells, Clear(region))
    }

    fn size(&self) -> io::Result<Size> {
        super::size_of(&self.terminal)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size()?,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.cells)
    }
}

/// Collects a frame and sends it with one write.
#[derive(Debug)]
struct FrameWriter {
    file: File,
    /// Starts with [`SYNCHRONIZED`], which small frames leave out when they are sent.
    frame: Vec<u8>,
}

/// The terminal shows nothing until the end mark (a DEC private mode that others ignore).
const SYNCHRONIZED: &[u8] = b"\x1b[?2026h";
const SYNCHRONIZED_END: &[u8] = b"\x1b[?2026l";

/// A write of up to so many bytes reaches the terminal as a whole: the line discipline and the
/// terminals read in blocks of at least this size. Longer frames are marked against tearing, and
/// the usual key pays nothing for it.
const WHOLE: usize = 1024;

impl FrameWriter {
    fn new(file: File) -> Self {
        let mut frame = Vec::with_capacity(64 * 1024);
        frame.extend_from_slice(SYNCHRONIZED);
        Self { file, frame }
    }
}

impl Write for FrameWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let drawn = self.frame.len() - SYNCHRONIZED.len();
        let sent = if drawn == 0 {
            Ok(())
        } else if drawn <= WHOLE {
            self.file.write_all(&self.frame[SYNCHRONIZED.len()..])
        } else {
            self.frame.extend_from_slice(SYNCHRONIZED_END);
            self.file.write_all(&self.frame)
        };
        self.frame.truncate(SYNCHRONIZED.len());
        sent
    }
}
