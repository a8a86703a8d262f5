//! What was typed and not saved outlives the program, and is offered at the next start.

use super::*;
use proptest::prelude::*;

const OPENAI_FILE: &str = "connections.d/openai-prod.yaml";

impl Session {
    /// The drafts on disk, each with all its bytes.
    fn drafts(&self) -> Vec<(std::path::PathBuf, String)> {
        let mut drafts = Vec::new();
        let stores = fs::read_dir(self.state.path().join("conndeck/drafts"));
        for store in stores.into_iter().flatten() {
            for file in fs::read_dir(store.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let bytes = fs::read(&path).unwrap();
                drafts.push((path, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        drafts
    }

    fn is_draft_due(&self) -> bool {
        self.wakes.contains(&Wake::KeepDraft)
    }

    /// The program is killed: what is on disk is all there is.
    fn killed(self) -> Self {
        self.restart()
    }

    /// The time comes that a draft is kept at.
    fn keep(&mut self) -> &mut Self {
        assert!(self.is_draft_due());
        self.later(Wake::KeepDraft)
    }

    /// The program is asked to end, as by a hang-up.
    fn ended(mut self) -> Self {
        self.send(Event::EndRequested);
        assert!(self.has_quit);
        self.restart()
    }
}

#[test]
fn a_wake_up_is_asked_for_once_and_only_while_something_is_due() {
    let mut session = project();
    session.keys("jk/x<esc><tab><esc>");
    assert!(!session.is_draft_due());
    session.keys("<enter><tab><s-tab>");
    assert!(!session.is_draft_due());
    session.keys("x");
    assert!(session.is_draft_due());
    let asked = |session: &Session| session.log.matches("WakeAfter(KeepDraft").count();
    // A burst that never pauses does not put it off.
    session.keys("yz<bs>a<tab><s-tab>b");
    assert_eq!(asked(&session), 1);
    assert!(session.drafts().is_empty());
    session.keep();
    assert_eq!(session.drafts().len(), 1);
    session.keys("<tab><s-tab><home><end>");
    assert!(!session.is_draft_due());
    session.keys("c");
    assert_eq!(asked(&session), 2);
    // Within two seconds, the writing included.
    let delays: Vec<&str> = session
        .log
        .lines()
        .filter_map(|line| {
            line.strip_prefix("WakeAfter(KeepDraft, ")?
                .strip_suffix(')')
        })
        .collect();
    assert_eq!(delays, ["1.5s", "1.5s"]);
}

#[test]
fn a_killed_edit_is_offered_and_goes_on() {
    let mut session = project();
    session
        .keys("<enter>! <tab>")
        .go_to("url")
        .keys("/x")
        .keep();
    session.keys("lost");
    let mut session = session.killed().size(120, 40);
    session
        .sees("Unsaved edits")
        .sees("Your edit of `openai-prod`, just now: 2 fields (name, url).")
        .sees("Go on")
        .keys("g")
        .sees("Edit openai-prod")
        .sees("(production)!")
        .sees("/v1/x")
        .sees_no("lost");
    assert_eq!(session.read(OPENAI_FILE), OPENAI);
    session.keys("<c-s>").sees("updated openai-prod.yaml");
    assert!(session.drafts().is_empty());
    let expected = OPENAI
        .replace("(production)", "(production)!")
        .replace("/v1 ", "/v1/x ");
    assert_eq!(session.read(OPENAI_FILE), expected);
    session.restart().sees_no("Unsaved edits");
}

#[test]
fn a_new_connection_is_offered_with_all_that_was_typed() {
    let mut session = project();
    session
        .keys("nAcme<tab>http<enter>")
        .go_to("url")
        .keys("http://a");
    session
        .go("headers", "<tab>")
        .keys("<enter>Accept<tab>text/plain");
    session
        .go("Id", "<s-tab>")
        .keys("<c-u>acme-2")
        .go_to("Tags");
    session.keys("one, two");
    let mut session = session.ended();
    session
        .sees("Your new connection `Acme`, just now")
        .keys("<enter>")
        .sees("Add new connection");
    session.resize(120, 50);
    for text in [
        "Acme",
        "acme-2",
        "HTTP",
        "http://a",
        "Accept",
        "text/plain",
        "one, two",
    ] {
        session.sees(text);
    }
    session.go_to("method").keys("<enter><enter><c-s>");
    session.sees("created acme-2.yaml");
    assert!(session.drafts().is_empty());
    let text = session.read("connections.d/acme-2.yaml");
    assert!(text.contains("Accept: text/plain"), "{text}");
}

#[test]
fn every_way_out_keeps_what_was_typed_at_once() {
    for (way, event) in [
        ("asked to end", Event::EndRequested),
        ("closed terminal", Event::Input(Input::Closed)),
    ] {
        let mut session = project();
        session.keys("<enter>!").send(event);
        assert_eq!(session.drafts().len(), 1, "{way}");
        session.restart().sees("Your edit of `openai-prod`");
    }
    // In a hurry, and on the way to another program.
    for keys in ["<enter>!<c-c><c-c>", "<enter>!<c-z>"] {
        let mut session = project();
        session.keys(keys);
        assert_eq!(session.drafts().len(), 1, "{keys}");
    }
}

#[test]
fn what_is_saved_or_discarded_or_typed_back_leaves_no_draft() {
    for keys in ["<c-s>", "<esc>s", "<esc>d", "<c-c>d", "<c-c>s", "<bs>"] {
        let mut session = project();
        session.keys("<enter>!").keep();
        assert_eq!(session.drafts().len(), 1);
        session.keys(keys);
        assert!(session.drafts().is_empty(), "{keys}");
        session.restart().sees_no("Unsaved edits");
    }
}

#[test]
fn later_is_asked_again_and_dropped_is_not() {
    let mut session = project();
    session.keys("<enter>!").keep();
    let mut session = session.killed();
    session.keys("<esc>").sees_no("Unsaved edits").keys("jk");
    let mut session = session.restart();
    session.sees("Unsaved edits").keys("l");
    let mut session = session.restart();
    // Keys that were meant for the list do no harm.
    session
        .sees("Unsaved edits")
        .keys("d")
        .sees("Unsaved edits");
    session.keys("D").sees_no("Unsaved edits");
    assert!(session.drafts().is_empty());
    session.restart().sees_no("Unsaved edits");
}

#[test]
fn the_draft_of_a_running_screen_is_not_offered() {
    let mut session = project();
    session.keys("<enter>!").keep();
    let elsewhere = |session: &Session| {
        let state = ("XDG_STATE_HOME".into(), session.state.path().into());
        let base = session.directory.path().to_owned();
        let project = Project::find(base, Wanted::default(), [state].into_iter()).unwrap();
        crate::draft::Keeper::new(&project)
    };
    assert!(elsewhere(&session).find().is_empty());
    session.keys("?").keep();
    assert!(elsewhere(&session).find().is_empty());
    let mut session = session.killed();
    // While the person is asked, it is not offered twice.
    session.sees("Unsaved edits");
    assert!(elsewhere(&session).find().is_empty());
    session.keys("<esc>");
    assert_eq!(elsewhere(&session).find().len(), 1);
}

#[test]
fn several_drafts_are_asked_about_one_after_the_other() {
    let mut session = project();
    session.keys("<enter>!").keep();
    let mut session = session.killed();
    session.keys("<esc>").keys("j<enter>?").keep();
    let mut session = session.killed();
    session
        .sees("Unsaved edits, 1 of 2")
        .sees("Your edit of `qdrant`")
        .keys("<enter>")
        .sees("Edit qdrant")
        .sees("docs?")
        .sees_no("Unsaved edits")
        .keys("<c-s>");
    session
        .sees("Unsaved edits, 2 of 2")
        .sees("Your edit of `openai-prod`")
        .keys("g")
        .sees("(production)!")
        .keys("<c-s>")
        .sees("updated openai-prod.yaml")
        .sees_no("Unsaved edits");
    assert!(session.drafts().is_empty());
    assert!(session.read("connections.d/qdrant.yaml").contains("docs?"));
}

// -- the file has changed meanwhile

/// An edit of the name and the URL, killed.
fn killed_edit(act: impl FnOnce(&Path)) -> Session {
    let mut session = project();
    session.keys("<enter>!").go_to("url").keys("/x").keep();
    session.behind(act);
    session.killed()
}

#[test]
fn what_changed_on_one_side_merges() {
    let theirs = OPENAI.replace("Mondays", "Fridays") + "description: Theirs.\n";
    let mut session = killed_edit(|dir| write(dir, OPENAI_FILE, &theirs));
    session
        .sees("The file has changed since; both changes merge.")
        .keys("g")
        .sees("Theirs.")
        .keys("<c-s>")
        .sees("updated");
    let merged = theirs
        .replace("(production)", "(production)!")
        .replace("/v1 ", "/v1/x ");
    assert_eq!(session.read(OPENAI_FILE), merged);
}

#[test]
fn what_changed_on_both_sides_is_asked_about() {
    let theirs = OPENAI.replace("OpenAI (production)", "Theirs");
    let clash = || {
        let mut session = killed_edit(|dir| write(dir, OPENAI_FILE, &theirs));
        session
            .sees("in the same fields: you will be asked")
            .keys("g")
            .sees("Changed on both sides")
            .sees("mine   OpenAI (production)!")
            .sees("was    OpenAI (production)");
        session
    };
    let mut session = clash();
    session.keys("m<enter>").sees("updated");
    let merged = theirs
        .replace("Theirs", "OpenAI (production)!")
        .replace("/v1 ", "/v1/x ");
    assert_eq!(session.read(OPENAI_FILE), merged);
    assert!(session.drafts().is_empty());
    // Left open, nothing is lost, not by another kill either.
    let mut session = clash();
    session
        .keys("<esc>")
        .sees("(production)!")
        .sees("changed by another");
    assert_eq!(session.drafts().len(), 1);
    let mut session = session.killed();
    session
        .keys("g")
        .sees("Changed on both sides")
        .keys("t<enter>");
    session.sees("updated");
    assert_eq!(session.read(OPENAI_FILE), theirs.replace("/v1 ", "/v1/x "));
}

#[test]
fn a_file_that_says_the_same_by_now_makes_it_outdated() {
    let same = OPENAI
        .replace("(production)", "(production)!")
        .replace("/v1 ", "/v1/x ");
    let mut session = killed_edit(|dir| write(dir, OPENAI_FILE, &same));
    session
        .sees("Outdated: the file says the same by now.")
        .sees_no("Go on")
        .keys("<enter>")
        .sees_no("Unsaved edits");
    assert!(session.drafts().is_empty());
}

#[test]
fn a_connection_that_is_gone_can_be_written_again_or_let_go() {
    let gone = || killed_edit(|dir| fs::remove_file(dir.join(OPENAI_FILE)).unwrap());
    let mut session = gone();
    session
        .sees("Outdated: the connection is gone.")
        .keys("g")
        .sees("Edit openai-prod")
        .sees("deleted or renamed")
        .keys("<c-s>")
        .sees("The file is gone")
        .keys("w")
        .sees("created openai-prod.yaml");
    let expected = OPENAI
        .replace("(production)", "(production)!")
        .replace("/v1 ", "/v1/x ");
    assert_eq!(session.read(OPENAI_FILE), expected);
    let mut session = gone();
    session.keys("g<c-s>d").sees_no("Edit openai-prod");
    assert!(!session.exists(OPENAI_FILE) && session.drafts().is_empty());
}

#[test]
fn a_connection_that_was_renamed_is_found_by_what_it_says() {
    for change in [
        |text: &str| text.to_owned(),
        |text: &str| text.replace("# the", "# their"),
    ] {
        let mut session = killed_edit(|dir| {
            fs::remove_file(dir.join(OPENAI_FILE)).unwrap();
            write(dir, "connections.d/chat.yaml", &change(OPENAI));
        });
        session
            .sees("file is `chat.yaml` now: the edit goes there")
            .keys("g")
            .sees("Edit chat")
            .keys("<c-s>")
            .sees("updated chat.yaml");
        let merged = change(OPENAI)
            .replace("(production)", "(production)!")
            .replace("/v1 ", "/v1/x ");
        assert_eq!(session.read("connections.d/chat.yaml"), merged);
        assert!(!session.exists(OPENAI_FILE));
    }
}

#[test]
fn a_file_that_can_not_be_read_now_waits_for_the_next_start() {
    let mut session = killed_edit(|dir| write(dir, OPENAI_FILE, "type: [\n"));
    session
        .sees("The file can't be read now")
        .sees_no("Go on")
        .keys("<enter>");
    let mut session = session.restart();
    session.sees("can't be read now").keys("<esc>");
    session.behind(|dir| write(dir, OPENAI_FILE, OPENAI));
    session
        .restart()
        .sees("Go on")
        .keys("g")
        .sees("(production)!");
}

#[test]
fn an_id_that_is_taken_by_now_is_said() {
    let draft = || {
        let mut session = project();
        session.keys("nAcme<tab>anthropic<enter>").keep();
        session
    };
    let mut session = draft();
    session.behind(|dir| write(dir, "connections.d/acme.yaml", UNUSED));
    let mut session = session.killed();
    session
        .sees("There is a connection `acme` by now")
        .keys("g<c-s>")
        .sees("created acme-2.yaml");
    assert_eq!(session.read("connections.d/acme.yaml"), UNUSED);
    // It was created, and the program was killed before the draft was gone.
    let mut session = draft();
    session.behind(|dir| {
        let text = "name: Acme\ntype: dynamiq.connections.Anthropic\n\
                    api_key: ${oc.env:ANTHROPIC_API_KEY}\n";
        write(dir, "connections.d/acme.yaml", text);
    });
    session.killed().sees("Outdated: the file says the same");
}

#[test]
fn rows_of_maps_and_lists_come_back_on_top_of_what_is_there_now() {
    let file = "connections.d/tool.yaml";
    let before = "type: dynamiq.connections.MCPStdio\ncommand: run\nargs:\n  - -y\n  - server\n\
                  env:\n  # its home\n  HOME: /srv\n  LANG: C\n";
    let mut session = Session::new(&[(file, before)]).size(120, 40);
    session
        .keys("<enter>")
        .go_to("LANG")
        .keys("<tab><c-u>de_DE");
    session
        .go("server", "<s-tab>")
        .keys("-two<tab><enter>--fast")
        .keep();
    session.behind(|dir| {
        let theirs = before
            .replace("/srv", "/opt")
            .replace("  - -y\n", "  - -x\n  - -y\n");
        write(dir, file, &theirs);
    });
    let mut session = session.killed();
    session
        .sees("2 fields (args, env)")
        .keys("g<c-s>")
        .sees("updated");
    let merged = before
        .replace("/srv", "/opt")
        .replace(
            "  - -y\n  - server\n",
            "  - -x\n  - -y\n  - server-two\n  - --fast\n",
        )
        .replace("LANG: C", "LANG: de_DE");
    assert_eq!(session.read(file), merged);
}

// -- secrets

/// Everything that a person could type a secret into.
fn type_secrets(session: &mut Session) {
    session.keys("<enter>").go_to("api_key").keys("<c-u><f6>");
    session.paste("canary-typed");
    session.go_to("url").keys("<c-u>");
    session.paste("https://u:canary-address@example.com/v1");
    session.go_to("Description").keys("see ");
    session.paste("ghp_canary0123456789abcdef");
    session.go_to("Tags").keys(", harmless");
}

#[test]
fn a_literal_secret_is_in_no_draft_and_the_next_start_says_so() {
    let literal = OPENAI.replace("${oc.env:OPENAI_API_KEY}", "sk-canary-on-disk");
    let mut session = Session::new(&[(OPENAI_FILE, &literal)]).size(120, 40);
    type_secrets(&mut session);
    session.keep();
    let drafts = session.drafts();
    assert_eq!(drafts.len(), 1);
    assert!(!drafts[0].1.contains("canary"), "{}", drafts[0].1);
    assert!(drafts[0].1.contains("harmless"));
    let mut session = session.killed();
    session
        .sees("4 fields (api_key, url, description, tags)")
        .sees("The secrets `api_key`, `url` and `description` were not kept: type them again.")
        .sees_no("canary")
        .keys("g")
        .sees("were not kept")
        .sees("harmless");
    session.keys("<c-s>").sees("updated");
    // No mask, and nothing empty, in place of what was there.
    assert_eq!(
        session.read(OPENAI_FILE),
        literal.replace("prod]", "prod, harmless]")
    );
}

#[test]
fn secrets_of_the_file_stay_when_it_has_changed_meanwhile() {
    let file = "connections.d/a.yaml";
    let before = "type: dynamiq.connections.MCPStdio\ncommand: run\n\
                  args: [--token, canary-1, x]\nenv: {MY_TOKEN: canary-2, A: '1'}\n";
    let mut session = Session::new(&[(file, before)]).size(120, 40);
    session.keys("<enter>").go_to("MY_TOKEN");
    session
        .keys("<tab><tab><tab><c-u>2")
        .go("command", "<s-tab>")
        .keys("!")
        .keep();
    let theirs = before.replace("canary-2", "canary-3") + "description: d\n";
    session.behind(|dir| write(dir, file, &theirs));
    assert!(!session.drafts()[0].1.contains("canary"));
    let mut session = session.killed();
    session
        .keys("g")
        .sees_no("canary")
        .keys("<c-s>")
        .sees("updated");
    let merged = theirs.replace("'1'", "'2'").replace("run", "run!");
    assert_eq!(session.read(file), merged);
    // A file that is gone comes back without what nobody knows any more.
    let mut session = Session::new(&[(file, before)]).size(120, 40);
    session.keys("<enter>").go_to("command").keys("!").keep();
    session.behind(|dir| fs::remove_file(dir.join(file)).unwrap());
    let mut session = session.killed();
    session.keys("g<c-s>w").sees("created a.yaml");
    let after = session.read(file);
    assert!(
        after.contains("run!") && after.contains("A: '1'"),
        "{after}"
    );
    assert!(!after.contains('•') && !after.contains("canary"), "{after}");
}

/// Whatever is in the file, and whatever kind of field a secret is typed into.
#[test]
fn no_file_and_no_field_puts_a_secret_into_a_draft() {
    for (number, (path, _)) in secrets::SECRETS[..5].iter().enumerate() {
        let mut session = secrets::secrets().size(120, 60);
        session.keys(&"j".repeat(number)).keys("<enter>");
        session.go_to("Tags").keys("harmless").keep();
        let draft = session.drafts().remove(0).1;
        assert!(
            draft.contains("harmless") && !draft.contains("canary"),
            "{path}: {draft}"
        );
    }
    let described = format!("{OPENAI}description: the old one was ghp_canary0123456789abcdef.\n");
    let mut session = Session::new(&[(OPENAI_FILE, &described)]).size(120, 40);
    session.keys("<enter>!").keep();
    assert!(!session.drafts()[0].1.contains("canary"));

    let file = "type: my.own.Type\nheaders: {A: '1'}\nargs: [-y]\nplain: x\n";
    for (label, keys, place) in [
        (
            "A ",
            "<tab><tab><enter>Authorization<tab>Bearer canary",
            "`headers.Authorization`",
        ),
        (
            "A ",
            "<tab><tab><enter>X-Api-Key<tab>canary",
            "`headers.X-Api-Key`",
        ),
        ("A ", "<tab><tab><enter>sk-canary0123456789", "`headers[1]`"),
        ("-y", "<tab><enter>--token=canary", "`args[1]`"),
        ("-y", "<tab><enter>--api-key<tab><enter>canary", "`args[2]`"),
        ("plain", "<c-u>sk-canary0123456789", "`plain`"),
        ("plain", "<c-u>https://me:canary", "`plain`"),
        ("plain", "<c-u>words and ghp_canary", "`plain`"),
        ("Name", "AKIA sk-canary0123456789", "`name`"),
        ("Tags", "good, sk-canary0123456789", "`tags`"),
    ] {
        let mut session = Session::new(&[("connections.d/a.yaml", file)]).size(120, 40);
        session.keys("<enter>").go_to(label).keys(keys).keep();
        let draft = session.drafts().remove(0).1;
        assert!(!draft.contains("canary"), "{keys}: {draft}");
        let mut session = session.killed();
        session.sees(&format!("The secret {place} was not kept: type it again."));
    }
}

#[test]
fn what_only_looks_a_little_like_a_secret_is_kept() {
    for text in [
        "http://localhost:9200/x",
        "sk-learn",
        "https://${oc.env:U}:${oc.env:P}@h",
        "a: b",
    ] {
        let mut session = project().size(120, 40);
        session
            .keys("<enter>")
            .go_to("url")
            .keys("<c-u>")
            .paste(text);
        session.go_to("Description").paste(text).keep();
        let mut session = session.killed();
        session.sees_no("not kept").keys("g").sees(text);
    }
}

#[test]
fn a_reference_is_no_secret() {
    let mut session = project();
    session.keys("<enter>").go_to("api_key");
    session.keys("<c-u>${oc.env:OTHER_KEY}").keep();
    assert!(session.drafts()[0].1.contains("${oc.env:OTHER_KEY}"));
    let mut session = session.killed();
    session.sees_no("not kept").keys("g<c-s>").sees("updated");
    assert!(session.read(OPENAI_FILE).contains("${oc.env:OTHER_KEY}"));
}

#[test]
fn only_the_person_can_have_secrets_kept() {
    let settings = [
        ("draft_secrets: true\n", true),
        ("draft_secrets: false\n", false),
        ("", false),
    ];
    for (text, expected) in settings {
        let session = project();
        let config = session.state.path().join("config");
        write(&config, "conndeck/config.yaml", text);
        // Of the repository, it is refused.
        write(
            session.directory.path(),
            "conndeck.yaml",
            "draft_secrets: true\n",
        );
        let config = config.to_str().unwrap();
        let mut session = session.environment(&[("XDG_CONFIG_HOME", config)]);
        session
            .sees("conndeck.yaml:1:1: `draft_secrets` can be set in the personal file only")
            .keys("<esc>");
        type_secrets(&mut session);
        session.keep();
        assert_eq!(
            session.drafts()[0].1.contains("canary-typed"),
            expected,
            "{text}"
        );
        assert_eq!(session.drafts()[0].1.contains("canary"), expected, "{text}");
        let mut session = session.killed();
        session.keys("<esc>");
        if expected {
            session.sees_no("not kept").keys("g<c-s>").sees("updated");
            assert!(session.read(OPENAI_FILE).contains("canary-typed"));
        } else {
            session.sees("not kept");
        }
    }
}

#[test]
fn no_draft_is_in_any_log() {
    let mut session = project().size(120, 40);
    type_secrets(&mut session);
    session.keep();
    let mut session = session.killed();
    session.keys("g");
    assert!(!session.log.contains("canary") && !session.log.contains("harmless"));
    let debug = format!("{:?}", session.app);
    assert!(!debug.contains("canary") && !debug.contains("harmless"));
}

// -- when it can't be done

#[test]
fn a_draft_that_can_not_be_written_is_told_once_and_hinders_nothing() {
    let mut session = project();
    write(session.state.path(), "conndeck/drafts", "in the way");
    session.keys("<enter>!").keep();
    session.sees("no draft is kept").wake_all();
    session.keys("?").keep().sees_no("no draft is kept");
    session.keys("<c-s>").sees("updated");
    // The way out tries once more.
    session.keys("<enter>x").keep();
    fs::remove_file(session.state.path().join("conndeck/drafts")).unwrap();
    session.send(Event::EndRequested);
    assert_eq!(session.drafts().len(), 1);
}

#[test]
fn the_offer_has_room_at_every_size() {
    for (width, height) in [(120, 40), (80, 24), (50, 15), (40, 10)] {
        let mut session = project();
        type_secrets(&mut session);
        session.keep();
        let mut session = session.killed().size(width, height);
        session
            .sees("Your edit of")
            .sees("Go on")
            .sees("Drop")
            .sees("Later");
        session
            .keys("<right><right>")
            .sees("›[ l · Later ]")
            .keys("<enter>");
        session.sees_no("Your edit of");
        assert_eq!(session.drafts().len(), 1);
    }
}

// -- any form, any typing, any change on disk

/// One thing that a person does in a form: go on so many places, then do that there.
fn step() -> impl Strategy<Value = (usize, &'static str)> {
    let what = prop_oneof![
        Just("x"),
        Just("<c-u>"),
        Just("<c-u>other"),
        Just("<home>pre "),
        Just("<bs><bs>"),
        Just("<f6>"),
        Just("<a-d>"),
        Just("${oc.env:V}"),
        Just("<c-u>${oc.env:V}"),
        Just("<c-u>7"),
        Just("+"),
        Just(", \u{65e5}\u{672c}"),
    ];
    (0_usize..6, what)
}

const FORMS: [&str; 4] = [
    OPENAI,
    "# head\ntype: dynamiq.connections.Http # kind\nurl: http://a\nmethod: GET\nheaders:\n  A: '1' # one\n  B: two\n\
     data: {n: 1, t: yes}\n",
    "type: dynamiq.connections.MCPStdio\ncommand: run\nargs: [-y, 'server', 3]\nenv: {HOME: /srv, N: 12}\n\
     description: |\n  one\n  two\n",
    "name: Own\ntype: my.own.Type\na: text\nb: 12\nc: true\nd: [1, two]\ne: {x: null, y: '2'}\nf:\n- deep: {er: 1}\n",
];

const FILE: &str = "connections.d/a.yaml";

/// Opens the form and does all of it; a place that is a button or a choice is left alone.
fn typing(text: &str, steps: &[(usize, &str)]) -> Session {
    let mut session = Session::new(&[(FILE, text)]).size(120, 60);
    session.keys("<enter>");
    for (places, what) in steps {
        session.keys(&"<tab>".repeat(*places));
        let line = session.focused_line();
        if ["[ ", "Type", "Advanced", "\u{25be}"]
            .iter()
            .any(|other| line.contains(other))
        {
            session.keys("<s-tab>").go("Name", "<s-tab>");
        }
        session.keys(if *what == "+" {
            "<enter>key<tab>value"
        } else {
            what
        });
        assert!(session.screen().contains("Edit a"), "{}", session.screen());
    }
    session
}

/// Saves, where both sides changed something with mine.
fn saved(session: &mut Session) -> String {
    for _ in 0..3 {
        let screen = session.screen();
        if screen.contains("Changed on both sides") {
            session.keys("M<enter>");
        } else if screen.contains("Edit a") {
            session.keys("<c-s>");
        }
    }
    session.read(FILE)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    /// Killed and restored, the form is what it was: saving it writes the same bytes as saving it
    /// without the kill, whatever somebody has done to the file meanwhile.
    #[test]
    fn a_kill_makes_no_difference(
        form in 0_usize..FORMS.len(),
        steps in prop::collection::vec(step(), 1..6),
        theirs in prop::option::of((0_usize..FORMS.len(), any::<bool>())),
    ) {
        let change = |dir: &Path| {
            if let Some((other, moves)) = theirs {
                let text = if moves {
                    // Another place and another comment for the same, and something new.
                    format!("# theirs\n{}their_own: 1\n", FORMS[form].replace("# head\n", ""))
                } else {
                    FORMS[other].to_owned()
                };
                write(dir, FILE, &text);
            }
        };
        let mut undisturbed = typing(FORMS[form], &steps);
        let mut killed = typing(FORMS[form], &steps);
        if undisturbed.drafts().is_empty() && !killed.is_draft_due() {
            // Nothing was changed in the end.
            return Ok(());
        }
        killed.keep();
        undisturbed.behind(change);
        killed.behind(change);
        let mut restored = killed.killed();
        // Where the place is a secret's, the draft has less.
        prop_assume!(!restored.screen().contains("not kept"));
        if restored.screen().contains("Go on") {
            restored.keys("g");
        } else {
            restored.keys("<enter>");
        }
        let (one, other) = (saved(&mut undisturbed), saved(&mut restored));
        prop_assert_eq!(one, other);
    }
}

/// More of them on request: `DRAFT_CASES=10000`.
fn cases() -> u32 {
    let wanted = std::env::var("DRAFT_CASES").ok();
    wanted.and_then(|wanted| wanted.parse().ok()).unwrap_or(16)
}
