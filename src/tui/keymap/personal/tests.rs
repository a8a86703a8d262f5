//! A person's keys: read, pressed and shown.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyModifiers};
use proptest::prelude::*;

use super::*;
use crate::project::personal::Personal;
use crate::tui::keymap::{
    ConflictAction, DetailAction, FormAction, GlobalAction, ListAction, PopupAction,
};

/// The keys of a file of settings, and its warnings without the file's name.
fn keymap(text: &str) -> (Keymap, Vec<String>) {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("config.yaml");
    std::fs::write(&path, text).unwrap();
    let mut warnings = Vec::new();
    let personal = Personal::read(&path, &mut warnings);
    let (keymap, about_keys) = Keymap::of(&personal);
    warnings.extend(about_keys);
    let name = format!("{}:", path.display());
    let short = warnings.iter().map(|warning| warning.replace(&name, ""));
    (keymap, short.collect())
}

fn press(key: &str) -> KeyEvent {
    Chord::read(key).unwrap().event()
}

#[test]
fn without_settings_every_key_is_itself() {
    let keymap = Keymap::default();
    for context in Context::ALL {
        for row in context.table() {
            for key in row.defaults {
                assert_eq!(keymap.meant(&[context], key.event()), Some(key.event()));
            }
        }
    }
}

#[test]
fn every_key_is_read_as_it_is_shown() {
    for context in Context::ALL {
        for key in context.table().iter().flat_map(|row| row.defaults) {
            assert_eq!(Chord::read(&key.to_string()), Some(*key), "{key}");
        }
    }
}

#[test]
fn a_key_is_read_however_people_write_it() {
    for (written, shown) in [
        ("ctrl-s", "Ctrl-S"),
        ("Ctrl+S", "Ctrl-S"),
        ("C-s", "Ctrl-S"),
        ("^", "^"),
        ("alt-x", "Alt-X"),
        ("M-x", "Alt-X"),
        ("ctrl-alt-x", "Ctrl-Alt-X"),
        ("f3", "F3"),
        ("SPACE", "Space"),
        ("D", "D"),
        ("shift-d", "D"),
        ("d", "d"),
        ("-", "-"),
        ("+", "+"),
        ("alt--", "Alt--"),
        ("shift-tab", "Shift-Tab"),
        ("backtab", "Shift-Tab"),
        ("shift-up", "Shift-↑"),
        ("PageDown", "PgDn"),
        ("delete", "Del"),
        ("é", "é"),
    ] {
        let chord = Chord::read(written).unwrap_or_else(|| panic!("`{written}`"));
        assert_eq!(chord.to_string(), shown);
        assert_eq!(Chord::read(shown), Some(chord), "{shown}");
    }
    for wrong in [
        "",
        " ",
        "ctrl-",
        "hyper-x",
        "f0",
        "f13",
        "f+3",
        "ab",
        "ctrl-ctrl-x",
        "\t",
        "f03",
    ] {
        assert_eq!(Chord::read(wrong), None, "{wrong}");
    }
}

#[test]
fn a_key_of_ones_own_does_it_and_the_old_one_does_nothing() {
    let (keymap, warnings) = keymap("keys: {list: {new: [a, ctrl-n], quit: null, undo: n}}\n");
    assert_eq!(warnings, [""; 0]);
    let meant = |key: &str| keymap.meant(&[Context::List], press(key));
    assert_eq!(meant("a"), Some(press("n")));
    assert_eq!(meant("ctrl-n"), Some(press("n")));
    assert_eq!(meant("n"), Some(press("u")));
    assert_eq!(meant("u"), None);
    assert_eq!(meant("q"), None);
    assert_eq!(meant("z"), Some(press("z")));
    assert_eq!(keymap.key(ListAction::New), "a");
    assert_eq!(keymap.key(ListAction::Undo), "n");
    assert_eq!(keymap.key(ListAction::Quit), "quit");
    assert_eq!(keymap.key(ListAction::HalfPageUp), "Ctrl-U");
    assert_eq!(keymap.shown(&[Context::List], "q"), None);
    // Another context has keys of its own.
    assert_eq!(
        keymap.meant(&[Context::Panel], press("q")),
        Some(press("q"))
    );
}

#[test]
fn an_arrow_of_ones_own_is_shown_where_arrows_are() {
    let (keymap, _) = keymap("keys: {popup: {up: p, down: [down, n]}}\n");
    let shown = |key: &str| keymap.shown(&[Context::Popup], key);
    assert_eq!(shown("↑↓").as_deref(), Some("p↓"));
    assert_eq!(shown("←→").as_deref(), Some("←→"));
    assert_eq!(shown("y").as_deref(), Some("y"));
}

#[test]
fn what_can_not_be_is_left_out_and_told() {
    for (text, expected) in [
        (
            "keys: {lst: {}}",
            "1:8: there is no context `lst`; is `list` meant?",
        ),
        (
            "keys: {list: {nwe: a}}",
            "1:15: there is no action `nwe` in `list`; is `new` meant?",
        ),
        (
            "keys: {list: {new: ctlr-n}}",
            "1:20: `ctlr-n` is not a key; keys are such as `n`, `ctrl-s`, `f5`",
        ),
        (
            "keys: {list: {new: a, quit: a}}",
            "1:29: a is `new` already, in line 1",
        ),
        ("keys: {form: {save: s}}", "1:21: s is for typing in `form`"),
        (
            "keys: {filter: {keep: left}}",
            "1:23: ← is for typing in `filter`",
        ),
        (
            "keys: {everywhere: {help: h}}",
            "1:27: h is for typing in `everywhere`",
        ),
        (
            "keys: {list: {new: esc}}",
            "1:20: Esc is the way out, and stays that",
        ),
        (
            "keys: {list: {new: ctrl-c}}",
            "1:20: Ctrl-C is the way out, and stays that",
        ),
        (
            "keys: {form: {save: ctrl-m}}",
            "1:21: terminals send the same for Ctrl-M as for Enter",
        ),
        (
            "keys: {list: {new: f1}}",
            "1:20: F1 is `help` in `everywhere` already",
        ),
        (
            "keys: {everywhere: {help: ctrl-s}}",
            "1:27: Ctrl-S is `save` in `form` already",
        ),
    ] {
        let (keymap, warnings) = keymap(text);
        assert_eq!(warnings, [expected], "{text}");
        let first = keymap.key(ListAction::New);
        assert!(first == "n" || text.contains("new: a"), "{text}: {first}");
        assert_eq!(keymap.key(ListAction::Quit), "q", "{text}");
        assert_eq!(keymap.key(FormAction::Save), "Ctrl-S", "{text}");
        assert_eq!(keymap.key(GlobalAction::Help), "F1", "{text}");
    }
}

#[test]
fn the_way_out_stays() {
    let (map, warnings) = keymap(
        "keys:\n  form: {back: []}\n  popup: {back: x}\n  everywhere: {interrupt: null, help: []}\n",
    );
    assert_eq!(
        warnings,
        [
            "2:10: `back` keeps Esc: there must be a way out",
            "4:16: `interrupt` keeps Ctrl-C: there must be a way out",
        ]
    );
    assert_eq!(map.key(FormAction::Back), "Esc");
    assert_eq!(map.key(PopupAction::Back), "x");
    assert_eq!(
        map.meant(&[Context::Popup], press("esc")),
        Some(press("esc"))
    );
    assert_eq!(map.meant(&[Context::Popup], press("q")), None);
    assert_eq!(map.key(GlobalAction::Help), "help");
}

#[test]
fn a_key_that_everywhere_gives_away_is_free() {
    let (map, warnings) = keymap("keys: {list: {new: f1}, everywhere: {help: f12}}");
    assert_eq!(warnings, [""; 0]);
    assert_eq!(map.meant(&[Context::List], press("f1")), Some(press("n")));
    assert_eq!(map.meant(&[Context::List], press("f12")), Some(press("f1")));
}

#[test]
fn two_may_change_places() {
    let (map, warnings) =
        keymap("keys: {conflict: {mine: t, theirs: m}, panel: {reveal: y, copy: x}}");
    assert_eq!(warnings, [""; 0]);
    assert_eq!(map.key(ConflictAction::Mine), "t");
    assert_eq!(map.key(ConflictAction::Theirs), "m");
    assert_eq!(map.key(DetailAction::Copy), "x");
    assert_eq!(map.meant(&[Context::Panel], press("y")), Some(press("x")));
}

/// A key that a keyboard has.
fn any_chord() -> impl Strategy<Value = Chord> {
    let letters = "[a-zA-Z0-9?:/ .,*é+-]".prop_map(|text| text.chars().next().unwrap());
    let codes = prop_oneof![
        4 => letters.prop_map(KeyCode::Char),
        1 => (1u8..=12).prop_map(KeyCode::F),
        1 => prop::sample::select(vec![
            KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End,
            KeyCode::PageUp, KeyCode::PageDown, KeyCode::Tab, KeyCode::BackTab, KeyCode::Enter,
            KeyCode::Esc, KeyCode::Delete, KeyCode::Insert, KeyCode::Backspace,
        ]),
    ];
    (codes, any::<(bool, bool)>()).prop_map(|(code, (control, alt))| {
        let mut modifiers = KeyModifiers::NONE;
        modifiers.set(KeyModifiers::CONTROL, control);
        modifiers.set(KeyModifiers::ALT, alt);
        // Terminals send no capitals with these.
        let code = code
            .as_char()
            .filter(|_| control || alt)
            .map_or(code, |letter| KeyCode::Char(letter.to_ascii_lowercase()));
        Chord::of(KeyEvent::new(code, modifiers))
    })
}

/// Some actions with some keys each.
fn any_bindings() -> impl Strategy<Value = Vec<(Context, String, Vec<Chord>)>> {
    let all: Vec<(Context, String)> = Context::ALL
        .into_iter()
        .flat_map(|context| {
            context
                .table()
                .into_iter()
                .map(move |row| (context, row.action))
        })
        .collect();
    let one = (
        prop::sample::select(all),
        prop::collection::vec(any_chord(), 0..3),
    );
    let bindings = prop::collection::vec(one, 0..25);
    bindings.prop_map(|all| {
        let mut kept: Vec<(Context, String, Vec<Chord>)> = Vec::new();
        for ((context, action), keys) in all {
            if !kept.iter().any(|(c, a, _)| (*c, a) == (context, &action)) {
                kept.push((context, action, keys));
            }
        }
        kept
    })
}

fn as_settings(bindings: &[(Context, String, Vec<Chord>)]) -> String {
    let mut text = "keys:\n".to_owned();
    for context in Context::ALL {
        writeln!(text, "  {}:", context.name()).unwrap();
        for (_, action, keys) in bindings.iter().filter(|binding| binding.0 == context) {
            let keys: Vec<String> = keys.iter().map(|key| format!("'{key}'")).collect();
            writeln!(text, "    {action}: [{}]", keys.join(", ")).unwrap();
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_bound_a_key_means_one_thing_and_esc_leads_out(bindings in any_bindings()) {
        let (map, _) = keymap(&as_settings(&bindings));
        let everywhere: Vec<Chord> =
            map.rows(Context::Everywhere).iter().flat_map(|row| row.keys.clone()).collect();
        for context in Context::ALL {
            let keys: Vec<Chord> = map.rows(context).iter().flat_map(|row| row.keys.clone()).collect();
            for (place, key) in keys.iter().enumerate() {
                prop_assert!(!keys[..place].contains(key), "{key} twice in {context:?}");
                let typed = context.takes_text() && key.is_text();
                let of_table = context.table().iter().any(|row| row.defaults.contains(key));
                prop_assert!(!typed || of_table, "{key} can't be typed in {context:?}");
            }
            for row in map.rows(context) {
                let out = row.named.defaults.iter().filter(|key| key.is_way_out());
                for key in out {
                    prop_assert!(row.keys.contains(key), "{key} in {context:?}");
                }
                // What is shown does what it is shown for.
                for key in &row.keys {
                    if context == Context::Everywhere || !everywhere.contains(key) {
                        let meant = map.meant(&[context], key.event());
                        let meant = meant.map(Chord::of);
                        prop_assert!(meant.is_some_and(|key| row.named.defaults.contains(&key)));
                    }
                }
            }
        }
    }

    #[test]
    fn a_key_of_a_keyboard_is_read_as_it_is_shown(key in any_chord()) {
        prop_assert_eq!(Chord::read(&key.to_string()), Some(key));
    }
}
