//! The list: rows, counts, broken files, the filter, an empty store and one that is missing.

use super::*;

/// The names that the list shows, from top to bottom.
fn rows(session: &Session) -> Vec<String> {
    let screen = session.screen();
    let rows = screen
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('│'));
    rows.filter_map(|line| line.split('│').nth(1))
        .map(|row| row.split_whitespace().next().unwrap_or("").to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The id of the connection that the panel shows.
fn shown(session: &Session) -> String {
    let screen = session.screen();
    let title = screen.lines().next().unwrap().split("┐┌ ").nth(1).unwrap();
    let file = title.split(' ').next().unwrap().rsplit('/').next().unwrap();
    file.trim_end_matches(".yaml").to_owned()
}

#[test]
fn each_connection_has_a_row_with_its_name_type_and_number_of_uses() {
    let session = project().size(120, 24);
    let screen = session.screen();
    let row = |name: &str| -> Vec<String> {
        let line = screen.lines().find(|line| line.contains(name)).unwrap();
        let row = line.split('│').nth(1).unwrap();
        row.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(row("OpenAI (pr").last().unwrap(), "2");
    assert_eq!(row("Qdrant docs"), ["Qdrant", "docs", "Qdrant", "1"]);
    assert_eq!(row("unused  "), ["unused", "Anthropic", "0"]);
}

#[test]
fn uses_are_not_known_before_the_workflows_are_read() {
    let mut session = project();
    session.hold().keys("<f5>");
    session.release();
    let directory = TempDir::new().unwrap();
    write(directory.path(), "connections.d/a.yaml", OPENAI);
    // A start whose index has not answered: no number is better than a wrong one.
    let project = Project::find(
        directory.path().to_owned(),
        Wanted::default(),
        std::iter::empty(),
    )
    .unwrap();
    let mut worker = Worker::new(Arc::new(project));
    session.app.uses = None;
    session.app.index.running = Some(Ticket(u64::MAX));
    let loaded = worker.perform(Job::Load, &AtomicBool::new(false), &|_| {});
    session.send(loaded.unwrap());
    session.sees("…").sees("reading the workflows");
}

#[test]
fn a_broken_file_is_a_row_with_its_place_and_opens_there() {
    let broken = "type: dynamiq.connections.OpenAI\napi_key: [a, b\n";
    let mut session = Session::new(&[
        ("connections.d/a.yaml", OPENAI),
        ("connections.d/broken.yaml", broken),
        ("connections.d/c.yaml", QDRANT),
        ("workflows/agent.yaml", AGENT),
    ]);
    assert_eq!(rows(&session), ["OpenAI", "✗", "Qdrant"]);
    session.keys("j").sees("✗ broken.yaml");
    let place = {
        let inventory = session.app.inventory.as_ref().unwrap();
        let summary = &inventory.entries[1].summary;
        summary.broken.as_ref().unwrap().location.unwrap()
    };
    session.sees(&place.to_string());
    session.keys("e");
    let expected = format!("connections.d/broken.yaml:{place}");
    assert_eq!(session.editor_opened(), Some(expected.as_str()));
    // It is no form, and says so.
    session
        .keys("<enter>")
        .sees("can't be edited as a form")
        .keys("<esc>");
    assert_eq!(session.read("connections.d/broken.yaml"), broken);
}

#[test]
fn files_that_cannot_be_read_hide_no_others() {
    let mut session = Session::new(&[("connections.d/good.yaml", OPENAI)]);
    session.outside(|dir| {
        fs::write(dir.join("connections.d/bytes.yaml"), b"type: \xff\xfe\n").unwrap();
        write(dir, "connections.d/list.yaml", "- a\n- b\n");
        write(dir, "connections.d/twice.yaml", "type: a\ntype: b\n");
        write(dir, "connections.d/two.yaml", "type: a\n---\ntype: b\n");
        write(dir, "connections.d/.hidden.yaml", "type: a\n");
        write(dir, "connections.d/notes.txt", "text");
        fs::create_dir(dir.join("connections.d/sub.yaml")).unwrap();
        std::os::unix::fs::symlink("nowhere", dir.join("connections.d/link.yaml")).unwrap();
    });
    let screen = session.screen();
    for name in ["bytes", "list", "twice", "two", "link"] {
        assert!(screen.contains(&format!("✗ {name}.yaml")), "{screen}");
    }
    session
        .sees("OpenAI (pro")
        .sees_no("hidden")
        .sees_no("notes");
}

#[test]
fn the_keys_move_the_selection_and_the_panel_follows() {
    let files: Vec<(String, &str)> = (0..60)
        .map(|number| (format!("connections.d/c{number:02}.yaml"), UNUSED))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    let mut session = Session::new(&files);
    for (keys, expected) in [
        ("", "c00"),
        ("j", "c01"),
        ("<down><down>k", "c02"),
        ("<up><up><up><up>", "c00"),
        ("G", "c59"),
        ("j", "c59"),
        ("g", "c00"),
        ("<pgdn>", "c21"),
        ("<c-d>", "c31"),
        ("<c-u>", "c21"),
        ("<pgup>", "c00"),
        ("<end>", "c59"),
        ("<home>", "c00"),
    ] {
        session.keys(keys);
        assert_eq!(shown(&session), expected, "{keys}");
        session.sees(&format!("{expected}   "));
    }
}

#[test]
fn the_filter_narrows_the_list_while_one_types() {
    let mut session = project();
    session.keys("/qdr");
    assert_eq!(rows(&session), ["Qdrant"]);
    session.sees("1 of 3");
    // Enter keeps it, and the keys are the list's again.
    session.keys("<enter>j");
    assert_eq!(rows(&session), ["Qdrant"]);
    assert_eq!(shown(&session), "qdrant");
    // Esc clears it, and the selection stays.
    session.keys("<esc>");
    assert_eq!(rows(&session).len(), 3);
    assert_eq!(shown(&session), "qdrant");
    // Esc while typing clears it as well.
    session.keys("/zzz").sees("nothing matches").keys("<esc>");
    assert_eq!(rows(&session).len(), 3);
}

#[test]
fn the_filter_knows_types_tags_and_what_is_unused() {
    let mut session = project();
    for (filter, expected) in [
        ("is:unused", vec!["unused"]),
        ("type:openai", vec!["OpenAI"]),
        ("type:qdrant", vec!["Qdrant"]),
        ("tag:prod", vec!["OpenAI"]),
        ("tag:vector", vec!["Qdrant"]),
        ("is:broken", vec![]),
        ("tag:prod is:unused", vec![]),
    ] {
        session.keys("/").keys(filter).keys("<enter>");
        let mut found = rows(&session);
        found.retain(|row| row != "nothing");
        assert_eq!(found, expected, "{filter}");
        session.keys("<esc>");
    }
}

#[test]
fn a_filter_stays_when_files_change() {
    let mut session = project();
    session.keys("/unu<enter>").outside(|dir| {
        write(dir, "connections.d/more.yaml", OPENAI);
        write(dir, "connections.d/unused-2.yaml", UNUSED);
    });
    assert_eq!(rows(&session), ["unused", "unused-2"]);
}

#[test]
fn a_paste_goes_into_the_filter_but_never_into_the_list() {
    let mut session = project();
    let before = session.files();
    let screen = session.screen();
    session.paste("dd\nq\ny");
    assert_eq!((session.screen(), session.has_quit), (screen, false));
    assert_eq!(session.files(), before);
    session.keys("/").paste("qdr\n");
    assert_eq!(rows(&session), ["Qdrant"]);
}

#[test]
fn an_empty_store_says_what_to_do() {
    let mut session = Session::new(&[("connections.d/.gitkeep", "")]);
    session
        .sees("No connections in connections")
        .sees("n add the first one");
    // Nothing is selected: keys that need a connection do nothing.
    session.keys("<enter>ed<tab>x");
    assert_eq!(session.editor_opened(), None);
    session.keys("<esc>n").sees("Add new connection");
}

#[test]
fn a_missing_directory_can_be_created() {
    let mut session = Session::new(&[("workflows/agent.yaml", AGENT)]);
    session.keys("n").sees("Create the directory?");
    session.keys("<esc>");
    assert!(!session.exists("connections.d"));
    session.keys("nc");
    assert!(session.exists("connections.d"));
    session.keys("n").sees("Add new connection");
}

#[test]
fn a_store_that_is_no_directory_is_told() {
    let mut session = Session::new(&[("connections.d", "a file")]);
    session.sees("can't be read").sees("connections.d");
    session
        .keys("<esc>")
        .sees("can't be read; F5 tries again")
        .sees_no("reading…");
    session.outside(|dir| {
        fs::remove_file(dir.join("connections.d")).unwrap();
        write(dir, "connections.d/a.yaml", OPENAI);
    });
    session.sees("OpenAI (prod").sees_no("can't be read");
}

#[test]
fn a_list_that_was_read_stays_when_a_later_reading_fails() {
    let mut session = project();
    session.outside(|dir| {
        fs::rename(dir.join("connections.d"), dir.join("away")).unwrap();
        fs::write(dir.join("connections.d"), "a file").unwrap();
    });
    session.sees("can't be read").keys("<esc>");
    assert_eq!(rows(&session), ["OpenAI", "Qdrant", "unused"]);
}

#[test]
fn changes_that_come_while_the_store_is_read_cost_one_more_reading() {
    let mut session = project();
    session.hold();
    for _ in 0..100 {
        session.send(Event::Changed(Changed::Store));
    }
    assert_eq!(session.held.as_ref().unwrap().len(), 1);
    session.behind(|dir| write(dir, "connections.d/zz.yaml", UNUSED));
    session.release().sees("zz");
}

#[test]
fn help_shows_the_keys_of_where_one_is() {
    let mut session = project();
    session
        .keys("?")
        .sees("Filter the list")
        .keys("<esc>")
        .sees_no("Filter the list");
    session
        .keys("n<f1>")
        .sees("Create or update, from any field")
        .keys("<f1>");
    session.sees("Add new connection").keys("?");
    // In a form a question mark is text.
    assert!(session.focused_line().contains('?'));
}

#[test]
fn help_has_all_words_however_narrow_it_is() {
    for width in [40, 50, 80] {
        let mut session = project().size(width, 24);
        session.keys("?");
        let mut read = String::new();
        for _ in 0..60 {
            read += &session.screen();
            session.keys("<pgdn>");
        }
        // The last words of long lines.
        for word in ["comments", "import", "marked", "seconds", "nowhere"] {
            assert!(read.contains(word), "{word} at {width}: {read}");
        }
    }
}

#[test]
fn help_is_in_the_footer_however_narrow_it_is() {
    for width in [40, 50, 60, 80, 120] {
        let mut session = project().size(width, 15);
        session.sees("n new").sees("? help").sees("q quit");
        session.keys("n").sees("F1 help").sees("Esc back");
    }
}

#[test]
fn the_footer_has_keys_that_work() {
    let mut session = project();
    session.sees("n new").sees("q quit").sees_no("u undo");
    session.keys("<tab>").sees("x reveal").keys("<esc>");
    session.keys("/").sees("Enter keep").keys("<esc>");
    session.keys("n").sees("Ctrl-S save").keys("<esc>q");
    assert!(session.has_quit);
}

#[test]
fn esc_stops_the_first_reading_of_the_workflows_and_f5_reads_them() {
    let mut session = Session::new(&[
        ("connections.d/a.yaml", "type: dynamiq.connections.OpenAI\n"),
        ("workflows/w.yaml", "nodes: {n: {connection: a}}\n"),
    ]);
    session.sees("1 place in 1 file");
    session.app.uses = None;
    session.hold().keys("<f5><esc>").sees("not known: stopped");
    session.release().sees("not known: stopped");
    session.keys("<f5>").sees("1 place in 1 file");
}

/// What is shown as found, in the order of the screen.
fn marked(session: &Session) -> Vec<String> {
    let buffer = session.styled();
    let mut found: Vec<String> = Vec::new();
    let mut last = None;
    for (place, cell) in buffer.content.iter().enumerate() {
        if cell.modifier.contains(ratatui::style::Modifier::UNDERLINED) {
            match found.last_mut().filter(|_| last == Some(place)) {
                Some(word) => word.push_str(cell.symbol()),
                None => found.push(cell.symbol().to_owned()),
            }
            last = Some(place + 1);
        }
    }
    found
}

#[test]
fn every_match_is_marked_wherever_one_filters() {
    for plain in [false, true] {
        let mut session = project();
        if plain {
            session = session.no_color();
        }
        session.keys("/o prod").sees("OpenAI (production)");
        assert_eq!(marked(&session), ["O", "prod", "O"]);
        session.keys("<c-u>type:qd");
        assert_eq!(marked(&session), ["Qd"]);
        session.keys("<c-u>OPEN");
        assert_eq!(marked(&session), [""; 0]);
        session.keys("<esc>w/t.y");
        session.sees("agent.yaml").keys("<c-u>agent ya uses:x");
        session.keys("<c-u>a g");
        assert!(
            marked(&session).concat().starts_with("ag"),
            "{:?}",
            marked(&session)
        );
        session.keys("<esc>1n<tab><enter>OpenAI");
        assert_eq!(
            marked(&session)[..2],
            ["OpenAI", "OpenAI"],
            "{}",
            session.screen()
        );
        let mut session = project();
        session.keys(":QUIT");
        assert!(marked(&session).contains(&"Quit".to_owned()));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    /// What the panel leaves out on the way is not seen, whatever the way is.
    #[test]
    fn keys_at_once_do_what_they_do_one_by_one(
        keys in proptest::collection::vec(proptest::sample::select(vec![
            "j", "k", "G", "g", "<c-d>", "<pgup>", "<space>", "/", "q", "<esc>", "<enter>", "<tab>",
            "d", "?", "s", "e", "x", "r", "<f5>", "w",
        ]), 1..12),
    ) {
        let keys: String = keys.concat();
        let [mut slow, mut fast] = [project(), project()];
        slow.keys(&keys);
        fast.burst(&keys);
        proptest::prop_assert_eq!(fast.screen(), slow.screen(), "{}", keys);
        proptest::prop_assert_eq!(fast.editors, slow.editors);
        proptest::prop_assert_eq!(fast.has_quit, slow.has_quit);
    }
}
