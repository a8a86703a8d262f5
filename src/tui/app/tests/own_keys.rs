//! A person's own keys and settings, as the interface shows and takes them.

use super::*;
use crate::tui::keymap::{Chord, Context};

/// The project with these personal settings.
fn with_settings(text: &str) -> Session {
    let session = project();
    write(session.state.path(), "config/conndeck/config.yaml", text);
    let config = session.state.path().join("config");
    session.environment(&[("XDG_CONFIG_HOME", config.to_str().unwrap())])
}

/// A key for every action that no table has: F-keys with modifiers, which nothing else uses.
fn every_key_moved() -> String {
    let mut text = "keys:\n".to_owned();
    for context in Context::ALL {
        writeln!(text, "  {}:", context.name()).unwrap();
        // The first ones are those of everywhere alone.
        let first = if context == Context::Everywhere { 0 } else { 5 };
        let sections = Keymap::default().sections();
        let (_, rows) = sections.iter().find(|(one, _)| *one == context).unwrap();
        for (row, number) in rows.iter().zip(first..) {
            let modifiers = ["ctrl-alt-", "ctrl-", "alt-"][number / 12];
            // Esc and Ctrl-C stay, and are named where nothing else is.
            writeln!(text, "    {}: {modifiers}f{}", row.action, number % 12 + 1).unwrap();
        }
    }
    text
}

/// The keys that are on the screen where only the old ones have them.
fn old_keys(screen: &str) -> Vec<String> {
    let keys = "F1 F2 F3 F4 F5 F6 Ctrl-S Ctrl-P Ctrl-L Ctrl-Z Alt-R Alt-P Alt-E Alt-X Alt-D Alt-M Enter \
                Tab Shift-Tab PgUp PgDn Del Home End Space ↑↓ ←→ n u d e w x y q s ? :";
    let keys: Vec<&str> = keys.split_whitespace().collect();
    let words = screen.split(|c: char| c.is_whitespace() || "│┌┐└┘─;,.".contains(c));
    words
        .filter(|word| keys.contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_key_of_ones_own_is_shown_and_works() {
    let mut session = with_settings("keys: {list: {new: [a, ctrl-n], quit: Q, undo: U}}\n");
    session.sees("a new").sees("Q quit").sees_no("n new");
    session.keys("n").sees_no("Add new connection").keys("q");
    assert!(!session.has_quit);
    session.keys("a").sees("Add new connection").keys("<esc>");
    session
        .keys("<c-n>")
        .sees("Add new connection")
        .keys("<esc>");
    session
        .keys("Gd")
        .sees("U brings it back")
        .keys("y")
        .sees("U brings it back");
    session
        .keys("U")
        .sees("unused")
        .keys("?")
        .sees("a Ctrl-N")
        .keys("<esc>Q");
    assert!(session.has_quit);
}

#[test]
fn what_has_no_key_is_still_an_action() {
    let mut session = with_settings("keys: {list: {new: null}}\n");
    session.sees_no("n new").keys("n").sees_no("Create");
    session
        .keys(":add new<enter>")
        .sees("Add new connection")
        .sees("Create");
}

#[test]
fn what_is_typed_is_typed_whatever_is_bound() {
    let mut session = with_settings(
        "keys: {form: {activate: ctrl-g}, list: {new: d, delete: n}, popup: {back: y, accept: n}}\n",
    );
    session.keys("d").keys("dny").sees("dny");
    session.keys("<enter>").sees("dny");
    assert!(session.focused_line().contains("dny"));
    session.keys("<c-g>");
    assert!(!session.focused_line().contains("dny"));
    session.keys("<esc>").sees("Leave the form?").keys("d");
    // The letters of the answers are what the buttons say.
    session.keys("Gn").sees("Delete unused?").keys("n");
    assert!(session.exists("connections.d/unused.yaml"));
    session.keys("ny");
    assert!(!session.exists("connections.d/unused.yaml"));
}

#[test]
fn no_text_names_a_key_that_is_no_more() {
    let text = every_key_moved();
    let mut session = with_settings(&text).size(79, 40);
    session.sees_no("not right");
    let key = |context: Context, action: &str| -> String {
        let line = |name: &str, from: usize| {
            let lines = text.lines().enumerate().skip(from);
            let mut found = lines.filter(|(_, line)| line.trim_start().starts_with(name));
            found.next().unwrap()
        };
        let start = line(&format!("{}:", context.name()), 1).0;
        let (_, found) = line(&format!("{action}: "), start);
        found.rsplit(' ').next().unwrap().to_owned()
    };
    let press = |session: &mut Session, context: Context, action: &str| {
        let chord = Chord::read(&key(context, action)).unwrap();
        session.send(Event::Input(Input::Key(chord.event())));
    };
    let look = |session: &Session, where_: &str| {
        let screen = session.screen();
        // The marks of the help are no keys.
        let old = old_keys(screen.split("│ Marks").next().unwrap());
        assert!(old.is_empty(), "{where_}: {old:?}\n{screen}");
    };
    look(&session, "list");
    press(&mut session, Context::List, "switch-pane");
    look(&session, "panel");
    press(&mut session, Context::Panel, "copy");
    session.keys("<esc>");
    press(&mut session, Context::List, "filter");
    session.keys("zzzz");
    look(&session, "filter");
    session.keys("<esc>");
    press(&mut session, Context::List, "workflows");
    look(&session, "workflows");
    press(&mut session, Context::Workflows, "open");
    look(&session, "workflow");
    press(&mut session, Context::Workflow, "connections");
    press(&mut session, Context::List, "open");
    look(&session, "form");
    press(&mut session, Context::Form, "diff");
    look(&session, "diff");
    session.keys("<esc>");
    session.keys("<esc>");
    press(&mut session, Context::List, "new");
    press(&mut session, Context::Form, "next");
    look(&session, "type");
    press(&mut session, Context::Form, "activate");
    look(&session, "choice");
    session.keys("<esc><esc>");
    press(&mut session, Context::List, "rename");
    look(&session, "rename");
    session.keys("<esc>");
    press(&mut session, Context::List, "actions");
    session.keys("select");
    look(&session, "actions");
    session.keys("<esc>");
    press(&mut session, Context::List, "bottom");
    press(&mut session, Context::List, "delete");
    let screen = session.screen();
    let old = old_keys(&screen);
    // The letters of the answers are on their buttons.
    assert!(
        old.iter().all(|key| ["y", "n"].contains(&key.as_str())),
        "{old:?}\n{screen}"
    );
    session.keys("y");
    look(&session, "deleted");
    press(&mut session, Context::Everywhere, "help");
    session.sees("Ctrl-Alt-F6");
    for _ in 0..6 {
        look(&session, "help");
        for _ in 0..25 {
            press(&mut session, Context::Popup, "down");
        }
    }
    session.sees("A secret");
}

#[test]
fn what_is_wrong_with_the_settings_is_said_first() {
    let mut session = with_settings("mose: true\nkeys: {list: {nwe: a}}\nsort: [\n");
    session
        .sees("Settings or types that are not right")
        .sees("config.yaml:");
    session.keys("<esc>").sees("n new");
    let mut session = with_settings("mose: true\nkeys: {list: {nwe: a}}\n");
    session
        .sees("config.yaml:1:1: unknown setting")
        .sees("config.yaml:2:15: there is no action");
    session.sees("`new` meant?").keys("<esc>").sees("n new");
}

#[test]
fn the_first_order_and_the_mouse_are_settled() {
    let mut session = with_settings("sort: type\nmouse: false\n");
    session
        .sees("by type")
        .keys("<a-m>")
        .sees("the mouse is on");
    let words: Vec<&str> = crate::project::personal::SORTS.to_vec();
    for word in words {
        assert_eq!(Order::named(word).map(Order::word), Some(word));
    }
    assert_eq!(Order::named("size"), None);
}

#[test]
fn a_secret_hides_when_the_person_says() {
    for (text, seconds) in [("", 30), ("reveal_seconds: 5\n", 5)] {
        let session = with_settings(text);
        assert_eq!(
            session.app.setup.reveal,
            std::time::Duration::from_secs(seconds)
        );
    }
}
