//! The walk-through in the documentation: each of its commands is run, and its output is the one
//! that the page shows.

use std::fs;
use std::path::Path;
use std::process::Command;

const PAGE: &str = "docs/walkthrough.md";
/// The repository's workflows that the walk-through begins with.
const WORKFLOWS: [&str; 3] = [
    "workflows/answer-eval.yaml",
    "workflows/legacy/product-tags.yaml",
    "workflows/legacy/returns-triage.yaml",
];

/// `UPDATE_DOCS=1` writes the page again.
#[test]
fn the_page_shows_what_the_program_does() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("workflows")).unwrap();
    fs::create_dir(dir.path().join("connections.d")).unwrap();
    for workflow in WORKFLOWS {
        let name = Path::new(workflow).file_name().unwrap();
        let copy = dir.path().join("workflows").join(name);
        fs::copy(repository.join(workflow), copy).unwrap();
    }
    let page = fs::read_to_string(repository.join(PAGE)).unwrap();
    let now = replay(&page, dir.path());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(repository.join(PAGE), &now).unwrap();
        return;
    }
    let different = page.lines().zip(now.lines()).find(|(old, new)| old != new);
    assert!(
        page == now,
        "{PAGE} is old: UPDATE_DOCS=1 cargo test --test it walkthrough\n{different:?}"
    );
}

/// The page with the output of each command as it is now.
fn replay(page: &str, dir: &Path) -> String {
    let mut out = String::new();
    let mut in_console = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_console = line == "```console";
        } else if in_console {
            if let Some(command) = line.strip_prefix("$ ") {
                out.push_str(&format!("{line}\n{}", run(command, dir)));
            }
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    assert!(out.matches("\n$ conndeck ").count() >= 10, "{out}");
    out
}

fn run(command: &str, dir: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_conndeck"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let output = Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(dir)
        .env_clear()
        .env("PATH", path)
        .env("HOME", dir.join("home"))
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    if let Some(code) = output.status.code().filter(|code| *code != 0) {
        text.push_str(&format!("[exit {code}]\n"));
    }
    text
}
