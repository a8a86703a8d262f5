//! To the clipboard: an id, a value, a place. A secret only while it is shown.

use super::{App, News};
use crate::connection::Secret;
use crate::tui::clipboard::Way;
use crate::tui::detail::Copy;
use crate::tui::effect::Effect;
use crate::tui::keymap::DetailAction;
use crate::tui::text::harmless;

impl App {
    pub(super) fn copy_id(&mut self) -> Vec<Effect> {
        let Some(entry) = self.list.selected() else {
            return Vec::new();
        };
        let id = entry.id().to_string();
        vec![Effect::Copy {
            what: harmless(&id),
            text: Secret::new(id),
        }]
    }

    /// What the panel's cursor is on.
    pub(super) fn copy_from_panel(&mut self) -> Vec<Effect> {
        match self.panel().copy() {
            Copy::Text { what, text } => vec![Effect::Copy { what, text }],
            Copy::Hidden => {
                let show = self.key_for(DetailAction::Reveal);
                let copy = self.key_for(DetailAction::Copy);
                let text = format!("a hidden secret is not copied: {show} shows it, then {copy}");
                self.tell(News::NotDone, text)
            }
            Copy::Nothing => self.tell(News::NotDone, "there is nothing to copy here".to_owned()),
        }
    }

    pub(super) fn copied(&mut self, what: &str, result: Result<Way, String>) -> Vec<Effect> {
        match result {
            Ok(Way::Program) => self.toast(format!("copied {what}")),
            // Nobody confirms that the terminal has put it anywhere.
            Ok(Way::Terminal) => self.toast(format!("sent {what} to the terminal")),
            Err(reason) => self.tell(News::NotDone, format!("{what} was not copied: {reason}")),
        }
    }
}
