//! A new connection from one that is there.

use super::*;

const POSTGRES: &str = "\
# The shop's.
name: Shop
tags: [db]
type: dynamiq.connections.PostgreSQL
host: db.example   # not the replica
port: 5433
password: shop-canary-77
id: shop
";

fn shop() -> Session {
    Session::new(&[
        ("connections.d/shop.yaml", POSTGRES),
        ("workflows/none.yaml", "nodes: {}\n"),
    ])
}

#[test]
fn a_copy_has_all_but_name_and_id() {
    let mut session = shop();
    session
        .keys("D")
        .sees("Add a copy of shop")
        .sees("Shop (copy)")
        .sees("shop-copy");
    session
        .sees("the file is copied with its comments,")
        .sees("with the secret in `password`");
    session.sees_no("canary");
    session.keys("<c-s>").sees("created shop-copy.yaml");
    let expected = POSTGRES
        .replace("name: Shop\n", "name: Shop (copy)\n")
        .replace("id: shop\n", "id: shop-copy\n");
    assert_eq!(session.read("connections.d/shop-copy.yaml"), expected);
    assert_eq!(session.read("connections.d/shop.yaml"), POSTGRES);
    // It is selected, and a second copy has a name and an id of its own.
    session
        .keys("D")
        .sees("Shop (copy 2)")
        .sees("shop-copy-2")
        .keys("<esc>");
    session.keys("u").sees("undo: create `shop-copy`");
    assert!(!session.exists("connections.d/shop-copy.yaml"));
}

#[test]
fn the_id_follows_the_name_and_fields_can_be_changed() {
    let mut session = shop();
    session
        .keys("D<c-u>Archive")
        .sees("archive")
        .go_to("host")
        .keys("x");
    session
        .keys("<f3>")
        .sees("Create would write to archive.yaml")
        .sees_no("canary")
        .keys("<esc>");
    session.keys("<c-s>");
    let text = session.read("connections.d/archive.yaml");
    assert!(
        text.contains("host: db.examplex   # not the replica\n"),
        "{text}"
    );
    assert!(text.starts_with("# The shop's.\nname: Archive\n"), "{text}");
}

#[test]
fn the_secret_of_a_copy_is_masked_and_warned_of() {
    let mut session = shop();
    session.keys("D").go_to("password");
    session
        .sees("this puts the secret into the file")
        .sees_no("canary");
    session.keys("<f2>").sees("canary-77");
}

#[test]
fn a_copy_nobody_has_typed_into_is_left_without_a_question() {
    let mut session = shop();
    session
        .keys("D<esc>")
        .sees_no("Leave the form?")
        .sees_no("Add a copy");
    session.keys("D<c-u>X<esc>").sees("Leave the form?");
    assert_eq!(session.files().len(), 2);
}

#[test]
fn an_id_that_is_taken_by_then_is_refused_and_nothing_is_lost() {
    let mut session = shop();
    session
        .keys("D")
        .behind(|dir| write(dir, "connections.d/shop-copy.yaml", "type: x\n"));
    session.keys("<c-s>").sees("The connection was not created");
    assert_eq!(session.read("connections.d/shop-copy.yaml"), "type: x\n");
    session
        .keys("<esc>")
        .sees("Add a copy of shop")
        .sees("Shop (copy)");
}

#[test]
fn the_original_may_change_or_go_meanwhile() {
    let mut session = shop();
    session
        .keys("D")
        .outside(|dir| fs::remove_file(dir.join("connections.d/shop.yaml")).unwrap());
    session.keys("<c-s>").sees("created shop-copy.yaml");
    assert!(
        session
            .read("connections.d/shop-copy.yaml")
            .contains("canary")
    );
}

#[test]
fn the_panel_has_the_key_of_a_copy_and_that_of_tags() {
    let mut session = shop();
    session
        .keys("<tab>D")
        .sees("Add a copy of shop")
        .keys("<esc>");
    session.keys("<tab>t").sees("Tags of shop").keys("<esc>");
    session.keys("<tab>:dupl").sees("Duplicate");
}

#[test]
fn a_copy_that_was_not_saved_is_offered_again_without_its_secret() {
    let mut session = shop();
    session.keys("D<c-u>Archive").wake_all();
    let mut session = session.restart();
    session.sees("Your new connection `Archive`").keys("g");
    session
        .sees("the secret `password` was not kept")
        .sees("db.example")
        .sees("5433");
    session.keys("<c-s>").sees("created archive.yaml");
    let text = session.read("connections.d/archive.yaml");
    assert!(
        text.contains("port: 5433") && text.contains("- db"),
        "{text}"
    );
}

#[test]
fn one_without_a_name_gets_one_below_its_type() {
    let mut session = Session::new(&[("connections.d/bare.yaml", UNUSED)]);
    session.keys("D").sees("bare (copy)").keys("<c-s>");
    let expected = UNUSED.replace("Anthropic\n", "Anthropic\nname: bare (copy)\n");
    assert_eq!(session.read("connections.d/bare-copy.yaml"), expected);
}

#[test]
fn what_cannot_be_read_cannot_be_duplicated() {
    let mut session = Session::new(&[("connections.d/bad.yaml", "a: [\n")]);
    session
        .keys("D")
        .sees("This file can't be duplicated")
        .sees("bad.yaml:")
        .keys("<esc>");
    session.keys(":dupl").sees("not now: unclosed bracket");
}

#[test]
fn the_schema_line_is_not_written_twice() {
    let line = "# yaml-language-server: $schema=x.json\n";
    let text = format!("{line}{UNUSED}");
    let mut session = Session::new(&[
        ("connections.d/a.yaml", &text),
        ("conndeck.yaml", "schema: x.json\n"),
    ]);
    session.keys("D<c-s>");
    assert_eq!(
        session
            .read("connections.d/a-copy.yaml")
            .matches(line)
            .count(),
        1
    );
}

#[test]
fn it_fits_every_screen() {
    for (width, height) in [(80, 24), (50, 15), (40, 10)] {
        let mut session = shop().no_color().size(width, height);
        session.keys("D").sees("Add a copy of shop").keys("<c-s>");
        assert!(session.exists("connections.d/shop-copy.yaml"), "{width}");
    }
}
