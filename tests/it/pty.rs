//! A terminal for the built program: keys in, a screen out, and every wait has a deadline.
//!
//! Nothing is read in the background, so closing the terminal really closes it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{OptionalActions, Termios, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

/// Long enough for a busy machine: a test that waits this long has failed.
const DEADLINE: Duration = Duration::from_secs(15);

/// A running program and its terminal. The program ends with it.
pub struct Pty {
    child: Running,
    keyboard: File,
    terminal: OwnedFd,
    termios_before: Termios,
    emulator: vt100::Parser,
    stream: Vec<u8>,
}

impl Pty {
    /// Starts the built program on a terminal of `columns` × `rows`.
    pub fn conndeck<A: AsRef<OsStr>>(
        arguments: &[A],
        (columns, rows): (u16, u16),
        environment: &[(&str, &Path)],
    ) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_conndeck"));
        Self::program(program, arguments, (columns, rows), environment)
    }

    /// Starts any program, with nothing but `environment`, `PATH` and the usual `TERM`.
    pub fn program<A: AsRef<OsStr>>(
        program: &Path,
        arguments: &[A],
        (columns, rows): (u16, u16),
        environment: &[(&str, &Path)],
    ) -> Self {
        // Another test's child must not hold this terminal open.
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let keyboard = openpt(flags).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let terminal = ioctl_tiocgptpeer(&keyboard, flags).unwrap();
        tcsetwinsize(&keyboard, window(columns, rows)).unwrap();
        let termios_before = tcgetattr(&terminal).unwrap();
        let handle = || Stdio::from(terminal.try_clone().unwrap());
        // `setsid` makes it the controlling terminal, and becomes the program. What runs in the
        // background has Ctrl-C turned off, and would hand that on.
        let mut command = Command::new("env");
        command.args(["--default-signal=INT,QUIT", "setsid", "--ctty"]);
        command.arg(program).args(arguments);
        command
            .env_clear()
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(environment.iter().copied());
        let child = command
            .stdin(handle())
            .stdout(handle())
            .stderr(handle())
            .spawn()
            .unwrap();
        let emulator = emulator(columns, rows);
        Self {
            child: Running(child),
            keyboard: keyboard.into(),
            terminal,
            termios_before,
            emulator,
            stream: Vec::new(),
        }
    }

    /// Types, or pastes, these bytes with one write.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.keyboard.write_all(bytes.as_ref()).unwrap();
    }

    /// Pastes `text` as a terminal does.
    pub fn paste(&mut self, text: &str) {
        self.send(format!("\x1b[200~{text}\x1b[201~"));
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        tcsetwinsize(&self.keyboard, window(columns, rows)).unwrap();
        let (columns, rows) = (at_least_one(columns), at_least_one(rows));
        self.emulator.screen_mut().set_size(rows, columns);
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child.0)
    }

    pub fn screen(&self) -> &vt100::Screen {
        self.emulator.screen()
    }

    /// All that the program has sent so far, byte for byte.
    pub fn stream(&self) -> &[u8] {
        &self.stream
    }

    /// Another program writes on the screen.
    pub fn scribble(&mut self, bytes: &str) {
        self.emulator.process(bytes.as_bytes());
    }

    /// What is on the screen, as text without the blanks at the ends of lines.
    pub fn text(&self) -> String {
        let contents = self.screen().contents();
        contents
            .lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(&format!("{text:?} is on the screen"), |pty| {
            pty.text().contains(text)
        });
    }

    /// Waits until another program, such as a shell, may have the terminal.
    pub fn wait_until_restored(&mut self) {
        self.wait_until("the terminal is restored", |pty| {
            pty.modes_left_on().is_empty()
        });
    }

    /// Another program sets the terminal's lines as they were before this one started.
    pub fn turn_echo_on(&self) {
        tcsetattr(&self.terminal, OptionalActions::Now, &self.termios_before).unwrap();
    }

    /// Reads what the program draws until `condition` holds.
    pub fn wait_until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !condition(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.fail(&format!("it never came true that {what}"));
            }
            // Its last words may still wait to be read.
            let ended = self.child.0.try_wait().unwrap();
            if !self.pump(left.min(Duration::from_millis(20)))
                && let Some(status) = ended
            {
                self.fail(&format!(
                    "it ended ({status}) before it came true that {what}"
                ));
            }
        }
    }

    /// Reads what the program draws until it has drawn nothing for `quiet`.
    pub fn wait_until_quiet(&mut self, quiet: Duration) {
        let deadline = Instant::now() + DEADLINE;
        while self.pump(quiet) {
            if Instant::now() > deadline {
                self.fail("it never stops drawing");
            }
        }
    }

    /// Waits for the program's end, reading what it still draws.
    pub fn wait_for_exit(&mut self) -> ExitStatus {
        self.wait_for_exit_within(DEADLINE)
    }

    pub fn wait_for_exit_within(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.0.try_wait().unwrap() {
                while self.pump(Duration::ZERO) {}
                return status;
            }
            if Instant::now() > deadline {
                self.fail(&format!("it still runs after {limit:?}"));
            }
            self.pump(Duration::from_millis(10));
        }
    }

    /// Whether the program has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.0.try_wait().unwrap().is_some()
    }

    /// Closes the terminal, as a lost connection does, and waits for the program's end.
    pub fn close_terminal_and_wait(self, limit: Duration) -> ExitStatus {
        let Self {
            mut child,
            keyboard,
            terminal,
            ..
        } = self;
        drop((keyboard, terminal));
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = child.0.try_wait().unwrap() {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "it runs {limit:?} after its terminal was closed"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The modes that a shell would be surprised by, by name.
    pub fn modes_left_on(&self) -> Vec<&'static str> {
        let screen = self.screen();
        let termios = tcgetattr(&self.terminal).unwrap();
        let is_changed = format!("{termios:?}") != format!("{:?}", self.termios_before);
        [
            ("alternate screen", screen.alternate_screen()),
            ("hidden cursor", screen.hide_cursor()),
            ("bracketed paste", screen.bracketed_paste()),
            (
                "mouse",
                screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
            ),
            ("application keypad", screen.application_keypad()),
            ("application cursor keys", screen.application_cursor()),
            ("line settings", is_changed),
        ]
        .into_iter()
        .filter(|(_, on)| *on)
        .map(|(name, _)| name)
        .collect()
    }

    /// How often the kernel gave the processor to or took it from any of the program's threads.
    pub fn context_switches(&self) -> u64 {
        let tasks = format!("/proc/{}/task", self.child.0.id());
        fs::read_dir(tasks)
            .unwrap()
            .map(|task| fs::read_to_string(task.unwrap().path().join("status")).unwrap())
            .flat_map(|status| {
                let counts = status
                    .lines()
                    .filter(|line| line.contains("_ctxt_switches:"));
                counts
                    .filter_map(|line| line.rsplit('\t').next()?.parse::<u64>().ok())
                    .collect::<Vec<_>>()
            })
            .sum()
    }

    /// Reads once, if there is something within `limit`; true if there was.
    fn pump(&mut self, limit: Duration) -> bool {
        let limit = Timespec::try_from(limit).unwrap();
        let mut source = [PollFd::new(&self.keyboard, PollFlags::IN)];
        if poll(&mut source, Some(&limit)).unwrap() == 0 {
            return false;
        }
        let mut buffer = vec![0; 64 * 1024];
        let count = self.keyboard.read(&mut buffer).unwrap();
        self.emulator.process(&buffer[..count]);
        self.stream.extend(&buffer[..count]);
        true
    }

    fn fail(&self, why: &str) -> ! {
        let modes = self.modes_left_on();
        panic!(
            "{why}\nmodes: {modes:?}\nscreen:\n{}\n(end of the screen)",
            self.text()
        );
    }
}

/// A program that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Errors: it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// True if the program ended by this signal, or with the exit code that shells give for it.
pub fn ended_by(status: ExitStatus, signal: Signal) -> bool {
    let number = signal.as_raw();
    status.signal() == Some(number) || status.code() == Some(128 + number)
}

/// Fails if it does not hold, and says what both were.
#[track_caller]
pub fn assert_restored(pty: &Pty) {
    assert_eq!(
        pty.modes_left_on(),
        [""; 0],
        "left on; screen:\n{}",
        pty.text()
    );
}

fn window(columns: u16, rows: u16) -> Winsize {
    Winsize {
        ws_col: columns,
        ws_row: rows,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

fn emulator(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(at_least_one(rows), at_least_one(columns), 0)
}

fn at_least_one(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap_or(NonZero::<u16>::MIN)
}
