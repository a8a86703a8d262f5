//! How a conflict looks: the disputed fields above, the diff of what would be written below.

use super::super::canvas::{Canvas, Spot};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};

use super::super::super::style::Palette;
use super::super::super::text::{column, fit, harmless, wrap};
use super::super::{Tone, diff_line, open_frame, text_width};
use super::{Conflict, Outcome, Row};
use crate::merge::Side;
use crate::tui::text::put_line;

/// The widest that the popup gets.
const WIDTH: usize = 100;

/// What the values of a row are called.
const NAMES: [&str; 3] = ["was", "mine", "theirs"];

impl Conflict {
    /// Draws it over the screen.
    pub fn view(&self, frame: &mut Canvas<'_>, screen: Rect, palette: Palette) {
        let width = text_width(screen, WIDTH);
        let head = self.head(screen, palette);
        let (mut lines, spots): (Vec<_>, Vec<_>) = head.into_iter().unzip();
        let room = body_height(screen).saturating_sub(lines.len());
        match &self.outcome {
            Outcome::Refused(reason) => {
                let reason = format!("✗ it can't be written: {reason}");
                let parts = wrap(&reason, width).into_iter();
                lines.extend(parts.map(|part| TextLine::styled(part, palette.error())));
            }
            Outcome::Text(_, diff) if diff.is_empty() => {
                let text = if self.undecided() == 0 {
                    "nothing: the file stays as it is"
                } else {
                    "nothing yet"
                };
                lines.push(TextLine::styled(fit(text, width), palette.quiet()));
            }
            Outcome::Text(_, diff) => {
                let shown = diff.iter().skip(self.scroll).take(room);
                lines.extend(shown.map(|line| diff_line(line, width, palette)));
            }
        }
        let title = format!("Changed on both sides: {}", self.file.shown_name());
        let title = fit(&title, usize::from(screen.width).saturating_sub(6));
        let size = (width, body_height(screen).min(lines.len().max(8)));
        let inner = open_frame(frame, screen, size, &title, Tone::Question, palette);
        for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
            put_line(frame.buffer_mut(), inner.x, y, line, inner.width);
        }
        for (spot, y) in spots.iter().zip(inner.y..inner.bottom()) {
            if let Some(spot) = spot {
                frame.spot(Rect::new(inner.x, y, inner.width, 1), *spot);
            }
        }
    }

    /// How many lines of the diff have room.
    pub(super) fn diff_height(&self, screen: Rect) -> usize {
        body_height(screen).saturating_sub(self.head(screen, Palette::Plain).len())
    }

    /// All that stands above the diff, and what a click there means.
    fn head(&self, screen: Rect, palette: Palette) -> Vec<(TextLine<'static>, Option<Spot>)> {
        let width = text_width(screen, WIDTH);
        let lines: Vec<TextLine<'static>> = match &self.notice {
            Some(notice) => wrap(notice, width)
                .into_iter()
                .map(|part| TextLine::styled(part, palette.error()))
                .collect(),
            None => {
                let text = "Changed here and on disk: whose is kept?";
                vec![TextLine::raw(fit(text, width))]
            }
        };
        let mut lines: Vec<_> = lines.into_iter().map(|line| (line, None)).collect();
        // The diff has at least a third, and on the smallest screens one line.
        let height = body_height(screen);
        let least = if height < 9 { 1 } else { height / 3 };
        let room = height.saturating_sub(lines.len() + 1 + least);
        let (rows, selected) = self.rows(width, palette);
        let last = selected.end.min(selected.start + room.max(1));
        let skip = last.saturating_sub(room.max(1));
        lines.extend(rows.into_iter().skip(skip).take(room.max(1)));
        let undecided = self.undecided();
        let heading = if undecided == 0 {
            "── would be written ──".to_owned()
        } else {
            format!("── would be written, {undecided} undecided as on disk ──")
        };
        lines.push((
            TextLine::styled(fit(&heading, width), palette.heading()),
            None,
        ));
        lines
    }

    fn undecided(&self) -> usize {
        self.rows.iter().filter(|row| row.side.is_none()).count()
    }

    /// The lines of the rows, and which of them are the selected one's.
    fn rows(
        &self,
        width: usize,
        palette: Palette,
    ) -> (
        Vec<(TextLine<'static>, Option<Spot>)>,
        std::ops::Range<usize>,
    ) {
        let mut lines = Vec::new();
        let mut selected = 0..0;
        for (place, row) in self.rows.iter().enumerate() {
            let start = lines.len();
            let is_here = place == self.selected;
            let line = head_of(row, is_here, width, palette);
            lines.push((line, Some(Spot::Row(place))));
            if !is_here {
                continue;
            }
            if let Some(note) = &row.note {
                let note = fit(&format!("    {}", harmless(note)), width);
                lines.push((TextLine::styled(note, palette.warning()), None));
            }
            for ((name, value), side) in
                NAMES
                    .iter()
                    .zip(&row.values)
                    .zip([None, Some(Side::Mine), Some(Side::Theirs)])
            {
                let mark = match side {
                    None => ' ',
                    Some(_) if side == row.side => '●',
                    Some(_) => '○',
                };
                let text = format!("  {mark} {} {}", column(name, 6), harmless(value));
                let style = if side.is_some() && side == row.side {
                    palette.success()
                } else {
                    ratatui::style::Style::new()
                };
                // A click on a value decides for it.
                let key = side.map(|side| match side {
                    Side::Mine => KeyEvent::from(KeyCode::Char('m')),
                    Side::Theirs => KeyEvent::from(KeyCode::Char('t')),
                });
                let line = TextLine::styled(fit(&text, width), style);
                lines.push((line, key.map(Spot::Press)));
            }
            selected = start..lines.len();
        }
        (lines, selected)
    }
}

fn head_of(row: &Row, is_here: bool, width: usize, palette: Palette) -> TextLine<'static> {
    let (side, style) = match row.side {
        None => ("? undecided", palette.warning()),
        Some(Side::Mine) => ("✓ mine", palette.success()),
        Some(Side::Theirs) => ("✓ theirs", palette.success()),
    };
    let mark = if is_here { "› " } else { "  " };
    let label = column(&harmless(&row.label()), width.saturating_sub(14));
    let label = Span::raw(format!("{mark}{label}"));
    let label = if is_here {
        label.style(palette.heading())
    } else {
        label
    };
    TextLine::from(vec![label, Span::raw(" "), Span::styled(side, style)])
}

/// The lines inside of the frame, at most.
fn body_height(screen: Rect) -> usize {
    usize::from(screen.height.saturating_sub(3)).max(1)
}
