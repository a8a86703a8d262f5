//! Where the focus can be in a form, and how it moves.

use crossterm::event::KeyCode;
use ratatui::layout::{Position, Rect};

use super::super::list::Clicked;
use super::field::Content;
use super::{Form, Outcome, Surroundings};

/// A place that takes keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The descriptive name.
    Name,
    /// The type.
    Type,
    /// The id of a new connection.
    Id,
    /// A field that is one thing.
    Field(usize),
    /// The key of a map's row: field, row.
    RowKey(usize, usize),
    /// The value of a map's or list's row: field, row.
    RowValue(usize, usize),
    /// The line that adds a row to the field.
    AddRow(usize),
    /// The line that shows or hides what few people touch.
    Advanced,
    /// The description.
    Description,
    /// The tags.
    Tags,
    /// The button that creates or updates.
    Submit,
    /// The button that leaves.
    Cancel,
}

impl Stop {
    /// The field that it belongs to.
    pub fn field(self) -> Option<usize> {
        match self {
            Self::Field(place)
            | Self::RowKey(place, _)
            | Self::RowValue(place, _)
            | Self::AddRow(place) => Some(place),
            Self::Name
            | Self::Type
            | Self::Id
            | Self::Advanced
            | Self::Description
            | Self::Tags
            | Self::Submit
            | Self::Cancel => None,
        }
    }
}

impl Form {
    /// The footer's word for what Enter does here, if it is more than to go on.
    pub fn enter_word(&self) -> Option<&'static str> {
        if self.focus_shows_lines() {
            return Some("new line");
        }
        match self.focus {
            Stop::Type => Some("choose"),
            Stop::Field(place) => match self.fields.get(place).map(|field| &field.content) {
                Some(Content::Choice(_)) => Some("choose"),
                Some(Content::Switch(_)) => Some("switch"),
                Some(Content::Line(_) | Content::Map(_) | Content::List(_) | Content::Fixed(_))
                | None => None,
            },
            Stop::AddRow(_) => Some("add"),
            Stop::Advanced => Some(if self.advanced_open { "hide" } else { "show" }),
            Stop::Submit => Some("save"),
            Stop::Cancel => Some("cancel"),
            Stop::Name
            | Stop::Id
            | Stop::Description
            | Stop::Tags
            | Stop::RowKey(..)
            | Stop::RowValue(..) => None,
        }
    }

    /// All places in the order in which they stand.
    pub fn stops(&self) -> Vec<Stop> {
        let mut stops = vec![Stop::Name, Stop::Type];
        if self.purpose.is_new() {
            stops.push(Stop::Id);
        }
        let (plain, advanced) = self.shown_fields();
        for place in plain {
            self.push_field(place, &mut stops);
        }
        if !advanced.is_empty() {
            stops.push(Stop::Advanced);
            if self.advanced_open {
                for place in advanced {
                    self.push_field(place, &mut stops);
                }
            }
        }
        stops.extend([Stop::Description, Stop::Tags, Stop::Submit, Stop::Cancel]);
        stops
    }

    /// The fields that apply now: those that are always shown, and those under «Advanced».
    pub(super) fn shown_fields(&self) -> (Vec<usize>, Vec<usize>) {
        (0..self.fields.len())
            .filter(|place| self.applies(*place))
            .partition(|place| {
                let field = &self.fields[*place];
                // What is in the file, or wrong, is never folded away.
                !field.spec.advanced || field.initial.is_some() || field.problem.is_some()
            })
    }

    fn push_field(&self, place: usize, stops: &mut Vec<Stop>) {
        match &self.fields[place].content {
            Content::Map(rows) => {
                for row in 0..rows.len() {
                    stops.extend([Stop::RowKey(place, row), Stop::RowValue(place, row)]);
                }
                stops.push(Stop::AddRow(place));
            }
            Content::List(rows) => {
                stops.extend((0..rows.len()).map(|row| Stop::RowValue(place, row)));
                stops.push(Stop::AddRow(place));
            }
            Content::Line(_) | Content::Switch(_) | Content::Choice(_) | Content::Fixed(_) => {
                stops.push(Stop::Field(place));
            }
        }
    }

    /// Moves the focus on or back, without going round, and checks the field that is left.
    pub(super) fn move_focus(&mut self, step: isize, around: Surroundings<'_>) {
        let stops = self.stops();
        let here = stops
            .iter()
            .position(|stop| *stop == self.focus)
            .unwrap_or_default();
        let last = stops.len().saturating_sub(1);
        let next = stops[here.saturating_add_signed(step).min(last)];
        self.leave(self.focus, next, around);
        self.focus = next;
    }

    fn leave(&mut self, from: Stop, to: Stop, around: Surroundings<'_>) {
        if from == to {
            return;
        }
        if let Some(place) = from.field()
            && to.field() != Some(place)
            && let Some(field) = self.fields.get_mut(place)
        {
            field.problem = field.check();
            field.revealed = false;
        }
        if from == Stop::Id {
            self.propose_id(around);
            let problem = self
                .check_head(around.taken)
                .into_iter()
                .find(|(stop, _)| *stop == from);
            self.head_problems.retain(|(stop, _)| *stop != from);
            self.head_problems.extend(problem);
        }
    }

    /// Puts the focus on the place that stands there. A choice opens, a button is pressed; a switch
    /// flips with the second click. In an open choice it is its rows that are clicked.
    pub fn click(&mut self, place: Position, around: Surroundings<'_>) -> Outcome {
        if self.saving || !around.area.contains(place) {
            return Outcome::Stay;
        }
        if self.picker.is_some() {
            return self.click_in_picker(place, around);
        }
        let line = usize::from(place.y - around.area.y);
        let Some((stop, is_first)) = self.stop_at(line, around.area.width) else {
            return Outcome::Stay;
        };
        let was_here = self.focus == stop;
        self.leave(self.focus, stop, around);
        self.focus = stop;
        let acts = match stop {
            Stop::Type | Stop::Advanced | Stop::Submit | Stop::Cancel | Stop::AddRow(_) => true,
            Stop::Field(place) => match self.fields.get(place).map(|field| &field.content) {
                Some(Content::Choice(_)) => true,
                Some(Content::Switch(_)) => was_here,
                Some(Content::Line(_) | Content::Map(_) | Content::List(_) | Content::Fixed(_))
                | None => false,
            },
            Stop::Name
            | Stop::Id
            | Stop::Description
            | Stop::Tags
            | Stop::RowKey(..)
            | Stop::RowValue(..) => false,
        };
        // Under the first line is only help.
        let outcome = if acts && is_first {
            self.activate(around)
        } else {
            Outcome::Stay
        };
        self.show_focus(around.area);
        outcome
    }

    fn click_in_picker(&mut self, place: Position, around: Surroundings<'_>) -> Outcome {
        let area = self.picker_area(around.area);
        let Some(picker) = &mut self.picker else {
            return Outcome::Stay;
        };
        match picker.click(place, area) {
            Clicked::Nothing | Clicked::Another => Outcome::Stay,
            Clicked::Same => self.key(KeyCode::Enter.into(), around),
        }
    }

    /// After a change of size, or when the form opens: the focus is within the area.
    pub fn show_focus(&mut self, area: Rect) {
        self.keep_focus_visible(area);
    }

    /// Scrolls so that the focused line and its help are within the area.
    pub(super) fn keep_focus_visible(&mut self, area: Rect) {
        let height = usize::from(area.height.max(1));
        let (first, last, total) = self.focused_lines(area.width);
        let mut scroll = self.scroll;
        if last + 1 > scroll + height {
            scroll = last + 1 - height;
        }
        scroll = scroll.min(first);
        self.scroll = scroll.min(total.saturating_sub(height));
    }
}
