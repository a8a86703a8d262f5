//! A rename on its way: the new id, then the changes as a diff, or what stands in the way.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::canvas::{Canvas, Spot};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line as TextLine, Span};
use unicode_width::UnicodeWidthStr;

use super::super::effect::Ticket;
use super::super::keymap::{self, PopupAction};
use super::super::line::{Edited, Line, Show};
use super::super::style::Palette;
use super::super::text::{count, fit, harmless, put_line, wrap};
use super::question::{Choice, buttons};
use super::{Reply, Tone, diff_line, open_frame, text_width};
use crate::connection::{ConnectionId, Location};
use crate::rename::Plan;

/// A rename that was asked for and has not happened.
#[derive(Debug)]
pub struct Renaming {
    /// The id that goes.
    pub old: ConnectionId,
    /// The work that is awaited.
    pub ticket: Ticket,
    /// The id that comes, as typed.
    new: Line,
    /// What keeps the typed id from being one.
    problem: Option<&'static str>,
    /// How far it is.
    pub state: State,
}

/// A plan with its diff, as a worker makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// What changes, or why nothing can.
    pub plan: Plan,
    /// The unified diff, secrets masked.
    pub diff: Vec<String>,
}

/// Something that stands in the way.
#[derive(Debug, Clone)]
pub struct Obstacle {
    /// The file, if it is about one.
    file: Option<PathBuf>,
    /// The place in it, if it is one.
    location: Option<Location>,
    /// What it is, with its place.
    text: String,
}

/// How far a rename is.
#[derive(Debug)]
pub enum State {
    /// The new id is typed.
    Typing,
    /// The workflows are read.
    Planning,
    /// The diff is shown, and the person decides. The focus is on Cancel.
    Review {
        /// What would be done.
        preview: Arc<Preview>,
        /// The first line of the diff on the screen.
        scroll: usize,
        /// Whether the focus is on the button that renames.
        on_rename: bool,
    },
    /// Something stands in the way. Nothing was touched.
    Blocked {
        /// Each with its place, if it has one.
        blockers: Vec<Obstacle>,
        /// The one with the cursor.
        selected: usize,
    },
    /// It is being done.
    Working,
}

impl Renaming {
    /// Asks for the new id.
    pub fn new(old: ConnectionId) -> Self {
        Self {
            new: Line::new(old.as_str()),
            old,
            ticket: Ticket::default(),
            problem: None,
            state: State::Typing,
        }
    }

    /// Whether keys are typed text.
    pub fn is_typing(&self) -> bool {
        matches!(self.state, State::Typing)
    }

    /// The new id as typed.
    pub fn new_id(&self) -> &str {
        self.new.text()
    }

    /// Takes the plan.
    pub fn answer(&mut self, preview: Arc<Preview>, shown: &dyn Fn(&Path) -> String) {
        self.state = if preview.plan.blockers.is_empty() {
            State::Review {
                preview,
                scroll: 0,
                on_rename: false,
            }
        } else {
            let blockers = preview
                .plan
                .blockers
                .iter()
                .map(|blocker| {
                    let place = match (&blocker.file, blocker.location) {
                        (Some(file), Some(at)) => format!("{}:{at}: ", shown(file)),
                        (Some(file), None) => format!("{}: ", shown(file)),
                        (None, _) => String::new(),
                    };
                    Obstacle {
                        file: blocker.file.clone(),
                        location: blocker.location,
                        text: harmless(&format!("{place}{}", blocker.message)),
                    }
                })
                .collect();
            State::Blocked {
                blockers,
                selected: 0,
            }
        };
    }

    /// Inserts pasted text where the id is typed.
    pub fn paste(&mut self, text: &str) {
        if matches!(self.state, State::Typing) {
            self.new.paste(text.trim());
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Reply {
        let action = keymap::find(keymap::POPUP, key);
        match &mut self.state {
            State::Typing => self.type_key(key),
            State::Planning | State::Working => match action {
                Some(PopupAction::Back) => Reply::Close,
                Some(
                    PopupAction::Accept
                    | PopupAction::Up
                    | PopupAction::Down
                    | PopupAction::Left
                    | PopupAction::Right,
                )
                | None => Reply::Stay,
            },
            State::Review {
                preview,
                scroll,
                on_rename,
            } => {
                let step = if matches!(key.code, KeyCode::PageUp | KeyCode::PageDown) {
                    10
                } else {
                    1
                };
                match (action, key.code) {
                    (_, KeyCode::Char('y')) => return Reply::Rename,
                    (_, KeyCode::Char('n')) | (Some(PopupAction::Back), _) => return Reply::Close,
                    (Some(PopupAction::Up), _) => *scroll = scroll.saturating_sub(step),
                    (Some(PopupAction::Down), _) => {
                        *scroll = (*scroll + step).min(preview.diff.len().saturating_sub(1));
                    }
                    (Some(PopupAction::Left), _) => *on_rename = true,
                    (Some(PopupAction::Right), _) => *on_rename = false,
                    (Some(PopupAction::Accept), _) if *on_rename => return Reply::Rename,
                    (Some(PopupAction::Accept), _) => return Reply::Close,
                    (None, _) => {}
                }
                Reply::Stay
            }
            State::Blocked { blockers, selected } => {
                match (action, key.code) {
                    (_, KeyCode::Char('r')) => return Reply::Replan,
                    (Some(PopupAction::Back), _) => return Reply::Close,
                    (Some(PopupAction::Up), _) => *selected = selected.saturating_sub(1),
                    (Some(PopupAction::Down), _) => {
                        *selected = (*selected + 1).min(blockers.len().saturating_sub(1));
                    }
                    (Some(PopupAction::Accept), _) => {
                        let obstacle = blockers.get(*selected);
                        if let Some(Obstacle {
                            file: Some(file),
                            location,
                            ..
                        }) = obstacle
                        {
                            return Reply::OpenAt(file.clone(), *location);
                        }
                    }
                    (Some(PopupAction::Left | PopupAction::Right) | None, _) => {}
                }
                Reply::Stay
            }
        }
    }

    fn type_key(&mut self, key: KeyEvent) -> Reply {
        if key.code == KeyCode::Esc {
            return Reply::Close;
        }
        if key.code == KeyCode::Enter {
            self.problem = match ConnectionId::check_new(self.new.text()) {
                Ok(()) if self.new.text() == self.old.as_str() => Some("it has this id already"),
                Ok(()) => None,
                Err(problem) => Some(problem),
            };
            return match self.problem {
                Some(_) => Reply::Stay,
                None => Reply::Replan,
            };
        }
        if self.new.key(key) == Edited::Changed {
            self.problem = None;
        }
        Reply::Stay
    }

    /// The keys that work now, for the footer.
    pub fn hints(&self) -> &'static [(&'static str, &'static str)] {
        match self.state {
            State::Typing => &[("Enter", "show the changes"), ("Esc", "cancel")],
            State::Planning => &[("Esc", "cancel")],
            State::Working => &[],
            State::Review { .. } => &[("y", "rename"), ("n", "cancel"), ("↑↓", "scroll")],
            State::Blocked { .. } => &[
                ("↑↓", "move"),
                ("Enter", "open"),
                ("r", "try again"),
                ("Esc", "close"),
            ],
        }
    }

    /// Draws it.
    pub fn view(&self, frame: &mut Canvas<'_>, screen: Rect, palette: Palette) {
        let old = harmless(self.old.as_str());
        let title = format!("Rename {old}");
        match &self.state {
            State::Typing => self.view_typing(frame, screen, &title, palette),
            State::Planning => {
                let lines = [TextLine::raw("reading the workflows…")];
                view_lines(
                    frame,
                    screen,
                    &title,
                    (Tone::Question, palette),
                    &lines,
                    None,
                );
            }
            State::Working => {
                let lines = [TextLine::raw("renaming…")];
                view_lines(
                    frame,
                    screen,
                    &title,
                    (Tone::Question, palette),
                    &lines,
                    None,
                );
            }
            State::Review {
                preview,
                scroll,
                on_rename,
            } => view_review(frame, screen, preview, *scroll, *on_rename, palette),
            State::Blocked { blockers, selected } => {
                let title = format!("Can't rename {old} to {}", harmless(self.new.text()));
                view_blocked(frame, screen, &title, blockers, *selected, palette);
            }
        }
    }

    fn view_typing(&self, frame: &mut Canvas<'_>, screen: Rect, title: &str, palette: Palette) {
        let width = text_width(screen, 60);
        let room = u16::try_from(width.saturating_sub(8)).unwrap_or(1);
        let shown = self.new.shown(room, Show::Text);
        let mut lines = vec![TextLine::from(vec![
            Span::styled("New id  ", palette.quiet()),
            Span::raw(shown.text.clone()),
        ])];
        if let Some(problem) = self.problem {
            let text = format!("        ✗ {problem}");
            lines.push(TextLine::styled(fit(&text, width), palette.error()));
        }
        lines.push(TextLine::default());
        let help = "Its file and every reference in the workflows change together, or nothing \
                    does. You see the changes first.";
        lines.extend(
            wrap(help, width)
                .into_iter()
                .map(|line| TextLine::styled(line, palette.quiet())),
        );
        let inner = view_lines(
            frame,
            screen,
            title,
            (Tone::Question, palette),
            &lines,
            Some(width),
        );
        if inner.height > 0 {
            frame.set_cursor_position((inner.x + 8 + shown.cursor, inner.y));
        }
    }
}

/// Draws lines in a frame of their size; gives its inside.
fn view_lines(
    frame: &mut Canvas<'_>,
    screen: Rect,
    title: &str,
    (tone, palette): (Tone, Palette),
    lines: &[TextLine<'_>],
    width: Option<usize>,
) -> Rect {
    let widest = lines.iter().map(TextLine::width).max().unwrap_or_default();
    let width = width.unwrap_or(widest).max(title.width() + 2).max(34);
    let inner = open_frame(frame, screen, (width, lines.len()), title, tone, palette);
    for (line, y) in lines.iter().zip(inner.y..inner.bottom()) {
        put_line(frame.buffer_mut(), inner.x, y, line, inner.width);
    }
    inner
}

fn view_review(
    frame: &mut Canvas<'_>,
    screen: Rect,
    preview: &Preview,
    scroll: usize,
    on_rename: bool,
    palette: Palette,
) {
    let Plan {
        old,
        new,
        uses,
        files,
        possible,
        not_scanned,
        ..
    } = &preview.plan;
    let title = format!("Rename {old} to {new}?");
    let width = text_width(screen, 100);
    let mut head = vec![format!(
        "{} in {}, and the connection's file, change together.",
        count(uses.len(), "reference"),
        count(files.len(), "workflow"),
    )];
    if !possible.is_empty() {
        let places = count(possible.len(), "possible reference");
        head.push(format!(
            "! {places} stay as they are: they depend on variables."
        ));
    }
    if !not_scanned.is_empty() {
        let places = count(not_scanned.len(), "place");
        head.push(format!("! {places} could not be scanned."));
    }
    let head: Vec<String> = head.iter().flat_map(|text| wrap(text, width)).collect();
    let room = usize::from(screen.height)
        .saturating_sub(head.len() + 7)
        .max(3)
        .min(preview.diff.len());
    let height = head.len() + room + 3;
    let inner = open_frame(
        frame,
        screen,
        (width, height),
        &title,
        Tone::Question,
        palette,
    );
    let mut y = inner.y;
    for line in &head {
        frame
            .buffer_mut()
            .set_stringn(inner.x, y, line, usize::from(inner.width), Style::new());
        y += 1;
    }
    y += 1;
    let last = inner.bottom().saturating_sub(2);
    let rows = preview.diff.iter().skip(scroll).zip(y..last);
    for (line, y) in rows {
        let text = diff_line(line, usize::from(inner.width), palette);
        put_line(frame.buffer_mut(), inner.x, y, &text, inner.width);
    }
    let choices = [
        Choice {
            key: 'y',
            label: "Rename",
            answer: None,
        },
        Choice {
            key: 'n',
            label: "Cancel",
            answer: None,
        },
    ];
    let buttons = buttons(&choices, usize::from(!on_rename), palette);
    if inner.height > 0 {
        frame.put_keys((inner.x, inner.bottom() - 1), &buttons, inner.width);
    }
}

fn view_blocked(
    frame: &mut Canvas<'_>,
    screen: Rect,
    title: &str,
    blockers: &[Obstacle],
    selected: usize,
    palette: Palette,
) {
    let width = text_width(screen, 100);
    let mut lines = vec![
        TextLine::raw("Nothing was touched. Mend these places, then try again."),
        TextLine::default(),
    ];
    let room = usize::from(screen.height).saturating_sub(6).max(1);
    let mut of_selected = 0;
    let mut places = vec![None; lines.len()];
    for (place, obstacle) in blockers.iter().enumerate() {
        let parts = wrap(&obstacle.text, width.saturating_sub(2));
        for (number, part) in parts.into_iter().enumerate() {
            let mark = if place == selected && number == 0 {
                "› "
            } else {
                "  "
            };
            if place == selected {
                of_selected = lines.len();
            }
            let line = TextLine::raw(format!("{mark}{part}"));
            places.push(Some(place));
            lines.push(if place == selected {
                line.style(palette.selected())
            } else {
                line
            });
        }
    }
    let skip = (of_selected + 1).saturating_sub(room);
    let inner = view_lines(
        frame,
        screen,
        title,
        (Tone::Error, palette),
        &lines[skip..],
        None,
    );
    for (place, y) in places[skip..].iter().zip(inner.y..inner.bottom()) {
        if let Some(place) = place {
            frame.spot(Rect::new(inner.x, y, inner.width, 1), Spot::Row(*place));
        }
    }
}
