//! Where things are on the screen: one pure function of its size, used by `update` and `view`.

use ratatui::layout::{Rect, Size};

/// Under this width one pane is shown at a time.
pub const TWO_PANES: u16 = 80;
/// Under this size there is only a line that says so.
pub const SMALLEST: Size = Size {
    width: 40,
    height: 10,
};

/// The areas of the screen. A pane that is not shown has an empty area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// The list with its frame.
    pub list: Rect,
    /// The panel with its frame.
    pub panel: Rect,
    /// The line of keys.
    pub footer: Rect,
}

/// The pane that is in front when only one fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The list of connections.
    List,
    /// Detail or form.
    Panel,
}

/// What a screen of that size has room for.
pub fn areas(size: Size, front: Pane) -> Areas {
    let body = size.height.saturating_sub(1);
    let footer = Rect::new(0, body, size.width, size.height.min(1));
    let whole = Rect::new(0, 0, size.width, body);
    let nothing = Rect::new(0, 0, 0, 0);
    if size.width < TWO_PANES {
        return match front {
            Pane::List => Areas {
                list: whole,
                panel: nothing,
                footer,
            },
            Pane::Panel => Areas {
                list: nothing,
                panel: whole,
                footer,
            },
        };
    }
    // The panel gets the larger part: values are longer than names.
    let left = (size.width * 9 / 20).clamp(36, 60);
    Areas {
        list: Rect::new(0, 0, left, body),
        panel: Rect::new(left, 0, size.width - left, body),
        footer,
    }
}

/// Whether the screen is too small for anything but a line.
pub fn is_too_small(size: Size) -> bool {
    size.width < SMALLEST.width || size.height < SMALLEST.height
}

/// The inside of a pane: without its frame.
pub fn inner(area: Rect) -> Rect {
    Rect::new(
        area.x + area.width.min(1),
        area.y + area.height.min(1),
        area.width.saturating_sub(2),
        area.height.saturating_sub(2),
    )
}

/// An area of at most that size in the middle of the screen, above the footer. A narrow screen is
/// taken whole: a strip of what is below would only confuse.
pub fn centered(screen: Rect, width: u16, height: u16) -> Rect {
    let body = screen.height.saturating_sub(1).max(screen.height.min(1));
    let width = if screen.width < TWO_PANES {
        screen.width
    } else {
        width.min(screen.width - 2)
    };
    let height = height.min(body);
    Rect::new(
        screen.x + (screen.width - width) / 2,
        screen.y + (body - height) / 2,
        width,
        height,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_areas_within_the_screen() {
        for width in 0..200 {
            for height in 0..60 {
                let size = Size::new(width, height);
                for front in [Pane::List, Pane::Panel] {
                    let all = areas(size, front);
                    for area in [all.list, all.panel, all.footer] {
                        assert!(area.right() <= width && area.bottom() <= height, "{size:?}");
                        let inside = inner(area);
                        assert!(inside.right() <= width && inside.bottom() <= height);
                        let popup = centered(area, 70, 12);
                        assert!(popup.right() <= area.right() && popup.bottom() <= area.bottom());
                    }
                }
            }
        }
    }
}
