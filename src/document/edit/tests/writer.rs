//! Generated documents of all styles of YAML: block and flow, comments everywhere, both line
//! breaks, byte order marks, directives and markers, missing final newlines, anchors, tags, merges,
//! odd indents.

use super::random::Random;

struct Writer {
    random: Random,
    line_break: &'static str,
    step: usize,
    sequence_step: usize,
    anchors: Vec<(String, bool)>,
    /// Anchors of values that are not finished: an alias in them would contain itself.
    waiting: Vec<(String, bool)>,
    keys: usize,
    /// Tabs before comments, which `PyYAML` does not take.
    has_tabs: bool,
    /// Tags that say nothing to YAML, which `PyYAML` does not take.
    has_local_tags: bool,
    out: String,
}

impl Writer {
    fn below(&mut self, limit: usize) -> usize {
        self.random.below(limit)
    }

    fn one_in(&mut self, chance: usize) -> bool {
        self.random.one_in(chance)
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        self.random.pick(choices)
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
            "k#",
            "k#",
            "k#",
            "k#",
            "\"k #\"",
            "'k: #'",
            "k # é",
            "X-#",
            "k#/x:y",
            "k# ",
            "9#",
            "\"k\\t#\"",
            "&q# k#",
            "!!str k#",
            "'it''s #'",
            "-k#",
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
        if is_map && self.one_in(25) {
            out.push_str("!!map ");
        }
        if !is_map && self.one_in(15) {
            out.push_str(self.pick(&["!!str ", "! ", "!<tag:yaml.org,2002:str> ", "!!str "]));
        } else if !is_map && self.has_local_tags && self.one_in(30) {
            out.push_str("!local ");
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
            "0x1F",
            "2001-01-01",
            "12:30",
            "-x",
            "a:b",
            "\"\\x41\\u2028\\\"\"",
            "'${a} \\'",
            "???",
            "-1e3",
            "a, [b] {c}",
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
                        3 => format!("'{key}' : {}", self.flow_value(depth)),
                        4 => format!("? {key} : {}", self.flow_value(depth)),
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
            self.pick(&[
                "a",
                "12",
                "'q'",
                "\"d\"",
                "no",
                "two words",
                "'a, b'",
                "\"]\"",
                "!!str 1",
                "x#y",
            ])
            .to_owned()
        }
    }

    /// A flow collection over several lines.
    fn wide_flow(&mut self, column: usize) {
        let is_map = !self.one_in(3);
        self.out.push(if is_map { '{' } else { '[' });
        self.end();
        let count = self.below(4);
        for number in 0..count {
            self.gap(column + self.step);
            self.indent(column + self.step);
            self.keys += 1;
            let value = self.flow_value(1);
            let entry = match (is_map, self.below(6)) {
                (true, _) | (false, 0) => format!("w{}: {value}", self.keys),
                (false, _) => value,
            };
            self.out.push_str(&entry);
            if number + 1 < count || self.one_in(2) {
                self.out.push(',');
            }
            // Two on one line, now and then.
            if number + 1 < count && self.one_in(5) {
                self.out.push(' ');
            } else {
                self.end();
            }
        }
        self.indent(column + 1);
        self.out.push(if is_map { '}' } else { ']' });
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
        let header = if self.one_in(4) {
            format!("{symbol}{chomping}{indicator}")
        } else {
            format!("{symbol}{indicator}{chomping}")
        };
        self.out.push_str(&header);
        self.end();
        if self.one_in(8) {
            self.line();
        }
        let lines = 1 + self.below(4);
        for number in 0..lines {
            if number > 0 && self.one_in(4) {
                self.line();
                continue;
            }
            self.indent(column);
            let text = self.pick(&[
                "text",
                "# no comment",
                "a: b",
                "- x",
                "é",
                "\"",
                "  more",
                "end  ",
                "\ttab",
                "---",
            ]);
            let has_indicator = !indicator.is_empty();
            let text = if number == 0 && !has_indicator {
                text.trim_start()
            } else {
                text
            };
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
        let step = if self.one_in(8) {
            1 + self.below(5)
        } else {
            self.step
        };
        let column = parent + if is_item { 2 } else { step };
        match self.below(if depth > 0 { 15 } else { 10 }) {
            0 => {
                let properties = self.properties(false);
                let local = properties.contains("!local");
                if !properties.is_empty() && !local && self.one_in(2) {
                    self.out.push(' ');
                    self.out.push_str(properties.trim_end());
                } else {
                    self.waiting.clear();
                }
                self.end();
            }
            1 => {
                self.out.push(' ');
                let properties = self.properties(false);
                self.out.push_str(&properties);
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
            5 => self.several_lines(column),
            6 => {
                self.end();
                self.gap(column);
                self.indent(column);
                let properties = self.properties(false);
                let scalar = self.pick(&["below", "'below'", "\"below\"", "[below]", "{b: x}"]);
                let properties = if scalar.starts_with(['[', '{']) {
                    String::new()
                } else {
                    properties
                };
                self.out.push_str(&format!("{properties}{scalar}"));
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

    /// A plain or quoted text over several lines.
    fn several_lines(&mut self, column: usize) {
        let quote = self.pick(&["", "", "'", "\""]);
        let properties = self.properties(false);
        self.out.push_str(&format!(" {properties}{quote}word one"));
        if quote == "\"" && self.one_in(3) {
            self.out.push('\\');
        }
        self.line();
        if self.one_in(4) {
            self.line();
        }
        self.indent(column);
        // A plain text would end at ` #`.
        self.out.push_str(if quote.is_empty() {
            "word two"
        } else {
            "word # two"
        });
        if self.one_in(3) {
            self.line();
            let deeper = self.below(3);
            self.indent(column + deeper);
            self.out.push_str("three");
        }
        self.out.push_str(quote);
        self.end();
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
                self.end();
                self.gap(column);
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
pub fn document(seed: u64) -> String {
    let mut writer = Writer {
        random: Random::new(seed),
        line_break: "\n",
        step: 2,
        sequence_step: 2,
        anchors: Vec::new(),
        waiting: Vec::new(),
        keys: 0,
        has_tabs: false,
        has_local_tags: false,
        out: String::new(),
    };
    writer.has_tabs = writer.one_in(12);
    writer.has_local_tags = writer.one_in(12);
    if writer.one_in(3) {
        writer.line_break = "\r\n";
    }
    writer.step = [2, 2, 4, 3, 1][writer.below(5)];
    writer.sequence_step = [0, 2, writer.step][writer.below(3)];
    if writer.one_in(6) {
        writer.out.push('\u{feff}');
    }
    writer.gap(0);
    let has_directive = writer.one_in(15);
    if has_directive {
        let directive = writer.pick(&["%YAML 1.1", "%YAML 1.1 # c", "%TAG !e! tag:e.org,2026:"]);
        writer.out.push_str(directive);
        writer.line();
    }
    if has_directive || writer.one_in(8) {
        writer.out.push_str("---");
        writer.end();
        writer.gap(0);
    }
    let depth = 1 + writer.below(3);
    match writer.below(16) {
        0 => {
            let text = writer.flow(2);
            writer.out.push_str(&text);
            writer.end();
        }
        1 => writer.wide_flow(0),
        2 => {}
        3 => writer.sequence(0, depth, false),
        _ => writer.map(0, depth, false),
    }
    writer.gap(0);
    if writer.one_in(20) {
        writer.out.push_str("...");
        writer.end();
        writer.gap(0);
    }
    let mut text = writer.out.clone();
    if writer.one_in(3) {
        let end = text.trim_end_matches(['\r', '\n']).len();
        text.truncate(end);
    }
    text
}
