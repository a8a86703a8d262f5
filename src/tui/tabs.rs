//! The two tabs of the left pane, and the title that names both.

use ratatui::style::Style;
use ratatui::text::{Line as TextLine, Span};

use super::keymap::{Keymap, ListAction, WorkflowAction};
use super::style::Palette;

/// What the left pane lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// The connections of the store.
    #[default]
    Connections,
    /// The workflow files that have to do with connections.
    Workflows,
}

/// What stands between the words of the tabs.
const BETWEEN: &str = "│";

impl Tab {
    fn word(self) -> &'static str {
        match self {
            Self::Connections => "Connections",
            Self::Workflows => "Workflows",
        }
    }

    /// The tab whose word stands in a column of a title; none where only one of them has room.
    pub fn at(title: &TextLine<'_>, column: usize) -> Option<Self> {
        let mut end = 0;
        let mut tab = Self::Connections;
        let mut found = None;
        for span in &title.spans {
            let start = end;
            end += span.width();
            if span.content == BETWEEN {
                tab = Self::Workflows;
            } else if (start..end).contains(&column) {
                found = Some(tab);
            }
        }
        found.filter(|_| tab == Self::Workflows)
    }

    /// The title of the frame, at most `width` columns: both words, the active one with a note
    /// such as `· 3 of 10 `, the other one with the key that goes there. Where both have no room
    /// it is the active one.
    pub fn title(
        self,
        note: &str,
        width: u16,
        keymap: &Keymap,
        palette: Palette,
    ) -> TextLine<'static> {
        // The frame below is bold where it has the focus: only the active word shall be.
        let quiet = Style::reset().patch(palette.quiet());
        let word = |tab: Self| {
            if tab == self {
                let word = Span::styled(format!(" {} ", tab.word()), palette.heading());
                vec![word, Span::styled(note.to_owned(), quiet)]
            } else {
                let key = match tab {
                    Self::Connections => keymap.key(WorkflowAction::Connections),
                    Self::Workflows => keymap.key(ListAction::Workflows),
                };
                let key = Span::styled(format!(" {key}"), palette.key());
                vec![key, Span::styled(format!(" {} ", tab.word()), quiet)]
            }
        };
        let mut spans = word(Self::Connections);
        spans.push(Span::styled(BETWEEN, quiet));
        spans.extend(word(Self::Workflows));
        let both = TextLine::from(spans);
        if both.width() <= usize::from(width.saturating_sub(2)) {
            both
        } else {
            TextLine::from(word(self))
        }
    }
}
