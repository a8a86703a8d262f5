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

/// A text of several lines as it is shown.
pub(super) struct Lines {
    /// At least one.
    shown: Vec<Shown>,
    /// How many there are above and below these, if any.
    hidden: Option<String>,
}

impl Rows<'_> {
    /// The lines of a text: the first that is shown stands beside the label.
    pub(super) fn area(&mut self, stop: Stop, label: &str, line: &Line, badge: &str) {
        let room = self.room().saturating_sub(badge.width() + 1);
        let (first, rest, hidden) = self.lines_of(stop, line, room).split();
        if let Some(first) = first {
            self.push(stop, label, first, badge);
        }
        let indent = self.width() - self.room();
        self.push_lines(stop, rest, hidden, indent);
    }

    /// The lines of a text that has the focus at that stop, or not.
    pub(super) fn lines_of(&self, stop: Stop, line: &Line, room: usize) -> Lines {
        let focused = self.has_focus(stop);
        let (lines, at) = line.rows();
        let at = if focused { at } else { 0 };
        let first = (at + 1).saturating_sub(HEIGHT);
        let width = u16::try_from(room.max(1)).unwrap_or(u16::MAX);
        let shown = lines.iter().enumerate().skip(first).take(HEIGHT);
        let shown = shown.map(|(place, line)| {
            if focused && place == at {
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
            }
        });
        let below = lines.len().saturating_sub(first + HEIGHT);
        let hidden: Vec<String> = [(first, "above"), (below, "below")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, place)| format!("{} {place}", count(number, "more line")))
            .collect();
        Lines {
            shown: shown.collect(),
            hidden: (!hidden.is_empty()).then(|| format!("… {}", hidden.join(", "))),
        }
    }

    /// The lines but the first, that far from the left.
    pub(super) fn push_lines(
        &mut self,
        stop: Stop,
        shown: impl Iterator<Item = Shown>,
        hidden: Option<String>,
        indent: usize,
    ) {
        let offset = u16::try_from(indent).unwrap_or(u16::MAX);
        for shown in shown {
            let mut spans = vec![Span::raw(" ".repeat(indent))];
            spans.extend(shown.spans);
            self.push_row(Row {
                text: TextLine::from(spans),
                stop: Some(stop),
                cursor: shown.cursor.map(|cursor| cursor.saturating_add(offset)),
            });
        }
        if let Some(hidden) = hidden {
            let text = format!("{}{hidden}", " ".repeat(MARK.max(indent)));
            let text = TextLine::styled(fit(&text, self.width()), self.palette().quiet());
            self.push_row(Row {
                text,
                stop: Some(stop),
                cursor: None,
            });
        }
    }
}

impl Lines {
    /// A text of one line.
    pub(super) fn one(shown: Shown) -> Self {
        Self {
            shown: vec![shown],
            hidden: None,
        }
    }

    /// The first line, and the others with what they hide.
    pub(super) fn split(self) -> (Option<Shown>, std::vec::IntoIter<Shown>, Option<String>) {
        let mut shown = self.shown.into_iter();
        (shown.next(), shown, self.hidden)
    }
}
