//! What the interface is started with, and what the start has to say.

use std::path::PathBuf;
use std::time::Duration;

use ratatui::layout::Size;

use crate::catalog::Catalog;
use crate::project::Project;
use crate::reference::Environment;
use crate::tui::form::drafting::Secrets;
use crate::tui::keymap::Keymap;
use crate::tui::list::Order;
use crate::tui::popup::message::Message;
use crate::tui::style::Palette;
use crate::tui::terminal::Mouse;

/// What the interface is started with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The types.
    pub catalog: Catalog,
    /// The environment.
    pub environment: Environment,
    /// The directory that the program runs in: shown paths are relative to it.
    pub base: PathBuf,
    /// The store's directory.
    pub store: PathBuf,
    /// Where editors find the JSON Schema of a connection, if that is configured.
    pub schema: Option<String>,
    /// Whether drafts may hold literal secrets.
    pub draft_secrets: Secrets,
    /// This person's keys.
    pub keymap: Keymap,
    /// What the list is sorted by at first.
    pub order: Order,
    /// How long a revealed secret is shown.
    pub reveal: Duration,
    /// Whether clicks and the wheel are input at first.
    pub mouse: Mouse,
    /// What the start had to say, to be shown first.
    pub news: Option<String>,
    /// What is wrong with the settings.
    pub warnings: Vec<String>,
    /// The terminal's size.
    pub size: Size,
    /// Colours or not.
    pub palette: Palette,
}

impl Setup {
    /// That of a project; there is no news.
    pub fn of(project: &Project, keymap: Keymap, palette: Palette, size: Size) -> Self {
        let personal = &project.personal;
        Self {
            catalog: project.catalog.clone(),
            environment: project.options.environment.clone(),
            base: project.base.clone(),
            store: project.store.dir().to_owned(),
            schema: project.schema.clone(),
            draft_secrets: if personal.draft_secrets {
                Secrets::Kept
            } else {
                Secrets::LeftOut
            },
            keymap,
            order: personal.sort.and_then(Order::named).unwrap_or_default(),
            reveal: personal.reveal,
            mouse: Mouse::wanted(personal.mouse),
            news: None,
            warnings: project.warnings.clone(),
            size,
            palette,
        }
    }

    /// What is to be shown first, if there is something.
    pub(super) fn first_message(&mut self) -> Option<Message> {
        let about_settings = about_settings(&std::mem::take(&mut self.warnings));
        let news = self.news.take().map(|news| Message {
            what: "A rename was cut short".to_owned(),
            place: String::new(),
            why: news,
            now: "The list shows the connections as they are now.".to_owned(),
        });
        match (news, about_settings) {
            (Some(mut news), Some(settings)) => {
                news.now = format!("{}\n{}\n{}", news.now, settings.why, settings.now);
                Some(news)
            }
            (news, settings) => news.or(settings),
        }
    }
}

/// What is wrong with the settings, as much as a screen has room for.
fn about_settings(warnings: &[String]) -> Option<Message> {
    if warnings.is_empty() {
        return None;
    }
    let most = 5;
    let mut why: Vec<&str> = warnings.iter().take(most).map(String::as_str).collect();
    let more = warnings.len().saturating_sub(most);
    let rest = format!("… and {more} more: `conndeck info` says all of them.");
    if more > 0 {
        why.push(&rest);
    }
    Some(Message {
        what: "Settings or types that are not right".to_owned(),
        place: String::new(),
        why: why.join("\n"),
        now: "They are left out; all others hold.".to_owned(),
    })
}
