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

impl Palette {
    fn color(self, style: Style, color: Color) -> Style {
        match self {
            Self::Ansi => style.fg(color),
            Self::Plain => style,
        }
    }

    /// Titles and headings.
    pub fn heading(self) -> Style {
        self.color(Style::new().add_modifier(Modifier::BOLD), Color::Cyan)
    }

    /// Names of fields and columns, help, what is secondary.
    pub fn quiet(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// The frame of the pane that has the focus.
    pub fn focused_frame(self) -> Style {
        self.color(Style::new().add_modifier(Modifier::BOLD), Color::Cyan)
    }

    /// The frame of another pane.
    pub fn frame(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// The selected row of the pane that has the focus.
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// The selected row of a pane without the focus.
    pub fn selected_elsewhere(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// A key in the footer or a popup.
    pub fn key(self) -> Style {
        self.color(Style::new().add_modifier(Modifier::BOLD), Color::Cyan)
    }

    /// What went wrong, or can't be undone.
    pub fn error(self) -> Style {
        self.color(Style::new().add_modifier(Modifier::BOLD), Color::Red)
    }

    /// What deserves a look.
    pub fn warning(self) -> Style {
        self.color(Style::new(), Color::Yellow)
    }

    /// What went well.
    pub fn success(self) -> Style {
        self.color(Style::new().add_modifier(Modifier::BOLD), Color::Green)
    }

    /// The part of a text that a filter found.
    pub fn matched(self) -> Style {
        self.color(
            Style::new().add_modifier(Modifier::UNDERLINED),
            Color::Yellow,
        )
    }
}
