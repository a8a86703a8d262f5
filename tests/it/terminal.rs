//! The program on a real terminal: what only shows from outside.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use conndeck::tui::terminal::{Mouse, Terminal};
use ratatui::text::Text;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::pty::{Pty, assert_restored, ended_by};

pub const ENTER: &str = "\r";
pub const ESCAPE: &str = "\x1b";
pub const CTRL_Z: &str = "\x1a";
const HOME: &str = "\x1b[H";

/// A directory with connections, workflows, and a home of its own.
pub struct Project {
    directory: TempDir,
}

impl Project {
    /// With the connections `alpha`, `beta` and `gamma`.
    pub fn new() -> Self {
        Self::with(["alpha", "beta", "gamma"])
    }

    pub fn with(ids: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let project = Self {
            directory: TempDir::new().unwrap(),
        };
        for directory in ["connections.d", "workflows", "home"] {
            fs::create_dir(project.path(directory)).unwrap();
        }
        for id in ids {
            project.write_connection(id.as_ref());
        }
        project
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    fn write_connection(&self, id: &str) {
        let text = "type: dynamiq.connections.OpenAI\napi_key: ${oc.env:OPENAI_API_KEY}\n";
        fs::write(self.path(&format!("connections.d/{id}.yaml")), text).unwrap();
    }

    /// Every connection file with what is in it, sorted.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(self.path("connections.d"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }

    /// An editor of these shell commands, as `$EDITOR` wants it.
    pub fn editor(&self, commands: &str) -> PathBuf {
        let path = self.path("editor");
        fs::write(&path, format!("#!/bin/sh\n{commands}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    pub fn arguments(&self) -> [PathBuf; 4] {
        let (connections, workflows) = (self.path("connections.d"), self.path("workflows"));
        ["--dir".into(), connections, "--workflows".into(), workflows]
    }

    pub fn start(&self) -> Pty {
        self.start_with((120, 40), &[])
    }

    pub fn start_with(&self, size: (u16, u16), environment: &[(&str, &Path)]) -> Pty {
        let home = self.path("home");
        let mut environment = environment.to_vec();
        environment.push(("HOME", &home));
        Pty::conndeck(&self.arguments(), size, &environment)
    }

    /// Started, and the list is on the screen.
    pub fn open(&self) -> Pty {
        let mut pty = self.start();
        pty.wait_for("Connections");
        pty.wait_for("alpha");
        pty
    }
}

/// Quits with `q`, which has to restore the terminal.
pub fn quit(mut pty: Pty) {
    pty.send("q");
    let status = pty.wait_for_exit();
    assert!(status.success(), "{status}");
    assert_restored(&pty);
}

#[test]
fn quitting_restores_the_terminal() {
    let project = Project::new();
    let mut pty = project.open();
    pty.wait_for("beta");
    let modes = pty.modes_left_on();
    for mode in [
        "alternate screen",
        "hidden cursor",
        "bracketed paste",
        "line settings",
    ] {
        assert!(modes.contains(&mode), "{mode} is not on: {modes:?}");
    }
    quit(pty);
}

#[test]
fn signals_to_end_restore_the_terminal() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let project = Project::new();
        let mut pty = project.open();
        pty.signal(signal);
        let status = pty.wait_for_exit();
        assert!(ended_by(status, signal), "{signal:?}: {status}");
        assert_restored(&pty);
    }
}

#[test]
fn a_closed_terminal_ends_the_program() {
    let project = Project::new();
    let mut pty = project.open();
    pty.wait_until_quiet(Duration::from_millis(100));
    pty.close_terminal_and_wait(Duration::from_secs(2));
}

/// Not a test of its own: the program that the next test starts. A panic on its terminal must give
/// it back before the message, or nobody would ever read it.
#[test]
fn panic_as_a_child() {
    if std::env::var_os("CONNDECK_TEST_PANIC").is_none() {
        return;
    }
    let mut terminal = Terminal::open(Mouse::Captured).unwrap();
    terminal
        .draw(|frame| frame.render_widget(Text::raw("Connections"), frame.area()))
        .unwrap();
    panic!("the reason for the end");
}

#[test]
fn a_panic_restores_the_terminal_and_is_readable() {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "terminal::panic_as_a_child", "--nocapture"];
    let environment = [("CONNDECK_TEST_PANIC", Path::new("1"))];
    let mut pty = Pty::program(&program, &arguments, (120, 40), &environment);
    let status = pty.wait_for_exit();
    assert!(!status.success(), "{status}");
    assert_restored(&pty);
    // Written to the alternate screen, it would be gone.
    assert!(
        pty.text().contains("the reason for the end"),
        "screen:\n{}",
        pty.text()
    );
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_back() {
    let project = Project::new();
    let script = r#"set -m; "$0" "$@"; echo "STOPPED $?"; read _; fg; echo "ENDED $?""#;
    let mut arguments = vec![
        PathBuf::from("-c"),
        script.into(),
        env!("CARGO_BIN_EXE_conndeck").into(),
    ];
    arguments.extend(project.arguments());
    let home = project.path("home");
    let mut pty = Pty::program(
        Path::new("/bin/sh"),
        &arguments,
        (120, 40),
        &[("HOME", &home)],
    );
    pty.wait_for("beta");
    pty.send(CTRL_Z);
    pty.wait_for("STOPPED");
    pty.wait_until_restored();
    pty.send(ENTER);
    pty.wait_until("the list is back", |pty| {
        pty.screen().alternate_screen() && pty.text().contains("beta")
    });
    pty.send("q");
    pty.wait_for("ENDED 0");
    pty.wait_for_exit();
    assert_restored(&pty);
}

#[test]
fn stopped_from_outside_it_draws_everything_again() {
    let project = Project::new();
    let mut pty = project.open();
    pty.wait_until_quiet(Duration::from_millis(100));
    pty.signal(Signal::STOP);
    // Somebody else writes on the screen meanwhile.
    pty.scribble("\x1b[?1049l\x1b[2J\x1b[?25h");
    assert!(!pty.text().contains("beta"));
    pty.signal(Signal::CONT);
    pty.wait_until("the list is back", |pty| {
        let screen = pty.screen();
        screen.alternate_screen() && screen.hide_cursor() && pty.text().contains("beta")
    });
    quit(pty);
}

#[test]
fn a_paste_on_the_list_does_nothing() {
    let project = Project::new();
    let before = project.files();
    let mut pty = project.open();
    pty.wait_until_quiet(Duration::from_millis(200));
    let list = pty.text();
    pty.paste("dd\rq\ry");
    // What is answered after the paste shows that the paste was read.
    pty.send("?");
    pty.wait_until("the help is open", |pty| pty.text() != list);
    pty.send(ESCAPE);
    pty.wait_until("the list is as before", |pty| pty.text() == list);
    assert_eq!(project.files(), before);
    quit(pty);
}

#[test]
fn five_thousand_pasted_bytes_arrive_whole_without_a_further_key() {
    let pasted = format!("HEADMARK{}TAILMARK", "x".repeat(5000 - 16));
    for (open, shown) in [("n", "Add new connection"), ("/", "")] {
        let project = Project::new();
        let mut pty = project.open();
        pty.send(open);
        pty.wait_for(shown);
        pty.paste(&pasted);
        pty.wait_for("TAILMARK");
        pty.send(HOME);
        pty.wait_for("HEADMARK");
    }
}

#[test]
fn fifteen_hundred_keys_in_one_write_need_no_further_key() {
    let project = Project::with((0..1600).map(|number| format!("row-{number:04}")));
    let record = project.path("record");
    let editor = project.editor(&format!(
        r#"for file; do :; done; printf '%s' "$file" > {record:?}"#
    ));
    let mut pty = project.start_with((120, 40), &[("EDITOR", &editor)]);
    pty.wait_for("row-0000");
    pty.send("j".repeat(1500));
    pty.wait_for("row-1500");
    // The screen shows other rows around it too; the editor is told the selected one.
    pty.send("e");
    pty.wait_until("the editor was told a file", |_| {
        fs::read_to_string(&record).is_ok_and(|text| !text.is_empty())
    });
    let file = fs::read_to_string(&record).unwrap();
    assert!(file.ends_with("/row-1500.yaml"), "{file}");
}

#[test]
fn the_editor_gets_every_key_that_is_typed_while_it_starts() {
    let project = Project::new();
    let record = project.path("record");
    let editor = project.editor(&format!(
        r#"sleep 0.3; read -r line; printf '%s.' "$line" > {record:?}; echo EDITED"#
    ));
    let mut pty = project.start_with((120, 40), &[("EDITOR", &editor)]);
    pty.wait_for("alpha");
    pty.send("e");
    pty.wait_until_restored();
    pty.send("dq?\n");
    pty.wait_until("the editor has ended", |_| record.exists());
    pty.wait_until("the list is back", |pty| {
        pty.screen().alternate_screen() && pty.text().contains("alpha")
    });
    assert_eq!(fs::read_to_string(&record).unwrap(), "dq?.");
    assert_eq!(project.files().len(), 3);
    quit(pty);
}

/// The file of a value is in the runtime directory, its owner's alone, and gone after, whatever the
/// editor did.
#[test]
fn a_value_in_the_editor_leaves_nothing_behind() {
    let project = Project::new();
    let (record, runtime) = (project.path("record"), project.path("runtime"));
    fs::create_dir(&runtime).unwrap();
    for end in ["exit 0", "exit 1", "rm \"$file\"", "exit 127"] {
        let _ = fs::remove_file(&record);
        let editor = project.editor(&format!(
            r#"for file; do :; done; cp "$file" "$file~"; ls -l "$file" > {record:?}.new
            printf 'From outside\n' > "$file"; mv {record:?}.new {record:?}; {end}"#
        ));
        let environment: [(&str, &Path); 2] = [("EDITOR", &editor), ("XDG_RUNTIME_DIR", &runtime)];
        let mut pty = project.start_with((120, 40), &environment);
        pty.wait_for("alpha");
        pty.send("n");
        pty.wait_for("Add new connection");
        pty.send("\x1be");
        match end {
            "exit 0" => pty.wait_for("From outside"),
            "exit 1" => pty.wait_for("nothing changed"),
            _ => pty.wait_for("The value was not changed"),
        }
        let told = fs::read_to_string(&record).unwrap();
        assert!(told.starts_with("-rw-------"), "{told}");
        assert!(told.contains(runtime.to_str().unwrap()), "{told}");
        assert_eq!(fs::read_dir(&runtime).unwrap().count(), 0, "{end}");
    }
}

/// In the editor Ctrl-C is the editor's: the kernel sends it to this program too.
#[test]
fn an_interrupted_editor_does_not_end_the_program() {
    let project = Project::new();
    let editor = project.editor("trap 'exit 1' INT; echo EDITING; read -r line");
    let mut pty = project.start_with((120, 40), &[("EDITOR", &editor)]);
    pty.wait_for("alpha");
    pty.send("e");
    pty.wait_for("EDITING");
    pty.send("\x03");
    pty.wait_until("the list is back", |pty| {
        pty.screen().alternate_screen() && pty.text().contains("beta")
    });
    // The editor failed, which an error popup may tell.
    pty.wait_until_quiet(Duration::from_millis(200));
    pty.send(ESCAPE);
    pty.wait_until_quiet(Duration::from_millis(200));
    quit(pty);
}

#[test]
fn a_change_on_disk_shows_within_a_second() {
    let project = Project::new();
    let mut pty = project.open();
    // The best of three: a busy machine may be late once.
    let fastest = ["delta", "epsilon", "zeta"].map(|id| {
        let start = Instant::now();
        project.write_connection(id);
        pty.wait_for(id);
        start.elapsed()
    });
    let fastest = fastest.into_iter().min().unwrap();
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
    fs::remove_file(project.path("connections.d/zeta.yaml")).unwrap();
    pty.wait_until("the row is gone", |pty| !pty.text().contains("zeta"));
    quit(pty);
}

/// What the program has sent holds these bytes.
fn has_sent(pty: &Pty, bytes: &str) -> bool {
    let stream = pty.stream();
    stream
        .windows(bytes.len())
        .any(|window| window == bytes.as_bytes())
}

#[test]
fn the_mouse_is_the_programs_and_can_be_given_back() {
    let project = Project::new();
    let mut pty = project.open();
    assert!(has_sent(&pty, "\x1b[?1000h") && has_sent(&pty, "\x1b[?1006h"));
    // The third row of the list: the button goes down, and up again.
    pty.send("\x1b[<0;5;4M\x1b[<0;5;4m");
    pty.wait_for("/gamma.yaml ─");
    let before = pty.stream().len();
    pty.send("\x1bm");
    pty.wait_for("the mouse is off");
    assert!(
        pty.stream()[before..]
            .windows(8)
            .any(|window| window == b"\x1b[?1000l")
    );
    assert!(!pty.modes_left_on().contains(&"mouse"));
    quit(pty);
}

#[test]
fn whoever_wants_no_mouse_has_none() {
    let project = Project::new();
    let config = project.path("home/.config/conndeck");
    fs::create_dir_all(&config).unwrap();
    let editor = project.editor("cp \"$1\" \"$1.seen\"");
    let settings = format!(
        "mouse: false\neditor: [{}]\nkeys: {{list: {{quit: Q}}}}\n",
        editor.display()
    );
    fs::write(config.join("config.yaml"), settings).unwrap();
    let nobody = Path::new("/nonexistent/editor");
    let mut pty = project.start_with((120, 40), &[("EDITOR", nobody), ("VISUAL", nobody)]);
    pty.wait_for("Q quit");
    pty.wait_for("/alpha.yaml ─");
    pty.send("\x1b[<0;5;4M\x1b[<0;5;4me");
    // The setting wins over the variables, and an editor gives the terminal back as it was.
    let seen = project.path("connections.d/alpha.yaml.seen");
    pty.wait_until("the editor ran", |_| seen.exists());
    pty.wait_for("/alpha.yaml ─");
    pty.send("Q");
    assert!(pty.wait_for_exit().success());
    assert!(!has_sent(&pty, "\x1b[?1000h") && !has_sent(&pty, "\x1b[?1006h"));
}

#[test]
fn an_idle_program_does_not_run() {
    let project = Project::new();
    let mut pty = project.open();
    pty.send("j");
    pty.wait_until_quiet(Duration::from_secs(1));
    let before = pty.context_switches();
    let start = Instant::now();
    pty.wait_until_quiet(Duration::from_secs(3));
    assert!(start.elapsed() >= Duration::from_secs(3));
    assert_eq!(
        pty.context_switches() - before,
        0,
        "context switches in 3 s"
    );
    quit(pty);
}

#[test]
fn no_size_is_too_small_and_no_storm_of_sizes_too_wild() {
    let project = Project::new();
    let mut pty = project.start_with((1, 1), &[]);
    pty.wait_until("it runs", |pty| pty.screen().alternate_screen());
    let sizes = [
        (1, 1),
        (2, 1),
        (1, 2),
        (200, 1),
        (1, 200),
        (3, 3),
        (39, 9),
        (79, 24),
        (300, 100),
    ];
    for (round, (columns, rows)) in sizes.into_iter().cycle().take(90).enumerate() {
        pty.resize(columns, rows);
        if round % 3 == 0 {
            // Every context is drawn in every size: list, help, form.
            pty.send(["?", ESCAPE, "n", ESCAPE, "/", ESCAPE][round / 3 % 6]);
        }
        if round % 10 == 0 {
            pty.wait_until_quiet(Duration::from_millis(30));
        }
    }
    pty.wait_until_quiet(Duration::from_millis(200));
    pty.send(ESCAPE);
    pty.wait_until_quiet(Duration::from_millis(200));
    pty.send(ESCAPE);
    // A key directly behind it would be Alt with that key.
    pty.wait_until_quiet(Duration::from_millis(200));
    pty.resize(80, 24);
    pty.wait_for("Connections");
    pty.wait_for("alpha");
    quit(pty);
}

#[test]
fn without_a_terminal_it_says_so() {
    let project = Project::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_conndeck"))
        .args(project.arguments())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A pipe that a careless reader would wait for.
    let mut stdin = child.stdin.take().unwrap();
    let _ = stdin.write_all(b"q");
    let status = child.wait().unwrap();
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((status.code(), stdout.as_str()), (Some(2), ""), "{stderr}");
    assert!(stderr.contains("terminal"), "{stderr}");
}
