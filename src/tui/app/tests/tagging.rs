//! Tags: of one connection, of all marked ones, together and back.

use super::*;

const A: &str = "# a\nname: A\ntags: [prod, llm]  # why\ntype: dynamiq.connections.OpenAI\n";
const B: &str = "name: B\ntags: prod\ntype: dynamiq.connections.OpenAI\n";
const C: &str = "name: C\ntype: dynamiq.connections.OpenAI\n";

fn three() -> Session {
    Session::new(&[
        ("connections.d/a.yaml", A),
        ("connections.d/b.yaml", B),
        ("connections.d/c.yaml", C),
    ])
}

#[test]
fn tags_of_all_marked_change_together_and_come_back_together() {
    let mut session = three();
    let before = session.files();
    session.keys("*t").sees("Tags of 3 connections");
    session
        .sees("[-] llm")
        .sees("1 of 3")
        .sees("[-] prod")
        .sees("2 of 3");
    session.sees("nothing changes yet");
    // llm goes everywhere, prod comes everywhere.
    session.keys("<space><space>").sees("[ ] llm").sees("-1");
    session.keys("<down><space>").sees("[x] prod").sees("+1");
    session.sees("2 connections will change");
    session
        .keys("<enter>")
        .sees("tagged 2 connections; u takes it back");
    assert_eq!(
        session.read("connections.d/a.yaml"),
        A.replace("[prod, llm]", "[prod]")
    );
    assert_eq!(session.read("connections.d/b.yaml"), B);
    assert_eq!(
        session.read("connections.d/c.yaml"),
        C.replace("name: C\n", "name: C\ntags:\n  - prod\n")
    );
    session.keys("u").sees("undo: tag 2 connections");
    assert_eq!(session.files(), before);
}

#[test]
fn a_text_that_is_no_tag_yet_becomes_one() {
    let mut session = three();
    session.keys("Gt").sees("Tags of c").sees("[ ] prod");
    session
        .keys("pro")
        .sees("[ ] prod")
        .sees("[ ] pro a new tag");
    session
        .keys("<bs><bs><bs>new")
        .sees("[ ] new a new tag")
        .sees("choose");
    session
        .keys("<enter>")
        .sees("[x] new")
        .sees("1 connection will change");
    session.keys("<enter>").sees("tagged 1 connection");
    assert_eq!(
        session.read("connections.d/c.yaml"),
        C.replace("name: C\n", "name: C\ntags:\n  - new\n")
    );
    session.keys("t").sees("[x] new").keys("<esc>");
    // Typed, chosen, written: nothing in between is lost.
    session
        .keys("ggtx,y")
        .sees("a tag has no comma")
        .keys("<esc>");
    session.keys("tLLM").sees("[ ] LLM a new tag").keys("<esc>");
    session.keys("tprod<enter>").sees("-1").keys("<enter>");
    assert_eq!(
        session.read("connections.d/a.yaml"),
        A.replace("[prod, llm]", "[llm]")
    );
}

#[test]
fn a_tag_goes_round_to_what_the_files_say() {
    let mut session = three();
    session.keys("*t");
    for shown in ["[x] llm", "[ ] llm", "[-] llm"] {
        session.keys("<space>").sees(shown);
    }
    session.sees("nothing changes yet");
    let before = session.files();
    session.keys("<enter>").sees("no tags were changed");
    assert_eq!(session.files(), before);
    session
        .keys("<esc>t")
        .sees("[x] llm")
        .keys("<space>")
        .sees("[ ] llm");
    session
        .keys("<space>")
        .sees("[x] llm")
        .sees("nothing changes yet");
}

#[test]
fn what_cannot_be_changed_is_named_and_the_others_are() {
    let mut session = three();
    session
        .outside(|dir| {
            write(
                dir,
                "connections.d/d.yaml",
                "type: x\ntags: ${oc.env:TAGS}\n",
            );
            write(dir, "connections.d/e.yaml", "a: [\n");
            let anchored = "type: x\ntags: &t [prod]\nother: *t\n";
            write(dir, "connections.d/f.yaml", anchored);
        })
        .keys("*t");
    session.sees("d stays as it is: its tags are an expression");
    session.sees("e stays as it is");
    let before = session.files();
    // That an edit would change another place is known only when it is tried.
    session
        .keys("prod<space>")
        .sees("[x] prod")
        .keys("<bs><bs><bs><bs>new<space><enter>");
    session
        .sees("nothing was written: see below")
        .sees("f stays as it is");
    assert_eq!(session.files(), before);
    session.keys("<enter>").sees("tagged 3 connections");
    assert!(session.read("connections.d/b.yaml").contains("new"));
    assert!(!session.read("connections.d/f.yaml").contains("new"));
    session.keys("u");
    assert_eq!(session.files(), before);
}

#[test]
fn one_that_cannot_be_changed_says_why() {
    let mut session = three();
    session
        .outside(|dir| write(dir, "connections.d/d.yaml", "a: [\n"))
        .keys("Gt");
    session
        .sees("The tags of this file can't be changed here")
        .keys("<esc>");
    session.keys(":tags of").sees("not now: ").keys("<esc>");
}

#[test]
fn hidden_marks_are_counted() {
    let mut session = three();
    session.keys("*/B<enter>t");
    session.sees("! 3 marked, 2 not shown in the list");
}

#[test]
fn nothing_is_written_if_one_has_changed_meanwhile_and_the_choice_stays() {
    let mut session = three();
    session
        .keys("*tnew<enter>")
        .sees("[x] new")
        .sees("3 connections will change");
    session.behind(|dir| write(dir, "connections.d/c.yaml", "name: D\ntype: x\n"));
    let before = session.files();
    session.keys("<enter>");
    session.sees("c.yaml` has changed since this was planned; nothing was written");
    assert_eq!(session.files(), before);
    session
        .sees("[x] new")
        .keys("<enter>")
        .sees("tagged 3 connections");
    assert!(
        session
            .read("connections.d/c.yaml")
            .starts_with("name: D\ntags:\n  - new\n")
    );
}

#[test]
fn what_changes_while_the_choice_is_open_is_seen_there() {
    let mut session = three();
    session.keys("*t").sees("1 of 3");
    session.outside(|dir| write(dir, "connections.d/c.yaml", "tags: [llm, late]\ntype: x\n"));
    session.sees("[-] late").sees("2 of 3");
    session.outside(|dir| fs::remove_file(dir.join("connections.d/c.yaml")).unwrap());
    session.sees("Tags of 2 connections").sees_no("late");
    session.outside(|dir| {
        fs::remove_file(dir.join("connections.d/a.yaml")).unwrap();
        fs::remove_file(dir.join("connections.d/b.yaml")).unwrap();
    });
    session.sees_no("Tags of");
}

#[test]
fn a_store_without_tags_says_so_and_pastes_are_tags() {
    let mut session = Session::new(&[("connections.d/c.yaml", C)]);
    session.keys("t").sees("no connection has a tag yet");
    session.paste("two words\n").sees("[ ] two words a new tag");
    session.keys("<enter><enter>");
    assert!(
        session
            .read("connections.d/c.yaml")
            .contains("- two words\n")
    );
}

#[test]
fn it_fits_every_screen() {
    for (width, height) in [(80, 24), (50, 15), (40, 10)] {
        let mut session = three().no_color().size(width, height);
        session
            .keys("*t")
            .sees("Tags of 3 connections")
            .sees("[-] prod");
        session
            .keys("<down><space>")
            .sees("[x] prod")
            .sees("1 connection will change");
        session.keys("<enter>").sees("connection; u takes it back");
    }
}

#[test]
fn tags_that_have_no_room_are_counted_and_reached() {
    let tags: Vec<String> = (10..60).map(|number| format!("tag-{number}")).collect();
    let text = format!("tags: [{}]\ntype: x\n", tags.join(", "));
    for (width, height) in [(80, 24), (50, 15), (40, 10)] {
        let mut session = Session::new(&[("connections.d/a.yaml", &text)]).size(width, height);
        session.keys("t").sees("tag-10").sees("↓ ");
        for tag in &tags {
            session.sees(tag).keys("<down>");
        }
        session
            .sees_no("↓ ")
            .keys("<space>")
            .sees("-1")
            .sees("1 connection will change");
        session
            .keys("<pgup><pgup>tag-1")
            .sees("tag-11")
            .sees_no("tag-20");
    }
}
