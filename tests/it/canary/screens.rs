//! The interface on a terminal: everything that it ever sends, and what its children are given.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{Garden, files_below};
use crate::pty::Pty;

/// A terminal with every screen at once, and the smallest that has them all.
const SIZES: [(u16, u16); 2] = [(120, 40), (80, 24)];

/// What is done to each connection, from the list, and back to it.
const WAYS: [&[&str]; 6] = [
    // The panel, row by row.
    &["\t", "jjjj", "jjjj", "jjjj", "\x1b"],
    // The form, field by field; its difference; its help; the other mode.
    &[
        "\r", "\t\t\t", "\x1bOR", "\x1b", "\t\t\t", "\x1b[17~", "\x1b[17~", "\t\t\t", "\x1bOP",
        "\x1b", "\t\t\t", "\x1b", "d",
    ],
    // A delete and a rename that do not happen.
    &["d", "\x1b", "\x1b"],
    &["r", "\x15other", "\r", "\x1b", "\x1b", "\x1b"],
    // What is copied, and every action by name.
    &["y", "\x1b", ":", "\x1b"],
    &["?", "\x1b", "D", "\x1b", "d", "\x1b"],
];

fn executable(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Makes programs of these names that write down what they are given, in `log`.
fn listeners(garden: &Garden) -> String {
    let log = garden.path("children");
    fs::create_dir(&log).unwrap();
    let git = Command::new("sh")
        .args(["-c", "command -v git"])
        .output()
        .unwrap();
    let git = String::from_utf8(git.stdout).unwrap();
    for name in [
        "git", "editor", "wl-copy", "xclip", "xsel", "tmux", "pbcopy",
    ] {
        let then = match name {
            "git" => format!("exec {} \"$@\"", git.trim()),
            "editor" => "exit 0".to_owned(),
            _ => "cat > /dev/null".to_owned(),
        };
        executable(
            &garden.path(&format!("bin/{name}")),
            &format!(
                "#!/bin/sh\ncp /proc/self/cmdline '{0}/{name}-command-'$$\ncp /proc/$$/cmdline '{0}/{name}-own-'$$\n\
                 cp /proc/$PPID/cmdline '{0}/{name}-parent-'$$\ncp /proc/$$/environ '{0}/{name}-environment-'$$\n{then}\n",
                log.display()
            ),
        );
    }
    format!(
        "{}:{}",
        garden.path("bin").display(),
        std::env::var("PATH").unwrap()
    )
}

fn start(garden: &Garden, size: (u16, u16), path: &str) -> Pty {
    let project = garden.path("project");
    let editor = garden.path("bin/editor");
    let mut environment: Vec<(String, std::path::PathBuf)> = garden
        .environment()
        .into_iter()
        .filter(|(name, _)| name != "PATH")
        .map(|(name, value)| (name, value.into()))
        .collect();
    environment.push(("PATH".into(), path.into()));
    environment.push(("EDITOR".into(), editor));
    let environment: Vec<(&str, &Path)> = environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_path()))
        .collect();
    let dir = project.join("connections.d");
    let workflows = project.join("workflows");
    let arguments = [
        Path::new("--dir"),
        &dir,
        Path::new("--workflows"),
        &workflows,
    ];
    let mut pty = Pty::conndeck(&arguments, size, &environment);
    pty.wait_for("Connections");
    pty
}

/// The connections that have every kind of place in them.
const WALKED: [&str; 10] = [
    "x-http",
    "x-mcp",
    "x-own",
    "x-google",
    "x-default",
    "t-openai",
    "t-postgresql",
    "t-aws",
    "broken-quote",
    "broken-kinds",
];

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one walk through all screens, in order"
)]
fn no_screen_shows_a_secret_and_no_child_is_given_one() {
    let garden = Garden::new();
    let path = listeners(&garden);
    for arguments in [
        &["init", "-q", "-b", "main"][..],
        &["add", "-A"],
        &["commit", "-q", "-m", "one"],
        &["branch", "other"],
    ] {
        let status = Command::new("git")
            .arg("-C")
            .arg(garden.path("project"))
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success());
    }
    let quiet = Duration::from_millis(60);
    for size in SIZES {
        let mut pty = start(&garden, size, &path);
        pty.wait_until_quiet(Duration::from_millis(300));
        for id in WALKED {
            for way in WAYS {
                // The filter leads to it, whatever is above it in the list.
                pty.send(format!("/{id}\r"));
                pty.wait_until_quiet(quiet);
                for keys in way {
                    pty.send(keys);
                    pty.wait_until_quiet(quiet);
                    let screen = pty.text();
                    let leaks = garden.leaks(screen.as_bytes(), None);
                    assert!(
                        leaks.is_empty(),
                        "{id}, {way:?}, {keys:?}:\n{}\n{screen}",
                        leaks.join("\n")
                    );
                }
                pty.send("\x1b\x1b");
                pty.wait_until_quiet(quiet);
            }
        }
        // The editor, the undo, a filter for a secret.
        for keys in ["/t-openai\r", "e", "u", "\x1b", "/Zq0001", "\x1b", "\x1b"] {
            pty.send(keys);
            pty.wait_until_quiet(quiet);
        }
        // One that is asked for shows, so that this test can fail.
        let shown = &garden
            .places
            .iter()
            .find(|place| place.what == "url password")
            .unwrap()
            .canary;
        let before = pty.stream().len();
        pty.send("/x-http\r");
        pty.send("\t");
        for _ in 0..12 {
            pty.send("xj");
            pty.wait_until_quiet(quiet);
        }
        assert!(
            shown.found_in(&pty.stream()[before..]).is_some(),
            "{}",
            pty.text()
        );
        pty.send("\x03");
        pty.send("\x03");
        pty.wait_for_exit();
        // What was sent is more than what was seen: titles, the clipboard, what was overwritten.
        let typed = "Zq0001".as_bytes();
        assert!(
            memchr::memmem::find(pty.stream(), typed).is_some(),
            "the filter shows what is typed"
        );
        let leaks = garden.leaks(&pty.stream()[..before], None);
        assert!(leaks.is_empty(), "{size:?}:\n{}", leaks.join("\n"));
    }
    let logs = files_below(&garden.path("children"));
    assert!(
        logs.iter()
            .any(|log| log.to_str().unwrap().contains("editor-")),
        "{logs:?}"
    );
    assert!(
        logs.iter()
            .any(|log| log.to_str().unwrap().contains("git-")),
        "{logs:?}"
    );
    let inherited = |name: &str| {
        garden
            .variables
            .iter()
            .any(|(_, value)| value.contains(name))
    };
    for log in logs {
        let given = fs::read(&log).unwrap();
        let leaks: Vec<String> = garden
            .places
            .iter()
            .filter(|place| !inherited(&place.canary.word()))
            .filter(|place| place.canary.found_in(&given).is_some())
            .map(|place| place.what.clone())
            .collect();
        assert!(leaks.is_empty(), "{}: {leaks:?}", log.display());
    }
    garden.leaves_none_behind();
}
