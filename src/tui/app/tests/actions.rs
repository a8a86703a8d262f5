//! Actions by name, the order of the list, the clipboard.

use super::*;

/// The ids of the list, from the top.
fn rows(session: &Session) -> Vec<String> {
    let screen = session.screen();
    let lines = screen.lines().skip(1);
    lines
        .map_while(|line| line.strip_prefix('│'))
        .map(|line| line.split('│').next().unwrap().trim())
        .filter(|line| !line.is_empty())
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect()
}

#[test]
fn an_action_is_found_by_its_name_and_done() {
    let mut session = project();
    session.keys(":").sees("Actions").keys("add new<enter>");
    session.sees("Add new connection").sees("[ Create ]");
    let mut session = project();
    session.keys("<c-p>quit<enter>");
    assert!(session.has_quit);
}

#[test]
fn an_action_that_cannot_be_done_says_why() {
    let mut session = project();
    session.keys(":undo");
    session.sees("there is nothing to take back");
    session.keys("<enter>").sees("Actions");
    session.keys("<esc>:text, or");
    session
        .sees("in a form: n or Enter in the list")
        .keys("<esc>");
    let mut empty = Session::new(&[("connections.d/.keep", "")]);
    empty.keys(":delete the").sees("no connection is selected");
}

#[test]
fn what_a_key_does_is_in_the_actions_of_its_place() {
    let mut session = project();
    session.keys("<enter>:");
    session.sees_no("Actions");
    session.keys("<esc>d<enter><c-p>create or update");
    session.sees("Ctrl-S");
    session
        .keys("<esc><esc><tab>:reveal")
        .sees_no("in the panel");
}

#[test]
fn the_rows_are_sorted_by_what_one_likes() {
    let mut session = project();
    session.outside(|directory| {
        let file = directory.join("connections.d/qdrant.yaml");
        let file = fs::File::options().write(true).open(file).unwrap();
        let late = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
        file.set_modified(late).unwrap();
    });
    let by_file = ["OpenAI", "Qdrant", "unused"];
    assert_eq!(rows(&session), by_file);
    session.keys("s").sees("by name");
    assert_eq!(rows(&session), by_file);
    session.keys("s").sees("by type");
    assert_eq!(rows(&session), ["unused", "OpenAI", "Qdrant"]);
    // The selection stays on its connection.
    session.sees("connections.d/openai-prod.yaml");
    session.keys("s").sees("by use");
    assert_eq!(rows(&session), by_file);
    session.keys("s").sees("by change");
    assert_eq!(rows(&session)[0], "Qdrant");
    session.keys("s").sees_no("by change");
    assert_eq!(rows(&session), by_file);
}

#[test]
fn an_id_a_value_and_a_place_are_copied() {
    let mut session = project();
    session.keys("y").sees("sent openai-prod to the terminal");
    session.keys("<tab>jy");
    assert_eq!(session.copied, ["openai-prod", "https://api.openai.com/v1"]);
    session.keys("Gy");
    assert!(session.copied[2].starts_with("workflows/agent.yaml:6:"));
}

#[test]
fn a_secret_is_copied_only_while_it_is_shown() {
    let text = "type: dynamiq.connections.OpenAI\napi_key: sk-canary-1234567890abcdef\n";
    let mut session = Session::new(&[("connections.d/a.yaml", text)]);
    session.keys("<tab>y").sees("a hidden secret is not copied");
    assert_eq!(session.copied, Vec::<String>::new());
    session.keys("xy").sees("sent api_key to the terminal");
    assert_eq!(session.copied, ["sk-canary-1234567890abcdef"]);
    assert!(!session.log.contains("canary"), "{}", session.log);
}
