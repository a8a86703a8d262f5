//! `import`, `render` and `resolve` of the built program: exit codes, what they write, and that
//! nothing is written by halves.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use expect_test::{Expect, expect};
use tempfile::TempDir;

const CANARY: &str = "canary-5f2c";

const SUPPORT: &str = "\
# the bots
connections:  # ours
  # production
  openai:  # id
    type: dynamiq.connections.OpenAI
    # from the vault
    api_key: ${oc.env:CONNDECK_TEST_KEY}

  pg:
    type: dynamiq.connections.PostgreSQL
    port: 012

# all of them
nodes:
  a:
    connection: openai   # the model
  b: {connection: \"pg\"}
";

const OTHER: &str = "\
nodes:
  a:
    connection: openai
    tools:
      - agent_factory:
          connections:
            openai: {type: dynamiq.connections.OpenAI, api_key: x}
          llm:
            connection: 'openai'
";

struct Project {
    directory: TempDir,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self {
            directory: TempDir::new().unwrap(),
        };
        fs::create_dir(project.path("connections.d")).unwrap();
        for (name, text) in files {
            fs::write(project.path(name), text).unwrap();
        }
        project
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_conndeck"))
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Run(output)
    }

    /// Every file below, with its bytes.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.directory.path().to_owned()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.insert(path.clone(), fs::read(path).unwrap());
                }
            }
        }
        found
    }
}

struct Run(Output);

impl Run {
    fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.0.status.code(),
            Some(code),
            "{}{}",
            self.out(),
            self.err()
        );
        self
    }

    #[track_caller]
    fn says(&self, expected: &Expect) {
        expected.assert_eq(&format!("{}--\n{}", self.out(), self.err()));
    }
}

#[test]
fn definitions_move_into_the_store_and_back() {
    let project = Project::new(&[("support.yaml", SUPPORT)]);
    let before = project.files();
    project
        .run(&["import", "support.yaml", "--rewrite", "--dry-run"])
        .exits(0)
        .says(&expect![[r"
            support.yaml:4:3: `openai` is a new connection
            support.yaml:9:3: `pg` is a new connection
            support.yaml: uses the store now
            --
            conndeck: nothing was written: this is what would be done
        "]]);
    assert_eq!(project.files(), before);

    project
        .run(&["import", "support.yaml", "--rewrite"])
        .exits(0);
    expect![[r"
        # production
        # id
        type: dynamiq.connections.OpenAI
        # from the vault
        api_key: ${oc.env:CONNDECK_TEST_KEY}
    "]]
    .assert_eq(&project.read("connections.d/openai.yaml"));
    expect![[r"
        type: dynamiq.connections.PostgreSQL
        port: 012
    "]]
    .assert_eq(&project.read("connections.d/pg.yaml"));
    expect![[r#"
        # the bots

        # all of them
        nodes:
          a:
            connection: openai   # the model
          b: {connection: "pg"}
    "#]]
    .assert_eq(&project.read("support.yaml"));

    let after = project.files();
    project
        .run(&["import", "support.yaml", "--rewrite"])
        .exits(0);
    assert_eq!(project.files(), after, "a second import");

    project
        .run(&["render", "support.yaml"])
        .exits(0)
        .says(&expect![[r#"
            # the bots

            connections:
              openai:
                type: dynamiq.connections.OpenAI
                api_key: ${oc.env:CONNDECK_TEST_KEY}
              pg:
                type: dynamiq.connections.PostgreSQL
                port: 012
            # all of them
            nodes:
              a:
                connection: openai   # the model
              b: {connection: "pg"}
            --
        "#]]);
}

#[test]
fn a_clash_is_reported_and_nothing_is_written() {
    let project = Project::new(&[("support.yaml", SUPPORT), ("other.yaml", OTHER)]);
    let before = project.files();
    let arguments = ["import", "support.yaml", "other.yaml", "--rewrite"];
    project.run(&arguments).exits(1).says(&expect![[r"
        support.yaml:4:3: `openai` is a new connection
        support.yaml:9:3: `pg` is a new connection
        other.yaml:7:13: `openai` differs from the connection `openai`; it could become `openai-2`
        --
        conndeck: nothing was written: an id means different connections
        hint: `--rename-clashes` gives those that come later another id
    "]]);
    assert_eq!(project.files(), before);

    let arguments = [&arguments[..], &["--rename-clashes"]].concat();
    project.run(&arguments).exits(0);
    expect![[r"
        type: dynamiq.connections.OpenAI
        api_key: x
    "]]
    .assert_eq(&project.read("connections.d/openai-2.yaml"));
    expect![[r"
        nodes:
          a:
            connection: openai
            tools:
              - agent_factory:
                  llm:
                    connection: 'openai-2'
    "]]
    .assert_eq(&project.read("other.yaml"));
}

#[test]
fn a_later_import_finds_the_connection_that_was_renamed() {
    let project = Project::new(&[("support.yaml", SUPPORT), ("other.yaml", OTHER)]);
    let arguments = ["import", "support.yaml", "other.yaml", "--rename-clashes"];
    project.run(&arguments).exits(0);
    let after = project.files();
    let again = project.run(&arguments).exits(0);
    assert_eq!(project.files(), after);
    assert!(
        again
            .out()
            .contains("`openai` equals the connection `openai-2`"),
        "{}",
        again.out()
    );
}

#[test]
fn what_fails_half_way_is_taken_back() {
    let large = "x".repeat(1 << 20);
    let text = format!(
        "connections:\n  a:\n    type: T\n  b:\n    type: T\n    blob: {large}\n  c:\n    type: U\n"
    );
    let project = Project::new(&[("large.yaml", &text)]);
    let before = project.files();
    let run = project.run(&["import", "large.yaml", "--rewrite"]).exits(6);
    assert!(run.err().contains("over 1 MiB"), "{}", run.err());
    assert_eq!(project.files(), before);
}

#[test]
fn a_workflow_that_may_not_be_written_stops_everything() {
    let project = Project::new(&[("a.yaml", SUPPORT), ("b.yaml", OTHER)]);
    fs::hard_link(project.path("b.yaml"), project.path("linked")).unwrap();
    let before = project.files();
    let run = project
        .run(&[
            "import",
            "a.yaml",
            "b.yaml",
            "--rewrite",
            "--rename-clashes",
        ])
        .exits(6);
    assert!(run.err().contains("hard links"), "{}", run.err());
    assert_eq!(project.files(), before);
}

#[test]
fn what_can_not_go_is_refused_by_name() {
    let project = Project::new(&[(
        "a.yaml",
        "\
defaults:
  url: &url http://x
  base: &base {type: T}
connections:
  by-path: {type: T, url: \"${defaults.url}\"}
  by-alias: {type: T, url: *url}
  by-merge:
    <<: *base
  whole: *base
  123: {type: T}
  empty:
  kept: {type: T, url: &kept u}
  named: {type: T, url: u}
  keys: {type: T, headers: {1: a}}
  fine: {type: T, url: \"${.base}\", base: b}
  required: {$type: connection, $id: fine}
nodes:
  a: {connection: fine, other: *kept, url: \"${..connections.named.url}${.n}\", n: \"${...connections.named.url}\"}
",
    )]);
    project
        .run(&["import", "a.yaml", "--rewrite"])
        .exits(1)
        .says(&expect![[r"
            a.yaml:5:3: `by-path` stays in the workflow: an interpolation in it leads out of it to `defaults.url`
            a.yaml:6:3: `by-alias` stays in the workflow: the alias `*url` in line 6 leads out of it
            a.yaml:7:3: `by-merge` stays in the workflow: the alias `*base` in line 8 leads out of it
            a.yaml:9:3: `whole` stays in the workflow: it comes in from elsewhere, by an alias, `<<` or an interpolation
            a.yaml:10:3: `123` stays in the workflow: its key is no string, so that nothing can refer to it: quote it
            a.yaml:11:3: `empty` stays in the workflow: it is not a map with a `type`
            a.yaml:12:3: `kept` stays in the workflow: it can't be taken out of its workflow: `connections.kept` is used elsewhere by the alias `*kept`, which would change with it (line 18)
            a.yaml:13:3: `named` stays in the workflow: the interpolation in line 18 leads into it
            a.yaml:14:3: `keys` stays in the workflow: a key in it is no string: quote it
            a.yaml:15:3: `fine` is a new connection
            a.yaml: uses the store now
            --
        "]]);
    assert!(!project.read("a.yaml").contains("fine: {"));
    assert!(project.read("a.yaml").contains("named: {"));
}

#[test]
fn ids_that_can_not_be_are_changed_and_said() {
    let project = Project::new(&[(
        "a.yaml",
        "connections:\n  my conn: {type: T}\n  con: {type: U}\nnodes:\n  a: {connection: my conn}\n  b: {connection: con}\n",
    )]);
    project
        .run(&["import", "a.yaml", "--rewrite"])
        .exits(0)
        .says(&expect![[r"
            a.yaml:2:3: `my conn` is a new connection, `my-conn`
            a.yaml:3:3: `con` is a new connection, `c-con`
            a.yaml: uses the store now
            --
        "]]);
    assert_eq!(
        project.read("a.yaml"),
        "nodes:\n  a: {connection: my-conn}\n  b: {connection: c-con}\n"
    );
}

#[test]
fn equal_definitions_are_found_and_merged_on_request() {
    let text = "connections:\n  cat: {type: T, port: 8}\n  dog: {port: 0o10, type: T}\n  cow: {type: T, port: 010}\nnodes:\n  a: {connection: cat}\n  b: {connection: cow}\n";
    let project = Project::new(&[("a.yaml", text)]);
    let dry = project.run(&["import", "a.yaml", "--dry-run"]).exits(0);
    assert!(
        dry.out()
            .contains("`cow` is a new connection; equal to `cat`"),
        "{}",
        dry.out()
    );
    // `0o10` is a string to the loader.
    assert!(
        dry.out().contains("`dog` is a new connection\n"),
        "{}",
        dry.out()
    );
    project
        .run(&["import", "a.yaml", "--rewrite", "--merge-equal"])
        .exits(0);
    assert!(!project.path("connections.d/cow.yaml").exists());
    assert_eq!(
        project.read("a.yaml"),
        "nodes:\n  a: {connection: cat}\n  b: {connection: cat}\n"
    );
}

#[test]
fn inline_maps_are_taken_on_request() {
    let text = "nodes:\n  a:\n    connection:  # here\n      type: dynamiq.connections.OpenAI\n      api_key: k\n  b:\n    connection: {type: dynamiq.connections.OpenAI, api_key: k}\n";
    let project = Project::new(&[("a.yaml", text)]);
    project.run(&["import", "a.yaml", "--rewrite"]).exits(0);
    assert_eq!(project.read("a.yaml"), text);
    project
        .run(&["import", "a.yaml", "--rewrite", "--inline"])
        .exits(0);
    assert_eq!(
        project.read("connections.d/openai.yaml"),
        "type: dynamiq.connections.OpenAI\napi_key: k\n"
    );
    let rewritten = project.read("a.yaml");
    assert_eq!(
        rewritten.matches("connection: openai").count(),
        2,
        "{rewritten}"
    );
}

#[test]
fn json_is_one_document() {
    let project = Project::new(&[("support.yaml", SUPPORT), ("other.yaml", OTHER)]);
    let run = project
        .run(&["import", "support.yaml", "other.yaml", "--json"])
        .exits(1);
    let json: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    assert_eq!(json["written"], false);
    assert_eq!(json["created"], serde_json::json!([]));
    let last = &json["definitions"][2];
    assert_eq!(
        last["path"],
        "nodes.a.tools[0].agent_factory.connections.openai"
    );
    assert_eq!(last["outcome"], "clash");
    assert_eq!(last["proposed"], "openai-2");
    assert_eq!(last["type"], "dynamiq.connections.OpenAI");
}

#[test]
fn files_that_are_none_have_their_exit_codes() {
    let project = Project::new(&[
        ("broken.yaml", "a: [\n"),
        ("twice.yaml", "connections: {a: {type: T}}\nx: 1\nx: 2\n"),
    ]);
    for command in ["import", "render", "resolve"] {
        project.run(&[command, "nowhere.yaml"]).exits(3);
        let run = project.run(&[command, "broken.yaml"]).exits(4);
        assert!(run.err().contains("broken.yaml:1:4: "), "{}", run.err());
        let run = project.run(&[command, "twice.yaml"]).exits(4);
        assert!(run.err().contains("twice.yaml:3:1: "), "{}", run.err());
    }
    assert!(
        project
            .files()
            .keys()
            .all(|path| !path.starts_with(project.path("connections.d")))
    );
}

#[test]
fn render_answers_every_scope_and_says_what_dangles() {
    let project = Project::new(&[
        (
            "connections.d/openai.yaml",
            "name: O\ntype: T\nurl: ${connections.base.url}\n",
        ),
        (
            "connections.d/base.yaml",
            "type: T\nurl: ${oc.env:UNSET_HERE}\n",
        ),
        ("connections.d/no.yaml", "type: T\n"),
        ("connections.d/dev-a.yaml", "type: T\n"),
        ("connections.d/dev-b.yaml", "type: T\n"),
        ("connections.d/unused.yaml", "type: T\n"),
        ("connections.d/broken.yaml", "type: [\n"),
        (
            "a.yaml",
            "connections: {}\nnodes:\n  a:\n    tools:\n      - agent_factory:\n          connections:\n          llm: {connection: openai}\n      - agent_factory: {role: x, connections: {}}\n    b: {connection: 'no'}\n    c: {connection: 'dev-${oc.env:UNSET_HERE}'}\n",
        ),
        (
            "b.yaml",
            "nodes:\n  a: {connection: nowhere}\n  b: {connection: broken}\n",
        ),
    ]);
    project
        .run(&["render", "a.yaml"])
        .exits(0)
        .says(&expect![[r#"
        connections:
          base:
            type: T
            url: ${oc.env:UNSET_HERE}
          dev-a:
            type: T
          dev-b:
            type: T
          "no":
            type: T
        nodes:
          a:
            tools:
              - agent_factory:
                  connections:
                    openai:
                      name: O
                      type: T
                      url: ${connections.base.url}
                  llm: {connection: openai}
              - agent_factory: {role: x}
            b: {connection: 'no'}
            c: {connection: 'dev-${oc.env:UNSET_HERE}'}
        --
        a.yaml:10:21: which connection this is depends on `UNSET_HERE`: all that fit are included
    "#]]);
    project
        .run(&["render", "b.yaml"])
        .exits(4)
        .says(&expect![[r"
        --
        b.yaml:2:19: there is no connection `nowhere`
        b.yaml:3:19: the connection `broken` can't be used: unclosed bracket '['
    "]]);
    assert!(!project.path("out.yaml").exists());
    project
        .run(&["render", "b.yaml", "--output", "out.yaml"])
        .exits(4);
    assert!(!project.path("out.yaml").exists());
    project
        .run(&["render", "a.yaml", "--output", "out.yaml"])
        .exits(0);
    assert!(project.read("out.yaml").starts_with("connections:\n"));
}

#[test]
fn requirements_become_maps_and_values() {
    let project = Project::new(&[
        (
            "connections.d/pg.yaml",
            "type: T\nhosts: [{name: h}, {name: \"${.n}\", n: x}]\nheaders: {X-A: \"\\\\${b}\"}\nurl: ${..headers.X-A}\n",
        ),
        (
            "a.yaml",
            "nodes:\n  a: {$type: connection, $id: pg}\n  b: {$type: connection, $id: pg, value_path: \"$.hosts[0]['name']\"}\n  c: {$type: connection, $id: pg, value_path: $.hosts}\n  d: {$type: secret, $id: s}\nprompt: {$type: connection, $id: nowhere}\n",
        ),
        (
            "b.yaml",
            "nodes:\n  a: {$type: connection, $id: pg, value_path: $.url}\n  b: {$type: connection, $id: pg, value_path: $.nothing}\n  c: {$type: connection, $id: pg, value_path: $..name}\n  d: {$type: connection, $id: nowhere}\n",
        ),
    ]);
    project
        .run(&["render", "a.yaml"])
        .exits(0)
        .says(&expect![[r#"
        nodes:
          a:
            type: T
            hosts:
              - name: h
              - name: ${.n}
                "n": x
            headers:
              X-A: \${b}
            url: ${..headers.X-A}
          b: h
          c:
            - name: h
            - name: ${.n}
              "n": x
          d: {$type: secret, $id: s}
        prompt: {$type: connection, $id: nowhere}
        --
        a.yaml:5:6: the requirement `s` of the type `secret` is not the store's: it stays
    "#]]);
    project
        .run(&["render", "b.yaml"])
        .exits(1)
        .says(&expect![[r"
            --
            b.yaml:2:31: what its `value_path` `$.url` selects depends on the rest of the connection
            b.yaml:3:31: its `value_path` `$.nothing` leads to nothing in the connection
            b.yaml:4:31: its `value_path` `$..name` is more than a path of keys
            b.yaml:5:31: there is no connection `nowhere`
        "]]);
}

#[test]
fn resolve_prints_values_and_warns_of_them() {
    let project = Project::new(&[
        (
            "connections.d/pg.yaml",
            "description: not ${oc.env:UNSET_HERE}\ntype: T\nport: 012\nratio: 1e3\nssl: yes\nnil: ~\nkey: ${oc.env:SECRET_HERE}\nliteral: '\\${a}'\nother: ${connections.base.urls[0]}\ntyped: ${oc.decode:'8'}\nlist: [\"${..key}\"]\n",
        ),
        ("connections.d/base.yaml", "type: T\nurls: [u]\n"),
        (
            "connections.d/unset.yaml",
            "type: T\nkey: ${oc.env:UNSET_HERE}\n",
        ),
        (
            "a.yaml",
            "nodes:\n  a: {$type: connection, $id: pg}\n  b: {connection: unset}\n  c: {$type: file, $id: f}\n",
        ),
        ("b.yaml", "nodes:\n  a: {$type: connection, $id: unset}\n"),
        ("c.yaml", "nodes:\n  a: {connection: pg}\n"),
    ]);
    let secret = [("SECRET_HERE", CANARY)];
    let run = project.run_with(&["resolve", "a.yaml"], &secret).exits(0);
    let json: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"pg": {
            "type": "T", "port": 10, "ratio": 1000.0, "ssl": true, "nil": null, "key": CANARY,
            "literal": "${a}", "other": "u", "typed": 8, "list": [CANARY],
        }})
    );
    assert!(run.err().contains("secrets"), "{}", run.err());
    assert!(
        run.err()
            .contains("`f` of the type `file` is not the store's"),
        "{}",
        run.err()
    );
    assert!(!run.err().contains(CANARY));
    project
        .run_with(&["resolve", "b.yaml"], &secret)
        .exits(1)
        .says(&expect![[r"
        --
        b.yaml:2:31: the connection `unset` can't be resolved: `key`: `UNSET_HERE` is not set
    "]]);
    project
        .run(&["resolve", "c.yaml"])
        .exits(0)
        .says(&expect![[r"
        {}
        --
    "]]);
}

#[test]
fn no_secret_is_said() {
    let text = format!(
        "defaults: {{a: &a {CANARY}}}\nconnections:\n  a: {{type: T, api_key: {CANARY}, b: *a}}\n  b:\n    type: T\n    api_key: {CANARY}\nnodes:\n  a: {{connection: b}}\n"
    );
    let project = Project::new(&[
        ("a.yaml", &text),
        ("connections.d/b.yaml", "type: T\napi_key: other\n"),
    ]);
    for flags in [
        &["--json"][..],
        &[],
        &["--rewrite"],
        &["--rewrite", "--rename-clashes"],
    ] {
        let run = project.run(&[&["import", "a.yaml"], flags].concat());
        assert!(!run.out().contains(CANARY), "{}", run.out());
        assert!(!run.err().contains(CANARY), "{}", run.err());
    }
    assert!(project.read("connections.d/b-2.yaml").contains(CANARY));
}

#[test]
fn the_files_of_dynamiq_go_into_one_store() {
    let shared = std::env::var_os("CONNDECK_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let Ok(entries) = fs::read_dir(shared.join("dynamiq/workflows")) else {
        eprintln!("SKIPPED: no shared test data; set CONNDECK_SHARED");
        return;
    };
    let project = Project::new(&[]);
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        fs::write(project.path(&name), fs::read(&path).unwrap()).unwrap();
        names.push(name);
    }
    names.sort();
    assert_eq!(names.len(), 31);
    let mut arguments: Vec<&str> = vec!["import", "--rewrite"];
    arguments.extend(names.iter().map(String::as_str));
    let before = project.files();
    project.run(&arguments).exits(1);
    assert_eq!(project.files(), before);
    arguments.push("--rename-clashes");
    project.run(&arguments).exits(0);
    // 18 ids, and 7 more for what differs.
    assert_eq!(
        fs::read_dir(project.path("connections.d")).unwrap().count(),
        25
    );
    let after = project.files();
    project.run(&arguments).exits(0);
    assert_eq!(project.files(), after);
    for name in &names {
        assert!(!project.read(name).contains("\nconnections:"), "{name}");
        project.run(&["render", name]).exits(0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_a_clash_is_a_question() {
    use crate::pty::Pty;

    let project = Project::new(&[("support.yaml", SUPPORT), ("other.yaml", OTHER)]);
    let path = |name: &str| project.path(name).to_str().unwrap().to_owned();
    let (store, support, other) = (
        path("connections.d"),
        path("support.yaml"),
        path("other.yaml"),
    );
    let arguments = ["--dir", &store, "import", &support, &other, "--rewrite"];
    let before = project.files();
    for (answer, code) in [("n\r", 1), ("\r", 1), ("y\r", 0)] {
        assert_eq!(project.files(), before, "before `{answer:?}`");
        let mut terminal = Pty::conndeck(&arguments, (100, 30), &[]);
        terminal.wait_for("Give these the other ids? [y/N]");
        terminal.send(answer);
        assert_eq!(terminal.wait_for_exit().code(), Some(code));
    }
    assert!(project.path("connections.d/openai-2.yaml").exists());
}
