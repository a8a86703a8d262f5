//! The read-only panel: fields and where they come from, secrets, findings, uses.

use super::*;

const LITERAL: &str = "\
name: Literal
type: dynamiq.connections.OpenAI
api_key: sk-canary-1234567890
urll: https://example.com
";

#[test]
fn fields_say_where_their_values_come_from() {
    let mut session = project().environment(&[("OPENAI_API_KEY", "sk-canary")]);
    session
        .sees("Name OpenAI (production)")
        .sees("dynamiq.connections")
        .sees("connections.d/openai-prod.yaml")
        .sees("llm, prod")
        .sees("${oc.env:OPENAI_API_KEY} set here")
        .sees("literal")
        .sees_no("canary");
    session.keys("j").sees("${oc.env:QDRANT_API_KEY} not set");
}

#[test]
fn a_long_value_is_shown_whole_and_a_huge_one_says_that_it_is_cut() {
    let words = "one two three four five six seven eight nine ten eleven twelve";
    let text = format!(
        "description: {words}\ntype: dynamiq.connections.OpenAI\nurl: https://example.com/{}/end\n",
        "x".repeat(60)
    );
    let mut session = Session::new(&[("connections.d/a.yaml", text.as_str())]);
    session
        .sees("eleven twelve")
        .sees("end ")
        .sees("              set here ");
    let text = format!("description: {}\ntype: t\n", "x".repeat(5_000));
    let mut session = Session::new(&[("connections.d/a.yaml", text.as_str())]);
    session
        .sees("x…")
        .sees("Used by nothing in the workflows here");
}

#[test]
fn what_is_left_out_shows_its_default() {
    let mut session = Session::new(&[(
        "connections.d/a.yaml",
        "type: dynamiq.connections.Anthropic\n",
    )])
    .size(120, 40);
    session.sees("env ANTHROPIC_API_KEY: not set here");
    let mut session = Session::new(&[(
        "connections.d/a.yaml",
        "type: dynamiq.connections.PostgreSQL\n",
    )])
    .size(120, 40);
    session.sees("default").sees("5432");
}

#[test]
fn findings_have_their_place_and_the_editor_opens_there() {
    let mut session = Session::new(&[("connections.d/a.yaml", LITERAL)]).size(120, 40);
    session.sees("Findings").sees("4:7").sees("`url`");
    session.keys("<tab>G");
    // The last stop without uses is a finding.
    session.keys("<enter>");
    assert_eq!(session.editor_opened(), Some("connections.d/a.yaml:4:7"));
}

#[test]
fn uses_have_file_line_and_node_path_and_open_there() {
    let mut session = project();
    session
        .sees("Used by 2 places in 2 files")
        .sees("workflows/agent.yaml:6:19")
        .sees("nodes.agent.llm.connection")
        .sees("deployments/live.yaml:2:33");
    session.keys("<tab>G<enter>");
    assert_eq!(session.editor_opened(), Some("workflows/agent.yaml:6:19"));
    session.keys("k<enter>");
    assert_eq!(session.editor_opened(), Some("deployments/live.yaml:2:33"));
}

#[test]
fn the_first_uses_are_seen_at_a_glance_and_all_of_them_in_the_panel() {
    for places in 1..20 {
        let mut workflow = "nodes:\n".to_owned();
        for number in 1..=places {
            writeln!(workflow, "  n{number:02}: {{connection: openai-prod}}").unwrap();
        }
        let mut session = Session::new(&[
            ("connections.d/openai-prod.yaml", OPENAI),
            ("workflows/w.yaml", workflow.as_str()),
        ])
        .size(120, 50);
        let seen = |session: &Session| session.screen().matches("workflows/w.yaml:").count();
        let more = |session: &Session| flowing(&session.screen()).contains(" more: Tab");
        // A line that says "1 more" would take the place of that one.
        assert_eq!(seen(&session), if places <= 5 { places } else { 4 });
        assert_eq!(more(&session), places > 5);
        if places > 5 {
            session.sees(&format!("… {} more: Tab", places - 4));
        }
        session.keys("<tab>");
        assert_eq!((seen(&session), more(&session)), (places, false));
        // What the cursor is on is put away, and is there again.
        session.keys("G").sees(&format!("w.yaml:{}:", places + 1));
        session.keys("<esc>").sees("Type ");
        session
            .keys("<tab>")
            .sees(&format!("── nodes.n{places:02}."));
    }
}

#[test]
fn the_editor_may_change_what_is_shown() {
    let mut session = project();
    session.keys("j<tab>G");
    let changed = AGENT.replace("qdrant", "other");
    session.behind(|dir| write(dir, "workflows/agent.yaml", &changed));
    session.keys("<enter>").outside(|_| {});
    session.sees("Used by nothing");
}

#[test]
fn enter_on_a_field_opens_the_form_there() {
    let mut session = project();
    session.keys("<tab>");
    session.keys("j<enter>").sees("Edit openai-prod");
    assert!(
        session.focused_line().contains("url"),
        "{}",
        session.screen()
    );
}

#[test]
fn a_secret_is_masked_until_it_is_revealed() {
    let mut session = Session::new(&[
        ("connections.d/a.yaml", LITERAL),
        ("connections.d/b.yaml", UNUSED),
    ]);
    session.sees_no("canary").sees("••••••••");
    session.keys("<tab>x").sees("sk-canary-1234567890");
    session.keys("x").sees_no("canary");
    // It hides when the panel is left…
    session
        .keys("x")
        .sees("canary")
        .keys("<esc>")
        .sees_no("canary");
    // …when another connection is shown…
    session.keys("<tab>x<esc>j<tab><esc>k").sees_no("canary");
    // …and by itself.
    session.keys("<tab>x").sees("canary");
    let wakes = session.wakes.clone();
    assert!(
        wakes
            .iter()
            .any(|wake| matches!(wake, Wake::HideSecrets(_))),
        "{wakes:?}"
    );
    session.wake_all().sees_no("canary");
}

#[test]
fn only_the_field_under_the_cursor_is_revealed() {
    let text = "type: dynamiq.connections.AWS\naccess_key_id: CANARY-ONE\n\
                secret_access_key: CANARY-TWO\nregion: eu\n";
    let mut session = Session::new(&[("connections.d/a.yaml", text)]);
    session.sees_no("CANARY-TWO").keys("<tab>");
    session.keys("j").keys("x").sees("CANARY-TWO");
    session.keys("jx").sees_no("CANARY-TWO");
}

#[test]
fn secrets_in_structures_and_addresses_are_masked() {
    let http = "type: dynamiq.connections.Http\nurl: https://user:canary1@example.com/x\n\
                method: GET\nheaders: {Authorization: Bearer canary2, Accept: text/plain}\n";
    let mcp = "type: dynamiq.connections.MCPStdio\ncommand: run\n\
               args: [--api-key, canary3, --token=canary4]\nenv: {MY_TOKEN: canary5}\n";
    let unknown = "type: my.own.Type\npassword: canary6\nclient_secret: canary7\n";
    let mut session = Session::new(&[
        ("connections.d/a.yaml", http),
        ("connections.d/b.yaml", mcp),
        ("connections.d/c.yaml", unknown),
    ]);
    for _ in 0..3 {
        session.sees_no("canary").keys("j");
    }
}

#[test]
fn possible_and_unverifiable_uses_and_local_definitions_are_told_apart() {
    let mut session = Session::new(&[
        ("connections.d/openai-eu.yaml", OPENAI),
        ("workflows/a.yaml", "nodes:\n  n: {connection: \"openai-${oc.env:REGION}\"}\n"),
        ("workflows/b.yaml", "nodes:\n  n: {connection: \"${missing.key}\"}\n"),
        (
            "workflows/c.yaml",
            "connections:\n  openai-eu: {type: dynamiq.connections.OpenAI}\nnodes:\n  n:\n    connection: openai-eu\n",
        ),
    ])
    .size(120, 40);
    session
        .sees("Possibly used by")
        .sees("Can't be verified")
        .sees("Defined locally, not this one 1 place")
        .sees_no("workflows/c.yaml:5:17");
    session.sees("0?");
    // Where it does not matter is said to those who look closer.
    session.keys("<tab>").sees("workflows/c.yaml:5:17");
    session.keys("<tab>").sees_no("workflows/c.yaml:5:17");
    // What the variable says makes it certain.
    let mut session = session.environment(&[("REGION", "eu")]);
    session
        .sees_no("Possibly used by")
        .sees("Used by 1 place in 1 file");
}

#[test]
fn control_characters_from_files_are_harmless() {
    let text = "name: \"a\\e[31mred\\u202e\"\ntype: dynamiq.connections.OpenAI\n\
                description: \"bell \\a and\\nline\"\napi_key: ${oc.env:X}\n";
    let session = Session::new(&[("connections.d/a.yaml", text)]);
    let screen = session.screen();
    assert!(
        screen.chars().all(|c| c == '\n' || !c.is_control()),
        "{screen:?}"
    );
    assert!(!screen.contains('\u{202e}'));
}
