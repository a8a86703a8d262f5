//! Source files as the tidy tests see them: code without comments, literals and test modules, and
//! the paths that it names. It reads tokens, not syntax; rustc has already said that they compile.

use std::fs;
use std::ops::Range;
use std::path::Path;

const CFG_TEST: &str = "#[cfg(test)]";

/// One file of the repository.
#[derive(Debug, Clone)]
pub struct Source {
    /// Below the repository, with `/` on every system.
    pub path: String,
    /// As it is on disk.
    pub text: String,
}

/// A path such as `std::fs::read`, written out where a `use` groups it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    /// Counted from 1.
    pub line: usize,
    /// At least one.
    pub segments: Vec<String>,
}

impl Source {
    /// A file that exists only in a test.
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The text with comments and literals turned into spaces; lines stay where they are.
    pub fn code(&self) -> String {
        blank(&self.text)
    }

    /// [`Source::code`] without the modules that only tests are compiled with, which leave their
    /// line breaks behind. A file that is such a module is empty.
    pub fn product_code(&self) -> String {
        if self.is_test_module() {
            return String::new();
        }
        let code = self.code();
        let mut product = String::with_capacity(code.len());
        let mut from = 0;
        for module in test_modules(&code) {
            product.push_str(&code[from..module.start]);
            product.extend(code[module.clone()].chars().filter(|c| *c == '\n'));
            from = module.end;
        }
        product.push_str(&code[from..]);
        product
    }

    /// How many lines the file has outside of test modules; comments count.
    pub fn product_lines(&self) -> usize {
        let code = self.code();
        let in_tests: usize = test_modules(&code)
            .into_iter()
            .map(|module| code[module].lines().count())
            .sum();
        code.lines().count() - in_tests
    }

    /// The items right behind a `#[cfg(test)]`; of a test module, everything.
    pub fn test_only_code(&self) -> String {
        let code = self.code();
        if self.is_test_module() {
            return code;
        }
        code.split(CFG_TEST)
            .skip(1)
            .map(|item| item.split_inclusive(';').next().unwrap_or(item))
            .collect()
    }

    /// `foo/tests.rs`, `foo/model_tests.rs` and what is below `foo/tests/`.
    pub fn is_test_module(&self) -> bool {
        self.path.starts_with("src/")
            && (self.path.ends_with("/tests.rs")
                || self.path.ends_with("_tests.rs")
                || self.path.contains("/tests/"))
    }

    /// `["tui", "popup"]` for `src/tui/popup.rs`; empty for `src/lib.rs` and `src/main.rs`.
    pub fn module_path(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/");
        match inner.trim_end_matches(".rs") {
            "lib" | "main" => Vec::new(),
            modules => modules.split('/').collect(),
        }
    }
}

/// Every file below `folder` of the repository whose name ends in one of `endings`, in order.
/// What git or cargo makes is left out. A folder that is not there has none.
pub fn files_below(folder: &str, endings: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a folder's entry can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !matches!(name.as_ref(), "target" | ".git" | ".venv" | "__pycache__") {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let text = fs::read(&path).expect("a file of the repository can be read");
                let relative = path
                    .strip_prefix(root)
                    .expect("it was found below the root");
                found.push(Source {
                    path: relative.to_string_lossy().replace('\\', "/"),
                    text: String::from_utf8_lossy(&text).into_owned(),
                });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The lines `mod name;` of code.
pub fn declared_modules(code: &str) -> Vec<String> {
    words(code)
        .windows(2)
        .filter(|pair| pair[0].text == "mod" && code[pair[1].end..].trim_start().starts_with(';'))
        .map(|pair| pair[1].text.to_owned())
        .collect()
}

/// Every path that the code names, those of `use` trees written out.
pub fn named_paths(code: &str) -> Vec<NamedPath> {
    let words = words(code);
    let mut paths: Vec<NamedPath> = Vec::new();
    let mut index = 0;
    while index < words.len() {
        let line = line_of(code, words[index].start);
        if words[index].text == "use" {
            let rest = &code[words[index].end..];
            let tree = &rest[..rest.find(';').unwrap_or(rest.len())];
            expand(tree, &[], line, &mut paths);
            let end = words[index].end + tree.len();
            while index < words.len() && words[index].start < end {
                index += 1;
            }
            continue;
        }
        let mut segments = vec![words[index].text.to_owned()];
        while index + 1 < words.len()
            && code[words[index].end..words[index + 1].start].trim() == "::"
        {
            index += 1;
            segments.push(words[index].text.to_owned());
        }
        paths.push(NamedPath { line, segments });
        index += 1;
    }
    paths
}

/// Writes out one `use` tree below `prefix`.
fn expand(tree: &str, prefix: &[String], line: usize, paths: &mut Vec<NamedPath>) {
    let (head, group) = match tree.find('{') {
        Some(open) => (
            &tree[..open],
            Some(&tree[open + 1..tree.rfind('}').unwrap_or(tree.len())]),
        ),
        None => (tree, None),
    };
    let head = head.split(" as ").next().unwrap_or(head);
    let mut segments = prefix.to_vec();
    segments.extend(
        head.split("::")
            .map(str::trim)
            .filter(|segment| !segment.is_empty() && (*segment != "self" || prefix.is_empty()))
            .map(str::to_owned),
    );
    let Some(group) = group else {
        if !segments.is_empty() {
            paths.push(NamedPath { line, segments });
        }
        return;
    };
    let (mut depth, mut start) = (0_usize, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                expand(&group[start..at], &segments, line, paths);
                start = at + 1;
            }
            _ => {}
        }
    }
    if !group[start..].trim().is_empty() {
        expand(&group[start..], &segments, line, paths);
    }
}

/// The line of byte `offset`, from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

struct Word<'a> {
    start: usize,
    end: usize,
    text: &'a str,
}

/// Identifiers, keywords and numbers.
fn words(code: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, character) in code.char_indices().chain([(code.len(), ' ')]) {
        let inside = character == '_' || character.is_alphanumeric();
        match (start, inside) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                found.push(Word {
                    start: from,
                    end: at,
                    text: &code[from..at],
                });
                start = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    found
}

/// Where `#[cfg(test)] mod name { … }` stands in code without literals.
fn test_modules(code: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = code[from..].find(CFG_TEST).map(|at| from + at) {
        let item = &code[at..];
        let is_module = words(&item[CFG_TEST.len()..])
            .iter()
            .find(|word| !matches!(word.text, "pub" | "crate" | "super"))
            .is_some_and(|word| word.text == "mod");
        from = at + CFG_TEST.len();
        if let (true, Some(open)) = (is_module, item.find('{'))
            && !item[..open].contains(';')
        {
            from = at + matching_brace(item, open);
            found.push(at..from);
        }
    }
    found
}

/// The offset after the brace that closes the one at `open`.
fn matching_brace(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// Turns comments, strings and characters into spaces, but for their line breaks.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_word = out.ends_with(|c: char| c == '_' || c.is_alphanumeric());
        let length = literal_length(rest, after_word);
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        out.extend(
            rest[..length]
                .chars()
                .map(|c| if c == '\n' { c } else { ' ' }),
        );
        rest = &rest[length..];
    }
    out
}

/// How many bytes of a comment or literal `rest` starts with; 0 for code. A lifetime is code.
fn literal_length(rest: &str, after_word: bool) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment_length(rest);
    }
    let character = if after_word {
        rest
    } else {
        rest.strip_prefix('b').unwrap_or(rest)
    };
    if let Some(body) = character.strip_prefix('\'') {
        let before = rest.len() - body.len();
        let mut characters = body.char_indices();
        return match (characters.next(), characters.next()) {
            (Some((_, '\\')), Some((escaped, c))) => {
                let from = escaped + c.len_utf8();
                body[from..]
                    .find('\'')
                    .map_or(rest.len(), |end| before + from + end + 1)
            }
            (Some(_), Some((quote, '\''))) => before + quote + 1,
            _ => 0,
        };
    }
    let prefix = match () {
        () if after_word => "",
        () => ["br", "cr", "r", "b", "c"]
            .into_iter()
            .find(|prefix| rest.starts_with(prefix))
            .unwrap_or(""),
    };
    let body = &rest[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.len() - body.trim_start_matches('#').len();
        if let Some(inner) = body[hashes..].strip_prefix('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            return inner.find(&close).map_or(rest.len(), |end| {
                prefix.len() + hashes + 1 + end + close.len()
            });
        }
        return 0;
    }
    if !body.starts_with('"') {
        return 0;
    }
    let mut escaped = false;
    for (at, byte) in body.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return prefix.len() + at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Block comments nest.
fn block_comment_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match &bytes[at..bytes.len().min(at + 2)] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

#[test]
fn comments_and_literals_are_not_code() {
    let code = blank(
        "a // b\n/* c /* d */ e\n*/ f \"g \\\" h\" r#\"i \" j\"# 'k' '\\'' b'\\n' '\\u{1f600}' <'l> var\"m\"",
    );
    let kept: Vec<_> = words(&code)
        .iter()
        .map(|word| word.text.to_owned())
        .collect();
    assert_eq!(kept, ["a", "f", "l", "var"], "{code}");
    assert_eq!(line_of(&code, code.find('f').unwrap()), 3);
}

#[test]
fn a_test_module_is_no_product_code() {
    let source = Source::new(
        "src/a.rs",
        "one();\n#[cfg(test)]\npub(crate) mod tests {\n fn x() { two(\"}\") }\n}\nthree();\n#[cfg(test)]\nmod tests;\nfour();\n",
    );
    let code = source.product_code();
    for (word, there) in [
        ("one", true),
        ("two", false),
        ("three", true),
        ("four", true),
    ] {
        assert_eq!(code.contains(word), there, "{word} in {code}");
    }
    assert_eq!(line_of(&code, code.find("three").unwrap()), 6);
    assert_eq!(Source::new("src/a/tests.rs", "x();").product_code(), "");
}

#[test]
fn paths_are_written_out() {
    let code = "use std::{self, fs::{self as disk, File}, io};\nlet x = crate::store::Store::load();\nself::y();";
    let found: Vec<_> = named_paths(code)
        .into_iter()
        .map(|path| format!("{}:{}", path.line, path.segments.join("::")))
        .collect();
    for wanted in [
        "1:std",
        "1:std::fs",
        "1:std::fs::File",
        "1:std::io",
        "2:crate::store::Store::load",
        "3:self::y",
    ] {
        assert!(
            found.iter().any(|path| path == wanted),
            "{wanted} not in {found:?}"
        );
    }
}

#[test]
fn declared_modules_are_those_with_a_file() {
    let code = "pub mod a;\n#[cfg(test)]\nmod tests;\nmod inline { }\n";
    assert_eq!(declared_modules(code), ["a", "tests"]);
}
