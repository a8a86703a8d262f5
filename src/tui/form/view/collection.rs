//! The rows of maps and lists: the field's name on a line of its own, its entries below it.

use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::super::super::line::Line;
use super::super::super::text::{count, fit};
use super::super::Stop;
use super::super::entry::{Entry, Mode};
use super::super::field::{Field, Row as Entries};
use super::super::masking::Visibility;
use super::area::Lines;
use super::rows::{Rows, placeholder};
use super::{MARK, Shown};

/// How far the entries are indented.
const INDENT: usize = 2;

impl Rows<'_> {
    /// A map's entries, key and value on one line.
    pub(super) fn map(&mut self, place: usize, label: &str, entries: &[Entries]) {
        self.head(place, label, entries.len(), "an entry");
        if entries.is_empty() {
            return;
        }
        let room = self.width().saturating_sub(INDENT * 2);
        let widest = entries
            .iter()
            .map(|entry| entry.key.text().width() + 1)
            .max()
            .unwrap_or_default();
        let key_width = widest.clamp(8, (room / 2).max(8));
        let form = self.form();
        let field = &form.fields[place];
        let visibilities = field.row_visibilities();
        for (number, (entry, visibility)) in entries.iter().zip(visibilities).enumerate() {
            let (key_stop, value_stop) =
                (Stop::RowKey(place, number), Stop::RowValue(place, number));
            let key = text(&entry.key);
            let key = self.entry_within(&key, key_stop, Visibility::Open, false, "key", key_width);
            let badge = badge(&entry.value);
            let room = room.saturating_sub(key_width + 2 + badge.width() + 1);
            let lines = self.value_lines(entry, value_stop, visibility, field, ("value", room));
            let (value, rest, hidden) = lines.split();
            let value = value.unwrap_or_else(nothing);
            let used: usize = key.spans.iter().map(|span| span.content.width()).sum();
            let mut spans = key.spans;
            spans.push(Span::raw(" ".repeat(key_width.saturating_sub(used) + 2)));
            spans.extend(value.spans);
            let on_key = self.has_focus(key_stop);
            let behind_key = u16::try_from(key_width + 2).unwrap_or(u16::MAX);
            let (stop, cursor) = if on_key {
                (key_stop, key.cursor)
            } else {
                (value_stop, value.cursor.map(|at| at + behind_key))
            };
            self.push_indented(stop, Shown { spans, cursor }, badge, INDENT);
            let indent = MARK + INDENT + key_width + 2;
            self.push_lines(value_stop, rest, hidden, indent);
        }
        self.add_row(place, "+ add an entry");
    }

    /// A list's items.
    pub(super) fn list(&mut self, place: usize, label: &str, items: &[Entries]) {
        self.head(place, label, items.len(), "an item");
        if items.is_empty() {
            return;
        }
        let room = self.width().saturating_sub(INDENT * 2);
        let form = self.form();
        let field = &form.fields[place];
        let visibilities = field.row_visibilities();
        for (number, (item, visibility)) in items.iter().zip(visibilities).enumerate() {
            let stop = Stop::RowValue(place, number);
            let badge = badge(&item.value);
            let room = room.saturating_sub(badge.width() + 1);
            let lines = self.value_lines(item, stop, visibility, field, ("item", room));
            let (shown, rest, hidden) = lines.split();
            self.push_indented(stop, shown.unwrap_or_else(nothing), badge, INDENT);
            self.push_lines(stop, rest, hidden, MARK + INDENT);
        }
        self.add_row(place, "+ add an item");
    }

    /// The value of an entry: all its lines, if it has several and may be seen.
    fn value_lines(
        &self,
        entry: &Entries,
        stop: Stop,
        visibility: Visibility,
        field: &Field,
        (placeholder, room): (&str, usize),
    ) -> Lines {
        let line = &entry.value.line;
        let is_seen = visibility == Visibility::Open || field.revealed;
        if is_seen && line.text().contains('\n') {
            return self.lines_of(stop, line, room);
        }
        let value = &entry.value;
        let shown = self.entry_within(value, stop, visibility, field.revealed, placeholder, room);
        Lines::one(shown)
    }

    /// The field's name; without entries, the place that adds the first one.
    fn head(&mut self, place: usize, label: &str, entries: usize, what: &str) {
        let form = self.form();
        let field = &form.fields[place];
        let holds = placeholder(field);
        let text = match (entries, holds.as_str()) {
            (0, "") => format!("+ add {what}"),
            (0, holds) => format!("+ add {what}   ({holds})"),
            (entries, _) if what == "an item" => count(entries, "item"),
            (1, _) => "1 entry".to_owned(),
            (entries, _) => format!("{entries} entries"),
        };
        let spans = vec![Span::styled(
            fit(&text, self.room()),
            self.palette().quiet(),
        )];
        let shown = Shown {
            spans,
            cursor: Some(0),
        };
        if entries == 0 {
            let stop = Stop::AddRow(place);
            self.push(stop, label, shown, "");
            self.below(stop, &field.help(), field.problem.as_deref());
        } else {
            self.push_label(label, shown);
        }
    }

    fn add_row(&mut self, place: usize, text: &str) {
        let stop = Stop::AddRow(place);
        let spans = vec![Span::styled(text.to_owned(), self.palette().quiet())];
        let shown = Shown {
            spans,
            cursor: Some(0),
        };
        self.push_indented(stop, shown, "", INDENT);
        let form = self.form();
        let field = &form.fields[place];
        self.below(stop, &field.help(), field.problem.as_deref());
    }
}

fn nothing() -> Shown {
    Shown {
        spans: Vec::new(),
        cursor: None,
    }
}

fn badge(entry: &Entry) -> &'static str {
    match entry.mode {
        Mode::Expression => "expr",
        Mode::Text => "",
    }
}

fn text(line: &Line) -> Entry {
    Entry {
        line: line.clone(),
        ..Entry::default()
    }
}
