//! What the README says about commands and rules is what the program has.

use std::fmt::Write as _;

use conndeck::check::RULES;
use conndeck::cli::command;
use conndeck::connection::Severity;

use super::repository_file;

const UPDATE: &str = "UPDATE_DOCS";

#[test]
fn the_readme_has_every_command() {
    let mut table = String::from("| Command | What it does |\n|---|---|\n");
    table += "| `conndeck` | opens the interface |\n";
    for command in command().get_subcommands() {
        let mut command = command.clone().disable_help_flag(true);
        let usage = command.render_usage().to_string();
        let usage = usage
            .trim_start_matches("Usage: ")
            .replace("[OPTIONS]", "")
            .replace(['<', '>'], "")
            .replace("  ", " ");
        let about = command.get_about().map(ToString::to_string);
        let usage = usage.trim().replace('|', "\\|");
        let about = about.unwrap_or_default();
        writeln!(table, "| `conndeck {usage}` | {about} |").unwrap();
    }
    assert_block("commands", &table);
}

#[test]
fn the_readme_has_every_rule() {
    let mut table =
        String::from("| Rule | Severity | What it finds | What to do |\n|---|---|---|---|\n");
    for rule in &RULES {
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let (name, summary, advice) = (rule.name, rule.summary, rule.advice);
        writeln!(table, "| `{name}` | {severity} | {summary} | {advice} |").unwrap();
    }
    assert_block("rules", &table);
}

/// Compares what stands between two marks, or writes it if `UPDATE_DOCS` is set.
#[track_caller]
fn assert_block(name: &str, wanted: &str) {
    let (path, text) = repository_file("README.md");
    let (begin, end) = (
        format!("<!-- {name}:begin -->\n"),
        format!("<!-- {name}:end -->"),
    );
    let start = text.find(&begin).expect("the mark is there") + begin.len();
    let stop = start + text[start..].find(&end).expect("the mark is there");
    if text[start..stop] == *wanted {
        return;
    }
    if std::env::var_os(UPDATE).is_some() {
        let new = format!("{}{wanted}{}", &text[..start], &text[stop..]);
        std::fs::write(path, new).unwrap();
        return;
    }
    panic!("README.md is old: {UPDATE}=1 cargo test --test it documentation");
}
