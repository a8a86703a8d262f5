//! Ways out: Esc undoes one layer, Ctrl-C asks once, and nothing typed goes unasked.

use super::*;

#[test]
fn esc_undoes_one_layer_at_a_time() {
    let mut session = project();
    session.keys("nAcme<tab>op").sees("of 78");
    session
        .keys("<esc>")
        .sees_no("of 78")
        .sees("Add new connection");
    session.keys("<esc>").sees("Leave the form?");
    session
        .keys("<esc>")
        .sees_no("Leave the form?")
        .sees("Acme");
    session.keys("<esc>d").sees_no("Add new connection");
    session.keys("<esc><esc>");
    assert!(!session.has_quit);
}

#[test]
fn an_unchanged_form_closes_without_a_question() {
    let mut session = project();
    session.keys("n<esc>").sees_no("Add new connection");
    session
        .keys("<enter>")
        .sees("Edit openai-prod")
        .keys("<esc>")
        .sees_no("Edit openai-prod");
    // Typed and taken back is unchanged.
    session
        .keys("<enter>x<bs><esc>")
        .sees_no("Leave the form?")
        .sees_no("Edit openai-prod");
}

#[test]
fn the_question_saves_discards_or_goes_on() {
    let changed = |answer: &str| {
        let mut session = project();
        session
            .keys("<enter>!")
            .keys("<esc>")
            .sees("Leave the form?")
            .keys(answer);
        session
    };
    let mut saved = changed("s");
    assert!(
        saved
            .read("connections.d/openai-prod.yaml")
            .contains("name: OpenAI (production)!\n")
    );
    saved
        .sees("updated openai-prod.yaml")
        .sees_no("Edit openai-prod");
    let mut discarded = changed("d");
    assert_eq!(discarded.read("connections.d/openai-prod.yaml"), OPENAI);
    discarded.sees_no("Edit openai-prod");
    // Enter takes the safe answer: go on editing.
    for stay in ["g", "<enter>", "<esc>"] {
        let mut going_on = changed(stay);
        going_on.sees("Edit openai-prod").sees("(production)!");
        assert_eq!(going_on.read("connections.d/openai-prod.yaml"), OPENAI);
    }
}

#[test]
fn a_save_that_has_problems_goes_back_to_the_form() {
    let mut session = project();
    session
        .keys("nAcme<esc>s")
        .sees("choose a type")
        .sees("Add new connection");
    session.keys("<c-c>s").sees("choose a type");
    assert!(!session.has_quit);
    // The quit that was meant then is not remembered.
    session
        .keys("<tab><tab>")
        .go("Type *", "<s-tab>")
        .keys("openai<enter><c-s>");
    session.sees("created acme.yaml");
    assert!(!session.has_quit);
}

#[test]
fn ctrl_c_is_like_q_and_twice_quits() {
    let mut session = project();
    session.keys("<c-c>");
    assert!(session.has_quit);

    let mut session = project();
    session.keys("<enter>!<c-c>").sees("Leave the form?");
    assert!(!session.has_quit);
    session.keys("<c-c>");
    assert!(session.has_quit);
    assert_eq!(session.read("connections.d/openai-prod.yaml"), OPENAI);
}

#[test]
fn a_second_ctrl_c_after_a_while_is_a_first_one() {
    let mut session = project();
    session.keys("<enter>!<c-c><esc>");
    let wake = session
        .wakes
        .iter()
        .find(|wake| matches!(wake, Wake::ForgetInterrupt(_)));
    let wake = *wake.unwrap();
    session.later(wake).keys("<c-c>").sees("Leave the form?");
    assert!(!session.has_quit);
}

#[test]
fn quitting_with_changes_can_save_first() {
    let mut session = project();
    session.keys("<enter>!<c-c>s");
    assert!(session.has_quit);
    assert!(
        session
            .read("connections.d/openai-prod.yaml")
            .contains("(production)!")
    );

    let mut session = project();
    session.keys("<enter>!<c-c>d");
    assert!(session.has_quit);
    assert_eq!(session.read("connections.d/openai-prod.yaml"), OPENAI);
}

#[test]
fn going_on_after_ctrl_c_forgets_the_quit() {
    let mut session = project();
    session.keys("<enter>!<c-c><esc>").wake_all().keys("<c-s>");
    session.sees("updated openai-prod.yaml");
    assert!(!session.has_quit);
}

#[test]
fn being_asked_to_end_ends() {
    for keys in ["", "n", "<enter>!", "d", "?"] {
        let mut session = project();
        session.keys(keys).send(Event::EndRequested);
        assert_eq!(session.effects().last(), Some(&Effect::Quit), "{keys}");
        let mut session = project();
        session.keys(keys).send(Event::Input(Input::Closed));
        assert!(session.has_quit, "{keys}");
    }
}

#[test]
fn suspend_and_redraw_work_everywhere() {
    for keys in ["", "n", "<enter>!<esc>", "d", "?", "/", "<tab>"] {
        let mut session = project();
        session.keys(keys);
        let before = session.screen();
        session.keys("<c-z>");
        assert_eq!(session.effects().last(), Some(&Effect::Suspend), "{keys}");
        assert_eq!(session.keys("<c-l>").effects(), [Effect::Redraw], "{keys}");
        assert_eq!(
            session.send(Event::Continued).effects(),
            [Effect::Redraw],
            "{keys}"
        );
        assert_eq!(session.screen(), before);
    }
}

#[test]
fn a_quit_while_a_save_is_under_way_waits_for_it() {
    let mut session = project();
    session.keys("<enter>!").hold().keys("<c-s><c-c>");
    assert!(!session.has_quit);
    session.release();
    assert!(session.has_quit);
    assert!(
        session
            .read("connections.d/openai-prod.yaml")
            .contains("(production)!")
    );
    // If nothing was written, it does not end.
    let mut session = project();
    session.keys("<enter>!").hold().keys("<c-s><c-c>");
    session.behind(|dir| fs::remove_file(dir.join("connections.d/openai-prod.yaml")).unwrap());
    session.release().sees("The file is gone");
    assert!(!session.has_quit);
}
