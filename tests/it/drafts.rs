//! What was typed and not saved, on a real terminal: every way in which the program can end.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::pty::{Pty, assert_restored, ended_by};
use crate::terminal::Project;

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";
const CTRL_S: &str = "\x13";

/// Below the user's home: nothing of a secret may be in any file there.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files
}

/// The drafts that are whole.
fn drafts(project: &Project) -> Vec<PathBuf> {
    let mut files = files_below(&project.path("home"));
    files.retain(|path| path.extension().is_some_and(|ending| ending == "draft"));
    files
}

/// A form of `alpha` with a name that was typed.
fn editing(project: &Project) -> Pty {
    let mut pty = project.open();
    pty.send(ENTER);
    pty.wait_for("Edit alpha");
    pty.send("Typed");
    pty.wait_for("Typed");
    pty
}

/// The next start offers it, and has what was typed.
fn goes_on(project: &Project, typed: &str) {
    let mut pty = project.start();
    pty.wait_for("Your edit of `alpha`");
    pty.send(ENTER);
    pty.wait_for("Edit alpha");
    // The end of a long text is out of sight.
    pty.wait_for(&typed[..typed.len().min(20)]);
    pty.send(CTRL_S);
    pty.wait_for("updated alpha.yaml");
    let text = fs::read_to_string(project.path("connections.d/alpha.yaml")).unwrap();
    assert!(text.contains(&format!("name: {typed}\n")), "{text}");
    pty.wait_until("the draft is gone", |_| drafts(project).is_empty());
    pty.send("q");
    assert!(pty.wait_for_exit().success());
}

#[test]
fn a_signal_to_end_keeps_what_was_typed() {
    for signal in [Signal::HUP, Signal::TERM, Signal::INT] {
        let project = Project::new();
        let before = project.files();
        let mut pty = editing(&project);
        pty.signal(signal);
        let status = pty.wait_for_exit();
        assert!(ended_by(status, signal), "{signal:?}: {status}");
        assert_restored(&pty);
        assert_eq!(project.files(), before);
        goes_on(&project, "Typed");
    }
}

#[test]
fn a_closed_terminal_keeps_what_was_typed() {
    let project = Project::new();
    let pty = editing(&project);
    pty.close_terminal_and_wait(Duration::from_secs(2));
    goes_on(&project, "Typed");
}

#[test]
fn a_kill_takes_at_most_two_seconds_of_typing() {
    // The best of three: a busy machine may be late once.
    let lost = (0..3).map(|_| lost_by_a_kill()).min().unwrap();
    assert!(lost <= Duration::from_secs(2), "{lost:?}");
}

/// Types without a pause, kills, and says how old the newest typing is that is gone.
fn lost_by_a_kill() -> Duration {
    let project = Project::new();
    let mut pty = project.open();
    pty.send(ENTER);
    pty.wait_for("Edit alpha");
    let start = Instant::now();
    let mut typed = Vec::new();
    while start.elapsed() < Duration::from_millis(2700) {
        pty.send("x");
        typed.push(Instant::now());
        pty.wait_until_quiet(Duration::from_millis(15));
    }
    pty.signal(Signal::KILL);
    let killed = Instant::now();
    pty.wait_for_exit();
    let draft = fs::read_to_string(&drafts(&project)[0]).unwrap();
    let longest = draft.split(|c| c != 'x').map(str::len).max().unwrap();
    // The first that is not there.
    let lost = typed
        .get(longest)
        .map_or(Duration::ZERO, |first| killed.duration_since(*first));
    goes_on(&project, &"x".repeat(longest));
    lost
}

#[test]
fn once_the_draft_is_kept_the_program_sleeps() {
    let project = Project::new();
    let mut pty = editing(&project);
    pty.wait_until("the draft is there", |_| !drafts(&project).is_empty());
    pty.wait_until_quiet(Duration::from_secs(1));
    let before = pty.context_switches();
    pty.wait_until_quiet(Duration::from_secs(3));
    assert_eq!(pty.context_switches() - before, 0);
    pty.signal(Signal::KILL);
    pty.wait_for_exit();
    goes_on(&project, "Typed");
}

#[test]
fn two_screens_keep_a_draft_each_and_offer_only_what_nobody_works_on() {
    let project = Project::new();
    let mut first = editing(&project);
    first.wait_until("the first draft is there", |_| drafts(&project).len() == 1);
    let mut second = project.open();
    second.wait_until_quiet(Duration::from_millis(200));
    assert!(!second.text().contains("Your edit of"), "{}", second.text());
    second.send("j");
    second.send(ENTER);
    second.wait_for("Edit beta");
    second.send("Other");
    second.wait_until("the second draft is there", |_| drafts(&project).len() == 2);
    first.signal(Signal::KILL);
    first.wait_for_exit();
    goes_on_beside(&project);
    second.send(CTRL_S);
    second.wait_for("updated beta.yaml");
    second.wait_until("no draft is left", |_| drafts(&project).is_empty());
}

/// What a third screen finds while the second goes on.
fn goes_on_beside(project: &Project) {
    let mut third = project.start();
    third.wait_for("Your edit of `alpha`");
    third.send("D");
    third.wait_until("it is dropped", |_| drafts(project).len() == 1);
    third.send("q");
    assert!(third.wait_for_exit().success());
}

#[test]
fn no_literal_secret_is_in_any_file_of_the_home() {
    let project = Project::new();
    let mut pty = project.open();
    pty.send("n");
    pty.wait_for("Add new connection");
    pty.send("New\t");
    pty.send("openai");
    pty.send(ENTER);
    pty.wait_for("dynamiq.connections.OpenAI");
    // Down to the key; its mode goes back to text.
    pty.send("\t");
    pty.wait_until_quiet(Duration::from_millis(100));
    pty.send("\x15\x1bx");
    pty.paste("sk-canary-0123456789abcdef");
    pty.wait_for("git keeps it");
    pty.wait_until("the draft is there", |_| !drafts(&project).is_empty());
    pty.wait_until_quiet(Duration::from_secs(2));
    pty.signal(Signal::HUP);
    pty.wait_for_exit();
    let kept = drafts(&project);
    assert_eq!(kept.len(), 1);
    for path in files_below(&project.path("home")) {
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("canary"), "{}: {text}", path.display());
    }
    let mut pty = project.start();
    pty.wait_for("Your new connection `New`");
    pty.wait_for("The secret `api_key` was not kept: type it again.");
    pty.send(ESCAPE);
    pty.wait_until("the question is gone", |pty| {
        !pty.text().contains("Your new")
    });
    pty.send("q");
    assert!(pty.wait_for_exit().success());
    assert_eq!(drafts(&project), kept);
}
