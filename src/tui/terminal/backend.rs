//! What ratatui needs to know of the terminal: its size. It draws into memory, and [`super::paint`]
//! sends what changed: ratatui's own backend says a style for every change of it in full, a place
//! for every gap, opens `/dev/tty` for every size, and asks the terminal where the cursor is, which
//! the input thread would answer to nobody.

use std::io;
use std::os::fd::OwnedFd;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// Knows the size, and remembers where the frame wants the cursor.
#[derive(Debug)]
pub struct FrameBackend {
    terminal: OwnedFd,
    cursor: Position,
    is_cursor_shown: bool,
}

impl FrameBackend {
    /// For `terminal`.
    pub fn new(terminal: OwnedFd) -> Self {
        Self {
            terminal,
            cursor: Position::ORIGIN,
            is_cursor_shown: false,
        }
    }

    /// Where the last frame wants the cursor; `None` if it is hidden.
    pub fn cursor(&self) -> Option<Position> {
        self.is_cursor_shown.then_some(self.cursor)
    }
}

impl Backend for FrameBackend {
    type Error = io::Error;

    /// The difference is not asked for, so it is not computed.
    fn draw<'a, I>(&mut self, _: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.is_cursor_shown = false;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.is_cursor_shown = true;
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// ratatui does so when the size has changed, which the painter sees by itself.
    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        Ok(())
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
        Ok(())
    }
}
