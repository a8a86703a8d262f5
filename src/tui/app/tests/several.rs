//! Marks, and what is done to all marked connections.

use super::*;

#[test]
fn marked_connections_are_deleted_together_and_come_back_together() {
    let mut session = Session::new(&[
        ("connections.d/a.yaml", UNUSED),
        ("connections.d/b.yaml", UNUSED),
        ("connections.d/c.yaml", UNUSED),
        ("workflows/agent.yaml", AGENT),
    ]);
    let before = session.files();
    session.keys("<space><space>").sees("2 marked").sees("●");
    session.keys("d").sees("Delete 2 connections?");
    // The safe answer has the focus.
    session.keys("<enter>");
    assert_eq!(session.files(), before);
    session.keys("dy").sees("deleted 2 connections");
    assert!(!session.exists("connections.d/a.yaml"));
    assert!(!session.exists("connections.d/b.yaml"));
    assert!(session.exists("connections.d/c.yaml"));
    session.sees_no("marked");
    session.keys("u");
    assert_eq!(session.files(), before);
}

#[test]
fn what_is_used_stays_and_says_where() {
    let mut session = project();
    session.keys("*").sees("3 marked");
    session.keys("d");
    session.sees("Delete 1 of 3 connections?");
    session.sees("used in 1 place in 1 file: workflows/agent.yaml");
    session.keys("y");
    assert!(session.exists("connections.d/openai-prod.yaml"));
    assert!(session.exists("connections.d/qdrant.yaml"));
    assert!(!session.exists("connections.d/unused.yaml"));
}

#[test]
fn when_all_are_used_nothing_can_be_pressed_that_deletes() {
    let mut session = project();
    let before = session.files();
    session
        .keys("<space><space>d")
        .sees("Can't delete: 2 connections in use");
    session.keys("y<left><enter>");
    assert_eq!(session.files(), before);
}

#[test]
fn what_becomes_used_meanwhile_stays() {
    let mut session = project();
    session.keys("*d").sees("Delete 1 of 3");
    session.behind(|directory| write(directory, "workflows/late.yaml", "connection: unused\n"));
    session.keys("y");
    session.sees("Can't delete: 1 connection in use");
    assert!(session.exists("connections.d/unused.yaml"));
}

#[test]
fn hidden_marks_are_counted_and_named() {
    let mut session = project();
    session.keys("*/unused<enter>").sees("3 marked, 2 hidden");
    session
        .keys("d")
        .sees("The filter hides 2 connections of these");
    // Esc: the popup, the filter, the marks.
    session
        .keys("<esc><esc>")
        .sees("3 marked")
        .sees_no("hidden");
    session.keys("<esc>").sees_no("marked");
}

#[test]
fn a_mark_goes_with_its_connection() {
    let mut session = project();
    session.keys("G<space>").sees("1 marked");
    session
        .outside(|directory| fs::remove_file(directory.join("connections.d/unused.yaml")).unwrap());
    session.sees_no("marked");
}
