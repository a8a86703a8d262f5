//! The program on every kind of terminal, and in what happens to terminals: no colours, storms of
//! sizes, a stop in the middle of a form, many lines at once, thousands of files, a `git` that hangs.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::pty::{Pty, assert_restored};
use crate::terminal::{CTRL_Z, ENTER, ESCAPE, Project, quit};

const CTRL_L: &str = "\x0c";

/// What names a terminal, and what its first function key, `↓` and `End` send.
const TERMINALS: [(&str, &str, &str, &str); 6] = [
    ("xterm-256color", "\x1bOP", "\x1b[B", "\x1b[F"),
    ("tmux-256color", "\x1bOP", "\x1b[B", "\x1b[4~"),
    ("screen", "\x1bOP", "\x1bOB", "\x1b[4~"),
    ("linux", "\x1b[[A", "\x1b[B", "\x1b[4~"),
    ("vt100", "\x1bOP", "\x1bOB", "\x1b[F"),
    ("nobody-knows-this-one", "\x1b[11~", "\x1b[B", "\x1b[8~"),
];

/// Long enough for the program to have drawn what it will draw.
const QUIET: Duration = Duration::from_millis(150);

fn on(project: &Project, terminal: &str, size: (u16, u16)) -> Pty {
    let mut pty = project.start_with(size, &[("TERM", Path::new(terminal))]);
    pty.wait_for("gamma");
    pty
}

/// What a person sees of the screen: a blank has no colour of its own but the one behind it.
fn shown(pty: &Pty) -> Vec<String> {
    let screen = pty.screen();
    let (rows, columns) = screen.size();
    let row = |row: u16| -> String {
        let cells = (0..columns.get()).filter_map(|column| screen.cell(row, column));
        let cell = |cell: &vt100::Cell| {
            let behind = format!("{:?}{}", cell.bgcolor(), cell.inverse());
            if cell.contents().trim().is_empty() {
                return format!("[ {behind}]");
            }
            let style = (cell.fgcolor(), cell.bold(), cell.dim(), cell.underline());
            format!("[{}{style:?}{behind}]", cell.contents())
        };
        cells.map(cell).collect()
    };
    (0..rows.get()).map(row).collect()
}

/// What was sent bit by bit has to be what is sent at once.
#[track_caller]
fn assert_drawn_whole(pty: &mut Pty, when: &str) {
    pty.wait_until_quiet(QUIET);
    let before = (pty.text(), shown(pty));
    pty.send(CTRL_L);
    pty.wait_until_quiet(QUIET);
    assert_eq!(pty.text(), before.0, "{when}");
    assert_eq!(shown(pty), before.1, "{when}");
}

/// `Esc`, and nothing directly behind it: that would be `Alt` with a key.
fn escape(pty: &mut Pty) {
    pty.send(ESCAPE);
    pty.wait_until_quiet(QUIET);
}

#[test]
fn every_terminal_shows_the_same_and_has_its_keys_understood() {
    let mut first: Option<Vec<String>> = None;
    let project = Project::new();
    for (terminal, function, down, end) in TERMINALS {
        let mut pty = on(&project, terminal, (80, 24));
        let mut screens = Vec::new();
        for (keys, wanted) in [
            (down, "beta.yaml ─"),
            (end, "gamma.yaml ─"),
            (function, "Help"),
            (ESCAPE, "gamma.yaml ─"),
            ("n", "Add new connection"),
            ("日本 🎉 é", "日本 🎉 é"),
            ("\x7f\x7f", "日本 🎉"),
        ] {
            pty.send(keys);
            pty.wait_for(wanted);
            assert_drawn_whole(&mut pty, &format!("{terminal}, {keys:?}"));
            screens.push(pty.text());
        }
        match &first {
            None => first = Some(screens),
            Some(first) => assert_eq!(&screens, first, "{terminal}"),
        }
        escape(&mut pty);
        pty.send("d");
        pty.wait_until_quiet(QUIET);
        quit(pty);
    }
}

/// The parameters of every change of style that was sent.
fn styles(stream: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(stream);
    text.split("\x1b[")
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':')?;
            (rest[end..].starts_with('m')).then(|| rest[..end].to_owned())
        })
        .flat_map(|all| {
            let one = |style: &str| style.parse().unwrap_or(0);
            all.split([';', ':']).map(one).collect::<Vec<u16>>()
        })
        .collect()
}

fn is_colour(style: u16) -> bool {
    // 39 and 49 are the terminal's own, which is where colours end.
    matches!(style, 30..=38 | 40..=48 | 90..=97 | 100..=107)
}

#[test]
fn whoever_wants_no_colours_has_none_and_still_sees_every_state() {
    for wants_colours in [true, false] {
        let project = Project::new();
        let broken = project.path("connections.d/broken.yaml");
        fs::write(broken, "type: [\n").unwrap();
        let environment = [("NO_COLOR", Path::new("1"))];
        let environment = if wants_colours { &[] } else { &environment[..] };
        let mut pty = project.start_with((80, 24), environment);
        pty.wait_for("gamma");
        pty.send(" ");
        pty.wait_for("1 marked");
        assert!(pty.text().contains("● alpha"), "{}", pty.text());
        assert!(pty.text().contains("✗ broken"), "{}", pty.text());
        let row_of = |pty: &Pty, name: &str| -> u16 {
            let row = pty.text().lines().position(|line| line.starts_with(name));
            u16::try_from(row.unwrap()).unwrap()
        };
        let selected = row_of(&pty, "│  beta");
        let cell = pty.screen().cell(selected, 4).unwrap();
        assert!(cell.inverse(), "the selected row is told apart");
        let other = pty.screen().cell(selected + 2, 4).unwrap();
        assert!(!other.inverse());
        for (keys, wanted) in [
            ("?", "Help"),
            (ESCAPE, "● alpha"),
            ("n", "Add new connection"),
            ("\x13", "a name is needed"),
            (ESCAPE, "● alpha"),
            ("t", "Tags of"),
            (ESCAPE, "● alpha"),
            (ESCAPE, "  alpha"),
            ("d", "Delete"),
            (ESCAPE, "  alpha"),
            ("w", "Workflows"),
        ] {
            pty.send(keys);
            pty.wait_for(wanted);
            pty.wait_until_quiet(QUIET);
        }
        let styles = styles(pty.stream());
        assert!(!styles.is_empty());
        assert_eq!(
            styles.iter().copied().any(is_colour),
            wants_colours,
            "{styles:?}"
        );
        quit(pty);
    }
}

#[test]
fn a_storm_of_sizes_leaves_every_screen_as_it_was() {
    for keys in ["", "n", "?", "t", "d", ":", "w"] {
        let project = Project::new();
        let mut pty = on(&project, "xterm-256color", (80, 24));
        pty.send(keys);
        pty.wait_until_quiet(QUIET * 2);
        let before = (pty.text(), shown(&pty));
        for number in 0..100_u16 {
            // Every hundredth size is the smallest; the others go all over the place.
            let (columns, rows) = (number * 37 % 211 + 1, number * 53 % 67 + 1);
            pty.resize(columns, rows);
            if number % 7 == 0 {
                pty.wait_until_quiet(Duration::from_millis(5));
            }
        }
        pty.resize(80, 24);
        pty.wait_until_quiet(QUIET);
        assert_eq!(pty.text(), before.0, "{keys:?}");
        assert_eq!(shown(&pty), before.1, "{keys:?}");
        if !["", "w"].contains(&keys) {
            escape(&mut pty);
        }
        quit(pty);
    }
}

/// The program as a job of a shell that says when it stops, and goes on with it at `Enter`.
fn as_a_job(project: &Project) -> Pty {
    let script =
        r#"set -m; "$0" "$@"; while [ $? -gt 128 ]; do echo STOPPED; read _; fg; done; echo ENDED"#;
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
        (80, 24),
        &[("HOME", &home)],
    );
    pty.wait_for("gamma");
    pty
}

#[test]
fn ctrl_z_stops_in_a_form_and_in_a_popup_and_fg_goes_on_there() {
    for (keys, wanted) in [
        ("nHalf typed", "Half typed"),
        ("n\rpost", "2 of "),
        ("d", "Cancel"),
        ("t", "Tags of"),
        ("/al", "1 of 3"),
        (":", "Actions"),
    ] {
        let project = Project::new();
        let mut pty = as_a_job(&project);
        pty.send(keys);
        pty.wait_for(wanted);
        pty.wait_until_quiet(QUIET);
        let before = (pty.text(), shown(&pty));
        pty.send(CTRL_Z);
        pty.wait_for("STOPPED");
        pty.wait_until_restored();
        pty.send(ENTER);
        pty.wait_until("the screen is as it was", |pty| {
            pty.screen().alternate_screen() && pty.text() == before.0
        });
        pty.wait_until_quiet(QUIET);
        assert_eq!(shown(&pty), before.1, "{keys:?}");
        // Ctrl-C twice leaves from everywhere.
        pty.send("\x03\x03");
        pty.wait_for("ENDED");
        pty.wait_for_exit();
        assert_restored(&pty);
    }
}

#[test]
fn many_pasted_lines_keep_every_line_and_press_no_key() {
    let project = Project::new();
    let before = project.files();
    let mut pty = project.open();
    pty.send("n");
    pty.wait_for("Add new connection");
    pty.paste("export POSTGRESQL_HOST=db.example\nexport POSTGRESQL_PORT=6543\nexport POSTGRESQL_DATABASE=orders\n");
    pty.wait_for("Type *       PostgreSQL ");
    pty.wait_until_quiet(QUIET);
    assert_eq!(project.files(), before);
    let text = pty.text();
    for field in ["host", "port", "database"] {
        let variable = format!("${{oc.env:POSTGRESQL_{}}}", field.to_uppercase());
        assert!(text.contains(&variable), "{text}");
    }
    // What says nothing about fields is asked about before it is anything.
    escape(&mut pty);
    pty.send("d");
    pty.send("n");
    pty.paste("d\rd\ny\nq\n");
    pty.wait_for("Paste?");
    pty.send("j");
    pty.wait_for("d d y q");
    assert_eq!(project.files(), before);
    pty.send("\x03\x03");
    pty.wait_for_exit();
    assert_restored(&pty);
}

#[test]
fn a_key_is_answered_while_ten_thousand_workflows_are_read() {
    let project = Project::new();
    for number in 0..10_000 {
        let text = format!("nodes:\n  llm:\n    connection: alpha\n    id: n{number}\n");
        let path = project.path(&format!("workflows/flow-{number:05}.yaml"));
        fs::write(path, text).unwrap();
    }
    let mut pty = project.start_with((120, 40), &[]);
    pty.wait_for("alpha");
    let start = Instant::now();
    pty.send("?");
    pty.wait_for("Help");
    let answered = start.elapsed();
    assert!(answered < Duration::from_secs(1), "{answered:?}");
    escape(&mut pty);
    pty.send("w");
    pty.wait_for("Workflows · 10,000");
    pty.wait_for("workflows/flow-00000.yaml");
    let start = Instant::now();
    pty.send("G");
    pty.wait_for("workflows/flow-09999.yaml");
    let answered = start.elapsed();
    assert!(answered < Duration::from_secs(1), "{answered:?}");
    pty.send("w");
    pty.wait_for("10,000 places");
    quit(pty);
}

/// A `git` that never answers adds no marks, and holds nobody up.
#[test]
fn a_git_that_hangs_is_waited_for_by_nobody() {
    let project = Project::new();
    let programs = project.path("programs");
    let asked = project.path("asked");
    fs::create_dir(&programs).unwrap();
    fs::create_dir(project.path(".git")).unwrap();
    fs::write(project.path(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let git = programs.join("git");
    let script = format!("#!/bin/sh\necho $$ >> {asked:?}\nexec sleep 600\n");
    fs::write(&git, script).unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    let mut path = programs.into_os_string();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());

    let mut pty = project.start_with((80, 24), &[("PATH", Path::new(&path))]);
    pty.wait_for("gamma");
    pty.wait_until("git is asked", |_| asked.exists());
    let start = Instant::now();
    pty.send("j");
    pty.wait_for("beta.yaml ─");
    quit(pty);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    // And it is not left behind.
    let deadline = Instant::now() + Duration::from_secs(10);
    for pid in fs::read_to_string(&asked).unwrap().lines() {
        let status = PathBuf::from(format!("/proc/{pid}/status"));
        let runs = || {
            fs::read_to_string(&status)
                .is_ok_and(|text| text.contains("sleep") && !text.contains("zombie"))
        };
        while runs() {
            assert!(Instant::now() < deadline, "`git` {pid} still runs");
            std::thread::yield_now();
        }
    }
}
