//! How text looks on a terminal, and the fewest bytes from one look to the next.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// What the terminal gives to the next character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pen {
    foreground: Color,
    background: Color,
    modifier: Modifier,
}

/// What is seen where there is no character.
const SEEN_ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::CROSSED_OUT)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK);

/// Bold and dim go together: one code ends both.
const WEIGHT: Modifier = Modifier::BOLD.union(Modifier::DIM);

/// What begins and ends each property but [`WEIGHT`] (ECMA-48, SGR). Both blinks end with 25.
const CODES: [(Modifier, u8, u8); 7] = [
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

impl Pen {
    /// As the terminal starts.
    pub(super) const PLAIN: Self = Self {
        foreground: Color::Reset,
        background: Color::Reset,
        modifier: Modifier::empty(),
    };

    /// What a cell is drawn with.
    pub(super) fn of(cell: &Cell) -> Self {
        Self {
            foreground: cell.fg,
            background: cell.bg,
            modifier: cell.modifier,
        }
    }

    /// Whether a blank drawn with either looks the same.
    pub(super) fn is_same_on_blank(self, other: Self) -> bool {
        self == other
            || (self.background == other.background
                && !self.modifier.intersects(SEEN_ON_BLANK)
                && !other.modifier.intersects(SEEN_ON_BLANK))
    }

    /// Whether what the terminal erases is as blank as with a plain pen. Some erase with the
    /// background of the moment, and a few with more of it.
    pub(super) fn is_plain_on_blank(self) -> bool {
        self.is_same_on_blank(Self::PLAIN)
    }

    /// Writes the sequence from `before` to this; nothing if that is the same. Without `before`
    /// nobody knows how the terminal writes.
    pub(super) fn write(self, before: Option<Self>, out: &mut Vec<u8>) {
        if before == Some(self) {
            return;
        }
        let anew = Parameters::default().then(0).to(Self::PLAIN, self);
        let shortest = match before {
            None => anew,
            Some(before) => {
                let change = Parameters::default().change(before, self);
                if change.0.len() <= anew.0.len() {
                    change
                } else {
                    anew
                }
            }
        };
        out.extend_from_slice(b"\x1b[");
        // A sequence without parameters is one with a 0.
        if shortest.0 != b"0" {
            out.extend_from_slice(&shortest.0);
        }
        out.push(b'm');
    }
}

/// The parameters of a sequence.
#[derive(Debug, Default)]
struct Parameters(Vec<u8>);

impl Parameters {
    fn then(mut self, number: u8) -> Self {
        if !self.0.is_empty() {
            self.0.push(b';');
        }
        super::push_number(&mut self.0, u16::from(number));
        self
    }

    /// Ends what `after` does not have, and begins what it has.
    fn change(mut self, before: Pen, after: Pen) -> Self {
        let mut before = before;
        let ended = before.modifier - after.modifier;
        if ended.intersects(WEIGHT) {
            self = self.then(22);
            before.modifier -= WEIGHT;
        }
        let mut last = None;
        for (modifier, _, end) in CODES {
            if ended.contains(modifier) && last != Some(end) {
                self = self.then(end);
                last = Some(end);
            }
        }
        if last.is_some() && ended.intersects(Modifier::SLOW_BLINK | Modifier::RAPID_BLINK) {
            before.modifier -= Modifier::SLOW_BLINK | Modifier::RAPID_BLINK;
        }
        self.to(before, after)
    }

    /// Begins what `after` has more, and its colours.
    fn to(mut self, before: Pen, after: Pen) -> Self {
        let begun = after.modifier - before.modifier;
        if begun.contains(Modifier::BOLD) {
            self = self.then(1);
        }
        if begun.contains(Modifier::DIM) {
            self = self.then(2);
        }
        for (modifier, begin, _) in CODES {
            if begun.contains(modifier) {
                self = self.then(begin);
            }
        }
        if before.foreground != after.foreground {
            self = self.color(after.foreground, 30);
        }
        if before.background != after.background {
            self = self.color(after.background, 40);
        }
        self
    }

    /// `base` is 30 for the foreground and 40 for the background. The sixteen colours have codes of
    /// their own, which are shorter and known to more terminals than those of 256.
    fn color(self, color: Color, base: u8) -> Self {
        match color {
            Color::Reset => self.then(base + 9),
            Color::Black => self.then(base),
            Color::Red => self.then(base + 1),
            Color::Green => self.then(base + 2),
            Color::Yellow => self.then(base + 3),
            Color::Blue => self.then(base + 4),
            Color::Magenta => self.then(base + 5),
            Color::Cyan => self.then(base + 6),
            Color::Gray => self.then(base + 7),
            Color::DarkGray => self.then(base + 60),
            Color::LightRed => self.then(base + 61),
            Color::LightGreen => self.then(base + 62),
            Color::LightYellow => self.then(base + 63),
            Color::LightBlue => self.then(base + 64),
            Color::LightMagenta => self.then(base + 65),
            Color::LightCyan => self.then(base + 66),
            Color::White => self.then(base + 67),
            Color::Indexed(index) => self.then(base + 8).then(5).then(index),
            Color::Rgb(red, green, blue) => {
                let rgb = self.then(base + 8).then(2);
                rgb.then(red).then(green).then(blue)
            }
        }
    }
}
