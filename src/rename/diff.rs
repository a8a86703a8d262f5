//! A plan as a unified diff, secrets masked.

use std::collections::HashSet;
use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

use imara_diff::{Algorithm, Diff, InternedInput};

use super::mask::{Spared, masked, secrets};
use super::{FileChange, FileMove, Plan};
use crate::catalog::Catalog;

/// How many lines are shown around a change.
const CONTEXT: usize = 3;

/// The plan as a unified diff in the form that `git` writes. Paths are as `shown` gives them.
/// Secrets are masked, in lines that do not change as well: those lines are for the eye, not for
/// `patch`.
pub fn unified_diff(plan: &Plan, catalog: &Catalog, shown: &dyn Fn(&Path) -> String) -> String {
    let mut out = String::new();
    let spared = Spared([plan.old.as_str(), plan.new.as_str()]);
    if let Some(connection) = &plan.connection {
        moved(&mut out, connection, catalog, &spared, shown);
    }
    for FileChange {
        path,
        old_text,
        new_text,
    } in &plan.files
    {
        let path = shown(path);
        // Writing to a string can't fail.
        let _ = writeln!(out, "diff --git a/{path} b/{path}");
        let texts = (&**old_text, &**new_text);
        hunks(&mut out, (&path, &path), texts, catalog, &spared);
    }
    out
}

/// What makes one text of a connection the other, as the lines of a unified diff without its head;
/// none if they are the same. Secrets are masked, and a changed one is a changed line all the same.
/// What is a secret in one of the texts is none in the other only because its key has another name.
pub fn changed_lines(old: &str, new: &str, catalog: &Catalog) -> Vec<String> {
    changed_lines_beside(old, new, "", catalog)
}

/// The same; what is a secret in the text `beside` is one here.
pub fn changed_lines_beside(old: &str, new: &str, beside: &str, catalog: &Catalog) -> Vec<String> {
    let known = [old, new, beside].map(|text| secrets(text, catalog));
    let known: HashSet<String> = known.into_iter().flatten().collect();
    let shown = |text: &str| -> Vec<String> {
        let masked = masked(text, catalog, &Spared::default(), &known);
        masked.lines().map(str::to_owned).collect()
    };
    let (old_shown, new_shown) = (shown(old), shown(new));
    let mut out = Vec::new();
    for hunk in Hunk::all(old, new) {
        out.push(hunk.header());
        out.extend(hunk.lines().map(|line| {
            let text = match line {
                Side::Both(place) | Side::New(place) => new_shown.get(place),
                Side::Old(place) => old_shown.get(place),
            };
            format!("{}{}", line.sign(), text.map_or("", String::as_str))
        }));
    }
    out
}

/// A connection's text with a mask in place of each secret, line for line.
pub fn masked_text(text: &str, catalog: &Catalog) -> String {
    masked(text, catalog, &Spared::default(), &HashSet::new())
}

fn moved(
    out: &mut String,
    connection: &FileMove,
    catalog: &Catalog,
    spared: &Spared<'_>,
    shown: &dyn Fn(&Path) -> String,
) {
    let old = shown(&connection.path);
    let new = shown(&connection.path.with_file_name(&connection.new_name));
    let _ = writeln!(
        out,
        "diff --git a/{old} b/{new}\nrename from {old}\nrename to {new}"
    );
    let texts = (&*connection.old_text, &*connection.new_text);
    if texts.0 != texts.1 {
        hunks(out, (&old, &new), texts, catalog, spared);
    }
}

fn hunks(
    out: &mut String,
    (old_path, new_path): (&str, &str),
    (old, new): (&str, &str),
    catalog: &Catalog,
    spared: &Spared<'_>,
) {
    let none = HashSet::new();
    let [old, new] = [old, new].map(|text| masked(text, catalog, spared, &none));
    let [old_lines, new_lines] = [&old, &new].map(|text| text.split_inclusive('\n').collect());
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) = (old_lines, new_lines);
    let mut hunks = Hunk::all(&old, &new).into_iter().peekable();
    if hunks.peek().is_some() {
        let _ = writeln!(out, "--- a/{old_path}\n+++ b/{new_path}");
    }
    for hunk in hunks {
        let _ = writeln!(out, "{}", hunk.header());
        for line in hunk.lines() {
            let text = match line {
                Side::Both(place) | Side::New(place) => new_lines.get(place),
                Side::Old(place) => old_lines.get(place),
            };
            let text = text.copied().unwrap_or_default();
            let _ = write!(out, "{}{text}", line.sign());
            if !text.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
}

/// Changes that are near each other, with the lines around them.
struct Hunk {
    /// Lines of the old and the new text, from 0.
    old: Range<usize>,
    new: Range<usize>,
    changes: Vec<(Range<usize>, Range<usize>)>,
}

/// A line of a diff: its number in the old text, or in the new one if it has it.
#[derive(Clone, Copy)]
enum Side {
    Both(usize),
    Old(usize),
    New(usize),
}

impl Side {
    fn sign(self) -> char {
        match self {
            Self::Both(..) => ' ',
            Self::Old(_) => '-',
            Self::New(_) => '+',
        }
    }
}

impl Hunk {
    fn all(old: &str, new: &str) -> Vec<Self> {
        let input = InternedInput::new(old, new);
        let mut diff = Diff::compute(Algorithm::Myers, &input);
        diff.postprocess_lines(&input);
        let lengths = (input.before.len(), input.after.len());
        let range = |range: Range<u32>| range.start as usize..range.end as usize;
        let mut hunks: Vec<Self> = Vec::new();
        for change in diff.hunks() {
            let (old, new) = (range(change.before), range(change.after));
            let end = (old.end + CONTEXT).min(lengths.0);
            let new_end = (new.end + CONTEXT).min(lengths.1);
            match hunks.last_mut() {
                Some(hunk) if old.start.saturating_sub(CONTEXT) <= hunk.old.end => {
                    hunk.old.end = end;
                    hunk.new.end = new_end;
                    hunk.changes.push((old, new));
                }
                Some(_) | None => {
                    let context = CONTEXT.min(old.start);
                    hunks.push(Self {
                        old: old.start - context..end,
                        new: new.start - context..new_end,
                        changes: vec![(old, new)],
                    });
                }
            }
        }
        hunks
    }

    /// `@@ -3,7 +3,8 @@`
    fn header(&self) -> String {
        let range = |range: &Range<usize>| match range.len() {
            // Where nothing is, the line before it.
            0 => format!("{},0", range.start),
            1 => format!("{}", range.start + 1),
            length => format!("{},{length}", range.start + 1),
        };
        format!("@@ -{} +{} @@", range(&self.old), range(&self.new))
    }

    fn lines(&self) -> impl Iterator<Item = Side> {
        let mut lines = Vec::new();
        let mut new = self.new.start;
        let end = (self.old.end..self.old.end, self.new.end..self.new.end);
        for (removed, added) in self.changes.iter().chain([&end]) {
            lines.extend((new..added.start).map(Side::Both));
            lines.extend(removed.clone().map(Side::Old));
            lines.extend(added.clone().map(Side::New));
            new = added.end;
        }
        lines.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        let line = prop::sample::select(vec!["a\n", "b\n", "c\r\n", "\n", "d"]);
        prop::collection::vec(line, 0..30).prop_map(|lines| lines.concat())
    }

    fn lines(text: &str) -> Vec<&str> {
        text.split_inclusive('\n').collect()
    }

    proptest! {
        #[test]
        fn the_hunks_make_one_text_the_other(old in text(), new in text()) {
            let (old_lines, new_lines) = (lines(&old), lines(&new));
            let mut made: Vec<&str> = Vec::new();
            let mut at = 0;
            for hunk in Hunk::all(&old, &new) {
                made.extend(&old_lines[at..hunk.old.start]);
                prop_assert_eq!(made.len(), hunk.new.start);
                at = hunk.old.start;
                let shown: Vec<Side> = hunk.lines().collect();
                for line in &shown {
                    match *line {
                        Side::Both(place) => {
                            prop_assert_eq!(old_lines[at], new_lines[place]);
                            made.push(old_lines[at]);
                            at += 1;
                        }
                        Side::Old(place) => {
                            prop_assert_eq!(place, at);
                            at += 1;
                        }
                        Side::New(place) => made.push(new_lines[place]),
                    }
                }
                prop_assert_eq!(at, hunk.old.end);
                prop_assert_eq!(made.len(), hunk.new.end);
                let is_same = |side: &&Side| matches!(side, Side::Both(_));
                prop_assert!(shown.iter().take_while(is_same).count() <= CONTEXT);
                prop_assert!(shown.iter().rev().take_while(is_same).count() <= CONTEXT);
            }
            made.extend(&old_lines[at..]);
            prop_assert_eq!(made.concat(), new);
        }
    }
}
