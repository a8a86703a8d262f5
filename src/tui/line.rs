//! A one-line text field: readline editing, pasting, and its view with a cursor.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use tui_input::backend::crossterm::to_input_request;
use tui_input::{Input, InputRequest};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The text of a field and the place of its cursor.
///
/// Text that was pasted may hold line breaks: they are shown as `↵` and kept.
#[derive(Clone, Default)]
pub struct Line {
    input: Input,
}

/// `Debug` tells no text: it may be a secret.
impl std::fmt::Debug for Line {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Line({} bytes)", self.text().len())
    }
}

/// What a field did with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// The text is another.
    Changed,
    /// At most the cursor moved.
    Unchanged,
    /// The key means nothing to a text field.
    Ignored,
}

/// How a field's text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// As it is.
    Text,
    /// A dot for each character, so that typing shows; a stored secret has a mask of fixed width.
    Dots,
}

/// A field's text as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// At most as wide as was asked for.
    pub text: String,
    /// The cursor's column within it.
    pub cursor: u16,
}

impl Line {
    /// A field with this text and the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            input: Input::new(text.into()),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: impl Into<String>) {
        self.input = Input::new(text.into());
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Edited {
        let Some(request) = request(key) else {
            return Edited::Ignored;
        };
        match self.input.handle(request) {
            Some(change) if change.value => Edited::Changed,
            Some(_) | None => Edited::Unchanged,
        }
    }

    /// Inserts pasted text at the cursor, every character of it.
    pub fn paste(&mut self, text: &str) {
        let cursor = self.input.cursor();
        let before: String = self.text().chars().take(cursor).collect();
        let after: String = self.text().chars().skip(cursor).collect();
        let place = cursor + text.chars().count();
        let whole = format!("{before}{text}{after}");
        self.input = Input::new(whole).with_cursor(place);
    }

    /// The lines of the text, each with the cursor where it stands in it, and the place of the one
    /// that has the cursor.
    pub fn rows(&self) -> (Vec<Self>, usize) {
        let mut left = self.input.cursor();
        let mut at = None;
        let mut rows = Vec::new();
        for (place, text) in self.text().split('\n').enumerate() {
            let length = text.chars().count();
            let mut input = Input::new(text.to_owned());
            if at.is_none() && left <= length {
                at = Some(place);
                input = input.with_cursor(left);
            }
            left = left.saturating_sub(length + 1);
            rows.push(Self { input });
        }
        (rows, at.unwrap_or_default())
    }

    /// Moves the cursor to the line above or below; whether there is one.
    pub fn move_row(&mut self, down: bool) -> bool {
        let (rows, at) = self.rows();
        let wanted = if down { at + 1 } else { at.wrapping_sub(1) };
        let Some(row) = rows.get(wanted) else {
            return false;
        };
        let length = |row: &Self| row.text().chars().count();
        let before: usize = rows[..wanted].iter().map(|row| length(row) + 1).sum();
        let column = rows[at].input.cursor().min(length(row));
        self.input = std::mem::take(&mut self.input).with_cursor(before + column);
        true
    }

    /// The text as it may be sent to a terminal.
    pub fn harmless(&self) -> String {
        harmless(self.text())
    }

    /// The part of the text around the cursor that fits into `width` columns.
    pub fn shown(&self, width: u16, show: Show) -> Shown {
        let width = usize::from(width.max(1));
        let cells: Vec<String> = match show {
            Show::Text => self.text().graphemes(true).map(harmless).collect(),
            Show::Dots => self
                .text()
                .graphemes(true)
                .map(|_| "•".to_owned())
                .collect(),
        };
        let cursor_byte: usize = self
            .text()
            .chars()
            .take(self.input.cursor())
            .map(char::len_utf8)
            .sum();
        let cursor_cell = self
            .text()
            .grapheme_indices(true)
            .take_while(|(start, _)| *start < cursor_byte)
            .count();
        let widths: Vec<usize> = cells.iter().map(|cell| cell.width()).collect();
        // One column stays free for a cursor behind the last character.
        let mut first = 0;
        let mut before: usize = widths[..cursor_cell].iter().sum();
        while before + 1 > width && first < cursor_cell {
            before -= widths[first];
            first += 1;
        }
        let mut text = String::new();
        let mut used = 0;
        for (cell, cell_width) in cells[first..].iter().zip(&widths[first..]) {
            if used + cell_width > width {
                break;
            }
            text.push_str(cell);
            used += cell_width;
        }
        Shown {
            text,
            cursor: u16::try_from(before).unwrap_or(u16::MAX),
        }
    }
}

/// A character as it may be sent to a terminal: control characters become pictures of themselves.
fn harmless(cell: &str) -> String {
    cell.chars()
        .map(|character| match character {
            '\n' => '↵',
            '\t' => '⇥',
            control if control.is_control() => '·',
            other => other,
        })
        .collect()
}

/// What a key asks of a text field, readline's Alt keys included.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the key codes are crossterm's, not ours"
)]
fn request(key: KeyEvent) -> Option<InputRequest> {
    if key.modifiers.contains(KeyModifiers::ALT) && !key.modifiers.contains(KeyModifiers::CONTROL) {
        return match key.code {
            KeyCode::Char('b') | KeyCode::Left => Some(InputRequest::GoToPrevWord),
            KeyCode::Char('f') | KeyCode::Right => Some(InputRequest::GoToNextWord),
            KeyCode::Backspace => Some(InputRequest::DeletePrevWord),
            _ => None,
        };
    }
    // Ctrl-U in readline deletes what is before the cursor, not the whole line; `tui-input` has
    // no such request, and deleting all of a one-line field is what forms do.
    to_input_request(&Event::Key(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typed(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn a_paste_goes_where_the_cursor_is() {
        let mut line = Line::new("ac");
        line.key(typed(KeyCode::Left));
        line.paste("日\nb");
        assert_eq!(line.text(), "a日\nbc");
        assert_eq!(line.key(typed(KeyCode::Backspace)), Edited::Changed);
        assert_eq!(line.text(), "a日\nc");
        assert_eq!(line.shown(20, Show::Text).text, "a日↵c");
    }

    #[test]
    fn debug_output_has_no_text() {
        assert!(!format!("{:?}", Line::new("sk-canary")).contains("canary"));
    }

    proptest! {
        #[test]
        fn the_view_fits_and_has_the_cursor_in_it(
            text in "(\\PC|\n){0,40}", width in 1u16..30, left in 0usize..45,
        ) {
            let mut line = Line::new(text);
            for _ in 0..left {
                line.key(typed(KeyCode::Left));
            }
            let (rows, at) = line.rows();
            prop_assert_eq!(rows.iter().map(Line::text).collect::<Vec<_>>().join("\n"), line.text());
            let (up, down) = (line.clone().move_row(false), line.clone().move_row(true));
            prop_assert_eq!((up, down), (at > 0, at + 1 < rows.len()));
            for show in [Show::Text, Show::Dots] {
                let shown = line.shown(width, show);
                prop_assert!(shown.text.width() <= usize::from(width));
                prop_assert!(shown.cursor < width.max(2));
            }
        }
    }
}
