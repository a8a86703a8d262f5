//! Values that are changed in `$EDITOR`, or pasted as a whole.

use super::*;

fn edits(session: &mut Session, saved: &str) {
    session.saves_value = Some(Ok(Some(saved.to_owned())));
    session.keys("<f4>");
}

#[test]
fn f4_takes_what_the_editor_saved_byte_for_byte() {
    // What was there, what the editor saves, what the file says then.
    for (saved, expected) in [
        ("one\n", "description: one\n"),
        ("one\ntwo\n", "description: |-\n  one\n  two\n"),
        (
            "  spaces\tkept ${x}",
            r#"description: "spaces\tkept \\${x}""#,
        ),
    ] {
        let mut session = project();
        session.keys("<enter>").go_to("Description");
        edits(&mut session, saved);
        session.sees("taken from the editor");
        session.keys("<c-s>");
        let text = session.read("connections.d/openai-prod.yaml");
        let start = expected.trim_end();
        assert!(text.contains(start), "{saved:?}: {text}");
    }
}

#[test]
fn a_value_comes_back_as_it_was_saved() {
    for saved in ["a", "a\n\n", "\ta b ", "${x}", "-----BEGIN\nx\n-----END"] {
        let mut session = project();
        session.keys("<enter>").go_to("url");
        edits(&mut session, saved);
        session.keys("<c-s>");
        let text = session.read("connections.d/openai-prod.yaml");
        session.keys("<enter>").go_to("url").keys("<f4>");
        // The editor adds one line break, and no more than that is taken away.
        let expected = saved.strip_suffix('\n').unwrap_or(saved);
        assert_eq!(session.values.last().unwrap(), expected, "{text}");
    }
}

#[test]
fn an_editor_that_gives_up_or_fails_changes_nothing() {
    let mut session = project();
    let before = session.files();
    session.keys("<enter>").go_to("url").keys("<a-e>");
    session.sees("the value is as it was");
    session.saves_value = Some(Ok(None));
    session.keys("<f4>").sees("nothing changed");
    session.saves_value = Some(Err("`ed` was not found".to_owned()));
    session
        .keys("<f4>")
        .sees("The value was not changed")
        .sees("`ed` was not found");
    session.keys("<esc>");
    session
        .keys("<f3>")
        .sees("Nothing was changed.")
        .keys("<esc><esc>");
    assert_eq!(session.files(), before);
    assert_eq!(session.values.len(), 3);
    // A late answer is nobody's.
    session.keys("<enter>").go_to("url");
    session.send(Event::ValueEdited(Ticket(1), Ok(Some(Secret::new("late")))));
    session.sees_no("late");
}

#[test]
fn a_secret_from_the_editor_stays_masked_and_only_texts_go_there() {
    for (width, height) in [(80, 24), (50, 15)] {
        let mut session = secrets::secrets().no_color().size(width, height);
        session.keys("<enter>").go_to("api_key");
        edits(&mut session, "sk-canary-new\nline\n");
        assert_eq!(session.values.last().unwrap(), "sk-canary-1");
        assert!(!session.screen().contains("canary"), "{}", session.screen());
        assert!(!format!("{:?}{}", session.app, session.log).contains("canary"));
        session.keys("<c-s>");
        assert!(
            session
                .read("connections.d/a.yaml")
                .contains("sk-canary-new")
        );
        session
            .keys("n<tab><f4>")
            .sees("there is no text under the cursor");
    }
}

/// What was typed is on disk before the editor has the terminal.
#[test]
fn a_draft_is_kept_before_the_editor_starts() {
    let mut session = project();
    session.keys("<enter>").go_to("url").keys("/eu<f4>");
    let kept = |effect: &Effect| matches!(effect, Effect::Work(Job::Draft(_)));
    let edited = |effect: &Effect| matches!(effect, Effect::EditValue { .. });
    let place = |is: &dyn Fn(&Effect) -> bool| session.effects().iter().position(is);
    assert!(place(&kept).unwrap() < place(&edited).unwrap());
}

#[test]
fn a_text_of_several_lines_is_shown_and_edited_as_such() {
    for (width, height) in [(80, 24), (50, 15)] {
        let mut session = project().no_color().size(width, height);
        session.keys("<enter>").go_to("Description");
        edits(&mut session, "first\nsecond\n");
        session.sees("first").sees("second").sees_no("↵");
        session.wake_all().sees("new line");
        // Up within the text, then out of it, and back in at its end.
        session.keys("<up>X<enter><down>Y<f3>");
        session.sees("firstX").sees("Ysecond");
        session.keys("<esc><tab>");
        assert!(
            session.focused_line().contains("Tags"),
            "{}",
            session.screen()
        );
        session.keys("<c-s>");
        let text = session.read("connections.d/openai-prod.yaml");
        assert!(
            text.contains("description: |-\n  firstX\n\n  Ysecond\n"),
            "{text}"
        );
    }
}

#[test]
fn a_long_text_scrolls_and_its_cursor_is_on_the_screen() {
    let lines: Vec<String> = (0..30).map(|number| format!("line-{number}.")).collect();
    let mut session = project();
    session.keys("<enter>").go_to("Description");
    edits(&mut session, &lines.join("\n"));
    session
        .sees("line-29.")
        .sees_no("line-21.")
        .sees("22 more lines above");
    for line in lines.iter().rev() {
        session.sees(line).keys("<up>");
    }
    assert!(!session.focused_line().contains("Description"));
    session
        .sees("22 more lines below")
        .sees("line-7.")
        .sees_no("line-8.");
}

#[test]
fn a_secret_of_several_lines_is_one_mask_until_it_is_shown() {
    let mut session = secrets::secrets();
    session.keys("jjjj<enter>").go_to("password");
    session.sees_no("canary").keys("<up><down>");
    session
        .sees_no("canary")
        .keys("<f2>")
        .sees("canary-12")
        .sees("canary-13");
    session.keys("<tab>").sees_no("canary");
}

#[test]
fn pasted_variables_choose_the_type_and_their_values_are_not_kept() {
    for (width, height) in [(80, 24), (50, 15)] {
        let mut session = project().no_color().size(width, height);
        session
            .keys("n")
            .paste("# keys\nexport OPENAI_API_KEY=sk-canary-7\nOTHER=\"x\"\n");
        session.sees("values are not").sees("OTHER.");
        session.keys("<c-s>").sees("openai.yaml");
        let text = session.read("connections.d/openai.yaml");
        assert!(text.contains("type: dynamiq.connections.OpenAI"), "{text}");
        assert!(text.contains("api_key: ${oc.env:OPENAI_API_KEY}"), "{text}");
        assert!(
            !text.contains("canary") && !session.log.contains("canary-7"),
            "{text}"
        );
    }
}

#[test]
fn a_pasted_address_fills_the_fields_and_says_where_the_password_is() {
    let mut session = project();
    session
        .keys("n")
        .paste("postgres://ann:p%40ss-canary@db.example:5433/main\n");
    session
        .sees("is in `password` as it is")
        .sees("POSTGRESQL_PASSWORD");
    session.sees_no("canary").keys("<c-s>");
    let text = session.read("connections.d/postgresql.yaml");
    for line in [
        "host: db.example",
        "port: 5433",
        "user: ann",
        "password: p@ss-canary",
        "database: main",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn what_says_nothing_is_a_name() {
    let mut session = project();
    session
        .keys("n")
        .paste("mongodb://a/b")
        .sees("mongodb://a/b")
        .sees("choose…");
}

#[test]
fn a_row_of_several_lines_is_shown_and_edited_as_such() {
    let text = "type: dynamiq.connections.MCPStdio\ncommand: x\nargs: [one, two]\nenv: {NOTE: a}\n";
    for (width, height) in [(80, 24), (50, 15)] {
        let mut session = Session::new(&[("connections.d/a.yaml", text)])
            .no_color()
            .size(width, height);
        session.keys("<enter>").go_to("one");
        edits(&mut session, "first\nsecond");
        session.sees("first").sees("second").sees_no("↵").wake_all();
        session.keys("<up>X<enter><down>Y<f3>");
        session
            .sees("firstX")
            .sees("Ysecond")
            .keys("<esc>")
            .go_to("NOTE");
        session
            .keys("<tab>")
            .paste("l1\nl2\nl3")
            .sees("3 lines")
            .keys("k");
        session.sees("al1").sees("l2").sees("l3").sees_no("↵");
        session.keys("<c-s>");
        let saved = session.read("connections.d/a.yaml");
        let definition =
            crate::definition::Definition::read(&saved, &crate::catalog::Catalog::built_in());
        let value = |name: &str| definition.as_ref().unwrap().value(name);
        let words =
            |texts: [&str; 2]| texts.map(|text| crate::document::Value::Text(text.to_owned()));
        assert_eq!(
            value("args"),
            Some(crate::document::Value::List(
                words(["firstX\n\nYsecond", "two"]).to_vec()
            )),
            "{saved}"
        );
        let [lines, _] = words(["al1\nl2\nl3", ""]);
        assert_eq!(
            value("env"),
            Some(crate::document::Value::Map(vec![(
                "NOTE".to_owned(),
                lines
            )])),
            "{saved}"
        );
    }
}

#[test]
fn a_secret_row_of_several_lines_is_one_mask_until_it_is_shown() {
    let text = "type: dynamiq.connections.MCPStdio\ncommand: x\nenv:\n  API_KEY: |-\n    canary-1\n    canary-2\n";
    let mut session = Session::new(&[("connections.d/a.yaml", text)]);
    session
        .keys("<enter>")
        .go_to("API_KEY")
        .sees_no("canary")
        .sees("••••");
    session.keys("<tab>").sees_no("canary").keys("<f2>");
    session.sees("canary-1").sees("canary-2").sees_no("↵");
    session.keys("<tab><tab>").sees_no("canary");
}
