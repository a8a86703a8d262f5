//! Every action by name: what can be done here, what else there is, and why not now.

use super::canvas::{Canvas, Spot};
use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::super::keymap::{self, ChoiceAction};
use super::super::line::{Edited, Line, Show};
use super::super::matched;
use super::super::style::Palette;
use super::super::text::{column, fit, put_line};
use super::{Reply, Tone, open_frame};
use crate::order;

/// The actions with what is typed to find one.
#[derive(Debug, Clone)]
pub struct Actions {
    rows: Vec<Row>,
    filter: Line,
    /// Position among the rows that the filter leaves.
    pub(super) selected: usize,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it does.
    pub name: &'static str,
    /// Its first key as people read it.
    pub keys: String,
    /// The key that does it.
    pub press: KeyEvent,
    /// Why it can't be done now.
    pub why_not: Option<String>,
}

impl Actions {
    /// All of these; what can be done comes first.
    pub fn new(mut rows: Vec<Row>) -> Self {
        order::sort_by_key(&mut rows, |row| row.why_not.is_some());
        Self {
            rows,
            filter: Line::default(),
            selected: 0,
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent, screen: Rect) -> Reply {
        let last = self.found().len().saturating_sub(1);
        let page = usize::from(screen.height.saturating_sub(8)).max(1);
        match keymap::find(keymap::CHOICE, key) {
            Some(ChoiceAction::Up) => self.selected = self.selected.saturating_sub(1),
            Some(ChoiceAction::Down) => self.selected += 1,
            Some(ChoiceAction::PageUp) => self.selected = self.selected.saturating_sub(page),
            Some(ChoiceAction::PageDown) => self.selected += page,
            Some(ChoiceAction::Back) => return Reply::Close,
            // What can't be done stays there with its reason.
            Some(ChoiceAction::Take) => {
                let row = self.found().get(self.selected).copied();
                return match row.filter(|row| row.why_not.is_none()) {
                    Some(row) => Reply::Press(row.press),
                    None => Reply::Stay,
                };
            }
            None => {
                if self.filter.key(key) == Edited::Changed {
                    self.selected = 0;
                }
                return Reply::Stay;
            }
        }
        self.selected = self.selected.min(last);
        Reply::Stay
    }

    /// Looks for pasted text.
    pub fn paste(&mut self, text: &str) {
        self.filter.paste(text.lines().next().unwrap_or_default());
        self.selected = 0;
    }

    /// The rows with all words of the filter; what can be done first, and then what begins so.
    fn found(&self) -> Vec<&Row> {
        let filter = self.filter.text().to_lowercase();
        let words: Vec<&str> = filter.split_whitespace().collect();
        let mut found: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| {
                let name = row.name.to_lowercase();
                words.iter().all(|word| name.contains(word)) || row.keys == self.filter.text()
            })
            .collect();
        if let Some(first) = words.first() {
            let begins = |text: &str| text.to_lowercase().starts_with(first);
            order::sort_by_key(&mut found, |row| {
                let inside = row.name.split_whitespace().any(begins);
                (row.why_not.is_some(), !begins(row.name), !inside)
            });
        }
        found
    }

    /// Draws it.
    pub fn view(&self, frame: &mut Canvas<'_>, screen: Rect, palette: Palette) {
        let found = self.found();
        let width = usize::from(screen.width.saturating_sub(6)).min(88);
        let height = (self.rows.len() + 3).min(usize::from(screen.height.saturating_sub(4)));
        let size = (width, height);
        let inner = open_frame(frame, screen, size, "Actions", Tone::Plain, palette);
        if inner.height < 3 || inner.width < 8 {
            return;
        }
        let shown = self.filter.shown(inner.width - 3, Show::Text);
        let prompt = TextLine::from(vec![
            Span::styled("/ ", palette.key()),
            if shown.text.is_empty() {
                Span::styled("type what you want to do", palette.quiet())
            } else {
                Span::raw(shown.text)
            },
        ]);
        put_line(frame.buffer_mut(), inner.x, inner.y, &prompt, inner.width);
        frame.set_cursor_position((inner.x + 2 + shown.cursor, inner.y));
        let area = Rect {
            y: inner.y + 1,
            height: inner.height - 2,
            ..inner
        };
        let selected = found.get(self.selected);
        if let Some(reason) = selected.and_then(|row| row.why_not.as_ref()) {
            let text = fit(&format!("not now: {reason}"), usize::from(inner.width));
            let line = TextLine::styled(text, palette.warning());
            put_line(
                frame.buffer_mut(),
                inner.x,
                inner.bottom() - 1,
                &line,
                inner.width,
            );
        }
        if found.is_empty() {
            let none = TextLine::styled("  there is no such action", palette.quiet());
            put_line(frame.buffer_mut(), area.x, area.y, &none, area.width);
        }
        let rows = usize::from(area.height);
        let top = (self.selected + 1).saturating_sub(rows);
        let key_width = self.rows.iter().map(|row| row.keys.width()).max();
        let key_width = key_width.unwrap_or_default().min(width / 4);
        for ((place, row), y) in found
            .iter()
            .enumerate()
            .skip(top)
            .zip(area.y..area.bottom())
        {
            let words = self.filter.text().to_lowercase();
            let line = row.line(usize::from(area.width), key_width, &words, palette);
            let line_area = Rect::new(area.x, y, area.width, 1);
            frame.spot(line_area, Spot::Row(place));
            if place == self.selected {
                frame.buffer_mut().set_style(line_area, palette.selected());
                let line = line.style(palette.selected());
                put_line(frame.buffer_mut(), area.x, y, &line, area.width);
            } else {
                put_line(frame.buffer_mut(), area.x, y, &line, area.width);
            }
        }
    }
}

impl Row {
    fn line(
        &self,
        width: usize,
        key_width: usize,
        words: &str,
        palette: Palette,
    ) -> TextLine<'static> {
        let keys = column(&self.keys, key_width);
        let name = fit(self.name, width.saturating_sub(key_width + 4));
        let name = matched::marked(words, "", &name, palette);
        let mut spans = Vec::new();
        match self.why_not {
            None => {
                spans.push(Span::raw("  "));
                spans.push(Span::styled(format!("{keys}  "), palette.key()));
                spans.extend(name);
            }
            // A mark as well: not every terminal shows what is dim.
            Some(_) => {
                spans.push(Span::styled(format!("- {keys}  "), palette.quiet()));
                spans.extend(matched::within(palette.quiet(), name));
            }
        }
        TextLine::from(spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};

    fn row(name: &'static str, keys: &str, why_not: Option<&str>) -> Row {
        let letter = keys.chars().next().unwrap();
        Row {
            name,
            keys: keys.to_owned(),
            press: KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE),
            why_not: why_not.map(str::to_owned),
        }
    }

    fn names(actions: &Actions) -> Vec<&'static str> {
        actions.found().iter().map(|row| row.name).collect()
    }

    #[test]
    fn what_can_be_done_and_begins_so_comes_first() {
        let mut actions = Actions::new(vec![
            row("Undo the delete", "u", None),
            row("Delete the tag", "t", Some("no tag")),
            row("Delete the connection", "d", None),
        ]);
        assert_eq!(names(&actions)[2], "Delete the tag");
        actions.paste("del");
        assert_eq!(
            names(&actions),
            ["Delete the connection", "Undo the delete", "Delete the tag"]
        );
        actions.paste(" conn");
        assert_eq!(names(&actions), ["Delete the connection"]);
    }

    #[test]
    fn what_cannot_be_done_is_not_done() {
        let screen = Rect::new(0, 0, 80, 24);
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        let down = KeyEvent::new(KeyCode::Down, KeyModifiers::NONE);
        let mut actions = Actions::new(vec![
            row("Delete the tag", "t", Some("no tag")),
            row("Undo", "u", None),
        ]);
        let undo = KeyEvent::new(KeyCode::Char('u'), KeyModifiers::NONE);
        assert_eq!(actions.clone().key(enter, screen), Reply::Press(undo));
        actions.key(down, screen);
        actions.key(down, screen);
        assert_eq!(actions.key(enter, screen), Reply::Stay);
    }
}
