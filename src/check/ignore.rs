//! `# conndeck: ignore rule`: a comment that turns rules off for a line or a whole file.

use std::ops::Range;

use crate::connection::Finding;
use crate::document::{self, Content, Stream};

/// What such a comment begins with.
const MARK: &str = "conndeck: ignore";

/// The rules that a text turns off.
///
/// At the end of a line, a comment is about that line; on a line of its own, about the next line
/// that is neither blank nor a comment. Above everything else in the file it is about all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored {
    everywhere: Vec<String>,
    /// By line, from 1.
    lines: Vec<(u32, Vec<String>)>,
}

impl Ignored {
    /// Whether a text may turn off any.
    pub fn may_be_in(text: &str) -> bool {
        memchr::memmem::find(text.as_bytes(), MARK.as_bytes()).is_some()
    }

    /// Reads the comments of a text, which is parsed only if it has any of these.
    pub fn read(text: &str) -> Self {
        if !Self::may_be_in(text) {
            return Self::default();
        }
        Self::of_text(text, document::parse_many(text).ok().as_ref())
    }

    /// Reads the comments of a text. A text that is no YAML has none but at its head.
    pub fn of_text(text: &str, stream: Option<&Stream<'_>>) -> Self {
        let mut ignored = Self::default();
        if !Self::may_be_in(text) {
            return ignored;
        }
        let scalars = stream.map(scalars).unwrap_or_default();
        let mut waiting: Vec<String> = Vec::new();
        let mut is_head = true;
        let mut start = 0;
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let content = line.trim_start_matches('\u{feff}').trim();
            let rules = rules_in(line, start, &scalars);
            start += line.len();
            if content.is_empty() || content.starts_with('#') {
                if is_head {
                    ignored.everywhere.extend(rules);
                } else {
                    waiting.extend(rules);
                }
                continue;
            }
            is_head = false;
            waiting.extend(rules);
            if !waiting.is_empty() {
                ignored.lines.push((number, std::mem::take(&mut waiting)));
            }
        }
        ignored
    }

    /// Whether the text turns the finding off.
    pub fn covers(&self, finding: &Finding) -> bool {
        let names = |rules: &[String]| rules.iter().any(|rule| rule == finding.rule);
        names(&self.everywhere)
            || self.lines.iter().any(|(line, rules)| {
                finding.location.is_some_and(|place| place.line == *line) && names(rules)
            })
    }

    /// The names that are no rules: somebody believes that they do something.
    pub fn unknown_rules(&self) -> Vec<&str> {
        let all = self.lines.iter().flat_map(|(_, rules)| rules);
        self.everywhere
            .iter()
            .chain(all)
            .map(String::as_str)
            .filter(|name| super::find_rule(name).is_none())
            .collect()
    }
}

/// Where texts stand: a `#` in one of them starts no comment.
fn scalars(stream: &Stream<'_>) -> Vec<Range<usize>> {
    stream
        .nodes()
        .filter(|(_, node)| matches!(node.content, Content::Scalar { .. }))
        .map(|(_, node)| node.span.clone())
        .collect()
}

fn rules_in(line: &str, start: usize, scalars: &[Range<usize>]) -> Vec<String> {
    for (offset, _) in line.match_indices('#') {
        let before = line[..offset].chars().next_back();
        let starts_comment = before.is_none_or(|c| c.is_whitespace() || c == '\u{feff}');
        let is_text = scalars.iter().any(|span| span.contains(&(start + offset)));
        if !starts_comment || is_text {
            continue;
        }
        let Some(rest) = line[offset + 1..].trim_start().strip_prefix(MARK) else {
            continue;
        };
        return rest
            .split([',', ' ', '\t'])
            .map(|name| name.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
            .take_while(|name| !name.starts_with("--"))
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{Location, Severity};

    fn covers(text: &str, rule: &'static str, line: Option<u32>) -> bool {
        let stream = document::parse(text).unwrap();
        let location = line.map(|line| Location { line, column: 3 });
        Ignored::of_text(text, Some(&stream)).covers(&Finding {
            rule,
            severity: Severity::Error,
            location,
            message: String::new(),
            hint: None,
        })
    }

    #[test]
    fn a_comment_is_about_its_line_or_the_next() {
        let text = "a: 1\nb: no # conndeck: ignore unsafe-scalar\n# conndeck: ignore unused, wrong-kind\n\nc: 2\nd: 3\n";
        assert!(covers(text, "unsafe-scalar", Some(2)));
        assert!(!covers(text, "unsafe-scalar", Some(1)));
        assert!(!covers(text, "wrong-kind", Some(2)));
        assert!(covers(text, "wrong-kind", Some(5)));
        assert!(covers(text, "unused", Some(5)));
        assert!(!covers(text, "unused", Some(6)));
        assert!(!covers(text, "unused", None));
    }

    #[test]
    fn at_the_head_it_is_about_the_file() {
        let text = "# Words.\n# conndeck: ignore unused\n\na: 1\n";
        assert!(covers(text, "unused", None) && covers(text, "unused", Some(4)));
        assert!(!covers(text, "wrong-kind", Some(4)));
    }

    #[test]
    fn a_text_is_no_comment() {
        let text = "x: 1\na: |\n  # conndeck: ignore unused\nb: 'x # conndeck: ignore unused'\n";
        for line in 1..=4 {
            assert!(!covers(text, "unused", Some(line)));
        }
    }

    #[test]
    fn names_that_are_no_rules_are_told() {
        let ignored = Ignored::of_text("# conndeck: ignore unusd unused\na: 1\n", None);
        assert_eq!(ignored.unknown_rules(), ["unusd"]);
    }
}
