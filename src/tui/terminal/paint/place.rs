//! Where the terminal's cursor is, and the fewest bytes to somewhere else.

use ratatui::layout::Position;

use super::digit;

/// What is known of the cursor's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing: the terminal was somebody else's.
    Unknown,
    /// The row only: behind the last column, or behind characters that terminals disagree about.
    Row(u16),
    /// The column and the row.
    At(Position),
}

impl Place {
    /// The cheapest way to `target`; nothing if it is there.
    ///
    /// All terminals know all of it. A line feed is sent only behind a carriage return, so that it
    /// means the same where line feeds return the carriage, and never leads below the screen.
    pub(super) fn way_to(self, target: Position) -> Way {
        let absolute = Way::default().absolute(target);
        let row = match self {
            Self::Unknown => return absolute,
            Self::Row(row) => row,
            Self::At(here) => here.y,
        };
        let start = Way::default().byte(b'\r');
        let down = match target.y.checked_sub(row) {
            Some(down @ 0..=2) => (0..down).fold(start, |way, _| way.byte(b'\n')),
            Some(_) | None => start.vertical(row, target.y),
        };
        let by_first_column = down.horizontal(0, target.x);
        let relative = match self {
            Self::At(here) => Way::default()
                .vertical(here.y, target.y)
                .horizontal(here.x, target.x),
            Self::Unknown | Self::Row(_) => by_first_column,
        };
        [relative, by_first_column, absolute]
            .into_iter()
            .min_by_key(|way| way.bytes().len())
            .unwrap_or(absolute)
    }
}

/// The bytes of a movement: at most three sequences with numbers of five digits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Way {
    bytes: [u8; 24],
    length: usize,
}

impl Way {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn byte(mut self, byte: u8) -> Self {
        self.bytes[self.length] = byte;
        self.length += 1;
        self
    }

    fn number(self, number: u16) -> Self {
        let way = if number >= 10 {
            self.number(number / 10)
        } else {
            self
        };
        way.byte(digit(number))
    }

    fn absolute(self, target: Position) -> Self {
        let mut way = self.byte(b'\x1b').byte(b'[');
        if target.y > 0 {
            way = way.number(target.y + 1);
        }
        if target.x > 0 {
            way = way.byte(b';').number(target.x + 1);
        }
        way.byte(b'H')
    }

    fn vertical(self, from: u16, to: u16) -> Self {
        if from <= to {
            self.step(to - from, b'B')
        } else {
            self.step(from - to, b'A')
        }
    }

    fn horizontal(self, from: u16, to: u16) -> Self {
        if from <= to {
            return self.step(to - from, b'C');
        }
        match from - to {
            back @ 1..=3 => (0..back).fold(self, |way, _| way.byte(8)),
            back => self.step(back, b'D'),
        }
    }

    /// So many cells in one direction.
    fn step(self, count: u16, direction: u8) -> Self {
        if count == 0 {
            return self;
        }
        let mut way = self.byte(b'\x1b').byte(b'[');
        if count > 1 {
            way = way.number(count);
        }
        way.byte(direction)
    }
}
