//! Delete: a question where nothing uses the connection, a refusal where something does.

use super::*;

/// The project with the question open: the connection that nothing uses is to be deleted.
fn asked() -> Session {
    let mut session = project();
    session
        .keys("Gd")
        .sees("Delete unused?")
        .sees("No workflow uses `unused`");
    session
}

const UNUSED_FILE: &str = "connections.d/unused.yaml";

#[test]
fn the_question_has_its_focus_on_cancel() {
    for keys in ["<enter>", "<esc>", "n", "q", "<right><enter>"] {
        let mut session = asked();
        session.keys(keys).sees_no("Delete unused?");
        assert_eq!(session.read(UNUSED_FILE), UNUSED, "{keys}");
    }
}

#[test]
fn y_deletes_and_u_brings_back_byte_for_byte() {
    for keys in ["y", "<left><enter>"] {
        let mut session = asked();
        let path = session.directory.path().join(UNUSED_FILE);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
        session.outside(|_| {}).keys(keys);
        assert!(!session.exists(UNUSED_FILE), "{}", session.screen());
        session.sees("u brings it back").sees_no("Anthropic");
        session.wake_all().sees("u undo");
        session
            .keys("u")
            .sees("undo: delete `unused`, just now")
            .sees("┌ connections.d/unused.yaml ─");
        assert_eq!(session.read(UNUSED_FILE), UNUSED);
        assert_eq!(session.mode(UNUSED_FILE), 0o604);
        // There is no more to bring back.
        session.keys("u").sees("there is nothing to take back");
    }
}

#[test]
fn several_deletes_come_back_one_after_the_other() {
    let mut session = Session::new(&[
        ("connections.d/a.yaml", "type: x.A\n"),
        ("connections.d/b.yaml", "type: x.B\r\n# no end"),
        ("connections.d/broken.yaml", "a: [\n"),
        ("workflows/w.yaml", AGENT),
    ]);
    let before = session.files();
    session.keys("dy").keys("dy").keys("dy");
    assert_eq!(session.files().len(), 1);
    session.keys("uuu");
    assert_eq!(session.files(), before);
}

#[test]
fn bringing_back_never_overwrites() {
    let mut session = asked();
    session
        .keys("y")
        .outside(|dir| write(dir, UNUSED_FILE, "type: x.New\n"));
    session
        .keys("u")
        .sees("Can't undo: delete `unused`")
        .sees("already exists")
        .keys("<esc>");
    assert_eq!(session.read(UNUSED_FILE), "type: x.New\n");
    session.outside(|dir| fs::remove_file(dir.join(UNUSED_FILE)).unwrap());
    session.keys("u");
    assert_eq!(session.read(UNUSED_FILE), UNUSED);
}

#[test]
fn what_is_used_is_not_deleted_and_every_use_is_listed() {
    let mut session = project();
    let before = session.files();
    session
        .keys("d")
        .sees("Can't delete openai-prod")
        .sees("used in 2 places in 2 files")
        .sees("Nothing was touched")
        .sees("workflows/agent.yaml:6:19 nodes.agent.llm.connection")
        .sees("deployments/live.yaml:2:33 requirements.llm")
        .sees("Scanned 2 files in workflows, deployments");
    // No key but these deletes it.
    session.keys("yY<left><enter><right><enter>y<del>d");
    assert_eq!(session.files(), before);
}

#[test]
fn enter_opens_a_use_in_the_editor_and_scans_again() {
    let mut session = project();
    session.keys("d<down><enter>");
    assert_eq!(session.editor_opened(), Some("workflows/agent.yaml:6:19"));
    session.sees("Can't delete openai-prod").keys("<up><enter>");
    assert_eq!(session.editor_opened(), Some("deployments/live.yaml:2:33"));
}

#[test]
fn after_mending_r_scans_again_and_the_delete_goes_through() {
    let mut session = project();
    session.keys("jd").sees("Can't delete qdrant");
    session.behind(|dir| write(dir, "workflows/agent.yaml", &AGENT.replace("qdrant", "x")));
    session.keys("r").sees("Delete qdrant?").keys("y");
    assert!(!session.exists("connections.d/qdrant.yaml"));
}

#[test]
fn a_long_list_of_uses_scrolls() {
    let mut workflow = "nodes:\n".to_owned();
    for number in 0..200 {
        writeln!(workflow, "  n{number}: {{connection: unused}}").unwrap();
    }
    let mut session = asked();
    session
        .keys("<esc>")
        .outside(|dir| write(dir, "workflows/many.yaml", &workflow));
    session.keys("d").sees("200 places in 1 file").sees("below");
    for _ in 0..250 {
        session.keys("<down>");
    }
    session
        .sees("nodes.n199.connection")
        .sees("› workflows/many.yaml:201")
        .keys("<enter>");
    assert!(
        session
            .editor_opened()
            .unwrap()
            .starts_with("workflows/many.yaml:201:")
    );
}

/// Anything that can't be decided blocks, whatever the connection is called.
#[test]
fn what_cannot_be_verified_blocks() {
    for (name, text) in [
        ("broken.yaml", "nodes: {a: {connection: unused\n"),
        (
            "missing.yaml",
            "nodes: {a: {connection: \"${missing.key}\"}}\n",
        ),
        (
            "cycle.yaml",
            "a: ${b}\nb: ${a}\nnodes: {n: {connection: \"${a}\"}}\n",
        ),
        (
            "resolver.yaml",
            "nodes: {n: {connection: \"${my.resolver:1}\"}}\n",
        ),
    ] {
        let mut session = project();
        session.outside(|dir| write(dir, &format!("workflows/{name}"), text));
        let before = session.files();
        session
            .keys("Gd")
            .sees("Can't delete unused")
            .sees("can't be verified")
            .sees(name);
        session.keys("y<enter>");
        assert_eq!(session.files(), before, "{name}");
        assert!(
            session
                .editor_opened()
                .unwrap()
                .starts_with(&format!("workflows/{name}:")),
            "{:?}",
            session.editor_opened()
        );
        session.keys("<esc>").outside(|dir| {
            fs::remove_file(dir.join("workflows").join(name)).unwrap();
        });
        session.keys("dy");
        assert!(!session.exists(UNUSED_FILE));
    }
}

#[test]
fn what_is_possible_blocks_and_says_on_which_variable_it_depends() {
    let mut session = project();
    session.outside(|dir| {
        let text = "nodes: {n: {connection: \"un${oc.env:WHICH}\"}}\n";
        write(dir, "workflows/maybe.yaml", text);
    });
    session
        .keys("Gd")
        .sees("Can't delete unused")
        .sees("Possibly used by")
        .sees("WHICH")
        .keys("y");
    assert!(session.exists(UNUSED_FILE));
}

#[test]
fn every_form_of_a_reference_blocks() {
    for text in [
        "nodes: {n: {connection: unused}}",
        "nodes: {n: {connection: 'unused'}}",
        "nodes: {n: {connection: \"un\\u0075sed\"}}",
        "nodes: {n: {connection_id: unused}}",
        "nodes: {n: {connections: [other, unused]}}",
        "nodes: {n: {anything: {$type: connection, $id: unused}}}",
        "a: &x unused\nnodes: {n: {connection: *x}}",
        "a: &x {connection: unused}\nnodes: {n: {<<: *x}}",
        "nodes: {n: {connection: \"${oc.env:WHICH,unused}\"}}",
        "nodes: {n: {url: \"${connections.unused.url}\"}}",
        "name: unused\nnodes: {n: {connection: \"${name}\"}}",
        "{\"nodes\": {\"n\": {\"connection\": \"unused\"}}}",
        "--- {a: 1}\n--- {connection: unused}\n",
    ] {
        let mut session = project();
        session.outside(|dir| write(dir, "deployments/x.yaml", text));
        session
            .keys("Gd")
            .sees("Can't delete unused")
            .keys("y<enter>");
        assert!(session.exists(UNUSED_FILE), "{text}");
        let opened = session.editor_opened().unwrap();
        assert!(
            opened.starts_with("deployments/x.yaml:"),
            "{text}: {opened}"
        );
    }
}

#[test]
fn what_only_looks_like_a_reference_does_not_block() {
    let text = "# connection: unused\nnodes:\n  n:\n    prompt: 'connection: unused'\n    \
                description: unused\n    unused: {connection: other}\n";
    let mut session = project();
    session.outside(|dir| write(dir, "workflows/x.yaml", text));
    session.keys("Gdy");
    assert!(!session.exists(UNUSED_FILE));
}

#[test]
fn local_definitions_are_named_and_do_not_block() {
    let text = "connections:\n  unused: {type: dynamiq.connections.OpenAI}\n\
                nodes:\n  n: {connection: unused}\n";
    let mut session = project();
    session.outside(|dir| write(dir, "workflows/own.yaml", text));
    session
        .keys("Gd")
        .sees("Defined locally, so not this one: workflows/own.yaml")
        .keys("y");
    assert!(!session.exists(UNUSED_FILE));
}

#[test]
fn without_workflows_the_question_says_so() {
    let mut session = Session::new(&[("connections.d/a.yaml", UNUSED)]);
    session
        .keys("d")
        .sees("Delete a?")
        .sees("No workflow was scanned");
    session.keys("<enter>");
    assert!(session.exists("connections.d/a.yaml"));
}

#[test]
fn links_that_lead_out_are_named() {
    let outside = TempDir::new().unwrap();
    write(outside.path(), "w.yaml", "connection: unused\n");
    let mut session = project();
    session.outside(|dir| {
        std::os::unix::fs::symlink(outside.path(), dir.join("workflows/out")).unwrap();
    });
    session.keys("Gd").sees("Not scanned: workflows/out");
}

#[test]
fn excluded_files_are_named() {
    let mut session = project();
    session.behind(|dir| {
        write(dir, "conndeck.yaml", "exclude: [old]\n");
        write(dir, "workflows/old/w.yaml", "connection: unused\n");
    });
    let mut session = session.restart();
    session
        .keys("Gd")
        .sees("Delete unused?")
        .sees("Excluded: workflows/old");
}

// -- time

#[test]
fn the_delete_cannot_be_confirmed_before_the_scan_has_answered() {
    let mut session = project();
    session.keys("G").hold().keys("d").sees("looking for uses");
    session.keys("y<left><enter>y").sees("looking for uses");
    assert!(session.exists(UNUSED_FILE));
    session
        .release()
        .sees("Delete unused?")
        .sees("No workflow uses `unused`");
    assert!(session.exists(UNUSED_FILE));
}

#[test]
fn a_scan_that_is_cancelled_says_nothing_later() {
    let mut session = project();
    session
        .keys("Gj")
        .hold()
        .keys("d<esc>")
        .sees_no("Delete unused?");
    session
        .release()
        .sees_no("Delete unused?")
        .sees_no("cancelled");
}

#[test]
fn the_answer_of_an_older_scan_is_dropped() {
    let mut session = project();
    session.keys("G").hold().keys("d<esc>");
    session.keys("g").keys("d");
    session
        .release()
        .sees("Can't delete openai-prod")
        .sees_no("unused?");
}

#[test]
fn a_workflow_that_changes_while_the_question_is_open_starts_it_again() {
    let mut session = asked();
    session.hold().outside(|dir| {
        write(
            dir,
            "workflows/new.yaml",
            "nodes: {n: {connection: unused}}\n",
        );
    });
    // Until the new scan has answered nothing can be confirmed.
    session.sees("looking for uses").keys("y");
    session
        .release()
        .sees("Can't delete unused")
        .sees("workflows/new.yaml:1:25");
    assert!(session.exists(UNUSED_FILE));
}

#[test]
fn a_workflow_that_uses_it_between_answer_and_y_is_found() {
    let mut session = asked();
    // Nobody has told the program yet.
    session.behind(|dir| {
        write(
            dir,
            "workflows/new.yaml",
            "nodes: {n: {connection: unused}}\n",
        );
    });
    session
        .keys("y")
        .sees("Can't delete unused")
        .sees("workflows/new.yaml:1:25");
    assert!(session.exists(UNUSED_FILE));
}

#[test]
fn a_connection_that_changes_before_y_is_not_deleted() {
    let mut session = asked();
    session.behind(|dir| write(dir, UNUSED_FILE, "type: x.Other\n"));
    session
        .keys("y")
        .sees("was not deleted")
        .sees("has changed on disk")
        .keys("<esc>");
    assert_eq!(session.read(UNUSED_FILE), "type: x.Other\n");
    // It was read again: the next question is about what is there now.
    session.sees("Other").keys("dy");
    assert!(!session.exists(UNUSED_FILE));
}

#[test]
fn a_connection_that_goes_before_y_is_told() {
    let mut session = asked();
    session.behind(|dir| fs::remove_file(dir.join(UNUSED_FILE)).unwrap());
    session
        .keys("y")
        .sees("was not deleted")
        .sees("no longer there")
        .keys("<esc>");
    session.sees_no("Anthropic");
}

#[test]
fn a_delete_that_is_under_way_is_not_asked_again() {
    let mut session = asked();
    session.hold().keys("y").sees("deleting").keys("yy");
    assert_eq!(session.held.as_ref().unwrap().len(), 1);
    session.release();
    assert!(!session.exists(UNUSED_FILE));
}

#[test]
fn the_panel_deletes_too() {
    let mut session = project();
    session.keys("G<tab>d").sees("Delete unused?").keys("y");
    assert!(!session.exists(UNUSED_FILE));
}

#[test]
fn a_broken_file_can_be_deleted() {
    let mut session = project();
    session.outside(|dir| write(dir, "connections.d/zz.yaml", "a: [\n"));
    session.keys("Gd").sees("Delete zz?").keys("y");
    assert!(!session.exists("connections.d/zz.yaml"));
    session.keys("u");
    assert_eq!(session.read("connections.d/zz.yaml"), "a: [\n");
}
