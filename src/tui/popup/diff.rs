//! What the form would write, as a diff with secrets masked; or why nothing can be written.

use super::canvas::Canvas;
use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::text::Line as TextLine;
use unicode_width::UnicodeWidthStr;

use super::super::keymap::{self, FormAction};
use super::super::style::Palette;
use super::super::text::{fit, harmless, put_line};
use super::{Reply, Tone, diff_line, open_frame, scrolled, text_width, wrapped};

/// The widest that the popup gets.
const WIDTH: usize = 100;

/// The diff with its scroll position.
#[derive(Debug, Clone)]
pub struct Diff {
    /// What stands in the frame.
    pub title: String,
    /// What is to be known first: that nothing can be written and why, that the file has changed.
    pub notes: Vec<String>,
    /// The lines of a unified diff without its head.
    pub lines: Vec<String>,
    /// The first line of all on the screen.
    pub scroll: usize,
}

impl Diff {
    /// Takes a key; the one that opened it closes it too.
    pub fn key(&mut self, key: KeyEvent, screen: Rect) -> Reply {
        if keymap::find(keymap::FORM, key) == Some(FormAction::Diff) {
            return Reply::Close;
        }
        let height = body_height(screen);
        let total = self.rows(text_width(screen, WIDTH), Palette::Plain).len();
        scrolled(&mut self.scroll, key, height, total)
    }

    fn rows(&self, width: usize, palette: Palette) -> Vec<TextLine<'static>> {
        let notes: Vec<String> = self.notes.iter().map(|note| harmless(note)).collect();
        let mut rows: Vec<TextLine<'static>> = wrapped(&notes, width)
            .into_iter()
            .map(|line| TextLine::styled(line, palette.warning()))
            .collect();
        if !rows.is_empty() && !self.lines.is_empty() {
            rows.push(TextLine::default());
        }
        let lines = self.lines.iter();
        rows.extend(lines.map(|line| diff_line(line, width, palette)));
        rows
    }

    /// Draws it.
    pub fn view(&self, frame: &mut Canvas<'_>, screen: Rect, palette: Palette) {
        let room = text_width(screen, WIDTH);
        let rows = self.rows(room, palette);
        let title = fit(&harmless(&self.title), room.saturating_sub(2));
        let width = rows.iter().map(TextLine::width).max().unwrap_or_default();
        let width = width.max(title.width() + 2);
        let height = body_height(screen).min(rows.len());
        let inner = open_frame(frame, screen, (width, height), &title, Tone::Plain, palette);
        for (row, y) in rows.iter().skip(self.scroll).zip(inner.y..inner.bottom()) {
            put_line(frame.buffer_mut(), inner.x, y, row, inner.width);
        }
        let more = rows.len().saturating_sub(self.scroll + height);
        if more > 0 && inner.height > 0 {
            let mark = format!(" ↓ {more} ");
            let x = (inner.right() + 1).saturating_sub(u16::try_from(mark.width()).unwrap_or(0));
            let mark = TextLine::styled(mark, palette.quiet());
            put_line(frame.buffer_mut(), x, inner.bottom(), &mark, inner.width);
        }
    }
}

/// The lines inside of the frame, at most.
fn body_height(screen: Rect) -> usize {
    usize::from(screen.height.saturating_sub(3)).max(1)
}
