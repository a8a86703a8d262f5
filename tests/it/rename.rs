//! `conndeck rename` from outside: stdout, stderr, exit code, and what is on disk then.
#![expect(clippy::unwrap_used, reason = "tests, and what they are made of")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const CONNECTION: &str = "type: dynamiq.connections.OpenAI\napi_key: sk-canary-0123456789abcdef\n";
const WORKFLOW: &str = "nodes:\n  a:\n    api_key: canary\n    connection: openai   # x\n  b: {connection: \"openai\"}\n";

struct Fixture {
    dir: TempDir,
}

/// Exit code, stdout, stderr.
type Ran = (i32, String, String);

impl Fixture {
    fn new() -> Self {
        let fixture = Self {
            dir: TempDir::new().unwrap(),
        };
        fixture.write("connections.d/openai.yaml", CONNECTION);
        fixture.write("connections.d/other.yaml", "type: x\n");
        fixture.write("workflows/a.yaml", WORKFLOW);
        fixture
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_conndeck"))
            .current_dir(self.dir.path())
            .env_clear()
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    /// Runs a rename that is refused with this exit code, and checks that nothing has changed.
    #[track_caller]
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        let before = self.files();
        let (exit, out, err) = self.run(&[&["rename"], arguments].concat());
        assert_eq!((exit, out.as_str()), (code, ""), "{err}");
        assert_eq!(self.files(), before);
        err
    }

    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for dir in ["connections.d", "workflows"] {
            for entry in fs::read_dir(self.path(dir)).unwrap() {
                let path = entry.unwrap().path();
                let bytes = fs::read(&path).unwrap_or_default();
                files.push((path, bytes));
            }
        }
        files.sort();
        files
    }
}

#[test]
fn a_dry_run_shows_the_diff_and_changes_nothing() {
    let fixture = Fixture::new();
    let before = fixture.files();
    let (code, out, err) = fixture.run(&["rename", "openai", "openai-prod", "--dry-run"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(fixture.files(), before);
    assert!(!out.contains("canary"), "{out}");
    expect_test::expect![[r#"
        diff --git a/connections.d/openai.yaml b/connections.d/openai-prod.yaml
        rename from connections.d/openai.yaml
        rename to connections.d/openai-prod.yaml
        diff --git a/workflows/a.yaml b/workflows/a.yaml
        --- a/workflows/a.yaml
        +++ b/workflows/a.yaml
        @@ -1,5 +1,5 @@
         nodes:
           a:
             api_key: ••••••••
        -    connection: openai   # x
        -  b: {connection: "openai"}
        +    connection: openai-prod   # x
        +  b: {connection: "openai-prod"}
    "#]]
    .assert_eq(&out);
}

#[test]
fn a_rename_changes_every_file_and_says_so() {
    let fixture = Fixture::new();
    let (code, out, err) = fixture.run(&["rename", "openai", "OpenAI"]);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (
            0,
            "",
            "renamed `openai` to `OpenAI`: 2 references in 1 workflow\n"
        )
    );
    assert_eq!(fixture.read("connections.d/OpenAI.yaml"), CONNECTION);
    assert!(!fixture.path("connections.d/openai.yaml").exists());
    assert_eq!(
        fixture.read("workflows/a.yaml"),
        WORKFLOW.replace("openai", "OpenAI")
    );
    assert_eq!(fixture.run(&["refs", "OpenAI"]).0, 0);
    assert_eq!(fixture.run(&["refs", "openai"]).0, 3);
}

#[test]
fn wrong_ids_have_their_exit_codes() {
    let fixture = Fixture::new();
    fixture.refused(&["none", "x"], 3);
    fixture.refused(&["openai", "a/b"], 2);
    fixture.refused(&["openai", "openai"], 2);
    assert!(
        fixture
            .refused(&["openai", "OTHER"], 5)
            .contains("`other.yaml` already exists")
    );
    fixture.write("connections.d/OPENAI.yml", "type: x\n");
    fixture.refused(&["openai", "new"], 5);
}

#[test]
fn every_blocker_is_named_at_once() {
    let fixture = Fixture::new();
    fixture.write("workflows/b.yaml", "connection: openai\nx: [\n");
    fixture.write("workflows/c.yaml", "connection: ${a}\na: openai\n");
    fixture.write(
        "workflows/d.yaml",
        "connections: {new: {type: x}}\nnodes: {a: {connection: openai}}\n",
    );
    fixture.write("workflows/e.yaml", "connection: openai\n");
    fs::hard_link(
        fixture.path("workflows/e.yaml"),
        fixture.path("workflows/e.txt"),
    )
    .unwrap();
    fixture.write(
        "workflows/f.yaml",
        [
            &b"\xff\xfe"[..],
            &"connection: openai\n"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<_>>(),
        ]
        .concat(),
    );
    fixture.write(
        "workflows/g.yaml",
        "ids: [&o openai]\nconnection: *o\nmodel: *o\nnodes: {m: *o}\n",
    );
    fixture.write("workflows/h.yaml", "connection: openai\n");
    fs::set_permissions(
        fixture.path("workflows/h.yaml"),
        fs::Permissions::from_mode(0o444),
    )
    .unwrap();
    fixture.write(
        "connections.d/third.yaml",
        "type: x\nurl: ${connections.openai.url}\n",
    );
    let err = fixture.refused(&["openai", "new", "--allow-possible"], 1);
    for place in [
        "connections.d/third.yaml:2:6",
        "workflows/b.yaml:2:4",
        "workflows/c.yaml:1:13",
        "workflows/d.yaml:1:15",
        "workflows/e.yaml:1:13",
        "workflows/f.yaml:1:13",
        "workflows/g.yaml:4:12",
        "workflows/h.yaml:1:13",
    ] {
        assert!(err.contains(place), "{place} is not in\n{err}");
    }
    assert!(!err.contains("a.yaml"), "{err}");
}

#[test]
fn what_is_outside_of_the_project_is_not_written() {
    let fixture = Fixture::new();
    let outside = TempDir::new().unwrap();
    let file = outside.path().join("w.yaml");
    fs::write(&file, "connection: openai\n").unwrap();
    let err = fixture.refused(&["openai", "new", "--workflows", file.to_str().unwrap()], 1);
    assert!(err.contains("outside of the project directory"), "{err}");
    // A link that leads out is not scanned, which needs a yes.
    symlink(&file, fixture.path("workflows/link.yaml")).unwrap();
    let err = fixture.refused(&["openai", "new"], 1);
    assert!(err.contains("not scanned: workflows/link.yaml"), "{err}");
    let (code, ..) = fixture.run(&["rename", "openai", "new", "--allow-possible"]);
    assert_eq!(code, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), "connection: openai\n");
}

#[test]
fn possible_references_need_a_yes_and_stay() {
    let fixture = Fixture::new();
    fixture.write("workflows/b.yaml", "connection: open${oc.env:E}\n");
    let err = fixture.refused(&["openai", "new"], 1);
    assert!(err.contains("possible: workflows/b.yaml:1:13"), "{err}");
    assert!(err.contains("--allow-possible"), "{err}");
    let (code, out, _) = fixture.run(&["rename", "openai", "new", "--allow-possible", "--dry-run"]);
    assert_eq!(code, 0);
    assert!(out.contains("+    connection: new   # x"), "{out}");
    let (code, ..) = fixture.run(&["rename", "openai", "new", "--allow-possible"]);
    assert_eq!(code, 0);
    assert_eq!(
        fixture.read("workflows/b.yaml"),
        "connection: open${oc.env:E}\n"
    );
    assert!(fixture.read("workflows/a.yaml").contains("connection: new"));
}

#[test]
fn without_any_workflow_a_rename_needs_a_yes() {
    let fixture = Fixture::new();
    fs::remove_dir_all(fixture.path("workflows")).unwrap();
    let (code, _, err) = fixture.run(&["rename", "openai", "new"]);
    assert_eq!(code, 1);
    assert!(err.contains("no workflow was scanned"), "{err}");
    let (code, _, err) = fixture.run(&["rename", "openai", "new", "--workflows", "none"]);
    assert_eq!(code, 2, "{err}");
    let (code, ..) = fixture.run(&["rename", "openai", "new", "--allow-possible"]);
    assert_eq!(code, 0);
}
