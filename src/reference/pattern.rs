//! Which ids a value may name whose parts come from variables that are not set.

/// Literal parts with unknown text between them: `openai-${oc.env:E}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The literal parts. Between two of them stands any text, also none; the first and the last
    /// may be empty. There are at least two.
    pub literals: Vec<String>,
}

impl Pattern {
    /// Whether the pattern can become `id`.
    pub fn matches(&self, id: &str) -> bool {
        let [first, middle @ .., last] = self.literals.as_slice() else {
            return self.literals.iter().all(|only| only == id);
        };
        let Some(mut rest) = id.strip_prefix(first.as_str()) else {
            return false;
        };
        for literal in middle {
            // The leftmost place leaves the most room for the others.
            let Some(at) = rest.find(literal.as_str()) else {
                return false;
            };
            rest = &rest[at + literal.len()..];
        }
        rest.ends_with(last.as_str())
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.literals.join("…"))
    }
}
