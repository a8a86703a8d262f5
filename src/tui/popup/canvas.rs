//! What a popup is drawn on. It also takes down what can be clicked where, so that a click means
//! what is seen under it: drawing is the only place that knows.

use crate::tui::text::put_line;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line as TextLine, Span};
use ratatui::widgets::Widget;

/// The cells, and what lies under them.
#[derive(Debug)]
pub struct Canvas<'b> {
    buffer: &'b mut Buffer,
    /// Where the cursor is to stand.
    pub cursor: Option<Position>,
    spots: Vec<(Rect, Spot)>,
}

/// What a click means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// This key of the tables is pressed.
    Press(KeyEvent),
    /// The row of that number is selected; if it is that already, it is opened.
    Row(usize),
}

impl<'b> Canvas<'b> {
    /// An empty one on these cells.
    pub fn new(buffer: &'b mut Buffer) -> Self {
        Self {
            buffer,
            cursor: None,
            spots: Vec::new(),
        }
    }

    /// The cells.
    pub fn buffer_mut(&mut self) -> &mut Buffer {
        self.buffer
    }

    /// Draws a widget.
    pub fn render_widget(&mut self, widget: impl Widget, area: Rect) {
        widget.render(area, self.buffer);
    }

    /// Says where the cursor is to stand.
    pub fn set_cursor_position(&mut self, place: (u16, u16)) {
        self.cursor = Some(place.into());
    }

    /// Says what a click there means; what is said later lies above.
    pub fn spot(&mut self, area: Rect, spot: Spot) {
        self.spots.push((area.intersection(self.buffer.area), spot));
    }

    /// Draws a line that can be clicked in parts.
    pub fn put_keys(&mut self, (x, y): (u16, u16), keys: &KeyLine, width: u16) {
        put_line(self.buffer, x, y, &keys.line, width);
        for (from, length, key) in &keys.spots {
            let room = width.saturating_sub(*from);
            let area = Rect::new(x.saturating_add(*from), y, room.min(*length), 1);
            self.spot(area, Spot::Press(*key));
        }
    }

    /// What a click at a place means.
    pub fn spot_at(&self, place: Position) -> Option<Spot> {
        let under = self
            .spots
            .iter()
            .rev()
            .find(|(area, _)| area.contains(place));
        under.map(|(_, spot)| *spot)
    }
}

/// A line of buttons or keys.
#[derive(Debug, Default)]
pub struct KeyLine {
    line: TextLine<'static>,
    /// From which column, how many of them, and what a click there presses.
    spots: Vec<(u16, u16, KeyEvent)>,
}

impl KeyLine {
    /// Appends what is no key.
    pub fn gap(&mut self, text: &'static str) {
        if !self.line.spans.is_empty() {
            self.line.push_span(Span::raw(text));
        }
    }

    /// Appends a text that presses a key.
    pub fn push(&mut self, parts: Vec<(String, Style)>, key: Option<KeyEvent>) {
        let start = self.width();
        for (text, style) in parts {
            self.line.push_span(Span::styled(text, style));
        }
        let column = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
        if let Some(key) = key {
            let length = self.width() - start;
            self.spots.push((column(start), column(length), key));
        }
    }

    /// How wide it is.
    pub fn width(&self) -> usize {
        self.line.width()
    }
}
