//! The tab of the workflow files, and what is read for the row under the cursor.

use std::path::{Path, PathBuf};

use crossterm::event::KeyEvent;

use super::{App, Pane};
use crate::connection::{ConnectionId, Location, Secret};
use crate::tui::detail::workflow::Sheet;
use crate::tui::detail::{Detail, Target};
use crate::tui::effect::{Effect, Job};
use crate::tui::excerpt;
use crate::tui::keymap::{self, FilterAction, GlobalAction, SheetAction, WorkflowAction};
use crate::tui::layout;
use crate::tui::tabs::Tab;
use crate::tui::text::{count, harmless};
use crate::tui::workflows::File;

impl App {
    pub(super) fn workflow_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if self.workflows.is_filtering {
            self.workflow_filter_key(key);
            return Vec::new();
        }
        match self.pane {
            Pane::List => match keymap::find(keymap::WORKFLOWS, key) {
                Some(action) => self.workflow_action(action),
                None => Vec::new(),
            },
            Pane::Panel => match keymap::find(keymap::SHEET, key) {
                Some(action) => self.sheet_action(action),
                None => Vec::new(),
            },
        }
    }

    fn workflow_action(&mut self, action: WorkflowAction) -> Vec<Effect> {
        let height = self.list_height();
        let page = isize::try_from(height.max(1)).unwrap_or(isize::MAX);
        match action {
            WorkflowAction::Up => self.move_workflow(-1),
            WorkflowAction::Down => self.move_workflow(1),
            WorkflowAction::PageUp => self.move_workflow(-page),
            WorkflowAction::PageDown => self.move_workflow(page),
            WorkflowAction::HalfPageUp => self.move_workflow(-(page / 2).max(1)),
            WorkflowAction::HalfPageDown => self.move_workflow((page / 2).max(1)),
            WorkflowAction::Top => self.move_workflow(isize::MIN + 1),
            WorkflowAction::Bottom => self.move_workflow(isize::MAX),
            WorkflowAction::Open => {
                if self.workflows.selected().is_some() {
                    self.pane = Pane::Panel;
                    let area = self.panel_area();
                    self.workflows.panel.focus(area);
                }
            }
            WorkflowAction::Filter => self.workflows.is_filtering = true,
            WorkflowAction::EditFile => return self.edit_workflow(),
            WorkflowAction::Copy => {
                let Some(file) = self.workflows.selected() else {
                    return Vec::new();
                };
                return vec![Effect::Copy {
                    what: harmless(&file.shown),
                    text: Secret::new(file.shown.clone()),
                }];
            }
            WorkflowAction::Connections => self.open_tab(Tab::Connections),
            WorkflowAction::Reload => return self.reload_everything(),
            WorkflowAction::Clear if !self.workflows.filter.text().is_empty() => {
                self.workflows.clear_filter(height);
                self.refresh_sheet();
            }
            WorkflowAction::Clear => return self.stop_index(),
            WorkflowAction::Actions => return self.show_actions(),
            WorkflowAction::Help => return self.global(GlobalAction::Help),
            WorkflowAction::Quit => return self.quit(),
        }
        Vec::new()
    }

    fn sheet_action(&mut self, action: SheetAction) -> Vec<Effect> {
        let area = self.panel_area();
        let page = isize::from(i16::try_from(area.height.max(2) / 2).unwrap_or(i16::MAX));
        let panel = &mut self.workflows.panel;
        match action {
            SheetAction::Up => panel.move_by(-1, area),
            SheetAction::Down => panel.move_by(1, area),
            SheetAction::PageUp => panel.move_by(-page, area),
            SheetAction::PageDown => panel.move_by(page, area),
            SheetAction::Top => panel.move_by(isize::MIN + 1, area),
            SheetAction::Bottom => panel.move_by(isize::MAX, area),
            SheetAction::Open => {
                if let Some(Target::Place(path, location)) = panel.target() {
                    return vec![Effect::OpenEditor { path, location }];
                }
            }
            SheetAction::Connection => {
                if let Some(id) = panel.connection().cloned() {
                    self.open_tab(Tab::Connections);
                    self.select_connection(&id);
                    self.refresh_detail();
                }
            }
            SheetAction::EditFile => return self.edit_workflow(),
            SheetAction::Copy => return self.copy_from_panel(),
            SheetAction::Connections => self.open_tab(Tab::Connections),
            SheetAction::Back => self.pane = Pane::List,
            SheetAction::Actions => return self.show_actions(),
            SheetAction::Help => return self.global(GlobalAction::Help),
            SheetAction::Quit => return self.quit(),
        }
        Vec::new()
    }

    fn workflow_filter_key(&mut self, key: KeyEvent) {
        let height = self.list_height();
        match keymap::find(keymap::FILTER, key) {
            Some(FilterAction::Keep) => self.workflows.is_filtering = false,
            Some(FilterAction::Clear) => self.workflows.clear_filter(height),
            Some(FilterAction::Up) => self.workflows.move_by(-1, height),
            Some(FilterAction::Down) => self.workflows.move_by(1, height),
            Some(FilterAction::PageUp) => self.workflows.move_by(-10, height),
            Some(FilterAction::PageDown) => self.workflows.move_by(10, height),
            None => self.workflows.filter_key(key, height),
        }
        self.refresh_sheet();
    }

    pub(super) fn move_workflow(&mut self, rows: isize) {
        let height = self.list_height();
        self.workflows.move_by(rows, height);
        self.refresh_sheet();
    }

    fn edit_workflow(&mut self) -> Vec<Effect> {
        let Some(file) = self.workflows.selected() else {
            return Vec::new();
        };
        vec![Effect::OpenEditor {
            path: file.key(),
            location: None,
        }]
    }

    /// Shows a tab: its list, with the cursor where it was.
    pub(super) fn open_tab(&mut self, tab: Tab) {
        self.tab = tab;
        self.pane = Pane::List;
        self.detail.hide_secrets();
        self.relayout();
        self.refresh_detail();
        if self.workflows.is_behind {
            self.refresh_workflows();
        }
    }

    /// The tab of the workflow files, on the file of the use that the cursor is on.
    pub(super) fn open_workflows(&mut self) {
        let file = match self.detail.target() {
            Some(Target::Place(path, _)) if self.pane == Pane::Panel => Some(path),
            Some(Target::Place(..) | Target::Field(_)) | None => None,
        };
        self.open_tab(Tab::Workflows);
        if let Some(file) = file {
            let height = self.list_height();
            if !self.workflows.select(&file) {
                self.workflows.clear_filter(height);
                self.workflows.select(&file);
            }
            self.workflows.clamp(height);
            self.refresh_sheet();
        }
    }

    /// Selects a connection, also one that the filter hides.
    pub(super) fn select_connection(&mut self, id: &ConnectionId) {
        let height = self.list_height();
        if !self.list.select_id(id) {
            self.list.clear_filter(height);
            self.list.select_id(id);
        }
        self.list.clamp(height);
    }

    /// Makes the tab what the index and the store say now.
    pub(super) fn refresh_workflows(&mut self) {
        self.facts.expire();
        self.excerpt.expire();
        self.workflows.is_behind = self.tab != Tab::Workflows && self.uses.is_some();
        if self.workflows.is_behind {
            return;
        }
        let height = self.list_height();
        match &self.uses {
            Some(table) => {
                let ids = self.ids.all(self.inventory.as_deref());
                let base = &self.setup.base;
                self.workflows.set(table.index(), ids, base, height);
            }
            None => self.workflows.clear(),
        }
        self.refresh_sheet();
    }

    /// Makes the tab's panel what the selection and the newest data say.
    pub(super) fn refresh_sheet(&mut self) {
        let Some(file) = self.workflows.selected() else {
            self.workflows.panel.clear();
            if self.tab == Tab::Workflows {
                self.pane = Pane::List;
            }
            return;
        };
        let key = file.key();
        let (shown, scan) = (file.shown.clone(), file.scan.clone());
        self.workflows.panel.show_workflow(Sheet {
            path: &key,
            shown: &shown,
            scan: &scan,
            ids: self.ids.all(self.inventory.as_deref()),
            environment: &self.setup.environment,
            facts: self.facts.of(&key),
        });
    }

    /// Why the tab is empty.
    pub(super) fn no_workflows(&self) -> String {
        let Some(table) = &self.uses else {
            return self.index_progress();
        };
        let scanned = &table.index().report.scanned;
        let names = |paths: &[PathBuf]| -> String {
            let names: Vec<String> = paths.iter().map(|path| self.shown(path)).collect();
            names.join(" and ")
        };
        if scanned.roots.is_empty() {
            return format!("There is no {} here.", names(&scanned.missing));
        }
        let files = count(scanned.files, "file");
        let roots = names(&scanned.roots);
        format!("No workflow names a connection: {files} read in {roots}.")
    }

    // -- the panel of either tab, and the lines below it

    /// The panel that is shown while no form is.
    pub(super) fn panel(&self) -> &Detail {
        match self.tab {
            Tab::Connections => &self.detail,
            Tab::Workflows => &self.workflows.panel,
        }
    }

    pub(super) fn panel_mut(&mut self) -> &mut Detail {
        match self.tab {
            Tab::Connections => &mut self.detail,
            Tab::Workflows => &mut self.workflows.panel,
        }
    }

    /// The place in a file that the panel's cursor is on.
    pub(super) fn place_under_cursor(&self) -> Option<(PathBuf, Location)> {
        if self.form.is_some() || self.pane != Pane::Panel {
            return None;
        }
        match self.panel().target()? {
            Target::Place(path, location) => Some((path, location?)),
            Target::Field(_) => None,
        }
    }

    /// How many rows of the panel the lines around that place take.
    pub(super) fn excerpt_rows(&self) -> u16 {
        match self.place_under_cursor() {
            Some(_) => excerpt::rows(layout::inner(self.areas().panel).height),
            None => 0,
        }
    }

    /// Has read what is shown and not known.
    pub(super) fn tend_lookups(&mut self, effects: &mut Vec<Effect>) {
        if let Some(place) = self.place_under_cursor() {
            // The lines take room from the rows.
            let area = self.panel_area();
            self.panel_mut().keep_cursor_visible(area);
            if self.excerpt.wants(&place) {
                let ticket = self.next_ticket();
                let (path, location) = place.clone();
                effects.push(Effect::Work(Job::Excerpt(ticket, path, location)));
                self.excerpt.start(ticket, place);
            }
        }
        let file = self.workflows.selected().map(File::key);
        let file = file.filter(|_| self.tab == Tab::Workflows);
        if let Some(file) = file.filter(|file| self.facts.wants(file)) {
            let ticket = self.next_ticket();
            effects.push(Effect::Work(Job::Facts(ticket, file.clone())));
            self.facts.start(ticket, file);
        }
    }

    /// A place for people: `workflows/agent.yaml:6:19`.
    pub(super) fn shown_place(&self, (path, location): &(PathBuf, Location)) -> String {
        let path: &Path = path;
        format!("{}:{location}", self.shown(path))
    }
}
