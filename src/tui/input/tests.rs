//! The reader on a real pseudo terminal.

use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read as _, Write as _, pipe};
use std::{iter, thread};

use crossterm::event::{KeyCode, KeyModifiers};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);
const SOON: Duration = Duration::from_millis(20);

/// A terminal of which a test is the screen and the keyboard.
struct Fixture {
    keyboard: File,
    terminal: OwnedFd,
    reader: Reader,
    bell: PipeReader,
    ringer: PipeWriter,
}

impl Fixture {
    fn new() -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let keyboard = openpt(flags).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let terminal = ioctl_tiocgptpeer(&keyboard, flags).unwrap();
        let mut raw = tcgetattr(&terminal).unwrap();
        raw.make_raw();
        tcsetattr(&terminal, OptionalActions::Now, &raw).unwrap();
        let (bell, ringer) = pipe().unwrap();
        Self {
            keyboard: keyboard.into(),
            reader: Reader::new(terminal.try_clone().unwrap()),
            terminal,
            bell,
            ringer,
        }
    }

    fn wait(&mut self, limit: Duration) -> Woken {
        self.reader.wait(self.bell.as_fd(), Some(limit))
    }

    /// The next `count` inputs, by as many waits as it takes.
    fn inputs(&mut self, count: usize) -> Vec<Input> {
        let mut inputs = Vec::new();
        while inputs.len() < count {
            let woken = self.wait(DEADLINE);
            assert!(!woken.inputs.is_empty(), "nothing came");
            inputs.extend(woken.inputs);
        }
        inputs
    }

    /// What a program such as an editor reads from the terminal now.
    fn read_elsewhere(&self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        let mut file = File::from(self.terminal.try_clone().unwrap());
        file.read_exact(&mut bytes).unwrap();
        bytes
    }
}

fn character(character: char) -> Input {
    Input::Key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE))
}

#[test]
fn while_nobody_waits_what_is_typed_stays_in_the_terminal() {
    let mut fixture = Fixture::new();
    fixture.keyboard.write_all(b"for the editor").unwrap();
    assert_eq!(fixture.read_elsewhere(14), b"for the editor");
    fixture.keyboard.write_all(b"j").unwrap();
    assert_eq!(fixture.inputs(1), [character('j')]);
    fixture.keyboard.write_all(b"again").unwrap();
    assert_eq!(fixture.read_elsewhere(5), b"again");
}

#[test]
fn what_is_half_read_can_be_forgotten() {
    let mut fixture = Fixture::new();
    fixture.keyboard.write_all(b"a\x1b[200~secret").unwrap();
    assert_eq!(fixture.inputs(1), [character('a')]);
    // What was still on its way is read, and no input yet.
    assert_eq!(fixture.wait(SOON), Woken::default());
    fixture.reader.forget();
    fixture.keyboard.write_all(b"j").unwrap();
    assert_eq!(fixture.inputs(1), [character('j')]);
}

#[test]
fn the_bell_and_the_time_end_a_wait() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.wait(Duration::ZERO), Woken::default());
    let begin = Instant::now();
    assert_eq!(fixture.wait(SOON), Woken::default());
    assert!(begin.elapsed() >= SOON);
    fixture.ringer.write_all(b"!").unwrap();
    let rung = Woken {
        inputs: Vec::new(),
        is_rung: true,
    };
    assert_eq!(fixture.wait(DEADLINE), rung);
    // What is typed is not kept back by a bell that goes on ringing.
    fixture.keyboard.write_all(b"j").unwrap();
    let mut woken = fixture.wait(DEADLINE);
    let begin = Instant::now();
    while woken.inputs.is_empty() && begin.elapsed() < DEADLINE {
        woken = fixture.wait(DEADLINE);
    }
    assert_eq!(woken.inputs, [character('j')]);
    assert!(woken.is_rung);
}

#[test]
fn a_time_that_is_over_sooner_than_a_sequence_is_the_time() {
    let mut fixture = Fixture::new();
    fixture.keyboard.write_all(b"\x1b[").unwrap();
    // The sequence has begun, and may go on for a while yet.
    assert_eq!(fixture.wait(SOON), Woken::default());
    fixture.keyboard.write_all(b"A").unwrap();
    let up = Input::Key(KeyEvent::new(KeyCode::Up, KeyModifiers::NONE));
    assert_eq!(fixture.inputs(1), [up]);
}

#[test]
fn escape_alone_is_a_key_without_a_next_one() {
    let mut fixture = Fixture::new();
    for bytes in [b"\x1b".as_slice(), b"j\x1b"] {
        fixture.keyboard.write_all(bytes).unwrap();
        let inputs = fixture.inputs(bytes.len());
        let escape = Input::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
        assert_eq!(inputs.last(), Some(&escape));
    }
}

#[test]
fn fifteen_hundred_keys_in_one_write_need_no_further_key() {
    let mut fixture = Fixture::new();
    fixture.keyboard.write_all(&[b'j'; 1500]).unwrap();
    assert_eq!(fixture.inputs(1500), vec![character('j'); 1500]);
}

#[test]
fn a_paste_of_five_megabytes_is_one_input() {
    let mut fixture = Fixture::new();
    let text: String = iter::repeat_n("-----é漢🦀 0123456789abcdef\n", 5_000_000 / 32).collect();
    let bytes = ["\x1b[200~", &text, "\x1b[201~"].concat();
    let mut keyboard = fixture.keyboard.try_clone().unwrap();
    let writer = thread::spawn(move || keyboard.write_all(bytes.as_bytes()).unwrap());
    let inputs = fixture.inputs(1);
    writer.join().unwrap();
    // Not `assert_eq!`, which would print ten megabytes.
    assert!(inputs == [Input::Paste(text)]);
}

#[test]
fn a_closed_terminal_is_told_once_and_not_waited_for_any_more() {
    for keys in [b"".as_slice(), b"jj"] {
        let mut fixture = Fixture::new();
        fixture.keyboard.write_all(keys).unwrap();
        let Fixture {
            keyboard,
            mut reader,
            bell,
            mut ringer,
            ..
        } = fixture;
        drop(keyboard);
        let mut inputs = Vec::new();
        while inputs.last() != Some(&Input::Closed) {
            inputs.extend(reader.wait(bell.as_fd(), Some(DEADLINE)).inputs);
        }
        // Whether the keys arrive before the end is the kernel's choice.
        inputs.pop();
        assert!(
            inputs.iter().all(|input| *input == character('j')),
            "{inputs:?}"
        );
        let begin = Instant::now();
        let nothing = reader.wait(bell.as_fd(), Some(SOON));
        assert_eq!(nothing, Woken::default());
        assert!(begin.elapsed() >= SOON, "it does not spin");
        ringer.write_all(b"!").unwrap();
        assert!(reader.wait(bell.as_fd(), None).is_rung);
    }
}
