//! Renames in generated workflows, and in Dynamiq's own: what named the old id names the new one,
//! and every other byte is the same.

use std::ops::Range;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::super::*;
use crate::document::{self, Edit};
use crate::reference::{Certainty, Encoding, FileScan, Form, Options, Reference, scan};

/// What a use is, but for its place.
fn uses(found: &FileScan, id: &str) -> Vec<(String, Form, Certainty)> {
    let is_use = |one: &&Reference| one.id() == Some(id) && one.certainty == Certainty::Certain;
    found
        .references
        .iter()
        .filter(is_use)
        .map(|one| (one.path.to_string(), one.form, one.certainty))
        .collect()
}

/// A text without the scalars that name `id` for sure.
fn without_uses(
    text: &str,
    found: &FileScan,
    paths: &[(String, Form, Certainty)],
    id: &str,
) -> String {
    let mut spans: Vec<Range<usize>> = found
        .references
        .iter()
        .filter(|one| one.id() == Some(id) && one.certainty == Certainty::Certain)
        .filter(|one| paths.iter().any(|(path, ..)| **path == *one.path))
        .map(|one| one.definition_span.range())
        .collect();
    spans.sort_by_key(|span| span.start);
    spans.dedup();
    let mut rest = text.to_owned();
    for span in spans.into_iter().rev() {
        rest.replace_range(span, "");
    }
    rest
}

/// Checks a rename in one text. Whether something was renamed.
fn check(text: &str, old: &str, new: &str, options: &Options) -> Result<bool, String> {
    let before = scan(text, options);
    let found = rewrite(text, Encoding::Utf8, (old, new), options);
    let Some(after_text) = found.new_text else {
        let is_blocked = !found.blockers.is_empty() || found.uses.is_empty();
        return is_blocked
            .then_some(false)
            .ok_or("nothing, and no reason".to_owned());
    };
    let after = scan(&after_text, options);
    let (was, is) = (uses(&before, old), uses(&after, new));
    let had: Vec<_> = uses(&before, new);
    let is: Vec<_> = is.into_iter().filter(|one| !had.contains(one)).collect();
    if was != is || !uses(&after, old).is_empty() {
        return Err(format!("{was:?}\n{is:?}\n{after_text}"));
    }
    let (left, right) = (
        without_uses(text, &before, &was, old),
        without_uses(&after_text, &after, &was, new),
    );
    if left != right {
        return Err(format!("other bytes changed:\n{left}\n---\n{right}"));
    }
    if before.shadowed.len() != after.shadowed.len() {
        return Err("something is shadowed now".to_owned());
    }
    if !had.is_empty() {
        return Ok(true);
    }
    // And back: what comes of it says what the first text said.
    let back = rewrite(&after_text, Encoding::Utf8, (new, old), options);
    match back.new_text {
        Some(back) if uses(&scan(&back, options), old) != was => {
            Err(format!("it does not come back:\n{back}"))
        }
        Some(_) => Ok(true),
        // The file may define the old id where it was a number, which finds no definition.
        None => Err(format!("no way back: {:?}", back.blockers)),
    }
}

/// Writes documents in which the ids occur in every form, and in places that are none.
struct Writer {
    random: TestRng,
    anchors: Vec<(String, bool)>,
    serial: usize,
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

    fn end(&mut self) {
        let comment = self.pick(&["", "", "", " # old", "  # connection: old é", "   "]);
        self.out.push_str(comment);
        self.out.push('\n');
    }

    fn id(&mut self) -> &'static str {
        self.pick(&["old", "old", "old", "older", "other", "new"])
    }

    /// A value that names a connection, and the end of its line if it is in no flow collection.
    fn reference(&mut self, is_flow: bool, indent: usize) {
        let id = self.id();
        if !is_flow && self.one_in(5) {
            let header = self.pick(&[">-  # old", "|-", ">-", "|2-"]);
            let indent = if header == "|2-" {
                indent + 2
            } else {
                indent + 9
            };
            self.out += &format!("{header}\n{}{id}\n", " ".repeat(indent));
            return;
        }
        let form = match self.below(8) {
            0 => format!("'{id}'"),
            1 => format!("\"{id}\""),
            2 => format!("\"\\x{:02x}{}\"", id.as_bytes()[0], &id[1..]),
            3 => format!("!!str {id}"),
            4 => {
                self.serial += 1;
                let name = format!("s{}", self.serial);
                self.anchors.push((name.clone(), false));
                format!("&{name} {id}")
            }
            5 => self.alias(false).unwrap_or_else(|| id.to_owned()),
            6 if self.one_in(4) => "'${x.id}'".to_owned(),
            7 if self.one_in(3) => format!("'{}${{oc.env:UNSET}}'", &id[..2]),
            _ => id.to_owned(),
        };
        self.out.push_str(&form);
        if !is_flow {
            self.end();
        }
    }

    fn alias(&mut self, is_map: bool) -> Option<String> {
        let fitting: Vec<&String> = self
            .anchors
            .iter()
            .filter(|(_, map)| *map == is_map)
            .map(|(name, _)| name)
            .collect();
        let count = fitting.len();
        if count == 0 {
            return None;
        }
        let name = fitting[usize::try_from(self.random.next_u64() % count as u64).unwrap()];
        Some(format!("*{name} "))
    }

    /// The entries of a node, at a column.
    fn node(&mut self, indent: usize) {
        let mut keys = vec![
            "connection",
            "connection_id",
            "connections",
            "tools",
            "llm",
            "m",
        ];
        if self.one_in(3) {
            keys.push("description");
        }
        if self.one_in(5) {
            keys.push("agent_factory");
        }
        if self.one_in(6) {
            keys.push("prompt");
        }
        let mut written = 0;
        for key in keys {
            if !self.one_in(2) && written > 0 {
                continue;
            }
            written += 1;
            let blank = " ".repeat(indent);
            let quoted = self
                .pick(&["#", "#", "#", "\"#\"", "'#'"])
                .replace('#', key);
            self.out += &format!("{blank}{quoted}:");
            match key {
                "connection" | "connection_id" => {
                    self.out.push(' ');
                    self.reference(false, indent);
                }
                "connections" if self.one_in(2) => {
                    self.out.push_str(" [");
                    for _ in 0..=self.below(3) {
                        self.reference(true, indent);
                        self.out.push_str(", ");
                    }
                    self.out.push(']');
                    self.end();
                }
                "m" => {
                    let kind = self.pick(&["connection", "connection", "secret"]);
                    self.out += &format!(" {{$type: {kind}, $id: ");
                    self.reference(true, indent);
                    self.out.push('}');
                    self.end();
                }
                "description" => {
                    let text = self.pick(&[
                        " old",
                        " \"connection: old\"",
                        " {old: old}",
                        " |\n                    old\n                    connection: old",
                    ]);
                    self.out.push_str(text);
                    self.out.push('\n');
                }
                _ => self.nested(key, indent),
            }
        }
    }

    fn nested(&mut self, key: &str, indent: usize) {
        if key == "llm"
            && self.one_in(3)
            && let Some(alias) = self.alias(true)
        {
            if self.one_in(2) {
                self.out += &format!(" {alias}");
                self.end();
            } else {
                self.out += &format!("\n{}  <<: {alias}\n{0}  x: 1\n", " ".repeat(indent));
            }
            return;
        }
        if indent > 10 || self.one_in(3) {
            self.out.push_str(" {connection: ");
            self.reference(true, indent);
            self.out.push('}');
            self.end();
            return;
        }
        let anchor = (self.one_in(4)).then(|| {
            self.serial += 1;
            format!("m{}", self.serial)
        });
        if let Some(name) = &anchor {
            self.out += &format!(" &{name}");
        }
        self.end();
        if key == "agent_factory" && self.one_in(2) {
            let id = self.id();
            self.out += &format!("{}  own: {{x: 1}}\n", " ".repeat(indent));
            self.out += &format!(
                "{}  z: {{connections: {{{id}: {{type: x}}}}}}\n",
                " ".repeat(indent)
            );
        }
        self.node(indent + 2);
        if let Some(name) = anchor {
            self.anchors.push((name, true));
        }
    }

    fn document(mut self) -> String {
        if self.one_in(3) {
            self.out.push_str("x: {id: &s0 old, other: &s00 other}\n");
            self.anchors.push(("s0".to_owned(), false));
            self.anchors.push(("s00".to_owned(), false));
        }
        if self.one_in(3) {
            let id = self.pick(&["older", "other", "mine", "old"]);
            self.out += &format!("connections: {{{id}: {{type: x}}}}\n");
        }
        self.out.push_str("nodes:\n");
        for number in 0..=self.below(3) {
            self.out += &format!("  n{number}:\n");
            self.node(4);
        }
        if self.one_in(4) {
            self.out = self.out.replace('\n', "\r\n");
        }
        if self.one_in(6) {
            self.out.insert(0, '\u{feff}');
        }
        self.out
    }
}

fn written(seed: [u8; 32]) -> String {
    Writer {
        random: TestRng::from_seed(RngAlgorithm::ChaCha, &seed),
        anchors: Vec::new(),
        serial: 0,
        out: String::new(),
    }
    .document()
}

#[test]
fn generated_workflows_are_renamed_and_nothing_else_changes() {
    let options = Options::default();
    let (mut done, mut several, mut blocked) = (0, 0, 0);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(1));
    for _ in 0..1000 {
        let mut seed = [0; 32];
        runner.rng().fill_bytes(&mut seed);
        let text = written(seed);
        // What can't be read can't be renamed: the generator would test nothing.
        assert!(document::parse(&text).is_ok(), "{text}");
        let new = ["new", "fresh", "OLD", "no", "123", "a.b-c_d"][usize::from(seed[0] % 6)];
        match check(&text, "old", new, &options) {
            Ok(true) => {
                done += 1;
                several += usize::from(uses(&scan(&text, &options), "old").len() > 2);
            }
            Ok(false) => blocked += 1,
            Err(message) => panic!("{new}:\n{text}\n{message}"),
        }
    }
    println!("{done} done, {several} of several uses, {blocked} blocked");
    assert!(done > 300 && several > 200 && blocked > 200);
}

#[test]
fn connections_of_dynamiqs_own_workflows_are_renamed() {
    let shared = std::env::var_os("CONNDECK_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        Into::into,
    );
    let Ok(files) = std::fs::read_dir(shared.join("dynamiq/workflows")) else {
        eprintln!("SKIPPED: no shared test data; set CONNDECK_SHARED");
        return;
    };
    let options = Options::default();
    let (mut renamed, mut shadowed) = (0, 0);
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let found = scan(&text, &options);
        for id in found.shadowed.iter().filter_map(|one| one.reference.id()) {
            // As they are, all of them are the file's own.
            let untouched = rewrite(&text, Encoding::Utf8, (id, "renamed"), &options);
            assert_eq!((untouched.new_text, untouched.uses.len()), (None, 0));
            shadowed += 1;
        }
        let Ok(text) = document::apply(&text, &[Edit::unset(["connections"])]) else {
            continue;
        };
        for id in scan(&text, &options).ids() {
            assert_eq!(
                check(&text, id, "renamed-1", &options),
                Ok(true),
                "{id} in\n{text}"
            );
            renamed += 1;
        }
    }
    println!("{renamed} ids renamed, {shadowed} references shadowed");
    assert!(renamed > 50 && shadowed > 80);
}
