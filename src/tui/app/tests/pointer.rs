//! The mouse: what is clicked is looked for on the screen.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::*;

impl Session {
    /// Where a text stands, in cells.
    #[track_caller]
    fn place_of(&self, text: &str) -> (u16, u16) {
        let buffer = self.styled();
        let width = usize::from(buffer.area.width);
        for (y, row) in buffer.content.chunks(width).enumerate() {
            for x in 0..width {
                let mut rest = text;
                for cell in &row[x..] {
                    match rest.strip_prefix(cell.symbol()) {
                        Some(after) if !rest.is_empty() => rest = after,
                        _ => break,
                    }
                }
                if rest.is_empty() {
                    return (u16::try_from(x).unwrap(), u16::try_from(y).unwrap());
                }
            }
        }
        panic!("`{text}` is not on the screen:\n{}", self.screen());
    }

    fn mouse(&mut self, kind: MouseEventKind, (column, row): (u16, u16)) -> &mut Self {
        let modifiers = KeyModifiers::NONE;
        let mouse = MouseEvent {
            kind,
            column,
            row,
            modifiers,
        };
        self.send(Event::Input(Input::Mouse(mouse)))
    }

    #[track_caller]
    fn click(&mut self, text: &str) -> &mut Self {
        let place = self.place_of(text);
        self.mouse(MouseEventKind::Down(MouseButton::Left), place)
    }

    #[track_caller]
    fn wheel_down(&mut self, text: &str) -> &mut Self {
        let place = self.place_of(text);
        self.mouse(MouseEventKind::ScrollDown, place)
    }
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    let mut session = project();
    session
        .click("Qdrant docs       Q")
        .sees("┌ connections.d/qdrant.yaml")
        .sees_no("[ Update ]");
    session.click("unused").sees("┌ connections.d/unused.yaml");
    session
        .click("Qdrant docs       Q")
        .click("Qdrant docs       Q")
        .sees("Edit qdrant");
    // While a form is open the list is out of reach.
    session.click("unused").sees("Edit qdrant");
}

#[test]
fn a_click_on_the_other_tab_goes_there() {
    for size in [(80, 24), (120, 40)] {
        let mut session = project().size(size.0, size.1);
        session
            .click("Workflows")
            .sees("agent.yaml")
            .sees("w Connections");
        session.click("Workflows").sees("w Connections");
        session
            .click("Connections")
            .sees("w Workflows")
            .sees("Qdrant docs");
        session.click("w Workflows").sees("w Connections");
        session.click("Connections").sees("w Workflows");
    }
}

#[test]
fn a_use_is_focused_and_then_opened() {
    let mut session = project();
    session.click("workflows/agent.yaml:6:19");
    assert_eq!(session.editor_opened(), None);
    session.click("workflows/agent.yaml:6:19");
    assert_eq!(session.editor_opened(), Some("workflows/agent.yaml:6:19"));
    // A field opens the form.
    session.click("url ").click("url ").sees("Edit openai-prod");
    assert!(session.focused_line().contains("url"));
}

#[test]
fn fields_of_a_form_are_clicked() {
    let mut session = project();
    session.keys("n").click("Type *").sees("type to filter");
    let y = session.place_of("LLM").1;
    // A heading is nothing to choose.
    session
        .mouse(MouseEventKind::Down(MouseButton::Left), (60, y))
        .sees("type to filter");
    session
        .click("Anthropic")
        .sees("› Anthropic")
        .sees("type to filter");
    session
        .click("› Anthropic")
        .sees_no("type to filter")
        .sees("api_key");
    session.click("Description").keys("for tests");
    assert!(session.focused_line().contains("for tests"));
    session.click("Name").keys("Clicked");
    session.resize(80, 40).click("[ Create ]").sees("created");
    assert!(
        session
            .read("connections.d/clicked.yaml")
            .contains("for tests")
    );
}

#[test]
fn the_way_out_of_a_form_asks_and_its_buttons_are_clicked() {
    let mut session = project().size(100, 40);
    session
        .keys("<enter>x")
        .click("[ Cancel ]")
        .sees("Leave the form?");
    session.click("Go on editing").sees("Edit openai-prod");
    session
        .click("[ Cancel ]")
        .click("d · Discard")
        .sees_no("Edit openai-prod");
    assert_eq!(session.read("connections.d/openai-prod.yaml"), OPENAI);
}

#[test]
fn buttons_and_rows_of_popups_are_clicked() {
    let mut session = project();
    session.click("unused").keys("d").sees("Delete unused?");
    // Beside the buttons, and outside of the popup, nothing is decided.
    session
        .click("No workflow uses")
        .mouse(MouseEventKind::Down(MouseButton::Left), (0, 0));
    session
        .sees("Delete unused?")
        .click("n · Cancel")
        .sees_no("Delete unused?");
    session.keys("d").click("y · Delete");
    assert!(!session.exists("connections.d/unused.yaml"));
    session.keys("gd").sees("Can't delete openai-prod");
    session.click("workflows/agent.yaml:6:19");
    assert_eq!(session.editor_opened(), None);
    session.click("workflows/agent.yaml:6:19");
    assert_eq!(session.editor_opened(), Some("workflows/agent.yaml:6:19"));
    session.click("Esc close").sees_no("Can't delete");
}

#[test]
fn an_action_is_clicked() {
    let mut session = project();
    session
        .keys(":rename")
        .click("Rename:")
        .sees("Rename openai-prod");
    session.keys("<esc>:workflow files");
    session.click("To the workflow files").sees("w Connections");
}

#[test]
fn the_wheel_scrolls_what_is_under_it() {
    let mut session = project();
    session
        .wheel_down("Qdrant docs")
        .sees("┌ connections.d/unused.yaml");
    session.keys("?").sees("Add new connection");
    for _ in 0..30 {
        session.wheel_down("Help");
    }
    session.sees_no("Add new connection").keys("<esc>");
    // It decides nothing: the focus stays on the safe answer.
    session
        .keys("d")
        .wheel_down("Delete unused?")
        .keys("<enter>");
    assert!(session.exists("connections.d/unused.yaml"));
}

#[test]
fn with_the_mouse_off_nothing_is_clicked() {
    let mut session = project();
    session.keys(":mouse<enter>").sees("the mouse is off");
    assert!(session.effects().contains(&Effect::SetMouse(Mouse::Free)));
    session
        .click("Qdrant docs")
        .sees("┌ connections.d/openai-prod.yaml");
    session.keys("<a-m>").sees("the mouse is on");
    assert!(
        session
            .effects()
            .contains(&Effect::SetMouse(Mouse::Captured))
    );
    session
        .click("Qdrant docs")
        .sees("┌ connections.d/qdrant.yaml");
}

#[test]
fn a_click_with_shift_is_the_terminals() {
    let mut session = project();
    let (column, row) = session.place_of("Qdrant docs");
    session.send(Event::Input(Input::Mouse(MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column,
        row,
        modifiers: KeyModifiers::SHIFT,
    })));
    session.sees("┌ connections.d/openai-prod.yaml");
}
