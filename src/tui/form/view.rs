//! How a form looks: one line for each place, help and problems under it.

mod area;
mod collection;
mod rows;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::super::style::Palette;
use super::super::text::{harmless, put_line, wrap};
use super::{Form, Purpose, Stop};
use rows::Rows;

/// A line of the form.
struct Row {
    text: TextLine<'static>,
    stop: Option<Stop>,
    /// The cursor's column, if it stands here.
    cursor: Option<u16>,
}

/// How a value looks: its text, its style, and the cursor's column within it.
struct Shown {
    spans: Vec<Span<'static>>,
    cursor: Option<u16>,
}

const MARK: usize = 2;

impl Form {
    /// What stands in the frame of the panel.
    pub fn title(&self) -> String {
        match &self.purpose {
            Purpose::Create => "Add new connection".to_owned(),
            Purpose::Copy { file, .. } => format!("Add a copy of {}", harmless(file.id.as_str())),
            Purpose::Update { file, .. } => format!("Edit {}", harmless(file.id.as_str())),
        }
    }

    /// Draws the form into the inside of its frame.
    pub fn view(&self, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
        if area.height == 0 || area.width == 0 {
            return;
        }
        let rows = self.rows(area.width, palette);
        let last = area.bottom();
        for (row, y) in rows.iter().skip(self.scroll).zip(area.y..last) {
            put_line(frame.buffer_mut(), area.x, y, &row.text, area.width);
            if let Some(cursor) = row.cursor.filter(|_| self.picker.is_none()) {
                let x = area.x + cursor.min(area.width - 1);
                frame.set_cursor_position((x, y));
            }
        }
        let more = rows
            .len()
            .saturating_sub(self.scroll + usize::from(area.height));
        if more > 0 {
            let mark = format!(" ↓ {more} ");
            let width = u16::try_from(mark.width()).unwrap_or(0).min(area.width);
            let text = TextLine::styled(mark, palette.quiet());
            put_line(frame.buffer_mut(), area.right() - width, last, &text, width);
        }
        if let Some(picker) = &self.picker {
            picker.view(frame, self.picker_area(area), palette);
        }
    }

    /// Under the focused line, or over the whole form where there is no room.
    pub(super) fn picker_area(&self, area: Rect) -> Rect {
        let (first, _, _) = self.focused_lines(area.width);
        let line = u16::try_from(first.saturating_sub(self.scroll)).unwrap_or(0) + 1;
        let below = area.height.saturating_sub(line);
        if below >= 9 {
            Rect {
                y: area.y + line,
                height: below,
                ..area
            }
        } else {
            area
        }
    }

    /// The first and last line of the focused place with its help, and the number of lines.
    pub(super) fn focused_lines(&self, width: u16) -> (usize, usize, usize) {
        let rows = self.rows(width, Palette::Plain);
        let is_here = |row: &Row| row.stop == Some(self.focus);
        let first = rows.iter().position(is_here).unwrap_or_default();
        let last = rows.iter().rposition(is_here).unwrap_or_default();
        (first, last, rows.len())
    }

    /// The place that stands on a line of the form, and whether the line is its first.
    pub fn stop_at(&self, line: usize, width: u16) -> Option<(Stop, bool)> {
        let rows = self.rows(width, Palette::Plain);
        let at = line + self.scroll;
        let stop = rows.get(at)?.stop?;
        let first = rows.iter().position(|row| row.stop == Some(stop));
        Some((stop, first == Some(at)))
    }

    fn label_width(&self, width: u16) -> usize {
        let longest = self
            .fields
            .iter()
            .enumerate()
            .filter(|(place, _)| self.applies(*place))
            .map(|(_, field)| field.spec.name.width() + 2)
            .max()
            .unwrap_or_default();
        longest
            .max("Description ".len())
            .min(usize::from(width) / 2)
            .min(28)
            + 1
    }

    fn rows(&self, width: u16, palette: Palette) -> Vec<Row> {
        let mut rows = Rows::new(self, usize::from(width), self.label_width(width), palette);
        let above: Vec<&String> = self.notice.iter().chain(&self.banner).collect();
        for text in &above {
            for line in wrap(text, usize::from(width).saturating_sub(2)) {
                rows.plain(TextLine::styled(format!("! {line}"), palette.warning()));
            }
        }
        if !above.is_empty() {
            rows.blank();
        }
        rows.line(Stop::Name, "Name", "", &self.name, "what people call it");
        rows.type_line();
        if self.purpose.is_new() {
            let help = "the file's name, and what workflows write: connection: <id>";
            rows.line(Stop::Id, "Id", " *", &self.id, help);
        }
        rows.blank();
        let (plain, advanced) = self.shown_fields();
        for place in plain {
            rows.field(place);
        }
        if !advanced.is_empty() {
            let mark = if self.advanced_open { "▾" } else { "▸" };
            let text = format!("{mark} Advanced ({})", advanced.len());
            rows.button_line(Stop::Advanced, text, palette.quiet());
            if self.advanced_open {
                for place in advanced {
                    rows.field(place);
                }
            }
        }
        if !self.fields.is_empty() {
            rows.blank();
        }
        rows.line(
            Stop::Description,
            "Description",
            "",
            &self.description,
            "what it is for",
        );
        rows.line(
            Stop::Tags,
            "Tags",
            "",
            &self.tags,
            "words separated by commas",
        );
        rows.blank();
        let submit = match self.purpose {
            Purpose::Create | Purpose::Copy { .. } => "Create",
            Purpose::Update { .. } => "Update",
        };
        rows.button_line(Stop::Submit, format!("[ {submit} ]"), palette.key());
        rows.button_line(Stop::Cancel, "[ Cancel ]".to_owned(), palette.quiet());
        rows.into_rows()
    }
}
