//! A place in a text in half the memory: an index has hundreds of thousands of them.

use std::fmt;
use std::ops::Range;

/// The bytes of a part of a text. Texts are shorter than 4 GiB: [`super::scan`] takes no others.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last.
    pub end: u32,
}

impl Span {
    /// The same as a range, to take it out of a text.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<&Range<usize>> for Span {
    fn from(range: &Range<usize>) -> Self {
        // A place behind all that can be noted is no place in any text.
        let noted = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            start: noted(range.start),
            end: noted(range.end),
        }
    }
}

impl PartialEq<Span> for Range<usize> {
    fn eq(&self, other: &Span) -> bool {
        *self == other.range()
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.range().fmt(out)
    }
}
