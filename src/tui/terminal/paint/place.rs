//! Where the terminal's cursor is, and the fewest bytes to somewhere else.

use ratatui::layout::Position;

use super::push_number;

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
    pub(super) fn way_to(self, target: Position) -> Vec<u8> {
        let mut shortest = absolute(target);
        let mut consider = |way: Vec<u8>| {
            if way.len() < shortest.len() {
                shortest = way;
            }
        };
        let row = match self {
            Self::Unknown => return shortest,
            Self::Row(row) => row,
            Self::At(here) => {
                let mut way = vertical(here.y, target.y);
                way.extend(horizontal(here.x, target.x));
                consider(way);
                here.y
            }
        };
        // By the first column.
        let mut way = vec![b'\r'];
        match target.y.checked_sub(row) {
            Some(down @ 0..=2) => way.extend(std::iter::repeat_n(b'\n', usize::from(down))),
            Some(_) | None => way.extend(vertical(row, target.y)),
        }
        way.extend(horizontal(0, target.x));
        consider(way);
        shortest
    }
}

fn absolute(target: Position) -> Vec<u8> {
    let mut way = b"\x1b[".to_vec();
    if target.y > 0 {
        push_number(&mut way, target.y + 1);
    }
    if target.x > 0 {
        way.push(b';');
        push_number(&mut way, target.x + 1);
    }
    way.push(b'H');
    way
}

fn vertical(from: u16, to: u16) -> Vec<u8> {
    if from <= to {
        step(to - from, b'B')
    } else {
        step(from - to, b'A')
    }
}

fn horizontal(from: u16, to: u16) -> Vec<u8> {
    if from <= to {
        return step(to - from, b'C');
    }
    let back = from - to;
    if back <= 3 {
        vec![8; usize::from(back)]
    } else {
        step(back, b'D')
    }
}

/// So many cells in one direction.
fn step(count: u16, direction: u8) -> Vec<u8> {
    if count == 0 {
        return Vec::new();
    }
    let mut way = b"\x1b[".to_vec();
    if count > 1 {
        push_number(&mut way, count);
    }
    way.push(direction);
    way
}
