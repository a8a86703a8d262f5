//! What stands on top of the screen and takes all keys: one file each.

pub mod actions;
pub mod conflict;
pub mod deleting;
pub mod diff;
pub mod help;
pub mod message;
pub mod question;
pub mod renaming;
pub mod several;
pub mod tagging;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};
use ratatui::widgets::{Block, Clear};
use unicode_width::UnicodeWidthStr;

use super::keymap::{self, PopupAction};
use super::layout::centered;
use super::style::Palette;
use super::text::{fit, harmless, wrap};
use actions::Actions;
use conflict::Conflict;
use deleting::Deleting;
use diff::Diff;
use help::Help;
use message::Message;
use question::Question;
use renaming::Renaming;
use several::Several;
use tagging::Tagging;

/// The popup that is open.
#[derive(Debug)]
pub enum Popup {
    /// Both sides changed the same fields.
    Conflict(Box<Conflict>),
    /// Every action by name.
    Actions(Actions),
    /// The scan before a delete, its question, or its refusal.
    Deleting(Box<Deleting>),
    /// What the form would write.
    Diff(Diff),
    /// Keys and what marks mean.
    Help(Help),
    /// Something failed.
    Message(Message),
    /// A draft that an earlier run has left is offered.
    Draft(Question),
    /// Something is to be decided.
    Question(Question),
    /// A new id, the changes that it makes, or what stands in the way.
    Renaming(Box<Renaming>),
    /// A delete of all that is marked.
    Several(Box<Several>),
    /// Tags are being chosen.
    Tagging(Box<Tagging>),
}

/// What came of a key in a popup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It stays.
    Stay,
    /// It closes.
    Close,
    /// It closes, and this was decided.
    Answer(question::Answer),
    /// It closes, and this key is pressed.
    Press(KeyEvent),
    /// The delete is wanted, as far as the popup can say.
    Delete,
    /// The delete of several is wanted.
    DeleteSeveral,
    /// The chosen tags are to be written.
    Tag,
    /// The scan is to be made again.
    Rescan,
    /// Somebody has chosen a side.
    Decided,
    /// What the conflict has come to is to be written.
    WriteMerged,
    /// The rename is wanted.
    Rename,
    /// The rename is to be planned, again if need be.
    Replan,
    /// A file is to be opened in `$EDITOR`.
    OpenAt(std::path::PathBuf, Option<crate::connection::Location>),
    /// A place is to be opened in `$EDITOR`.
    Open(super::uses::UseLine),
}

impl Popup {
    /// Takes a key; `screen` is the whole screen.
    pub fn key(&mut self, key: KeyEvent, screen: Rect) -> Reply {
        match self {
            Self::Conflict(conflict) => conflict.key(key, screen),
            Self::Actions(actions) => actions.key(key, screen),
            Self::Deleting(deleting) => deleting.key(key, screen),
            Self::Diff(diff) => diff.key(key, screen),
            Self::Help(help) => help.key(key, screen),
            Self::Message(message) => message.key(key),
            Self::Draft(question) | Self::Question(question) => question.key(key),
            Self::Renaming(renaming) => renaming.key(key),
            Self::Several(several) => several.key(key),
            Self::Tagging(tagging) => tagging.key(key, screen),
        }
    }

    /// The keys that work in it, for the footer.
    pub fn hints(&self) -> Vec<(String, &'static str)> {
        let plain = match self {
            Self::Conflict(_) => {
                return keymap::hints(keymap::CONFLICT)
                    .into_iter()
                    .map(|(_, key, word)| (key, word))
                    .collect();
            }
            Self::Tagging(tagging) => return tagging.hints(),
            Self::Actions(_) => &[("↑↓", "choose"), ("Enter", "do it"), ("Esc", "close")],
            Self::Deleting(deleting) => deleting.hints(),
            Self::Diff(_) | Self::Help(_) => &[("↑↓", "scroll"), ("Esc", "close")],
            Self::Message(_) => &[("Esc", "close")],
            Self::Renaming(renaming) => renaming.hints(),
            Self::Draft(_) => &[("←→", "choose"), ("Enter", "do it"), ("Esc", "later")],
            Self::Several(several) => several.hints(),
            Self::Question(_) => &[("←→", "choose"), ("Enter", "do it"), ("Esc", "close")],
        };
        plain
            .iter()
            .map(|(key, word)| ((*key).to_owned(), *word))
            .collect()
    }

    /// Draws it over the screen.
    pub fn view(&self, frame: &mut Frame<'_>, palette: Palette) {
        let screen = frame.area();
        match self {
            Self::Conflict(conflict) => conflict.view(frame, screen, palette),
            Self::Actions(actions) => actions.view(frame, screen, palette),
            Self::Deleting(deleting) => deleting.view(frame, screen, palette),
            Self::Diff(diff) => diff.view(frame, screen, palette),
            Self::Help(help) => help.view(frame, screen, palette),
            Self::Message(message) => message.view(frame, screen, palette),
            Self::Draft(question) | Self::Question(question) => {
                question.view(frame, screen, palette);
            }
            Self::Renaming(renaming) => renaming.view(frame, screen, palette),
            Self::Several(several) => several.view(frame, screen, palette),
            Self::Tagging(tagging) => tagging.view(frame, screen, palette),
        }
    }
}

/// How a popup looks beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Error,
    Question,
    Plain,
}

/// Draws a frame of the right size in the middle, and gives its inside.
fn open_frame(
    frame: &mut Frame<'_>,
    screen: Rect,
    size: (usize, usize),
    title: &str,
    tone: Tone,
    palette: Palette,
) -> Rect {
    let side = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
    let area = centered(
        screen,
        side(size.0).saturating_add(4),
        side(size.1).saturating_add(2),
    );
    let style = match tone {
        Tone::Error => palette.error(),
        Tone::Question => palette.warning(),
        Tone::Plain => palette.focused_frame(),
    };
    let block = Block::bordered()
        .border_style(style)
        .title(Span::styled(format!(" {title} "), style));
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    // A column of air on both sides.
    Rect {
        x: inner.x + inner.width.min(1),
        width: inner.width.saturating_sub(2),
        ..inner
    }
}

/// The width that a popup's text may have on this screen.
fn text_width(screen: Rect, wanted: usize) -> usize {
    usize::from(screen.width.saturating_sub(6))
        .min(wanted)
        .max(1)
}

/// Scrolls a text of `total` lines of which `page` are seen; what is no movement closes it or does
/// nothing.
fn scrolled(scroll: &mut usize, key: KeyEvent, page: usize, total: usize) -> Reply {
    let step = if matches!(key.code, KeyCode::PageUp | KeyCode::PageDown) {
        page.max(2) - 1
    } else {
        1
    };
    match keymap::find(keymap::POPUP, key) {
        Some(PopupAction::Up) => *scroll = scroll.saturating_sub(step),
        Some(PopupAction::Down) => *scroll += step,
        Some(PopupAction::Back | PopupAction::Accept) => return Reply::Close,
        Some(PopupAction::Left | PopupAction::Right) | None => {}
    }
    *scroll = (*scroll).min(total.saturating_sub(page));
    Reply::Stay
}

/// Paragraphs as lines of at most that width.
fn wrapped(paragraphs: &[String], width: usize) -> Vec<String> {
    paragraphs
        .iter()
        .flat_map(|text| wrap(text, width))
        .collect()
}

/// A line of keys: `y delete   Esc cancel`.
fn key_line(keys: &[(&str, &str)], palette: Palette) -> TextLine<'static> {
    let mut spans = Vec::new();
    for (key, word) in keys {
        if !spans.is_empty() {
            spans.push(Span::raw("   "));
        }
        spans.push(Span::styled((*key).to_owned(), palette.key()));
        spans.push(Span::raw(format!(" {word}")));
    }
    TextLine::from(spans)
}

/// A line of a unified diff.
fn diff_line(line: &str, width: usize, palette: Palette) -> TextLine<'static> {
    let style = match line.as_bytes().first() {
        Some(b'+') => palette.success(),
        Some(b'-') => palette.error(),
        Some(b'@' | b'd' | b'r') => palette.heading(),
        _ => palette.quiet(),
    };
    TextLine::styled(fit(&harmless(line), width), style)
}

/// The widest of some lines.
fn widest(lines: &[String]) -> usize {
    lines
        .iter()
        .map(|line| line.width())
        .max()
        .unwrap_or_default()
}
