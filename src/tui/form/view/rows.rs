//! The lines of a form, made one after the other.

use ratatui::style::Style;
use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::super::super::line::{Line, Show};
use super::super::super::style::Palette;
use super::super::super::text::{column, fit, harmless, wrap};
use super::super::entry::{Entry, Mode};
use super::super::field::{Content, Field};
use super::super::masking::Visibility;
use super::super::{Form, Stop};
use super::{MARK, Row, Shown};
use crate::catalog::{Input, Proposal, Requirement};
use crate::connection::Secret;
use crate::document::Value;

pub(super) struct Rows<'f> {
    lines: Vec<Row>,
    form: &'f Form,
    palette: Palette,
    width: usize,
    label: usize,
}

impl<'f> Rows<'f> {
    /// No lines yet; `label` is the width of the labels' column.
    pub(super) fn new(form: &'f Form, width: usize, label: usize, palette: Palette) -> Self {
        Self {
            lines: Vec::new(),
            form,
            palette,
            width,
            label,
        }
    }

    /// The form that is drawn.
    pub(super) fn form(&self) -> &'f Form {
        self.form
    }

    /// The styles.
    pub(super) fn palette(&self) -> Palette {
        self.palette
    }

    /// The columns there are.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// What was made.
    pub(super) fn into_rows(self) -> Vec<Row> {
        self.lines
    }

    pub(super) fn push_row(&mut self, row: Row) {
        self.lines.push(row);
    }

    pub(super) fn plain(&mut self, text: TextLine<'static>) {
        self.lines.push(Row {
            text,
            stop: None,
            cursor: None,
        });
    }

    pub(super) fn blank(&mut self) {
        self.plain(TextLine::default());
    }

    pub(super) fn has_focus(&self, stop: Stop) -> bool {
        self.form.focus == stop
    }

    pub(super) fn room(&self) -> usize {
        self.width.saturating_sub(MARK + self.label)
    }

    /// A line with a label and a value.
    pub(super) fn push(&mut self, stop: Stop, label: &str, shown: Shown, badge: &str) {
        let style = if self.has_focus(stop) {
            self.palette.heading()
        } else {
            self.palette.quiet()
        };
        let label_span = Span::styled(column(label, self.label), style);
        self.push_behind(stop, label_span, shown, badge);
    }

    /// A line without a label, indented.
    pub(super) fn push_indented(&mut self, stop: Stop, shown: Shown, badge: &str, indent: usize) {
        self.push_behind(stop, Span::raw(" ".repeat(indent)), shown, badge);
    }

    /// A label that is no place for the focus.
    pub(super) fn push_label(&mut self, label: &str, shown: Shown) {
        let mut spans = vec![
            Span::raw(" ".repeat(MARK)),
            Span::styled(column(label, self.label), self.palette.quiet()),
        ];
        spans.extend(shown.spans);
        self.plain(TextLine::from(spans));
    }

    fn push_behind(&mut self, stop: Stop, first: Span<'static>, shown: Shown, badge: &str) {
        let focused = self.has_focus(stop);
        let offset = MARK + first.content.width();
        let mark = if focused { "› " } else { "  " };
        let mut spans = vec![Span::styled(mark.to_owned(), self.palette.key()), first];
        let used: usize = shown.spans.iter().map(|span| span.content.width()).sum();
        spans.extend(shown.spans);
        let free = self.width.saturating_sub(offset + used);
        if !badge.is_empty() && free > badge.width() {
            spans.push(Span::raw(" ".repeat(free - badge.width())));
            spans.push(Span::styled(badge.to_owned(), self.palette.quiet()));
        }
        let offset = u16::try_from(offset).unwrap_or(u16::MAX);
        let cursor = shown
            .cursor
            .filter(|_| focused)
            .map(|cursor| cursor + offset);
        self.lines.push(Row {
            text: TextLine::from(spans),
            stop: Some(stop),
            cursor,
        });
    }

    /// What stands under a line: help while it has the focus, and what is wrong.
    pub(super) fn below(&mut self, stop: Stop, help: &str, problem: Option<&str>) {
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
        self.lines.push(Row {
            text,
            stop: Some(stop),
            cursor: None,
        });
    }

    pub(super) fn line(&mut self, stop: Stop, label: &str, mark: &str, line: &Line, help: &str) {
        let label = format!("{label}{mark}");
        if line.text().contains('\n') {
            self.area(stop, &label, line, "");
        } else {
            let entry = Entry {
                line: line.clone(),
                ..Entry::default()
            };
            let shown = self.entry(&entry, stop, Visibility::Open, false, "");
            self.push(stop, &label, shown, "");
        }
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

    pub(super) fn type_line(&mut self) {
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
                .map_or("a list to choose from; typing filters it", |kind| {
                    if kind.help.is_empty() {
                        "a list to choose from"
                    } else {
                        kind.help.as_str()
                    }
                });
        let problem = self.head_problem(Stop::Type);
        self.below(Stop::Type, help, problem.as_deref());
    }

    pub(super) fn button_line(&mut self, stop: Stop, text: String, style: Style) {
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
        self.lines.push(Row {
            text: TextLine::from(spans),
            stop: Some(stop),
            cursor: None,
        });
    }

    pub(super) fn field(&mut self, place: usize) {
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
            Content::Map(rows) => self.map(place, &label, rows),
            Content::List(rows) => self.list(place, &label, rows),
            Content::Line(_) | Content::Switch(_) | Content::Choice(_) | Content::Fixed(_) => {
                let stop = Stop::Field(place);
                let (shown, badge) = self.single(field, stop);
                match field.lines_shown() {
                    Some(line) => self.area(stop, &label, line, badge),
                    None => self.push(stop, &label, shown, badge),
                }
                self.below(stop, &field.help(), field.problem.as_deref());
                self.secret_warning(field, stop);
            }
        }
    }

    fn secret_warning(&mut self, field: &Field, stop: Stop) {
        let is_new = field.is_changed() || self.form().purpose.is_new();
        if !self.has_focus(stop) || !field.holds_literal_secret() || !is_new {
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
                let room = self.room().saturating_sub(badge.width() + 1);
                let shown = self.entry_within(
                    entry,
                    stop,
                    field.visibility(entry),
                    field.revealed,
                    &placeholder(field),
                    room,
                );
                (shown, badge)
            }
            Content::Switch(Some(flag)) => (plain(if *flag { "yes" } else { "no" }.to_owned()), ""),
            Content::Switch(None) => (quiet(placeholder(field)), ""),
            Content::Choice(Some(choice)) => {
                let known = match &field.spec.input {
                    Input::Choice(choices) => choices.contains(choice),
                    Input::Text
                    | Input::Integer
                    | Input::Number
                    | Input::Switch
                    | Input::Map
                    | Input::List
                    | Input::DateTime => true,
                };
                let note = if known { "" } else { "  (not a known choice)" };
                (plain(format!("{} ▾{note}", field.spec.mask(choice))), "")
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
                    Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                        "a structure".to_owned()
                    }
                };
                (quiet(format!("{what}: change it in the file")), "")
            }
            Content::Map(_) | Content::List(_) => (quiet(String::new()), ""),
        }
    }

    fn entry(
        &self,
        entry: &Entry,
        stop: Stop,
        visibility: Visibility,
        revealed: bool,
        placeholder: &str,
    ) -> Shown {
        let room = self.room().saturating_sub(1);
        self.entry_within(entry, stop, visibility, revealed, placeholder, room)
    }

    pub(super) fn entry_within(
        &self,
        entry: &Entry,
        stop: Stop,
        visibility: Visibility,
        revealed: bool,
        placeholder: &str,
        room: usize,
    ) -> Shown {
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
pub(super) fn placeholder(field: &Field) -> String {
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
