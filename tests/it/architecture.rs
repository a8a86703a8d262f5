//! What ARCHITECTURE.md says about the modules is what `src/lib.rs` has, in the same order.

use super::cli::repository_file;

#[test]
fn the_table_of_modules_has_every_module_in_its_order() {
    let (_, library) = repository_file("src/lib.rs");
    let modules: Vec<&str> = library
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let (_, page) = repository_file("ARCHITECTURE.md");
    let section = page
        .split("\n## ")
        .find(|section| section.starts_with("Modules"))
        .expect("there is a section about modules");
    let listed: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    assert!(modules.len() > 10, "{modules:?}");
    assert_eq!(listed, modules);
}
