//! Taking back: saves and creations too, what an earlier run or the command line did, and never over
//! what somebody else has changed.

use super::*;
use crate::history::{self, Done};

const OPENAI_FILE: &str = "connections.d/openai-prod.yaml";

impl Session {
    /// What this session works on, as another program sees it.
    fn elsewhere(&self) -> Project {
        let state = ("XDG_STATE_HOME".into(), self.state.path().into());
        let base = self.directory.path().to_owned();
        Project::find(base, Wanted::default(), [state].into_iter()).unwrap()
    }

    /// Gives the first connection another URL by the form.
    fn save_url(&mut self, url: &str) -> &mut Self {
        self.keys("g<enter>").go_to("url").keys("<c-u>");
        self.keys(url)
            .keys("<c-s>")
            .sees("updated openai-prod.yaml")
    }

    fn entries(&self) -> usize {
        history::list(&self.elsewhere()).entries.len()
    }
}

#[test]
fn a_save_goes_back_byte_for_byte_after_a_restart_too() {
    for restarts in [false, true] {
        let mut session = project();
        session.save_url("https://eu.example/v1");
        assert_ne!(session.read(OPENAI_FILE), OPENAI);
        if restarts {
            session = session.restart();
        }
        session
            .wake_all()
            .sees("u undo")
            .keys("u")
            .sees("undo: save `openai-prod`, just now");
        assert_eq!(session.read(OPENAI_FILE), OPENAI);
        session.wake_all().sees_no("u undo");
        assert_eq!(session.entries(), 0);
    }
}

#[test]
fn a_wide_footer_names_what_goes_back() {
    let mut session = project().size(140, 30);
    session
        .keys("Gdy")
        .wake_all()
        .sees("u undo: delete `unused`");
    session.keys("n").sees_no("undo: delete");
    let mut session = project();
    session.keys("Gdy").wake_all().sees("u undo").sees("q quit");
}

#[test]
fn deletes_renames_and_saves_of_an_earlier_run_come_back_in_turn() {
    let mut session = project();
    let before = session.files();
    session.save_url("https://eu.example/v1");
    session.keys("gr<c-u>oai<enter>y").sees("renamed");
    session.keys("Gdy").sees("deleted unused");
    session = session.restart();
    session.keys("u").sees("undo: delete `unused`");
    session = session.restart();
    session
        .keys("u")
        .sees("undo: rename `openai-prod` to `oai`");
    session.keys("u").sees("undo: save `openai-prod`");
    assert_eq!(session.files(), before);
    session.keys("u").sees("there is nothing to take back");
}

#[test]
fn a_creation_goes_back_unless_it_is_used_by_now() {
    let mut session = project();
    let before = session.files();
    session.keys("nNew one<tab>OpenAI<enter><c-s>");
    assert!(
        session.exists("connections.d/new-one.yaml"),
        "{}",
        session.screen()
    );
    let workflow = "nodes: {n: {connection: new-one}}\n";
    session.behind(|dir| write(dir, "workflows/late.yaml", workflow));
    session
        .keys("u")
        .sees("Can't undo: create `new-one`")
        .sees("workflows/late.yaml:1:25")
        .sees("Nothing was touched")
        .keys("<esc>");
    assert!(session.exists("connections.d/new-one.yaml"));
    session.behind(|dir| fs::remove_file(dir.join("workflows/late.yaml")).unwrap());
    session.keys("u").sees("undo: create `new-one`");
    assert_eq!(session.files(), before);
}

#[test]
fn an_outside_change_is_never_overwritten() {
    let mut session = project();
    session.save_url("https://eu.example/v1");
    let saved = session.read(OPENAI_FILE);
    session.behind(|dir| write(dir, OPENAI_FILE, "type: x.Other\n"));
    session
        .keys("u")
        .sees("Can't undo: save `openai-prod`")
        .sees("connections.d/openai-prod.yaml` has changed since")
        .sees("Nothing was touched")
        .keys("<esc>");
    assert_eq!(session.read(OPENAI_FILE), "type: x.Other\n");
    session.outside(|dir| write(dir, OPENAI_FILE, &saved));
    session.keys("u").sees("undo: save");
    assert_eq!(session.read(OPENAI_FILE), OPENAI);
}

/// The command line has deleted a connection.
fn delete_elsewhere(session: &Session, id: &str) {
    let project = session.elsewhere();
    let snapshot = project.store.load(None).unwrap();
    let file = snapshot
        .get(&crate::connection::ConnectionId::new(id))
        .unwrap();
    let deleted = project.store.delete(file).unwrap();
    history::record(&project, Done::Deleted(vec![deleted]));
}

#[test]
fn what_the_command_line_did_is_offered() {
    let mut session = project();
    let before = session.files();
    session.sees_no("u undo");
    delete_elsewhere(&session, "unused");
    session.outside(|_| {}).sees("u undo").keys("u");
    session
        .sees("undo: delete `unused`")
        .sees("┌ connections.d/unused.yaml ─");
    assert_eq!(session.files(), before);
}

#[test]
fn what_was_done_since_comes_first_and_is_named_before() {
    let mut session = project();
    session.save_url("https://eu.example/v1");
    let saved = session.read(OPENAI_FILE);
    // Nobody has told the program yet.
    delete_elsewhere(&session, "unused");
    session
        .keys("u")
        .sees("something else was done since")
        .sees("u takes back now: delete `unused`")
        .keys("<esc>");
    assert_eq!(session.read(OPENAI_FILE), saved);
    assert!(!session.exists("connections.d/unused.yaml"));
    session.keys("u").sees("undo: delete `unused`");
    session.keys("u").sees("undo: save `openai-prod`");
}

#[test]
fn what_another_program_has_taken_back_is_gone() {
    let mut session = project();
    session.save_url("https://eu.example/v1");
    let project = session.elsewhere();
    let last = history::last(&project).unwrap();
    history::forget(&last).unwrap();
    let saved = session.read(OPENAI_FILE);
    session
        .keys("u")
        .sees("it was taken back already")
        .keys("<esc>");
    assert_eq!(session.read(OPENAI_FILE), saved);
    session.keys("u").sees("there is nothing to take back");
}

#[test]
fn one_press_too_many_while_it_works_does_nothing() {
    let mut session = project();
    session
        .save_url("https://eu.example/v1")
        .save_url("https://us.example/v1");
    session.hold().keys("uuu");
    assert_eq!(session.held.as_ref().unwrap().len(), 1);
    session.release();
    assert!(session.read(OPENAI_FILE).contains("eu.example"));
    assert_eq!(session.entries(), 1);
}

#[test]
fn turned_off_it_lasts_as_long_as_the_program() {
    let mut session = project().environment(&[("CONNDECK_UNDO_HISTORY", "false")]);
    let before = session.files();
    session.save_url("https://eu.example/v1").keys("Gdy");
    assert_eq!(fs::read_dir(session.state.path()).unwrap().count(), 0);
    session.keys("uu");
    assert_eq!(session.files(), before);
    session.keys("Gdy");
    let mut session = session.restart();
    session
        .sees_no("u undo")
        .keys("u")
        .sees("there is nothing to take back");
}

#[test]
fn a_history_that_cannot_be_written_is_said_once_and_u_still_works() {
    let mut session = project();
    let before = session.files();
    write(session.state.path(), "conndeck", "a file is in the way");
    session
        .keys("Gdy")
        .sees("The undo history can't be written")
        .keys("<esc>");
    session.save_url("https://eu.example/v1");
    session.keys("uu");
    assert_eq!(session.files(), before);
}

#[test]
fn no_text_of_a_file_is_in_debug_output() {
    let mut session = project();
    session.save_url("https://canary.example/v1").keys("Gdyuu");
    let log = session.log.replace("Paste", "");
    for canary in ["canary.example", "Rotated on Mondays", "Nobody uses it"] {
        assert!(!log.contains(canary), "{canary}");
    }
}
