//! A paste into an Add form that is not empty: the person is asked.

use super::*;

const ADDRESS: &str = "postgres://ann:p%40ss-canary@db.example:5433/main";

/// A new connection to a database with a host and a password that were typed.
fn typed() -> Session {
    let mut session = project();
    session
        .keys("nShop<tab>postgresql<enter>")
        .go_to("host")
        .keys("<c-u>old.example");
    session
        .go_to("password")
        .keys("<c-u><f6>")
        .paste("canary-old")
        .go("Name", "<s-tab>");
    session
}

#[test]
fn what_would_be_overwritten_is_shown_masked_before_it_is() {
    let mut session = typed();
    session
        .paste(ADDRESS)
        .sees("Fill the form from this paste?");
    session.sees("host: old.example → db.example");
    session
        .sees("password: •••••••• → ••••••••")
        .sees_no("canary");
    session.sees("Filled as well: port, user, database.");
    // Esc leaves all as it was.
    session
        .keys("<esc>")
        .sees("old.example")
        .sees_no("db.example");
    session
        .paste(ADDRESS)
        .keys("<enter>")
        .sees("db.example")
        .sees_no("old.example");
    session.keys("<c-s>");
    let text = session.read("connections.d/shop.yaml");
    assert!(text.starts_with("name: Shop\n"), "{text}");
    for line in [
        "host: db.example\n",
        "port: 5433\n",
        "password: p@ss-canary\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn it_can_be_pasted_as_text() {
    let mut session = typed();
    session
        .keys("<c-u>")
        .paste("export OPENAI_API_KEY=some")
        .sees("Type: PostgreSQL → OpenAI");
    session.sees("host: old.example → nothing, it has no such field");
    session
        .keys("t")
        .sees("xport OPENAI_API_KEY=some")
        .sees("old.example");
    // Several lines are asked about then, as any.
    session
        .keys("<c-u>")
        .paste("OPENAI_API_KEY=a\nOPENAI_URL=b\n")
        .keys("t")
        .sees("Paste?")
        .keys("j");
    session.sees("_API_KEY=a OPENAI_URL=b");
}

#[test]
fn one_line_for_a_field_is_the_fields() {
    let mut session = project();
    session
        .keys("nX<tab>http<enter>")
        .go_to("url")
        .keys("<c-u>");
    session
        .paste("https://u:canary-pw@host")
        .sees_no("Fill the form");
    let mut session = project().size(120, 40);
    session.keys("nX<tab>neo4j<enter>").go_to("uri");
    session
        .paste("bolt://only.the.place:7687")
        .sees_no("Fill the form");
    session.sees("bolt://only.the.place:7687");
    // With a login it is about more than the field.
    session
        .paste("bolt://u:canary-pw@place")
        .sees("Fill the form")
        .sees_no("canary");
    // And what is no new connection is never filled.
    let mut session = project();
    session
        .keys("<enter>")
        .paste(ADDRESS)
        .sees_no("Fill the form");
}

#[test]
fn a_copy_is_filled_by_a_paste_too() {
    let mut session = project();
    session
        .keys("D")
        .paste("export OPENAI_API_KEY=x")
        .sees("Fill the form")
        .keys("y");
    session.sees("The fields refer to the pasted");
}

#[test]
fn nothing_secret_is_in_the_log_of_a_paste() {
    let mut session = typed();
    session
        .paste(ADDRESS)
        .keys("t")
        .keys("<c-u>")
        .paste(ADDRESS)
        .keys("y");
    // What was typed as input is the test's own; the app's effects and state tell nothing.
    let debug = format!("{:?}", session.app);
    assert!(!debug.contains("canary"), "{debug}");
}

#[test]
fn what_has_no_room_says_so() {
    for (width, height) in [(80, 24), (50, 15), (40, 10)] {
        let mut session = typed().no_color().size(width, height);
        session
            .keys("nShop<tab>postgresql<enter>")
            .go_to("host")
            .keys("<c-u>old.example");
        for name in ["port", "database", "user"] {
            session.go_to(name).keys("<c-u>1");
        }
        session
            .go("Name", "<s-tab>")
            .paste(ADDRESS)
            .sees("Fill the form")
            .sees("y · Fill");
        if height == 10 {
            session.sees("more line");
        }
        session.keys("y").sees_no("Fill the form");
    }
}
