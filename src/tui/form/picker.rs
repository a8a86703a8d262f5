//! An open choice: a list that filters as one types, grouped where its items have groups.

use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line as TextLine, Span};
use ratatui::widgets::{Block, Clear};
use unicode_width::UnicodeWidthStr;

use super::super::keymap::{self, ChoiceAction};
use super::super::line::{Edited, Line, Show};
use super::super::list::Clicked;
use super::super::matched;
use super::super::style::Palette;
use super::super::text::{fit, harmless, put_line};
use crate::order;

/// A choice with its state.
#[derive(Debug, Clone)]
pub struct Picker {
    title: String,
    items: Vec<Item>,
    filter: Line,
    /// Position among the items that the filter leaves.
    selected: usize,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The heading it stands under; empty for none.
    pub group: String,
    /// What is shown.
    pub label: String,
    /// What is shown dimmed behind it, and searched too.
    pub detail: String,
    /// What choosing it gives; `None` leaves the field out.
    pub value: Option<String>,
}

/// What a key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// It stays open.
    Open,
    /// It closes, and nothing was chosen.
    Nothing,
    /// This was chosen; `None` leaves the field out.
    Value(Option<String>),
}

impl Picker {
    /// A choice with the item of that value selected.
    pub fn new(title: &str, items: Vec<Item>, current: Option<&str>) -> Self {
        let selected = items
            .iter()
            .position(|item| item.value.as_deref() == current)
            .unwrap_or_default();
        Self {
            title: title.to_owned(),
            items,
            filter: Line::default(),
            selected,
        }
    }

    /// Takes a key; `rows` is how many items fit on the screen.
    pub fn key(&mut self, key: KeyEvent, rows: usize) -> Picked {
        let count = self.found().len();
        let last = count.saturating_sub(1);
        match keymap::find(keymap::CHOICE, key) {
            Some(ChoiceAction::Up) => {
                self.selected = if self.selected == 0 {
                    last
                } else {
                    self.selected - 1
                };
            }
            Some(ChoiceAction::Down) => {
                self.selected = if self.selected >= last {
                    0
                } else {
                    self.selected + 1
                };
            }
            Some(ChoiceAction::PageUp) => self.selected = self.selected.saturating_sub(rows.max(1)),
            Some(ChoiceAction::PageDown) => self.selected = (self.selected + rows.max(1)).min(last),
            Some(ChoiceAction::Back) => return Picked::Nothing,
            Some(ChoiceAction::Take) => {
                return match self.found().get(self.selected) {
                    Some(item) => Picked::Value(item.value.clone()),
                    None => Picked::Open,
                };
            }
            None => {
                if self.filter.key(key) == Edited::Changed {
                    self.selected = 0;
                }
            }
        }
        Picked::Open
    }

    /// Filters by pasted text.
    pub fn paste(&mut self, text: &str) {
        self.filter.paste(text.lines().next().unwrap_or(""));
        self.selected = 0;
    }

    /// The items that the filter leaves: first those whose label begins with it.
    fn found(&self) -> Vec<&Item> {
        let words: Vec<String> = self
            .filter
            .text()
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let rank = |item: &Item| -> Option<usize> {
            let label = item.label.to_lowercase();
            let detail = item.detail.to_lowercase();
            let group = item.group.to_lowercase();
            // A type is also found by the name of its class.
            let value = item.value.as_deref().unwrap_or("");
            let value = value.rsplit('.').next().unwrap_or(value).to_lowercase();
            let first = words.first()?;
            words
                .iter()
                .all(|word| {
                    [&label, &detail, &group, &value]
                        .iter()
                        .any(|text| text.contains(word))
                })
                .then(|| {
                    if label == *first || value == *first {
                        0
                    } else if label.starts_with(first) {
                        1
                    } else if label.contains(first) || value.starts_with(first) {
                        2
                    } else {
                        3
                    }
                })
        };
        if words.is_empty() {
            return self.items.iter().collect();
        }
        let mut found: Vec<(usize, &Item)> = self
            .items
            .iter()
            .filter_map(|item| Some((rank(item)?, item)))
            .collect();
        order::sort_by_key(&mut found, |(rank, _)| *rank);
        found.into_iter().map(|(_, item)| item).collect()
    }

    /// Draws it over `area`.
    pub fn view(&self, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
        let found = self.found();
        let count = if self.filter.text().is_empty() {
            format!(" {} ", found.len())
        } else {
            format!(" {} of {} ", found.len(), self.items.len())
        };
        let block = Block::bordered()
            .border_style(palette.focused_frame())
            .title(Span::styled(format!(" {} ", self.title), palette.heading()))
            .title_bottom(count);
        let inner = block.inner(area);
        frame.render_widget(Clear, area);
        frame.render_widget(block, area);
        if inner.height == 0 || inner.width < 6 {
            return;
        }
        let shown = self.filter.shown(inner.width.saturating_sub(4), Show::Text);
        let prompt = TextLine::from(vec![
            Span::styled(" / ", palette.key()),
            if shown.text.is_empty() {
                Span::styled("type to filter", palette.quiet())
            } else {
                Span::raw(shown.text)
            },
        ]);
        put_line(frame.buffer_mut(), inner.x, inner.y, &prompt, inner.width);
        frame.set_cursor_position((inner.x + 3 + shown.cursor, inner.y));
        let list = list_area(inner);
        self.view_items(frame, list, &found, palette);
    }

    fn view_items(&self, frame: &mut Frame<'_>, area: Rect, found: &[&Item], palette: Palette) {
        if found.is_empty() {
            let none = TextLine::styled("   nothing matches", palette.quiet());
            put_line(frame.buffer_mut(), area.x, area.y, &none, area.width);
            return;
        }
        let (rows, top) = self.layout(found, usize::from(area.height));
        for (row, y) in rows[top..].iter().zip(area.y..area.bottom()) {
            let line = match row {
                Shown::Heading(group) => TextLine::styled(format!(" {group}"), palette.heading()),
                Shown::Item(position) => {
                    self.item_line(found[*position], *position, area.width, palette)
                }
            };
            put_line(frame.buffer_mut(), area.x, y, &line, area.width);
        }
    }

    /// What stands on the lines, and the first of them that is on the screen.
    fn layout<'i>(&self, found: &[&'i Item], height: usize) -> (Vec<Shown<'i>>, usize) {
        // Headings only in the unfiltered list: a filtered one is ordered by how well it matches.
        let mut rows = Vec::new();
        let mut selected_line = 0;
        let mut group = "";
        for (position, item) in found.iter().enumerate() {
            if self.filter.text().is_empty() && item.group != group {
                group = &item.group;
                rows.push(Shown::Heading(group));
            }
            if position == self.selected {
                selected_line = rows.len();
            }
            rows.push(Shown::Item(position));
        }
        let top = (selected_line + 1 + height / 3).saturating_sub(height);
        let top = top.min(rows.len().saturating_sub(height));
        // The heading above the first item comes along.
        let top = if selected_line <= 1 { 0 } else { top };
        (rows, top)
    }

    /// Selects the item that stands there; `area` is that of the choice with its frame.
    pub fn click(&mut self, place: Position, area: Rect) -> Clicked {
        let list = list_area(Block::bordered().inner(area));
        if !list.contains(place) {
            return Clicked::Nothing;
        }
        let found = self.found();
        let (rows, top) = self.layout(&found, usize::from(list.height));
        match rows.get(top + usize::from(place.y - list.y)) {
            Some(Shown::Item(position)) => {
                let position = *position;
                Clicked::moved(&mut self.selected, position)
            }
            Some(Shown::Heading(_)) | None => Clicked::Nothing,
        }
    }

    fn item_line(
        &self,
        item: &Item,
        position: usize,
        width: u16,
        palette: Palette,
    ) -> TextLine<'static> {
        let is_selected = position == self.selected;
        // Here any case finds any case.
        let words = self.filter.text().to_lowercase();
        let mark = if is_selected { " › " } else { "   " };
        let label = harmless(&item.label);
        let room = usize::from(width).saturating_sub(mark.width() + label.width());
        let detail = fit(&format!("  {}", harmless(&item.detail)), room);
        let marked = |text: &str| matched::marked(&words, "", text, palette);
        let mut spans = vec![Span::raw(mark)];
        spans.extend(marked(&label));
        spans.extend(matched::within(palette.quiet(), marked(&detail)));
        let line = TextLine::from(spans);
        if is_selected {
            line.style(palette.selected())
        } else {
            line
        }
    }
}

/// A line of the list.
enum Shown<'i> {
    Heading(&'i str),
    /// The item of that position among those found.
    Item(usize),
}

/// Below the line where the filter is typed.
fn list_area(inner: Rect) -> Rect {
    Rect {
        y: inner.y + inner.height.min(1),
        height: inner.height.saturating_sub(1),
        ..inner
    }
}
