//! What a frame costs, on a socket that keeps one write apart from the next.

use std::os::unix::net::UnixDatagram;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::*;

/// A backend, and the end where each of its writes arrives as one message.
fn backend() -> (FrameBackend, UnixDatagram) {
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    (FrameBackend::new(&OwnedFd::from(ours)).unwrap(), theirs)
}

fn draw(backend: &mut FrameBackend, text: &str, cursor: Option<(u16, u16)>) {
    let width = u16::try_from(text.len()).unwrap();
    let buffer = Buffer::with_lines([text]);
    let blank = Buffer::empty(Rect::new(0, 0, width, 1));
    backend.draw(blank.diff(&buffer).into_iter()).unwrap();
    match cursor {
        None => backend.hide_cursor().unwrap(),
        Some(position) => {
            backend.show_cursor().unwrap();
            backend.set_cursor_position(position).unwrap();
        }
    }
    backend.flush().unwrap();
}

/// Every write since the last call, as text.
fn writes(terminal: &UnixDatagram) -> Vec<String> {
    let mut message = vec![0; 1 << 20];
    let mut writes = Vec::new();
    while let Ok(count) = terminal.recv(&mut message) {
        writes.push(String::from_utf8(message[..count].to_vec()).unwrap());
    }
    writes
}

#[test]
fn a_frame_is_one_write_and_says_only_what_changed() {
    let (mut backend, terminal) = backend();
    draw(&mut backend, "ab", Some((1, 0)));
    let [frame] = &writes(&terminal)[..] else {
        panic!("one write")
    };
    assert!(
        frame.contains("ab") && frame.ends_with("\x1b[?25h\x1b[1;2H"),
        "{frame:?}"
    );
    assert!(!frame.contains("2026"), "{frame:?}");

    // The cursor is shown already.
    draw(&mut backend, "b", Some((2, 0)));
    let [frame] = &writes(&terminal)[..] else {
        panic!("one write")
    };
    assert!(!frame.contains("\x1b[?25h"), "{frame:?}");

    draw(&mut backend, "", None);
    assert_eq!(writes(&terminal), ["\x1b[?25l"]);
    draw(&mut backend, "", None);
    assert_eq!(writes(&terminal), [""; 0]);
}

#[test]
fn a_large_frame_is_one_write_and_marked() {
    let (mut backend, terminal) = backend();
    draw(&mut backend, &"x".repeat(60_000), None);
    let [frame] = &writes(&terminal)[..] else {
        panic!("one write")
    };
    assert!(frame.starts_with("\x1b[?2026h") && frame.ends_with("\x1b[?2026l"));
    // What was sent is not sent again.
    draw(&mut backend, "y", None);
    let [frame] = &writes(&terminal)[..] else {
        panic!("one write")
    };
    assert!(frame.contains('y') && !frame.contains('x'), "{frame:?}");
}
