//! Where one character or escape sequence ends in the bytes of a terminal.
//!
//! Knowing this apart from what a sequence means keeps an unknown or broken one from swallowing
//! the keys that follow it.

use std::str::from_utf8;

pub const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;

/// Longer ones are not sequences; real ones have under 40 bytes.
const LONGEST_CONTROL: usize = 64;
/// A terminal's longest answers (colours, names) are far below.
const LONGEST_STRING: usize = 4096;

/// What the bytes start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// A character or sequence of so many bytes.
    Whole(usize),
    /// So many bytes without a meaning.
    Broken(usize),
    /// The start of one whose rest is still to come.
    Partial,
}

/// Finds the end of what `bytes`, which are not empty, start with.
pub fn first(bytes: &[u8]) -> First {
    match bytes {
        [ESCAPE] => First::Partial,
        // Esc was pressed, and then another key.
        [ESCAPE, ESCAPE, ..] => First::Whole(1),
        [ESCAPE, b'[', rest @ ..] => after(2, control(rest)),
        [ESCAPE, b'O', rest @ ..] => after(2, shift_three(rest)),
        [ESCAPE, introducer, rest @ ..] if is_string(*introducer) => after(2, string(rest)),
        // Alt with a character.
        [ESCAPE, rest @ ..] => after(1, character(rest)),
        _ => character(bytes),
    }
}

/// True for the second byte of a sequence that goes on to a terminator: OSC, DCS and APC, which
/// terminals answer with.
pub fn is_string(introducer: u8) -> bool {
    matches!(introducer, b']' | b'P' | b'_')
}

fn after(count: usize, rest: First) -> First {
    match rest {
        First::Whole(more) => First::Whole(count + more),
        First::Broken(more) => First::Broken(count + more),
        First::Partial => First::Partial,
    }
}

fn character(bytes: &[u8]) -> First {
    let Some(first) = bytes.first() else {
        return First::Partial;
    };
    if first.is_ascii() {
        return First::Whole(1);
    }
    let start = &bytes[..bytes.len().min(4)];
    let (valid, broken) = match from_utf8(start) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid = from_utf8(&start[..error.valid_up_to()]);
            (valid.expect("it ends where it is valid"), error.error_len())
        }
    };
    match (valid.chars().next(), broken) {
        (Some(character), _) => First::Whole(character.len_utf8()),
        (None, Some(count)) => First::Broken(count),
        (None, None) => First::Partial,
    }
}

/// After `ESC [`: parameters, intermediates, and a final byte (ECMA-48, section 5.4).
fn control(bytes: &[u8]) -> First {
    match bytes {
        // The function keys F1 to F5 of the Linux console: `ESC [ [ A`.
        [b'['] => return First::Partial,
        [b'[', final_byte, ..] if final_byte.is_ascii_uppercase() => return First::Whole(2),
        // The oldest mouse report: three more bytes, of any value.
        [b'M', ..] => {
            return if bytes.len() < 4 {
                First::Partial
            } else {
                First::Whole(4)
            };
        }
        _ => {}
    }
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            _ if index == LONGEST_CONTROL => return First::Broken(index),
            // rxvt ends a key with Shift so: `ESC [ 3 $`. Answers with `$` have `?` or `;` too.
            b'$' if index > 0 && bytes[..index].iter().all(u8::is_ascii_digit) => {
                return First::Whole(index + 1);
            }
            0x20..=0x3f => {}
            0x40..=0x7e => return First::Whole(index + 1),
            // Another key came in between: this was Alt-[, or is no sequence.
            _ if index == 0 => return First::Whole(0),
            _ => return First::Broken(index),
        }
    }
    First::Partial
}

/// After `ESC O`: one byte.
fn shift_three(bytes: &[u8]) -> First {
    match bytes.first() {
        None => First::Partial,
        Some(0x20..=0x7e) => First::Whole(1),
        // Another key came in between: this was Alt-O.
        Some(_) => First::Whole(0),
    }
}

/// After the introducer of a string: everything up to BEL or `ESC \`.
fn string(bytes: &[u8]) -> First {
    match memchr::memchr2(BELL, ESCAPE, &bytes[..bytes.len().min(LONGEST_STRING)]) {
        Some(end) if bytes[end] == BELL => First::Whole(end + 1),
        Some(end) => match (bytes.get(end + 1), end) {
            (None, _) => First::Partial,
            (Some(b'\\'), _) => First::Whole(end + 2),
            // Another key came in between: this was Alt-], or is no string.
            (Some(_), 0) => First::Whole(0),
            (Some(_), _) => First::Broken(end),
        },
        None if bytes.len() >= LONGEST_STRING => First::Broken(LONGEST_STRING),
        None => First::Partial,
    }
}
