//! The first run: an empty store, what can be done about it, and the import from workflows.

use super::*;

const DEFINES: &str = "connections:\n  openai:\n    type: dynamiq.connections.OpenAI\n    api_key: canary-inline\n  qdrant:\n    type: dynamiq.connections.Qdrant\n    url: https://q.example\nnodes:\n  a:\n    connection: openai\n";
const DIFFERS: &str =
    "connections:\n  openai:\n    type: dynamiq.connections.OpenAI\n    api_key: ${oc.env:OTHER}\n";

fn shapes() -> impl Iterator<Item = ((u16, u16), Palette)> {
    [(80, 24), (50, 15)]
        .into_iter()
        .flat_map(|size| [(size, Palette::Ansi), (size, Palette::Plain)])
}

#[test]
fn an_empty_store_shows_three_things_to_do() {
    for (size, palette) in shapes() {
        let mut session = Session::new(&[("workflows/a.yaml", DEFINES)]).size(size.0, size.1);
        session.app.setup.palette = palette;
        session
            .sees("There is no connections.d here.")
            .sees("n add the first one")
            .sees("i import from workflows (2)")
            .sees("? help");
        session.sees("i import ").sees_no("/ filter");
        session.keys("?").sees("Help").keys("<esc>");
        // The directory comes with the first connection.
        session.keys("n").sees("Create it").keys("c");
        session.sees("Add new connection");
        assert!(session.exists("connections.d"));
    }
}

#[test]
fn an_import_is_shown_then_asked_about_then_one_thing_to_take_back() {
    for (size, palette) in shapes() {
        let mut session =
            Session::new(&[("workflows/a.yaml", DEFINES), ("workflows/b.yaml", DIFFERS)])
                .size(size.0, size.1);
        session.app.setup.palette = palette;
        let before = session.files();
        session.keys("i").sees("Import 3 connections?");
        session.sees("openai from workflows/a.yaml");
        session.sees("openai-2 from workflows/b.yaml");
        assert_eq!(session.files(), before);
        // Cancel has the focus.
        session.keys("<enter>").sees_no("Import 3");
        assert_eq!(session.files(), before);
        session.keys("iy").sees("3 connections; u takes it back");
        assert!(
            session
                .read("connections.d/openai.yaml")
                .contains("canary-inline")
        );
        assert!(
            session
                .read("connections.d/openai-2.yaml")
                .contains("OTHER")
        );
        assert_eq!(session.read("workflows/a.yaml"), DEFINES);
        session
            .keys("i")
            .sees("Nothing to import")
            .sees("in the store already");
        session.keys("<esc>u");
        assert!(!session.exists("connections.d/qdrant.yaml"));
        assert!(!session.log.contains("canary-inline"));
    }
}

#[test]
fn where_there_is_nothing_to_import_it_says_so() {
    let mut session = Session::new(&[("workflows/a.yaml", "nodes: {}\n")]);
    session.sees("i nothing to import in workflows");
    session
        .keys("i")
        .sees("Nothing to import")
        .sees("none defines a connection");
    session
        .keys("<esc>:import")
        .sees("no workflow defines a connection of its own");
    let mut session = Session::new(&[]);
    session.keys("i").sees("There are no workflow files");
}

#[test]
fn nothing_is_overwritten_that_came_meanwhile() {
    let mut session = Session::new(&[("workflows/a.yaml", DEFINES)]);
    session.keys("i").sees("Import 2 connections?");
    session.behind(|dir| write(dir, "connections.d/openai.yaml", "type: x.Y\n"));
    session
        .keys("y")
        .sees("Nothing was imported")
        .sees("has changed");
    assert_eq!(session.read("connections.d/openai.yaml"), "type: x.Y\n");
    assert!(!session.exists("connections.d/qdrant.yaml"));
}

#[test]
fn a_plan_that_comes_late_interrupts_nobody() {
    let mut session = Session::new(&[
        ("workflows/a.yaml", DEFINES),
        ("connections.d/x.yaml", "type: x.Y\n"),
    ]);
    session.hold();
    session.keys("i").keys("n").sees("Add new connection");
    session.release();
    session.sees("Add new connection").sees_no("Import 2");
}
