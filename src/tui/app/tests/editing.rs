//! Update: the form of an existing connection, and what a save writes.

use proptest::prelude::*;

use super::*;

/// The lines that differ, as `-old` and `+new`.
fn difference(before: &str, after: &str) -> Vec<String> {
    let (before, after): (Vec<_>, Vec<_>) = (
        before.split_inclusive('\n').collect(),
        after.split_inclusive('\n').collect(),
    );
    let start = before
        .iter()
        .zip(&after)
        .take_while(|(a, b)| a == b)
        .count();
    let (old, new) = (&before[start..], &after[start..]);
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let removed = old[..old.len() - end]
        .iter()
        .map(|line| format!("-{}", line.trim_end()));
    let added = new[..new.len() - end]
        .iter()
        .map(|line| format!("+{}", line.trim_end()));
    removed.chain(added).collect()
}

/// The form of the one connection of this text.
fn editing(text: &str) -> Session {
    let mut session = Session::new(&[("connections.d/a.yaml", text)]);
    session.keys("<enter>").sees("Edit a");
    session
}

/// What a save changes in a file: the lines.
#[track_caller]
fn saved(session: &mut Session, before: &str) -> Vec<String> {
    session.keys("<c-s>").sees("updated a.yaml");
    difference(before, &session.read("connections.d/a.yaml"))
}

#[test]
fn one_changed_field_is_one_changed_line() {
    let mut session = editing(OPENAI);
    session.go_to("url").keys("/eu");
    assert_eq!(
        saved(&mut session, OPENAI),
        [
            "-url: https://api.openai.com/v1   # the default",
            "+url: https://api.openai.com/v1/eu   # the default",
        ]
    );
    // The list and the panel have it.
    session.sees("v1/eu");
}

#[test]
fn the_name_and_the_tags_are_fields_like_others() {
    let mut session = editing(OPENAI);
    session.keys(" 2").go_to("Description").keys("New.");
    session.go_to("Tags").keys(", eu");
    session.keys("<c-s>").sees("updated a.yaml");
    let text = session.read("connections.d/a.yaml");
    assert_eq!(
        text,
        OPENAI
            .replace("(production)\n", "(production) 2\ndescription: New.\n")
            .replace("[llm, prod]", "[llm, prod, eu]")
    );
}

#[test]
fn an_unchanged_form_writes_nothing() {
    for text in [
        OPENAI,
        QDRANT,
        UNUSED,
        "{type: x.Y, a: 1}",
        "type: x.Y\r\n# end",
    ] {
        let mut session = editing(text);
        let path = session.directory.path().join("connections.d/a.yaml");
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        session
            .keys("<c-s>")
            .sees("nothing was changed")
            .sees_no("Edit a");
        assert_eq!(session.read("connections.d/a.yaml"), text);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
        // Changed and changed back is unchanged.
        session
            .keys("<enter>")
            .go_to("Description")
            .keys("x<bs><c-s>")
            .sees("nothing was changed");
        assert_eq!(session.read("connections.d/a.yaml"), text);
    }
}

#[test]
fn line_endings_marks_and_modes_are_kept() {
    let text =
        "\u{feff}# first\r\ntype: dynamiq.connections.OpenAI\r\nurl: \"a\"  # one\r\nname: n";
    let mut session = Session::new(&[("connections.d/a.yaml", text)]);
    let path = session.directory.path().join("connections.d/a.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    session
        .outside(|_| {})
        .keys("<enter>")
        .go_to("url")
        .keys("b<c-s>");
    assert_eq!(
        session.read("connections.d/a.yaml"),
        text.replace("\"a\"", "\"ab\"")
    );
    assert_eq!(session.mode("connections.d/a.yaml"), 0o640);
}

#[test]
fn a_field_that_is_emptied_goes_with_its_line() {
    let mut session = editing(OPENAI);
    session.go_to("url").keys("<c-u>");
    assert_eq!(
        saved(&mut session, OPENAI),
        ["-url: https://api.openai.com/v1   # the default"]
    );
}

#[test]
fn the_update_button_saves() {
    let mut session = editing(OPENAI);
    session
        .keys("!")
        .go_to("[ Update ]")
        .keys("<enter>")
        .sees("updated a.yaml");
}

#[test]
fn the_cancel_button_asks() {
    let mut session = editing(OPENAI);
    session
        .keys("!")
        .go_to("[ Cancel ]")
        .keys("<enter>")
        .sees("Leave the form?")
        .keys("d");
    assert_eq!(session.read("connections.d/a.yaml"), OPENAI);
}

// -- maps and lists

const HTTP: &str = "\
type: dynamiq.connections.Http
url: https://example.com
method: GET
headers:
  # who asks
  X-Client: conndeck
  Accept: text/plain
";
const MCP: &str = "\
type: dynamiq.connections.MCPStdio
command: uvx
args:
- wiki   # the server
- --read-only
env: {LEVEL: warning}
";

#[test]
fn an_entry_of_a_map_can_be_changed() {
    let mut session = editing(HTTP);
    session.go_to("Accept").keys("<tab><c-u>text/html");
    assert_eq!(
        saved(&mut session, HTTP),
        ["-  Accept: text/plain", "+  Accept: text/html"]
    );
}

#[test]
fn entries_of_a_map_can_be_added_and_removed() {
    let mut session = editing(HTTP);
    session
        .go_to("+ add an entry")
        .keys("<enter>X-Trace<tab>on");
    let lines = saved(&mut session, HTTP);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = lines[0].replace(['"', '\''], "");
    assert_eq!(line, "+  X-Trace: on");

    let mut session = editing(HTTP);
    session.go_to("Accept").keys("<a-d>");
    assert_eq!(saved(&mut session, HTTP), ["-  Accept: text/plain"]);
}

#[test]
fn items_of_a_list_can_be_changed_added_and_removed() {
    let mut session = editing(MCP);
    session.go_to("wiki").keys("-2");
    assert_eq!(
        saved(&mut session, MCP),
        ["-- wiki   # the server", "+- wiki-2   # the server"]
    );
    let mut session = editing(MCP);
    session
        .go_to("+ add an item")
        .keys("<enter>--fast<c-s>")
        .sees("updated a.yaml");
    let text = session.read("connections.d/a.yaml");
    assert!(
        text.contains("--read-only\n- --fast\n") || text.contains("--fast"),
        "{text}"
    );
    let mut session = editing(MCP);
    session
        .go_to("--read-only")
        .keys("<a-d><c-s>")
        .sees("updated a.yaml");
    let text = session.read("connections.d/a.yaml");
    assert!(
        text.contains("wiki") && !text.contains("--read-only"),
        "{text}"
    );
    assert!(
        text.contains("# the server"),
        "the comment of another item stays:\n{text}"
    );
}

#[test]
fn a_map_in_flow_style_stays_one() {
    let mut session = editing(MCP);
    session.go_to("LEVEL").keys("<tab><c-u>debug");
    assert_eq!(
        saved(&mut session, MCP),
        ["-env: {LEVEL: warning}", "+env: {LEVEL: debug}"]
    );
}

#[test]
fn a_map_needs_keys_that_differ() {
    let mut session = editing(HTTP);
    session
        .go_to("+ add an entry")
        .keys("<enter>Accept<tab>x<c-s>")
        .sees("stands twice");
    session
        .keys("<esc>d<enter>")
        .go_to("+ add an entry")
        .keys("<enter><tab>x<c-s>");
    session.sees("a value without a key");
    assert_eq!(session.read("connections.d/a.yaml"), HTTP);
}

#[test]
fn structures_that_only_the_editor_can_change_are_kept() {
    let text = "type: dynamiq.connections.Http\nurl: https://example.com\nmethod: GET\n\
                headers: {a: {b: c}}\n";
    let mut session = editing(text);
    session.sees("a structure of 1");
    session.go_to("url").keys("/x");
    assert_eq!(saved(&mut session, text).len(), 2);
    assert!(
        session
            .read("connections.d/a.yaml")
            .contains("headers: {a: {b: c}}\n")
    );
}

// -- choices and switches

#[test]
fn a_choice_offers_what_is_allowed() {
    let mut session = editing(HTTP);
    session
        .go_to("method")
        .keys("<enter>")
        .sees("POST")
        .keys("post<enter>");
    assert_eq!(saved(&mut session, HTTP), ["-method: GET", "+method: POST"]);
}

#[test]
fn a_value_that_is_no_choice_is_kept_and_marked() {
    let text = HTTP.replace("GET", "BREW");
    let mut session = editing(&text);
    session.sees("BREW").sees("(not a known choi");
    session.go_to("url").keys("/x");
    let lines = saved(&mut session, &text);
    assert_eq!(
        lines,
        ["-url: https://example.com", "+url: https://example.com/x"]
    );
}

#[test]
fn a_switch_flips() {
    let text = "type: dynamiq.connections.MCPSse\nurl: https://example.com\nmine: true   # so\n";
    let mut session = editing(text);
    session.go_to("mine").sees("yes").keys("<enter>").sees("no");
    assert_eq!(
        saved(&mut session, text),
        ["-mine: true   # so", "+mine: false   # so"]
    );
}

#[test]
fn a_number_stays_a_number_and_must_be_one() {
    let text = "type: dynamiq.connections.PostgreSQL\nhost: h\nport: 5432\nuser: u\npassword: ${oc.env:P}\ndatabase: d\n";
    let mut session = editing(text);
    session
        .go_to("port")
        .keys("<c-u>54x<tab>")
        .sees("not a whole number");
    session.keys("<c-s>").sees("1 problem");
    assert!(session.focused_line().contains("port"));
    session.keys("<bs>33").sees_no("not a whole number");
    assert_eq!(saved(&mut session, text), ["-port: 5432", "+port: 5433"]);
}

// -- text and expressions

impl Session {
    /// Whether the focused line says that it is an expression.
    fn is_expression(&self) -> bool {
        self.focused_line()
            .trim_end_matches(['│', ' '])
            .ends_with("expr")
    }
}

#[test]
fn typing_an_expression_switches_and_is_written_as_it_is() {
    let text = "type: dynamiq.connections.OpenAI\nurl: x\n";
    let mut session = editing(text);
    session.go_to("url").keys("<c-u>${oc");
    assert!(!session.is_expression());
    session.keys(".");
    assert!(session.is_expression());
    session.keys("env:HOST}");
    assert_eq!(
        saved(&mut session, text),
        ["-url: x", "+url: ${oc.env:HOST}"]
    );
}

#[test]
fn a_text_with_a_dollar_is_escaped_and_comes_back() {
    let text = "type: dynamiq.connections.OpenAI\nurl: x\n";
    let mut session = editing(text);
    session.go_to("url").keys("<c-u>a${b}\\${c}");
    assert!(!session.is_expression());
    session.keys("<c-s>");
    let written = session.read("connections.d/a.yaml");
    assert!(written.contains(r"a\${b}\\\${c}"), "{written}");
    session.keys("<enter>").sees(r"a${b}\${c}").go_to("url");
    assert!(!session.is_expression());
    session.keys("<c-s>");
    assert_eq!(session.read("connections.d/a.yaml"), written);
}

#[test]
fn f6_switches_between_text_and_expression() {
    let text = "type: dynamiq.connections.OpenAI\nurl: x\n";
    let mut session = editing(text);
    session.go_to("url").keys("<c-u>v${X}");
    for expected in [true, false, true] {
        session.keys("<f6>");
        assert_eq!(session.is_expression(), expected, "{}", session.screen());
    }
    session.keys("<tab><s-tab>").keys("<c-s>");
    assert!(
        session
            .read("connections.d/a.yaml")
            .contains("url: v${X}\n")
    );
}

#[test]
fn an_expression_must_be_one() {
    let mut session = editing(OPENAI);
    let go = session.go_to("api_key");
    go.keys("<bs><c-s>")
        .sees("closing bracket is missing")
        .keys("<c-u>plain<c-s>")
        .sees("an expression has a");
    assert_eq!(session.read("connections.d/a.yaml"), OPENAI);
    session.keys("<f6><c-s>").sees("updated a.yaml");
    assert!(
        session
            .read("connections.d/a.yaml")
            .contains("api_key: plain\n")
    );
}

// -- pastes

const KEY: &str = "-----BEGIN KEY-----\ncanary+/=\n\n  two blanks\n-----END KEY-----\n";

#[test]
fn many_lines_into_a_secret_keep_every_byte() {
    let mut session = editing(UNUSED);
    session.go_to("api_key").keys("<c-u><f6>").paste(KEY);
    session
        .sees_no("canary")
        .sees_no("Paste?")
        .keys("<c-s>")
        .sees("updated a.yaml");
    let entry = session.app.inventory.as_ref().unwrap().entries[0].clone();
    let definition = entry.definition(&session.app.setup.catalog).unwrap();
    let value = &definition.field("api_key").unwrap().value;
    assert!(
        matches!(value, crate::document::Value::Text(text) if text == KEY),
        "{}",
        session.read("connections.d/a.yaml")
    );
}

#[test]
fn a_line_that_ends_is_one_line() {
    let mut session = editing(UNUSED);
    session
        .go_to("api_key")
        .keys("<c-u><f6>")
        .paste("sk-fake\n")
        .keys("<c-s>");
    assert!(
        session
            .read("connections.d/a.yaml")
            .contains("api_key: sk-fake\n")
    );
}

#[test]
fn many_lines_into_one_line_are_asked_about() {
    for (answer, expected) in [
        ("j", "url: one two three\n"),
        ("n", "url: x\n"),
        ("<enter>", "url: x\n"),
        ("<esc>", "url: x\n"),
    ] {
        let text = "type: dynamiq.connections.OpenAI\nurl: x\n";
        let mut session = editing(text);
        session.go_to("url");
        if answer == "j" {
            session.keys("<c-u>");
        }
        session
            .paste("one\ntwo three\n")
            .sees("Paste?")
            .sees("2 lines")
            .keys(answer)
            .keys("<c-s>");
        assert!(
            session.read("connections.d/a.yaml").contains(expected),
            "{answer}"
        );
    }
}

#[test]
fn a_paste_into_an_open_choice_filters_it() {
    let mut session = project();
    session
        .keys("n<tab><enter>")
        .paste("weaviate\n")
        .sees("1 of 78");
}

#[test]
fn a_paste_while_a_question_is_open_is_no_answer() {
    let mut session = project();
    let before = session.files();
    session.keys("Gd").paste("y\n").sees("Delete unused?");
    assert_eq!(session.files(), before);
    session
        .keys("<esc><enter>!<esc>")
        .paste("d")
        .sees("Leave the form?");
}

// -- files that can't be changed

#[test]
fn files_that_others_share_are_read_only_here() {
    let mut session = project();
    session.outside(|dir| {
        let file = dir.join("connections.d/unused.yaml");
        fs::hard_link(&file, dir.join("elsewhere.yaml")).unwrap();
    });
    session
        .keys("G<enter>")
        .sees("can't be changed here")
        .sees("hard link");
    session
        .keys("<esc>d")
        .sees("Can't delete unused")
        .sees("Nothing was touched");
    assert_eq!(session.read("connections.d/unused.yaml"), UNUSED);
}

#[test]
fn a_save_that_fails_keeps_the_edits() {
    let mut session = project();
    session.keys("G<enter>").go_to("Description").keys("words");
    session.behind(|dir| {
        let file = dir.join("connections.d/unused.yaml");
        fs::hard_link(&file, dir.join("elsewhere.yaml")).unwrap();
    });
    session
        .keys("<c-s>")
        .sees("was not updated")
        .sees("your edits are kept")
        .keys("<esc>");
    session.sees("words").sees("Edit unused");
    assert_eq!(session.read("connections.d/unused.yaml"), UNUSED);
    // Once the reason is gone the same keys save.
    session.behind(|dir| fs::remove_file(dir.join("elsewhere.yaml")).unwrap());
    session.keys("<c-s>").sees("updated unused.yaml");
    assert!(
        session
            .read("connections.d/unused.yaml")
            .contains("description: words\n")
    );
}

#[test]
fn keys_wait_while_a_save_is_under_way() {
    let mut session = project();
    session
        .keys("<enter>!")
        .hold()
        .keys("<c-s>")
        .keys("more<c-s><esc>")
        .paste("pasted");
    assert_eq!(session.held.as_ref().unwrap().len(), 1);
    session.release();
    assert!(
        session
            .read("connections.d/openai-prod.yaml")
            .contains("(production)!\n")
    );
}

#[test]
fn what_an_alias_brings_is_kept() {
    let text = "type: dynamiq.connections.Http\nmethod: GET\nurl: &u https://example.com\n\
                headers: {Origin: *u, Accept: a}\n";
    let mut session = editing(text);
    session.go_to("Accept").keys("<tab>b");
    assert_eq!(saved(&mut session, text).len(), 2);
    let after = session.read("connections.d/a.yaml");
    assert!(
        after.contains("headers: {Origin: *u, Accept: ab}\n"),
        "{after}"
    );
}

#[test]
fn a_type_that_nobody_knows_is_edited_as_keys_and_values() {
    let text = "type: my.own.Type\nhost: a   # where\nport: 1\nflag: yes\n";
    let mut session = editing(text);
    session.go_to("host").keys("b");
    assert_eq!(
        saved(&mut session, text),
        ["-host: a   # where", "+host: ab   # where"]
    );
}

#[test]
fn a_dollar_in_name_description_and_tags_is_text() {
    let mut session = editing("name: a ${oc.env:X} b\ntype: dynamiq.connections.OpenAI\n");
    session
        .go_to("Description")
        .keys("costs ${x}")
        .go_to("Tags")
        .keys("t, ${y}");
    session.keys("<c-s>").sees("updated a.yaml");
    let text = session.read("connections.d/a.yaml");
    assert!(text.contains("name: a ${oc.env:X} b\n"), "{text}");
    assert!(
        text.contains("costs \\${x}") && text.contains("\\${y}"),
        "{text}"
    );
    session
        .keys("<enter>")
        .sees("costs ${x}")
        .sees("t, ${y}")
        .keys("<c-s>");
    session.sees("nothing was changed");
}

// -- any text

/// Texts that YAML or `OmegaConf` would take for something else, and any other.
fn any_line() -> impl Strategy<Value = String> {
    let awkward = [
        "yes",
        "~",
        "null",
        "012",
        "0o17",
        "1_0",
        "1e3",
        ".inf",
        "12:30",
        "2001-01-01",
        "=",
        "<<",
        "- a",
        "? a",
        ": a",
        "a: b",
        "a #b",
        "#",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%",
        "@",
        "`",
        "'",
        "\"",
        "\\",
        "{a}",
        "[a]",
        "a,b",
        " a",
        "a ",
        "${a}",
        "\\${a}",
        "\\\\${a}",
        "$",
        "${",
        "}",
        "a${b}c",
        "---",
        "...",
    ];
    let awkward = prop::sample::select(awkward.map(str::to_owned).to_vec());
    prop_oneof![
        awkward.clone(),
        "\\PC{1,24}",
        (awkward, "\\PC{0,6}").prop_map(|(a, b)| a + &b)
    ]
    // Typed into an empty field, this is an expression.
    .prop_filter("an expression", |text| !text.starts_with("${oc."))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// What was put into a text field is what a reader of the file gets, and nothing else changes.
    #[test]
    fn any_text_is_written_so_that_it_comes_back(text in any_line(), description in any_line()) {
        let description = description.trim();
        prop_assume!(description != "???");
        let mut session = editing(OPENAI);
        session.go_to("url").keys("<c-u>").paste(&text);
        session.go_to("Description").paste(description).keys("<c-s>");
        let after = session.read("connections.d/a.yaml");
        let entry = session.app.inventory.as_ref().unwrap().entries[0].clone();
        let definition = entry.definition(&session.app.setup.catalog);
        let definition = definition.ok_or_else(|| TestCaseError::fail(after.clone()))?;
        let value = definition.field("url").map(|field| field.value.clone());
        let Some(crate::document::Value::Text(written)) = value else {
            return Err(TestCaseError::fail(format!("{value:?}\n{after}")));
        };
        let read = crate::document::unescape_interpolation(&written);
        prop_assert_eq!(read.as_deref(), Some(text.as_str()), "{}", after);
        if !description.is_empty() {
            let written = definition.description.as_deref().unwrap();
            let read = crate::document::unescape_interpolation(written);
            prop_assert_eq!(read.as_deref(), Some(description), "{}", after);
        }
        // Lines of other fields are as they were.
        let others = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| !line.starts_with("url:"));
            let lines = lines.filter(|line| !line.starts_with("description:"));
            lines.map(str::to_owned).collect()
        };
        prop_assert_eq!(others(&after), others(OPENAI));
        // And the form that opens on it changes nothing.
        session.keys("<enter><c-s>");
        prop_assert_eq!(session.read("connections.d/a.yaml"), after);
    }
}

#[test]
fn at_eighty_columns_the_footer_says_how_a_row_goes() {
    let wiki = "type: dynamiq.connections.MCPStdio\ncommand: uvx\nargs: [one, two]\n";
    let mut session = Session::new(&[("connections.d/wiki.yaml", wiki)]);
    session.keys("<enter>").go_to("one");
    session
        .sees("Alt-D remove row")
        .sees("Esc back")
        .sees("F1 help");
}
