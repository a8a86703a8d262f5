//! Secrets: never on the screen unasked, and never in `Debug` output, which ends up in logs and
//! panics.

use super::*;

/// Connections with literal secrets in all places that a secret can have.
pub(super) const SECRETS: [(&str, &str); 6] = [
    (
        "connections.d/a.yaml",
        "name: One\ntype: dynamiq.connections.OpenAI\napi_key: sk-canary-1\nurl: https://u:canary-2@example.com/v1\n",
    ),
    (
        "connections.d/b.yaml",
        "name: Two\ntype: dynamiq.connections.Http\nurl: https://example.com?api_key=canary-3\nmethod: GET\n\
         headers: {Authorization: Bearer canary-4, X-Api-Key: canary-5, Accept: text/plain}\n",
    ),
    (
        "connections.d/c.yaml",
        "name: Three\ntype: dynamiq.connections.MCPStdio\ncommand: run\n\
         args: [--api-key, canary-6, --token=canary-7]\nenv: {MY_TOKEN: canary-8}\n",
    ),
    (
        "connections.d/d.yaml",
        "name: Four\ntype: my.own.Type\npassword: canary-9\nclient_secret: {deep: canary-10}\ntoken: [canary-11]\n",
    ),
    (
        "connections.d/e.yaml",
        "name: Five\ntype: dynamiq.connections.PostgreSQL\nhost: h\npassword: |\n  canary-12\n  canary-13\n",
    ),
    (
        "connections.d/f.yaml",
        "type: dynamiq.connections.OpenAI\napi_key: canary-14: broken\n",
    ),
];

pub(super) fn secrets() -> Session {
    Session::new(&SECRETS)
}

#[track_caller]
fn assert_no_secret(session: &Session, what: &str) {
    let screen = session.screen();
    assert!(!screen.contains("canary"), "{what}:\n{screen}");
    let debug = format!("{:?}", session.app);
    if let Some(place) = debug.find("canary") {
        panic!("{what}: …{}…", excerpt(&debug, place));
    }
    if let Some(place) = session.log.find("canary") {
        panic!("{what}: …{}…", excerpt(&session.log, place));
    }
}

fn excerpt(text: &str, place: usize) -> String {
    let before: String = text[..place].chars().rev().take(200).collect();
    let before: String = before.chars().rev().collect();
    before + &text[place..].chars().take(40).collect::<String>()
}

#[test]
fn no_secret_is_shown_or_in_debug_output_wherever_one_goes() {
    for number in 0..SECRETS.len() {
        let mut session = secrets().size(120, 50);
        session.keys(&"j".repeat(number));
        assert_no_secret(&session, "list");
        session.keys("<tab>");
        for step in 0..12 {
            assert_no_secret(&session, &format!("panel, row {step}"));
            session.keys("j");
        }
        session.keys("<esc><enter>");
        for step in 0..25 {
            assert_no_secret(&session, &format!("form {number}, stop {step}"));
            // The mode is no way to reveal.
            session.keys("<f6>");
            assert_no_secret(&session, &format!("form {number}, stop {step}, other mode"));
            session.keys("<f6><tab>");
        }
        session.keys("<c-s>");
        assert_no_secret(&session, "after a save");
    }
}

/// Each secret that the form masks can be shown, and hides again.
#[test]
fn f2_shows_one_field_of_the_form_until_it_is_left() {
    for (number, label, secret) in [
        (0, "api_key", "sk-canary-1"),
        (0, "url", "canary-2"),
        (1, "url", "canary-3"),
    ] {
        let mut session = secrets().size(120, 50);
        session
            .keys(&"j".repeat(number))
            .keys("<enter>")
            .go_to(label);
        session.sees_no("canary").keys("<f2>").sees(secret);
        session
            .keys("<f2>")
            .sees_no("canary")
            .keys("<a-r>")
            .sees(secret);
        session
            .keys("<tab>")
            .sees_no("canary")
            .keys("<s-tab>")
            .sees_no("canary");
        session
            .keys("<f2>")
            .sees(secret)
            .wake_all()
            .sees_no("canary");
        session
            .keys("<f2>")
            .sees(secret)
            .keys("<esc>")
            .sees_no("canary");
    }
}

#[test]
fn a_revealed_secret_hides_behind_another_connection_and_a_change_on_disk() {
    let mut session = secrets().size(120, 50);
    session.keys("<tab>x").sees("sk-canary-1");
    session.outside(|dir| fs::remove_file(dir.join("connections.d/a.yaml")).unwrap());
    session.sees_no("canary");
}

#[test]
fn secrets_are_not_searched_by_the_filter() {
    let mut session = secrets();
    session.keys("/canary-9").sees("nothing matches");
}

#[test]
fn a_mask_is_never_saved_over_a_secret() {
    for (path, before) in &SECRETS[..5] {
        let number = SECRETS.iter().position(|(other, _)| other == path).unwrap();
        let mut session = secrets().size(120, 50);
        session.keys(&"j".repeat(number)).keys("<enter>");
        session
            .go_to("Description")
            .keys("words<c-s>")
            .sees("updated");
        let after = session.read(path);
        assert_eq!(after.replace("description: words\n", ""), *before);
    }
}

#[test]
fn a_secret_that_is_being_typed_or_pasted_is_in_no_log() {
    let mut session = secrets().size(120, 50);
    session.keys("nNew<tab>openai<enter>").go_to("api_key");
    session.keys("<c-u><f6>").paste("canary-20\ncanary-21\n");
    assert_no_secret(&session, "pasted");
    // Into the wrong field, which asks.
    session
        .go_to("Description")
        .paste("canary-22\ncanary-23\n")
        .sees("Paste?");
    assert_no_secret(&session, "asked");
    session.keys("n<c-s>").sees("created new.yaml");
    assert_no_secret(&session, "saved");
    session.keys("dy");
    assert!(!session.exists("connections.d/new.yaml"));
    assert_no_secret(&session, "deleted");
    session.keys("u");
    assert!(session.read("connections.d/new.yaml").contains("canary-20"));
    assert_no_secret(&session, "restored");
}

#[test]
fn a_clash_shows_no_secret() {
    let mut session = secrets().size(120, 50);
    session.keys("<enter>").go_to("api_key").paste("canary-30");
    session.behind(|dir| {
        let theirs = SECRETS[0].1.replace("sk-canary-1", "sk-canary-31");
        write(dir, SECRETS[0].0, &theirs);
    });
    session
        .keys("<c-s>")
        .sees("Changed on both sides")
        .sees("api_key");
    assert_no_secret(&session, "clash");
    for key in ["t", "m", "<space>", "<f1>", "<enter>"] {
        session.keys(key);
        assert_no_secret(&session, key);
    }
}

#[test]
fn typing_a_reference_can_be_seen() {
    let mut session = secrets().size(120, 50);
    session
        .keys("<enter>")
        .go_to("api_key")
        .keys("<c-u>")
        .keys("${oc.env:OPEN")
        .sees("${oc.env:OPEN");
    session.keys("}").sees("${oc.env:OPEN}");
}

/// What a key was, its value stays masked while another key is typed over it.
#[test]
fn changing_a_key_or_an_address_uncovers_nothing() {
    let mut session = secrets().size(120, 50);
    session
        .keys("j<enter>")
        .go_to("Authorization")
        .keys("X<home>X<c-w>");
    session.sees_no("canary").keys("<tab>").sees_no("canary");
    let mut session = secrets().size(120, 50);
    session.keys("<enter>").go_to("url");
    for _ in 0.."@example.com/v1".len() {
        session.keys("<bs>").sees_no("canary");
    }
}

#[test]
fn another_type_uncovers_nothing() {
    let mut session = secrets().size(120, 60);
    session.keys("<enter>").go_to("Type").keys("<enter>");
    for _ in 0..80 {
        session.keys("<enter>").sees_no("canary");
        session.go("Type", "<s-tab>").keys("<enter><down>");
    }
}

/// YAML reads a token of digits as a number; it is no less secret for that.
#[test]
fn a_secret_of_digits_in_a_map_or_list_is_masked_in_the_panel() {
    let session = Session::new(&[(
        "connections.d/a.yaml",
        "type: dynamiq.connections.Http\nurl: https://example.com\nmethod: GET\n\
         headers: {X-Api-Key: 8150915, X-Page: 7321}\nparams: {token: 8150915}\n\
         own: {password: 8150915}\ntokens: [8150915]\n",
    )])
    .size(120, 40);
    let screen = session.screen();
    assert!(!screen.contains("8150915"), "{screen}");
    assert!(screen.contains("7321"), "{screen}");
}

/// The marks of all 78 types, and of a key that no type has.
#[test]
fn every_secret_field_of_every_type_is_masked() {
    use crate::catalog::{Catalog, Input};
    for kind in Catalog::built_in().kinds() {
        let mut text = format!("type: {}\n", kind.type_path);
        for field in kind.fields.iter().filter(|field| field.secret) {
            let line = match &field.input {
                Input::Map => format!("{}: {{a: canary}}\n", field.name),
                Input::List => format!("{}: [canary]\n", field.name),
                Input::Text
                | Input::Integer
                | Input::Number
                | Input::Switch
                | Input::Choice(_)
                | Input::DateTime => format!("{}: canary\n", field.name),
            };
            text.push_str(&line);
        }
        text += "own_password: canary\n";
        let mut session = Session::new(&[("connections.d/a.yaml", &text)]).size(100, 50);
        session.keys("<tab>");
        assert_no_secret(&session, &kind.type_path);
        session.keys("<esc><enter>");
        for stop in 0..kind.fields.len() + 4 {
            let screen = session.screen();
            assert!(
                !screen.contains("canary"),
                "{}, stop {stop}:\n{screen}",
                kind.type_path
            );
            session.keys("<tab>");
        }
        assert_no_secret(&session, &kind.type_path);
    }
}
