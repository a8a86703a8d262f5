//! Edits of generated documents: all styles, comments everywhere, both line breaks, byte order
//! marks, missing final newlines, anchors, tags, merges, odd indents.

use super::super::*;
use super::corpus::{Counts, paths, run, values};
use crate::document::{Content, parse};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};

struct Writer {
    random: TestRng,
    line_break: &'static str,
    step: usize,
    sequence_step: usize,
    anchors: Vec<(String, bool)>,
    /// Anchors of values that are not finished: an alias in them would contain itself.
    waiting: Vec<(String, bool)>,
    keys: usize,
    /// Tabs before comments, which `PyYAML` does not take.
    has_tabs: bool,
    out: String,
}

impl Writer {
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.random.next_u64() % limit as u64).unwrap()
    }

    fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let at = self.below(choices.len());
        choices[at]
    }

    fn line(&mut self) {
        self.out.push_str(self.line_break);
    }

    fn indent(&mut self, column: usize) {
        self.out.extend(std::iter::repeat_n(' ', column));
    }

    /// The end of a line, sometimes with a comment.
    fn end(&mut self) {
        let tab = if self.has_tabs {
            "\t# tab"
        } else {
            "  # 日本"
        };
        let comment = self.pick(&["", "", "", "  # c: {x}", " # 'c'", tab, "   "]);
        self.out.push_str(comment);
        self.line();
    }

    /// Comments and blank lines between entries.
    fn gap(&mut self, column: usize) {
        while self.one_in(4) {
            match self.below(4) {
                0 => self.line(),
                1 => {
                    self.out.push_str("# root: comment");
                    self.line();
                }
                2 => {
                    self.indent(column);
                    self.out.push_str("# - comment");
                    self.line();
                }
                _ => {
                    let deeper = self.below(4);
                    self.indent(column + deeper);
                    self.out.push('#');
                    self.line();
                }
            }
        }
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        let number = self.keys;
        let form = self.pick(&[
            "k#", "k#", "k#", "\"k #\"", "'k: #'", "k # é", "X-#", "k#/x:y",
        ]);
        form.replace(" #", &format!(" {number}"))
            .replace('#', &number.to_string())
    }

    fn properties(&mut self, is_map: bool) -> String {
        let mut out = String::new();
        if self.one_in(12) {
            self.keys += 1;
            let name = format!("a{}", self.keys);
            out.push_str(&format!("&{name} "));
            self.waiting.push((name, is_map));
        }
        if !is_map && self.one_in(15) {
            out.push_str(self.pick(&["!!str ", "! "]));
        }
        out
    }

    fn scalar(&mut self) -> &'static str {
        self.pick(&[
            "plain",
            "two words",
            "12",
            "yes",
            "~",
            "1.5",
            "http://x/#f",
            "${oc.env:X}",
            "'it''s'",
            "\"dq \\n \\\"\"",
            "''",
            "\"\"",
            "'# no'",
            "\"x: y\"",
            "a#b",
            "é日本🎉",
        ])
    }

    fn flow(&mut self, depth: usize) -> String {
        let count = self.below(4);
        if self.one_in(2) {
            let items: Vec<_> = (0..count).map(|_| self.flow_value(depth)).collect();
            format!("[{}]", items.join(", "))
        } else {
            let entries: Vec<_> = (0..count)
                .map(|_| {
                    self.keys += 1;
                    let key = format!("f{}", self.keys);
                    match self.below(8) {
                        0 => format!("{key}: "),
                        1 => key,
                        2 => format!("\"{key}\": {}", self.flow_value(depth)),
                        _ => format!("{key}: {}", self.flow_value(depth)),
                    }
                })
                .collect();
            let open = self.pick(&["{", "{ "]);
            let close = self.pick(&["}", " }"]);
            format!("{open}{}{close}", entries.join(", "))
        }
    }

    fn flow_value(&mut self, depth: usize) -> String {
        if depth > 0 && self.one_in(3) {
            self.flow(depth - 1)
        } else {
            self.pick(&["a", "12", "'q'", "\"d\"", "no", "two words", "'a, b'"])
                .to_owned()
        }
    }

    /// A flow mapping over several lines.
    fn wide_flow(&mut self, column: usize) {
        self.out.push('{');
        self.end();
        let count = self.below(4);
        for number in 0..count {
            self.gap(column + self.step);
            self.indent(column + self.step);
            self.keys += 1;
            let value = self.flow_value(1);
            let entry = format!("w{}: {value}", self.keys);
            self.out.push_str(&entry);
            if number + 1 < count || self.one_in(2) {
                self.out.push(',');
            }
            self.end();
        }
        self.indent(column + 1);
        self.out.push('}');
        self.end();
    }

    fn block_scalar(&mut self, parent: usize, column: usize) {
        let symbol = self.pick(&["|", "|", ">"]);
        let chomping = self.pick(&["", "-", "+"]);
        let indicator = if self.one_in(4) && column > parent && column - parent < 10 {
            (column - parent).to_string()
        } else {
            String::new()
        };
        self.out.push_str(&format!("{symbol}{indicator}{chomping}"));
        self.end();
        let lines = 1 + self.below(4);
        for number in 0..lines {
            if number > 0 && self.one_in(4) {
                self.line();
                continue;
            }
            self.indent(column);
            let text = self.pick(&["text", "# no comment", "a: b", "- x", "é", "\"", "  more"]);
            let text = if number == 0 { text.trim_start() } else { text };
            self.out.push_str(text);
            self.line();
        }
        for _ in 0..self.below(3) {
            self.line();
        }
    }

    /// A value behind `key:` or `-`, with its line break.
    fn value(&mut self, parent: usize, depth: usize, is_item: bool) {
        let outer = std::mem::take(&mut self.waiting);
        self.open_value(parent, depth, is_item);
        self.anchors.append(&mut self.waiting);
        self.waiting = outer;
    }

    fn open_value(&mut self, parent: usize, depth: usize, is_item: bool) {
        let column = parent + if is_item { 2 } else { self.step };
        match self.below(if depth > 0 { 15 } else { 10 }) {
            0 => self.end(),
            1 => {
                self.out.push(' ');
                self.block_scalar(parent, column);
            }
            2 => {
                let text = format!(" {}", self.flow(2));
                self.out.push_str(&text);
                self.end();
            }
            3 => {
                self.out.push(' ');
                self.wide_flow(parent);
            }
            4 if !self.anchors.is_empty() => {
                let at = self.below(self.anchors.len());
                let text = format!(" *{}", self.anchors[at].0);
                self.out.push_str(&text);
                self.end();
            }
            5 => {
                self.out.push_str(" word one");
                self.line();
                self.indent(column);
                self.out.push_str("word two");
                self.end();
            }
            6 => {
                self.end();
                self.gap(column);
                self.indent(column);
                self.out.push_str("below");
                self.end();
            }
            10..=12 => {
                let properties = self.properties(true);
                if is_item && properties.is_empty() && self.one_in(2) {
                    let blanks = self.below(3) + 1;
                    self.indent(blanks);
                    self.map(parent + 1 + blanks, depth - 1, true);
                } else {
                    self.out.push(' ');
                    self.out.push_str(properties.trim_end());
                    self.end();
                    self.map(column, depth - 1, false);
                }
            }
            13..=14 => {
                if is_item && self.one_in(2) {
                    self.out.push(' ');
                    self.sequence(parent + 2, depth - 1, true);
                } else {
                    self.end();
                    let step = if is_item { 2 } else { self.sequence_step };
                    self.sequence(parent + step, depth - 1, false);
                }
            }
            _ => {
                let properties = self.properties(false);
                let blanks = self.pick(&[" ", " ", "   "]);
                let text = format!("{blanks}{properties}{}", self.scalar());
                self.out.push_str(&text);
                self.end();
            }
        }
    }

    fn map(&mut self, column: usize, depth: usize, is_first_line_open: bool) {
        let count = 1 + self.below(4);
        for number in 0..count {
            if number > 0 || !is_first_line_open {
                self.gap(column);
                self.indent(column);
            }
            let maps: Vec<_> = self
                .anchors
                .iter()
                .filter(|(_, is_map)| *is_map)
                .cloned()
                .collect();
            if number == 1 && !maps.is_empty() && self.one_in(3) {
                let name = &maps[self.below(maps.len())].0;
                self.out.push_str(&format!("<<: *{name}"));
                self.end();
                continue;
            }
            let key = self.key();
            if self.one_in(25) {
                self.out.push_str(&format!("? {key}"));
                self.line();
                self.indent(column);
            } else {
                self.out.push_str(&key);
            }
            self.out.push(':');
            self.value(column, depth, false);
        }
    }

    fn sequence(&mut self, column: usize, depth: usize, is_first_line_open: bool) {
        for number in 0..=self.below(3) {
            if number > 0 || !is_first_line_open {
                self.gap(column);
                self.indent(column);
            }
            self.out.push('-');
            self.value(column, depth, true);
        }
    }
}

/// A document, which may turn out not to be valid YAML.
fn document(seed: u64) -> String {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut writer = Writer {
        random: TestRng::from_seed(RngAlgorithm::ChaCha, &bytes),
        line_break: "\n",
        step: 2,
        sequence_step: 2,
        anchors: Vec::new(),
        waiting: Vec::new(),
        keys: 0,
        has_tabs: false,
        out: String::new(),
    };
    writer.has_tabs = writer.one_in(5);
    if writer.one_in(3) {
        writer.line_break = "\r\n";
    }
    writer.step = [2, 2, 4, 3, 1][writer.below(5)];
    writer.sequence_step = [0, 2, writer.step][writer.below(3)];
    if writer.one_in(5) {
        writer.out.push('\u{feff}');
    }
    writer.gap(0);
    if writer.one_in(8) {
        writer.out.push_str("---");
        writer.end();
        writer.gap(0);
    }
    match writer.below(12) {
        0 => {
            let text = writer.flow(2);
            writer.out.push_str(&text);
            writer.end();
        }
        1 => writer.wide_flow(0),
        2 => {}
        _ => writer.map(0, 3, false),
    }
    writer.gap(0);
    let mut text = writer.out.clone();
    if writer.one_in(3) {
        let end = text.trim_end_matches(['\r', '\n']).len();
        text.truncate(end);
    }
    text
}

#[test]
fn generated_documents_keep_everything_else() {
    let mut counts = Counts::of("generated");
    let values = values();
    let number = |name: &str, default: u64| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let first = number("CONNDECK_SEED", 0);
    let (mut valid, mut invalid) = (0, 0);
    for seed in first..first + number("CONNDECK_CASES", 600) {
        let text = document(seed);
        let Ok(stream) = parse(&text) else {
            invalid += 1;
            continue;
        };
        if stream.documents.len() > 1 || stream.duplicate_key().is_some() {
            continue;
        }
        valid += 1;
        let is_map = stream
            .documents
            .first()
            .is_none_or(|root| !matches!(stream.node(*root).content, Content::Sequence { .. }));
        let paths = paths(&stream);
        let choose = |salt: u64, length: usize| {
            usize::try_from(
                (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (salt * 7)) % length as u64,
            )
            .unwrap()
        };
        for salt in 0..4 {
            let value = &values[choose(salt, values.len())];
            if is_map {
                run(&text, &["new".into()], Some(value), &mut counts);
            }
            if paths.is_empty() {
                continue;
            }
            let path = &paths[choose(salt + 1, paths.len())];
            run(&text, path, Some(value), &mut counts);
            run(&text, path, None, &mut counts);
            let mut sibling = path.clone();
            if let Some(Step::Key(key)) = sibling.last_mut() {
                key.push_str("-new");
                run(&text, &sibling, Some(value), &mut counts);
            }
        }
    }
    eprintln!(
        "{valid} valid, {invalid} not; {} made, {} unchanged, {} refused by rule, {} by guard",
        counts.made,
        counts.unchanged,
        counts.by_rule,
        counts.by_guard.len()
    );
    for refusal in counts.by_guard.iter().take(12) {
        eprintln!("{refusal}\n=====");
    }
    assert!(valid > invalid * 4, "{valid} {invalid}");
    assert!(
        counts.by_guard.len() * 100 <= counts.made,
        "{}",
        counts.by_guard.len()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Whatever the text: an edit is made as meant, or refused; it never panics.
    #[test]
    fn no_text_makes_an_edit_panic(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", "b", ":", ": ", "- ", "-", "? ", "#", " # c", "&x ", "*x", "!t ", "!!str ", "|",
                "|+", ">-", "2", "'", "\"", "{", "}", "[", "]", ",", ", ", "\n", "\n", "\n  ", "\n ",
                "\r\n", "\r", "\t", " ", "\u{feff}", "é", "---", "---\n", "...\n", "<<: *x", "a: ",
                "b:\n", "\na: 1\n", "%YAML 1.2\n", "\u{85}", "\u{2028}", "~", "null",
            ]),
            0..24,
        ),
        value in proptest::sample::select(values()),
    ) {
        let text = pieces.concat();
        let keys: [Vec<Step>; 6] = [
            vec!["a".into()],
            vec!["b".into()],
            vec!["a".into(), "b".into()],
            vec![Step::Index(0)],
            vec!["a".into(), Step::Index(1)],
            vec![],
        ];
        for path in keys {
            for edit in [
                Edit::set(path.clone(), value.clone()),
                Edit::unset(path.clone()),
                Edit::Insert { path: path.clone(), value: value.clone() },
                Edit::RenameKey { path: path.clone(), to: "c d".to_owned() },
                Edit::Set { path: path.clone(), value: value.clone(), place: Place::Before("b".into()) },
                Edit::Set { path: path.clone(), value: value.clone(), place: Place::After("a".into()) },
            ] {
                if let Ok(after) = apply(&text, &[edit]) {
                    prop_assert!(parse(&after).is_ok() || after == text);
                }
            }
        }
        let Ok(stream) = parse(&text) else { return Ok(()) };
        for (_, node) in stream.nodes() {
            let _ = replace_scalars(&text, &[(node.span.clone(), "new".to_owned())]);
        }
    }
}

#[test]
fn replaced_scalars_leave_the_rest() {
    let (mut made, mut refused) = (0, Vec::new());
    let texts = [
        "new", "yes", "it's", "a: b # c", "", "l1\nl2", "[x]", "tab\t", "12:30",
    ];
    for seed in 0..600 {
        let text = document(seed + 50_000);
        let Ok(stream) = parse(&text) else {
            continue;
        };
        let keys: Vec<_> = stream
            .nodes()
            .flat_map(|(id, node)| match node.content {
                Content::Mapping { .. } => stream.entries(id),
                Content::Scalar { .. } | Content::Sequence { .. } | Content::Alias(_) => &[],
            })
            .map(|entry| entry.key)
            .collect();
        let scalars: Vec<_> = stream
            .nodes()
            .filter(|(id, _)| stream.string(*id).is_some_and(|text| !text.is_empty()))
            .filter(|(_, node)| matches!(node.content, Content::Scalar { .. }))
            .filter(|(id, _)| !keys.contains(id))
            .map(|(id, node)| (id, node.span.clone()))
            .collect();
        if scalars.is_empty() || stream.duplicate_key().is_some() {
            continue;
        }
        let seed = usize::try_from(seed).unwrap();
        let some: Vec<_> = scalars
            .iter()
            .skip(seed % 3)
            .step_by(1 + seed % 4)
            .collect();
        let new = texts[seed % texts.len()];
        let replacements: Vec<_> = some
            .iter()
            .map(|(_, span)| (span.clone(), new.to_owned()))
            .collect();
        let after = match replace_scalars(&text, &replacements) {
            Ok(after) => after,
            Err(refusal) => {
                refused.push(format!("{refusal}: {new:?} {text}"));
                continue;
            }
        };
        made += 1;
        let result = parse(&after).unwrap();
        assert_eq!(stream.nodes().count(), result.nodes().count());
        for (id, _) in stream.nodes() {
            let is_replaced = some
                .iter()
                .any(|(replaced, _)| *replaced == id || stream.resolve(id) == *replaced);
            let expected = if is_replaced {
                Some(new)
            } else {
                stream.scalar(id)
            };
            assert_eq!(result.scalar(id), expected, "{text}\n---\n{after}");
            if is_replaced {
                assert!(result.string(id).is_some(), "{text}\n---\n{after}");
            } else {
                assert_eq!(result.scalar_type(id), stream.scalar_type(id));
            }
        }
        // What stands between the replaced ones is all there, in its order. (A comment behind the
        // header of a block scalar is within its span, and one behind `|` is before its lines.)
        let is_lines = |span: &std::ops::Range<usize>| text[span.clone()].starts_with(['|', '>']);
        // The tag `!` goes where the text would be resolved with it.
        if new.contains('\n') || text.contains(" ! ") || some.iter().any(|(_, span)| is_lines(span))
        {
            continue;
        }
        let mut rest = after.as_str();
        let mut at = 0;
        for (_, span) in &some {
            let between = &text[at..span.start];
            let found = rest.find(between);
            let found = found.unwrap_or_else(|| panic!("{text}\n---\n{after}"));
            rest = &rest[found + between.len()..];
            at = span.end;
        }
        assert!(rest.ends_with(&text[at..]), "{text}\n---\n{after}");
    }
    eprintln!("{made} made, {} refused", refused.len());
    for refusal in refused.iter().take(5) {
        eprintln!("{refusal}\n=====");
    }
    assert!(made > 400);
    assert!(refused.len() * 100 <= made, "{}", refused.len());
}
