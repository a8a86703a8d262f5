//! A row of the panel, and how it is fitted to a width.

use ratatui::style::Style;
use ratatui::text::{Line as TextLine, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::super::style::Palette;
use super::super::text::{column, fit, fit_end, wrap};
use super::{Extent, Target};
use crate::connection::{ConnectionId, Secret};

/// A row, and when it is on the screen.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) row: Row,
    pub(super) when: When,
}

/// In which of the two forms of the panel a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// Where everything is shown.
    Whole,
    /// At a glance, for what is left out there.
    Glance,
}

/// A row of the panel before it is fitted to its width.
#[derive(Debug, Clone)]
pub(super) enum Row {
    Blank,
    Heading(String, String),
    /// Label, text, and what is said about it; a target makes it a place for the cursor.
    Item {
        label: String,
        text: String,
        note: String,
        tone: Tone,
        target: Option<Target>,
        /// The text as it stands in the file, for the clipboard; masked where `text` is.
        copied: Option<Secret>,
    },
    /// A longer text, wrapped.
    Text {
        mark: &'static str,
        text: String,
        tone: Tone,
        target: Option<Target>,
    },
    /// A place in a file and the node path there.
    Use {
        mark: &'static str,
        tone: Tone,
        place: String,
        path: String,
        /// Where the path goes if there is no room for it behind the place.
        overflow: Overflow,
        /// Why it is not certain, on lines of its own.
        note: String,
        target: Option<Target>,
        /// The file and the place in it, for the clipboard.
        copied: String,
        /// The connection of this store that it is about, if the panel is not its own.
        connection: Option<ConnectionId>,
    },
}

/// What becomes of a node path that is too long for the line of its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overflow {
    /// It has a line of its own.
    Below,
    /// It is left out: more places fit on the screen, and the lines of the one under the cursor are
    /// headed by it.
    LeftOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Normal,
    Quiet,
    Warning,
    Error,
}

impl Block {
    pub(super) fn is_in(&self, extent: Extent) -> bool {
        match self.when {
            When::Always => true,
            When::Whole => extent == Extent::Whole,
            When::Glance => extent == Extent::Glance,
        }
    }
}

impl From<Row> for Block {
    fn from(row: Row) -> Self {
        let when = When::Always;
        Self { row, when }
    }
}

impl Row {
    pub(super) fn target(&self) -> Option<&Target> {
        match self {
            Self::Item { target, .. } | Self::Text { target, .. } | Self::Use { target, .. } => {
                target.as_ref()
            }
            Self::Blank | Self::Heading(..) => None,
        }
    }

    pub(super) fn lines(
        &self,
        width: usize,
        label_width: usize,
        palette: Palette,
    ) -> Vec<TextLine<'static>> {
        match self {
            Self::Blank => vec![TextLine::default()],
            Self::Heading(title, note) => vec![TextLine::from(vec![
                Span::styled(format!(" {title}"), palette.heading()),
                Span::styled(
                    format!("  {}", fit(note, width.saturating_sub(title.width() + 4))),
                    palette.quiet(),
                ),
            ])],
            Self::Item {
                label,
                text,
                note,
                tone,
                ..
            } => {
                let room = width.saturating_sub(label_width + 4);
                let label = Span::styled(
                    format!(" {}  ", column(label, label_width)),
                    palette.quiet(),
                );
                let indent = " ".repeat(label_width + 3);
                let style = style_of(*tone, palette);
                if text.width() + 2 + note.width() <= room {
                    let gap = if text.is_empty() || note.is_empty() {
                        ""
                    } else {
                        "  "
                    };
                    return vec![TextLine::from(vec![
                        label,
                        Span::styled(text.clone(), style),
                        Span::raw(gap),
                        Span::styled(note.clone(), palette.quiet()),
                    ])];
                }
                let texts = wrap_some(text, room)
                    .into_iter()
                    .map(|line| Span::styled(line, style));
                let notes = wrap_some(note, room)
                    .into_iter()
                    .map(|line| Span::styled(line, palette.quiet()));
                let starts = std::iter::once(label).chain(std::iter::repeat(Span::raw(indent)));
                starts
                    .zip(texts.chain(notes))
                    .map(|(start, line)| TextLine::from(vec![start, line]))
                    .collect()
            }
            Self::Text {
                mark, text, tone, ..
            } => wrap(text, width.saturating_sub(4))
                .into_iter()
                .enumerate()
                .map(|(place, line)| {
                    let mark = if place == 0 { mark } else { "  " };
                    TextLine::styled(format!(" {mark}{line}"), style_of(*tone, palette))
                })
                .collect(),
            Self::Use {
                mark,
                tone,
                place,
                path,
                overflow,
                note,
                ..
            } => {
                let room = width.saturating_sub(mark.width());
                let style = style_of(*tone, palette);
                let mark = Span::styled(format!(" {mark}"), style);
                let below = |text: &str| TextLine::styled(format!("   {text}"), palette.quiet());
                let is_one_line = place.width() + 2 + path.width() < room;
                let short = || fit_end(place, room.saturating_sub(2));
                let mut lines = if is_one_line {
                    vec![TextLine::from(vec![
                        mark,
                        Span::raw(format!("{place}  ")),
                        Span::styled(path.clone(), palette.quiet()),
                    ])]
                } else {
                    match overflow {
                        Overflow::LeftOut => {
                            let text = format!("{}  …", fit_end(place, room.saturating_sub(5)));
                            vec![TextLine::from(vec![mark, Span::raw(text)])]
                        }
                        Overflow::Below => vec![
                            TextLine::from(vec![mark, Span::raw(short())]),
                            below(&fit_end(path, width.saturating_sub(4))),
                        ],
                    }
                };
                if !note.is_empty() {
                    let notes = wrap(note, width.saturating_sub(4));
                    lines.extend(notes.iter().map(|line| below(line)));
                }
                lines
            }
        }
    }
}

/// The first lines of a text; `…` stands for what would be too many of them.
fn wrap_some(text: &str, width: usize) -> Vec<String> {
    const MOST: usize = 5;
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if lines.len() + 1 == MOST {
            lines.push(fit(rest, width));
            break;
        }
        let (line, behind) = rest.split_at(end_of_line(rest, width));
        lines.push(line.to_owned());
        rest = behind;
    }
    lines
}

/// Where a line of that width ends: behind a blank, or where paths and types have a joint, if it
/// has one. No character is left out, for what is broken here may be a value in which each counts.
fn end_of_line(text: &str, width: usize) -> usize {
    let mut used = 0;
    let mut joint = None;
    let mut before = "";
    for (start, cell) in text.grapheme_indices(true) {
        if before == " " || (matches!(before, "/" | ".") && cell != " ") {
            joint = Some(start);
        }
        used += cell.width();
        if used > width && start > 0 {
            return joint.unwrap_or(start);
        }
        before = cell;
    }
    text.len()
}

fn style_of(tone: Tone, palette: Palette) -> Style {
    match tone {
        Tone::Normal => Style::new(),
        Tone::Quiet => palette.quiet(),
        Tone::Warning => palette.warning(),
        Tone::Error => palette.error(),
    }
}
