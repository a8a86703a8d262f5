//! The list's filter: several words, all of which must be found; a word in lower case finds any
//! case. `type:`, `tag:`, `is:unused` and `is:broken` look at one thing only.

use std::ops::Range;

use crate::order;
use unicode_segmentation::UnicodeSegmentation;

/// What the filter may look at of a row. Values of fields are not there: they may be secrets.
#[derive(Debug, Clone, Copy)]
pub struct Searched<'a> {
    /// The connection's id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The type as shown and as written.
    pub types: [&'a str; 2],
    /// Its tags.
    pub tags: &'a [String],
    /// How often it is used, if that is known.
    pub used_by: Option<usize>,
    /// Whether its file can't be read.
    pub broken: bool,
}

/// Whether a row stays.
pub fn matches(filter: &str, row: &Searched<'_>) -> bool {
    filter.split_whitespace().all(|word| {
        if let Some(wanted) = word.strip_prefix("type:") {
            return row.types.iter().any(|text| contains(text, wanted));
        }
        if let Some(wanted) = word.strip_prefix("tag:") {
            return row.tags.iter().any(|text| contains(text, wanted));
        }
        match word {
            "is:unused" => row.used_by == Some(0),
            "is:broken" => row.broken,
            _ => {
                contains(row.id, word)
                    || contains(row.name, word)
                    || contains(row.types[0], word)
                    || row.tags.iter().any(|text| contains(text, word))
            }
        }
    })
}

/// Whether a workflow file stays: its path and the ids that it uses are looked at; `uses:X` and
/// `is:dangling` look at one thing only.
pub fn matches_workflow<'i>(
    filter: &str,
    path: &str,
    ids: &(impl Iterator<Item = &'i str> + Clone),
    is_dangling: bool,
) -> bool {
    filter.split_whitespace().all(|word| {
        let uses = |wanted: &str| ids.clone().any(|id| contains(id, wanted));
        match (word.strip_prefix("uses:"), word) {
            (Some(wanted), _) => uses(wanted),
            (None, "is:dangling") => is_dangling,
            (None, _) => contains(path, word) || uses(word),
        }
    })
}

/// Pasted text as it goes into a filter: one line.
pub fn pasted(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.trim().to_owned()
}

/// Whether each word is found in one of the texts.
pub fn has_words(words: &str, texts: &[&str]) -> bool {
    words
        .split_whitespace()
        .all(|word| texts.iter().any(|text| contains(text, word)))
}

/// Smart case: a word without capitals finds any case.
fn contains(text: &str, word: &str) -> bool {
    if word.chars().any(char::is_uppercase) {
        text.contains(word)
    } else {
        text.to_lowercase().contains(word)
    }
}

/// Whether a text has all the words.
pub fn finds(filter: &str, text: &str) -> bool {
    filter.split_whitespace().all(|word| contains(text, word))
}

/// Where the filter's words are in a text: plain words, and those that look at this column only, by
/// `prefix` (`type:`). Byte ranges in order, none within another, none that cuts what is one
/// character to a person.
pub fn matches_in(filter: &str, prefix: &str, text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for word in filter.split_whitespace() {
        let word = match word.strip_prefix(prefix) {
            Some(word) if !prefix.is_empty() => word,
            Some(_) | None if is_about_something_else(word) => continue,
            Some(_) | None => word,
        };
        if word.is_empty() {
            continue;
        }
        if word.chars().any(char::is_uppercase) {
            let all = text.match_indices(word);
            found.extend(all.map(|(start, word)| start..start + word.len()));
        } else {
            let (folded, places) = folded(text);
            for (start, word) in folded.match_indices(word) {
                let end = start + word.len();
                found.push(places[start].start..places[end - 1].end);
            }
        }
    }
    if found.is_empty() {
        return found;
    }
    order::sort_by_key(&mut found, |range| (range.start, range.end));
    let mut whole: Vec<Range<usize>> = Vec::new();
    for (start, character) in text.grapheme_indices(true) {
        let end = start + character.len();
        if !found
            .iter()
            .any(|range| range.start < end && start < range.end)
        {
            continue;
        }
        match whole.last_mut() {
            Some(last) if last.end == start => last.end = end,
            Some(_) | None => whole.push(start..end),
        }
    }
    whole
}

/// Whether a word is about one thing only: `tag:x`, `is:unused`.
fn is_about_something_else(word: &str) -> bool {
    ["type:", "tag:", "uses:", "is:"]
        .iter()
        .any(|prefix| word.starts_with(prefix))
}

/// A text in lower case, and for each of its bytes where the character was that it comes from.
fn folded(text: &str) -> (String, Vec<Range<usize>>) {
    let mut folded = String::new();
    let mut places = Vec::new();
    for (start, character) in text.char_indices() {
        folded.extend(character.to_lowercase());
        places.resize(folded.len(), start..start + character.len_utf8());
    }
    (folded, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_prefixes() {
        let tags = ["prod".to_owned(), "llm".to_owned()];
        let row = Searched {
            id: "openai-prod",
            name: "OpenAI (Production)",
            types: ["OpenAI", "dynamiq.connections.OpenAI"],
            tags: &tags,
            used_by: Some(0),
            broken: false,
        };
        for yes in [
            "",
            "  ",
            "open",
            "OpenAI",
            "open prod",
            "type:openai",
            "tag:llm open",
            "is:unused",
            "production",
        ] {
            assert!(matches(yes, &row), "{yes}");
        }
        for no in [
            "OPENAI",
            "open x",
            "type:weaviate",
            "tag:dev",
            "is:broken",
            "connections",
        ] {
            assert!(!matches(no, &row), "{no}");
        }
        let ids = ["openai-prod"];
        for (filter, stays) in [
            ("agent", true),
            ("openai", true),
            ("uses:prod agent", true),
            ("uses:agent", false),
            ("is:dangling", false),
            ("Agent", false),
        ] {
            assert_eq!(
                matches_workflow(filter, "workflows/agent.yaml", &ids.iter().copied(), false),
                stays,
                "{filter}"
            );
        }
        assert!(matches_workflow(
            "is:dangling",
            "a",
            &ids.iter().copied(),
            true
        ));
        assert_eq!(pasted(" a\nb\n"), "a b");
    }

    #[test]
    fn every_match_is_marked() {
        let marks = |filter: &str, prefix: &str, text: &str| -> Vec<String> {
            let ranges = matches_in(filter, prefix, text).into_iter();
            ranges.map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(marks("tag:x open", "", "My OpenAI, open"), ["Open", "open"]);
        assert_eq!(marks("o ai", "", "Open AI"), ["O", "AI"]);
        assert_eq!(marks("AI o", "", "ai O"), ["O"]);
        assert_eq!(marks("ab bc", "", "xabcx"), ["abc"]);
        assert_eq!(marks("type:open is:unused", "type:", "OpenAI"), ["Open"]);
        assert_eq!(marks("type:open", "", "type open"), [""; 0]);
        assert_eq!(marks("é", "", "CAFÉ"), ["É"]);
        // What is one character to a person is not cut.
        assert_eq!(marks("e", "", "cafe\u{301}"), ["e\u{301}"]);
        assert_eq!(marks("http://x", "", "at http://x"), ["http://x"]);
    }

    proptest::proptest! {
        /// A text is marked if and only if a word is found in it.
        #[test]
        fn what_is_marked_is_what_is_found(
            words in proptest::collection::vec("[a-cA-CéÉ日]{1,3}", 0..3), text in "[a-cA-CéÉ日 \u{301}]{0,12}",
        ) {
            let filter = words.join(" ");
            let ranges = matches_in(&filter, "", &text);
            let any = words.iter().any(|word| contains(&text, word));
            proptest::prop_assert_eq!(!ranges.is_empty(), any);
            if any && finds(&filter, &text) {
                for word in &words {
                    let fits = |range: &Range<usize>| contains(&text[range.clone()], word);
                    proptest::prop_assert!(ranges.iter().any(fits), "{word}: {ranges:?}");
                }
            }
        }
    }
}
