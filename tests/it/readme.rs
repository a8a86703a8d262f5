//! What the README says of keys and settings is written from the tables that the program works by.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use conndeck::project::personal::SETTINGS;
use conndeck::tui::keymap::Keymap;

/// All keys with what they do, as Markdown.
fn keys() -> String {
    let mut text = "\n| Where | Action | Keys | What it does |\n|---|---|---|---|\n".to_owned();
    for (context, rows) in Keymap::default().sections() {
        for (place, row) in rows.iter().enumerate() {
            let context = match place {
                0 => format!("{} (`{}`)", context.title(), context.name()),
                _ => String::new(),
            };
            let keys: Vec<String> = row.keys.split(' ').map(|key| format!("`{key}`")).collect();
            let (action, keys, help) = (&row.action, keys.join(" "), row.help);
            writeln!(text, "| {context} | `{action}` | {keys} | {help} |").unwrap();
        }
    }
    text.push('\n');
    text
}

/// All personal settings, as Markdown.
fn settings() -> String {
    let mut text =
        "\n| Setting | What it is | Without it | What it does |\n|---|---|---|---|\n".to_owned();
    for setting in SETTINGS {
        let (name, shape, default, help) =
            (setting.name, setting.shape, setting.default, setting.help);
        writeln!(text, "| `{name}` | {shape} | {default} | {help} |").unwrap();
    }
    text.push('\n');
    text
}

/// Fails once after a change of the table, and has then mended the file.
fn is_in_the_readme(name: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (begin, end) = (
        format!("<!-- {name}:begin -->\n"),
        format!("<!-- {name}:end -->"),
    );
    let (before, rest) = readme.split_once(&begin).expect("the begin mark is there");
    let (written, after) = rest.split_once(&end).expect("the end mark is there");
    if written != table {
        fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
        panic!("the table of {name} in README.md was out of date; it is written again");
    }
}

#[test]
fn what_the_readme_says_of_keys_and_settings_is_what_the_program_does() {
    is_in_the_readme("keys", &keys());
    is_in_the_readme("settings", &settings());
}
