//! The interface as a person sees it: keys go in, a screen comes out, and files change on disk.
//!
//! A [`Session`] is the real program without its terminal and its threads: effects are performed at
//! once, on the same thread, against a temporary directory. There are no mocks and no sleeps; what
//! is due later waits until a test says that it is.

mod actions;
mod adding;
mod comparing;
mod conflicts;
mod cost;
mod deleting;
mod drafts;
mod duplicating;
mod editing;
mod filling;
mod git;
mod importing;
mod large;
mod leaving;
mod list;
mod outside;
mod own_keys;
mod panel;
mod pictures;
mod pointer;
mod renaming;
mod secrets;
mod several;
mod sizes;
mod tagging;
mod undoing;
mod values;
mod workflows;

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use super::{App, Setup};
use crate::connection::Secret;
use crate::project::{Project, Wanted};
use crate::tui::clipboard::Way;
use crate::tui::effect::{Effect, Job, Ticket, Wake};
use crate::tui::event::Event;
use crate::tui::input::Input;
use crate::tui::job::Worker;
use crate::tui::keymap::Keymap;
use crate::tui::list::Order;
use crate::tui::style::Palette;
use crate::tui::terminal::Mouse;
use crate::watch::Changed;

/// The interface on a directory of its own.
struct Session {
    directory: TempDir,
    /// `XDG_STATE_HOME`.
    state: TempDir,
    variables: BTreeMap<String, String>,
    palette: Palette,
    size: Size,
    app: App,
    project: Arc<Project>,
    worker: Worker,
    /// Jobs that wait while a test holds them back, each with its cancel flag.
    held: Option<VecDeque<(Job, Arc<AtomicBool>)>>,
    /// What the last event made the app ask for.
    effects: Vec<Effect>,
    /// The `Debug` output of all events and effects so far.
    log: String,
    wakes: Vec<Wake>,
    editors: Vec<String>,
    copied: Vec<String>,
    /// What the values were that went into the editor.
    values: Vec<String>,
    /// How the editor of a value ends; as it began, if nothing is said.
    saves_value: Option<Result<Option<String>, String>>,
    has_quit: bool,
}

impl Session {
    /// Opens the interface at 80×24 on these files. Both workflow roots and the store are there
    /// if a file is in them.
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = TempDir::new().unwrap();
        for (path, text) in files {
            write(directory.path(), path, text);
        }
        let state = TempDir::new().unwrap();
        Self::open(
            (directory, state),
            BTreeMap::new(),
            Palette::Ansi,
            Size::new(80, 24),
        )
    }

    fn open(
        (directory, state): (TempDir, TempDir),
        variables: BTreeMap<String, String>,
        palette: Palette,
        size: Size,
    ) -> Self {
        let environment = variables
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .chain([("XDG_STATE_HOME".into(), state.path().into())]);
        let base = directory.path().to_owned();
        let mut project = Project::find(base, Wanted::default(), environment).unwrap();
        let (_, about_keys) = Keymap::of(&project.personal);
        project.warnings.extend(about_keys);
        let project = Arc::new(project);
        let app = App::new(setup(&project, palette, size));
        let effects = App::first_jobs().map(Effect::Work).into();
        let mut session = Self {
            directory,
            state,
            variables,
            palette,
            size,
            app,
            worker: Worker::new(Arc::clone(&project)),
            project,
            held: None,
            effects: Vec::new(),
            log: String::new(),
            wakes: Vec::new(),
            editors: Vec::new(),
            copied: Vec::new(),
            values: Vec::new(),
            saves_value: None,
            has_quit: false,
        };
        session.perform(effects);
        session
    }

    /// What the interface was started with.
    fn setup(&self) -> Setup {
        setup(&self.project, self.palette, self.size)
    }

    /// Opens it again on what is on disk now, as a second start would.
    fn restart(self) -> Self {
        let directories = (self.directory, self.state);
        // With the program goes what it holds.
        drop(self.worker);
        Self::open(directories, self.variables, self.palette, self.size)
    }

    /// Opens it again with these variables and no others.
    fn environment(mut self, variables: &[(&str, &str)]) -> Self {
        self.variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.restart()
    }

    /// Opens it again without colours.
    fn no_color(mut self) -> Self {
        self.palette = Palette::Plain;
        self.restart()
    }

    /// Gives the terminal another size.
    fn size(mut self, width: u16, height: u16) -> Self {
        self.resize(width, height);
        self
    }

    fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.size = Size::new(width, height);
        self.send(Event::Resized(self.size))
    }

    // -- what a person does

    /// Types keys: characters, and `<enter> <esc> <tab> <s-tab> <up> <c-s> <a-x> <f2> <space> <lt>`.
    fn keys(&mut self, keys: &str) -> &mut Self {
        for key in parse_keys(keys) {
            self.send(Event::Input(Input::Key(key)));
        }
        self
    }

    /// Presses keys so fast that they reach the program at once.
    fn burst(&mut self, keys: &str) -> &mut Self {
        let keys = parse_keys(keys);
        let (last, first) = keys.split_last().unwrap();
        for key in first {
            let effects = self.app.update_in_burst(Input::Key(*key));
            self.perform(effects);
        }
        self.send(Event::Input(Input::Key(*last)))
    }

    /// Pastes text, as a bracketed paste does.
    fn paste(&mut self, text: &str) -> &mut Self {
        self.send(Event::Input(Input::Paste(text.to_owned())))
    }

    /// Presses a key as often as it takes until the form's focus is on the line of that label.
    #[track_caller]
    fn go_to(&mut self, label: &str) -> &mut Self {
        self.go(label, "<tab>")
    }

    #[track_caller]
    fn go(&mut self, label: &str, key: &str) -> &mut Self {
        for _ in 0..60 {
            if self.focused_line().contains(label) {
                return self;
            }
            self.keys(key);
        }
        panic!("no line `{label}` gets the focus:\n{}", self.screen());
    }

    /// The line with the form's focus.
    fn focused_line(&self) -> String {
        let screen = self.screen();
        let focused = screen.lines().find_map(|line| {
            let start = line.find("│› ")?;
            Some(line[start..].to_owned())
        });
        focused.unwrap_or_default()
    }

    // -- what happens outside

    /// Changes files, and the program is told as the watcher would tell it.
    fn outside(&mut self, act: impl FnOnce(&Path)) -> &mut Self {
        act(self.directory.path());
        self.send(Event::Changed(Changed::Store));
        self.send(Event::Changed(Changed::Workflows))
    }

    /// Changes files before anybody has told the program.
    fn behind(&mut self, act: impl FnOnce(&Path)) -> &mut Self {
        act(self.directory.path());
        self
    }

    /// From now on jobs wait for [`Session::release`].
    fn hold(&mut self) -> &mut Self {
        self.held = Some(VecDeque::new());
        self
    }

    /// Does the jobs that waited.
    fn release(&mut self) -> &mut Self {
        for (job, cancel) in self.held.take().unwrap_or_default() {
            self.work(job, &cancel);
        }
        self
    }

    /// What was to happen later happens now.
    fn later(&mut self, wake: Wake) -> &mut Self {
        self.wakes.retain(|other| *other != wake);
        self.send(Event::Woke(wake))
    }

    /// All that was to happen later happens now.
    fn wake_all(&mut self) -> &mut Self {
        for wake in std::mem::take(&mut self.wakes) {
            self.send(Event::Woke(wake));
        }
        self
    }

    fn send(&mut self, event: Event) -> &mut Self {
        writeln!(self.log, "{event:?}").unwrap();
        let effects = self.app.update(event);
        self.perform(effects.clone());
        self.effects = effects;
        self
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            writeln!(self.log, "{effect:?}").unwrap();
            match effect {
                Effect::Quit => self.has_quit = true,
                Effect::Suspend | Effect::Redraw | Effect::SetMouse(_) => {}
                Effect::Work(job) => match &mut self.held {
                    Some(held) => held.push_back((job, Arc::default())),
                    None => self.work(job, &AtomicBool::new(false)),
                },
                Effect::Cancel(ticket) => {
                    let held = self.held.iter().flatten();
                    for (_, cancel) in held.filter(|(job, _)| ticket_of(job) == Some(ticket)) {
                        cancel.store(true, Ordering::Relaxed);
                    }
                }
                Effect::OpenEditor { path, location } => {
                    let path = path.strip_prefix(self.directory.path()).unwrap_or(&path);
                    let place = location.map(|place| format!(":{place}"));
                    let place = place.unwrap_or_default();
                    self.editors.push(format!("{}{place}", path.display()));
                    self.send(Event::EditorClosed(Ok(())));
                }
                Effect::EditValue { ticket, value, .. } => {
                    self.values.push(value.expose().to_owned());
                    let result = match self.saves_value.take() {
                        Some(result) => result.map(|saved| saved.map(Secret::new)),
                        None => Ok(Some(value)),
                    };
                    self.send(Event::ValueEdited(ticket, result));
                }
                Effect::Copy { what, text } => {
                    self.copied.push(text.expose().to_owned());
                    self.send(Event::Copied(what, Ok(Way::Terminal)));
                }
                Effect::WakeAfter(wake, _) => {
                    // As in the loop: one of a kind waits.
                    let same = std::mem::discriminant(&wake);
                    self.wakes
                        .retain(|other| std::mem::discriminant(other) != same);
                    self.wakes.push(wake);
                }
            }
        }
    }

    fn work(&mut self, job: Job, cancel: &AtomicBool) {
        let told = Mutex::new(Vec::new());
        let tell = |event| told.lock().unwrap().push(event);
        let answer = self.worker.perform(job, cancel, &tell);
        for event in told.into_inner().unwrap().into_iter().chain(answer) {
            self.send(event);
        }
    }

    // -- what there is to see

    /// The screen as text, without blanks at the ends of lines.
    fn screen(&self) -> String {
        let buffer = self.styled();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let mut line = String::new();
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(symbol.width().max(1)).unwrap();
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// The screen's cells.
    fn styled(&self) -> Buffer {
        let backend = TestBackend::new(self.size.width, self.size.height);
        let mut terminal = Terminal::new(backend).unwrap();
        terminal.draw(|frame| self.app.view(frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The text on the screen is there; frames and line ends between two words don't matter.
    #[track_caller]
    fn sees(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(
            flowing(&screen).contains(text) || screen.contains(text),
            "`{text}` is not on the screen:\n{screen}"
        );
        self
    }

    #[track_caller]
    fn sees_no(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(
            !flowing(&screen).contains(text) && !screen.contains(text),
            "`{text}` is on the screen:\n{screen}"
        );
        self
    }

    /// The effects of the last event.
    fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// What the editor was opened with, last: `connections.d/a.yaml:3:1`.
    fn editor_opened(&self) -> Option<&str> {
        self.editors.last().map(String::as_str)
    }

    // -- what is on disk

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.directory.path().join(path))
            .unwrap_or_else(|error| panic!("can't read `{path}`: {error}"))
    }

    fn exists(&self, path: &str) -> bool {
        self.directory.path().join(path).exists()
    }

    fn mode(&self, path: &str) -> u32 {
        let metadata = fs::metadata(self.directory.path().join(path)).unwrap();
        metadata.permissions().mode() & 0o7777
    }

    /// Every file with its bytes, to see that nothing was touched.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut directories = vec![self.directory.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else {
                    let name = path.strip_prefix(self.directory.path()).unwrap();
                    files.insert(name.display().to_string(), fs::read(&path).unwrap());
                }
            }
        }
        files
    }
}

fn setup(project: &Project, palette: Palette, size: Size) -> Setup {
    let (keymap, _) = Keymap::of(&project.personal);
    Setup::of(project, keymap, palette, size)
}

fn ticket_of(job: &Job) -> Option<Ticket> {
    match job {
        Job::Load | Job::LoadFiles(_) | Job::CreateStore | Job::Standing | Job::Draft(_) => None,
        Job::Create(ticket, ..)
        | Job::Save(ticket, ..)
        | Job::Delete(ticket, _)
        | Job::DeleteSeveral(ticket, _)
        | Job::Tag(ticket, ..)
        | Job::Scan(ticket, _)
        | Job::Index(ticket, _)
        | Job::PlanRename(ticket, ..)
        | Job::Rename(ticket, _)
        | Job::Undo(ticket, _)
        | Job::PlanImport(ticket)
        | Job::Import(ticket, _)
        | Job::Excerpt(ticket, ..)
        | Job::Facts(ticket, _)
        | Job::Branches(ticket, _) => Some(*ticket),
    }
}

/// Writes a file below `directory`, and the directories it needs.
fn write(directory: &Path, path: &str, text: &str) {
    let path = directory.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The screen's words in one line each for the left and the right half, so that a text that was
/// wrapped in a pane or a popup is found.
fn flowing(screen: &str) -> String {
    let mut columns: Vec<String> = Vec::new();
    for line in screen.lines() {
        let parts = line.split(['│', '┌', '└', '┐', '┘']);
        for (place, part) in parts.enumerate() {
            if columns.len() <= place {
                columns.push(String::new());
            }
            for word in part.split_whitespace() {
                columns[place].push_str(word);
                columns[place].push(' ');
            }
        }
    }
    columns.join("\n")
}

fn parse_keys(text: &str) -> Vec<KeyEvent> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let (name, length) = match rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
            Some((name, _)) => (name, name.len() + 2),
            None => (&rest[..character.len_utf8()], character.len_utf8()),
        };
        rest = &rest[length..];
        keys.push(parse_key(name));
    }
    keys
}

fn parse_key(name: &str) -> KeyEvent {
    let mut modifiers = KeyModifiers::NONE;
    let mut base = name;
    while let Some((modifier, rest)) = base.split_once('-').filter(|(_, rest)| !rest.is_empty()) {
        modifiers |= match modifier {
            "c" => KeyModifiers::CONTROL,
            "a" => KeyModifiers::ALT,
            "s" if rest == "tab" => KeyModifiers::NONE,
            "s" => KeyModifiers::SHIFT,
            _ => panic!("no modifier `{modifier}` in <{name}>"),
        };
        base = if modifier == "s" && rest == "tab" {
            "backtab"
        } else {
            rest
        };
    }
    let mut characters = base.chars();
    let code = match (characters.next(), characters.next()) {
        (Some(character), None) => KeyCode::Char(character),
        _ => match base {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "backtab" => KeyCode::BackTab,
            "up" => KeyCode::Up,
            "down" => KeyCode::Down,
            "left" => KeyCode::Left,
            "right" => KeyCode::Right,
            "home" => KeyCode::Home,
            "end" => KeyCode::End,
            "pgup" => KeyCode::PageUp,
            "pgdn" => KeyCode::PageDown,
            "bs" => KeyCode::Backspace,
            "del" => KeyCode::Delete,
            "space" => KeyCode::Char(' '),
            "lt" => KeyCode::Char('<'),
            function => match function.strip_prefix('f').map(str::parse) {
                Some(Ok(number)) => KeyCode::F(number),
                _ => panic!("no key <{name}>"),
            },
        },
    };
    KeyEvent::new(code, modifiers)
}

// -- a small believable project that most tests start from

const OPENAI: &str = "\
# Rotated on Mondays.
name: OpenAI (production)
tags: [llm, prod]
type: dynamiq.connections.OpenAI
api_key: ${oc.env:OPENAI_API_KEY}
url: https://api.openai.com/v1   # the default
";
const QDRANT: &str = "\
name: Qdrant docs
tags: [vector-store]
type: dynamiq.connections.Qdrant
url: https://qdrant.example:6333
api_key: ${oc.env:QDRANT_API_KEY}
";
const UNUSED: &str = "\
# Nobody uses it.
type: dynamiq.connections.Anthropic
api_key: ${oc.env:ANTHROPIC_API_KEY}
";
const AGENT: &str = "\
nodes:
  agent:
    type: dynamiq.nodes.agents.Agent
    llm:
      type: dynamiq.nodes.llms.OpenAI
      connection: openai-prod
    tools:
      - id: docs
        retriever:
          connection: qdrant
";

/// Three connections, of which a workflow and a deployment use two.
fn project() -> Session {
    Session::new(&[
        ("connections.d/openai-prod.yaml", OPENAI),
        ("connections.d/qdrant.yaml", QDRANT),
        ("connections.d/unused.yaml", UNUSED),
        ("workflows/agent.yaml", AGENT),
        (
            "deployments/live.yaml",
            "requirements:\n  llm: {$type: connection, $id: openai-prod}\n",
        ),
    ])
}

#[test]
fn keys_are_written_as_in_vim() {
    let keys = parse_keys("a<lt><enter><c-s><s-tab><a-x><f12>-é");
    let codes: Vec<KeyCode> = keys.iter().map(|key| key.code).collect();
    assert_eq!(
        codes,
        [
            KeyCode::Char('a'),
            KeyCode::Char('<'),
            KeyCode::Enter,
            KeyCode::Char('s'),
            KeyCode::BackTab,
            KeyCode::Char('x'),
            KeyCode::F(12),
            KeyCode::Char('-'),
            KeyCode::Char('é'),
        ]
    );
    assert_eq!(keys[3].modifiers, KeyModifiers::CONTROL);
    assert_eq!(keys[5].modifiers, KeyModifiers::ALT);
}
