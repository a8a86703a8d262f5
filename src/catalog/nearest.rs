//! Which known name a mistyped one was meant to be.

use crate::order;

/// The candidates whose names are near enough to `wanted` to be what was meant, best first, at most
/// three.
pub fn nearest<'a, T>(wanted: &str, all: &'a [T], name: impl Fn(&'a T) -> &'a str) -> Vec<&'a T> {
    let wanted = Spelled::new(wanted);
    best(all.iter().filter_map(|candidate| {
        let score = wanted.score(&Spelled::new(name(candidate)))?;
        Some((score, candidate))
    }))
}

/// Names that are looked through again and again, taken apart once.
#[derive(Debug, Clone, Default)]
pub struct Names<'n> {
    names: Vec<(Spelled, &'n str)>,
}

impl<'n> Names<'n> {
    /// Takes the names apart.
    pub fn new(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names = names.into_iter();
        Self {
            names: names.map(|name| (Spelled::new(name), name)).collect(),
        }
    }

    /// The one that is nearest to a mistyped one, itself aside.
    pub fn nearest(&self, wanted: &str) -> Option<&'n str> {
        let spelled = Spelled::new(wanted);
        let near = self.names.iter().filter_map(|(other, name)| {
            // Most are far, and that is told sooner than whether they are the same.
            let score = spelled.score(other)?;
            (*name != wanted).then_some((score, *name))
        });
        best(near).first().copied()
    }
}

/// The best three; of equal ones the first.
pub(super) fn best<T>(scored: impl Iterator<Item = (f64, T)>) -> Vec<T> {
    let mut scored: Vec<(f64, T)> = scored.collect();
    order::sort_by(&mut scored, |left, right| right.0.total_cmp(&left.0));
    scored.truncate(3);
    scored.into_iter().map(|(_, candidate)| candidate).collect()
}

/// A name as it is compared: `apikey`, `api-key` and `API_KEY` are all `api_key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelled {
    /// Letters and digits, in lower case.
    plain: String,
    /// How many characters that is.
    length: usize,
    /// How often each occurs: 26 letters, 10 digits, all others together; 255 at most. The rest is
    /// there for the processor, which takes sixteen at once.
    counts: [u8; 48],
}

/// The longest name whose letters are counted, so that all counts together are one byte.
const MOST_COUNTED: usize = 200;

impl Spelled {
    pub(super) fn new(name: &str) -> Self {
        let plain: String = name
            .chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let mut counts = [0_u8; 48];
        let mut length = 0;
        for character in plain.chars() {
            let place = match character {
                'a'..='z' => character as usize - 'a' as usize,
                '0'..='9' => 26 + character as usize - '0' as usize,
                _ => 36,
            };
            counts[place] = counts[place].saturating_add(1);
            length += 1;
        }
        Self {
            plain,
            length,
            counts,
        }
    }

    /// How near the other is, from 0 to 1; `None` if it is too far to be meant.
    pub(super) fn score(&self, other: &Self) -> Option<f64> {
        let (mine, theirs) = (&self.plain, &other.plain);
        let shorter = self.length.min(other.length);
        let common = self.common(other);
        // One name within the other (`region_name` for `region`) is near as well.
        let is_within = shorter >= 3
            && common.is_none_or(|common| common == shorter)
            && (mine.contains(theirs.as_str()) || theirs.contains(mine.as_str()));
        if !is_within && self.is_far_from(other, common) {
            return None;
        }
        let mut score = strsim::jaro_winkler(mine, theirs);
        if is_within {
            score = score.max(0.9);
        }
        // So is what two swapped letters give, which counts for little in a short name.
        let most_changes = 1 + self.length / 6;
        let may_count = score < 0.85 && self.length >= 3;
        if may_count
            && self.length.abs_diff(other.length) <= most_changes
            && strsim::osa_distance(mine, theirs) <= most_changes
        {
            score = 0.85;
        }
        (score >= 0.82).then_some(score)
    }

    /// How many letters both have, unless a name is too long to count them.
    fn common(&self, other: &Self) -> Option<usize> {
        if self.length.max(other.length) > MOST_COUNTED {
            return None;
        }
        let both = self.counts.iter().zip(&other.counts);
        let common = both.fold(0_u8, |sum, (mine, theirs)| {
            sum.wrapping_add(*mine.min(theirs))
        });
        Some(usize::from(common))
    }

    /// Whether the letters alone say that no comparison can find them near: of 200,000 mistyped
    /// names only few are compared by their order.
    ///
    /// With `m` letters in common Jaro's measure is at most `(m/a + m/b + 1) / 3`, and what Winkler
    /// adds lifts nothing below 0.7 to 0.82; a name that is few changes away has more in common.
    fn is_far_from(&self, other: &Self, common: Option<usize>) -> bool {
        let (a, b) = (self.length, other.length);
        let Some(common) = common else {
            return a.abs_diff(b) > 1 + a / 6 && a.min(b) * 2 < a.max(b);
        };
        // m/a + m/b >= 1.1, without a division.
        10 * common * (a + b) < 11 * a * b
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What the letters rule out is far by the other measures.
        #[test]
        fn the_letters_rule_out_only_what_is_far(
            mine in "[a-e0-2é_]{0,14}", theirs in "[a-e0-2é_]{0,14}", cut in 0usize..14,
        ) {
            // Near ones have to be among them.
            let near: String = mine.chars().enumerate()
                .filter(|(place, _)| *place != cut).map(|(_, c)| c).collect();
            for other in [theirs, near] {
                let (mine, other) = (Spelled::new(&mine), Spelled::new(&other));
                let common = mine.common(&other);
                if mine.plain.contains(&other.plain) {
                    prop_assert_eq!(common, Some(other.length));
                }
                if mine.is_far_from(&other, common) {
                    let jaro = strsim::jaro_winkler(&mine.plain, &other.plain);
                    prop_assert!(jaro < 0.82, "{mine:?} {other:?} {jaro}");
                    let typos = strsim::osa_distance(&mine.plain, &other.plain);
                    prop_assert!(
                        mine.length < 3 || typos > 1 + mine.length / 6,
                        "{mine:?} {other:?} {typos}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_nearest_of_many_is_that_of_all() {
        let names = ["openai", "openai-prod", "qdrant", "opensearch"];
        let prepared = Names::new(names);
        for wanted in ["openia", "opensaerch", "qdrnt", "xyz", "openai"] {
            let others: Vec<&str> = names.into_iter().filter(|name| *name != wanted).collect();
            let first = nearest(wanted, &others, |name| name)
                .first()
                .map(|name| **name);
            assert_eq!(prepared.nearest(wanted), first, "{wanted}");
        }
    }
}
