//! A question with buttons; the safe one has the focus at first.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::super::keymap::{self, PopupAction};
use super::super::style::Palette;
use super::super::text::count;
use super::canvas::{Canvas, KeyLine};
use super::{Reply, Tone, open_frame, text_width, widest, wrapped};
use crate::connection::Secret;
use crate::project::ImportPlan;

/// A question with its state.
#[derive(Debug, Clone)]
pub struct Question {
    /// What stands in the frame.
    pub title: String,
    /// Paragraphs.
    pub text: Vec<String>,
    /// What can be answered, from left to right.
    pub choices: Vec<Choice>,
    /// The choice with the focus.
    pub focus: usize,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The letter that gives it at once.
    pub key: char,
    /// What stands on its button.
    pub label: &'static str,
    /// What it means; `None` just closes the question.
    pub answer: Option<Answer>,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Save the form, then leave it.
    SaveForm,
    /// Save the form, then leave it and the program.
    SaveAndQuit,
    /// Leave the form; what was typed is gone.
    DiscardForm,
    /// Leave the form and the program.
    DiscardAndQuit,
    /// Insert pasted lines with their line breaks.
    PasteLines(Secret),
    /// Insert pasted lines joined to one.
    PasteJoined(Secret),
    /// Fill the form by the pasted text.
    FillForm(Secret),
    /// Insert the pasted text where the focus is.
    PasteAsText(Secret),
    /// Make the directory of the store.
    CreateStore,
    /// Import as planned.
    Import(Arc<ImportPlan>),
    /// Write the connection as a new file: the old one is gone.
    KeepAsNew,
    /// Save to the file that the old one was renamed to.
    SaveToRenamed,
    /// Go on with the draft that is offered.
    ResumeDraft,
    /// Let the draft go that is offered.
    DropDraft,
}

impl Question {
    /// A question; `focus` is the safe answer.
    pub fn new(title: &str, text: Vec<String>, choices: Vec<Choice>, focus: usize) -> Self {
        Self {
            title: title.to_owned(),
            text,
            choices,
            focus,
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Reply {
        if let KeyCode::Char(letter) = key.code
            && (key.modifiers - KeyModifiers::SHIFT).is_empty()
            && let Some(choice) = self.choices.iter().find(|choice| choice.key == letter)
        {
            return reply(choice);
        }
        match keymap::find(keymap::POPUP, key) {
            Some(PopupAction::Left | PopupAction::Up) => self.focus = self.focus.saturating_sub(1),
            Some(PopupAction::Right | PopupAction::Down) => {
                self.focus = (self.focus + 1).min(self.choices.len().saturating_sub(1));
            }
            Some(PopupAction::Accept) => {
                return self.choices.get(self.focus).map_or(Reply::Close, reply);
            }
            Some(PopupAction::Back) => return Reply::Close,
            None => {}
        }
        Reply::Stay
    }

    /// Draws it.
    pub fn view(&self, frame: &mut Canvas<'_>, screen: Rect, palette: Palette) {
        let width = text_width(screen, 66);
        let lines = wrapped(&self.text, width);
        let buttons = self.button_lines(width, palette);
        let widest_button = buttons.iter().map(KeyLine::width).max();
        let content = widest(&lines)
            .max(widest_button.unwrap_or_default())
            .max(self.title.width() + 2);
        let size = (content, lines.len() + buttons.len() + 1);
        let inner = open_frame(frame, screen, size, &self.title, Tone::Question, palette);
        // The answers are seen whatever has to give way.
        let count = u16::try_from(buttons.len()).unwrap_or(u16::MAX);
        let first_button = inner.bottom().saturating_sub(count).max(inner.y);
        // What has no room says so.
        let room = usize::from(first_button - inner.y);
        let lines = cut(lines, room);
        for (line, y) in lines.iter().zip(inner.y..first_button) {
            frame.buffer_mut().set_stringn(
                inner.x,
                y,
                line,
                usize::from(inner.width),
                palette_plain(),
            );
        }
        for (line, y) in buttons.iter().zip(first_button..inner.bottom()) {
            frame.put_keys((inner.x, y), line, inner.width);
        }
    }

    /// The buttons side by side, or below each other where there is no room for that.
    fn button_lines(&self, width: usize, palette: Palette) -> Vec<KeyLine> {
        let all = buttons(&self.choices, self.focus, palette);
        if all.width() <= width {
            return vec![all];
        }
        let each = self.choices.iter().enumerate().map(|(place, choice)| {
            let focus = usize::from(place != self.focus);
            buttons(std::slice::from_ref(choice), focus, palette)
        });
        each.collect()
    }
}

/// The lines that have room, the last of them saying how many have not.
fn cut(mut lines: Vec<String>, room: usize) -> Vec<String> {
    if lines.len() > room && room > 0 {
        let more = lines.len() - room + 1;
        lines.truncate(room - 1);
        lines.push(format!("… {}", count(more, "more line")));
    }
    lines
}

fn palette_plain() -> ratatui::style::Style {
    ratatui::style::Style::new()
}

fn reply(choice: &Choice) -> Reply {
    match &choice.answer {
        Some(answer) => Reply::Answer(answer.clone()),
        None => Reply::Close,
    }
}

/// The buttons with their letters: `[ y Delete ]  [ Cancel ]`.
pub fn buttons(choices: &[Choice], focus: usize, palette: Palette) -> KeyLine {
    let mut line = KeyLine::default();
    for (place, choice) in choices.iter().enumerate() {
        line.gap("  ");
        let mark = if place == focus { "›" } else { " " };
        let text = format!("{mark}[ {} · {} ]", choice.key, choice.label);
        let style = if place == focus {
            palette.selected()
        } else {
            palette.key()
        };
        let key = KeyEvent::from(KeyCode::Char(choice.key));
        line.push(vec![(text, style)], Some(key));
    }
    line
}
