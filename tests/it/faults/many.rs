//! Many programs on one store at the same time: every change is there at the end.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Stdio};

use crate::cli::Fixture;
use crate::pty::Pty;

/// So many set a field of the same file.
const SETTERS: usize = 200;

/// So many each of the others come in between.
const OTHERS: usize = 10;

const CTRL_S: &str = "\x13";

fn start(fixture: &Fixture, arguments: &[&str]) -> Child {
    fixture
        .command(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The interface with the form of `shared` open, whose name is selected.
fn form_of_shared(fixture: &Fixture) -> Pty {
    let directory = fixture.path("connections.d");
    let workflows = fixture.path("workflows");
    let arguments = ["--dir".into(), directory, "--workflows".into(), workflows];
    let environment = [("XDG_STATE_HOME", &*fixture.path("state"))];
    let mut pty = Pty::conndeck(&arguments, (100, 30), &environment);
    pty.wait_for("shared");
    pty.send("/shared\r");
    pty.wait_until("only one is left", |pty| !pty.text().contains("old-0"));
    pty.send("\r");
    pty.wait_for("Edit shared");
    pty
}

#[test]
fn two_hundred_programs_and_an_open_form_lose_nothing() {
    let fixture = Fixture::empty();
    fixture.write("connections.d/shared.yaml", "# kept\ntype: x.Y\n");
    for number in 0..OTHERS {
        let text = format!("type: x.Y\nnumber: {number}\n");
        fixture.write(&format!("connections.d/old-{number}.yaml"), &text);
        fixture.write(&format!("connections.d/before-{number}.yaml"), &text);
        let uses = format!("nodes:\n  n: {{connection: before-{number}}}\n");
        fixture.write(&format!("workflows/w{number}.yaml"), &uses);
    }
    let mut pty = form_of_shared(&fixture);
    let mut children = Vec::new();
    let mut begin = |arguments: &[&str]| {
        let name = arguments.join(" ");
        children.push((name, start(&fixture, arguments)));
    };
    for number in 0..SETTERS {
        let field = format!("field_{number}");
        begin(&["set", "shared", &field, &format!("value {number}")]);
        let other = number / (SETTERS / OTHERS);
        match number % (SETTERS / OTHERS) {
            0 => begin(&["add", &format!("new-{other}"), "--type", "OpenAI"]),
            4 => begin(&["rm", &format!("old-{other}"), "--yes"]),
            8 => begin(&[
                "rename",
                &format!("before-{other}"),
                &format!("after-{other}"),
            ]),
            _ => {}
        }
        if number == SETTERS / 2 {
            pty.send(format!("named here{CTRL_S}"));
        }
    }
    for (name, child) in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        // A rename is of a plan, and one that others have made another is refused: tried again.
        let is_plan = name.starts_with("rename") && output.status.code() == Some(5);
        assert!(
            output.status.success() || is_plan,
            "{name}: {}: {said}",
            output.status
        );
        if is_plan {
            let arguments: Vec<&str> = name.split(' ').collect();
            fixture.run(&arguments).exits(0);
        }
    }
    // Its word for it may be gone from the screen by now.
    pty.wait_until("the form was saved", |_| {
        fixture
            .read("connections.d/shared.yaml")
            .contains("name: named here\n")
    });
    let text = fixture.read("connections.d/shared.yaml");
    assert!(text.starts_with("# kept\n"), "{text}");
    for number in 0..SETTERS {
        let line = format!("field_{number}: value {number}\n");
        assert_eq!(text.matches(&line).count(), 1, "{line}");
    }
    let names: BTreeSet<String> = fs::read_dir(fixture.path("connections.d"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut expected = BTreeSet::from(["shared.yaml".to_owned()]);
    for number in 0..OTHERS {
        expected.insert(format!("new-{number}.yaml"));
        expected.insert(format!("after-{number}.yaml"));
        let uses = format!("nodes:\n  n: {{connection: after-{number}}}\n");
        assert_eq!(fixture.read(&format!("workflows/w{number}.yaml")), uses);
    }
    assert_eq!(names, expected);
}

#[test]
fn two_screens_that_edit_one_file_lose_nothing() {
    let fixture = Fixture::empty();
    fixture.write(
        "connections.d/shared.yaml",
        "type: dynamiq.connections.OpenAI\nurl: https://a.example\n",
    );
    fixture.write("connections.d/old-0.yaml", "type: x.Y\n");
    let mut first = form_of_shared(&fixture);
    let mut second = form_of_shared(&fixture);
    first.send(format!("by the first{CTRL_S}"));
    first.wait_for("updated shared.yaml");
    // The name's field has changed since; this one's is the description, which stands below.
    second.send("\t\t\t\t");
    second.wait_until("a field has the focus", |pty| {
        pty.text().contains("› Description")
    });
    second.send(format!("by the second{CTRL_S}"));
    second.wait_for("updated shared.yaml");
    let text = fixture.read("connections.d/shared.yaml");
    for part in [
        "name: by the first",
        "description: by the second",
        "url: https://a.example",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
