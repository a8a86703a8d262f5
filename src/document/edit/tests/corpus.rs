//! Every entry of the nasty files and of Dynamiq's own workflows: set, unset, insert, change of
//! kind.

use super::super::*;
use super::model;
use crate::document::{Content, NodeId, ScalarType, Stream, parse};
use std::io::Write as _;
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

/// The paths of all entries and items.
pub fn paths(stream: &Stream<'_>) -> Vec<Vec<Step>> {
    let mut out = Vec::new();
    if let Some(root) = stream.documents.first() {
        collect(stream, *root, &mut Vec::new(), &mut out);
    }
    out
}

fn collect(stream: &Stream<'_>, id: NodeId, path: &mut Vec<Step>, out: &mut Vec<Vec<Step>>) {
    let children: Vec<(Step, NodeId)> = match &stream.node(id).content {
        Content::Mapping { entries, .. } => entries
            .iter()
            .filter(|entry| stream.scalar_type(entry.key) != Some(ScalarType::Merge))
            .filter_map(|entry| Some((Step::from(stream.scalar(entry.key)?), entry.value)))
            .collect(),
        Content::Sequence { items, .. } => items
            .iter()
            .enumerate()
            .map(|(index, item)| (Step::Index(index), *item))
            .collect(),
        Content::Scalar { .. } | Content::Alias(_) => Vec::new(),
    };
    for (step, child) in children {
        path.push(step);
        out.push(path.clone());
        collect(stream, child, path, out);
        path.pop();
    }
}

pub fn values() -> Vec<NewValue> {
    let text = |text: &str| NewValue::Text(text.to_owned());
    vec![
        NewValue::Null,
        NewValue::Bool(true),
        NewValue::Number("42".to_owned()),
        NewValue::Number("1.5".to_owned()),
        text("plain"),
        text("yes"),
        text(""),
        text("a: b # c"),
        text("${oc.env:X}"),
        text("[x, 'y', \"z\"]"),
        text("l1\nl2"),
        text("l1\nl2\n"),
        text("\n l1\n\nl2\n\n"),
        text("tab\there\u{2028}"),
        NewValue::Map(Vec::new()),
        NewValue::List(Vec::new()),
        NewValue::Map(vec![
            ("k: 1".to_owned(), text("v")),
            (
                "deep".to_owned(),
                NewValue::Map(vec![("text".to_owned(), text("l1\nl2\n"))]),
            ),
        ]),
        NewValue::List(vec![
            text("one"),
            NewValue::Map(vec![
                ("a".to_owned(), text("l1\nl2")),
                ("b".to_owned(), NewValue::List(vec![text("x")])),
            ]),
            NewValue::List(vec![text("two"), text("l1\nl2\n\n")]),
        ]),
    ]
}

/// The counts of a run over many edits.
#[derive(Debug, Default)]
pub struct Counts {
    pub made: usize,
    pub unchanged: usize,
    /// Refused by a rule: an alias in use, a merge, a tag, a duplicate key, several documents.
    pub by_rule: usize,
    /// Refused by the guard: a fault here.
    pub by_guard: Vec<String>,
    /// Where the cases go for `scripts/oracle/edits.py`, with `CONNDECK_DUMP`.
    dump: Option<std::fs::File>,
}

impl Counts {
    /// Counts of a run of that name.
    pub fn of(name: &str) -> Self {
        Self {
            dump: model::dump_file(&format!("edits-{name}")),
            ..Self::default()
        }
    }
}

/// Makes one edit and checks the outcome against the model and the bytes.
pub fn run(before: &str, path: &[Step], value: Option<&NewValue>, counts: &mut Counts) {
    let edit = match value {
        Some(value) => Edit::set(path.to_vec(), value.clone()),
        None => Edit::unset(path.to_vec()),
    };
    match apply(before, std::slice::from_ref(&edit)) {
        Ok(after) if after == before => {
            counts.unchanged += 1;
            check(before, &after, path, value);
        }
        Ok(after) => {
            counts.made += 1;
            if let Some(file) = &mut counts.dump {
                let line = model::case(before, path, value, &after);
                writeln!(file, "{line}").unwrap();
            }
            check(before, &after, path, value);
            // Twice is once.
            if value.is_some() || matches!(path.last(), Some(Step::Key(_))) {
                let again = apply(&after, &[edit]).unwrap();
                assert!(again == after, "{path:?}\n{}", difference(&after, &again));
            }
        }
        Err(refusal) => {
            let by_rule = [
                "used elsewhere",
                "an alias",
                "comes in by",
                "come in by",
                "tag of its own",
                "stands twice",
                "several documents",
                "not one plain entry",
            ];
            if by_rule.iter().any(|rule| refusal.reason.contains(rule)) {
                counts.by_rule += 1;
            } else {
                counts
                    .by_guard
                    .push(format!("{refusal}\n{edit:?}\n{before}"));
            }
        }
    }
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

fn check(before: &str, after: &str, path: &[Step], value: Option<&NewValue>) {
    let expected = model::with(model::load(before), path, value);
    let found = model::load(after).unwrap();
    // A local tag makes a value's type unknown; its text counts.
    assert_eq!(
        model::sorted(untyped(found)),
        model::sorted(untyped(expected)),
        "{path:?} {value:?}\n{}",
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
    bytes_stay(before, after, path);
}

fn untyped(model: model::Model) -> model::Model {
    use model::Model;
    match model {
        Model::Scalar(ScalarType::Refused, text) => Model::Scalar(ScalarType::String, text),
        Model::Scalar(..) => model,
        Model::Map(entries) => Model::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key, untyped(value)))
                .collect(),
        ),
        Model::List(items) => Model::List(items.into_iter().map(untyped).collect()),
    }
}

/// Every byte before the entry and behind it is there, in its place; only blanks, one line break
/// and one comma next to the entry may come or go.
fn bytes_stay(before: &str, after: &str, path: &[Step]) {
    let (own, is_new) = own_bytes(before, path);
    if is_new {
        let mut rest = after.chars();
        let is_kept = before.chars().all(|c| rest.any(|found| found == c));
        assert!(is_kept, "{path:?}: lost\n{}", difference(before, after));
    }
    let is_edge = |c: char| c.is_ascii_whitespace() || c == ',';
    let ahead = before[..own.start].trim_end_matches(is_edge);
    let behind = before[own.end..].trim_start_matches(is_edge);
    assert!(
        after.starts_with(ahead) && after[ahead.len()..].ends_with(behind),
        "{path:?}: bytes outside changed\n{}",
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
            "{path:?}: blank lines lost\n{}",
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
    eprintln!(
        "{} made, {} unchanged, {} refused by rule, {} by guard",
        counts.made,
        counts.unchanged,
        counts.by_rule,
        counts.by_guard.len()
    );
    for refusal in counts.by_guard.iter().take(10) {
        eprintln!("{refusal}\n=====");
    }
    assert!(
        counts.by_guard.len() * 200 <= counts.made,
        "{}",
        counts.by_guard.len()
    );
}
