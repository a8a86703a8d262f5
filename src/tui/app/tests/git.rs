//! What git says about the store: marks in the list, words in the panel, the branch in the frame.

use std::process::Command;

use super::*;

fn git(session: &mut Session, arguments: &[&str]) {
    let status = Command::new("git")
        .arg("-C")
        .arg(session.directory.path())
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(arguments)
        .output()
        .unwrap()
        .status;
    assert!(status.success(), "{arguments:?}");
}

/// All is committed on `main`.
fn committed() -> Session {
    let mut session = project();
    git(&mut session, &["init", "-q", "-b", "main"]);
    git(&mut session, &["add", "-A"]);
    git(&mut session, &["commit", "-q", "-m", "first"]);
    session.keys("<f5>");
    session
}

fn row(session: &Session, name: &str) -> String {
    let screen = session.screen();
    let line = screen.lines().find(|line| line.contains(name)).unwrap();
    line.trim_start_matches('│').to_owned()
}

#[test]
fn marks_come_and_go_with_the_files() {
    for size in [(80, 24), (50, 15)] {
        for palette in [Palette::Ansi, Palette::Plain] {
            let mut session = committed().size(size.0, size.1);
            session.app.setup.palette = palette;
            session.sees("git: main");
            let before = session.screen();
            session.outside(|dir| {
                write(dir, "connections.d/aaa.yaml", "name: Fresh\ntype: x.Y\n");
                write(dir, "connections.d/unused.yaml", "name: Other\ntype: x.Y\n");
            });
            assert!(
                row(&session, "Fresh").starts_with(" ? Fresh"),
                "{}",
                session.screen()
            );
            assert!(
                row(&session, "Other").starts_with(" M Other"),
                "{}",
                session.screen()
            );
            session.keys("g");
            if size.0 < 80 {
                session.keys("<tab>g");
            }
            session.sees("new to git, not tracked yet");
            if size.0 < 80 {
                session.keys("<esc>");
            }
            git(&mut session, &["checkout", "-q", "--", "connections.d"]);
            session.outside(|dir| fs::remove_file(dir.join("connections.d/aaa.yaml")).unwrap());
            // The column goes with the last mark.
            assert_eq!(session.screen().lines().count(), before.lines().count());
            assert!(
                row(&session, "OpenAI").starts_with("  OpenAI"),
                "{}",
                session.screen()
            );
        }
    }
}

#[test]
fn a_save_marks_its_file_and_the_help_says_what_the_mark_means() {
    let mut session = committed();
    session.keys("<enter>").go_to("Description");
    session.keys("x<c-s>");
    session.sees("changed since the last commit");
    session.keys("?");
    for _ in 0..20 {
        session.keys("<pgdn>");
    }
    session.sees("ignored by git");
}

#[test]
fn without_a_repository_there_is_no_word_of_git() {
    let mut session = project();
    session.sees_no("git:");
    let row = row(&session, "OpenAI");
    assert!(row.starts_with("  OpenAI"), "{row}");
}

#[test]
fn one_question_at_a_time_and_a_late_answer_is_asked_again() {
    let mut session = committed();
    session.hold();
    let asked = |session: &Session| {
        let held = session.held.iter().flatten();
        held.filter(|(job, _)| *job == Job::Standing).count()
    };
    for _ in 0..3 {
        let inventory = session.app.inventory.clone().unwrap();
        session.send(Event::Loaded(Ok(inventory)));
    }
    assert_eq!(asked(&session), 1, "git may hang: it is asked once");
    session.send(Event::Standing(None));
    assert_eq!(asked(&session), 2, "what changed meanwhile is asked for");
    session.sees_no("git:");
    session.send(Event::Standing(None));
    assert_eq!(asked(&session), 2);
}
