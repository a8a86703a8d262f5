//! The byte filter: a file in which an id can't be spelt or composed needs no parse for that id.
//!
//! It may keep a file that does not use the id, and never rules out one that may. An id reaches a
//! reference by its own bytes; by escapes in double quotes; by interpolations in, or reachable from,
//! a reference value; or in an encoding other than UTF-8. `${oc.env:…}` as the value of some other
//! key is none of these, and nearly every file has it.

use std::collections::BTreeSet;
use std::fmt;

use memchr::memmem;

use super::Options;

/// Whether a parse of `bytes` could show a use of `id`. [`Filter`] is this for many files.
pub fn mentions(bytes: &[u8], id: &str, options: &Options) -> bool {
    Filter::new([id], options).keeps(bytes)
}

/// The filter for a set of ids.
pub struct Filter<'o> {
    finders: Vec<memmem::Finder<'o>>,
    /// Some id has characters that line folding or quoting may change.
    any_is_unusual: bool,
    interpolation: memmem::Finder<'static>,
    options: &'o Options,
}

impl<'o> Filter<'o> {
    /// Prepares the search for any of `ids`.
    pub fn new(ids: impl IntoIterator<Item = &'o str>, options: &'o Options) -> Self {
        let mut any_is_unusual = false;
        let finders = ids
            .into_iter()
            .inspect(|id| any_is_unusual |= !is_usual(id))
            .map(|id| memmem::Finder::new(id.as_bytes()))
            .collect();
        Self {
            finders,
            any_is_unusual,
            interpolation: memmem::Finder::new(b"${"),
            options,
        }
    }

    /// Whether a parse of `bytes` could show a use of one of the ids.
    pub fn keeps(&self, bytes: &[u8]) -> bool {
        self.any_is_unusual
            || self
                .finders
                .iter()
                .any(|finder| finder.find(bytes).is_some())
            || is_encoded(bytes)
            || has_escapes(bytes)
            || self.may_compose(bytes)
    }

    /// Whether interpolations may put an id together in a reference value.
    fn may_compose(&self, bytes: &[u8]) -> bool {
        self.interpolation
            .find_iter(bytes)
            .any(|at| !self.is_field_from_environment(bytes, at))
    }

    /// Whether the interpolation at `at` is `${oc.env:…}` in the value of a key, on the key's line,
    /// that names no connection, and that no alias can carry elsewhere.
    ///
    /// If the `key: ` found here is itself text within a longer value, that value contains `: ` and
    /// is no usual id, so looking at one line is enough.
    fn is_field_from_environment(&self, bytes: &[u8], at: usize) -> bool {
        if !bytes[at..].starts_with(b"${oc.env:") {
            return false;
        }
        let line = memchr::memrchr2(b'\n', b'\r', &bytes[..at]).map_or(0, |end| end + 1);
        let before = &bytes[line..at];
        let Some(colon) = memmem::rfind(before, b": ") else {
            return false;
        };
        let value = before[colon + 2..].trim_ascii_start();
        if value
            .first()
            .is_some_and(|first| b"&*!|>%@?{[".contains(first))
            || value.iter().any(|byte| b",[]#".contains(byte))
            || has_brace(value)
            || has_late_line_break(value)
        {
            return false;
        }
        let key = &before[..colon];
        let (key, quote) = match key.split_last() {
            Some((quote @ (b'"' | b'\''), rest)) => (rest, Some(*quote)),
            _ => (key, None),
        };
        let is_word =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let start = key
            .iter()
            .rposition(|byte| !is_word(byte))
            .map_or(0, |n| n + 1);
        let (outside, word) = key.split_at(start);
        let is_whole = match (outside.last(), quote) {
            (None | Some(b' ' | b'{' | b','), None) => true,
            (Some(opening), Some(quote)) => *opening == quote,
            _ => false,
        };
        is_whole && !word.is_empty() && !self.names_connections(word)
    }

    fn names_connections(&self, key: &[u8]) -> bool {
        matches!(key, b"connection" | b"connection_id" | b"connections")
            || self
                .options
                .reference_keys
                .iter()
                .any(|own| own.as_bytes() == key)
    }
}

/// Which ids a text can spell: the filter for ids that are only asked for later.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Spelling {
    /// The words of the text, each once, with a space between; `None` if it may spell any id.
    words: Option<Box<str>>,
}

/// More words than this are not kept: then the text may spell any id.
const MOST_KEPT: usize = 1 << 20;

impl Spelling {
    /// What `bytes` can spell.
    pub fn of(bytes: &[u8], options: &Options) -> Self {
        if Filter::new([], options).keeps(bytes) {
            return Self::default();
        }
        let words: BTreeSet<&[u8]> = bytes
            .split(|byte| !is_usual_byte(*byte))
            .filter(|word| !word.is_empty())
            .collect();
        let words: Vec<u8> = words.into_iter().collect::<Vec<_>>().join(&b' ');
        Self {
            words: String::from_utf8(words)
                .ok()
                .filter(|words| words.len() <= MOST_KEPT)
                .map(String::into_boxed_str),
        }
    }

    /// Whether the text can spell `id`: what [`mentions`] says.
    pub fn allows(&self, id: &str) -> bool {
        match &self.words {
            // A usual id stands within one word.
            Some(words) => !is_usual(id) || words.contains(id),
            None => true,
        }
    }
}

/// The words may be secrets.
impl fmt::Debug for Spelling {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.words {
            Some(_) => "Spelling(some ids)",
            None => "Spelling(any id)",
        })
    }
}

/// Letters, digits, `.`, `_` and `-`: neither quoting nor folding changes how these are written.
fn is_usual(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(is_usual_byte)
}

fn is_usual_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// Not plain UTF-8: another encoding, or none.
fn is_encoded(bytes: &[u8]) -> bool {
    memchr::memchr(0, bytes).is_some() || std::str::from_utf8(bytes).is_err()
}

/// Whether a backslash may spell a usual id otherwise: `\x6f`, `\u006f`, or an escaped line break.
fn has_escapes(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', bytes).any(|at| {
        let rest = &bytes[at + 1..];
        matches!(rest.first(), Some(b'x' | b'u' | b'U' | b'\n' | b'\r'))
            || starts_with_late_line_break(rest)
    })
}

/// A line break of YAML 1.1 that 1.2 does not know: next line, line and paragraph separator.
fn starts_with_late_line_break(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xc2\x85")
        || bytes.starts_with(b"\xe2\x80\xa8")
        || bytes.starts_with(b"\xe2\x80\xa9")
}

fn has_late_line_break(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(0xc2, 0xe2, bytes).any(|at| starts_with_late_line_break(&bytes[at..]))
}

/// A brace that is not part of `${…}`.
fn has_brace(bytes: &[u8]) -> bool {
    let mut open = 0usize;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'$' => open += 1,
            b'{' => return true,
            b'}' => match open.checked_sub(1) {
                Some(rest) => open = rest,
                None => return true,
            },
            _ => {}
        }
    }
    false
}
