//! Taking over and giving back, on a real pseudo terminal.

use std::io::Read;
use std::num::NonZero;
use std::thread::{self, JoinHandle};

use proptest::prelude::*;
use ratatui::text::Text;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcsetwinsize};

use super::*;

/// The other end of a terminal, which reads until this end is closed.
struct Screen {
    master: OwnedFd,
    terminal: OwnedFd,
    output: JoinHandle<Vec<u8>>,
}

impl Screen {
    fn new(columns: u16, rows: u16) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let terminal = ioctl_tiocgptpeer(&master, flags).unwrap();
        let size = Winsize {
            ws_col: columns,
            ws_row: rows,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&terminal, size).unwrap();
        let mut reading = File::from(master.try_clone().unwrap());
        let output = thread::spawn(move || {
            let mut bytes = Vec::new();
            // It ends with EIO when the last handle on the terminal is gone.
            let _ = reading.read_to_end(&mut bytes);
            bytes
        });
        Self {
            master,
            terminal,
            output,
        }
    }

    fn take_over(&self, mouse: Mouse) -> Terminal {
        let handle = || self.terminal.try_clone().unwrap();
        Terminal::on(handle(), handle(), mouse, Erasing::Cells).unwrap()
    }

    fn termios(&self) -> String {
        format!("{:?}", tcgetattr(&self.terminal).unwrap())
    }

    /// Everything that was sent, played through a terminal emulator. Every [`Terminal`] on this
    /// screen must be gone.
    fn played(self) -> (vt100::Parser, String) {
        drop(self.terminal);
        let bytes = self.output.join().unwrap();
        drop(self.master);
        let size = |count| NonZero::new(count).unwrap();
        let mut parser = vt100::Parser::new(size(24), size(80), 0);
        parser.process(&bytes);
        (parser, String::from_utf8(bytes).unwrap())
    }
}

fn assert_nothing_is_left_on(sent: &str) {
    for mode in [
        "1049", "1000", "1002", "1003", "1006", "2004", "2026", "1004", "25",
    ] {
        let last_on = sent.rfind(&format!("\x1b[?{mode}h"));
        let last_off = sent.rfind(&format!("\x1b[?{mode}l"));
        // The cursor is the one mode that is on by nature.
        if mode == "25" {
            assert!(
                last_off.is_none() || last_on > last_off,
                "the cursor stays hidden: {sent:?}"
            );
        } else {
            assert!(
                last_on.is_none() || last_off > last_on,
                "mode {mode} stays on: {sent:?}"
            );
        }
    }
}

#[test]
fn it_is_given_back_as_it_was() {
    for mouse in [Mouse::Captured, Mouse::Free] {
        let screen = Screen::new(80, 24);
        // Not the usual modes: what is restored is what was, not a default.
        let mut odd = tcgetattr(&screen.terminal).unwrap();
        odd.local_modes.remove(LocalModes::ECHOE);
        tcsetattr(&screen.terminal, OptionalActions::Now, &odd).unwrap();
        let before = screen.termios();

        let mut terminal = screen.take_over(mouse);
        assert_ne!(screen.termios(), before);
        terminal
            .draw(|frame| frame.render_widget(Text::raw("Connections"), frame.area()))
            .unwrap();
        drop(terminal);
        assert_eq!(screen.termios(), before);

        let (parser, sent) = screen.played();
        assert_eq!(sent.contains("\x1b[?1000h"), mouse == Mouse::Captured);
        assert!(!parser.screen().alternate_screen() && !parser.screen().hide_cursor());
        assert_nothing_is_left_on(&sent);
    }
}

/// The Linux console has none, and `screen` has it switched off.
#[test]
fn a_terminal_without_a_second_screen_shows_the_frame_and_then_nothing() {
    let screen = Screen::new(80, 24);
    let mut terminal = screen.take_over(Mouse::Free);
    let draw = |frame: &mut Frame<'_>| frame.render_widget(Text::raw("Connections"), frame.area());
    terminal.draw(draw).unwrap();
    terminal.leave().unwrap();
    drop(terminal);
    let sent = screen.played().1;
    let mut shell = vt100::Parser::new(NonZero::new(24).unwrap(), NonZero::new(80).unwrap(), 0);
    shell.process("what the shell wrote\r\n".repeat(30).as_bytes());
    let (shown, restored) = sent.split_at(sent.find("Connections").unwrap() + 11);
    shell.process(shown.replace("\x1b[?1049h", "").as_bytes());
    assert_eq!(shell.screen().contents().trim_end(), "Connections");
    shell.process(restored.replace("\x1b[?1049l", "").as_bytes());
    assert_eq!(shell.screen().contents(), "");
    assert_eq!(shell.screen().cursor_position(), (0, 0));
}

#[test]
fn it_draws_the_whole_screen_after_another_program_had_it() {
    let screen = Screen::new(80, 24);
    let mut terminal = screen.take_over(Mouse::Free);
    let draw = |terminal: &mut Terminal| {
        let drawn = terminal.draw(|frame| {
            frame.render_widget(Text::raw("Connections"), frame.area());
            frame.set_cursor_position((3, 0));
        });
        drawn.unwrap();
    };
    draw(&mut terminal);
    draw(&mut terminal);
    terminal.leave().unwrap();
    assert!(
        terminal.draw(|_| ()).is_err(),
        "it draws on a terminal that it has given back"
    );
    terminal.enter().unwrap();
    draw(&mut terminal);
    drop(terminal);
    // Three frames, of which the second had nothing to say.
    let sent = screen.played().1;
    assert_eq!(sent.matches("Connections").count(), 2);
    // The cursor: shown by each of these two, and each time the terminal was given back.
    assert_eq!(sent.matches("\x1b[?25h").count(), 4, "{sent:?}");
}

#[test]
fn it_follows_the_size() {
    let screen = Screen::new(0, 0);
    let mut terminal = screen.take_over(Mouse::Free);
    assert_eq!(terminal.size().unwrap(), Size::new(80, 24));
    for (columns, rows) in [(1, 1), (300, 100), (2, 50), (120, 40)] {
        let size = Winsize {
            ws_col: columns,
            ws_row: rows,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&screen.master, size).unwrap();
        let mut area = ratatui::layout::Rect::ZERO;
        terminal.draw(|frame| area = frame.area()).unwrap();
        assert_eq!((area.width, area.height), (columns, rows));
        assert_eq!(terminal.size().unwrap(), area.as_size());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn whatever_happens_in_between_it_is_given_back(steps in prop::collection::vec(0..5_u8, 0..12)) {
        let screen = Screen::new(80, 24);
        let before = screen.termios();
        let mut terminal = screen.take_over(Mouse::Captured);
        let mut given_back = false;
        for step in steps {
            match step {
                0 => terminal.leave().unwrap(),
                1 => terminal.enter().unwrap(),
                2 => terminal.resume().unwrap(),
                // Another program leaves its own modes behind.
                3 => tcsetattr(&screen.terminal, OptionalActions::Now, &{
                    let mut other = tcgetattr(&screen.terminal).unwrap();
                    other.make_raw();
                    other
                }).unwrap(),
                _ => {
                    let drawn = terminal.draw(|frame| {
                        frame.set_cursor_position((1, 1));
                    });
                    prop_assert_eq!(drawn.is_err(), given_back);
                }
            }
            if step == 0 && !given_back {
                prop_assert_eq!(screen.termios(), before.clone());
            }
            given_back = match step {
                0 => true,
                1 | 2 => false,
                _ => given_back,
            };
        }
        if given_back {
            terminal.enter().unwrap();
        }
        drop(terminal);
        prop_assert_eq!(screen.termios(), before);
        assert_nothing_is_left_on(&screen.played().1);
    }
}
