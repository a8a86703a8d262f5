//! `docs/reliability.md` can't age: what it names as holding a promise is there, and its figures are
//! those of `docs/reliability.tsv`.

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/reliability.md";
/// A line for each figure: section, what was done, how often, what went wrong, by which command.
const FIGURES: &str = "docs/reliability.tsv";
const BEGIN: &str = "<!-- figures:begin -->\n";
const END: &str = "<!-- figures:end -->";

fn repository(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn read(relative: &str) -> String {
    fs::read_to_string(repository(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

/// What stands between backticks and is a path of the repository, with the test behind `::` if one is
/// named.
fn named(page: &str) -> Vec<(&str, Option<&str>)> {
    page.split('`')
        .skip(1)
        .step_by(2)
        .filter(|text| {
            ["src/", "tests/", "scripts/", "fuzz/"]
                .iter()
                .any(|start| text.starts_with(start))
        })
        .map(|text| match text.split_once("::") {
            Some((file, test)) => (file, Some(test)),
            None => (text, None),
        })
        .collect()
}

/// Whether `source` has a test of that name: marked as one, or within `proptest!`.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().collect();
    let opening = format!("fn {name}(");
    lines.iter().enumerate().any(|(number, line)| {
        let attributes = lines[..number]
            .iter()
            .rev()
            .take_while(|line| !line.trim().is_empty() && !line.starts_with('}'));
        line.trim_start().starts_with(&opening)
            && attributes.into_iter().any(|line| line.trim() == "#[test]")
    })
}

/// What is not there of what a page names.
fn missing(page: &str) -> Vec<String> {
    named(page)
        .into_iter()
        .filter(
            |(file, test)| match (fs::read_to_string(repository(file)), test) {
                (Ok(source), Some(test)) => !has_test(&source, test),
                (Ok(_), None) => false,
                (Err(_), _) => test.is_some() || !repository(file).exists(),
            },
        )
        .map(|(file, test)| format!("{file}::{}", test.unwrap_or_default()))
        .collect()
}

/// The figures as a table.
fn table(figures: &str) -> String {
    let mut table =
        "\n| | what was done | how often | found wrong and left | by |\n|---|---|---:|---:|---|\n"
            .to_owned();
    for line in figures
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    {
        let cells: Vec<&str> = line.split('\t').collect();
        let [section, what, count, wrong, command] = cells.as_slice() else {
            panic!("{FIGURES}: not five cells: {line}");
        };
        table += &format!("| {section} | {what} | {count} | {wrong} | `{command}` |\n");
    }
    table.push('\n');
    table
}

#[test]
fn what_holds_a_promise_is_there() {
    let page = read(PAGE);
    assert!(named(&page).len() >= 40, "{:?}", named(&page));
    let missing = missing(&page);
    assert!(
        missing.is_empty(),
        "{PAGE} names what is not there: {missing:#?}"
    );
    // So that this can fail.
    assert_eq!(
        self::missing("`src/lib.rs::nobody` `tests/nowhere.rs` `tests/it/reliability.rs::table`")
            .len(),
        3
    );
}

/// A row of a table of promises without a test is a promise that nobody holds.
#[test]
fn every_promise_has_a_test() {
    let page = read(PAGE);
    let promises = page.split("## What is not promised").next().unwrap();
    let (promises, _) = promises.split_once("## Figures").unwrap();
    let mut count = 0;
    for row in promises.lines().filter(|line| line.starts_with("| ")) {
        let [_, promise, holds, _] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("not two cells: {row}");
        };
        if promise.trim() == "what is promised" {
            continue;
        }
        count += 1;
        assert!(!named(holds).is_empty(), "{promise} has no test");
    }
    assert!(count >= 30, "{count}");
}

#[test]
fn the_figures_are_those_of_the_runs() {
    let page = read(PAGE);
    let (before, rest) = page.split_once(BEGIN).expect("the begin mark is there");
    let (written, after) = rest.split_once(END).expect("the end mark is there");
    let table = table(&read(FIGURES));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(
            repository(PAGE),
            format!("{before}{BEGIN}{table}{END}{after}"),
        )
        .unwrap();
        return;
    }
    assert!(
        written == table,
        "{PAGE} is old: UPDATE_DOCS=1 cargo test --test it reliability"
    );
}

/// The page says what is done, not how well.
#[test]
fn the_page_has_no_praise() {
    let page = read(PAGE).to_lowercase();
    for word in [
        "robust",
        "powerful",
        "comprehensive",
        "rigorous",
        "extensive",
        "seamless",
        "bulletproof",
        "rock-solid",
        "blazing",
        "world-class",
        "carefully",
        "thorough",
        "excellent",
        "guarantee",
        "battle-tested",
    ] {
        assert!(!page.contains(word), "{word}");
    }
}
