//! Pastes and the mouse.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "key codes and mouse events are crossterm's, not ours"
)]

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{App, Pane};
use crate::tui::effect::Effect;
use crate::tui::layout;
use crate::tui::list::Clicked;
use crate::tui::popup::Popup;
use crate::tui::popup::canvas::Spot;
use crate::tui::tabs::Tab;
use crate::tui::terminal::Mouse;

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

    /// Gives the mouse to the terminal, or takes it back.
    pub(super) fn toggle_mouse(&mut self) -> Vec<Effect> {
        let mouse = match self.setup.mouse {
            Mouse::Captured => Mouse::Free,
            Mouse::Free => Mouse::Captured,
        };
        self.setup.mouse = mouse;
        let mut effects = self.toast(match mouse {
            Mouse::Captured => "the mouse is on",
            Mouse::Free => "the mouse is off: the terminal selects text with it",
        });
        effects.push(Effect::SetMouse(mouse));
        effects
    }

    pub(super) fn mouse(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        let is_free = self.setup.mouse == Mouse::Free;
        // With Shift the mouse is the terminal's, also where that passes it on.
        let is_shifted = mouse.modifiers.contains(KeyModifiers::SHIFT);
        if is_free || is_shifted || layout::is_too_small(self.size) {
            return Vec::new();
        }
        let place = Position::new(mouse.column, mouse.row);
        let wheel = match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => return self.click(place),
            MouseEventKind::ScrollUp => Wheel::Up,
            MouseEventKind::ScrollDown => Wheel::Down,
            _ => return Vec::new(),
        };
        self.wheel(wheel, place)
    }

    /// The wheel scrolls what is under the pointer.
    fn wheel(&mut self, wheel: Wheel, place: Position) -> Vec<Effect> {
        let step = match wheel {
            Wheel::Up => -1,
            Wheel::Down => 1,
        };
        if let Some(popup) = &self.popup {
            let Some([up, down]) = popup.wheel_keys() else {
                return Vec::new();
            };
            let key = match wheel {
                Wheel::Up => up,
                Wheel::Down => down,
            };
            return self.table_key(key.into());
        }
        let areas = self.areas();
        if areas.panel.contains(place) {
            if self.form.is_some() {
                let key = match wheel {
                    Wheel::Up => KeyCode::Up,
                    Wheel::Down => KeyCode::Down,
                };
                return self.table_key(key.into());
            }
            let area = self.panel_area();
            self.panel_mut().move_by(step, area);
        } else if areas.list.contains(place) && self.form.is_none() {
            match self.tab {
                Tab::Connections => self.move_selection(step * 3),
                Tab::Workflows => self.move_workflow(step * 3),
            }
        }
        Vec::new()
    }

    fn click(&mut self, place: Position) -> Vec<Effect> {
        if self.popup.is_some() {
            return self.click_popup(place);
        }
        let areas = self.areas();
        if areas.list.contains(place) && self.form.is_none() {
            return self.click_list(place);
        }
        let panel = self.panel_area();
        if !panel.contains(place) {
            return Vec::new();
        }
        if self.form.is_some() {
            return match self.with_form(|form, around| form.click(place, around)) {
                Some(outcome) => self.form_outcome(outcome),
                None => Vec::new(),
            };
        }
        if self.panel().title().is_empty() {
            return Vec::new();
        }
        let had_focus = self.pane == Pane::Panel;
        self.leave_filter();
        self.pane = Pane::Panel;
        let line = usize::from(place.y - panel.y);
        match self.panel_mut().click(line, panel) {
            Clicked::Same if had_focus => self.table_key(KeyCode::Enter.into()),
            Clicked::Same | Clicked::Another | Clicked::Nothing => Vec::new(),
        }
    }

    fn click_popup(&mut self, place: Position) -> Vec<Effect> {
        let screen = Rect::new(0, 0, self.size.width, self.size.height);
        let Some(popup) = &mut self.popup else {
            return Vec::new();
        };
        match popup.spot_at(place, screen, &self.setup.keymap) {
            Some(Spot::Press(key)) => self.table_key(key),
            Some(Spot::Row(row)) => match popup.select(row) {
                Clicked::Same if popup.opens_rows() => self.table_key(KeyCode::Enter.into()),
                Clicked::Same | Clicked::Another | Clicked::Nothing => Vec::new(),
            },
            None => Vec::new(),
        }
    }

    fn click_list(&mut self, place: Position) -> Vec<Effect> {
        let area = self.areas().list;
        let inner = layout::inner(area);
        if place.y == area.y {
            let (palette, keymap) = (self.setup.palette, &self.setup.keymap);
            let title = match self.tab {
                Tab::Connections => self.list.title(area.width, keymap, palette),
                Tab::Workflows => self.workflows.title(area.width, keymap, palette),
            };
            let column = usize::from(place.x).checked_sub(usize::from(area.x) + 1);
            let tab = column.and_then(|column| Tab::at(&title, column));
            if let Some(tab) = tab.filter(|tab| *tab != self.tab) {
                self.leave_filter();
                match tab {
                    Tab::Connections => self.open_tab(Tab::Connections),
                    Tab::Workflows => self.open_workflows(),
                }
            }
            return Vec::new();
        }
        if !inner.contains(place) {
            return Vec::new();
        }
        let had_focus = self.pane == Pane::List && !self.is_filtering();
        self.leave_filter();
        self.pane = Pane::List;
        let height = self.list_height();
        let line = usize::from(place.y - inner.y);
        let clicked = match self.tab {
            Tab::Connections => self.list.select_line(line, height),
            Tab::Workflows => self.workflows.select_line(line, height),
        };
        match self.tab {
            Tab::Connections => self.refresh_detail(),
            Tab::Workflows => self.refresh_sheet(),
        }
        match clicked {
            Clicked::Same if had_focus => self.table_key(KeyCode::Enter.into()),
            Clicked::Same | Clicked::Another | Clicked::Nothing => Vec::new(),
        }
    }

    /// Keys no longer go to the filter; it stays.
    fn leave_filter(&mut self) {
        self.list.is_filtering = false;
        self.workflows.is_filtering = false;
    }
}

/// Where the wheel turns to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wheel {
    Up,
    Down,
}
