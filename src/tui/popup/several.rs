//! A delete of several connections on its way: each with what the scan says about it. What is in
//! use stays; the others go together or not at all.

use super::canvas::{Canvas, KeyLine};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::{Line as TextLine, Span};

use unicode_width::UnicodeWidthStr;

use super::super::effect::Ticket;
use super::super::event::Progress;
use super::super::keymap::{self, Keymap, ListAction, PopupAction};
use super::super::style::Palette;
use super::super::text::{column, count, fit, grouped, harmless, put_line};
use super::super::uses::{Uses, files_of};
use super::question::{Choice, buttons};
use super::{Reply, Tone, key_line, open_frame, text_width};
use crate::store::{Access, StoreFile};

/// A delete of several that was asked for and has not happened.
#[derive(Debug)]
pub struct Several {
    /// What is marked.
    pub files: Vec<StoreFile>,
    /// How many of them the filter hides.
    pub hidden: usize,
    /// The scan that is awaited, or has answered.
    pub ticket: Ticket,
    /// How far it is.
    pub state: State,
}

/// How far a delete of several is.
#[derive(Debug)]
pub enum State {
    /// The workflows are being read.
    Scanning(Option<Progress>),
    /// The person decides. The focus is on Cancel.
    Asking {
        /// Why each file stays, in their order; `None` if nothing keeps it.
        kept: Vec<Option<String>>,
        /// The first one on the screen.
        scroll: usize,
        /// Whether the focus is on the button that deletes.
        on_delete: bool,
        /// What the scan did not look at.
        doubts: Vec<String>,
    },
    /// The delete is being done.
    Working,
}

impl Several {
    /// Waits for the scan.
    pub fn new(files: Vec<StoreFile>, hidden: usize, ticket: Ticket) -> Self {
        Self {
            files,
            hidden,
            ticket,
            state: State::Scanning(None),
        }
    }

    /// Takes the scan's answer: the uses of each file, in their order.
    pub fn answer(&mut self, uses: &[Uses], doubts: Vec<String>) {
        let kept = self
            .files
            .iter()
            .zip(uses)
            .map(|(file, uses)| why_kept(file, uses))
            .collect();
        self.state = State::Asking {
            kept,
            scroll: 0,
            on_delete: false,
            doubts,
        };
    }

    /// Those that nothing keeps.
    pub fn free(&self) -> Vec<StoreFile> {
        let State::Asking { kept, .. } = &self.state else {
            return Vec::new();
        };
        let all = self.files.iter().zip(kept);
        all.filter(|(_, why)| why.is_none())
            .map(|(file, _)| file.clone())
            .collect()
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Reply {
        let action = keymap::find(keymap::POPUP, key);
        let can_delete = !self.free().is_empty();
        let last = self.files.len().saturating_sub(1);
        let State::Asking {
            scroll, on_delete, ..
        } = &mut self.state
        else {
            return match action {
                Some(PopupAction::Back) => Reply::Close,
                Some(
                    PopupAction::Up
                    | PopupAction::Down
                    | PopupAction::Left
                    | PopupAction::Right
                    | PopupAction::Accept,
                )
                | None => Reply::Stay,
            };
        };
        match (action, key.code) {
            (_, KeyCode::Char('y')) if can_delete => return Reply::DeleteSeveral,
            (_, KeyCode::Char('r')) => return Reply::Rescan,
            (_, KeyCode::Char('n')) | (Some(PopupAction::Back), _) => return Reply::Close,
            (Some(PopupAction::Left), _) => *on_delete = can_delete,
            (Some(PopupAction::Right), _) => *on_delete = false,
            (Some(PopupAction::Up), _) => *scroll = scroll.saturating_sub(1),
            (Some(PopupAction::Down), _) => *scroll = (*scroll + 1).min(last),
            (Some(PopupAction::Accept), _) if *on_delete => return Reply::DeleteSeveral,
            (Some(PopupAction::Accept), _) => return Reply::Close,
            (None, _) => {}
        }
        Reply::Stay
    }

    /// The keys that work now, for the footer.
    pub fn hints(&self) -> &'static [(&'static str, &'static str)] {
        match self.state {
            State::Scanning(_) => &[("Esc", "cancel")],
            State::Working => &[],
            State::Asking { .. } if self.free().is_empty() => {
                &[("↑↓", "scroll"), ("r", "scan again"), ("Esc", "close")]
            }
            State::Asking { .. } => &[
                ("y", "delete"),
                ("n", "cancel"),
                ("↑↓", "scroll"),
                ("r", "scan again"),
            ],
        }
    }

    /// Draws it.
    pub fn view(&self, frame: &mut Canvas<'_>, screen: Rect, keymap: &Keymap, palette: Palette) {
        let all = count(self.files.len(), "connection");
        let width = text_width(screen, 90);
        let text = match &self.state {
            State::Scanning(Some(Progress { done, total })) => {
                format!("{} of {}", grouped(*done), count(*total, "file"))
            }
            State::Scanning(None) => "looking for uses in the workflows…".to_owned(),
            State::Working => "deleting…".to_owned(),
            State::Asking {
                kept,
                scroll,
                on_delete,
                doubts,
            } => {
                let view = Asking {
                    several: self,
                    kept,
                    scroll: *scroll,
                    on_delete: *on_delete,
                    doubts,
                    keymap,
                };
                view.view(frame, screen, width, palette);
                return;
            }
        };
        let title = format!("Delete {all}?");
        let inner = open_frame(frame, screen, (40, 3), &title, Tone::Question, palette);
        let line = TextLine::raw(fit(&text, usize::from(inner.width)));
        put_line(frame.buffer_mut(), inner.x, inner.y, &line, inner.width);
        if matches!(self.state, State::Scanning(_)) && inner.height > 2 {
            let keys = key_line(&[("Esc", "cancel")], keymap, palette);
            frame.put_keys((inner.x, inner.bottom() - 1), &keys, inner.width);
        }
    }
}

fn why_kept(file: &StoreFile, uses: &Uses) -> Option<String> {
    if let Access::ReadOnly(reason) = &file.access {
        return Some(harmless(reason));
    }
    let sections = [
        ("used in", &uses.certain),
        ("possibly used in", &uses.possible),
        ("can't be verified in", &uses.unverifiable),
    ];
    let (what, lines) = sections.into_iter().find(|(_, lines)| !lines.is_empty())?;
    let first = lines.first()?.place();
    let places = count(lines.len(), "place");
    let files = count(files_of(lines), "file");
    Some(format!("{what} {places} in {files}: {first}"))
}

/// The question with what it is about.
struct Asking<'a> {
    several: &'a Several,
    kept: &'a [Option<String>],
    scroll: usize,
    on_delete: bool,
    doubts: &'a [String],
    keymap: &'a Keymap,
}

impl Asking<'_> {
    fn view(&self, frame: &mut Canvas<'_>, screen: Rect, width: usize, palette: Palette) {
        let (title, tone, head) = self.words();
        let mut notes: Vec<String> = self.doubts.to_vec();
        if self.several.hidden > 0 {
            let hidden = count(self.several.hidden, "connection");
            notes.insert(0, format!("! The filter hides {hidden} of these."));
        }
        let room = usize::from(screen.height)
            .saturating_sub(9 + notes.len())
            .max(1);
        let rows = self.rows(width, room, palette);
        let below = self.kept.len().saturating_sub(self.scroll + rows.len());
        let mut lines = vec![TextLine::raw(fit(&head, width)), TextLine::default()];
        lines.extend(rows);
        if below > 0 {
            let more = format!("  … {} below", count(below, "row"));
            lines.push(TextLine::styled(more, palette.quiet()));
        }
        let note = |note: &String| TextLine::styled(fit(note, width), palette.warning());
        lines.extend(notes.iter().map(note));
        lines.push(TextLine::default());
        let keys = self.keys(palette);
        let widths = lines.iter().map(TextLine::width).chain([keys.width()]);
        let widest = widths.max();
        let size = (
            widest.unwrap_or_default().max(title.len() + 2),
            lines.len() + 1,
        );
        let inner = open_frame(frame, screen, size, &title, tone, palette);
        // The buttons stay, whatever has to go.
        for (line, y) in lines.iter().zip(inner.y..inner.bottom().saturating_sub(1)) {
            put_line(frame.buffer_mut(), inner.x, y, line, inner.width);
        }
        if inner.height > 0 {
            frame.put_keys((inner.x, inner.bottom() - 1), &keys, inner.width);
        }
    }

    /// Title, tone and the first line.
    fn words(&self) -> (String, Tone, String) {
        let undo = self.keymap.key(ListAction::Undo);
        let free = self.kept.iter().filter(|why| why.is_none()).count();
        let all = count(self.kept.len(), "connection");
        if free == 0 {
            return (
                format!("Can't delete: {all} in use"),
                Tone::Error,
                "None of these can go now. Nothing was touched.".to_owned(),
            );
        }
        if free < self.kept.len() {
            return (
                format!("Delete {free} of {all}?"),
                Tone::Question,
                format!("Those with ✓ go together, the others stay. {undo} brings them back."),
            );
        }
        (
            format!("Delete {all}?"),
            Tone::Question,
            format!("No workflow uses them. They go together; {undo} brings them back."),
        )
    }

    fn rows(&self, width: usize, room: usize, palette: Palette) -> Vec<TextLine<'static>> {
        let names = self.several.files.iter();
        let names: Vec<String> = names.map(|file| harmless(file.id.as_str())).collect();
        let name_width = names.iter().map(|name| name.width()).max();
        let name_width = name_width.unwrap_or_default().min(width / 3);
        let rows = names.iter().zip(self.kept).skip(self.scroll).take(room);
        rows.map(|(name, why)| {
            let name = Span::raw(column(name, name_width));
            let why_width = width.saturating_sub(name_width + 4);
            let (mark, text) = match why {
                None => (Span::styled("✓ ", palette.success()), "will be deleted"),
                Some(why) => (Span::styled("✗ ", palette.error()), why.as_str()),
            };
            let text = Span::styled(format!("  {}", fit(text, why_width)), palette.quiet());
            TextLine::from(vec![mark, name, text])
        })
        .collect()
    }

    fn keys(&self, palette: Palette) -> KeyLine {
        if self.kept.iter().all(Option::is_some) {
            return key_line(
                &[("r", "scan again"), ("Esc", "close")],
                self.keymap,
                palette,
            );
        }
        let choices = [('y', "Delete"), ('n', "Cancel")].map(|(key, label)| Choice {
            key,
            label,
            answer: None,
        });
        buttons(&choices, usize::from(!self.on_delete), palette)
    }
}
