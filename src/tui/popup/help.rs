//! The help: the keys of where one is, then all others, and what the marks mean.

use super::canvas::Canvas;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::super::keymap::{Context, Keymap, PopupAction, Shown};
use super::super::style::Palette;
use super::super::text::{column, put_line};
use super::{Reply, Tone, open_frame, scrolled};
use crate::git::Mark;
use crate::order;
use crate::wrapping::wrap;

/// The help popup with its scroll position.
#[derive(Debug, Clone)]
pub struct Help {
    /// Each context's keys with what they do, that of where one is first.
    sections: Vec<(Context, Vec<Shown>)>,
    scroll: usize,
}

/// What marks in list and panel mean.
const MARKS: &[(&str, &str)] = &[
    ("3", "How many places in the workflows use the connection"),
    (
        "3?",
        "… and there are places that may use it, or can't be verified",
    ),
    ("…", "The workflows are still being read"),
    ("●", "The connection is marked"),
    (
        "[x] [-] [ ]",
        "In the tags: all have it, some of them, none",
    ),
    (
        "✗",
        "The file can't be read; a workflow: it uses what is defined nowhere",
    ),
    (
        "?",
        "A workflow that may use more than is said, or can't be verified",
    ),
    (
        "*",
        "A field that is required, or required unless its variable is set",
    ),
    (
        "expr",
        "An expression such as ${oc.env:KEY}, resolved where the workflow runs",
    ),
    ("••••••••", "A secret"),
];

impl Help {
    /// The help for a context.
    pub fn new(first: Context, keymap: &Keymap) -> Self {
        let mut sections = keymap.sections();
        order::sort_by_key(&mut sections, |(context, _)| *context != first);
        // What has no key is in the popup of all actions.
        for (_, rows) in &mut sections {
            rows.retain(|row| !row.keys.is_empty());
        }
        Self {
            sections,
            scroll: 0,
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent, screen: Rect) -> Reply {
        if matches!(key.code, KeyCode::Char('?') | KeyCode::F(1)) {
            return Reply::Close;
        }
        let page = usize::from(screen.height.saturating_sub(6)).max(1);
        let total = self.lines(Palette::Plain, width(screen)).len();
        scrolled(&mut self.scroll, key, page, total)
    }

    fn lines(&self, palette: Palette, width: usize) -> Vec<TextLine<'static>> {
        let widest = self
            .sections
            .iter()
            .flat_map(|(_, rows)| rows.iter().map(|row| row.keys.width()))
            .max()
            .unwrap_or_default();
        let key_width = widest.min(width / 3);
        let row = |keys: &str, help: &str| -> Vec<TextLine<'static>> {
            let keys = wrap(keys, key_width);
            let help = wrap(help, width.saturating_sub(key_width + 4));
            let line = |number: usize| {
                let part = |of: &[String]| of.get(number).cloned().unwrap_or_default();
                let keys = format!("  {}  ", column(&part(&keys), key_width));
                TextLine::from(vec![
                    Span::styled(keys, palette.key()),
                    Span::raw(part(&help)),
                ])
            };
            (0..keys.len().max(help.len())).map(line).collect()
        };
        let mut lines = Vec::new();
        for (context, rows) in &self.sections {
            lines.push(TextLine::styled(context.title(), palette.heading()));
            lines.extend(rows.iter().flat_map(|shown| row(&shown.keys, shown.help)));
            lines.push(TextLine::default());
        }
        lines.push(TextLine::styled("Marks", palette.heading()));
        lines.extend(MARKS.iter().flat_map(|(mark, help)| row(mark, help)));
        let of_git = |mark: &Mark| row(mark.glyph(), &format!("Before a name: {}", mark.words()));
        lines.extend(Mark::ALL.iter().flat_map(of_git));
        lines
    }

    /// Draws it.
    pub fn view(&self, frame: &mut Canvas<'_>, screen: Rect, keymap: &Keymap, palette: Palette) {
        let width = width(screen);
        let lines = self.lines(palette, width);
        let height = lines
            .len()
            .min(usize::from(screen.height.saturating_sub(4)));
        let [up, down, back] = [PopupAction::Up, PopupAction::Down, PopupAction::Back]
            .map(|action| keymap.key(action));
        let title = format!("Help — {up} {down} scroll, {back} closes");
        let inner = open_frame(frame, screen, (width, height), &title, Tone::Plain, palette);
        let rows = lines.iter().skip(self.scroll).zip(inner.y..inner.bottom());
        for (line, y) in rows {
            put_line(frame.buffer_mut(), inner.x, y, line, inner.width);
        }
    }
}

/// How wide its lines may be.
fn width(screen: Rect) -> usize {
    usize::from(screen.width.saturating_sub(6)).min(88)
}
