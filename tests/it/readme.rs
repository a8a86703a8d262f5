//! The README's table of keys is written from the table that the program works by.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use conndeck::tui::keymap;

const BEGIN: &str = "<!-- keys:begin -->\n";
const END: &str = "<!-- keys:end -->";

/// All keys with what they do, as Markdown.
fn table() -> String {
    let mut text = "\n| Where | Keys | What they do |\n|---|---|---|\n".to_owned();
    for (section, rows) in keymap::sections() {
        for (place, (keys, help)) in rows.iter().enumerate() {
            let section = if place == 0 { section } else { "" };
            let keys: Vec<String> = keys.split(' ').map(|key| format!("`{key}`")).collect();
            writeln!(text, "| {section} | {} | {help} |", keys.join(" ")).unwrap();
        }
    }
    text.push('\n');
    text
}

/// Fails once after a change of keys, and has then mended the file.
#[test]
fn the_keys_in_the_readme_are_those_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the begin mark is there");
    let (written, after) = rest.split_once(END).expect("the end mark is there");
    let table = table();
    if written != table {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        panic!("the table of keys in README.md was out of date; it is written again");
    }
}
