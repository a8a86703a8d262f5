//! The list's filter: several words, all of which must be found; a word in lower case finds any
//! case. `type:`, `tag:`, `is:unused` and `is:broken` look at one thing only.

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
pub fn matches_workflow(filter: &str, path: &str, ids: &[String], is_dangling: bool) -> bool {
    filter.split_whitespace().all(|word| {
        let uses = |wanted: &str| ids.iter().any(|id| contains(id, wanted));
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

/// The byte range of the first match of a plain word in `text`, to be shown highlighted.
pub fn highlight(filter: &str, text: &str) -> Option<std::ops::Range<usize>> {
    filter
        .split_whitespace()
        .filter(|word| !word.contains(':'))
        .find_map(|word| {
            if word.chars().any(char::is_uppercase) || !text.is_ascii() {
                return text.find(word).map(|start| start..start + word.len());
            }
            // In ASCII, lower case has the same length, so that the range fits the text.
            text.to_ascii_lowercase()
                .find(word)
                .map(|start| start..start + word.len())
        })
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
        let ids = ["openai-prod".to_owned()];
        for (filter, stays) in [
            ("agent", true),
            ("openai", true),
            ("uses:prod agent", true),
            ("uses:agent", false),
            ("is:dangling", false),
            ("Agent", false),
        ] {
            assert_eq!(
                matches_workflow(filter, "workflows/agent.yaml", &ids, false),
                stays,
                "{filter}"
            );
        }
        assert!(matches_workflow("is:dangling", "a", &ids, true));
        assert_eq!(pasted(" a\nb\n"), "a b");
        assert_eq!(highlight("tag:x open", "My OpenAI"), Some(3..7));
        assert_eq!(highlight("x", "é"), None);
    }
}
