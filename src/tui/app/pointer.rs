//! Pastes and the mouse.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "key codes and mouse events are crossterm's, not ours"
)]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{App, Pane};
use crate::tui::effect::Effect;
use crate::tui::layout;
use crate::tui::popup::Popup;
use crate::tui::tabs::Tab;

impl App {
    /// Pasted text goes into text fields only: on the list it does nothing.
    pub(super) fn paste(&mut self, text: &str) -> Vec<Effect> {
        if let Some(Popup::Renaming(renaming)) = &mut self.popup {
            renaming.paste(text);
            return Vec::new();
        }
        if let Some(Popup::Actions(actions)) = &mut self.popup {
            actions.paste(text);
            return Vec::new();
        }
        if let Some(Popup::Tagging(tagging)) = &mut self.popup {
            tagging.paste(text);
            return Vec::new();
        }
        let is_saving = self.form.as_ref().is_some_and(|form| form.saving);
        if self.popup.is_some() || is_saving || layout::is_too_small(self.size) {
            return Vec::new();
        }
        if self.form.is_some() {
            return match self.with_form(|form, around| form.paste(text, around)) {
                Some(outcome) => self.form_outcome(outcome),
                None => Vec::new(),
            };
        }
        let height = self.list_height();
        if self.tab == Tab::Workflows {
            if self.workflows.is_filtering {
                self.workflows.filter_paste(text, height);
                self.refresh_sheet();
            }
        } else if self.list.is_filtering {
            self.list.filter_paste(text, height);
            self.refresh_detail();
        }
        Vec::new()
    }

    pub(super) fn mouse(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        if self.popup.is_some() || layout::is_too_small(self.size) {
            return Vec::new();
        }
        let areas = self.areas();
        let place = Position::new(mouse.column, mouse.row);
        let in_list = areas.list.contains(place);
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click(place),
            MouseEventKind::ScrollDown if in_list && self.form.is_none() => self.scroll_list(3),
            MouseEventKind::ScrollUp if in_list && self.form.is_none() => self.scroll_list(-3),
            MouseEventKind::ScrollDown => self.wheel(KeyCode::Down),
            MouseEventKind::ScrollUp => self.wheel(KeyCode::Up),
            _ => {}
        }
        Vec::new()
    }

    fn scroll_list(&mut self, rows: isize) {
        match self.tab {
            Tab::Connections => self.move_selection(rows),
            Tab::Workflows => self.move_workflow(rows),
        }
    }

    /// The wheel over the panel moves its cursor.
    fn wheel(&mut self, code: KeyCode) {
        let area = self.panel_area();
        let step = if code == KeyCode::Down { 1 } else { -1 };
        match &self.form {
            Some(_) => {
                let key = KeyEvent::new(code, KeyModifiers::NONE);
                self.with_form(|form, around| form.key(key, around));
            }
            None => self.panel_mut().move_by(step, area),
        }
    }

    fn click(&mut self, place: Position) {
        let list = layout::inner(self.areas().list);
        let panel = self.panel_area();
        if list.contains(place) && self.form.is_none() {
            self.pane = Pane::List;
            let height = self.list_height();
            let line = usize::from(place.y - list.y);
            match self.tab {
                Tab::Connections => {
                    if self.list.select_line(line, height) {
                        self.refresh_detail();
                    }
                }
                Tab::Workflows => {
                    self.workflows.select_line(line, height);
                    self.refresh_sheet();
                }
            }
        } else if panel.contains(place) {
            let line = usize::from(place.y - panel.y);
            if self.form.is_some() {
                self.with_form(|form, around| form.click(line, around));
            } else if !self.panel().title().is_empty() {
                self.pane = Pane::Panel;
                self.panel_mut().click(line, panel);
            }
        }
    }
}
