//! Renames: the new id, the diff, what stands in the way, and taking it back.

use super::Session;

const OPENAI: &str = "# ours\nname: OpenAI\ntype: dynamiq.connections.OpenAI\n\
                      api_key: ${oc.env:OPENAI_API_KEY}\n";
const WORKFLOW: &str = "nodes:\n  a:\n    llm:\n      connection: \"openai\"  # main\n\
                        \x20 b:\n    connection: {$type: connection, $id: openai}\n";

fn session() -> Session {
    Session::new(&[
        ("connections.d/openai.yaml", OPENAI),
        ("workflows/a.yaml", WORKFLOW),
    ])
}

#[test]
fn the_changes_are_shown_and_nothing_happens_before_the_yes() {
    let mut session = session();
    session
        .keys("r")
        .sees("New id")
        .keys("-prod<enter>")
        .sees("2 references in 1 workflow")
        .sees("openai-prod");
    assert_eq!(session.read("workflows/a.yaml"), WORKFLOW);
    assert!(session.exists("connections.d/openai.yaml"));
    // The focus is on Cancel.
    session.keys("<enter>").sees_no("Rename openai");
    assert_eq!(session.read("workflows/a.yaml"), WORKFLOW);
}

#[test]
fn y_renames_everywhere_and_u_takes_it_back_byte_for_byte() {
    let mut session = session();
    session
        .keys("r-prod<enter>y")
        .sees("renamed openai to openai-prod");
    assert!(!session.exists("connections.d/openai.yaml"));
    assert_eq!(session.read("connections.d/openai-prod.yaml"), OPENAI);
    assert_eq!(
        session.read("workflows/a.yaml"),
        WORKFLOW.replace("openai", "openai-prod")
    );
    session
        .keys("u")
        .sees("undo: rename `openai` to `openai-prod`, just now");
    assert_eq!(session.read("connections.d/openai.yaml"), OPENAI);
    assert_eq!(session.read("workflows/a.yaml"), WORKFLOW);
    assert!(!session.exists("connections.d/openai-prod.yaml"));
}

#[test]
fn what_stands_in_the_way_is_named_and_can_be_mended() {
    let mut session = session();
    session.outside(|dir| {
        std::fs::write(dir.join("workflows/b.yaml"), "connection: [openai\n").unwrap();
    });
    session
        .keys("r-prod<enter>")
        .sees("Can't rename openai to openai-prod")
        .sees("workflows/b.yaml");
    assert_eq!(session.read("workflows/a.yaml"), WORKFLOW);
    session.outside(|dir| std::fs::remove_file(dir.join("workflows/b.yaml")).unwrap());
    session.keys("r").sees("2 references in 1 workflow");
}

#[test]
fn a_workflow_that_changed_after_the_diff_stops_it() {
    let mut session = session();
    session.keys("r-prod<enter>");
    session.behind(|dir| {
        std::fs::write(dir.join("workflows/a.yaml"), format!("{WORKFLOW}# more\n")).unwrap();
    });
    session
        .keys("y")
        .sees("was not renamed")
        .sees("has changed");
    assert!(session.exists("connections.d/openai.yaml"));
}

#[test]
fn ids_that_can_not_be_are_said_at_once() {
    let mut session = session();
    session.keys("r<c-u>../x<enter>").sees("an id starts with");
    session
        .keys("<c-u>openai<enter>")
        .sees("it has this id already");
    session.keys("<esc>").sees_no("New id");
}
