//! Plain mode: whole flows on a terminal that can only print, and on a pipe.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::cli::{Fixture, OPENAI, Ran};
use crate::pty::{Pty, ended_by};

/// A secret that is typed, and those that stand in the files of the fixture.
const SECRETS: [&str; 3] = ["canary-typed", "canary-in-url", "canary-in-header"];

fn arguments(fixture: &Fixture) -> Vec<String> {
    let path = |name: &str| fixture.path(name).to_str().unwrap().to_owned();
    ["--dir".to_owned(), path("connections.d")]
        .into_iter()
        .chain(["--workflows".to_owned(), path("workflows")])
        .collect()
}

/// By itself on a terminal that can only print.
fn dumb(fixture: &Fixture) -> Pty {
    let state = fixture.path("state");
    let environment = [("TERM", Path::new("dumb")), ("XDG_STATE_HOME", &state)];
    Pty::conndeck(&arguments(fixture), (80, 24), &environment)
}

/// Because somebody wants it, on a terminal that can do everything.
fn wanted(fixture: &Fixture) -> Pty {
    let state = fixture.path("state");
    let mut arguments = arguments(fixture);
    arguments.push("--plain".to_owned());
    Pty::conndeck(&arguments, (80, 24), &[("XDG_STATE_HOME", &state)])
}

/// Sends each answer when the end of what was printed is its question.
#[track_caller]
fn answer(pty: &mut Pty, answers: &[(&str, &str)]) {
    let mut seen = pty.stream().len();
    for (question, answer) in answers {
        pty.wait_until(&format!("{question:?} is asked"), |pty| {
            let new = String::from_utf8_lossy(&pty.stream()[seen..]);
            let words: Vec<&str> = new.split_whitespace().collect();
            words.join(" ").contains(question) && new.ends_with(": ")
        });
        seen = pty.stream().len();
        pty.send(format!("{answer}\r"));
    }
}

/// No byte that a terminal obeys, no secret, no line that is too long.
#[track_caller]
fn assert_plain(stream: &[u8]) {
    let text = String::from_utf8(stream.to_vec()).unwrap();
    let odd = text
        .chars()
        .find(|c| c.is_control() && !matches!(c, '\n' | '\r'));
    assert_eq!(odd, None, "{text}");
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

fn files(fixture: &Fixture) -> BTreeMap<String, String> {
    ["connections.d", "workflows"]
        .iter()
        .flat_map(|dir| fs::read_dir(fixture.path(dir)).unwrap())
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            (path.display().to_string(), text)
        })
        .collect()
}

#[test]
fn every_flow_on_a_terminal_that_can_only_print() {
    for start in [dumb, wanted] {
        let fixture = Fixture::new();
        let mut pty = start(&fixture);
        answer(
            &mut pty,
            &[
                ("Command", "list"),
                ("3. spare, Qdrant, used 0 times", "show"),
                ("Connection: number or part", "parc"),
                ("X.Dotted", "add"),
                ("Name", "Kestrel (staging)"),
                ("[kestrel-staging]", ""),
                ("Type", "Http"),
                ("method", "2"),
                ("Other fields?", "y"),
                ("Field", "headers"),
                ("Key in headers", "Authorization"),
                ("headers.Authorization: environment", "="),
                ("not shown", "canary-typed"),
                ("headers.Authorization: set", "headers.Accept"),
                ("headers.Accept", "text/plain"),
                ("Field", "done"),
                ("Authorization: ••••••••", "y"),
                ("`undo` takes it back", "edit openai"),
                ("Field", "url"),
                ("[https://api.openai.com/v1]", "${oc.env:OPENAI_URL}"),
                ("not saved yet", "save"),
                ("+url: ${oc.env:OPENAI_URL} # not the EU host", "y"),
                ("saved", "delete openai"),
                (
                    "was deleted Hint: change the workflows first",
                    "delete spare",
                ),
                ("[n]", ""),
                ("cancelled: nothing was written", "delete spare"),
                ("Delete `spare`", "y"),
                ("deleted", "undo"),
                ("undo: delete `spare`", "y"),
                ("done", "rename spare"),
                ("New id", "qdrant"),
                ("rename to", "y"),
                ("renamed", "find is:unused type:qdrant"),
                ("1 connection: 1. qdrant", "uses openai"),
                ("used in 1 place", "help"),
                ("take back", "q"),
            ],
        );
        assert!(pty.wait_for_exit().success(), "{}", pty.text());
        assert_plain(pty.stream());
        assert_eq!(
            fixture.read("connections.d/kestrel-staging.yaml"),
            "name: Kestrel (staging)\ntype: dynamiq.connections.Http\nmethod: POST\nheaders:\n  Authorization: canary-typed\n  Accept: text/plain\n"
        );
        let changed = OPENAI.replace("https://api.openai.com/v1", "${oc.env:OPENAI_URL}");
        assert_eq!(fixture.read("connections.d/openai.yaml"), changed);
        assert!(fixture.path("connections.d/qdrant.yaml").exists());
        assert!(!fixture.path("connections.d/spare.yaml").exists());
        assert_eq!(pty.modes_left_on(), [""; 0]);
    }
}

/// Every question of the flows that write, with the answers that lead there.
const TO_THE_END: [&[(&str, &str)]; 4] = [
    &[
        ("Command", "add"),
        ("Name", "New one"),
        ("Id", ""),
        ("Type", "Qdrant"),
        ("api_key", "="),
        ("not shown", "canary-typed"),
        ("url", "https://q.example"),
        ("Other fields?", "y"),
        ("Field", "description"),
        ("description", "about"),
        ("Field", "done"),
        ("Create `new-one`?", "n"),
    ],
    &[
        ("Command", "edit"),
        ("Connection", "1"),
        ("Field", "url"),
        ("url", "https://other.example"),
        ("Field", "save"),
        ("Save", "n"),
    ],
    &[
        ("Command", "delete"),
        ("Connection", "spare"),
        ("Delete", "n"),
    ],
    &[
        ("Command", "rename"),
        ("Connection", "spare"),
        ("New id", "other"),
        ("Rename", "n"),
    ],
];

#[test]
fn whoever_leaves_at_any_question_has_written_nothing() {
    let fixture = Fixture::new();
    let before = files(&fixture);
    for flow in TO_THE_END {
        for length in 1..=flow.len() {
            let (last, first) = flow[..length].split_last().unwrap();
            for (way, signal) in [
                ("\x03", Signal::INT),
                ("\x04", Signal::HUP),
                ("", Signal::HUP),
            ] {
                let mut pty = dumb(&fixture);
                answer(&mut pty, first);
                let seen = if first.is_empty() {
                    0
                } else {
                    pty.stream().len()
                };
                pty.wait_until(last.0, |pty| {
                    let new = String::from_utf8_lossy(&pty.stream()[seen..]);
                    new.contains(last.0.split(' ').next().unwrap()) && new.ends_with(": ")
                });
                if way.is_empty() {
                    let status = pty.close_terminal_and_wait(Duration::from_secs(15));
                    assert!(ended_by(status, signal) || !status.success(), "{status}");
                } else {
                    assert_plain(pty.stream());
                    // Ctrl-D leaves one question, and the flow; then it leaves the program.
                    let many = if way == "\x04" { 4 } else { 1 };
                    for _ in 0..many {
                        if pty.has_ended() {
                            break;
                        }
                        pty.send(way);
                        pty.wait_until_quiet(Duration::from_millis(50));
                    }
                    let status = pty.wait_for_exit();
                    let is_fine = status.success() || ended_by(status, signal);
                    assert!(is_fine, "{status}: {}", pty.text());
                }
                assert_eq!(files(&fixture), before, "{flow:?} {length} {way:?}");
            }
        }
    }
}

#[test]
fn a_change_of_somebody_else_is_kept_and_the_own_one_is_asked_about_again() {
    let fixture = Fixture::new();
    let mut pty = dumb(&fixture);
    answer(
        &mut pty,
        &[
            ("Command", "edit openai"),
            ("Field", "url"),
            ("url", "https://mine.example"),
            ("Field", "save"),
        ],
    );
    pty.wait_until("it asks", |pty| pty.text().ends_with("[n]:"));
    let theirs = OPENAI.replace("OpenAI (production)", "Theirs");
    fixture.write("connections.d/openai.yaml", &theirs);
    pty.send("y\r");
    answer(&mut pty, &[("your changes are kept", "y"), ("saved", "q")]);
    assert!(pty.wait_for_exit().success());
    let both = theirs.replace("https://api.openai.com/v1", "https://mine.example");
    assert_eq!(fixture.read("connections.d/openai.yaml"), both);
}

fn pipe(fixture: &Fixture, lines: &[&str]) -> Ran {
    fixture.pipe(&(lines.join("\n") + "\n"), &["--plain"])
}

#[test]
fn answers_may_come_from_a_pipe_and_end_at_the_first_that_is_none() {
    let fixture = Fixture::new();
    let ran = pipe(&fixture, &["delete spare", "y", "list"]).exits(0);
    assert!(ran.out.contains("2 connections:"), "{ran:?}");
    assert_plain(ran.out.as_bytes());
    let before = files(&fixture);
    for (lines, code) in [
        (&["delete openai"][..], 1),
        (&["delete parcels", "n"], 1),
        // The end of the input is no yes.
        (&["delete parcels"], 1),
        (&["show nothing"], 3),
        (&["dance"], 2),
        // What was meant for another question is no command.
        (&["edit openai", "no_such_field", "delete parcels", "y"], 2),
        (&["add X", "", "NoSuchType", "delete parcels", "y"], 2),
    ] {
        let ran = pipe(&fixture, lines).exits(code);
        assert_plain(ran.out.as_bytes());
        assert_eq!(files(&fixture), before, "{lines:?}");
    }
}

#[test]
fn lines_fit_into_eighty_columns() {
    let fixture = Fixture::new();
    fixture.write(
        "connections.d/long.yaml",
        &format!(
            "name: {0}\ntype: dynamiq.connections.Qdrant\nurl: https://{0}.example\n",
            "long".repeat(60)
        ),
    );
    let ran = pipe(
        &fixture,
        &[
            "list",
            "show long",
            "help",
            "edit long",
            "url",
            "https://x",
            "save",
            "y",
        ],
    )
    .exits(0);
    for line in ran.out.lines() {
        assert!(line.chars().count() <= 80, "{line:?}");
    }
}
