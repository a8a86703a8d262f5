//! How the choice of tags looks.

use crate::tui::text::put_line;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::super::super::line::Show;
use super::super::super::matched;
use super::super::super::style::Palette;
use super::super::super::text::{count, fit, harmless, wrap};
use super::super::{Canvas, Spot, Tone, open_frame, text_width};
use super::{Has, Row, Tagging, is_tag};

/// How wide the text is at most.
const WIDTH: usize = 60;

/// How many tags a page has.
pub(super) fn rows_shown(screen: Rect) -> usize {
    usize::from(screen.height).saturating_sub(9).max(1)
}

impl Tagging {
    /// Draws it.
    pub fn view(&self, frame: &mut Canvas<'_>, screen: Rect, palette: Palette) {
        let width = text_width(screen, WIDTH);
        let notes = self.notes(width, palette);
        let rows = self.rows();
        // The filter must not make the frame jump: the room is for all tags and a new one.
        let most = usize::from(screen.height)
            .saturating_sub(6 + notes.len())
            .max(1);
        let room = (self.known.len() + 1).clamp(1, most);
        let size = (width, room + notes.len() + 2);
        let title = self.title();
        let inner = open_frame(frame, screen, size, &title, Tone::Plain, palette);
        let [status, prompt, list, below] = parts(inner, notes.len());
        let line = self.status(palette);
        put_line(frame.buffer_mut(), status.x, status.y, &line, status.width);
        self.view_prompt(frame, prompt, palette);
        self.view_rows(frame, (list, inner.bottom()), &rows, palette);
        for (line, y) in notes.iter().zip(below.y..below.bottom()) {
            put_line(frame.buffer_mut(), below.x, y, line, below.width);
        }
    }

    fn title(&self) -> String {
        match self.subjects.as_slice() {
            [one] => format!("Tags of {}", harmless(one.file.id.as_str())),
            several => format!("Tags of {}", count(several.len(), "connection")),
        }
    }

    /// What is about to happen.
    fn status(&self, palette: Palette) -> TextLine<'static> {
        if self.ticket.is_some() {
            return TextLine::raw("writing…");
        }
        match self.changed().count() {
            0 => TextLine::styled("nothing changes yet", palette.quiet()),
            number => {
                let text = format!("{} will change", count(number, "connection"));
                TextLine::styled(text, palette.warning())
            }
        }
    }

    fn view_prompt(&self, frame: &mut Canvas<'_>, area: Rect, palette: Palette) {
        if area.height == 0 || area.width < 8 {
            return;
        }
        let shown = self.filter.shown(area.width - 3, Show::Text);
        let text = if shown.text.is_empty() {
            Span::styled("type to filter, or a new tag", palette.quiet())
        } else {
            Span::raw(shown.text)
        };
        let prompt = TextLine::from(vec![Span::styled("/ ", palette.key()), text]);
        put_line(frame.buffer_mut(), area.x, area.y, &prompt, area.width);
        frame.set_cursor_position((area.x + 2 + shown.cursor, area.y));
    }

    /// The tags; how many are below them stands in the `edge` of the frame.
    fn view_rows(
        &self,
        frame: &mut Canvas<'_>,
        (area, edge): (Rect, u16),
        rows: &[Row],
        palette: Palette,
    ) {
        if rows.is_empty() {
            let text = if self.filter.text().trim().is_empty() {
                "  no connection has a tag yet"
            } else if is_tag(self.filter.text().trim()) {
                "  nothing matches"
            } else {
                "  a tag has no comma"
            };
            let line = TextLine::styled(fit(text, usize::from(area.width)), palette.quiet());
            put_line(frame.buffer_mut(), area.x, area.y, &line, area.width);
            return;
        }
        let height = usize::from(area.height);
        let top = (self.selected + 1).saturating_sub(height);
        let shown = rows.iter().enumerate().skip(top).zip(area.y..area.bottom());
        for ((place, row), y) in shown {
            let line = self.row(row, usize::from(area.width), palette);
            let line = if place == self.selected {
                frame
                    .buffer_mut()
                    .set_style(Rect::new(area.x, y, area.width, 1), palette.selected());
                line.style(palette.selected())
            } else {
                line
            };
            put_line(frame.buffer_mut(), area.x, y, &line, area.width);
            let spot = if place == self.selected {
                Spot::Press(KeyEvent::from(KeyCode::Char(' ')))
            } else {
                Spot::Row(place)
            };
            frame.spot(Rect::new(area.x, y, area.width, 1), spot);
        }
        let below = rows.len().saturating_sub(top + height);
        if below > 0 {
            let mark = format!(" ↓ {below} ");
            let width = u16::try_from(mark.width()).unwrap_or(area.width);
            let x = area.right().saturating_sub(width);
            let mark = TextLine::styled(mark, palette.quiet());
            put_line(frame.buffer_mut(), x, edge, &mark, width);
        }
    }

    /// `[x] prod   2 of 3, +1`
    fn row(&self, row: &Row, width: usize, palette: Palette) -> TextLine<'static> {
        let tag = match row {
            Row::Known(tag) => tag,
            Row::New(tag) => {
                let text = fit(&format!("[ ] {}", harmless(tag)), width.saturating_sub(11));
                let new = Span::styled("  a new tag", palette.quiet());
                return TextLine::from(vec![Span::raw(text), new]);
            }
        };
        let (with, all) = self.counted(tag);
        let (mark, change) = match (self.wanted.get(tag), self.has_now(tag)) {
            (Some(true), _) => ("[x] ", format!("+{}", all - with)),
            (Some(false), _) => ("[ ] ", format!("-{with}")),
            (None, Has::All) => ("[x] ", String::new()),
            (None, Has::Some) => ("[-] ", String::new()),
            (None, Has::None) => ("[ ] ", String::new()),
        };
        let on = if all > 1 && with > 0 {
            format!("{with} of {all}  ")
        } else {
            String::new()
        };
        let style = match self.wanted.get(tag) {
            Some(true) => palette.success(),
            Some(false) | None => palette.warning(),
        };
        let change = format!("{change:>4}");
        let room = width.saturating_sub(4 + on.width() + change.width() + 1);
        let name = fit(&harmless(tag), room);
        let gap = room.saturating_sub(name.width()) + 1;
        let mut spans = vec![Span::raw(mark)];
        spans.extend(matched::marked(self.filter.text(), "", &name, palette));
        spans.push(Span::raw(" ".repeat(gap)));
        spans.push(Span::styled(on, palette.quiet()));
        spans.push(Span::styled(change, style));
        TextLine::from(spans)
    }

    /// What kept the last try from happening, what is not seen in the list, and the connections that
    /// stay as they are.
    fn notes(&self, width: usize, palette: Palette) -> Vec<TextLine<'static>> {
        let mut lines = Vec::new();
        for line in self
            .failed
            .iter()
            .flat_map(|why| wrap(&format!("✗ {why}"), width))
        {
            lines.push(TextLine::styled(line, palette.error()));
        }
        if self.hidden > 0 {
            let marked = self.subjects.len();
            let text = format!("! {marked} marked, {} not shown in the list", self.hidden);
            lines.push(TextLine::styled(fit(&text, width), palette.warning()));
        }
        let left_out: Vec<String> = self
            .subjects
            .iter()
            .filter_map(|subject| {
                let why = subject.tags.as_ref().err()?;
                let id = harmless(subject.file.id.as_str());
                Some(format!("! {id} stays as it is: {}", harmless(why)))
            })
            .collect();
        let most = if left_out.len() > 3 { 2 } else { 3 };
        for text in left_out.iter().take(most) {
            lines.push(TextLine::styled(fit(text, width), palette.warning()));
        }
        if left_out.len() > most {
            let more = format!("! … and {} more stay as they are", left_out.len() - most);
            lines.push(TextLine::styled(fit(&more, width), palette.warning()));
        }
        lines
    }
}

/// The line of what happens, that of what is typed, the tags, and the notes below them.
fn parts(inner: Rect, notes: usize) -> [Rect; 4] {
    let line = |y: u16, height: u16| Rect {
        y: inner.y + y.min(inner.height),
        height: height.min(inner.height.saturating_sub(y)),
        ..inner
    };
    let notes = u16::try_from(notes).unwrap_or(u16::MAX);
    let notes = notes.min(inner.height.saturating_sub(3));
    let rows = inner.height.saturating_sub(2 + notes);
    [line(0, 1), line(1, 1), line(2, rows), line(2 + rows, notes)]
}
