//! From a frame to the bytes that make the terminal show it: few, and in one write.
//!
//! The painter knows what the terminal shows, where its cursor is and how it writes. A cell that
//! looks as before costs nothing, a gap costs the shorter of a movement and of what stands in it,
//! blanks are erased where that is shorter, and a style costs what differs from the one before.

mod pen;
mod place;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::{Position, Size};
use unicode_width::UnicodeWidthChar;

use pen::Pen;
use place::Place;

/// Turns frames into bytes.
#[derive(Debug)]
pub struct Painter {
    erasing: Erasing,
    size: Size,
    /// What the terminal shows, row by row; nothing if that is not known.
    shown: Vec<Glyph>,
    pen: Option<Pen>,
    place: Place,
    is_cursor_shown: Option<bool>,
    /// Starts with [`SYNCHRONIZED`], which small frames leave out when they are sent.
    frame: Vec<u8>,
}

/// How a terminal erases cells within a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasing {
    /// A number of them (ECH).
    Cells,
    /// Only all to the end of the line (EL), as the VT100 did.
    ToEndOfLine,
}

impl Erasing {
    /// What a terminal of that name (`TERM`) does. The names are those whose terminfo entry has
    /// `ech`, and those of tmux, which does it whatever its entry says.
    pub fn of_terminal(name: &str) -> Self {
        const CELLS: [&str; 16] = [
            "xterm",
            "linux",
            "tmux",
            "alacritty",
            "contour",
            "foot",
            "ghostty",
            "gnome",
            "iterm",
            "kitty",
            "konsole",
            "mlterm",
            "putty",
            "rxvt-unicode",
            "vte",
            "wezterm",
        ];
        if CELLS.iter().any(|start| name.starts_with(start)) {
            Self::Cells
        } else {
            Self::ToEndOfLine
        }
    }
}

/// What is in a column of the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Glyph {
    /// The beginning of a character, or a blank.
    Cell(Cell),
    /// The second column of the character before.
    Covered,
    /// Something else than was sent, perhaps.
    Unknown,
}

/// What shall be in a column.
#[derive(Debug, Clone, Copy)]
enum Wanted<'frame> {
    Cell(&'frame Cell),
    Covered,
}

/// The terminal shows nothing until the end mark (a DEC private mode that others ignore).
const SYNCHRONIZED: &[u8] = b"\x1b[?2026h";
const SYNCHRONIZED_END: &[u8] = b"\x1b[?2026l";

/// A write of up to so many bytes reaches the terminal as a whole: the line discipline and the
/// terminals read in blocks of at least this size. Longer frames are marked against tearing, and
/// the usual key pays nothing for it.
const WHOLE: usize = 1024;

const BLANK: Cell = Cell::EMPTY;

impl Painter {
    /// For a terminal of which nothing is known.
    pub fn new(erasing: Erasing) -> Self {
        let mut frame = Vec::with_capacity(16 * 1024);
        frame.extend_from_slice(SYNCHRONIZED);
        Self {
            erasing,
            size: Size::ZERO,
            shown: Vec::new(),
            pen: None,
            place: Place::Unknown,
            is_cursor_shown: None,
            frame,
        }
    }

    /// Something else has written on the terminal: the next frame sends everything.
    pub fn forget(&mut self) {
        self.shown.clear();
        self.size = Size::ZERO;
        self.pen = None;
        self.place = Place::Unknown;
        self.is_cursor_shown = None;
    }

    /// Makes the terminal show `buffer`.
    pub fn paint(&mut self, buffer: &Buffer) {
        if self.size != buffer.area.as_size() || self.shown.is_empty() {
            self.begin(buffer.area.as_size());
        }
        let width = usize::from(self.size.width);
        if width == 0 {
            return;
        }
        let mut wanted = Vec::with_capacity(width);
        for (y, cells) in (0..self.size.height).zip(buffer.content.chunks(width)) {
            let row = usize::from(y) * width;
            let shown = self.shown[row..row + width].iter().zip(cells);
            if shown
                .into_iter()
                .all(|(shown, cell)| is_as_before(shown, cell))
            {
                continue;
            }
            wanted.clear();
            wanted_of(cells, &mut wanted);
            self.paint_row(y, &wanted);
        }
    }

    /// Puts the cursor where the frame wants it, and sends what there is to send in one write.
    pub fn finish(&mut self, cursor: Option<Position>, mut terminal: impl Write) -> io::Result<()> {
        if let Some(position) = cursor {
            self.go_to(position);
        }
        if self.is_cursor_shown != Some(cursor.is_some()) {
            let show: &[u8] = if cursor.is_some() {
                b"\x1b[?25h"
            } else {
                b"\x1b[?25l"
            };
            self.frame.extend_from_slice(show);
            self.is_cursor_shown = Some(cursor.is_some());
        }
        let drawn = self.frame.len() - SYNCHRONIZED.len();
        let sent = if drawn == 0 {
            Ok(())
        } else if drawn <= WHOLE {
            terminal.write_all(&self.frame[SYNCHRONIZED.len()..])
        } else {
            self.frame.extend_from_slice(SYNCHRONIZED_END);
            terminal.write_all(&self.frame)
        };
        self.frame.truncate(SYNCHRONIZED.len());
        sent
    }

    /// An empty screen. Where the alternate screen is not known (the Linux console, `screen` as it
    /// comes), what the shell wrote is still there.
    fn begin(&mut self, size: Size) {
        self.size = size;
        self.shown.clear();
        let cells = usize::from(size.width) * usize::from(size.height);
        self.shown.resize(cells, Glyph::Cell(BLANK));
        self.pen = None;
        self.place = Place::Unknown;
        self.write_with(Pen::PLAIN);
        self.frame.extend_from_slice(b"\x1b[2J");
    }

    fn paint_row(&mut self, y: u16, wanted: &[Wanted<'_>]) {
        let row = usize::from(y) * wanted.len();
        let mut x = 0;
        while let Some(next) = self.first_change(row, wanted, x) {
            self.cross(y, next, wanted);
            x = match wanted[next] {
                Wanted::Cell(cell) if is_erasable(cell) => self.blanks(row, next, wanted),
                Wanted::Cell(cell) => self.character(row, next, cell, wanted.len()),
                // The character that covers it has changed too, and was put there.
                Wanted::Covered => next + 1,
            };
        }
    }

    /// The first column from `x` on that looks different.
    fn first_change(&self, row: usize, wanted: &[Wanted<'_>], x: usize) -> Option<usize> {
        let shown = &self.shown[row + x..row + wanted.len()];
        let mut pairs = wanted[x..].iter().zip(shown);
        pairs
            .position(|(wanted, shown)| !shows(shown, *wanted))
            .map(|place| x + place)
    }

    /// Brings the cursor to a column, over what is there if that is shorter.
    fn cross(&mut self, y: u16, x: usize, wanted: &[Wanted<'_>]) {
        let target = Position::new(column(x), y);
        if self.place == Place::At(target) {
            return;
        }
        let way = self.place.way_to(target);
        if let Place::At(here) = self.place
            && here.y == y
            && here.x < target.x
            && let Some(over) = self.over(&wanted[usize::from(here.x)..x], way.bytes().len())
        {
            self.frame.extend_from_slice(&over.0);
            self.pen = Some(over.1);
        } else {
            self.frame.extend_from_slice(way.bytes());
        }
        self.place = Place::At(target);
    }

    /// The bytes that write what stands in a gap once more, if they are not more than `limit`.
    fn over(&self, gap: &[Wanted<'_>], limit: usize) -> Option<(Vec<u8>, Pen)> {
        let mut pen = self.pen?;
        let mut bytes = Vec::new();
        if gap.len() > limit {
            return None;
        }
        for (place, wanted) in gap.iter().enumerate() {
            match wanted {
                Wanted::Cell(cell) => {
                    if !is_agreed(cell.symbol()) {
                        return None;
                    }
                    let needed = Pen::of(cell);
                    if !(is_blank(cell) && pen.is_same_on_blank(needed)) {
                        needed.write(Some(pen), &mut bytes);
                        pen = needed;
                    }
                    bytes.extend_from_slice(cell.symbol().as_bytes());
                }
                // The cursor is in the middle of a character.
                Wanted::Covered if place == 0 => return None,
                Wanted::Covered => {}
            }
            if bytes.len() > limit {
                return None;
            }
        }
        Some((bytes, pen))
    }

    /// Makes a run of columns blank; gives the column behind those that are done.
    fn blanks(&mut self, row: usize, start: usize, wanted: &[Wanted<'_>]) -> usize {
        let run = wanted[start..].iter().take_while(|wanted| match wanted {
            Wanted::Cell(cell) => is_erasable(cell),
            Wanted::Covered => false,
        });
        let end = start + run.count();
        let is_changed = |x: &usize| !shows(&self.shown[row + x], wanted[*x]);
        let last = (start..end).rev().find(is_changed).unwrap_or(start);
        // Writing blanks crosses a short gap in the run, too.
        let first_gap = (start..end).find(|x| !is_changed(x)).unwrap_or(end);
        let count = last + 1 - start;
        if !self.pen.is_some_and(Pen::is_plain_on_blank) {
            self.write_with(Pen::PLAIN);
        }
        let erase = self.erasing_of(count, end == wanted.len(), || {
            self.first_change(row, wanted, end).is_some()
        });
        let done = if let Some(erase) = erase {
            self.frame.extend_from_slice(&erase);
            last + 1
        } else {
            self.frame
                .extend(std::iter::repeat_n(b' ', first_gap.min(last + 1) - start));
            self.advance(first_gap.min(last + 1) - start, wanted.len());
            first_gap.min(last + 1)
        };
        self.shown[row + start..row + done].fill(Glyph::Cell(BLANK));
        done
    }

    /// The sequence that erases so many cells from the cursor on, if that is shorter than blanks.
    fn erasing_of(
        &self,
        count: usize,
        is_rest_of_line: bool,
        is_more_behind: impl Fn() -> bool,
    ) -> Option<Vec<u8>> {
        if is_rest_of_line {
            return (count > 3).then(|| b"\x1b[K".to_vec());
        }
        if self.erasing == Erasing::ToEndOfLine || count < 5 {
            return None;
        }
        let mut erase = b"\x1b[".to_vec();
        push_number(&mut erase, column(count));
        erase.push(b'X');
        // It leaves the cursor where it is.
        let way_behind = if is_more_behind() { erase.len() } else { 0 };
        (count > erase.len() + way_behind).then_some(erase)
    }

    /// Puts a character; gives the column behind it.
    fn character(&mut self, row: usize, x: usize, cell: &Cell, columns: usize) -> usize {
        let width = width_of(cell);
        self.write_with(Pen::of(cell));
        if is_agreed(cell.symbol()) {
            self.frame.extend_from_slice(cell.symbol().as_bytes());
            self.advance(width, columns);
        } else {
            self.disputed(row, x, cell, columns);
        }
        self.shown[row + x] = Glyph::Cell(cell.clone());
        self.shown[row + x + 1..row + x + width].fill(Glyph::Covered);
        x + width
    }

    /// Puts a character that some terminals draw wider or narrower than ratatui reckons, such as a
    /// sequence of emoji: what it may leave or touch is put right.
    fn disputed(&mut self, row: usize, x: usize, cell: &Cell, columns: usize) {
        let symbol = cell.symbol();
        let width = width_of(cell);
        let y = column(row / columns);
        let here = Position::new(column(x), y);
        self.frame.extend(std::iter::repeat_n(b' ', width));
        self.advance(width, columns);
        self.go_to(here);
        let widest: usize = symbol.chars().map(|c| c.width().unwrap_or(0)).sum();
        // What goes on in the next line could not be put right: its first character has to do.
        let end = if x + widest <= columns {
            symbol.len()
        } else {
            symbol.chars().next().map_or(0, char::len_utf8)
        };
        self.frame.extend_from_slice(&symbol.as_bytes()[..end]);
        self.place = Place::Row(y);
        let touched = (x + width)..(x + widest).min(columns);
        for x in touched {
            self.shown[row + x] = Glyph::Unknown;
        }
    }

    fn write_with(&mut self, pen: Pen) {
        pen.write(self.pen, &mut self.frame);
        self.pen = Some(pen);
    }

    fn go_to(&mut self, target: Position) {
        if self.place != Place::At(target) {
            let way = self.place.way_to(target);
            self.frame.extend_from_slice(way.bytes());
            self.place = Place::At(target);
        }
    }

    /// The cursor went on by that many columns. Behind the last one it depends on the terminal.
    fn advance(&mut self, by: usize, columns: usize) {
        if let Place::At(here) = self.place {
            let x = usize::from(here.x) + by;
            self.place = if x < columns {
                Place::At(Position::new(column(x), here.y))
            } else {
                Place::Row(here.y)
            };
        }
    }
}

/// What the columns of a row shall be. A wide character covers the next cell; if something was put
/// there later, such as the frame of a popup, the half that is left is blank.
fn wanted_of<'frame>(cells: &'frame [Cell], wanted: &mut Vec<Wanted<'frame>>) {
    let mut covered = 0;
    for (x, cell) in cells.iter().enumerate() {
        if covered > 0 {
            covered -= 1;
            wanted.push(Wanted::Covered);
            continue;
        }
        let width = width_of(cell);
        if width == 1 {
            wanted.push(Wanted::Cell(cell));
            continue;
        }
        let hidden = cells.get(x + 1..x + width);
        if hidden.is_none_or(|hidden| !hidden.iter().all(is_blank)) {
            // At the edge it would go to the next line.
            wanted.push(Wanted::Cell(&BLANK));
        } else {
            wanted.push(Wanted::Cell(cell));
            covered = width - 1;
        }
    }
}

/// Whether a column looks as it shall.
fn shows(shown: &Glyph, wanted: Wanted<'_>) -> bool {
    match (shown, wanted) {
        // What is most often the case is quickly said.
        (Glyph::Cell(shown), Wanted::Cell(wanted)) if is_same(shown, wanted) => true,
        (Glyph::Cell(shown), Wanted::Cell(wanted)) => {
            let (is, shall) = (Pen::of(shown), Pen::of(wanted));
            shown.symbol() == wanted.symbol()
                && (is == shall || (is_blank(wanted) && is.is_same_on_blank(shall)))
        }
        (Glyph::Covered, Wanted::Covered) => true,
        (Glyph::Cell(_), Wanted::Covered)
        | (Glyph::Covered, Wanted::Cell(_))
        | (Glyph::Unknown, _) => false,
    }
}

/// Whether a column is the same without a doubt. This is quickly said of nearly all rows of a frame.
fn is_as_before(shown: &Glyph, cell: &Cell) -> bool {
    match shown {
        Glyph::Cell(shown) => is_same(shown, cell),
        Glyph::Covered | Glyph::Unknown => false,
    }
}

/// Whether two cells are the same. Thousands are compared for a frame, and nearly all have one byte.
fn is_same(left: &Cell, right: &Cell) -> bool {
    let is_same_symbol = match (left.symbol().as_bytes(), right.symbol().as_bytes()) {
        ([left], [right]) => left == right,
        (left, right) => left == right,
    };
    is_same_symbol && Pen::of(left) == Pen::of(right)
}

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " "
}

/// Whether erasing gives this cell.
fn is_erasable(cell: &Cell) -> bool {
    is_blank(cell) && Pen::of(cell).is_plain_on_blank()
}

/// Columns that a cell takes, at least one.
fn width_of(cell: &Cell) -> usize {
    if cell.symbol().len() == 1 {
        return 1;
    }
    usize::from(cell.cell_width()).max(1)
}

/// Whether all terminals draw a character as wide as ratatui reckons: one, with marks that take no
/// room. Joined and coloured emoji are sequences that only some know.
fn is_agreed(symbol: &str) -> bool {
    if symbol.len() == 1 {
        return true;
    }
    let mut characters = symbol.chars();
    characters
        .next()
        .is_some_and(|first| first.width().is_some_and(|width| width > 0))
        && characters.all(|mark| {
            mark.width() == Some(0) && !matches!(mark, '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
        })
}

fn column(x: usize) -> u16 {
    u16::try_from(x).unwrap_or(u16::MAX)
}

fn push_number(out: &mut Vec<u8>, number: u16) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push(digit(number));
}

/// The last digit of a number.
fn digit(number: u16) -> u8 {
    b"0123456789"[usize::from(number % 10)]
}
