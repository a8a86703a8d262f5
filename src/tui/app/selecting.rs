//! Another row of the list is selected, and the panel says what that is about; of rows that are only
//! passed it says nothing.

use super::App;
use crate::tui::detail::Sources;
use crate::tui::effect::Effect;
use crate::tui::event::Event;
use crate::tui::input::Input;
use crate::tui::keymap::ListAction;

impl App {
    /// Takes an input with more right behind it, which must follow before the next frame: nobody sees
    /// what the panel would say about a connection that the cursor only passes.
    pub fn update_in_burst(&mut self, input: Input) -> Vec<Effect> {
        self.is_in_burst = matches!(input, Input::Key(_));
        let effects = self.update(Event::Input(input));
        self.is_in_burst = false;
        effects
    }

    pub(super) fn move_selection(&mut self, rows: isize) {
        let height = self.list_height();
        self.list.move_by(rows, height);
        self.is_detail_behind = true;
        if !self.is_in_burst {
            self.show_selected();
        }
    }

    /// Makes the panel what the selection says, if that has moved on.
    pub(super) fn show_selected(&mut self) {
        if self.is_detail_behind {
            self.refresh_detail();
        }
    }

    /// Makes the panel what the selection and the newest data say.
    pub(super) fn refresh_detail(&mut self) {
        self.is_detail_behind = false;
        let Some(entry) = self.list.selected().cloned() else {
            self.detail.clear();
            return;
        };
        let uses = self
            .uses
            .as_ref()
            .map(|table| table.uses(entry.id(), &self.setup.base));
        let progress = self.index_progress();
        let path = self.shown(&entry.file.path);
        self.detail.show(
            &entry,
            Sources {
                catalog: &self.setup.catalog,
                environment: &self.setup.environment,
                uses: uses.as_ref(),
                progress: &progress,
                path: &path,
                keymap: &self.setup.keymap,
                git: self.list.git_mark(&entry),
            },
        );
    }
}

/// Whether all that an action does is to select another row.
pub(super) fn is_all_of(action: ListAction) -> bool {
    matches!(
        action,
        ListAction::Up
            | ListAction::Down
            | ListAction::PageUp
            | ListAction::PageDown
            | ListAction::HalfPageUp
            | ListAction::HalfPageDown
            | ListAction::Top
            | ListAction::Bottom
    )
}
