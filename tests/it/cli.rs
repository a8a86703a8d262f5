//! The command line from outside: the built program in a clean environment, on a directory of its
//! own; stdout, stderr and exit code.

mod check;
mod commands;
mod documentation;
#[cfg(target_os = "linux")]
mod prompts;
mod secrets;
mod writing;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a run gave.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().expect("it was not killed"),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// Asserts that stdout is empty: what failed has no data.
    #[track_caller]
    pub fn prints_nothing(self) -> Self {
        assert_eq!(self.out, "", "{self:?}");
        self
    }

    /// Asserts a part of stderr.
    #[track_caller]
    pub fn says(self, part: &str) -> Self {
        assert!(self.err.contains(part), "{part:?} is not in {self:?}");
        self
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A project in a directory of its own.
pub struct Fixture {
    directory: TempDir,
}

pub const OPENAI: &str = "# Rotated monthly.\nname: OpenAI (production)\ntags: [llm, prod]\ntype: dynamiq.connections.OpenAI\napi_key: ${oc.env:OPENAI_API_KEY}\nurl: https://api.openai.com/v1   # not the EU host\n";
pub const HTTP: &str = "type: dynamiq.connections.Http\nmethod: GET\nurl: https://user:canary-in-url@parcels.example/v2\nheaders:\n  Authorization: Bearer canary-in-header\n  Accept: application/json\n  \"X.Dotted\": dotted\nparams: {limit: 20}\n";
pub const REDIS: &str = "type: dynamiq.connections.Qdrant\nurl: https://qdrant.example:6333\napi_key: ${oc.env:QDRANT_API_KEY}\n";
pub const WORKFLOW: &str = "nodes:\n  agent:\n    type: dynamiq.nodes.agents.Agent\n    llm:\n      connection: openai\nworkflows:\n  support:\n    flow: main\n";

impl Fixture {
    /// `openai`, which a workflow uses; `parcels` with secrets; `spare`, which nothing uses.
    pub fn new() -> Self {
        let fixture = Self::empty();
        fixture.write("connections.d/openai.yaml", OPENAI);
        fixture.write("connections.d/parcels.yaml", HTTP);
        fixture.write("connections.d/spare.yaml", REDIS);
        fixture.write("workflows/support.yaml", WORKFLOW);
        fixture
    }

    /// A store and workflows without a file.
    pub fn empty() -> Self {
        let fixture = Self {
            directory: TempDir::new().unwrap(),
        };
        for directory in ["connections.d", "workflows"] {
            fs::create_dir(fixture.path(directory)).unwrap();
        }
        fixture
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    pub fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[track_caller]
    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap()
    }

    /// The program with these arguments, nothing of the environment, and directories of its own for
    /// state and cache.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.current_dir(self.directory.path()).args(arguments);
        command.env("XDG_STATE_HOME", self.path("state"));
        command.env("XDG_CACHE_HOME", self.path("cache"));
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        Ran::of(&command.stdin(Stdio::null()).output().unwrap())
    }

    pub fn run_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        Ran::of(&command.stdin(Stdio::null()).output().unwrap())
    }

    pub fn pipe(&self, input: &str, arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that refuses before it reads has closed the pipe.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        Ran::of(&child.wait_with_output().unwrap())
    }

    /// Makes it a git repository with everything in it tracked.
    pub fn commit(&self) {
        for arguments in [&["init", "-q"][..], &["add", "-A"]] {
            let status = Command::new("git")
                .arg("-C")
                .arg(self.directory.path())
                .args(arguments)
                .status()
                .unwrap();
            assert!(status.success());
        }
    }
}

/// The built program in an empty environment.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conndeck"));
    command.env_clear();
    // `git` is found by it.
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// The text of a file of the repository.
pub fn repository_file(relative: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(relative);
    let text = fs::read_to_string(&path).unwrap();
    (path, text)
}
