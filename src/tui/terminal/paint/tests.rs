//! The bytes of frames, played through a terminal emulator: it shows what the frame says, whatever
//! it showed before.

use std::num::NonZero;

use proptest::prelude::*;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::*;

/// A painter, and a terminal that takes what it sends.
struct Screen {
    painter: Painter,
    terminal: vt100::Parser,
}

impl Screen {
    fn new(size: Size, erasing: Erasing) -> Self {
        let mut terminal = vt100::Parser::new(nonzero(size.height), nonzero(size.width), 0);
        // What somebody left behind.
        terminal.process("\x1b[1;7;31;44m日本 left behind\r\n".repeat(60).as_bytes());
        Self {
            painter: Painter::new(erasing),
            terminal,
        }
    }

    /// Shows a frame; gives what was sent.
    fn show(&mut self, buffer: &Buffer, cursor: Option<Position>) -> Vec<u8> {
        let mut sent = Writes::default();
        self.painter.paint(buffer);
        self.painter.finish(cursor, &mut sent).unwrap();
        assert!(sent.0.len() <= 1, "a frame is one write");
        let bytes = sent.0.concat();
        self.terminal.process(&bytes);
        bytes
    }

    /// Where the terminal shows something else than `buffer`.
    fn difference(&self, buffer: &Buffer) -> Option<String> {
        let mut covered = 0;
        // Columns of a character that the emulator splits.
        let mut disputed = 0_usize;
        for position in buffer.area.positions() {
            let cell = &buffer[position];
            if position.x == 0 {
                (covered, disputed) = (0, 0);
            }
            let is = self.terminal.screen().cell(position.y, position.x).unwrap();
            if covered > 0 {
                covered -= 1;
                if !is.is_wide_continuation() {
                    return Some(format!("{position}: {is:?} is not covered"));
                }
                continue;
            }
            let mut shall = cell.clone();
            let width = width_of(cell);
            let next = Position::new(position.x + 1, position.y);
            let is_whole = width == 1 || buffer.cell(next).is_some_and(|next| next.symbol() == " ");
            if is_whole {
                covered = width - 1;
            } else {
                shall = BLANK;
            }
            if DISPUTED.contains(&shall.symbol()) {
                disputed = width;
            }
            if disputed > 0 {
                disputed -= 1;
                covered = 0;
                continue;
            }
            if !is_same(is, &shall) {
                return Some(format!("{position}: {is:?} instead of {shall:?}"));
            }
        }
        None
    }
}

/// Keeps one write apart from the next.
#[derive(Default)]
struct Writes(Vec<Vec<u8>>);

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn nonzero(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

/// What somebody sees. It shares nothing with the painter's own comparison.
fn is_same(is: &vt100::Cell, shall: &Cell) -> bool {
    let text = if is.has_contents() {
        is.contents()
    } else {
        " "
    };
    if text != shall.symbol() {
        return false;
    }
    let modifiers = [
        (is.bold(), Modifier::BOLD),
        (is.dim(), Modifier::DIM),
        (is.italic(), Modifier::ITALIC),
        (is.underline(), Modifier::UNDERLINED),
        (is.inverse(), Modifier::REVERSED),
    ];
    let has = |wanted: Modifier| shall.modifier.contains(wanted);
    if text == " " && !is.underline() && !is.inverse() {
        return color(is.bgcolor()) == shall.bg
            && !has(Modifier::UNDERLINED)
            && !has(Modifier::REVERSED);
    }
    modifiers.iter().all(|(is, shall)| *is == has(*shall))
        && color(is.fgcolor()) == shall.fg
        && color(is.bgcolor()) == shall.bg
}

fn color(color: vt100::Color) -> Color {
    const SIXTEEN: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match color {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(index) => SIXTEEN
            .get(usize::from(index))
            .copied()
            .unwrap_or(Color::Indexed(index)),
        vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}

fn any_style() -> impl Strategy<Value = Style> {
    let color = prop_oneof![
        6 => Just(Color::Reset),
        1 => Just(Color::Cyan),
        1 => Just(Color::LightRed),
        1 => Just(Color::Indexed(77)),
        1 => Just(Color::Rgb(1, 20, 255)),
    ];
    let weight = prop_oneof![
        3 => Just(Modifier::empty()),
        1 => Just(Modifier::BOLD),
        1 => Just(Modifier::DIM),
    ];
    let others = prop_oneof![
        4 => Just(Modifier::empty()),
        1 => Just(Modifier::REVERSED),
        1 => Just(Modifier::UNDERLINED),
        1 => Just(Modifier::ITALIC | Modifier::REVERSED),
    ];
    (color.clone(), color, weight, others).prop_map(|(fg, bg, weight, others)| {
        Style::new().fg(fg).bg(bg).add_modifier(weight | others)
    })
}

/// Characters of several parts: the emulator gives each part its own width.
const DISPUTED: [&str; 5] = [
    "👩\u{200d}🚀",
    "❤\u{fe0f}",
    "🇩🇪",
    "👍🏽",
    "👨\u{200d}👩\u{200d}👧",
];

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]{1,12}",
        4 => " {1,20}",
        2 => "[a-c ]{1,20}",
        1 => "[│─…é●✗]{1,5}",
        2 => "[日本語🚀]{1,4}",
        1 => prop::sample::select(DISPUTED.to_vec()).prop_map(str::to_owned),
        1 => "(e\u{301}|日\u{308}|[a-z]){1,6}",
    ]
}

/// Texts put at random places, over each other: half a wide character, too.
fn any_frame(size: Size) -> impl Strategy<Value = Buffer> {
    let text = (0..size.width, 0..size.height, any_text(), any_style());
    prop::collection::vec(text, 0..24).prop_map(move |texts| {
        let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, size)));
        for (x, y, text, style) in texts {
            buffer.set_line(x, y, &Line::from(Span::styled(text, style)), size.width);
        }
        // The emulator takes bold and dim as one state of three.
        for cell in &mut buffer.content {
            if cell.modifier.contains(Modifier::BOLD) {
                cell.modifier -= Modifier::DIM;
            }
        }
        buffer
    })
}

/// Frames one after the other, some of which differ in little from the one before.
fn any_frames() -> impl Strategy<Value = Vec<(Buffer, Option<Position>)>> {
    (1..44_u16, 1..9_u16).prop_flat_map(|(width, height)| {
        let size = Size::new(width, height);
        let cursor = prop::option::of((0..width, 0..height).prop_map(Position::from));
        let patch = (any_frame(size), 0..height, 0..width, 0..width);
        prop::collection::vec((any_frame(size), cursor, any::<bool>(), patch), 1..6).prop_map(
            |frames| {
                let mut all: Vec<(Buffer, Option<Position>)> = Vec::new();
                for (frame, cursor, is_patch, (patch, y, left, right)) in frames {
                    let frame = match all.last() {
                        Some((before, _)) if is_patch => {
                            let mut frame = before.clone();
                            for x in left.min(right)..=left.max(right) {
                                frame[(x, y)] = patch[(x, y)].clone();
                            }
                            frame
                        }
                        Some(_) | None => frame,
                    };
                    all.push((frame, cursor));
                }
                all
            },
        )
    })
}

/// A larger number than in CI: `CONNDECK_PAINT_CASES=1000000 cargo test --release --lib paint`.
fn cases() -> ProptestConfig {
    let cases = std::env::var("CONNDECK_PAINT_CASES");
    ProptestConfig::with_cases(cases.ok().and_then(|n| n.parse().ok()).unwrap_or(400))
}

/// What a terminal makes of SGR sequences, as ECMA-48 and the xterms have it.
fn played(mut pen: (Color, Color, Modifier), bytes: &[u8]) -> (Color, Color, Modifier) {
    let text = std::str::from_utf8(bytes).unwrap();
    for sequence in text.split_terminator('m') {
        let parameters = sequence.strip_prefix("\x1b[").unwrap();
        let mut numbers = parameters.split(';').map(|n| n.parse().unwrap_or(0_u8));
        while let Some(number) = numbers.next() {
            match number {
                0 => pen = (Color::Reset, Color::Reset, Modifier::empty()),
                22 => pen.2 -= Modifier::BOLD | Modifier::DIM,
                25 => pen.2 -= Modifier::SLOW_BLINK | Modifier::RAPID_BLINK,
                1..=9 => pen.2 |= Modifier::from_bits(1 << (number - 1)).unwrap(),
                23..=29 => pen.2 -= Modifier::from_bits(1 << (number - 21)).unwrap(),
                38 | 48 => {
                    let mut next = || numbers.next().unwrap();
                    let color = match next() {
                        5 => vt100::Color::Idx(next()),
                        _ => vt100::Color::Rgb(next(), next(), next()),
                    };
                    let place = if number == 38 { &mut pen.0 } else { &mut pen.1 };
                    *place = super::tests::color(color);
                }
                39 => pen.0 = Color::Reset,
                49 => pen.1 = Color::Reset,
                30..=37 => pen.0 = color(vt100::Color::Idx(number - 30)),
                40..=47 => pen.1 = color(vt100::Color::Idx(number - 40)),
                90..=97 => pen.0 = color(vt100::Color::Idx(number - 82)),
                100..=107 => pen.1 = color(vt100::Color::Idx(number - 92)),
                other => panic!("{other} in {text:?}"),
            }
        }
    }
    pen
}

fn any_pen() -> impl Strategy<Value = (Color, Color, Modifier)> {
    let one = || {
        prop_oneof![
            3 => Just(Color::Reset),
            4 => (0..16_u8).prop_map(|index| color(vt100::Color::Idx(index))),
            1 => (16..=255_u8).prop_map(Color::Indexed),
            1 => any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Color::Rgb(r, g, b)),
        ]
    };
    // Any set of the nine.
    let modifier = (0..0x200_u16).prop_map(Modifier::from_bits_truncate);
    (one(), one(), modifier)
}

fn pen(of: (Color, Color, Modifier)) -> Pen {
    let style = Style::new().fg(of.0).bg(of.1).add_modifier(of.2);
    Pen::of(Cell::default().set_style(style))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn from_any_style_to_any_other(before in any_pen(), after in any_pen()) {
        let mut bytes = Vec::new();
        pen(after).write(Some(pen(before)), &mut bytes);
        prop_assert_eq!(played(before, &bytes), after);
        prop_assert_eq!(bytes.is_empty(), before == after);
        // Nobody knows what was before.
        let mut anew = Vec::new();
        pen(after).write(None, &mut anew);
        prop_assert_eq!(played(before, &anew), after);
        prop_assert!(bytes.len() <= anew.len());
    }

    /// As many bytes as ratatui's own backend at most, for the same change.
    #[test]
    fn it_is_never_dearer_than_ratatui(frames in any_frames()) {
        let mut screen = Screen::new(frames[0].0.area.as_size(), Erasing::ToEndOfLine);
        screen.show(&Buffer::empty(frames[0].0.area), None);
        let mut before = Buffer::empty(frames[0].0.area);
        for (frame, _) in &frames {
            let sent = screen.show(frame, None);
            let mut theirs = Vec::new();
            let changes = before.diff(frame);
            let mut backend = CrosstermBackend::new(&mut theirs);
            backend.draw(changes.into_iter()).unwrap();
            // There ratatui leaves something else on the screen than the frame says.
            let is_odd = |frame: &Buffer| {
                let pairs = frame.content.iter().zip(frame.content.iter().skip(1));
                frame.content.iter().any(|cell| !is_agreed(cell.symbol()))
                    || pairs.into_iter().any(|(cell, next)| width_of(cell) > 1 && !is_blank(next))
            };
            if !is_odd(frame) && !is_odd(&before) {
                prop_assert!(sent.len() <= theirs.len(), "{:?}", String::from_utf8_lossy(&sent));
            }
            before = frame.clone();
        }
    }

    #[test]
    fn the_terminal_shows_the_frame_whatever_it_showed_before(
        frames in any_frames(),
        erasing in prop_oneof![Just(Erasing::Cells), Just(Erasing::ToEndOfLine)],
    ) {
        let size = frames[0].0.area.as_size();
        let mut screen = Screen::new(size, erasing);
        for (frame, cursor) in &frames {
            let sent = screen.show(frame, *cursor);
            let sent = String::from_utf8_lossy(&sent);
            prop_assert_eq!(screen.difference(frame), None, "{:?}", sent);
            let state = screen.terminal.screen();
            prop_assert_eq!(state.hide_cursor(), cursor.is_none());
            if let Some(cursor) = cursor {
                prop_assert_eq!(state.cursor_position(), (cursor.y, cursor.x));
            }
            // The same again says nothing.
            prop_assert_eq!(screen.show(frame, *cursor), b"");
        }
    }
}

#[test]
fn a_large_frame_is_marked_and_a_small_one_is_not() {
    let size = Size::new(100, 20);
    let mut screen = Screen::new(size, Erasing::Cells);
    let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, size)));
    for cell in &mut buffer.content {
        cell.set_symbol("x");
    }
    let sent = screen.show(&buffer, None);
    assert!(sent.starts_with(SYNCHRONIZED) && sent.ends_with(SYNCHRONIZED_END));
    buffer[(3, 4)].set_symbol("y");
    assert_eq!(screen.show(&buffer, None), b"\x1b[5;4Hy");
    // The place behind it is known, and near.
    buffer[(5, 4)].set_symbol("z");
    assert_eq!(screen.show(&buffer, None), b"xz");
    buffer[(0, 5)].set_symbol("a");
    assert_eq!(screen.show(&buffer, None), b"\r\na");
}

#[test]
fn blanks_are_erased_where_that_is_known_and_shorter() {
    let size = Size::new(40, 1);
    let show = |erasing, text: &str| {
        let mut screen = Screen::new(size, erasing);
        screen.show(&Buffer::with_lines(["x".repeat(40)]), None);
        let mut buffer = Buffer::empty(Rect::from((Position::ORIGIN, size)));
        buffer.set_string(0, 0, text, Style::new());
        String::from_utf8(screen.show(&buffer, None)).unwrap()
    };
    let bordered = format!("{:39}│", "x");
    assert_eq!(show(Erasing::Cells, &bordered), "\r\x1b[C\x1b[38X\x1b[38C│");
    let blanks = " ".repeat(38);
    assert_eq!(
        show(Erasing::ToEndOfLine, &bordered),
        format!("\r\x1b[C{blanks}│")
    );
    assert_eq!(show(Erasing::ToEndOfLine, "x"), "\r\x1b[C\x1b[K");
}

#[test]
fn terminals_erase_as_their_names_say() {
    for name in [
        "xterm-256color",
        "linux",
        "tmux-256color",
        "foot",
        "xterm-kitty",
    ] {
        assert_eq!(Erasing::of_terminal(name), Erasing::Cells, "{name}");
    }
    for name in ["vt100", "screen-256color", "ansi", "dumb", ""] {
        assert_eq!(Erasing::of_terminal(name), Erasing::ToEndOfLine, "{name}");
    }
}
