//! Any size, any keys, no colours, wide characters.

use proptest::prelude::*;
use ratatui::style::{Color, Modifier};

use super::secrets::secrets;
use super::*;

const KEYS: &[&str] = &[
    "j", "k", "g", "G", "n", "e", "d", "D", "*", "u", "y", "/", "?", "r", "s", "m", "t", "w", "c",
    "a", "<space>", "<enter>", "<enter>", "<esc>", "<esc>", "<tab>", "<tab>", "<s-tab>", "<up>",
    "<down>", "<left>", "<right>", "<home>", "<end>", "<pgup>", "<pgdn>", "<bs>", "<del>", "<f1>",
    "<f3>", "<f4>", "<f5>", "<f6>", "<a-d>", "<c-s>", "<c-u>", "<c-d>", "<c-w>", "<c-a>", "<c-l>",
    "<c-z>", "日", "🎉", "é", "$", "{", "}",
];

/// What happens in a random session.
#[derive(Debug, Clone)]
enum Step {
    Key(&'static str),
    Paste(&'static str),
    Resize(u16, u16),
    Wake,
    Write(usize),
    Remove(usize),
    Click(u16, u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => prop::sample::select(KEYS).prop_map(Step::Key),
        1 => prop::sample::select(vec!["one", "one\ntwo\n", "${oc.env:A}", "日本\u{7}", ""])
            .prop_map(Step::Paste),
        3 => prop_oneof![(1u16..200, 1u16..60), (38u16..90, 9u16..26)]
            .prop_map(|(width, height)| Step::Resize(width, height)),
        1 => Just(Step::Wake),
        1 => (0usize..6).prop_map(Step::Write),
        1 => (0usize..6).prop_map(Step::Remove),
        2 => (0u16..100, 0u16..30).prop_map(|(x, y)| Step::Click(x, y)),
    ]
}

impl Session {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Key(key) => self.keys(key),
            Step::Paste(text) => self.paste(text),
            Step::Resize(width, height) => self.resize(*width, *height),
            Step::Wake => self.wake_all(),
            Step::Write(number) => self.outside(|dir| {
                let text =
                    format!("type: dynamiq.connections.OpenAI\napi_key: sk-canary-{number}\n");
                write(dir, &format!("connections.d/x{number}.yaml"), &text);
                let text = format!("nodes: {{n: {{connection: x{number}}}}}\n");
                write(dir, &format!("workflows/x{number}.yaml"), &text);
            }),
            Step::Remove(number) => self.outside(|dir| {
                for place in ["connections.d/x", "workflows/x", "connections.d/"] {
                    let letter = ["a", "b", "c", "d", "e", "f"][*number];
                    let name = if place.ends_with('/') {
                        format!("{place}{letter}.yaml")
                    } else {
                        format!("{place}{number}.yaml")
                    };
                    // Where it is not there, nothing changes.
                    let _ = fs::remove_file(dir.join(name));
                }
            }),
            Step::Click(column, row) => {
                let kind =
                    crossterm::event::MouseEventKind::Down(crossterm::event::MouseButton::Left);
                self.send(Event::Input(Input::Mouse(crossterm::event::MouseEvent {
                    kind,
                    column: *column,
                    row: *row,
                    modifiers: KeyModifiers::NONE,
                })))
            }
        };
    }
}

/// What must hold for every screen: each cell shows one harmless character, and none reaches into
/// its neighbour.
fn assert_sound(session: &Session) -> Result<(), TestCaseError> {
    let buffer = session.styled();
    prop_assert_eq!(buffer.area.as_size(), session.size);
    for y in 0..buffer.area.height {
        let mut covered = 0;
        for x in 0..buffer.area.width {
            let both = Modifier::BOLD | Modifier::DIM;
            prop_assert!(
                !buffer[(x, y)].modifier.contains(both),
                "bold and dim at {x},{y}"
            );
            let symbol = buffer[(x, y)].symbol();
            let plain = !symbol.chars().any(char::is_control);
            prop_assert!(plain, "{symbol:?} at {x},{y}");
            if covered > 0 {
                // Hidden behind the wide one on its left.
                prop_assert!(symbol == " " || symbol.is_empty(), "{symbol:?} at {x},{y}");
                covered -= 1;
                continue;
            }
            covered = u16::try_from(symbol.width().max(1)).unwrap() - 1;
            prop_assert!(x + covered < buffer.area.width, "{symbol:?} at {x},{y}");
        }
    }
    Ok(())
}

fn any_session() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..80)
}

fn cases(number: u32) -> ProptestConfig {
    ProptestConfig {
        cases: number,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(60))]

    /// No panic, nothing outside of the screen, no secret on it: there is no key here that reveals.
    #[test]
    fn any_keys_on_any_size_are_fine(steps in any_session()) {
        let mut session = secrets();
        for step in &steps {
            session.step(step);
            assert_sound(&session)?;
            let screen = session.screen();
            prop_assert!(!screen.contains("canary"), "{step:?}\n{screen}");
            if session.has_quit {
                break;
            }
        }
        let debug = format!("{:?}{}", session.app, session.log);
        prop_assert!(!debug.contains("canary"), "a secret is in the debug output");
    }

    /// With the keys that reveal there is at least no panic, and the same soundness.
    #[test]
    fn revealing_anywhere_is_fine(steps in any_session(), reveals in prop::collection::vec(0usize..80, 0..9)) {
        let mut session = secrets();
        for (place, step) in steps.iter().enumerate() {
            session.step(step);
            if reveals.contains(&place) {
                session.keys("<f2>x");
            }
            assert_sound(&session)?;
            if session.has_quit {
                break;
            }
        }
        session.wake_all();
    }

    /// Connections that a random session does not touch are byte for byte as they were: only its own
    /// saves and deletes change files, and these go through Update and Delete.
    #[test]
    fn moving_about_writes_nothing(keys in prop::collection::vec(
        prop::sample::select(vec!["j", "k", "G", "g", "<tab>", "<enter>", "<esc>", "<down>", "<up>", "<f2>", "x",
            "/", "?", "<pgdn>", "<c-s>", "<left>", "<right>", "<f1>", "<f5>"]), 1..60)) {
        // The keys of this session change no field: no text is typed into a form…
        let mut session = secrets();
        let before = session.files();
        for key in keys {
            let in_form = session.app.form.is_some();
            if in_form && !["<tab>", "<esc>", "<up>", "<f2>", "<f1>", "<c-s>"].contains(&key) {
                continue;
            }
            session.keys(key);
        }
        prop_assert_eq!(session.files(), before);
    }
}

#[test]
fn every_small_size_can_be_drawn_in_every_context() {
    for keys in [
        "",
        "<tab>",
        "n",
        "n<tab><enter>",
        "<enter>",
        "d",
        "?",
        "/x",
        "jjj<enter>",
        "<enter>!<esc>",
        "t",
        "*tx<space>",
        "D",
    ] {
        let mut session = secrets();
        session.keys(keys);
        for width in (1..60).chain([79, 80, 81, 120, 200]) {
            for height in [1, 2, 3, 5, 9, 10, 11, 15, 24, 60] {
                session.resize(width, height);
                assert_sound(&session).unwrap();
            }
        }
        session.resize(80, 24);
        // And it still works.
        session.keys("<esc><esc>d<esc>");
        assert_sound(&session).unwrap();
    }
}

#[test]
fn a_screen_that_is_too_small_says_so_and_q_quits() {
    let mut session = project().size(39, 9);
    session.sees("needs 40×10").keys("jdy<enter>");
    session.resize(20, 5).sees("needs 40×10; q quits");
    session.resize(12, 5).sees("needs 40×10");
    session.resize(6, 1).sees("40×10");
    assert!(session.exists("connections.d/unused.yaml"));
    session.keys("q");
    assert!(session.has_quit);
}

#[test]
fn a_changed_form_survives_a_screen_that_is_too_small() {
    let mut session = project();
    session.keys("<enter>!").resize(10, 3).keys("xyzq<esc>");
    assert!(!session.has_quit);
    session
        .resize(80, 24)
        .sees("(production)!")
        .sees("Edit openai-prod");
}

#[test]
fn under_80_columns_there_is_one_pane_at_a_time() {
    let mut session = project().size(50, 15);
    session
        .sees("Connections")
        .sees_no("┌ connections.d/openai-prod.yaml ─")
        .sees("OpenAI (production)");
    session
        .keys("<tab>")
        .sees("┌ connections.d/openai-prod.yaml ─")
        .sees_no("Connections ─")
        .sees("Used by");
    session.keys("<esc>").sees("Connections");
    session
        .keys("n")
        .sees("Add new connection")
        .keys("Acme<tab>openai<enter><c-s>");
    assert!(session.exists("connections.d/acme.yaml"));
    session.keys("d").sees("Delete acme?").keys("y");
    assert!(!session.exists("connections.d/acme.yaml"));
}

#[test]
fn the_focused_field_is_always_on_the_screen() {
    for (width, height) in [(40, 10), (50, 15), (80, 10), (80, 24)] {
        let mut session = secrets().size(width, height);
        session.keys("j<enter>");
        for key in ["<tab>", "<s-tab>"] {
            for _ in 0..30 {
                assert!(!session.focused_line().is_empty(), "{}", session.screen());
                session.keys(key);
            }
        }
    }
}

#[test]
fn without_colours_there_are_none_and_the_focus_still_shows() {
    for keys in [
        "",
        "<tab>",
        "n",
        "n<tab><enter>",
        "<enter>",
        "d",
        "Gd",
        "?",
        "/u",
        "<enter>!<esc>",
        "<enter>!<c-s>",
        "*t<space>",
        "D",
    ] {
        let mut session = project().no_color();
        session
            .outside(|dir| write(dir, "connections.d/zz.yaml", "a: [\n"))
            .keys(keys);
        let buffer = session.styled();
        for cell in &buffer.content {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{keys}");
        }
        let reversed = |cell: &ratatui::buffer::Cell| {
            cell.modifier.contains(ratatui::style::Modifier::REVERSED)
        };
        let marked = buffer.content.iter().any(reversed) || session.screen().contains('›');
        assert!(
            marked || ["?", "<tab>"].contains(&keys),
            "{keys}\n{}",
            session.screen()
        );
    }
}

#[test]
fn only_the_sixteen_colours_are_used() {
    for keys in [
        "",
        "<tab>",
        "n<tab><enter>",
        "d",
        "Gd",
        "?",
        "/x",
        "*t<space>",
        "D",
    ] {
        let mut session = project();
        session.keys(keys);
        for cell in &session.styled().content {
            for color in [cell.fg, cell.bg] {
                assert!(
                    !matches!(color, Color::Rgb(..) | Color::Indexed(_)),
                    "{color:?}"
                );
            }
        }
    }
}

#[test]
fn wide_characters_line_up() {
    let names = [
        "日本語のとても長い名前の接続データベース",
        "🎉 Party 🎉 connection 🎉🎉🎉",
        "a\u{301}e\u{308}",
        "👩‍👩‍👧 family",
        "한국어 연결",
        "ｆｕｌｌ",
    ];
    let files: Vec<(String, String)> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            (
                format!("connections.d/c{number}.yaml"),
                format!("name: \"{name}\"\ntype: dynamiq.connections.OpenAI\ndescription: {name}\ntags: [{name}]\n"),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    for width in [40, 41, 50, 51, 79, 80, 81, 100, 133] {
        let mut session = Session::new(&files).size(width, 24);
        for _ in 0..names.len() {
            for keys in ["", "<tab>", "<esc>", "<enter>", "<esc>", "d", "<esc>"] {
                session.keys(keys);
                assert_sound(&session).unwrap();
                // The frames stand where they stand without wide characters.
                let buffer = session.styled();
                for y in 1..22 {
                    for x in [0, width - 1] {
                        // A popup may be as wide as the screen.
                        let symbol = buffer[(x, y)].symbol();
                        let is_frame = ["│", "┌", "┐", "└", "┘"].contains(&symbol);
                        assert!(is_frame, "{width} {y}\n{}", session.screen());
                    }
                }
            }
            session.keys("j");
        }
    }
}
