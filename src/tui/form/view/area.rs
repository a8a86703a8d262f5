//! A text of several lines, shown as such: as many of them as there is room for, around the cursor.

use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::super::super::line::{Line, Show};
use super::super::super::text::{count, fit};
use super::super::Stop;
use super::rows::Rows;
use super::{MARK, Row, Shown};

/// So many lines of a text are shown at once.
const HEIGHT: usize = 8;

impl Rows<'_> {
    /// The lines of a text: the first that is shown stands beside the label.
    pub(super) fn area(&mut self, stop: Stop, label: &str, line: &Line, badge: &str) {
        let focused = self.has_focus(stop);
        let (lines, at) = line.rows();
        let at = if focused { at } else { 0 };
        let first = (at + 1).saturating_sub(HEIGHT);
        let room = self.room().saturating_sub(badge.width() + 1);
        let width = u16::try_from(room.max(1)).unwrap_or(u16::MAX);
        let indent = self.width() - self.room();
        for (place, line) in lines.iter().enumerate().skip(first).take(HEIGHT) {
            let shown = if focused && place == at {
                let shown = line.shown(width, Show::Text);
                Shown {
                    spans: vec![Span::raw(shown.text)],
                    cursor: Some(shown.cursor),
                }
            } else {
                Shown {
                    spans: vec![Span::raw(fit(&line.harmless(), room))],
                    cursor: None,
                }
            };
            if place == first {
                self.push(stop, label, shown, badge);
                continue;
            }
            let mut spans = vec![Span::raw(" ".repeat(indent))];
            spans.extend(shown.spans);
            let offset = u16::try_from(indent).unwrap_or(u16::MAX);
            self.push_row(Row {
                text: TextLine::from(spans),
                stop: Some(stop),
                cursor: shown.cursor.map(|cursor| cursor.saturating_add(offset)),
            });
        }
        let below = lines.len().saturating_sub(first + HEIGHT);
        let hidden: Vec<String> = [(first, "above"), (below, "below")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, place)| format!("{} {place}", count(number, "more line")))
            .collect();
        if !hidden.is_empty() {
            let text = format!("{}… {}", " ".repeat(MARK.max(indent)), hidden.join(", "));
            let text = TextLine::styled(fit(&text, self.width()), self.palette().quiet());
            self.push_row(Row {
                text,
                stop: Some(stop),
                cursor: None,
            });
        }
    }
}
