//! The tab of the workflow files: which connections each uses, those with a use of nothing first.

mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossterm::event::KeyEvent;

use super::detail::Detail;
use super::line::{Edited, Line};
use super::list::{self, Clicked};
use super::uses::shown_path;
use crate::connection::Finding;
use crate::filter;
use crate::needs::Needed;
use crate::order;
use crate::reference::{Certainty, FileScan, Reference};
use crate::workflow::Index;

/// The tab with its state.
#[derive(Debug, Default)]
pub struct Workflows {
    /// All files that have to do with connections; those that need a look first.
    files: Vec<File>,
    /// Positions in `files` of what the filter leaves.
    shown: Vec<usize>,
    /// Position in `shown`.
    selected: usize,
    /// The first row on the screen, a position in `shown`.
    offset: usize,
    /// The filter's text.
    pub filter: Line,
    /// Whether keys go to the filter.
    pub is_filtering: bool,
    /// Whether it is older than the index or the store: nobody sees it.
    pub is_behind: bool,
    /// What is said about the selected file.
    pub panel: Detail,
}

/// What takes a reading of a workflow file itself, and of the connections that it uses.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The variables that it needs, by name.
    pub variables: BTreeMap<String, Needed>,
    /// What `check` says about it, and the index does not.
    pub findings: Vec<Finding>,
}

/// A row.
#[derive(Debug)]
pub struct File {
    /// Where it is.
    pub path: Arc<Path>,
    /// Its path as it is shown.
    pub shown: String,
    /// What the index says about it.
    pub scan: Arc<FileScan>,
    /// How many connections it uses.
    used: usize,
    standing: Standing,
}

/// What a row's mark says, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// It uses for sure what is defined nowhere.
    Dangling,
    /// It may use something, or can't be verified.
    Unsure,
    Fine,
}

impl Workflows {
    /// How many files there are, the filter aside.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The selected file.
    pub fn selected(&self) -> Option<&File> {
        self.files.get(*self.shown.get(self.selected)?)
    }

    /// Takes over what was read. `ids` are those of the store, if it is known: before that no use
    /// is said to dangle. The selection stays on its file; if that is gone, on its place.
    pub fn set(
        &mut self,
        index: &Index,
        ids: Option<&BTreeSet<String>>,
        base: &Path,
        height: usize,
    ) {
        let selected = self.selected().map(|file| Arc::clone(&file.path));
        let files = index.report.files.iter();
        self.files = files
            .map(|(path, scan)| File::new(path, scan, ids, base))
            .collect();
        // What is equal stays in the order of the paths.
        order::sort_by_key(&mut self.files, |file| file.standing);
        self.apply_filter();
        if let Some(path) = selected {
            self.select(&path);
        }
        self.clamp(height);
    }

    /// Nothing is known any more.
    pub fn clear(&mut self) {
        self.files.clear();
        self.shown.clear();
        self.panel.clear();
    }

    /// Selects a file, if the filter leaves it.
    pub fn select(&mut self, path: &Path) -> bool {
        let is_it = |place: &usize| *self.files[*place].path == *path;
        let place = self.shown.iter().position(is_it);
        self.selected = place.unwrap_or(self.selected);
        place.is_some()
    }

    /// Moves the selection by that many rows, to the ends at most.
    pub fn move_by(&mut self, rows: isize, height: usize) {
        self.selected = self.selected.saturating_add_signed(rows);
        self.clamp(height);
    }

    /// Selects the row on that line of the screen.
    pub fn select_line(&mut self, line: usize, height: usize) -> Clicked {
        let row = self.offset + line;
        if line < height && row < self.shown.len() {
            return Clicked::moved(&mut self.selected, row);
        }
        Clicked::Nothing
    }

    /// Keeps the selection within the rows, and on the screen.
    pub fn clamp(&mut self, height: usize) {
        let rows = self.shown.len();
        (self.selected, self.offset) = list::clamped(self.selected, self.offset, rows, height);
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

    /// Removes the filter; the selection stays.
    pub fn clear_filter(&mut self, height: usize) {
        self.filter.set("");
        self.is_filtering = false;
        self.refilter(height);
    }

    fn refilter(&mut self, height: usize) {
        let selected = self.selected().map(|file| Arc::clone(&file.path));
        self.apply_filter();
        if !selected.is_some_and(|path| self.select(&path)) {
            self.selected = 0;
        }
        self.clamp(height);
    }

    fn apply_filter(&mut self) {
        let filter = self.filter.text();
        let stays = |file: &File| {
            let is_dangling = file.standing == Standing::Dangling;
            // As they may be shown. One that is used often is looked at often: to keep each once for
            // every file costs more memory than that costs time.
            let ids = file.scan.references.iter().filter_map(Reference::shown_id);
            filter::matches_workflow(filter, &file.shown, &ids, is_dangling)
        };
        let places = 0..self.files.len();
        self.shown = places.filter(|place| stays(&self.files[*place])).collect();
    }
}

impl File {
    fn new(
        path: &Arc<Path>,
        scan: &Arc<FileScan>,
        store: Option<&BTreeSet<String>>,
        base: &Path,
    ) -> Self {
        let is_known = |id: &str| store.is_none_or(|store| store.contains(id));
        let is_possible = |one: &Reference| one.certainty == Certainty::Possible;
        let standing = if scan.dangling(is_known).next().is_some() {
            Standing::Dangling
        } else if !scan.unverifiable.is_empty() || scan.references.iter().any(is_possible) {
            Standing::Unsure
        } else {
            Standing::Fine
        };
        Self {
            path: Arc::clone(path),
            shown: shown_path(path, base),
            used: scan.ids().len(),
            standing,
            scan: Arc::clone(scan),
        }
    }

    /// The path, for a key of what is known about it.
    pub fn key(&self) -> PathBuf {
        self.path.to_path_buf()
    }
}
