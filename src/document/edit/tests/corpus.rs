//! Every entry of the nasty files and of Dynamiq's own workflows: set, unset, insert, change of
//! kind.

use super::super::*;
use super::dump;
use super::model::{self, paths, values};
use crate::document::{Content, parse};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

/// The shared test data, if it is there.
pub fn shared() -> Option<PathBuf> {
    let path = std::env::var_os("CONNDECK_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    path.is_dir().then_some(path)
}

fn files() -> Vec<(String, String)> {
    let Some(shared) = shared() else {
        eprintln!("SKIPPED: no shared test data; set CONNDECK_SHARED");
        return Vec::new();
    };
    let mut files = Vec::new();
    for folder in ["yaml/nasty", "dynamiq/workflows"] {
        for entry in std::fs::read_dir(shared.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file()
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                files.push((
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    text,
                ));
            }
        }
    }
    files.sort();
    assert!(files.len() > 40, "{}", files.len());
    files
}

/// The counts of a run over many edits.
#[derive(Default)]
pub struct Counts {
    pub made: usize,
    pub unchanged: usize,
    /// Refusals by their reason, names left out.
    pub refused: BTreeMap<String, usize>,
    /// Refused by the guard: a fault here.
    pub by_guard: Vec<String>,
    /// Where the cases go for `scripts/oracle/edits.py`, with `CONNDECK_DUMP`.
    dump: Option<BufWriter<File>>,
}

impl Counts {
    /// Counts of a run of that name.
    pub fn of(name: &str) -> Self {
        Self {
            dump: dump::dump_file(&format!("edits-{name}")).map(BufWriter::new),
            ..Self::default()
        }
    }

    /// How many edits were asked for.
    pub fn asked(&self) -> usize {
        self.made + self.unchanged + self.refused.values().sum::<usize>()
    }

    /// One line, and a line for each reason.
    pub fn report(&self) {
        let refused: usize = self.refused.values().sum();
        eprintln!(
            "{} edits: {} made, {} so already, {refused} refused, {} of them by the guard",
            self.asked(),
            self.made,
            self.unchanged,
            self.by_guard.len(),
        );
        for (reason, count) in &self.refused {
            eprintln!("  {count:6} {reason}");
        }
        for refusal in self.by_guard.iter().take(10) {
            eprintln!("{refusal}\n=====");
        }
    }

    fn write(&mut self, line: &serde_json::Value) {
        if let Some(file) = &mut self.dump {
            writeln!(file, "{line}").unwrap();
        }
    }
}

/// Sets or unsets one value.
pub fn run(before: &str, path: &[Step], value: Option<&NewValue>, counts: &mut Counts) {
    let edit = match value {
        Some(value) => Edit::set(path.to_vec(), value.clone()),
        None => Edit::unset(path.to_vec()),
    };
    run_edit(before, &edit, counts);
}

/// Makes one edit and checks the outcome against the model and the bytes. The outcome, if it is one.
pub fn run_edit(before: &str, edit: &Edit, counts: &mut Counts) -> Option<String> {
    match apply(before, std::slice::from_ref(edit)) {
        Ok(after) => {
            if after == before {
                counts.unchanged += 1;
            } else {
                counts.made += 1;
                counts.write(&dump::case(before, edit, &after));
            }
            check(before, &after, edit);
            let is_stable = match edit {
                Edit::Set { .. } => true,
                Edit::Unset { path } => matches!(path.last(), Some(Step::Key(_))),
                Edit::Insert { .. } | Edit::RenameKey { .. } => false,
            };
            if is_stable {
                // Twice is once.
                let again = apply(&after, std::slice::from_ref(edit)).unwrap();
                assert!(again == after, "{edit:?}\n{}", difference(&after, &again));
            }
            Some(after)
        }
        Err(refusal) => {
            let reason = without_names(&refusal.reason);
            counts.write(&dump::refused(&reason));
            if is_of_the_guard(&reason) {
                counts
                    .by_guard
                    .push(format!("{refusal}\n{edit:?}\n{before}"));
            }
            *counts.refused.entry(reason).or_default() += 1;
            None
        }
    }
}

/// Whether no rule refuses, but the comparison after the edit, or a place that was not found.
fn is_of_the_guard(reason: &str) -> bool {
    let rules = [
        "used elsewhere",
        "an alias",
        "comes in by",
        "come in by",
        "tag of its own",
        "stands twice",
        "several documents",
        "not one plain entry",
        "already",
    ];
    !rules.iter().any(|rule| reason.contains(rule))
}

/// A reason without what stands between backticks.
fn without_names(reason: &str) -> String {
    let parts = reason.split('`').enumerate();
    let parts = parts.map(|(at, part)| match part {
        "<<" => part,
        _ if at % 2 == 1 => "…",
        _ => part,
    });
    parts.collect::<Vec<_>>().join("`")
}

/// The lines in which two texts differ, with some around them.
fn difference(before: &str, after: &str) -> String {
    let same = before
        .bytes()
        .zip(after.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let part = |text: &str| {
        let bytes = text.as_bytes();
        let part = &bytes[same.saturating_sub(100)..bytes.len().min(same + 200)];
        String::from_utf8_lossy(part).into_owned()
    };
    format!("--- before\n{}\n--- after\n{}", part(before), part(after))
}

fn check(before: &str, after: &str, edit: &Edit) {
    let expected = model::edited(model::load(before), edit);
    let found = model::load(after).unwrap();
    // A local tag makes a value's type unknown; its text counts.
    assert_eq!(
        model::sorted(model::untyped(found)),
        model::sorted(model::untyped(expected)),
        "{edit:?}\n{}",
        difference(before, after)
    );
    if before.contains("\r\n") {
        assert!(!after.replace("\r\n", "").contains('\n'), "{after:?}");
    } else {
        assert!(!after.contains("\r\n"), "{after:?}");
    }
    assert_eq!(
        before.starts_with('\u{feff}'),
        after.starts_with('\u{feff}')
    );
    match edit {
        Edit::Set { path, .. } | Edit::Unset { path } => {
            let (own, is_new) = own_bytes(before, path);
            bytes_stay(before, after, own, is_new);
        }
        Edit::Insert { .. } => bytes_stay(before, after, 0..before.len(), true),
        Edit::RenameKey { path, .. } => bytes_stay(before, after, own_bytes(before, path).0, false),
    }
}

/// Every byte before the entry and behind it is there, in its place; only blanks, one line break
/// and one comma next to the entry may come or go.
fn bytes_stay(before: &str, after: &str, own: std::ops::Range<usize>, is_new: bool) {
    if is_new {
        let mut rest = after.chars();
        let is_kept = before.chars().all(|c| rest.any(|found| found == c));
        assert!(is_kept, "lost\n{}", difference(before, after));
    }
    let is_edge = |c: char| c.is_ascii_whitespace() || c == ',';
    let ahead = before[..own.start].trim_end_matches(is_edge);
    let behind = before[own.end..].trim_start_matches(is_edge);
    assert!(
        after.starts_with(ahead) && after[ahead.len()..].ends_with(behind),
        "bytes outside changed\n{}",
        difference(before, after)
    );
    let lost = |text: &str| text.matches('\n').count();
    let edge = lost(&before[ahead.len()..before.len() - behind.len()]);
    let inside = lost(&before[own.clone()]);
    assert!(edge >= inside);
    if ahead.len() < own.start {
        let blank_lines = lost(&before[ahead.len()..own.start]);
        let kept = after[ahead.len()..]
            .chars()
            .take_while(|c| is_edge(*c))
            .filter(|c| *c == '\n')
            .count();
        assert!(
            kept + 1 >= blank_lines,
            "blank lines lost\n{}",
            difference(before, after)
        );
    }
}

/// The bytes of an entry with its last line's comment; or that it is new, and all others stay.
fn own_bytes(text: &str, path: &[Step]) -> (std::ops::Range<usize>, bool) {
    let stream = parse(text).unwrap();
    let layout = Layout::new(&stream);
    let Some(&root) = stream.documents.first() else {
        return (text.len()..text.len(), true);
    };
    let mut id = root;
    let mut range = 0..text.len();
    for step in path {
        let (index, children) = match (&stream.node(id).content, step) {
            (Content::Mapping { entries, .. }, Step::Key(key)) => (
                entries
                    .iter()
                    .position(|e| stream.scalar(e.key) == Some(key)),
                entries.iter().map(|entry| entry.value).collect::<Vec<_>>(),
            ),
            (Content::Sequence { items, .. }, Step::Index(at)) => {
                ((*at < items.len()).then_some(*at), items.clone())
            }
            _ => break,
        };
        let end = |index: usize| {
            if layout.in_flow(children[index]) {
                let end = layout.child_end(id, index).unwrap();
                let start = layout.child_start(id, index).unwrap();
                let behind = text[end..].trim_start_matches([' ', '\t', ',']);
                let has_own_line = text[layout.line_start(start)..start].trim().is_empty();
                if has_own_line && behind.starts_with('#') {
                    layout.line_end(end)
                } else {
                    end
                }
            } else {
                layout.child_last_line_end(id, index).unwrap()
            }
        };
        match (index, children.len().checked_sub(1)) {
            (Some(index), Some(1..)) => {
                range = layout.child_start(id, index).unwrap()..end(index);
            }
            (Some(_), _) => {}
            (None, Some(_)) => return (0..text.len(), true),
            (None, None) => break,
        }
        id = children[index.unwrap()];
    }
    (range, false)
}

/// All edits of all entries take minutes: not for every day.
fn full() -> bool {
    std::env::var_os("CONNDECK_FULL").is_some()
}

#[test]
fn every_entry_of_every_file() {
    let mut counts = Counts::of("files");
    let values = values();
    for (name, text) in files() {
        let Ok(stream) = parse(&text) else {
            continue;
        };
        if stream.documents.len() > 1 || stream.duplicate_key().is_some() {
            assert!(
                apply(&text, &[Edit::set(["zz"], NewValue::Null)]).is_err(),
                "{name}"
            );
            continue;
        }
        let paths = paths(&stream);
        let every = if full() { 1 } else { values.len() / 3 };
        let some = if full() { 1 } else { paths.len() / 20 + 1 };
        for (number, path) in paths.iter().enumerate().step_by(some) {
            run(&text, path, None, &mut counts);
            for value in values.iter().skip(number * 7 % every).step_by(every) {
                run(&text, path, Some(value), &mut counts);
                let mut sibling = path.clone();
                if let Some(Step::Key(key)) = sibling.last_mut() {
                    key.push_str("-new");
                    run(&text, &sibling, Some(value), &mut counts);
                }
            }
        }
        for value in values.iter().step_by(every) {
            run(&text, &["new".into()], Some(value), &mut counts);
        }
    }
    counts.report();
    assert!(
        counts.by_guard.len() * 200 <= counts.made,
        "{}",
        counts.by_guard.len()
    );
}
