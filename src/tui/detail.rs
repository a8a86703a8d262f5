//! The read-only panel: what the selected connection says, what is wrong with it, what uses it.

mod content;
mod row;
pub mod workflow;

use std::path::PathBuf;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line as TextLine;
use unicode_width::UnicodeWidthStr;

use self::row::{Block, Row};
use super::keymap::Keymap;
use super::list::{self, Clicked, Focus};
use super::style::Palette;
use super::text::{harmless, put_line};
use super::uses::Uses;
use crate::catalog::Catalog;
use crate::connection::{Location, Secret};
use crate::git::Mark;
use crate::inventory::Entry;
use crate::reference::Environment;

/// So wide are the labels of most types.
const USUAL_LABEL: usize = 12;

/// The panel's content and where its cursor is.
#[derive(Debug, Default)]
pub struct Detail {
    /// What stands in the frame.
    title: String,
    blocks: Vec<Block>,
    extent: Extent,
    /// The row with the cursor, if the panel has the focus.
    cursor: usize,
    scroll: usize,
    /// Whether somebody has scrolled above the first row that can have the cursor.
    shows_head: bool,
    /// The field whose secret is shown.
    revealed: Option<String>,
}

/// How much of its rows the panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extent {
    /// What can be taken in while the cursor moves through the list: of long sections the beginning.
    #[default]
    Glance,
    /// Everything.
    Whole,
}

/// What Enter does on a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The field of that name in the form.
    Field(String),
    /// A place in `$EDITOR`.
    Place(PathBuf, Option<Location>),
}

/// What a copy of the row under the cursor would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copy {
    /// This text.
    Text {
        /// What it is, for people.
        what: String,
        /// The text: it may be a secret that is shown.
        text: Secret,
    },
    /// There is a secret in it that is not shown.
    Hidden,
    /// The row has no text of its own.
    Nothing,
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
    /// The person's keys.
    pub keymap: &'a Keymap,
    /// How the file stands to the last commit, if it is not as that has it.
    pub git: Option<Mark>,
}

impl Detail {
    /// Shows a connection. The cursor and the scroll position stay if it is the same one.
    pub fn show(&mut self, entry: &Entry, sources: Sources<'_>) {
        self.begin(sources.path.to_owned());
        let rows = self.rows_of(entry, sources);
        self.put(rows);
    }

    /// How much is shown.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Shows more or less. The cursor stays where it was, if only until everything is shown again.
    pub fn set_extent(&mut self, extent: Extent, area: Rect) {
        self.extent = extent;
        self.shows_head = false;
        self.keep_cursor_visible(area);
    }

    fn begin(&mut self, title: String) {
        if title != self.title {
            self.title = title;
            self.cursor = 0;
            self.scroll = 0;
            self.shows_head = false;
            self.revealed = None;
        }
    }

    fn put(&mut self, blocks: Vec<Block>) {
        self.blocks = blocks;
        self.cursor = self.cursor.min(self.blocks.len().saturating_sub(1));
    }

    /// Shows nothing.
    pub fn clear(&mut self) {
        let extent = self.extent;
        *self = Self {
            extent,
            ..Self::default()
        };
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
        self.row().and_then(Row::target).cloned()
    }

    /// The row with the cursor.
    fn row(&self) -> Option<&Row> {
        self.blocks.get(self.cursor).map(|block| &block.row)
    }

    /// The node path of the use that the cursor is on.
    pub fn node_path(&self) -> Option<&str> {
        match self.row()? {
            Row::Use { path, .. } if !path.is_empty() => Some(path),
            Row::Use { .. }
            | Row::Item { .. }
            | Row::Text { .. }
            | Row::Blank
            | Row::Heading(..) => None,
        }
    }

    /// What the cursor is on, for the clipboard.
    pub fn copy(&self) -> Copy {
        match self.row() {
            Some(Row::Item {
                copied: Some(text), ..
            }) if text.expose().contains(Secret::MASK) => Copy::Hidden,
            Some(Row::Item {
                label,
                copied: Some(text),
                ..
            }) => Copy::Text {
                what: label.trim().to_owned(),
                text: text.clone(),
            },
            Some(Row::Use { copied, .. }) => Copy::Text {
                what: harmless(copied),
                text: Secret::new(copied.clone()),
            },
            Some(
                Row::Item { copied: None, .. } | Row::Blank | Row::Heading(..) | Row::Text { .. },
            )
            | None => Copy::Nothing,
        }
    }

    /// Puts the cursor on the first row that has a target, if it is on none.
    pub fn focus(&mut self, area: Rect) {
        self.shows_head = false;
        if self.target().is_none() {
            self.cursor = 0;
            if self
                .blocks
                .first()
                .is_some_and(|block| block.row.target().is_none())
            {
                self.move_by(1, area);
            }
        }
        self.keep_cursor_visible(area);
    }

    /// Moves the cursor over that many rows with a target; without any, it scrolls.
    pub fn move_by(&mut self, steps: isize, area: Rect) {
        if steps != 0 {
            self.shows_head = false;
        }
        let stops: Vec<usize> = (0..self.blocks.len())
            .filter(|place| self.blocks[*place].row.target().is_some())
            .filter(|place| self.blocks[*place].is_in(self.extent))
            .collect();
        if stops.is_empty() {
            self.scroll = self.scroll.saturating_add_signed(steps);
        } else {
            let here = stops.iter().position(|place| *place >= self.cursor);
            let exact = stops.contains(&self.cursor);
            let here = here.unwrap_or(stops.len() - 1);
            if steps < 0 && exact && here == 0 {
                // What stands above the first of them can be read as well.
                self.scroll = self.scroll.saturating_sub(steps.unsigned_abs());
                self.shows_head = true;
                return;
            }
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
    pub fn click(&mut self, line: usize, area: Rect) -> Clicked {
        let lines = self.lines(area.width, Palette::Plain);
        match lines.get(line + self.scroll) {
            Some((place, _)) if self.blocks[*place].row.target().is_some() => {
                Clicked::moved(&mut self.cursor, *place)
            }
            _ => Clicked::Nothing,
        }
    }

    /// Scrolls to the cursor.
    pub fn keep_cursor_visible(&mut self, area: Rect) {
        if self.shows_head {
            return;
        }
        if area.is_empty() {
            // It is not on the screen: lines of no width say nothing about where to scroll to.
            return;
        }
        let height = usize::from(area.height);
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
        self.scroll = list::jumped((first, last), self.scroll, lines.len(), height);
    }

    /// The file, for the frame.
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
                && self.blocks[*block].row.target().is_some();
            if is_cursor {
                let whole = Rect::new(area.x, y, area.width, 1);
                frame.buffer_mut().set_style(whole, palette.selected());
                let line = line.clone().style(palette.selected());
                put_line(frame.buffer_mut(), area.x, y, &line, area.width);
            } else {
                put_line(frame.buffer_mut(), area.x, y, line, area.width);
            }
        }
        let more = lines
            .len()
            .saturating_sub(self.scroll + usize::from(area.height));
        if more > 0 && area.width > 8 {
            let mark = format!(" ↓ {more} ");
            let width = u16::try_from(mark.width()).unwrap_or(0).min(area.width);
            let mark = TextLine::styled(mark, palette.quiet());
            put_line(
                frame.buffer_mut(),
                area.right() - width,
                area.bottom(),
                &mark,
                width,
            );
        }
    }

    /// The lines on the screen, each with the row that it belongs to.
    fn lines(&self, width: u16, palette: Palette) -> Vec<(usize, TextLine<'static>)> {
        let width = usize::from(width);
        let widest = self
            .blocks
            .iter()
            .map(|block| match &block.row {
                Row::Item { label, .. } => label.width(),
                Row::Blank | Row::Heading(..) | Row::Text { .. } | Row::Use { .. } => 0,
            })
            .max()
            .unwrap_or_default();
        // Nearly all fields fit: the values stand in the same column whatever the type is.
        let label_width = widest.clamp(USUAL_LABEL.min(width / 5), 26).min(width / 2);
        let mut lines = Vec::new();
        for (place, block) in self.blocks.iter().enumerate() {
            if block.is_in(self.extent) {
                let of_row = block.row.lines(width, label_width, palette);
                lines.extend(of_row.into_iter().map(|line| (place, line)));
            }
        }
        lines
    }
}
