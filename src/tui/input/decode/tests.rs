//! Sequences of real terminals, and properties over any bytes and any cuts.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn decode(bytes: &[u8]) -> Vec<Input> {
    decode_pieces([bytes])
}

fn decode_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Input> {
    let mut decoder = Decoder::default();
    let mut inputs = Vec::new();
    for piece in pieces {
        decoder.feed(piece, &mut inputs);
    }
    decoder.give_up_waiting(&mut inputs);
    inputs
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
const ALT: KeyModifiers = KeyModifiers::ALT;
const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
const CONTROL_SHIFT: KeyModifiers = CONTROL.union(SHIFT);

/// From the terminfo entries of xterm, linux, rxvt, screen and tmux, and kitty's protocol.
const KEYS: &[(&str, KeyCode, KeyModifiers)] = &[
    ("a", KeyCode::Char('a'), NONE),
    ("G", KeyCode::Char('G'), NONE),
    ("é", KeyCode::Char('é'), NONE),
    ("漢", KeyCode::Char('漢'), NONE),
    ("🦀", KeyCode::Char('🦀'), NONE),
    (" ", KeyCode::Char(' '), NONE),
    ("\r", KeyCode::Enter, NONE),
    ("\n", KeyCode::Char('j'), CONTROL),
    ("\t", KeyCode::Tab, NONE),
    ("\x7f", KeyCode::Backspace, NONE),
    ("\x08", KeyCode::Char('h'), CONTROL),
    ("\x03", KeyCode::Char('c'), CONTROL),
    ("\x13", KeyCode::Char('s'), CONTROL),
    ("\x1a", KeyCode::Char('z'), CONTROL),
    ("\0", KeyCode::Char(' '), CONTROL),
    ("\x1b[Z", KeyCode::BackTab, NONE),
    // Alt
    ("\x1bx", KeyCode::Char('x'), ALT),
    ("\x1bX", KeyCode::Char('X'), ALT),
    ("\x1bé", KeyCode::Char('é'), ALT),
    ("\x1b\r", KeyCode::Enter, ALT),
    ("\x1b\x7f", KeyCode::Backspace, ALT),
    // Cursor keys, in both modes
    ("\x1b[A", KeyCode::Up, NONE),
    ("\x1b[B", KeyCode::Down, NONE),
    ("\x1b[C", KeyCode::Right, NONE),
    ("\x1b[D", KeyCode::Left, NONE),
    ("\x1bOA", KeyCode::Up, NONE),
    ("\x1bOD", KeyCode::Left, NONE),
    ("\x1b[1;5C", KeyCode::Right, CONTROL),
    ("\x1b[1;3D", KeyCode::Left, ALT),
    ("\x1b[a", KeyCode::Up, SHIFT),
    ("\x1bOd", KeyCode::Left, CONTROL),
    // Home, End, Insert, Delete, pages
    ("\x1b[H", KeyCode::Home, NONE),
    ("\x1bOH", KeyCode::Home, NONE),
    ("\x1b[1~", KeyCode::Home, NONE),
    ("\x1b[7~", KeyCode::Home, NONE),
    ("\x1b[F", KeyCode::End, NONE),
    ("\x1bOF", KeyCode::End, NONE),
    ("\x1b[4~", KeyCode::End, NONE),
    ("\x1b[8~", KeyCode::End, NONE),
    ("\x1b[2~", KeyCode::Insert, NONE),
    ("\x1b[3~", KeyCode::Delete, NONE),
    ("\x1b[3;5~", KeyCode::Delete, CONTROL),
    ("\x1b[3$", KeyCode::Delete, SHIFT),
    ("\x1b[3^", KeyCode::Delete, CONTROL),
    ("\x1b[3@", KeyCode::Delete, CONTROL_SHIFT),
    ("\x1b[5~", KeyCode::PageUp, NONE),
    ("\x1b[6~", KeyCode::PageDown, NONE),
    // Function keys: xterm, rxvt, the Linux console
    ("\x1bOP", KeyCode::F(1), NONE),
    ("\x1bOS", KeyCode::F(4), NONE),
    ("\x1b[11~", KeyCode::F(1), NONE),
    ("\x1b[[A", KeyCode::F(1), NONE),
    ("\x1b[[E", KeyCode::F(5), NONE),
    ("\x1b[15~", KeyCode::F(5), NONE),
    ("\x1b[17~", KeyCode::F(6), NONE),
    ("\x1b[21~", KeyCode::F(10), NONE),
    ("\x1b[23~", KeyCode::F(11), NONE),
    ("\x1b[24~", KeyCode::F(12), NONE),
    ("\x1b[1;2P", KeyCode::F(1), SHIFT),
    ("\x1b[1;5R", KeyCode::F(3), CONTROL),
    ("\x1b[15;5~", KeyCode::F(5), CONTROL),
    // The keypad in application mode
    ("\x1bOM", KeyCode::Enter, NONE),
    ("\x1bOk", KeyCode::Char('+'), NONE),
    ("\x1bOp", KeyCode::Char('0'), NONE),
    ("\x1bOy", KeyCode::Char('9'), NONE),
    // kitty, and xterm's modifyOtherKeys
    ("\x1b[27u", KeyCode::Esc, NONE),
    ("\x1b[13;2u", KeyCode::Enter, SHIFT),
    ("\x1b[9;5u", KeyCode::Tab, CONTROL),
    ("\x1b[9;2u", KeyCode::BackTab, NONE),
    ("\x1b[115;5u", KeyCode::Char('s'), CONTROL),
    ("\x1b[103;2u", KeyCode::Char('G'), NONE),
    ("\x1b[49:33;2u", KeyCode::Char('!'), NONE),
    ("\x1b[97;1:2u", KeyCode::Char('a'), NONE),
    ("\x1b[57414u", KeyCode::Enter, NONE),
    ("\x1b[27;5;115~", KeyCode::Char('s'), CONTROL),
];

#[test]
fn keys_of_real_terminals() {
    for &(bytes, code, modifiers) in KEYS {
        assert_eq!(
            decode(bytes.as_bytes()),
            [key(code, modifiers)],
            "{bytes:?}"
        );
    }
}

#[test]
fn what_starts_a_sequence_is_a_key_when_nothing_follows() {
    assert_eq!(decode(b"\x1b"), [key(KeyCode::Esc, NONE)]);
    assert_eq!(
        decode(b"\x1b\x1b"),
        [key(KeyCode::Esc, NONE), key(KeyCode::Esc, NONE)]
    );
    assert_eq!(
        decode(b"\x1b\x1b[A"),
        [key(KeyCode::Esc, NONE), key(KeyCode::Up, NONE)]
    );
    for character in ['[', 'O', ']', 'P', '_', '^', 'X'] {
        let bytes = format!("\x1b{character}");
        let expected = key(KeyCode::Char(character), ALT);
        assert_eq!(
            decode(bytes.as_bytes()),
            std::slice::from_ref(&expected),
            "{bytes:?}"
        );
        // The next key begins with an escape of its own: both count.
        let bytes = format!("\x1b{character}\x1bx");
        assert_eq!(
            decode(bytes.as_bytes()),
            [expected, key(KeyCode::Char('x'), ALT)],
            "{bytes:?}"
        );
    }
}

#[test]
fn what_has_no_meaning_takes_no_key_with_it() {
    let nothing: &[&[u8]] = &[
        b"\x1b[I",                         // focus
        b"\x1b[?1;2c",                     // device attributes
        b"\x1b[?2026;2$y",                 // a mode
        b"\x1b[12;40R",                    // cursor position
        b"\x1b]11;rgb:ffff/ffff/ffff\x07", // a colour
        b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
        b"\x1bP>|xterm(390)\x1b\\", // a name
        b"\x1b_Gi=1;OK\x1b\\",      // kitty graphics
        b"\x1b[>0;276;0c",
        b"\x1b[97;1:3u", // a release
        b"\x1b[57441u",  // Shift alone
        b"\x1b[201~",    // the end of no paste
        b"\x1b[999~",
        b"\x1b[E",
        b"\xff", // not UTF-8
        b"\xc3",
        b"\xe6\xbc",
        b"\xed\xa0\x80", // half a surrogate pair
        b"\x1b\xff",
    ];
    for &bytes in nothing {
        assert_eq!(
            decode(&[bytes, b"j"].concat()),
            [key(KeyCode::Char('j'), NONE)],
            "{}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn how_long_the_rest_may_take_depends_on_what_has_begun() {
    let cases: [(&[u8], Pending); 8] = [
        (b"j", Pending::Nothing),
        (b"\x1b[A", Pending::Nothing),
        (b"j\x1b", Pending::Escape),
        (b"\x1b]", Pending::Escape),
        // The rest of a torn Left key must not become `D`.
        (b"\x1b[", Pending::Sequence),
        (b"\x1b[1;5", Pending::Sequence),
        (b"\xe6\xbc", Pending::Sequence),
        (b"\x1b[200~\x1b", Pending::Paste),
    ];
    for (bytes, pending) in cases {
        let mut decoder = Decoder::default();
        decoder.feed(bytes, &mut Vec::new());
        assert_eq!(decoder.pending(), pending, "{}", bytes.escape_ascii());
    }
}

#[test]
fn mouse() {
    let event = |kind| MouseEvent {
        kind,
        column: 299,
        row: 4,
        modifiers: NONE,
    };
    let left = MouseButton::Left;
    assert_eq!(
        decode(b"\x1b[<0;300;5M\x1b[<0;300;5m\x1b[<65;300;5M"),
        [
            Input::Mouse(event(MouseEventKind::Down(left))),
            Input::Mouse(event(MouseEventKind::Up(left))),
            Input::Mouse(event(MouseEventKind::ScrollDown)),
        ]
    );
    // The oldest form, whose bytes may be anything: `q` here is a column.
    let old = MouseEvent {
        kind: MouseEventKind::Down(left),
        column: 80,
        row: 0,
        modifiers: NONE,
    };
    assert_eq!(decode(b"\x1b[M q!"), [Input::Mouse(old)]);
}

#[test]
fn a_paste_is_one_input_with_its_own_line_ends() {
    assert_eq!(
        decode(b"a\x1b[200~dd\rq\r\ny\n\x1b[A\xff\x1b[201~b"),
        [
            key(KeyCode::Char('a'), NONE),
            Input::Paste("dd\nq\ny\n\x1b[A\u{fffd}".into()),
            key(KeyCode::Char('b'), NONE),
        ]
    );
}

#[test]
fn debug_output_does_not_show_what_was_pasted() {
    let shown = format!("{:?}", decode(b"\x1b[200~canary\x1b[201~"));
    assert!(
        !shown.contains("canary") && shown.contains("6 bytes"),
        "{shown}"
    );
}

/// Bytes that look like sequences, broken in every way.
fn nasty_bytes() -> impl Strategy<Value = Vec<u8>> {
    let special = prop::sample::select(
        b"\x1b\x1b\x1b[[OP]MXu~R$^;:?<>012007\x07\\aA\r\xc3\xa9\xe6\xff".to_vec(),
    );
    let piece = prop_oneof![
        8 => special.prop_map(|byte| vec![byte]),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
        1 => Just(PASTE_START.to_vec()),
        1 => Just(PASTE_END.to_vec()),
        2 => prop::sample::select(KEYS.to_vec()).prop_map(|(bytes, ..)| bytes.into()),
        1 => Just([b"\x1b]".to_vec(), vec![b'x'; 4090]].concat()),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// `bytes` cut at each of `cuts`, which are shares of its length.
fn cut<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

#[test]
fn what_is_taken_for_several_keys_delays_none() {
    let down = key(KeyCode::Down, NONE);
    assert_eq!(decode(b"\x1b[$$[\x1b[B"), std::slice::from_ref(&down));
    assert_eq!(decode(b"\x1b[$$[\x1b[B\x1b[B"), [down.clone(), down]);
}

proptest! {
    #[test]
    fn reads_may_cut_anywhere(bytes in nasty_bytes(), cuts in vec(any::<prop::sample::Index>(), 0..20)) {
        prop_assert_eq!(decode_pieces(cut(&bytes, &cuts)), decode(&bytes));
        prop_assert_eq!(decode_pieces(bytes.chunks(1)), decode(&bytes));
    }

    #[test]
    fn a_paste_arrives_as_it_was(
        text in "[^\r]{0,200}",
        cuts in vec(any::<prop::sample::Index>(), 0..20),
    ) {
        prop_assume!(!text.contains("\x1b[201~"));
        let bytes = [b"\x1b[A".as_slice(), PASTE_START, text.as_bytes(), PASTE_END, b"j"].concat();
        let expected = [
            key(KeyCode::Up, NONE),
            Input::Paste(text),
            key(KeyCode::Char('j'), NONE),
        ];
        prop_assert_eq!(decode_pieces(cut(&bytes, &cuts)), expected);
    }

    #[test]
    fn keys_one_after_the_other_are_all_there(
        keys in vec(prop::sample::select(KEYS), 0..50),
        cuts in vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let bytes: String = keys.iter().map(|(bytes, ..)| *bytes).collect();
        let expected: Vec<_> =
            keys.iter().map(|(_, code, modifiers)| key(*code, *modifiers)).collect();
        prop_assert_eq!(decode_pieces(cut(bytes.as_bytes(), &cuts)), expected);
    }

    #[test]
    fn nothing_makes_it_deaf(bytes in nasty_bytes()) {
        let mut decoder = Decoder::default();
        let mut inputs = Vec::new();
        decoder.feed(&bytes, &mut inputs);
        if decoder.pending() == Pending::Paste {
            decoder.feed(PASTE_END, &mut inputs);
        }
        decoder.give_up_waiting(&mut inputs);
        prop_assert_eq!(decoder.pending(), Pending::Nothing);
        inputs.clear();
        decoder.feed(b"\x1b[Bj", &mut inputs);
        prop_assert_eq!(inputs, [key(KeyCode::Down, NONE), key(KeyCode::Char('j'), NONE)]);
    }
}
