//! How the list looks: its rows, and what its frame says.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};
use ratatui::widgets::Block;
use unicode_width::UnicodeWidthStr;

use super::super::keymap::{Keymap, ListAction};
use super::super::line::{Line, Show};
use super::super::matched;
use super::super::style::Palette;
use super::super::tabs::Tab;
use super::super::text::{column, fit, grouped, harmless, put_line};
use super::{Focus, List, Used};
use crate::git::Mark;
use crate::inventory::Entry;

impl List {
    /// Draws the list with its frame.
    pub fn view(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        focus: Focus,
        keymap: &Keymap,
        palette: Palette,
    ) {
        let frame_style = match focus {
            Focus::Here => palette.focused_frame(),
            Focus::Elsewhere => palette.frame(),
        };
        let title = self.title(area.width, keymap, palette);
        let mut block = Block::bordered().border_style(frame_style);
        // The heading of the last column gives way to what changes: to the lower edge, if that is
        // free.
        let heading = TextLine::styled(" used by ", palette.quiet()).right_aligned();
        let marked = self.marked_title();
        let is_edge_free = marked.is_empty() && !self.is_filtering && self.filter.text().is_empty();
        if title.width() + heading.width() + 2 <= usize::from(area.width) {
            block = block.title(heading);
        } else if is_edge_free {
            block = block.title_bottom(heading);
        }
        if is_edge_free && !self.standing.branch.is_empty() {
            // As much room as the heading takes is left on the right.
            let room = usize::from(area.width).saturating_sub(22);
            let branch = format!("git: {}", harmless(&self.standing.branch));
            let branch = format!(" {} ", fit(&branch, room));
            block = block.title_bottom(TextLine::styled(branch, palette.quiet()));
        }
        let marked = TextLine::styled(marked, palette.warning());
        let block = block.title(title).title_bottom(marked.right_aligned());
        let inner = block.inner(area);
        frame.render_widget(block, area);
        view_filter(frame, area, &self.filter, self.is_filtering, palette);
        let rows = self
            .shown
            .iter()
            .enumerate()
            .skip(self.offset)
            .zip(inner.y..inner.bottom());
        for ((position, place), y) in rows {
            let used = self
                .uses
                .as_ref()
                .and_then(|uses| uses.get(*place))
                .copied();
            let line = self.row(&self.entries[*place], used, inner.width, palette);
            let line = match (position == self.selected, focus) {
                (true, Focus::Here) => line.style(palette.selected()),
                (true, Focus::Elsewhere) => line.style(palette.selected_elsewhere()),
                (false, _) => line,
            };
            let line_area = Rect::new(inner.x, y, inner.width, 1);
            if position == self.selected {
                frame.buffer_mut().set_style(line_area, line.style);
            }
            put_line(frame.buffer_mut(), inner.x, y, &line, inner.width);
        }
        if self.shown.is_empty() && !self.entries.is_empty() && inner.height > 0 {
            let none = format!(
                " nothing matches the filter; {} clears it",
                keymap.key(ListAction::Clear)
            );
            let none = TextLine::styled(fit(&none, usize::from(inner.width)), palette.quiet());
            put_line(frame.buffer_mut(), inner.x, inner.y, &none, inner.width);
        }
    }

    /// What stands in the upper edge: the tabs.
    pub fn title(&self, width: u16, keymap: &Keymap, palette: Palette) -> TextLine<'static> {
        let title = match self.shown.len() {
            shown if shown == self.entries.len() => format!("· {} ", grouped(self.total)),
            shown => format!("· {} of {} ", grouped(shown), grouped(self.total)),
        };
        let note = format!("{title}{}", self.order.title());
        Tab::Connections.title(&note, width, keymap, palette)
    }

    fn marked_title(&self) -> String {
        match self.marked() {
            (marked, _) if marked.is_empty() => String::new(),
            (marked, 0) => format!(" {} marked ", grouped(marked.len())),
            (marked, hidden) => {
                format!(
                    " {} marked, {} hidden ",
                    grouped(marked.len()),
                    grouped(hidden)
                )
            }
        }
    }

    fn row(
        &self,
        entry: &Entry,
        used: Option<Used>,
        width: u16,
        palette: Palette,
    ) -> TextLine<'static> {
        let width = usize::from(width);
        let count = match used {
            None => "…".to_owned(),
            Some(Used {
                certain,
                uncertain: 0,
            }) => grouped(certain),
            Some(Used { certain, .. }) => format!("{}?", grouped(certain)),
        };
        let mark = if self.marked.contains(entry.id()) {
            Span::styled("●", palette.warning())
        } else {
            Span::raw(" ")
        };
        // Its column is there as soon as one file has a mark: the names stay in line.
        let git = if self.standing.marks.is_empty() {
            Span::raw("")
        } else {
            let mark = self.git_mark(entry);
            let style = match mark {
                Some(Mark::Untracked | Mark::Added) => palette.success(),
                Some(Mark::Changed) => palette.warning(),
                Some(Mark::Ignored) | None => palette.quiet(),
            };
            Span::styled(mark.map_or(" ", Mark::glyph), style)
        };
        let git_width = git.width();
        if let Some(broken) = &entry.summary.broken {
            let name = fit(&harmless(&entry.file.shown_name()), width / 2);
            let place = broken
                .location
                .map(|place| format!("{place} "))
                .unwrap_or_default();
            let reason = format!("{place}{}", harmless(&broken.message));
            let room = width.saturating_sub(5 + git_width + name.width());
            return TextLine::from(vec![
                mark,
                git,
                Span::styled("✗ ", palette.error()),
                Span::raw(name),
                Span::styled(format!("  {}", fit(&reason, room)), palette.error()),
            ]);
        }
        // Names come first: they get what they need, the type what is left, but at least eight.
        let count_width = 5;
        let rest = width.saturating_sub(2 + git_width + count_width + 1);
        let name_width = self.longest_name.min(rest.saturating_sub(9)).max(rest / 2);
        let type_width = rest.saturating_sub(name_width + 1);
        let name = column(&harmless(&entry.summary.name), name_width);
        let mut spans = vec![mark, git, Span::raw(" ")];
        spans.extend(matched::marked(self.filter.text(), "", &name, palette));
        let kind = match entry.summary.type_label.as_str() {
            "" => "no type",
            label => label,
        };
        let kind = format!(" {}", column(&harmless(kind), type_width));
        let marked = matched::marked(self.filter.text(), "type:", &kind, palette);
        spans.extend(matched::within(palette.quiet(), marked));
        spans.push(Span::styled(
            format!("{count:>count_width$} "),
            palette.quiet(),
        ));
        TextLine::from(spans)
    }
}

/// The filter stands in the lower edge of the frame.
pub(in crate::tui) fn view_filter(
    frame: &mut Frame<'_>,
    area: Rect,
    filter: &Line,
    is_filtering: bool,
    palette: Palette,
) {
    if (!is_filtering && filter.text().is_empty()) || area.width < 8 || area.height < 2 {
        return;
    }
    let shown = filter.shown(area.width - 7, Show::Text);
    let line = TextLine::from(vec![
        Span::styled(" / ", palette.key()),
        Span::raw(shown.text.clone()),
        Span::raw(" "),
    ]);
    let y = area.bottom() - 1;
    put_line(frame.buffer_mut(), area.x + 1, y, &line, area.width - 2);
    if is_filtering {
        frame.set_cursor_position((area.x + 4 + shown.cursor, y));
    }
}
