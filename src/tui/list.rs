//! The list of connections: rows, filter, selection, and their view.

mod view;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crossterm::event::KeyEvent;
use unicode_width::UnicodeWidthStr;

use super::line::{Edited, Line};
use crate::connection::ConnectionId;
use crate::filter::{self, Searched};
use crate::git::{Mark, Standing};
use crate::inventory::Entry;
use crate::order;
pub(super) use view::view_filter;

/// The list with its state.
#[derive(Debug, Default)]
pub struct List {
    /// All connections, or the first of them.
    entries: Vec<Arc<Entry>>,
    /// How many there are in all.
    total: usize,
    /// How often each is used, as the index says; `None` while it is not known.
    uses: Option<Vec<Used>>,
    /// How wide the widest name is: the columns stay where they are when the filter changes.
    longest_name: usize,
    /// Positions in `entries` of what the filter leaves.
    shown: Vec<usize>,
    /// Position in `shown`.
    selected: usize,
    /// The first row on the screen, a position in `shown`.
    offset: usize,
    /// The filter's text.
    pub filter: Line,
    /// Whether keys go to the filter.
    pub is_filtering: bool,
    order: Order,
    /// The connections that were marked, also those that the filter hides.
    marked: BTreeSet<ConnectionId>,
    /// What git says.
    standing: Standing,
}

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The file's name, which is the id: the order that the directory has elsewhere.
    #[default]
    File,
    /// The descriptive name.
    Name,
    /// The type, as people call it.
    Type,
    /// How often it is used, most first.
    Use,
    /// When it was changed, newest first.
    Change,
}

impl Order {
    /// The order of a word of the settings.
    pub fn named(word: &str) -> Option<Self> {
        let mut order = Self::default();
        loop {
            if order.word() == word {
                return Some(order);
            }
            order = order.next();
            if order == Self::default() {
                return None;
            }
        }
    }

    /// Its word in the settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Name => "name",
            Self::Type => "type",
            Self::Use => "use",
            Self::Change => "change",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::File => Self::Name,
            Self::Name => Self::Type,
            Self::Type => Self::Use,
            Self::Use => Self::Change,
            Self::Change => Self::File,
        }
    }

    /// What the frame says of it.
    fn title(self) -> &'static str {
        match self {
            Self::File => "",
            Self::Name => "· by name ",
            Self::Type => "· by type ",
            Self::Use => "· by use ",
            Self::Change => "· by change ",
        }
    }
}

/// What the index says about one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    /// Certain uses.
    pub certain: usize,
    /// Possible and unverifiable ones: neither use nor non-use.
    pub uncertain: usize,
}

impl List {
    /// An empty list that sorts what comes.
    pub fn sorted_by(order: Order) -> Self {
        Self {
            order,
            ..Self::default()
        }
    }

    /// All connections, the filter aside.
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// The selected connection, if it is known what it says.
    pub fn selected(&self) -> Option<&Arc<Entry>> {
        self.selected_row().filter(|entry| entry.is_read())
    }

    fn selected_row(&self) -> Option<&Arc<Entry>> {
        self.entries.get(*self.shown.get(self.selected)?)
    }

    /// How often the selected connection is used, if that is known.
    pub fn selected_use(&self) -> Option<Used> {
        self.uses
            .as_ref()?
            .get(*self.shown.get(self.selected)?)
            .copied()
    }

    /// Takes over what was read. The selection stays on its connection; if that is gone, on its
    /// place.
    pub fn set_entries(
        &mut self,
        entries: Vec<Arc<Entry>>,
        uses: Option<Vec<Used>>,
        height: usize,
    ) {
        let selected = self.selected_row().map(|entry| entry.id().clone());
        self.longest_name = entries
            .iter()
            .map(|entry| {
                let name = &entry.summary.name;
                // Most names are plain, and there are many.
                let is_plain = name.bytes().all(|byte| matches!(byte, b' '..=b'~'));
                if is_plain { name.len() } else { name.width() }
            })
            .max()
            .unwrap_or_default();
        self.total = entries.len();
        self.entries = entries;
        self.uses = uses;
        if !self.marked.is_empty() {
            let there: HashSet<&ConnectionId> =
                self.entries.iter().map(|entry| entry.id()).collect();
            self.marked.retain(|id| there.contains(id));
        }
        self.apply_filter();
        if let Some(id) = selected {
            self.select_id(&id);
        }
        self.clamp(height);
    }

    /// Takes over what was read again of the same connections: what uses them stays.
    pub fn renew_entries(&mut self, entries: Vec<Arc<Entry>>, height: usize) {
        let uses = self.uses.take();
        self.set_entries(entries, uses, height);
    }

    /// Says how many there are, if these are only the first.
    pub fn set_total(&mut self, total: usize) {
        self.total = total;
    }

    /// Whether there are more than are known.
    pub fn is_partial(&self) -> bool {
        self.total > self.entries.len()
    }

    /// Takes over what the index says, in the order of the entries.
    pub fn set_uses(&mut self, uses: Option<Vec<Used>>, height: usize) {
        let entries = std::mem::take(&mut self.entries);
        // The selection has to be known before the filter (`is:unused`) changes the rows.
        let selected = self
            .shown
            .get(self.selected)
            .and_then(|place| entries.get(*place))
            .map(|e| e.id().clone());
        self.entries = entries;
        self.uses = uses;
        self.apply_filter();
        if let Some(id) = selected {
            self.select_id(&id);
        }
        self.clamp(height);
    }

    /// Takes over what git says: nothing where there is no repository.
    pub fn set_standing(&mut self, standing: Option<Standing>) {
        self.standing = standing.unwrap_or_default();
    }

    /// What git says about a connection's file, if that is not as the last commit has it.
    pub fn git_mark(&self, entry: &Entry) -> Option<Mark> {
        self.standing.marks.get(&entry.file.file_name).copied()
    }

    /// Selects a connection, if the filter leaves it.
    pub fn select_id(&mut self, id: &ConnectionId) -> bool {
        let place = self
            .shown
            .iter()
            .position(|place| self.entries[*place].id() == id);
        if let Some(place) = place {
            self.selected = place;
        }
        place.is_some()
    }

    /// Marks the selected connection, or takes its mark away, and goes on to the next.
    pub fn toggle_mark(&mut self, height: usize) {
        if let Some(entry) = self.selected() {
            let id = entry.id().clone();
            if !self.marked.remove(&id) {
                self.marked.insert(id);
            }
            self.move_by(1, height);
        }
    }

    /// Marks all rows; if all are marked, their marks go.
    pub fn toggle_all_marks(&mut self) {
        let shown: Vec<ConnectionId> = self
            .shown
            .iter()
            .map(|place| self.entries[*place].id().clone())
            .collect();
        if shown.iter().all(|id| self.marked.contains(id)) {
            for id in &shown {
                self.marked.remove(id);
            }
        } else {
            self.marked.extend(shown);
        }
    }

    /// Takes all marks away.
    pub fn clear_marks(&mut self) {
        self.marked.clear();
    }

    /// What is marked, in the order of the files; how many of them the filter hides.
    pub fn marked(&self) -> (Vec<&Arc<Entry>>, usize) {
        // Every frame asks, and hardly ever is anything marked.
        if self.marked.is_empty() {
            return (Vec::new(), 0);
        }
        let is_marked = |entry: &&Arc<Entry>| entry.is_read() && self.marked.contains(entry.id());
        let marked: Vec<_> = self.entries.iter().filter(is_marked).collect();
        let shown = self.shown.iter().map(|place| &self.entries[*place]);
        let hidden = marked.len() - shown.filter(is_marked).count();
        (marked, hidden)
    }

    /// Moves the selection by that many rows, to the ends at most.
    pub fn move_by(&mut self, rows: isize, height: usize) {
        self.selected = self.selected.saturating_add_signed(rows);
        self.clamp(height);
    }

    /// Selects the row on that line of the screen.
    pub fn select_line(&mut self, line: usize, height: usize) -> Clicked {
        let row = self.offset + line;
        if line >= height || row >= self.shown.len() {
            return Clicked::Nothing;
        }
        let clicked = Clicked::moved(&mut self.selected, row);
        self.clamp(height);
        clicked
    }

    /// Keeps the selection within the rows, and on the screen.
    pub fn clamp(&mut self, height: usize) {
        let rows = self.shown.len();
        (self.selected, self.offset) = clamped(self.selected, self.offset, rows, height);
    }

    /// Takes a key that edits the filter.
    pub fn filter_key(&mut self, key: KeyEvent, height: usize) {
        if self.filter.key(key) == Edited::Changed {
            self.refilter(height);
        }
    }

    /// Inserts pasted text into the filter.
    pub fn filter_paste(&mut self, text: &str, height: usize) {
        self.filter.paste(&filter::pasted(text));
        self.refilter(height);
    }

    /// Sorts by the next thing; the selection stays on its connection.
    pub fn sort_next(&mut self, height: usize) {
        self.order = self.order.next();
        self.refilter(height);
    }

    /// Removes the filter; the selection stays.
    pub fn clear_filter(&mut self, height: usize) {
        self.filter.set("");
        self.is_filtering = false;
        self.refilter(height);
    }

    fn refilter(&mut self, height: usize) {
        let selected = self.selected_row().map(|entry| entry.id().clone());
        self.apply_filter();
        let stays = selected.is_some_and(|id| self.select_id(&id));
        if !stays {
            self.selected = 0;
        }
        self.clamp(height);
    }

    fn apply_filter(&mut self) {
        let filter = self.filter.text();
        let uses = self.uses.as_deref();
        let is_empty = filter.trim().is_empty();
        self.shown = (0..self.entries.len())
            .filter(|place| {
                if is_empty {
                    return true;
                }
                let entry = &self.entries[*place];
                let used = uses.and_then(|uses| uses.get(*place));
                filter::matches(
                    filter,
                    &Searched {
                        id: entry.id().as_str(),
                        name: &entry.summary.name,
                        types: [
                            &entry.summary.type_label,
                            entry.summary.type_path.as_deref().unwrap_or(""),
                        ],
                        tags: &entry.summary.tags,
                        // What may be used is neither used nor unused.
                        used_by: used
                            .filter(|used| used.uncertain == 0)
                            .map(|used| used.certain),
                        broken: entry.summary.broken.is_some(),
                    },
                )
            })
            .collect();
        self.sort();
        self.selected = self.selected.min(self.shown.len().saturating_sub(1));
    }

    /// What is equal stays in the order of the files.
    fn sort(&mut self) {
        let Self {
            entries,
            uses,
            shown,
            ..
        } = self;
        match self.order {
            Order::File => {}
            Order::Name => {
                by_text(shown, entries, |entry| &entry.summary.name);
            }
            Order::Type => {
                by_text(shown, entries, |entry| &entry.summary.type_label);
            }
            Order::Use => order::sort_by_key(shown, |place| {
                let used = uses.as_ref().and_then(|uses| uses.get(*place));
                Reverse(used.map(|used| (used.certain, used.uncertain)))
            }),
            Order::Change => {
                order::sort_by_key(shown, |place| {
                    Reverse(entries[*place].file.stamp.modified())
                });
            }
        }
    }
}

/// Sorts places by a text of what is there, without regard to case.
fn by_text(places: &mut Vec<usize>, entries: &[Arc<Entry>], text: fn(&Entry) -> &str) {
    let texts = entries.iter().map(|entry| text(entry).to_lowercase());
    let texts: Vec<String> = texts.collect();
    order::sort_by(places, |left, right| texts[*left].cmp(&texts[*right]));
}

/// The selected row and the first one on the screen, of so many rows and a screen of that height.
pub(super) fn clamped(
    selected: usize,
    offset: usize,
    rows: usize,
    height: usize,
) -> (usize, usize) {
    let selected = selected.min(rows.saturating_sub(1));
    (selected, jumped((selected, selected), offset, rows, height))
}

/// The first line on the screen that shows the lines from the first to the last of what is selected.
/// At the edge it jumps by half a page instead of scrolling by one: most key presses then change
/// two lines.
pub(super) fn jumped(
    (first, last): (usize, usize),
    offset: usize,
    lines: usize,
    height: usize,
) -> usize {
    let height = height.max(1);
    // What is higher than the screen is shown from its beginning.
    let least = (last + 1).saturating_sub(height).min(first);
    let offset = if first < offset {
        first.saturating_sub(height / 2).max(least)
    } else if last >= offset + height {
        first.min(last + 1 - height.div_ceil(2))
    } else {
        offset
    };
    offset.min(lines.saturating_sub(height))
}

/// What a click has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clicked {
    /// Nothing that can be selected.
    Nothing,
    /// A row that is selected now.
    Another,
    /// The row that was selected already.
    Same,
}

impl Clicked {
    /// Moves a selection to a row.
    pub fn moved(selected: &mut usize, row: usize) -> Self {
        let was_there = *selected == row;
        *selected = row;
        if was_there { Self::Same } else { Self::Another }
    }
}

/// Whether the keys go to this pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// To this one.
    Here,
    /// To another one.
    Elsewhere,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_selected_stays_in_sight_and_moves_the_screen_seldom(
            lines in 1..200_usize,
            height in 1..40_usize,
            start in 0..200_usize,
            offset in 0..300_usize,
        ) {
            let (mut selected, mut offset) = clamped(start, offset, lines, height);
            let mut jumps = 0;
            while selected + 1 < lines {
                let before = offset;
                (selected, offset) = clamped(selected + 1, offset, lines, height);
                prop_assert!((offset..offset + height).contains(&selected));
                prop_assert!(offset + height <= lines.max(height));
                jumps += usize::from(offset != before);
            }
            prop_assert!(jumps <= 1 + lines / height.div_ceil(2));
        }

        #[test]
        fn the_beginning_of_what_is_selected_is_in_sight(
            first in 0..100_usize,
            size in 0..9_usize,
            more in 1..100_usize,
            height in 1..40_usize,
            offset in 0..300_usize,
        ) {
            let (last, lines) = (first + size, first + size + more);
            let offset = jumped((first, last), offset, lines, height);
            prop_assert!((offset..offset + height).contains(&first));
            prop_assert!(size >= height || last < offset + height);
        }
    }
}
