//! The read-only panel: what the selected connection says, what is wrong with it, what uses it.

use std::path::PathBuf;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::list::Focus;
use super::style::Palette;
use super::text::{column, count, fit, fit_end, harmless, wrap};
use super::uses::{UseLine, Uses, files_of};
use crate::catalog::{self, Catalog, FieldSpec, KindSpec, Proposal};
use crate::check;
use crate::connection::{Finding, Location, Secret, Severity};
use crate::definition::{Definition, Field, Origin};
use crate::document::Value;
use crate::inventory::Entry;
use crate::reference::Environment;

/// The panel's content and where its cursor is.
#[derive(Debug, Default)]
pub struct Detail {
    /// What stands in the frame.
    title: String,
    blocks: Vec<Row>,
    /// The row with the cursor, if the panel has the focus.
    cursor: usize,
    scroll: usize,
    /// The field whose secret is shown.
    revealed: Option<String>,
}

/// A row of the panel before it is fitted to its width.
#[derive(Debug, Clone)]
enum Row {
    Blank,
    Heading(String, String),
    /// Label, text, and what is said about it; a target makes it a place for the cursor.
    Item {
        label: String,
        text: String,
        note: String,
        tone: Tone,
        target: Option<Target>,
    },
    /// A longer text, wrapped.
    Text {
        mark: &'static str,
        text: String,
        tone: Tone,
        target: Option<Target>,
    },
    /// A place in a file and the node path there.
    Use {
        place: String,
        path: String,
        target: Option<Target>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Normal,
    Quiet,
    Warning,
    Error,
}

/// What Enter does on a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The field of that name in the form.
    Field(String),
    /// A place in `$EDITOR`.
    Place(PathBuf, Option<Location>),
}

/// What the panel is made from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The types.
    pub catalog: &'a Catalog,
    /// The environment here.
    pub environment: &'a Environment,
    /// What uses the connection; `None` while the index is not there.
    pub uses: Option<&'a Uses>,
    /// How far the index is: `1,200 of 10,000 files`.
    pub progress: &'a str,
    /// The file's path as it is shown.
    pub path: &'a str,
}

impl Detail {
    /// Shows a connection. The cursor and the scroll position stay if it is the same one.
    pub fn show(&mut self, entry: &Entry, sources: Sources<'_>) {
        let title = entry.id().to_string();
        if title != self.title {
            self.title = title;
            self.cursor = 0;
            self.scroll = 0;
            self.revealed = None;
        }
        self.blocks = self.rows_of(entry, sources);
        self.cursor = self.cursor.min(self.blocks.len().saturating_sub(1));
    }

    /// Shows nothing.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Shows or hides the secret under the cursor; true if one is shown now.
    pub fn toggle_reveal(&mut self) -> bool {
        let Some(Target::Field(name)) = self.target() else {
            return false;
        };
        self.revealed = if self.revealed.as_ref() == Some(&name) {
            None
        } else {
            Some(name)
        };
        self.revealed.is_some()
    }

    /// Hides a revealed secret.
    pub fn hide_secrets(&mut self) {
        self.revealed = None;
    }

    /// What the cursor is on.
    pub fn target(&self) -> Option<Target> {
        self.blocks.get(self.cursor).and_then(Row::target).cloned()
    }

    /// Puts the cursor on the first row that has a target, if it is on none.
    pub fn focus(&mut self, area: Rect) {
        if self.target().is_none() {
            self.cursor = 0;
            if self
                .blocks
                .first()
                .is_some_and(|row| row.target().is_none())
            {
                self.move_by(1, area);
            }
        }
    }

    /// Moves the cursor over that many rows with a target; without any, it scrolls.
    pub fn move_by(&mut self, steps: isize, area: Rect) {
        let stops: Vec<usize> = (0..self.blocks.len())
            .filter(|place| self.blocks[*place].target().is_some())
            .collect();
        if stops.is_empty() {
            self.scroll = self.scroll.saturating_add_signed(steps);
        } else {
            let here = stops.iter().position(|place| *place >= self.cursor);
            let exact = stops.contains(&self.cursor);
            let here = here.unwrap_or(stops.len() - 1);
            let next = if exact || steps < 0 {
                here.saturating_add_signed(steps)
            } else {
                here.saturating_add_signed(steps - 1)
            };
            self.cursor = stops[next.min(stops.len() - 1)];
        }
        self.keep_cursor_visible(area);
    }

    /// Puts the cursor on the row of that line of the area, if it can be there.
    pub fn click(&mut self, line: usize, area: Rect) {
        let lines = self.lines(area.width, Palette::Plain);
        if let Some((place, _)) = lines.get(line + self.scroll)
            && self.blocks[*place].target().is_some()
        {
            self.cursor = *place;
        }
    }

    fn keep_cursor_visible(&mut self, area: Rect) {
        let height = usize::from(area.height.max(1));
        let lines = self.lines(area.width, Palette::Plain);
        let of_cursor = |line: &&(usize, TextLine<'_>)| line.0 == self.cursor;
        let first = lines
            .iter()
            .position(|line| of_cursor(&line))
            .unwrap_or_default();
        let last = lines
            .iter()
            .rposition(|line| of_cursor(&line))
            .unwrap_or_default();
        if first < self.scroll {
            // A heading above the row comes along.
            self.scroll = first.saturating_sub(2);
        } else if last >= self.scroll + height {
            self.scroll = last + 1 - height;
        }
        self.scroll = self.scroll.min(lines.len().saturating_sub(height));
    }

    /// The connection's id, for the frame.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Draws the panel into the inside of its frame.
    pub fn view(&self, frame: &mut Frame<'_>, area: Rect, focus: Focus, palette: Palette) {
        let lines = self.lines(area.width, palette);
        let rows = lines.iter().skip(self.scroll).zip(area.y..area.bottom());
        for ((block, line), y) in rows {
            let is_cursor = focus == Focus::Here
                && *block == self.cursor
                && self.blocks[*block].target().is_some();
            if is_cursor {
                let whole = Rect::new(area.x, y, area.width, 1);
                frame.buffer_mut().set_style(whole, palette.selected());
                let line = line.clone().style(palette.selected());
                frame.buffer_mut().set_line(area.x, y, &line, area.width);
            } else {
                frame.buffer_mut().set_line(area.x, y, line, area.width);
            }
        }
        let more = lines
            .len()
            .saturating_sub(self.scroll + usize::from(area.height));
        if more > 0 && area.width > 8 {
            let mark = format!(" ↓ {more} ");
            let width = u16::try_from(mark.width()).unwrap_or(0).min(area.width);
            let mark = TextLine::styled(mark, palette.quiet());
            frame
                .buffer_mut()
                .set_line(area.right() - width, area.bottom(), &mark, width);
        }
    }

    fn rows_of(&self, entry: &Entry, sources: Sources<'_>) -> Vec<Row> {
        let mut rows = Vec::new();
        let definition = entry
            .file
            .text()
            .map(|text| Definition::read(text, sources.catalog));
        match (&entry.summary.broken, definition) {
            (None, Some(Ok(definition))) => {
                self.definition_rows(entry, &definition, sources, &mut rows)
            }
            (Some(broken), _) => {
                rows.push(item("File", sources.path, Tone::Normal));
                rows.push(Row::Blank);
                let place = broken
                    .location
                    .map(|place| format!("{place}: "))
                    .unwrap_or_default();
                rows.push(Row::Text {
                    mark: "✗ ",
                    text: format!("{place}{}", harmless(&broken.message)),
                    tone: Tone::Error,
                    target: Some(Target::Place(entry.file.path.clone(), broken.location)),
                });
                let what = "the file is as it was; e opens it in the editor".to_owned();
                rows.push(Row::Text {
                    mark: "  ",
                    text: what,
                    tone: Tone::Quiet,
                    target: None,
                });
            }
            (None, Some(Err(_)) | None) => {}
        }
        for clash in &entry.file.clashes {
            let text = format!("`{}` has the same id for some readers", harmless(clash));
            rows.push(Row::Text {
                mark: "! ",
                text,
                tone: Tone::Warning,
                target: None,
            });
        }
        use_rows(sources, &mut rows);
        rows
    }

    fn definition_rows(
        &self,
        entry: &Entry,
        definition: &Definition,
        sources: Sources<'_>,
        rows: &mut Vec<Row>,
    ) {
        let kind = definition
            .type_path
            .as_deref()
            .and_then(|path| sources.catalog.get(path));
        rows.push(item("Name", &entry.summary.name, Tone::Normal));
        let type_text = match (kind, &definition.type_path) {
            (Some(kind), Some(path)) => format!("{}  {path}", kind.label),
            (_, Some(path)) => format!("{path}  (not a known type)"),
            (_, None) => "none".to_owned(),
        };
        rows.push(item("Type", &type_text, Tone::Normal));
        rows.push(item("File", sources.path, Tone::Quiet));
        if !definition.tags.is_empty() {
            rows.push(item("Tags", &definition.tags.join(", "), Tone::Normal));
        }
        if let Some(description) = &definition.description {
            rows.push(item("Description", description, Tone::Normal));
        }
        if let crate::store::Access::ReadOnly(reason) = &entry.file.access {
            rows.push(item("Read-only", reason, Tone::Warning));
        }
        rows.push(Row::Blank);
        for field in &definition.fields {
            let spec = kind.and_then(|kind| kind.field(&field.name));
            self.field_rows(field, spec, kind.is_some(), sources, rows);
        }
        for spec in kind.iter().flat_map(|kind| left_out(kind, definition)) {
            let (text, note) = left_out_text(spec, sources.environment);
            rows.push(Row::Item {
                label: spec.name.clone(),
                text,
                note,
                tone: Tone::Quiet,
                target: Some(Target::Field(spec.name.clone())),
            });
        }
        finding_rows(entry, sources, rows);
    }

    fn field_rows(
        &self,
        field: &Field,
        spec: Option<&FieldSpec>,
        type_is_known: bool,
        sources: Sources<'_>,
        rows: &mut Vec<Row>,
    ) {
        let is_shown = self.revealed.as_ref() == Some(&field.name);
        let secret = spec.map_or_else(|| catalog::is_secret_name(&field.name), |spec| spec.secret);
        let mask = |name: &str, text: &str| -> String {
            if is_shown {
                text.to_owned()
            } else if secret && !check::is_interpolated(text) {
                Secret::MASK.to_owned()
            } else {
                catalog::mask_entry(name, text).into_owned()
            }
        };
        let mut push = |label: String, text: String, note: String| {
            rows.push(Row::Item {
                label,
                text: harmless(&text),
                note,
                tone: Tone::Normal,
                target: Some(Target::Field(field.name.clone())),
            });
        };
        let note = |value: &Value| {
            let mut note = source_note(value, field.origin, sources.environment);
            if spec.is_none() && type_is_known {
                note = format!("not a field of this type · {note}");
            }
            note
        };
        match &field.value {
            Value::Map(entries) if !entries.is_empty() => {
                push(field.name.clone(), String::new(), note(&field.value));
                for (key, value) in entries {
                    let text = match value {
                        Value::Text(text) => mask(key, text),
                        other => plain_text(other),
                    };
                    push(
                        format!("  {}", harmless(key)),
                        text,
                        source_note(value, Origin::Own, sources.environment),
                    );
                }
            }
            Value::List(items) => {
                let texts: Vec<String> = items.iter().map(plain_text).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let masked = if is_shown {
                    texts.join("  ")
                } else if secret {
                    Secret::MASK.to_owned()
                } else {
                    catalog::mask_items(&texts).join("  ")
                };
                push(field.name.clone(), masked, note(&field.value));
            }
            Value::Text(text) => {
                push(
                    field.name.clone(),
                    mask(&field.name, text),
                    note(&field.value),
                );
            }
            other => push(
                field.name.clone(),
                mask(&field.name, &plain_text(other)),
                note(other),
            ),
        }
    }

    /// The lines on the screen, each with the row that it belongs to.
    fn lines(&self, width: u16, palette: Palette) -> Vec<(usize, TextLine<'static>)> {
        let width = usize::from(width);
        let label_width = self
            .blocks
            .iter()
            .map(|row| match row {
                Row::Item { label, .. } => label.width(),
                Row::Blank | Row::Heading(..) | Row::Text { .. } | Row::Use { .. } => 0,
            })
            .max()
            .unwrap_or_default()
            .min(26)
            .min(width / 2);
        let mut lines = Vec::new();
        for (place, row) in self.blocks.iter().enumerate() {
            lines.extend(
                row.lines(width, label_width, palette)
                    .into_iter()
                    .map(|line| (place, line)),
            );
        }
        lines
    }
}

impl Row {
    fn target(&self) -> Option<&Target> {
        match self {
            Self::Item { target, .. } | Self::Text { target, .. } | Self::Use { target, .. } => {
                target.as_ref()
            }
            Self::Blank | Self::Heading(..) => None,
        }
    }

    fn lines(&self, width: usize, label_width: usize, palette: Palette) -> Vec<TextLine<'static>> {
        match self {
            Self::Blank => vec![TextLine::default()],
            Self::Heading(title, note) => vec![TextLine::from(vec![
                Span::styled(format!(" {title}"), palette.heading()),
                Span::styled(
                    format!("  {}", fit(note, width.saturating_sub(title.width() + 4))),
                    palette.quiet(),
                ),
            ])],
            Self::Item {
                label,
                text,
                note,
                tone,
                ..
            } => {
                let room = width.saturating_sub(label_width + 4);
                let label = Span::styled(
                    format!(" {}  ", column(label, label_width)),
                    palette.quiet(),
                );
                let indent = " ".repeat(label_width + 3);
                let style = style_of(*tone, palette);
                let fits = text.width() + 2 + note.width() <= room;
                if note.is_empty() || fits {
                    let gap = if text.is_empty() || note.is_empty() {
                        ""
                    } else {
                        "  "
                    };
                    return vec![TextLine::from(vec![
                        label,
                        Span::styled(fit(text, room), style),
                        Span::raw(gap),
                        Span::styled(note.clone(), palette.quiet()),
                    ])];
                }
                vec![
                    TextLine::from(vec![label, Span::styled(fit(text, room), style)]),
                    TextLine::from(vec![
                        Span::raw(indent),
                        Span::styled(fit(note, room), palette.quiet()),
                    ]),
                ]
            }
            Self::Text {
                mark, text, tone, ..
            } => wrap(text, width.saturating_sub(4))
                .into_iter()
                .enumerate()
                .map(|(place, line)| {
                    let mark = if place == 0 { mark } else { "  " };
                    TextLine::styled(format!(" {mark}{line}"), style_of(*tone, palette))
                })
                .collect(),
            Self::Use { place, path, .. } => {
                let whole = place.width() + 2 + path.width() < width;
                if whole {
                    return vec![TextLine::from(vec![
                        Span::raw(format!(" {place}  ")),
                        Span::styled(path.clone(), palette.quiet()),
                    ])];
                }
                vec![
                    TextLine::raw(format!(" {}", fit_end(place, width.saturating_sub(2)))),
                    TextLine::styled(
                        format!("   {}", fit_end(path, width.saturating_sub(4))),
                        palette.quiet(),
                    ),
                ]
            }
        }
    }
}

fn style_of(tone: Tone, palette: Palette) -> ratatui::style::Style {
    match tone {
        Tone::Normal => ratatui::style::Style::new(),
        Tone::Quiet => palette.quiet(),
        Tone::Warning => palette.warning(),
        Tone::Error => palette.error(),
    }
}

fn item(label: &str, text: &str, tone: Tone) -> Row {
    Row::Item {
        label: label.to_owned(),
        text: harmless(text),
        note: String::new(),
        tone,
        target: None,
    }
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(text) | Value::Text(text) => text.clone(),
        Value::List(items) => format!("[{}]", count(items.len(), "item")),
        Value::Map(entries) if entries.len() == 1 => "{1 entry}".to_owned(),
        Value::Map(entries) => format!("{{{} entries}}", entries.len()),
    }
}

/// Where a value comes from, and whether it can be had here.
fn source_note(value: &Value, origin: Origin, environment: &Environment) -> String {
    let note = match value {
        Value::Text(text) if check::is_interpolated(text) => {
            let variables = variables_of(text);
            let states: Vec<String> = variables
                .iter()
                .map(|name| {
                    let state = if environment.get(name).is_some() {
                        "set here"
                    } else {
                        "not set here"
                    };
                    format!("env {}: {state}", harmless(name))
                })
                .collect();
            if states.is_empty() {
                "expression".to_owned()
            } else {
                states.join(", ")
            }
        }
        Value::Map(entries) if !entries.is_empty() => String::new(),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Map(_)
        | Value::List(_) => "literal".to_owned(),
    };
    match origin {
        Origin::Own => note,
        Origin::Alias => format!("alias · {note}"),
        Origin::Merge => format!("from `<<` · {note}"),
    }
}

/// The variables that a text's `oc.env` interpolations name.
fn variables_of(text: &str) -> Vec<String> {
    let mut variables = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${oc.env:") {
        rest = &rest[start + "${oc.env:".len()..];
        let end = rest.find([',', '}']).unwrap_or(rest.len());
        let name = rest[..end].trim().to_owned();
        if !name.is_empty() && !variables.contains(&name) {
            variables.push(name);
        }
    }
    variables
}

/// The fields that the file leaves out and that have a meaning in it.
fn left_out<'k>(kind: &'k KindSpec, definition: &'k Definition) -> Vec<&'k FieldSpec> {
    let value = |name: &str| {
        definition.field(name).and_then(|field| match &field.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Null | Value::Map(_) | Value::List(_) => None,
        })
    };
    kind.applicable(value)
        .filter(|spec| definition.field(&spec.name).is_none())
        .collect()
}

fn left_out_text(spec: &FieldSpec, environment: &Environment) -> (String, String) {
    if let Some(name) = spec.env.iter().find(|name| environment.get(name).is_some()) {
        return ("left out".to_owned(), format!("env {name}: set here"));
    }
    let default = match spec.proposal() {
        Proposal::LeftOut { default, .. } => default,
        Proposal::Expression(_) => spec.default_text(),
    };
    let default = default.filter(|_| !spec.secret);
    match (default, spec.env.first()) {
        (Some(default), _) => (default, "default".to_owned()),
        (None, Some(name)) => ("left out".to_owned(), format!("env {name}: not set here")),
        (None, None) => ("left out".to_owned(), String::new()),
    }
}

fn finding_rows(entry: &Entry, sources: Sources<'_>, rows: &mut Vec<Row>) {
    let Some(text) = entry.file.text() else {
        return;
    };
    let is_set = |name: &str| sources.environment.get(name).is_some();
    let findings = crate::definition::findings(entry.id(), text, sources.catalog, &is_set);
    // Which variables are set is said at each field already.
    let findings: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.severity > Severity::Info)
        .collect();
    if findings.is_empty() {
        return;
    }
    rows.push(Row::Blank);
    rows.push(Row::Heading("Findings".to_owned(), String::new()));
    for finding in findings {
        let place = finding
            .location
            .map(|place| format!("{place} "))
            .unwrap_or_default();
        let (mark, tone) = match finding.severity {
            Severity::Error => ("✗ ", Tone::Error),
            Severity::Warning | Severity::Info => ("! ", Tone::Warning),
        };
        let hint = finding
            .hint
            .as_ref()
            .map(|hint| format!(" — {hint}"))
            .unwrap_or_default();
        rows.push(Row::Text {
            mark,
            text: harmless(&format!("{place}{}{hint}", finding.message)),
            tone,
            target: Some(Target::Place(entry.file.path.clone(), finding.location)),
        });
    }
}

fn use_rows(sources: Sources<'_>, rows: &mut Vec<Row>) {
    rows.push(Row::Blank);
    let Some(uses) = sources.uses else {
        let note = format!("reading the workflows… {}", sources.progress);
        rows.push(Row::Heading("Used by".to_owned(), note));
        return;
    };
    let note = match files_of(&uses.certain) {
        0 => "nothing, as far as the workflows here say".to_owned(),
        files => format!(
            "{} in {}",
            count(uses.certain.len(), "place"),
            count(files, "file")
        ),
    };
    rows.push(Row::Heading("Used by".to_owned(), note));
    rows.extend(uses.certain.iter().map(use_row));
    let sections = [
        ("Possibly used by", &uses.possible),
        ("Can't be verified", &uses.unverifiable),
        ("Defined locally, not this one", &uses.shadowed),
    ];
    for (title, lines) in sections {
        if !lines.is_empty() {
            rows.push(Row::Blank);
            rows.push(Row::Heading(title.to_owned(), count(lines.len(), "place")));
            rows.extend(lines.iter().map(use_row));
        }
    }
}

fn use_row(line: &UseLine) -> Row {
    Row::Use {
        place: line.place(),
        path: harmless(&line.about),
        target: Some(Target::Place(line.file.clone(), Some(line.location))),
    }
}
