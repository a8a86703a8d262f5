//! Terminal bytes to [`Input`], however the reads cut them.
//!
//! termina's parser knows what a sequence means. Where it ends is decided here: that parser waits
//! for ever for the rest of `Alt-]`, and pastes are taken out before it.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::mem;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use memchr::memmem;
use termina::event as termina_event;
use termina::{Event, Parser};

use super::Input;
use super::sequence::{ESCAPE, First, first, is_string};

const PASTE_START: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// Keeps what is half read from one read to the next.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The start of a character or sequence, a few bytes.
    waiting: Vec<u8>,
    /// What was pasted so far, between its brackets.
    paste: Option<Vec<u8>>,
    meanings: Parser,
}

/// What the decoder is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    Nothing,
    /// Esc alone, or Alt with a key that also starts a string: soon it is the key.
    Escape,
    /// A sequence that has begun.
    Sequence,
    /// A paste: its end comes, however long it takes.
    Paste,
}

impl Decoder {
    /// Decodes the next bytes, and appends what they complete to `inputs`.
    pub fn feed(&mut self, bytes: &[u8], inputs: &mut Vec<Input>) {
        let mut joined = mem::take(&mut self.waiting);
        let mut rest = if joined.is_empty() {
            bytes
        } else {
            joined.extend_from_slice(bytes);
            &joined
        };
        while !rest.is_empty() {
            if self.paste.is_some() {
                rest = self.feed_paste(rest, inputs);
                continue;
            }
            match first(rest) {
                First::Whole(count) => {
                    let (unit, after) = rest.split_at(count);
                    rest = after;
                    if unit == PASTE_START {
                        self.paste = Some(Vec::new());
                    } else {
                        inputs.extend(self.meaning(unit));
                    }
                }
                First::Broken(count) => rest = &rest[count..],
                First::Partial => break,
            }
        }
        self.waiting = rest.to_vec();
    }

    /// What [`Decoder::feed`] is waiting for the rest of.
    pub fn pending(&self) -> Pending {
        match self.waiting[..] {
            _ if self.paste.is_some() => Pending::Paste,
            [] => Pending::Nothing,
            [ESCAPE] => Pending::Escape,
            [ESCAPE, introducer] if is_string(introducer) => Pending::Escape,
            _ => Pending::Sequence,
        }
    }

    /// Nothing more came: what looked like the start of a sequence was a key, or is dropped.
    pub fn give_up_waiting(&mut self, inputs: &mut Vec<Input>) {
        let waiting = mem::take(&mut self.waiting);
        if let [ESCAPE] | [ESCAPE, 0x20..=0x7e] = waiting[..] {
            inputs.extend(self.meaning(&waiting));
        }
    }

    /// Takes what belongs to the paste and returns the rest.
    fn feed_paste<'a>(&mut self, bytes: &'a [u8], inputs: &mut Vec<Input>) -> &'a [u8] {
        let Some(paste) = &mut self.paste else {
            return bytes;
        };
        // The end may have begun in the bytes before; what is before that was searched already.
        let searched = paste.len().saturating_sub(PASTE_END.len() - 1);
        paste.extend_from_slice(bytes);
        let Some(end) = memmem::find(&paste[searched..], PASTE_END) else {
            return &[];
        };
        let end = searched + end;
        let after = paste.len() - end - PASTE_END.len();
        paste.truncate(end);
        inputs.push(Input::Paste(pasted_text(paste)));
        self.paste = None;
        &bytes[bytes.len() - after..]
    }

    /// What one whole character or sequence means; most answers of a terminal mean nothing here.
    fn meaning(&mut self, unit: &[u8]) -> Option<Input> {
        match unit {
            // termina would wait for more.
            [ESCAPE, key @ (b'[' | b'O' | b']' | b'P')] => {
                let key = KeyCode::Char(char::from(*key));
                return Some(Input::Key(KeyEvent::new(key, KeyModifiers::ALT)));
            }
            // The answer to a question that nobody asked.
            [ESCAPE, introducer, _, ..] if is_string(*introducer) => return None,
            _ => {}
        }
        self.meanings.parse(&respelled(unit), false);
        let (event, more) = (self.meanings.pop(), self.meanings.pop());
        let (Some(event), None) = (event, more) else {
            // It may still hold the bytes, and would put the next ones behind them; or it took what is
            // one sequence for several, and every key from now on would mean the one before it.
            self.meanings = Parser::default();
            return None;
        };
        match event {
            Event::Key(key) => key_input(key),
            Event::Mouse(mouse) => Some(Input::Mouse(mouse_event(mouse))),
            Event::Paste(_)
            | Event::WindowResized(_)
            | Event::FocusIn
            | Event::FocusOut
            | Event::Csi(_)
            | Event::Osc(_)
            | Event::Dcs(_) => None,
        }
    }
}

fn pasted_text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.into()
    }
}

/// Keys of rxvt, of a keypad in application mode, and of xterm's `modifyOtherKeys`, in the
/// spelling of xterm or kitty that termina knows.
fn respelled(unit: &[u8]) -> Cow<'_, [u8]> {
    let text = |text: String| Cow::Owned(text.into_bytes());
    match unit {
        [ESCAPE, b'[', arrow @ b'a'..=b'd'] => text(format!(
            "\x1b[1;2{}",
            char::from(arrow.to_ascii_uppercase())
        )),
        [ESCAPE, b'O', arrow @ b'a'..=b'd'] => text(format!(
            "\x1b[1;5{}",
            char::from(arrow.to_ascii_uppercase())
        )),
        // The keypad: Enter, Tab, and `*` to `9`, each 64 above its character.
        [ESCAPE, b'O', key @ (b'I' | b'M' | b'j'..=b'y')] => Cow::Owned(vec![key - 0x40]),
        [ESCAPE, b'[', number @ .., end @ (b'$' | b'^' | b'@')]
            if !number.is_empty() && number.iter().all(u8::is_ascii_digit) =>
        {
            let modifiers = match end {
                b'$' => 2,
                b'^' => 5,
                _ => 6,
            };
            text(format!(
                "\x1b[{};{modifiers}~",
                String::from_utf8_lossy(number)
            ))
        }
        // F3 with modifiers, which looks like the answer to a question that nobody asks.
        [ESCAPE, b'[', b'1', b';', modifiers @ .., b'R'] => {
            text(format!("\x1b[13;{}~", String::from_utf8_lossy(modifiers)))
        }
        [ESCAPE, b'[', b'2', b'7', b';', other @ .., b'~'] => {
            let other = String::from_utf8_lossy(other);
            match other.split_once(';') {
                Some((modifiers, character)) => text(format!("\x1b[{character};{modifiers}u")),
                None => Cow::Borrowed(unit),
            }
        }
        _ => Cow::Borrowed(unit),
    }
}

fn key_input(key: termina_event::KeyEvent) -> Option<Input> {
    if key.kind == termina_event::KeyEventKind::Release {
        return None;
    }
    let mut code = key_code(key.code)?;
    let mut modifiers = key_modifiers(key.modifiers);
    let shift = modifiers.contains(KeyModifiers::SHIFT);
    if let KeyCode::Char(character) = code
        && shift
    {
        code = KeyCode::Char(capital(character));
    }
    if matches!(code, KeyCode::Char(_) | KeyCode::BackTab) {
        modifiers.remove(KeyModifiers::SHIFT);
    }
    Some(Input::Key(KeyEvent::new(code, modifiers)))
}

/// The capital letter, or the character itself where that is not a single one, as with `ß`.
fn capital(character: char) -> char {
    let mut capital = character.to_uppercase();
    match (capital.next(), capital.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

fn key_code(code: termina_event::KeyCode) -> Option<KeyCode> {
    use termina_event::KeyCode as Termina;
    Some(match code {
        Termina::Char(character) => KeyCode::Char(character),
        Termina::Enter => KeyCode::Enter,
        Termina::Backspace => KeyCode::Backspace,
        Termina::Tab => KeyCode::Tab,
        Termina::Escape => KeyCode::Esc,
        Termina::Left => KeyCode::Left,
        Termina::Right => KeyCode::Right,
        Termina::Up => KeyCode::Up,
        Termina::Down => KeyCode::Down,
        Termina::Home => KeyCode::Home,
        Termina::End => KeyCode::End,
        Termina::BackTab => KeyCode::BackTab,
        Termina::PageUp => KeyCode::PageUp,
        Termina::PageDown => KeyCode::PageDown,
        Termina::Insert => KeyCode::Insert,
        Termina::Delete => KeyCode::Delete,
        Termina::Menu => KeyCode::Menu,
        Termina::Function(number) => KeyCode::F(number),
        Termina::KeypadBegin
        | Termina::CapsLock
        | Termina::ScrollLock
        | Termina::NumLock
        | Termina::PrintScreen
        | Termina::Pause
        | Termina::Null
        | Termina::Modifier(_)
        | Termina::Media(_) => return None,
    })
}

fn key_modifiers(modifiers: termina_event::Modifiers) -> KeyModifiers {
    use termina_event::Modifiers as Termina;
    [
        (Termina::SHIFT, KeyModifiers::SHIFT),
        (Termina::ALT, KeyModifiers::ALT),
        (Termina::CONTROL, KeyModifiers::CONTROL),
        (Termina::SUPER, KeyModifiers::SUPER),
        (Termina::HYPER, KeyModifiers::HYPER),
        (Termina::META, KeyModifiers::META),
    ]
    .into_iter()
    .filter(|(termina, _)| modifiers.contains(*termina))
    .map(|(_, modifier)| modifier)
    .collect()
}

fn mouse_event(mouse: termina_event::MouseEvent) -> MouseEvent {
    use termina_event::MouseEventKind as Termina;
    let kind = match mouse.kind {
        Termina::Down(button) => MouseEventKind::Down(mouse_button(button)),
        Termina::Up(button) => MouseEventKind::Up(mouse_button(button)),
        Termina::Drag(button) => MouseEventKind::Drag(mouse_button(button)),
        Termina::Moved => MouseEventKind::Moved,
        Termina::ScrollDown => MouseEventKind::ScrollDown,
        Termina::ScrollUp => MouseEventKind::ScrollUp,
        Termina::ScrollLeft => MouseEventKind::ScrollLeft,
        Termina::ScrollRight => MouseEventKind::ScrollRight,
    };
    let modifiers = key_modifiers(mouse.modifiers);
    MouseEvent {
        kind,
        column: mouse.column,
        row: mouse.row,
        modifiers,
    }
}

fn mouse_button(button: termina_event::MouseButton) -> MouseButton {
    match button {
        termina_event::MouseButton::Left => MouseButton::Left,
        termina_event::MouseButton::Right => MouseButton::Right,
        termina_event::MouseButton::Middle => MouseButton::Middle,
    }
}
