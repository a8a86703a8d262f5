//! Rewritten texts, chosen and generated, and what a diff shows.

#[expect(
    clippy::format_push_string,
    reason = "texts are put together for reading"
)]
mod generated;

use expect_test::expect;

use super::*;
use crate::catalog::Catalog;
use crate::reference::{Encoding, Options};

/// What comes of a rename of `old` to `new`: the text, or what stands in the way.
fn renamed(text: &str) -> String {
    let found = rewrite(text, Encoding::Utf8, ("old", "new"), &Options::default());
    assert_eq!(
        found.new_text.is_some(),
        found.blockers.is_empty() && !found.uses.is_empty()
    );
    match found.new_text {
        Some(text) => text,
        None => {
            let line = |(location, message): (Location, String)| format!("{location}: {message}\n");
            found
                .blockers
                .into_iter()
                .map(line)
                .collect::<Vec<_>>()
                .concat()
        }
    }
}

#[test]
fn every_form_is_rewritten_in_its_own_style() {
    expect![[r#"
        # connection: old
        nodes:
          a: {connection: new, connection_id: 'new', x: {connection: "new"}}
          b:
            connection:   >-   # folded
              new
            connections: [new, "new", {$type: connection, $id: new}]   # old
            description: "connection: old"
            old: old
          c: {$type: connection, $id: new, value_path: $.old}
          d: {$type: secret, $id: old}
          e: {connection: older, prompt: {connection: old}}
        connections:
          mine: {$type: connection, $id: new}
    "#]]
    .assert_eq(&renamed(
        r#"# connection: old
nodes:
  a: {connection: old, connection_id: 'old', x: {connection: "\x6fld"}}
  b:
    connection:   >-   # folded
      old
    connections: [old, "old", {$type: connection, $id: old}]   # old
    description: "connection: old"
    old: old
  c: {$type: connection, $id: old, value_path: $.old}
  d: {$type: secret, $id: old}
  e: {connection: older, prompt: {connection: old}}
connections:
  mine: {$type: connection, $id: old}
"#,
    ));
    expect![[r#"{"nodes": {"a": {"connection": "new"}, "b": {"connections": ["new"]}}}"#]]
        .assert_eq(&renamed(
            r#"{"nodes": {"a": {"connection": "old"}, "b": {"connections": ["old"]}}}"#,
        ));
    assert_eq!(
        renamed("\u{feff}connection: old\r\n---\r\nconnection: !!str old"),
        "\u{feff}connection: new\r\n---\r\nconnection: !!str new"
    );
}

#[test]
fn a_new_id_stays_a_string_and_an_old_one_need_not_have_been_one() {
    let rewritten = |text: &str, old: &str, new: &str| {
        rewrite(text, Encoding::Utf8, (old, new), &Options::default()).new_text
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        rewritten("connection: a", "a", "123"),
        text("connection: \"123\"")
    );
    assert_eq!(
        rewritten("connection: a", "a", "no"),
        text("connection: \"no\"")
    );
    assert_eq!(
        rewritten("connection: 123", "123", "a"),
        text("connection: a")
    );
    assert_eq!(
        rewritten("connection: 'a b'", "a b", "c"),
        text("connection: 'c'")
    );
}

#[test]
fn an_alias_is_edited_where_it_is_defined_and_once() {
    assert_eq!(
        renamed("ids: {o: &o old}\nnodes: {a: {connection: *o}, b: {connection: *o}}\n"),
        "ids: {o: &o new}\nnodes: {a: {connection: *o}, b: {connection: *o}}\n"
    );
    assert_eq!(
        renamed("nodes:\n  a: &a {connection: old}\n  b: *a\n  c: {<<: *a, x: 1}\n"),
        "nodes:\n  a: &a {connection: new}\n  b: *a\n  c: {<<: *a, x: 1}\n"
    );
}

#[test]
fn what_also_means_something_else_is_refused_by_its_place() {
    let other = "this text also stands for something that is no reference to the store";
    for (text, place) in [
        // Named by an anchor, and used as a model's name.
        (
            "ids: [&o old]\nnodes: {a: {connection: *o, model: *o}}\n",
            "2:36",
        ),
        // The anchor's own place is a node's name.
        ("nodes: {a: {name: &o old, connection: *o}}\n", "1:22"),
        // As a key.
        (
            "ids: [&o old]\nnodes: {a: {connection: *o}, *o : 1}\n",
            "2:30",
        ),
        // In a schema, where nothing is a reference.
        ("nodes: {a: &a {connection: old}, schema: *a}\n", "1:28"),
        // In a factory that defines the id itself.
        (
            "nodes:\n  a: &a {connection: old}\n  b: {agent_factory: {connections: {old: {type: x}}, llm: *a}}\n",
            "2:22",
        ),
    ] {
        assert_eq!(renamed(text), format!("{place}: {other}\n"), "{text}");
    }
}

#[test]
fn what_can_not_be_rewritten_is_named() {
    let made = "the reference is made by interpolation";
    for (text, message) in [
        ("connection: ${a}\na: old\n", format!("1:13: {made}\n")),
        (
            "a: {$type: connection, $id: '${b}'}\nb: old\n",
            format!("1:29: {made}\n"),
        ),
        (
            "a: ${connections.old.url}\nconnection: old\n",
            format!("1:4: {made}\n"),
        ),
        (
            "connections: {new: {type: x}}\nnodes: {a: {connection: old}}\n",
            "1:15: `connections.new` defines `new` here, so that references would mean that one\n"
                .to_owned(),
        ),
        (
            "nodes: {a: {agent_factory: {connections: {new: {}}, connection: old}}}\n",
            "1:43: `nodes.a.agent_factory.connections.new` defines `new` here, so that references \
             would mean that one\n"
                .to_owned(),
        ),
        (
            "connection: old\nnodes: {a: {connection: '${b}'}}\n",
            "2:25: unverifiable: ".to_owned(),
        ),
        (
            "connection: old\na: [\n",
            "2:4: unverifiable: not readable as YAML".to_owned(),
        ),
    ] {
        let found = renamed(text);
        assert!(found.starts_with(&message), "{text}\n{found}");
    }
    let wide = rewrite(
        "connection: old\n",
        Encoding::Utf16,
        ("old", "new"),
        &Options::default(),
    );
    assert!(wide.blockers[0].1.contains("UTF-16"));
}

#[test]
fn a_definition_elsewhere_is_no_hindrance() {
    for text in [
        "nodes: {a: {agent_factory: {connections: {new: {type: x}}}}, b: {connection: old}}\n",
        "connections: {new: {type: x}}\nnodes: {a: {agent_factory: {llm: {connection: old}}}}\n",
        "connections: {new: {type: x}}\nnodes: {a: {$type: connection, $id: old}}\n",
        "connections: {old: {type: x}}\nnodes: {a: {connection: old, b: {$type: connection, $id: old}}}\n",
        "nodes: {a: {connection: old}, b: {connection: new}}\n",
    ] {
        let found = rewrite(text, Encoding::Utf8, ("old", "new"), &Options::default());
        assert_eq!(found.blockers, [], "{text}");
        assert_eq!(found.uses.len(), 1, "{text}");
    }
}

#[test]
fn possible_references_are_told_and_stay() {
    let text = "connection: old\nnodes: {a: {connection: 'o${oc.env:X}'}}\n";
    let found = rewrite(text, Encoding::Utf8, ("old", "new"), &Options::default());
    assert_eq!((found.uses.len(), found.possible.len()), (1, 1));
    assert_eq!(
        found.new_text.as_deref(),
        Some("connection: new\nnodes: {a: {connection: 'o${oc.env:X}'}}\n")
    );
}

#[test]
fn a_connection_names_itself_by_its_own_id_only() {
    let body = |text: &str| rewrite_body(text, "old", "new").unwrap();
    assert_eq!(
        body("# old\nname: old\nid: old # c\ntype: x\n"),
        "# old\nname: old\nid: new # c\ntype: x\n"
    );
    for same in [
        "id: other\n",
        "name: old\n",
        "",
        "[old]\n",
        "a: [\n",
        "id: old\n---\nx: 1\n",
    ] {
        assert_eq!(body(same), same);
    }
    let uses = |text: &str| uses_in_a_connection(text, "old", &Options::default()).len();
    assert_eq!(uses("type: x\nurl: ${connections.old.url}\n"), 1);
    assert_eq!(
        uses("type: x\nurl: ${connections.older.url}\nconnection: old\n"),
        0
    );
    assert_eq!(uses("type: x\nurl: '${connections.old.url}\n"), 1);
    assert_eq!(uses("type: x\nold: '\n"), 0);
}

fn plan_of(body: (&str, &str), workflow: (&str, &str)) -> Plan {
    let mut plan = Plan::new(ConnectionId::new("old"), ConnectionId::new("new"));
    plan.connection = Some(FileMove {
        path: "connections.d/old.yaml".into(),
        old_name: "old.yaml".into(),
        new_name: "new.yaml".into(),
        old_text: body.0.into(),
        new_text: body.1.into(),
    });
    plan.files.push(FileChange {
        path: "workflows/a.yaml".into(),
        old_text: workflow.0.into(),
        new_text: workflow.1.into(),
    });
    plan
}

#[test]
fn a_diff_shows_the_change_and_no_secret() {
    let workflow = r#"connections:
  x: {type: dynamiq.connections.OpenAI, api_key: canary}
  y: {type: dynamiq.connections.MySQL, user: u, password: "canary"}
nodes:
  # api_key: canary
  a: {connection: old, headers: {Authorization: Bearer canary-canary}}   # token=canary
  b: {key: |
  c: {url: "https://u:canary@host/x", args: [--api-key, canary]}
  d: &k canary
  e: {api_key: *k}
  f:
    connection: old
    private_key: |
      canary
      canary

      canary
    secret: 'canary
      canary'
    x: ${oc.env:KEY}
  g: {connection: old}
"#
    .replace("  b: {key: |\n", "");
    let body = "id: old\napi_key: canary\n";
    let new_workflow = renamed(&workflow);
    let new_body = rewrite_body(body, "old", "new").unwrap();
    let plan = plan_of((body, &new_body), (&workflow, &new_workflow));
    let shown = |path: &std::path::Path| path.display().to_string();
    let diff = unified_diff(&plan, &Catalog::built_in(), &shown);
    assert!(!diff.contains("canary"), "{diff}");
    assert!(!format!("{plan:?}").contains("canary"));
    expect![[r#"
        diff --git a/connections.d/old.yaml b/connections.d/new.yaml
        rename from connections.d/old.yaml
        rename to connections.d/new.yaml
        --- a/connections.d/old.yaml
        +++ b/connections.d/new.yaml
        @@ -1,2 +1,2 @@
        -id: old
        +id: new
         api_key: ••••••••
        diff --git a/workflows/a.yaml b/workflows/a.yaml
        --- a/workflows/a.yaml
        +++ b/workflows/a.yaml
        @@ -3,12 +3,12 @@
           y: {type: dynamiq.connections.MySQL, user: u, password: "••••••••"}
         nodes:
           # api_key: ••••••••
        -  a: {connection: old, headers: {Authorization: ••••••••}}   # token=••••••••
        +  a: {connection: new, headers: {Authorization: ••••••••}}   # token=••••••••
           c: {url: "https://u:••••••••@host/x", args: [--api-key, ••••••••]}
           d: &k ••••••••
           e: {api_key: *k}
           f:
        -    connection: old
        +    connection: new
             private_key: |
               ••••••••
               ••••••••
        @@ -17,4 +17,4 @@
             secret: ••••••••
               ••••••••
             x: ${oc.env:KEY}
        -  g: {connection: old}
        +  g: {connection: new}
    "#]]
    .assert_eq(&diff);
}

#[test]
fn a_diff_of_a_plain_rename_says_so() {
    let plan = plan_of(
        ("type: x\n", "type: x\n"),
        ("connection: old", "connection: new"),
    );
    let shown = |path: &std::path::Path| path.display().to_string();
    expect![[r"
        diff --git a/connections.d/old.yaml b/connections.d/new.yaml
        rename from connections.d/old.yaml
        rename to connections.d/new.yaml
        diff --git a/workflows/a.yaml b/workflows/a.yaml
        --- a/workflows/a.yaml
        +++ b/workflows/a.yaml
        @@ -1 +1 @@
        -connection: old
        \ No newline at end of file
        +connection: new
        \ No newline at end of file
    "]]
    .assert_eq(&unified_diff(&plan, &Catalog::built_in(), &shown));
}
