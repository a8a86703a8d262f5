//! Questions on a terminal: secrets that are not shown, and a delete that has to be meant.

use std::time::Duration;

use rustix::process::Signal;

use super::{Fixture, OPENAI, REDIS};
use crate::pty::{Pty, ended_by};

fn on_terminal(fixture: &Fixture, arguments: &[&str]) -> Pty {
    let dir = fixture.path("connections.d");
    let workflows = fixture.path("workflows");
    let mut all = vec!["--dir", dir.to_str().unwrap()];
    all.extend(["--workflows", workflows.to_str().unwrap()]);
    all.extend(arguments);
    Pty::conndeck(&all, (80, 24), &[])
}

#[test]
fn a_secret_is_asked_for_without_showing_it() {
    let fixture = Fixture::new();
    let mut pty = on_terminal(&fixture, &["set", "openai", "api_key"]);
    pty.wait_for("api_key (not shown):");
    pty.send("canery\x7f\x7f\x7fary\r");
    let status = pty.wait_for_exit();
    assert!(status.success(), "{}", pty.text());
    assert!(!pty.text().contains("can"), "{}", pty.text());
    assert_eq!(fixture.run(&["get", "openai", "api_key"]).out, "canary\n");
    pty.wait_until_restored();
}

#[test]
fn ctrl_c_at_a_hidden_prompt_leaves_everything_as_it_was() {
    let fixture = Fixture::new();
    let mut pty = on_terminal(&fixture, &["set", "openai", "api_key"]);
    pty.wait_for("(not shown):");
    pty.send("abc\x03");
    assert_eq!(pty.wait_for_exit().code(), Some(130));
    pty.wait_until_restored();
    assert_eq!(fixture.read("connections.d/openai.yaml"), OPENAI);
}

/// A shell without echo would be left to whoever sits there.
#[test]
fn a_signal_at_a_hidden_prompt_turns_the_echo_on_again() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let fixture = Fixture::new();
        let mut pty = on_terminal(&fixture, &["set", "openai", "api_key"]);
        pty.wait_for("(not shown):");
        assert!(pty.modes_left_on().contains(&"line settings"));
        pty.send("abc");
        // A terminal takes in what is typed in its own time: by then the echo must still be off.
        pty.wait_until_quiet(Duration::from_millis(100));
        pty.signal(signal);
        let status = pty.wait_for_exit();
        assert!(ended_by(status, signal), "{signal:?}: {status}");
        pty.wait_until_restored();
        assert!(!pty.text().contains("abc"), "{}", pty.text());
        assert_eq!(fixture.read("connections.d/openai.yaml"), OPENAI);
    }
}

/// A shell turns the echo on when the program is stopped.
#[test]
fn a_hidden_prompt_that_is_continued_hides_again() {
    let fixture = Fixture::new();
    let mut pty = on_terminal(&fixture, &["set", "openai", "api_key"]);
    pty.wait_for("(not shown):");
    pty.signal(Signal::STOP);
    pty.turn_echo_on();
    pty.signal(Signal::CONT);
    pty.wait_until("the echo is off", |pty| {
        pty.modes_left_on().contains(&"line settings")
    });
    pty.send("canary\r");
    assert!(pty.wait_for_exit().success(), "{}", pty.text());
    assert!(!pty.text().contains("canary"), "{}", pty.text());
    pty.wait_until_restored();
}

#[test]
fn a_delete_is_asked_about_and_no_is_the_answer_of_enter() {
    let fixture = Fixture::new();
    for (typed, code) in [("\r", 1), ("n\r", 1), ("y\r", 0)] {
        let mut pty = on_terminal(&fixture, &["rm", "spare"]);
        pty.wait_for("delete `spare`? [y/N]");
        assert_eq!(fixture.read("connections.d/spare.yaml"), REDIS);
        pty.send(typed);
        assert_eq!(pty.wait_for_exit().code(), Some(code), "{}", pty.text());
    }
    assert!(!fixture.path("connections.d/spare.yaml").exists());
}

#[test]
fn what_is_possibly_used_wants_its_id_typed() {
    let fixture = Fixture::new();
    fixture.write(
        "workflows/may.yaml",
        "n:\n  connection: spa${oc.env:REST}\n",
    );
    for (typed, code) in [("y\r", 1), ("spare\ry\r", 0)] {
        let mut pty = on_terminal(&fixture, &["rm", "spare"]);
        pty.wait_for("type its id to go on");
        pty.send(typed);
        assert_eq!(pty.wait_for_exit().code(), Some(code), "{}", pty.text());
    }
    assert!(!fixture.path("connections.d/spare.yaml").exists());
}

#[test]
fn add_asks_for_what_is_missing() {
    let fixture = Fixture::new();
    let mut pty = on_terminal(&fixture, &["add", "wiki"]);
    pty.wait_for("type:");
    pty.send("MCPStdio\r");
    pty.wait_for("command:");
    pty.send("uvx\r");
    assert!(pty.wait_for_exit().success(), "{}", pty.text());
    assert_eq!(
        fixture.read("connections.d/wiki.yaml"),
        "type: dynamiq.connections.MCPStdio\ncommand: uvx\n"
    );
}
