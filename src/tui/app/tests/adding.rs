//! Add new connection: name, type, id, fields, Create.

use super::*;

/// A new `OpenAI` connection of that name, with the focus on the id.
fn adding(name: &str) -> Session {
    let mut session = project();
    session.keys("n").keys(name).keys("<tab>openai<enter>");
    session
}

#[test]
fn name_type_and_create_write_exactly_this_file() {
    let mut session = project();
    session
        .keys("n")
        .sees("Add new connection")
        .keys("Acme <lt>key><tab>")
        .keys("openai<enter>")
        .keys("<c-s>");
    assert_eq!(
        session.read("connections.d/acme-key.yaml"),
        "name: Acme <key>\ntype: dynamiq.connections.OpenAI\napi_key: ${oc.env:OPENAI_API_KEY}\n"
    );
    assert_eq!(session.mode("connections.d/acme-key.yaml"), 0o600);
    // The new one is selected, and a toast says what happened.
    session
        .sees("created acme-key.yaml")
        .sees("┌ connections.d/acme-key.yaml ─");
    session.wake_all().sees_no("created acme-key.yaml");
}

#[test]
fn the_button_at_the_end_creates_too() {
    let mut session = adding("Acme");
    session
        .go_to("[ Create ]")
        .keys("<enter>")
        .sees("created acme.yaml");
    assert!(session.exists("connections.d/acme.yaml"));
}

#[test]
fn enter_goes_on_and_never_saves() {
    let mut session = adding("Acme");
    let before = session.files();
    // From the id to the button, over each field.
    for _ in 0..20 {
        if session.focused_line().contains("[ Create ]") {
            break;
        }
        if session.focused_line().contains("Advanced") {
            session.keys("<tab>");
        } else {
            session.keys("<enter>");
        }
        assert_eq!(session.files(), before);
    }
    assert!(
        session.focused_line().contains("[ Create ]"),
        "{}",
        session.screen()
    );
}

#[test]
fn all_78_types_can_be_chosen_and_are_grouped() {
    let mut session = Session::new(&[("connections.d/.gitkeep", "")]).size(120, 130);
    session.keys("n<tab><enter>");
    let screen = session.screen();
    assert!(screen.contains(" 78 "), "{screen}");
    for kind in session.app.setup.catalog.kinds() {
        assert!(
            screen.contains(&format!("  {}", kind.label)),
            "{}",
            kind.label
        );
    }
    let groups = session.app.setup.catalog.groups();
    let mut place = 0;
    for (group, _) in &groups {
        let found = screen[place..]
            .find(&format!("│ {group}"))
            .unwrap_or_else(|| panic!("{group}"));
        place += found;
    }
    assert!(groups.len() > 5);
}

/// Each type's form opens, and creating it says what is missing or writes a file that has nothing
/// wrong with it.
#[test]
fn each_type_can_be_added() {
    let mut session = Session::new(&[("connections.d/.gitkeep", "")]).size(100, 60);
    let kinds: Vec<String> = {
        let kinds = session.app.setup.catalog.kinds().iter();
        kinds.map(|kind| kind.type_path.clone()).collect()
    };
    assert_eq!(kinds.len(), 78);
    for (number, type_path) in kinds.iter().enumerate() {
        let class = type_path.rsplit('.').next().unwrap();
        session.keys("n").keys(&format!("c{number}")).keys("<tab>");
        // Some names are part of others: the exact one stands first.
        session.keys(&class.to_lowercase()).keys("<enter>");
        assert_eq!(session.chosen_type(), *type_path, "{}", session.screen());
        session.keys("<c-s>");
        let path = format!("connections.d/c{number}.yaml");
        let mut rounds = 0;
        while !session.exists(&path) {
            let message = session.screen();
            assert!(
                message.contains("needed") && rounds < 10,
                "{type_path}\n{message}"
            );
            // The focus is on the first that is missing.
            let line = session.focused_line();
            session.keys(if line.contains('▾') {
                "<enter><enter>"
            } else {
                "1"
            });
            session.keys("<c-s>");
            rounds += 1;
        }
        let text = session.read(&path);
        assert!(text.contains(&format!("type: {type_path}\n")), "{text}");
    }
    let inventory = session.app.inventory.as_ref().unwrap();
    for entry in &inventory.entries {
        let text = entry.file.text().unwrap();
        let catalog = &session.app.setup.catalog;
        let mut findings = crate::definition::findings(entry.id(), text, catalog, &|_| true);
        // The secrets here are as they were typed, in the file itself.
        findings.retain(|finding| finding.rule != "literal-secret");
        assert_eq!(findings, [], "{text}");
    }
}

impl Session {
    /// The type that the form has.
    fn chosen_type(&self) -> String {
        let form = self.app.form.as_ref();
        form.map(|form| form.type_path.clone()).unwrap_or_default()
    }
}

#[test]
fn typing_filters_the_types() {
    let mut session = project();
    session.keys("n<tab>weav").sees("1 of 78").sees("Weaviate");
    session
        .keys("<bs><bs><bs><bs>zzzz")
        .sees("nothing matches")
        .keys("<enter>");
    // Nothing was chosen, and the list is still open.
    session
        .sees("nothing matches")
        .keys("<esc>")
        .sees("choose…");
    session.keys("weav<enter>").sees_no("choose…");
    assert_eq!(session.chosen_type(), "dynamiq.connections.Weaviate");
}

#[test]
fn the_id_follows_the_name_until_it_is_typed() {
    let mut session = adding("Acme");
    session.sees("Id * acme");
    session.keys("-eu").go("Name", "<s-tab>").keys("!!");
    session.sees("Id * acme-eu").keys("<c-s>");
    assert!(session.exists("connections.d/acme-eu.yaml"));
}

#[test]
fn a_proposed_id_is_free() {
    let mut session = adding("Unused");
    session.sees("Id * unused-2").keys("<c-s>");
    assert!(session.exists("connections.d/unused-2.yaml"));
    assert_eq!(session.read("connections.d/unused.yaml"), UNUSED);
}

#[test]
fn a_taken_id_is_refused() {
    for id in ["unused", "UNUSED"] {
        let mut session = adding("Acme");
        let before = session.files();
        session.keys("<c-u>").keys(id).keys("<c-s>");
        session.sees("there is a connection").sees("1 problem");
        assert!(
            session.focused_line().contains("Id"),
            "{}",
            session.screen()
        );
        assert_eq!(session.files(), before);
        // The message goes as soon as the id is right.
        session
            .keys("-x")
            .sees_no("there is a connection")
            .keys("<c-s>");
        assert!(session.exists(&format!("connections.d/{id}-x.yaml")));
    }
}

#[test]
fn an_id_that_is_taken_only_on_disk_is_refused_and_the_edits_are_kept() {
    let mut session = adding("Acme");
    session.behind(|dir| write(dir, "connections.d/acme.yml", "type: other\n"));
    session
        .keys("<c-s>")
        .sees("was not created")
        .sees("already exists")
        .sees("your edits are kept")
        .keys("<esc>")
        .sees("Id * acme");
    assert!(!session.exists("connections.d/acme.yaml"));
    assert_eq!(session.read("connections.d/acme.yml"), "type: other\n");
}

#[test]
fn ids_that_are_no_file_names_are_refused() {
    for id in ["../evil", "a b", "con", ".hidden", "é"] {
        let mut session = adding("Acme");
        let before = session.files();
        session
            .keys("<c-u>")
            .keys(id)
            .keys("<c-s>")
            .sees("nothing was written");
        assert_eq!(session.files(), before, "{id}");
    }
}

#[test]
fn what_is_missing_is_said_and_gets_the_focus() {
    let mut session = project();
    let before = session.files();
    session
        .keys("n<c-s>")
        .sees("2 problems")
        .sees("a name is needed")
        .sees("choose a type");
    assert!(
        session.focused_line().contains("Name"),
        "{}",
        session.screen()
    );
    session
        .keys("Acme")
        .sees_no("a name is needed")
        .keys("<c-s>")
        .sees("1 problem");
    assert!(
        session.focused_line().contains("Type"),
        "{}",
        session.screen()
    );
    assert_eq!(session.files(), before);
}

#[test]
fn a_required_field_is_marked_and_wanted() {
    let mut session = Session::new(&[("connections.d/.gitkeep", "")]);
    session
        .keys("nApi<tab>mcpstdio")
        .keys("<enter>")
        .sees("command *");
    session.keys("<c-s>").sees("this field is needed");
    assert!(
        session.focused_line().contains("command"),
        "{}",
        session.screen()
    );
    assert!(!session.exists("connections.d/api.yaml"));
    session
        .keys("uvx")
        .sees_no("this field is needed")
        .keys("<c-s>");
    assert_eq!(
        session.read("connections.d/api.yaml"),
        "name: Api\ntype: dynamiq.connections.MCPStdio\ncommand: uvx\n"
    );
}

#[test]
fn defaults_are_shown_and_not_written() {
    let mut session = Session::new(&[("connections.d/.gitkeep", "")]);
    session
        .keys("nDb<tab>postgres<enter>")
        .sees("5432")
        .keys("<c-s>");
    let text = session.read("connections.d/db.yaml");
    assert!(!text.contains("5432") && !text.contains("null"), "{text}");
}

#[test]
fn another_type_keeps_what_was_typed_into_fields_of_the_same_name() {
    let mut session = project();
    session
        .keys("nDb<tab>postgres<enter>")
        .go_to("host")
        .keys("db.example");
    session
        .go("Type *", "<s-tab>")
        .keys("mysql<enter>")
        .sees("db.example");
    assert_eq!(session.chosen_type(), "dynamiq.connections.MySQL");
}

#[test]
fn a_typed_secret_shows_dots_and_a_warning() {
    let mut session = adding("Acme");
    session.go_to("api_key").keys("<c-u>").keys("<f6>sk-canary");
    session
        .sees_no("canary")
        .sees("•••••••••")
        .sees("git keeps it");
    session
        .keys("<f2>")
        .sees("sk-canary")
        .keys("<tab>")
        .sees_no("canary");
    session.keys("<c-s>");
    assert!(
        session
            .read("connections.d/acme.yaml")
            .contains("api_key: sk-canary\n")
    );
    session.sees_no("canary");
}

#[test]
fn awkward_values_stay_strings() {
    for (typed, written) in [
        ("yes", "'yes'"),
        ("012", "'012'"),
        ("1e3", "'1e3'"),
        ("a: b", "'a: b'"),
        ("x #y", "'x #y'"),
        ("~", "'~'"),
        ("plain", "plain"),
    ] {
        let mut session = adding("Acme");
        session.go_to("Description").keys(typed).keys("<c-s>");
        let text = session.read("connections.d/acme.yaml");
        let line = text
            .lines()
            .find(|line| line.starts_with("description: "))
            .unwrap();
        let value = line.trim_start_matches("description: ");
        assert_eq!(value.replace('"', "'"), written, "{typed}");
    }
}

#[test]
fn a_name_in_another_script_gets_an_id_from_the_type() {
    let mut session = adding("本番データベース");
    session.sees("Id * openai").keys("<c-s>");
    let text = session.read("connections.d/openai.yaml");
    assert!(text.starts_with("name: 本番データベース\n"), "{text}");
}

#[test]
fn a_pasted_id_stays() {
    let mut session = adding("Acme");
    session
        .keys("<c-u>")
        .paste("pasted-id")
        .sees("Id * pasted-id");
    session
        .go_to("Description")
        .keys("x")
        .sees("Id * pasted-id");
}

#[test]
fn an_emptied_id_is_proposed_again_when_it_is_left() {
    let mut session = adding("Acme");
    session.keys("<bs><bs><bs><bs><bs>").sees_no("acme");
    session.keys("<tab>").sees("Id * acme");
}

#[test]
fn what_was_created_is_shown_whatever_the_filter_says() {
    let mut session = project();
    session
        .keys("/qdrant<enter>")
        .keys("nAcme<tab>openai<enter><c-s>");
    session
        .sees("┌ connections.d/acme.yaml ─")
        .sees("OpenAI (prod");
}

#[test]
fn the_footer_says_what_enter_does_in_the_form() {
    let mut session = project();
    session.keys("n").sees("Enter next");
    session.keys("<tab>").sees("Enter choose");
    session.keys("<enter>http<enter>");
    for word in ["Enter choose", "Enter add", "Enter save", "Enter cancel"] {
        for _ in 0..20 {
            if session.screen().contains(word) {
                break;
            }
            session.keys("<tab>");
        }
        session.sees(word);
    }
}

#[test]
fn a_new_file_says_where_its_schema_is_if_that_is_configured() {
    let mut session = Session::new(&[
        ("conndeck.yaml", "schema: ../schemas/connection.json\n"),
        ("connections.d/.keep", ""),
    ]);
    session
        .keys("n")
        .keys("New<tab>openai<enter><c-s>")
        .sees("created new.yaml");
    let text = session.read("connections.d/new.yaml");
    let first = "# yaml-language-server: $schema=../schemas/connection.json\n";
    assert!(text.starts_with(first), "{text}");
}
