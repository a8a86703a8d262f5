//! The names of files: which are connections, which id they have, how they are shown.

use std::ffi::OsStr;
use std::fmt::Write;
use std::hash::{BuildHasher, Hasher};
use std::os::unix::ffi::OsStrExt;

use unicode_normalization::UnicodeNormalization as _;

use crate::connection::{ConnectionId, is_harmful, is_plain_ascii};

/// What the names of connection files end with.
const ENDINGS: [&[u8]; 2] = [b".yaml", b".yml"];

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
    is_simple(name)
        || name
            .to_str()
            .is_some_and(|name| !name.chars().any(is_harmful))
}

/// A name or path as it can be shown in a terminal: what is no text, moves the cursor or turns the
/// direction of writing is escaped.
pub fn harmless(name: &OsStr) -> String {
    let mut shown = String::with_capacity(name.len());
    put_harmless(&mut shown, name);
    shown
}

/// [`harmless`], put behind what is there.
pub fn put_harmless(shown: &mut String, name: &OsStr) {
    // Nearly everything is plain, and every line of an answer comes by here.
    if is_simple(name)
        && let Some(name) = name.to_str()
    {
        shown.push_str(name);
        return;
    }
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
}

/// The id of a connection file of this name.
pub fn id_of_file(name: &OsStr) -> ConnectionId {
    ConnectionId::new(id_text(name))
}

/// The id of a connection file, as it can be shown.
pub(super) fn id_text(name: &OsStr) -> String {
    harmless(OsStr::from_bytes(id_bytes(name)))
}

/// The id of a connection file as the name has it: what is shown, if the name [is simple](is_simple).
pub(super) fn id_bytes(name: &OsStr) -> &[u8] {
    stem(name.as_bytes()).unwrap_or(name.as_bytes())
}

/// Whether the name is shown as it stands, as nearly every one is.
pub(super) fn is_simple(name: &OsStr) -> bool {
    is_plain_ascii(name.as_bytes())
}

/// What two names have in common if they can't live side by side on every system: the id without
/// regard to case, and to whether an accent is part of its letter or a mark behind it, which macOS
/// takes for the same. `None` for what is no connection file.
pub(super) fn folded_id(name: &OsStr) -> Option<String> {
    let shown = harmless(name).to_lowercase().nfc().collect::<String>();
    let stem = stem(shown.as_bytes())?;
    (!stem.is_empty()).then(|| shown[..stem.len()].to_owned())
}

/// The same for names whose [`folded_id`] is the same.
pub(super) fn folded_hash(name: &OsStr, by: &impl BuildHasher) -> u64 {
    let mut hasher = by.build_hasher();
    if is_simple(name) {
        let name = name.as_bytes();
        let is_ending = |ending: &&[u8]| {
            let start = name.len().checked_sub(ending.len());
            start.is_some_and(|start| name[start..].eq_ignore_ascii_case(ending))
        };
        let ending = ENDINGS
            .into_iter()
            .find(is_ending)
            .map_or(name.len(), <[u8]>::len);
        for byte in &name[..name.len() - ending] {
            hasher.write_u8(byte.to_ascii_lowercase());
        }
    } else {
        for byte in folded_id(name).unwrap_or_default().bytes() {
            hasher.write_u8(byte);
        }
    }
    hasher.finish()
}

fn stem(name: &[u8]) -> Option<&[u8]> {
    ENDINGS
        .into_iter()
        .find_map(|ending| name.strip_suffix(ending))
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

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

    #[test]
    fn names_that_are_the_same_have_the_same_hash() {
        // The Kelvin sign is a `k` in lower case: simple names meet others.
        let names = [
            "Ka.yaml",
            "ka.YML",
            "ka.yml",
            "\u{212a}a.yaml",
            "kb.yaml",
            "K.yml",
            ".yml",
        ];
        let by = RandomState::new();
        for left in names {
            for right in names {
                let (left, right): (&OsStr, &OsStr) = (left.as_ref(), right.as_ref());
                if folded_id(left).is_some() && folded_id(left) == folded_id(right) {
                    assert_eq!(folded_hash(left, &by), folded_hash(right, &by));
                }
            }
        }
        let (kelvin, plain) = ("\u{212a}a.yaml".as_ref(), "ka.yml".as_ref());
        assert_eq!(folded_id(kelvin), folded_id(plain));
    }
}
