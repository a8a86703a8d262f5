//! Byte offsets to lines and columns, for many offsets of one text.

use super::Location;

/// How far two marks are apart, in bytes: a lookup counts no more than that.
const STRIDE: usize = 1024;

/// Counts on from the place before, so that all uses of a text cost one pass over it. For an offset
/// that lies further back it keeps marks, so that no order of offsets costs more than two passes.
#[derive(Debug, Clone)]
pub struct Locator<'t> {
    text: &'t str,
    at: Mark,
    /// The place of every [`STRIDE`]th byte; made when an offset first lies before the last one.
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    offset: usize,
    line: u32,
    column: u32,
}

impl<'t> Locator<'t> {
    /// For the places of this text.
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            at: start(text),
            marks: Vec::new(),
        }
    }

    /// The place of byte `offset`. An offset behind the end is the end.
    pub fn locate(&mut self, offset: usize) -> Location {
        let offset = offset.min(self.text.len());
        if offset < self.at.offset {
            self.go_back(offset);
        }
        self.at = advance(self.text, self.at, offset);
        Location {
            line: self.at.line,
            column: self.at.column,
        }
    }

    /// To the last mark before `offset`.
    fn go_back(&mut self, offset: usize) {
        if self.marks.is_empty() {
            let mut mark = start(self.text);
            while mark.offset < self.text.len() {
                self.marks.push(mark);
                mark = advance(self.text, mark, mark.offset + STRIDE);
            }
        }
        let behind = self.marks.partition_point(|mark| mark.offset <= offset);
        self.at = match behind.checked_sub(1) {
            Some(last) => self.marks[last],
            None => start(self.text),
        };
    }
}

/// The byte order mark is not a column.
fn start(text: &str) -> Mark {
    Mark {
        offset: if text.starts_with('\u{feff}') { 3 } else { 0 },
        line: 1,
        column: 1,
    }
}

fn advance(text: &str, from: Mark, to: usize) -> Mark {
    let to = to.min(text.len());
    let Some(between) = text.as_bytes().get(from.offset..to) else {
        return from;
    };
    match memchr::memrchr(b'\n', between) {
        Some(last) => Mark {
            offset: to,
            line: from
                .line
                .saturating_add(count(memchr::memchr_iter(b'\n', between).count())),
            column: 1 + characters(&between[last + 1..]),
        },
        None => Mark {
            offset: to,
            line: from.line,
            column: from.column.saturating_add(characters(between)),
        },
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Counts the bytes that begin a scalar value.
fn characters(bytes: &[u8]) -> u32 {
    let starts = bytes
        .iter()
        .filter(|byte| (**byte & 0b1100_0000) != 0b1000_0000);
    count(starts.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_order_gives_what_counting_from_the_start_gives() {
        let line = "connection: é日本x # ".repeat(120) + "\n";
        let text = format!("\u{feff}{line}\n{}", line.repeat(3));
        let mut locator = Locator::new(&text);
        let mut offset = 7;
        for _ in 0..2000 {
            offset = (offset * 31 + 17) % (text.len() + 1);
            if text.is_char_boundary(offset) && offset >= 3 {
                let expected = Location::of_offset(&text, offset);
                assert_eq!(locator.locate(offset), expected, "{offset}");
            }
        }
    }
}
