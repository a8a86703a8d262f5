//! What a hostile file may hold: small to write down, and large or deep once it is read.

use super::size;

/// A text and what is to be expected of it.
pub struct Content {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    /// Whether `check` has to say something about a connection file that holds it.
    pub is_found_in_connection: bool,
    /// Whether it has to say something about a workflow that holds it.
    pub is_found_in_workflow: bool,
}

/// Something that `check` has to mention wherever it stands.
fn wrong(name: &'static str, bytes: impl Into<Vec<u8>>) -> Content {
    Content {
        name,
        bytes: bytes.into(),
        is_found_in_connection: true,
        is_found_in_workflow: true,
    }
}

/// Something that is no connection, and a workflow like any other.
fn no_connection(name: &'static str, bytes: impl Into<Vec<u8>>) -> Content {
    Content {
        is_found_in_workflow: false,
        ..wrong(name, bytes)
    }
}

const MEGABYTE: usize = 1_000_000;

/// Each with a name of its own.
pub fn all() -> Vec<Content> {
    let mut all = aliases();
    all.extend(deep());
    all.extend(long());
    all.extend(many());
    all.extend(encodings());
    all
}

/// Texts of a few hundred bytes that stand for more than any memory holds.
pub fn aliases() -> Vec<Content> {
    let letters: Vec<char> = ('b'..='n').collect();
    let mut flow = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    let mut merged = "a: &a {x: 1}\n".to_owned();
    let mut block = "a: &a\n  - x\n  - x\n".to_owned();
    for (before, name) in ('a'..).zip(&letters) {
        flow += &format!(
            "{name}: &{name} [{}]\n",
            vec![format!("*{before}"); 10].join(",")
        );
        merged += &format!(
            "{name}: &{name}\n  <<: [{}]\n  {name}k: {{<<: *{before}, v: *{before}}}\n",
            vec![format!("*{before}"); 10].join(", ")
        );
        block += &format!("{name}: &{name}\n{}", format!("  - *{before}\n").repeat(10));
    }
    let used = "nodes: {a: *n}\nconnection: openai\n";
    vec![
        no_connection("an alias bomb in flow", format!("{flow}{used}")),
        no_connection("an alias bomb in blocks", format!("{block}{used}")),
        no_connection("an alias bomb of merges", format!("{merged}{used}")),
        no_connection(
            "an alias of itself",
            "a: &a [*a, {b: *a}]\nconnection: openai\n",
        ),
        no_connection("a merge of itself", "a: &a {<<: *a}\nconnection: openai\n"),
        no_connection(
            "an interpolation that doubles itself",
            (0..60).fold("a0: {connection: x}\n".to_owned(), |text, at| {
                format!(
                    "{text}a{}: {{connection: \"${{a{at}.connection}}${{a{at}.connection}}\"}}\n",
                    at + 1
                )
            }),
        ),
        no_connection(
            "a long chain of interpolations",
            (0..size(200_000)).fold(String::new(), |text, at| {
                format!(
                    "{text}k{at}: {{connection: \"${{k{}.connection}}\"}}\n",
                    at + 1
                )
            }),
        ),
    ]
}

/// Nesting that a parser with a call per level does not survive.
fn deep() -> Vec<Content> {
    let levels = 100_000;
    let stairs = |levels: usize| -> String {
        (0..levels)
            .map(|level| format!("{}a:\n", " ".repeat(level)))
            .collect()
    };
    vec![
        wrong("lists in flow, open", format!("a: {}", "[".repeat(levels))),
        wrong(
            "lists in flow",
            format!("a: {}{}\n", "[".repeat(levels), "]".repeat(levels)),
        ),
        wrong(
            "maps in flow",
            format!("a: {}{}\n", "{a: ".repeat(levels), "}".repeat(levels)),
        ),
        wrong("lists in one line", format!("{}x\n", "- ".repeat(levels))),
        wrong("keys that are maps", format!("{}x\n", "? ".repeat(levels))),
        wrong("maps in blocks", stairs(1_000)),
        wrong(
            "json",
            format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels)),
        ),
        wrong(
            "interpolations, open",
            format!("connection: {}\n", "${".repeat(levels)),
        ),
        wrong(
            "interpolations",
            format!(
                "connection: ${{{}b{}\n",
                "a.${".repeat(levels),
                "}".repeat(levels + 1)
            ),
        ),
        wrong(
            "variables in variables",
            format!(
                "connection: \"{}b{}\"\n",
                "${oc.env:".repeat(levels),
                "}".repeat(levels)
            ),
        ),
        no_connection(
            "tags",
            format!("a: {}y\nconnection: openai\n", "!x ".repeat(levels)),
        ),
    ]
}

/// Single things without an end.
fn long() -> Vec<Content> {
    let length = size(50 * MEGABYTE);
    let x = "x".repeat(length);
    vec![
        no_connection("a plain value", format!("a: {x}\n")),
        no_connection("a quoted value", format!("connection: \"{x}\"\n")),
        no_connection("a single-quoted value", format!("connection: '{x}'\n")),
        no_connection(
            "a block",
            format!(
                "connection: |\n{}",
                format!("  {}\n", "x".repeat(998)).repeat(length / 1001)
            ),
        ),
        no_connection("one line", x.clone()),
        wrong("a key", format!("{x}: 1\n")),
        no_connection("a comment", format!("# {x}\n")),
        no_connection(
            "an open quote",
            format!("a: \"{}", "x\\".repeat(length / 2)),
        ),
        wrong("opening braces", "{".repeat(length)),
        wrong("stars", "*".repeat(length)),
        wrong("percent signs", "%".repeat(length)),
        no_connection("dashes", "-".repeat(length)),
        wrong("quotes", "\"".repeat(length | 1)),
        wrong("colons", ": ".repeat(size(500_000))),
    ]
}

/// Many of something.
fn many() -> Vec<Content> {
    let repeated =
        |count: usize, line: &dyn Fn(usize) -> String| -> String { (0..count).map(line).collect() };
    let million = size(1_000_000);
    vec![
        no_connection("keys", repeated(million, &|at| format!("k{at}: v\n"))),
        no_connection("lines", "a\n".repeat(size(25 * MEGABYTE))),
        no_connection("empty lines", "\n".repeat(size(50 * MEGABYTE))),
        no_connection(
            "uses",
            repeated(size(200_000), &|at| {
                format!("k{at}: {{connection: openai}}\n")
            }),
        ),
        no_connection(
            "definitions",
            format!(
                "connections:\n{}connection: openai\n",
                repeated(size(100_000), &|at| format!("  k{at}: {{type: a}}\n"))
            ),
        ),
        no_connection(
            "anchors",
            repeated(size(300_000), &|at| format!("k{at}: &a{at} x\n")),
        ),
        no_connection(
            "aliases",
            format!(
                "k: &a x\n{}",
                repeated(size(300_000), &|at| format!("k{at}: *a\n"))
            ),
        ),
        no_connection(
            "merges",
            format!(
                "a: &a {{b: 1}}\n{}",
                repeated(size(100_000), &|at| format!("c{at}: {{<<: *a}}\n"))
            ),
        ),
        no_connection("documents", "---\na: 1\n".repeat(size(300_000))),
    ]
}

/// Bytes that are no text, or another one than they seem.
fn encodings() -> Vec<Content> {
    let wide = |text: &str, unit: &dyn Fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
        mark.into_iter()
            .chain(text.encode_utf16().flat_map(unit))
            .collect()
    };
    let utf32 = |text: &str| -> Vec<u8> {
        [0xff, 0xfe, 0, 0]
            .into_iter()
            .chain(text.chars().flat_map(|c| u32::from(c).to_le_bytes()))
            .collect()
    };
    let use_line = "connection: openai\n";
    vec![
        wrong("a NUL", "connection: open\0ai\n"),
        wrong("only NULs", vec![0; size(50 * MEGABYTE)]),
        wrong("no UTF-8", b"connection: \xff\xfe\xc0\x80\n"),
        wrong("half a character", b"connection: \xe2\x82"),
        wrong("an encoded surrogate", b"connection: \xed\xa0\x80\n"),
        no_connection(
            "UTF-16, little end first",
            wide(use_line, &u16::to_le_bytes, [0xff, 0xfe]),
        ),
        no_connection(
            "UTF-16, big end first",
            wide(use_line, &u16::to_be_bytes, [0xfe, 0xff]),
        ),
        wrong(
            "UTF-16 without its mark",
            wide(use_line, &u16::to_le_bytes, [0, 0])[2..].to_vec(),
        ),
        wrong("UTF-32", utf32(use_line)),
        no_connection("a byte order mark", format!("\u{feff}{use_line}")),
        no_connection("lone carriage returns", "connection: openai\rtype: x\r"),
        no_connection(
            "separators of Unicode",
            "connection: openai\u{2028}a: b\u{2029}c: d\u{85}e: f\n",
        ),
        wrong(
            "control characters",
            "connection: \"\x1b]0;x\x07\"\na: \x1b[2J\u{9b}2J\n",
        ),
        no_connection("nothing", ""),
        no_connection("other text", "\x7fELF\x02\x01\x01".repeat(10)),
    ]
}
