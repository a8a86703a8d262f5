//! Bad samples: each check is known to be able to fail.

use super::assert_none;
use super::checks::{
    banned_words, deeds_in_the_wrong_place, dependencies_that_point_up, files_too_long,
    files_without_an_opening, foreign_crates, forgotten_files, modules_out_of_order,
    paths_of_one_machine, views_that_change,
};
use super::rules::MOST_LINES;
use super::source::Source;

#[track_caller]
fn assert_some(complaints: &[String], wanted: &str) {
    assert!(
        complaints
            .iter()
            .any(|complaint| complaint.contains(wanted)),
        "`{wanted}` is not in {complaints:#?}"
    );
}

#[test]
fn a_deed_in_the_wrong_place_is_seen() {
    for (code, trace) in [
        ("use std::{collections::BTreeMap, fs as disk};", "std::fs"),
        ("fn f() { std::fs::read(x); }", "std::fs"),
        ("use std::thread::spawn;", "std::thread"),
        ("fn f() { std::env::var(x); }", "std::env"),
        (
            "use std::time::Instant; fn f() { Instant::now(); }",
            "Instant::now",
        ),
        (
            "fn f() { std::time::SystemTime::now(); }",
            "SystemTime::now",
        ),
        ("use notify::Watcher;", "notify"),
        ("fn f(p: &Path) { p.exists(); }", "exists"),
        ("use std::process::Command;", "std::process::Command"),
    ] {
        let sample = Source::new("src/tui/app.rs", code);
        assert_some(&deeds_in_the_wrong_place(&[sample]), &format!("`{trace}`"));
        let commented = Source::new("src/tui/app.rs", &format!("// {code}\n"));
        assert_none(&deeds_in_the_wrong_place(&[commented]));
        let tests = format!("#[cfg(test)]\nmod tests {{ {code} }}");
        assert_none(&deeds_in_the_wrong_place(&[Source::new(
            "src/tui/app.rs",
            &tests,
        )]));
    }
    // A method of ours may have the same name, with arguments.
    let ours = Source::new("src/tui/app.rs", "fn f() { self.store.exists(id); }");
    assert_none(&deeds_in_the_wrong_place(&[ours]));
    let walker = Source::new(
        "src/workflow/walk.rs",
        "use std::fs; fn f() { fs::remove_file(x); }",
    );
    let complaints = deeds_in_the_wrong_place(&[walker]);
    assert_some(&complaints, "`fs::remove_file` writes to the disk");
    assert_eq!(complaints.len(), 1, "it may read: {complaints:?}");
}

#[test]
fn a_dependency_that_points_up_is_seen() {
    let order = ["connection", "store", "cli", "plain", "tui"].map(str::to_owned);
    for (path, code, wanted) in [
        (
            "src/connection.rs",
            "use crate::{connection::X, store::Store};",
            "`connection` may not know `store`",
        ),
        (
            "src/connection.rs",
            "fn f(x: super::store::Store) {}",
            "`connection` may not know `store`",
        ),
        (
            "src/store/lock.rs",
            "fn f() { super::super::tui::run(); }",
            "`store` may not know `tui`",
        ),
        (
            "src/tui/app.rs",
            "use crate::cli::list;",
            "`tui` may not know `cli`",
        ),
        (
            "src/cli/list.rs",
            "use crate::tui;",
            "`cli` may not know `tui`",
        ),
        (
            "src/cli/list.rs",
            "use crate::plain;",
            "`cli` may not know `plain`",
        ),
        (
            "src/tui/app.rs",
            "use crate::plain;",
            "`tui` may not know `plain`",
        ),
    ] {
        assert_some(
            &dependencies_that_point_up(&[Source::new(path, code)], &order),
            wanted,
        );
    }
    let fine = Source::new(
        "src/tui/app.rs",
        "use crate::store::Store; use super::list::List;",
    );
    assert_none(&dependencies_that_point_up(&[fine], &order));
    assert_some(
        &modules_out_of_order(&["tui", "store"].map(str::to_owned)),
        "`store` stands too low",
    );
    assert_some(
        &modules_out_of_order(&["utils".to_owned()]),
        "`utils` has no place",
    );
}

#[test]
fn a_foreign_crate_is_seen() {
    let domain = Source::new("src/document/edit.rs", "use tempfile::NamedTempFile;");
    assert_some(&foreign_crates(&[domain]), "`tempfile`");
    let disk = Source::new(
        "src/store.rs",
        "fn f(x: ratatui::text::Line) { rustix::fs::sync(); }",
    );
    let complaints = foreign_crates(&[disk]);
    assert_some(&complaints, "`ratatui`");
    assert_eq!(complaints.len(), 1, "{complaints:?}");
}

#[test]
fn a_file_that_is_long_unopened_or_unfinished_is_seen() {
    let sample = |text: &str| [Source::new("src/a.rs", text)];
    assert_some(
        &files_without_an_opening(&sample("use std::fmt;\n")),
        "src/a.rs",
    );
    for code in [
        "fn f() { todo!() }",
        "#[ignore = \"slow\"]\nfn f() {}",
        "static mut X: u8 = 0;",
    ] {
        assert_eq!(banned_words(&sample(code)).len(), 1, "{code}");
    }
    assert_none(&banned_words(&sample(
        "// todo!\nconst X: &str = \"todo!\";",
    )));

    let (lines, tests) = ("//\n".repeat(MOST_LINES), "fn t() {}\n\n".repeat(400));
    let whole = format!("{lines}#[cfg(test)]\nmod tests {{\n{tests}}}\n");
    assert_none(&files_too_long(&sample(&lines)));
    assert_some(
        &files_too_long(&sample(&format!("{lines}fn f() {{}}\n"))),
        "501 lines",
    );
    let complaints = files_too_long(&sample(&whole));
    assert_none(&complaints);
}

#[test]
fn a_forgotten_file_is_seen() {
    let files = [
        Source::new("tests/it/main.rs", "mod named;\n// mod forgotten;\n"),
        Source::new("tests/it/named.rs", "mod inner;"),
        Source::new("tests/it/named/inner.rs", ""),
        Source::new("tests/it/forgotten.rs", ""),
        Source::new("tests/it/named/lost.rs", ""),
        Source::new("src/a/mod.rs", ""),
        Source::new(
            "src/b.rs",
            "mod tests;\n#[cfg(test)]\nmod model_tests;\nmod c;",
        ),
        Source::new("src/b/tests.rs", ""),
        Source::new("src/b/model_tests.rs", ""),
    ];
    let complaints = forgotten_files(&files);
    assert_some(&complaints, "tests/it/forgotten.rs");
    assert_some(&complaints, "tests/it/named/lost.rs");
    assert_some(&complaints, "call it after its folder");
    // Product code can't hide in a file that is called after tests.
    assert_some(&complaints, "src/b/tests.rs: no `#[cfg(test)] mod tests;`");
    assert!(
        !complaints
            .iter()
            .any(|complaint| complaint.contains("model_tests"))
    );
    assert!(
        !complaints
            .iter()
            .any(|complaint| complaint.contains("inner")),
        "{complaints:?}"
    );
}

#[test]
fn a_view_that_changes_is_seen() {
    let sample = |code| [Source::new("src/tui/list.rs", code)];
    for bad in [
        "fn view(&mut self) {}",
        "fn view<'a>(\n    &mut self) {}",
        "fn view(mut self) {}",
    ] {
        assert_some(&views_that_change(&sample(bad)), "takes `&self`");
    }
    for fine in [
        "fn view(&self, frame: &mut Frame) {}",
        "fn viewport(&mut self) {}",
    ] {
        assert_none(&views_that_change(&sample(fine)));
    }
}

#[test]
fn a_folder_of_one_machine_is_seen() {
    let sample = |text: &str| [Source::new("README.md", text)];
    for root in ["home", "root", "work", "tmp"] {
        assert_some(
            &paths_of_one_machine(&sample(&format!("cd /{root}/me\n"))),
            "README.md:1",
        );
    }
    for fine in [
        "https://example.org/home/me",
        "$HOME/work/x",
        "a/tmp/b",
        "/tmp/",
    ] {
        assert_none(&paths_of_one_machine(&sample(fine)));
    }
}
