//! Hostile input: files that are built to hang the program, to fill its memory, to lead it out of
//! its directory, or to speak to the terminal; in every place that a file can have, through every
//! command and the interface.
//!
//! `CONNDECK_HOSTILE=full` takes the sizes of the promise (50 MB, 1,000,000 keys, 100,000 files) and
//! its second; `CONNDECK_PROGRAM` then names the release build, and `CONNDECK_FIGURES` a file for what
//! each command took.

mod contents;
mod files;
mod names;
mod random;
mod repository;
mod settings;
mod texts;
mod variables;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::pty::Pty;

/// A connection that nothing is wrong with.
const FINE: &str = "type: dynamiq.connections.OpenAI\napi_key: ${oc.env:OPENAI_API_KEY}\n";
/// A workflow that uses it.
const WORKFLOW: &str = "nodes:\n  agent:\n    llm: {connection: openai}\n";

/// Whether the sizes and times are those of the promise.
fn is_full() -> bool {
    std::env::var_os("CONNDECK_HOSTILE").is_some_and(|size| size == "full")
}

/// `full`, or a hundredth of it: enough for the debug build to show that time and memory grow with
/// the size only.
fn size(full: usize) -> usize {
    if is_full() { full } else { full / 100 }
}

/// How long a command may take: the debug build is slow, and the machine busy.
fn limit() -> Duration {
    Duration::from_secs(if is_full() { 1 } else { 15 })
}

/// The address space that a command may have, in KiB, when the project's files have `bytes`.
///
/// A thread costs 2 MiB of it for its stack, and the program itself 50. A workflow is data of many
/// times its text; a connection file has 1 MiB at most.
fn memory(bytes: u64) -> u64 {
    600 * 1024 + bytes * 50 / 1024
}

/// The built program, or the one that is to be measured.
fn conndeck() -> PathBuf {
    std::env::var_os("CONNDECK_PROGRAM")
        .map_or_else(|| env!("CARGO_BIN_EXE_conndeck").into(), PathBuf::from)
}

/// A project, with a neighbourhood that has to stay as it is.
pub struct Yard {
    directory: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: Vec<u8>,
}

impl Ended {
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.err).into_owned()
    }
}

impl Yard {
    /// With the connection `openai`, and a workflow that uses it.
    pub fn new() -> Self {
        let yard = Self::empty();
        yard.write("connections.d/openai.yaml", FINE);
        yard.write("workflows/fine.yaml", WORKFLOW);
        yard
    }

    pub fn empty() -> Self {
        let yard = Self {
            directory: TempDir::new().unwrap(),
        };
        yard.write("connections.d/.keep", "");
        yard.write("workflows/.keep", "");
        fs::create_dir_all(yard.outside().join("connections.d")).unwrap();
        fs::write(yard.outside().join("connections.d/x.yaml"), FINE).unwrap();
        fs::write(yard.outside().join("x.yaml"), "connection: openai\n").unwrap();
        fs::create_dir(yard.directory.path().join("home")).unwrap();
        yard
    }

    /// A path within the project.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.directory.path().join("project").join(relative)
    }

    /// What is beside the project.
    pub fn outside(&self) -> PathBuf {
        self.directory.path().join("outside")
    }

    pub fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    pub fn write(&self, relative: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Runs a command within its bounds, and sees to it that it ends, without a panic, and says
    /// nothing to the terminal.
    #[track_caller]
    pub fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Ended {
        self.run_with(arguments, &[])
    }

    /// [`Yard::run`] with these variables.
    #[track_caller]
    pub fn run_with(&self, arguments: &[impl AsRef<OsStr>], variables: &[(&str, &OsStr)]) -> Ended {
        let ended = self.run_bounded(arguments, variables);
        let shown: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
        assert!(
            (0..=6).contains(&ended.code) && !ended.err().contains("panicked"),
            "{shown:?} ended with {}: {}",
            ended.code,
            excerpt(&ended.err())
        );
        // What a workflow or a value is goes to a program as it is.
        let is_data = ["render", "get"].iter().any(|data| shown[0] == *data);
        let streams = [&ended.err, &ended.out];
        for stream in &streams[..if is_data { 1 } else { 2 }] {
            if let Some(harm) = harm_in(stream) {
                panic!("{shown:?} sends this to the terminal: {harm}");
            }
        }
        ended
    }

    fn run_bounded(&self, arguments: &[impl AsRef<OsStr>], variables: &[(&str, &OsStr)]) -> Ended {
        // Files, so that nobody waits for a reader.
        let [out, err] = ["stdout", "stderr"].map(|name| self.home().join(name));
        let kib = memory(bytes_below(self.directory.path()));
        // By an absolute path: a test of `PATH` is about the program alone.
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &format!("ulimit -v {kib}; exec \"$@\""), "sh"])
            .arg(conndeck())
            .args(arguments)
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            // Each thread's heap reserves 64 MiB that it never uses.
            .env("MALLOC_ARENA_MAX", "2")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(fs::File::create(&out).unwrap())
            .stderr(fs::File::create(&err).unwrap());
        let start = Instant::now();
        let mut child = command.spawn().unwrap();
        let mut peak = 0;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            peak = peak.max(peak_memory(child.id()));
            if start.elapsed() > limit() {
                child.kill().unwrap();
                child.wait().unwrap();
                let shown: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
                panic!("{shown:?} still runs after {:?}", limit());
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        note_figure(arguments, start.elapsed(), peak);
        Ended {
            code: status
                .code()
                .unwrap_or_else(|| 1000 + status.signal().unwrap_or_default()),
            out: fs::read(out).unwrap(),
            err: fs::read(err).unwrap(),
        }
    }

    /// Opens the interface, walks through it, and leaves it: the stream has none of the `traces`.
    #[track_caller]
    pub fn walk_through(&self, traces: &[&[u8]]) {
        let dir = self.path("connections.d");
        let home = self.home();
        let mut pty = Pty::conndeck(
            &[OsStr::new("--dir"), dir.as_os_str()],
            (100, 30),
            &[("HOME", &home)],
        );
        pty.wait_for("Connections");
        let quiet = Duration::from_millis(if is_full() { 1000 } else { 150 });
        // Down the list with the panel of each, the form of the last, the help, the filter.
        for keys in [
            "", "j", "j", "j", "G", "\t", "jjj", "\x1b", "?", "\x1b", "/a", "\x1b", "d",
        ] {
            pty.send(keys);
            pty.wait_until_quiet(quiet);
        }
        pty.send("\x1b\x1b");
        pty.wait_until_quiet(quiet);
        pty.send("q");
        pty.wait_until_quiet(quiet);
        if pty.screen().alternate_screen() {
            pty.send("\x03\x03");
        }
        pty.wait_for_exit();
        for trace in traces {
            let found = memchr::memmem::find(pty.stream(), trace);
            assert!(
                found.is_none(),
                "{:?} in the stream",
                trace.escape_ascii().to_string()
            );
        }
        let text = String::from_utf8_lossy(pty.stream()).into_owned();
        let harm = text.chars().find(|c| is_harmful(*c) && !c.is_ascii());
        assert!(harm.is_none(), "{harm:?} in the stream:\n{}", pty.text());
    }

    /// Asserts that everything is as it was `before`.
    #[track_caller]
    pub fn is_as(&self, before: &BTreeMap<PathBuf, (u32, Vec<u8>)>, what: &str) {
        let after = self.everything();
        for (path, was) in before {
            assert!(
                after.get(path) == Some(was),
                "{what}: {} was changed",
                path.display()
            );
        }
        for path in after.keys() {
            assert!(
                before.contains_key(path),
                "{what}: {} was made",
                path.display()
            );
        }
    }

    /// Everything that is not Conndeck's own: each path with what it is and holds.
    pub fn everything(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut found = BTreeMap::new();
        for part in ["project", "outside"] {
            gather(&self.directory.path().join(part), &mut found);
        }
        found
    }
}

fn gather(directory: &Path, found: &mut BTreeMap<PathBuf, (u32, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let kind = metadata.file_type();
        let holds = if kind.is_symlink() {
            fs::read_link(&path)
                .unwrap()
                .into_os_string()
                .into_encoded_bytes()
        } else if kind.is_file() && metadata.permissions().mode() & 0o400 != 0 {
            fs::read(&path).unwrap()
        } else {
            assert!(kind.is_file() || kind.is_dir() || kind.is_fifo() || kind.is_socket());
            Vec::new()
        };
        if kind.is_dir() {
            gather(&path, found);
        }
        found.insert(path, (metadata.mode(), holds));
    }
}

/// The most memory that the process has had so far, in KiB; 0 once it is gone.
fn peak_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or_default()
}

/// Adds a line to the file that `CONNDECK_FIGURES` names: the test, the command, milliseconds, KiB.
fn note_figure(arguments: &[impl AsRef<OsStr>], took: Duration, peak: u64) {
    use std::io::Write as _;
    let Some(path) = std::env::var_os("CONNDECK_FIGURES") else {
        return;
    };
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let command = arguments[0].as_ref().display().to_string();
    writeln!(file, "{test}\t{command}\t{}\t{peak}", took.as_millis()).unwrap();
}

fn bytes_below(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// What a terminal would obey, or a person misread: not the program's table, but its own.
fn is_harmful(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

/// The first thing in an output that is no text for a terminal, with what is around it.
fn harm_in(output: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(output) {
        Ok(text) => text,
        Err(error) => return Some(error.to_string()),
    };
    let at = text.find(is_harmful)?;
    let before: Vec<char> = text[..at].chars().rev().take(60).collect();
    let before: String = before.into_iter().rev().collect();
    let after: String = text[at..].chars().take(20).collect();
    Some(format!("{before:?} and then {after:?}"))
}

fn excerpt(text: &str) -> String {
    text.chars().take(600).collect()
}
