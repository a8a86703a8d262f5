//! The reading thread on a real pseudo terminal.

use std::fs::File;
use std::iter;
use std::sync::mpsc::{self, RecvTimeoutError};

use crossterm::event::{KeyCode, KeyModifiers};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::*;

const DEADLINE: Duration = Duration::from_secs(10);

/// A terminal of which a test is the screen and the keyboard.
struct Fixture {
    keyboard: File,
    terminal: OwnedFd,
    reader: Reader,
    batches: Receiver<Vec<Input>>,
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
        let (sender, batches) = mpsc::channel();
        let deliver = move |batch| {
            // A test may end before its reader.
            let _ = sender.send(batch);
        };
        let reader = Reader::start(terminal.try_clone().unwrap(), deliver).unwrap();
        Self {
            keyboard: keyboard.into(),
            terminal,
            reader,
            batches,
        }
    }

    fn batch(&self) -> Vec<Input> {
        self.batches.recv_timeout(DEADLINE).unwrap()
    }

    /// The next `count` inputs, with as many permits as it takes.
    fn inputs(&mut self, count: usize) -> Vec<Input> {
        let mut inputs = Vec::new();
        while inputs.len() < count {
            self.reader.permit();
            inputs.extend(self.batch());
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
fn without_a_permit_what_is_typed_stays_in_the_terminal() {
    let mut fixture = Fixture::new();
    fixture.keyboard.write_all(b"for the editor").unwrap();
    assert_eq!(fixture.read_elsewhere(14), b"for the editor");

    // A permit gives one batch and no more.
    fixture.keyboard.write_all(b"j").unwrap();
    assert_eq!(fixture.inputs(1), [character('j')]);
    fixture.keyboard.write_all(b"again").unwrap();
    assert_eq!(fixture.read_elsewhere(5), b"again");
}

#[test]
fn a_permit_can_be_taken_back_while_the_thread_waits() {
    let mut fixture = Fixture::new();
    for round in 0..100 {
        fixture.reader.permit();
        if round % 2 == 0 {
            fixture.reader.permit();
        }
        fixture.reader.pause();
        fixture.keyboard.write_all(b"editor").unwrap();
        assert_eq!(fixture.read_elsewhere(6), b"editor");
    }
    fixture.reader.pause();
    fixture.keyboard.write_all(b"j").unwrap();
    assert_eq!(fixture.inputs(1), [character('j')]);
}

#[test]
fn a_pause_forgets_what_is_half_read() {
    let mut fixture = Fixture::new();
    fixture.keyboard.write_all(b"a\x1b[200~secret").unwrap();
    assert_eq!(fixture.inputs(1), [character('a')]);
    fixture.reader.permit();
    fixture.reader.pause();
    fixture.keyboard.write_all(b"j").unwrap();
    assert_eq!(fixture.inputs(1), [character('j')]);
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
fn a_closed_terminal_is_told_once_and_ends_the_thread() {
    for keys in [b"".as_slice(), b"jj"] {
        let Fixture {
            mut keyboard,
            mut reader,
            batches,
            ..
        } = Fixture::new();
        reader.permit();
        keyboard.write_all(keys).unwrap();
        drop(keyboard);
        let mut inputs = batches.recv_timeout(DEADLINE).unwrap();
        while inputs.last() != Some(&Input::Closed) {
            reader.permit();
            inputs.extend(batches.recv_timeout(DEADLINE).unwrap());
        }
        // Whether the keys arrive before the end is the kernel's choice.
        inputs.pop();
        assert!(
            inputs.iter().all(|input| *input == character('j')),
            "{inputs:?}"
        );
        assert_eq!(
            batches.recv_timeout(DEADLINE),
            Err(RecvTimeoutError::Disconnected)
        );
        // Neither blocks nor fails.
        reader.permit();
        reader.pause();
    }
}

#[test]
fn the_thread_ends_with_its_reader() {
    for permitted in [false, true] {
        let mut fixture = Fixture::new();
        if permitted {
            fixture.reader.permit();
        }
        drop(fixture.reader);
        let ended = fixture.batches.recv_timeout(DEADLINE);
        assert_eq!(ended, Err(RecvTimeoutError::Disconnected));
    }
}
