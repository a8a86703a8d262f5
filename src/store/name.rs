//! The names of files: which are connections, which id they have, how they are shown.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

use unicode_normalization::UnicodeNormalization as _;

use crate::connection::is_harmful;

/// Whether a directory entry of this name is a connection file: `*.yaml` or `*.yml`, not hidden,
/// not what an editor drops.
///
/// Most droppings have other endings (`x.yaml.swp`, `x.yaml~`, `4913`) or are hidden (`.#x.yaml`).
pub fn is_connection_file_name(name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    let dropping = bytes.starts_with(b".") || (bytes.starts_with(b"#") && bytes.ends_with(b"#"));
    !dropping && stem(bytes).is_some_and(|stem| !stem.is_empty())
}

/// Whether Conndeck may write a file of this name: it is text, and shows as what it is.
pub(super) fn is_plain(name: &OsStr) -> bool {
    name.to_str()
        .is_some_and(|name| !name.chars().any(is_harmful))
}

/// A name or path as it can be shown in a terminal: what is no text, moves the cursor or turns the
/// direction of writing is escaped.
pub fn harmless(name: &OsStr) -> String {
    // Nearly everything is plain, and every line of an answer comes by here.
    let plain = |byte: &u8| matches!(byte, b' '..=b'~');
    if name.as_bytes().iter().all(plain) {
        return name.to_string_lossy().into_owned();
    }
    let mut shown = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_harmful(character) {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
        }
        for byte in chunk.invalid() {
            // Writing to a string can't fail.
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// The id of a connection file, as it can be shown.
pub(super) fn id_text(name: &OsStr) -> String {
    let stem = stem(name.as_bytes()).unwrap_or(name.as_bytes());
    harmless(OsStr::from_bytes(stem))
}

/// What two names have in common if they can't live side by side on every system: the id without
/// regard to case, and to whether an accent is part of its letter or a mark behind it, which macOS
/// takes for the same. `None` for what is no connection file.
pub(super) fn folded_id(name: &OsStr) -> Option<String> {
    let shown = harmless(name).to_lowercase().nfc().collect::<String>();
    let stem = stem(shown.as_bytes())?;
    (!stem.is_empty()).then(|| shown[..stem.len()].to_owned())
}

fn stem(name: &[u8]) -> Option<&[u8]> {
    name.strip_suffix(b".yaml")
        .or_else(|| name.strip_suffix(b".yml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_connection_files_count() {
        for name in [
            "a.yaml",
            "a.yml",
            "a.b.yaml",
            "my conn.yaml",
            "~.yaml",
            "é.yaml",
        ] {
            assert!(is_connection_file_name(name.as_ref()), "{name}");
        }
        for name in [
            ".yaml",
            ".a.yaml",
            ".#a.yaml",
            "#a.yaml#",
            "a.yaml~",
            "a.yaml.swp",
            ".a.yaml.swp",
            "4913",
            "a.json",
            "a",
            "yaml",
            "a.YAML",
            ".conndeck-x.tmp",
            "a.yaml.tmp",
        ] {
            assert!(!is_connection_file_name(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn a_name_shows_as_what_it_is() {
        assert_eq!(harmless("plain é日".as_ref()), "plain é日");
        assert_eq!(harmless("a\u{1b}[2J\n".as_ref()), "a\\u{1b}[2J\\n");
        assert_eq!(harmless(OsStr::from_bytes(b"a\xff\x80b")), "a\\xff\\x80b");
        assert_eq!(harmless("a\u{202e}b".as_ref()), "a\\u{202e}b");
        assert!(is_plain("é".as_ref()));
        assert!(!is_plain("a\u{85}".as_ref()));
        assert!(!is_plain(OsStr::from_bytes(b"\xff")));
    }

    #[test]
    fn ids_are_the_same_without_regard_to_case_and_ending() {
        assert_eq!(
            folded_id("Foo.YML".as_ref()),
            folded_id("foo.yaml".as_ref())
        );
        assert_eq!(folded_id("ÉA.yaml".as_ref()), Some("éa".to_owned()));
        assert_ne!(
            folded_id("foo.b.yaml".as_ref()),
            folded_id("foo.yaml".as_ref())
        );
        assert_eq!(
            folded_id("e\u{301}.yaml".as_ref()),
            folded_id("\u{c9}.yaml".as_ref())
        );
        assert_eq!(folded_id("foo.txt".as_ref()), None);
    }
}
