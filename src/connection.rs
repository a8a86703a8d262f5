//! The words of the domain: a connection's id, a place in a file, a finding about one, a secret.

mod locator;

use std::collections::HashSet;
use std::fmt;

pub use locator::Locator;

/// A place in a text file. Both count from 1; columns count Unicode scalar values, and a byte
/// order mark is not a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
}

impl Location {
    /// The place of byte `offset` in `text`. An offset behind the end is the end.
    pub fn of_offset(text: &str, offset: usize) -> Self {
        let text = text
            .strip_prefix('\u{feff}')
            .map_or((text, offset), |rest| {
                (rest, offset.saturating_sub('\u{feff}'.len_utf8()))
            });
        let (text, offset) = (text.0, text.1.min(text.0.len()));
        let before = &text.as_bytes()[..offset];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |found| found + 1);
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        // Counting the bytes that start a scalar value is right even inside of one.
        let column = before[line_start..]
            .iter()
            .filter(|byte| (**byte & 0b1100_0000) != 0b1000_0000)
            .count()
            + 1;
        Self {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.line, self.column)
    }
}

/// What workflows call a connection: the stem of its file's name.
///
/// Any stem that is on disk is an id; only [`ConnectionId::check_new`] is strict, for ids that
/// Conndeck itself creates.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct ConnectionId(String);

impl ConnectionId {
    /// The longest id that Conndeck creates, in bytes.
    pub const MAX_LENGTH: usize = 128;

    /// Takes any text, as found on disk or in a workflow.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Conndeck may create a file for this id: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`, and not
    /// a device name of Windows, where the repository may be checked out as well.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn check_new(text: &str) -> Result<(), &'static str> {
        let mut characters = text.chars();
        let Some(first) = characters.next() else {
            return Err("an id is needed");
        };
        if !first.is_ascii_alphanumeric() {
            return Err("an id starts with a letter or digit (A-Z, a-z, 0-9)");
        }
        if !characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')) {
            return Err("an id has only letters, digits, `.`, `_` and `-`");
        }
        if text.len() > Self::MAX_LENGTH {
            return Err("an id has at most 128 characters");
        }
        if text.ends_with('.') {
            return Err("an id can't end with a dot");
        }
        let stem = text.split('.').next().unwrap_or(text).to_ascii_lowercase();
        let numbered = |prefix: &str| {
            stem.strip_prefix(prefix)
                .is_some_and(|rest| matches!(rest.as_bytes(), [b'1'..=b'9']))
        };
        if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
            || numbered("com")
            || numbered("lpt")
        {
            return Err("this id is a device name on Windows");
        }
        Ok(())
    }

    /// An id for a connection of that name: what is left of it in lower case, or of the type, and with
    /// a number if it is taken. `taken` is in lower case. Empty if there is nothing to make one of.
    pub fn propose(name: &str, type_name: &str, taken: &HashSet<String>) -> String {
        let slug = |text: &str| {
            let mut out = String::new();
            for character in text.chars() {
                if character.is_ascii_alphanumeric() || character == '_' {
                    out.push(character.to_ascii_lowercase());
                } else if !out.is_empty() && !out.ends_with('-') {
                    out.push('-');
                }
            }
            let out = out.trim_matches(['-', '_']);
            out[..out.len().min(Self::MAX_LENGTH - 4)]
                .trim_end_matches('-')
                .to_owned()
        };
        if name.trim().is_empty() {
            return String::new();
        }
        let from_name = slug(name);
        let base = if !from_name.is_empty() {
            from_name
        } else if type_name.is_empty() {
            // A name in another script, and no type yet: there is nothing to propose.
            return String::new();
        } else {
            slug(type_name)
        };
        // One more than there are connections is enough for a free one.
        std::iter::once(base.clone())
            .chain((2..=taken.len() + 2).map(|number| format!("{base}-{number}")))
            .find(|id| !taken.contains(id) && Self::check_new(id).is_ok())
            .unwrap_or(base)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// Probably not what was meant; it may still work.
    Warning,
    /// It can't work, or can't be read.
    Error,
}

/// Something about user data that a person should know. Wrong data is never an `Err`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name as in the command line's contract, such as `unknown-field`.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where in the file, if it is about one place.
    pub location: Option<Location>,
    /// What is wrong: lower case, no period, values in backticks, never a secret.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A value that must not be shown, logged or printed unless somebody asks for this very one.
/// `Debug` hides it; there is no `Display`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// What stands in a secret's place: of fixed width, so that it tells no length.
    pub const MASK: &'static str = "••••••••";

    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself. Every call is a place where a secret can leave.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// Whether a character does something to a terminal, or to what a person reads there, other than
/// stand for itself: control characters, line separators, what can't be seen at all, and the marks that reorder text
/// (Unicode, UAX 9). The joiners are none of these: some languages are not written without them.
pub fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{61c}'
                | '\u{feff}'
        )
}

/// Whether a text is nothing but printing ASCII, as nearly every one is: told for many bytes at once,
/// and nothing of it [is harmful](is_harmful).
pub fn is_plain_ascii(text: &[u8]) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~');
    text.iter().fold(true, |all, byte| all & is_plain(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_names() {
        let taken: HashSet<String> = ["openai".to_owned(), "con".to_owned()].into();
        let propose = |name: &str, kind: &str| ConnectionId::propose(name, kind, &taken);
        assert_eq!(propose("OpenAI (production)", ""), "openai-production");
        assert_eq!(propose("OpenAI", ""), "openai-2");
        assert_eq!(propose("本番データベース", "PostgreSQL"), "postgresql");
        assert_eq!(propose("🎉", ""), "");
        assert_eq!(propose("  ", "OpenAI"), "");
        assert_eq!(propose("CON", ""), "con-2");
        assert!(ConnectionId::check_new(&propose(&"long ".repeat(90), "")).is_ok());
    }

    #[test]
    fn a_location_counts_characters_and_skips_the_byte_order_mark() {
        let text = "\u{feff}a: 日本x\nb: y\n";
        let x = text.find('x').unwrap();
        assert_eq!(Location::of_offset(text, x).to_string(), "1:6");
        let y = text.find('y').unwrap();
        assert_eq!(Location::of_offset(text, y).to_string(), "2:4");
        assert_eq!(Location::of_offset(text, 999).to_string(), "3:1");
        assert_eq!(Location::of_offset("", 0).to_string(), "1:1");
    }

    #[test]
    fn new_ids_are_portable() {
        for good in ["openai", "a", "9.x_y-Z", "console", "com10"] {
            assert_eq!(ConnectionId::check_new(good), Ok(()), "{good}");
        }
        let long = "x".repeat(129);
        for bad in [
            "",
            "../x",
            "a/b",
            "-rf",
            ".a",
            "a b",
            "é",
            "CON",
            "con.prod",
            "LPT1",
            "a.",
            &long,
            "a\n",
            "a\u{1b}[0m",
        ] {
            assert!(ConnectionId::check_new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_secret_is_not_in_debug_output() {
        assert!(!format!("{:?}", Secret::new("sk-canary")).contains("canary"));
    }

    #[test]
    fn printing_ascii_is_what_is_never_harmful() {
        for character in '\0'..='\u{3000}' {
            let mut bytes = [0; 4];
            if is_plain_ascii(character.encode_utf8(&mut bytes).as_bytes()) {
                assert!(
                    !is_harmful(character) && character.is_ascii(),
                    "{character:?}"
                );
            } else {
                assert!(
                    is_harmful(character) || !character.is_ascii(),
                    "{character:?}"
                );
            }
        }
        assert!(is_plain_ascii(b"") && !is_plain_ascii(b"a\nb"));
    }
}
