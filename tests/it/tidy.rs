//! The invariants of `ARCHITECTURE.md` that can be read off the source, checked on the repository.

mod can_fail;
mod checks;
mod rules;
mod source;

use checks::{
    banned_words, deeds_in_the_wrong_place, dependencies_that_point_up, files_too_long,
    files_without_an_opening, foreign_crates, forgotten_files, modules_out_of_order,
    paths_of_one_machine, views_that_change,
};
use source::{declared_modules, files_below};

#[test]
fn only_the_files_that_may_touch_the_world() {
    assert_none(&deeds_in_the_wrong_place(&files_below("src", &[".rs"])));
}

#[test]
fn dependencies_point_down() {
    let order = modules_of_the_crate();
    assert!(!order.is_empty());
    assert_none(&modules_out_of_order(&order));
    let sources = files_below("src", &[".rs"]);
    assert_none(&dependencies_that_point_up(&sources, &order));
    assert_none(&foreign_crates(&sources));
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    let mut sources = files_below("src", &[".rs"]);
    assert_none(&files_too_long(&sources));
    sources.extend(files_below("tests", &[".rs"]));
    sources.extend(files_below("benches", &[".rs"]));
    assert!(sources.len() > 4, "the files were not found");
    assert_none(&files_without_an_opening(&sources));
    assert_none(&banned_words(&sources));
}

#[test]
fn no_file_is_forgotten() {
    assert_none(&forgotten_files(&files_below("src", &[".rs"])));
    assert_none(&forgotten_files(&files_below("tests/it", &[".rs"])));
}

#[test]
fn views_only_look() {
    assert_none(&views_that_change(&files_below("src/tui", &[".rs"])));
    assert_none(&views_that_change(&files_below("src", &["tui.rs"])));
}

#[test]
fn nothing_for_readers_names_a_folder_of_one_machine() {
    let files: Vec<_> = files_below("", &[".md", ".toml", ".yaml", ".yml", ".sh", ".py", "run"])
        .into_iter()
        .filter(|file| !file.path.starts_with("tests/"))
        .collect();
    assert!(
        files.iter().any(|file| file.path == "Cargo.toml"),
        "the files were not found"
    );
    assert_none(&paths_of_one_machine(&files));
}

fn modules_of_the_crate() -> Vec<String> {
    let sources = files_below("src", &["lib.rs"]);
    let lib = sources
        .iter()
        .find(|source| source.path == "src/lib.rs")
        .expect("lib.rs is there");
    declared_modules(&lib.code())
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
