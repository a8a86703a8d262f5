//! The few styles of the screen: ANSI colours 0–15 and the terminal's own, and each state carried
//! by bold, reverse or a glyph as well, so that it is complete without colour.

use ratatui::style::{Color, Modifier, Style};

/// Whether colours are used at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// ANSI colours.
    Ansi,
    /// Bold, dim, underline and reverse only (`NO_COLOR`).
    Plain,
}

/// One weight replaces the other: what is both is bold on one terminal and dim on the next, and on
/// those that know only one weight it is what was sent last.
const BOLD: Style = Style::new()
    .add_modifier(Modifier::BOLD)
    .remove_modifier(Modifier::DIM);
const DIM: Style = Style::new()
    .add_modifier(Modifier::DIM)
    .remove_modifier(Modifier::BOLD);

impl Palette {
    fn color(self, style: Style, color: Color) -> Style {
        match self {
            Self::Ansi => style.fg(color),
            Self::Plain => style,
        }
    }

    /// Titles and headings.
    pub fn heading(self) -> Style {
        self.color(BOLD, Color::Cyan)
    }

    /// Names of fields and columns, help, what is secondary.
    pub fn quiet(self) -> Style {
        DIM
    }

    /// The frame of the pane that has the focus.
    pub fn focused_frame(self) -> Style {
        self.color(BOLD, Color::Cyan)
    }

    /// The frame of another pane.
    pub fn frame(self) -> Style {
        DIM
    }

    /// The selected row of the pane that has the focus.
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// The selected row of a pane without the focus.
    pub fn selected_elsewhere(self) -> Style {
        BOLD
    }

    /// A key in the footer or a popup.
    pub fn key(self) -> Style {
        self.color(BOLD, Color::Cyan)
    }

    /// What went wrong, or can't be undone.
    pub fn error(self) -> Style {
        self.color(BOLD, Color::Red)
    }

    /// What deserves a look.
    pub fn warning(self) -> Style {
        self.color(Style::new(), Color::Yellow)
    }

    /// What went well.
    pub fn success(self) -> Style {
        self.color(BOLD, Color::Green)
    }

    /// The part of a text that a filter found.
    pub fn matched(self) -> Style {
        self.color(
            Style::new().add_modifier(Modifier::UNDERLINED),
            Color::Yellow,
        )
    }
}
