//! Other programs change files meanwhile: the list follows, and nothing typed is lost.

use super::*;

const OPENAI_FILE: &str = "connections.d/openai-prod.yaml";

#[test]
fn new_changed_and_removed_files_show() {
    let mut session = project();
    session.outside(|dir| write(dir, "connections.d/aaa.yaml", "name: First\ntype: x.Y\n"));
    session.sees("First");
    session.outside(|dir| write(dir, "connections.d/aaa.yaml", "name: Second\ntype: x.Y\n"));
    session.sees("Second").sees_no("First");
    session.outside(|dir| fs::remove_file(dir.join("connections.d/aaa.yaml")).unwrap());
    session.sees_no("Second");
}

#[test]
fn the_cursor_stays_on_the_same_connection() {
    let mut session = project();
    session.keys("j").sees("┌ connections.d/qdrant.yaml ─");
    session.outside(|dir| {
        write(dir, "connections.d/a.yaml", UNUSED);
        write(dir, "connections.d/b.yaml", UNUSED);
    });
    session.sees("┌ connections.d/qdrant.yaml ─");
    session.outside(|dir| fs::remove_file(dir.join("connections.d/a.yaml")).unwrap());
    session.sees("┌ connections.d/qdrant.yaml ─");
    // Gone: the place stays.
    session.outside(|dir| fs::remove_file(dir.join("connections.d/qdrant.yaml")).unwrap());
    session.sees("┌ connections.d/unused.yaml ─");
}

#[test]
fn a_renamed_file_is_another_connection() {
    let mut session = project();
    session.outside(|dir| {
        let dir = dir.join("connections.d");
        fs::rename(dir.join("qdrant.yaml"), dir.join("zz.yaml")).unwrap();
    });
    session
        .keys("G")
        .sees("┌ connections.d/zz.yaml ─")
        .sees("Used by nothing");
}

#[test]
fn workflows_that_change_change_the_counts() {
    let mut session = project();
    session.sees("Used by 2 places in 2 files");
    session.outside(|dir| fs::remove_file(dir.join("workflows/agent.yaml")).unwrap());
    session.sees("Used by 1 place in 1 file");
    let path = session.directory.path().join("workflows/agent.yaml");
    session.behind(|dir| write(dir, "workflows/agent.yaml", AGENT));
    // The watcher names one file: only that one is read.
    session.send(Event::Changed(Changed::Workflow(path)));
    session.sees("Used by 2 places in 2 files");
}

#[test]
fn a_file_that_breaks_and_mends_shows_both() {
    let mut session = project();
    session.outside(|dir| write(dir, OPENAI_FILE, "type: [\n"));
    session
        .sees("✗ openai-prod.yaml")
        .sees("┌ connections.d/openai-prod.yaml ─");
    session.outside(|dir| write(dir, OPENAI_FILE, OPENAI));
    session.sees_no("✗").sees("OpenAI (prod");
}

#[test]
fn a_directory_that_goes_and_comes_back_shows_both() {
    let mut session = project();
    session.outside(|dir| {
        fs::rename(dir.join("connections.d"), dir.join("away")).unwrap();
    });
    session.sees("There is no").keys("<enter>dxe");
    session.outside(|dir| {
        fs::rename(dir.join("away"), dir.join("connections.d")).unwrap();
    });
    session.sees("OpenAI (prod");
}

// -- while a form is open

#[test]
fn a_clean_form_follows() {
    let mut session = project();
    session.keys("<enter>").go_to("url");
    session.outside(|dir| write(dir, OPENAI_FILE, &OPENAI.replace("/v1 ", "/v2 ")));
    session
        .sees("openai.com/v2")
        .sees("Edit openai-prod")
        .sees_no("another program");
    assert!(
        session.focused_line().contains("url"),
        "{}",
        session.screen()
    );
    session.keys("<c-s>").sees("nothing was changed");
}

#[test]
fn a_changed_form_is_not_touched_and_saving_merges() {
    let mut session = project();
    session.keys("<enter>!");
    let theirs = OPENAI.replace("/v1 ", "/v2 ").replace("Mondays", "Fridays");
    session.outside(|dir| write(dir, OPENAI_FILE, &theirs));
    session
        .sees("(production)!")
        .sees("changed by another program")
        .sees("openai.com/v1");
    session.keys("<c-s>").sees("updated openai-prod.yaml");
    assert_eq!(
        session.read(OPENAI_FILE),
        theirs.replace("(production)", "(production)!")
    );
}

#[test]
fn a_change_that_nobody_has_told_merges_too() {
    let mut session = project();
    session.keys("<enter>!");
    let theirs = format!("{OPENAI}description: Theirs.\n");
    session
        .behind(|dir| write(dir, OPENAI_FILE, &theirs))
        .keys("<c-s>");
    assert_eq!(
        session.read(OPENAI_FILE),
        theirs.replace("(production)", "(production)!")
    );
}

#[test]
fn the_same_change_on_both_sides_is_no_clash() {
    let mut session = project();
    session.keys("<enter>!");
    let theirs = OPENAI.replace("(production)", "(production)!");
    session
        .behind(|dir| write(dir, OPENAI_FILE, &theirs))
        .keys("<c-s>");
    session.sees_no("both sides").sees_no("Edit openai-prod");
    assert_eq!(session.read(OPENAI_FILE), theirs);
}

#[test]
fn a_file_that_cannot_be_read_any_more_is_not_overwritten() {
    let mut session = project();
    session
        .keys("<enter>!")
        .outside(|dir| write(dir, OPENAI_FILE, "type: [\n"));
    session
        .sees("can't be read")
        .keys("<c-s>")
        .sees("your edits are kept")
        .keys("<esc>");
    assert_eq!(session.read(OPENAI_FILE), "type: [\n");
    session
        .outside(|dir| write(dir, OPENAI_FILE, OPENAI))
        .keys("<c-s>");
    assert!(session.read(OPENAI_FILE).contains("(production)!"));
}

#[test]
fn a_new_connection_is_not_touched_by_changes() {
    let mut session = project();
    session.keys("nAcme<tab>openai<enter>");
    session.outside(|dir| {
        write(dir, "connections.d/aaa.yaml", UNUSED);
        fs::remove_file(dir.join(OPENAI_FILE)).unwrap();
    });
    session.sees("Acme").keys("<c-s>");
    assert!(session.exists("connections.d/acme.yaml"));
}

#[test]
fn an_id_that_is_taken_meanwhile_is_refused() {
    let mut session = project();
    session.keys("nAcme<tab>openai<enter>");
    session.outside(|dir| write(dir, "connections.d/acme.yaml", "type: x.Theirs\n"));
    session
        .keys("<c-s>")
        .sees("there is a connection `acme` already");
    assert_eq!(session.read("connections.d/acme.yaml"), "type: x.Theirs\n");
}

#[test]
fn polling_is_said() {
    let mut session = project();
    session
        .send(Event::Watching(crate::watch::Mode::Polling))
        .sees("polling for changes");
    let notified = Changed::Mode(crate::watch::Mode::Notified);
    session
        .send(Event::Changed(notified))
        .sees_no("polling for changes");
}

#[test]
fn an_editor_that_does_not_run_is_told() {
    let mut session = project();
    session.send(Event::EditorClosed(Err("`nope` was not found".to_owned())));
    session
        .sees("The editor did not run")
        .sees("`nope` was not found")
        .sees("$EDITOR");
}

#[test]
fn a_description_of_several_lines_is_no_clash() {
    let before = format!("{OPENAI}description: |\n  one\n  two\n");
    let mut session = project();
    session.outside(|dir| write(dir, OPENAI_FILE, &before));
    session.keys("<enter>").go_to("Description").keys("!");
    session.behind(|dir| write(dir, OPENAI_FILE, &before.replace("/v1 ", "/v2 ")));
    session
        .keys("<c-s>")
        .sees("updated openai-prod.yaml")
        .sees_no("both sides");
    let after = session.read(OPENAI_FILE);
    let expected = before
        .replace("/v1 ", "/v2 ")
        .replace("  two\n", "  two!\n");
    assert_eq!(after, expected);
}

/// A directory that can't be read is told once, and again when somebody asks.
#[test]
fn a_store_that_can_not_be_read_is_told_once() {
    let mut session = project();
    let failed = |why: &str| Event::Loaded(Err(anyhow::anyhow!("{why}")));
    session
        .send(failed("no permission"))
        .sees("The connections can't be read")
        .sees("no permission")
        .keys("<esc>")
        .sees_no("no permission");
    session
        .send(failed("no permission"))
        .sees_no("no permission")
        .sees("can't be read; F5 tries again");
    session
        .send(failed("another reason"))
        .sees("another reason");
    session.keys("<esc>").hold().keys("<f5>");
    session
        .send(failed("another reason"))
        .sees("another reason");
    // What somebody is asked is not pushed aside.
    session
        .release()
        .keys("<esc>?")
        .send(failed("a third reason"));
    session.sees("Help").sees_no("a third reason").keys("<esc>");
    session
        .send(Event::Changed(Changed::Store))
        .sees_no("can't be read");
}

#[test]
fn a_file_that_the_watcher_names_is_read_and_shown() {
    let mut session = project();
    session.sees("OpenAI (pr");
    session.behind(|dir| {
        let path = dir.join("connections.d/unused.yaml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text + "name: Named outside\n").unwrap();
        fs::write(dir.join("connections.d/z-new.yaml"), OPENAI).unwrap();
    });
    let changed = |name: &str| Event::Changed(Changed::Connection(name.into()));
    session.send(changed("unused.yaml")).sees("Named outside");
    session.sees_no("z-new");
    session.send(changed("z-new.yaml"));
    assert_eq!(session.app.list.entries().len(), 4);
    session.behind(|dir| fs::remove_file(dir.join("connections.d/unused.yaml")).unwrap());
    session
        .send(changed("unused.yaml"))
        .sees_no("Named outside");
}

#[test]
fn what_is_named_while_the_store_is_read_is_read_afterwards() {
    let mut session = project();
    session.hold().keys("<f5>");
    session.behind(|dir| {
        let path = dir.join("connections.d/unused.yaml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text + "name: Named outside\n").unwrap();
    });
    let changed = |name: &str| Event::Changed(Changed::Connection(name.into()));
    session
        .send(changed("unused.yaml"))
        .send(changed("other.yaml"));
    session.release().sees("Named outside");
}
