//! How a delete on its way looks.

use super::super::canvas::{Canvas, Spot};
use crate::tui::text::put_line;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::super::super::event::Progress;
use super::super::super::keymap::{Keymap, ListAction};
use super::super::super::style::Palette;
use super::super::super::text::{count, fit_end, grouped, harmless};
use super::super::question::{Choice, buttons};
use super::super::{Tone, key_line, open_frame, text_width, widest, wrapped};
use super::{Deleting, Row, State};

impl Deleting {
    /// Draws it.
    pub fn view(&self, frame: &mut Canvas<'_>, screen: Rect, keymap: &Keymap, palette: Palette) {
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
                    (keymap, palette),
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
                    (keymap, palette),
                );
            }
            State::Asking {
                on_delete, notes, ..
            } => {
                self.view_question(frame, screen, *on_delete, notes, (keymap, palette));
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
                    (keymap, palette),
                );
            }
        }
    }

    fn view_question(
        &self,
        frame: &mut Canvas<'_>,
        screen: Rect,
        on_delete: bool,
        notes: &[String],
        (keymap, palette): (&Keymap, Palette),
    ) {
        let width = text_width(screen, 66);
        let id = harmless(self.file.id.as_str());
        let mut text = vec![format!(
            "No workflow uses `{id}`. Its file {} will be deleted; {} brings it back.",
            self.file.shown_name(),
            keymap.key(ListAction::Undo),
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
            frame.put_keys((inner.x, inner.bottom() - 1), &buttons, inner.width);
        }
    }
}

fn view_text(
    frame: &mut Canvas<'_>,
    screen: Rect,
    title: &str,
    text: &[String],
    keys: &[(&str, &'static str)],
    (keymap, palette): (&Keymap, Palette),
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
        let keys = key_line(keys, keymap, palette);
        frame.put_keys((inner.x, inner.bottom() - 1), &keys, inner.width);
    }
}

fn view_refusal(
    frame: &mut Canvas<'_>,
    screen: Rect,
    id: &str,
    (rows, selected): (&[Row], usize),
    notes: &[String],
    summary: &str,
    (keymap, palette): (&Keymap, Palette),
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
    let mut put = |frame: &mut Canvas<'_>, line: &TextLine<'_>| {
        let area = Rect::new(inner.x, y, inner.width, 1);
        if y < inner.bottom().saturating_sub(1) {
            put_line(frame.buffer_mut(), inner.x, y, line, inner.width);
        }
        y += 1;
        area
    };
    for text in &head {
        put(frame, &TextLine::raw(text.clone()));
    }
    put(frame, &TextLine::default());
    for (line, place) in shown.iter().zip(top..) {
        let area = put(frame, line);
        if matches!(rows[place], Row::Place(_)) && area.y < inner.bottom().saturating_sub(1) {
            frame.spot(area, Spot::Row(place));
        }
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
        let keys = key_line(&keys, keymap, palette);
        frame.put_keys((inner.x, inner.bottom() - 1), &keys, inner.width);
    }
}
