//! The lines of a file around a place: what the panel shows below its rows.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::style::Palette;
use super::text::{fit, fit_end, harmless, put_line};
use crate::connection::Location;

/// Lines before the place, and as many behind it.
const AROUND: usize = 2;
/// Columns of a line that are kept: no screen is wider.
const WIDEST: usize = 1_000;

/// Some lines of a text, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the first line, from 1.
    first: usize,
    /// The line of the place, and the lines around it.
    lines: Vec<String>,
    place: Location,
}

impl Excerpt {
    /// The lines of `text`, which holds no secret any more, around a place. None if the text has no
    /// such line.
    pub fn of(text: &str, place: Location) -> Option<Self> {
        let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let from = line.saturating_sub(AROUND);
        let lines: Vec<String> = text
            .lines()
            .skip(from)
            .take(line + AROUND + 1 - from)
            .map(|line| harmless(&line.chars().take(WIDEST).collect::<String>()))
            .collect();
        (lines.len() > line - from).then_some(Self {
            first: from + 1,
            lines,
            place,
        })
    }

    fn row(&self, place: usize, width: usize, palette: Palette) -> TextLine<'static> {
        let number = self.first + place;
        let is_place = u32::try_from(number) == Ok(self.place.line);
        let last = self.first + self.lines.len() - 1;
        let digits = last.to_string().len();
        let mark = if is_place { "›" } else { " " };
        let head = format!(" {mark} {number:>digits$} ");
        let room = width.saturating_sub(head.width() + 1);
        let text = from_column(&self.lines[place], self.hidden(room), room);
        let (head, text) = if is_place {
            (Span::styled(head, palette.key()), Span::raw(text))
        } else {
            let quiet = palette.quiet();
            (Span::styled(head, quiet), Span::styled(text, quiet))
        };
        TextLine::from(vec![head, text])
    }

    /// How many characters on the left are not shown, so that the place is on the screen.
    fn hidden(&self, room: usize) -> usize {
        let column = usize::try_from(self.place.column).unwrap_or(usize::MAX);
        if column.saturating_add(8) <= room {
            0
        } else {
            column.min(WIDEST).saturating_sub(room / 3)
        }
    }
}

/// How many rows the pane takes from a panel of that height; none where there is no room.
pub fn rows(height: u16) -> u16 {
    match height {
        0..8 => 0,
        8..12 => 4,
        12.. => 6,
    }
}

/// Draws the pane: a line that names the place, and the lines, or why there are none.
pub fn view(
    frame: &mut Frame<'_>,
    area: Rect,
    place: &str,
    excerpt: Option<&Result<Excerpt, String>>,
    palette: Palette,
) {
    if area.height < 2 || area.width < 8 {
        return;
    }
    let width = usize::from(area.width);
    let name = fit_end(&harmless(place), width.saturating_sub(6));
    let rest = width.saturating_sub(name.width() + 4);
    let head = TextLine::from(vec![
        Span::styled("── ", palette.quiet()),
        Span::styled(name, palette.quiet()),
        Span::styled(format!(" {}", "─".repeat(rest)), palette.quiet()),
    ]);
    let room = usize::from(area.height - 1);
    let mut lines = vec![head];
    match excerpt {
        None => lines.push(TextLine::styled("  reading…", palette.quiet())),
        Some(Err(why)) => {
            let text = fit(&format!("  {}", harmless(why)), width);
            lines.push(TextLine::styled(text, palette.warning()));
        }
        Some(Ok(excerpt)) => {
            // Where there is no room for all, the place stays in the middle.
            let own = usize::try_from(excerpt.place.line).unwrap_or_default() - excerpt.first;
            let from = (own + 1).saturating_sub(room.div_ceil(2)).min(own);
            let from = from.min(excerpt.lines.len().saturating_sub(room));
            let to = excerpt.lines.len().min(from + room);
            lines.extend((from..to).map(|place| excerpt.row(place, width, palette)));
        }
    }
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        put_line(frame.buffer_mut(), area.x, y, line, area.width);
    }
}

/// A line from that character on, `…` for what is not shown on either side.
fn from_column(line: &str, hidden: usize, room: usize) -> String {
    if hidden == 0 {
        return fit(line, room);
    }
    let rest: String = line.graphemes(true).skip(hidden + 1).collect();
    if rest.is_empty() {
        return String::new();
    }
    fit(&format!("…{rest}"), room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(line: u32, column: u32) -> Location {
        Location { line, column }
    }

    #[test]
    fn two_lines_before_and_two_behind() {
        let text = "a\nb\nc\nd\ne\nf\n";
        let lines = |line| Excerpt::of(text, at(line, 1)).map(|found| found.lines.concat());
        assert_eq!(lines(1).as_deref(), Some("abc"));
        assert_eq!(lines(3).as_deref(), Some("abcde"));
        assert_eq!(lines(6).as_deref(), Some("def"));
        assert_eq!(lines(7), None);
        assert_eq!(lines(0), None);
    }

    #[test]
    fn a_terminal_is_not_spoken_to() {
        let found = Excerpt::of("a\u{1b}[31m\u{202e}\tb\n", at(1, 1)).unwrap();
        assert_eq!(found.lines, ["a·[31m· b"]);
    }

    proptest! {
        #[test]
        fn the_place_is_on_the_screen(column in 1u32..900, width in 24usize..120) {
            let text: String = (1..950).map(|place| if place == column { '#' } else { '.' }).collect();
            let found = Excerpt::of(&text, at(1, column)).unwrap();
            let row = found.row(0, width, Palette::Plain);
            prop_assert!(row.width() <= width);
            prop_assert!(row.to_string().contains('#'), "{row}");
        }
    }
}
