//! How the tab of the workflow files looks.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};
use ratatui::widgets::Block;
use unicode_width::UnicodeWidthStr;

use super::super::keymap::{Keymap, WorkflowAction};
use super::super::list::{Focus, view_filter};
use super::super::matched;
use super::super::style::Palette;
use super::super::tabs::Tab;
use super::super::text::{fit_end, grouped, harmless, put_line, wrap};
use super::{File, Standing, Workflows};

impl Workflows {
    /// Draws the list with its frame; `empty` says why there is nothing.
    pub fn view(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        focus: Focus,
        empty: &str,
        (keymap, palette): (&Keymap, Palette),
    ) {
        let style = match focus {
            Focus::Here => palette.focused_frame(),
            Focus::Elsewhere => palette.frame(),
        };
        let title = self.title(area.width, keymap, palette);
        let block = Block::bordered().border_style(style).title(title);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        view_filter(frame, area, &self.filter, self.is_filtering, palette);
        let rows = self.shown.iter().enumerate().skip(self.offset);
        for ((position, place), y) in rows.zip(inner.y..inner.bottom()) {
            let filter = self.filter.text();
            let line = row(&self.files[*place], filter, inner.width, palette);
            let line = match (position == self.selected, focus) {
                (true, Focus::Here) => line.style(palette.selected()),
                (true, Focus::Elsewhere) => line.style(palette.selected_elsewhere()),
                (false, _) => line,
            };
            let whole = Rect::new(inner.x, y, inner.width, 1);
            frame.buffer_mut().set_style(whole, line.style);
            put_line(frame.buffer_mut(), inner.x, y, &line, inner.width);
        }
        if self.shown.is_empty() {
            let empty = if self.files.is_empty() {
                empty.to_owned()
            } else {
                let clear = keymap.key(WorkflowAction::Clear);
                format!("nothing matches the filter; {clear} clears it")
            };
            let lines = wrap(&empty, usize::from(inner.width.saturating_sub(2)));
            for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
                let line = TextLine::styled(format!(" {line}"), palette.quiet());
                put_line(frame.buffer_mut(), inner.x, y, &line, inner.width);
            }
        }
    }
}

impl Workflows {
    /// What stands in the upper edge: the tabs.
    pub fn title(&self, width: u16, keymap: &Keymap, palette: Palette) -> TextLine<'static> {
        let note = match self.shown.len() {
            shown if shown == self.files.len() => format!("· {} ", grouped(shown)),
            shown => format!("· {} of {} ", grouped(shown), grouped(self.files.len())),
        };
        Tab::Workflows.title(&note, width, keymap, palette)
    }
}

/// Mark, path, and how many connections it uses.
fn row(file: &File, filter: &str, width: u16, palette: Palette) -> TextLine<'static> {
    let mark = match file.standing {
        Standing::Dangling => Span::styled(" ✗ ", palette.error()),
        Standing::Unsure => Span::styled(" ? ", palette.warning()),
        Standing::Fine => Span::raw("   "),
    };
    let count = grouped(file.used);
    let room = usize::from(width).saturating_sub(mark.width() + 1 + count.width() + 1);
    let path = fit_end(&harmless(&file.shown), room);
    let gap = room - path.width() + 1;
    let mut spans = vec![mark];
    spans.extend(matched::marked(filter, "", &path, palette));
    spans.push(Span::raw(" ".repeat(gap)));
    spans.push(Span::styled(format!("{count} "), palette.quiet()));
    TextLine::from(spans)
}
