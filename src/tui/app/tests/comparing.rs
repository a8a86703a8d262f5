//! What a save would write, shown before it is written.

use super::*;

#[test]
fn f3_shows_what_update_would_write_and_writes_nothing() {
    for (width, height) in [(80, 24), (50, 15)] {
        let mut session = project().no_color().size(width, height);
        let before = session.files();
        session.keys("<enter>").go_to("url").keys("/eu<f3>");
        session
            .sees("Update would write to openai-prod.yaml")
            .sees("-url: https://api.openai.com/v1")
            .sees("+url: https://api.openai.com/v1/eu");
        assert_eq!(session.files(), before);
        // Where it was opened, it goes on.
        session.keys("<esc>").sees_no("would write");
        session
            .keys("2<a-p>")
            .sees("+url: https://api.openai.com/v1/eu2");
        session.keys("<f3>").sees_no("would write");
        assert!(
            session.focused_line().contains("url"),
            "{}",
            session.screen()
        );
        // The diff told the truth.
        session.keys("<c-s>");
        assert!(
            session
                .read("connections.d/openai-prod.yaml")
                .contains("/v1/eu2   #")
        );
    }
}

#[test]
fn f3_says_why_nothing_would_be_written() {
    let mut session = project();
    session.keys("<enter><f3>");
    session
        .sees("Update would write nothing")
        .sees("Nothing was changed.");
    session.keys("<esc><esc>n<f3>");
    session
        .sees("Create would write nothing")
        .sees("Type: choose a type")
        .sees("Name: a name is needed");
    session.keys("<esc>");
    // It is a look, so that the focus is where it was.
    assert!(session.focused_line().contains("Name"));
}

#[test]
fn a_new_connection_is_shown_whole_and_the_text_is_what_is_written() {
    let mut session = project();
    session.keys("nAcme<tab>openai<enter><f3>");
    session
        .sees("Create would write to acme.yaml")
        .sees("+name: Acme");
    let screen = session.screen();
    session.keys("<esc><c-s>");
    for line in session.read("connections.d/acme.yaml").lines() {
        assert!(screen.contains(&format!("+{line}")), "{line}\n{screen}");
    }
}

#[test]
fn the_diff_is_with_what_is_on_disk_now() {
    let mut session = project();
    session.keys("<enter>").go_to("url").keys("/eu");
    session.outside(|dir| {
        let text = OPENAI.replace("tags: [llm, prod]", "tags: [other]");
        write(dir, "connections.d/openai-prod.yaml", &text);
    });
    session
        .keys("<f3>")
        .sees("saving merges")
        .sees(" tags: [other]")
        .sees("/v1/eu");
    session.keys("<esc>").outside(|dir| {
        let text = OPENAI.replace("api.openai.com", "else.example");
        write(dir, "connections.d/openai-prod.yaml", &text);
    });
    session
        .keys("<f3>")
        .sees("1 field changed on both sides")
        .sees_no("+url");
    session.keys("<esc>").outside(|dir| {
        fs::remove_file(dir.join("connections.d/openai-prod.yaml")).unwrap();
    });
    session.keys("<f3>").sees("The file is gone").sees("/v1/eu");
}

/// A key that no longer tells that its value is a secret does not make it less of one.
#[test]
fn a_secret_under_another_key_stays_masked() {
    let text = "name: A\ntype: dynamiq.connections.Http\nurl: https://x.example\nmethod: GET\nheaders:\n  X-Api-Key: canary-8841\n";
    for open in ["<enter>", "D"] {
        let mut session = Session::new(&[("connections.d/a.yaml", text)]).size(100, 40);
        session.keys(open).go_to("X-Api-Key").keys("jj<f3>");
        session
            .sees("X-Api-Keyjj: ••••••••")
            .sees_no("canary-8841")
            .keys("<esc>")
            .sees_no("canary-8841");
    }
}

#[test]
fn a_long_diff_scrolls_and_secrets_are_masked() {
    for no_color in [false, true] {
        let mut session = secrets::secrets().size(50, 15);
        if no_color {
            session = session.no_color();
        }
        for (file, keys) in ["", "j", "jj", "jjj", "jjjj"].iter().enumerate() {
            session.keys(&format!("g{keys}<enter>"));
            session
                .go_to("Description")
                .keys("More.")
                .go("Name", "<s-tab>");
            session.keys("<f3>").sees("Update would write");
            for _ in 0..20 {
                assert!(
                    !session.screen().contains("canary"),
                    "{file}\n{}",
                    session.screen()
                );
                session.keys("<down>");
            }
            session.keys("<pgup><pgup><pgup><pgdn><esc><esc>d");
        }
    }
}
