//! The tab of the workflow files, and the lines around a place.

use ratatui::style::Modifier;

use super::*;

const BROKEN: &str = "\
nodes:
  one:
    connection: openai-prd
  two:
    connection: unused
    headers:
      token: sk-canary-0123456789abcdef
";
const MIXED: &str = "\
connections:
  own:
    type: dynamiq.connections.OpenAI
    api_key: ${oc.env:OWN_KEY}
nodes:
  one:
    connection: own
  two:
    connection: ${oc.env:WHICH}
  three:
    connection: qdrant
";

fn session() -> Session {
    Session::new(&[
        ("connections.d/openai-prod.yaml", OPENAI),
        ("connections.d/qdrant.yaml", QDRANT),
        ("connections.d/unused.yaml", UNUSED),
        ("workflows/agent.yaml", AGENT),
        ("workflows/broken.yaml", BROKEN),
        ("workflows/mixed.yaml", MIXED),
    ])
}

/// The lines of the left pane that name a file, marks and counts included.
fn rows(session: &Session) -> Vec<String> {
    let screen = session.screen();
    let names = |line: &&str| line.contains(".yaml") && line.starts_with('│');
    let left = |line: &str| line.split('│').nth(1).unwrap_or_default().to_owned();
    let shorten = |line: String| line.split_whitespace().collect::<Vec<_>>().join(" ");
    (screen.lines().filter(names))
        .map(|line| shorten(left(line)))
        .collect()
}

#[test]
fn files_are_listed_with_what_needs_a_look_first() {
    for (width, height) in [(80, 24), (120, 40), (50, 15)] {
        let mut session = session().size(width, height);
        session.keys("w").sees("Workflows · 3");
        assert_eq!(
            rows(&session),
            [
                "✗ workflows/broken.yaml 2",
                "? workflows/mixed.yaml 1",
                "workflows/agent.yaml 2",
            ],
            "{}",
            session.screen()
        );
        // The same key goes back, and so does `1`.
        session.keys("w").sees("Connections · 3");
        session.keys("2").sees("Workflows · 3");
        session.keys("1").sees("Connections · 3");
    }
}

#[test]
fn both_tabs_are_named_and_the_active_one_stands_out_without_colour() {
    let mut session = session().no_color();
    session.sees("Connections · 3 │ w Workflows");
    let is_bold = |session: &Session, word: &str| {
        let buffer = session.styled();
        let top: Vec<&str> = (0..80).map(|x| buffer[(x, 0)].symbol()).collect();
        let start = top.concat().find(word).expect("the word is there");
        let column = top.concat()[..start].chars().count();
        let cell = &buffer[(u16::try_from(column).unwrap(), 0)];
        cell.modifier.contains(Modifier::BOLD)
    };
    assert!(is_bold(&session, "Connections") && !is_bold(&session, "Workflows"));
    session.keys("w").sees("w Connections │ Workflows · 3");
    assert!(!is_bold(&session, "Connections") && is_bold(&session, "Workflows"));
}

#[test]
fn the_panel_says_how_each_reference_stands_and_what_is_needed() {
    let mut session = session()
        .environment(&[("OPENAI_API_KEY", "sk-canary")])
        .size(120, 50);
    session.keys("w");
    session
        .sees("Dangling no such connection")
        .sees("✗ 3:17 openai-prd nodes.one.connection")
        .sees("Uses 1 connection")
        .sees("5:17 unused nodes.two.connection")
        .sees("ANTHROPIC_API_KEY ✗ not set here by unused")
        .sees("Findings")
        .sees("openai-prod`")
        .sees_no("canary");
    session.keys("j");
    session
        .sees("Uses 1 connection")
        .sees("11:17 qdrant nodes.three.connection")
        .sees("May use")
        .sees("nodes.two.connection")
        .sees("Defined in the file 1 connection")
        .sees("= 2:3 own connections.own")
        .sees("7:17 own nodes.one.connection → line 2")
        .sees("OWN_KEY ✗ not set here by the file itself")
        .sees("QDRANT_API_KEY ✗ not set here by qdrant");
    session.keys("j").sees("OPENAI_API_KEY set here");
}

#[test]
fn a_row_opens_in_the_editor_and_its_connection_in_its_tab() {
    for (width, height) in [(80, 24), (50, 15)] {
        let mut session = session().size(width, height);
        session.keys("w<enter>").keys("<enter>");
        assert_eq!(session.editor_opened(), Some("workflows/broken.yaml:3:17"));
        // What is not there can't be gone to.
        session.keys("c").sees("openai-prd");
        session.keys("jc").sees("Connections · 3");
        assert_eq!(session.app.list.selected().unwrap().id().as_str(), "unused");
        // The way back leads to the same row, also past a filter that hides the connection.
        session.keys("/openai<enter>w").sees("broken.yaml");
        session.keys("<enter>c").sees("Connections · 3");
        assert_eq!(session.app.list.selected().unwrap().id().as_str(), "unused");
    }
}

#[test]
fn a_use_leads_to_its_file_in_the_tab() {
    let mut session = project();
    session.keys("w/live<enter>w");
    session.keys("<tab>Gw").sees("Workflows · 2");
    let selected = session.app.workflows.selected().unwrap();
    assert_eq!(selected.shown, "workflows/agent.yaml");
}

#[test]
fn the_filter_finds_paths_and_ids() {
    let mut session = session();
    session.keys("w/QDRANT").sees("nothing matches the filter");
    session.keys("<esc>/qdr").sees("2 of 3");
    session.keys("<enter>").sees("/ qdr");
    session.keys("<esc>").sees("· 3");
    session.keys("/is:dangling<enter>");
    assert_eq!(rows(&session), ["✗ workflows/broken.yaml 2"]);
    session
        .keys("<esc>/")
        .paste("uses:\nqdrant")
        .keys("<enter>");
    assert_eq!(rows(&session).len(), 2, "one line, two words");
}

#[test]
fn the_tab_follows_what_changes() {
    let mut session = session();
    session.keys("wj").sees("mixed.yaml");
    session.outside(|dir| write(dir, "connections.d/openai-prd.yaml", OPENAI));
    assert_eq!(rows(&session)[0], "? workflows/mixed.yaml 1");
    let selected = session.app.workflows.selected().unwrap();
    assert_eq!(selected.shown, "workflows/mixed.yaml", "the cursor stays");
    session.outside(|dir| fs::remove_file(dir.join("workflows/mixed.yaml")).unwrap());
    assert_eq!(rows(&session).len(), 2);
    session.outside(|dir| {
        fs::remove_dir_all(dir.join("workflows")).unwrap();
    });
    session.sees("There is no").keys("<enter>cde<tab>y/x<esc>");
    session.keys("w").sees("Connections · 4");
}

#[test]
fn the_lines_around_a_use_are_shown_without_secrets() {
    for (width, height) in [(80, 24), (120, 40), (50, 15)] {
        let mut session = session().size(width, height);
        session.keys("w<tab>j");
        session
            .sees("› 5     connection: unused")
            .sees("4   two:")
            .sees("6     headers:")
            .sees_no("canary");
        // The lines of the previous row come with it.
        session.keys("k").sees("› 3     connection: openai-prd");
    }
    let mut session = project();
    session
        .keys("<tab>G")
        .sees("› 6       connection: openai-prod");
    session.outside(|dir| {
        let moved = AGENT.replace("nodes:\n", "nodes:\n  # above\n");
        write(dir, "workflows/agent.yaml", &moved);
    });
    session.sees("› 7       connection: openai-prod");
    // Left, it is gone.
    session.keys("<esc>").sees_no("› 7");
}

#[test]
fn lines_that_are_not_there_yet_or_any_more_are_said_to_be() {
    let mut session = project();
    session.hold();
    session.keys("<tab>G").sees("reading…");
    session.release().sees("› 6       connection: openai-prod");
    session.behind(|dir| write(dir, "workflows/agent.yaml", "a: b\n"));
    session.keys("<esc>").keys("<tab>gG");
    session.app.excerpt.expire();
    session.keys("G").sees("the file has no line 6 any more");
}

#[test]
fn a_fast_cursor_reads_once_at_a_time() {
    let mut session = session();
    session.keys("w<tab>").hold();
    session.keys("jjjkkkjjj");
    let waiting = session.held.as_ref().map(VecDeque::len);
    assert_eq!(waiting, Some(1), "{:?}", session.held);
    session.release();
    let place = session.app.place_under_cursor().unwrap();
    assert!(session.app.excerpt.of(&place).is_some());
}

#[test]
fn a_value_of_a_variable_is_neither_shown_nor_searched() {
    let text = "nodes: {n: {connection: \"${oc.env:API_TOKEN}\"}}\n";
    let mut session = Session::new(&[("connections.d/a.yaml", UNUSED), ("workflows/w.yaml", text)])
        .environment(&[("API_TOKEN", "canary-value")]);
    session.keys("w").sees("w.yaml").sees_no("canary");
    session.keys("<tab>").sees_no("canary");
    session.keys("<esc>/uses:canary").sees("nothing matches");
}

#[test]
fn every_action_of_the_tab_is_in_the_popup() {
    let mut session = session();
    session.keys("w:connection").sees("Back to the connections");
    session.keys("<esc>?").sees("To the file's references");
}

#[test]
fn an_empty_tab_says_why() {
    let mut session = Session::new(&[("connections.d/a.yaml", UNUSED)]);
    session
        .keys("w")
        .sees("There is no workflows and deployments here");
    let mut session = Session::new(&[
        ("connections.d/a.yaml", UNUSED),
        ("workflows/w.yaml", "nodes: {}\n"),
    ]);
    session
        .keys("w")
        .sees("No workflow names a connection: 1 file read in workflows.");
}
