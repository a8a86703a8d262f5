//! Keys that are typed before the store is read: they are about connections of which nothing is
//! known yet, and are done as soon as it is.

use crossterm::event::{KeyCode, KeyEvent};

use super::{App, Pane};
use crate::tui::effect::Effect;
use crate::tui::keymap::{self, Context, ListAction};
use crate::tui::tabs::Tab;

impl App {
    /// Keeps a key, as it was pressed, that can't be done before the store is read; then all that
    /// follow it are kept as well, for they may depend on it. Escape forgets them.
    pub(super) fn keep_for_later(&mut self, key: KeyEvent) -> bool {
        let is_waiting = self.inventory.is_none() && self.load.is_running;
        let is_in_list = self.popup.is_none()
            && self.form.is_none()
            && self.tab == Tab::Connections
            && self.pane == Pane::List
            && !self.list.is_filtering;
        if !is_waiting || !is_in_list {
            return false;
        }
        let meant = self.setup.keymap.meant(&[Context::List], key);
        if meant.is_some_and(|meant| keymap::find(keymap::GLOBAL, meant).is_some()) {
            return false;
        }
        if !self.typed_ahead.is_empty() {
            if key.code == KeyCode::Esc {
                self.typed_ahead.clear();
            } else {
                self.typed_ahead.push(key);
            }
            return true;
        }
        let action = meant.and_then(|meant| keymap::find(keymap::LIST, meant));
        let is_too_early = action.is_some_and(|action| self.needs_store(action));
        if is_too_early {
            self.typed_ahead.push(key);
        }
        is_too_early
    }

    /// Does what was kept. What was typed behind the key for an editor was meant for the editor, and
    /// nobody can give it back to the terminal.
    pub(super) fn catch_up(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for key in std::mem::take(&mut self.typed_ahead) {
            effects.extend(self.key(key));
            if matches!(effects.last(), Some(Effect::OpenEditor { .. })) {
                break;
            }
        }
        effects
    }

    fn needs_store(&self, action: ListAction) -> bool {
        match action {
            ListAction::Up
            | ListAction::Down
            | ListAction::PageUp
            | ListAction::PageDown
            | ListAction::HalfPageUp
            | ListAction::HalfPageDown
            | ListAction::Top
            | ListAction::Bottom => self.list.entries().is_empty() || self.list.is_partial(),
            ListAction::Open
            | ListAction::SwitchPane
            | ListAction::Duplicate
            | ListAction::Import
            | ListAction::EditFile
            | ListAction::Delete
            | ListAction::Rename
            | ListAction::Mark
            | ListAction::MarkAll
            | ListAction::Tag
            | ListAction::Copy
            | ListAction::New
            | ListAction::Undo => true,
            ListAction::Filter
            | ListAction::Reload
            | ListAction::Workflows
            | ListAction::Clear
            | ListAction::Sort
            | ListAction::Actions
            | ListAction::Help
            | ListAction::Quit => false,
        }
    }
}
