//! Byte offsets to lines and columns, for many offsets of one text.

use crate::connection::Location;

/// Counts on from the place before, so that all uses of a text cost one pass over it.
pub(super) struct Locator<'t> {
    text: &'t str,
    offset: usize,
    line: u32,
    column: u32,
    /// Where each line begins; made when an offset lies before the last one.
    line_starts: Vec<usize>,
}

impl<'t> Locator<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            // The byte order mark is not a column.
            offset: if text.starts_with('\u{feff}') { 3 } else { 0 },
            line: 1,
            column: 1,
            line_starts: Vec::new(),
        }
    }

    pub(super) fn locate(&mut self, offset: usize) -> Location {
        let offset = offset.min(self.text.len());
        if offset < self.offset {
            self.go_back(offset);
        }
        if let Some(between) = self.text.as_bytes().get(self.offset..offset) {
            if let Some(last) = memchr::memrchr(b'\n', between) {
                let lines = memchr::memchr_iter(b'\n', between).count();
                self.line = self.line.saturating_add(count(lines));
                self.column = 1 + characters(&between[last + 1..]);
            } else {
                self.column = self.column.saturating_add(characters(between));
            }
            self.offset = offset;
        }
        Location {
            line: self.line,
            column: self.column,
        }
    }

    /// To the start of the line that `offset` is in.
    fn go_back(&mut self, offset: usize) {
        if self.line_starts.is_empty() {
            let bytes = self.text.as_bytes();
            self.line_starts
                .push(if bytes.starts_with(b"\xef\xbb\xbf") {
                    3
                } else {
                    0
                });
            self.line_starts
                .extend(memchr::memchr_iter(b'\n', bytes).map(|end| end + 1));
        }
        let line = self
            .line_starts
            .partition_point(|start| *start <= offset)
            .max(1);
        self.offset = self.line_starts[line - 1];
        self.line = count(line);
        self.column = 1;
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
