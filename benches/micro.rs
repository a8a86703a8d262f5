//! The parts, each by itself: parse, edit, scan, form, frame. `cargo bench --manifest-path
//! benches/Cargo.toml` runs them; `-- NAME` runs some.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use conndeck::catalog::Catalog;
use conndeck::definition::Definition;
use conndeck::document::{self, Edit, Value};
use conndeck::inventory::Inventory;
use conndeck::project::{Project, Wanted};
use conndeck::reference::{self, Options};
use conndeck::tui::app::{App, Setup};
use conndeck::tui::event::Event;
use conndeck::tui::input::Input;
use conndeck::tui::keymap::Keymap;
use conndeck::tui::style::Palette;
use divan::Bencher;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Size;
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// A workflow with as many agents, each of which uses a connection.
fn workflow(agents: usize) -> String {
    let mut text = "# made for a benchmark\nnodes:\n".to_owned();
    for number in 0..agents {
        let _ = write!(
            text,
            "  agent-{number}:\n    type: dynamiq.nodes.agents.Agent\n    name: Agent {number}\n    \
             llm:\n      type: dynamiq.nodes.llms.OpenAI\n      connection: conn-{number:03}\n    \
             role: |\n      You answer questions.\n      You never guess.\n"
        );
    }
    text
}

fn connection(number: usize) -> String {
    format!(
        "# number {number}\nname: Connection {number}\ntype: dynamiq.connections.OpenAI\n\
         api_key: ${{oc.env:KEY_{number}}}\nurl: https://host-{number}.example.com/v1\n"
    )
}

/// The full parser.
#[divan::bench(args = [1, 10, 100])]
fn parse(bencher: Bencher<'_, '_>, agents: usize) {
    let text = workflow(agents);
    bencher.bench(|| document::parse(&text).map(|stream| stream.documents.len()));
}

/// The quick reader of simple texts.
#[divan::bench(args = [1, 10, 100])]
fn parse_quickly(bencher: Bencher<'_, '_>, agents: usize) {
    let text = workflow(agents);
    bencher.bench(|| document::parse_many(&text).map(|stream| stream.documents.len()));
}

/// What one connection file says.
#[divan::bench]
fn read_a_connection(bencher: Bencher<'_, '_>) {
    let (text, catalog) = (connection(7), Catalog::built_in());
    bencher.bench(|| Definition::read(&text, &catalog).is_ok());
}

/// One changed value, all other bytes as they were.
#[divan::bench]
fn edit_a_connection(bencher: Bencher<'_, '_>) {
    let text = connection(7);
    let edit = [Edit::set(
        ["url"],
        Value::Text("https://example.com".to_owned()),
    )];
    bencher.bench(|| document::apply(&text, &edit).is_ok());
}

/// Every use of connections in a workflow.
#[divan::bench(args = [1, 10, 100])]
fn scan_a_workflow(bencher: Bencher<'_, '_>, agents: usize) {
    let (text, options) = (workflow(agents), Options::default());
    bencher.bench(|| {
        reference::scan_bytes(text.as_bytes(), &options)
            .references
            .len()
    });
}

/// Whether a workflow can use an id: what rules out nearly every file.
#[divan::bench(args = [1, 10, 100])]
fn rule_out_a_workflow(bencher: Bencher<'_, '_>, agents: usize) {
    let (text, options) = (workflow(agents), Options::default());
    bencher.bench(|| reference::mentions(text.as_bytes(), "no-such-id", &options));
}

/// The interface on so many connections.
struct Screen {
    app: App,
    terminal: Terminal<TestBackend>,
    _directory: TempDir,
}

impl Screen {
    fn new(connections: usize) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let store = directory.path().join("connections.d");
        fs::create_dir(&store).expect("a directory");
        for number in 0..connections {
            let path = store.join(format!("conn-{number:05}.yaml"));
            fs::write(path, connection(number)).expect("a file");
        }
        let base = directory.path().to_owned();
        let project =
            Project::find(base, Wanted::default(), std::iter::empty()).expect("a project");
        let size = Size::new(120, 40);
        let setup = Setup::of(&project, Keymap::default(), Palette::Ansi, size);
        let mut app = App::new(setup);
        let inventory = Inventory::read(&project.store, &project.catalog, None);
        app.update(Event::Loaded(inventory.map(Arc::new)));
        Self {
            app,
            terminal: Terminal::new(TestBackend::new(120, 40)).expect("a terminal in memory"),
            _directory: directory,
        }
    }

    fn press(&mut self, key: KeyCode) {
        self.app
            .update(Event::Input(Input::Key(KeyEvent::from(key))));
    }

    fn draw(&mut self) {
        let app = &self.app;
        self.terminal
            .draw(|frame| app.view(frame))
            .expect("nothing that can fail");
    }
}

/// A key in the list and the frame that it makes.
#[divan::bench(args = [10, 1_000, 10_000])]
fn key_in_the_list(bencher: Bencher<'_, '_>, connections: usize) {
    let mut screen = Screen::new(connections);
    let mut is_down = false;
    bencher.bench_local(move || {
        is_down = !is_down;
        screen.press(if is_down { KeyCode::Down } else { KeyCode::Up });
        screen.draw();
    });
}

/// A character typed into a form, and the frame.
#[divan::bench]
fn key_in_a_form(bencher: Bencher<'_, '_>) {
    let mut screen = Screen::new(10);
    screen.press(KeyCode::Enter);
    bencher.bench_local(move || {
        screen.press(KeyCode::Char('x'));
        screen.press(KeyCode::Backspace);
        screen.draw();
    });
}

/// A character typed into the filter, and the frame.
#[divan::bench(args = [10, 1_000, 10_000])]
fn key_in_the_filter(bencher: Bencher<'_, '_>, connections: usize) {
    let mut screen = Screen::new(connections);
    screen.press(KeyCode::Char('/'));
    bencher.bench_local(move || {
        screen.press(KeyCode::Char('7'));
        screen.press(KeyCode::Backspace);
        screen.draw();
    });
}
