//! Something failed: what, where, why, and what now. It never goes by itself.

use super::canvas::Canvas;
use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::keymap::{self, Keymap, PopupAction};
use super::super::style::Palette;
use super::{Reply, Tone, key_line, open_frame, text_width, widest, wrapped};

/// An error with its four parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What failed.
    pub what: String,
    /// Where: a path, maybe with line and column; may be empty.
    pub place: String,
    /// Why, in one line, or several of them.
    pub why: String,
    /// The state of the data and what to do now.
    pub now: String,
}

impl Message {
    /// Takes a key.
    pub fn key(&self, key: KeyEvent) -> Reply {
        match keymap::find(keymap::POPUP, key) {
            Some(PopupAction::Accept | PopupAction::Back) => Reply::Close,
            Some(PopupAction::Up | PopupAction::Down | PopupAction::Left | PopupAction::Right)
            | None => Reply::Stay,
        }
    }

    /// Draws it.
    pub fn view(&self, frame: &mut Canvas<'_>, screen: Rect, keymap: &Keymap, palette: Palette) {
        let width = text_width(screen, 70);
        let paragraphs: Vec<String> = [&self.place, &self.why, &self.now]
            .into_iter()
            .flat_map(|text| text.lines())
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect();
        let lines = wrapped(&paragraphs, width);
        let size = (widest(&lines).max(self.what.len() + 2), lines.len() + 2);
        let inner = open_frame(frame, screen, size, &self.what, Tone::Error, palette);
        for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
            frame.buffer_mut().set_stringn(
                inner.x,
                y,
                line,
                usize::from(inner.width),
                Style::new(),
            );
        }
        if inner.height > 0 {
            let keys = key_line(&[("Esc", "close")], keymap, palette);
            frame.put_keys((inner.x, inner.bottom() - 1), &keys, inner.width);
        }
    }
}
