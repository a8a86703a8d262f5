//! What has the name of a file and is none: pipes, sockets, devices, directories, links to all of
//! them; before it is looked at, and between the look and the reading.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, Mode, RenameFlags, mkfifoat, renameat_with};

use super::{FINE, Yard};

/// Makes something at a path.
type Make = fn(&Yard, &Path);

/// What is no file, by name; whether it is one after all, that somebody else has.
const KINDS: [(&str, Make); 10] = [
    ("a named pipe", |_, path| make_fifo(path)),
    ("a socket", |_, path| {
        drop(UnixListener::bind(path).unwrap());
    }),
    ("a directory", |_, path| fs::create_dir(path).unwrap()),
    ("a link to a device without end", |_, path| {
        symlink("/dev/zero", path).unwrap();
    }),
    ("a link to a terminal", |_, path| {
        symlink("/dev/tty", path).unwrap();
    }),
    ("a link to nothing", |_, path| {
        symlink("nowhere.yaml", path).unwrap();
    }),
    ("a link to itself", |_, path| {
        symlink(path.file_name().unwrap(), path).unwrap();
    }),
    ("a link to a named pipe outside", |yard, path| {
        let pipe = yard.outside().join("pipe.yaml");
        if !pipe.exists() {
            make_fifo(&pipe);
        }
        symlink(pipe, path).unwrap();
    }),
    ("a link that leads out", |yard, path| {
        symlink(yard.outside().join("x.yaml"), path).unwrap();
    }),
    ("a file that nobody may read", |_, path| {
        fs::write(path, FINE).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o0)).unwrap();
    }),
];

fn make_fifo(path: &Path) {
    mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).unwrap();
}

const COMMANDS: [&[&str]; 20] = [
    &["list"],
    &["list", "--json"],
    &["show", "x"],
    &["get", "x", "type"],
    &["check"],
    &["refs", "openai"],
    &["rm", "x", "--yes"],
    &["rm", "openai", "--yes"],
    &["rename", "openai", "other"],
    &["rename", "x", "y"],
    &["set", "x", "name", "new"],
    &["add", "x", "--type", "OpenAI", "--env", "api_key=K"],
    &["import", "workflows/x.yaml", "--rewrite"],
    &["render", "workflows/x.yaml"],
    &[
        "render",
        "workflows/fine.yaml",
        "--output",
        "workflows/x.yaml",
    ],
    &["resolve", "workflows/x.yaml"],
    &["env"],
    &["types"],
    &["info"],
    &["undo"],
];

#[test]
fn what_is_no_file_is_neither_waited_for_nor_written_through() {
    for (kind, make) in KINDS {
        for place in [
            "connections.d/x.yaml",
            "workflows/x.yaml",
            "deployments/x.yaml",
            "types.d/x.yaml",
            "conndeck.yaml",
        ] {
            let yard = Yard::new();
            let path = yard.path(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            make(&yard, &path);
            let outside = |yard: &Yard| -> Vec<_> {
                let all = yard.everything();
                all.into_iter()
                    .filter(|(path, _)| path.starts_with(yard.outside()))
                    .collect()
            };
            let before = outside(&yard);
            for arguments in COMMANDS {
                yard.run(arguments);
            }
            assert_eq!(outside(&yard), before, "{kind} as {place}");
        }
    }
}

#[test]
fn what_is_no_file_is_a_row_in_the_list_and_a_finding() {
    let root_reads_all = rustix::process::geteuid().is_root();
    for (kind, make) in KINDS {
        if kind == "a link that leads out" || (root_reads_all && kind.contains("nobody")) {
            continue;
        }
        let yard = Yard::new();
        make(&yard, &yard.path("connections.d/x.yaml"));
        make(&yard, &yard.path("workflows/x.yaml"));
        let listed: serde_json::Value =
            serde_json::from_slice(&yard.run(&["list", "--json"]).out).unwrap();
        assert_eq!(
            listed["broken"].as_array().unwrap().len(),
            1,
            "{kind}: {listed}"
        );
        assert_eq!(
            listed["connections"].as_array().unwrap().len(),
            1,
            "{kind}: {listed}"
        );
        let checked = yard.run(&["check"]);
        assert!(
            checked.out().contains("connections.d/x.yaml"),
            "{kind}: {}",
            checked.out()
        );
        // A delete says what it could not look at; a directory it could.
        if kind != "a directory" {
            yard.write("connections.d/spare.yaml", FINE);
            let deleted = yard.run(&["rm", "spare", "--yes"]);
            assert_ne!(deleted.code, 0, "{kind}");
            let said = deleted.out() + &deleted.err();
            assert!(said.contains("x.yaml"), "{kind}: {said}");
        }
    }
}

#[test]
fn the_interface_opens_beside_what_is_no_file() {
    let yard = Yard::new();
    fs::create_dir(yard.path("types.d")).unwrap();
    for (position, (kind, make)) in KINDS.into_iter().enumerate() {
        // A socket's address is short.
        let _ = kind;
        make(&yard, &yard.path(format!("connections.d/a{position}.yaml")));
        make(&yard, &yard.path(format!("workflows/a{position}.yaml")));
        make(&yard, &yard.path(format!("types.d/a{position}.yaml")));
    }
    let before = yard.everything();
    yard.walk_through(&[]);
    yard.is_as(&before, "the store");
}

/// Exchanges a file for something else and back, as fast as it goes, while `work` runs.
fn swapping(one: &Path, other: &Path, work: impl FnOnce()) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                // A rename that finds the file as it should be takes it away for a while.
                let _ = renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE);
            }
        });
        work();
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_file_that_becomes_a_pipe_or_a_link_between_look_and_reading_is_safe() {
    for (kind, make) in [KINDS[0], KINDS[3], KINDS[7], KINDS[8]] {
        for place in [
            "connections.d/openai.yaml",
            "workflows/fine.yaml",
            "types.d/x.yaml",
            "conndeck.yaml",
        ] {
            let yard = Yard::new();
            let path = yard.path(place);
            if !path.exists() {
                yard.write(place, "# nothing\n");
            }
            let other = yard.path("other");
            make(&yard, &other);
            let outside = yard.outside().join("x.yaml");
            let before = fs::read(&outside).unwrap();
            let deadline = Instant::now() + Duration::from_millis(300);
            swapping(&path, &other, || {
                while Instant::now() < deadline {
                    for arguments in [
                        &["list"][..],
                        &["check"],
                        &["refs"],
                        &["rename", "openai", "other"],
                        &["rename", "other", "openai"],
                        &["set", "openai", "name", "new"],
                        &["render", "workflows/fine.yaml"],
                        &["import", "workflows/fine.yaml", "--rewrite"],
                    ] {
                        yard.run(arguments);
                    }
                }
            });
            assert_eq!(fs::read(&outside).unwrap(), before, "{kind} as {place}");
        }
    }
}

#[test]
fn a_hundred_thousand_files_are_listed() {
    let yard = Yard::new();
    let count = super::size(100_000);
    for at in 0..count {
        yard.write(format!("connections.d/c{at}.yaml"), FINE);
        yard.write(format!("workflows/w{at}.yaml"), "connection: openai\n");
        yard.write(format!("types.d/t{at}.yaml"), "# nothing\n");
    }
    // Reading and checking each costs its time; the promise is for a single file.
    let per_file = Duration::from_micros(if super::is_full() { 300 } else { 20_000 });
    for arguments in [
        &["list"][..],
        &["check"],
        &["refs", "openai"],
        &["show", "c7"],
    ] {
        let start = Instant::now();
        let output = Command::new(super::conndeck())
            .args(arguments)
            .current_dir(yard.path(""))
            .output()
            .unwrap();
        assert!(
            output.status.code().is_some_and(|code| code < 2),
            "{arguments:?}"
        );
        let took = start.elapsed();
        assert!(
            took < per_file * u32::try_from(count * 2).unwrap(),
            "{arguments:?}: {took:?}"
        );
    }
    yard.walk_through(&[]);
}
