//! The file changes on disk while it is edited here: merged, decided field by field, or gone.

use super::*;
use proptest::prelude::*;

const OPENAI_FILE: &str = "connections.d/openai-prod.yaml";

/// The name was changed here to `…!`, there to `Theirs`; the tags only here, the URL only there.
fn clash() -> (Session, String) {
    let mut session = project();
    session.keys("<enter>!").go_to("Tags").keys(", mine");
    let theirs = OPENAI
        .replace("OpenAI (production)", "Theirs")
        .replace("/v1 ", "/v2 ");
    session
        .behind(|dir| write(dir, OPENAI_FILE, &theirs))
        .keys("<c-s>");
    session
        .sees("Changed on both sides: openai-prod.yaml")
        .sees("name")
        .sees("? undecided");
    assert_eq!(session.read(OPENAI_FILE), theirs);
    (session, theirs)
}

#[test]
fn a_clash_shows_the_three_values_and_what_would_be_written() {
    let (mut session, _) = clash();
    session
        .sees("was    OpenAI (production)")
        .sees("○ mine   OpenAI (production)!")
        .sees("○ theirs Theirs")
        .sees("1 undecided as on disk")
        .sees("-tags: [llm, prod]")
        .sees("+tags: [llm, prod, mine]")
        .sees_no("+name");
    session
        .keys("m")
        .sees("✓ mine")
        .sees("● mine   OpenAI (production)!")
        .sees("-name: Theirs")
        .sees("+name: OpenAI (production)!");
    session.keys("t").sees("✓ theirs").sees_no("+name");
    session.keys("<space>").sees("+name");
}

#[test]
fn a_clash_can_be_decided_for_mine() {
    for keys in ["m<enter>", "M<c-s>", "t<space><enter>", "<space><enter>"] {
        let (mut session, theirs) = clash();
        session.keys(keys).sees("updated openai-prod.yaml");
        let merged = theirs
            .replace("Theirs", "OpenAI (production)!")
            .replace("prod]", "prod, mine]");
        assert_eq!(session.read(OPENAI_FILE), merged, "{keys}");
        session.sees_no("Edit openai-prod");
    }
}

#[test]
fn a_clash_can_be_decided_for_theirs() {
    let (mut session, theirs) = clash();
    session.keys("t");
    // Nothing is written before the person says so.
    assert_eq!(session.read(OPENAI_FILE), theirs);
    session.keys("<enter>").sees("updated openai-prod.yaml");
    assert_eq!(
        session.read(OPENAI_FILE),
        theirs.replace("prod]", "prod, mine]")
    );
}

#[test]
fn nothing_is_written_before_all_is_decided() {
    let (mut session, theirs) = clash();
    for keys in ["<enter>", "<c-s>", "<enter><enter>"] {
        session.keys(keys).sees("Not decided yet: `name`");
        assert_eq!(session.read(OPENAI_FILE), theirs, "{keys}");
    }
    session.keys("m").sees_no("Not decided yet");
}

#[test]
fn a_clash_can_be_left_open() {
    for keys in ["<esc>", "q", "m<esc>"] {
        let (mut session, theirs) = clash();
        session
            .keys(keys)
            .sees("(production)!")
            .sees("mine")
            .sees_no("both sides");
        assert_eq!(session.read(OPENAI_FILE), theirs);
        session.keys("<c-s>").sees("Changed on both sides");
    }
}

#[test]
fn all_for_theirs_and_nothing_else_writes_nothing() {
    let mut session = project();
    session.keys("<enter>!");
    let theirs = OPENAI.replace("OpenAI (production)", "Theirs");
    session.behind(|dir| write(dir, OPENAI_FILE, &theirs));
    session
        .keys("<c-s>T")
        .sees("nothing: the file stays as it is")
        .keys("<enter>")
        .sees_no("Edit openai-prod")
        .sees("Theirs");
    assert_eq!(session.read(OPENAI_FILE), theirs);
}

#[test]
fn a_file_that_changes_again_is_shown_again_and_what_was_decided_stays() {
    let (mut session, theirs) = clash();
    let again = theirs.replace("/v2 ", "/v3 ");
    // Behind the popup, and behind the look at the file that the write takes.
    session
        .keys("m")
        .behind(|dir| write(dir, OPENAI_FILE, &again));
    session
        .keys("<enter>")
        .sees("has changed again")
        .sees("✓ mine");
    assert_eq!(session.read(OPENAI_FILE), again);
    // Told by the watcher.
    let third = again.replace("/v3 ", "/v4 ").replace("Theirs", "Others");
    session.outside(|dir| write(dir, OPENAI_FILE, &third));
    session
        .sees("has changed again")
        .sees("theirs Others")
        .sees("✓ mine")
        .keys("<enter>")
        .sees("updated openai-prod.yaml");
    let merged = third
        .replace("Others", "OpenAI (production)!")
        .replace("prod]", "prod, mine]");
    assert_eq!(session.read(OPENAI_FILE), merged);
}

#[test]
fn a_file_that_goes_or_breaks_behind_the_popup_loses_nothing() {
    let (mut session, _) = clash();
    session
        .keys("m")
        .outside(|dir| fs::remove_file(dir.join(OPENAI_FILE)).unwrap());
    session
        .keys("<enter>")
        .sees("The file is gone")
        .keys("<esc>");
    session.sees("(production)!");
    let (mut session, _) = clash();
    session
        .keys("m")
        .outside(|dir| write(dir, OPENAI_FILE, "type: [\n"));
    session
        .keys("<enter>")
        .sees("can't be read now")
        .sees("openai-prod.yaml:")
        .keys("<esc>")
        .sees("(production)!");
    assert_eq!(session.read(OPENAI_FILE), "type: [\n");
}

#[test]
fn a_quit_that_saves_quits_when_the_clash_is_decided() {
    let clash = || {
        let mut session = project();
        session.keys("<enter>!");
        let theirs = OPENAI.replace("OpenAI (production)", "Theirs");
        session.behind(|dir| write(dir, OPENAI_FILE, &theirs));
        session.keys("<c-c>s").sees("Changed on both sides");
        session
    };
    let mut session = clash();
    assert!(!session.has_quit);
    session.keys("m<enter>");
    assert!(session.has_quit);
    assert!(session.read(OPENAI_FILE).contains("(production)!"));
    let mut session = clash();
    session.keys("<esc><c-s>m<enter>").sees("updated");
    assert!(!session.has_quit);
}

#[test]
fn every_field_has_its_own_side() {
    let mut session = project();
    session
        .keys("<enter>!")
        .go_to("url")
        .keys("<c-u>http://mine")
        .go_to("Description")
        .keys("mine");
    let theirs = OPENAI
        .replace("OpenAI (production)", "Theirs")
        .replace("https://api.openai.com/v1 ", "http://theirs ")
        + "description: theirs\n";
    session
        .behind(|dir| write(dir, OPENAI_FILE, &theirs))
        .keys("<c-s>")
        .sees("3 undecided");
    session.keys("mjt").sees("1 undecided").keys("<enter>");
    session.sees("Not decided yet").keys("m<enter>");
    session.sees("updated openai-prod.yaml");
    let after = session.read(OPENAI_FILE);
    assert_eq!(
        after.matches("mine").count() + after.matches("(production)!").count(),
        2
    );
    assert_eq!(after.to_lowercase().matches("theirs").count(), 1, "{after}");
}

const HTTP: &str = "\
type: dynamiq.connections.Http
url: https://example.com
method: GET
headers:
  Accept: text/plain # theirs to change
  # about pages
  X-Page: '1'
";
const HTTP_FILE: &str = "connections.d/http.yaml";

fn http() -> Session {
    Session::new(&[(HTTP_FILE, HTTP)]).size(120, 40)
}

#[test]
fn entries_of_a_map_merge_each_by_itself() {
    let mut session = http();
    session.keys("<enter>").go_to("X-Page").keys("<tab><c-u>2");
    let theirs = HTTP.replace("text/plain", "text/html") + "  X-New: theirs\n# the end\n";
    session
        .behind(|dir| write(dir, HTTP_FILE, &theirs))
        .keys("<c-s>")
        .sees("updated http.yaml");
    assert_eq!(session.read(HTTP_FILE), theirs.replace("'1'", "'2'"));
}

#[test]
fn the_same_entry_of_a_map_is_asked_about_by_its_name() {
    let mut session = http();
    session.keys("<enter>").go_to("X-Page").keys("<tab><c-u>2");
    let theirs = HTTP
        .replace("'1'", "'3'")
        .replace("text/plain", "text/html");
    session
        .behind(|dir| write(dir, HTTP_FILE, &theirs))
        .keys("<c-s>")
        .sees("headers.X-Page")
        .sees("mine   2")
        .sees("theirs 3")
        .sees_no("headers.Accept");
    session.keys("m<enter>").sees("updated http.yaml");
    assert_eq!(session.read(HTTP_FILE), theirs.replace("'3'", "'2'"));
}

#[test]
fn a_field_that_they_removed_and_i_changed_is_asked_about() {
    let removed = OPENAI.replace("url: https://api.openai.com/v1   # the default\n", "");
    let clash = || {
        let mut session = project();
        session
            .keys("<enter>")
            .go_to("url")
            .keys("<c-u>http://mine");
        session
            .behind(|dir| write(dir, OPENAI_FILE, &removed))
            .keys("<c-s>");
        session
            .sees("theirs (not there)")
            .sees("mine   http://mine");
        session
    };
    clash().keys("t<enter>").sees_no("Edit openai");
    let mut session = clash();
    session.keys("t<enter>");
    assert_eq!(session.read(OPENAI_FILE), removed);
    let mut session = clash();
    session.keys("m<enter>").sees("updated");
    assert_eq!(
        session.read(OPENAI_FILE),
        removed.clone() + "url: http://mine\n"
    );
}

#[test]
fn a_field_that_their_new_type_does_not_have_is_asked_about() {
    let mut session = project();
    session
        .keys("<enter>")
        .go_to("url")
        .keys("<c-u>http://mine");
    let theirs = OPENAI
        .replace("connections.OpenAI", "connections.Anthropic")
        .replace("url: https://api.openai.com/v1   # the default\n", "");
    session
        .behind(|dir| write(dir, OPENAI_FILE, &theirs))
        .keys("<c-s>")
        .sees("url")
        .sees("Changed on both sides");
    session.keys("t<enter>");
    assert_eq!(session.read(OPENAI_FILE), theirs);
    // What the new type has as well merges.
    let mut session = project();
    session.keys("<enter>!");
    session
        .behind(|dir| write(dir, OPENAI_FILE, &theirs))
        .keys("<c-s>")
        .sees("updated");
    let merged = theirs.replace("(production)", "(production)!");
    assert_eq!(session.read(OPENAI_FILE), merged);
    // A field that was in the file, and still is: only its type has gone.
    let theirs = OPENAI.replace("connections.OpenAI", "connections.Anthropic");
    let mut session = project();
    session
        .keys("<enter>")
        .go_to("url")
        .keys("<c-u>http://mine");
    session
        .behind(|dir| write(dir, OPENAI_FILE, &theirs))
        .keys("<c-s>")
        .sees("the type is dynamiq.connections.Anthropic on disk, and has no such");
    session.keys("m<enter>").sees("updated");
    assert!(session.read(OPENAI_FILE).contains("http://mine"));
}

#[test]
fn a_change_of_type_on_both_sides_is_asked_about() {
    let mut session = project();
    session.keys("<enter>").go_to("Type").keys("<enter>");
    session.keys("cohere<enter>");
    let theirs = OPENAI.replace("connections.OpenAI", "connections.Anthropic");
    session
        .behind(|dir| write(dir, OPENAI_FILE, &theirs))
        .keys("<c-s>");
    session
        .sees("theirs dynamiq.connections.Anthropic")
        .keys("M<enter>");
    session.sees("updated");
    assert!(
        session
            .read(OPENAI_FILE)
            .contains("type: dynamiq.connections.Cohere\n")
    );
}

#[test]
fn comments_and_layout_that_changed_outside_are_kept() {
    let mut session = project();
    session.keys("<enter>!");
    let theirs = "# New head.\r\n".to_owned()
        + &OPENAI
            .replace("# Rotated on Mondays.\n", "")
            .replace("   # the default", " # other words")
            .replace('\n', "\r\n");
    session
        .behind(|dir| write(dir, OPENAI_FILE, &theirs))
        .keys("<c-s>")
        .sees("updated");
    let merged = theirs.replace("(production)", "(production)!");
    assert_eq!(session.read(OPENAI_FILE), merged);
}

#[test]
fn secrets_that_differ_are_told_apart_without_being_shown() {
    let before = "type: dynamiq.connections.OpenAI\napi_key: sk-canary-1\n";
    let mut session = Session::new(&[("connections.d/a.yaml", before)]);
    session.keys("<enter>").go_to("api_key").keys("<c-u>");
    session.paste("sk-canary-2").keys("<c-s><c-s>");
    // The second save was not needed; open it again, and clash.
    session.keys("<enter>").go_to("api_key").keys("<c-u>");
    session.paste("sk-canary-3");
    let theirs = before.replace("canary-1", "canary-4");
    session.behind(|dir| write(dir, "connections.d/a.yaml", &theirs));
    session
        .keys("<c-s>")
        .sees("was    ••••••••")
        .sees("mine   •••••••• (changed)")
        .sees("theirs •••••••• (differs from mine)")
        .sees_no("canary");
    session
        .keys("m")
        .sees("-api_key: ••••••••")
        .sees("+api_key: ••••••••")
        .sees_no("canary")
        .keys("<enter>")
        .sees("updated a.yaml");
    assert!(session.read("connections.d/a.yaml").contains("canary-3"));
}

#[test]
fn a_clash_has_room_at_every_size() {
    for (width, height) in [(120, 40), (80, 24), (50, 15), (40, 10), (300, 80)] {
        let (session, _) = clash();
        let mut session = session.size(width, height);
        session.sees("name").sees("mine").sees("theirs").keys("m");
        session.sees("would be written");
        for _ in 0..12 {
            if !session.screen().contains("+name") {
                session.keys("<pgdn>");
            }
        }
        session.sees("+name");
        for _ in 0..12 {
            session.keys("<pgdn>j");
        }
        session.keys("<pgup><enter>").sees("updated");
    }
}

fn deleted() -> Session {
    let mut session = project();
    session.keys("<enter>!");
    session.outside(|dir| fs::remove_file(dir.join(OPENAI_FILE)).unwrap());
    session
        .sees("deleted or renamed")
        .keys("<c-s>")
        .sees("The file is gone");
    assert!(!session.exists(OPENAI_FILE));
    session
}

#[test]
fn a_file_that_is_gone_can_be_written_again() {
    let mut session = deleted();
    session.keys("w").sees("created openai-prod.yaml");
    assert_eq!(
        session.read(OPENAI_FILE),
        OPENAI.replace("(production)", "(production)!")
    );
}

#[test]
fn a_file_that_is_gone_can_be_let_go() {
    let mut session = deleted();
    session.keys("d").sees_no("Edit openai-prod");
    assert!(!session.exists(OPENAI_FILE));
}

#[test]
fn going_on_after_the_file_is_gone_loses_nothing() {
    let mut session = deleted();
    session
        .keys("<enter>")
        .sees("(production)!")
        .sees_no("The file is gone");
    session.outside(|dir| write(dir, OPENAI_FILE, OPENAI));
    session.keys("<c-s>").sees("updated openai-prod.yaml");
    assert!(session.read(OPENAI_FILE).contains("(production)!"));
}

#[test]
fn a_clean_form_whose_file_goes_says_so() {
    let mut session = project();
    session.keys("<enter>");
    session.outside(|dir| fs::remove_file(dir.join(OPENAI_FILE)).unwrap());
    session
        .sees("deleted or renamed")
        .keys("<esc>")
        .sees_no("Edit openai-prod");
}

fn renamed(change: impl Fn(&str) -> String) -> Session {
    let mut session = project();
    session.keys("<enter>!");
    session.outside(|dir| {
        let new = dir.join("connections.d/chat.yaml");
        fs::rename(dir.join(OPENAI_FILE), &new).unwrap();
        let text = fs::read_to_string(&new).unwrap();
        fs::write(new, change(&text)).unwrap();
    });
    session
        .sees("renamed to chat.yaml")
        .keys("<c-s>")
        .sees("The file is gone")
        .sees("renamed to `chat.yaml`");
    session
}

#[test]
fn a_file_that_was_renamed_can_be_saved_under_its_new_name() {
    let mut session = renamed(str::to_owned);
    session.keys("s").sees("updated chat.yaml");
    assert!(!session.exists(OPENAI_FILE));
    assert_eq!(
        session.read("connections.d/chat.yaml"),
        OPENAI.replace("(production)", "(production)!")
    );
    // With another change in the same place.
    let mut session = renamed(|text| text.replace("/v1 ", "/v2 "));
    session.keys("s").sees("updated chat.yaml");
    let merged = OPENAI
        .replace("(production)", "(production)!")
        .replace("/v1 ", "/v2 ");
    assert_eq!(session.read("connections.d/chat.yaml"), merged);
}

#[test]
fn a_file_that_was_renamed_can_be_written_again_or_let_go() {
    let mut session = renamed(str::to_owned);
    session.keys("w").sees("created openai-prod.yaml");
    assert_eq!(session.read("connections.d/chat.yaml"), OPENAI);
    assert!(session.read(OPENAI_FILE).contains("(production)!"));
    let mut session = renamed(str::to_owned);
    session.keys("d").sees_no("Edit openai-prod");
    assert_eq!(session.read("connections.d/chat.yaml"), OPENAI);
    assert!(!session.exists(OPENAI_FILE));
    let mut session = renamed(str::to_owned);
    session
        .keys("<esc>")
        .sees("Edit openai-prod")
        .sees("(production)!");
}

/// A copy that was there before is no rename, and neither are two that say the same.
#[test]
fn what_only_looks_alike_is_no_rename() {
    let mut session = project();
    session.outside(|dir| write(dir, "connections.d/copy.yaml", OPENAI));
    session.keys("<enter>").sees("Edit openai-prod").keys("!");
    session.outside(|dir| fs::remove_file(dir.join(OPENAI_FILE)).unwrap());
    session.sees("deleted or renamed").keys("<c-s>");
    session.sees("The file is gone").sees_no("Save to");
    let mut session = project();
    session.keys("<enter>!").outside(|dir| {
        fs::remove_file(dir.join(OPENAI_FILE)).unwrap();
        write(dir, "connections.d/one.yaml", OPENAI);
        write(dir, "connections.d/two.yaml", OPENAI);
    });
    session
        .keys("<c-s>")
        .sees("The file is gone")
        .sees_no("Save to");
}

/// The program has not been told of the rename when it wants to write.
#[test]
fn a_rename_that_nobody_has_told_is_seen_when_saving() {
    let mut session = project();
    session.keys("<enter>!").behind(|dir| {
        fs::rename(dir.join(OPENAI_FILE), dir.join("connections.d/chat.yaml")).unwrap();
    });
    session.keys("<c-s>").sees("renamed to `chat.yaml`");
    session.keys("s").sees("updated chat.yaml");
}

#[test]
fn a_file_that_breaks_while_it_is_edited_says_where() {
    let mut session = project();
    session
        .keys("<enter>!")
        .outside(|dir| write(dir, OPENAI_FILE, "a: 1\ntype: [\n"));
    session.sees("can't be read now at ").sees("(production)!");
    session.outside(|dir| write(dir, OPENAI_FILE, OPENAI));
    session
        .sees_no("can't be read")
        .keys("<c-s>")
        .sees("updated");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Two people change the same file: every field that one of them changed has that change at the
    /// end, whoever is preferred, and a field that both changed has the preferred side's.
    #[test]
    fn no_change_is_lost(
        mine in prop::collection::btree_map(0_usize..4, "[a-z]{1,6}", 1..4),
        theirs in prop::collection::btree_map(0_usize..4, "[A-Z]{1,6}", 0..4),
        prefers_mine in any::<bool>(),
    ) {
        const FIELDS: [&str; 4] = ["host", "database", "user", "Description"];
        let text = |values: &dyn Fn(usize) -> String| {
            let mut text = "# head\ntype: dynamiq.connections.PostgreSQL # kind\n".to_owned();
            for (place, field) in FIELDS.iter().enumerate() {
                writeln!(text, "{}: '{}' # {place}", field.to_lowercase(), values(place)).unwrap();
            }
            text
        };
        let file = "connections.d/db.yaml";
        let before = text(&|place| format!("before {place}"));
        let mut session = Session::new(&[(file, &before)]).size(120, 60);
        session.keys("<enter>");
        for (place, value) in &mine {
            session.go(FIELDS[*place], "<tab>").keys("<c-u>").keys(value);
            while !session.focused_line().contains("Name") {
                session.keys("<s-tab>");
            }
        }
        let on_disk = text(&|place| {
            theirs.get(&place).cloned().unwrap_or_else(|| format!("before {place}"))
        });
        session.behind(|dir| write(dir, file, &on_disk)).keys("<c-s>");
        let clashes = mine.keys().any(|place| theirs.contains_key(place));
        prop_assert_eq!(session.screen().contains("both sides"), clashes, "{}", session.screen());
        if clashes {
            session.keys(if prefers_mine { "M<enter>" } else { "T<enter>" });
        }
        let merged = text(&|place| match (mine.get(&place), theirs.get(&place)) {
            (Some(mine), None) => mine.clone(),
            (None, Some(theirs)) => theirs.clone(),
            (Some(mine), Some(theirs)) => if prefers_mine { mine } else { theirs }.clone(),
            (None, None) => format!("before {place}"),
        });
        prop_assert_eq!(session.read(file), merged);
    }
}
