//! A delete on its way: the scan, then either the question or the error with every use.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::super::effect::Ticket;
use super::super::event::Progress;
use super::super::keymap::{self, PopupAction};
use super::super::style::Palette;
use super::super::text::{count, fit_end, grouped, harmless};
use super::super::uses::{UseLine, Uses, files_of};
use super::question::{Choice, buttons};
use super::{Reply, Tone, key_line, open_frame, text_width, widest, wrapped};
use crate::store::StoreFile;
use crate::workflow::Report;

/// A delete that was asked for and has not happened.
#[derive(Debug)]
pub struct Deleting {
    /// What is to be deleted.
    pub file: StoreFile,
    /// The scan that is awaited, or has answered.
    pub ticket: Ticket,
    /// How far it is.
    pub state: State,
}

/// How far a delete is.
#[derive(Debug)]
pub enum State {
    /// The workflows are being read.
    Scanning(Option<Progress>),
    /// Nothing uses it: the person decides. The focus is on Cancel.
    Asking {
        /// Whether the focus is on the button that deletes.
        on_delete: bool,
        /// What was scanned, and what was not.
        notes: Vec<String>,
        /// The scan that found nothing, to be compared with the one at the moment of the delete.
        report: Arc<Report>,
    },
    /// Something uses it, or can't be verified. Nothing was touched.
    Refused {
        /// The rows: headings and places.
        rows: Vec<Row>,
        /// The row with the cursor.
        selected: usize,
        /// What was scanned.
        notes: Vec<String>,
        /// What could not be done, in one line.
        summary: String,
    },
    /// The delete is being done.
    Working,
}

/// A row of the refusal.
#[derive(Debug, Clone)]
pub enum Row {
    /// What the places below are.
    Heading(String),
    /// A place that stands in the way.
    Place(UseLine),
}

impl Deleting {
    /// Waits for the scan.
    pub fn new(file: StoreFile, ticket: Ticket) -> Self {
        Self {
            file,
            ticket,
            state: State::Scanning(None),
        }
    }

    /// Takes the scan's answer.
    pub fn answer(
        &mut self,
        report: Arc<Report>,
        uses: Uses,
        shown: &dyn Fn(&std::path::Path) -> String,
    ) {
        let notes = notes(&report, &uses, shown);
        self.state = if uses.block() {
            let summary = summary(&uses);
            let rows = rows(uses);
            let selected = rows
                .iter()
                .position(|row| matches!(row, Row::Place(_)))
                .unwrap_or(0);
            State::Refused {
                rows,
                selected,
                notes,
                summary,
            }
        } else {
            State::Asking {
                on_delete: false,
                notes,
                report,
            }
        };
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent, _screen: Rect) -> Reply {
        let action = keymap::find(keymap::POPUP, key);
        match &mut self.state {
            State::Scanning(_) | State::Working => {
                if action == Some(PopupAction::Back) {
                    return Reply::Close;
                }
            }
            State::Asking { on_delete, .. } => match (action, key.code) {
                (_, KeyCode::Char('y')) => return Reply::Delete,
                (_, KeyCode::Char('n')) | (Some(PopupAction::Back), _) => return Reply::Close,
                (Some(PopupAction::Left | PopupAction::Up), _) => *on_delete = true,
                (Some(PopupAction::Right | PopupAction::Down), _) => *on_delete = false,
                (Some(PopupAction::Accept), _) => {
                    return if *on_delete {
                        Reply::Delete
                    } else {
                        Reply::Close
                    };
                }
                (None, _) => {}
            },
            State::Refused { rows, selected, .. } => {
                let places: Vec<usize> = (0..rows.len())
                    .filter(|place| matches!(rows[*place], Row::Place(_)))
                    .collect();
                let here = places
                    .iter()
                    .position(|place| place == selected)
                    .unwrap_or_default();
                let last = places.len().saturating_sub(1);
                match (action, key.code) {
                    (_, KeyCode::Char('r')) => return Reply::Rescan,
                    (Some(PopupAction::Back), _) => return Reply::Close,
                    (Some(PopupAction::Accept), _) => {
                        if let Some(Row::Place(line)) = rows.get(*selected) {
                            return Reply::Open(line.clone());
                        }
                    }
                    (Some(PopupAction::Up), code) => {
                        let step = if code == KeyCode::PageUp { 10 } else { 1 };
                        *selected = places.get(here.saturating_sub(step)).copied().unwrap_or(0);
                    }
                    (Some(PopupAction::Down), code) => {
                        let step = if code == KeyCode::PageDown { 10 } else { 1 };
                        *selected = places.get((here + step).min(last)).copied().unwrap_or(0);
                    }
                    (Some(PopupAction::Left | PopupAction::Right) | None, _) => {}
                }
            }
        }
        Reply::Stay
    }

    /// The keys that work now, for the footer.
    pub fn hints(&self) -> &'static [(&'static str, &'static str)] {
        match self.state {
            State::Scanning(_) => &[("Esc", "cancel")],
            State::Working => &[],
            State::Asking { .. } => &[
                ("y", "delete"),
                ("n", "cancel"),
                ("←→", "choose"),
                ("Enter", "do it"),
            ],
            State::Refused { .. } => &[
                ("↑↓", "move"),
                ("Enter", "open"),
                ("r", "scan again"),
                ("Esc", "close"),
            ],
        }
    }

    /// Draws it.
    pub fn view(&self, frame: &mut Frame<'_>, screen: Rect, palette: Palette) {
        let id = harmless(self.file.id.as_str());
        match &self.state {
            State::Scanning(progress) => {
                let text = match progress {
                    Some(Progress { done, total }) => {
                        format!("{} of {}", grouped(*done), count(*total, "file"))
                    }
                    None => "looking for uses in the workflows…".to_owned(),
                };
                let title = format!("Delete {id}?");
                view_text(
                    frame,
                    screen,
                    &title,
                    &[text],
                    &[("Esc", "cancel")],
                    palette,
                );
            }
            State::Working => {
                let title = format!("Delete {id}?");
                view_text(
                    frame,
                    screen,
                    &title,
                    &["deleting…".to_owned()],
                    &[],
                    palette,
                );
            }
            State::Asking {
                on_delete, notes, ..
            } => {
                self.view_question(frame, screen, *on_delete, notes, palette);
            }
            State::Refused {
                rows,
                selected,
                notes,
                summary,
            } => {
                view_refusal(
                    frame,
                    screen,
                    &id,
                    (rows, *selected),
                    notes,
                    summary,
                    palette,
                );
            }
        }
    }

    fn view_question(
        &self,
        frame: &mut Frame<'_>,
        screen: Rect,
        on_delete: bool,
        notes: &[String],
        palette: Palette,
    ) {
        let width = text_width(screen, 66);
        let id = harmless(self.file.id.as_str());
        let mut text = vec![format!(
            "No workflow uses `{id}`. Its file {} will be deleted; u brings it back.",
            self.file.shown_name(),
        )];
        text.extend(notes.iter().cloned());
        let lines = wrapped(&text, width);
        let choices = [
            Choice {
                key: 'y',
                label: "Delete",
                answer: None,
            },
            Choice {
                key: 'n',
                label: "Cancel",
                answer: None,
            },
        ];
        let buttons = buttons(&choices, usize::from(!on_delete), palette);
        let title = format!("Delete {id}?");
        let size = (
            widest(&lines).max(buttons.width()).max(title.width() + 2),
            lines.len() + 2,
        );
        let inner = open_frame(frame, screen, size, &title, Tone::Question, palette);
        for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
            frame.buffer_mut().set_stringn(
                inner.x,
                y,
                line,
                usize::from(inner.width),
                Style::new(),
            );
        }
        if inner.height > 0 {
            frame
                .buffer_mut()
                .set_line(inner.x, inner.bottom() - 1, &buttons, inner.width);
        }
    }
}

fn view_text(
    frame: &mut Frame<'_>,
    screen: Rect,
    title: &str,
    text: &[String],
    keys: &[(&str, &str)],
    palette: Palette,
) {
    let lines = wrapped(text, text_width(screen, 60));
    let size = (
        widest(&lines).max(title.width() + 2).max(34),
        lines.len() + 2,
    );
    let inner = open_frame(frame, screen, size, title, Tone::Question, palette);
    for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
        frame
            .buffer_mut()
            .set_stringn(inner.x, y, line, usize::from(inner.width), Style::new());
    }
    if inner.height > 0 && !keys.is_empty() {
        let keys = key_line(keys, palette);
        frame
            .buffer_mut()
            .set_line(inner.x, inner.bottom() - 1, &keys, inner.width);
    }
}

fn view_refusal(
    frame: &mut Frame<'_>,
    screen: Rect,
    id: &str,
    (rows, selected): (&[Row], usize),
    notes: &[String],
    summary: &str,
    palette: Palette,
) {
    let width = text_width(screen, 100);
    let head = wrapped(
        &[summary.to_owned(), "Nothing was touched.".to_owned()],
        width,
    );
    let foot = wrapped(notes, width);
    let room = usize::from(screen.height)
        .saturating_sub(head.len() + foot.len() + 8)
        .max(2);
    // A place takes two lines where it does not fit in one.
    let line = |row: &Row, is_selected: bool| -> TextLine<'static> {
        match row {
            Row::Heading(title) => TextLine::styled(title.clone(), palette.heading()),
            Row::Place(place) => {
                let mark = if is_selected { "› " } else { "  " };
                let text = place.place();
                let about = harmless(&place.about);
                let about_room = width.saturating_sub(text.width() + 4);
                let line = TextLine::from(vec![
                    Span::raw(format!("{mark}{}", fit_end(&text, width.saturating_sub(2)))),
                    Span::styled(
                        format!("  {}", fit_end(&about, about_room)),
                        palette.quiet(),
                    ),
                ]);
                if is_selected {
                    line.style(palette.selected())
                } else {
                    line
                }
            }
        }
    };
    let top = (selected + 1)
        .saturating_sub(room)
        .min(rows.len().saturating_sub(room));
    let top = if selected < room { 0 } else { top };
    let shown: Vec<TextLine<'static>> = rows
        .iter()
        .enumerate()
        .skip(top)
        .take(room)
        .map(|(place, row)| line(row, place == selected))
        .collect();
    let title = format!("Can't delete {id}");
    let content = shown.iter().map(TextLine::width).max().unwrap_or_default();
    let content = content
        .max(widest(&head))
        .max(widest(&foot))
        .max(title.width() + 2)
        .max(48);
    let height = head.len() + 1 + shown.len() + 1 + foot.len() + 2;
    let inner = open_frame(
        frame,
        screen,
        (content.min(width), height),
        &title,
        Tone::Error,
        palette,
    );
    let mut y = inner.y;
    let mut put = |frame: &mut Frame<'_>, line: &TextLine<'_>| {
        if y < inner.bottom().saturating_sub(1) {
            frame.buffer_mut().set_line(inner.x, y, line, inner.width);
        }
        y += 1;
    };
    for text in &head {
        put(frame, &TextLine::raw(text.clone()));
    }
    put(frame, &TextLine::default());
    for line in &shown {
        put(frame, line);
    }
    let hidden = rows.len().saturating_sub(top + shown.len());
    let more = if hidden > 0 {
        format!("  … {} below", count(hidden, "row"))
    } else {
        String::new()
    };
    put(frame, &TextLine::styled(more, palette.quiet()));
    for text in &foot {
        put(frame, &TextLine::styled(text.clone(), palette.quiet()));
    }
    if inner.height > 0 {
        let keys = [("Enter", "open it"), ("r", "scan again"), ("Esc", "close")];
        let keys = key_line(&keys, palette);
        frame
            .buffer_mut()
            .set_line(inner.x, inner.bottom() - 1, &keys, inner.width);
    }
}

fn summary(uses: &Uses) -> String {
    let certain = uses.certain.len();
    if certain > 0 {
        let files = count(files_of(&uses.certain), "file");
        return format!(
            "It is used in {} in {files}. Remove them there, then scan again.",
            count(certain, "place"),
        );
    }
    if uses.unverifiable.is_empty() {
        return "It may be used, depending on variables that are not set here.".to_owned();
    }
    "Whether it is used can't be verified. Mend these places, then scan again.".to_owned()
}

fn rows(uses: Uses) -> Vec<Row> {
    let mut rows = Vec::new();
    let sections = [
        ("Used by", uses.certain),
        ("Possibly used by", uses.possible),
        ("Can't be verified", uses.unverifiable),
    ];
    for (title, lines) in sections {
        if !lines.is_empty() {
            rows.push(Row::Heading(format!("{title} ({})", lines.len())));
            rows.extend(lines.into_iter().map(Row::Place));
        }
    }
    rows
}

/// What was scanned, and what was not: a person judges by it.
fn notes(report: &Report, uses: &Uses, shown: &dyn Fn(&std::path::Path) -> String) -> Vec<String> {
    let scanned = &report.scanned;
    let mut notes = Vec::new();
    if scanned.roots.is_empty() {
        notes.push("! No workflow was scanned: there is no workflows directory here.".to_owned());
    } else {
        let roots: Vec<String> = scanned
            .roots
            .iter()
            .map(|root| harmless(&shown(root)))
            .collect();
        notes.push(format!(
            "Scanned {} in {}.",
            count(scanned.files, "file"),
            roots.join(", ")
        ));
    }
    for left_out in &scanned.not_scanned {
        notes.push(format!(
            "! Not scanned: {} ({}).",
            harmless(&shown(&left_out.path)),
            harmless(&left_out.reason),
        ));
    }
    if !scanned.excluded.is_empty() {
        let paths: Vec<String> = scanned
            .excluded
            .iter()
            .map(|path| harmless(&shown(path)))
            .collect();
        notes.push(format!("Excluded: {}.", paths.join(", ")));
    }
    if !uses.shadowed.is_empty() {
        let mut files: Vec<&str> = uses
            .shadowed
            .iter()
            .map(|line| line.shown.as_str())
            .collect();
        files.dedup();
        notes.push(format!(
            "Defined locally, so not this one: {}.",
            harmless(&files.join(", "))
        ));
    }
    notes
}
