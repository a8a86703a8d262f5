//! How a form looks: one line for each place, help and problems under it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::super::line::{Line, Show};
use super::super::style::Palette;
use super::super::text::{column, fit, harmless, wrap};
use super::field::{Content, Entry, Field, Mode, Visibility};
use super::{Form, Purpose, Stop};
use crate::catalog::{Proposal, Requirement};
use crate::connection::Secret;
use crate::document::Value;

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
            frame
                .buffer_mut()
                .set_line(area.x, y, &row.text, area.width);
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
            frame
                .buffer_mut()
                .set_line(area.right() - width, last, &text, width);
        }
        if let Some(picker) = &self.picker {
            picker.view(frame, self.picker_area(area), palette);
        }
    }

    /// Under the focused line, or over the whole form where there is no room.
    fn picker_area(&self, area: Rect) -> Rect {
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

    /// The place that stands on a line of the form.
    pub fn stop_at(&self, line: usize, width: u16) -> Option<Stop> {
        self.rows(width, Palette::Plain)
            .get(line + self.scroll)?
            .stop
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
        let mut rows = Rows {
            rows: Vec::new(),
            form: self,
            palette,
            width: usize::from(width),
            label: self.label_width(width),
        };
        if let Some(banner) = &self.banner {
            for line in wrap(banner, rows.width.saturating_sub(2)) {
                rows.plain(TextLine::styled(format!("! {line}"), palette.warning()));
            }
            rows.blank();
        }
        rows.line(Stop::Name, "Name", "", &self.name, "what people call it");
        rows.type_line();
        if matches!(self.purpose, Purpose::Create) {
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
            Purpose::Create => "Create",
            Purpose::Update { .. } => "Update",
        };
        rows.button_line(Stop::Submit, format!("[ {submit} ]"), palette.key());
        rows.button_line(Stop::Cancel, "[ Cancel ]".to_owned(), palette.quiet());
        rows.rows
    }
}

struct Rows<'f> {
    rows: Vec<Row>,
    form: &'f Form,
    palette: Palette,
    width: usize,
    label: usize,
}

impl Rows<'_> {
    fn plain(&mut self, text: TextLine<'static>) {
        self.rows.push(Row {
            text,
            stop: None,
            cursor: None,
        });
    }

    fn blank(&mut self) {
        self.plain(TextLine::default());
    }

    fn has_focus(&self, stop: Stop) -> bool {
        self.form.focus == stop
    }

    fn room(&self) -> usize {
        self.width.saturating_sub(MARK + self.label)
    }

    fn push(&mut self, stop: Stop, label: &str, shown: Shown, badge: &str) {
        let focused = self.has_focus(stop);
        let mark = if focused { "› " } else { "  " };
        let style = if focused {
            self.palette.heading()
        } else {
            self.palette.quiet()
        };
        let mut spans = vec![
            Span::styled(mark.to_owned(), self.palette.key()),
            Span::styled(column(label, self.label), style),
        ];
        let used: usize = shown.spans.iter().map(|span| span.content.width()).sum();
        spans.extend(shown.spans);
        let free = self.room().saturating_sub(used);
        if !badge.is_empty() && free > badge.width() {
            spans.push(Span::raw(" ".repeat(free - badge.width())));
            spans.push(Span::styled(badge.to_owned(), self.palette.quiet()));
        }
        let offset = u16::try_from(MARK + self.label).unwrap_or(u16::MAX);
        let cursor = shown
            .cursor
            .filter(|_| focused)
            .map(|cursor| cursor + offset);
        self.rows.push(Row {
            text: TextLine::from(spans),
            stop: Some(stop),
            cursor,
        });
    }

    /// What stands under a line: help while it has the focus, and what is wrong.
    fn below(&mut self, stop: Stop, help: &str, problem: Option<&str>) {
        if let Some(problem) = problem {
            for (place, line) in wrap(problem, self.width.saturating_sub(6))
                .iter()
                .enumerate()
            {
                let mark = if place == 0 { "✗" } else { " " };
                let text = format!("    {mark} {line}");
                self.push_below(stop, TextLine::styled(text, self.palette.error()));
            }
        }
        if self.has_focus(stop) && !help.is_empty() {
            for line in wrap(help, self.width.saturating_sub(4)) {
                self.push_below(
                    stop,
                    TextLine::styled(format!("    {line}"), self.palette.quiet()),
                );
            }
        }
    }

    fn push_below(&mut self, stop: Stop, text: TextLine<'static>) {
        self.rows.push(Row {
            text,
            stop: Some(stop),
            cursor: None,
        });
    }

    fn line(&mut self, stop: Stop, label: &str, mark: &str, line: &Line, help: &str) {
        let entry = Entry {
            line: line.clone(),
            mode: Mode::Text,
        };
        let shown = self.entry(&entry, stop, Visibility::Open, false, "");
        self.push(stop, &format!("{label}{mark}"), shown, "");
        let problem = self.head_problem(stop);
        self.below(stop, help, problem.as_deref());
    }

    fn head_problem(&self, stop: Stop) -> Option<String> {
        let problems = &self.form.head_problems;
        problems
            .iter()
            .find(|(other, _)| *other == stop)
            .map(|(_, text)| text.clone())
    }

    fn type_line(&mut self) {
        let (text, style) = match (&self.form.kind, self.form.type_path.as_str()) {
            (Some(kind), path) => (format!("{}  {path}", kind.label), None),
            (None, "") => ("choose…".to_owned(), Some(self.palette.quiet())),
            (None, path) => (format!("{path}  (not a known type)"), None),
        };
        let text = fit(&harmless(&text), self.room().saturating_sub(2));
        let spans = vec![
            Span::styled(text, style.unwrap_or_default()),
            Span::styled(" ▾", self.palette.key()),
        ];
        self.push(
            Stop::Type,
            "Type *",
            Shown {
                spans,
                cursor: Some(0),
            },
            "",
        );
        let help =
            self.form
                .kind
                .as_ref()
                .map_or("Enter opens the list; typing filters it", |kind| {
                    if kind.help.is_empty() {
                        "Enter opens the list"
                    } else {
                        kind.help.as_str()
                    }
                });
        let problem = self.head_problem(Stop::Type);
        self.below(Stop::Type, help, problem.as_deref());
    }

    fn button_line(&mut self, stop: Stop, text: String, style: ratatui::style::Style) {
        let focused = self.has_focus(stop);
        let style = if focused {
            self.palette.selected()
        } else {
            style
        };
        let mark = if focused { "› " } else { "  " };
        let spans = vec![
            Span::styled(mark.to_owned(), self.palette.key()),
            Span::styled(text, style),
        ];
        self.rows.push(Row {
            text: TextLine::from(spans),
            stop: Some(stop),
            cursor: None,
        });
    }

    fn field(&mut self, place: usize) {
        let form = self.form;
        let field = &form.fields[place];
        let label = match (field.spec.requirement, field.known) {
            (_, false) => format!("{} ?", harmless(&field.spec.name)),
            (Requirement::Required | Requirement::UnlessEnv, true) => {
                format!("{} *", harmless(&field.spec.name))
            }
            (Requirement::Optional, true) => harmless(&field.spec.name),
        };
        match &field.content {
            Content::Map(rows) | Content::List(rows) => {
                let is_map = matches!(field.content, Content::Map(_));
                self.collection(place, &label, rows, is_map);
            }
            Content::Line(_) | Content::Switch(_) | Content::Choice(_) | Content::Fixed(_) => {
                let stop = Stop::Field(place);
                let (shown, badge) = self.single(field, stop);
                self.push(stop, &label, shown, badge);
                self.below(stop, &field.help(), field.problem.as_deref());
                self.secret_warning(field, stop);
            }
        }
    }

    fn secret_warning(&mut self, field: &Field, stop: Stop) {
        if !self.has_focus(stop) || !field.holds_literal_secret() || !field.is_changed() {
            return;
        }
        let variable = field.spec.env.first().map_or("NAME", String::as_str);
        let text = format!(
            "! this puts the secret into the file, and git keeps it; ${{oc.env:{variable}}} does not"
        );
        for line in wrap(&text, self.width.saturating_sub(4)) {
            self.push_below(
                stop,
                TextLine::styled(format!("    {line}"), self.palette.warning()),
            );
        }
    }

    fn single(&self, field: &Field, stop: Stop) -> (Shown, &'static str) {
        let quiet = |text: String| Shown {
            spans: vec![Span::styled(fit(&text, self.room()), self.palette.quiet())],
            cursor: Some(0),
        };
        let plain = |text: String| Shown {
            spans: vec![Span::raw(fit(&harmless(&text), self.room()))],
            cursor: Some(0),
        };
        match &field.content {
            Content::Line(entry) => {
                let badge = match (entry.mode, field.visibility(entry)) {
                    (Mode::Expression, _) => "expr",
                    (Mode::Text, Visibility::Secret) if !entry.line.text().is_empty() => {
                        if field.revealed {
                            "secret, shown"
                        } else {
                            "secret"
                        }
                    }
                    (Mode::Text, Visibility::Secret | Visibility::Open) => "",
                };
                let room = if badge.is_empty() { "" } else { badge };
                let shown = self.entry_with_placeholder(
                    entry,
                    stop,
                    field.visibility(entry),
                    field.revealed,
                    &placeholder(field),
                    room.width() + 1,
                );
                (shown, badge)
            }
            Content::Switch(Some(flag)) => (plain(if *flag { "yes" } else { "no" }.to_owned()), ""),
            Content::Switch(None) => (quiet(placeholder(field)), ""),
            Content::Choice(Some(choice)) => {
                let known = match &field.spec.input {
                    crate::catalog::Input::Choice(choices) => choices.contains(choice),
                    _ => true,
                };
                let note = if known { "" } else { "  (not a known choice)" };
                (plain(format!("{choice} ▾{note}")), "")
            }
            Content::Choice(None) => {
                let text = placeholder(field);
                let gap = if text.is_empty() { "" } else { " " };
                (quiet(format!("{text}{gap}▾")), "")
            }
            Content::Fixed(value) => {
                let what = match value {
                    Value::Map(entries) => format!("a structure of {} entries", entries.len()),
                    Value::List(items) => format!("a structure of {} items", items.len()),
                    _ => "a structure".to_owned(),
                };
                (quiet(format!("{what}: change it in the file")), "")
            }
            Content::Map(_) | Content::List(_) => (quiet(String::new()), ""),
        }
    }

    fn collection(&mut self, place: usize, label: &str, rows: &[super::field::Row], is_map: bool) {
        let form = self.form;
        let field = &form.fields[place];
        let mut label = label.to_owned();
        let items = field.item_visibilities();
        for (number, row) in rows.iter().enumerate() {
            let value_stop = Stop::RowValue(place, number);
            let visibility = if is_map {
                field.row_visibility(row)
            } else {
                items.get(number).copied().unwrap_or(Visibility::Open)
            };
            let badge = if row.value.mode == Mode::Expression {
                "expr"
            } else {
                ""
            };
            if is_map {
                let key_stop = Stop::RowKey(place, number);
                let key = Entry {
                    line: row.key.clone(),
                    mode: Mode::Text,
                };
                let shown = self.entry(&key, key_stop, Visibility::Open, false, "key");
                self.push(key_stop, &label, shown, "");
                label.clear();
                let help = "key; Alt-D removes the row";
                self.below(key_stop, help, None);
                let shown = self.entry(&row.value, value_stop, visibility, field.revealed, "value");
                self.push(value_stop, "            =", shown, badge);
                self.below(value_stop, "value; Alt-D removes the row", None);
            } else {
                let shown = self.entry(&row.value, value_stop, visibility, field.revealed, "item");
                self.push(value_stop, &label, shown, badge);
                label.clear();
                self.below(value_stop, "item; Alt-D removes it", None);
            }
        }
        let stop = Stop::AddRow(place);
        let what = if is_map {
            "+ add an entry"
        } else {
            "+ add an item"
        };
        let text = match placeholder(field) {
            text if text.is_empty() || !rows.is_empty() => what.to_owned(),
            text => format!("{what}   ({text})"),
        };
        let spans = vec![Span::styled(fit(&text, self.room()), self.palette.quiet())];
        self.push(
            stop,
            &label,
            Shown {
                spans,
                cursor: Some(0),
            },
            "",
        );
        self.below(stop, &field.help(), field.problem.as_deref());
    }

    fn entry(
        &self,
        entry: &Entry,
        stop: Stop,
        visibility: Visibility,
        revealed: bool,
        placeholder: &str,
    ) -> Shown {
        self.entry_with_placeholder(entry, stop, visibility, revealed, placeholder, 6)
    }

    fn entry_with_placeholder(
        &self,
        entry: &Entry,
        stop: Stop,
        visibility: Visibility,
        revealed: bool,
        placeholder: &str,
        badge: usize,
    ) -> Shown {
        let room = self.room().saturating_sub(badge);
        if entry.line.text().is_empty() {
            let text = fit(placeholder, room);
            let spans = vec![Span::styled(text, self.palette.quiet())];
            return Shown {
                spans,
                cursor: Some(0),
            };
        }
        let focused = self.has_focus(stop);
        let masked = visibility == Visibility::Secret && !revealed;
        if masked && !focused {
            return Shown {
                spans: vec![Span::raw(Secret::MASK)],
                cursor: None,
            };
        }
        let show = if masked { Show::Dots } else { Show::Text };
        let width = u16::try_from(room.max(1)).unwrap_or(u16::MAX);
        if focused {
            let shown = entry.line.shown(width, show);
            return Shown {
                spans: vec![Span::raw(shown.text)],
                cursor: Some(shown.cursor),
            };
        }
        let text = fit(&harmless(entry.line.text()), room);
        Shown {
            spans: vec![Span::raw(text)],
            cursor: None,
        }
    }
}

/// What is shown dimmed in an empty field: what holds if it stays empty.
fn placeholder(field: &Field) -> String {
    match field.spec.proposal() {
        Proposal::LeftOut { variables, default } => match (variables.first(), default) {
            (Some(variable), Some(default)) => format!("{variable}, or {default}"),
            (Some(variable), None) => format!("from {variable}, if it is set"),
            (None, Some(default)) => format!("default: {default}"),
            (None, None) => String::new(),
        },
        Proposal::Expression(text) => format!(
            "from {}",
            text.trim_matches(['$', '{', '}'])
                .trim_start_matches("oc.env:")
        ),
    }
}
