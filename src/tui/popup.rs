//! What stands on top of the screen and takes all keys: one file each.

pub mod actions;
pub mod canvas;
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
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line as TextLine, Span};
use ratatui::widgets::{Block, Clear};
use unicode_width::UnicodeWidthStr;

use super::keymap::{self, Chord, ConflictAction, Context, Keymap, PopupAction};
use super::layout::centered;
use super::list::Clicked;
use super::style::Palette;
use super::text::{fit, harmless, wrap};
use actions::Actions;
use canvas::{Canvas, KeyLine, Spot};
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
    pub fn hints(&self, keymap: &Keymap) -> Vec<(String, &'static str)> {
        if let Self::Tagging(tagging) = self {
            return tagging.hints(keymap);
        }
        if let Self::Conflict(_) = self {
            let hints = keymap.hints::<ConflictAction>();
            return hints
                .into_iter()
                .map(|(_, key, word)| (key, word))
                .collect();
        }
        shown_keys(self.plain_hints(), keymap, self.contexts())
    }

    /// Its keys as the tables have them.
    fn plain_hints(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Conflict(_) | Self::Tagging(_) => &[],
            Self::Actions(_) => &[("↑↓", "choose"), ("Enter", "do it"), ("Esc", "close")],
            Self::Deleting(deleting) => deleting.hints(),
            Self::Diff(_) | Self::Help(_) => &[("↑↓", "scroll"), ("Esc", "close")],
            Self::Message(_) => &[("Esc", "close")],
            Self::Renaming(renaming) => renaming.hints(),
            Self::Draft(_) => &[("←→", "choose"), ("Enter", "do it"), ("Esc", "later")],
            Self::Several(several) => several.hints(),
            Self::Question(_) => &[("←→", "choose"), ("Enter", "do it"), ("Esc", "close")],
        }
    }

    /// The contexts of its keys.
    pub fn contexts(&self) -> &'static [Context] {
        match self {
            Self::Conflict(_) => &[Context::Conflict],
            Self::Actions(_) => &[Context::Choice],
            Self::Tagging(_) => &[Context::Tags],
            Self::Renaming(renaming) if renaming.is_typing() => &[Context::Choice],
            // The key that opens the diff closes it too, and so does that of the help.
            Self::Diff(_) => &[Context::Popup, Context::Form],
            Self::Help(_) => &[Context::Popup, Context::List],
            Self::Deleting(_)
            | Self::Message(_)
            | Self::Draft(_)
            | Self::Question(_)
            | Self::Renaming(_)
            | Self::Several(_) => &[Context::Popup],
        }
    }

    /// Whether the letter is an answer here, whatever else it may be bound to.
    pub fn answers(&self, letter: char) -> bool {
        match self {
            Self::Draft(question) | Self::Question(question) => {
                question.choices.iter().any(|choice| choice.key == letter)
            }
            Self::Deleting(_) | Self::Several(_) | Self::Renaming(_) => self
                .plain_hints()
                .iter()
                .any(|(key, _)| *key == letter.to_string()),
            Self::Conflict(_)
            | Self::Actions(_)
            | Self::Tagging(_)
            | Self::Diff(_)
            | Self::Help(_)
            | Self::Message(_) => false,
        }
    }

    /// Draws it over the screen.
    pub fn view(&self, frame: &mut Frame<'_>, keymap: &Keymap, palette: Palette) {
        let screen = frame.area();
        let mut canvas = Canvas::new(frame.buffer_mut());
        self.draw(&mut canvas, screen, keymap, palette);
        if let Some(cursor) = canvas.cursor {
            frame.set_cursor_position(cursor);
        }
    }

    /// What a click at a place of the screen means.
    pub fn spot_at(&self, place: Position, screen: Rect, keymap: &Keymap) -> Option<Spot> {
        let mut buffer = Buffer::empty(screen);
        let mut canvas = Canvas::new(&mut buffer);
        self.draw(&mut canvas, screen, keymap, Palette::Plain);
        canvas.spot_at(place)
    }

    /// Puts the cursor on a row.
    pub fn select(&mut self, row: usize) -> Clicked {
        let selected = match self {
            Self::Conflict(conflict) => &mut conflict.selected,
            Self::Actions(actions) => &mut actions.selected,
            Self::Tagging(tagging) => &mut tagging.selected,
            Self::Deleting(deleting) => match &mut deleting.state {
                deleting::State::Refused { selected, .. } => selected,
                deleting::State::Scanning(_)
                | deleting::State::Asking { .. }
                | deleting::State::Working => return Clicked::Nothing,
            },
            Self::Renaming(renaming) => match &mut renaming.state {
                renaming::State::Blocked { selected, .. } => selected,
                renaming::State::Typing
                | renaming::State::Planning
                | renaming::State::Review { .. }
                | renaming::State::Working => return Clicked::Nothing,
            },
            Self::Diff(_)
            | Self::Help(_)
            | Self::Message(_)
            | Self::Draft(_)
            | Self::Question(_)
            | Self::Several(_) => return Clicked::Nothing,
        };
        Clicked::moved(selected, row)
    }

    /// Whether Enter opens the selected row: in a conflict it writes.
    pub fn opens_rows(&self) -> bool {
        match self {
            Self::Actions(_) | Self::Deleting(_) | Self::Renaming(_) => true,
            Self::Conflict(_)
            | Self::Diff(_)
            | Self::Draft(_)
            | Self::Help(_)
            | Self::Message(_)
            | Self::Question(_)
            | Self::Tagging(_)
            | Self::Several(_) => false,
        }
    }

    /// The keys that the wheel presses, up and down: none where arrows go from button to button.
    pub fn wheel_keys(&self) -> Option<[KeyCode; 2]> {
        let rows = Some([KeyCode::Up, KeyCode::Down]);
        match self {
            Self::Conflict(_) => Some([KeyCode::PageUp, KeyCode::PageDown]),
            Self::Actions(_)
            | Self::Diff(_)
            | Self::Help(_)
            | Self::Several(_)
            | Self::Tagging(_) => rows,
            Self::Deleting(deleting) => match deleting.state {
                deleting::State::Refused { .. } => rows,
                deleting::State::Scanning(_)
                | deleting::State::Asking { .. }
                | deleting::State::Working => None,
            },
            Self::Renaming(renaming) if !renaming.is_typing() => rows,
            Self::Renaming(_) | Self::Message(_) | Self::Draft(_) | Self::Question(_) => None,
        }
    }

    fn draw(&self, frame: &mut Canvas<'_>, screen: Rect, keymap: &Keymap, palette: Palette) {
        match self {
            Self::Conflict(conflict) => conflict.view(frame, screen, palette),
            Self::Actions(actions) => actions.view(frame, screen, palette),
            Self::Deleting(deleting) => deleting.view(frame, screen, keymap, palette),
            Self::Diff(diff) => diff.view(frame, screen, palette),
            Self::Help(help) => help.view(frame, screen, keymap, palette),
            Self::Message(message) => message.view(frame, screen, keymap, palette),
            Self::Draft(question) | Self::Question(question) => {
                question.view(frame, screen, palette);
            }
            Self::Renaming(renaming) => renaming.view(frame, screen, palette),
            Self::Several(several) => several.view(frame, screen, keymap, palette),
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
    frame: &mut Canvas<'_>,
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

/// Keys of the tables with their words, as this person has them.
fn shown_keys(
    keys: &[(&str, &'static str)],
    keymap: &Keymap,
    contexts: &[Context],
) -> Vec<(String, &'static str)> {
    keys.iter()
        .filter_map(|(key, word)| Some((keymap.shown(contexts, key)?, *word)))
        .collect()
}

/// A line of a popup's keys: `y delete   Esc cancel`.
fn key_line(keys: &[(&str, &'static str)], keymap: &Keymap, palette: Palette) -> KeyLine {
    let mut line = KeyLine::default();
    for (key, word) in keys {
        let Some(shown) = keymap.shown(&[Context::Popup], key) else {
            continue;
        };
        line.gap("   ");
        let parts = vec![
            (shown, palette.key()),
            (format!(" {word}"), Style::default()),
        ];
        line.push(parts, Chord::read(key).map(Chord::event));
    }
    line
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
